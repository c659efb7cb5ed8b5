"""What every chart is made of: palette, type, axes, rules, labels at the line.

Charts are Vega-Lite specifications as plain dicts. They are drawn at the exact width they
are placed in, so the size of every part is fixed here in CSS pixels and nothing is scaled.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, TypeAlias

from pipeline.report.formats import MINUS, visible, written
from pipeline.report.language import Language

Spec: TypeAlias = dict[str, Any]
Rows: TypeAlias = Sequence[Mapping[str, Any]]
Draw: TypeAlias = Callable[[Rows, int, Language], Spec]

FULL_WIDTH: Final = 657  # 174 mm of text at 96 dpi
HALF_WIDTH: Final = 317  # two of them and a gutter of 6 mm

# Kept apart for full deuteranopia, protanopia and tritanopia; the third list is the colour
# of text that belongs to a series, above 4.5 : 1 on white.
SERIES: Final = ("#123541", "#2F5BD3", "#07A07A", "#D86B00", "#A3232A", "#9283B0")
SERIES_TEXT: Final = ("#123541", "#2F5BD3", "#046B52", "#9A4C00", "#A3232A", "#6A5B8A")
INK: Final = "#14202B"
MUTED: Final = "#5B6875"
GRID: Final = "#DDE2E7"
AXIS: Final = "#8A96A3"
PAGE: Final = "#FFFFFF"

FONT: Final = "'Source Sans 3'"
LABEL_SIZE: Final = 11
LABEL_GAP: Final = 14
# Pixels from one month to the next at which a label with a year is clear of the one after it.
MONTH_ROOM: Final = 52

# Advance widths of Source Sans 3 Semibold in thousandths of the type size, by class.
_NARROW, _WIDE, _CAPITAL, _OTHER = 290, 840, 610, 530


@dataclass(frozen=True)
class Chart:
    """A registered chart: the columns it needs, and the function that draws it.

    ``draw`` takes the rows of a query, a width in pixels and the language of its numbers.
    """

    columns: tuple[str, ...]
    draw: Draw


CHARTS: Final[dict[str, Chart]] = {}


def chart(*columns: str) -> Callable[[Draw], Draw]:
    """Register a chart under its function's name, with the columns its query must return."""

    def register(draw: Draw) -> Draw:
        CHARTS[draw.__name__] = Chart(columns, draw)
        return draw

    return register


def text_width(text: str, size: float = LABEL_SIZE) -> float:
    """About how wide ``text`` is in pixels, a little too much rather than too little."""
    total = 0
    for character in text:
        if character in "fijlrt.,:;'()|![] \u00a0":
            total += _NARROW
        elif character in "mwMW@%":
            total += _WIDE
        else:
            total += _CAPITAL if character.isupper() else _OTHER
    return total * size / 1000


@dataclass(frozen=True)
class Box:
    """The plot inside a picture: its size, and the room around it, in pixels."""

    width: int
    height: int
    left: int
    right: int
    top: int = 8
    bottom: int = 24

    @classmethod
    def inside(cls, picture: int, height: int, left: float, right: float, **rest: int) -> Box:
        """The box of a picture that is ``picture`` pixels wide in all."""
        room = math.ceil(left), math.ceil(right)
        return cls(picture - sum(room), height, *room, **rest)

    def spec(self, *layers: Spec) -> Spec:
        """A chart of ``layers`` in this box; the SVG is exactly box and room together."""
        return {
            "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
            "width": self.width,
            "height": self.height,
            "autosize": {"type": "none"},
            "padding": {
                "left": self.left,
                "right": self.right,
                "top": self.top,
                "bottom": self.bottom,
            },
            "background": None,
            "config": _CONFIG,
            "layer": list(layers),
        }


_CONFIG: Final[Spec] = {
    "font": FONT,
    "view": {"stroke": None},
    "axis": {
        "labelColor": MUTED,
        "labelFontSize": LABEL_SIZE,
        "labelPadding": 6,
        "domain": False,
        "ticks": False,
        "grid": False,
        "gridColor": GRID,
        "title": None,
    },
    "text": {"fontSize": LABEL_SIZE, "color": INK, "baseline": "middle"},
}


