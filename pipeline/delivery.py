"""Delivery: reports from an open warehouse to files, and why some of them are not there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pipeline.errors import CapbriefError, RenderLibraryMissing
from pipeline.files import deliver
from pipeline.job import milliseconds

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.job import Job
    from pipeline.report.definition import Definition
    from pipeline.report.queries import Remembering
    from pipeline.settings import Paper
    from pipeline.settings import Report as Chosen
    from pipeline.warehouse import Warehouse


@dataclass(frozen=True)
class Delivered:
    """Files of one report in one language; ``missing`` says why the PDF could not be made."""

    html: Path
    pdf: Path | None
    missing: RenderLibraryMissing | None = None


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

    What cannot be made keeps nothing else from being made.
    """
    from pipeline.report.queries import Remembering

    asked = Remembering(opened)
    delivered, failures = [], []
    for name in chosen.names:
        for locale in chosen.locales or ("",):
            try:
                made = _report(job, name, locale, chosen.paper, opened, asked, out)
            except CapbriefError as failure:
                job.log("report_failed", stage="report", report=name, locale=locale)
                failures.append(failure)
            else:
                delivered.append(made)
    return Reported(tuple(delivered), tuple(failures))


def _report(
    job: Job,
    name: str,
    locale: str,
    paper: Paper,
    opened: Warehouse,
    asked: Remembering,
    out: Path | None,
) -> Delivered:
    """Build one report from an open warehouse and write its HTML and PDF.

    The files are called ``<name>.html`` and ``.pdf`` in the definition's own locale, and
    ``<name>.<language>.html`` and ``.pdf`` in any other. It is compared with the report of its
    name before it, and noted for the next one once its files are there. Where the native
    libraries of the PDF are missing, the HTML is written all the same and the reason is part of
    the result.

    Raises:
        DefinitionError, TemplateError, SqlError: a file of the report is broken, or there is
            no such locale.
        StorageError: the folder or the ledger cannot be written.
    """
    from pipeline import since
    from pipeline.report import assemble, language, pdf, render

    started = job.clock()
    own = defined(job, name)
    spoken = language.load(locale, job.locales) if locale else own.language
    stem = name if spoken.locale == own.language.locale else f"{name}.{spoken.short}"
    definition = replace(own, language=spoken)
    compared = since.compare(job, definition, opened)
    value = assemble.assemble(definition, asked, sql_folders=job.sql, changes=compared.changes)
    page = render.html(value, medium="screen", template_folders=job.templates)
    folder = out or job.settings.reports / _folder_name(name, opened)
    html_path = deliver(folder / f"{stem}.html", page.encode())
    try:
        document = pdf.pdf(value, paper=paper, template_folders=job.templates)
    except RenderLibraryMissing as missing:
        job.log("pdf_missing", stage="report", report=stem)
        since.keep(job, compared, value.report_id)
        return Delivered(html_path, None, missing)
    pdf_path = deliver(folder / f"{stem}.pdf", document)
    since.keep(job, compared, value.report_id)
    duration_ms = milliseconds(started, job.clock())
    job.log("report_ready", stage="report", report=stem, duration_ms=duration_ms)
    return Delivered(html_path, pdf_path)


def _folder_name(name: str, opened: Warehouse) -> str:
    day, as_of = opened.query("select report_date, as_of from marts.build").row(0)
    cut = f"_as-of-{as_of:%Y%m%dT%H%M%S}" if as_of else ""
    return f"{name}_{day}{cut}"
