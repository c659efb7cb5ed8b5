"""Examination: the command that looks at the installation, and what it prints.

It imports what it needs itself: it must say what is missing even where a library is.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pipeline import configuration
from pipeline.errors import UsageError
from pipeline.invocation import configured, job_with, print_result

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from pipeline.configuration import Configuration
    from pipeline.console import Log
    from pipeline.job import Job
    from pipeline.ops.asked import Asked
    from pipeline.ops.finding import Finding

_COLOURS: Final = {"ok": "\x1b[32m", "warn": "\x1b[33m", "fail": "\x1b[31m"}
_PLAIN: Final = "\x1b[0m"


def doctor(options: argparse.Namespace, log: Log) -> int:
    """Say of every part of the installation how it stands; the worst gives the exit code."""
    from pipeline.ops import doctor
    from pipeline.ops.finding import exit_code_of

    findings = list(doctor.examine(_asked(options, log)))
    lines = [line for one in findings for line in _lines(one, is_coloured=_is_coloured())]
    print_result(options, [one.to_fields() for one in findings], "\n".join(lines))
    return exit_code_of(findings)


def _asked(options: argparse.Namespace, log: Log) -> Asked:
    from pipeline.ops.asked import Asked

    found: Configuration | None = None
    flaw: UsageError | None = None
    has_home = True
    try:
        found = configured(options)
        job = job_with(found.settings, options, log)
    except UsageError as error:
        flaw = error
        job, has_home = _bare(options, log)
    return Asked(
        job,
        job.settings.ledger,
        flaw=flaw,
        has_home=has_home,
        configuration=found,
        online=options.online,
        payloads=options.payloads,
        probe=options.probe,
    )


def _bare(options: argparse.Namespace, log: Log) -> tuple[Job, bool]:
    """A job for broken settings, and whether its home is the one that was asked for."""
    try:
        found, has_home = configuration.bare(options.home, os.environ, Path.home()), True
    except UsageError:
        found, has_home = configuration.bare(None, {}, Path.home()), False
    return job_with(found, options, log), has_home


def _is_coloured() -> bool:
    return (
        sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    )


def _lines(one: Finding, *, is_coloured: bool) -> Iterator[str]:
    from pipeline.visible import in_one_line

    sign = f"{one.state:<4}"
    if is_coloured:
        sign = f"{_COLOURS[one.state]}{sign}{_PLAIN}"
    yield f"{sign}  {one.name:<12} {in_one_line(one.found)}"
    if one.mend:
        yield f"{'':<19}-> {in_one_line(one.mend)}"
