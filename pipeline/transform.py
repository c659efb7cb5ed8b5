"""Transform: the SQL files to tables in dependency order, and the checks over them.

The path is the table: ``sql/marts/token_day.sql`` is ``marts.token_day``. A file is one
select below a header of ``-- description:`` and ``-- grain:``; what it reads is found by
parsing it, so no list of dependencies is kept by hand.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING, Any, Protocol

import duckdb

from pipeline import glossary
from pipeline.errors import CheckError, SqlError
from pipeline.warehouse import LAYERS, parsed, read_by, refused

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

_HEADER = re.compile(r"^--\s*(description|grain|column \w+):\s*(.*)$")
_CONTINUED = re.compile(r"^--\s?(?!\w+:)(.*)$")
_SHOWN_ROWS = 5
_SHOWN_CHARACTERS = 200
# More bad rows than this are not counted: the check failed, and its result may be endless.
_MOST_ROWS = 1001
_NAME = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True)
class Model:
    """One SQL file: its table name, its text and what its header says."""

    name: str
    path: Path
    sql: str
    description: str
    grain: tuple[str, ...]
    reads: frozenset[str]
    columns: Mapping[str, str]
    """What the header says of single columns."""


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


def models(folders: Sequence[Path], layers: Iterable[str] = LAYERS) -> list[Model]:
    """The models of some layers; a file in an earlier folder replaces a later one.

    Raises:
        SqlError: a file has no header, is not one select, or cannot be parsed. All findings
            are in the message, a line each.
    """
    paths: dict[str, Path] = {}
    errors: list[str] = []
    for folder in reversed(folders):
        for layer in layers:
            for path in sorted(folder.glob(f"{layer}/*.sql")):
                if not _NAME.fullmatch(path.stem):
                    errors.append(f"{path}: a table is named with a-z, 0-9 and _ only")
                paths[f"{layer}.{path.stem}"] = path
    texts: dict[str, str] = {}
    for name, path in sorted(paths.items()):
        try:
            texts[name] = _text(path)
        except SqlError as error:
            errors.append(str(error))
    found = []
    for (name, sql), tree in zip(texts.items(), parsed([*texts.values()]), strict=True):
        try:
            found.append(_model(name, paths[name], sql, tree))
        except SqlError as error:
            errors.append(str(error))
    if errors:
        raise SqlError("\n".join(errors))
    return found


def ordered(models: Sequence[Model], made: Iterable[str]) -> list[Model]:
    """Models so that each comes after what it reads.

    Args:
        models: what is to be ordered.
        made: tables that exist without a model here (raw tables, earlier layers).

    Raises:
        SqlError: a model has the name of a table made elsewhere, reads a table that nobody
            makes, or models read one another in a circle.
    """
    by_name = {model.name: model for model in models}
    known = by_name.keys() | set(made)
    errors = [
        f"{by_name[name].path}: {name} is made elsewhere; choose another name"
        for name in sorted(by_name.keys() & set(made))
    ]
    errors += [
        f"{model.path}: reads {table}, which no file makes"
        for model in models
        for table in sorted(model.reads - known)
    ]
    if errors:
        raise SqlError("\n".join(errors))
    graph = {name: sorted(model.reads & by_name.keys()) for name, model in by_name.items()}
    try:
        return [by_name[name] for name in TopologicalSorter(graph).static_order()]
    except CycleError as error:
        circle = " reads ".join(reversed(error.args[1]))
        raise SqlError(f"{by_name[error.args[1][0]].path}: circle: {circle}") from error


def clear(connection: duckdb.DuckDBPyConnection) -> None:
    """Empty all layers, so that a table whose file is gone does not stay."""
    for layer in LAYERS:
        connection.execute(f"drop schema if exists {layer} cascade")
        connection.execute(f"create schema {layer}")


def build(connection: duckdb.DuckDBPyConnection, models: Sequence[Model]) -> None:
    """Make each model's table, in the order given, with its description as comment.

    Raises:
        SqlError: DuckDB refuses a file.
        CheckError: a grain is not unique, or a column of it is null.
    """
    broken = []
    for model in models:
        try:
            # In order of the grain: equal inputs give equal files, and ranges compress.
            connection.execute(
                f"create or replace table {model.name} as select * from (\n{model.sql}\n) "
                f"order by {', '.join(model.grain)}"
            )
            broken += describe(connection, model.name, model.description, model.grain)
        except duckdb.Error as error:
            # The file begins on the second line of the statement that was run.
            raise refused(error, _place(model.path, error, first_line=2)) from error
    must_pass(broken)


def describe(
    connection: duckdb.DuckDBPyConnection, table: str, description: str, grain: Sequence[str]
) -> list[BadRows]:
    """Keep a table's description in the database, and give the rows that break its grain."""
    comment = description.replace("'", "''")
    connection.execute(f"comment on table {table} is '{comment}'")
    rows = connection.execute(_grain_query(table, grain)).fetchmany(_MOST_ROWS)
    return [_bad_rows(f"{table}: grain", ", ".join(grain), rows)] if rows else []


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


def lineage(models: Sequence[Model]) -> list[tuple[str, str]]:
    """Pairs of (table, table it reads), in order of name."""
    return sorted((model.name, table) for model in models for table in model.reads)


def check(connection: duckdb.DuckDBPyConnection, checks: Sequence[Model]) -> list[BadRows]:
    """Run every check and give those that returned rows.

    Raises:
        SqlError: DuckDB refuses a file.
    """
    failed = []
    for model in checks:
        try:
            result = connection.execute(model.sql)
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


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig").rstrip().removesuffix(";")
    except (OSError, UnicodeDecodeError) as error:
        raise SqlError(f"{path}: cannot be read: {error}") from error


def _model(name: str, path: Path, sql: str, tree: dict[str, Any]) -> Model:
    header = _header(sql)
    description = header.get("description", "")
    grain = tuple(part.strip() for part in header.get("grain", "").split(",") if part.strip())
    is_check = name.startswith("checks.")
    if not description:
        raise SqlError(f"{path}:1: has no '-- description:' line")
    if not grain and not is_check:
        raise SqlError(f"{path}:1: has no '-- grain:' line")
    columns = {
        key.removeprefix("column "): text
        for key, text in header.items()
        if key.startswith("column ")
    }
    try:
        return Model(name, path, sql, description, grain, read_by(sql, tree), columns)
    except SqlError as error:
        raise SqlError(f"{path}{error}") from error


def _header(sql: str) -> Mapping[str, str]:
    """Keys of the comment block at the top; a comment line without a key continues one."""
    header: dict[str, str] = {}
    key = ""
    for line in sql.splitlines():
        if match := _HEADER.match(line):
            key = match[1]
            header[key] = match[2].strip()
        elif key and (match := _CONTINUED.match(line)):
            header[key] = f"{header[key]} {match[1].strip()}".strip()
        elif not line.startswith("--"):
            break
    return header


def _grain_query(table: str, grain: Sequence[str]) -> str:
    columns = ", ".join(grain)
    is_null = " or ".join(f"{column} is null" for column in grain)
    return (
        f"select {columns}, count(*) from {table} group by all "
        f"having count(*) > 1 or {is_null} order by all"
    )


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
