"""Desk: reports from an open warehouse to files, and why some of them are not there."""

from __future__ import annotations

import functools
import time
from collections import deque
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pipeline import engines, opening
from pipeline.citation import Note
from pipeline.errors import (
    CapbriefError,
    LimitError,
    PartialError,
    QualityError,
    RenderLibraryMissing,
    StorageError,
)
from pipeline.files import deliver, lead
from pipeline.job import milliseconds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from pipeline.alert import Alert
    from pipeline.freshness import Age
    from pipeline.job import Job
    from pipeline.press import Press
    from pipeline.report.definition import Definition
    from pipeline.report.value import Report
    from pipeline.settings import Report as Chosen
    from pipeline.since import Compared
    from pipeline.warehouse import Warehouse


LATEST = "_latest"
"""How the link ends that leads to a report's newest folder, behind the report's name."""

_DAY = "2026-11-23"


@dataclass(frozen=True)
class Delivered:
    """One report in one language, and its files; ``missing`` says why there is no PDF."""

    html: Path
    pdf: Path | None
    report: Report
    missing: PartialError | None = None


@dataclass(frozen=True)
class Reported:
    """Files of all reports that were asked for, and why some of them are not there.

    ``stale`` says of each source that gave nothing for too long what the reports lack.
    ``alerts`` are what the rules of alerts found. A rule that cannot be used is one of the
    ``failures`` that come after the files.
    """

    delivered: tuple[Delivered, ...] = ()
    failures: tuple[CapbriefError, ...] = ()
    stale: tuple[QualityError, ...] = ()
    alerts: tuple[Alert, ...] = ()

    @property
    def failure(self) -> CapbriefError | None:
        """All that is missing as one error: of the kind of the first that lacks a whole report."""
        missing = [one.missing for one in self.delivered if one.missing is not None]
        all_of_them = [*self.failures, *self.stale, *missing]
        if not all_of_them:
            return None
        reasons = dict.fromkeys(str(one) for one in all_of_them)
        return type(all_of_them[0])("\n".join(reasons))


def defined(job: Job, name: str) -> Definition:
    """The checked definition of a report.

    Raises:
        DefinitionError: it is not there, or wrong.
    """
    from pipeline.report import definition_file

    return definition_file.load(
        name,
        job.definitions,
        sql_folders=job.sql,
        template_folders=job.templates,
        locale_folders=job.locales,
    )


def reports(job: Job, chosen: Chosen, opened: Warehouse, out: Path | None = None) -> Reported:
    """Build every report in every locale that is chosen, and write the files of each.

    The files are called ``<name>.html`` and ``.pdf`` in the definition's own locale, and
    ``<name>.<language>.html`` and ``.pdf`` in any other. Each is compared with the report of its
    name before it, and noted for the next one once its files are there. What cannot be made keeps
    nothing else from being made: without the PDF, for want of libraries, time or memory, there is
    the HTML, and the reason is part of the result.

    In the home's own folder ``<name>_latest`` leads to the newest day's report that is whole and
    not built from stale data.
    """
    from pipeline import freshness
    from pipeline.press import Press

    asked = alerts(job, opened)
    # Asked for twice, it is made once.
    wanted = dict.fromkeys(
        Wanted(name, locale) for name in chosen.names for locale in chosen.locales or ("",)
    )
    is_published = opening.is_published(opened)
    # Another day or an earlier knowledge was asked for by name, and is as old as it is.
    ages = freshness.ages(job, opened, job.clock()) if is_published else ()
    stale = freshness.stale(ages)
    with (
        job.progress("render", len(wanted)) as step,
        Press(chosen, len(wanted), job.templates) as press,
    ):
        desk = _Desk(job, opened, out, press, asked.alerts, stale)
        for one in wanted:
            desk.begin(one)
            step(len(desk.outcomes))
        while desk.begun:
            desk.finish()
            step(len(desk.outcomes))
    found = [desk.outcomes[one] for one in wanted]
    failures = [one for one in found if isinstance(one, CapbriefError)]
    failures += asked.failures
    if out is None and is_published and not stale:
        failures += _lead_to_latest(job, opened, desk.outcomes)
    return Reported(
        tuple(one for one in found if isinstance(one, Delivered)),
        tuple(failures),
        tuple(
            QualityError(f"{one}. The cover says so, and the latest report stays the one before")
            for one in stale
        ),
        asked.alerts,
    )


def _lead_to_latest(
    job: Job, opened: Warehouse, outcomes: Mapping[Wanted, Delivered | CapbriefError]
) -> Iterator[StorageError]:
    """Lead ``<name>_latest`` to what is whole, unless it leads to a later day; what could not."""
    torn = {
        wanted.name
        for wanted, one in outcomes.items()
        if not isinstance(one, Delivered) or one.missing is not None
    }
    for name in dict.fromkeys(one.name for one in outcomes if one.name not in torn):
        link = job.settings.reports / f"{name}{LATEST}"
        folder = _folder_name(name, opened)
        try:
            if not _is_of_later_day(link, folder):
                lead(link, folder)
        except OSError as error:
            yield StorageError(
                f"{link}: cannot lead to {folder} ({error.strerror}); the report is there, move "
                "away what has its name"
            )


