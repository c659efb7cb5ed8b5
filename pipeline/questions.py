"""Questions: the commands that only read, each with what it prints.

Each imports what it needs itself, so that ``--help`` stays quick.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.invocation import installed, job_of, print_result
from pipeline.rows import table

if TYPE_CHECKING:
    import argparse

    from pipeline.console import Log


def check(options: argparse.Namespace, log: Log) -> int:
    """Run all checks on what is published."""
    from pipeline import build, look

    job = job_of(options, log)
    with build.open_warehouse(job, as_of=options.as_of) as opened:
        count = look.recheck(job, opened)
    print_result(options, {"checks": count, "failed": 0}, f"all {count} checks pass")
    return 0


def status(options: argparse.Namespace, log: Log) -> int:
    """Say what is published."""
    from pipeline import build, look

    job = job_of(options, log)
    with build.open_warehouse(job) as opened:
        found = look.status(job, opened)
    lines = [f"{key:<12} {_shown(value)}" for key, value in found.items() if key != "tables"]
    lines += [f"  {name:<36} {count:>9,}" for name, count in found["tables"].items()]
    print_result(options, found, "\n".join(lines))
    return 0


def _shown(value: object) -> str:
    """A value for people; nothing at all is none."""
    return (", ".join(value) if isinstance(value, list) else str(value or "")) or "none"


def scenario(options: argparse.Namespace, log: Log) -> int:
    """List the scenarios, or show one."""
    from pipeline.estimate import scenario

    folders = job_of(options, log).scenarios
    if options.name is None:
        found = [scenario.load(name, folders) for name in scenario.names(folders)]
        print_result(
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

    with build.open_warehouse(job_of(options, log)) as opened:
        rows = opened.query(
            "select source, entity, title, producer, licence, published_at::date as published_date "
            "from marts.source order by all"
        )
    print_result(options, rows.to_dicts(), table(rows))
    return 0


def version(options: argparse.Namespace, log: Log) -> int:
    """Say the versions."""
    del log
    found = {
        name: installed(name)
        for name in ("capbrief", "duckdb", "polars", "weasyprint", "vl-convert-python")
    }
    print_result(options, found, f"capbrief {found['capbrief']}")
    return 0
