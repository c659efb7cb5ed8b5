"""Charts of rows: one row for each thing, its name on the left, its value as bar or dot."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pipeline.report import tips
from pipeline.report.formats import written, written_range
from pipeline.report.language import Language
from pipeline.report.marks import (
    AXIS,
    GRID,
    PAGE,
    SERIES,
    LogScale,
    Rows,
    Spec,
    named_color,
    pixels,
    value_axis,
    values,
)
from pipeline.report.registry import chart
from pipeline.report.row_layout import Rack, label_text, row_texts, sparse

_WHOLE: Final = 1.0
"""What a ratio is of: as far as the pale track of its bar goes."""


@chart("label", "is_demand", numbers=("p05", "p50", "p95"), is_log=True)
def log_intervals(rows: Rows, width: int, language: Language) -> Spec:
    """Intervals on a log scale: bar from 5th to 95th percentile, stroke and number at the 50th.

    A row without interval (``p05`` = ``p95``) is a point. ``group_title`` opens a group.
    """
    rack = Rack(rows, width, language)
    for row in rack.rows:
        style = "short" if row["p05"] == row["p95"] else "about"
        row["text"] = written(style, row["p50"], language)
        row["color"] = SERIES[3] if row["is_demand"] else SERIES[1]
    box = rack.box([row["text"] for row in rack.rows])
    lows, highs = [row["p05"] for row in rack.rows], [row["p95"] for row in rack.rows]
    scale = LogScale.around(min(lows), max(highs), box.width)
    for row in rack.rows:
        row["x"] = scale.position(row["p95"]) + 7
    axis = value_axis(scale.marks, sparse(scale, box, language))
    y, color, data = pixels("y"), named_color("color"), values(rack.rows)
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
    seen = [(row["y"], _interval(row, "about", language)) for row in rack.rows]
    return box.spec(
        bars,
        points,
        row_texts(rack.rows, weight=600),
        *rack.names(box),
        tips.stripes(box, seen),
    )


def _interval(row: Mapping[str, Any], style: str, language: Language) -> str:
    """Tip of a row: its quantiles, or the one number that it has."""
    if row.get("p05") == row.get("p95"):
        return f"{_named(row, language)}\n{row['text']}"
    return tips.lines(_named(row, language), tips.quantiles(row, style, language), language)


def _named(row: Mapping[str, Any], language: Language) -> str:
    """A row by its name and that of its group."""
    name = label_text(row["label"], language)
    if row.get("group_title") is None:
        return name
    return language.say("{}: {}").format(row["group_title"], name)


@chart("label", "is_highlighted", numbers=("p05", "p50", "p95"))
def interval_bars(rows: Rows, width: int, language: Language) -> Spec:
    """Sorted bars from zero to the median, a whisker from 5th to 95th percentile, the number."""
    rack = Rack(rows, width, language)
    for row in rack.rows:
        row.update(value=row["p50"], end=row["p95"], text=written("sig3", row["p50"], language))
    seen = [(row["y"], _interval(row, "sig3", language)) for row in rack.rows]
    return _bars(rack, [("p05", "p50", PAGE), ("p50", "p95", AXIS)], seen, track=0)


@chart("label", "is_highlighted", numbers=("value",))
def ratio_bars(rows: Rows, width: int, language: Language) -> Spec:
    """Sorted bars of a ratio, the number at the end, one colour for what is highlighted.

    A pale track shows how far each is from the whole.
    """
    rack = Rack(rows, width, language)
    for row in rack.rows:
        end = max(row["value"], _WHOLE)
        row.update(end=end, text=written("number2", row["value"], language))
    seen = [(row["y"], f"{_named(row, language)}\n{row['text']}") for row in rack.rows]
    return _bars(rack, [], seen, track=_WHOLE)


def _bars(
    rack: Rack,
    whiskers: list[tuple[str, str, str]],
    seen: list[tuple[float, str]],
    track: float,
) -> Spec:
    """Bars of ``value``, lines between two columns, and the text right of ``end``."""
    box = rack.box([row["text"] for row in rack.rows], top=2, bottom=4)
    lowest = min(0.0, *(row["value"] for row in rack.rows))
    longest = max(0.0, *(row["end"] for row in rack.rows))
    longest += lowest == longest
    for row in rack.rows:
        row["color"] = SERIES[1] if row["is_highlighted"] else SERIES[0]
        row["x"] = box.width * (max(row["end"], 0) - lowest) / (longest - lowest) + 8
        row["track"] = track
    x = {"type": "quantitative", "scale": {"domain": [lowest, longest]}, "axis": None}
    y, data = pixels("y"), values(rack.rows)
    bar: dict[str, Any] = {"type": "bar", "height": 13, "aria": False}
    layers = []
    if track:
        encoding = {"x": {"field": "track", **x}, "x2": {"datum": 0}, "y": y}
        layers.append({"data": data, "mark": {**bar, "color": GRID}, "encoding": encoding})
    color = named_color("color")
    encoding = {"x": {"field": "value", **x}, "x2": {"datum": 0}, "y": y, "color": color}
    layers.append({"data": data, "mark": bar, "encoding": encoding})
    for low, high, shade in whiskers:
        mark = {"type": "rule", "color": shade, "strokeWidth": 1.4, "aria": False}
        encoding = {"x": {"field": low, **x}, "x2": {"field": high}, "y": y}
        layers.append({"data": data, "mark": mark, "encoding": encoding})
    texts = row_texts(rack.rows, weight=600)
    return box.spec(*layers, texts, *rack.names(box), tips.stripes(box, seen))


@chart("label", "mark", "is_verified", numbers=("low", "high"), is_log=True)
def claimed_dots(rows: Rows, width: int, language: Language) -> Spec:
    """Counts on a log scale: a ring for what was claimed, a full dot for what was verified."""
    rack = Rack(rows, width, language)
    for row in rack.rows:
        row["color"] = SERIES[2] if row["is_verified"] else SERIES[3]
        row["fill"] = row["color"] if row["is_verified"] else PAGE
        row["text"] = rack.fitted(str(row["mark"]))
    box = rack.box([row["text"] for row in rack.rows])
    lows, highs = [row["low"] for row in rack.rows], [row["high"] for row in rack.rows]
    scale = LogScale.around(min(lows), max(highs), box.width)
    for row in rack.rows:
        row["x"] = scale.position(row["high"]) + 9
    axis = value_axis(scale.marks, sparse(scale, box, language))
    y, color, data = pixels("y"), named_color("color"), values(rack.rows)
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
                "fill": named_color("fill"),
            },
        }
        for field in ("low", "high")
    ]
    seen = [
        (
            row["y"],
            tips.lines(
                _named(row, language),
                [(str(row["mark"]), written_range("count", row["low"], row["high"], language))],
                language,
            ),
        )
        for row in rack.rows
    ]
    return box.spec(line, *dots, row_texts(rack.rows), *rack.names(box), tips.stripes(box, seen))
