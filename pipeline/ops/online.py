"""Online: whether the sources that are asked answer, by one cheap call each.

The calls go by the wire alone: pace and credits are kept in the ledger, which is not written.
"""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from pipeline import drift, extract
from pipeline.budget import Budget
from pipeline.errors import CapbriefError, QuotaError, UnavailableError
from pipeline.form import JSON
from pipeline.http import Answer
from pipeline.ops.finding import broken, doubtful, well
from pipeline.reply import judge
from pipeline.retry import Fault
from pipeline.wire import Wire

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from pipeline.access import Access
    from pipeline.form import Form
    from pipeline.ops.asked import Asked
    from pipeline.ops.finding import Finding
    from pipeline.reply import Reply
    from pipeline.source import Source

_SECONDS: Final = 15.0


def sources(asked: Asked) -> Iterator[Finding]:
    """Whether each source answers, what is left of its calls, and what its clock says."""
    if not asked.online:
        return
    job = asked.job
    for source in extract.sources(job.settings, job.universes, job.events):
        if source.about.off_because or not source.about.address:
            continue
        try:
            access = source.access
        except CapbriefError:
            continue  # said of the keys
        if access is not None:
            yield from _of_source(asked, source, access)


def _of_source(asked: Asked, source: Source, access: Access) -> Iterator[Finding]:
    allowance, now = access.allowance, asked.job.clock()
    spent = Budget(asked.ledger).spent(allowance.key, now)
    limit = allowance.calls_per_month
    if limit is not None and spent >= limit:
        flaw = QuotaError(f"{source.name}: {spent} of {limit} calls of this month are spent")
        yield from broken("online", flaw, "run again next month, or take a larger plan")
        return
    unreached = _unreached(access.url)
    if unreached is not None:
        yield from _lacking(source, *unreached)
        return
    caller = _Caller(asked, access)
    try:
        said = caller.said(spent)
    except Fault as fault:
        yield from _lacking(source, str(fault), fault.advice)
    except CapbriefError as error:
        yield from broken("online", error)
    else:
        yield well("online", f"{source.name}: {said}")
    if caller.reply is not None:
        yield from _of_clock(asked, source.name, caller.reply)


def _lacking(source: Source, reason: str, mend: str) -> Iterator[Finding]:
    """A source that does not answer; a run can do without one that is optional."""
    said = f"{source.name}: {reason}"
    if source.about.is_required:
        yield from broken("online", UnavailableError(said), mend)
    else:
        yield doubtful("online", said, mend)


def _unreached(url: str) -> tuple[str, str] | None:
    """Why a host is not even connected to, and what may mend it; None where it is."""
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        socket.create_connection((parts.hostname or "", port), timeout=_SECONDS).close()
    except socket.gaierror as error:
        reason = f"the name {parts.hostname} is not found ({error.strerror})"
        return reason, "look at the network and the name server of this machine (DNS)"
    except OSError as error:
        reason = f"{parts.hostname} takes no connection on port {port} ({error.strerror or error})"
        return reason, "look at the network and its firewall; no proxy is used"
    return None


class _Caller:
    """Asks one host, as the door would, without what the door keeps."""

    def __init__(self, asked: Asked, access: Access) -> None:
        self._wire = Wire(asked.job.settings.http, asked.job.version)
        self._seconds = min(_SECONDS, asked.job.settings.http.total_seconds)
        self._clock, self._access = asked.job.clock, access
        self.reply: Reply | None = None

    def said(self, spent: int) -> str:
        """What is to be told of a host that answers.

        Raises:
            Fault, CapbriefError: it does not, or refuses.
        """
        access, limit = self._access, self._access.allowance.calls_per_month
        if access.usage is not None:
            usage = access.usage(self)
            limit = usage.calls_per_month or limit
            spent = spent if usage.spent is None else usage.spent
        elif access.probe:
            self(access.probe, {}, gate=lambda value: None)
        else:
            status = self._ask(access.url, JSON).status
            if status >= 500:
                raise UnavailableError(f"{access.source}: answers {status}; run again later")
            return f"answers ({status})"
        return f"answers; {limit - spent} of {limit} calls are left" if limit else "answers"

    def __call__(
        self,
        path: Sequence[str],
        parameters: Mapping[str, str],
        *,
        gate: Callable[[Any], str | None],
        form: Form = JSON,
    ) -> Answer:
        """As pipeline.source.Get."""
        url = self._access.url_of(path, parameters)
        reply = self._ask(url, form)
        shown = reply.without(self._access.secrets)
        value = judge(shown, self._access.refusal, gate, self._clock(), form)
        return Answer(shown.content, value, url, shown.media_type, self._clock())

    def _ask(self, url: str, form: Form) -> Reply:
        header = self._access.header
        headers = {"Accept": form.accept, **({header[0]: header[1].reveal()} if header else {})}
        secret = self._access.secret_query
        self.reply = self._wire.get(url, headers, self._seconds, secret_query=secret)
        return self.reply


def _of_clock(asked: Asked, source: str, reply: Reply) -> Iterator[Finding]:
    found = drift.drift(reply.headers, asked.job.clock())
    if found is None or not drift.is_told(found):
        return
    said = f"the clock of this machine is {drift.shown(found)} that of {source}"
    mend = "set it, and keep it so (timedatectl set-ntp true)"
    if drift.is_refused(found):
        yield from broken("clock", UnavailableError(said), mend)
    else:
        yield doubtful("clock", said, mend)


PROBES = (("online", sources),)
