"""Run: the order of the stages, and where their results go.

fetch     sources        -> payload store, ledger
build     payload store  -> published file
report    published file -> HTML and PDF
tell      how it ended   -> people, by mail, webhook and folder, and whoever watches
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline import desk, extract, master, room
from pipeline import fetch as fetching
from pipeline.build import build
from pipeline.entry import Retrieval, Run
from pipeline.errors import (
    DefinitionError,
    PartialError,
    PayloadError,
    StorageError,
    UsageError,
    exit_code_of,
)
from pipeline.files import deliver
from pipeline.ledger import Ledger
from pipeline.opening import open_warehouse
from pipeline.ops import prune as pruning
from pipeline.parameters import told
from pipeline.past import held
from pipeline.payload import PayloadStore
from pipeline.source import Wanted
from pipeline.telling import Ended, Telling

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date, datetime

    from pipeline.desk import Reported
    from pipeline.entry import Membership, Missing
    from pipeline.job import Job
    from pipeline.master import Version
    from pipeline.ops.prune import Plan
    from pipeline.ops.retention import Keep
    from pipeline.outcome import Outcome
    from pipeline.provenance import Provenance
    from pipeline.source import Gap, Source, Unit

# More than the payloads of a run take, by far, and the ledger that lists them.
_PAYLOADS_BYTES = 32 * 2**20


@dataclass(frozen=True)
class Ran:
    """What a daily run published and delivered.

    ``reported`` has no files where no report was wanted. ``unmet`` says what the run could not
    have, ``undelivered`` what could not be sent.
    """

    version: Version
    reported: Reported
    unmet: str
    undelivered: str = ""


@dataclass(frozen=True)
class Pruned:
    """What went and what stays; ``history`` says which days of live data are given up."""

    plan: Plan
    history: tuple[Missing, ...]


def demo(job: Job, *, full: bool = False, out: Path | None = None) -> Reported:
    """The whole way with the bundled edition: fetch, build, publish, report."""
    with _Recorded(job, "demo") as recorded:
        _must_be_defined(job)
        shipped = [_named(job, name) for name in ("bundled", "event")]
        outcome = _fetch(job, shipped, Wanted(now=job.clock()))
        outcome.must_have_required()
        build(job, full=full, parsed=None if full else outcome.parsed)
        with open_warehouse(job) as opened:
            reported = desk.reports(job, job.settings.report, opened, out)
        if reported.failure is not None:
            recorded.exit_code = reported.failure.exit_code
    return reported


def _must_be_defined(job: Job) -> None:
    """Say that no report is defined before anything is asked for or published.

    One that is broken beside others that are not keeps no data from coming in.
    """
    broken: list[str] = []
    for name in job.settings.report.names:
        try:
            desk.defined(job, name)
        except DefinitionError as error:
            broken.append(str(error))
    if len(broken) == len(job.settings.report.names):
        raise DefinitionError("\n".join(broken))


def rebuild(
    job: Job,
    *,
    report_date: date | None = None,
    full: bool = False,
    without_lost: bool = False,
) -> Version:
    """Build and publish from what was fetched before, as a run of its own.

    With ``without_lost`` payloads that are missing or damaged count no more from now on.
    """
    with _Recorded(job, "build"):
        if without_lost:
            with job.alone():
                _forgo_lost(job)
        return build(job, report_date=report_date, full=full)


def _forgo_lost(job: Job) -> None:
    """Note each retrieval whose bytes are not as they were stored; its days are a gap."""
    ledger, store = Ledger(job.settings.ledger), PayloadStore(job.settings.payloads)
    gone: set[tuple[str, str, datetime]] = set()
    for one in ledger.retrievals():
        origin = one.provenance
        whole = (origin.source, origin.dataset, origin.retrieved_at)
        try:
            store.read(one.payload_sha256)
        except PayloadError as error:
            if whole not in gone:
                gone.add(whole)
                reason = f"what was had on {origin.retrieved_at:%Y-%m-%d} is lost on disk"
                ledger.lose(one, reason, job.clock())
            job.log(
                "payload_lost",
                stage="load",
                source=origin.source,
                dataset=origin.dataset,
                reason=str(error),
            )


def run(
    job: Job,
    *,
    wanted: Wanted,
    out: Path | None = None,
    full: bool = False,
    reported: bool = True,
    told: bool = True,
) -> Ran:
    """The daily way: fetch from all sources, build, publish, report and tell, as is wanted.

    Alerts are asked whether there are reports or not.

    Raises:
        CapbriefError: a required part could not be had; what was published stays.
    """
    with Telling(job, is_on=told) as telling:
        with _Recorded(job, "run") as recorded:
            if reported:
                _must_be_defined(job)
            outcome = _fetch(job, _sources(job), wanted, begun=telling.begin)
            outcome.must_have_required()
            version = build(job, full=full, parsed=None if full else outcome.parsed)
            with open_warehouse(job) as opened:
                made = (
                    desk.reports(job, job.settings.report, opened, out)
                    if reported
                    else desk.alerts(job, opened)
                )
            unmet, failure = outcome.unmet(), made.failure
            if unmet:
                recorded.exit_code = PartialError.exit_code
            if failure is not None:
                recorded.exit_code = failure.exit_code
        reasons = "\n".join(filter(None, (str(failure or ""), unmet)))
        telling.ended = Ended(recorded.exit_code, reasons, made)
    if telling.exit_code != recorded.exit_code:
        Ledger(job.settings.ledger).finish(job.run_id, job.clock(), telling.exit_code)
    return Ran(version, made, unmet, telling.undelivered)


def fetch(job: Job, *, wanted: Wanted, only: Sequence[str] = ()) -> Outcome:
    """Fetch from all sources, or from those of these names, as a run of its own.

    Raises:
        UsageError: there is no source of that name, or it is off.
        CapbriefError: something could not be had; what could is kept.
    """
    sources = _only(job, only)
    with _Recorded(job, "fetch"):
        outcome = _fetch(job, sources, wanted, builds=False)
        outcome.must_have_required()
        outcome.must_be_whole()
    return outcome


def backfill(job: Job, *, wanted: Wanted, most_calls: int | None = None) -> Outcome:
    """Fetch the history of past days, as a run of its own.

    Raises:
        QuotaError: the budget is spent; the same call goes on from there.
        CapbriefError: something could not be had; what could is kept.
    """
    with _Recorded(job, "backfill"):
        _must_have_room(job, builds=False)
        with job.alone():
            outcome = fetching.backfill(
                job, _named(job, "coingecko"), wanted, most_calls=most_calls
            )
        outcome.must_have_something()
        outcome.must_be_whole()
    return outcome


def plan(job: Job, *, wanted: Wanted, only: Sequence[str] = ()) -> list[tuple[str, Unit | Gap]]:
    """What a fetch or a backfill would do now; nothing is asked, written or locked.

    Raises:
        UsageError: there is no source of a name in ``only``, or it is off.
    """
    sources = _only(job, only) if wanted.days is None else [_named(job, "coingecko")]
    return fetching.planned(job, sources, wanted)


def take_in(job: Job, content: bytes, provenance: Provenance) -> bool:
    """Keep a user's file that was read and found good, as a run of its own.

    False where it is there already: taking it in again does not make it known later.
    """
    ledger = Ledger(job.settings.ledger)
    with _Recorded(job, "import"), job.alone():
        payload = PayloadStore(job.settings.payloads).put(content, provenance)
        taken = Retrieval(payload.sha256, provenance)
        before = ledger.retrieved(provenance.source, provenance.dataset)
        if any(_is_as(one, taken) for one in before):
            return False
        if before:
            job.log("replaces", stage="fetch", source="import", dataset=provenance.dataset)
        ledger.record(taken)
        return True


def _is_as(one: Retrieval, other: Retrieval) -> bool:
    """Whether two retrievals say the same, but for the day on which they were made."""
    before, now = one.provenance, other.provenance
    if now.published_at is None:
        # Known from the import on: the first one counts.
        before = replace(before, known_at=now.known_at)
    same = replace(before, retrieved_at=now.retrieved_at) == now
    return same and one.payload_sha256 == other.payload_sha256


def accept(job: Job, dataset: str | None = None) -> tuple[Membership, ...]:
    """Let the memberships count that wait for a person, all or that of one data set.

    Raises:
        UsageError: none waits.
    """
    ledger = Ledger(job.settings.ledger)
    with _Recorded(job, "universe"), job.alone():
        found = [one for one in held(ledger) if dataset in (None, one.dataset)]
        if not found:
            raise UsageError(
                f"{dataset or 'universe'}: no membership waits; see 'capbrief universe'"
            )
        accepted = tuple(replace(one, status="accepted", decided_at=job.clock()) for one in found)
        for one in accepted:
            ledger.decide(one)
    return accepted


def prune(job: Job, keep: Keep, *, daily_days: int | None = None, dry_run: bool = False) -> Pruned:
    """Remove what nobody needs; with ``daily_days`` also days of live history that are older.

    Args:
        job: settings, clock and log.
        keep: the rules for reports.
        daily_days: of live history that is older, the first of each month is kept; null keeps all.
        dry_run: say what would go; nothing is written or locked.

    Raises:
        UsageError: nothing tells what is needed.
        CapbriefError: as ``build``, which publishes without what is given up.
    """
    pruning.must_have_ledger(job)
    if dry_run:
        history = pruning.history(job, keep, daily_days)
        planned = pruning.plan(job, keep, given_up=history.retrieval_ids)
        return Pruned(planned, history.gaps)
    with _Recorded(job, "prune"):
        with job.alone():
            history = pruning.history(job, keep, daily_days)
            pruning.give_up(job, history)
        if history.retrieval_ids:
            # Readers may check all payloads of what is published: it is to hold them no more.
            build(job)
        with job.alone():
            done = pruning.carry_out(job, pruning.plan(job, keep))
    return Pruned(done, history.gaps)


def _fetch(
    job: Job,
    sources: Sequence[Source],
    wanted: Wanted,
    *,
    builds: bool = True,
    begun: Callable[[], None] = lambda: None,
) -> Outcome:
    """Fetch where there is room; ``begun`` is called once no other run can be under way."""
    _must_have_room(job, builds=builds)
    with job.alone():
        begun()
        return fetching.fetch(job, sources, wanted)


def _must_have_room(job: Job, *, builds: bool) -> None:
    """Stop before the first call where what comes could not be kept, or not be published."""
    wanted = {job.settings.state: 0, job.settings.payloads: _PAYLOADS_BYTES}
    if builds:
        # The master's WAL and the version can each become as large as the master.
        wanted[job.settings.warehouse] = 2 * master.size_bytes(job.settings)
    room.must_be_there(wanted)


def _sources(job: Job) -> tuple[Source, ...]:
    return extract.sources(job.settings, job.universes, job.events)


def _only(job: Job, names: Sequence[str]) -> list[Source]:
    found = {source.name: source for source in _sources(job)}
    for name in names:
        if name not in found:
            near = get_close_matches(name, found, n=1)
            hint = f"did you mean {near[0]}?" if near else "see 'capbrief sources'"
            raise UsageError(f"{name}: no source has that name; {hint}")
        if found[name].about.off_because:
            raise UsageError(f"{name}: is off; {found[name].about.off_because}")
    return [source for name, source in found.items() if not names or name in names]


def _named(job: Job, name: str) -> Source:
    return next(source for source in _sources(job) if source.name == name)


def docs(job: Job, out: Path | None = None) -> list[Path]:
    """Write the data dictionary as HTML and Markdown; no warehouse is needed.

    Raises:
        SqlError, DefinitionError, TemplateError: a file that it is made from is broken.
        StorageError: the folder cannot be written.
    """
    from pipeline import dictionary
    from pipeline.report import render

    value = dictionary.dictionary(job.sql, job.universes, job.events)
    folder = out or job.settings.reports
    return [
        deliver(
            folder / name,
            render.document(template, value, template_folders=job.templates).encode(),
            root=None if out else folder,
        )
        for name, template in dictionary.TEMPLATES.items()
    ]


class _Recorded:
    """Keeps one run in the ledger, however it ends; without an error as ``exit_code`` says."""

    def __init__(self, job: Job, command: str) -> None:
        self._job, self._command = job, command
        self.exit_code = 0

    def __enter__(self) -> _Recorded:
        job = self._job
        run = Run(
            *(job.run_id, self._command, job.version, job.clock()), settings=told(job.settings)
        )
        Ledger(job.settings.ledger).start(run)
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        job = self._job
        if error is None:
            Ledger(job.settings.ledger).finish(job.run_id, job.clock(), self.exit_code)
            return
        # What ended the run is what the user must see, even if the ledger cannot be written.
        with suppress(StorageError):
            Ledger(job.settings.ledger).finish(job.run_id, job.clock(), exit_code_of(error))
