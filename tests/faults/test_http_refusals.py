"""Redirects, limits of calls, refused keys, lost coins and outages (F13 to F19)."""

from __future__ import annotations

import socket
import time
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.conftest import CoinGecko  # noqa: TID251 - for its types only
    from tests.faults.conftest import Clock, Home  # noqa: TID251 - for its types only

MARKETS = "/coins/markets"
BEFORE_MARKETS = {"categories/list", "categories"}


def pause_before_again(coingecko: CoinGecko, fault: str) -> float:
    """Seconds between the first spoiled request and the next one."""
    asked = coingecko.requests
    first = next(n for n, one in enumerate(asked) if one["fault"] == fault)
    return float(asked[first + 1]["at"] - asked[first]["at"])


# --- F13, F14: redirects ----------------------------------------------------------------------


@pytest.fixture
def elsewhere() -> Iterator[socket.socket]:
    """Another host, which must not hear of anything."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        yield listening


def test_f13_a_redirect_is_told_and_the_key_is_not_sent_along(
    good: Home, coingecko: CoinGecko, elsewhere: socket.socket
) -> None:
    target = f"http://127.0.0.1:{elsewhere.getsockname()[1]}/api/v3/coins/markets"
    coingecko.fail(MARKETS, "redirect", location=f"{target}?token=s3cret", status=301)
    ended = good("fetch")
    assert ended.code == 6
    assert f"has moved to {target} (301), which is not followed" in ended.message
    assert "s3cret" not in ended.message
    with pytest.raises(BlockingIOError):  # nobody called
        elsewhere.accept()
    assert "markets/ids" not in good.had()
    good.must_have_lost_nothing()


@pytest.mark.parametrize(
    ("fault", "location", "said"),
    [
        ("redirect_loop", "", "/api/v3/coins/markets"),
        ("redirect", "file:///etc/passwd", "file:///etc/passwd"),
        ("redirect", "http://169.254.169.254/latest", "http://169.254.169.254/latest"),
        ("redirect", "http://[", "nowhere"),
    ],
)
def test_f14_no_redirect_is_followed_wherever_it_leads(
    good: Home, coingecko: CoinGecko, fault: str, location: str, said: str
) -> None:
    coingecko.fail(MARKETS, fault, location=location)
    ended = good("fetch")
    assert ended.code == 6
    assert f"/coins/markets: has moved to {said} (302), which is not followed" in ended.message
    # One call for each of the three lists: a redirect is not asked for again.
    assert sum(one["path"] == MARKETS for one in coingecko.requests) == 3
    good.must_have_lost_nothing()


# --- F15, F16: too many calls -----------------------------------------------------------------


@pytest.mark.parametrize("asked", ["1", "Mon, 23 Nov 2026 01:10:01 GMT"])
def test_f15_what_the_host_asks_to_wait_is_waited(
    overcome: Callable[..., None], coingecko: CoinGecko, asked: str
) -> None:
    overcome(MARKETS, "rate_limited", retry_after=asked)
    assert 0.95 < pause_before_again(coingecko, "rate_limited") < 5


@pytest.mark.parametrize("asked", [None, "-5", "0", "soon", "Mon, 23 Nov 2026 01:00:00 GMT"])
def test_f15_without_a_time_to_wait_there_is_one_of_our_own(
    overcome: Callable[..., None], coingecko: CoinGecko, asked: str | None
) -> None:
    overcome(MARKETS, "rate_limited", retry_after=asked)
    # Sixty times the first backoff, which is a thousandth of a second here.
    assert 0.05 < pause_before_again(coingecko, "rate_limited") < 5


def test_f15_nobody_waits_longer_than_five_minutes_or_past_the_run(
    good: Home, coingecko: CoinGecko
) -> None:
    coingecko.fail(MARKETS, "rate_limited", retry_after="1000000000")
    started = time.monotonic()
    ended = good("fetch")
    assert time.monotonic() - started < 10
    assert ended.code == 6
    assert "the next try is due in 300 s, and this run may go on asking for 20 s" in ended.message
    assert "run again later, or raise CAPBRIEF_HTTP__RUN_SECONDS" in ended.message
    assert len(coingecko.requests) == 3
    assert good.had() == BEFORE_MARKETS
    # Of the calls of the month, those are spent that were made, and the one that waits.
    assert good.rows("select spent from credit") == [(13 + 4,)]
    # The host is left alone by every process of this home until then.
    ended = good("fetch")
    assert ended.code == 6
    assert "it asked to be left alone; the next try is due in " in ended.message
    assert len(coingecko.requests) == 3
    good.must_have_lost_nothing()


def test_f16_after_two_waits_in_vain_nothing_more_is_asked(
    good: Home, coingecko: CoinGecko
) -> None:
    coingecko.fail(MARKETS, "rate_limited_forever")
    ended = good("fetch")
    assert ended.code == 6
    assert "answered 429 (too many calls) (3 tries); the calls of the month may be spent" in (
        ended.message
    )
    assert [one["path"] for one in coingecko.requests[2:]] == [MARKETS] * 3
    assert good.had() == BEFORE_MARKETS
    good.must_have_lost_nothing()


def test_f16_a_spent_month_asks_nothing(
    good: Home, coingecko: CoinGecko, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CAPBRIEF_COINGECKO__CALLS_PER_MONTH", "13")
    ended = good("run", "--no-report")
    assert ended.code == 6
    assert "13 of the 13 calls of " in ended.message
    assert "are spent; run again next month, or raise the limit in the settings" in ended.message
    assert coingecko.requests == []
    good.must_be_unchanged()


def test_f16_what_is_left_of_the_month_is_used_up_and_goes_on_later(
    good: Home,
    coingecko: CoinGecko,
    clock: Clock,
    undisturbed: dict[str, Any],
    facts_of: Callable[[Home], dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CAPBRIEF_COINGECKO__CALLS_PER_MONTH", "16")
    ended = good("fetch")
    assert (ended.code, len(coingecko.requests)) == (6, 3)
    assert good.had() == BEFORE_MARKETS
    good.must_have_lost_nothing()
    clock.forget()
    monkeypatch.setenv("CAPBRIEF_COINGECKO__CALLS_PER_MONTH", "100")
    assert good("fetch").code == 0
    # A list that was cut off is had from its first page; what was complete is not asked again.
    assert len(coingecko.requests) == 11
    assert facts_of(good) == undisturbed


def test_f16_a_backfill_ends_with_the_point_at_which_it_goes_on(
    good: Home, coingecko: CoinGecko
) -> None:
    command = ["backfill", "--from", "2026-09-01", "--to", "2026-09-30", "--budget", "2"]
    ended = good(*command)
    assert ended.code == 6
    assert ended.message.startswith("market_chart/bittensor: is next, and the 2 calls of this run")
    assert "run the same command again to go on there" in ended.message
    assert good.had() == {"market_chart/bitcoin", "market_chart/render-token"}
    assert good(*command).code == 0
    assert len(good.had()) == len(coingecko.requests) == 4
    good.must_have_lost_nothing()


# --- F17: keys --------------------------------------------------------------------------------


@pytest.mark.parametrize("plan", ["demo", "pro"])
def test_f17_a_missing_key_is_said_before_anything_is_asked(
    good: Home, coingecko: CoinGecko, monkeypatch: pytest.MonkeyPatch, plan: str
) -> None:
    monkeypatch.setenv("CAPBRIEF_COINGECKO__PLAN", plan)
    monkeypatch.delenv("CAPBRIEF_COINGECKO__KEY")
    ended = good("run", "--no-report")
    assert ended.code == 4
    assert f"CoinGecko, plan {plan}: no key is set; put it into a file" in ended.message
    assert "CAPBRIEF_COINGECKO__KEY_FILE" in ended.message
    assert coingecko.requests == []
    good.must_be_unchanged()


@pytest.mark.parametrize(
    ("plan", "key", "said"),
    [
        (
            "pro",
            "demo_key",
            "this is a demo key (the plan is pro); set CAPBRIEF_COINGECKO__PLAN=de",
        ),
        (
            "demo",
            "pro_key",
            "this is a pro key (the plan is demo); set CAPBRIEF_COINGECKO__PLAN=pr",
        ),
        ("demo", "unknown", "the key is missing or refused (the plan is demo); put the right one"),
        ("pro", "unknown", "the key is missing or refused (the plan is pro); put the right one"),
    ],
)
def test_f17_a_key_that_does_not_suit_the_plan_or_its_host_is_told(
    good: Home,
    coingecko: CoinGecko,
    monkeypatch: pytest.MonkeyPatch,
    plan: str,
    key: str,
    said: str,
) -> None:
    coingecko.set(plan=plan)
    monkeypatch.setenv("CAPBRIEF_COINGECKO__PLAN", plan)
    monkeypatch.setenv("CAPBRIEF_COINGECKO__KEY", getattr(coingecko, key, "CG-nobodys"))
    ended = good("run", "--no-report")
    assert ended.code == 4
    assert f"CoinGecko: {said}" in ended.message
    assert len(coingecko.requests) == 1
    good.must_be_unchanged()


@pytest.mark.parametrize(
    ("plan", "host"), [("demo", "pro-api.coingecko.com"), ("pro", "api.coingecko.com")]
)
def test_f17_a_plan_that_does_not_suit_the_address_is_a_wrong_setting(
    good: Home, monkeypatch: pytest.MonkeyPatch, plan: str, host: str
) -> None:
    monkeypatch.setenv("CAPBRIEF_COINGECKO__PLAN", plan)
    monkeypatch.setenv("CAPBRIEF_COINGECKO__URL", f"https://{host}/api/v3")
    ended = good("fetch")
    assert ended.code == 2
    assert f"{host} is the host of the plan" in ended.message
    assert f"the plan is {plan}; set CAPBRIEF_COINGECKO__PLAN" in ended.message
    good.must_be_unchanged()


@pytest.mark.parametrize(
    ("where", "when", "had"),
    [
        pytest.param(MARKETS, {"page": "2"}, 2, id="between two pages"),
        pytest.param("/coins/near/", {}, 9, id="at an optional series"),
    ],
)
def test_f17_a_key_that_is_revoked_on_the_way_stops_all_and_keeps_what_is_whole(
    good: Home,
    coingecko: CoinGecko,
    clock: Clock,
    undisturbed: dict[str, Any],
    facts_of: Callable[[Home], dict[str, Any]],
    where: str,
    when: dict[str, str],
    had: int,
) -> None:
    coingecko.fail(where, "unauthorized", when=when)
    ended = good("fetch")
    assert ended.code == 4
    assert "the key is missing or refused (the plan is demo)" in ended.message
    assert coingecko.requests[-1]["fault"] == "unauthorized"
    assert sum(one["fault"] is not None for one in coingecko.requests) == 1
    assert len(good.had()) == had
    good.must_have_lost_nothing()
    clock.forget()
    assert good("fetch").code == 0
    assert facts_of(good) == undisturbed


@pytest.mark.parametrize("status", [401, 403])
def test_f17_a_refusal_in_other_words_is_one_too(
    good: Home, coingecko: CoinGecko, status: int
) -> None:
    coingecko.fail("/", "status", status=status, body={"error": "No."})
    ended = good("fetch")
    assert (ended.code, len(coingecko.requests)) == (4, 1)
    assert f"CoinGecko: refuses to answer ({status}, the plan is demo)" in ended.message
    good.must_be_unchanged()


# --- F18: a coin that is no more --------------------------------------------------------------


def test_f18_a_lost_coin_is_noted_once_and_the_others_go_on(
    good: Home, coingecko: CoinGecko, clock: Clock
) -> None:
    coingecko.fail("/coins/near/", "not_found")
    ended = good("fetch")
    assert ended.code == 3
    assert "market_chart/near: " in ended.message
    assert "there is no such thing (404); it may have been renamed or removed" in ended.message
    gaps = "select dataset, first_date, last_date from gap"
    assert good.rows(gaps) == [("market_chart/near", "2026-11-22", None)]
    assert len(good.had()) == 9
    good.must_have_lost_nothing()  # its history among it
    clock.at("2026-11-24T01:10:00+00:00")
    assert good("fetch").code == 0
    assert sum(one["path"].startswith("/coins/near/") for one in coingecko.requests) == 1
    assert good.rows(gaps) == [("market_chart/near", "2026-11-22", None)]


def test_f18_a_wrong_address_is_not_taken_for_the_end_of_all_coins(
    good: Home,
    coingecko: CoinGecko,
    undisturbed: dict[str, Any],
    facts_of: Callable[[Home], dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CAPBRIEF_COINGECKO__URL", coingecko.url.replace("/v3", "/v4"))
    ended = good("fetch")
    assert ended.code == 6
    assert "CoinGecko: has no such path (404); look at CAPBRIEF_COINGECKO__URL" in ended.message
    good.must_be_unchanged()
    monkeypatch.setenv("CAPBRIEF_COINGECKO__URL", coingecko.url)
    assert good("fetch").code == 0
    assert facts_of(good) == undisturbed


# --- F19: outages -----------------------------------------------------------------------------


@pytest.mark.parametrize("status", [408, 425, 500, 520])
def test_f19_a_fault_of_the_host_is_tried_again(overcome: Callable[..., None], status: int) -> None:
    overcome(MARKETS, "status", status=status)


def test_f19_a_host_that_flaps_is_worn_down(good: Home, coingecko: CoinGecko) -> None:
    coingecko.fail("/", "flap")
    assert good("fetch").code == 0
    assert len(coingecko.requests) == 2 * 13


def test_f19_in_an_outage_there_is_one_pause_one_probe_and_then_no_more_calls(
    good: Home, coingecko: CoinGecko, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.http.PAUSE_SECONDS", 0.8)
    coingecko.fail("/", "status", status=503)
    ended = good("fetch")
    assert ended.code == 6
    assert "/coins/categories/list: answered 503 (3 tries); run again later" in ended.message
    at = [one["at"] for one in coingecko.requests]
    pauses = [after - before for before, after in pairwise(at)]
    assert len(at) == 6
    assert [pause > 0.75 for pause in pauses] == [False] * 4 + [True]
    good.must_be_unchanged()


def test_f19_an_outage_that_ends_within_the_pause_leaves_no_trace(
    overcome: Callable[..., None], coingecko: CoinGecko, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CAPBRIEF_HTTP__TRIES", "6")
    overcome(MARKETS, "status", times=5, status=502)
    assert len(coingecko.requests) == 13 + 5
