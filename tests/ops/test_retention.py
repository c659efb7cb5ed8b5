"""Retention: the rules, reckoned by another hand."""

from __future__ import annotations

import argparse
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.ops.retention import ALL, REPORTS, Keep, Span, reasons, thinned
from pipeline.upkeep_actions import number_kept, span

DAYS = st.dates(date(2023, 12, 20), date(2026, 3, 1))
NUMBERS = st.integers(0, 6) | st.just(ALL)


def period(rule: str, day: date) -> tuple[int, ...]:
    """The period of a day; a week by the number of its Monday."""
    parts = {
        "daily": (day.toordinal(),),
        "weekly": (day.toordinal() - day.weekday(),),
        "monthly": (day.year, day.month),
        "yearly": (day.year,),
    }
    return parts[rule]


def kept_by(rule: str, days: dict[str, date], number: int) -> set[str]:
    """Of each of the last so many periods that have one, the newest."""
    periods = sorted({period(rule, day) for day in days.values()}, reverse=True)[:number]
    return {
        max((days[name], name) for name in days if period(rule, days[name]) == one)[1]
        for one in periods
    }


@given(
    st.dictionaries(st.text("abcxyz", min_size=1, max_size=4), DAYS, max_size=40),
    st.builds(Keep, last=NUMBERS, daily=NUMBERS, weekly=NUMBERS, monthly=NUMBERS, yearly=NUMBERS),
)
def test_each_rule_keeps_the_newest_of_its_last_periods(days: dict[str, date], keep: Keep) -> None:
    expected = set(sorted(days, key=lambda name: (days[name], name))[-keep.last :])
    if keep.last == 0:
        expected = set()
    for rule in ("daily", "weekly", "monthly", "yearly"):
        expected |= kept_by(rule, days, getattr(keep, rule))
    found = reasons(days, keep)
    assert found.keys() == days.keys()
    assert {name for name, why in found.items() if why} == expected


@given(st.lists(DAYS, min_size=1, max_size=30), st.integers(1, 400))
def test_what_is_within_a_number_of_days_stays(listed: list[date], number: int) -> None:
    days = {str(place): day for place, day in enumerate(listed)}
    found = reasons(days, Keep(within=Span(days=number)))
    for name, day in days.items():
        assert bool(found[name]) == ((max(listed) - day).days < number)


def test_all_reasons_are_told() -> None:
    days = {"old": date(2024, 1, 31), "new": date(2026, 11, 23)}
    found = reasons(days, REPORTS)
    assert found["new"] == ("last 1", "daily 2026-11-23", "monthly 2026-11", "yearly 2026")
    assert reasons(days, Keep(monthly=1))["old"] == ()
    # The first days of 2027 belong to the last week of 2026.
    assert reasons({"one": date(2027, 1, 3)}, Keep(weekly=1)) == {"one": ("weekly 2026-W53",)}


@pytest.mark.parametrize(
    ("text", "before"),
    [("1m", date(2024, 2, 29)), ("1y", date(2023, 3, 31)), ("2w", date(2024, 3, 17)),
     ("1y1m1d", date(2023, 2, 27)), ("999y", date(1025, 3, 31))],
)  # fmt: skip
def test_a_span_goes_by_the_calendar(text: str, before: date) -> None:
    found = span(text)
    assert isinstance(found, Span)
    assert found.before(date(2024, 3, 31)) == before


def test_a_span_ends_with_the_first_day_there_is() -> None:
    assert Span(months=12 * 999, days=999).before(date(1000, 1, 1)) == date.min
    assert Span(days=999_999_999).before(date(2024, 3, 31)) == date.min


@pytest.mark.parametrize("text", ["", "0d", "5", "d", "1h", "-1d", "1d1y", "1.5m", "٣d", "1000d"])
def test_what_is_no_span_is_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError):
        span(text)


@pytest.mark.parametrize("text", ["0", "-1", "any", "1.5", ""])
def test_what_is_no_number_to_keep_is_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError):
        number_kept(text)
    assert number_kept("all") == ALL


@given(st.lists(DAYS, max_size=60).map(sorted), DAYS, st.integers(1, 400))
def test_of_old_days_the_first_of_each_month_stays(
    days: list[date], today: date, daily_days: int
) -> None:
    gone = thinned(days, today, daily_days)
    left = [day for place, day in enumerate(days) if place not in gone]
    for place in gone:
        assert today - days[place] >= timedelta(days=daily_days)
    # Each month keeps its first one, and of what is old nothing else.
    assert {(day.year, day.month): day for day in reversed(left)} == {
        (day.year, day.month): day for day in reversed(days)
    }
    old = [day for day in left if (today - day).days >= daily_days]
    assert len(old) == len({(day.year, day.month) for day in old})
