"""Lettering: how wide text is, how much of it fits, and where labels stand without touching."""

from __future__ import annotations

import bisect
import re
import unicodedata
from collections.abc import Sequence
from typing import Final

from pipeline.report.formats import visible

LABEL_SIZE: Final = 11
LABEL_GAP: Final = 14
ELLIPSIS: Final = "…"

# Advance widths of Source Sans 3 Semibold in thousandths of the type size, by class; of other
# scripts those of the widest usual fonts.
_NARROW, _WIDE, _CAPITAL, _OTHER = 290, 840, 610, 530
_FOREIGN, _IDEOGRAPH, _PICTURE = 700, 1000, 1300
_FIRST_FOREIGN: Final = "\u0590"
_BREAK: Final = re.compile(r"[\t\n]+")


def text_width(text: str, size: float = LABEL_SIZE) -> float:
    """About how wide ``text`` is in pixels, a little too much rather than too little."""
    # A single character may be a word (U+FDFA is four of them): composed or taken apart,
    # whichever is wider.
    apart = unicodedata.normalize("NFKC", text)
    return max(sum(map(_advance, text)), sum(map(_advance, apart))) * size / 1000


def _advance(character: str) -> int:
    if character in "fijlrt.,:;'()|![] \u00a0":
        return _NARROW
    if character in "mwMW@%":
        return _WIDE
    if character >= _FIRST_FOREIGN:
        if unicodedata.combining(character):
            return 0
        if unicodedata.category(character) == "So":
            return _PICTURE
        if unicodedata.east_asian_width(character) in "WF":
            return _IDEOGRAPH
        return _FOREIGN if unicodedata.category(character).startswith("L") else _OTHER
    return _CAPITAL if character.isupper() else _OTHER


def fitted(text: str, room: float) -> str:
    """``text`` as it may stand in a picture, cut with an ellipsis to ``room`` pixels."""
    seen = _BREAK.sub(" ", visible(text))
    if text_width(seen) <= room:
        return seen
    kept = bisect.bisect_right(
        range(len(seen)), room, key=lambda length: text_width(seen[:length] + ELLIPSIS)
    )
    return seen[: max(kept - 1, 0)].rstrip() + ELLIPSIS


def widest(texts: Sequence[str]) -> float:
    """Width of the widest of ``texts``; 0 where there are none."""
    return max(map(text_width, texts), default=0)


def spread(positions: Sequence[float], gap: float, top: float, bottom: float) -> list[float]:
    """Move label positions apart until neighbours are ``gap`` apart, as little as possible.

    Order is kept; the result lies within ``top`` to ``bottom`` where there is room for all.
    """
    order = sorted(range(len(positions)), key=lambda index: positions[index])
    groups: list[tuple[float, list[int]]] = []
    for index in order:
        members, centre = [index], positions[index]
        while groups and centre - groups[-1][0] < gap * (len(members) + len(groups[-1][1])) / 2:
            _, before = groups.pop()
            members = before + members
            centre = sum(positions[each] for each in members) / len(members)
        half = gap * (len(members) - 1) / 2
        centre = max(top + half, min(centre, bottom - half))
        groups.append((centre, members))
    placed = [0.0] * len(positions)
    for centre, members in groups:
        for rank, index in enumerate(members):
            placed[index] = centre + gap * (rank - (len(members) - 1) / 2)
    return placed
