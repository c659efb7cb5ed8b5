"""Recorded: what the ledger tells the warehouse, as raw tables."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import polars as pl

from pipeline import warehouse

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from pipeline.entry import Had, Membership, Missing, Outage, Run

_AT = pl.Datetime("us")


def runs(runs: Sequence[Run], publishing: str) -> pl.DataFrame:
    """The ledger's runs as a raw table."""
    return pl.DataFrame(
        [
            {
                **asdict(run),
                # The file that carries this row exists only if this run published it.
                "status": "published" if run.run_id == publishing else run.status,
                "started_at": warehouse.naive_utc(run.started_at),
                "finished_at": warehouse.naive_utc(run.finished_at) if run.finished_at else None,
                "known_at": warehouse.naive_utc(run.started_at),
            }
            for run in runs
        ],
        schema={
            "run_id": pl.String(),
            "command": pl.String(),
            "version": pl.String(),
            "started_at": _AT,
            "finished_at": _AT,
            "exit_code": pl.Int64(),
            "status": pl.String(),
            "settings": pl.String(),
            "known_at": _AT,
        },
    )


def gaps(gaps: Sequence[Missing]) -> pl.DataFrame:
    """The ledger's gaps as a raw table."""
    return pl.DataFrame(
        [
            (
                g.source,
                g.dataset,
                g.first_date,
                g.last_date,
                g.reason,
                warehouse.naive_utc(g.noted_at),
            )
            for g in gaps
        ],
        schema={
            "source": pl.String(),
            "dataset": pl.String(),
            "first_date": pl.Date(),
            "last_date": pl.Date(),
            "reason": pl.String(),
            "known_at": _AT,
        },
        orient="row",
    )


def outages(outages: Sequence[Outage]) -> pl.DataFrame:
    """The ledger's outages as a raw table: what was known when each began, and its end."""
    return pl.DataFrame(
        [
            (
                one.source,
                one.dataset,
                warehouse.naive_utc(one.began_at),
                warehouse.naive_utc(one.last_good_at) if one.last_good_at else None,
                one.reason,
                warehouse.naive_utc(one.ended_at) if one.ended_at else None,
                warehouse.naive_utc(one.began_at),
            )
            for one in outages
        ],
        schema={
            "source": pl.String(),
            "dataset": pl.String(),
            "began_at": _AT,
            "last_good_at": _AT,
            "reason": pl.String(),
            "ended_at": _AT,
            "known_at": _AT,
        },
        orient="row",
    )


def confirmations(units: Sequence[Had]) -> pl.DataFrame:
    """The times at which a data set was found to be as before, as a raw table."""
    return pl.DataFrame(
        [
            (one.source, one.dataset, warehouse.naive_utc(one.fetched_at))
            for one in units
            if one.n_payloads == 0
        ],
        schema={"source": pl.String(), "dataset": pl.String(), "known_at": _AT},
        orient="row",
    )


def memberships(memberships: Sequence[Membership]) -> pl.DataFrame:
    """The ledger's decisions about who belonged to a set, as a raw table."""
    return pl.DataFrame(
        [
            {
                "source": one.source,
                "dataset": one.dataset,
                "seen_date": one.seen_date,
                "status": one.status,
                "n_before": one.n_before,
                "n_members": one.n_members,
                "entered_ids": list(one.entered),
                "left_ids": list(one.left),
                "known_at": warehouse.naive_utc(one.decided_at),
            }
            for one in memberships
        ],
        schema={
            "source": pl.String(),
            "dataset": pl.String(),
            "seen_date": pl.Date(),
            "status": pl.String(),
            "n_before": pl.Int64(),
            "n_members": pl.Int64(),
            "entered_ids": pl.List(pl.String()),
            "left_ids": pl.List(pl.String()),
            "known_at": _AT,
        },
    )


def built(report_date: date, cut: datetime | None) -> pl.DataFrame:
    """What a file is built for, as a raw table; ``cut`` is where knowledge ends, if anywhere."""
    return pl.DataFrame(
        [{"report_date": report_date, "as_of": cut, "known_at": cut}],
        schema={"report_date": pl.Date(), "as_of": _AT, "known_at": _AT},
    )


def lineage(edges: Sequence[tuple[str, str]], cut: datetime | None) -> pl.DataFrame:
    """Pairs of (table, table it reads) as a raw table."""
    return pl.DataFrame(
        [(model, table, cut) for model, table in edges],
        schema={"model": pl.String(), "reads": pl.String(), "known_at": _AT},
        orient="row",
    )