def alerts(job: Job, opened: Warehouse) -> Reported:
    """Ask the rules of alerts, log what is not calm, and make no report."""
    from pipeline import alerting

    found = alerting.evaluate(job, opened)
    for one in found:
        told = {"alert": one.alert_id, "severity": one.severity, "text": one.text}
        if one.state == "firing":
            job.log("alert_firing", stage="report", **told)
        elif one.state == "unknown":
            job.log("alert_unknown", stage="report", **told)
    unusable = alerting.failure(job, found)
    return Reported(failures=(unusable,) if unusable else (), alerts=found)


@dataclass(frozen=True)
class Wanted:
    """A report by its name, in a locale; "" is the definition's own."""

    name: str
    locale: str


@dataclass(frozen=True)
class _Begun:
    """A report whose HTML is there and whose PDF is being laid out."""

    wanted: Wanted
    stem: str
    html: Path
    report: Report
    compared: Compared
    started: float


class _Desk:
    """The reports of one round, of which the oldest of those that are begun is finished first."""

    def __init__(
        self,
        job: Job,
        opened: Warehouse,
        out: Path | None,
        press: Press,
        alerts: tuple[Alert, ...],
        stale: Sequence[Age],
    ) -> None:
        from pipeline import since
        from pipeline.report.queries import Remembering

        self.job, self.opened, self.out, self.press = job, opened, out, press
        self._stale = {one.source: one.retrieved_at.date() for one in stale}
        self.alerts = alerts
        self.begun: deque[_Begun] = deque()
        self.outcomes: dict[Wanted, Delivered | CapbriefError] = {}
        self._asked = Remembering(opened)
        self._reached: Callable[[], int] = functools.cache(
            lambda: opened.query("select max(retrieval_id) from raw.capbrief__payload").item()
        )
        self._defined = functools.cache(functools.partial(defined, job))
        self._compared = functools.cache(
            lambda name: since.compare(job, self._defined(name), opened)
        )

    def begin(self, wanted: Wanted) -> None:
        """Write the HTML of a report and hand its PDF to the press."""
        with self._by_itself(wanted):
            begun = self._assembled(wanted)
            while self.press.is_full or self.press.has_one:
                self.finish()
            self.press.give(begun.report)
            self.begun.append(begun)

    def finish(self) -> None:
        """Write the PDF of the report that was begun first, and note that it is there."""
        from pipeline import since

        job, begun = self.job, self.begun.popleft()
        path: Path | None = None
        missing: PartialError | None = None
        with self._by_itself(begun.wanted):
            try:
                path = self._written(begun.html.with_suffix(".pdf"), self.press.take())
            except RenderLibraryMissing as error:
                missing = error
            except LimitError as error:
                missing = PartialError(f"{begun.stem}: {error}")
            since.keep(job, begun.compared, begun.report.report_id, self._note(begun))
            if missing:
                job.log("pdf_missing", stage="report", report=begun.stem)
            else:
                duration_ms = milliseconds(begun.started)
                job.log("report_ready", stage="report", report=begun.stem, duration_ms=duration_ms)
            self.outcomes[begun.wanted] = Delivered(begun.html, path, begun.report, missing)

    def _note(self, begun: _Begun) -> Note | None:
        """How far the ledger went for a report that lies in the home; null for one elsewhere."""
        if self.out is not None:
            return None
        return Note(begun.html.parent.name, begun.stem, self._reached())

    def _assembled(self, wanted: Wanted) -> _Begun:
        """Assemble a report and write its HTML.

        Raises:
            DefinitionError, TemplateError, SqlError: a file of the report is broken, or there is
                no such locale.
            StorageError: the folder cannot be written.
        """
        from pipeline.report import assemble, language, render

        job, name = self.job, wanted.name
        started = time.monotonic()
        own = self._defined(name)
        spoken = language.load(wanted.locale, job.locales) if wanted.locale else own.language
        stem = name if spoken.locale == own.language.locale else f"{name}.{spoken.short}"
        compared = self._compared(name)
        report = assemble.assemble(
            replace(own, language=spoken),
            self._asked,
            sql_folders=job.sql,
            changes=compared.changes(spoken),
            stale=self._stale,
            alerts=self.alerts,
            engines=engines.shown(),
        )
        page = render.html(report, medium="screen", template_folders=job.templates)
        folder = self.out or job.settings.reports / _folder_name(name, self.opened)
        path = self._written(folder / f"{stem}.html", page.encode())
        return _Begun(wanted, stem, path, report, compared, started)

    def _written(self, path: Path, content: bytes) -> Path:
        return deliver(path, content, root=None if self.out else self.job.settings.reports)

    @contextmanager
    def _by_itself(self, wanted: Wanted) -> Iterator[None]:
        """Keep what goes wrong with one report from the others."""
        try:
            yield
        except CapbriefError as failure:
            self.job.log("report_failed", stage="report", report=wanted.name, locale=wanted.locale)
            self.outcomes[wanted] = failure


def _is_of_later_day(link: Path, folder: str) -> bool:
    """Whether a link leads to the folder of the same report of a later day, which is there."""
    if not link.is_symlink() or not link.is_dir():
        return False
    target = str(link.readlink())
    is_ours = len(target) == len(folder) and target[: -len(_DAY)] == folder[: -len(_DAY)]
    return is_ours and target > folder


def _folder_name(name: str, opened: Warehouse) -> str:
    day, as_of = opened.query("select report_date, as_of from marts.build").row(0)
    cut = f"_as-of-{as_of:%Y%m%dT%H%M%S}" if as_of else ""
    return f"{name}_{day}{cut}"
