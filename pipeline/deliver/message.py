"""Message: what is told, in words; and what keeps it from being told.

It lies on disk until it is sent, so no secret is part of it.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from pipeline.files import sha256_of
from pipeline.secret import redacted
from pipeline.visible import writable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pipeline.secret import Secret

_KEY_DIGITS = 32


class LaterError(Exception):
    """A channel takes nothing now: its server is down, busy, or refuses us; try again later."""


class RefusedError(Exception):
    """A channel will not take this one message; the next one may fare better."""


@dataclass(frozen=True)
class File:
    """A file that belongs to a message; it may be another one by the time that it is sent."""

    path: str
    sha256: str
    size_bytes: int

    @classmethod
    def of(cls, path: Path) -> File:
        """A file as it is now.

        Raises:
            OSError: it cannot be read.
        """
        content = path.read_bytes()
        return cls(str(path.absolute()), sha256_of(content), len(content))

    def content(self) -> bytes | None:
        """Its bytes as they were when the message was written, null where they are not so now."""
        try:
            content = Path(self.path).read_bytes()
        except OSError:
            return None
        return content if sha256_of(content) == self.sha256 else None

    def link(self, base: str, reports: Path) -> str:
        """Its address below that of the folder of reports."""
        path = Path(self.path)
        below = path.relative_to(reports) if path.is_relative_to(reports) else Path(path.name)
        return f"{base.rstrip('/')}/{quote(os.fsencode(below))}"


@dataclass(frozen=True)
class Phrases:
    """What is said of a file in the reader's language; each has its name or address as ``{}``."""

    attached: str = "{} is attached."
    linked: str = "Read it at {}"
    kept: str = "It is kept as {} on the machine that made it."
    gone: str = "{} is not there any more as it was; the next report comes with its own."


@dataclass(frozen=True)
class Message:
    """What is told of one event.

    ``event`` is one of ``settings.EVENTS``. ``about`` is a digest of what is told, equal where the
    same is told again. ``html`` is a whole page with a place for what is said of the files, "" for
    what is told in lines alone. ``report`` and ``report_date`` say which report it is, "" for
    other events.
    """

    event: str
    subject: str
    lines: tuple[str, ...]
    about: str
    run_id: str
    html: str = ""
    report: str = ""
    report_date: str = ""
    files: tuple[File, ...] = ()
    phrases: Phrases = Phrases()

    def key(self, channel: str, recipient: str) -> str:
        """What tells this message to this recipient from all others, for them, too."""
        parts = (self.event, self.about, channel, recipient)
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:_KEY_DIGITS]

    def without(self, secrets: Sequence[Secret]) -> Message:
        """The same with every secret in its words replaced, and words that can be written."""
        return replace(
            self,
            subject=writable(redacted(self.subject, secrets)),
            lines=tuple(writable(redacted(line, secrets)) for line in self.lines),
            html=redacted(self.html, secrets),
        )

    def to_json(self) -> str:
        """As it is kept."""
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Message:
        """As it was kept."""
        found: dict[str, Any] = json.loads(text)
        files = tuple(File(**one) for one in found.pop("files"))
        phrases, lines = Phrases(**found.pop("phrases")), tuple(found.pop("lines"))
        return cls(files=files, phrases=phrases, lines=lines, **found)


@dataclass(frozen=True)
class Parcel:
    """A message on its way to one recipient of a channel; "" where it has but one."""

    parcel_id: int
    key: str
    channel: str
    recipient: str
    message: Message
    queued_at: datetime
    n_tries: int
    tried_at: datetime | None
    last_error: str | None
