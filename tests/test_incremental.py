"""Made day by day, the tables are those of a full build: random retrievals, hash for hash.

Crawls, totals and closes come on random days, late, again, revised and twice the same; prices
jump by factors that make spikes, memberships are held and accepted, rules change, files of the
user's own come. After each step the shipped models are brought up to date, and compared with
what they make of the same raw rows at once; then again of what was known at a random moment.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import date, timedelta
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
from tests.random_steps import Step, steps  # noqa: TID251 - what comes

MODELS = models([SQL], ["staging", "marts"])
CHECKS = [one for one in models([SQL], ["checks"]) if one.dated_by is not None]


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
