"""Transform: the models to tables in dependency order, and the checks over them.

A table is made anew where what it is made from changed: as a whole, or, where it has days, by
those of them that changed or lie in the reach of one that did. What comes out as it was counts
as unchanged for all that reads it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import duckdb

from pipeline import glossary
from pipeline.days import ALL, NONE, Days, parted
from pipeline.errors import CheckError, SqlError
from pipeline.warehouse import LAYERS, reads, refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from pipeline.books import Books
    from pipeline.model import Model

_SHOWN_ROWS = 5
_SHOWN_CHARACTERS = 200
# More bad rows than this are not counted: the check failed, and its result may be endless.
_MOST_ROWS = 1001
# A table that is made whole is made in parts from about so many rows of the largest that it reads.
_CHUNK_ROWS = 1_000_000


class Described(Protocol):
    """A SQL file, or what else makes a table."""

    @property
    def columns(self) -> Mapping[str, str]:
        """What it says itself of single columns."""
        ...


@dataclass(frozen=True)
class BadRows:
    """What one failed check returned: how many rows (at most 1,001), and the first as text."""

    check: str
    description: str
    count: int
    sample: tuple[str, ...]


def clear(connection: duckdb.DuckDBPyConnection, keep: Iterable[str] = ()) -> list[str]:
    """Drop the tables of all layers but ``keep``, and give their names: their files are gone."""
    for layer in LAYERS:
        connection.execute(f"create schema if not exists {layer}")
    kept = set(keep)
    found = connection.execute(
        "select schema_name || '.' || table_name from duckdb_tables() "
        f"where database_name = current_database() and schema_name in {LAYERS} order by all"
    ).fetchall()
    gone = [name for (name,) in found if name not in kept]
    for name in gone:
        connection.execute(f"drop table {name}")
    return gone


@dataclass
class Changes:
    """What changed in a file since its books were written, and how its tables are dated.

    ``days`` has, for each table that was looked at, the days that are not as they were;
    ``dated_by`` the expression that gives a row's day, for the tables that have days.
    """

    books: Books
    days: dict[str, Days]
    dated_by: dict[str, str]

    def table(self, name: str, day: str | None = None, days: Days = ALL) -> None:
        """Find out what changed in a table that was written, at most in these days."""
        self.days[name] = self.books.compare(name, day, days)

    def touched(self, model: Model) -> Days:
        """The days of a model that are to be made anew; all of them where it is made whole."""
        if not self.books.is_made_by(model):
            return ALL
        touched = NONE
        for table in model.reads:
            changed = self.days[table]
            if changed and (model.dated_by is None or table not in self.dated_by):
                return ALL
            touched |= model.reach.touched(changed)
        return touched


def build(
    connection: duckdb.DuckDBPyConnection,
    models: Sequence[Model],
    changes: Changes,
    made: Callable[[Model, Days], None] = lambda model, days: None,
) -> None:
    """Make each model's table in the order given, as far as it would not be as it is.

    Args:
        connection: of the file, inside a transaction.
        models: what is to be made, in order.
        changes: what changed in the tables that they read; what changes here is added.
        made: is told of each model that was made, and of which days.

    Raises:
        SqlError: DuckDB refuses a file.
        CheckError: a grain is not unique, or a column of it is null.
    """
    broken: list[BadRows] = []
    for model in models:
        days = changes.touched(model)
        if model.dated_by is not None:
            changes.dated_by[model.name] = model.dated_by
        if not days:
            changes.days[model.name] = NONE
            continue
        try:
            if days == ALL:
                broken += _make(connection, model, changes.dated_by)
            else:
                broken += _make_days(connection, model, days, changes.dated_by)
        except duckdb.Error as error:
            # The file begins on the second line of the statement that was run.
            raise refused(error, _place(model.path, error, first_line=2)) from error
        changes.table(model.name, model.dated_by, days)
        made(model, days)
    must_pass(broken)


def _make(
    connection: duckdb.DuckDBPyConnection, model: Model, dated_by: Mapping[str, str]
) -> list[BadRows]:
    first, *others = _chunks(connection, model, dated_by)
    sql = model.sql
    if others:
        sql = f"{narrowed(connection, model, first, dated_by)}\n) where {_on(model, first)}"
        sql = f"select * from ({sql}"
    connection.execute(
        f"create or replace table {model.name} as select * from (\n{sql}\n) "
        f"order by {_order(model)}"
    )
    for days in others:
        _insert_days(connection, model, days, dated_by)
    return describe(connection, model.name, model.description, model.grain)


def _chunks(
    connection: duckdb.DuckDBPyConnection, model: Model, dated_by: Mapping[str, str]
) -> list[Days]:
    """All days in parts, so that what a part reads fits into memory, however long the history."""
    read = sorted(model.reads & dated_by.keys())
    if model.dated_by is None:
        return [ALL]
    rows = connection.execute(
        "select partition_date, max(n_rows) from capbrief.partition "
        "where table_name in (select unnest(?::varchar[])) and partition_date is not null "
        "group by partition_date order by partition_date",
        [read],
    ).fetchall()
    cuts, waiting = [], 0
    for day, n_rows in rows:
        waiting += n_rows
        if waiting > _CHUNK_ROWS:
            cuts.append(day)
            waiting = 0
    return parted(cuts)


def _make_days(
    connection: duckdb.DuckDBPyConnection, model: Model, days: Days, dated_by: Mapping[str, str]
) -> list[BadRows]:
    connection.execute(f"delete from {model.name} where {_on(model, days)}")
    _insert_days(connection, model, days, dated_by)
    return _repeated(connection, model.name, model.grain, _on(model, days))


def _insert_days(
    connection: duckdb.DuckDBPyConnection, model: Model, days: Days, dated_by: Mapping[str, str]
) -> None:
    connection.execute(
        f"insert into {model.name} select * from (\n"
        f"{narrowed(connection, model, days, dated_by)}\n) where {_on(model, days)} "
        f"order by {_order(model)}"
    )


def _on(model: Model, days: Days) -> str:
    """SQL that is true for a model's rows of some days."""
    return days.condition(str(model.dated_by))


