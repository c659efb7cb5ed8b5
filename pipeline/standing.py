"""Standing: how each source stands, asked or not: its terms, its last answer, its next one."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any

import polars as pl

from pipeline import extract, opening
from pipeline.ledger import Ledger
from pipeline.past import Known
from pipeline.warehouse import LINK

if TYPE_CHECKING:
    from datetime import datetime

    from pipeline.entry import Had, Outage
    from pipeline.job import Job
    from pipeline.source import Source

_SCHEMA = {
    "source": pl.String(),
    "title": pl.String(),
    "producer": pl.String(),
    "licence": pl.String(),
    "address": pl.String(),
    "need": pl.String(),
    "interface": pl.String(),
    "state": pl.String(),
    "last_had_at": pl.Datetime("us"),
    "age_hours": pl.Float64(),
    "n_datasets": pl.Int64(),
    "n_rows": pl.Int64(),
    "next_due_date": pl.Date(),
    "note": pl.String(),
}

_SHOWN = (
    *("source", "need", "state", "last_had_at", "age_hours", "n_datasets", "n_rows"),
    *("next_due_date", "licence", "note"),
)


def sources(job: Job) -> pl.DataFrame:
    """One row per source, in the order in which they are asked; nothing is asked or written.

    ``state`` is ok, due, stale (it could not be had the last time, what came before stays), never
    (had nothing yet) or off; ``note`` says why. ``need`` is required or optional. ``n_rows`` are
    the rows in the published warehouse that its newest retrievals brought, null without one.

    Raises:
        WarehouseError: what is published is not as it was written.
    """
    ledger = Ledger(job.settings.ledger) if job.settings.ledger.exists() else None
    rows = _published_rows(job)
    outages = [one for one in ledger.outages() if one.ended_at is None] if ledger else []
    found = []
    for source in extract.sources(job.settings, job.universes, job.events):
        units = ledger.units(source.name) if ledger else []
        at = _last_at(ledger, source.name, units)
        open_ones = [one for one in outages if one.source == source.name]
        n_datasets, n_rows = rows.get(source.name, (None, None))
        found.append(
            {
                **_about(job, source, at, open_ones),
                "n_datasets": n_datasets,
                "n_rows": n_rows,
            }
        )
    return pl.DataFrame(found, schema=_SCHEMA)


def shown(rows: pl.DataFrame) -> pl.DataFrame:
    """The columns that fit a terminal; the others are in the JSON."""
    return rows.select(_SHOWN).with_columns(
        pl.col("last_had_at").dt.to_string("%Y-%m-%d %H:%M"), pl.col("age_hours").round(1)
    )


def _about(job: Job, source: Source, at: datetime | None, outages: list[Outage]) -> dict[str, Any]:
    about = source.about
    now = job.clock()
    due = source.due(Known(job, source), now.astimezone(UTC).date())
    state, note = "ok", ""
    if about.off_because:
        state, note = "off", about.off_because
    elif outages:
        names = ", ".join(one.dataset for one in outages[:3])
        more = f" and {len(outages) - 3} more" if len(outages) > 3 else ""
        state, note = "stale", f"{names}{more}: {outages[0].reason}"
    elif at is None:
        state = "never"
    elif due is not None and due <= now.astimezone(UTC).date():
        state = "due"
    return {
        "source": source.name,
        "title": about.title,
        "producer": about.producer,
        "licence": about.licence,
        "address": about.address,
        "need": "required" if about.is_required else "optional",
        "interface": "official" if about.is_official else "unofficial",
        "state": state,
        "last_had_at": at.astimezone(UTC).replace(tzinfo=None) if at else None,
        "age_hours": (now - at).total_seconds() / 3600 if at else None,
        "next_due_date": due,
        "note": note,
    }


def _last_at(ledger: Ledger | None, source: str, units: list[Had]) -> datetime | None:
    """When something of it was had last, even if it was as before and brought no payload."""
    if ledger is None:
        return None
    times = [unit.fetched_at for unit in units]
    for dataset in ledger.datasets(source):
        times += [one.provenance.retrieved_at for one in ledger.retrieved(source, dataset)[-1:]]
    return max(times, default=None)


def _published_rows(job: Job) -> dict[str, tuple[int, int]]:
    """Data sets and rows by source, of the published warehouse if there is one."""
    if not (job.settings.warehouse / LINK).is_symlink():
        return {}
    with opening.open_warehouse(job) as opened:
        found = opened.query(
            "select source, count(*) as n_datasets, sum(n_rows)::bigint as n_rows "
            "from marts.source group by source"
        )
    return {source: (n_datasets, n_rows) for source, n_datasets, n_rows in found.rows()}