def values(rows: Rows, *fields: str) -> Spec:
    """Inline data, only ``fields`` of the rows if some are named; days as ISO text."""
    return {
        "values": [
            {name: _plain(value) for name, value in row.items() if not fields or name in fields}
            for row in rows
        ]
    }


def _plain(value: object) -> object:
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, str):
        return visible(value)
    return float(value) if isinstance(value, Decimal) else value


def ticks(low: float, high: float, about: int = 6) -> list[float]:
    """Round steps (1, 2, 2.5 or 5 times a power of ten) that cover ``low`` to ``high``."""
    if high <= low:
        high = low + 1
    raw = (high - low) / about
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(power * unit for unit in (1, 2, 2.5, 5, 10) if power * unit >= raw * (1 - 1e-9))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(index * step, 12) for index in range(first, last + 1)]


@dataclass(frozen=True)
class LogScale:
    """A logarithmic scale over ``length`` pixels and the powers of ten that lie on it."""

    low: float
    high: float
    length: int

    @classmethod
    def around(cls, low: float, high: float, length: int) -> LogScale:
        """A scale with some air around ``low`` to ``high``, both above zero, and two marks."""
        scale = cls(low / 1.4, high * 1.4, length)
        if len(scale.marks) >= 2:
            return scale
        return cls(10.0 ** math.floor(math.log10(low)), 10.0 ** math.ceil(math.log10(high)), length)

    @property
    def marks(self) -> list[float]:
        """The powers of ten on the scale."""
        first, last = math.ceil(math.log10(self.low)), math.floor(math.log10(self.high))
        return [10.0**power for power in range(first, last + 1)]

    def position(self, value: float) -> float:
        """Pixels from the scale's start."""
        span = math.log10(self.high / self.low)
        return self.length * math.log10(value / self.low) / span

    def channel(self, field: str, axis: Spec | None) -> Spec:
        """The encoding of ``field`` on this scale."""
        scale = {"type": "log", "domain": [self.low, self.high], "nice": False}
        return {"field": field, "type": "quantitative", "scale": scale, "axis": axis}


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


def value_axis(marks: Sequence[float], write: Callable[[float], str]) -> Spec:
    """An axis with grid and labels at ``marks``, in our own number format, and nothing else."""
    # The number as the axis writes it, with a true minus sign.
    keys = [f"{mark:.12g}" if mark >= 0 else f"{MINUS}{-mark:.12g}" for mark in marks]
    labels = ", ".join(f"'{key}': '{write(mark)}'" for key, mark in zip(keys, marks, strict=True))
    return {
        "values": list(marks),
        "labelExpr": f"({{{labels}}})[format(datum.value, '.12~g')] || ''",
        "labelOverlap": False,
        "labelFlush": False,
        "grid": True,
    }


def time_marks(first: dt.date, last: dt.date, width: float) -> list[dt.date]:
    """First days of months from ``first`` to ``last``; of years where these are over 24.

    Of months only every second, third or sixth, where the labels would meet on ``width`` pixels.
    """
    start = first.replace(day=1)
    months = []
    while start <= last:
        if start >= first:
            months.append(start)
        start = (start + dt.timedelta(days=31)).replace(day=1)
    if len(months) > 24:
        return [day for day in months if day.month == 1]
    a_month = width * 28 / max((last - first).days, 28)
    step = next((step for step in (1, 2, 3) if step * a_month >= MONTH_ROOM), 6)
    return [day for day in months if (day.month - 1) % step == 0]


def time_axis(marks: Sequence[dt.date], language: Language) -> Spec:
    """An x axis of days: ticks at ``marks``, each label right of its tick.

    Months are named with the year where it begins, and at the first of them.
    """
    names = {}
    for index, day in enumerate(marks):
        style = (
            "year" if not _are_months(marks) else "mon" if index and day.month > 1 else "mon_year"
        )
        names[day.isoformat()] = written(style, day, language)
    labels = ", ".join(f"'{day}': '{name}'" for day, name in names.items())
    return {
        "values": [
            {"year": day.year, "month": day.month, "date": day.day, "utc": True} for day in marks
        ],
        "labelExpr": f"({{{labels}}})[utcFormat(datum.value, '%Y-%m-%d')] || ''",
        "labelAlign": "left",
        "labelOffset": 3,
        "labelPadding": 3,
        "labelFlush": False,
        "labelOverlap": False,
        "domain": True,
        "domainColor": AXIS,
        "ticks": True,
        "tickColor": AXIS,
        "tickSize": 5,
    }


