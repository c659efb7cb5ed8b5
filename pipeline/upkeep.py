"""Upkeep: the commands that remove what nobody needs, and that keep what cannot be made again.

Each imports what it needs itself, so that ``--help`` stays quick.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline.errors import PartialError
from pipeline.invocation import job_of, print_result
from pipeline.visible import visible

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from pipeline.console import Log
    from pipeline.ops.retention import Keep
    from pipeline.run import Pruned


def prune(options: argparse.Namespace, log: Log) -> int:
    """Remove what nobody needs, or say what would go."""
    from pipeline import run

    job = job_of(options, log)
    done = run.prune(
        job, _keep(options), daily_days=options.payloads_keep_daily, dry_run=options.dry_run
    )
    result: dict[str, Any] = {"is_dry_run": options.dry_run, **done.plan.to_fields()}
    result["history_given_up"] = [
        {
            "source": one.source,
            "dataset": one.dataset,
            "first_date": one.first_date,
            "last_date": one.last_date,
        }
        for one in done.history
    ]
    text = visible("\n".join(_pruned_lines(done, is_dry_run=options.dry_run)))
    print_result(options, result, text)
    return 0


def _keep(options: argparse.Namespace) -> Keep:
    """The rules of the flags; without any, the usual ones."""
    from pipeline.ops.retention import REPORTS, Keep

    asked = Keep(
        last=options.keep_last or 0,
        daily=options.keep_daily or 0,
        weekly=options.keep_weekly or 0,
        monthly=options.keep_monthly or 0,
        yearly=options.keep_yearly or 0,
        within=options.keep_within,
    )
    return REPORTS if asked.is_nothing else asked


def _pruned_lines(done: Pruned, *, is_dry_run: bool) -> Iterator[str]:
    planned, goes = done.plan, "would go" if is_dry_run else "went"
    for name, why in planned.reports.items():
        yield f"report {name}: stays: {', '.join(why)}"
    for reason, count in sorted(planned.payloads.items()):
        yield f"{_counted(count, 'payload')}: {'stays' if count == 1 else 'stay'}: {reason}"
    for one in planned.goes:
        yield f"{one.kind} {one.name}: {goes}, {one.size_bytes:,} bytes: {one.reason}"
    for gap in done.history:
        yield (
            f"history {gap.source}/{gap.dataset}, {gap.first_date} to {gap.last_date}: {goes}; a "
            "full rebuild lacks these days, and a gap is on record"
        )
    for path in planned.strangers:
        yield f"{path}: is not of capbrief; left alone"
    freed = "would be freed" if is_dry_run else "freed"
    yield f"{planned.size_bytes:,} bytes {freed}, {_counted(len(planned.goes), 'thing')} {goes}"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def backup(options: argparse.Namespace, log: Log) -> int:
    """Write all that cannot be made again to one file.

    Raises:
        PartialError: a payload is missing or damaged; the rest is in the file.
    """
    from pipeline.ops import backup

    done = backup.backup(
        job_of(options, log), options.target, with_warehouse=options.with_warehouse
    )
    result = {
        "file": str(done.path),
        "bytes": done.size_bytes,
        "files": done.n_files,
        "damaged_payloads": list(done.damaged),
        "left_out": list(done.left_out),
    }
    lines = [f"{path}: left out" for path in done.left_out]
    print_result(options, result, visible("\n".join([*lines, str(done.path)])))
    if done.damaged:
        raise PartialError(
            f"{done.path}: holds all there is, but not all is well:\n" + "\n".join(done.damaged)
        )
    return 0


def restore(options: argparse.Namespace, log: Log) -> int:
    """Make a home from a backup, or only verify one."""
    from pipeline.ops import backup

    if options.check:
        manifest = backup.verify(options.file)
        text = f"{options.file}: whole"
        result: dict[str, Any] = {"file": str(options.file)}
    else:
        done = backup.restore(job_of(options, log), options.file, force=options.force)
        manifest, text = done.manifest, f"{done.home}: restored"
        result = {"home": str(done.home), "aside": str(done.aside) if done.aside else None}
        if done.aside:
            text += f"; what was there lies in {done.aside}"
        if not any(name.startswith("warehouse/") for name in manifest.members):
            text += "; 'capbrief build' publishes it"
    result |= {
        "version": manifest.version,
        "made_at": manifest.made_at,
        "files": len(manifest.members),
        "bytes": sum(one.size_bytes for one in manifest.members.values()),
    }
    of = f"{len(manifest.members)} files of {manifest.made_at}, by capbrief {manifest.version}"
    print_result(options, result, visible(f"{text} ({of})"))
    return 0
