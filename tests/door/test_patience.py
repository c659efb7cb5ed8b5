"""How long and how often the door tries (faults F15, F16 and F19)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pipeline.budget import Allowance
from pipeline.errors import (
    QuotaError,
    UnavailableError,
)
from tests.door.conftest import READ, Host, reply  # noqa: TID251 - its vocabulary

if TYPE_CHECKING:
    from tests.door.conftest import Asker, Opener  # noqa: TID251 - for its types only

GOOD = reply(b'{"n": 1}')


def says(status: str, body: bytes = b"{}", **changes: str) -> bytes:
    return reply(body, status, **changes)


# --- F19: a host with faults ------------------------------------------------------------------


@pytest.mark.parametrize("status", [408, 425, 500, 502, 503, 504, 520, 599])
def test_f19_a_fault_of_the_host_is_waited_out(
    host: Host, ask: Asker, opener: Opener, status: int
) -> None:
    host.says(says(f"{status} Later"), says(f"{status} Later"), GOOD)
    assert ask().value == {"n": 1}
    assert opener.slept == [0.5, 1.0]
    assert [fields["reason"] for fields in opener.logged("retry")] == [f"answered {status}"] * 2


def test_a_host_with_a_fault_may_name_its_time(host: Host, ask: Asker, opener: Opener) -> None:
    host.says(says("503 Later", Retry_After="7"), says("503 Later", Retry_After="99999"), GOOD)
    ask()
    assert opener.slept == [7.0, 300.0]


def test_f19_five_failures_make_a_pause_and_a_failed_probe_the_end(
    host: Host, opener: Opener
) -> None:
    host.says(says("500 No"))
    door = opener(host.url, tries=4)
    with pytest.raises(UnavailableError, match=r"answered 500 \(4 tries\); run again later"):
        door(["one"], {}, gate=lambda _: None)
    opener.slept.clear()
    with pytest.raises(UnavailableError, match="6 failures in a row; this run asks it no more"):
        door(["two"], {}, gate=lambda _: None)
    assert host.connections == 6
    # The pause is for all processes of this home.
    assert max(opener.slept) == pytest.approx(30, abs=2)
    with pytest.raises(UnavailableError, match=r"/two: answered 500 .6 failures in a row"):
        door(["three"], {}, gate=lambda _: None)
    assert host.connections == 6


def test_f19_a_good_probe_opens_the_door_again(host: Host, opener: Opener) -> None:
    bad = [says("500 No")] * 5
    host.says(*bad, GOOD, *bad, GOOD)
    door = opener(host.url, tries=6)
    for _ in range(2):
        assert door(["ping"], {}, gate=lambda _: None).value == {"n": 1}
    assert host.connections == 12


# --- F15 and F16: too many calls --------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("119", 119),
        (" 20 ", 20),
        ("Mon, 23 Nov 2026 12:02:00 GMT", 120),
        ("Mon, 23 Nov 2026 11:00:00 GMT", 60),
        ("1000000000", 300),
        ("-5", 60),
        ("0", 60),
        ("1.5", 60),
        ("soon, or \x7f never", 60),
        ("9" * 400, 60),
        ("", 60),
    ],
)
def test_f15_all_processes_wait_as_the_host_asks(
    host: Host, ask: Asker, opener: Opener, header: str, seconds: float
) -> None:
    host.says(says("429 Too Many", Retry_After=header), GOOD)
    assert ask().value == {"n": 1}
    assert opener.slept == [pytest.approx(seconds, abs=2)]
    # Another process of this home, which knows nothing of this answer:
    assert opener.budget.take(Allowance("test", 1e9, None)) == pytest.approx(seconds, abs=2)


def test_f15_nothing_waits_beyond_the_end_of_the_run(host: Host, opener: Opener) -> None:
    host.says(says("429 Too Many", Retry_After="1000000000"))
    door = opener(host.url, run_seconds=100)
    said = r"answered 429 .* asked to wait 1000000000 s; the next try is due in 300 s, and this"
    with pytest.raises(UnavailableError, match=rf"{said} run may go on asking for \d+ s"):
        door(["ping"], {}, gate=lambda _: None)
    assert opener.slept == []


def test_f16_a_third_429_is_the_end_for_this_run(host: Host, opener: Opener) -> None:
    host.says(says("429 Too Many", Retry_After="2"))
    door = opener(host.url, tries=5)
    for _ in range(2):
        with pytest.raises(QuotaError, match=r"429 .*\(3 tries\); the calls of the month may be"):
            door(["ping"], {}, gate=lambda _: None)
    assert host.connections == 3


def test_f16_the_calls_of_the_month_are_counted_before_they_are_made(
    host: Host, opener: Opener
) -> None:
    host.plays([READ, GOOD] * 3)
    door = opener(host.url, access={"allowance": Allowance("few", 1e9, 2)})
    for _ in range(2):
        door(["ping"], {}, gate=lambda _: None)
    for _ in range(2):
        with pytest.raises(QuotaError, match=r"few: 2 of the 2 calls of .* are spent"):
            door(["ping"], {}, gate=lambda _: None)
    assert len(host.requests) == 2


def test_calls_are_spread_at_the_pace_of_the_plan(host: Host, opener: Opener) -> None:
    host.plays([READ, GOOD] * 3)
    door = opener(host.url, access={"allowance": Allowance("slow", 30, None)})
    for _ in range(3):
        door(["ping"], {}, gate=lambda _: None)
    assert opener.slept == [pytest.approx(2, abs=0.5), pytest.approx(4, abs=1)]


def test_the_time_of_the_run_bounds_the_pace_too(host: Host, opener: Opener) -> None:
    host.plays([READ, GOOD] * 3)
    allowance = Allowance("slow", 1, None)
    door = opener(host.url, access={"allowance": allowance}, run_seconds=30)
    door(["ping"], {}, gate=lambda _: None)
    with pytest.raises(UnavailableError, match="its plan allows no more calls a minute, or"):
        door(["ping"], {}, gate=lambda _: None)


def test_a_host_that_a_run_can_do_without_is_not_waited_for(host: Host, opener: Opener) -> None:
    host.says(says("500 No"))
    door = opener(host.url, tries=5, access={"is_patient": False})
    with pytest.raises(UnavailableError, match=r"answered 500 \(3 tries\)"):
        door(["one"], {}, gate=lambda _: None)
    with pytest.raises(UnavailableError, match="6 failures in a row; this run asks it no more"):
        door(["two"], {}, gate=lambda _: None)
    assert host.connections == 6
    assert opener.slept == [0.5, 1.0, 0.5, 1.0]
