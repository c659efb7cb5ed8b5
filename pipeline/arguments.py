"""Arguments: what a flag's text stands for, or why it cannot be taken."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from datetime import time as clock_time

_FIRST_YEAR, _LAST_YEAR = 2000, 2199
_MOST_ROWS = 10**9
_MOST_DAYS = 3660
_MOST_WINDOW = 365
# What was required is there, or another run sees to it.
_FORGIVABLE = ("3", "5", "9", "10")


def day(text: str) -> date:
    """A UTC day."""
    try:
        if not re.fullmatch(r"\d{4}-\d\d-\d\d", text):
            raise ValueError(text)
        found = date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a day like 2024-04-03") from error
    return _in_range(found)


def between_days(
    parser: argparse.ArgumentParser, first: str, last: str, *, required: bool = False
) -> None:
    """Add ``--from`` and ``--to`` with what each is for."""
    for flag, name, text in (("--from", "first", first), ("--to", "last", last)):
        parser.add_argument(flag, dest=name, type=day, required=required, metavar="DAY", help=text)


def month(text: str) -> date:
    """The first day of a month."""
    if not re.fullmatch(r"\d{4}-\d\d", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a month like 2024-04")
    return day(f"{text}-01")


def month_or_count(text: str) -> int | date:
    """A month of the calendar, or a number of months after a start."""
    if re.fullmatch(r"\d{1,4}", text, re.ASCII):
        return int(text)
    try:
        return month(text)
    except argparse.ArgumentTypeError as error:
        wanted = "a number of months or a month like 2028-01"
        raise argparse.ArgumentTypeError(f"{text!r} is not {wanted}") from error


def day_end(found: date) -> datetime:
    """The last moment of a UTC day, which ``--as-of DAY`` means."""
    return datetime.combine(found, clock_time.max, UTC)


def moment(text: str) -> datetime:
    """A UTC day (its last moment) or a time; a time without zone is UTC."""
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return day_end(day(text))
    try:
        if "W" in text:  # a week is no moment
            raise ValueError(text)
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a day like 2024-04-03 or a time like 2024-04-03T12:00Z"
        ) from error
    _in_range(at.date())
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


def minute(text: str) -> clock_time:
    """A minute of the UTC day."""
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", text, re.ASCII):
        raise argparse.ArgumentTypeError(f"{text!r} is not a minute of the day like 06:17 (UTC)")
    return clock_time.fromisoformat(text)


def _in_range(found: date) -> date:
    if not _FIRST_YEAR <= found.year <= _LAST_YEAR:
        raise argparse.ArgumentTypeError(f"{found} is not between {_FIRST_YEAR} and {_LAST_YEAR}")
    return found


def count(text: str) -> int:
    """A whole number above zero."""
    number = int(text) if text.isdecimal() else 0
    if not 1 <= number <= _MOST_ROWS:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 to {_MOST_ROWS}")
    return number


def port(text: str) -> int:
    """A port of this machine; 0 for one that is free."""
    number = int(text) if text.isdecimal() and len(text) < 6 else -1
    if not 0 <= number <= 65_535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port from 0 to 65535")
    return number


def window(text: str) -> tuple[int, int]:
    """First and last day of a window, counted from an event's day."""
    found = re.fullmatch(r"([+-]?\d{1,3}),([+-]?\d{1,3})", text, re.ASCII)
    first, last = (int(found[1]), int(found[2])) if found else (1, 0)
    if not -_MOST_WINDOW <= first <= last <= _MOST_WINDOW:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not two days like -1,4, the first one first, at most {_MOST_WINDOW} away"
        )
    return first, last


def seconds(text: str) -> float:
    """A number of seconds, at most a day."""
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number <= 86_400:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds from 0 to 86400")
    return number


def duration(text: str) -> float:
    """A number of seconds above zero, at most a day."""
    found = seconds(text)
    if found == 0:
        raise argparse.ArgumentTypeError("0 seconds are too few")
    return found


def days(text: str) -> int:
    """A number of days, at most ten years."""
    number = count(text)
    if number > _MOST_DAYS:
        raise argparse.ArgumentTypeError(f"{text} days are more than {_MOST_DAYS}")
    return number


def names(text: str) -> tuple[str, ...]:
    """Names parted by commas."""
    found = tuple(part.strip() for part in text.split(",") if part.strip())
    if not found:
        raise argparse.ArgumentTypeError("names nothing; give names parted by commas")
    for name in found:
        if name in (".", ".."):
            raise argparse.ArgumentTypeError(f"{name!r} is no name")
    return found


def ok_codes(text: str) -> frozenset[int]:
    """Exit codes that the caller takes for success."""
    found = names(text)
    refused = [one for one in found if one not in _FORGIVABLE]
    if refused:
        raise argparse.ArgumentTypeError(
            f"{', '.join(refused)}: only {', '.join(_FORGIVABLE)} can be taken for success; after "
            "any other code a required part is missing"
        )
    return frozenset(map(int, found))


def actions(
    parser: argparse.ArgumentParser, shared: argparse.ArgumentParser
) -> Callable[..., argparse.ArgumentParser]:
    """What adds the actions of a command: ``add(name, act, text, *parents)`` gives its parser.

    Args:
        parser: of the command.
        shared: flags of every command, without defaults.
    """
    names = parser.add_subparsers(dest="action", metavar="ACTION")

    def add(
        name: str, act: Callable[..., int], text: str, *parents: argparse.ArgumentParser
    ) -> argparse.ArgumentParser:
        made = names.add_parser(name, help=text, description=text, parents=[shared, *parents])
        made.set_defaults(act=act, parser=made)
        return made

    return add
