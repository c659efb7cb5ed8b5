"""Master: the one file that is written, its transaction, and how a version is published.

One writer at a time works in ``master.duckdb`` inside one transaction. A version is a copy of
it under a new name, read-only, to which the link ``warehouse.duckdb`` is moved by rename: a
reader keeps the version it opened, and never sees half of one.
"""

from __future__ import annotations

import re
import shutil
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb

from pipeline import books, file_format, room
from pipeline.days import ALL, NONE, Days
from pipeline.errors import LockedError, WarehouseError
from pipeline.files import for_readers, sync
from pipeline.warehouse import LINK, broken, connect

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime
    from pathlib import Path

    from pipeline.settings import Settings

MASTER = "master.duckdb"
_VERSION = re.compile(r"warehouse-(\d{6})\.duckdb")
_KEPT_VERSIONS = 5
_AGAIN_SECONDS = 0.25
# A file of this size is read back whole, in a fraction of a second; of a larger one what changed.
_READ_WHOLE_BYTES = 32 * 2**20


def cut(
    connection: duckdb.DuckDBPyConnection, as_of: datetime | None, dated_by: Mapping[str, str]
) -> dict[str, Days]:
    """Take out of the raw tables what became known after ``as_of`` (UTC without zone).

    This is the one place where knowledge is cut off: every model above raw then sees nothing
    later.

    Args:
        connection: of a private file, inside a transaction.
        as_of: the last moment of knowledge; null is now, and nothing goes.
        dated_by: the expression that gives a row's day, for raw tables that have days.

    Returns:
        The days of each raw table that lost rows; all of them where it has no days.
    """
    tables = connection.execute(
        "select 'raw.' || table_name from duckdb_tables() "
        "where database_name = current_database() and schema_name = 'raw' order by all"
    ).fetchall()
    changed: dict[str, Days] = {}
    for (table,) in tables:
        day = dated_by.get(table)
        gone = connection.execute(
            f"delete from {table} where known_at > ?::timestamp returning {day or 'null::date'}",
            [as_of],
        ).fetchall()
        days = {found for (found,) in gone}
        changed[table] = NONE if not days else ALL if day is None else Days.of(days)
    return changed


def seal(connection: duckdb.DuckDBPyConnection) -> None:
    """Leave a connection nothing to read but its own tables: payloads are the only truth."""
    connection.execute("set enable_external_access = false")
    connection.execute("set lock_configuration = true")


