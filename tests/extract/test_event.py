"""Event files: read whole or refused with all that is wrong, and known from the announcement on."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from pipeline import resources
from pipeline.errors import DefinitionError, SchemaError
from pipeline.extract.event import ENTITIES, Events
from pipeline.extract.event_rules import load, read
from pipeline.provenance import KnownAt
from pipeline.source import Unit, Wanted

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pipeline.provenance import Provenance
    from tests.extract.conftest import Host, Past  # noqa: TID251 - for their types only

NOW = datetime(2026, 11, 23, 1, 10, tzinfo=UTC)
FILE = """\
[[event]]
id = "launch"
title = "A launch"
announced_at = 2024-02-15T20:14:00+02:00
kind = "product"
source = "A post"
url = "https://example.org/launch"

[[event]]
id = "earnings"
title = "Earnings"
announced_at = 2024-02-21
kind = "earnings"
source = "A release"
url = "https://example.org/release"
"""


def test_a_time_is_turned_into_utc_and_a_day_has_none(origin: Callable[..., Provenance]) -> None:
    entity = ENTITIES["event"]
    rows = entity.parse(entity, FILE.encode(), origin("mine/event", "event"))
    assert dict(rows.accepted.schema) == dict(entity.schema)
    assert rows.accepted.select("event_id", "announced_at", "has_time", "kind").rows() == [
        ("launch", datetime(2024, 2, 15, 18, 14), True, "product"),
        ("earnings", datetime(2024, 2, 21), False, "earnings"),
    ]


def test_bytes_that_are_no_events_are_refused(origin: Callable[..., Provenance]) -> None:
    entity = ENTITIES["event"]
    with pytest.raises(SchemaError, match="mine/event"):
        entity.parse(entity, b"[[event]]\n", origin("mine/event", "event"))


def test_only_what_changed_is_had_and_is_known_when_it_was_announced(
    tmp_path: Path, past: Past, host: Host
) -> None:
    (tmp_path / "mine.toml").write_text(FILE)
    source = Events((tmp_path,))
    [unit] = source.plan(past, Wanted(now=NOW))
    assert isinstance(unit, Unit)
    assert (unit.dataset, unit.days, unit.calls) == ("mine/event", None, 0)
    [(content, origin)] = unit.fetch(host)
    assert content == FILE.encode()
    assert (origin.source, origin.retrieved_at) == ("event", NOW)
    assert origin.known_at == KnownAt(column="announced_at")
    past.brought["mine/event"] = [content]
    assert list(source.plan(past, Wanted(now=NOW))) == []


def test_the_users_file_stands_for_the_shipped_one_and_adds_to_it(tmp_path: Path) -> None:
    own, shipped = tmp_path / "own", tmp_path / "shipped"
    for folder in (own, shipped):
        folder.mkdir()
    (shipped / "shipped.toml").write_text(FILE)
    (own / "more.toml").write_text(FILE.replace('"launch"', '"other"').partition("\n\n")[0])
    ids = [event.event_id for event in load([own, shipped])]
    assert ids == ["other", "launch", "earnings"]
    (own / "shipped.toml").write_text("")
    assert [event.event_id for event in load([own, shipped])] == ["other"]
    (own / "shipped.toml").write_text(FILE.replace('"launch"', '"other"'))
    with pytest.raises(DefinitionError, match=r"shipped\.toml: event other: is in .*more\.toml"):
        load([own, shipped])


@pytest.mark.parametrize(
    ("old", "new", "finding"),
    [
        ('id = "launch"', 'id = "A launch"', "event[1].id: must be of small letters"),
        ('id = "launch"', 'id = "earnings"', "event: earnings is there twice"),
        ('title = "A launch"', 'title = " "', "event[1].title: must be a text"),
        ('title = "A launch"\n', "", "event[1].title: is missing"),
        (
            'kind = "product"',
            'kind = "product"\nkin = 1',
            "kin: is unknown here; did you mean kind?",
        ),
        ("2024-02-15T20:14:00+02:00", "2024-02-15T20:14:00", "announced_at: must be a time in UTC"),
        ("2024-02-15T20:14:00+02:00", '"2024-02-15"', "announced_at: must be a time in UTC"),
        ("2024-02-15T20:14:00+02:00", "20:14:00", "announced_at: must be a time in UTC"),
        ("2024-02-15T20:14:00+02:00", "0001-01-01T00:00:00+14:00", "is not between 2000 and 2199"),
        ("announced_at = 2024-02-21\n", "", "event[2].announced_at: is missing"),
        ('kind = "earnings"', 'kind = "earning"', "event[2].kind: 'earning' is unknown; known are"),
        ('"https://example.org/launch"', '"http://x"', "url: must begin with https://"),
        ("[[event]]", "[event]", "is not TOML"),
        ("[[event]]", "[[events]]", "events: is unknown here; did you mean event?"),
    ],
)
def test_what_is_wrong_is_named(old: str, new: str, finding: str) -> None:
    assert old in FILE
    with pytest.raises(DefinitionError) as caught:
        read("mine.toml", FILE.replace(old, new, 1).encode())
    [line] = str(caught.value).splitlines()
    assert finding in line
    assert line.startswith("mine.toml: ")


def test_shipped_events_have_a_document_that_names_their_day() -> None:
    events = {event.event_id: event for event in load([resources.EVENTS])}
    assert events["sora-demo"].announced_at == datetime(2024, 2, 15, 18, 14, 1)
    assert events["nvidia-2024-02"].announced_at == datetime(2024, 2, 21)
    for event in events.values():
        named = f"{event.announced_at:%Y-%m-%d}" in event.source
        assert named or event.event_id in ("chatgpt-launch", "asi-merger")


def test_the_time_of_a_post_is_in_its_id() -> None:
    # An id on X holds milliseconds since 2010-11-04 01:42:54.657 UTC above its lowest 22 bits.
    sora = next(one for one in load([resources.EVENTS]) if one.event_id == "sora-demo")
    post = next(int(word) for word in sora.source.split() if len(word) == 19 and word.isdigit())
    at = datetime.fromtimestamp(((post >> 22) + 1_288_834_974_657) // 1000, UTC)
    assert at.replace(tzinfo=None) == sora.announced_at
