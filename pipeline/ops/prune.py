"""Prune: what of a home goes, and why the rest stays.

Payloads are the truth, so those alone go whose absence changes nothing in a rebuild: what a newer
version replaced, and what no unit of work rests on. History goes only where a user asks for it
(pipeline.ops.thinning). Nothing is removed that capbrief did not make.
"""

from __future__ import annotations

import shutil
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from pipeline import citation
from pipeline.citation import Citations
from pipeline.errors import PayloadError, StorageError, UsageError
from pipeline.ledger import Ledger
from pipeline.opening import KEPT_PRIVATE, open_warehouse
from pipeline.ops import holdings, retention, thinning
from pipeline.ops.thinning import LASTING
from pipeline.payload import PayloadStore

if TYPE_CHECKING:
    from collections.abc import Sequence, Set
    from pathlib import Path

    from pipeline.citation import Listed
    from pipeline.entry import Missing
    from pipeline.job import Job
    from pipeline.ops.holdings import Holdings, Piece, ReportFolder
    from pipeline.ops.retention import Keep

# A report is being written that changed so lately.
_SETTLED: Final = timedelta(hours=1)
# Who writes without the writer's lock (reports, private files) has long ended by then.
_ABANDONED: Final = timedelta(days=1)
# So long an answer that could not be used can be looked at.
_ORPHANED: Final = timedelta(days=7)
# A file for another day or moment is made again where it is asked for.
_UNUSED: Final = timedelta(days=30)


@dataclass(frozen=True)
class Gone:
    """What goes: ``paths`` in the order in which they are removed; ``size_bytes`` of all."""

    kind: str
    name: str
    paths: tuple[Path, ...]
    size_bytes: int
    reason: str


@dataclass
class Plan:
    """What goes, which reports stay and why, how many payloads stay and why, what is unknown."""

    goes: list[Gone] = field(default_factory=list)
    reports: dict[str, tuple[str, ...]] = field(default_factory=dict)
    payloads: Counter[str] = field(default_factory=Counter)
    strangers: list[Path] = field(default_factory=list)

    @property
    def size_bytes(self) -> int:
        """Of all that goes."""
        return sum(one.size_bytes for one in self.goes)

    def to_fields(self) -> dict[str, Any]:
        """Plain fields for JSON."""
        return {
            "removed": [
                {"kind": one.kind, "name": one.name, "bytes": one.size_bytes, "reason": one.reason}
                for one in self.goes
            ],
            "bytes": self.size_bytes,
            "kept_reports": {name: list(why) for name, why in self.reports.items()},
            "kept_payloads": dict(self.payloads),
            "left_alone": [str(path) for path in self.strangers],
        }


def must_have_ledger(job: Job) -> Ledger:
    """The ledger, without which nothing tells what is needed.

    Raises:
        UsageError: it is not there, or lists nothing.
    """
    path = job.settings.ledger
    if path.exists():
        ledger = Ledger(path)
        if not ledger.is_empty():
            return ledger
    raise UsageError(
        f"{path}: lists nothing that was fetched, so that nothing tells what is needed; check "
        "--home, or restore the ledger from a backup"
    )


@dataclass(frozen=True)
class History:
    """Retrievals of live data that are given up, and the days that are missing then."""

    retrieval_ids: frozenset[int] = frozenset()
    gaps: tuple[Missing, ...] = ()


def history(job: Job, keep: Keep, daily_days: int | None) -> History:
    """What is given up if live data older than ``daily_days`` is thinned; null gives up nothing.

    Raises:
        StorageError: a folder or the ledger cannot be read.
    """
    if daily_days is None:
        return History()
    ledger, citations = Ledger(job.settings.ledger), Citations(job.settings.ledger)
    retrievals = citations.retrievals()
    gone = thinning.find(
        retrievals,
        ledger.units(),
        ledger.memberships(),
        pinned=_cites(job, keep, holdings.look(job.settings), retrievals),
        today=job.clock().date(),
        daily_days=daily_days,
    )
    ids = frozenset[int]().union(*(one.retrieval_ids for one in gone))
    return History(ids, tuple(thinning.gaps(gone, retrievals, job.clock())))


def give_up(job: Job, gone: History) -> None:
    """Let history count no more from the next build on; the caller holds the writer's lock."""
    Citations(job.settings.ledger).prune(gone.retrieval_ids, gone.gaps, job.clock())
    if gone.retrieval_ids:
        job.log("history_given_up", stage="prune", retrievals=len(gone.retrieval_ids))


