"""Days: which UTC days something is about, as ranges; none of them, some, or all there are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Days:
    """Ranges of days with both ends in them: disjoint, apart, oldest first."""

    ranges: tuple[tuple[date, date], ...] = ()

    @classmethod
    def of(cls, days: Iterable[date]) -> Days:
        """Single days."""
        return cls._merged([(day, day) for day in days])

    @classmethod
    def _merged(cls, ranges: Iterable[tuple[date, date]]) -> Days:
        merged: list[tuple[date, date]] = []
        for first, last in sorted(ranges):
            if merged and first <= _later(merged[-1][1], 1):
                merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
            else:
                merged.append((first, last))
        return cls(tuple(merged))

    def __bool__(self) -> bool:
        """Whether there is any."""
        return bool(self.ranges)

    def __str__(self) -> str:
        """Each range, for people."""
        return ", ".join(
            str(first) if first == last else f"{first} to {last}" for first, last in self.ranges
        )

    def __or__(self, other: Days) -> Days:
        """The days of both."""
        return self._merged((*self.ranges, *other.ranges))

    def widened(self, back: int | None, ahead: int) -> Days:
        """These and the days around them; ``back`` null reaches to the beginning."""
        return self._merged(
            (date.min if back is None else _later(first, -back), _later(last, ahead))
            for first, last in self.ranges
        )

    def onwards(self) -> Days:
        """These and every later day."""
        return Days(((self.ranges[0][0], date.max),)) if self.ranges else self

    def condition(self, day: str) -> str:
        """SQL that is true where the expression ``day`` is one of these."""
        if not self.ranges:
            return "false"
        if self == ALL:
            return "true"
        parts = (f"{day} between date '{first}' and date '{last}'" for first, last in self.ranges)
        return f"({' or '.join(parts)})"


ALL = Days(((date.min, date.max),))
NONE = Days()


def parted(lasts: Iterable[date]) -> list[Days]:
    """All days there are, in parts that end with each of ``lasts`` (in order) and never."""
    parts, first = [], date.min
    for last in lasts:
        parts.append(Days(((first, last),)))
        first = _later(last, 1)
    return [*parts, Days(((first, date.max),))]


def _later(day: date, n_days: int) -> date:
    """A day so many days later, within the calendar."""
    number = day.toordinal() + n_days
    return date.fromordinal(min(max(number, date.min.toordinal()), date.max.toordinal()))
