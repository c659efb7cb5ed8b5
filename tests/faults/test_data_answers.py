"""Answers that cannot be believed as a whole: refused, asked once more, and nothing is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.conftest import CoinGecko  # noqa: TID251 - for its types only
    from tests.faults.conftest import Clock, Home  # noqa: TID251 - for its types only

AI = "artificial-intelligence"
MARKETS = "/coins/markets"
FIRST_PAGE = {"category": AI, "page": "1"}
# Later sources of a run, which one broken list must not keep from being had.
OTHERS = {"categories/list", "categories", "markets/ai-meme-coins", "markets/ids", "global"}


def asked(coingecko: CoinGecko, **query: str) -> int:
    """How often pages with these parameters were asked for."""
    return sum(query.items() <= one["query"].items() for one in coingecko.requests)


def test_f25_numbers_that_are_none_have_the_body_refused(
    good: Home, coingecko: CoinGecko, clock: Clock
) -> None:
    cases: list[tuple[str, dict[str, Any], str]] = [
        ("nan", {}, "holds NaN, which is no number"),
        ("infinity", {"field": "market_cap"}, "holds -Infinity, which is no number"),
        ("huge_number", {"field": "ath"}, "has a number beyond float64"),
        ("literal", {"field": "market_cap", "text": "9" * 400}, "has a number beyond float64"),
    ]
    for fault, details, reason in cases:
        clock.forget()
        coingecko.fail(MARKETS, fault, when=FIRST_PAGE, **details)
        ended = good("fetch")
        assert ended.code == 6
        assert "/coins/markets: the answer " + reason in ended.message
        assert "run again later" in ended.message
        assert ended.message.count("\n") == 0
        assert asked(coingecko, **FIRST_PAGE) == 2
        assert f"markets/{AI}" not in good.had()
        good.must_have_lost_nothing()
    # What else there was is kept: the next fetch asks for the rest only.
    assert good.had() >= OTHERS
    # The beginning of what was refused can be looked at.
    samples = good.rows("select reason, sample from bad_answer")
    assert ["NaN" in sample for reason, sample in samples if "holds NaN" in reason] == [True, True]


def test_f25_a_nan_in_a_chart_is_that_coins_affair_alone(good: Home, coingecko: CoinGecko) -> None:
    coingecko.fail("/coins/near/market_chart", "nan")
    ended = good("fetch")
    assert ended.code == 3
    assert ended.message.startswith("market_chart/near: ")
    assert "holds NaN" in ended.message
    assert "market_chart/bittensor" in good.had()
    assert "market_chart/near" not in good.had()
    good.must_have_lost_nothing()


@pytest.mark.parametrize(
    ("fault", "details", "reason"),
    [
        ("duplicate_keys", {}, "has a key twice in one object"),
        ("bom", {}, "begins with a byte order mark"),
        ("trailing_bytes", {}, "is broken at character"),
        ("deep_nesting", {}, "is nested more than 64 levels deep"),
        ("latin1", {}, "is not UTF-8 at byte"),
    ],
)
def test_f26_what_is_no_json_is_asked_for_once_more_and_refused(
    good: Home, coingecko: CoinGecko, fault: str, details: dict[str, Any], reason: str
) -> None:
    coingecko.fail(MARKETS, fault, when=FIRST_PAGE, **details)
    ended = good("fetch")
    assert ended.code == 6
    assert reason in ended.message
    assert asked(coingecko, **FIRST_PAGE) == 2
    assert f"markets/{AI}" not in good.had()
    good.must_have_lost_nothing()


def test_f26_the_second_answer_counts(
    good: Home, coingecko: CoinGecko, undisturbed: Any, facts_of: Any
) -> None:
    coingecko.fail(MARKETS, "trailing_bytes", 1, when=FIRST_PAGE)
    coingecko.fail("/coins/near/market_chart", "nan", 1)
    assert good("fetch").code == 0
    assert asked(coingecko, **FIRST_PAGE) == 2
    assert facts_of(good) == undisturbed


def test_f27_a_new_field_is_told_once_and_kept(good: Home, coingecko: CoinGecko) -> None:
    # In each of the lists that a fetch asks for, and on both pages of the long one.
    coins = ("bittensor", "bitcoin", "render-token", "hostile-1")
    coingecko.set(coins={one: {"mood": "calm", "vibe": {"x": 1}} for one in coins})
    ended = good("fetch")
    assert ended.code == 0
    told = [line for line in ended.log if line["event"] == "schema_new_field"]
    assert [(line["entity"], line["field"]) for line in told] == [
        ("market", "mood"),
        ("market", "vibe"),
    ]
    good.must_have_lost_nothing()


@pytest.mark.parametrize("name", ["current_price", "market_cap", "last_updated"])
def test_f28_a_vital_field_gone_from_every_row_stops_the_fetch(
    good: Home, coingecko: CoinGecko, name: str
) -> None:
    coingecko.fail(MARKETS, "missing_field", when={"category": AI}, field=name)
    ended = good("fetch")
    assert ended.code == 7
    assert f"no row has '{name}' any more" in ended.message
    assert "a newer capbrief may read it" in ended.message
    assert f"markets/{AI}" not in good.had()
    good.must_have_lost_nothing()
    # A run that is told so builds nothing.
    assert good("run", "--no-report").code == 7
    good.must_have_lost_nothing()


def test_f28_lists_without_ids_or_series_are_asked_for_again(
    good: Home, coingecko: CoinGecko
) -> None:
    coingecko.fail(MARKETS, "missing_field", when={"category": AI}, field="id")
    coingecko.fail("/coins/near/market_chart", "missing_field", field="market_caps")
    ended = good("fetch")
    assert ended.code == 6
    assert "rows have no id" in ended.message
    failed = {line["dataset"]: line for line in ended.log if line["event"] == "unit_failed"}
    assert failed.keys() == {f"markets/{AI}", "market_chart/near"}
    assert "a chart without a list of market_caps" in str(failed["market_chart/near"]["reason"])
    good.must_have_lost_nothing()


def test_f29_numbers_as_text_throughout_are_not_believed(good: Home, coingecko: CoinGecko) -> None:
    coingecko.fail(MARKETS, "string_numbers", when={"category": AI}, field="market_cap")
    coingecko.fail("/coins/near/market_chart", "string_numbers")
    ended = good("fetch")
    assert ended.code == 7
    assert "rows do not fit: market_cap: not a number" in ended.message
    assert "What was there before stays" in ended.message
    assert {f"markets/{AI}", "market_chart/near"}.isdisjoint(good.had())
    good.must_have_lost_nothing()


def test_f30_stamps_in_seconds_are_no_chart(good: Home, coingecko: CoinGecko) -> None:
    coingecko.fail("/coins/near/market_chart", "seconds_for_milliseconds")
    ended = good("fetch")
    assert ended.code == 3
    assert "a chart without the close of 2026-11-22" in ended.message
    assert "market_chart/near" not in good.had()
    good.must_have_lost_nothing()


@pytest.mark.parametrize("fault", ["cents", "percent_as_fraction"])
def test_f30_another_unit_in_the_market_pages_stops_the_publication(
    good: Home, coingecko: CoinGecko, fault: str
) -> None:
    coingecko.fail(MARKETS, fault)
    ended = good("run", "--no-report")
    assert ended.code == 7
    assert "in another unit. What was there before stays" in ended.message
    good.must_have_lost_nothing()
    # Nothing of it was kept, so that the next run is right when the vendor is.
    coingecko.reset()
    assert good("run", "--no-report").code == 0


def test_f29_an_optional_answer_that_does_not_fit_does_not_stop_the_run(
    good: Home, coingecko: CoinGecko
) -> None:
    coingecko.fail("/global", "text_number", field="markets", text="N/A")
    ended = good("run", "--no-report")
    assert ended.code in (0, 3), ended.message


def test_f34_a_category_that_vanished_stops_the_fetch_and_names_the_nearest(
    good: Home, coingecko: CoinGecko
) -> None:
    # Renamed: the old id is in no list any more, and a new one has the members.
    coingecko.set(categories={AI: None}, members={"artificial-intelligence-ai": ["near"]})
    ended = good("fetch")
    assert ended.code == 7
    assert "live.toml: 'artificial-intelligence' is no category of CoinGecko any more" in (
        ended.message
    )
    assert "the nearest is 'artificial-intelligence-ai'" in ended.message
    # It is not asked for in vain, and everything else is had.
    assert asked(coingecko, category=AI) == 0
    assert good.had() >= OTHERS
    assert good("run", "--no-report").code == 7
    good.must_have_lost_nothing()
    assert f"markets/{AI}" not in good.had()


def test_f34_a_shown_category_that_vanished_is_only_missing(
    good: Home, coingecko: CoinGecko
) -> None:
    coingecko.set(categories={"ai-meme-coins": None})
    ended = good("fetch")
    assert ended.code == 3
    assert "'ai-meme-coins' is no category of CoinGecko any more" in ended.message
    assert f"markets/{AI}" in good.had()
    good.must_have_lost_nothing()
