"""Load: payloads to raw tables with declared schemas; rows that do not fit are quarantined.

Every raw row carries ``payload_sha256`` and ``known_at`` (UTC, when its fact became known).
What a master holds is made equal to what the ledger lists, so that loading day by day and
loading everything afresh end in the same tables.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, time
from typing import TYPE_CHECKING

import polars as pl

from pipeline import raw
from pipeline.days import ALL, NONE, Days
from pipeline.errors import SchemaError, StorageError
from pipeline.frames import insert
from pipeline.warehouse import naive_utc

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import duckdb

    from pipeline.entry import Retrieval
    from pipeline.payload import PayloadStore
    from pipeline.provenance import KnownAt
    from pipeline.source import Entity, Rows

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
    """What a load changed: payloads and rows put in, payloads taken out, rows rejected.

    ``days`` has the days that changed, by raw table; all of them where it has no days.
    """

    payloads: int = 0
    rows: int = 0
    rejected: int = 0
    removed: int = 0
    days: Mapping[str, Days] = field(default_factory=dict, compare=False)


def load(
    connection: duckdb.DuckDBPyConnection,
    store: PayloadStore,
    retrievals: Sequence[Retrieval],
    entities: Mapping[tuple[str, str], Entity],
    parsed: Mapping[Key, Parsed] | None = None,
    *,
    after: int = -1,
) -> Loaded:
    """Make the prepared raw tables hold exactly what ``retrievals`` list.

    Args:
        connection: of the private master, inside a transaction.
        store: where the bytes are.
        retrievals: what counts, from the ledger: of what is never replaced, all ``after`` that id.
        entities: declared schema and parser by (source, entity).
        parsed: what a fetch of this process parsed already, by ``key``.
        after: what is never replaced stays as it is up to this id.

    Raises:
        PayloadError: a payload is missing or damaged.
        SchemaError: a payload has not the columns that its entity declares.
        StorageError: the ledger names an entity that this version does not know.
    """
    wanted = {key(retrieval): retrieval for retrieval in retrievals}
    present = {
        tuple(row)
        for row in connection.execute(
            "select source, entity, dataset, payload_sha256, retrieved_at "
            "from raw.capbrief__payload where is_dated or retrieval_id > ?",
            [after],
        ).fetchall()
    }
    removed = sorted(present - wanted.keys())
    _must_be_replaced(removed, retrievals)
    bytes_removed = {(source, entity, sha256) for source, entity, _, sha256, _ in removed}
    batch = _Batch(connection, raw.dated_by(entities))
    for gone in sorted(bytes_removed):
        batch.remove(*gone)
    for one, retrieval in wanted.items():
        source, entity_name, _, sha256, _ = one
        # Another data set may hold the bytes that went: its rows went with them.
        if one in present and (source, entity_name, sha256) not in bytes_removed:
            continue
        entity = _known(entities, retrieval)
        batch.add(retrieval, (parsed or {}).get(one) or _parse(store, retrieval, entity))
    batch.insert()
    return Loaded(batch.payloads, batch.rows, batch.rejected, len(removed), batch.days)


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
        origin = retrieval.provenance
        place = f"payload {retrieval.payload_sha256[:12]} of {origin.dataset}"
        # The edition comes with the program, and another version of it in another form.
        advice = "; run 'capbrief fetch bundled' once" if origin.source == "bundled" else ""
        raise SchemaError(f"{place}: {error}{advice}") from error


class _Batch:
    """Rows on their way into the raw tables; many payloads go in with one statement."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, dated_by: Mapping[str, str]) -> None:
        self._connection = connection
        self._dated_by = dated_by
        self.days: dict[str, Days] = {}
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
            rows = pl.concat(frames)
            insert(self._connection, table, rows)
            self._touch(table, self._days_of(table, rows))
        if self._payloads:
            times = dict.fromkeys(("published_at", "retrieved_at", "known_at"), _AT)
            rows = pl.DataFrame(self._payloads, schema_overrides=times, infer_schema_length=None)
            insert(self._connection, "raw.capbrief__payload", rows)
            self._touch("raw.capbrief__payload", ALL)
        self._frames, self._payloads, self._waiting = {}, [], 0

    def remove(self, source: str, entity: str, sha256: str) -> None:
        """Take out all rows of some bytes: a data set that held them has a later version."""
        table = f"raw.{source}__{entity}"
        day = self._dated_by.get(table)
        gone = self._connection.execute(
            f"delete from {table} where payload_sha256 = ? "
            f"returning {f'cast({day} as date)' if day else 'null'}",
            [sha256],
        ).fetchall()
        self._touch(table, Days.of({found for (found,) in gone}) if day else ALL)
        for book in ("raw.capbrief__quarantine", "raw.capbrief__payload"):
            self._connection.execute(
                f"delete from {book} where source = ? and entity = ? and payload_sha256 = ?",
                [source, entity, sha256],
            )
            self._touch(book, ALL)

    def _days_of(self, table: str, rows: pl.DataFrame) -> Days:
        if table not in self._dated_by:
            return ALL
        days = rows[self._dated_by[table]].cast(pl.Date()).unique().to_list()
        return Days.of(days)

    def _touch(self, table: str, days: Days) -> None:
        self.days[table] = self.days.get(table, NONE) | days


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
        "retrieval_id": retrieval.retrieval_id,
        "is_dated": retrieval.is_dated,
    }


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
