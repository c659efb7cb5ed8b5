"""Charts of ends: what a figure becomes at one end and at the other, from a common rule."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

from pipeline.report import tips
from pipeline.report.formats import written, written_range
from pipeline.report.language import Language
from pipeline.report.lettering import LABEL_SIZE, widest
from pipeline.report.marks import (
    AXIS,
    GRID,
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
from pipeline.report.row_layout import Rack, label_text, row_texts

_DOWN, _UP = SERIES[3], SERIES[1]
_MOST_BARS: Final = 8
_HEAD: Final = 24
"""Room above the rows, for what the rule says."""


@chart("label", numbers=("low", "high", "base"), is_log=True)
def tornado(rows: Rows, width: int, language: Language) -> Spec:
    """What each input alone does to an output: its lowest and highest value, the widest first.

    On a log scale, as what doubles and what halves are equally far from the rule at ``base``,
    the same in all rows. Both ends are written out, so there is no axis.
    """
    widest_first = sorted(rows, key=lambda row: -abs(math.log(row["high"] / row["low"])))
    rack = Rack(widest_first, width, language, _MOST_BARS)
    base = rows[0]["base"]
    for row in rack.rows:
        row["low"], row["high"] = sorted((row["low"], row["high"]))
        row["low_text"] = written("about", row["low"], language)
        row["high_text"] = written("about", row["high"], language)
    box = rack.box([], top=_HEAD, bottom=4)
    # Texts stand outside of the bars, so the scale begins and ends with room for them.
    before, after = (
        6 + widest([row[end] for row in rack.rows]) for end in ("low_text", "high_text")
    )
    lows, highs = [row["low"] for row in rack.rows], [row["high"] for row in rack.rows]
    inner = LogScale(
        min(base, *lows) / 1.05, max(base, *highs) * 1.05, round(box.width - before - after)
    )
    place = {value: before + inner.position(value) for value in (base, *lows, *highs)}
    bars: list[dict[str, Any]] = []
    for row in rack.rows:
        low, high = row["low"], row["high"]
        for start, end, color in ((low, min(base, high), _DOWN), (max(base, low), high, _UP)):
            if end > start:
                ends = {"x": place[start], "x2": place[end]}
                bars.append({**ends, "y": row["y"], "color": color})
    low_texts = [{**row, "text": row["low_text"], "x": place[row["low"]] - 5} for row in rack.rows]
    high_texts = [
        {**row, "text": row["high_text"], "x": place[row["high"]] + 5} for row in rack.rows
    ]
    title = written("about", base, language)
    return box.spec(
        _bars(bars, 13),
        *_rule(box, place[base], title),
        row_texts(low_texts, "right"),
        row_texts(high_texts),
        *rack.names(box),
        tips.stripes(box, [(row["y"], _swing(row, language)) for row in rack.rows]),
    )


def _swing(row: Mapping[str, Any], language: Language) -> str:
    """Tip of an input: what the output becomes at its two ends."""
    ends = (
        (language.say("Lowest"), row["low_text"]),
        (language.say("Highest"), row["high_text"]),
    )
    return tips.lines(label_text(row["label"], language), ends, language)


def _bars(rows: Rows, height: int, opacity: float = 1) -> Spec:
    """Bars in pixels, from ``x`` to ``x2``."""
    return {
        "data": values(rows, "x", "x2", "y", "color"),
        "mark": {"type": "bar", "height": height, "opacity": opacity, "aria": False},
        "encoding": {
            "x": pixels("x"),
            "x2": {"field": "x2"},
            "y": pixels("y"),
            "color": named_color("color"),
        },
    }


def _rule(box: Box, x: float, title: str) -> list[Spec]:
    """The rule from which all ends go, over the whole height, with what it is above it."""
    data = values([{"x": x, "title": title}])
    return [
        {
            "data": data,
            "mark": {"type": "rule", "color": INK, "strokeWidth": 1.2, "aria": False},
            "encoding": {"x": pixels("x"), "y": {"value": -6}, "y2": {"value": box.height}},
        },
        {
            "data": data,
            "mark": {"type": "text", "fontWeight": 600, "fontSize": LABEL_SIZE},
            "encoding": {"x": pixels("x"), "y": {"value": -14}, "text": {"field": "title"}},
        },
    ]


_VERDICTS: Final = {
    "holds": (SERIES[2], "circle"),
    "holds under these inputs": (SERIES[1], "diamond"),
    "does not follow": (SERIES[3], "triangle-up"),
    "fails": (SERIES[4], "square"),
}
_OTHER_VERDICT: Final = (MUTED, "cross")
_INDENT: Final = 17
"""Of a verdict, right of its mark."""
# Pixels from a ratio to its double at which their labels stand apart.
_DOUBLE_ROOM: Final = 24
_FURTHEST: Final = 10.0
"""Times or parts of what was published: what is further off stands at the edge, with an arrow."""


@chart("label", "verdict", numbers=("ratio_low", "ratio_high"), is_log=True)
def claim_ratios(rows: Rows, width: int, language: Language) -> Spec:
    """What claims recompute to, as parts of what was published, on a log scale.

    A ring at 1 is the published figure, the mark what it recomputes to, its colour and shape
    the verdict, the bar behind it the interval. ``ratio`` is the middle, where there is one.
    """
    rack = Rack(rows, width, language, indent=_INDENT)
    for row in rack.rows:
        low, high = sorted((row["ratio_low"], row["ratio_high"]))
        ratio: float | None = row.get("ratio")
        row["middle"] = ratio or math.sqrt(low * high)
        text = written_range("sig2", ratio or low, ratio or high, language)
        off = "← " if row["middle"] < 1 / _FURTHEST else "→ " if row["middle"] > _FURTHEST else ""
        row.update(low=low, high=high, text=off + text)
        row["color"], row["shape"] = _VERDICTS.get(row["verdict"], _OTHER_VERDICT)
    box = rack.box([row["text"] for row in rack.rows], top=_HEAD)
    ends = [_within(row[end]) for row in rack.rows for end in ("low", "middle", "high")]
    scale = LogScale(min(1 / 1.25, *ends) / 1.1, max(1.25, *ends) * 1.1, box.width)
    one = scale.position(1)
    for row in rack.rows:
        x, low, high = (scale.position(_within(row[name])) for name in ("middle", "low", "high"))
        row.update(x=x, x2=one, low_x=low, high_x=high, text_x=max(x, high, one) + 10)
    axis = value_axis(_ratio_marks(scale), lambda mark: written("short", mark, language))
    lines = {
        "data": values(rack.rows, "x", "x2", "y"),
        "mark": {"type": "rule", "color": AXIS, "strokeWidth": 1.5, "aria": False},
        "encoding": {"x": pixels("x"), "x2": {"field": "x2"}, "y": pixels("y")},
    }
    spans = [{**row, "x": row["low_x"], "x2": row["high_x"]} for row in rack.rows]
    rings = [
        {"x": one, "y": row["y"], "color": AXIS, "fill": PAGE, "shape": "circle"}
        for row in rack.rows
    ]
    marks = [{**row, "fill": row["color"]} for row in rack.rows]
    heads = [
        {"x": 7 - box.left, "y": head["y"], **_look(head["row"]["verdict"])} for head in rack.heads
    ]
    texts = [{**row, "x": row["text_x"]} for row in rack.rows]
    return box.spec(
        _grid(scale, axis),
        *_rule(box, one, language.say("as published")),
        _bars(spans, 9, 0.3),
        lines,
        _points(rings, 34),
        _points([*marks, *heads], 60),
        row_texts(texts, weight=600),
        *rack.names(box),
        tips.stripes(box, [(row["y"], _ratio(row, language)) for row in rack.rows]),
    )


def _ratio(row: Mapping[str, Any], language: Language) -> str:
    """Tip of a claim: what it recomputes to for one that was published, and its verdict."""
    interval = written_range("sig2", row["low"], row["high"], language)
    figures = (
        (language.say("Recomputed over published"), written("sig2", row["middle"], language)),
        (language.say("Interval"), interval),
    )
    text = tips.lines(label_text(row["label"], language), figures, language)
    return f"{text}\n{language.say(row['verdict'])}"


def _look(verdict: str) -> dict[str, str]:
    color, shape = _VERDICTS.get(verdict, _OTHER_VERDICT)
    return {"color": color, "fill": color, "shape": shape}


def _within(ratio: float) -> float:
    return min(max(ratio, 1 / _FURTHEST), _FURTHEST)


def _ratio_marks(scale: LogScale) -> list[float]:
    """Tenths and tens on a scale of ratios, and halves and doubles where there is room."""
    is_roomy = scale.position(2) - scale.position(1) >= _DOUBLE_ROOM
    marks = (0.1, 0.2, 0.5, 1, 2, 5, 10) if is_roomy else (0.1, 1, 10)
    return [mark for mark in marks if scale.low <= mark <= scale.high]


def _grid(scale: LogScale, axis: Spec) -> Spec:
    """The axis alone; all else is placed in pixels along it."""
    return {
        "data": values([{"one": 1}]),
        "mark": {"type": "point", "opacity": 0, "size": 0, "color": GRID, "aria": False},
        "encoding": {"x": scale.channel("one", axis)},
    }


def _points(rows: Rows, size: int) -> Spec:
    return {
        "data": values(rows, "x", "y", "color", "fill", "shape"),
        "mark": {"type": "point", "size": size, "strokeWidth": 1.5, "opacity": 1, "aria": False},
        "encoding": {
            "x": pixels("x"),
            "y": pixels("y"),
            "stroke": named_color("color"),
            "fill": named_color("fill"),
            "shape": named_color("shape"),
        },
    }
