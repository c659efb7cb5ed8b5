"""Which closes are asked for: the daily catch-up, and the history on demand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from pipeline.errors import BadAnswerError
from pipeline.source import Gap, Unit, Wanted

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipeline.extract.coingecko import CoinGecko
    from tests.extract.conftest import Host, Past  # noqa: TID251 - for their types only

NOW = datetime(2026, 11, 23, 1, 10, tzinfo=UTC)
LAST = date(2026, 11, 22)
WANTED = Wanted(now=NOW)
AI, MEMES = "markets/artificial-intelligence", "markets/ai-meme-coins"


def ago(days: int) -> date:
    return LAST - timedelta(days=days)


def charts(source: CoinGecko, past: Past, wanted: Wanted = WANTED) -> dict[str, Unit]:
    return {
        item.dataset.partition("/")[2]: item
        for item in source.plan(past, wanted)
        if isinstance(item, Unit) and item.dataset.startswith("market_chart/")
    }


def coin(coin_id: str, cap: float | None, **other: Any) -> dict[str, Any]:
    return {"id": coin_id, "market_cap": cap, **other}


@pytest.fixture
def source(vendor: Callable[..., CoinGecko]) -> CoinGecko:
    return vendor()


# --- Of which coins -------------------------------------------------------------------------


def test_named_coins_and_the_largest_that_count(source: CoinGecko, past: Past) -> None:
    past.brought = {
        AI: [
            [coin("bittensor", 10), coin("usd-coin", 1e9), coin("wrapped-tao", 9)],
            [coin("near", 30), coin("fetch-ai", 20), coin("unknown", None), coin("zero", 0)],
            [coin("near", 30)],
        ],
        MEMES: [[coin("turbo", 1e6)]],
    }
    # The rule keeps two: not the excluded stablecoin, not the twin, not a meme.
    assert list(charts(source, past)) == ["bitcoin", "render-token", "near", "fetch-ai"]


def test_a_coin_that_lately_was_large_is_kept_up(source: CoinGecko, past: Past) -> None:
    past.had = {
        "market_chart/fallen": [(ago(80), ago(29))],
        "market_chart/forgotten": [(ago(80), ago(30))],
    }
    assert list(charts(source, past)) == ["bitcoin", "render-token", "fallen"]


def test_a_coin_that_is_unknown_to_the_vendor_is_asked_for_again_only_on_demand(
    source: CoinGecko, past: Past
) -> None:
    past.missing = [
        Gap("market_chart/render-token", ago(9), None, "404"),
        Gap("market_chart/bitcoin", ago(99), ago(98), "too old"),
    ]
    assert list(charts(source, past)) == ["bitcoin"]
    assert "render-token" in charts(source, past, replace(WANTED, refresh=True))


# --- Of which days --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "last"),
    [
        ("2026-11-23T00:39:59+00:00", date(2026, 11, 21)),
        ("2026-11-23T00:40:00+00:00", date(2026, 11, 22)),
        ("2026-11-23T23:59:59+00:00", date(2026, 11, 22)),
        ("2026-11-23T01:00:00+02:00", date(2026, 11, 21)),
    ],
)
def test_a_day_is_complete_when_the_vendor_says_so(
    source: CoinGecko, past: Past, now: str, last: date
) -> None:
    wanted = replace(WANTED, now=datetime.fromisoformat(now))
    assert charts(source, past, wanted)["bitcoin"].days == (last - timedelta(days=29), last)


@pytest.mark.parametrize(
    ("had", "first"),
    [
        ([(ago(99), ago(1))], ago(3)),  # yesterday, and three days again
        ([(ago(99), ago(7))], ago(6)),
        ([(ago(99), ago(20)), (ago(10), ago(1))], ago(19)),  # a hole
        ([(ago(99), ago(50))], ago(29)),  # no further back than the catch-up
    ],
)
def test_missing_days_are_had_with_the_last_ones_again(
    source: CoinGecko, past: Past, had: list[tuple[date, date]], first: date
) -> None:
    past.had["market_chart/bitcoin"] = had
    assert charts(source, past)["bitcoin"].days == (first, LAST)


def test_what_is_whole_is_left_alone(source: CoinGecko, past: Past) -> None:
    past.had["market_chart/bitcoin"] = [(ago(40), ago(12)), (ago(11), LAST)]
    assert list(charts(source, past)) == ["render-token"]
    again = charts(source, past, replace(WANTED, refresh=True, max_catchup_days=5))
    assert again["bitcoin"].days == (ago(4), LAST)


def test_the_oldest_missing_day_comes_first(source: CoinGecko, past: Past) -> None:
    past.had = {
        "market_chart/bitcoin": [(ago(40), ago(1))],
        "market_chart/fallen": [(ago(40), ago(8))],
    }
    assert list(charts(source, past)) == ["render-token", "fallen", "bitcoin"]


def test_one_call_brings_all_days(source: CoinGecko, past: Past, host: Host) -> None:
    unit = charts(source, past, replace(WANTED, max_catchup_days=3))["render-token"]
    assert (unit.calls, unit.is_required, unit.days) == (1, False, (ago(3), LAST))
    midnight = int(datetime(2026, 11, 23, tzinfo=UTC).timestamp() * 1000)
    host.answers["coins/render-token/market_chart"] = {
        "prices": [[midnight, 1.0]],
        "market_caps": [],
        "total_volumes": [],
    }
    assert len(list(unit.fetch(host))) == 1
    # The close of 19 November is the point of 20 November, four days before the first moment
    # of a run that goes on past midnight.
    assert host.asked[0][1]["days"] == "5"


def test_a_long_catch_up_stays_within_the_plan(
    vendor: Callable[..., CoinGecko], past: Past, host: Host
) -> None:
    wanted = replace(WANTED, max_catchup_days=1000)
    assert charts(vendor(), past, wanted)["bitcoin"].days == (date(2025, 11, 24), LAST)
    assert charts(vendor("pro"), past, wanted)["bitcoin"].days == (ago(999), LAST)


# --- History on demand ----------------------------------------------------------------------


def backfill(source: CoinGecko, past: Past, first: date, last: date, *ids: str) -> list[Any]:
    wanted = replace(WANTED, days=(first, last), coin_ids=ids)
    return [
        (item.dataset.partition("/")[2], item.days)
        if isinstance(item, Unit)
        else (item.dataset.partition("/")[2], item.first_date, item.last_date, item.reason)
        for item in source.plan(past, wanted)
    ]


def test_history_is_asked_for_coin_by_coin_and_nothing_else(source: CoinGecko, past: Past) -> None:
    first, last = date(2026, 2, 1), date(2026, 3, 31)
    assert backfill(source, past, first, last) == [
        ("bitcoin", (first, last)),
        ("render-token", (first, last)),
    ]
    assert backfill(source, past, first, last, "near", "near") == [("near", (first, last))]


def test_what_was_had_is_not_asked_for_again(source: CoinGecko, past: Past) -> None:
    first, last = date(2026, 2, 1), date(2026, 3, 31)
    past.had["market_chart/near"] = [(date(2026, 2, 10), date(2026, 2, 20))]
    assert backfill(source, past, first, last, "near") == [
        ("near", (first, date(2026, 2, 9))),
        ("near", (date(2026, 2, 21), last)),
    ]
    past.had["market_chart/near"].append((first, date(2026, 5, 1)))
    assert backfill(source, past, first, last, "near") == []


def test_what_the_plan_does_not_reach_is_a_gap_once(source: CoinGecko, past: Past) -> None:
    first = date(2024, 2, 1)
    reason = "older than the plan's history of 365 days"
    assert backfill(source, past, first, LAST, "near") == [
        ("near", first, date(2025, 11, 23), reason),
        ("near", (date(2025, 11, 24), LAST)),
    ]
    past.missing = [Gap("market_chart/near", first, date(2025, 11, 20), reason)]
    past.had["market_chart/near"] = [(date(2025, 11, 22), LAST)]
    assert backfill(source, past, first, LAST, "near") == [
        ("near", date(2025, 11, 21), date(2025, 11, 21), reason)
    ]


def test_a_paid_plan_reaches_back_in_pieces_of_a_year(
    vendor: Callable[..., CoinGecko], past: Past
) -> None:
    parts = backfill(vendor("pro"), past, date(2024, 1, 1), date(2026, 12, 31), "near")
    assert [days for _, days in parts] == [
        (date(2024, 1, 1), date(2024, 12, 30)),
        (date(2024, 12, 31), date(2025, 12, 30)),
        (date(2025, 12, 31), LAST),
    ]
    limited = vendor("pro", history_days=730)
    assert backfill(limited, past, date(2020, 1, 1), date(2020, 1, 2), "near") == [
        ("near", *(date(2020, 1, 1), date(2020, 1, 2)), "older than the plan's history of 730 days")
    ]


@pytest.mark.parametrize(
    ("row", "is_due"),
    [
        (coin("near", 1, ath_date="2022-01-16T22:09:45Z", atl_date="2020-11-04T16:09:15Z"), True),
        (coin("near", 1, ath_date="2026-10-01T00:00:00Z", atl_date=None), False),
        (coin("near", 1), False),
    ],
)
def test_no_close_at_all_is_an_answer_only_for_a_coin_that_was_not_there(
    source: CoinGecko, past: Past, host: Host, row: dict[str, Any], is_due: bool
) -> None:
    past.brought[AI] = [[row]]
    host.answers["coins/near/market_chart/range"] = {
        "prices": [],
        "market_caps": [],
        "total_volumes": [],
    }
    wanted = replace(WANTED, days=(date(2026, 2, 1), date(2026, 3, 31)), coin_ids=("near",))
    [unit] = source.plan(past, wanted)
    assert isinstance(unit, Unit)
    if is_due:
        with pytest.raises(BadAnswerError, match="without a price"):
            unit.fetch(host)
    else:
        assert len(list(unit.fetch(host))) == 1
