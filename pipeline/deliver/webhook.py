"""Webhooks: messages as JSON, posted to an address of the user's: Slack's form, or a signed one.

Signed as Standard Webhooks 1.0 says: HMAC-SHA256 over ``id.timestamp.body``, so that a receiver
can tell that it is from us, recent, and one that it had before.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.contact import signing_key
from pipeline.deliver.message import LaterError, RefusedError
from pipeline.retry import Fault, HopelessError, retry_after
from pipeline.visible import visible
from pipeline.wire import Wire

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from pipeline.deliver.message import Parcel
    from pipeline.secret import Secret
    from pipeline.settings import Channel, Http

_SECONDS = 10.0
# Beyond these Slack refuses the whole message.
_LONGEST_HEADER, _LONGEST_SECTION = 150, 3000
_BUSY = frozenset({408, 425, 429})


def slack(parcel: Parcel, channel: Channel, reports: Path) -> bytes:
    """The message as Slack, Mattermost and others of its form take it.

    Nothing in it can call people (``<!channel>``) or become a link with another text.
    """
    message = parcel.message
    lines = [_escaped(line) for line in message.lines]
    for file in message.files:
        if channel.link:
            name = _escaped(Path(file.path).name)
            lines.append(f"<{_escaped(file.link(channel.link, reports))}|{name}>")
    text, rest = "", ""
    for line in lines:
        if len(text) + len(line) + 1 > _LONGEST_SECTION - 2:
            rest = "\n…"
            break
        text += f"{line}\n"
    subject = _cut(_escaped(message.subject), _LONGEST_HEADER)
    header = {"type": "header", "text": {"type": "plain_text", "text": subject, "emoji": False}}
    body = {"type": "section", "text": {"type": "mrkdwn", "text": f"{text.strip()}{rest}"}}
    whole = {
        "text": subject,
        "blocks": [header, body] if text.strip() else [header],
        "unfurl_links": False,
        "unfurl_media": False,
    }
    return _bytes(whole)


def plain(parcel: Parcel, channel: Channel, reports: Path) -> bytes:
    """The message with its fields, for programs."""
    message = parcel.message
    data: dict[str, Any] = {
        "event": message.event,
        "subject": message.subject,
        "lines": list(message.lines),
        "run_id": message.run_id,
    }
    if message.report:
        data["report"], data["report_date"] = message.report, message.report_date
    data["files"] = [
        {
            "name": Path(one.path).name,
            "sha256": one.sha256,
            "size_bytes": one.size_bytes,
            "url": one.link(channel.link, reports) if channel.link else None,
        }
        for one in message.files
    ]
    whole = {
        "type": f"capbrief.{message.event}",
        "timestamp": parcel.queued_at.isoformat(),
        "data": data,
    }
    return _bytes(whole)


def signed(key: str, at: datetime, content: bytes, secret: Secret | None) -> dict[str, str]:
    """The headers that go with a message: its id, when it is sent, and who answers for it."""
    seconds = str(int(at.timestamp()))
    headers = {"webhook-id": key, "webhook-timestamp": seconds}
    if secret is not None:
        told = b".".join((key.encode(), seconds.encode(), content))
        digest = hmac.new(signing_key(secret.reveal()), told, hashlib.sha256).digest()
        headers["webhook-signature"] = f"v1,{base64.b64encode(digest).decode()}"
    return headers


class Poster:
    """Posts to one address."""

    def __init__(self, channel: Channel, http: Http, version: str) -> None:
        """Connect with the first message.

        Raises:
            UsageError: a setting of the section HTTP cannot be used.
        """
        self._url, self._key = channel.url, channel.key
        self._wire = Wire(http, version, is_users=True, allow_private=channel.allow_private)

    def post(self, key: str, content: bytes, at: datetime) -> None:
        """Post one message.

        Raises:
            LaterError: the host cannot be had, or wants to be asked later.
            RefusedError: it will not take this message.
        """
        if self._url is None:
            raise LaterError("has no address any more")
        headers = {"Content-Type": "application/json", **signed(key, at, content, self._key)}
        post(self._wire, self._url, headers, content, at)


def post(wire: Wire, url: Secret, headers: Mapping[str, str], content: bytes, at: datetime) -> None:
    """Post something that is taken or not; what the host answers is of no interest.

    Raises:
        LaterError: the host cannot be had, or wants to be asked later.
        RefusedError: it will not take it.
    """
    try:
        reply = wire.post(url, headers, content, _SECONDS)
    except HopelessError as error:
        raise RefusedError(str(error)) from None
    except Fault as error:
        raise LaterError(str(error)) from None
    if reply.status < 300:
        return
    said = f"answers {reply.status}"
    if reply.status >= 500 or reply.status in _BUSY:
        asked = retry_after(reply.headers.get("retry-after"), at)
        raise LaterError(f"{said}{f', to be asked again in {asked:.0f} s' if asked else ''}")
    if reply.status < 400:
        raise RefusedError(f"{said}: it has moved, which is not followed; give its new address")
    raise RefusedError(f"{said}; check its address")


def _escaped(text: str) -> str:
    """Text in which nothing is markup for Slack, which asks for these three and no more."""
    return visible(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _cut(text: str, longest: int) -> str:
    if len(text) <= longest:
        return text
    kept = text[: longest - 1]
    # Not within an escaped character.
    begun = kept.rfind("&")
    return f"{kept[:begun] if begun > kept.rfind(';') else kept}…"


def _bytes(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode(
        "utf-8", "backslashreplace"
    )
