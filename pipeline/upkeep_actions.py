"""Upkeep actions: the flags of the commands that remove, keep and bring back."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from pipeline import arguments

_MOST_OF_A_UNIT = 999


def offer_prune(parser: argparse.ArgumentParser) -> None:
    """Add the rules of ``prune``.

    Args:
        parser: of the command.
    """
    rules = parser.add_argument_group(
        "rules for reports",
        "A report that any rule keeps stays, each name by itself. Without rules: --keep-last 10 "
        "--keep-daily 30 --keep-monthly 24 --keep-yearly all.",
    )
    for rule, text in (
        ("last", "the newest N"),
        ("daily", "the newest of each of the last N days that have one"),
        ("weekly", "the newest of each of the last N weeks"),
        ("monthly", "the newest of each of the last N months"),
        ("yearly", "the newest of each of the last N years"),
    ):
        rules.add_argument(
            f"--keep-{rule}", type=number_kept, metavar="N", help=f"keep {text}; all for any"
        )
    rules.add_argument(
        "--keep-within",
        type=span,
        metavar="SPAN",
        help="keep what is younger than that, counted from the newest; as in 1y6m or 14d",
    )
    parser.add_argument(
        "--payloads-keep-daily",
        type=arguments.days,
        metavar="DAYS",
        help="give up history: of live data that is older, keep the first of each month alone",
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="print what would go and why; remove nothing"
    )


def number_kept(text: str) -> int:
    """How many periods a rule keeps; ``all`` is all of them."""
    from pipeline.ops.retention import ALL

    return ALL if text == "all" else arguments.count(text)


def span(text: str) -> object:
    """A time by the calendar, as restic writes it: years, months, weeks, days."""
    from pipeline.ops.retention import Span

    found = re.fullmatch(r"(?:(\d+)y)?(?:(\d+)m)?(?:(\d+)w)?(?:(\d+)d)?", text, re.ASCII)
    parts = [int(part or 0) for part in found.groups()] if found else [0]
    if not any(parts) or max(parts) > _MOST_OF_A_UNIT:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a time like 1y6m, 2w or 14d, each number at most {_MOST_OF_A_UNIT}"
        )
    years, months, weeks, days = parts
    return Span(months=12 * years + months, days=7 * weeks + days)


def offer_backup(parser: argparse.ArgumentParser) -> None:
    """Add the flags of ``backup``.

    Args:
        parser: of the command.
    """
    parser.add_argument(
        "target", type=Path, metavar="FILE", help="the file to write, or the folder for a dated one"
    )
    parser.add_argument(
        "--with-warehouse",
        action="store_true",
        help="take in what is published, which can be built again from the rest",
    )


def offer_restore(parser: argparse.ArgumentParser) -> None:
    """Add the flags of ``restore``.

    Args:
        parser: of the command.
    """
    parser.add_argument("file", type=Path, metavar="FILE", help="what 'backup' wrote")
    parser.add_argument(
        "--check", action="store_true", help="read and verify the file; restore nothing"
    )
    parser.add_argument(
        "--force",
        action="store_true",
        help="where the home is not empty, move it aside as it is, then restore",
    )
