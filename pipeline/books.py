"""Books: how many rows each table of a file has, and their hash, day by day; kept in the file.

They say what changed (a day whose rows hash as before did not), what a published file must
hold, and which tables are made by the SQL as it is now. Hashes add up modulo 2^64, whatever the
order of rows, so that a table's is the sum of its days' and a file's the sum of its tables'.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb
import polars as pl

from pipeline import file_format
from pipeline.days import ALL, NONE, Days
from pipeline.errors import DamagedError
from pipeline.frames import insert
from pipeline.warehouse import LAYERS, MEND, broken

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import date
    from pathlib import Path

    from pipeline.model import Model

_MODULUS = 2**64
_PAGE = {
    "table_name": pl.String(),
    "partition_date": pl.Date(),
    "n_rows": pl.Int64(),
    "content_hash": pl.UInt64(),
}
# They carry the time of a run or a retrieval, or what follows from it: equal inputs give the same
# content, and other rows here.
_OF_RUNS = (
    "staging.capbrief__run",
    "staging.capbrief__payload",
    "staging.capbrief__confirmation",
    "staging.capbrief__outage",
    "marts.run",
    "marts.outage",
    "marts.source",
)

Page = tuple[int, int]
"""Rows and hash of one day of a table, or of a table without days."""


@dataclass(frozen=True)
class Content:
    """What a file holds in all: its rows, and a hash that equal inputs give again."""

    row_count: int
    content_hash: str


class Books:
    """The books of one file that is being written; the caller holds its transaction."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Read what the file says of itself."""
        self._connection = connection
        self._texts: dict[str, str] = dict(
            connection.execute("select model, sql_sha256 from capbrief.model").fetchall()
        )
        self._dated_by: dict[str, str | None] = dict(
            connection.execute("select table_name, dated_by from capbrief.book").fetchall()
        )
        self._whole: dict[str, Page] = {
            table: (rows, digest)
            for table, rows, digest in connection.execute(
                "select table_name, n_rows, content_hash from capbrief.partition "
                "where partition_date is null"
            ).fetchall()
        }

    def is_made_by(self, model: Model) -> bool:
        """Whether the file's table or check was made by just this text."""
        return self._texts.get(model.name) == _digest(model)

    def note(self, models: Iterable[Model]) -> None:
        """Write down by what texts the tables are made, and forget all others."""
        self._connection.execute("delete from capbrief.model")
        self._texts = {model.name: _digest(model) for model in models}
        rows = list(self._texts.items())
        schema = {"model": pl.String(), "sql_sha256": pl.String()}
        insert(self._connection, "capbrief.model", pl.DataFrame(rows, schema=schema, orient="row"))

    def compare(self, table: str, day: str | None = None, days: Days = ALL) -> Days:
        """Bring a table's pages up to date, and give the days that are not as they were.

        Args:
            table: the table as it is now.
            day: the expression that gives a row's day; None for a table without days.
            days: the days that may differ; the others are not looked at.

        Returns:
            Days that changed; for a table without days all of them, or none.
        """
        found = pages(self._connection, table, day, days)
        if self._dated_by.get(table, "") != day:
            self.forget(table)  # it had no pages, or pages of another kind
            self._dated_by[table] = day
            self._connection.execute("insert into capbrief.book values (?, ?)", [table, day])
        if day is None:
            whole = found[None]
            if self._whole.get(table) == whole:
                return NONE
            self._whole[table] = whole
            self._write(table, found, ALL)
            return ALL
        before = _booked(self._connection, table, days)
        changed = Days.of(
            at
            for at in found.keys() | before.keys()
            if at is not None and found.get(at) != before.get(at)
        )
        if changed:
            self._write(table, found, days)
        return changed

    def forget(self, table: str) -> None:
        """Take out the pages of a table that is no more."""
        for page in ("book", "partition"):
            self._connection.execute(f"delete from capbrief.{page} where table_name = ?", [table])
        self._whole.pop(table, None)
        self._dated_by.pop(table, None)

    def tables(self) -> list[str]:
        """The tables that have pages."""
        return sorted(self._dated_by)

    def _write(self, table: str, found: Mapping[date | None, Page], days: Days) -> None:
        self._connection.execute(
            "delete from capbrief.partition "
            f"where table_name = ? and {days.condition('partition_date')}",
            [table],
        )
        rows = [(table, at, *page) for at, page in found.items()]
        insert(
            self._connection,
            "capbrief.partition",
            pl.DataFrame(rows, schema=_PAGE, orient="row"),
        )


