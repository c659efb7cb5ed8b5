"""Sandbox: one select of an analyst over one file, which it can read and nothing else.

Two walls, neither of which relies on the other: DuckDB's own parse tree must hold nothing but
what is allowed here, and the engine is sealed before it sees the text. The query runs in a
process of its own (pipeline.bounded).
"""

from __future__ import annotations

import io
import json
import re
from typing import TYPE_CHECKING, Any

import duckdb
import polars as pl

from pipeline import bounded
from pipeline.errors import CapbriefError, LimitError, SqlError, WarehouseError
from pipeline.held import held
from pipeline.warehouse import one_line, parsed, refused

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pipeline.settings import Sql

# Beside what the engine counts, a process holds the rows on their way out, and itself.
_OWN_MB = 512

_SCHEMAS = frozenset({"raw", "staging", "marts", "estimates", "information_schema"})
_SEARCHED = "marts,estimates"
# Views of the engine that say what there is; others tell of the machine.
_ENGINE_TABLES = frozenset({"duckdb_columns", "duckdb_tables"})
_ENGINE_PREFIX = ("duckdb_", "pragma_", "sqlite_", "pg_")
_TABLE_FUNCTIONS = _ENGINE_TABLES | {
    "generate_series",
    "json_each",
    "json_tree",
    "range",
    "repeat",
    "unnest",
}
# Scalars that read the process or its settings, or that write.
_REFUSED_FUNCTIONS = frozenset(
    {"current_setting", "currval", "getenv", "getvariable", "nextval", "write_log"}
)
_SHOWN = frozenset({"", '"tables"', "__show_tables_expanded"})
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_EXPLAIN = re.compile(r"\s*explain(\s+analyze)?(?=[\s(])", re.IGNORECASE)


def ask(path: Path, text: str, limits: Sql, *, native: bool = False) -> pl.DataFrame:
    """Rows of an analyst's query over a published file.

    Args:
        path: the file, which stays as it is.
        text: one select; describe, summarize, show tables and explain count as one.
        limits: time, rows and memory.
        native: give days and times as such; else as text, which also takes those that no
            calendar has (infinity).

    Raises:
        SqlError: the text is not exactly that, or DuckDB refuses it.
        LimitError: it goes beyond one of the limits.
        WarehouseError: the file cannot be read.
    """
    given = bounded.call(
        answer,
        str(path),
        text,
        limits,
        native,
        what="query",
        seconds=limits.seconds,
        memory_mb=2 * limits.memory_mb + _OWN_MB,
    )
    return pl.read_ipc_stream(io.BytesIO(given))


def answer(path: str, text: str, limits: Sql, native: bool) -> bytes:
    """The rows as an Arrow stream; ``ask`` calls it where it can do no harm.

    Raises:
        as ``ask``.
    """
    with sealed(path, limits) as connection:
        must_be_one_select(text, connection)
        try:
            relation = connection.sql(text)
            rows = pl.DataFrame(held(relation, native=native).limit(limits.rows + 1))
        except duckdb.OutOfMemoryException as error:
            raise LimitError(
                f"query: needs more than {limits.memory_mb} MB of memory; ask for less of it"
            ) from error
        except duckdb.Error as error:
            raise refused(error, "query") from error
        except pl.exceptions.PolarsError as error:
            # What the engine meets while rows are taken from it arrives as an error of theirs.
            raise _untaken(error, limits) from error
    if len(rows) > limits.rows:
        raise LimitError(
            f"query: gives more than {limits.rows} rows; add a limit to it or give --limit"
        )
    stream = io.BytesIO()
    rows.write_ipc_stream(stream)
    return stream.getvalue()


def must_be_one_select(text: str, connection: duckdb.DuckDBPyConnection) -> None:
    """Refuse what is not exactly one select of allowed tables and functions.

    Args:
        text: what an analyst asks.
        connection: a sealed one; to take some statements apart, the engine would read files.

    Raises:
        SqlError: with what is refused.
    """
    explained = _EXPLAIN.match(text)
    inner = text[explained.end() :] if explained else text
    (tree,) = _trees(inner)
    if tree["error"]:
        raise SqlError(f"query: {_why_not(text, tree, connection)}")
    count = len(tree["statements"])
    if count != 1:
        raise SqlError(f"query: holds {count} statements; one is wanted")
    for node in _nodes(tree):
        reason = _refusal(node)
        if reason is not None:
            raise SqlError(f"query: {reason}")


