"""Ranges of days, against sets of days."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from pipeline.extract.spans import pieces, without

DAY = timedelta(days=1)
START = date(2026, 1, 1)
days = st.integers(0, 40).map(lambda n: START + n * DAY)
spans = st.tuples(days, days).map(lambda pair: (min(pair), max(pair)))


def listed(span: tuple[date, date]) -> list[date]:
    return [span[0] + n * DAY for n in range((span[1] - span[0]).days + 1)]


@given(spans, st.lists(spans))
def test_what_is_left_is_the_difference_of_the_days(
    span: tuple[date, date], taken: list[tuple[date, date]]
) -> None:
    left = without(span, taken)
    gone = {day for one in taken for day in listed(one)}
    assert [day for one in left for day in listed(one)] == [
        day for day in listed(span) if day not in gone
    ]
    # Two parts never touch, or they would be asked for twice.
    assert all(one[1] + DAY < two[0] for one, two in pairwise(left))


@given(spans, days)
def test_a_range_without_an_end_takes_all_that_follows(
    span: tuple[date, date], start: date
) -> None:
    left = [day for one in without(span, [(start, None)]) for day in listed(one)]
    assert left == [day for day in listed(span) if day < start]


def test_nothing_is_left_of_nothing() -> None:
    assert without((START + DAY, START), []) == []


@given(spans, st.integers(1, 50))
def test_pieces_are_the_span_again(span: tuple[date, date], longest: int) -> None:
    parts = list(pieces(span, longest))
    assert [day for part in parts for day in listed(part)] == listed(span)
    assert all(len(listed(part)) <= longest for part in parts)
