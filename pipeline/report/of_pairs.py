"""Charts of pairs: two figures for one thing, one against the other."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from pipeline.report import tips
from pipeline.report.formats import written
from pipeline.report.language import Language
from pipeline.report.lettering import LABEL_GAP, LABEL_SIZE, fitted, spread, text_width, widest
from pipeline.report.marks import (
    AXIS,
    INK,
    MUTED,
    PAGE,
    SERIES,
    Box,
    LogScale,
    Rows,
    Spec,
    named_color,
    pixels,
    value_axis,
    values,
)
from pipeline.report.registry import chart

HEIGHT: Final = 176
FACTOR: Final = 1.5
"""How far off the light lines lie, either way."""
ENTRY: Final = 20
"""Height of an entry of the legend."""
TOP: Final = 24
AXIS_ROOM: Final = 44
# Over more of them labels would touch on half a page.
_MOST_DECADES_OF_125: Final = 2.0
_MOST_DECADES: Final = 12
_COLORS: Final = (SERIES[1], SERIES[3], SERIES[2], SERIES[4], SERIES[5], SERIES[0])
# Of the width of a picture, what the names of classes may take.
_NAMES: Final = 0.5
_SHAPES: Final = ("circle", "diamond", "square", "triangle-up", "triangle-down", "cross")


@chart("gpu_class", "is_comparable", numbers=("measured", "predicted"), is_log=True)
def predicted_measured(rows: Rows, width: int, language: Language) -> Spec:
    """Predicted against measured seconds on log scales: full marks for what is comparable.

    Hollow ones are not; a line of equality, and lighter ones at ``FACTOR`` either side.
    """
    every = [row[name] for row in rows for name in ("measured", "predicted")]
    # Wide enough that a mark 1, 2 or 5 times a power of ten always lies on it.
    low, high = min(every) / 1.6, max(every) * 1.6
    marks = _marks(low, high)
    texts = {mark: written("short", mark, language) for mark in marks}
    left = 12 + widest(list(texts.values()))
    ends = _end_texts(language)
    across_text = language.say("Measured, seconds")
    up_text = language.say("Predicted, seconds")
    right = 8 + widest(ends)
    rows = _classed(rows, width * _NAMES, language.say("Others"))
    classes = list(dict.fromkeys(row["gpu_class"] for row in rows))
    entries = _entries(rows, classes, language)
    box = Box.inside(width, HEIGHT, left, right, top=TOP, bottom=AXIS_ROOM)
    across, up = LogScale(low, high, box.width), LogScale(low, high, box.height)
    # The legend stands in the corner far from equality, or under the axis where a dot is there.
    corner = 34 + max(text_width(entry["text"]) for entry in entries), ENTRY * len(entries)
    x, y = box.width - corner[0], box.height - corner[1]
    if any(
        across.position(row["measured"]) > x - 8
        and box.height - up.position(row["predicted"]) > y - 8
        for row in rows
    ):
        x, y = 0, box.height + AXIS_ROOM
        box = replace(box, bottom=AXIS_ROOM + corner[1])
    for rank, entry in enumerate(entries):
        entry.update(x=x + 8, y=y + ENTRY * (rank + 0.5), text_x=x + 22)
    axis = value_axis(marks, lambda mark: texts[mark])
    off = across.position(low * FACTOR), up.position(low * FACTOR)
    dots = [
        {**row, **_look(classes, row["gpu_class"], full=bool(row["is_comparable"]))} for row in rows
    ]
    below = spread([0, off[1]], LABEL_GAP, -LABEL_GAP, box.height)
    # What counts is drawn last, so that it lies on top.
    dots.sort(key=lambda dot: bool(dot["is_comparable"]))
    return box.spec(
        _lines(box, *off),
        _points(dots, across.channel("measured", axis), up.channel("predicted", axis)),
        _blank(x, y, *corner),
        _points(entries, pixels("x"), pixels("y")),
        _texts([{**entry, "x": entry["text_x"]} for entry in entries], INK),
        _texts(
            [
                {"text": ends[0], "x": box.width + 8, "y": below[0]},
                {"text": ends[1], "x": box.width + 8, "y": below[1]},
            ],
            MUTED,
        ),
        _texts([{"text": ends[2], "x": box.width - off[0], "y": -9}], MUTED, "right"),
        _texts([{"text": up_text, "x": 0, "y": -9}], INK),
        _texts([{"text": across_text, "x": box.width, "y": HEIGHT + 32}], INK, "right"),
        tips.spots(
            [
                (
                    across.position(float(dot["measured"])),
                    box.height - up.position(float(dot["predicted"])),
                    _seconds(dot, across_text, up_text, language),
                )
                for dot in dots
            ]
        ),
    )


def _classed(rows: Rows, room: float, others: str) -> list[dict[str, Any]]:
    """Rows with as much of their class as fits; of too many the rarest as one."""
    names = [fitted(str(row["gpu_class"]), room) for row in rows]
    common = Counter(names).most_common()
    kept = {name for name, _ in common[: len(_COLORS) - (len(common) > len(_COLORS))]}
    return [
        {**row, "gpu_class": name if name in kept else others}
        for row, name in zip(rows, names, strict=True)
    ]


def _seconds(
    dot: Mapping[str, Any], measured_text: str, predicted_text: str, language: Language
) -> str:
    """Tip of a dot: its class and both figures, and whether they compare."""
    figures = (
        (measured_text, written("short", dot["measured"], language)),
        (predicted_text, written("short", dot["predicted"], language)),
    )
    text = tips.lines(str(dot["gpu_class"]), figures, language)
    return text if dot["is_comparable"] else f"{text}\n{language.say('not comparable')}"


def _marks(low: float, high: float) -> list[float]:
    """Powers of ten between two figures; over few decades twice and five times them as well."""
    units = (1, 2, 5) if math.log10(high / low) <= _MOST_DECADES_OF_125 else (1,)
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    powers = range(first, last + 1, max(round((last - first) / _MOST_DECADES), 1))
    found = (float(f"{unit}e{power}") for power, unit in itertools.product(powers, units))
    return [mark for mark in found if low <= mark <= high]


def _end_texts(language: Language) -> tuple[str, str, str]:
    """What the lines say: equality, too fast, too slow."""
    factor = written("short", FACTOR, language)
    return (
        language.say("as measured"),
        language.say("{} times faster").format(factor),
        language.say("{} times slower").format(factor),
    )


def _look(classes: list[str], name: str, *, full: bool) -> dict[str, str]:
    """Colour and shape of a class: either tells it without the other."""
    rank = classes.index(name) % len(_COLORS)
    color = _COLORS[rank]
    return {"color": color, "fill": color if full else "transparent", "shape": _SHAPES[rank]}


def _entries(rows: Rows, classes: list[str], language: Language) -> list[dict[str, Any]]:
    """The legend: each class with its number of comparable timings, then all others."""
    entries: list[dict[str, Any]] = []
    for name in classes:
        n = sum(row["gpu_class"] == name and bool(row["is_comparable"]) for row in rows)
        entries.append({"text": f"{name} ({n})", **_look(classes, name, full=True)})
    apart = sum(not row["is_comparable"] for row in rows)
    if apart:
        hollow = {"color": MUTED, "fill": "transparent", "shape": "circle"}
        text = language.say("Hollow: not comparable ({})").format(apart)
        entries.append({"text": text, **hollow})
    return entries


def _lines(box: Box, across: float, up: float) -> Spec:
    """Equality, and the lines ``across`` and ``up`` pixels from it, cut where they leave."""
    width, height = box.width, box.height
    ends = (
        (0, height, width, 0, MUTED),
        (across, height, width, up, AXIS),
        (0, height - up, width - across, 0, AXIS),
    )
    rows = [
        {"x": x, "y": y, "x2": x2, "y2": y2, "color": color, "size": 1.5 if color == MUTED else 0.8}
        for x, y, x2, y2, color in ends
    ]
    encoding = {
        "x": pixels("x"),
        "y": pixels("y"),
        "x2": {"field": "x2"},
        "y2": {"field": "y2"},
        "color": named_color("color"),
        "strokeWidth": pixels("size"),
    }
    return {"data": values(rows), "mark": {"type": "rule", "aria": False}, "encoding": encoding}


def _blank(x: float, y: float, width: float, height: float) -> Spec:
    """Room for the legend, so that no line of the grid runs through its words."""
    rows = [{"x": x, "y": y, "x2": x + width, "y2": y + height}]
    encoding = {"x": pixels("x"), "y": pixels("y"), "x2": {"field": "x2"}, "y2": {"field": "y2"}}
    mark = {"type": "rect", "color": PAGE, "aria": False}
    return {"data": values(rows), "mark": mark, "encoding": encoding}


def _points(rows: Rows, x: Spec, y: Spec) -> Spec:
    return {
        "data": values(rows),
        "mark": {"type": "point", "size": 42, "strokeWidth": 1.6, "opacity": 0.85, "aria": False},
        "encoding": {
            "x": x,
            "y": y,
            "stroke": named_color("color"),
            "fill": named_color("fill"),
            "shape": named_color("shape"),
        },
    }


def _texts(rows: Rows, color: str, align: str = "left") -> Spec:
    return {
        "data": values(rows, "text", "x", "y"),
        "mark": {"type": "text", "align": align, "color": color, "fontSize": LABEL_SIZE},
        "encoding": {"x": pixels("x"), "y": pixels("y"), "text": {"field": "text"}},
    }
