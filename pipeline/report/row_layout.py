"""Where rows stand: one below another, names on the left, groups under a head."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable
from typing import Any, Final

from pipeline.report.formats import written
from pipeline.report.language import Language
from pipeline.report.lettering import fitted, text_width, widest
from pipeline.report.marks import MUTED, Box, LogScale, Rows, Spec, pixels, tick_text, values

ROW_HEIGHT: Final = 17
MOST_ROWS: Final = 40
"""As many as a page takes; how many more there are is said below them."""
NAME_GAP: Final = 10
# Of the width of a picture, what names on the left and texts on the right may take.
_NAMES, _TEXTS = 0.45, 0.25


class Rack:
    """Rows of a chart from the top down, with pixel ``y``, and room for what is beside them.

    ``rows`` are those with a thing of their own, copied, ``name`` being as much of ``label``, a
    text or a day, as fits. Where ``group_title`` changes, a row before it only names the group.
    """

    def __init__(
        self, rows: Rows, width: int, language: Language, most: int = MOST_ROWS, indent: int = 0
    ) -> None:
        """Lay out rows for a picture of ``width`` pixels, ``most`` of them with their heads.

        Heads begin at ``indent``.
        """
        self.width = width
        self.rows: list[dict[str, Any]] = []
        self.heads: list[dict[str, Any]] = []
        group, place = None, 0.5
        for row in rows:
            opens = row.get("group_title") not in (None, group)
            if place + opens > most:
                break
            if opens:
                group = row["group_title"]
                text = fitted(str(group), width - indent)
                self.heads.append({"text": text, "x": indent, "y": ROW_HEIGHT * place, "row": row})
                place += 1
            name = fitted(label_text(row["label"], language), width * _NAMES)
            self.rows.append({**row, "name": name, "y": ROW_HEIGHT * place})
            place += 1
        rest = len(rows) - len(self.rows)
        self.more = and_more(rest, language) if rest else ""
        place += bool(rest)
        self.left = NAME_GAP + 2 + widest([self.more, *(row["name"] for row in self.rows)])
        self.height = round(ROW_HEIGHT * (place - 0.5))

    def box(self, texts: list[str], top: int = 4, bottom: int = 24) -> Box:
        """The plot with room for the names, and for ``texts`` right of it."""
        right = 12 + min(widest(texts), self.width * _TEXTS)
        return Box.inside(self.width, self.height, self.left, right, top=top, bottom=bottom)

    def fitted(self, text: str) -> str:
        """As much of ``text`` as fits right of the plot."""
        return fitted(text, self.width * _TEXTS)

    def names(self, box: Box) -> list[Spec]:
        """Names of rows and of their groups, left of the plot."""
        names = [{"text": row["name"], "x": -NAME_GAP, "y": row["y"]} for row in self.rows]
        layers = [row_texts(names, "right")]
        if self.heads:
            heads = [{**head, "x": head["x"] - box.left} for head in self.heads]
            layers.append(row_texts(heads, "left", 600))
        if self.more:
            last = {"text": self.more, "x": -NAME_GAP, "y": self.height - ROW_HEIGHT / 2}
            layers.append(row_texts([last], "right", color=MUTED))
        return layers


def and_more(count: int, language: Language) -> str:
    """How many things a chart had no room for."""
    return language.say("and {} more").format(written("count", count, language))


def label_text(label: object, language: Language) -> str:
    """A name from data, or a day."""
    return written("date_short" if isinstance(label, dt.date) else "text", label, language)


def row_texts(rows: Rows, align: str = "left", weight: int = 400, color: str = "") -> Spec:
    """``text`` of each row at its pixels ``x`` and ``y``."""
    mark = {"type": "text", "align": align, "fontWeight": weight}
    return {
        "data": values(rows, "text", "x", "y"),
        "mark": {**mark, "color": color} if color else mark,
        "encoding": {"x": pixels("x"), "y": pixels("y"), "text": {"field": "text"}},
    }


def sparse(scale: LogScale, box: Box, language: Language) -> Callable[[float], str]:
    """Labels of a horizontal log axis: only as many as stand apart, and inside of the picture."""
    texts = {mark: tick_text(mark, language) for mark in scale.marks}
    marks = list(texts)
    apart = (scale.position(marks[-1]) - scale.position(marks[0])) / max(len(marks) - 1, 1)
    step = math.ceil((14 + widest(list(texts.values()))) / apart) if apart else 1
    named = {
        mark
        for mark in marks[::step]
        if -box.left <= scale.position(mark) - text_width(texts[mark]) / 2
        and scale.position(mark) + text_width(texts[mark]) / 2 <= box.width + box.right
    }
    return lambda mark: texts[mark] if mark in named else ""
