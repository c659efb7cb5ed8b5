"""Load: payloads to raw tables with declared schemas; rows that do not fit are quarantined.

Every raw row carries ``payload_sha256`` and ``known_at`` (UTC, when its fact became known).
What a master holds is made equal to what the ledger lists, so that loading day by day and
loading everything afresh end in the same tables.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from typing import TYPE_CHECKING

import polars as pl

from pipeline.errors import SchemaError, StorageError
from pipeline.master import insert
from pipeline.warehouse import naive_utc

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import duckdb

    from pipeline.ledger import Retrieval
    from pipeline.payload import PayloadStore
    from pipeline.provenance import KnownAt
    from pipeline.source import Entity

_SQL_TYPES: Mapping[type[pl.DataType], str] = {
    pl.String: "varchar",
    pl.Float64: "double",
    pl.Int64: "bigint",
    pl.Date: "date",
    pl.Boolean: "boolean",
    pl.Datetime: "timestamp",
}

_PAYLOAD = """
create table if not exists raw.capbrief__payload (
    payload_sha256 varchar, source varchar, entity varchar, dataset varchar, title varchar,
    url varchar, producer varchar, citation varchar, licence varchar, media_type varchar,
    size_bytes bigint, published_at timestamp, retrieved_at timestamp, known_at timestamp,
    n_rows bigint, n_rejected bigint
)"""

_QUARANTINE = """
create table if not exists raw.capbrief__quarantine (
    source varchar, entity varchar, payload_sha256 varchar, row_number bigint,
    reason varchar, row_json varchar, known_at timestamp
)"""


@dataclass(frozen=True)
class Loaded:
    """What a load changed: payloads and rows put in, payloads taken out, rows rejected."""

    payloads: int = 0
    rows: int = 0
    rejected: int = 0
    removed: int = 0


def load(
    connection: duckdb.DuckDBPyConnection,
    store: PayloadStore,
    retrievals: Sequence[Retrieval],
    entities: Mapping[tuple[str, str], Entity],
) -> Loaded:
    """Make the raw tables hold exactly what ``retrievals`` list.

    Args:
        connection: of the private master, inside a transaction.
        store: where the bytes are.
        retrievals: what counts, from the ledger.
        entities: declared schema and parser by (source, entity).

    Raises:
        PayloadError: a payload is missing or damaged.
        SchemaError: a payload has not the columns that its entity declares.
        StorageError: the ledger names an entity that this version does not know.
    """
    connection.execute("create schema if not exists raw")
    connection.execute(_PAYLOAD)
    connection.execute(_QUARANTINE)
    for (source, _), entity in entities.items():
        _ensure_table(connection, source, entity)
    _drop_unknown(connection, entities)
    wanted = {_key(retrieval): retrieval for retrieval in retrievals}
    present = {
        tuple(row)
        for row in connection.execute(
            "select source, entity, dataset, payload_sha256, retrieved_at "
            "from raw.capbrief__payload"
        ).fetchall()
    }
    removed = sorted(present - wanted.keys())
    _must_be_replaced(removed, retrievals)
    for source, entity_name, _, sha256, at in removed:
        _remove(connection, source, entity_name, sha256, at)
    total = Loaded(removed=len(removed))
    for key, retrieval in wanted.items():
        if key in present:
            continue
        entity = _known(entities, retrieval)
        rows, rejected = _load_one(connection, store, retrieval, entity)
        total = Loaded(
            total.payloads + 1, total.rows + rows, total.rejected + rejected, total.removed
        )
    return total


def _key(retrieval: Retrieval) -> tuple[str, str, str, str, datetime]:
    origin = retrieval.provenance
    at = naive_utc(origin.retrieved_at)
    return origin.source, origin.entity, origin.dataset, retrieval.payload_sha256, at


def _must_be_replaced(
    removed: Sequence[tuple[str, str, str, str, datetime]], retrievals: Sequence[Retrieval]
) -> None:
    """What is loaded may go only where a later version of its dataset comes in its place."""
    listed = {(r.provenance.source, r.provenance.dataset) for r in retrievals}
    for source, _, dataset, *_ in removed:
        if (source, dataset) not in listed:
            raise StorageError(
                f"ledger: does not list {source}/{dataset}, which the warehouse holds; restore "
                "the ledger from a backup, or fetch again into another --home"
            )


def _drop_unknown(
    connection: duckdb.DuckDBPyConnection, entities: Mapping[tuple[str, str], Entity]
) -> None:
    """Drop raw tables that no entity declares, so that a rebuild would not differ."""
    declared = {f"{source}__{name}" for source, name in entities}
    for (table,) in connection.execute(
        "select table_name from duckdb_tables() where database_name = current_database() "
        "and schema_name = 'raw' and not starts_with(table_name, 'capbrief__')"
    ).fetchall():
        if table not in declared:
            connection.execute(f"drop table raw.{table}")


def _known(entities: Mapping[tuple[str, str], Entity], retrieval: Retrieval) -> Entity:
    origin = retrieval.provenance
    try:
        return entities[origin.source, origin.entity]
    except KeyError as error:
        raise StorageError(
            f"ledger: lists {origin.source}/{origin.entity}, which this version does not "
            "know; install the version that fetched it"
        ) from error


def _load_one(
    connection: duckdb.DuckDBPyConnection,
    store: PayloadStore,
    retrieval: Retrieval,
    entity: Entity,
) -> tuple[int, int]:
    sha256, origin = retrieval.payload_sha256, retrieval.provenance
    content = store.read(sha256)
    try:
        rows = entity.parse(entity, content)
    except SchemaError as error:
        raise SchemaError(f"payload {sha256[:12]} of {origin.dataset}: {error}") from error
    accepted = rows.accepted.with_columns(
        payload_sha256=pl.lit(sha256),
        known_at=_known_at(origin.known_at, origin.retrieved_at, rows.accepted),
    )
    n_undated = accepted["known_at"].null_count()
    if n_undated:
        raise SchemaError(
            f"payload {sha256[:12]} of {origin.dataset}: {n_undated} rows have no date from "
            "which they were known; complete known_at in its edition.toml"
        )
    insert(connection, f"raw.{origin.source}__{entity.name}", accepted)
    known_at = accepted["known_at"].min()
    if not rows.rejected.is_empty():
        first_known = known_at or naive_utc(origin.retrieved_at)
        insert(
            connection,
            "raw.capbrief__quarantine",
            rows.rejected.with_columns(
                source=pl.lit(origin.source),
                entity=pl.lit(entity.name),
                payload_sha256=pl.lit(sha256),
                known_at=pl.lit(first_known, dtype=pl.Datetime("us")),
            ),
        )
    connection.execute(
        f"insert into raw.capbrief__payload values ({', '.join('?' * 16)})",
        [
            sha256,
            origin.source,
            origin.entity,
            origin.dataset,
            origin.title,
            origin.url,
            origin.producer,
            origin.citation,
            origin.licence,
            origin.media_type,
            len(content),
            naive_utc(origin.published_at) if origin.published_at else None,
            naive_utc(origin.retrieved_at),
            known_at,
            len(accepted),
            len(rows.rejected),
        ],
    )
    return len(accepted), len(rows.rejected)


def _remove(
    connection: duckdb.DuckDBPyConnection, source: str, entity: str, sha256: str, at: datetime
) -> None:
    """Take out a payload that is listed no more: a dated file that a later version replaced."""
    for table in (f"raw.{source}__{entity}", "raw.capbrief__quarantine"):
        connection.execute(f"delete from {table} where payload_sha256 = ?", [sha256])
    connection.execute(
        "delete from raw.capbrief__payload where source = ? and entity = ? "
        "and payload_sha256 = ? and retrieved_at = ?",
        [source, entity, sha256, at],
    )


def _ensure_table(connection: duckdb.DuckDBPyConnection, source: str, entity: Entity) -> None:
    """Make the raw table; one that an older version declared otherwise is loaded afresh."""
    columns = [(name, _SQL_TYPES[type(kind)]) for name, kind in entity.schema.items()]
    columns += [("payload_sha256", "varchar"), ("known_at", "timestamp")]
    table = f"{source}__{entity.name}"
    found = connection.execute(
        "select column_name, lower(data_type) from duckdb_columns() "
        "where database_name = current_database() and schema_name = 'raw' and table_name = ? "
        "order by column_index",
        [table],
    ).fetchall()
    if found == columns:
        return
    if found:
        connection.execute(f"drop table raw.{table}")
        for ledger_table in ("raw.capbrief__payload", "raw.capbrief__quarantine"):
            connection.execute(
                f"delete from {ledger_table} where source = ? and entity = ?",
                [source, entity.name],
            )
    declared = ", ".join(f'"{name}" {kind}' for name, kind in columns)
    connection.execute(f"create table raw.{table} ({declared})")


def _known_at(rule: KnownAt | None, retrieved_at: datetime, rows: pl.DataFrame) -> pl.Expr:
    """When each row became known: by the file's own rule, else when it was retrieved."""
    kind = pl.Datetime("us")
    if rule is None:
        return pl.lit(naive_utc(retrieved_at), dtype=kind)
    if rule.column is None:
        if rule.day is None:
            raise SchemaError("known_at gives neither a date nor a column")
        return pl.lit(datetime.combine(rule.day, time()), dtype=kind)
    if rule.column not in rows.columns:
        raise SchemaError(f"known_at names column {rule.column}, which the file has not")
    column = pl.col(rule.column)
    if rule.values is not None:
        return column.replace_strict(dict(rule.values), default=None, return_dtype=pl.Date()).cast(
            kind
        )
    return column.cast(kind) + pl.duration(days=rule.offset_days)
