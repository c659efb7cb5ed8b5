"""Past: what a source learned before, from the ledger and the payload store.

Where the bytes of a retrieval are damaged, the one before it tells what was known: a run that
only compares with them must not wait until they are restored.
"""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

from pipeline.errors import PayloadError
from pipeline.ledger import Ledger
from pipeline.payload import PayloadStore
from pipeline.source import Gap

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from pipeline.entry import Had, Membership, Retrieval
    from pipeline.job import Job
    from pipeline.source import Fetched, Source

_ASKED_AGAIN_DAYS = 7


class Known:
    """What one source learned before, from the ledger and the payload store."""

    def __init__(self, job: Job, source: Source) -> None:
        self._source = source.name
        self._now, self._log = job.clock, job.log
        self._store = PayloadStore(job.settings.payloads)
        # A dry run on a home that is not there yet must not make one.
        self._ledger = Ledger(job.settings.ledger) if job.settings.ledger.exists() else None

    def _units(self) -> list[Had]:
        return self._ledger.units(self._source) if self._ledger else []

    def covered(self, dataset: str) -> list[tuple[date, date]]:
        """Ranges of days that were had, oldest first."""
        return sorted((u.first_date, u.last_date) for u in self._units() if u.dataset == dataset)

    def datasets(self, prefix: str) -> list[str]:
        """Data sets that were had at least once, by the beginning of their name."""
        known = self._ledger.datasets(self._source) if self._ledger else []
        return [dataset for dataset in known if dataset.startswith(prefix)]

    def payloads(self, dataset: str) -> list[Fetched]:
        """What the newest unit of a data set brought."""
        found = self._retrieved(dataset)
        while found:
            if (whole := self._read(dataset, found)) is not None:
                return whole
            found = self._retrieved(dataset, before=found[0].provenance.retrieved_at)
        return []

    def accepted(self, dataset: str) -> list[Fetched]:
        """What the newest unit brought whose members were accepted."""
        newest = {
            one.seen_date: one.status
            for one in (self._ledger.memberships() if self._ledger else [])
            if (one.source, one.dataset) == (self._source, dataset)
        }
        days = [day for day, status in newest.items() if status == "accepted"]
        had = [
            unit
            for unit in self._units()
            if unit.dataset == dataset and unit.fetched_at.astimezone(UTC).date() in days
        ]
        for at in sorted({unit.fetched_at for unit in had}, reverse=True):
            if (whole := self._read(dataset, self._retrieved(dataset, at))) is not None:
                return whole
        return []

    def gaps(self, dataset: str) -> list[Gap]:
        """Gaps that are on record and stand: an open one ends when the data set was had again.

        What a vendor did not know is asked for once a week; it may have been wrong.
        """
        here = (self._source, dataset)
        found = [
            one
            for one in (self._ledger.gaps() if self._ledger else [])
            if (one.source, one.dataset) == here
        ]
        had = [unit.fetched_at for unit in self._units() if unit.dataset == dataset]
        stand = [
            one
            for one in found
            if one.last_date is not None
            or (all(at < one.noted_at for at in had) and not self._is_due_again(one.noted_at))
        ]
        return [Gap(one.dataset, one.first_date, one.last_date, one.reason) for one in stand]

    def _is_due_again(self, noted_at: datetime) -> bool:
        days = (self._now() - noted_at).days
        return days > 0 and days % _ASKED_AGAIN_DAYS == 0

    def _retrieved(
        self, dataset: str, at: datetime | None = None, *, before: datetime | None = None
    ) -> list[Retrieval]:
        if self._ledger is None:
            return []
        return self._ledger.retrieved(self._source, dataset, at, before=before)

    def _read(self, dataset: str, found: Sequence[Retrieval]) -> list[Fetched] | None:
        """The bytes of one retrieval; None, and a line in the log, where some are damaged."""
        try:
            return [(self._store.read(one.payload_sha256), one.provenance) for one in found]
        except PayloadError as error:
            self._log(
                "payload_damaged",
                stage="fetch",
                source=self._source,
                dataset=dataset,
                reason=str(error),
            )
            return None


def held(ledger: Ledger) -> tuple[Membership, ...]:
    """The memberships that wait for a person: of each set the newest, if it is not accepted."""
    newest: dict[tuple[str, str], Membership] = {}
    for one in ledger.memberships():
        before = newest.get((one.source, one.dataset))
        if before is None or one.seen_date >= before.seen_date:
            newest[one.source, one.dataset] = one
    return tuple(one for one in newest.values() if one.status == "held")
