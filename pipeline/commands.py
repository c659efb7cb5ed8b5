"""Commands: what each does with its flags, and what it prints.

Each imports what it needs itself, so that ``--help`` stays quick.
"""

from __future__ import annotations

import json
import os
import secrets
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline import settings
from pipeline.console import as_csv, as_json, now, table
from pipeline.errors import LimitError, PartialError, UsageError

if TYPE_CHECKING:
    import argparse

    from pipeline.console import Log
    from pipeline.entry import Membership
    from pipeline.fetch import Outcome
    from pipeline.job import Job
    from pipeline.master import Version
    from pipeline.run import Delivered
    from pipeline.source import Gap, Unit, Wanted


def demo(options: argparse.Namespace, log: Log) -> int:
    """The whole way with the bundled edition."""
    from pipeline import run

    return _deliver(options, run.demo(_job(options, log), full=options.full, out=options.out))


def run(options: argparse.Namespace, log: Log) -> int:
    """Fetch, build and report."""
    from pipeline import run

    job = _job(options, log)
    wanted = _wanted(options, job)
    if options.dry_run:
        return _show_plan(options, run.plan(job, wanted=wanted))
    ran = run.run(
        job, wanted=wanted, out=options.out, full=options.full, reported=not options.no_report
    )
    if ran.delivered is None:
        _print_result(options, _version_of(ran.version), str(ran.version.path))
    else:
        _deliver(options, ran.delivered)
    if ran.unmet:
        raise PartialError(ran.unmet)
    return 0


def fetch(options: argparse.Namespace, log: Log) -> int:
    """Fetch from all sources."""
    from pipeline import run

    job = _job(options, log)
    wanted = _wanted(options, job)
    if options.dry_run:
        return _show_plan(options, run.plan(job, wanted=wanted))
    return _show_outcome(options, run.fetch(job, wanted=wanted))


def backfill(options: argparse.Namespace, log: Log) -> int:
    """Fetch the history of past days."""
    from pipeline import run
    from pipeline.source import Wanted

    first, last = options.first, options.last
    if first > last:
        raise UsageError(f"--from {first} is after --to {last}")
    job = _job(options, log)
    wanted = Wanted(now=job.clock(), days=(first, last), coin_ids=options.coins)
    if options.dry_run:
        return _show_plan(options, run.plan(job, wanted=wanted))
    return _show_outcome(options, run.backfill(job, wanted=wanted, most_calls=options.budget))


def take_in(options: argparse.Namespace, log: Log) -> int:
    """Take in a file of the user's own."""
    from pipeline import run
    from pipeline.extract import imports

    job = _job(options, log)
    content, provenance, rows = imports.read(
        options.file,
        kind=options.kind,
        producer=options.source,
        citation=options.citation,
        licence=options.licence,
        published=options.published,
        mapping=options.mapping,
        url=options.url,
        now=job.clock(),
    )
    is_new = run.take_in(job, content, provenance)
    rejected = rows.rejected.to_dicts()
    result = {
        "dataset": provenance.dataset,
        "is_new": is_new,
        "rows": len(rows.accepted),
        "rejected": rejected,
    }
    lines = [f"row {row['row_number']}: {row['reason']}" for row in rejected]
    lines.append(
        f"{provenance.dataset}: {len(rows.accepted)} rows taken, {len(rejected)} rejected; "
        "'capbrief build' puts them into the warehouse"
        if is_new
        else f"{provenance.dataset}: is there already, just so"
    )
    _print_result(options, result, "\n".join(lines))
    return 0


def universe(options: argparse.Namespace, log: Log) -> int:
    """Show the universes with what changed, or let a waiting membership count."""
    from pipeline import build, run

    job = _job(options, log)
    if options.action == "accept":
        accepted = run.accept(job, options.name)
        _print_result(
            options,
            [_membership(one) for one in accepted],
            "\n".join(f"{one.dataset}: {one.n_members} members accepted" for one in accepted),
        )
        return 0
    waiting = [_membership(one) for one in run.waiting(job)]
    with build.open_warehouse(job) as opened:
        tables = run.universes(opened, options.name)
    found = {"waiting": waiting, **{name: rows.to_dicts() for name, rows in tables.items()}}
    text = [_waiting_text(one) for one in waiting]
    text += [f"{name}\n{table(rows)}" for name, rows in tables.items() if len(rows)]
    _print_result(options, found, "\n".join(text) or "no universe has a day yet")
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
    # Every call is counted as one credit of the month, whether it is answered or not.
    text = f"{table(frame)}\n{total} calls, {total} credits"
    result = {"calls": total, "credits": total, "plan": json.loads(as_json(frame))}
    _print_result(options, result, text)
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
    _print_result(options, result, "\n".join(lines))
    return 0


def build(options: argparse.Namespace, log: Log) -> int:
    """Build and publish from stored payloads."""
    from pipeline import run

    version = run.rebuild(_job(options, log), report_date=options.date, full=options.full)
    _print_result(options, _version_of(version), str(version.path))
    return 0


def _version_of(version: Version) -> dict[str, Any]:
    return {
        "file": str(version.path),
        "rows": version.row_count,
        "content_hash": version.content_hash,
    }