def pages(
    connection: duckdb.DuckDBPyConnection, table: str, day: str | None, days: Days = ALL
) -> dict[date | None, Page]:
    """Rows and hash of each day of a table; of one without days under None."""
    if day is None:
        by, where = "null::date", ""
    else:
        by, where = f"cast({day} as date)", f"where {days.condition(f'cast({day} as date)')}"
    rows = connection.execute(
        f"select {by} as partition_date, count(*), "
        f"coalesce(sum(hash('{table}', of_table)::hugeint) % {_MODULUS}, 0)::ubigint "
        f"from {table} as of_table {where} {'group by 1' if day else ''}"
    ).fetchall()
    return {at: (n_rows, digest) for at, n_rows, digest in rows}


def _booked(
    connection: duckdb.DuckDBPyConnection, table: str, days: Days
) -> dict[date | None, Page]:
    """What the books say of some days of a table."""
    rows = connection.execute(
        "select partition_date, n_rows, content_hash from capbrief.partition "
        f"where table_name = ? and {days.condition('partition_date')}",
        [table],
    ).fetchall()
    return {at: (n_rows, digest) for at, n_rows, digest in rows}


def content(connection: duckdb.DuckDBPyConnection) -> Content:
    """What the file's own books add up to, over the layers that are promised."""
    rows, digest = connection.execute(
        "select coalesce(sum(n_rows), 0)::bigint, "
        f"coalesce(sum(content_hash::hugeint) % {_MODULUS}, 0)::ubigint from capbrief.partition "
        f"where split_part(table_name, '.', 1) in {LAYERS} and table_name not in {_OF_RUNS}"
    ).fetchall()[0]
    return Content(rows, f"{digest:016x}")


def must_hold(
    connection: duckdb.DuckDBPyConnection, path: Path, read: Mapping[str, Days] | None = None
) -> None:
    """Hold an open file against its own books: the rows of every table are counted.

    Args:
        connection: of the file.
        path: its name, for the message.
        read: by table, the days of which every value is read back and hashed as well; tables
            that have no pages are passed over.

    Raises:
        DamagedError: a table has other rows than its books say, or cannot be read.
        WarehouseError, LimitError: the engine cannot read it for another reason.
    """
    try:
        differ = next(_differences(connection, read or {}), None)
    except duckdb.Error as error:
        raise broken(error, f"{path}: cannot be read") from error
    if differ is not None:
        raise DamagedError(f"{path}: is not as it was written ({differ}); {MEND}")


def _differences(connection: duckdb.DuckDBPyConnection, read: Mapping[str, Days]) -> Iterator[str]:
    booked = dict(
        connection.execute(
            "select table_name, sum(n_rows)::bigint from capbrief.partition group by all"
        ).fetchall()
    )
    counted = _row_counts(connection)
    of_layers = {table for table in counted if table.startswith(tuple(f"{x}." for x in LAYERS))}
    for table in sorted(of_layers | booked.keys()):
        if counted.get(table) != booked.get(table, 0):
            yield f"{table}: {counted.get(table, 'no')} rows, {booked.get(table, 0)} in its books"
    for table in _differ(connection, read):
        yield f"{table}: values are not those in its books"


def everything(connection: duckdb.DuckDBPyConnection) -> dict[str, Days]:
    """Every table that has pages, with all its days; hashes of another DuckDB tell nothing."""
    if not file_format.is_hashed_here(connection):
        return {}
    tables = connection.execute("select table_name from capbrief.book order by all").fetchall()
    return {table: ALL for (table,) in tables}


def _row_counts(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Rows of every table but the books, counted in one statement."""
    tables = connection.execute(
        "select schema_name || '.' || table_name from duckdb_tables() "
        "where database_name = current_database() and schema_name <> 'capbrief' order by all"
    ).fetchall()
    counts = " union all ".join(f"select '{table}', count(*) from {table}" for (table,) in tables)
    return dict(connection.execute(counts).fetchall()) if tables else {}


def _differ(connection: duckdb.DuckDBPyConnection, read: Mapping[str, Days]) -> Iterator[str]:
    """Tables whose rows of these days do not hash as their pages say."""
    kept = connection.execute("select table_name, dated_by from capbrief.book order by all")
    for table, day in kept.fetchall():
        days = read.get(table, NONE)
        if not days:
            continue
        booked = _booked(connection, table, ALL if day is None else days)
        if pages(connection, table, day, days) != booked:
            yield table


def _digest(model: Model) -> str:
    return hashlib.sha256(model.sql.encode()).hexdigest()
