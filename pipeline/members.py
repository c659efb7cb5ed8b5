"""Members: whether the members of a set that came count, or wait for a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.entry import Membership
from pipeline.errors import QualityError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from pipeline.ledger import Ledger
    from pipeline.source import Rows, Unit


def decided(
    ledger: Ledger, source: str, unit: Unit, day: date, rows: Sequence[Rows], at: datetime
) -> Membership | None:
    """Who belonged to the set of a unit on a day; None where the unit has no members.

    Args:
        ledger: what counts so far.
        source: name of the unit's source.
        unit: what was had.
        day: on which it was had.
        rows: that it brought.
        at: when it is decided.

    Raises:
        QualityError: it changed by too much on a day of which another crawl counts.
    """
    review = unit.review(rows) if unit.review is not None else None
    if review is None:
        return None
    if review.is_jump and _is_accepted(ledger, source, unit.dataset, day):
        raise QualityError(
            f"{unit.dataset}: {len(review.entered)} entered and {len(review.left)} left of "
            f"{review.n_before} members since the crawl of this day that counts; it stays, "
            "and the next day's is looked at anew"
        )
    return Membership(
        source=source,
        dataset=unit.dataset,
        seen_date=day,
        status="held" if review.is_jump else "accepted",
        n_before=review.n_before,
        n_members=review.n_members,
        entered=review.entered,
        left=review.left,
        decided_at=at,
    )


def _is_accepted(ledger: Ledger, source: str, dataset: str, day: date) -> bool:
    return any(
        (one.source, one.dataset, one.seen_date, one.status) == (source, dataset, day, "accepted")
        for one in ledger.memberships()
    )
