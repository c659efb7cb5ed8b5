"""Questions: the commands that only read, each with what it prints.

Each imports what it needs itself, so that ``--help`` stays quick.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from pipeline import engines
from pipeline.invocation import job_of, print_result
from pipeline.rows import as_json, table

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from pipeline.console import Log


def check(options: argparse.Namespace, log: Log) -> int:
    """Read what is published whole, and run all checks on it."""
    from pipeline import health, opening

    job = job_of(options, log)
    with opening.open_warehouse(job, as_of=options.as_of) as opened:
        found = health.examine(
            job, opened, now=options.as_of or job.clock(), payloads=options.payloads
        )
    lines = [f"{one.source}: {one.state}, {one.age_hours:.0f} hours old" for one in found.ages]
    if found.payloads is not None:
        lines.append(f"{found.payloads} payloads read, {len(found.damaged)} damaged or missing")
    passed = len(found.checks) - len(found.failed)
    what = f"with hash {found.content_hash} are as they were written"
    if not found.is_hash_compared:
        what = "are there, as many as were written; another DuckDB hashed them, not compared"
    lines.append(f"{found.row_count} rows {what}; {passed} of {len(found.checks)} checks pass")
    print_result(options, found.to_fields(), "\n".join(lines))
    found.must_be_well()
    return 0


def status(options: argparse.Namespace, log: Log) -> int:
    """Say what is published and how old it is."""
    from pipeline import freshness, health, opening

    job = job_of(options, log)
    with opening.open_warehouse(job) as opened:
        found = health.status(job, opened)
        ages = freshness.ages(job, opened, job.clock())
    print_result(options, found, "\n".join(_status_lines(found)))
    freshness.must_be_fresh(ages)
    return 0


def _status_lines(found: dict[str, Any]) -> Iterator[str]:
    for name, value in found.items():
        if not isinstance(value, list | dict):
            yield f"{name:<12} {_shown(value)}"
    yield f"{'waiting':<12} {_shown(found['waiting'])}"
    yield f"{'gaps':<12} {found['gaps']['total']}, {found['gaps']['open']} of them open"
    for one in found["quarantine"]:
        yield f"{'quarantine':<12} {one['n_rows']} rows of {one['source']} {one['entity']}"
    for one in found["sources"]:
        age = f"{one['age_hours']:.0f} hours old"
        yield f"{'source':<12} {one['source']}: {one['state']}, {age} ({one['retrieved_at']})"
    for one in found["runs"]:
        ended = f"{one['status']} ({one['exit_code']})" if one["exit_code"] else one["status"]
        given = f", with {one['settings']}" if one["settings"] else ""
        yield f"{'run':<12} {one['started_at']} {one['command']}: {ended}{given}"
    for name, count in found["tables"].items():
        yield f"  {name:<36} {count:>9,}"


def _shown(value: object) -> str:
    """A value for people; nothing at all is none."""
    return (", ".join(value) if isinstance(value, list) else str(value or "")) or "none"


def estimate(options: argparse.Namespace, log: Log) -> int:
    """Say what scenarios demand, and how that compares with what there is."""
    from pipeline import look, opening

    job = job_of(options, log)
    with opening.open_warehouse(job, report_date=options.date, as_of=options.as_of) as opened:
        found = look.estimates(opened, options.scenarios, options.month)
    print_result(
        options,
        {name: json.loads(as_json(rows)) for name, rows in found.items()},
        "\n".join(f"{name}\n{table(rows)}" for name, rows in found.items() if len(rows)),
    )
    return 0


def sources(options: argparse.Namespace, log: Log) -> int:
    """Say where the data is from, when it was had last, and when it is due next."""
    from pipeline import opening, standing

    if not options.datasets:
        rows = standing.sources(job_of(options, log))
        print_result(options, json.loads(as_json(rows)), table(standing.shown(rows)))
        return 0
    with opening.open_warehouse(job_of(options, log)) as opened:
        rows = opened.query(
            "select source, entity, title, producer, licence, published_at::date as published_date "
            "from marts.source order by all"
        )
    print_result(options, rows.to_dicts(), table(rows))
    return 0


def serve(options: argparse.Namespace, log: Log) -> int:
    """Show reports, runs and warehouse to a browser of this machine, until it is ended."""
    from pipeline.serve import Server

    with Server(job_of(options, log), options.host, options.port) as server:
        print_result(options, {"address": server.address}, server.address)
        sys.stdout.flush()
        server.serve_forever()
    return 0


def version(options: argparse.Namespace, log: Log) -> int:
    """Say the versions."""
    del log
    found = {"capbrief": engines.installed("capbrief"), **engines.versions()}
    print_result(options, found, f"capbrief {found['capbrief']}")
    return 0
