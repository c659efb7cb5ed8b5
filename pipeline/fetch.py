"""Fetch: from sources to the payload store and the ledger, one unit of work at a time.

A unit is recorded when all of it is there and its rows could be read, so that a day is
complete or absent. What cannot be had any more is recorded as a gap, once.
"""

from __future__ import annotations

from calendar import monthrange
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, timedelta
from functools import partial
from typing import TYPE_CHECKING

from pipeline import load, members
from pipeline.entry import Had, Missing, Retrieval
from pipeline.errors import (
    AuthError,
    CapbriefError,
    NotFoundError,
    OutOfReachError,
    QualityError,
    QuotaError,
)
from pipeline.extract import spans
from pipeline.form import JSON
from pipeline.ledger import Ledger
from pipeline.outcome import Outcome
from pipeline.past import Known, held
from pipeline.payload import PayloadStore
from pipeline.source import Gap, Unit, Wanted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date
    from typing import Any

    from pipeline.budget import Allowance, Budget
    from pipeline.form import Form
    from pipeline.http import Answer, Door
    from pipeline.job import Job
    from pipeline.source import Entity, Fetched, Rows, Source

# A unit with a larger share of rows that do not fit is not believed at all.
_MOST_REJECTED = 0.05
# Payloads are on disk before they count, and the disk takes its time.
_WRITERS = 4
# One bad row of a short list is no larger share than one of a long list.
_FEW_REJECTED = 1


def fetch(job: Job, sources: Sequence[Source], wanted: Wanted) -> Outcome:
    """Have what each source plans, and note what cannot be had any more.

    Raises:
        AuthError: a source needs a key and none is set.
        UsageError: the address of a source is not allowed.
        StorageError: payloads or ledger cannot be written.
    """
    total, ledger = Outcome(), Ledger(job.settings.ledger)
    with ledger.held_open():
        for source in sources:
            if source.about.off_because:
                ledger.forgo(source.name, job.clock())
            _Fetch(job, source, wanted, total)()
        total.held = held(ledger)
        for one in total.held:
            job.log("membership_held", stage="fetch", source=one.source, dataset=one.dataset)
    return total


def backfill(job: Job, source: Source, wanted: Wanted, *, most_calls: int | None = None) -> Outcome:
    """Have the history of ``wanted.days`` as far as budget and plan reach.

    The calls that the rest of the month's daily runs need are left alone.

    Raises:
        QuotaError: the budget is spent; what was had stays, and the same call goes on there.
        AuthError: a source needs a key and none is set.
    """
    daily = sum(
        item.calls
        for item in source.plan(Known(job, source), Wanted(now=wanted.now, refresh=True))
        if isinstance(item, Unit)
    )
    today = wanted.now.date()
    days_left = monthrange(today.year, today.month)[1] - today.day + 1
    total = Outcome()
    _Fetch(job, source, wanted, total, reserve=daily * days_left, most_calls=most_calls)()
    return total


def planned(job: Job, sources: Sequence[Source], wanted: Wanted) -> list[tuple[str, Unit | Gap]]:
    """What a fetch would do, by source, from what is known now; nothing is asked or written."""
    plans = ((source.name, source.plan(Known(job, source), wanted)) for source in sources)
    return [(name, item) for name, plan in plans for item in plan]


