"""Schedule actions: what ``capbrief schedule`` can be told to do, and its flags."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from pipeline import arguments, schedules


def offer(parser: argparse.ArgumentParser, shared: argparse.ArgumentParser) -> None:
    """Add the actions to the command, which lists without one.

    Args:
        parser: of the command.
        shared: flags of every command, without defaults.
    """
    action = arguments.actions(parser, shared)
    text = "Print a systemd service and timer, write them where systemd reads them, or remove them."
    units = action("systemd", schedules.systemd, text)
    _add_at(units)
    whose = units.add_mutually_exclusive_group()
    whose.add_argument(
        "--user",
        dest="is_system",
        action="store_false",
        default=None,
        help="for your own service manager; the default unless you are root",
    )
    whose.add_argument(
        "--system",
        dest="is_system",
        action="store_true",
        default=None,
        help="for the system's, with an account made up for the run",
    )
    units.add_argument(
        "--run-as", type=_account, metavar="USER", help="with --system: run as USER instead"
    )
    units.add_argument("--to", type=Path, metavar="DIR", help="write to DIR, as for an image")
    _add_install(units, "write the units; enabling them is left to you")
    units.add_argument(
        "--force", action="store_true", help="also replace or remove units that were changed"
    )
    line = action("cron", schedules.cron, "Print a line for a crontab, or put it into yours.")
    _add_at(line)
    line.add_argument("--mail", action="store_true", help="have cron mail failures; log no details")
    _add_install(line, "put it into your crontab, whose other lines stay")
    listed = action("launchd", schedules.launchd, "Print a property list for macOS.")
    _add_at(listed)


def _add_at(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--at",
        type=arguments.minute,
        metavar="HH:MM",
        help="minute of the UTC day; one of the night without, by the name of this machine",
    )


def _add_install(parser: argparse.ArgumentParser, text: str) -> None:
    way = parser.add_mutually_exclusive_group()
    way.add_argument("--install", action="store_true", help=text)
    way.add_argument("--remove", action="store_true", help="take away what --install wrote")


def _account(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_-]{0,30}", text, re.ASCII):
        raise argparse.ArgumentTypeError(f"{text!r} is not the name of an account")
    return text