def _cites(job: Job, keep: Keep, found: Holdings, retrievals: Sequence[Listed]) -> set[str]:
    """The payloads that those reports cite which stay.

    A report of before there were notes cites what was had when its files were written. What lies
    behind a link is not looked at, so that all stays which such a report cites by its notes.
    """
    reports = job.settings.reports
    stay = {folder.path.name: folder for folder, why in _reports(found, keep, job.clock()) if why}
    notes: dict[str, set[int]] = {}
    for note in Citations(job.settings.ledger).notes():
        notes.setdefault(note.folder, set()).add(note.retrieval_id)
    reached: set[int] = set()
    for name, of_folder in notes.items():
        if (reports if reports.is_symlink() else reports / name) in found.strangers:
            reached |= of_folder
    for name, folder in stay.items():
        had = [one.retrieval_id for one in retrievals if one.at <= folder.changed_at]
        reached |= notes.get(name) or {max(had, default=0)}
    return citation.cited(retrievals, reached)


def plan(job: Job, keep: Keep, *, given_up: Set[int] = frozenset()) -> Plan:
    """What goes and what stays; nothing is changed.

    Args:
        job: settings, clock and log.
        keep: the rules for reports, each name by itself.
        given_up: ids of retrievals that are taken for pruned already.

    Raises:
        UsageError: there is no ledger, or it lists nothing.
        StorageError: a folder, the ledger or what is published cannot be read.
    """
    ledger, now = must_have_ledger(job), job.clock()
    found = holdings.look(job.settings)
    made = Plan(strangers=found.strangers)
    for folder, why in _reports(found, keep, now):
        if why:
            made.reports[folder.path.name] = why
        else:
            paths = tuple(one.path for one in folder.files)
            made.goes.append(
                Gone("report", folder.path.name, paths, folder.size_bytes, "no rule keeps it")
            )
    retrievals = Citations(job.settings.ledger).retrievals()
    cites = _cites(job, keep, found, retrievals)
    reasons = _Reasons(job, ledger, retrievals, cites, given_up)
    for sha256, pieces in sorted(found.payloads.items()):
        stays, reason = reasons.of(sha256, pieces)
        if stays:
            made.payloads[reason] += 1
        else:
            made.goes.append(_gone("payload", sha256, pieces, reason))
    made.goes += _others(job, found, now)
    return made


def carry_out(job: Job, planned: Plan) -> Plan:
    """Remove what goes, and give what went; the caller holds the writer's lock.

    A report that somebody began to write again meanwhile stays.

    Raises:
        StorageError: something cannot be removed; what went before it is gone.
    """
    went = Plan(reports=planned.reports, payloads=planned.payloads, strangers=planned.strangers)
    citations = Citations(job.settings.ledger)
    for one in planned.goes:
        try:
            if one.kind == "report" and not _is_settled(one, job.clock()):
                went.reports[one.name] = ("is being written",)
                continue
            for path in one.paths:
                _remove(path)
            if one.kind == "report" and _vanish(one.paths[0].parent):
                citations.forget(one.name)
        except OSError as error:
            raise StorageError(
                f"{error.filename}: cannot be removed ({error.strerror}); run it as a user who "
                "may, and 'capbrief prune' again goes on"
            ) from error
        went.goes.append(one)
    job.log("pruned", stage="prune", removed=len(went.goes), bytes=went.size_bytes)
    return went


def _reports(
    found: Holdings, keep: Keep, now: datetime
) -> list[tuple[ReportFolder, tuple[str, ...]]]:
    """Each report with the reasons for which it stays."""
    days: dict[str, dict[str, Any]] = {}
    for folder in found.reports:
        if folder.files:
            days.setdefault(folder.name, {})[folder.path.name] = folder.day
    kept = {
        name: why
        for of_name in days.values()
        for name, why in retention.reasons(of_name, keep).items()
    }
    for link, name in found.latest.items():
        if name in kept:
            kept[name] += (f"{link} leads to it",)
    return [
        (
            one,
            kept[one.path.name]
            or (("is being written",) if now - one.changed_at < _SETTLED else ()),
        )
        for one in found.reports
        if one.files
    ]


