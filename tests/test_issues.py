"""Reports that were delivered: kept in the ledger, and which one a new one is compared with."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from pipeline import issues
from pipeline.entry import Issue
from pipeline.ledger import Ledger

if TYPE_CHECKING:
    from pathlib import Path

FIRST = Issue(
    name="market",
    report_date=date(2026, 11, 20),
    as_of=None,
    content="a",
    numbers="[]",
    built_at=datetime(2026, 11, 20, 6, tzinfo=UTC),
    report_id="0123456789ab",
    file_name="warehouse-000001.duckdb",
    version="1.0",
)


def later(issue: Issue, content: str, *, days: int = 0, hours: int = 6) -> Issue:
    """One more issue, for so many days later, and built so many hours later."""
    return replace(
        issue,
        content=content,
        report_date=issue.report_date + timedelta(days),
        built_at=issue.built_at + timedelta(days, hours=hours),
        report_id=content * 12,
    )


def test_an_issue_is_kept_once_and_read_back_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    ledger = Ledger(path)
    cut = replace(FIRST, content="b", as_of=datetime(2026, 11, 1, tzinfo=UTC))
    assert [ledger.issue(FIRST), ledger.issue(cut)] == [True, True]
    assert not ledger.issue(replace(FIRST, built_at=datetime(2026, 11, 21, tzinfo=UTC)))
    ledger.issue(replace(FIRST, name="capacity", content="c"))
    assert issues.of(path, "market") == [FIRST, cut]
    assert issues.of(tmp_path / "nowhere.sqlite", "market") == []


def test_the_first_has_none_before_it_and_is_not_before_itself() -> None:
    assert issues.before([], FIRST) is None
    assert issues.before([FIRST], FIRST) is None


def test_each_day_is_compared_with_the_last_report_of_the_day_before() -> None:
    evening = later(FIRST, "b")
    morning = later(FIRST, "c", days=1, hours=0)
    noon = later(morning, "d")
    noted = [FIRST, evening]
    assert issues.before(noted, morning) == evening
    # What the morning's report said is in the second one of its day as well.
    assert issues.before([*noted, morning], noon) == evening
    # Built again, each is compared as it was, whatever came since.
    everything = [*noted, morning, noon, later(FIRST, "e"), later(FIRST, "f", days=-1)]
    assert issues.before(everything, morning) == evening
    assert issues.before(everything, evening) == FIRST


def test_without_an_earlier_day_it_is_the_last_of_its_own_with_other_content() -> None:
    second, third = later(FIRST, "b"), later(FIRST, "c", hours=12)
    assert issues.before([FIRST, second], third) == second
    assert issues.before([later(FIRST, "z", days=3)], FIRST) is None


def test_a_report_as_of_a_time_sees_what_was_known_before_it_and_is_seen_by_no_other() -> None:
    next_day = later(FIRST, "b", days=1)
    past = replace(next_day, content="p", as_of=FIRST.built_at + timedelta(hours=1))
    earlier = replace(past, content="q", as_of=FIRST.built_at - timedelta(hours=1))
    assert issues.before([FIRST, next_day], past) == FIRST
    assert issues.before([FIRST, next_day], earlier) is None
    assert issues.before([FIRST, past], later(FIRST, "c", days=2)) == FIRST
    # Two looks into the past are compared with one another.
    assert issues.before([earlier], past) == earlier
    assert issues.before([past], earlier) is None
