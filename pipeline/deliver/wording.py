"""Wording: what is said of troubles and their end, and of a run to whoever watches."""

from __future__ import annotations

import hashlib
import re
import socket
from typing import TYPE_CHECKING

from pipeline.deliver.message import Message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.deliver.troubles import Trouble

_MOST_LINES = 20
_LONGEST_LINE = 500
_LONGEST_SUBJECT = 120
_HEADS = {"failure": "failed", "partial": "is not complete", "alert": "alert"}


def kind(exit_code: int, reason: str) -> str:
    """What tells one bad end of a run from another: its code, and what each finding is about.

    How a source failed, and figures, differ from run to run without being news.
    """
    heads = sorted({re.sub(r"\d+", "#", line.partition(": ")[0]) for line in reason.splitlines()})
    return f"{exit_code} {hashlib.sha256(repr(heads).encode()).hexdigest()[:12]}"


def trouble(event: str, found: Sequence[Trouble], run_id: str) -> Message:
    """One message for all troubles of one event that are to be told now."""
    first = found[0].reason.splitlines()[0] if found[0].reason else found[0].subject
    more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    lines = [line for one in found for line in _lines(one)]
    # Told again it is another message: who was told before is told again.
    parts = sorted(f"{one.trouble_id} {one.n_told}" for one in found)
    return Message(
        event=event,
        subject=f"capbrief {_HEADS[event]}{more}: {first[:_LONGEST_SUBJECT]}",
        lines=(*_capped(lines), "", _signature(run_id)),
        about=_digest(parts),
        run_id=run_id,
    )


def recovery(over: Sequence[Trouble], run_id: str) -> Message:
    """One message for all troubles that are over."""
    more = f" (and {len(over) - 1} more)" if len(over) > 1 else ""
    first = over[0].reason.splitlines()[0] if over[0].reason else over[0].subject
    lines = [f"over, since {_minute(one)} seen {_times(one.n_seen)}: {one.reason.splitlines()[0]}"
             for one in over]  # fmt: skip
    return Message(
        event="recovery",
        subject=f"capbrief is well again{more}: {first[:_LONGEST_SUBJECT]}",
        lines=(*_capped(lines), "", _signature(run_id)),
        about=_digest(sorted(str(one.trouble_id) for one in over)),
        run_id=run_id,
    )


def summary(run_id: str, exit_code: int, lines: Sequence[str]) -> list[str]:
    """What whoever watches is told of the end of a run, most telling first."""
    return [f"capbrief run {run_id} ended with {exit_code}", *lines]


def _lines(one: Trouble) -> list[str]:
    lines = one.reason.splitlines() or [one.subject]
    if one.n_seen > 1:
        lines.append(f"(since {_minute(one)}, seen {_times(one.n_seen)})")
    return [line[:_LONGEST_LINE] for line in lines]


def _capped(lines: Sequence[str]) -> list[str]:
    if len(lines) <= _MOST_LINES:
        return list(lines)
    return [*lines[:_MOST_LINES], f"… and {len(lines) - _MOST_LINES} more lines"]


def _signature(run_id: str) -> str:
    return f"run {run_id} on {socket.gethostname()}; 'capbrief status' says more"


def _minute(one: Trouble) -> str:
    return f"{one.began_at:%Y-%m-%d %H:%M}Z"


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _digest(parts: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
