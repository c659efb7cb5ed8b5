"""F45, F46: a clock that is wrong or jumps, days of other lengths, and one that goes on."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.faults.conftest import DAY_TWO  # noqa: TID251 - its time

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import CoinGecko, Ended  # noqa: TID251 - for its types only
    from tests.faults.conftest import Clock, Home, Start  # noqa: TID251 - for its types only


def moved(text: str, by: timedelta) -> str:
    return (datetime.fromisoformat(text) + by).isoformat()


def skews(ended: Ended) -> list[object]:
    return [line["ahead_s"] for line in ended.log if line["event"] == "clock_skew"]


@pytest.mark.parametrize("minutes", [-4, 5], ids=["behind", "ahead"])
def test_f45_a_clock_that_is_minutes_wrong_is_said_once(
    good: Home, coingecko: CoinGecko, minutes: int
) -> None:
    coingecko.set(now=moved(DAY_TWO, timedelta(minutes=-minutes)))
    ended = good("fetch")
    assert (ended.code, ended.message) == (0, "")
    assert skews(ended) == [60 * minutes]
    good.must_have_lost_nothing()


@pytest.mark.parametrize(
    ("hours", "said"), [(-30, "30.0 hours behind"), (3, "3.0 hours ahead of")], ids=["back", "on"]
)
@pytest.mark.parametrize("command", ["fetch", "run"])
def test_f45_a_clock_that_is_hours_wrong_is_refused_at_the_first_answer(
    good: Home, coingecko: CoinGecko, command: str, hours: int, said: str
) -> None:
    """What would come is of another day than this machine believes, and would stay there."""
    coingecko.set(now=moved(DAY_TWO, timedelta(hours=-hours)))
    ended = good(command)
    assert ended.code == 6
    assert f"the clock of this machine is {said} the host's; nothing of it was" in ended.message
    assert "set the clock" in ended.message
    assert len(ended.message.splitlines()) == 1
    assert skews(ended) == [3600 * hours]
    assert len(coingecko.requests) == 1
    good.must_be_unchanged()


def test_f45_after_a_wrong_clock_was_set_right_nothing_is_missing(
    good: Home,
    coingecko: CoinGecko,
    clock: Clock,
    undisturbed: dict[str, Any],
    facts_of: Callable[[Home], dict[str, Any]],
) -> None:
    coingecko.set(now=moved(DAY_TWO, timedelta(days=-400)))
    assert good("fetch").code == 6
    clock.forget()
    assert good("fetch").code == 0
    assert facts_of(good) == undisturbed


def test_f45_a_clock_days_ahead_makes_no_gap_of_days_that_are_still_to_come(
    good: Home, coingecko: CoinGecko, clock: Clock
) -> None:
    before = good.rows("select source, dataset, first_date, last_date from gap order by gap_id")
    clock.at(moved(DAY_TWO, timedelta(days=3)))
    coingecko.set(now=DAY_TWO)
    ended = good("fetch")
    assert ended.code == 6
    assert "72.0 hours ahead of" in ended.message
    after = good.rows("select source, dataset, first_date, last_date from gap order by gap_id")
    assert after == before


def test_f45_a_clock_that_goes_back_a_little_between_two_runs_asks_nothing_twice(
    good: Home, coingecko: CoinGecko, clock: Clock
) -> None:
    """As at the end of summer time, where a schedule of local time runs twice, or a leap second."""
    assert good("run", "--no-report").code == 0
    asked = len(coingecko.requests)
    published = (good.path / "warehouse" / "warehouse.duckdb").resolve()
    clock.at(moved(DAY_TWO, timedelta(minutes=-55)))
    ended = good("run", "--no-report")
    assert (ended.code, ended.message) == (0, "")
    assert len(coingecko.requests) == asked
    again = good("sql", "select count(*), count(distinct run_id) from marts.run", "--csv")
    assert again.out.splitlines()[1] == "3,3"
    assert (good.path / "warehouse" / "warehouse.duckdb").resolve() != published


def test_f45_an_hour_that_comes_twice_or_never_is_one_day_in_every_zone(
    good: Home, coingecko: CoinGecko, start: Start
) -> None:
    """Days are of UTC: a schedule at 02:30 in New York on 2026-11-01 would come twice."""
    for zone, calls in (("America/New_York", 13), ("Pacific/Kiritimati", 0), ("Asia/Kolkata", 0)):
        before = len(coingecko.requests)
        process = start("run", "--no-report", TZ=zone)
        process.communicate(timeout=120)
        assert process.returncode == 0
        assert len(coingecko.requests) - before == calls


def test_f46_a_day_that_goes_on_has_no_close(good: Home, clock: Clock) -> None:
    """The vendor's last point of a series is the price of now, and moves until the day is over."""
    days = []
    for at in (DAY_TWO, "2026-11-23T23:50:00+00:00", "2026-11-24T01:10:00+00:00"):
        clock.at(at)
        assert good("run", "--no-report").code == 0
        ended = good(
            "sql", "select max(price_date), count(*) from staging.coingecko__chart", "--csv"
        )
        days.append(ended.out.splitlines()[1].split(","))
    assert [day for day, _ in days] == ["2026-11-22", "2026-11-22", "2026-11-23"]
    assert int(days[2][1]) - int(days[1][1]) == 4
