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

    from pipeline.entry import Retrieval
    from pipeline.payload import PayloadStore
    from pipeline.provenance import KnownAt
    from pipeline.source import Entity, Rows

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


_AT = pl.Datetime("us")
# Rows that wait before they are put in: few statements, and memory that stays small.
_MOST_WAITING = 500_000


@dataclass(frozen=True)
class Parsed:
    """A payload's size and rows."""

    size_bytes: int
    rows: Rows


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
    parsed: Mapping[Key, Parsed] | None = None,
) -> Loaded:
    """Make the raw tables hold exactly what ``retrievals`` list.

    Args:
        connection: of the private master, inside a transaction.
        store: where the bytes are.
        retrievals: what counts, from the ledger.
        entities: declared schema and parser by (source, entity).
        parsed: what a fetch of this process parsed already, by ``key``.

    Raises:
        PayloadError: a payload is missing or damaged.
        SchemaError: a payload has not the columns that its entity declares.
        StorageError: the ledger names an entity that this version does not know.
    """
    connection.execute("create schema if not exists raw")
    connection.execute(_PAYLOAD)
    connection.execute(_QUARANTINE)
    _ensure_tables(connection, entities)
    _drop_unknown(connection, entities)
    wanted = {key(retrieval): retrieval for retrieval in retrievals}
    present = {
        tuple(row)
        for row in connection.execute(
            "select source, entity, dataset, payload_sha256, retrieved_at "
            "from raw.capbrief__payload"
        ).fetchall()
    }
    removed = sorted(present - wanted.keys())
    _must_be_replaced(removed, retrievals)
    bytes_removed = {(source, entity, sha256) for source, entity, _, sha256, _ in removed}
    for gone in sorted(bytes_removed):
        _remove(connection, *gone)
    batch = _Batch(connection)
    for one, retrieval in wanted.items():
        source, entity_name, _, sha256, _ = one
        # Another data set may hold the bytes that went: its rows went with them.
        if one in present and (source, entity_name, sha256) not in bytes_removed:
            continue
        entity = _known(entities, retrieval)
        batch.add(retrieval, (parsed or {}).get(one) or _parse(store, retrieval, entity))
    batch.insert()
    return Loaded(batch.payloads, batch.rows, batch.rejected, len(removed))


Key = tuple[str, str, str, str, datetime]


def key(retrieval: Retrieval) -> Key:
    """What tells one retrieval from another: source, entity, data set, bytes and time."""
    origin = retrieval.provenance
    at = naive_utc(origin.retrieved_at)
    return origin.source, origin.entity, origin.dataset, retrieval.payload_sha256, at


def _must_be_replaced(removed: Sequence[Key], retrievals: Sequence[Retrieval]) -> None:
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


def _parse(store: PayloadStore, retrieval: Retrieval, entity: Entity) -> Parsed:
    content = store.read(retrieval.payload_sha256)
    try:
        return Parsed(len(content), entity.parse(entity, content, retrieval.provenance))
    except SchemaError as error:
        place = f"payload {retrieval.payload_sha256[:12]} of {retrieval.provenance.dataset}"
        raise SchemaError(f"{place}: {error}") from error


class _Batch:
    """Rows on their way into the raw tables; many payloads go in with one statement."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self._frames: dict[str, list[pl.DataFrame]] = {}
        self._payloads: list[dict[str, object]] = []
        self._waiting = 0
        self.payloads = self.rows = self.rejected = 0

    def add(self, retrieval: Retrieval, parsed: Parsed) -> None:
        """Take the rows of one payload.

        Raises:
            SchemaError: a row has no date from which it was known.
        """
        sha256, origin, rows = retrieval.payload_sha256, retrieval.provenance, parsed.rows
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
        known_at = accepted["known_at"].min() or naive_utc(origin.retrieved_at)
        self._keep(f"raw.{origin.source}__{origin.entity}", accepted)
        self._keep(
            "raw.capbrief__quarantine",
            rows.rejected.with_columns(
                source=pl.lit(origin.source),
                entity=pl.lit(origin.entity),
                payload_sha256=pl.lit(sha256),
                known_at=pl.lit(known_at, dtype=_AT),
            ),
        )
        self._payloads.append(_payload(retrieval, parsed, known_at))
        self.payloads += 1
        self.rows += len(accepted)
        self.rejected += len(rows.rejected)
        if self._waiting > _MOST_WAITING:
            self.insert()

    def _keep(self, table: str, rows: pl.DataFrame) -> None:
        if not rows.is_empty():
            self._frames.setdefault(table, []).append(rows)
            self._waiting += len(rows)

    def insert(self) -> None:
        """Put what waits into its tables."""
        for table, frames in self._frames.items():
            insert(self._connection, table, pl.concat(frames))
        if self._payloads:
            times = dict.fromkeys(("published_at", "retrieved_at", "known_at"), _AT)
            rows = pl.DataFrame(self._payloads, schema_overrides=times, infer_schema_length=None)
            insert(self._connection, "raw.capbrief__payload", rows)
        self._frames, self._payloads, self._waiting = {}, [], 0


def _payload(retrieval: Retrieval, parsed: Parsed, known_at: object) -> dict[str, object]:
    origin = retrieval.provenance
    return {
        "payload_sha256": retrieval.payload_sha256,
        "source": origin.source,
        "entity": origin.entity,
        "dataset": origin.dataset,
        "title": origin.title,
        "url": origin.url,
        "producer": origin.producer,
        "citation": origin.citation,
        "licence": origin.licence,
        "media_type": origin.media_type,
        "size_bytes": parsed.size_bytes,
        "published_at": naive_utc(origin.published_at) if origin.published_at else None,
        "retrieved_at": naive_utc(origin.retrieved_at),
        "known_at": known_at,
        "n_rows": len(parsed.rows.accepted),
        "n_rejected": len(parsed.rows.rejected),
    }


def _remove(connection: duckdb.DuckDBPyConnection, source: str, entity: str, sha256: str) -> None:
    """Take out all rows of some bytes: a data set that held them has a later version."""
    connection.execute(f"delete from raw.{source}__{entity} where payload_sha256 = ?", [sha256])
    for table in ("raw.capbrief__quarantine", "raw.capbrief__payload"):
        connection.execute(
            f"delete from {table} where source = ? and entity = ? and payload_sha256 = ?",
            [source, entity, sha256],
        )


def _ensure_tables(
    connection: duckdb.DuckDBPyConnection, entities: Mapping[tuple[str, str], Entity]
) -> None:
    """Make the raw tables; one that an older version declared otherwise is loaded afresh."""
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
            for ledger_table in ("raw.capbrief__payload", "raw.capbrief__quarantine"):
                connection.execute(
                    f"delete from {ledger_table} where source = ? and entity = ?",
                    [source, entity.name],
                )
        declared = ", ".join(f'"{name}" {kind}' for name, kind in columns)
        connection.execute(f"create table raw.{table} ({declared})")


def _known_at(rule: KnownAt | None, retrieved_at: datetime, rows: pl.DataFrame) -> pl.Expr:
    """When each row became known: by the file's own rule, else when it was retrieved."""
    kind = _AT
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
