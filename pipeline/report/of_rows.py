"""Charts of rows: one row for each thing, its name on the left, its value as bar or dot."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final

from pipeline.report.formats import written
from pipeline.report.language import Language
from pipeline.report.marks import (
    AXIS,
    PAGE,
    SERIES,
    Box,
    LogScale,
    Rows,
    Spec,
    chart,
    text_width,
    tick_text,
    value_axis,
    values,
)

ROW_HEIGHT: Final = 20


def _rows_with_heads(rows: Rows) -> list[dict[str, Any]]:
    """Rows with their pixel ``y``; where ``group_title`` changes, a row that only names it."""
    placed: list[dict[str, Any]] = []
    group = None
    for row in rows:
        if row.get("group_title") not in (None, group):
            group = row["group_title"]
            placed.append({"head": group})
        placed.append(dict(row))
    for rank, row in enumerate(placed):
        row["y"] = ROW_HEIGHT * (rank + 0.5)
    return placed


def _row_texts(rows: Rows, align: str = "left", weight: int = 400) -> Spec:
    """``text`` of each row at its pixels ``x`` and ``y``."""
    return {
        "data": values(rows, "text", "x", "y"),
        "mark": {"type": "text", "align": align, "fontWeight": weight},
        "encoding": {
            "x": {"field": "x", "type": "quantitative", "scale": None},
            "y": {"field": "y", "type": "quantitative", "scale": None},
            "text": {"field": "text"},
        },
    }


def _names(box: Box, placed: Rows) -> list[Spec]:
    """Names of rows and of their groups, left of the plot."""
    names = [{**row, "text": row["label"], "x": -10} for row in placed if "label" in row]
    heads = [{**row, "text": row["head"], "x": -box.left} for row in placed if "head" in row]
    layers = [_row_texts(names, "right")]
    return [*layers, _row_texts(heads, "left", 600)] if heads else layers


def _sparse(scale: LogScale, language: Language) -> Callable[[float], str]:
    """Labels of a horizontal log axis, every second or third where all would collide."""
    marks = scale.marks
    widest = 14 + max(text_width(tick_text(mark, language)) for mark in marks)
    apart = (scale.position(marks[-1]) - scale.position(marks[0])) / max(len(marks) - 1, 1)
    step = math.ceil(widest / apart) if apart else 1
    named = set(marks[::step])
    return lambda mark: tick_text(mark, language) if mark in named else ""


@chart("label", "p05", "p50", "p95", "is_demand")
def log_intervals(rows: Rows, width: int, language: Language) -> Spec:
    """Intervals on a log scale: bar from 5th to 95th percentile, stroke and number at the 50th.

    A row without interval (``p05`` = ``p95``) is a point. ``group_title`` opens a group.
    """
    known = [row for row in rows if row["p50"] is not None]
    placed = _rows_with_heads(known)
    shown = [row for row in placed if "label" in row]
    for row in shown:
        form = "short" if row["p05"] == row["p95"] else "about"
        row["text"] = written(form, row["p50"], language)
    left = 12 + max(text_width(row["label"]) for row in shown)
    right = 12 + max(text_width(row["text"]) for row in shown)
    box = Box.inside(width, ROW_HEIGHT * len(placed), left, right, top=4)
    scale = LogScale.around(
        min(row["p05"] for row in known), max(row["p95"] for row in known), box.width
    )
    for row in shown:
        row["color"] = SERIES[3] if row["is_demand"] else SERIES[1]
        row["x"] = scale.position(row["p95"]) + 7
    axis = value_axis(scale.marks, _sparse(scale, language))
    y = {"field": "y", "type": "quantitative", "scale": None}
    color = {"field": "color", "type": "nominal", "scale": None}
    data = values(shown)
    bars = {
        "data": data,
        "mark": {"type": "bar", "height": 11, "opacity": 0.32, "aria": False},
        "encoding": {
            "x": scale.channel("p05", axis),
            "x2": {"field": "p95"},
            "y": y,
            "color": color,
        },
    }
    points = {
        "data": data,
        "mark": {"type": "tick", "thickness": 3, "height": 15, "aria": False, "orient": "vertical"},
        "encoding": {"x": scale.channel("p50", axis), "y": y, "color": color},
    }
    return box.spec(bars, points, _row_texts(shown, weight=600), *_names(box, placed))


@chart("label", "p05", "p50", "p95", "is_highlighted")
def interval_bars(rows: Rows, width: int, language: Language) -> Spec:
    """Sorted bars from zero to the median, a whisker from 5th to 95th percentile, the number."""
    return _bars(rows, width, language, "p50", "sig3")


@chart("label", "value", "is_highlighted")
def ratio_bars(rows: Rows, width: int, language: Language) -> Spec:
    """Sorted bars of a ratio, the number at the end, one colour for what is highlighted."""
    return _bars(rows, width, language, "value", "number2")


def _bars(rows: Rows, width: int, language: Language, field: str, number: str) -> Spec:
    placed = _rows_with_heads([row for row in rows if row[field] is not None])
    shown = [row for row in placed if "label" in row]
    ends = [row.get("p95") or row[field] for row in shown]
    texts = [written(number, row[field], language) for row in shown]
    left = 12 + max(text_width(row["label"]) for row in shown)
    box = Box.inside(
        width, ROW_HEIGHT * len(placed), left, 12 + max(map(text_width, texts)), top=2, bottom=4
    )
    longest = max(ends)
    for row, text, end in zip(shown, texts, ends, strict=True):
        row["color"] = SERIES[1] if row["is_highlighted"] else SERIES[0]
        row["text"] = text
        row["x"] = box.width * float(end) / float(longest) + 8
    x = {"type": "quantitative", "scale": {"domain": [0, longest]}, "axis": None}
    y = {"field": "y", "type": "quantitative", "scale": None}
    data = values(shown)
    layers = [
        {
            "data": data,
            "mark": {"type": "bar", "height": 13, "aria": False},
            "encoding": {
                "x": {"field": field, **x},
                "x2": {"datum": 0},
                "y": y,
                "color": {"field": "color", "type": "nominal", "scale": None},
            },
        }
    ]
    if "p95" in shown[0]:
        for low, high, color in (("p05", field, PAGE), (field, "p95", AXIS)):
            mark = {"type": "rule", "color": color, "strokeWidth": 1.4, "aria": False}
            encoding = {"x": {"field": low, **x}, "x2": {"field": high}, "y": y}
            layers.append({"data": data, "mark": mark, "encoding": encoding})
    return box.spec(*layers, _row_texts(shown, weight=600), *_names(box, placed))


@chart("label", "mark", "low", "high", "is_verified")
def claimed_dots(rows: Rows, width: int, language: Language) -> Spec:
    """Counts on a log scale: a ring for what was claimed, a full dot for what was verified."""
    placed = _rows_with_heads(rows)
    shown = [row for row in placed if "label" in row]
    left = 12 + max(text_width(row["label"]) for row in shown)
    right = 10 + max(text_width(row["mark"]) for row in shown)
    box = Box.inside(width, ROW_HEIGHT * len(placed), left, right, top=4)
    scale = LogScale.around(
        min(row["low"] for row in shown), max(row["high"] for row in shown), box.width
    )
    for row in shown:
        row["color"] = SERIES[2] if row["is_verified"] else SERIES[3]
        row["fill"] = row["color"] if row["is_verified"] else PAGE
        row["text"] = row["mark"]
        row["x"] = scale.position(row["high"]) + 9
    axis = value_axis(scale.marks, _sparse(scale, language))
    y = {"field": "y", "type": "quantitative", "scale": None}
    color = {"field": "color", "type": "nominal", "scale": None}
    data = values(shown)
    line = {
        "data": data,
        "mark": {"type": "rule", "strokeWidth": 2, "aria": False},
        "encoding": {
            "x": scale.channel("low", axis),
            "x2": {"field": "high"},
            "y": y,
            "color": color,
        },
    }
    dots = [
        {
            "data": data,
            "mark": {"type": "point", "size": 55, "strokeWidth": 2, "opacity": 1, "aria": False},
            "encoding": {
                "x": scale.channel(field, axis),
                "y": y,
                "stroke": color,
                "fill": {"field": "fill", "type": "nominal", "scale": None},
            },
        }
        for field in ("low", "high")
    ]
    return box.spec(line, *dots, _row_texts(shown), *_names(box, placed))
