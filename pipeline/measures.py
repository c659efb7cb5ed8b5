"""Measures: the figures of a home after a run, for the text file that Prometheus reads."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline import extract
from pipeline.budget import Budget
from pipeline.deliver import textfile
from pipeline.deliver.outbox import Outbox
from pipeline.deliver.textfile import Figures
from pipeline.errors import CapbriefError, DeliveryError, PartialError
from pipeline.extract import coingecko_plans
from pipeline.ledger import Ledger
from pipeline.ledger_file import LedgerFile
from pipeline.opening import open_warehouse
from pipeline.warehouse import LINK

if TYPE_CHECKING:
    from datetime import datetime

    from pipeline.job import Job

_GOOD = (0, PartialError.exit_code, DeliveryError.exit_code)


def write(job: Job, exit_code: int, started: datetime, n_alerts: int | None) -> None:
    """Write the text file, if the settings name one; what goes wrong is logged, and no more.

    ``n_alerts`` is how many fire, null where the run did not come to them.
    """
    named = job.settings.monitor.textfile
    if named is None:
        return
    try:
        textfile.write(Path(named), figures(job, exit_code, started, n_alerts))
    except OSError as error:
        reason = f"{named}: cannot be written ({error.strerror})"
        job.log("textfile_failed", stage="deliver", reason=reason)


def figures(job: Job, exit_code: int, started: datetime, n_alerts: int | None) -> Figures:
    """The figures after a run that began at ``started``; what cannot be had is left out."""
    now = job.clock()
    found: dict[str, Any] = {}
    for part in (_of_ledger, _of_budget, _of_warehouse):
        try:
            found |= part(job, now)
        except CapbriefError as error:
            job.log("textfile_incomplete", stage="deliver", reason=str(error))
    if exit_code in _GOOD:
        found["succeeded_at"] = now
    return Figures(now, exit_code, (now - started).total_seconds(), n_alerts=n_alerts, **found)


def _of_ledger(job: Job, now: datetime) -> dict[str, Any]:
    ledger = Ledger(job.settings.ledger)
    good = [one.finished_at for one in ledger.runs()
            if one.command == "run" and one.exit_code in _GOOD and one.finished_at]  # fmt: skip
    asked = {
        source.name
        for source in extract.sources(job.settings, job.universes, job.events)
        if source.about.address and not source.about.off_because
    }
    had: dict[str, datetime] = {}
    for unit in ledger.units():
        if unit.source in asked:
            had[unit.source] = max(had.get(unit.source, unit.fetched_at), unit.fetched_at)
    return {
        "succeeded_at": good[-1] if good else None,
        "source_ages_seconds": {
            name: (now - at).total_seconds() for name, at in sorted(had.items())
        },
        "n_waiting": len(Outbox(LedgerFile(job.settings.ledger)).waiting()),
    }


def _of_budget(job: Job, now: datetime) -> dict[str, Any]:
    allowance = coingecko_plans.access_of(job.settings.coingecko).allowance
    spent = Budget(job.settings.ledger).spent(allowance.key, now)
    limit = allowance.calls_per_month
    left = None if limit is None else max(0, limit - spent)
    return {"calls_spent": spent, "calls_remaining": left}


def _of_warehouse(job: Job, _: datetime) -> dict[str, Any]:
    if not (job.settings.warehouse / LINK).exists():
        return {}
    with open_warehouse(job) as opened:
        (kept_apart,) = opened.query("select count(*) from marts.quarantine").row(0)
        return {
            "rows": opened.row_counts(),
            "n_quarantined": kept_apart,
            "warehouse_bytes": opened.path.stat().st_size,
        }
