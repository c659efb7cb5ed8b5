"""A home of before events had files of their own goes on, without what the edition said of them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import duckdb

from pipeline import build, fetch, opening, raw
from pipeline.days import ALL, NONE
from pipeline.entry import Retrieval, Run
from pipeline.extract import ENTITIES
from pipeline.extract.bundled import BUNDLED
from pipeline.extract.event import Events
from pipeline.job import Job
from pipeline.ledger import Ledger
from pipeline.payload import PayloadStore
from pipeline.provenance import KnownAt, Provenance
from pipeline.resources import EVENTS
from pipeline.settings import Settings
from pipeline.source import Wanted

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def test_what_the_edition_said_of_events_is_kept_and_not_loaded(tmp_path: Path) -> None:
    job = Job(
        run_id="later",
        settings=Settings(data=tmp_path, state=tmp_path / "state"),
        log=lambda event, **fields: None,
        clock=lambda: NOW,
        version="0.0.0",
    )
    ledger = Ledger(job.settings.ledger)
    ledger.start(Run(job.run_id, "build", job.version, NOW))
    origin = Provenance(
        *("bundled", "event", "sora-2024/event", "Days that charts mark", "", "OpenAI", "cited"),
        *("facts, cited", "text/csv", NOW),
        known_at=KnownAt(day=date(2024, 2, 21)),
    )
    content = b"event_id,event_date,title,source\nsora-demo,2024-02-15,OpenAI shows Sora,x\n"
    payload = PayloadStore(job.settings.payloads).put(content, origin)
    ledger.record(Retrieval(payload.sha256, origin))
    fetch.fetch(job, [BUNDLED, Events((EVENTS,))], Wanted(now=NOW))
    build.build(job)
    with opening.open_warehouse(job) as opened:
        kept = opened.query(
            "select distinct source from staging.capbrief__payload where entity = 'event'"
        )
        events = opened.query("select source from marts.event where event_id = 'sora-demo'")
    assert kept.rows() == [("event",)]
    assert events.item().startswith("OpenAI, Creating video from text")


def test_a_table_that_nobody_declares_goes_with_what_is_listed_of_it() -> None:
    with duckdb.connect() as connection:
        connection.execute("create schema raw")
        raw.prepare(connection, ENTITIES)
        connection.execute("create table raw.bundled__event (event_id varchar)")
        connection.execute(
            "insert into raw.capbrief__payload by name "
            "select 'bundled' as source, entity from (values ('event'), ('claim')) as row (entity)"
        )
        changed = raw.prepare(connection, ENTITIES)
        assert connection.sql("select entity from raw.capbrief__payload").fetchall() == [("claim",)]
        assert changed["raw.capbrief__payload"] == ALL
        assert changed["raw.bundled__claim"] == NONE
        tables = connection.sql("select table_name from duckdb_tables()").fetchall()
        assert ("bundled__event",) not in tables
