"""Raw: the tables that payloads are loaded into, as the entities declare them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pipeline.days import ALL, NONE, Days

if TYPE_CHECKING:
    from collections.abc import Mapping

    import duckdb

    from pipeline.source import Entity

_SQL_TYPES: Mapping[type[pl.DataType], str] = {
    pl.String: "varchar",
    pl.Float64: "double",
    pl.Int64: "bigint",
    pl.Date: "date",
    pl.Boolean: "boolean",
    pl.Datetime: "timestamp",
}

_LISTED = ("raw.capbrief__payload", "raw.capbrief__quarantine")
"""Tables that say what was loaded, and what was refused."""

_PAYLOAD = """
create table if not exists raw.capbrief__payload (
    payload_sha256 varchar, source varchar, entity varchar, dataset varchar, title varchar,
    url varchar, producer varchar, citation varchar, licence varchar, media_type varchar,
    size_bytes bigint, published_at timestamp, retrieved_at timestamp, known_at timestamp,
    n_rows bigint, n_rejected bigint, retrieval_id bigint, is_dated boolean
)"""

_QUARANTINE = """
create table if not exists raw.capbrief__quarantine (
    source varchar, entity varchar, payload_sha256 varchar, row_number bigint,
    reason varchar, row_json varchar, known_at timestamp
)"""


def dated_by(entities: Mapping[tuple[str, str], Entity]) -> dict[str, str]:
    """The column that gives a row's day, for the raw tables that have days."""
    return {
        f"raw.{source}__{entity.name}": entity.dated_by
        for (source, _), entity in entities.items()
        if entity.dated_by is not None
    }


def prepare(
    connection: duckdb.DuckDBPyConnection, entities: Mapping[tuple[str, str], Entity]
) -> dict[str, Days]:
    """Have a raw table for each entity, as it is declared now, and none besides.

    Returns:
        The raw tables that are new and empty, as changed; the others as unchanged.
    """
    connection.execute("create schema if not exists raw")
    connection.execute(_PAYLOAD)
    connection.execute(_QUARANTINE)
    fresh = _ensure_tables(connection, entities)
    if _drop_unknown(connection, entities):
        fresh.update(_LISTED)
    names = [f"raw.{source}__{entity.name}" for (source, _), entity in entities.items()]
    return {name: ALL if name in fresh else NONE for name in (*names, *_LISTED)}


def reached(connection: duckdb.DuckDBPyConnection) -> tuple[int, int]:
    """Of what is loaded and never replaced: the newest retrieval's id, and how many there are."""
    last, count = connection.execute(
        "select coalesce(max(retrieval_id), -1), count(*) from raw.capbrief__payload "
        "where not is_dated"
    ).fetchall()[0]
    return last, count


def _drop_unknown(
    connection: duckdb.DuckDBPyConnection, entities: Mapping[tuple[str, str], Entity]
) -> bool:
    """Drop raw tables that no entity declares, so that a rebuild would not differ.

    Tells whether there was one.
    """
    declared, is_any = {f"{source}__{name}" for source, name in entities}, False
    for (table,) in connection.execute(
        "select table_name from duckdb_tables() where database_name = current_database() "
        "and schema_name = 'raw' and not starts_with(table_name, 'capbrief__')"
    ).fetchall():
        if table not in declared:
            connection.execute(f"drop table raw.{table}")
            _unlist(connection, *table.split("__", 1))
            is_any = True
    return is_any


def _unlist(connection: duckdb.DuckDBPyConnection, source: str, entity: str) -> None:
    """Forget what was loaded into a table that goes."""
    for table in _LISTED:
        connection.execute(f"delete from {table} where source = ? and entity = ?", [source, entity])


def _ensure_tables(
    connection: duckdb.DuckDBPyConnection, entities: Mapping[tuple[str, str], Entity]
) -> set[str]:
    """Make the raw tables; one that an older version declared otherwise is loaded afresh.

    Gives the names of those that are new.
    """
    fresh = set()
    found: dict[str, list[tuple[str, str]]] = {}
    for table, *column in connection.execute(
        "select table_name, column_name, lower(data_type) from duckdb_columns() "
        "where database_name = current_database() and schema_name = 'raw' "
        "order by table_name, column_index"
    ).fetchall():
        found.setdefault(table, []).append((column[0], column[1]))
    for (source, _), entity in entities.items():
        columns = [(name, _SQL_TYPES[type(kind)]) for name, kind in entity.schema.items()]
        columns += [("payload_sha256", "varchar"), ("known_at", "timestamp")]
        table = f"{source}__{entity.name}"
        if found.get(table) == columns:
            continue
        if table in found:
            connection.execute(f"drop table raw.{table}")
            _unlist(connection, source, entity.name)
        declared = ", ".join(f'"{name}" {kind}' for name, kind in columns)
        connection.execute(f"create table raw.{table} ({declared})")
        fresh.add(f"raw.{table}")
    return fresh
