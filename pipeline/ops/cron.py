"""Cron: one line of a crontab between two marks, and the table that it is put into."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING

from pipeline.errors import StorageError, UsageError
from pipeline.ops.schedule import RUN

if TYPE_CHECKING:
    from pipeline.ops.schedule import Duty

BEGIN, END = b"# >>> capbrief schedule cron", b"# <<< capbrief schedule cron"
LOG = "cron.log"
# Debian's cron takes no longer command; cronie does.
_MOST_BYTES = 998
_SECONDS = 30
_SAFE = re.compile(r"[A-Za-z0-9_./:,=@+-]+")


def block(duty: Duty, now: datetime, *, mailed: bool, has_zones: bool) -> str:
    """The line with its marks and what is to be known about it.

    Args:
        duty: what is run, and when.
        now: the day on which the clock of this machine is read.
        mailed: leave failures to cron, which mails them, instead of logging all to a file.
        has_zones: cron knows CRON_TZ.

    Raises:
        UsageError: the line would be longer than cron takes.
    """
    at = duty.at if has_zones else duty.local(now.astimezone(UTC).date())
    clock = "" if has_zones else f", now {at:%H:%M} by the clock of this machine"
    command = _command(duty, mailed=mailed)
    if len(command.encode()) > _MOST_BYTES:
        raise UsageError(
            f"the command has {len(command.encode())} bytes, and cron takes {_MOST_BYTES}; use "
            "shorter paths and fewer CAPBRIEF_ variables"
        )
    lines = [
        BEGIN.decode(),
        f"# Every day at {duty.at:%H:%M} UTC{clock}.",
        "# Classic cron does not make up for missed days, starts a run while another goes on, and",
        "# skips or repeats an hour when clocks change. capbrief does with all three: it fetches",
        "# what is missing, waits for its lock, and asks nothing twice.",
        "# What is printed is mailed to MAILTO: failures alone."
        if mailed
        else "# All is logged beside the ledger; with --mail cron mails failures instead.",
    ]
    if has_zones:
        lines += ["# Of all lines below it, too: keep this block the last one.", "CRON_TZ=UTC"]
    return "\n".join([*lines, f"{at.minute} {at.hour} * * * {command}", END.decode(), ""])


def _command(duty: Duty, *, mailed: bool) -> str:
    folder, log = quoted(str(duty.state)), quoted(str(duty.state / LOG))
    variables = [f"{name}={quoted(text)}" for name, text in duty.own_environment().items()]
    program = [quoted(part) for part in (*duty.program, *RUN)]
    ending = [*(["--quiet", f">>{log}"] if mailed else [f">>{log}", "2>&1"])]
    run = " ".join([*variables, *program, *ending])
    return f"umask 077; mkdir -p {folder} && {run}"


def quoted(text: str) -> str:
    r"""One word for ``sh`` behind cron, which takes ``\`` away from ``\%`` and ``\\``, or does not.

    No two backslashes stand side by side, and a percent sign stands outside of quotes, so that
    both kinds of cron end with the same word.
    """
    if _SAFE.fullmatch(text):
        return text
    special = {"\\": "'\\'", "'": "\\'", "%": "\\%"}
    parts = re.findall(r"[\\'%]|[^\\'%]+", text)
    return "".join(special.get(part, f"'{part}'") for part in parts) or "''"


def merged(table: bytes, lines: bytes) -> bytes:
    """The table with the block at its end; all other lines stay as they are.

    Raises:
        UsageError: the table has one mark without the other.
    """
    rest = without(table)
    return rest + (b"" if rest.endswith(b"\n") or not rest else b"\n") + lines


def without(table: bytes) -> bytes:
    """The table without the block.

    Raises:
        UsageError: the table has one mark without the other.
    """
    lines = table.splitlines(keepends=True)
    marks = [line.strip() for line in lines if line.strip() in (BEGIN, END)]
    if marks not in ([], [BEGIN, END]):
        raise UsageError(
            "crontab: has the marks of capbrief not once around its line; mend it by 'crontab -e'"
        )
    kept, is_inside = [], False
    for line in lines:
        is_inside = is_inside or line.strip() == BEGIN
        if not is_inside:
            kept.append(line)
        is_inside = is_inside and line.strip() != END
    return b"".join(kept)


def starts_at(table: bytes) -> time | None:
    """The minute of the UTC day that a table's block names; null where there is none."""
    _, mark, rest = table.partition(BEGIN)
    found = re.search(rb"^# Every day at (\d\d:\d\d) UTC", rest, re.M)
    return time.fromisoformat(found[1].decode()) if mark and found else None


def is_there() -> bool:
    """Whether this machine has crontabs."""
    return shutil.which("crontab") is not None


def has_zones() -> bool:
    """Whether cron is cronie, the one that knows CRON_TZ."""
    return is_there() and b"cronie" in b"".join(_call("-V")[1:])


def table() -> bytes:
    """The user's crontab; nothing where there is none.

    Raises:
        StorageError: it cannot be read.
    """
    code, out, err = _call("-l")
    if code == 0:
        return out
    if b"no crontab" in err.lower():
        return b""
    raise StorageError(f"crontab -l: {_said(err)}")


def write(content: bytes) -> None:
    """Replace the user's crontab.

    Raises:
        StorageError: cron does not take it; the old one stays.
    """
    code, _, err = _call("-", given=content)
    if code != 0:
        raise StorageError(f"crontab: was not taken ({_said(err)}); the old one stays")


def _said(err: bytes) -> str:
    return " ".join(err.decode("utf-8", "replace").split()) or "no reason given"


def _call(argument: str, given: bytes = b"") -> tuple[int, bytes, bytes]:
    program = shutil.which("crontab")
    if program is None:
        raise UsageError("crontab: is not there; install cron, or use 'capbrief schedule systemd'")
    try:
        # In English: that there is no crontab is only said in words.
        done = subprocess.run(
            [program, argument],
            input=given,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
            env={**os.environ, "LC_ALL": "C"},
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise StorageError(f"crontab {argument}: {error}") from error
    return done.returncode, done.stdout, done.stderr
