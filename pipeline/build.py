"""Build: payload store, raw, staging, marts, estimates, checks, published file: in this order."""

from __future__ import annotations

import time
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from pipeline import load, master, opening, raw, recorded, stages
from pipeline.books import Books
from pipeline.days import NONE
from pipeline.entry import Publication
from pipeline.errors import DamagedError, StorageError, UsageError, WarehouseError
from pipeline.extract import ENTITIES
from pipeline.extract.bundled import RETIRED
from pipeline.frames import replace
from pipeline.job import milliseconds
from pipeline.ledger import Ledger
from pipeline.payload import PayloadStore
from pipeline.transform import Changes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline.job import Job


def build(
    job: Job,
    *,
    report_date: date | None = None,
    full: bool = False,
    parsed: Mapping[load.Key, load.Parsed] | None = None,
) -> master.Version:
    """Load what the ledger lists, transform, estimate, check and publish.

    Only what changed since the last build is made anew. A master that is damaged is moved aside
    and made again from the payloads.

    Args:
        job: settings, clock and log.
        report_date: the day that estimates count months from; without one, the newest
            edition's date.
        full: throw the private master away first and build it from the payloads.
        parsed: what a fetch of this process parsed already.

    Raises:
        LockedError: another run is writing.
        CheckError: a check returned rows; nothing is published.
    """
    settings, ledger = job.settings, Ledger(job.settings.ledger)
    path = settings.warehouse / master.MASTER
    with job.alone():
        ledger.bury(job.run_id, job.clock())
        if ledger.is_empty():
            raise UsageError(
                f"{settings.ledger}: lists nothing that was fetched; run 'capbrief demo' first, "
                "or restore the ledger from a backup"
            )
        if full:
            _discard(path)
        try:
            version = _filled(job, path, ledger, report_date, parsed)
        except DamagedError as error:
            job.log("master_damaged", stage="load", reason=str(error))
            _set_aside(path)
            version = _filled(job, path, ledger, report_date, parsed)
        # Known before anyone is led to it: what a reader opens can be held against the ledger.
        _record(job, ledger, version)
        master.publish(settings, version)
        opening.prune_private(settings)
    job.log("published", stage="publish", rows=version.row_count, file=version.path.name)
    return version


def _record(job: Job, ledger: Ledger, version: master.Version) -> None:
    """Have the ledger know a version; one that it cannot take note of goes."""
    try:
        ledger.publish(
            Publication(
                *(version.path.name, job.run_id, version.content_hash, version.row_count),
                *(job.clock(), duckdb.__version__),
            )
        )
    except StorageError:
        version.path.unlink()
        raise


def _filled(
    job: Job,
    path: Path,
    ledger: Ledger,
    report_date: date | None,
    parsed: Mapping[load.Key, load.Parsed] | None,
) -> master.Version:
    """Bring the master up to what the ledger lists, and have a version of it written."""
    started, store = time.monotonic(), PayloadStore(job.settings.payloads)
    with master.transaction(path, job.settings, job.lock_wait_seconds) as connection:
        changes = Changes(Books(connection), raw.prepare(connection, ENTITIES), stages.raw_days())
        last, count = raw.reached(connection)
        after = last if ledger.undated(last) == count else -1
        listed = [
            one
            for one in ledger.retrievals(after)
            if (one.provenance.source, one.provenance.entity) not in RETIRED
        ]
        loaded = load.load(connection, store, listed, ENTITIES, parsed, after=after)
        for table, days in loaded.days.items():
            changes.days[table] = changes.days.get(table, NONE) | days
        job.log(
            "loaded",
            stage="load",
            **{name: getattr(loaded, name) for name in ("payloads", "rows", "rejected", "removed")},
            duration_ms=milliseconds(started),
        )
        for table, rows in (
            ("raw.capbrief__run", recorded.runs(ledger.runs(), job.run_id)),
            ("raw.capbrief__gap", recorded.gaps(ledger.gaps())),
            ("raw.capbrief__confirmation", recorded.confirmations(ledger.units())),
            ("raw.capbrief__outage", recorded.outages(ledger.outages())),
            ("raw.capbrief__membership", recorded.memberships(ledger.memberships())),
        ):
            replace(connection, table, rows)
            changes.table(table, changes.dated_by.get(table))
        stages.make(job, connection, changes, report_date, as_of=None)
        started = time.monotonic()
    job.log("committed", stage="load", duration_ms=milliseconds(started))
    started = time.monotonic()
    version = master.prepare(job.settings, changes.days)
    job.log(
        "prepared",
        stage="publish",
        bytes=version.path.stat().st_size,
        duration_ms=milliseconds(started),
    )
    return version


def _files(file: Path) -> tuple[Path, Path]:
    """A database file and the WAL beside it, which belongs to it alone."""
    return file, file.with_name(f"{file.name}.wal")


def _discard(file: Path) -> None:
    try:
        for path in _files(file):
            path.unlink(missing_ok=True)
    except OSError as error:
        raise WarehouseError(f"{file}: cannot be removed ({error.strerror})") from error


def _set_aside(file: Path) -> None:
    """Move a damaged file out of the way; the newest one is kept, to be looked at."""
    aside = file.with_name(f"damaged-{file.name}")
    try:
        for path, target in zip(_files(file), _files(aside), strict=True):
            target.unlink(missing_ok=True)
            if path.exists():
                path.rename(target)
    except OSError as error:
        raise WarehouseError(f"{file}: cannot be moved aside ({error.strerror})") from error
