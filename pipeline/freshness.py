"""Freshness: how long ago each source gave something, and what no report can do without."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline import extract, file_format
from pipeline.errors import StaleError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pipeline.job import Job
    from pipeline.warehouse import Warehouse


@dataclass(frozen=True)
class Age:
    """How long ago a source gave something, in hours; ``state`` is fresh, late or stale."""

    source: str
    retrieved_at: datetime
    age_hours: float
    state: str
    is_required: bool

    def __str__(self) -> str:
        return (
            f"{self.source}: gave something last on {self.retrieved_at:%Y-%m-%d %H:%M}Z, "
            f"{self.age_hours:.0f} hours ago; run 'capbrief run', and look why no run did"
        )


def ages(job: Job, opened: Warehouse, now: datetime) -> tuple[Age, ...]:
    """How long ago each source that is asked over the network was had.

    A source that has something new every few days may be so much older before it is late.
    """
    # An older file does not know what was found unchanged.
    is_current = file_format.version(opened.connection) == file_format.FORMAT
    seen_at = "seen_at" if is_current else "retrieved_at"
    asked = {
        source.name: source.about
        for source in extract.sources(job.settings, job.universes, job.events)
        if source.about.address and not source.about.off_because
    }
    rows = opened.query(
        f"select source, max({seen_at}) from marts.source group by source order by source"
    ).rows()
    found = []
    for source, naive in rows:
        if source in asked:
            about = asked[source]
            at = naive.replace(tzinfo=now.tzinfo)
            hours = (now - at).total_seconds() / 3600
            state = _state(job, hours - 24 * (about.every_days - 1))
            found.append(Age(source, at, round(hours, 1), state, about.is_required))
    return tuple(found)


def _state(job: Job, hours: float) -> str:
    limits = job.settings.freshness
    if hours > limits.error_hours:
        return "stale"
    return "late" if hours > limits.warn_hours else "fresh"


def stale(found: Sequence[Age]) -> tuple[Age, ...]:
    """Sources that no report can do without and that gave nothing for too long."""
    return tuple(one for one in found if one.state == "stale" and one.is_required)


def must_be_fresh(found: Sequence[Age]) -> None:
    """Stop where a source that no report can do without gave nothing for too long.

    Raises:
        StaleError: with each of them.
    """
    if late := stale(found):
        raise StaleError("\n".join(map(str, late)))
