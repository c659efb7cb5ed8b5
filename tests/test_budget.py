"""Budget: one pace and one count for all who use a key."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from pipeline.budget import Allowance, Budget
from pipeline.errors import QuotaError, StorageError

if TYPE_CHECKING:
    from pathlib import Path

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
SLOW = Allowance("demo", 30, None)  # a call every 2 s


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "ledger.sqlite"


def test_calls_are_spread_evenly(path: Path) -> None:
    budget = Budget(path)
    assert [budget.take(SLOW, AT) for _ in range(4)] == [0, 2, 4, 6]
    # 20 s later all of them were made, and nothing was saved up.
    later = AT + timedelta(seconds=20)
    assert [budget.take(SLOW, later) for _ in range(2)] == [0, 2]


def test_a_burst_comes_first_and_is_paid_back(path: Path) -> None:
    budget, bursting = Budget(path), Allowance("demo", 30, None, burst=3)
    assert [budget.take(bursting, AT) for _ in range(5)] == [0, 0, 0, 2, 4]
    assert budget.take(bursting, AT + timedelta(seconds=6)) == 0
    assert budget.take(bursting, AT + timedelta(seconds=6)) == 2


def test_keys_have_their_own_pace(path: Path) -> None:
    budget = Budget(path)
    assert [budget.take(Allowance(key, 30, None), AT) for key in "abab"] == [0, 0, 2, 2]


def test_two_programs_share_one_pace(path: Path) -> None:
    one, other = Budget(path), Budget(path)
    assert [each.take(SLOW, AT) for each in (one, other, one, other)] == [0, 2, 4, 6]


def test_several_processes_never_exceed_the_rate(path: Path) -> None:
    code = """
import json, sys
from datetime import datetime
from pathlib import Path
from pipeline.budget import Allowance, Budget
budget, allowance = Budget(Path(sys.argv[1])), Allowance("demo", 30, 1000)
at = datetime.fromisoformat(sys.argv[2])
print(json.dumps([budget.take(allowance, at) for _ in range(10)]))
"""
    command = [sys.executable, "-c", code, str(path), AT.isoformat()]
    started = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    waits = [wait for each in started for wait in json.loads(each.communicate(timeout=60)[0])]
    assert sorted(waits) == [2 * turn for turn in range(40)]
    assert Budget(path).spent("demo", AT) == 40


def test_a_cool_down_holds_for_all(path: Path) -> None:
    one, other = Budget(path), Budget(path)
    one.cool_down(SLOW, 119, AT)
    assert [other.take(SLOW, AT) for _ in range(2)] == [119, 121]
    assert other.take(SLOW, AT + timedelta(seconds=125)) == 0


def test_a_cool_down_holds_for_a_burst_too(path: Path) -> None:
    budget, bursting = Budget(path), Allowance("demo", 30, None, burst=3)
    budget.cool_down(bursting, 60, AT)
    assert budget.take(bursting, AT) == 60


def test_a_shorter_cool_down_shortens_no_longer_one(path: Path) -> None:
    budget = Budget(path)
    budget.cool_down(SLOW, 100, AT)
    budget.cool_down(SLOW, 5, AT)
    assert budget.take(SLOW, AT) == 100


@pytest.mark.parametrize("back", [timedelta(hours=2), timedelta(days=365)])
def test_f45_a_clock_that_was_put_back_stalls_nobody(path: Path, back: timedelta) -> None:
    budget = Budget(path)
    budget.take(SLOW, AT)
    budget.cool_down(SLOW, 60, AT)
    assert budget.take(SLOW, AT - back) == 0
    assert budget.take(SLOW, AT - back) == 2
    budget.cool_down(SLOW, 10, AT - back)
    assert budget.take(SLOW, AT - back) == 10


def test_a_pace_of_less_than_a_call_an_hour_is_kept(path: Path) -> None:
    budget, rare = Budget(path), Allowance("rare", 1 / 180, None)
    assert [budget.take(rare, AT) for _ in range(3)] == pytest.approx([0, 10_800, 21_600])


def test_the_calls_of_a_month_end(path: Path) -> None:
    budget, few = Budget(path), Allowance("gecko demo", 6000, 3)
    for _ in range(3):
        budget.take(few, AT)
    with pytest.raises(QuotaError, match=r"gecko demo: 3 of the 3 calls of 2026-11 are spent; run"):
        budget.take(few, AT)
    assert budget.spent("gecko demo", AT) == 3


def test_a_new_month_begins_at_midnight_utc(path: Path) -> None:
    budget, one = Budget(path), Allowance("k", 6000, 1)
    last = datetime(2026, 11, 30, 23, 59, 59, tzinfo=UTC)
    budget.take(one, last)
    with pytest.raises(QuotaError):
        budget.take(one, last)
    budget.take(one, last + timedelta(seconds=1))
    assert [budget.spent("k", at) for at in (last, last + timedelta(days=1))] == [1, 1]


def test_a_backfill_leaves_the_reserve_to_the_daily_runs(path: Path) -> None:
    budget = Budget(path)
    backfill, daily = (Allowance("k", 6000, 5, reserve=kept) for kept in (3, 0))
    for _ in range(2):
        budget.take(backfill, AT)
    with pytest.raises(QuotaError, match="2 of the 5 calls of 2026-11 are spent, 3 kept for daily"):
        budget.take(backfill, AT)
    for _ in range(3):
        budget.take(daily, AT)
    with pytest.raises(QuotaError):
        budget.take(daily, AT)


def test_a_refused_call_takes_no_turn(path: Path) -> None:
    budget = Budget(path)
    for _ in range(3):
        with pytest.raises(QuotaError):
            budget.take(Allowance("k", 30, 0), AT)
    assert budget.take(Allowance("k", 30, 1), AT) == 0


def test_the_count_of_the_vendor_wins_where_it_is_higher(path: Path) -> None:
    budget = Budget(path)
    budget.take(SLOW, AT)
    for theirs, ours in ((40, 40), (7, 40)):
        budget.correct("demo", theirs, AT)
        assert budget.spent("demo", AT) == ours
    assert budget.spent("demo", AT + timedelta(days=31)) == 0


def test_a_file_that_is_no_ledger_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    path.write_bytes(b"not a database" * 100)
    with pytest.raises(StorageError, match=r"ledger\.sqlite: the ledger is damaged"):
        Budget(path)
