"""Days: ranges behave as the sets of days that they stand for."""

from __future__ import annotations

from datetime import date, timedelta

import duckdb
from hypothesis import given
from hypothesis import strategies as st

from pipeline.days import ALL, NONE, Days, parted
from pipeline.model import Reach

START = date(2026, 1, 1)
numbers = st.sets(st.integers(0, 60))
few = st.integers(0, 9)


def day(number: int) -> date:
    return START + timedelta(days=number)


def days(found: set[int]) -> Days:
    return Days.of(day(number) for number in found)


def numbered(found: Days) -> set[int]:
    """The numbers of days within 400 around the start."""
    return {
        number
        for number in range(-200, 200)
        if any(first <= day(number) <= last for first, last in found.ranges)
    }


@given(numbers, numbers)
def test_union(one: set[int], other: set[int]) -> None:
    found = days(one) | days(other)
    assert numbered(found) == one | other
    assert bool(found) == bool(one | other)
    # One form for one set: ranges that touch are one.
    assert found == days(one | other)


@given(numbers, few, few)
def test_widened(found: set[int], back: int, ahead: int) -> None:
    wanted = {n for number in found for n in range(number - back, number + ahead + 1)}
    assert numbered(days(found).widened(back, ahead)) == wanted


@given(numbers, few, few, st.integers(0, 60), st.integers(0, 60))
def test_what_is_touched_is_what_reads(
    changed: set[int], back: int, ahead: int, made: int, whole: int
) -> None:
    reach = Reach(back, ahead)
    read = numbered(reach.read(days({made})))
    assert (made in numbered(reach.touched(days(changed)))) == bool(read & changed)
    # With all that came before, every later day is touched.
    unbounded = Reach(None, ahead)
    assert unbounded.read(days({whole})).ranges[0][0] == date.min
    touched = numbered(unbounded.touched(days(changed)))
    assert touched == {n for n in range(-200, 200) if changed and n >= min(changed) - ahead}


@given(numbers)
def test_condition_is_true_of_just_these_days(found: set[int]) -> None:
    sql = f"select day from (select unnest(?::date[]) as day) where {days(found).condition('day')}"
    every = [day(number) for number in range(-3, 65)]
    rows = duckdb.execute(sql, [every]).fetchall()
    assert {one for (one,) in rows} == {day(number) for number in found}


def test_all_and_none() -> None:
    assert (ALL.condition("x"), NONE.condition("x")) == ("true", "false")
    assert ALL.widened(3, 3) == ALL
    assert ALL | days({4}) == ALL
    assert not NONE
    assert str(days({0, 1, 2, 9})) == "2026-01-01 to 2026-01-03, 2026-01-10"


@given(numbers)
def test_parts_are_all_days_once(cuts: set[int]) -> None:
    parts = parted(sorted(day(number) for number in cuts))
    assert len(parts) == len(cuts) + 1
    together = NONE
    for part in parts:
        assert not numbered(together) & numbered(part)
        together |= part
    assert together == ALL
