"""The one door to the network: asks a source's own host for a document, at its pace.

An answer is had whole, within bounds, in the form that was asked for, or not at all. Pace and
calls of the month are kept for all processes of a home (pipeline.budget). pipeline.wire makes
one request, pipeline.reply says what came back, pipeline.retry what to do about what did not.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline import drift
from pipeline.access import Access
from pipeline.entry import Announcement, BadAnswer
from pipeline.errors import (
    AuthError,
    BadAnswerError,
    CapbriefError,
    OutOfReachError,
    QuotaError,
    UnavailableError,
)
from pipeline.form import JSON
from pipeline.reply import judge
from pipeline.retry import (
    BLOCKED_SECONDS,
    PAUSE_SECONDS,
    AstrayError,
    BlockedError,
    Breaker,
    BusyError,
    Fault,
    GarbledError,
    HopelessError,
    at_most,
    backoff,
    cool_down,
)
from pipeline.strict_json import Document

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from pipeline.budget import Budget
    from pipeline.form import Form
    from pipeline.ledger import Ledger
    from pipeline.reply import Reply
    from pipeline.settings import Http

__all__ = ["Access", "Answer", "Door"]

_SAMPLE_BYTES = 2048
_FEW_TRIES = 3


@dataclass(frozen=True)
class Answer:
    """One good answer: its bytes, unpacked, and their value (pipeline.form).

    ``url`` is the full address; no secret is part of it. ``retrieved_at`` is UTC.
    """

    content: bytes
    value: Any
    url: str
    media_type: str
    retrieved_at: datetime


class Door:
    """Asks one source, for one run; once it is shut, every further call fails at once.

    What shuts it: a refused key, spent calls, a pace at which the next one comes after the end
    of the run, a host without a valid certificate, a clock that is an hour from the host's, and
    six attempts in a row that failed although there was a pause before the last.
    """

    def __init__(
        self,
        access: Access,
        limits: Http,
        budget: Budget,
        ledger: Ledger,
        *,
        log: Callable[..., None],
        clock: Callable[[], datetime],
        version: str,
        sleep: Callable[[float], None] = time.sleep,
        draw: Callable[[], float] = random.random,
    ) -> None:
        """Connect on the first call, which also starts the time that the run may take.

        Raises:
            UsageError: a setting of the section HTTP cannot be used.
        """
        # Imported here: a source names its Access without an HTTP client.
        from pipeline.wire import Wire

        self._access = access
        self._limits = limits
        self._budget = budget
        self._ledger = ledger
        self._log = log
        self._clock = clock
        self._sleep = sleep
        self._draw = draw
        self._wire = Wire(limits, version)
        self._secrets = access.secrets
        self._breaker = Breaker(is_patient=access.is_patient)
        self._tries = limits.tries if access.is_patient else min(_FEW_TRIES, limits.tries)
        self._shut: CapbriefError | None = None
        self._deadline: float | None = None
        self._told_deprecated = self._told_drift = False
        self.is_astray = False

    @property
    def is_shut(self) -> bool:
        """No further call will be made; each ends as the last one did."""
        return self._shut is not None

    def __call__(
        self,
        path: Sequence[str],
        parameters: Mapping[str, str],
        *,
        gate: Callable[[Any], str | None],
        form: Form = JSON,
    ) -> Answer:
        """The answer to a GET of ``path`` (see pipeline.source.Get).

        Raises:
            AuthError, OutOfReachError: the key or the plan is refused.
            NotFoundError: the source knows no such thing.
            QuotaError: the calls of the plan are spent.
            BadAnswerError, UnavailableError: no usable answer after all tries.
            ValueError: a segment of the path is empty, "." or "..".
        """
        url = self._access.url_of(path, parameters)
        seen: Counter[type[Fault]] = Counter()
        because = "its plan allows no more calls a minute, or it asked to be left alone"
        while True:
            if self._shut is not None:
                raise type(self._shut)(str(self._shut))
            try:
                self._wait(url, self._budget.take(self._access.allowance), because)
            except UnavailableError as error:
                self._shut = error  # pace and calls are those of every request
                raise
            try:
                return self._attempt(url, seen.total() + 1, gate, form)
            except Fault as fault:
                seen[type(fault)] += 1
                self._weigh(url, fault, seen)
                because = str(fault)

    # --- One attempt ---------------------------------------------------------------------

    def _attempt(
        self, url: str, attempt: int, gate: Callable[[Any], str | None], form: Form
    ) -> Answer:
        reply = self._ask(url, attempt, form.accept)
        shown = reply.without(self._secrets)
        self._tell_deprecated(url, shown)
        self._hold_clock(shown)
        try:
            value = judge(shown, self._access.refusal, gate, self._clock(), form)
        except (Fault, CapbriefError) as flaw:
            if isinstance(flaw, GarbledError | BlockedError | BadAnswerError):
                self._keep_sample(url, shown, str(flaw))
            if isinstance(flaw, CapbriefError):
                raise self._refused(url, flaw) from None
            raise
        if shown.content != reply.content:
            raise HopelessError("the answer repeats the key")
        self._breaker.failures = 0
        content = Document(reply.content, value) if form is JSON else reply.content
        return Answer(content, value, url, reply.media_type, self._clock())

    def _ask(self, url: str, attempt: int, accept: str) -> Reply:
        header = self._access.header
        reply: Reply | None = None
        started = time.monotonic()
        try:
            reply = self._wire.get(
                url,
                {"Accept": accept, **({header[0]: header[1].reveal()} if header else {})},
                max(0.001, min(self._limits.total_seconds, self._left())),
                secret_query=self._access.secret_query,
            )
        finally:
            self._log(
                "request",
                source=self._access.source,
                url=url,
                http_status=None if reply is None else reply.status,
                attempt=attempt,
                duration_ms=round((time.monotonic() - started) * 1000),
                bytes=0 if reply is None else len(reply.content),
            )
        return reply

    def _refused(self, url: str, error: CapbriefError) -> CapbriefError:
        """An error that no further try would mend, told without secrets."""
        self._breaker.failures = 0
        told = type(error)(_told(url, str(error)))
        if isinstance(error, AuthError | QuotaError) and not isinstance(error, OutOfReachError):
            self._shut = told
        return told

    def _keep_sample(self, url: str, reply: Reply, reason: str) -> None:
        sample = reply.content[:_SAMPLE_BYTES].decode("utf-8", "replace")
        source, at = self._access.source, self._clock()
        self._ledger.keep_sample(BadAnswer(source, url, reply.status, reason, sample, at))

    def _tell_deprecated(self, url: str, reply: Reply) -> None:
        """Log once that the host announced an end of this interface (RFC 8594, RFC 9745)."""
        announced = {
            name: reply.headers[name][:100]
            for name in ("sunset", "deprecation")
            if name in reply.headers
        }
        if announced and not self._told_deprecated:
            self._told_deprecated = True
            self._log("deprecated", source=self._access.source, url=url, **announced)
            said = ", ".join(f"{name}: {text}" for name, text in announced.items())
            one = Announcement(self._access.source, url, said, self._clock())
            self._ledger.announce(one)

    def _hold_clock(self, reply: Reply) -> None:
        """Log once that the clock is minutes from the host's; an hour is a fault."""
        found = drift.drift(reply.headers, self._clock())
        if found is None or not drift.is_told(found):
            return
        if not self._told_drift:
            self._told_drift = True
            ahead_s = round(found.total_seconds())
            self._log("clock_skew", source=self._access.source, ahead_s=ahead_s)
        if drift.is_refused(found):
            self.is_astray = True
            raise AstrayError(f"the clock of this machine is {drift.shown(found)} the host's")

    # --- Between attempts ----------------------------------------------------------------

    def _weigh(self, url: str, fault: Fault, seen: Counter[type[Fault]]) -> None:
        """Wait until the next try of a request is due, or raise if there is to be none."""
        allowance, first = self._access.allowance, self._limits.backoff_seconds
        if isinstance(fault, BusyError):
            wait = cool_down(fault.asked_seconds, first)
            self._budget.cool_down(allowance, wait)
        else:
            self._breaker.failures += 1
            failures = seen.total() - seen[BusyError]
            wait = max(backoff(first, failures, self._draw), at_most(fault.asked_seconds or 0.0))
        if isinstance(fault, BlockedError):
            self._budget.cool_down(allowance, BLOCKED_SECONDS)
        if self._breaker.is_pausing:
            self._budget.cool_down(allowance, PAUSE_SECONDS)
        if self._is_last(fault, seen):
            raise self._final(url, fault, seen.total())
        self._log(
            "retry",
            source=self._access.source,
            url=url,
            reason=str(fault),
            wait_ms=round(wait * 1000),
            attempt=seen.total(),
        )
        if not isinstance(fault, BusyError):  # the budget gives out the next call after its wait
            self._wait(url, wait, str(fault))

    def _is_last(self, fault: Fault, seen: Counter[type[Fault]]) -> bool:
        failures = seen.total() - seen[BusyError]
        is_spent = fault.repeats is not None and seen[type(fault)] > fault.repeats
        return is_spent or failures >= self._tries or self._breaker.is_open

    def _final(self, url: str, fault: Fault, tries: int) -> CapbriefError:
        times = f" ({tries} tries)" if tries > 1 else ""
        if self._breaker.is_open:
            times = f" ({self._breaker.failures} failures in a row; this run asks it no more)"
        error = fault.ends_as(_told(url, f"{fault}{times}; {fault.advice}"))
        if fault.shuts or self._breaker.is_open:
            self._shut = error
        return error

    def _wait(self, url: str, seconds: float, because: str) -> None:
        left = self._left()
        if seconds >= left:
            raise UnavailableError(
                _told(
                    url,
                    f"{because}; the next try is due in {seconds:.0f} s, and this run may go on "
                    f"asking for {max(left, 0.0):.0f} s; run again later, or raise "
                    "CAPBRIEF_HTTP__RUN_SECONDS",
                )
            )
        if seconds > 0:
            self._sleep(seconds)

    def _left(self) -> float:
        """Seconds that the run may still take; they begin with the first call."""
        now = time.monotonic()
        if self._deadline is None:
            self._deadline = now + self._limits.run_seconds
        return self._deadline - now


def _told(url: str, text: str) -> str:
    """A message that begins with where it happened."""
    return f"{url.partition('?')[0].partition('://')[2]}: {text}"
