"""Status and check: what is there, how old it is, what is broken, and the exit code of each."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from pipeline import extract
from pipeline.extract.documents import Document, Publisher

if TYPE_CHECKING:
    from tests.conftest import Command, Overlay  # noqa: TID251 - for its types only


class Stopped:
    """Stands where the program's one clock takes its time from."""

    def __init__(self, text: str) -> None:
        self._moment = datetime.fromisoformat(text)

    def now(self, zone: Any) -> datetime:
        return self._moment.astimezone(zone)


def test_a_home_that_is_well(run: Command) -> None:
    found = json.loads(run("check", "--payloads", "--json").out)
    assert {one["passed"] for one in found["checks"]} == {True}
    assert (found["payloads"], found["damaged_payloads"], found["sources"]) == (19, [], [])
    said = json.loads(run("status", "--json").out)
    assert (said["format"], said["content_hash"]) == (3, found["content_hash"])
    assert said["runs"][-1]["status"] == "ok"
    with duckdb.connect(run.published, read_only=True) as opened:
        tables = opened.execute(
            "select schema_name || '.' || table_name from duckdb_tables() "
            "where schema_name in ('staging', 'marts', 'estimates')"
        ).fetchall()
        counts = {
            name: opened.execute(f"select count(*) from {name}").fetchall()[0][0]
            for (name,) in tables
        }
    assert said["tables"] == counts


@pytest.mark.parametrize(
    ("hours", "state", "code"), [(1, "fresh", 0), (40, "late", 0), (73, "stale", 10)]
)
def test_a_source_that_gave_nothing_for_long(
    monkeypatch: pytest.MonkeyPatch, fresh: Command, hours: int, state: str, code: int
) -> None:
    # A row in the published file's own list of sources, and books that know of it.
    at = datetime(2026, 11, 23, 12, tzinfo=UTC)
    fresh.published.chmod(0o644)
    with duckdb.connect(fresh.published) as opened:
        opened.execute(
            "insert into marts.source by name select 'coingecko' as source, 'global' as dataset, "
            "'global' as entity, ?::timestamp - to_hours(?) as seen_at",
            [at.replace(tzinfo=None), hours],
        )
        opened.execute(
            "update capbrief.partition set n_rows = n_rows + 1 where table_name = 'marts.source'"
        )
    monkeypatch.setattr("pipeline.console.datetime", Stopped(at.isoformat()))
    ended = fresh("status", "--json")
    assert ended.code == code
    assert [(one["source"], one["state"]) for one in json.loads(ended.out)["sources"]] == [
        ("coingecko", state)
    ]
    assert ("hours ago; run 'capbrief run'" in ended.message) is (code == 10)


def test_limits_of_age_are_settings(monkeypatch: pytest.MonkeyPatch, run: Command) -> None:
    monkeypatch.setenv("CAPBRIEF_FRESHNESS__ERROR_HOURS", "10")
    ended = run("status")
    assert ended.code == 2
    assert "CAPBRIEF_FRESHNESS__WARN_HOURS: 36 is over" in ended.message


def test_a_failed_check_is_shown_with_the_others(run: Command, overlay: Overlay) -> None:
    text = "-- description: Never passes. One row.\nselect 1 as x, 'why' as y"
    ended = run("check", "--json", "--overlay", overlay("sql/checks/token__never.sql", text))
    assert ended.code == 7
    assert "checks.token__never: 1 bad rows" in ended.message
    found = {one["check"]: one for one in json.loads(ended.out)["checks"]}
    assert found["checks.token__never"] == {
        "check": "checks.token__never",
        "passed": False,
        "bad_rows": 1,
        "sample": ["x=1, y=why"],
    }
    assert len([one for one in found.values() if one["passed"]]) == len(found) - 1


def test_a_payload_that_is_damaged_is_named(fresh: Command) -> None:
    damaged, missing = sorted(fresh.home.glob("payloads/??/*.zst"))[:2]
    damaged.chmod(0o644)
    damaged.write_bytes(damaged.read_bytes()[:-4])
    missing.unlink()
    assert fresh("check").code == 0
    ended = fresh("check", "--payloads", "--json")
    assert ended.code == 8
    assert len(ended.message.splitlines()) == 2
    assert damaged.name in ended.message
    assert missing.name in ended.message
    assert len(json.loads(ended.out)["damaged_payloads"]) == 2


def test_estimates_of_a_month(run: Command) -> None:
    found = json.loads(run("estimate", "base", "--json").out)
    assert {one["scenario_id"] for rows in found.values() for one in rows} == {"base"}
    with duckdb.connect(run.published, read_only=True) as opened:
        wanted = opened.execute(
            "select quantity, p50 from estimates.demand_month "
            "where scenario_id = 'base' and month_index = 0 order by all"
        ).fetchall()
    assert [(one["quantity"], one["p50"]) for one in found["demand"]] == wanted
    assert found["supply"][0]["fleet_quarter_end"] == "2024-03-31"
    later = json.loads(run("estimate", "base", "--month", "2025-04", "--json").out)
    assert {one["month_date"] for one in later["demand"]} == {"2025-04-01"}


def test_estimates_know_nothing_later(run: Command) -> None:
    ended = run("estimate", "base", "--json", "--as-of", "2024-04-03")
    assert json.loads(ended.out)["supply"][0]["fleet_quarter_end"] is None


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nope"], "nope: no scenario of that name; there is base,"),
        (["--month", "2050-01"], "2050-01: estimates are from 2024-04 to"),
    ],
)
def test_an_estimate_that_there_is_not(run: Command, arguments: list[str], said: str) -> None:
    ended = run("estimate", *arguments)
    assert (ended.code, ended.out) == (2, "")
    assert said in ended.message


def test_an_optional_source_may_be_as_old_as_its_rhythm_and_ends_nothing(
    monkeypatch: pytest.MonkeyPatch, fresh: Command
) -> None:
    house = Publisher("house", "House", "House of Data", "facts", "https://house.example", 10)
    weekly = Document("chips", "chips", ("chip",), ("chips.csv",), every_days=7)
    monkeypatch.setattr(extract, "PUBLISHERS", ((house, (weekly,), {}),))
    at = datetime(2026, 11, 23, 12, tzinfo=UTC)
    monkeypatch.setattr("pipeline.console.datetime", Stopped(at.isoformat()))
    fresh.published.chmod(0o644)
    for hours, state in ((170, "fresh"), (190, "late"), (230, "stale")):
        with duckdb.connect(fresh.published) as opened:
            opened.execute("delete from marts.source where source = 'house'")
            opened.execute(
                "insert into marts.source by name select 'house' as source, 'chips' as dataset, "
                "'chip' as entity, ?::timestamp - to_hours(?) as seen_at",
                [at.replace(tzinfo=None), hours],
            )
            opened.execute(
                "update capbrief.partition set n_rows = (select count(*) from marts.source) "
                "where table_name = 'marts.source'"
            )
        ended = fresh("status", "--json")
        assert ended.code == 0
        (told,) = json.loads(ended.out)["sources"]
        assert (told["source"], told["state"], told["need"]) == ("house", state, "optional")
