"""Retention: which of many dated things stay, by rules like restic's; nothing is touched here.

A rule by period keeps the newest of each of the last so many days, weeks, months or years that
have any. What one rule keeps stays, whatever the others say.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, fields
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

ALL: Final = sys.maxsize
"""As a number to keep: every period, however long ago."""


@dataclass(frozen=True)
class Span:
    """A time by the calendar: months, then days."""

    months: int = 0
    days: int = 0

    def before(self, day: date) -> date:
        """The day that lies so long before another; the first day there is where none does."""
        months = day.year * 12 + day.month - 1 - self.months
        if months < 12:
            return date.min
        # The 31st of a shorter month is its last day.
        first = date(months // 12, months % 12 + 1, 1)
        length = (_next_month(first) - first).days
        at = first + timedelta(days=min(day.day, length) - 1)
        return at - timedelta(days=min(self.days, (at - date.min).days))


def _next_month(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1)


@dataclass(frozen=True)
class Keep:
    """How many of what stays: of the last ones, and of the periods that have any.

    ``within`` keeps all that is so young, counted from the newest.
    """

    last: int = 0
    daily: int = 0
    weekly: int = 0
    monthly: int = 0
    yearly: int = 0
    within: Span | None = None

    @property
    def is_nothing(self) -> bool:
        """Whether no rule keeps anything."""
        return not any(getattr(self, one.name) for one in fields(self))


REPORTS: Final = Keep(last=10, daily=30, monthly=24, yearly=ALL)
"""What is kept of reports where no rule is given."""

_PERIODS: Mapping[str, Callable[[date], str]] = {
    "daily": lambda day: f"{day}",
    "weekly": lambda day: "{}-W{:02}".format(*day.isocalendar()),
    "monthly": lambda day: f"{day:%Y-%m}",
    "yearly": lambda day: f"{day:%Y}",
}


def reasons(days: Mapping[str, date], keep: Keep) -> dict[str, tuple[str, ...]]:
    """Why each of some things stays; nothing where no rule keeps it.

    Args:
        days: the day of each by its name; of one day the last by name is the newest.
        keep: the rules.
    """
    newest_first = sorted(days, key=lambda name: (days[name], name), reverse=True)
    found: dict[str, list[str]] = {name: [] for name in newest_first}
    for number, name in enumerate(newest_first[: keep.last], 1):
        found[name].append(f"last {number}")
    for rule, period in _PERIODS.items():
        newest: dict[str, str] = {}
        for name in newest_first:
            newest.setdefault(period(days[name]), name)
        for of_period, name in list(newest.items())[: getattr(keep, rule)]:
            found[name].append(f"{rule} {of_period}")
    if keep.within is not None and newest_first:
        since = keep.within.before(days[newest_first[0]])
        for name in newest_first:
            if days[name] > since:
                found[name].append(f"within, after {since}")
    return {name: tuple(why) for name, why in found.items()}


def thinned(days: Sequence[date], today: date, daily_days: int) -> set[int]:
    """What goes of one series, by its place: of what is old all but the first of each month.

    Args:
        days: of the series, oldest first.
        today: the day from which ages are counted.
        daily_days: what is younger stays whole.
    """
    begun: set[str] = set()
    gone = set()
    for place, day in enumerate(days):
        if f"{day:%Y-%m}" not in begun:
            begun.add(f"{day:%Y-%m}")
        elif (today - day).days >= daily_days:
            gone.add(place)
    return gone
