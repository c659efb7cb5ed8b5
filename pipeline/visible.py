"""Visible: what could drive a terminal, or hide or reorder what it shows, written out."""

from __future__ import annotations

import re

# Controls but tab and newline, which lines are made of; invisible and joining characters; and
# those that turn the direction of writing. Names in the data come from strangers.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb"
    "\U000e0000-\U000e0fff]"
)


def visible(text: str) -> str:
    r"""Text as it may go to a terminal: escape is printed as ``\x1b``, a zero width as ``\u200b``.

    Tabs and newlines stay.
    """
    return _HIDDEN.sub(lambda found: _written(found[0]), text)


def in_one_line(text: str) -> str:
    r"""As ``visible``, with tabs and newlines written as ``\t`` and ``\n``."""
    return visible(text).replace("\n", "\\n").replace("\t", "\\t")


def writable(text: str) -> str:
    r"""Text as any file or host can take it: a byte of a name that is no text is ``\udcff``."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _written(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
