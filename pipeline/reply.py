"""What a reply of a host means: a value, a fault that may pass, or an error that will not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

from pipeline.errors import AuthError, BadAnswerError, CapbriefError, NotFoundError
from pipeline.form import JSON
from pipeline.retry import (
    BlockedError,
    BusyError,
    GarbledError,
    HopelessError,
    LostError,
    retry_after,
)
from pipeline.secret import HIDDEN, redacted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from pipeline.form import Form
    from pipeline.secret import Secret

_QUOTED_CHARACTERS = 200
# Request timeout and too early: the standards themselves say to try again.
_TRANSIENT = frozenset({408, 425})


@dataclass(frozen=True)
class Reply:
    """What came back: ``content`` is unpacked, and empty if it could not be had.

    Only an answer of 200 must have its body; of any other the status says enough. The names in
    ``headers`` are in lower case.
    """

    status: int
    headers: Mapping[str, str]
    content: bytes

    def without(self, secrets: Sequence[Secret]) -> Reply:
        """The same with every secret in it replaced, before any part of it is quoted."""
        content = self.content
        for secret in secrets:
            for form in secret.forms:
                content = content.replace(form.encode(), HIDDEN.encode())
        headers = {name: redacted(text, secrets) for name, text in self.headers.items()}
        return Reply(self.status, headers, content)

    @property
    def media_type(self) -> str:
        """The type that the host gives its answer, without parameters, in lower case."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def beginning(self) -> str:
        """The first words of the body on one line."""
        text = self.content[: 4 * _QUOTED_CHARACTERS].decode("utf-8", "replace")
        shown = "".join(each if each.isprintable() else " " for each in text)
        return " ".join(shown.split())[:_QUOTED_CHARACTERS]


def judge(
    reply: Reply,
    refusal: Callable[[int, Any], CapbriefError | None],
    gate: Callable[[Any], str | None],
    now: datetime,
    form: Form = JSON,
) -> Any:
    """The value of a good reply that is written in ``form``.

    ``refusal`` tells the vendor's own error codes, whatever the status; ``gate`` what is wrong
    with a value.

    Raises:
        Fault: the reply may be better another time.
        CapbriefError: it will not.
    """
    value, flaw = _value(reply, form)
    refused = refusal(reply.status, value)
    if refused is not None:
        raise refused
    if reply.status != 200:
        _refuse(reply, now, is_data=flaw is None)
    flaw = flaw or gate(value)
    if flaw is not None:
        raise GarbledError(f"the answer {flaw}")
    return value


def _value(reply: Reply, form: Form) -> tuple[Any, str | None]:
    """The value, or what is wrong with it; what a host refuses it may say in JSON."""
    if reply.status != 200:
        form = JSON
    kind = reply.media_type
    if not reply.content.strip():
        return None, "is empty"
    if not form.takes(kind):
        named = kind[:40] or "of no type"
        return None, f"is not {form.name} but {named}: {reply.beginning[:80]!r}"
    try:
        return form.decode(reply.content), None
    except ValueError as error:
        return None, str(error)


def _refuse(reply: Reply, now: datetime, *, is_data: bool) -> None:
    status = reply.status
    said = f": {reply.beginning}" if reply.content else ""
    asked = retry_after(reply.headers.get("retry-after"), now)
    if status == 429:
        please = f" and asked to wait {asked:.0f} s" if asked else ""
        raise BusyError(f"answered 429 (too many calls){please}", asked)
    if status >= 500 or status in _TRANSIENT:
        raise LostError(f"answered {status}", asked)
    if status < 300:
        raise GarbledError(f"the answer is {status} instead of 200")
    if status < 400:
        raise HopelessError(f"has moved to {_target(reply)} ({status}), which is not followed")
    if status == 403 and not is_data:
        raise BlockedError(f"turns this machine away at its gate (403){said}")
    if status in (401, 403):
        raise AuthError(f"the key or its plan is refused ({status}){said}; check both")
    if status == 404:
        raise NotFoundError("there is no such thing (404); it may have been renamed or removed")
    raise BadAnswerError(f"refused the request ({status}){said}; check the settings and ids in it")


def _target(reply: Reply) -> str:
    """Where a redirect leads, without what could be secret in it."""
    text = reply.headers.get("location", "")[:_QUOTED_CHARACTERS]
    try:
        parts = urlsplit(text)
    except ValueError:
        return "nowhere"
    host = parts.netloc.rpartition("@")[2]
    shown = urlunsplit((parts.scheme, host, parts.path, "", ""))
    return "".join(each if each.isprintable() else "?" for each in shown)
