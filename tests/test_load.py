"""Load: declared schemas, quarantine, knowledge times, and incremental equal to rebuilt."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import duckdb
import polars as pl
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from pipeline import raw
from pipeline.entry import Retrieval
from pipeline.errors import PayloadError, SchemaError, StorageError
from pipeline.extract.bundled_rows import parse_csv
from pipeline.ledger import Ledger
from pipeline.load import Loaded
from pipeline.load import load as load_prepared
from pipeline.payload import PayloadStore
from pipeline.provenance import KnownAt, Provenance
from pipeline.source import Entity

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

AT = datetime(2024, 4, 3, 12, tzinfo=UTC)
PRICE = Entity(
    "price",
    {"coin_id": pl.String(), "day": pl.Date(), "close_usd": pl.Float64(), "is_final": pl.Boolean()},
    frozenset({"coin_id", "day"}),
    parse_csv,
)
ENTITIES = {("demo", "price"): PRICE}
HEADER = "coin_id,day,close_usd,is_final\n"


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


def keep(
    store: PayloadStore,
    text: str,
    *,
    rule: KnownAt | None = None,
    at: datetime = AT,
    dataset: str = "d",
) -> Retrieval:
    origin = Provenance(
        source="demo",
        entity="price",
        dataset=dataset,
        title="Prices",
        url="",
        producer="p",
        citation="c",
        licence="l",
        media_type="text/csv",
        retrieved_at=at,
        known_at=rule,
    )
    return Retrieval(store.put(text.encode(), origin).sha256, origin)


def load(
    connection: duckdb.DuckDBPyConnection,
    store: PayloadStore,
    retrievals: Sequence[Retrieval],
    entities: Mapping[tuple[str, str], Entity],
) -> Loaded:
    raw.prepare(connection, entities)
    return load_prepared(connection, store, retrievals, entities)


def rows(connection: duckdb.DuckDBPyConnection, what: str = "*") -> list[tuple[object, ...]]:
    return connection.execute(f"select {what} from raw.demo__price order by all").fetchall()


def test_rows_are_typed_and_carry_payload_and_knowledge_time(
    tmp_path: Path, connection: duckdb.DuckDBPyConnection
) -> None:
    store = PayloadStore(tmp_path)
    kept = keep(store, f"{HEADER}btc,2024-01-01,44167.33,true\neth,2024-01-01,,false\n")
    assert load(connection, store, [kept], ENTITIES) == Loaded(payloads=1, rows=2)
    naive = AT.replace(tzinfo=None)
    assert rows(connection) == [
        ("btc", date(2024, 1, 1), 44167.33, True, kept.payload_sha256, naive),
        ("eth", date(2024, 1, 1), None, False, kept.payload_sha256, naive),
    ]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (None, datetime(2024, 4, 3, 12)),
        (KnownAt(day=date(2026, 4, 22)), datetime(2026, 4, 22)),
        (KnownAt(column="day", offset_days=1), datetime(2024, 1, 2)),
        (KnownAt(column="coin_id", values={"btc": date(2023, 11, 27)}), datetime(2023, 11, 27)),
    ],
)
def test_knowledge_time_follows_the_rule_of_the_file(
    tmp_path: Path,
    connection: duckdb.DuckDBPyConnection,
    rule: KnownAt | None,
    expected: datetime,
) -> None:
    store = PayloadStore(tmp_path)
    load(connection, store, [keep(store, f"{HEADER}btc,2024-01-01,1,\n", rule=rule)], ENTITIES)
    assert rows(connection, "known_at") == [(expected,)]


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        (KnownAt(column="coin_id", values={"eth": date(2023, 1, 1)}), "1 rows have no date"),
        (KnownAt(column="nowhere"), "known_at names column nowhere"),
        (KnownAt(), "neither a date nor a column"),
    ],
)
def test_a_row_without_knowledge_time_stops_the_load(
    tmp_path: Path, connection: duckdb.DuckDBPyConnection, rule: KnownAt, reason: str
) -> None:
    store = PayloadStore(tmp_path)
    kept = keep(store, f"{HEADER}btc,2024-01-01,1,\n", rule=rule)
    with pytest.raises(SchemaError, match=reason):
        load(connection, store, [kept], ENTITIES)


def test_rows_that_do_not_fit_are_quarantined_with_their_reasons(
    tmp_path: Path, connection: duckdb.DuckDBPyConnection
) -> None:
    store = PayloadStore(tmp_path)
    text = (
        HEADER
        + "btc,2024-01-01,1,true\n"
        + "eth,2024-02-30,1,true\n"
        + "eth,2024-01-01,NaN,maybe\n"
        + ",2024-01-01,1e400,true\n"
        + "doge,2024-01-01,inf,\n"
    )
    result = load(connection, store, [keep(store, text)], ENTITIES)
    assert (result.rows, result.rejected) == (1, 4)
    found = connection.execute(
        "select row_number, reason from raw.capbrief__quarantine order by row_number"
    ).fetchall()
    assert found == [
        (2, "day: not a Date"),
        (3, "close_usd: not a Float64; is_final: not a Boolean"),
        (4, "coin_id: is required; close_usd: not a Float64"),
        (5, "close_usd: not a Float64"),
    ]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("coin_id,day,close_usd\n", "missing: is_final; unknown: none"),
        (f"{HEADER.strip()},extra\n", "missing: none; unknown: extra"),
        ("", "not a readable CSV file"),
        (f"{HEADER}a,b,c,d,e,f\n", "not a readable CSV file"),
        (HEADER + 'btc,"2024', "not a readable CSV file"),
        ("\xff\xfe", "missing: coin_id"),
    ],
)
def test_a_changed_shape_stops_the_load(
    tmp_path: Path, connection: duckdb.DuckDBPyConnection, text: str, reason: str
) -> None:
    store = PayloadStore(tmp_path)
    with pytest.raises(SchemaError, match=reason):
        load(connection, store, [keep(store, text)], ENTITIES)


def test_damaged_payload_stops_the_load(
    tmp_path: Path, connection: duckdb.DuckDBPyConnection
) -> None:
    store = PayloadStore(tmp_path)
    kept = keep(store, f"{HEADER}btc,2024-01-01,1,\n")
    body = tmp_path / kept.payload_sha256[:2] / f"{kept.payload_sha256}.zst"
    body.chmod(0o644)
    body.write_bytes(body.read_bytes()[:-1])
    with pytest.raises(PayloadError, match="damaged"):
        load(connection, store, [kept], ENTITIES)


def test_an_entity_of_another_version_is_named(
    tmp_path: Path, connection: duckdb.DuckDBPyConnection
) -> None:
    store = PayloadStore(tmp_path)
    with pytest.raises(StorageError, match="demo/price, which this version does not know"):
        load(connection, store, [keep(store, HEADER)], {})


def test_a_table_declared_otherwise_before_is_loaded_afresh(
    tmp_path: Path, connection: duckdb.DuckDBPyConnection
) -> None:
    store = PayloadStore(tmp_path)
    kept = keep(store, f"{HEADER}btc,2024-01-01,1,true\n")
    load(connection, store, [kept], ENTITIES)
    connection.execute("alter table raw.demo__price add column old varchar")
    assert load(connection, store, [kept], ENTITIES).rows == 1
    assert len(rows(connection)) == 1


def test_a_corrected_knowledge_date_of_the_same_bytes_arrives(
    tmp_path: Path, connection: duckdb.DuckDBPyConnection
) -> None:
    store, ledger = PayloadStore(tmp_path / "p"), Ledger(tmp_path / "ledger.sqlite")
    text = f"{HEADER}btc,2024-01-01,1,\n"
    for hour, day in enumerate((date(2024, 1, 5), date(2024, 1, 9))):
        kept = keep(store, text, rule=KnownAt(day=day), at=AT + timedelta(hours=hour))
        ledger.record(kept)
        load(connection, store, ledger.retrievals(), ENTITIES)
        assert rows(connection, "known_at") == [(datetime(day.year, day.month, day.day),)]


def test_a_ledger_that_lost_a_dataset_does_not_empty_the_warehouse(
    tmp_path: Path, connection: duckdb.DuckDBPyConnection
) -> None:
    store = PayloadStore(tmp_path)
    one = keep(store, f"{HEADER}btc,2024-01-01,1,\n", dataset="one")
    two = keep(store, f"{HEADER}eth,2024-01-01,1,\n", dataset="two")
    load(connection, store, [one, two], ENTITIES)
    with pytest.raises(StorageError, match="does not list demo/one, which the warehouse holds"):
        load(connection, store, [two], ENTITIES)


def test_a_raw_table_that_no_entity_declares_goes(
    tmp_path: Path, connection: duckdb.DuckDBPyConnection
) -> None:
    connection.execute("create schema raw; create table raw.gone__entity (x int)")
    load(connection, PayloadStore(tmp_path), [], ENTITIES)
    found = connection.execute("select table_name from duckdb_tables() order by all").fetchall()
    assert [name for (name,) in found] == [
        "capbrief__payload",
        "capbrief__quarantine",
        "demo__price",
    ]


_version = st.lists(st.sampled_from(["btc", "eth", "doge"]), max_size=4)
_retrieved = st.tuples(st.booleans(), st.sampled_from(["one", "two"]), _version)


@given(history=st.lists(_retrieved, max_size=8))
@hypothesis_settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_loading_step_by_step_equals_loading_at_once(
    tmp_path_factory: pytest.TempPathFactory, history: list[tuple[bool, str, list[str]]]
) -> None:
    """Revisions, repeats and empty files in any order: the raw tables end up equal."""
    folder = tmp_path_factory.mktemp("history")
    store, ledger = PayloadStore(folder / "payloads"), Ledger(folder / "ledger.sqlite")
    with duckdb.connect() as stepwise, duckdb.connect() as afresh:
        for hour, (is_dated, dataset, coins) in enumerate(history):
            # A dataset is dated or live for good, so its kind is part of its name.
            name = f"{dataset}-{'dated' if is_dated else 'live'}"
            text = HEADER + "".join(f"{coin},2024-01-01,{hour % 3},\n" for coin in coins)
            text += f"{name},2024-01-02,0,\n"
            kept = keep(
                store,
                text,
                rule=KnownAt(day=date(2024, 1, 5)) if is_dated else None,
                at=AT + timedelta(hours=hour),
                dataset=name,
            )
            ledger.record(kept)
            load(stepwise, store, ledger.retrievals(), ENTITIES)
        load(stepwise, store, ledger.retrievals(), ENTITIES)
        load(afresh, store, ledger.retrievals(), ENTITIES)
        assert rows(stepwise) == rows(afresh)
        payloads = "select * from raw.capbrief__payload order by all"
        assert stepwise.execute(payloads).fetchall() == afresh.execute(payloads).fetchall()
