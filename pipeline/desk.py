"""Desk: reports from an open warehouse to files, and why some of them are not there."""

from __future__ import annotations

import functools
from collections import deque
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pipeline.errors import CapbriefError, LimitError, PartialError, RenderLibraryMissing
from pipeline.files import deliver
from pipeline.job import milliseconds

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from pipeline.job import Job
    from pipeline.press import Press
    from pipeline.report.definition import Definition
    from pipeline.report.value import Report
    from pipeline.settings import Report as Chosen
    from pipeline.since import Compared
    from pipeline.warehouse import Warehouse


@dataclass(frozen=True)
class Delivered:
    """One report in one language, and its files; ``missing`` says why there is no PDF."""

    html: Path
    pdf: Path | None
    report: Report
    missing: PartialError | None = None


@dataclass(frozen=True)
class Reported:
    """Files of all reports that were asked for, and why some of them are not there."""

    delivered: tuple[Delivered, ...] = ()
    failures: tuple[CapbriefError, ...] = ()

    @property
    def failure(self) -> CapbriefError | None:
        """All that is missing as one error: of the kind of the first that lacks a whole report."""
        missing = [one.missing for one in self.delivered if one.missing is not None]
        all_of_them = [*self.failures, *missing]
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
    """
    from pipeline.press import Press

    # Asked for twice, it is made once.
    wanted = dict.fromkeys(
        Wanted(name, locale) for name in chosen.names for locale in chosen.locales or ("",)
    )
    with Press(chosen, len(wanted), job.templates) as press:
        desk = _Desk(job, opened, out, press)
        for one in wanted:
            desk.begin(one)
        while desk.begun:
            desk.finish()
    found = [desk.outcomes[one] for one in wanted]
    return Reported(
        tuple(one for one in found if isinstance(one, Delivered)),
        tuple(one for one in found if isinstance(one, CapbriefError)),
    )


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
    started: datetime


class _Desk:
    """The reports of one round, of which the oldest of those that are begun is finished first."""

    def __init__(self, job: Job, opened: Warehouse, out: Path | None, press: Press) -> None:
        from pipeline import since
        from pipeline.report.queries import Remembering

        self.job, self.opened, self.out, self.press = job, opened, out, press
        self.begun: deque[_Begun] = deque()
        self.outcomes: dict[Wanted, Delivered | CapbriefError] = {}
        self._asked = Remembering(opened)
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
                path = deliver(begun.html.with_suffix(".pdf"), self.press.take())
            except RenderLibraryMissing as error:
                missing = error
            except LimitError as error:
                missing = PartialError(f"{begun.stem}: {error}")
            since.keep(job, begun.compared, begun.report.report_id)
            if missing:
                job.log("pdf_missing", stage="report", report=begun.stem)
            else:
                duration_ms = milliseconds(begun.started, job.clock())
                job.log("report_ready", stage="report", report=begun.stem, duration_ms=duration_ms)
            self.outcomes[begun.wanted] = Delivered(begun.html, path, begun.report, missing)

    def _assembled(self, wanted: Wanted) -> _Begun:
        """Assemble a report and write its HTML.

        Raises:
            DefinitionError, TemplateError, SqlError: a file of the report is broken, or there is
                no such locale.
            StorageError: the folder cannot be written.
        """
        from pipeline.report import assemble, language, render

        job, name = self.job, wanted.name
        started = job.clock()
        own = self._defined(name)
        spoken = language.load(wanted.locale, job.locales) if wanted.locale else own.language
        stem = name if spoken.locale == own.language.locale else f"{name}.{spoken.short}"
        compared = self._compared(name)
        report = assemble.assemble(
            replace(own, language=spoken),
            self._asked,
            sql_folders=job.sql,
            changes=compared.changes(spoken),
        )
        page = render.html(report, medium="screen", template_folders=job.templates)
        folder = self.out or job.settings.reports / _folder_name(name, self.opened)
        path = deliver(folder / f"{stem}.html", page.encode())
        return _Begun(wanted, stem, path, report, compared, started)

    @contextmanager
    def _by_itself(self, wanted: Wanted) -> Iterator[None]:
        """Keep what goes wrong with one report from the others."""
        try:
            yield
        except CapbriefError as failure:
            self.job.log("report_failed", stage="report", report=wanted.name, locale=wanted.locale)
            self.outcomes[wanted] = failure


def _folder_name(name: str, opened: Warehouse) -> str:
    day, as_of = opened.query("select report_date, as_of from marts.build").row(0)
    cut = f"_as-of-{as_of:%Y%m%dT%H%M%S}" if as_of else ""
    return f"{name}_{day}{cut}"
