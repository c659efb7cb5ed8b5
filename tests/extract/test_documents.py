"""Documents: when each is due, what is kept of an answer, and what a refusal means."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from pipeline.errors import BadAnswerError, UnavailableError
from pipeline.extract.csv_rows import TEXT, Field, read
from pipeline.extract.documents import Document, Documents, Publisher
from pipeline.form import CSV
from pipeline.secret import Secret
from pipeline.settings import Web
from pipeline.source import Entity, Rows, Unit, Wanted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.provenance import Provenance
    from pipeline.source import Get
    from tests.extract.conftest import Host, Past  # noqa: TID251 - for its types only

FIELDS = (Field("name", ("Name",), TEXT),)


def parse(entity: Entity, content: bytes, origin: Provenance) -> Rows:
    return read(FIELDS, content)


CHIP = Entity("chip", {"name": pl.String()}, frozenset(), parse)
OWNER = replace(CHIP, name="owner")
HOUSE = Publisher(
    name="house",
    title="House",
    producer="House of Data",
    licence="CC BY 4.0",
    url="https://data.house.example/v1",
    calls_per_minute=10,
)
TABLE = Document("chips", "chips", ("chip",), ("chips.csv",), CSV, every_days=7)
STATE = Document("state", "state", ("chip",), ("state.csv",), CSV, is_observation=True)


def source(*documents: Document, chosen: Web | None = None, lacks: str = "") -> Documents:
    return Documents(HOUSE, documents, {"chip": CHIP, "owner": OWNER}, chosen or Web(), lacks)


def planned(made: Documents, past: Past, wanted: Wanted) -> list[Unit]:
    found = list(made.plan(past, wanted))
    assert all(isinstance(one, Unit) for one in found)
    return [one for one in found if isinstance(one, Unit)]


def test_a_document_is_due_when_its_days_are_over(past: Past, now: Any) -> None:
    made, today = source(TABLE, STATE), now.date()
    assert [one.dataset for one in planned(made, past, Wanted(now=now))] == ["chips", "state"]
    assert made.due(past, today) == today
    past.had = {
        "chips": [(today - timedelta(days=6),) * 2],
        "state": [(today - timedelta(days=1),) * 2],
    }
    assert [one.dataset for one in planned(made, past, Wanted(now=now))] == ["state"]
    past.had["state"] = [(today, today)]
    assert planned(made, past, Wanted(now=now)) == []
    assert made.due(past, today) == today + timedelta(days=1)
    later = Wanted(now=now + timedelta(days=1))
    assert [one.dataset for one in planned(made, past, later)] == ["chips", "state"]
    asked_again = Wanted(now=now, refresh=True)
    assert [one.dataset for one in planned(made, past, asked_again)] == ["chips", "state"]


def test_days_of_the_past_are_not_to_be_had(past: Past, now: Any) -> None:
    days = (date(2026, 1, 1), date(2026, 2, 1))
    assert planned(source(TABLE), past, Wanted(now=now, days=days)) == []


def test_a_document_comes_with_where_it_is_from(past: Past, host: Host, now: Any) -> None:
    host.answers["chips.csv"] = b"Name\nA100\n"
    (unit,) = planned(source(TABLE), past, Wanted(now=now))
    ((content, origin),) = list(unit.fetch(host))
    assert content == b"Name\nA100\n"
    assert (origin.source, origin.entity, origin.dataset) == ("house", "chip", "chips")
    assert (origin.producer, origin.licence) == ("House of Data", "CC BY 4.0")
    assert origin.citation == "House of Data, chips, retrieved 2026-11-23 01:10 UTC"
    assert not unit.is_required
    assert unit.is_snapshot


def test_what_one_document_holds_of_several_kinds_stands_apart(
    past: Past, host: Host, now: Any
) -> None:
    host.answers["both.csv"] = b"Name\nA100\n"
    both = Document("both", "both", ("chip", "owner"), ("both.csv",), CSV)
    (unit,) = planned(source(both), past, Wanted(now=now))
    assert [origin.dataset for _, origin in unit.fetch(host)] == ["both/chip", "both/owner"]


def test_a_table_that_did_not_change_is_not_kept_again_and_a_state_is(
    past: Past, host: Host, now: Any
) -> None:
    for name in ("chips", "state"):
        host.answers[f"{name}.csv"] = b"Name\nA100\n"
        past.brought[name] = [b"Name\nA100\n"]
    table, state = planned(source(TABLE, STATE), past, Wanted(now=now))
    assert list(table.fetch(host)) == []
    assert len(list(state.fetch(host))) == 1
    host.answers["chips.csv"] = b"Name\nB200\n"
    assert len(list(table.fetch(host))) == 1


def test_a_source_is_asked_as_the_settings_say(past: Past, now: Any) -> None:
    wanted = Wanted(now=now)
    off = source(TABLE, chosen=Web(enabled=False))
    assert planned(off, past, wanted) == []
    assert off.due(past, now.date()) is None
    assert off.about.off_because == "switched off by CAPBRIEF_HOUSE__ENABLED or CAPBRIEF_SOURCES"
    quiet = replace(source(TABLE), publisher=replace(HOUSE, is_on=False))
    assert planned(quiet, past, wanted) == []
    assert quiet.about.off_because == "switch on with CAPBRIEF_HOUSE__ENABLED=yes"
    assert len(planned(replace(quiet, chosen=Web(enabled=True)), past, wanted)) == 1


def test_what_a_source_lacks_keeps_it_from_being_asked_and_is_said(
    past: Past, host: Host, now: Any
) -> None:
    made = source(TABLE, lacks="set CAPBRIEF_HOUSE__KEY")
    assert planned(made, past, Wanted(now=now)) == []
    assert made.about.off_because == "set CAPBRIEF_HOUSE__KEY"
    forced = replace(made, chosen=Web(enabled=True))
    (unit,) = planned(forced, past, Wanted(now=now))
    with pytest.raises(UnavailableError, match="house: set CAPBRIEF_HOUSE__KEY"):
        list(unit.fetch(host))


def test_only_its_own_host_is_asked() -> None:
    assert source(TABLE).access.hosts == {"data.house.example"}
    mirror = source(TABLE, chosen=Web(url="http://127.0.0.1:9/v1"))
    assert mirror.access.url == "http://127.0.0.1:9/v1"


def test_a_key_goes_into_the_header_that_the_publisher_names() -> None:
    chosen = Web(key=Secret("k-123456"))
    assert source(TABLE, chosen=chosen).access.header is None
    keyed = replace(source(TABLE, chosen=chosen), publisher=replace(HOUSE, key_header="X-Key"))
    header = keyed.access.header
    assert header is not None
    assert header[0] == "X-Key"


def test_a_refused_key_ends_nothing_but_this_source() -> None:
    refusal = source(TABLE).access.refusal
    assert isinstance(refusal(401, None), BadAnswerError)
    assert isinstance(refusal(403, {"error": "key"}), BadAnswerError)
    assert refusal(403, None) is None
    assert refusal(200, {}) is None


def test_a_review_is_given_the_past(past: Past, host: Host, now: Any) -> None:
    seen: list[object] = []

    def review(before: object, rows: Sequence[Rows]) -> None:
        seen.append((before, len(rows)))

    (unit,) = planned(source(replace(TABLE, review=review)), past, Wanted(now=now))
    assert unit.review is not None
    unit.review([])
    assert seen == [(past, 0)]


def test_the_fetch_of_a_document_may_take_several_requests(
    past: Past, host: Host, now: Any
) -> None:
    host.answers |= {"version": b"Name\n7\n", "7.csv": b"Name\nA100\n"}

    def fetch(get: Get) -> Sequence[Any]:
        get(("version",), {}, gate=lambda value: None, form=CSV)
        return [get(("7.csv",), {}, gate=lambda value: None, form=CSV)]

    document = Document("versioned", "versioned", ("chip",), calls=2, fetch=fetch)
    (unit,) = planned(source(document), past, Wanted(now=now))
    assert [content for content, _ in unit.fetch(host)] == [b"Name\nA100\n"]
    assert [name for name, _ in host.asked] == ["version", "7.csv"]
