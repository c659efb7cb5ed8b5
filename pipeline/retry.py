"""What a failed attempt means: whether to try again, after how long, and when to stop.

Waits between tries are drawn evenly between nothing and a bound that doubles ("full jitter":
M. Brooker, Exponential Backoff and Jitter, AWS Architecture Blog, 2015), so that many clients
that failed together do not come back together.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, ClassVar

from pipeline.errors import BadAnswerError, QuotaError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

PAUSE_SECONDS = 30.0
# How long a host is left alone that turned our address away at its gate.
BLOCKED_SECONDS = 300.0
_LONGEST_BACKOFF_SECONDS = 60.0
_LONGEST_ASKED_SECONDS = 300.0
_FAILURES_BEFORE_PAUSE = 5


class Fault(Exception):  # noqa: N818
    """An attempt that brought no usable answer, and why.

    ``asked_seconds`` is how long the host asked to wait, if it did. ``repeats`` is how often a
    request may be made again for this kind of fault (None: as often as the limits say);
    ``ends_as`` and ``advice`` make the error when it comes once more, and ``shuts`` says that
    no other request would fare better.
    """

    repeats: ClassVar[int | None] = None
    ends_as: ClassVar[type[UnavailableError]] = UnavailableError
    advice: ClassVar[str] = "run again later"
    shuts: ClassVar[bool] = False

    def __init__(self, reason: str, asked_seconds: float | None = None) -> None:
        super().__init__(reason)
        self.asked_seconds = asked_seconds


class LostError(Fault):
    """The host was not reached, has a fault of its own, or its answer broke off."""


class GarbledError(Fault):
    """A whole answer, but not what was promised; another machine of the host may do better."""

    repeats = 1
    ends_as = BadAnswerError
    advice = "the ledger keeps its beginning; run again later"


class HopelessError(Fault):
    """An answer that would come just so again: beyond all bounds, or against the protocol."""

    repeats = 0
    ends_as = BadAnswerError
    advice = "nothing of it was taken; if that stays so, capbrief needs an update"


class UntrustedError(Fault):
    """The host cannot prove who it is (TLS)."""

    repeats = 0
    advice = (
        "nothing was sent; if this network has certificates of its own, name their file in "
        "CAPBRIEF_HTTP__CA_FILE"
    )
    shuts = True


class AstrayError(Fault):
    """The clock of this machine is so wrong that nothing that comes could be dated."""

    repeats = 0
    advice = "nothing of it was taken; set the clock ('timedatectl' shows it), then run again"
    shuts = True


class BlockedError(Fault):
    """The gate before the host turns our address away."""

    repeats = 0
    advice = "the ledger keeps the beginning of what it says; run again some hours later"
    shuts = True


class BusyError(Fault):
    """The host has had enough calls for now (429)."""

    repeats = 2
    ends_as = QuotaError
    advice = "the calls of the month may be spent; run again later, or lower the pace"
    shuts = True


def backoff(first_seconds: float, failures: int, draw: Callable[[], float]) -> float:
    """Seconds to wait after so many failures (1 or more), at most a minute."""
    doubled = first_seconds * 2.0 ** min(failures - 1, 30)
    return draw() * min(_LONGEST_BACKOFF_SECONDS, doubled)


def retry_after(text: str | None, now: datetime) -> float | None:
    """Seconds that a ``Retry-After`` header asks to wait (RFC 9110, 10.2.3: seconds or a date).

    None where there is none, or none that points ahead.
    """
    if text is None:
        return None
    if re.fullmatch(r"[0-9]{1,15}", text.strip()):
        return float(text) or None
    try:
        when = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    ahead = (when - now).total_seconds() if when.tzinfo else 0.0
    return ahead if ahead > 0 else None


def at_most(asked_seconds: float) -> float:
    """What a host asked for, as far as it is followed: five minutes."""
    return min(_LONGEST_ASKED_SECONDS, asked_seconds)


def cool_down(asked_seconds: float | None, first_seconds: float) -> float:
    """Seconds to leave a busy host alone: what it asked for, at most five minutes.

    A host that names no time counts calls by the minute: the wait is a minute with the usual
    first backoff of one second, and in proportion with a shorter one.
    """
    if asked_seconds is None:
        return min(_LONGEST_BACKOFF_SECONDS, first_seconds * _LONGEST_BACKOFF_SECONDS)
    return at_most(asked_seconds)


@dataclass
class Breaker:
    """Counts attempts that failed in a row: after five a pause, after the next the end.

    Without patience there is no pause.
    """

    failures: int = 0
    is_patient: bool = True

    @property
    def is_pausing(self) -> bool:
        """A pause is due before the next attempt, which is a probe."""
        return self.is_patient and self.failures == _FAILURES_BEFORE_PAUSE

    @property
    def is_open(self) -> bool:
        """The probe failed, too: nothing more is to be asked."""
        return self.failures > _FAILURES_BEFORE_PAUSE
