"""Dictionary: every table with its columns, lineage, sources and checks, as a value.

It is read from the SQL alone: the models make their tables without a row, and DuckDB says what
columns these have. Two templates turn the value into HTML and Markdown.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline import blank, glossary, origin
from pipeline.model import Model, models
from pipeline.warehouse import LAYERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from pipeline.origin import Origin

TEMPLATES = {"dictionary.html": "dictionary.html.jinja", "dictionary.md": "dictionary.md.jinja"}
"""The template of each file."""

# From what readers ask first to what it is made of.
_LAYERS = {
    "marts": "What is known, one table for each kind of fact: the place for queries.",
    "estimates": "What is computed from it: scenarios, demand against supply, claims and verdicts.",
    "staging": "What sources gave, renamed and freed of duplicates: what marts are made of.",
}


@dataclass(frozen=True)
class Column:
    """A column: its type in DuckDB, its unit and what it is; empty where nothing says it."""

    name: str
    kind: str
    unit: str
    text: str


@dataclass(frozen=True)
class Check:
    """A check by name, and what it holds to."""

    name: str
    description: str


@dataclass(frozen=True)
class Publisher:
    """Who made some raw tables."""

    name: str
    tables: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """One table; ``publishers`` stand at the end of its lineage."""

    name: str
    description: str
    row: str
    """The sentence that says what one row is; empty where the description has none."""
    grain: tuple[str, ...]
    columns: tuple[Column, ...]
    reads: tuple[str, ...]
    read_by: tuple[str, ...]
    publishers: tuple[Publisher, ...]
    checks: tuple[Check, ...]


@dataclass(frozen=True)
class Layer:
    """A schema of the warehouse and its tables."""

    name: str
    text: str
    tables: tuple[Table, ...]


@dataclass(frozen=True)
class Dictionary:
    """All tables by layer, and where the raw ones come from."""

    layers: tuple[Layer, ...]
    origins: tuple[Origin, ...]

    @property
    def names(self) -> frozenset[str]:
        """The tables that it describes, for links."""
        return frozenset(table.name for layer in self.layers for table in layer.tables)


@dataclass(frozen=True)
class _Made:
    """What makes a table: a SQL file or the engine."""

    description: str
    grain: tuple[str, ...]
    reads: frozenset[str]
    columns: Mapping[str, str]


def dictionary(
    sql: Sequence[Path], universes: Sequence[Path], events: Sequence[Path]
) -> Dictionary:
    """The dictionary of the tables that some SQL files make.

    Args:
        sql: folders of SQL files, the user's own first.
        universes: folders of universe rules.
        events: folders of event files.

    Raises:
        SqlError: a SQL file is broken.
        DefinitionError: a universe file is broken.
    """
    made = _made(sql)
    columns = _columns(sql, made)
    origins = origin.origins(universes, events)
    checks, reports = (models(sql, [layer]) for layer in ("checks", "reports"))
    reads = {name: one.reads for name, one in made.items()}
    readers = [*reads.items(), *((query.name, query.reads) for query in reports)]
    tables = {
        name: Table(
            name=name,
            description=one.description,
            row="".join(one.description.rpartition("One row per ")[1:])
            if "One row per " in one.description
            else "",
            grain=one.grain,
            columns=columns[name],
            reads=tuple(sorted(one.reads)),
            read_by=tuple(sorted(reader for reader, read in readers if name in read)),
            publishers=_publishers(_raw(name, reads), origins),
            checks=tuple(
                Check(check.name.removeprefix("checks."), check.description)
                for check in checks
                if _is_on(check, name, made)
            ),
        )
        for name, one in sorted(made.items())
    }
    layers = tuple(
        Layer(layer, text, tuple(t for name, t in tables.items() if _layer(name) == layer))
        for layer, text in _LAYERS.items()
    )
    used = frozenset().union(*(_raw(name, reads) for name in made))
    return Dictionary(layers, tuple(one for one in origins if one.table in used))


def _made(sql: Sequence[Path]) -> dict[str, _Made]:
    from pipeline.estimate.tables import TABLES

    found = {
        model.name: _Made(model.description, model.grain, model.reads, model.columns)
        for model in models(sql, LAYERS)
    }
    return found | {
        name: _Made(table.description, table.grain, frozenset(table.reads), table.columns)
        for name, table in TABLES.items()
    }


def _columns(sql: Sequence[Path], made: Mapping[str, _Made]) -> dict[str, tuple[Column, ...]]:
    connection = blank.made(sql)
    rows = connection.execute(
        "select schema_name || '.' || table_name, column_name, data_type from duckdb_columns() "
        "where not internal order by schema_name, table_name, column_index"
    ).fetchall()
    connection.close()
    words = glossary.shipped()
    # Names that marts use in several ways: staging, which the glossary is not written for, has
    # no saying which.
    several = {
        column for name, one in made.items() if _layer(name) != "staging" for column in one.columns
    }
    found: dict[str, list[Column]] = {name: [] for name in made}
    for table, column, kind in rows:
        if table not in made:
            continue
        own = made[table].columns
        is_open = _layer(table) == "staging" and column in several and column not in own
        text = None if is_open else words.description(column, own)
        found[table].append(Column(column, kind, words.unit(column) or "", text or ""))
    return {name: tuple(columns) for name, columns in found.items()}


def _layer(table: str) -> str:
    return table.partition(".")[0]


def _raw(table: str, reads: Mapping[str, Iterable[str]]) -> set[str]:
    """The raw tables that a table descends from."""
    seen, waiting = {table}, [table]
    while waiting:
        for parent in reads.get(waiting.pop(), ()):
            if parent not in seen:
                seen.add(parent)
                waiting.append(parent)
    return {name for name in seen if _layer(name) == "raw"}


def _publishers(raw: Iterable[str], origins: Iterable[Origin]) -> tuple[Publisher, ...]:
    wanted = set(raw)
    tables: dict[str, list[str]] = {}
    for one in origins:
        if one.table in wanted and one.table not in (of := tables.setdefault(one.producer, [])):
            of.append(one.table)
    return tuple(Publisher(name, tuple(of)) for name, of in sorted(tables.items()))


def _is_on(check: Model, table: str, made: Iterable[str]) -> bool:
    """A check is on the table that it is named after, or else on all that it reads."""
    subject = check.name.removeprefix("checks.").partition("__")[0]
    named = {name for name in check.reads if name.partition(".")[2] == subject}
    return table in (named or check.reads)
