"""Secrets: text that shows itself only to who asks for it by name."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

if TYPE_CHECKING:
    from collections.abc import Iterable

HIDDEN = "***"
# A key that somebody put into an address in spite of everything.
_IN_ADDRESS = re.compile(
    r"((?:x[-_]cg[-_](?:demo|pro)[-_])?api[-_]?key(?:=|%3D|['\"]?: ?['\"]?))[^&\s'\"]+", re.I
)

_ADDRESS = re.compile(r"https?://[^/?#]*/?")
_SHORTEST_PATH = 8


class Secret:
    """A text that prints as ``***`` in messages, logs, tracebacks and pickles."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself, for the one header or parameter that carries it."""
        return self._text

    @property
    def forms(self) -> tuple[str, ...]:
        """The text as it may be written: plainly, or as a part of an address.

        Of a secret address also what follows its host, which libraries show by itself.
        """
        text = self._text
        lower = re.sub("%[0-9A-F]{2}", lambda found: found[0].lower(), quote(text, safe=""))
        address = _ADDRESS.match(text)
        behind = text[address.end() :] if address else ""
        # A shorter one could be a word of any message.
        path = behind if len(behind) >= _SHORTEST_PATH else ""
        forms = (text, quote(text, safe=""), lower, quote(text), quote_plus(text), path)
        return tuple(form for form in dict.fromkeys(forms) if form)

    @property
    def fingerprint(self) -> str:
        """Twelve hexadecimal digits that tell two secrets apart and give none away."""
        return hashlib.sha256(self._text.encode()).hexdigest()[:12]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __repr__(self) -> str:
        return HIDDEN

    __str__ = __repr__

    def __reduce__(self) -> tuple[type[Secret], tuple[str]]:
        return Secret, (HIDDEN,)


UNREAD = Secret("not read")
"""Stands for a secret that a command would print, where no command is to be started."""


def redacted(text: str, secrets: Iterable[Secret]) -> str:
    """The text with every secret in it, and every key in an address, replaced by ``***``."""
    for secret in secrets:
        for form in secret.forms:
            text = text.replace(form, HIDDEN)
    return _IN_ADDRESS.sub(rf"\1{HIDDEN}", text)