class _Reasons:
    """Why a payload stays or goes."""

    def __init__(
        self,
        job: Job,
        ledger: Ledger,
        retrievals: list[Listed],
        cites: Set[str],
        given_up: Set[int],
    ) -> None:
        self._job, self._cites = job, cites
        self._store = PayloadStore(job.settings.payloads)
        self._runs, self._now = ledger.runs(), job.clock()
        self._named: dict[str, set[str]] = {}
        pruned = set(given_up)
        for one in retrievals:
            self._named.setdefault(one.payload_sha256, set()).add(one.source)
            if one.is_gone:
                pruned.add(one.retrieval_id)
        self._counts = {
            one.payload_sha256 for one in ledger.retrievals() if one.retrieval_id not in pruned
        }
        self._pruned = {one.payload_sha256 for one in retrievals if one.retrieval_id in pruned}
        self._published = _published(job)
        if given_up:
            # As it will be: what is published by then does not hold them.
            self._published -= self._pruned

    def of(self, sha256: str, pieces: list[Piece]) -> tuple[bool, str]:
        """Whether it stays, and the reason for that or the other."""
        if sha256 in self._counts:
            return True, "counts in the warehouse"
        if sha256 in self._published:
            return True, "counts in what is published"
        if sha256 in self._cites:
            return True, "cited by a report that stays"
        if sha256 not in self._named:
            return self._orphan(sha256, pieces)
        if self._named[sha256] & LASTING:
            return True, "imported or bundled"
        if sha256 in self._pruned:
            return False, "pruned from history"
        return False, "a newer version replaced it"

    def _orphan(self, sha256: str, pieces: list[Piece]) -> tuple[bool, str]:
        """One that the ledger does not name, if a run that it knows explains how it came."""
        try:
            origin = self._store.describe(sha256).provenance
        except PayloadError:
            at = max(one.changed_at for one in pieces)
        else:
            at = origin.retrieved_at
            if origin.source in LASTING:
                return True, "imported or bundled"
        if self._now - at < _ORPHANED:
            return True, "an answer that was not used, kept for a week"
        if not any(one.started_at <= at <= (one.finished_at or self._now) for one in self._runs):
            # As after an older ledger was restored: it may be all that is left of a day.
            return True, "the ledger knows of no run that brought it; it may be too old"
        return False, "no unit of work rests on it"


def _published(job: Job) -> set[str]:
    """The payloads of what is published; a reader may check them at any time."""
    try:
        opened = open_warehouse(job)
    except UsageError:
        return set()  # nothing was published yet
    with opened:
        rows = opened.query("select distinct payload_sha256 from raw.capbrief__payload")
        return set(rows.to_series())


def _others(job: Job, found: Holdings, now: datetime) -> list[Gone]:
    """Files that are made again where they are wanted, and what killed runs left."""
    newest = sorted(found.private, key=lambda one: one.changed_at, reverse=True)
    private = [
        one
        for place, one in enumerate(newest)
        if now - one.changed_at > (_SETTLED if place >= KEPT_PRIVATE else _UNUSED)
    ]
    left = [
        *found.halves,
        *(one for one in found.scratch if now - one.changed_at > _ABANDONED),
        *(
            half
            for folder in found.reports
            for half in folder.halves
            if now - half.changed_at > _ABANDONED
        ),
    ]
    aside = [one for one in found.aside if now - one.changed_at > _UNUSED]
    root = job.settings.data
    return [
        _gone(kind, str(one.path.relative_to(root)), [one], reason)
        for kind, reason, pieces in (
            ("private", "not asked for lately; it is made again where it is", private),
            ("damaged", "moved aside over 30 days ago", aside),
            ("half", "left by what was killed", left),
        )
        for one in pieces
    ]


def _gone(kind: str, name: str, pieces: list[Piece], reason: str) -> Gone:
    # Of a payload the sidecar first: without it there is no payload.
    paths = tuple(sorted(one.path for one in pieces))
    return Gone(kind, name, paths, sum(one.size_bytes for one in pieces), reason)


def _is_settled(one: Gone, now: datetime) -> bool:
    changed = [path.lstat().st_mtime for path in one.paths if path.exists()]
    return now.timestamp() - max(changed, default=0.0) >= _SETTLED.total_seconds()


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _vanish(folder: Path) -> bool:
    """Remove a folder that is empty; one in which something is left stays."""
    if any(folder.iterdir()):
        return False
    folder.rmdir()
    return True
