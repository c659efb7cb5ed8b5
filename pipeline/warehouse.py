"""Warehouse: what is published, opened for reading, and what a query reads."""

from __future__ import annotations

import json
import os
import re
import secrets
import tempfile
import threading
from datetime import UTC, date, datetime
from functools import cache
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import polars as pl

from pipeline.errors import (
    GIVE_MEMORY,
    CapbriefError,
    DamagedError,
    LimitError,
    LockedError,
    SqlError,
    UsageError,
    WarehouseError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pipeline.settings import Settings, Sql

LINK = "warehouse.duckdb"

LAYERS = ("staging", "marts", "estimates")
"""The schemas that models make, in the order in which they may read one another."""

MEND = "run 'capbrief build --full'"
"""How a damaged file is made anew, whether the master has the damage, too, or not."""

# What DuckDB raises where the machine or the file is at fault, not the query.
_MACHINE = (
    duckdb.IOException,
    duckdb.OutOfMemoryException,
    duckdb.FatalException,
    duckdb.InternalException,
    duckdb.SerializationException,
)
# Of those, what a file that is not as it was written brings about.
_DAMAGE = (duckdb.InternalException, duckdb.SerializationException)
_DAMAGED = "Corrupt|not a valid DuckDB database|Could not read enough|WAL does not|WAL checkpoint"

# Days and moments that Python knows, as polars counts them: days since 1970, and their parts.
_DAYS = ((date.min - date(1970, 1, 1)).days, (date.max - date(1970, 1, 1)).days)
_PER_DAY = {"ms": 86_400_000, "us": 86_400_000_000, "ns": 86_400_000_000_000}


def reads(sql: str) -> frozenset[str]:
    """The tables that one select reads, as ``schema.table``; names of its own CTEs are not.

    Found from DuckDB's own parse tree, without binding, so that the tables need not exist.

    Raises:
        SqlError: the text does not parse or is not exactly one select; the message begins
            with ``:line:`` where the parser names one.
    """
    (tree,) = parsed([sql])
    return read_by(sql, tree)


def parsed(texts: Sequence[str]) -> list[dict[str, Any]]:
    """DuckDB's parse trees of some texts, broken ones with their error; many at a time is quick."""
    with _parser().cursor() as connection:
        found = connection.execute(
            "select json_serialize_sql(text) from (select unnest(?::varchar[]) as text)",
            [list(texts)],
        ).fetchall()
    return [json.loads(tree) for (tree,) in found]


def read_by(sql: str, tree: dict[str, Any]) -> frozenset[str]:
    """The tables that a parsed select reads.

    Raises:
        SqlError: as ``reads``.
    """
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


def naive_utc(at: datetime) -> datetime:
    """A time as the warehouse stores it: UTC, without a zone."""
    return at.astimezone(UTC).replace(tzinfo=None)


def refused(error: duckdb.Error, place: str) -> CapbriefError:
    """The error to raise for what DuckDB refused: the file's fault or the query's."""
    reason = f"{place}: {one_line(error)}"
    if _lacks_memory(error):
        return LimitError(f"{reason}; {GIVE_MEMORY}")
    if isinstance(error, _MACHINE):
        # A fault of DuckDB in one query is no damage, so that its text decides alone.
        if re.search(_DAMAGED, reason):
            return DamagedError(f"{reason}; {MEND}")
        return WarehouseError(f"{reason}; run 'capbrief build', or give it more room")
    return SqlError(reason)


def _lacks_memory(error: duckdb.Error) -> bool:
    # What it cannot lay aside for want of room on the disk is an error of that kind, too.
    is_of_disk = re.search("offload|temp_directory", str(error))
    return isinstance(error, duckdb.OutOfMemoryException) and not is_of_disk


def broken(error: duckdb.Error, place: str) -> WarehouseError | LockedError | LimitError:
    """The error to raise for a file that DuckDB could not open, read or write."""
    reason = one_line(error)
    if _lacks_memory(error):
        return LimitError(f"{place}: {reason}; {GIVE_MEMORY}")
    if "Could not set lock on file" in str(error):
        # The system does not name a process of another container or machine.
        found = re.search(r"\(PID (\d+)\)", str(error))
        who = f"process {found[1]}" if found else "another program"
        return LockedError(
            f"{place}: {who} has it open; close it there, or give --lock-wait SECONDS. Only the "
            "published warehouse.duckdb is for reading"
        )
    if re.search(r"database file with version number|storage.version", str(error)):
        return WarehouseError(f"{place}: a newer DuckDB wrote it ({reason}); install that capbrief")
    if isinstance(error, _DAMAGE) or re.search(_DAMAGED, reason):
        return DamagedError(f"{place}: {reason}; {MEND}")
    return WarehouseError(f"{place}: {reason}; make room for it, or choose another --home")


def frame(
    connection: duckdb.DuckDBPyConnection, sql: str, *, most_rows: int | None = None
) -> pl.DataFrame:
    """The rows of a query as a frame, the first ``most_rows`` of them if that is given.

    Raises:
        duckdb.Error: the engine refuses the query.
        SqlError: a column's name is there twice, or a frame holds nothing of its type.
    """
    try:
        relation = connection.sql(sql)
        if relation is None:
            raise SqlError("query: gives no rows; one select is wanted")
        for name, of_type in zip(relation.columns, relation.types, strict=True):
            if relation.columns.count(name) > 1:
                raise SqlError(f"query: gives more than one column {name}")
            if "INTERVAL" in str(of_type):
                raise SqlError(f"query: column {name} is an interval; give it as a number")
        if most_rows is not None:
            relation = relation.limit(most_rows)
        return _with_days(pl.DataFrame(relation))
    except (duckdb.BinderException, duckdb.CatalogException):
        # Asked for a plan the engine names the line of the mistake as well.
        connection.execute(f"explain {sql}")
        raise


def _with_days(frame: pl.DataFrame) -> pl.DataFrame:
    """``frame``, if all of its days are of the years 1 to 9999, which Python knows.

    Raises:
        SqlError: one is not, or is infinite.
    """
    for column in frame.select(pl.col(pl.Date, pl.Datetime)):
        # As bare numbers: to ask polars for such a day is to make it panic.
        unit = getattr(column.dtype, "time_unit", "")
        days = column.to_physical() // _PER_DAY.get(unit, 1)
        if not days.is_between(*_DAYS).all():
            raise SqlError(
                f"query: column {column.name} holds a day that is not of the years 1 to 9999"
            )
    return frame


class Warehouse:
    """A published file, opened for reading; a context manager."""

    def __init__(self, path: Path, settings: Settings) -> None:
        """Open ``path`` read-only.

        Raises:
            UsageError: nothing was published yet.
            WarehouseError: the file cannot be opened.
        """
        try:
            # The link's target: an open version stays what it is while the link moves on.
            self.path = path.resolve(strict=True)
        except FileNotFoundError as error:
            if path.is_symlink():
                raise WarehouseError(
                    f"{path}: leads to a file that is not there; run 'capbrief build'"
                ) from error
            if any(path.parent.glob("warehouse-*.duckdb")):
                raise WarehouseError(
                    f"{path}: the link to what was published is missing; run 'capbrief build'"
                ) from error
            raise UsageError(
                f"{path}: no warehouse was published yet; run 'capbrief demo' first"
            ) from error
        except OSError as error:
            raise WarehouseError(f"{path}: cannot be read ({error.strerror})") from error
        self._connection = connect(self.path, settings, read_only=True)

    def __enter__(self) -> Warehouse:
        """Give the open warehouse."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    def close(self) -> None:
        """Let go of the file, and of a query that a signal ended before its end."""
        self._connection.interrupt()
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
            raise refused(error, "query") from error

    def within(self, sql: str, limits: Sql) -> pl.DataFrame:
        """Rows of one select that has so much time, and may give so many.

        Raises:
            SqlError: DuckDB refuses the query.
            LimitError: it takes longer, gives more, or needs more memory than the engine has.
        """
        is_late = threading.Event()

        def stop() -> None:
            is_late.set()
            self._connection.interrupt()

        timer = threading.Timer(limits.seconds, stop)
        timer.start()
        try:
            rows = frame(self._connection, sql, most_rows=limits.rows + 1)
        except duckdb.InterruptException as error:
            if not is_late.is_set():
                raise
            raise LimitError(f"query: takes longer than {limits.seconds:g} seconds") from error
        except duckdb.OutOfMemoryException as error:
            raise LimitError("query: needs more memory than the engine has") from error
        except duckdb.Error as error:
            raise refused(error, "query") from error
        finally:
            timer.cancel()
            timer.join()
        if len(rows) > limits.rows:
            raise LimitError(f"query: gives more than {limits.rows} rows")
        return rows

    def row_counts(self) -> dict[str, int]:
        """Rows of every table of the promised layers, by name."""
        names = self._connection.execute(
            "select schema_name || '.' || table_name from duckdb_tables() "
            f"where database_name = current_database() and schema_name in {LAYERS} order by all"
        ).fetchall()
        return {
            name: self._connection.execute(f"select count(*) from {name}").fetchall()[0][0]
            for (name,) in names
        }

    def behind(self, sql: str) -> frozenset[str]:
        """The tables that a query reads, and all that those are made from.

        Raises:
            SqlError: the query cannot be parsed.
        """
        tables = ", ".join(f"('{table}')" for table in sorted(reads(sql)))
        if not tables:
            return frozenset()
        found = self.query(
            f"""
            with recursive ancestor (table_name) as (
                select * from (values {tables})
                union
                select lineage.reads
                from ancestor
                join marts.lineage on lineage.model = ancestor.table_name
            )
            select table_name from ancestor
            """
        )
        return frozenset(found["table_name"])

    def sources(self, sql: str) -> pl.DataFrame:
        """The payloads that a query's tables descend from: rows of ``marts.source``.

        Raises:
            SqlError: the query cannot be parsed.
        """
        tables = ", ".join(f"'{table}'" for table in sorted(self.behind(sql))) or "''"
        return self.query(
            f"""
            select *
            from marts.source
            where 'raw.' || source || '__' || entity in ({tables})
            order by source, entity, known_at
            """
        )


def connect(path: Path, settings: Settings, *, read_only: bool) -> duckdb.DuckDBPyConnection:
    """Open a file within the limits of the settings; one that is read only is sealed.

    Raises:
        WarehouseError: the file cannot be opened.
    """
    config: dict[str, Any] = {
        "memory_limit": settings.memory_limit,
        "threads": settings.threads,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "python_enable_replacements": False,
    }
    if read_only:
        # No files, no network, and no way to switch that back. Queries of analysts are bounded
        # more closely (pipeline.sandbox).
        config |= {"enable_external_access": False, "lock_configuration": True}
        # By default all processes that read a file spill into one folder, over one another.
        config["temp_directory"] = _spill(os.getpid())
    else:
        # Readable by every 1.5 and 2.0 client, with a WAL that knows its own file.
        config["storage_compatibility_version"] = "v1.5.0"
        # Most tables are small, and each takes whole blocks: with the usual 256 KiB a file is
        # twice as large and takes longer to check, copy and sync; below 64 KiB long scans suffer.
        config["default_block_size"] = "65536"
    try:
        return duckdb.connect(path, read_only=read_only, config=config)
    except duckdb.Error as error:
        raise broken(error, f"{path}: cannot be opened") from error


@cache
def _spill(process: int) -> str:
    """A folder of this process alone; DuckDB makes it when it is needed, and removes it."""
    return str(Path(tempfile.gettempdir()) / f"capbrief-{process}-{secrets.token_hex(4)}")


def one_line(error: duckdb.Error) -> str:
    """The reason of a DuckDB error, with the candidates it offers, without the drawn query."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    said = [line for line in lines if not line.startswith(("LINE ", "^"))]
    # What the engine advises are settings of its own, which are not for users.
    kept = [*takewhile(lambda line: not line.startswith("Possible solutions"), said)]
    return " ".join(kept[:2])
