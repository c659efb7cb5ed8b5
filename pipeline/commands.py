"""Commands: those that fetch, build and write, each with what it prints.

Each imports what it needs itself, so that ``--help`` stays quick.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pipeline.errors import DeliveryError, PartialError, UsageError
from pipeline.invocation import job_of, print_result
from pipeline.rows import as_json, table

if TYPE_CHECKING:
    import argparse

    from pipeline.console import Log
    from pipeline.desk import Reported
    from pipeline.entry import Membership
    from pipeline.job import Job
    from pipeline.master import Version
    from pipeline.outcome import Outcome
    from pipeline.source import Gap, Unit, Wanted


def demo(options: argparse.Namespace, log: Log) -> int:
    """The whole way with the bundled edition."""
    from pipeline import run

    made = run.demo(job_of(options, log), full=options.full, out=options.out)
    show(options, made)
    must_be_whole(made)
    return 0


def run(options: argparse.Namespace, log: Log) -> int:
    """Fetch, build and report."""
    from pipeline import run

    job = job_of(options, log)
    wanted = _wanted(options, job)
    if options.dry_run:
        return _show_plan(options, run.plan(job, wanted=wanted))
    ran = run.run(
        job,
        wanted=wanted,
        out=options.out,
        full=options.full,
        reported=not options.no_report,
        told=not options.no_deliver,
    )
    if options.no_report:
        print_result(options, _version_of(ran.version), str(ran.version.path))
    else:
        show(options, ran.reported)
    must_be_whole(ran.reported, ran.undelivered, ran.unmet)
    return 0


def fetch(options: argparse.Namespace, log: Log) -> int:
    """Fetch from all sources, or from those that are named."""
    from pipeline import run

    job = job_of(options, log)
    wanted = _wanted(options, job)
    only = tuple(options.sources)
    if options.dry_run:
        return _show_plan(options, run.plan(job, wanted=wanted, only=only))
    return _show_outcome(options, run.fetch(job, wanted=wanted, only=only))


def backfill(options: argparse.Namespace, log: Log) -> int:
    """Fetch the history of past days."""
    from pipeline import run
    from pipeline.source import Wanted

    first, last = options.first, options.last
    if first > last:
        raise UsageError(f"--from {first} is after --to {last}")
    job = job_of(options, log)
    now = job.clock()
    if first >= now.date():
        raise UsageError(f"--from {first}: that day is not over yet (it is {now:%Y-%m-%d} in UTC)")
    wanted = Wanted(now=now, days=(first, last), coin_ids=options.coins, refresh=options.refresh)
    if options.dry_run:
        return _show_plan(options, run.plan(job, wanted=wanted))
    return _show_outcome(options, run.backfill(job, wanted=wanted, most_calls=options.budget))


def take_in(options: argparse.Namespace, log: Log) -> int:
    """Take in a file of the user's own."""
    from pipeline import run
    from pipeline.extract import import_file

    job = job_of(options, log)
    content, provenance, rows = import_file.read(
        options.file,
        kind=options.kind,
        producer=options.source,
        citation=options.citation,
        licence=options.licence,
        published=options.published,
        mapping=options.mapping,
        url=options.url,
        ticker=options.ticker,
        basis=options.basis,
        now=job.clock(),
    )
    is_new = run.take_in(job, content, provenance)
    rejected = rows.rejected.to_dicts()
    told = import_file.told(provenance, rows)
    result = {
        "dataset": provenance.dataset,
        "is_new": is_new,
        "rows": len(rows.accepted),
        "rejected": rejected,
        "told": told,
    }
    lines = [*told, *(f"row {row['row_number']}: {row['reason']}" for row in rejected)]
    lines.append(
        f"{provenance.dataset}: {len(rows.accepted)} rows taken, {len(rejected)} rejected; "
        "'capbrief build' puts them into the warehouse"
        if is_new
        else f"{provenance.dataset}: is there already, just so"
    )
    print_result(options, result, "\n".join(lines))
    return 0


def universe(options: argparse.Namespace, log: Log) -> int:
    """Show the universes, what moved one, or let a waiting membership count."""
    from pipeline import look, opening, run

    if options.action != "change" and (options.first or options.last):
        raise UsageError(f"universe {options.action}: --from and --to are for 'universe change'")
    if options.action == "accept" and options.as_of:
        raise UsageError("universe accept: --as-of is for what is shown, not for what is decided")
    job = job_of(options, log)
    if options.action == "change":
        if options.name is None:
            raise UsageError("universe change: give the name of a universe")
        with opening.open_warehouse(job, as_of=options.as_of) as opened:
            moved = look.changes(opened, options.name, options.first, options.last)
        parts = [f"{name}\n{table(rows)}" for name, rows in moved.items()]
        found = {name: json.loads(as_json(rows)) for name, rows in moved.items()}
        print_result(options, found, "\n".join(parts))
        return 0
    if options.action == "accept":
        accepted = run.accept(job, options.name)
        print_result(
            options,
            [_membership(one) for one in accepted],
            "\n".join(f"{one.dataset}: {one.n_members} members accepted" for one in accepted),
        )
        return 0
    waiting = [_membership(one) for one in look.waiting(job)]
    with opening.open_warehouse(job, as_of=options.as_of) as opened:
        tables = look.universes(opened, options.name)
    found = {"waiting": waiting, **{name: rows.to_dicts() for name, rows in tables.items()}}
    text = [_waiting_text(one) for one in waiting]
    text += [f"{name}\n{table(rows)}" for name, rows in tables.items() if len(rows)]
    print_result(options, found, "\n".join(text) or "no universe has a day yet")
    return 0


