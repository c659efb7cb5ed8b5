"""Warehouse: the private master, the published versions, and what a query reads.

One writer at a time works in ``master.duckdb`` inside one transaction. A version is a copy of
it under a new name, read-only, to which the link ``warehouse.duckdb`` is moved by rename: a
reader keeps the version it opened, and never sees half of one.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import polars as pl
from filelock import FileLock, Timeout

from pipeline.errors import LockedError, SqlError, StorageError, UsageError, WarehouseError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from pipeline.settings import Settings

LINK = "warehouse.duckdb"
MASTER = "master.duckdb"
_VERSION = re.compile(r"warehouse-(\d{6})\.duckdb")
_KEPT_VERSIONS = 5

# Tables of the layers that a reader is promised; raw and staging lie beside them.
_LAYERS = ("staging", "marts", "estimates")


def reads(sql: str) -> frozenset[str]:
    """The tables that one select reads, as ``schema.table``; names of its own CTEs are not.

    Found from DuckDB's own parse tree, without binding, so that the tables need not exist.

    Raises:
        SqlError: the text does not parse or is not exactly one select; the message begins
            with ``:line:`` where the parser names one.
    """
    with _parser().cursor() as connection:
        found = connection.execute("select json_serialize_sql(?::varchar)", [sql]).fetchall()
    tree = json.loads(found[0][0])
    if tree["error"]:
        position = tree.get("position")
        line = f":{sql.count(chr(10), 0, int(position)) + 1}" if position else ""
        raise SqlError(f"{line}: {tree['error_message']}")
    if len(tree["statements"]) != 1:
        raise SqlError(f": holds {len(tree['statements'])} statements; one select is wanted")
    return frozenset(_tables(tree))


@cache
def _parser() -> duckdb.DuckDBPyConnection:
    """An empty database to parse with; opening one takes longer than parsing a hundred files."""
    return duckdb.connect()


def _tables(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        if node.get("type") == "BASE_TABLE" and node.get("schema_name"):
            yield f"{node['schema_name']}.{node['table_name']}"
        for child in node.values():
            yield from _tables(child)
    elif isinstance(node, list):
        for child in node:
            yield from _tables(child)


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


def frame(connection: duckdb.DuckDBPyConnection, sql: str) -> pl.DataFrame:
    """The rows of a query as a frame."""
    return pl.DataFrame(connection.sql(sql))


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


class Warehouse:
    """A published file, opened for reading; a context manager."""

    def __init__(self, path: Path, settings: Settings) -> None:
        """Open ``path`` read-only.

        Raises:
            UsageError: nothing was published yet.
            WarehouseError: the file cannot be opened.
        """
        if not path.exists():
            raise UsageError(f"{path}: no warehouse was published yet; run 'capbrief demo' first")
        # The link's target: an open version stays what it is while the link moves on.
        self.path = path.resolve()
        self._connection = _connect(self.path, settings, read_only=True)

    def __enter__(self) -> Warehouse:
        """Give the open warehouse."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self._connection.close()

    @property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """The read-only connection, for checks that look at every layer."""
        return self._connection

    def query(self, sql: str) -> pl.DataFrame:
        """Rows of one select.

        Raises:
            SqlError: DuckDB refuses the query.
        """
        try:
            return frame(self._connection, sql)
        except duckdb.Error as error:
            raise SqlError(f"query: {_one_line(error)}") from error

    def answer(self, text: str, limit: int) -> pl.DataFrame:
        """Rows of an analyst's query, at most ``limit``; files and network are out of reach.

        Raises:
            SqlError: DuckDB refuses it, or it gives no rows by its nature (SET, PRAGMA).
        """
        try:
            relation = self._connection.sql(text)
            if relation is None:
                raise SqlError("query: gives no rows; ask with a select")
            return pl.DataFrame(relation.limit(limit))
        except duckdb.Error as error:
            raise SqlError(f"query: {_one_line(error)}") from error

    def row_counts(self) -> dict[str, int]:
        """Rows of every table of the promised layers, by name."""
        names = self._connection.execute(
            "select schema_name || '.' || table_name from duckdb_tables() "
            f"where database_name = current_database() and schema_name in {_LAYERS} order by all"
        ).fetchall()
        return {
            name: self._connection.execute(f"select count(*) from {name}").fetchall()[0][0]
            for (name,) in names
        }

    def sources(self, sql: str) -> pl.DataFrame:
        """The payloads that a query's tables descend from: rows of ``marts.source``.

        Raises:
            SqlError: the query cannot be parsed.
        """
        tables = ", ".join(f"('{table}')" for table in sorted(reads(sql)))
        if not tables:
            return self.query("select * from marts.source limit 0")
        return self.query(
            f"""
            with recursive ancestor (table_name) as (
                select * from (values {tables})
                union
                select lineage.reads
                from ancestor
                join marts.lineage on lineage.model = ancestor.table_name
            )
            select source.*
            from marts.source
            where 'raw.' || source.source || '__' || source.entity in
                (select table_name from ancestor)
            order by source.source, source.entity, source.known_at
            """
        )


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
    connection = _connect(path, settings, read_only=False)
    try:
        connection.execute("begin transaction")
        yield connection
        try:
            connection.execute("commit")
            connection.execute("checkpoint")
        except duckdb.Error as error:
            raise WarehouseError(f"{path}: cannot be written: {error}") from error
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
        shutil.copyfile(folder / MASTER, fresh)
        fresh.chmod(0o444)
        _sync(fresh)
        row_count, content_hash = fingerprint(fresh, settings)
        fresh.rename(target)
        link = folder / f".{LINK}.new"
        link.unlink(missing_ok=True)
        link.symlink_to(target.name)
        link.replace(folder / LINK)
        _sync(folder)
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

    Tables that describe the run itself (``marts.run``) are left out: equal inputs give equal
    fingerprints.

    Raises:
        WarehouseError: the file cannot be read whole.
    """
    connection = _connect(path, settings, read_only=True)
    try:
        tables = connection.execute(
            "select schema_name || '.' || table_name from duckdb_tables() "
            f"where database_name = current_database() and schema_name in {_LAYERS} "
            "and table_name not in ('run', 'capbrief__run', 'source', 'capbrief__payload') "
            "order by all"
        ).fetchall()
        rows, digest = 0, 0
        for (table,) in tables:
            count, bits = connection.execute(
                f"select count(*), bit_xor(hash('{table}', t)) from {table} t"
            ).fetchall()[0]
            rows += count
            digest ^= bits or 0
    except duckdb.Error as error:
        raise WarehouseError(f"{path}: cannot be read: {error}; run 'capbrief build'") from error
    finally:
        connection.close()
    return rows, f"{digest:016x}"


def _connect(path: Path, settings: Settings, *, read_only: bool) -> duckdb.DuckDBPyConnection:
    config: dict[str, Any] = {
        "memory_limit": settings.memory_limit,
        "threads": settings.threads,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    if read_only:
        # Queries of analysts run here: no files, no network, and no way to switch that back.
        config |= {"enable_external_access": False, "lock_configuration": True}
    else:
        # Readable by every 1.5 and 2.0 client, with a WAL that knows its own file.
        config["storage_compatibility_version"] = "v1.5.0"
    try:
        return duckdb.connect(path, read_only=read_only, config=config)
    except duckdb.Error as error:
        raise WarehouseError(
            f"{path}: cannot be opened: {_one_line(error)}; move it away and run 'capbrief build'"
        ) from error


def _one_line(error: duckdb.Error) -> str:
    """The reason of a DuckDB error, with the candidates it offers, without the drawn query."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    kept = [line for line in lines if not line.startswith(("LINE ", "^"))]
    return " ".join(kept[:2])


def _match(path: Path) -> re.Match[str] | None:
    return _VERSION.fullmatch(path.name)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
