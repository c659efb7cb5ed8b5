"""Pages that do not add up, answers out of time, and broken or dated protocol (F20, F22 to F24)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import CoinGecko  # noqa: TID251 - for its types only
    from tests.faults.conftest import Clock, Home  # noqa: TID251 - for its types only

MARKETS = "/coins/markets"
AI = "markets/artificial-intelligence"
OF_AI = {"category": "artificial-intelligence"}


def membership(good: Home) -> tuple[Any, ...]:
    """Status, size, and who entered and left, of the counted category on the second day."""
    (row,) = good.rows(
        "select status, n_members, entered, left_ from membership "
        f"where dataset = '{AI}' and seen_date = '2026-11-23'"
    )
    return (*row[:2], json.loads(row[2]), json.loads(row[3]))


def pages(coingecko: CoinGecko) -> list[str]:
    """The pages of the counted category that were asked for, in order."""
    asked = [one["query"] for one in coingecko.requests if one["path"] == MARKETS]
    return [query["page"] for query in asked if OF_AI.items() <= query.items()]


# --- F20: paging ------------------------------------------------------------------------------


def test_f20_short_pages_are_no_end(good: Home, coingecko: CoinGecko) -> None:
    coingecko.fail(MARKETS, "short_pages", size=50)
    assert good("fetch").code == 0
    assert membership(good) == ("accepted", 316, [], [])
    assert pages(coingecko) == ["1", "2", "3", "4", "5", "6", "7", "8"]
    good.must_have_lost_nothing()


def test_f20_a_coin_that_comes_on_two_pages_is_one_member(good: Home, coingecko: CoinGecko) -> None:
    # The second page begins one row earlier, and so has the last coin of the first.
    coingecko.fail(MARKETS, "duplicates", when=OF_AI)
    assert good("fetch").code == 0
    assert membership(good) == ("accepted", 316, [], [])
    good.must_have_lost_nothing()


def test_f20_a_coin_that_is_passed_over_is_told_as_one_that_left(
    good: Home, coingecko: CoinGecko
) -> None:
    coingecko.fail(MARKETS, "holes", when=OF_AI)
    assert good("fetch").code == 0
    status, n_members, entered, left = membership(good)
    assert (status, n_members, entered, len(left)) == ("accepted", 315, [], 1)
    good.must_have_lost_nothing()


def test_f20_the_first_page_over_and_over_ends_the_list_and_is_not_believed(
    good: Home, coingecko: CoinGecko
) -> None:
    coingecko.fail(MARKETS, "repeat_page_one", when=OF_AI)
    ended = good("fetch")
    assert ended.code == 7
    assert f"{AI}: 0 entered and 66 left of 316 members, over a fifth" in ended.message
    assert pages(coingecko) == ["1", "2"]
    assert membership(good)[0] == "held"
    good.must_have_lost_nothing()


def test_f20_old_coins_without_end_end_the_list(
    overcome: Callable[..., None], coingecko: CoinGecko
) -> None:
    overcome(MARKETS, "endless_pages", 100, fresh=False, when=OF_AI)
    assert pages(coingecko) == ["1", "2", "3"]


def test_f20_new_coins_without_end_meet_a_ceiling(
    good: Home, coingecko: CoinGecko, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.extract.coingecko_requests.MOST_PAGES", 5)
    coingecko.fail(MARKETS, "endless_pages", when=OF_AI)
    ended = good("fetch")
    assert ended.code == 6
    assert "the coins of the category artificial-intelligence do not end within 5 pages" in (
        ended.message
    )
    assert pages(coingecko) == ["1", "2", "3", "4", "5"]
    assert AI not in good.had()
    assert "markets/ai-meme-coins" in good.had()
    good.must_have_lost_nothing()


# --- F22: answers of another time -------------------------------------------------------------


def test_f22_coins_of_two_days_ago_are_not_taken_for_those_of_today(
    good: Home, coingecko: CoinGecko
) -> None:
    coingecko.fail(MARKETS, "stale", hours=48)
    ended = good("run", "--no-report")
    assert ended.code == 6
    assert "CoinGecko updated its newest row 48 hours ago; run again later" in ended.message
    good.must_have_lost_nothing()


def test_f22_a_chart_of_two_days_ago_is_no_chart_of_today(good: Home, coingecko: CoinGecko) -> None:
    coingecko.fail("/coins/near/", "stale", hours=48)
    ended = good("fetch")
    assert ended.code == 3
    assert "is a chart without the close of 2026-11-22 (2 tries)" in ended.message
    assert "market_chart/near" not in good.had()
    good.must_have_lost_nothing()


def test_f22_an_older_answer_changes_nothing_of_the_newer_one(
    good: Home, coingecko: CoinGecko, clock: Clock
) -> None:
    assert good("fetch").code == 0
    before = good.rows("select * from retrieval order by rowid")
    coingecko.fail("/", "stale", hours=24)
    good("fetch", "--refresh")
    assert good.rows("select * from retrieval order by rowid")[: len(before)] == before


def test_f22_coins_from_the_future_are_not_believed(good: Home, coingecko: CoinGecko) -> None:
    coingecko.fail(MARKETS, "future")
    ended = good("fetch")
    assert ended.code == 7
    assert f"{AI}: 299 of 316 rows do not fit: last_updated: lies in the future" in ended.message
    assert "What was there before stays" in ended.message
    assert AI not in good.had()
    good.must_have_lost_nothing()


# --- F23: broken protocol ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "details", "said"),
    [
        ("many_headers", {"count": 300}, "has headers beyond all bounds"),
        ("big_header", {"bytes": 100_000}, "has headers beyond all bounds"),
        ("bad_chunk", {"text": "zz"}, "is cut into chunks of impossible sizes"),
        ("bad_chunk", {"text": "-5"}, "breaks the rules of HTTP"),
        ("bad_chunk", {"text": "fffffffffffffffffff"}, "broke off"),
    ],
)
def test_f23_an_answer_against_the_protocol_fails_its_unit(
    good: Home, coingecko: CoinGecko, fault: str, details: dict[str, Any], said: str
) -> None:
    coingecko.fail(MARKETS, fault, when=OF_AI, **details)
    ended = good("fetch")
    assert ended.code == 6
    assert said in ended.message
    assert AI not in good.had()
    assert len(good.had()) == 9
    good.must_have_lost_nothing()


# --- F24: an interface that ends --------------------------------------------------------------


def test_f24_the_end_of_the_interface_is_announced_once(good: Home, coingecko: CoinGecko) -> None:
    coingecko.fail("/", "sunset")
    ended = good("fetch")
    assert ended.code == 0
    (told,) = [line for line in ended.log if line["event"] == "deprecated"]
    assert told["sunset"] == "Sun, 21 Feb 2027 01:10:00 GMT"
    assert told["deprecation"] == "@1767225600"
    assert str(told["url"]).startswith(coingecko.url)
    good.must_have_lost_nothing()
