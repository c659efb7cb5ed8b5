"""Master: the one file that is written, its transaction, and how a version is published.

One writer at a time works in ``master.duckdb`` inside one transaction. A version is a copy of
it under a new name, read-only, to which the link ``warehouse.duckdb`` is moved by rename: a
reader keeps the version it opened, and never sees half of one.
"""

from __future__ import annotations

import re
import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb
from filelock import FileLock, Timeout

from pipeline.errors import LockedError, StorageError, WarehouseError
from pipeline.files import sync
from pipeline.warehouse import LAYERS, LINK, connect, one_line

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    import polars as pl

    from pipeline.settings import Settings

MASTER = "master.duckdb"
_VERSION = re.compile(r"warehouse-(\d{6})\.duckdb")
_KEPT_VERSIONS = 5


class _Stream:
    """A frame that shows DuckDB only its Arrow stream, so that pyarrow is not needed."""

    def __init__(self, frame: pl.DataFrame) -> None:
        self._frame = frame

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self._frame.__arrow_c_stream__(requested_schema)


def insert(connection: duckdb.DuckDBPyConnection, table: str, frame: pl.DataFrame) -> None:
    """Append a frame to a table, columns matched by name."""
    connection.register("incoming", _Stream(frame))
    try:
        connection.execute(f"insert into {table} by name select * from incoming")
    finally:
        connection.unregister("incoming")


def replace(connection: duckdb.DuckDBPyConnection, table: str, frame: pl.DataFrame) -> None:
    """Make a table of a frame, in place of what it held."""
    connection.register("incoming", _Stream(frame))
    try:
        connection.execute(f"create or replace table {table} as select * from incoming")
    finally:
        connection.unregister("incoming")


def copy_raw(connection: duckdb.DuckDBPyConnection, origin: Path, as_of: datetime | None) -> None:
    """Fill the raw schema from another file with the rows that were known at ``as_of``.

    ``as_of`` is UTC without zone; null takes every row. This is the one place where knowledge
    is cut off: every model above raw then sees nothing later.
    """
    quoted = str(origin).replace("'", "''")
    connection.execute(f"attach '{quoted}' as origin (read_only)")
    connection.execute("create schema if not exists raw")
    tables = connection.execute(
        "select table_name from duckdb_tables() "
        "where database_name = 'origin' and schema_name = 'raw' order by all"
    ).fetchall()
    for (table,) in tables:
        connection.execute(
            f"create table raw.{table} as select * from origin.raw.{table} "
            "where ?::timestamp is null or known_at <= ?::timestamp",
            [as_of, as_of],
        )


def seal(connection: duckdb.DuckDBPyConnection) -> None:
    """Leave a connection nothing to read but its own tables: payloads are the only truth."""
    connection.execute("set enable_external_access = false")
    connection.execute("set lock_configuration = true")


@contextmanager
def writing(settings: Settings, *, wait_seconds: float = 0) -> Iterator[None]:
    """Hold the one writer's lock of a home.

    Raises:
        LockedError: another process holds it after ``wait_seconds``.
        StorageError: the state folder cannot be written.
    """
    try:
        settings.lock.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(settings.lock, timeout=wait_seconds)
        with lock:
            yield
    except Timeout as error:
        raise LockedError(
            f"{settings.lock}: another run is writing; wait for it or give --lock-wait SECONDS"
        ) from error
    except PermissionError as error:
        raise StorageError(f"{settings.lock}: {error.strerror}; choose another --home") from error


@contextmanager
def transaction(path: Path, settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """A private file, in one transaction: all of it is kept, or none.

    Raises:
        WarehouseError: the file cannot be opened or written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WarehouseError(
            f"{path.parent}: cannot be made ({error.strerror}); choose another --home"
        ) from error
    connection = connect(path, settings, read_only=False)
    try:
        connection.execute("begin transaction")
        yield connection
        connection.execute("commit")
        connection.execute("checkpoint")
    except duckdb.Error as error:
        raise WarehouseError(
            f"{path}: cannot be written: {one_line(error)}; free some space, or move the file "
            "away and run 'capbrief build'"
        ) from error
    finally:
        # Closing rolls back what was not committed.
        connection.close()


@dataclass(frozen=True)
class Version:
    """One published file, its row count over all tables and its content hash."""

    path: Path
    row_count: int
    content_hash: str


def publish(settings: Settings) -> Version:
    """Copy the master to a new read-only version and move the link to it.

    Raises:
        WarehouseError: the copy cannot be written, opened or read whole.
    """
    folder = settings.warehouse
    number = max((int(m[1]) for m in map(_match, folder.iterdir()) if m), default=0) + 1
    target = folder / f"warehouse-{number:06d}.duckdb"
    fresh = folder / f".{target.name}.new"
    try:
        for left in folder.glob(".warehouse-*.new"):
            left.unlink()  # a killed run left it
        shutil.copyfile(folder / MASTER, fresh)
        row_count, content_hash = fingerprint(fresh, settings)
        fresh.chmod(0o444)
        sync(fresh)
        fresh.rename(target)
        link = folder / f".{LINK}.new"
        link.unlink(missing_ok=True)
        link.symlink_to(target.name)
        link.replace(folder / LINK)
        sync(folder)
    except OSError as error:
        fresh.unlink(missing_ok=True)
        raise WarehouseError(
            f"{target}: cannot be published ({error.strerror}); the last version stays"
        ) from error
    for old in sorted(path for path in folder.iterdir() if _match(path))[:-_KEPT_VERSIONS]:
        old.unlink()
    return Version(target, row_count, content_hash)


def fingerprint(path: Path, settings: Settings) -> tuple[int, str]:
    """Row count and order-independent hash over all tables of the promised layers.

    Tables that carry the time of a run or a retrieval (``run``, ``source`` and what they are
    made from) are left out: equal inputs give equal fingerprints.

    Raises:
        WarehouseError: the file cannot be read whole.
    """
    connection = connect(path, settings, read_only=True)
    try:
        tables = connection.execute(
            "select schema_name || '.' || table_name from duckdb_tables() "
            f"where database_name = current_database() and schema_name in {LAYERS} "
            "and table_name not in ('run', 'capbrief__run', 'source', 'capbrief__payload') "
            "order by all"
        ).fetchall()
        rows, digest = 0, 0
        for (table,) in tables:
            count, bits = connection.execute(
                f"select count(*), sum(hash('{table}', t)::hugeint) from {table} t"
            ).fetchall()[0]
            rows += count
            digest = (digest + int(bits or 0)) % 2**64
    except duckdb.Error as error:
        raise WarehouseError(f"{path}: cannot be read: {error}; run 'capbrief build'") from error
    finally:
        connection.close()
    return rows, f"{digest:016x}"


def _match(path: Path) -> re.Match[str] | None:
    return _VERSION.fullmatch(path.name)
