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
from pipeline.report.lettering import LABEL_GAP, LABEL_SIZE, fitted, spread, text_width

Spec: TypeAlias = dict[str, Any]
Rows: TypeAlias = Sequence[Mapping[str, Any]]

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
# Pixels from one month to the next at which a label with a year is clear of the one after it.
MONTH_ROOM: Final = 52
YEAR_ROOM: Final = 32


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
    if isinstance(value, Decimal | float):
        return float(value) if math.isfinite(value) else None
    return value


def pixels(field: str) -> Spec:
    """The encoding of a place that is given in pixels already."""
    return {"field": field, "type": "quantitative", "scale": None}


def named_color(field: str) -> Spec:
    """The encoding of a colour that the rows name themselves."""
    return {"field": field, "type": "nominal", "scale": None}


def ticks(low: float, high: float, about: int = 6) -> list[float]:
    """Round steps (1, 2, 2.5 or 5 times a power of ten) that cover ``low`` to ``high``."""
    # Marks must differ in the digits that they are written with.
    if high - low <= 1e-9 * abs(low):
        high = low + max(1.0, 1e-3 * abs(low))
    raw = (high - low) / about
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(power * unit for unit in (1, 2, 2.5, 5, 10) if power * unit >= raw * (1 - 1e-9))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    digits = 12 - min(0, math.floor(math.log10(step)))
    return [round(index * step, digits) for index in range(first, last + 1)]


def count_format(marks: Sequence[float]) -> str:
    """The format of numbers with as many decimals as even steps between ``marks`` have."""
    step = marks[1] - marks[0]
    decimals = next((n for n in range(3) if abs(round(step, n) - step) < 1e-9), 3)
    return ("count", "number1", "number2", "number3")[decimals]


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
        first = math.floor(math.log10(low))
        last = max(math.ceil(math.log10(high)), first + 1)
        return cls(10.0**first, 10.0**last, length)

    @property
    def marks(self) -> list[float]:
        """The powers of ten on the scale; of very many every second, third and so on."""
        first, last = math.ceil(math.log10(self.low)), math.floor(math.log10(self.high))
        step = math.ceil((last - first + 1) * LABEL_GAP / self.length)
        return [10.0**power for power in range(first, last + 1, max(step, 1))]

    def position(self, value: float) -> float:
        """Pixels from the scale's start."""
        span = math.log10(self.high / self.low)
        return self.length * math.log10(value / self.low) / span

    def channel(self, field: str, axis: Spec | None) -> Spec:
        """The encoding of ``field`` on this scale."""
        scale = {"type": "log", "domain": [self.low, self.high], "nice": False}
        return {"field": field, "type": "quantitative", "scale": scale, "axis": axis}


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

    Of months only every second, third or sixth, where the labels would meet on ``width`` pixels,
    of years as many as are clear of one another.
    """
    start = first.replace(day=1)
    months = []
    while start <= last:
        if start >= first:
            months.append(start)
        start = (start + dt.timedelta(days=31)).replace(day=1)
    if len(months) > 24:
        years = [day for day in months if day.month == 1]
        step = math.ceil(len(years) * YEAR_ROOM / width)
        return [day for day in years if day.year % step == 0]
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


def line_labels(box: Box, ends: Sequence[tuple[str, float, str]]) -> Spec:
    """Names right of the plot, each at the height its line ends: (text, pixel y, colour).

    Of more names than there is room for, the first.
    """
    named = ends[: int(box.height // LABEL_GAP) + 1]
    placed = spread([end[1] for end in named], LABEL_GAP, 0, box.height)
    rows = [
        {"text": fitted(text, box.right - 8), "y": y, "color": color}
        for (text, _, color), y in zip(named, placed, strict=True)
    ]
    return {
        "data": values(rows),
        "mark": {"type": "text", "align": "left", "fontWeight": 600},
        "encoding": {
            "x": {"value": box.width + 8},
            "y": pixels("y"),
            "text": {"field": "text"},
            "color": named_color("color"),
        },
    }


def event_rules(
    box: Box, events: Mapping[dt.date, str], domain: tuple[dt.date, dt.date]
) -> list[Spec]:
    """Dotted rules over the whole height, one for each day, its name beside its head.

    Placed in pixels: a second scale for the same axis would fight with the first. Names stand
    left of their rule where there is room, and below one another where they would meet.
    """
    rules: list[dict[str, Any]] = []
    for day, title in sorted(events.items()):
        x = box.width * (day - domain[0]).days / max((domain[1] - domain[0]).days, 1)
        if 0 <= x <= box.width:
            rules.append({"x": x, **_beside(box, x, title, rules)})
    layers: list[Spec] = [
        {
            "data": values(rules, "x"),
            "mark": {"type": "rule", "color": INK, "strokeDash": [2, 3], "aria": False},
            "encoding": {"x": pixels("x"), "y": {"value": 0}, "y2": {"value": box.height}},
        }
    ]
    for align in ("left", "right"):
        named = [rule for rule in rules if rule["align"] == align]
        encoding = {"x": pixels("text_x"), "y": pixels("y"), "text": {"field": "text"}}
        mark = {"type": "text", "align": align, "color": MUTED}
        layers.append(
            {"data": values(named, "text_x", "y", "text"), "mark": mark, "encoding": encoding}
        )
    return [layer for layer in layers if layer["data"]["values"]]


def _beside(box: Box, x: float, title: str, before: Rows) -> dict[str, Any]:
    """Where the name of a rule at ``x`` stands, clear of those ``before``."""
    wanted = text_width(title)
    left, right = x - 6, box.width - x - 6
    is_left = wanted <= left or left >= right
    text = fitted(title, left if is_left else right)
    start = x - 6 - text_width(text) if is_left else x + 6
    end = start + text_width(text)
    levels = range(max(box.height // LABEL_GAP, 1))
    taken = {rule["level"] for rule in before if rule["start"] < end and start < rule["end"]}
    level = next((level for level in levels if level not in taken), 0)
    place = {"text_x": x - 6 if is_left else x + 6, "y": 7 + LABEL_GAP * level, "level": level}
    align = "right" if is_left else "left"
    return {"text": text, "align": align, "start": start, "end": end, **place}


def level_rule(box: Box, y: float, title: str) -> list[Spec]:
    """A dotted rule over the whole width at pixel ``y``, its name above its right end."""
    data = values([{"y": y, "title": fitted(title, box.width - 4)}])
    place = pixels("y")
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


def tick_text(value: float, language: Language) -> str:
    """A power of ten: 100, 100,000, 1 million, 1 billion, and from 10^12 on as such."""
    if value >= 1e12:
        return written("flop", value, language)
    for floor, word in ((1e9, "billion"), (1e6, "million")):
        if value >= floor:
            return f"{written('count', value / floor, language)} {language.say(word)}"
    return written("count" if value >= 1 else "sig2", value, language)
