"""Drift: how far the clock of this machine is from that of a host, which dates its answers.

Days and times of knowledge are taken from the clock of this machine. One that is an hour wrong
would put values on the wrong day, and no later run could tell.
"""

from __future__ import annotations

import re
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

_TOLD_FROM = timedelta(minutes=2)
_REFUSED_FROM = timedelta(hours=1)


def drift(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """How far ahead of the host ``now`` is, negative where it is behind.

    None where the host does not say. A cache hands on the host's own date, and how old the
    answer is in seconds (RFC 9110, 6.6.1; RFC 9111, 5.1).
    """
    try:
        at = parsedate_to_datetime(headers["date"])
        age = headers.get("age", "").strip()
        if re.fullmatch(r"[0-9]{1,9}", age):
            at += timedelta(seconds=int(age))
        return now - at if at.tzinfo else None
    except (KeyError, ValueError, TypeError, IndexError, OverflowError):
        return None


def is_told(found: timedelta) -> bool:
    """More than two minutes: worth a word."""
    return abs(found) > _TOLD_FROM


def is_refused(found: timedelta) -> bool:
    """More than an hour: nothing that comes can be dated."""
    return abs(found) > _REFUSED_FROM


def shown(found: timedelta) -> str:
    """The drift for people, as ``3.2 hours ahead of``."""
    minutes = abs(found).total_seconds() / 60
    size = f"{minutes:.0f} minutes" if minutes < 120 else f"{minutes / 60:,.1f} hours"
    return f"{size} {'ahead of' if found > timedelta() else 'behind'}"
