"""Opening: the published warehouse, or a private one for another day or an earlier knowledge.

A private file is a copy of the published one whose raw tables are cut where that knowledge
ended, and whose other tables follow by the same models.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from pipeline import books, file_format, master, stages, warehouse
from pipeline.books import Books
from pipeline.errors import CapbriefError, DamagedError, StorageError
from pipeline.files import for_readers, private
from pipeline.publications import published as recorded
from pipeline.transform import Changes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, datetime

    from pipeline.job import Job
    from pipeline.settings import Settings

_PRIVATE = "private"
KEPT_PRIVATE = 5
"""So many private files are kept by each build, the newest."""
_SCRATCH_SECONDS = 86_400


def open_warehouse(
    job: Job, *, report_date: date | None = None, as_of: datetime | None = None
) -> warehouse.Warehouse:
    """The published warehouse, or a private one for another day or an earlier knowledge.

    A private file holds the raw rows that were known at ``as_of`` and is built by the same
    models; it is kept and used again while data, SQL, scenarios and version are the same.

    Raises:
        UsageError: nothing was published yet.
        WarehouseError: what is published is not as it was written.
        CheckError: the private build fails a check.
    """
    published = _whole(job.settings.warehouse / warehouse.LINK, job.settings, is_published=True)
    built_for = published.query("select report_date, as_of from marts.build").row(0)
    if as_of is None and report_date in (None, built_for[0]):
        return published
    with published:
        file_format.must_be_current(published.connection, published.path)
        path = _private(job, published, report_date, as_of)
    return _whole(path, job.settings)


def is_published(opened: warehouse.Warehouse) -> bool:
    """Whether it is what was published, and not a private file for another day or knowledge."""
    return opened.path.parent.name != _PRIVATE


@contextmanager
def if_published(job: Job) -> Iterator[warehouse.Warehouse | None]:
    """The published warehouse, none where there is none yet.

    Raises:
        WarehouseError: what is published is not as it was written.
    """
    if not (job.settings.warehouse / warehouse.LINK).exists():
        yield None
        return
    with open_warehouse(job) as opened:
        yield opened


def _whole(path: Path, settings: Settings, *, is_published: bool = False) -> warehouse.Warehouse:
    """An open file that holds what its books say, and what the ledger says was published.

    A file of before there were books is taken as it is.
    """
    opened = warehouse.Warehouse(path, settings)
    try:
        if file_format.must_be_known(opened.connection, opened.path) == file_format.FORMAT:
            books.must_hold(opened.connection, opened.path)
            if is_published:
                _must_be_recorded(opened, settings)
    except duckdb.Error as error:
        opened.close()
        raise warehouse.broken(error, f"{opened.path}: cannot be read") from error
    except CapbriefError:
        opened.close()
        raise
    return opened


def _must_be_recorded(opened: warehouse.Warehouse, settings: Settings) -> None:
    """Hold a published file against the ledger, where its reader may see that."""
    publication = recorded(settings.ledger, opened.path.name)
    if publication is None:
        return
    found = books.content(opened.connection)
    if publication.engine == duckdb.__version__ and found != books.Content(
        publication.row_count, publication.content_hash
    ):
        raise DamagedError(
            f"{opened.path}: holds {found.row_count} rows with hash {found.content_hash}, but "
            f"{publication.row_count} with {publication.content_hash} were published; "
            f"{warehouse.MEND}"
        )


def _private(
    job: Job, published: warehouse.Warehouse, report_date: date | None, as_of: datetime | None
) -> Path:
    """A file built for one day and one state of knowledge; made once per set of inputs."""
    cut = warehouse.naive_utc(as_of) if as_of else None
    try:
        key = _private_key(job, published, report_date, cut)
        path = job.settings.warehouse / _PRIVATE / f"{key}.duckdb"
        if path.exists():
            return path
        with private():
            path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".new-") as scratch:
            fresh = Path(scratch) / path.name
            shutil.copyfile(published.path, fresh)
            fresh.chmod(0o600)
            with master.transaction(fresh, job.settings) as connection:
                days = stages.raw_days()
                changes = Changes(Books(connection), master.cut(connection, cut, days), days)
                for table in changes.books.tables():
                    if table.startswith("raw."):
                        changes.table(table, days.get(table))
                stages.make(job, connection, changes, report_date, as_of)
            fresh.rename(path)
            for_readers(path)
    except OSError as error:
        raise StorageError(
            f"{error.filename}: cannot be used ({error.strerror}); another day or an earlier "
            "knowledge needs a file of its own below --home"
        ) from error
    job.log("private_build", stage="transform", file=path.name)
    return path


def _private_key(
    job: Job, published: warehouse.Warehouse, report_date: date | None, cut: datetime | None
) -> str:
    """One key for equal inputs: data, runs known by then, files that users may change, version."""
    digest = hashlib.sha256()
    known = f"where known_at <= timestamp '{cut}'" if cut else ""
    runs = published.query(f"select run_id, status from raw.capbrief__run {known} order by all")
    content = books.content(published.connection)
    for part in (job.version, report_date, cut, content, runs.rows()):
        digest.update(repr(part).encode())
    for folder in (*job.sql, *job.scenarios):
        for file in sorted(folder.rglob("*.*")):
            if file.is_file():
                digest.update(str(file.relative_to(folder)).encode() + file.read_bytes())
    return digest.hexdigest()[:24]


def prune_private(settings: Settings) -> None:
    """Keep the newest private files; the caller holds the writer's lock."""
    folder = settings.warehouse / _PRIVATE
    files = sorted(folder.glob("*.duckdb"), key=lambda path: path.stat().st_mtime)
    for path in files[:-KEPT_PRIVATE]:
        path.unlink()
    # A killed run leaves its scratch folder; one in use is younger than this.
    for scratch in folder.glob(".new-*"):
        if time.time() - scratch.stat().st_mtime > _SCRATCH_SECONDS:
            shutil.rmtree(scratch)
