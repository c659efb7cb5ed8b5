"""Two processes on one home, and one that is killed: no call twice, the same end."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import CoinGecko  # noqa: TID251 - for its types only
    from tests.faults.conftest import Clock, Home, Start  # noqa: TID251 - for its types only

PATIENT = {"CAPBRIEF_HTTP__TOTAL_SECONDS": "60", "CAPBRIEF_HTTP__RUN_SECONDS": "60"}


def until(is_so: Callable[[], bool]) -> None:
    """Wait for another process to come that far."""
    end = time.monotonic() + 20
    while not is_so():
        assert time.monotonic() < end, "it did not come that far"
        time.sleep(0.02)


def hangs(coingecko: CoinGecko) -> Callable[[], bool]:
    return lambda: any(one["fault"] == "hang" for one in coingecko.requests)


def calls(coingecko: CoinGecko) -> Counter[tuple[str, str]]:
    """How often each call was made."""
    return Counter((one["path"], str(sorted(one["query"].items()))) for one in coingecko.requests)


def test_f41_a_second_fetch_ends_with_the_lock_and_asks_nothing(
    good: Home,
    coingecko: CoinGecko,
    clock: Clock,
    start: Start,
    undisturbed: dict[str, Any],
    facts_of: Callable[[Home], dict[str, Any]],
) -> None:
    coingecko.fail("/coins/categories/list", "hang")
    one = start("fetch", **PATIENT)
    until(hangs(coingecko))
    other = start("fetch", "--json")
    out, err = other.communicate(timeout=30)
    assert (other.returncode, out) == (5, "")
    assert f"{good.path}/state/run.lock: another run is writing ('fetch', process {one.pid}" in err
    assert err.count('"failed"') == 1
    assert len(coingecko.requests) == 1
    clock.forget()  # the first gets no answer, and asks once more
    one.communicate(timeout=30)
    assert one.returncode == 0
    assert set(calls(coingecko).values()) == {1}
    assert len(coingecko.requests) == 13
    assert facts_of(good) == undisturbed


def test_f41_a_second_fetch_that_waits_finds_all_there(
    good: Home,
    coingecko: CoinGecko,
    clock: Clock,
    start: Start,
    undisturbed: dict[str, Any],
    facts_of: Callable[[Home], dict[str, Any]],
) -> None:
    coingecko.fail("/coins/categories/list", "hang")
    one = start("fetch", **PATIENT)
    until(hangs(coingecko))
    other = start("fetch", "--lock-wait", "30", "--json")
    running = "select count(*) from run where status = 'running'"
    until(lambda: good.rows(running) == [(2,)])
    time.sleep(0.1)
    assert other.poll() is None
    clock.forget()
    one.communicate(timeout=30)
    out, _ = other.communicate(timeout=30)
    assert (one.returncode, other.returncode) == (0, 0)
    assert '"calls": 0' in out
    assert set(calls(coingecko).values()) == {1}
    assert len(coingecko.requests) == 13
    assert facts_of(good) == undisturbed
    good.must_have_lost_nothing()


@pytest.mark.parametrize(
    ("where", "when", "n_left"),
    [
        pytest.param(
            "/coins/markets",
            {"category": "artificial-intelligence", "page": "3"},
            11,
            id="on the third page of a list",
        ),
        pytest.param("/coins/near/", {}, 1, id="before the last series"),
    ],
)
def test_f39_a_fetch_that_is_killed_is_taken_up_as_if_it_had_not_been(
    good: Home,
    coingecko: CoinGecko,
    clock: Clock,
    start: Start,
    undisturbed: dict[str, Any],
    facts_of: Callable[[Home], dict[str, Any]],
    where: str,
    when: dict[str, str],
    n_left: int,
) -> None:
    coingecko.fail(where, "hang", when=when)
    killed = start("fetch", **PATIENT)
    until(hangs(coingecko))
    killed.kill()
    killed.communicate(timeout=30)
    assert killed.returncode == -9
    good.must_have_lost_nothing()
    clock.forget()
    ended = good("fetch")
    assert (ended.code, ended.message) == (0, "")
    # The unit it was at is had anew, from its first page; what was whole is not asked again.
    assert len(coingecko.requests) == n_left
    assert facts_of(good) == undisturbed
    good.must_have_lost_nothing()
