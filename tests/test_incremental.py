"""Made day by day, the tables are those of a full build: random retrievals, hash for hash.

Crawls, totals and closes come on random days, late, again, revised and twice the same; prices
jump by factors that make spikes, memberships are held and accepted, rules change, files of the
user's own come. After each step the shipped models are brought up to date, and compared with
what they make of the same raw rows at once; then again of what was known at a random moment.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import duckdb
import polars as pl
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from pipeline import file_format, master, raw, recorded, stages, transform
from pipeline.books import Books, content, everything, must_hold
from pipeline.days import NONE, Days
from pipeline.entry import Membership, Retrieval
from pipeline.extract import ENTITIES
from pipeline.frames import replace
from pipeline.load import Parsed, key, load
from pipeline.model import Model, models, ordered
from pipeline.payload import PayloadStore
from pipeline.provenance import KnownAt, Provenance
from pipeline.resources import SQL
from pipeline.source import Rows

START = datetime(2026, 8, 1, 1, tzinfo=UTC)
COINS = ["near", "tao", "render", "wrapped-near", "akt", "agix", "fet"]
CATEGORIES = ["ai", "compute", "meme", ""]

MODELS = models([SQL], ["staging", "marts"])
CHECKS = [one for one in models([SQL], ["checks"]) if one.dated_by is not None]


@dataclass(frozen=True)
class Step:
    """What comes at a moment: rows by (source, entity, data set), and decisions about members."""

    at: datetime
    rows: Mapping[tuple[str, str, str], Sequence[Mapping[str, Any]]]
    memberships: Sequence[Membership] = ()


# --- Random steps -----------------------------------------------------------------------------

days_from_start = st.integers(0, 75)
prices = st.sampled_from([1.0, 1.01, 2.0, 0.5, 3e3, 2.9e3, 1e-5, 1e7])
caps = st.sampled_from([None, 0.0, 1e6, 1.2e6, 3e9])
coins = st.lists(st.sampled_from(COINS), min_size=1, max_size=6, unique=True)


@st.composite
def crawls(draw: st.DrawFn) -> Step:
    at = START + timedelta(days=draw(days_from_start), hours=draw(st.sampled_from([0, 0, 9])))
    category = draw(st.sampled_from(CATEGORIES))
    rows = [
        {
            "category_id": category,
            "coin_id": coin,
            "symbol": coin[:3],
            "name": draw(st.sampled_from([coin, f"{coin} renamed"])),
            "price_usd": draw(prices),
            "market_cap_usd": draw(caps),
            "volume_24h_usd": draw(st.sampled_from([None, 10.0, 1e6])),
            "circulating_supply": draw(st.sampled_from([None, 1e6])),
            "ath_at": (at - timedelta(days=draw(st.integers(0, 900)))).replace(tzinfo=None),
            "last_updated_at": (at - timedelta(hours=draw(st.sampled_from([0, 3, 50])))).replace(
                tzinfo=None
            ),
        }
        for coin in draw(coins)
    ]
    held = Membership(
        source="coingecko",
        dataset=f"markets/{category}",
        seen_date=at.date(),
        status=draw(st.sampled_from(["accepted", "accepted", "held"])),
        n_before=3,
        n_members=len(rows),
        entered=(),
        left=(),
        decided_at=at + timedelta(minutes=draw(st.integers(0, 5))),
    )
    return Step(at, {("coingecko", "market", f"markets/{category}"): rows}, [held])


@st.composite
def totals(draw: st.DrawFn) -> Step:
    at = START + timedelta(days=draw(days_from_start))
    rows = [
        {"category_id": one, "name": one, "market_cap_usd": draw(caps)} for one in CATEGORIES[:3]
    ]
    return Step(at, {("coingecko", "category", "categories"): rows})


def closes_of(draw: st.DrawFn, at: datetime) -> list[dict[str, Any]]:
    first = at.date() - timedelta(days=draw(st.integers(1, 50)))
    coin = draw(st.sampled_from(COINS))
    return [
        {
            "coin_id": coin,
            "price_date": first + timedelta(days=n),
            "close_usd": draw(prices),
            "market_cap_usd": draw(caps),
            "volume_usd": 5.0,
        }
        for n in sorted(draw(st.sets(st.integers(0, 40), min_size=1, max_size=12)))
        if first + timedelta(days=n) < at.date()
    ]


@st.composite
def charts(draw: st.DrawFn) -> Step:
    at = START + timedelta(days=draw(days_from_start), hours=1)
    rows = closes_of(draw, at)
    name = rows[0]["coin_id"] if rows else "none"
    return Step(at, {("coingecko", "chart", f"market_chart/{name}"): rows})


@st.composite
def imports(draw: st.DrawFn) -> Step:
    at = START + timedelta(days=draw(days_from_start), hours=2)
    rows = [{**one, "vendor": "mine"} for one in closes_of(draw, at)]
    return Step(at, {("import", "token_daily", "file"): rows})


@st.composite
def rules(draw: st.DrawFn) -> Step:
    at = START + timedelta(days=draw(days_from_start), hours=3)
    universe = {
        "universe_id": "sector",
        "title": "Sector",
        "min_volume_usd": draw(st.sampled_from([0.0, 1e5])),
        "min_age_days": draw(st.sampled_from([0, 30])),
        "max_staleness_hours": draw(st.sampled_from([None, 24])),
        "history_coins": 0,
    }
    categories = [
        {"universe_id": "sector", "category_id": one, "tier": "meme" if one == "meme" else "core"}
        for one in draw(st.sets(st.sampled_from(CATEGORIES[:3]), min_size=1))
    ]
    member = {"universe_id": "sector", "coin_id": draw(st.sampled_from(COINS)), "note": "named"}
    twin = {"coin_id": "wrapped-near", "of_coin_id": "near", "kind": "wrapped"}
    moved = {
        "from_coin_id": "agix",
        "to_coin_id": "fet",
        "ratio": 0.4,
        "started_date": date(2026, 8, 20),
    }
    return Step(
        at,
        {
            ("universe", "universe", "live/universe"): [universe],
            ("universe", "category", "live/category"): categories,
            ("universe", "member", "live/member"): [member],
            ("universe", "twin", "live/twin"): [twin],
            ("universe", "migration", "live/migration"): [moved],
        },
    )


@st.composite
def events(draw: st.DrawFn) -> Step:
    """A file of announcements, which another version of it replaces."""
    at = START + timedelta(days=draw(days_from_start), hours=4)
    days = draw(st.sets(st.integers(0, 60), max_size=3))
    rows = [
        {
            "event_id": f"event-{number}",
            "title": "Event",
            "announced_at": START.replace(tzinfo=None) + timedelta(days=days_after),
            "has_time": True,
            "kind": "other",
            "source": "s",
            "url": "https://example.org",
        }
        for number, days_after in enumerate(sorted(days))
    ]
    return Step(at, {("event", "event", "mine/event"): rows})


@st.composite
def catalogues(draw: st.DrawFn) -> Step:
    """Offers of GPUs; days are few, so that sources and providers meet on them."""
    at = START + timedelta(days=draw(st.integers(0, 3)), hours=draw(st.sampled_from([1, 1, 9])))
    source = draw(st.sampled_from(["dstack", "skypilot"]))
    provider = draw(st.sampled_from(["aws", "verda", "shadeform"]))
    size = {"provider": provider, "n_rows": 9, "n_gpu_rows": 4, "asked_at": at.replace(tzinfo=None)}
    offers = [
        {
            "provider": provider,
            "instance_name": draw(st.sampled_from(["aws_H100", "verda_L4"])),
            "region": draw(st.sampled_from([None, "eu", "us"])),
            "gpu_name": draw(st.sampled_from(["H100", "RTX4090", "v5litepod-8", "Unknown"])),
            "gpu_memory_gb": draw(st.sampled_from([None, 24.0, 80.0])),
            "interface": draw(st.sampled_from([None, "SXM", "PCIe"])),
            "gpu_count": draw(st.sampled_from([0.5, 1.0, 8.0])),
            "is_spot": draw(st.booleans()),
            "usd_per_hour": draw(st.sampled_from([0.5, 1.0, 16.0])),
            "flags": draw(st.sampled_from([None, "gcp-dws-calendar-mode"])),
        }
        for _ in range(draw(st.integers(1, 6)))
    ]
    name = f"catalog/{provider}"
    return Step(
        at,
        {
            (source, "offer", f"{name}/offer"): offers,
            (source, "catalogue", f"{name}/catalogue"): [size],
        },
    )


some = st.one_of(crawls(), crawls(), crawls(), charts(), totals(), imports(), rules(), events())
steps = st.lists(
    st.one_of(some, some, catalogues()),
    min_size=3,
    max_size=14,
)

# --- A file that is brought up to date ----------------------------------------------------------


@dataclass
class Ledger:
    """What was retrieved so far, with its rows, and what was decided."""

    retrievals: list[Retrieval] = field(default_factory=list)
    parsed: dict[Any, Parsed] = field(default_factory=dict)
    memberships: list[Membership] = field(default_factory=list)

    def take(self, step: Step) -> None:
        for (source, entity, dataset), rows in step.rows.items():
            kind = ENTITIES[source, entity]
            accepted = pl.DataFrame(
                [{name: row.get(name) for name in kind.schema} for row in rows],
                schema=dict(kind.schema),
            )
            text = json.dumps([source, entity, dataset, *rows], default=str)
            known = {
                "import": KnownAt(day=step.at.date()),
                "event": KnownAt(column="announced_at"),
            }.get(source)
            retrieval = Retrieval(
                hashlib.sha256(text.encode()).hexdigest(),
                Provenance(
                    *(source, entity, dataset, dataset, "", "p", "c", "l", "application/json"),
                    # No two retrievals are of one moment.
                    retrieved_at=step.at + timedelta(seconds=len(self.retrievals)),
                    known_at=known,
                ),
                len(self.retrievals),
            )
            empty = pl.DataFrame(
                schema={"row_number": pl.Int64, "reason": pl.String, "row_json": pl.String}
            )
            self.retrievals.append(retrieval)
            self.parsed[key(retrieval)] = Parsed(len(text), Rows(accepted, empty))
        self.memberships += step.memberships

    def after(self, last: int) -> list[Retrieval]:
        newest = {one.provenance.dataset: one for one in self.retrievals if one.is_dated}
        return [
            one
            for one in self.retrievals
            if (newest[one.provenance.dataset] is one if one.is_dated else one.retrieval_id > last)
        ]


def fresh() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    file_format.bring_up_to_date(connection)
    return connection


def bring_up_to_date(connection: duckdb.DuckDBPyConnection, ledger: Ledger) -> None:
    """The way of a build, as far as the marts; its incremental checks must agree with full ones."""
    changes = transform.Changes(
        Books(connection), raw.prepare(connection, ENTITIES), stages.raw_days()
    )
    last, _ = raw.reached(connection)
    loaded = load(
        connection,
        PayloadStore(Path("nowhere")),
        ledger.after(last),
        ENTITIES,
        ledger.parsed,
        after=last,
    )
    for table, days in loaded.days.items():
        changes.days[table] = changes.days.get(table, NONE) | days
    for table, rows in (
        ("raw.capbrief__run", recorded.runs([], "run")),
        ("raw.capbrief__gap", recorded.gaps([])),
        ("raw.capbrief__outage", recorded.outages([])),
        ("raw.capbrief__confirmation", recorded.confirmations([])),
        ("raw.capbrief__membership", recorded.memberships(ledger.memberships)),
    ):
        replace(connection, table, rows)
        changes.table(table, changes.dated_by.get(table))
    make(connection, changes)


def make(connection: duckdb.DuckDBPyConnection, changes: transform.Changes) -> None:
    for table, columns in {
        "raw.capbrief__build": "date '2026-11-01' as report_date, null::timestamp as as_of",
        "raw.capbrief__lineage": "'a' as model, 'b' as reads",
    }.items():
        connection.execute(
            f"create or replace table {table} as select {columns}, null::timestamp as known_at"
        )
        changes.table(table)
    transform.clear(connection, [one.name for one in MODELS])
    found = [
        name
        for (name,) in connection.execute(
            "select 'raw.' || table_name from duckdb_tables() where schema_name = 'raw'"
        ).fetchall()
    ]
    transform.build(connection, ordered(MODELS, found), changes)
    # No check of random rows must pass; what must agree is what it looks at.
    partly = {bad.check for bad in transform.check(connection, CHECKS, changes)}
    wholly = {bad.check for bad in transform.check(connection, CHECKS)}
    assert partly - wholly == set()
    changes.books.note([*MODELS, *CHECKS])


def must_be_equal(one: duckdb.DuckDBPyConnection, other: duckdb.DuckDBPyConnection) -> None:
    for model in MODELS:
        query = f"from {model.name} order by all"
        if model.name not in ("staging.capbrief__run", "marts.run"):
            assert one.execute(query).fetchall() == other.execute(query).fetchall(), model.name
    assert content(one) == content(other)
    must_hold(one, Path("file"), everything(one))


@settings(
    max_examples=8,
    # Each example builds a warehouse several times: the first that fails has to do.
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(steps=steps, again=st.data())
def test_day_by_day_is_at_once(steps: list[Step], again: st.DataObject) -> None:
    ledger, stepwise = Ledger(), fresh()
    for step in steps:
        ledger.take(step)
        if again.draw(st.booleans()):
            bring_up_to_date(stepwise, ledger)
    bring_up_to_date(stepwise, ledger)
    at_once, in_parts = fresh(), fresh()
    bring_up_to_date(at_once, ledger)
    must_be_equal(stepwise, at_once)
    with patch.object(transform, "_CHUNK_ROWS", 5):
        bring_up_to_date(in_parts, ledger)
    must_be_equal(in_parts, at_once)

    # As of a moment: the cut file is that of the retrievals until then.
    moment = again.draw(st.sampled_from(steps)).at
    days = stages.raw_days()
    changes = transform.Changes(
        Books(stepwise), master.cut(stepwise, moment.replace(tzinfo=None), days), days
    )
    for table in changes.books.tables():
        if table.startswith("raw."):
            changes.table(table, days.get(table))
    make(stepwise, changes)
    afresh = fresh()
    raw.prepare(afresh, ENTITIES)
    for (table,) in stepwise.execute(
        "select table_name from duckdb_tables() where schema_name = 'raw'"
    ).fetchall():
        replace(afresh, f"raw.{table}", pl.DataFrame(stepwise.sql(f"from raw.{table}")))
    every = {name: Days(((date.min, date.max),)) for name in raw_tables(afresh)}
    make(afresh, transform.Changes(Books(afresh), every, days))
    must_be_equal(stepwise, afresh)


def raw_tables(connection: duckdb.DuckDBPyConnection) -> list[str]:
    return [
        f"raw.{name}"
        for (name,) in connection.execute(
            "select table_name from duckdb_tables() where schema_name = 'raw'"
        ).fetchall()
    ]


def test_every_large_fact_is_made_day_by_day() -> None:
    """What has a row per token and day, and is read by no other rule, names its day."""
    per_token = {"coin_id", "coin_id, category_id"}
    whole: list[Model] = [
        one
        for one in MODELS
        if one.dated_by is None
        and any(column.endswith("_date") for column in one.grain)
        and per_token & set(one.grain)
    ]
    assert sorted(one.name for one in whole) == [
        # Files of users and editions: as small as those.
        "marts.token_day_from_files",
        "marts.token_month",
        "staging.bundled__token_daily",
        "staging.bundled__token_monthly",
        "staging.import__token_daily",
    ]
