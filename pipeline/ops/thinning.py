"""Thinning: which days of live history a user gives up, and what that costs.

Only what tells how something stood on a day is thinned: lists, catalogues, prices as they were
asked. A series of several days stays, for each of its retrievals holds days of its own. What
goes is missing in the warehouse from the next build on, and a gap on record.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Final

from pipeline.entry import Missing
from pipeline.extract import spans
from pipeline.ops.retention import thinned

if TYPE_CHECKING:
    from collections.abc import Sequence, Set
    from datetime import date, datetime

    from pipeline.citation import Listed
    from pipeline.entry import Had, Membership

LASTING: Final = frozenset({"bundled", "import"})
"""Sources whose files always stay: nobody gives them again."""


@dataclass(frozen=True)
class Thinned:
    """One retrieval that is given up: its data set, its day and its place in the ledger."""

    source: str
    dataset: str
    day: date
    retrieval_ids: frozenset[int]


def find(
    retrievals: Sequence[Listed],
    units: Sequence[Had],
    memberships: Sequence[Membership],
    *,
    pinned: Set[str],
    today: date,
    daily_days: int,
) -> list[Thinned]:
    """What goes, if days older than ``daily_days`` are thinned to the first of each month.

    The newest of each data set stays, the last members that were accepted, and what holds any of
    the ``pinned`` payloads.

    Args:
        retrievals: all of the ledger, oldest first.
        units: all of the ledger.
        memberships: all decisions of the ledger.
        pinned: payloads that reports cite.
        today: the UTC day from which ages are counted.
        daily_days: younger ones stay whole.
    """
    spans_of = {
        (one.source, one.dataset, one.fetched_at): one.first_date == one.last_date for one in units
    }
    series: dict[tuple[str, str], dict[datetime, list[Listed]]] = {}
    for one in retrievals:
        if not one.is_dated and not one.is_gone and one.source not in LASTING:
            series.setdefault((one.source, one.dataset), {}).setdefault(one.at, []).append(one)
    accepted = _last_accepted(memberships)
    found = []
    for (source, dataset), by_time in series.items():
        times = sorted(by_time)
        days = [at.astimezone(UTC).date() for at in times]
        stays = {len(times) - 1}
        stays |= {n for n, day in enumerate(days) if accepted.get((source, dataset)) == day}
        for place in sorted(thinned(days, today, daily_days) - stays):
            of_one = by_time[times[place]]
            is_of_a_day = spans_of.get((source, dataset, times[place]), False)
            if is_of_a_day and pinned.isdisjoint(one.payload_sha256 for one in of_one):
                ids = frozenset(one.retrieval_id for one in of_one)
                found.append(Thinned(source, dataset, days[place], ids))
    return found


def _last_accepted(memberships: Sequence[Membership]) -> dict[tuple[str, str], date]:
    """The last day of each set whose members were accepted, by the last word on each day."""
    status = {(one.source, one.dataset, one.seen_date): one.status for one in memberships}
    found: dict[tuple[str, str], date] = {}
    for source, dataset, day in sorted(key for key, last in status.items() if last == "accepted"):
        found[source, dataset] = day
    return found


def gaps(gone: Sequence[Thinned], retrievals: Sequence[Listed], now: datetime) -> list[Missing]:
    """The days that no other retrieval of the same data set has, as they go on record."""
    ids = frozenset[int]().union(*(one.retrieval_ids for one in gone))
    left: dict[tuple[str, str], set[date]] = {}
    for one in retrievals:
        if one.retrieval_id not in ids and not one.is_gone:
            day = one.at.astimezone(UTC).date()
            left.setdefault((one.source, one.dataset), set()).add(day)
    lost: dict[tuple[str, str], set[date]] = {}
    for each in gone:
        key = (each.source, each.dataset)
        if each.day not in left.get(key, ()):
            lost.setdefault(key, set()).add(each.day)
    reason = "pruned: of old days the first of each month is kept"
    return [
        Missing(source, dataset, first, last, reason, now)
        for (source, dataset), days in sorted(lost.items())
        for first, last in spans.joined(days)
    ]