def report(options: argparse.Namespace, log: Log) -> int:
    """Write one report."""
    from pipeline import build, run

    job = _job(options, log)
    with build.open_warehouse(job, report_date=options.date, as_of=options.as_of) as opened:
        return _deliver(options, run.report(job, options.name, opened, options.out))


def sql(options: argparse.Namespace, log: Log) -> int:
    """Answer one query."""
    from pipeline import build

    job = _job(options, log)
    try:
        text = sys.stdin.read() if options.query == "-" else options.query
        text.encode()
    except UnicodeError as error:
        raise UsageError("the query is not UTF-8") from error
    if options.json and options.csv:
        raise UsageError("--json and --csv: choose one")
    with build.open_warehouse(job, as_of=options.as_of) as opened:
        rows = opened.answer(text, options.limit + 1)
    if len(rows) > options.limit:
        raise LimitError(
            f"the query gives more than {options.limit} rows; add a limit to it or give --limit"
        )
    if options.json:
        print(as_json(rows))
    elif options.csv:
        sys.stdout.write(as_csv(rows))
    else:
        print(table(rows))
    return 0


def check(options: argparse.Namespace, log: Log) -> int:
    """Run all checks on what is published."""
    from pipeline import build, run

    job = _job(options, log)
    with build.open_warehouse(job, as_of=options.as_of) as opened:
        count = run.recheck(job, opened)
    _print_result(options, {"checks": count, "failed": 0}, f"all {count} checks pass")
    return 0


def status(options: argparse.Namespace, log: Log) -> int:
    """Say what is published."""
    from pipeline import build, run

    job = _job(options, log)
    with build.open_warehouse(job) as opened:
        found = run.status(opened)
    lines = [f"{key:<12} {value}" for key, value in found.items() if key != "tables"]
    lines += [f"  {name:<36} {count:>9,}" for name, count in found["tables"].items()]
    _print_result(options, found, "\n".join(lines))
    return 0


def scenario(options: argparse.Namespace, log: Log) -> int:
    """List the scenarios, or show one."""
    from pipeline.estimate import scenario

    folders = _job(options, log).scenarios
    if options.name is None:
        found = [scenario.load(name, folders) for name in scenario.names(folders)]
        _print_result(
            options,
            [{"id": one.id, "title": one.title} for one in found],
            "\n".join(f"{one.id:<16} {one.title}" for one in found),
        )
        return 0
    print(scenario.load(options.name, folders).text)
    return 0


def sources(options: argparse.Namespace, log: Log) -> int:
    """Say where the data is from."""
    from pipeline import build

    with build.open_warehouse(_job(options, log)) as opened:
        rows = opened.query(
            "select source, entity, title, producer, licence, published_at::date as published_date "
            "from marts.source order by all"
        )
    _print_result(options, rows.to_dicts(), table(rows))
    return 0


def version(options: argparse.Namespace, log: Log) -> int:
    """Say the versions."""
    del log
    found = {
        name: _installed(name)
        for name in ("capbrief", "duckdb", "polars", "weasyprint", "vl-convert-python")
    }
    _print_result(options, found, f"capbrief {found['capbrief']}")
    return 0


def _job(options: argparse.Namespace, log: Log) -> Job:
    from pipeline.job import Job

    overlay = options.overlay or os.environ.get("CAPBRIEF_OVERLAY") or None
    if overlay is not None:
        _check_overlay(Path(overlay))
    started = now()
    found = settings.resolve(options.home, os.environ, Path.home())
    log.hide(found.secrets)
    return Job(
        run_id=f"{started:%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}",
        settings=found,
        log=log,
        clock=now,
        version=_installed("capbrief"),
        overlay=Path(overlay).absolute() if overlay else None,
        lock_wait_seconds=getattr(options, "lock_wait", 0.0),
    )


def _check_overlay(folder: Path) -> None:
    """Refuse a folder in which a file would be passed over without a word."""
    kinds = ("reports", "scenarios", "sql", "templates", "universes")
    layers = ("checks", "estimates", "marts", "reports", "staging")
    try:
        found: dict[str, tuple[tuple[str, ...], list[Path]]] = {
            "": (kinds, sorted(folder.iterdir()))
        }
        if (folder / "sql").exists():
            found["sql/"] = (layers, sorted((folder / "sql").iterdir()))
    except OSError as error:
        raise UsageError(f"--overlay {error.filename}: {error.strerror}") from error
    for prefix, (names, paths) in found.items():
        for path in paths:
            if (
                path.name not in names
                or not path.is_dir()
                or not os.access(path, os.R_OK | os.X_OK)
            ):
                raise UsageError(
                    f"--overlay {path}: not one of the readable folders "
                    f"{', '.join(prefix + name for name in names)}"
                )


def _installed(name: str) -> str:
    """Version of an installed distribution; a checkout that runs uninstalled says so."""
    from importlib import metadata

    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "not installed"


def _deliver(options: argparse.Namespace, delivered: Delivered) -> int:
    paths = [str(path) for path in (delivered.html, delivered.pdf) if path is not None]
    _print_result(options, {"files": paths}, "\n".join(paths))
    if delivered.missing is not None:
        raise delivered.missing
    return 0


def _print_result(options: argparse.Namespace, result: Any, text: str) -> None:
    print(json.dumps(result, default=str, indent=2) if options.json else text)