@contextmanager
def transaction(
    path: Path, settings: Settings, wait_seconds: float = 0.0
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A private file, in one transaction: all of it is kept, or none.

    A file of an older format is brought up to date first, on a copy.

    Raises:
        LockedError: another process has the file open after ``wait_seconds``.
        DamagedError: the file, or a part of it that is needed, cannot be read.
        WarehouseError: it cannot be opened or written, or a newer capbrief wrote it.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WarehouseError(
            f"{path.parent}: cannot be made ({error.strerror}); choose another --home"
        ) from error
    until = time.monotonic() + wait_seconds
    if path.exists():
        _migrate(path, settings, until)
    with _opened(path, settings, until) as connection:
        yield connection


def _connected(
    path: Path, settings: Settings, until: float, *, read_only: bool
) -> duckdb.DuckDBPyConnection:
    """Open a file once nobody else has it open, or not until that monotonic time."""
    while True:
        try:
            return connect(path, settings, read_only=read_only)
        except LockedError:
            if time.monotonic() >= until:
                raise
        time.sleep(_AGAIN_SECONDS)


@contextmanager
def _opened(
    path: Path, settings: Settings, until: float = 0.0
) -> Iterator[duckdb.DuckDBPyConnection]:
    connection = _connected(path, settings, until, read_only=False)
    try:
        # A killed run left it; DuckDB never looks there again, and nobody else has the file open.
        shutil.rmtree(path.with_name(f"{path.name}.tmp"), ignore_errors=True)
        connection.execute("begin transaction")
        file_format.bring_up_to_date(connection)
        yield connection
        connection.execute("commit")
        connection.execute("checkpoint")
    except duckdb.Error as error:
        raise broken(error, f"{path}: cannot be written") from error
    finally:
        # A query that a signal ended goes on until it is told, and closing would wait for its end.
        connection.interrupt()
        # Closing rolls back what was not committed.
        connection.close()


def _migrate(path: Path, settings: Settings, until: float) -> None:
    """Have a copy brought up to date and take its place; half of it is never met by anyone."""
    connection = _connected(path, settings, until, read_only=True)
    try:
        found = file_format.must_be_known(connection, path)
    finally:
        connection.close()
    if found in (0, file_format.FORMAT):
        return
    # What a killed run left in the WAL goes into the file: a copy is of the file alone.
    connection = _connected(path, settings, until, read_only=False)
    connection.close()
    copy = path.with_name(f".{path.name}.new")
    halves = (copy, copy.with_name(f"{copy.name}.wal"))
    try:
        for left in halves:
            left.unlink(missing_ok=True)
        shutil.copyfile(path, copy)
        with _opened(copy, settings):
            pass  # opening brings it up to date
        sync(copy)
        copy.replace(path)
        sync(path.parent)
    except OSError as error:
        raise WarehouseError(
            f"{path}: cannot be brought up to date ({error.strerror}); make room for a second one. "
            "It stays as it was"
        ) from error
    finally:
        for left in halves:
            left.unlink(missing_ok=True)


def size_bytes(settings: Settings) -> int:
    """Size of the master, nothing before the first build."""
    path = settings.warehouse / MASTER
    return path.stat().st_size if path.exists() else 0


@dataclass(frozen=True)
class Version:
    """One published file, its row count over all tables and its content hash."""

    path: Path
    row_count: int
    content_hash: str


def prepare(settings: Settings, changed: Mapping[str, Days]) -> Version:
    """Copy the master to a new version, read-only and on disk, that nobody is led to yet.

    It is read back and compared with its books: all of it, or what changed since the version
    before where that would take long.

    Raises:
        WarehouseError: the copy cannot be written, opened or read, or is not what was checked.
    """
    folder, origin = settings.warehouse, settings.warehouse / MASTER
    number = max((int(m[1]) for m in map(_match, folder.iterdir()) if m), default=0) + 1
    target = folder / f"warehouse-{number:06d}.duckdb"
    fresh = folder / f".{target.name}.new"
    try:
        # A killed run left the first; the others belong to no file and would be read with this.
        for left in (*folder.glob(".warehouse*.new*"), *folder.glob(f"{target.name}.*")):
            left.unlink()
        _must_fit(origin, folder)
        shutil.copyfile(origin, fresh)
        found = _audit(fresh, settings, changed)
        for_readers(fresh)
        sync(fresh)
        fresh.rename(target)
        sync(folder)
    except OSError as error:
        raise WarehouseError(
            f"{target}: cannot be published ({error.strerror}); make room for it, then run "
            "'capbrief build'. The last version stays"
        ) from error
    finally:
        fresh.unlink(missing_ok=True)
    return Version(target, found.row_count, found.content_hash)


def _must_fit(origin: Path, folder: Path) -> None:
    lack = room.shortage(folder, origin.stat().st_size)
    if lack is not None:
        raise WarehouseError(
            f"{folder}: a new version {lack}; make room, then run 'capbrief build'. The last "
            "version stays"
        )


def _audit(path: Path, settings: Settings, changed: Mapping[str, Days]) -> books.Content:
    """Read the copy back, at least what changed, and count the rest."""
    connection = connect(path, settings, read_only=True)
    try:
        is_small = path.stat().st_size <= _READ_WHOLE_BYTES
        books.must_hold(connection, path, books.everything(connection) if is_small else changed)
        return books.content(connection)
    except duckdb.Error as error:
        raise broken(error, f"{path}: cannot be read") from error
    finally:
        connection.close()


def publish(settings: Settings, version: Version) -> None:
    """Lead readers to a version, and let the oldest go; who has one open keeps it.

    Raises:
        WarehouseError: the link cannot be moved.
    """
    folder = settings.warehouse
    fresh, link = folder / f".{LINK}.new", folder / LINK
    try:
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(version.path.name)
        fresh.replace(link)
        sync(folder)
        for old in sorted(path for path in folder.iterdir() if _match(path))[:-_KEPT_VERSIONS]:
            # The system keeps the bytes as long as a reader has them open.
            old.unlink()
    except OSError as error:
        if link.resolve() != version.path.resolve():
            version.path.unlink(missing_ok=True)
        raise WarehouseError(
            f"{link}: cannot be moved to {version.path.name} ({error.strerror}); make room for it, "
            "then run 'capbrief build'. The last version stays"
        ) from error
    finally:
        fresh.unlink(missing_ok=True)


def _match(path: Path) -> re.Match[str] | None:
    return _VERSION.fullmatch(path.name)