def _are_months(marks: Sequence[dt.date]) -> bool:
    return any(day.month != 1 for day in marks)


def line_labels(
    box: Box, ends: Sequence[tuple[str, float, str]], *, gap: float = LABEL_GAP
) -> Spec:
    """Names right of the plot, each at the height its line ends: (text, pixel y, colour)."""
    placed = spread([end[1] for end in ends], gap, 0, box.height)
    rows = [
        {"text": text, "y": y, "color": color}
        for (text, _, color), y in zip(ends, placed, strict=True)
    ]
    return {
        "data": values(rows),
        "mark": {"type": "text", "align": "left", "fontWeight": 600},
        "encoding": {
            "x": {"value": box.width + 8},
            "y": {"field": "y", "type": "quantitative", "scale": None},
            "text": {"field": "text"},
            "color": {"field": "color", "type": "nominal", "scale": None},
        },
    }


def event_rule(box: Box, day: dt.date, title: str, domain: tuple[dt.date, dt.date]) -> list[Spec]:
    """A dotted rule over the whole height at ``day``, its name left of its head.

    Placed in pixels: a second scale for the same axis would fight with the first.
    """
    x = box.width * (day - domain[0]).days / max((domain[1] - domain[0]).days, 1)
    data = values([{"x": x, "title": title}])
    place = {"field": "x", "type": "quantitative", "scale": None}
    return [
        {
            "data": data,
            "mark": {"type": "rule", "color": INK, "strokeDash": [2, 3], "aria": False},
            "encoding": {"x": place, "y": {"value": 0}, "y2": {"value": box.height}},
        },
        {
            "data": data,
            "mark": {"type": "text", "align": "right", "dx": -6, "color": MUTED},
            "encoding": {"x": place, "y": {"value": 7}, "text": {"field": "title"}},
        },
    ]


def level_rule(box: Box, y: float, title: str) -> list[Spec]:
    """A dotted rule over the whole width at pixel ``y``, its name above its right end."""
    data = values([{"y": y, "title": title}])
    place = {"field": "y", "type": "quantitative", "scale": None}
    return [
        {
            "data": data,
            "mark": {"type": "rule", "color": INK, "strokeDash": [2, 3], "aria": False},
            "encoding": {"y": place, "x": {"value": 0}, "x2": {"value": box.width}},
        },
        {
            "data": data,
            "mark": {"type": "text", "align": "right", "dy": -8, "color": INK},
            "encoding": {
                "y": place,
                "x": {"value": box.width - 4},
                "text": {"field": "title"},
            },
        },
    ]


def tips(areas: Rows) -> Spec:
    """What a reader of the screen sees at a part of the plot: ``tip``, one line for each figure.

    An area spans the pixels ``x`` to ``x2`` and ``y`` to ``y2``; it is not drawn, and left out of
    print. It comes last in a chart, so that it lies on top.
    """
    place = {"type": "quantitative", "scale": None}
    return {
        "name": "tips",
        "data": values(areas, "x", "x2", "y", "y2", "tip"),
        "mark": {"type": "rect", "opacity": 0},
        "encoding": {
            "x": {"field": "x", **place},
            "x2": {"field": "x2"},
            "y": {"field": "y", **place},
            "y2": {"field": "y2"},
            "description": {"field": "tip"},
        },
    }


def tick_text(value: float, language: Language) -> str:
    """A power of ten: 100, 100,000, 1 million."""
    if value >= 1e6:
        return f"{written('count', value / 1e6, language)} {language.say('million')}"
    return written("count" if value >= 1 else "sig2", value, language)