class _Fetch:
    """One source's part of a fetch."""

    def __init__(
        self,
        job: Job,
        source: Source,
        wanted: Wanted,
        outcome: Outcome,
        *,
        reserve: int = 0,
        most_calls: int | None = None,
    ) -> None:
        self._job, self._source, self._wanted, self._outcome = job, source, wanted, outcome
        self._ledger = Ledger(job.settings.ledger)
        self._store = PayloadStore(job.settings.payloads)
        self._reserve, self._most_calls = reserve, most_calls
        self._door: Door | None = None
        self._budget: Budget | None = None
        self._key: str | None = None
        self._calls = self._planned_calls = 0
        self._units = 0
        self._planned_gaps: list[Gap] = []
        self._told: set[str] = set()

    def __call__(self) -> None:
        gaps_before, payloads_before = len(self._outcome.gaps), self._outcome.payloads
        ended: CapbriefError | None = None
        plan = partial(self._source.plan, Known(self._job, self._source), self._wanted)
        for item in self._job.watched(f"fetch {self._source.name}", plan):
            if isinstance(item, Gap):
                self._planned_gaps.append(item)
            elif ended is not None:
                # Not asked for, and missing all the same.
                self._outcome.failures.append((item, ended))
                self._ledger.fail(self._source.name, item.dataset, str(ended), self._job.clock())
            elif not self._try(item):
                ended = self._outcome.failures[-1][1]
            elif self._units:
                self._miss_planned()
        self._miss_planned()
        self._outcome.units += self._units
        self._outcome.calls += self._calls
        self._job.log(
            "fetched",
            stage="fetch",
            source=self._source.name,
            units=self._units,
            payloads=self._outcome.payloads - payloads_before,
            calls=self._calls,
            gaps=len(self._outcome.gaps) - gaps_before,
            **self._spent(),
        )

    def _miss_planned(self) -> None:
        """Note the gaps of the plan, unless a host's answer shows that our days are wrong."""
        if self._door is None or not self._door.is_astray:
            for gap in self._planned_gaps:
                self._miss(gap.dataset, gap.first_date, gap.last_date, gap.reason)
            self._planned_gaps.clear()

    def _spent(self) -> dict[str, int]:
        """Credits of this month that the key has spent, where anything was asked for."""
        if self._budget is None or self._key is None:
            return {}
        return {"credits_this_month": self._budget.spent(self._key, self._job.clock())}

    def _try(self, unit: Unit) -> bool:
        """Have one unit; False where going on to the next is of no use."""
        self._planned_calls += unit.calls
        if self._most_calls is not None and self._planned_calls > self._most_calls:
            raise QuotaError(
                f"{unit.dataset}: is next, and the {self._most_calls} calls of this run are spent; "
                "run the same command again to go on there"
            )
        try:
            self._have(unit)
        except (NotFoundError, OutOfReachError) as error:
            if unit.is_required or self._miss_for_good(unit, error):
                self._fail(unit, error)
        except QuotaError as error:
            if self._wanted.days is not None:
                raise QuotaError(f"{unit.dataset}: is next; {error}") from error
            self._fail(unit, error)
            return False
        except AuthError as error:
            self._fail(unit, error)
            return False
        except CapbriefError as error:
            if error.exit_code not in (6, 7):
                raise
            self._fail(unit, error)
        return self._door is None or not self._door.is_shut

    def _fail(self, unit: Unit, error: CapbriefError) -> None:
        self._outcome.failures.append((unit, error))
        self._ledger.fail(self._source.name, unit.dataset, str(error), self._job.clock())
        self._job.log(
            "unit_failed",
            stage="fetch",
            source=self._source.name,
            dataset=unit.dataset,
            code=error.exit_code,
            reason=str(error),
        )

    def _miss_for_good(self, unit: Unit, error: CapbriefError) -> bool:
        """A gap over what a plan does not reach, or from the first day that was never had on.

        False where that is on record already. What tells a state as it is now has no such days: a
        host that does not know it any more has changed.
        """
        if unit.days is None or unit.is_snapshot:
            return True
        dataset, days = unit.dataset, unit.days
        if isinstance(error, OutOfReachError):
            return self._miss(dataset, *days, str(error))
        had = [last for _, last in Known(self._job, self._source).covered(dataset)]
        if not had and self._wanted.coin_ids:
            return True  # a name that a person gave, perhaps a wrong one, is no series of ours
        first = max(had) + timedelta(days=1) if had else days[0]
        return self._miss(dataset, first, None, str(error))

    def _miss(self, dataset: str, first: date, last: date | None, reason: str) -> bool:
        gap = Missing(self._source.name, dataset, first, last, reason, self._job.clock())
        if not self._ledger.miss(gap):
            return False
        self._outcome.gaps.append(gap)
        self._job.log(
            "gap",
            stage="fetch",
            source=gap.source,
            dataset=dataset,
            first_date=first.isoformat(),
            last_date=last.isoformat() if last else None,
            reason=reason,
        )
        return True

    def _miss_holes(self, unit: Unit, days: tuple[date, date], rows: Sequence[Rows]) -> None:
        """Days inside a series that the vendor has not, though it has earlier ones."""
        if unit.dated_by is None:
            return
        found = sorted({day for one in rows for day in one.accepted[unit.dated_by].to_list()})
        if not found or found[0] > days[1]:
            return
        known = Known(self._job, self._source).gaps(unit.dataset)
        there = [(day, day) for day in found]
        there += [(gap.first_date, gap.last_date or days[1]) for gap in known]
        for first, last in spans.without((max(days[0], found[0]), days[1]), there):
            self._miss(unit.dataset, first, last, "the series that came has no value of these days")

    def _have(self, unit: Unit) -> None:
        fetched = list(unit.fetch(self._get))
        # Bytes are kept before they are read: what a parser refuses can be looked at.
        retrievals = self._keep(fetched)
        rows = self._read(unit, fetched, retrievals)
        if unit.days is None:
            added = sum(self._ledger.record(retrieval) for retrieval in retrievals)
            self._ledger.recover(self._source.name, unit.dataset, self._job.clock())
            self._units += added > 0
            self._outcome.payloads += added
            return
        had = self._had(unit, unit.days, retrievals)
        day = had.fetched_at.astimezone(UTC).date()
        membership = members.decided(
            self._ledger, self._source.name, unit, day, rows, self._job.clock()
        )
        self._ledger.commit(had, retrievals, membership)
        if had.first_date > unit.days[0]:
            yesterday = had.first_date - timedelta(days=1)
            self._miss(unit.dataset, unit.days[0], yesterday, "the run came past midnight")
        self._miss_holes(unit, unit.days, rows)
        self._units += 1
        self._outcome.payloads += len(fetched)

    def _keep(self, fetched: Sequence[Fetched]) -> list[Retrieval]:
        with ThreadPoolExecutor(_WRITERS) as writers:
            kept = writers.map(lambda one: self._store.put(*one), fetched)
            return [
                Retrieval(payload.sha256, provenance)
                for payload, (_, provenance) in zip(kept, fetched, strict=True)
            ]

    def _had(self, unit: Unit, days: tuple[date, date], retrievals: Sequence[Retrieval]) -> Had:
        at = max((one.provenance.retrieved_at for one in retrievals), default=self._job.clock())
        if unit.is_snapshot:
            days = (at.astimezone(UTC).date(),) * 2
        return Had(*(self._source.name, unit.dataset, *days, self._job.run_id, at, len(retrievals)))

    def _read(
        self, unit: Unit, fetched: Sequence[Fetched], retrievals: Sequence[Retrieval]
    ) -> list[Rows]:
        """The rows of a unit, payload by payload.

        Raises:
            SchemaError: a payload has not the declared shape.
            QualityError: too many rows do not fit.
        """
        read = []
        reasons: Counter[str] = Counter()
        for (content, provenance), retrieval in zip(fetched, retrievals, strict=True):
            entity = self._source.entities[provenance.entity]
            rows = entity.parse(entity, content, provenance)
            read.append(rows)
            self._outcome.parsed[load.key(retrieval)] = load.Parsed(len(content), rows)
            reasons.update(rows.rejected["reason"].to_list())
            self._tell_new_fields(entity, content)
        rejected = reasons.total()
        total = rejected + sum(len(rows.accepted) for rows in read)
        if rejected == total > 0 or rejected > max(_FEW_REJECTED, _MOST_REJECTED * total):
            common = "; ".join(f"{reason} ({n})" for reason, n in reasons.most_common(3))
            raise QualityError(
                f"{unit.dataset}: {rejected} of {total} rows do not fit: {common}. "
                "What was there before stays"
            )
        return read

    def _tell_new_fields(self, entity: Entity, content: bytes) -> None:
        """Say once per fetch what an entity has that we do not read; one payload tells."""
        if entity.new_fields is None or entity.name in self._told:
            return
        self._told.add(entity.name)
        for name in entity.new_fields(entity, content):
            self._job.log(
                "schema_new_field",
                stage="fetch",
                source=self._source.name,
                entity=entity.name,
                field=name,
            )

    def _get(
        self,
        path: Sequence[str],
        parameters: Mapping[str, str],
        *,
        gate: Callable[[Any], str | None],
        form: Form = JSON,
    ) -> Answer:
        if self._door is None:
            self._door = self._open()
        self._calls += 1
        return self._door(path, parameters, gate=gate, form=form)

    def _open(self) -> Door:
        # Imported here: what lies on this machine is had without an HTTP client.
        from pipeline.budget import Budget
        from pipeline.http import Door

        access = self._source.access
        if access is None:
            raise TypeError(f"{self._source.name} asks for something and names no host")
        budget = self._budget = Budget(self._job.settings.ledger)
        self._key = access.allowance.key
        allowance = replace(access.allowance, reserve=self._reserve)

        def opened(allowance: Allowance) -> Door:
            return Door(
                replace(access, allowance=allowance),
                self._job.settings.http,
                budget,
                self._ledger,
                log=self._job.log,
                clock=self._job.clock,
                version=self._job.version,
            )

        door = opened(allowance)
        if access.usage is None:
            return door
        # Other programs may use the key, and the plan may be larger than its smallest form.
        self._calls += 1
        usage = access.usage(door)
        if usage.spent is not None:
            budget.correct(allowance.key, usage.spent, self._job.clock())
        return opened(
            replace(
                allowance,
                calls_per_minute=usage.calls_per_minute or allowance.calls_per_minute,
                calls_per_month=usage.calls_per_month or allowance.calls_per_month,
            )
        )
