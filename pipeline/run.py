"""Run: the order of the stages, and where their results go.

fetch     sources        -> payload store, ledger
build     payload store  -> published file
report    published file -> HTML and PDF
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline import transform
from pipeline.build import build, open_warehouse
from pipeline.errors import RenderLibraryMissing, StorageError, WarehouseError, exit_code_of
from pipeline.extract import SOURCES
from pipeline.files import write_whole
from pipeline.ledger import Ledger, Publication, Retrieval, Run
from pipeline.master import fingerprint
from pipeline.payload import PayloadStore

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from pipeline.build import Job
    from pipeline.master import Version
    from pipeline.source import Source
    from pipeline.warehouse import Warehouse

DEMO_REPORT = "market-capacity"


@dataclass(frozen=True)
class Delivered:
    """Files of one report; ``missing`` says why the PDF could not be made."""

    html: Path
    pdf: Path | None
    missing: RenderLibraryMissing | None = None


def demo(job: Job, *, full: bool = False, out: Path | None = None) -> Delivered:
    """The whole way with the bundled edition: fetch, build, publish, report."""
    from pipeline.report import definition

    with _Recorded(job, "demo") as recorded:
        # A definition that is broken is said before anything is published.
        definition.load(
            DEMO_REPORT, job.definitions, sql_folders=job.sql, template_folders=job.templates
        )
        fetch(job, [source for source in SOURCES if source.name == "bundled"])
        build(job, full=full)
        with open_warehouse(job) as opened:
            delivered = report(job, DEMO_REPORT, opened, out)
        if delivered.missing is not None:
            recorded.exit_code = delivered.missing.exit_code
    return delivered


def rebuild(job: Job, *, report_date: date | None = None, full: bool = False) -> Version:
    """Build and publish from what was fetched before, as a run of its own."""
    with _Recorded(job, "build"):
        return build(job, report_date=report_date, full=full)


def fetch(job: Job, sources: Sequence[Source]) -> None:
    """Put what the sources give into the payload store, and note it in the ledger."""
    store, ledger = PayloadStore(job.settings.payloads), Ledger(job.settings.ledger)
    now = job.clock()
    for source in sources:
        count = 0
        for content, provenance in source.fetch(now):
            payload = store.put(content, provenance)
            ledger.record(Retrieval(payload.sha256, provenance))
            count += 1
        job.log("fetched", stage="fetch", source=source.name, payloads=count)


def report(job: Job, name: str, opened: Warehouse, out: Path | None = None) -> Delivered:
    """Build one report from an open warehouse and write its HTML and PDF.

    Where the native libraries of the PDF are missing, the HTML is written all the same and
    the reason is part of the result.

    Raises:
        DefinitionError, TemplateError, SqlError: a file of the report is broken.
        StorageError: the folder cannot be written.
    """
    from pipeline.report import assemble, definition, pdf, render

    started = job.clock()
    defined = definition.load(
        name, job.definitions, sql_folders=job.sql, template_folders=job.templates
    )
    value = assemble.assemble(defined, opened, sql_folders=job.sql)
    page = render.html(value, medium="screen", template_folders=job.templates)
    folder = out or job.settings.reports / _folder_name(name, opened)
    html_path = _write(folder / f"{name}.html", page.encode())
    try:
        document = pdf.pdf(value, template_folders=job.templates)
    except RenderLibraryMissing as missing:
        job.log("pdf_missing", stage="report", report=name)
        return Delivered(html_path, None, missing)
    pdf_path = _write(folder / f"{name}.pdf", document)
    duration_ms = round((job.clock() - started) / timedelta(milliseconds=1))
    job.log("report_ready", stage="report", report=name, duration_ms=duration_ms)
    return Delivered(html_path, pdf_path)


def recheck(job: Job, opened: Warehouse) -> int:
    """Run all checks on an open warehouse and give their number.

    Raises:
        WarehouseError: its content is not what the ledger says was published.
        CheckError: a check returned rows.
    """
    for published in Ledger(job.settings.ledger).publications():
        if published.file_name == opened.path.name:
            _must_be(published, fingerprint(opened.path, job.settings))
    checks = transform.models(job.sql, ["checks"])
    transform.must_pass(transform.check(opened.connection, checks))
    return len(checks)


def _must_be(published: Publication, found: tuple[int, str]) -> None:
    if found != (published.row_count, published.content_hash):
        raise WarehouseError(
            f"{published.file_name}: holds {found[0]} rows with hash {found[1]}, but "
            f"{published.row_count} with {published.content_hash} were published; "
            "run 'capbrief build'"
        )


def status(opened: Warehouse) -> dict[str, Any]:
    """What is published: file, days, last run, and rows by table."""
    built = opened.query("select report_date, as_of, edition_title from marts.build").row(0)
    last = opened.query("select run_id, started_at from marts.run order by started_at desc limit 1")
    return {
        "file": str(opened.path),
        "report_date": str(built[0]),
        "edition": built[2],
        "run": last["run_id"].item(),
        "started_at": f"{last['started_at'].item():%Y-%m-%d %H:%M:%SZ}",
        "tables": opened.row_counts(),
    }


class _Recorded:
    """Keeps one run in the ledger, however it ends; without an error as ``exit_code`` says."""

    def __init__(self, job: Job, command: str) -> None:
        self._job, self._command = job, command
        self.exit_code = 0

    def __enter__(self) -> _Recorded:
        job = self._job
        Ledger(job.settings.ledger).start(Run(job.run_id, self._command, job.version, job.clock()))
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        ledger, now = Ledger(self._job.settings.ledger), self._job.clock()
        if error is None:
            ledger.finish(self._job.run_id, now, self.exit_code)
            return
        # What ended the run is what the user must see, even if the ledger cannot be written.
        with suppress(StorageError):
            ledger.finish(self._job.run_id, now, exit_code_of(error))


def _folder_name(name: str, opened: Warehouse) -> str:
    day, as_of = opened.query("select report_date, as_of from marts.build").row(0)
    cut = f"_as-of-{as_of:%Y%m%dT%H%M%S}" if as_of else ""
    return f"{name}_{day}{cut}"


def _write(path: Path, content: bytes) -> Path:
    try:
        write_whole(path, content, mode=0o644)
    except OSError as error:
        raise StorageError(
            f"{path}: cannot be written ({error.strerror}); give another --out"
        ) from error
    return path
