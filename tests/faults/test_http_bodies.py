"""Answers that are not whole, not unpacked or no data (F05 to F12): never half a list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import CoinGecko  # noqa: TID251 - for its types only
    from tests.faults.conftest import Clock, Home  # noqa: TID251 - for its types only

MARKETS = "/coins/markets"
BEFORE_MARKETS = {"categories/list", "categories"}
AI = "markets/artificial-intelligence"


def must_end_with(
    good: Home, coingecko: CoinGecko, fault: str, said: str, *, tries: int, **details: Any
) -> None:
    """A fetch in which no page of coins is had ends with 6, and what came before stays."""
    coingecko.fail(MARKETS, fault, **details)
    ended = good("fetch")
    assert ended.code == 6
    assert said in ended.message
    assert "\n" not in ended.message
    first = [one for one in coingecko.requests if one["query"].get("category", "")[:3] == "art"]
    assert len(first) == tries
    assert not any(name.startswith("markets/") for name in good.had())
    good.must_have_lost_nothing()


# --- F05 to F09: bytes ------------------------------------------------------------------------


@pytest.mark.parametrize("fault", ["truncate", "cut_chunked"])
def test_f05_a_body_that_breaks_off_is_asked_for_again(
    overcome: Callable[..., None], fault: str
) -> None:
    overcome(MARKETS, fault)


@pytest.mark.parametrize(
    ("fault", "said"),
    [("truncate", "the answer broke off before its end"), ("cut_chunked", "broke off")],
)
def test_f05_nothing_of_a_body_that_broke_off_is_taken(
    good: Home, coingecko: CoinGecko, fault: str, said: str
) -> None:
    must_end_with(good, coingecko, fault, f"{said} (3 tries)", tries=3, share=0.9)


def test_f06_a_shorter_list_that_is_whole_json_waits_for_a_person(
    good: Home, coingecko: CoinGecko, clock: Clock
) -> None:
    # Half of page 1 (250 of 316 members); the connection ends just there.
    coingecko.fail(MARKETS, "cut_valid_json", when={"category": AI.partition("/")[2], "page": "1"})
    ended = good("fetch")
    assert ended.code == 7
    assert f"{AI}: 0 entered and 125 left of 316 members" in ended.message
    assert "the last accepted members stay. Look with 'capbrief universe'" in ended.message
    good.must_have_lost_nothing()
    members = f"select status, n_members from membership where dataset = '{AI}' order by rowid"
    assert good.rows(members) == [("accepted", 316), ("held", 191)]
    # Asked anew, the host gives all of them, and these are compared with what was accepted.
    clock.forget()
    assert good("fetch", "--refresh").code == 0
    assert good.rows(members)[-1] == ("accepted", 316)
    good.must_have_lost_nothing()


def test_f06_a_chart_that_ends_early_is_not_taken(good: Home, coingecko: CoinGecko) -> None:
    coingecko.fail("/coins/bitcoin/", "cut_valid_json")
    ended = good("fetch")
    assert ended.code == 3
    assert "the answer is a chart without the close of 2026-11-22 (2 tries)" in ended.message
    assert "market_chart/bitcoin" not in good.had()
    assert "market_chart/near" in good.had()
    good.must_have_lost_nothing()


@pytest.mark.parametrize("fault", ["no_gzip_trailer", "bad_gzip_crc"])
def test_f07_a_gzip_body_with_a_bad_end_is_asked_for_again(
    overcome: Callable[..., None], fault: str
) -> None:
    overcome(MARKETS, fault)


def test_f07_a_gzip_body_without_its_trailer_counts_as_broken_off(
    good: Home, coingecko: CoinGecko
) -> None:
    said = "the answer broke off inside its gzip data (3 tries); run again later"
    must_end_with(good, coingecko, "no_gzip_trailer", said, tries=3)


@pytest.mark.parametrize(
    ("fault", "said"),
    [("bomb", "unpacks to more than"), ("nested_gzip", "packed in a way that was not asked for")],
)
def test_f08_a_bomb_is_not_unpacked_and_not_asked_for_again(
    good: Home, coingecko: CoinGecko, fault: str, said: str
) -> None:
    must_end_with(good, coingecko, fault, said, tries=1)
    assert "global" in good.had()


def test_f09_a_wrong_encoding_is_tried_once_more(
    good: Home, coingecko: CoinGecko, overcome: Callable[..., None]
) -> None:
    said = "is no gzip data, though it says so"
    must_end_with(good, coingecko, "wrong_encoding", said, tries=2)


def test_f09_a_wrong_encoding_that_came_once_leaves_no_trace(
    overcome: Callable[..., None],
) -> None:
    overcome(MARKETS, "wrong_encoding")


# --- F10 to F12: no data ----------------------------------------------------------------------


def test_f10_a_page_for_people_is_told_and_its_beginning_kept(
    good: Home, coingecko: CoinGecko
) -> None:
    body = f"<!DOCTYPE html><title>Just a moment</title>{coingecko.demo_key}{'x' * 5000}"
    said = "the answer is not JSON but text/html: '<!DOCTYPE html>"
    must_end_with(good, coingecko, "html200", said, tries=2, body=body)
    samples = good.rows("select status, sample, url from bad_answer")
    assert samples
    for status, sample, url in samples:
        assert (status, len(sample) <= 2048) == (200, True)
        assert sample.startswith("<!DOCTYPE html><title>Just a moment</title>***xxx")
        assert url.startswith(f"{coingecko.url}/coins/markets?")


def test_f10_html_called_json_is_no_data_either(good: Home, coingecko: CoinGecko) -> None:
    said = "the answer is broken at character 0"
    must_end_with(good, coingecko, "html200", said, tries=2, media_type="application/json")


def test_f10_a_page_for_people_that_came_once_leaves_no_trace(
    overcome: Callable[..., None],
) -> None:
    overcome(MARKETS, "html200")


def test_f10_a_host_that_turns_this_machine_away_is_left_alone(
    good: Home, coingecko: CoinGecko
) -> None:
    coingecko.fail("/", "cloudflare403")
    ended = good("fetch")
    assert ended.code == 6
    assert "turns this machine away at its gate (403)" in ended.message
    assert "run again some hours later" in ended.message
    assert len(coingecko.requests) == 1
    good.must_be_unchanged()


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (10002, "the key is missing or refused (the plan is demo)"),
        (10005, "the plan lacks the endpoint (the plan is demo)"),
        (10010, "this is a pro key (the plan is demo); set CAPBRIEF_COINGECKO__PLAN=pro"),
    ],
)
def test_f11_a_refusal_under_200_is_a_refusal(
    good: Home, coingecko: CoinGecko, code: int, said: str
) -> None:
    coingecko.fail(MARKETS, "error200", code=code)
    ended = good("fetch")
    assert ended.code == 4
    assert said in ended.message
    # Nothing is asked with that key any more.
    assert len(coingecko.requests) == 3
    assert good.had() == BEFORE_MARKETS
    good.must_have_lost_nothing()


def test_f11_days_out_of_reach_become_a_gap_and_the_rest_is_had(
    good: Home, coingecko: CoinGecko
) -> None:
    coingecko.fail("/coins/bitcoin/", "error200", code=10012)
    ended = good("fetch")
    assert ended.code == 3
    assert "the plan's history does not reach that far (the plan is demo)" in ended.message
    (gap,) = good.rows("select source, dataset, first_date, last_date from gap")
    assert gap == ("coingecko", "market_chart/bitcoin", "2026-11-19", "2026-11-22")
    assert len(good.had()) == 9
    good.must_have_lost_nothing()


def test_f11_an_error_that_nobody_knows_is_no_data(good: Home, coingecko: CoinGecko) -> None:
    must_end_with(good, coingecko, "error200", 'CoinGecko says "Error"', tries=1, code=10099)


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("no_content", "the answer is 204 instead of 200"),
        ("empty_body", "the answer is empty"),
        ("empty_list", "the answer is an empty list"),
        ("empty_object", "the answer is no list"),
        ("null", "the answer is no list"),
    ],
)
def test_f12_nothing_where_data_is_due_is_no_success(
    good: Home, coingecko: CoinGecko, fault: str, said: str
) -> None:
    must_end_with(good, coingecko, fault, f"{said} (2 tries)", tries=2)
    # Never "no tokens": the day has no membership.
    assert good.rows("select max(seen_date) from membership") == [("2026-11-22",)]


def test_f12_an_empty_answer_that_came_once_leaves_no_trace(
    overcome: Callable[..., None],
) -> None:
    overcome(MARKETS, "empty_list")


def test_f12_a_chart_without_points_is_no_success(good: Home, coingecko: CoinGecko) -> None:
    coingecko.fail("/coins/near/", "empty_object")
    ended = good("fetch")
    assert ended.code == 3
    assert "market_chart/near: " in ended.message
    assert "is a chart without a list of prices (2 tries)" in ended.message
    assert len(good.had()) == 9
    good.must_have_lost_nothing()
