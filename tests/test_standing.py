"""Standing: what is told of each source, whether it was ever asked or not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from pipeline import extract, standing
from pipeline.configuration import resolve
from pipeline.entry import Had
from pipeline.extract.documents import Document, Publisher
from pipeline.ledger import Ledger
from pipeline.settings import WEB, Web

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.job import Job

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOUSE = Publisher("house", "House", "House of Data", "CC BY 4.0", "https://house.example", 10)
CHIPS = Document("chips", "chips", ("chip",), ("chips.csv",), every_days=7)
STATE = Document("state", "state", ("chip",), ("state.csv",))


@pytest.fixture(autouse=True)
def _one_publisher(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extract, "PUBLISHERS", ((HOUSE, (CHIPS, STATE), {}),))


def told(job: Job, **chosen: Any) -> dict[str, Any]:
    settings = replace(job.settings, web={"house": Web(**chosen)})
    rows = {
        row["source"]: row for row in standing.sources(replace(job, settings=settings)).to_dicts()
    }
    return rows["house"]


def had(job: Job, dataset: str, at: datetime) -> None:
    day = at.date()
    Ledger(job.settings.ledger).commit(Had("house", dataset, day, day, "run", at, 0), [])


def test_a_source_that_was_never_asked(job: Job) -> None:
    found = told(job)
    assert (found["state"], found["need"], found["interface"]) == ("never", "optional", "official")
    assert (found["last_had_at"], found["n_rows"]) == (None, None)
    assert found["next_due_date"] == date(2026, 11, 23)
    assert not job.settings.ledger.exists()


def test_a_source_that_is_off_says_why(job: Job) -> None:
    found = told(job, enabled=False)
    assert (found["state"], found["next_due_date"]) == ("off", None)
    assert "CAPBRIEF_HOUSE__ENABLED" in found["note"]


def test_a_source_is_ok_until_something_is_due(job: Job) -> None:
    had(job, "chips", NOW - timedelta(days=3))
    had(job, "state", NOW - timedelta(hours=2))
    found = told(job)
    assert (found["state"], found["age_hours"]) == ("ok", 2)
    assert found["next_due_date"] == date(2026, 11, 24)
    had(job, "chips", NOW - timedelta(days=3))
    later = replace(job, clock=lambda: NOW + timedelta(days=1))
    assert told(later)["state"] == "due"


def test_a_source_that_could_not_be_had_is_stale_and_says_what_happened(job: Job) -> None:
    had(job, "state", NOW - timedelta(days=1))
    Ledger(job.settings.ledger).fail("house", "state", "house.example: answered 503", NOW)
    found = told(job)
    assert (found["state"], found["age_hours"]) == ("stale", 24)
    assert found["note"] == "state: house.example: answered 503"


def test_every_source_of_the_settings_is_one_of_the_program(tmp_path: Path) -> None:
    chosen = resolve(tmp_path, {}, tmp_path)
    names = {source.name for source in extract.sources(chosen, (), ())}
    assert {"house", "coingecko", "bundled", "universe", "import"} <= names
    assert len(WEB) == len(set(WEB))
