"""CoinGecko's endpoints: paging, parameters, what is not accepted, and provenance."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from pipeline.budget import Usage
from pipeline.errors import BadAnswerError
from pipeline.extract import coingecko_requests as endpoints
from pipeline.extract.coingecko import PLANS
from pipeline.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pipeline.extract.coingecko import CoinGecko
    from tests.extract.conftest import Host  # noqa: TID251 - for its type only

MARKETS = "coins/markets"


def coins(*ids: str) -> list[dict[str, Any]]:
    return [{"id": one, "current_price": 1} for one in ids]


def pages(*lists: list[dict[str, Any]]) -> Callable[[Mapping[str, str]], list[dict[str, Any]]]:
    """A list of pages; after the last there are empty ones."""

    def page(parameters: Mapping[str, str]) -> list[dict[str, Any]]:
        number = int(parameters["page"])
        return lists[number - 1] if number <= len(lists) else []

    return page


def test_a_category_is_asked_for_page_by_page_until_an_empty_one(host: Host) -> None:
    host.answers[MARKETS] = pages(coins("a", "b"), coins("c"), coins("d"))
    fetched = endpoints.markets_of_category(host, "defai")
    assert len(fetched) == 3
    assert [parameters["page"] for _, parameters in host.asked] == ["1", "2", "3", "4"]
    assert host.asked[0][1] == {
        "vs_currency": "usd",
        "category": "defai",
        "order": "market_cap_desc",
        "per_page": "250",
        "page": "1",
        "precision": "full",
    }


def test_a_page_without_a_new_coin_is_the_end(host: Host) -> None:
    host.answers[MARKETS] = coins("a", "b")
    assert len(endpoints.markets_of_category(host, "defai")) == 1
    assert len(host.asked) == 2


def test_pages_that_never_end_are_given_up(host: Host) -> None:
    host.answers[MARKETS] = lambda parameters: coins(f"coin-{parameters['page']}")
    with pytest.raises(BadAnswerError, match="defai do not end within 120 pages"):
        endpoints.markets_of_category(host, "defai")
    assert len(host.asked) == 120


def test_coins_are_named_a_hundred_at_a_time(host: Host) -> None:
    ids = [f"coin-{n}" for n in range(201)]
    host.answers[MARKETS] = lambda parameters: coins(*parameters["ids"].split(","))
    fetched = endpoints.markets_of_coins(host, ids)
    asked = [parameters["ids"].split(",") for _, parameters in host.asked]
    assert [len(one) for one in asked] == [100, 100, 1]
    assert [one for part in asked for one in part] == ids
    assert {parameters["per_page"] for _, parameters in host.asked} == {"250"}
    assert {origin.dataset for _, origin in fetched} == {"markets/ids"}


def test_all_answers_of_a_unit_are_known_from_the_last_on(host: Host) -> None:
    last = host.at + timedelta(minutes=9)

    def slow(parameters: Mapping[str, str]) -> list[dict[str, Any]]:
        if parameters["page"] == "2":
            host.at = last
        return pages(coins("a"), coins("b"))(parameters)

    host.answers[MARKETS] = slow
    fetched = endpoints.markets_of_category(host, "defai")
    assert [origin.retrieved_at for _, origin in fetched] == [last, last]
    _, origin = fetched[0]
    assert origin.url.startswith("https://api.coingecko.com/api/v3/coins/markets")
    assert (origin.source, origin.entity, origin.dataset, origin.known_at) == (
        *("coingecko", "market", "markets/defai", None),
    )
    assert origin.citation == (
        "CoinGecko API, coins of the category defai, retrieved 2026-11-23 01:19 UTC"
    )


ROWS = [{"id": "a"}, {"id": None}, {}, "x"]


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ([], "an empty list"),
        ({}, "no list"),
        (None, "no list"),
        ({"error": "x"}, "no list"),
        (ROWS, "3 of 4 rows have no id"),
    ],
)
def test_a_first_page_without_coins_is_refused(host: Host, value: Any, reason: str) -> None:
    host.answers[MARKETS] = lambda _: value
    with pytest.raises(BadAnswerError, match=reason):
        endpoints.markets_of_category(host, "defai")
    with pytest.raises(BadAnswerError, match=reason):
        endpoints.markets_of_coins(host, ["a"])


def test_as_many_bad_rows_as_good_ones_are_left_to_the_parser(host: Host) -> None:
    host.answers[MARKETS] = pages([*coins("a"), {"id": 1}])
    assert len(endpoints.markets_of_category(host, "defai")) == 1


@pytest.mark.parametrize(
    ("ask", "path", "good", "bad"),
    [
        (
            endpoints.category_names,
            "coins/categories/list",
            [{"category_id": "gpu", "name": "GPU"}],
            [[], {}, [{"id": "gpu"}]],
        ),
        (endpoints.categories, "coins/categories", [{"id": "gpu"}], [[], None, [{"name": "x"}]]),
        (
            endpoints.overall,
            "global",
            {"data": {"total_market_cap": {"usd": 1}}},
            [[], {}, {"data": {}}, {"data": {"total_market_cap": {"eur": 1}}}],
        ),
    ],
)
def test_single_documents_are_what_they_should_be(
    host: Host, ask: Callable[[Host], list[Any]], path: str, good: Any, bad: list[Any]
) -> None:
    host.answers[path] = lambda _: good
    assert len(ask(host)) == 1
    for value in bad:
        host.answers[path] = lambda _, value=value: value
        with pytest.raises(BadAnswerError):
            ask(host)


# --- Charts ---------------------------------------------------------------------------------

NIGHT = datetime(2026, 11, 23, tzinfo=UTC)
RUNNING = NIGHT + timedelta(hours=1, minutes=9)


def chart(*moments: datetime, price: float | None = 1.0) -> dict[str, Any]:
    pairs = [[int(one.timestamp() * 1000), price] for one in moments]
    return {"prices": pairs, "market_caps": [], "total_volumes": []}


DAYS = (date(2026, 11, 20), date(2026, 11, 22))


def ask_daily(host: Host) -> list[Any]:
    return endpoints.daily_chart(host, "bittensor", DAYS, 4)


def test_daily_closes_are_asked_for_as_such(host: Host) -> None:
    host.answers["coins/bittensor/market_chart"] = chart(NIGHT - timedelta(days=1), NIGHT, RUNNING)
    [(_, origin)] = ask_daily(host)
    assert origin.dataset == "market_chart/bittensor"
    [(_, parameters)] = host.asked
    assert parameters == {
        "vs_currency": "usd",
        "days": "4",
        "interval": "daily",
        "precision": "full",
    }


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (chart(), "without a price"),
        (chart(NIGHT, price=None), "without a price"),
        (chart(NIGHT - timedelta(days=1), RUNNING), "without the close of 2026-11-22"),
        ({"prices": []}, "without a list of market_caps"),
        ([], "without a list of prices"),
    ],
)
def test_a_chart_must_reach_the_last_day(host: Host, value: Any, reason: str) -> None:
    host.answers["coins/bittensor/market_chart"] = lambda _: value
    with pytest.raises(BadAnswerError, match=reason):
        ask_daily(host)


def test_a_coin_may_be_younger_than_the_range(host: Host) -> None:
    for value in (chart(NIGHT, RUNNING), chart(RUNNING)):
        host.answers["coins/bittensor/market_chart"] = value
        assert len(ask_daily(host)) == 1


@pytest.mark.parametrize(
    ("value", "is_due", "reason"),
    [
        (chart(), True, "without a price"),
        (chart(), False, None),
        (chart(RUNNING, RUNNING + timedelta(hours=1)), False, "without a point at midnight"),
        (chart(NIGHT), True, None),
    ],
)
def test_a_range_has_points_at_midnight_and_none_only_before_the_coin_was(
    host: Host, value: Any, is_due: bool, reason: str | None
) -> None:
    host.answers["coins/bittensor/market_chart/range"] = value
    if reason is None:
        assert len(endpoints.range_chart(host, "bittensor", {}, is_due=is_due)) == 1
    else:
        with pytest.raises(BadAnswerError, match=reason):
            endpoints.range_chart(host, "bittensor", {}, is_due=is_due)


NOW = datetime(2026, 11, 23, 1, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("days", "first", "last"),
    [
        # Long enough for daily points already.
        ((date(2026, 1, 1), date(2026, 6, 30)), "2026-01-01T23:00", "2026-07-01T01:00"),
        # Widened forwards, then backwards where the present is in the way.
        ((date(2026, 1, 1), date(2026, 1, 1)), "2026-01-01T23:00", "2026-04-03T23:00"),
        ((date(2026, 11, 22), date(2026, 11, 22)), "2026-08-23T01:10", "2026-11-23T01:10"),
    ],
)
def test_the_free_range_is_in_whole_seconds_and_long_enough_to_be_daily(
    days: tuple[date, date], first: str, last: str
) -> None:
    parameters = endpoints.range_parameters(PLANS["demo"], days, NOW)
    assert parameters.keys() == {"from", "to"}
    start, end = (datetime.fromtimestamp(int(parameters[k]), UTC) for k in ("from", "to"))
    assert end <= NOW
    assert end - start > timedelta(days=90)
    # The closes that are wanted lie inside, whether or not the ends belong to it.
    closes = [datetime.combine(day + timedelta(days=1), time(), UTC) for day in days]
    assert start < closes[0] <= closes[1] < end
    assert [f"{one:%Y-%m-%dT%H:%M}" for one in (start, end)] == [first, last]


def test_the_paid_range_is_in_iso_dates_with_an_interval() -> None:
    days = date(2024, 2, 1), date(2024, 3, 31)
    assert endpoints.range_parameters(PLANS["pro"], days, NOW) == {
        "from": "2024-02-01T23:00",
        "to": "2024-04-01T01:00",
        "interval": "daily",
    }


# --- Usage ----------------------------------------------------------------------------------

KEY = Secret("CG-x")

# The documented example.
USAGE = {
    "plan": "Other",
    "rate_limit_request_per_minute": 1000,
    "monthly_call_credit": 1000000,
    "current_total_monthly_calls": 32,
    "current_remaining_monthly_calls": 999968,
    "api_key_rate_limit_request_per_minute": 500,
    "api_key_monthly_call_credit": 1000000,
    "api_key_current_total_monthly_calls": 8,
}


def usage_of(source: CoinGecko, host: Host) -> Usage:
    asked = source.access.usage
    assert asked is not None
    return asked(host)


def test_usage_is_known_for_paid_plans_only(host: Host, vendor: Callable[..., CoinGecko]) -> None:
    host.answers["key"] = USAGE
    assert vendor("demo", key=KEY).access.usage is None
    assert host.asked == []
    assert usage_of(vendor("pro", key=KEY), host) == Usage(500, 1000000, 32)
    host.answers["key"] = {"monthly_call_credit": None}
    assert usage_of(vendor("pro", key=KEY), host) == Usage(None, None, None)
    host.answers["key"] = []
    with pytest.raises(BadAnswerError, match="no usage"):
        usage_of(vendor("pro", key=KEY), host)