def _order(model: Model) -> str:
    """By day, so that the rows of one lie together; then by grain, as equal rows compress."""
    return ", ".join(dict.fromkeys([model.dated_by or model.grain[0], *model.grain]))


def narrowed(
    connection: duckdb.DuckDBPyConnection, model: Model, days: Days, dated_by: Mapping[str, str]
) -> str:
    """The model's text, reading of dated tables only the days that these days depend on."""
    wanted = model.reach.read(days)
    dated = model.reads & dated_by.keys()
    sql = model.sql
    for table in dated:
        layer, name = table.split(".")
        connection.execute(
            f"create or replace temp view {name} as select * from {table} "
            f"where {wanted.condition(dated_by[table])}"
        )
        sql = re.sub(rf"\b(from|join)(\s+){layer}\.{name}\b", rf"\1\2temp.{name}", sql)
    if reads(sql) & dated:
        raise SqlError(
            f"{model.path}: reads a dated table otherwise than by 'from' or 'join'; write it so"
        )
    return sql


def describe(
    connection: duckdb.DuckDBPyConnection, table: str, description: str, grain: Sequence[str]
) -> list[BadRows]:
    """Keep a table's description in the database, and give the rows that break its grain."""
    comment = description.replace("'", "''")
    connection.execute(f"comment on table {table} is '{comment}'")
    return _repeated(connection, table, grain)


def _repeated(
    connection: duckdb.DuckDBPyConnection, table: str, grain: Sequence[str], where: str = "true"
) -> list[BadRows]:
    columns = ", ".join(grain)
    is_null = " or ".join(f"{column} is null" for column in grain)
    rows = connection.execute(
        f"select {columns}, count(*) from {table} where {where} group by all "
        f"having count(*) > 1 or {is_null} order by all"
    ).fetchmany(_MOST_ROWS)
    return [_bad_rows(f"{table}: grain", columns, rows)] if rows else []


