"""Spans: ranges of UTC days with both ends in them, and what is left of one."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Span = tuple[date, date]

_DAY = timedelta(days=1)


def without(span: Span, taken: Iterable[tuple[date, date | None]]) -> list[Span]:
    """The parts of a span that lie in none of ``taken``, oldest first.

    A taken range without an end goes on for ever.
    """
    first, last = span
    left = []
    for start, end in sorted(taken, key=lambda one: one[0]):
        if start > last:
            break
        if start > first:
            left.append((first, start - _DAY))
        if end is None or end >= last:
            return left
        first = max(first, end + _DAY)
    return [*left, (first, last)] if first <= last else left


def pieces(span: Span, longest: int) -> Iterator[Span]:
    """A span cut into parts of at most ``longest`` days, oldest first."""
    first, last = span
    while first <= last:
        end = min(last, first + timedelta(days=longest - 1))
        yield first, end
        first = end + _DAY


def joined(days: Iterable[date]) -> list[Span]:
    """Single days as spans, oldest first; days in a row are one."""
    found: list[Span] = []
    for day in sorted(days):
        if found and found[-1][1] + _DAY == day:
            found[-1] = (found[-1][0], day)
        else:
            found.append((day, day))
    return found