def sealed(path: str, limits: Sql) -> duckdb.DuckDBPyConnection:
    """A connection to one file that reaches no other, no network and no extension, for good.

    Raises:
        WarehouseError: the file cannot be opened.
    """
    config: dict[str, Any] = {
        "allow_unsigned_extensions": False,
        "memory_limit": f"{limits.memory_mb}MB",
        "threads": limits.threads,
    }
    try:
        connection = duckdb.connect(path, read_only=True, config=config)
    except duckdb.Error as error:
        raise WarehouseError(
            f"{path}: cannot be opened: {one_line(error)}; run 'capbrief build'"
        ) from error
    for setting in (
        "autoinstall_known_extensions = false",
        "autoload_known_extensions = false",
        "allow_community_extensions = false",
        "python_enable_replacements = false",
        f"search_path = '{_SEARCHED}'",
        "timezone = 'UTC'",
        "temp_directory = ''",
        "enable_external_access = false",
        # Last: nothing of the above can be taken back.
        "lock_configuration = true",
    ):
        connection.execute(f"set {setting}")
    return connection


def _trees(text: str) -> list[dict[str, Any]]:
    try:
        return parsed([text])
    except (RecursionError, json.JSONDecodeError) as error:
        raise SqlError("query: is nested too deep") from error
    except duckdb.Error as error:
        raise SqlError(f"query: {one_line(error)}") from error


def _why_not(text: str, tree: dict[str, Any], connection: duckdb.DuckDBPyConnection) -> str:
    if "Only SELECT" not in str(tree["error_message"]):
        return f"Parser Error: {tree['error_message']}"
    try:
        kinds = [one.type.name for one in connection.extract_statements(text)]
    except duckdb.Error as error:
        return one_line(error)
    except ValueError:
        # A kind of statement that the engine has and its Python side does not know.
        return "that statement is refused; ask with one select"
    if kinds == ["CREATE", "SELECT"]:
        return "a pivot must name its values: pivot … on x in (1, 2)"
    if len(kinds) != 1:
        return f"holds {len(kinds)} statements; one is wanted"
    return f"{kinds[0].lower()} is refused; ask with one select"


def _nodes(tree: object) -> Iterator[dict[str, Any]]:
    # With a stack of its own: a tree may be deeper than the interpreter's.
    stack = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, dict):
            yield node
            stack.extend(node.values())
        elif isinstance(node, list):
            stack.extend(node)


def _refusal(node: dict[str, Any]) -> str | None:
    match node:
        case {"type": "BASE_TABLE"}:
            return _table_refusal(node)
        case {"type": "TABLE_FUNCTION", "function": {"function_name": str(name)}}:
            if name.lower() not in _TABLE_FUNCTIONS:
                return f"table function {name} is refused; read tables of the warehouse"
        case {"type": "SHOW_REF", "table_name": str(name)} if name not in _SHOWN:
            return "only tables can be shown: 'show tables', or 'describe marts.token_day'"
        case {"function_name": str(name)} if name.lower() in _REFUSED_FUNCTIONS:
            return f"function {name} is refused"
    return None


def _table_refusal(node: dict[str, Any]) -> str | None:
    name, schema = str(node["table_name"]), str(node["schema_name"])
    if node.get("catalog_name"):
        return f"table {node['catalog_name']}.{schema}.{name}: name it as schema.table"
    if schema:
        is_known = schema.lower() in _SCHEMAS
    else:
        own = not name.lower().startswith(_ENGINE_PREFIX) or name.lower() in _ENGINE_TABLES
        is_known = own and _NAME.fullmatch(name) is not None
    if is_known:
        return None
    shown = f"{schema}.{name}" if schema else name
    return f"table {shown} is refused; 'show all tables' lists what can be read"


def _untaken(error: pl.exceptions.PolarsError, limits: Sql) -> CapbriefError:
    reason = str(error).splitlines()[0]
    if "Out of Memory" in reason:
        return LimitError(
            f"query: its rows need more than {limits.memory_mb} MB of memory; ask for less of it"
        )
    return SqlError(f"query: its rows cannot be taken: {reason}")