def describe_columns(connection: duckdb.DuckDBPyConnection, made: Mapping[str, Described]) -> None:
    """Keep in the database what each column of marts and estimates is.

    A comment that stands there already is not written again. Each takes its turn for the
    interpreter, so that this is slow beside another thread and belongs after it.

    Args:
        connection: of the database.
        made: what says more of some columns than the glossary, by table.

    Raises:
        SqlError: a table describes a column that it does not have.
    """
    present: dict[str, dict[str, str | None]] = {}
    for table, column, comment in connection.execute(
        "select schema_name || '.' || table_name, column_name, comment from duckdb_columns() "
        f"where database_name = current_database() and schema_name in {LAYERS} "
        "order by schema_name, table_name, column_index"
    ).fetchall():
        present.setdefault(table, {})[column] = comment
    statements: list[str] = []
    for table, columns in present.items():
        found = glossary.comments(table, columns, made[table].columns)
        if table.partition(".")[0] in glossary.DESCRIBED:
            statements += found
    if statements:
        connection.execute(";\n".join(statements))


def check(
    connection: duckdb.DuckDBPyConnection,
    checks: Sequence[Model],
    changes: Changes | None = None,
) -> list[BadRows]:
    """Run checks and give those that returned rows.

    Without ``changes`` each looks at everything. With them, one that passed and whose tables are
    as they were is not run, and one that is incremental looks at the days that changed.

    Raises:
        SqlError: DuckDB refuses a file.
    """
    failed = []
    for model in checks:
        days = ALL if changes is None else changes.touched(model)
        if not days:
            continue
        sql = model.sql
        if days != ALL and changes is not None:
            narrow = narrowed(connection, model, days, changes.dated_by)
            # The file begins on the first line here, too: what is put before it ends none.
            sql = f"select * from ({narrow}\n) where {_on(model, days)}"
        try:
            result = connection.execute(sql)
            names = [column[0] for column in result.description or ()]
            rows = result.fetchmany(_MOST_ROWS)
        except duckdb.Error as error:
            raise refused(error, _place(model.path, error, first_line=1)) from error
        if rows:
            labelled = [tuple(zip(names, row, strict=True)) for row in rows]
            failed.append(_bad_rows(model.name, model.description, labelled))
    return failed


def must_pass(failed: Sequence[BadRows]) -> None:
    """Stop when a check failed.

    Raises:
        CheckError: with each failed check, its count and its first rows.
    """
    if failed:
        raise CheckError(_report(failed))


def _bad_rows(name: str, description: str, rows: Sequence[tuple[object, ...]]) -> BadRows:
    sample = tuple(", ".join(_plain(value) for value in row) for row in rows[:_SHOWN_ROWS])
    return BadRows(name, description, len(rows), sample)


def _plain(value: object) -> str:
    text = f"{value[0]}={value[1]}" if isinstance(value, tuple) else str(value)
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}…"


def _report(failed: Sequence[BadRows]) -> str:
    lines = []
    for bad in failed:
        count = str(bad.count) if bad.count < _MOST_ROWS else f"{_MOST_ROWS - 1} or more"
        lines.append(f"{bad.check}: {count} bad rows ({bad.description})")
        lines += [f"    {row}" for row in bad.sample]
        if bad.count > len(bad.sample):
            lines.append("    and more")
    lines.append("nothing was published; what was published before stays in place")
    return "\n".join(lines)


def _place(path: Path, error: duckdb.Error, *, first_line: int) -> str:
    """The file of an error, with the line of it where the engine names one."""
    found = re.search(r"^LINE (\d+):", str(error), re.MULTILINE)
    return f"{path}:{int(found[1]) - first_line + 1}" if found else str(path)
