"""Small multiples: the same chart over time once for each of several, on common scales."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from pipeline.report import tips
from pipeline.report.formats import written
from pipeline.report.language import Language
from pipeline.report.lettering import LABEL_GAP, fitted, spread, text_width, widest
from pipeline.report.marks import (
    AXIS,
    GRID,
    MUTED,
    PAGE,
    SERIES,
    SERIES_TEXT,
    Box,
    LogScale,
    Rows,
    Spec,
    named_color,
    pixels,
    tick_text,
    values,
)
from pipeline.report.registry import chart
from pipeline.report.row_layout import and_more, row_texts

MOST_LINES: Final = 6
"""Of panels, as many as a page takes; how many more there are is said below them."""
_PLOT_HEIGHT: Final = 96
_TITLE: Final = 22
_BETWEEN: Final = 14
_NARROWEST: Final = 200
"""A panel with the names at its lines."""
_NAMES: Final = 0.45
_AXIS_ROOM: Final = 22
# What is claimed is a ring and stands apart in colour from what was counted.
_LOOKS: Final[Mapping[int, tuple[int, bool]]] = {1: (3, False), 2: (2, True), 3: (1, True)}
_OTHER_LOOK: Final = (5, True)
_ONE_DAY: Final = dt.timedelta(days=1)


@dataclass(frozen=True)
class _Scales:
    """What all panels share: days across, figures up, both in pixels of one plot."""

    first: dt.date
    days: int
    width: float
    up: LogScale

    def x(self, day: dt.date) -> float:
        return self.width * (day - self.first).days / max(self.days, 1)

    def y(self, figure: float) -> float:
        return self.up.length - self.up.position(figure)


@chart("panel", "fact_date", "series", "place", numbers=("figure",), is_log=True)
def capacity_panels(rows: Rows, width: int, language: Language) -> Spec:
    """Figures over time on a log scale, one small panel for each ``panel``, in order.

    Lines join days that follow one another; a day alone is a dot, and a gap stays one. The
    ``place`` of a series gives its look: 1 what is claimed, a ring, 2 and 3 what was counted.
    """
    figures = [row["figure"] for row in rows]
    up = LogScale.around(min(figures), max(figures), _PLOT_HEIGHT)
    marks = [tick_text(mark, language) for mark in up.marks]
    left = 10 + widest(marks)
    names = list(dict.fromkeys(str(row["panel"]) for row in rows))
    columns = max(min(int((width - left) // _NARROWEST), 3, len(names)), 1)
    drawn = [
        [row for row in rows if row["panel"] == name] for name in names[: columns * MOST_LINES]
    ]
    room = (width - left) / columns
    ends = [_ends(panel, room, language) for panel in drawn]
    label_room = 12 + max(widest([end["text"] for end in panel]) for panel in ends)
    days = [row["fact_date"] for row in rows]
    first, last = min(days), max(days)
    scales = _Scales(first, (last - first).days, room - label_room - 6, up)
    lines = math.ceil(len(drawn) / columns)
    pitch = _TITLE + _PLOT_HEIGHT + _BETWEEN
    height = lines * pitch - _BETWEEN
    more = len(names) - len(drawn)
    box = Box.inside(width, height, left, 0, top=0, bottom=_AXIS_ROOM + (LABEL_GAP if more else 0))
    layers: list[Spec] = []
    seen: list[dict[str, Any]] = []
    for place, (panel, end) in enumerate(zip(drawn, ends, strict=True)):
        corner = room * (place % columns), pitch * (place // columns) + _TITLE
        layers += _panel(panel, end, corner, scales)
        seen += _seen(panel, names[place], corner, scales, language)
        title = {"text": fitted(names[place], room - 6), "x": corner[0], "y": corner[1] - 12}
        layers.append(row_texts([title], weight=600))
        if place % columns == 0:
            layers.append(_figures(marks, corner, scales))
        if place + columns >= len(drawn):
            layers += _days(corner, scales, sorted({first, last}), language)
    if more:
        text = {"text": and_more(more, language), "x": 0, "y": height + 30}
        layers.append(row_texts([text], color=MUTED))
    return box.spec(*layers, tips.layer(seen))


def _seen(
    panel: Rows, name: str, corner: tuple[float, float], scales: _Scales, language: Language
) -> list[dict[str, Any]]:
    """Tips of one panel: its name and a day, then every series that has a figure on it."""
    found: dict[dt.date, list[tuple[str, str]]] = {}
    for row in panel:
        figure = written("short", row["figure"], language)
        found.setdefault(row["fact_date"], []).append((str(row["series"]), figure))
    pair = language.say("{}: {}")
    places = [
        (
            scales.x(day),
            tips.lines(pair.format(name, written("date", day, language)), figures, language),
        )
        for day, figures in found.items()
    ]
    return tips.column_areas(places, scales.width, _PLOT_HEIGHT, corner)


def _ends(panel: Rows, room: float, language: Language) -> list[dict[str, Any]]:
    """The last point of every series: what its label says and which row it stands at."""
    last = {row["series"]: row for row in sorted(panel, key=lambda row: row["fact_date"])}
    found = []
    for series, row in last.items():
        figure = written("short", row["figure"], language)
        name = fitted(str(series), room * _NAMES - text_width(f" {figure}"))
        found.append({"text": f"{name} {figure}", "row": row})
    return found[: _PLOT_HEIGHT // LABEL_GAP + 1]


def _panel(
    panel: Rows, ends: list[dict[str, Any]], corner: tuple[float, float], scales: _Scales
) -> list[Spec]:
    """Grid, lines, dots and labels of one panel whose plot begins at ``corner``."""
    left, top = corner
    points = []
    for series in dict.fromkeys(row["series"] for row in panel):
        line = sorted(
            (row for row in panel if row["series"] == series), key=lambda row: row["fact_date"]
        )
        points += _runs(line, str(series))
    for point in points:
        row = point.pop("row")
        shade, is_full = _LOOKS.get(row["place"], _OTHER_LOOK)
        point.update(
            x=left + scales.x(row["fact_date"]),
            y=top + scales.y(row["figure"]),
            color=SERIES[shade],
            fill=SERIES[shade] if is_full else PAGE,
        )
    heights = spread([scales.y(end["row"]["figure"]) for end in ends], LABEL_GAP, 0, _PLOT_HEIGHT)
    layers = [_grid(left, top, scales), _line([each for each in points if not each["is_alone"]])]
    layers.append(_dots([each for each in points if each["is_alone"]]))
    for end, y in zip(ends, heights, strict=True):
        x = left + scales.x(end["row"]["fact_date"]) + 8
        color = SERIES_TEXT[_LOOKS.get(end["row"]["place"], _OTHER_LOOK)[0]]
        layers.append(row_texts([{"text": end["text"], "x": x, "y": top + y}], color=color))
    return [layer for layer in layers if layer["data"]["values"]]


def _runs(line: Rows, series: str) -> list[dict[str, Any]]:
    """Points with the run of following days that they belong to."""
    points: list[dict[str, Any]] = []
    run = 0
    for place, row in enumerate(line):
        day = row["fact_date"]
        joins = place > 0 and day - line[place - 1]["fact_date"] <= _ONE_DAY
        goes_on = place + 1 < len(line) and line[place + 1]["fact_date"] - day <= _ONE_DAY
        run += not joins
        points.append({"row": row, "run": f"{series} {run}", "is_alone": not (joins or goes_on)})
    return points


def _line(points: Rows) -> Spec:
    return {
        "data": values(points, "x", "y", "color", "run"),
        "mark": {"type": "line", "strokeWidth": 1.8, "aria": False},
        "encoding": {
            "x": pixels("x"),
            "y": pixels("y"),
            "detail": {"field": "run"},
            "color": named_color("color"),
        },
    }


def _dots(points: Rows) -> Spec:
    return {
        "data": values(points, "x", "y", "color", "fill"),
        "mark": {"type": "point", "size": 42, "strokeWidth": 1.8, "opacity": 1, "aria": False},
        "encoding": {
            "x": pixels("x"),
            "y": pixels("y"),
            "stroke": named_color("color"),
            "fill": named_color("fill"),
        },
    }


def _grid(left: float, top: float, scales: _Scales) -> Spec:
    rows = [
        {"x": left, "x2": left + scales.width, "y": top + scales.y(mark)}
        for mark in scales.up.marks
    ]
    return {
        "data": values(rows),
        "mark": {"type": "rule", "color": GRID, "aria": False},
        "encoding": {"x": pixels("x"), "x2": {"field": "x2"}, "y": pixels("y")},
    }


def _figures(marks: list[str], corner: tuple[float, float], scales: _Scales) -> Spec:
    """Labels of the grid, left of the first panel of a line."""
    rows = [
        {"text": text, "x": corner[0] - 6, "y": corner[1] + scales.y(mark)}
        for text, mark in zip(marks, scales.up.marks, strict=True)
    ]
    return row_texts(rows, "right", color=MUTED)


def _days(
    corner: tuple[float, float], scales: _Scales, days: list[dt.date], language: Language
) -> list[Spec]:
    """The axis under the last panel of a column: its first and last day, right of their ticks."""
    left, foot = corner[0], corner[1] + _PLOT_HEIGHT
    texts = [written("date_short", day, language) for day in days]
    places = [left + scales.x(day) for day in days]
    line = {"x": left, "x2": left + scales.width, "y": foot, "y2": foot}
    ticks = [{"x": x, "x2": x, "y": foot, "y2": foot + 5} for x in places]
    labels = [
        {"text": text, "x": x + 3, "y": foot + 12} for text, x in zip(texts, places, strict=True)
    ]
    if text_width(texts[0]) + 8 > places[-1] - places[0]:
        labels = labels[-1:]
    encoding = {"x": pixels("x"), "x2": {"field": "x2"}, "y": pixels("y"), "y2": {"field": "y2"}}
    mark = {"type": "rule", "color": AXIS, "aria": False}
    rules = {"data": values([line, *ticks]), "mark": mark, "encoding": encoding}
    return [rules, row_texts(labels, color=MUTED)]
