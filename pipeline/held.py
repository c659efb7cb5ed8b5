"""Held: the types of columns that a frame can hold, and what to ask for in place of others."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from pipeline.errors import SqlError

if TYPE_CHECKING:
    from duckdb import DuckDBPyRelation
    from duckdb.sqltypes import DuckDBPyType

_PLAIN = frozenset(
    {
        "boolean",
        *("tinyint", "smallint", "integer", "bigint"),
        *("utinyint", "usmallint", "uinteger", "ubigint"),
        *("float", "double", "decimal"),
        *("varchar", "enum", "uuid", "blob", "time"),
    }
)
_DATED = frozenset(
    {
        "date",
        "timestamp",
        "timestamp_s",
        "timestamp_ms",
        "timestamp_ns",
        "timestamp with time zone",
    }
)


def held(relation: DuckDBPyRelation, *, native: bool) -> DuckDBPyRelation:
    """A relation whose columns can all be held by a frame and printed as what they are.

    Args:
        relation: rows of a query.
        native: leave days and times as such, for a file that has them; else they become text,
            which also takes those that no calendar has (infinity).

    Raises:
        SqlError: two columns share a name.
    """
    names = relation.columns
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise SqlError(f"query: gives column {twice[0]} twice; name one of them otherwise")
    plain = _PLAIN | _DATED if native else _PLAIN
    shown = []
    for name, kind in zip(names, relation.types, strict=True):
        wanted = _held(kind, plain)
        changed = "" if wanted == str(kind) else f"::{wanted} as {_quoted(name)}"
        shown.append(_quoted(name) + changed)
    return relation.select(", ".join(shown))


def _held(kind: DuckDBPyType, plain: frozenset[str]) -> str:
    """The type itself, or where a frame has no kind for it or a part, one that it has."""
    if kind.id == "hugeint":
        # A frame has it as a decimal of 38 digits, and would drop the 39th without a word.
        return "DECIMAL(38,0)"
    if kind.id in plain:
        return str(kind)
    if kind.id not in ("list", "array", "struct", "map"):
        return "VARCHAR"
    # Of an array, the second part is its length.
    children = kind.children[:1] if kind.id == "array" else kind.children
    parts = {name: cast("DuckDBPyType", part) for name, part in children}
    inner = {name: _held(part, plain) for name, part in parts.items()}
    if all(inner[name] == str(part) for name, part in parts.items()):
        return str(kind)
    if kind.id == "map":
        return f"MAP({inner['key']}, {inner['value']})"
    if kind.id == "struct":
        # The parts of an unnamed struct cannot be cast one by one.
        fields = ", ".join(f"{_quoted(name)} {one}" for name, one in inner.items())
        return "VARCHAR" if "" in inner else f"STRUCT({fields})"
    return f"{inner['child']}[]"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
