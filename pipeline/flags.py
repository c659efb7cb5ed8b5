"""Flags that several commands share, each as a parser to build on."""

from __future__ import annotations

import argparse
from pathlib import Path

from pipeline import arguments


def shared(default: str | None = None) -> argparse.ArgumentParser:
    """The flags of every command; with SUPPRESS as their default for the actions of a command.

    A default of an action would come over what was said before the action's name.
    """
    made = argparse.ArgumentParser(add_help=False, argument_default=default)
    made.add_argument("--home", type=Path, metavar="DIR", help="keep all data below DIR")
    made.add_argument(
        "--config", type=Path, metavar="FILE", help="settings, before ./capbrief.toml"
    )
    made.add_argument(
        "--overlay",
        metavar="DIR",
        help="folder of your own sql/, reports/, scenarios/, events/ …; they come first",
    )
    made.add_argument("--json", action="store_true", help="print the result as JSON")
    made.add_argument(
        "-q",
        "--quiet",
        action="count",
        default=default or 0,
        help="log warnings and failures only; -qq failures only",
    )
    made.add_argument(
        "-v", "--verbose", action="store_true", help="log every request and every table"
    )
    made.add_argument(
        "--log-format",
        choices=("auto", "human", "json"),
        help="auto is the default: human on a terminal, else json, a line each",
    )
    made.add_argument(
        "--fail-on",
        choices=("partial", "stale", "never"),
        help="partial is the default; with stale 3 becomes 0, with never 3, 9 and 10",
    )
    made.add_argument(
        "--ok-codes",
        type=arguments.ok_codes,
        metavar="CODES",
        help="exit codes that become 0, of 3, 5, 9 and 10, parted by commas",
    )
    return made


def writer() -> argparse.ArgumentParser:
    """Of commands that build the warehouse."""
    made = argparse.ArgumentParser(add_help=False)
    made.add_argument(
        "--full",
        "--from-payloads",
        action="store_true",
        help="rebuild from the payloads alone, as after a parser was mended",
    )
    return made


def waiter() -> argparse.ArgumentParser:
    """Of commands that write: how long to wait for the lock."""
    made = argparse.ArgumentParser(add_help=False)
    made.add_argument(
        "--lock-wait",
        type=arguments.seconds,
        metavar="SECONDS",
        help="wait for another run",
    )
    made.add_argument(
        "--shared",
        action="store_true",
        help="other machines use the home, too, and its locks hold between them",
    )
    return made


def fetcher() -> argparse.ArgumentParser:
    """Of commands that fetch what is missing."""
    made = argparse.ArgumentParser(add_help=False)
    made.add_argument(
        "--max-catchup",
        type=arguments.days,
        default=30,
        metavar="DAYS",
        help="go at most so many days back for days that were missed",
    )
    made.add_argument("--refresh", action="store_true", help="ask again for what is there already")
    return made


def dry() -> argparse.ArgumentParser:
    """Of commands that can say what they would ask for."""
    made = argparse.ArgumentParser(add_help=False)
    made.add_argument(
        "--dry-run", action="store_true", help="print calls and credits; ask and write nothing"
    )
    return made


def known(default: str | None = None) -> argparse.ArgumentParser:
    """Of commands that answer as of a moment."""
    made = argparse.ArgumentParser(add_help=False, argument_default=default)
    made.add_argument(
        "--as-of",
        type=arguments.moment,
        metavar="TIME",
        help="with what was known on that day or at that time",
    )
    return made


def dated(default: str | None = None) -> argparse.ArgumentParser:
    """Of commands that speak of a day."""
    made = argparse.ArgumentParser(add_help=False, argument_default=default)
    made.add_argument(
        "--date", type=arguments.day, metavar="DAY", help="the day the figures speak of"
    )
    return made


def written() -> argparse.ArgumentParser:
    """Of commands that write files."""
    made = argparse.ArgumentParser(add_help=False)
    made.add_argument("--out", type=Path, metavar="DIR", help="write to DIR")
    return made