def _membership(one: Membership) -> dict[str, Any]:
    return {
        "source": one.source,
        "dataset": one.dataset,
        "seen_date": one.seen_date.isoformat(),
        "status": one.status,
        "n_before": one.n_before,
        "n_members": one.n_members,
        "entered": list(one.entered),
        "left": list(one.left),
    }


def _waiting_text(one: dict[str, Any]) -> str:
    entered, left = ", ".join(one["entered"]) or "none", ", ".join(one["left"]) or "none"
    return (
        f"{one['dataset']} waits since {one['seen_date']}: {one['n_before']} members, now "
        f"{one['n_members']}\n  entered: {entered}\n  left: {left}"
    )


def _wanted(options: argparse.Namespace, job: Job) -> Wanted:
    from pipeline.source import Wanted

    return Wanted(now=job.clock(), max_catchup_days=options.max_catchup, refresh=options.refresh)


def _show_plan(options: argparse.Namespace, plan: list[tuple[str, Unit | Gap]]) -> int:
    import polars as pl

    from pipeline.source import Unit

    rows = []
    for source, item in plan:
        days = item.days if isinstance(item, Unit) else (item.first_date, item.last_date)
        first, last = days or (None, None)
        calls = item.calls if isinstance(item, Unit) else 0
        note = "" if isinstance(item, Unit) else f"gap: {item.reason}"
        rows.append((source, item.dataset, first, last, calls, note))
    schema = ["source", "dataset", "first_date", "last_date", "calls", "note"]
    kinds = [pl.String(), pl.String(), pl.Date(), pl.Date(), pl.Int64(), pl.String()]
    frame = pl.DataFrame(rows, schema=dict(zip(schema, kinds, strict=True)), orient="row")
    total = int(frame["calls"].sum())
    # CoinGecko counts every call as one credit of the month, whether it is answered or not.
    credits_ = int(frame.filter(pl.col("source") == "coingecko")["calls"].sum())
    text = f"{table(frame)}\n{total} calls, {credits_} of them credits of CoinGecko's plan"
    result = {"calls": total, "credits": credits_, "plan": json.loads(as_json(frame))}
    print_result(options, result, text)
    return 0


def _show_outcome(options: argparse.Namespace, outcome: Outcome) -> int:
    result = {
        "units": outcome.units,
        "payloads": outcome.payloads,
        "calls": outcome.calls,
        "gaps": [
            {"dataset": g.dataset, "first_date": g.first_date, "last_date": g.last_date,
             "reason": g.reason}
            for g in outcome.gaps
        ],
    }  # fmt: skip
    lines = [f"gap: {g.dataset} from {g.first_date}: {g.reason}" for g in outcome.gaps]
    lines.append(
        f"{outcome.units} units fetched in {outcome.calls} calls, {outcome.payloads} payloads kept"
        if outcome.units
        else "nothing to fetch: all that can be had is there"
    )
    print_result(options, result, "\n".join(lines))
    return 0


def build(options: argparse.Namespace, log: Log) -> int:
    """Build and publish from stored payloads."""
    from pipeline import run

    if options.without_lost and not options.full:
        raise UsageError("--without-lost: is for 'build --full', which reads all payloads again")
    version = run.rebuild(
        job_of(options, log),
        report_date=options.date,
        full=options.full,
        without_lost=options.without_lost,
    )
    print_result(options, _version_of(version), str(version.path))
    return 0


def _version_of(version: Version) -> dict[str, Any]:
    return {
        "file": str(version.path),
        "rows": version.row_count,
        "content_hash": version.content_hash,
    }


def docs(options: argparse.Namespace, log: Log) -> int:
    """Write the data dictionary."""
    from pipeline import run

    paths = [str(path) for path in run.docs(job_of(options, log), options.out)]
    print_result(options, {"files": paths}, "\n".join(paths))
    return 0


def show(options: argparse.Namespace, reported: Reported) -> None:
    """Print the files of all reports."""
    paths = [
        str(path) for one in reported.delivered for path in (one.html, one.pdf) if path is not None
    ]
    if paths:
        print_result(options, {"files": paths}, "\n".join(paths))


def must_be_whole(reported: Reported, undelivered: str = "", unmet: str = "") -> None:
    """Raise the worst of what is missing, with all of it.

    Args:
        reported: whose missing reports, or PDFs, end the command.
        undelivered: what could not be sent.
        unmet: what could not be fetched.

    Raises:
        CapbriefError: a report, or its PDF, could not be made; or something was not sent or had.
    """
    failure = reported.failure
    is_partial = failure is None or failure.exit_code == PartialError.exit_code
    if undelivered and is_partial:
        raise DeliveryError("\n".join(filter(None, (undelivered, str(failure or ""), unmet))))
    if failure is not None:
        raise failure
    if unmet:
        raise PartialError(unmet)
