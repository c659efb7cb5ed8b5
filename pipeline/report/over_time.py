"""Charts over time: one function each, from the rows of a query to a specification."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from pipeline.report import tips
from pipeline.report.formats import written
from pipeline.report.language import Language
from pipeline.report.lettering import widest
from pipeline.report.marks import (
    AXIS,
    PAGE,
    SERIES,
    SERIES_TEXT,
    Box,
    Rows,
    Spec,
    count_format,
    event_rules,
    line_labels,
    named_color,
    ticks,
    time_axis,
    time_marks,
    value_axis,
    values,
)
from pipeline.report.registry import chart, known

# Of the width of a picture, what names of lines may take.
_NAMES: Final = 0.3


def _unique(rows: Rows, column: str) -> list[Any]:
    return list(dict.fromkeys(row[column] for row in rows))


def first_and_last(rows: Rows, column: str = "price_date") -> tuple[dt.date, dt.date]:
    """The first and the last day of ``rows``."""
    days = [row[column] for row in rows]
    return min(days), max(days)


def line_box(width: int, height: int, axis: list[str], names: list[str], **rest: int) -> Box:
    """A plot with room for the texts of its axis and for names at the end of its lines."""
    right = 14 + min(widest(names), width * _NAMES)
    return Box.inside(width, height, max(30, 10 + widest(axis)), right, **rest)


def time_channel(domain: tuple[dt.date, dt.date], field: str, box: Box, language: Language) -> Spec:
    """The encoding of the days in ``field`` across a plot."""
    return {
        "field": field,
        "type": "temporal",
        "scale": {"type": "utc", "domain": [day.isoformat() for day in domain]},
        "axis": time_axis(time_marks(*domain, box.width), language),
    }


def _events(box: Box, rows: Rows, domain: tuple[dt.date, dt.date]) -> list[Spec]:
    """The event rules that the rows name in ``event_date`` and ``event_title``, if any."""
    found = {
        row["event_date"]: str(row["event_title"])
        for row in rows
        if row.get("event_date") and row.get("event_title")
    }
    return event_rules(box, found, domain)


@chart("price_date", "series", numbers=("market_cap_usd",), over="price_date")
def cap_area(rows: Rows, width: int, language: Language) -> Spec:
    """Stacked market caps in USD bn; series come lowest first, null leaves a hole."""
    names = _unique(rows, "series")
    domain = first_and_last(rows)
    total: dict[dt.date, float] = {}
    data = []
    for row in rows:
        cap = None if row["market_cap_usd"] is None else row["market_cap_usd"] / 1e9
        total[row["price_date"]] = total.get(row["price_date"], 0) + (cap or 0)
        data.append({**row, "bn": cap, "rank": names.index(row["series"])})
    marks = ticks(0, max(total.values()))
    box = line_box(
        width, 200, [written(count_format(marks), mark, language) for mark in marks], names
    )
    colors = [SERIES[index % len(SERIES)] for index in range(len(names))]
    floor, ends = 0.0, []
    last_day = {row["series"]: row["bn"] or 0 for row in data if row["price_date"] == domain[1]}
    for index, name in enumerate(names):
        last = last_day.get(name, 0)
        middle = box.height * (1 - (floor + last / 2) / marks[-1])
        ends.append((name, middle, SERIES_TEXT[index % len(SERIES)]))
        floor += last
    area = {
        "data": values(data, "price_date", "rank", "bn"),
        "mark": {"type": "area", "stroke": PAGE, "strokeWidth": 0.8, "aria": False},
        "encoding": {
            "x": time_channel(domain, "price_date", box, language),
            "y": {
                "field": "bn",
                "type": "quantitative",
                "stack": "zero",
                "scale": {"domain": [0, marks[-1]]},
                "axis": value_axis(
                    marks, lambda mark: written(count_format(marks), mark, language)
                ),
            },
            "order": {"field": "rank", "type": "quantitative"},
            "color": {
                "field": "rank",
                "type": "nominal",
                "scale": {"domain": list(range(len(names))), "range": colors},
                "legend": None,
            },
        },
    }
    seen = tips.of_days(
        box,
        rows,
        domain,
        lambda row: written("usd_bn", row["market_cap_usd"], language),
        names[::-1],
        language,
    )
    return box.spec(area, *_events(box, rows, domain), line_labels(box, ends), seen)


# Order of the palette for named lines: the subject in the accent, what it is held against after.
_LINES: Final = (1, 3, 2, 4, 0, 5)


def _lines(
    rows: Rows,
    width: int,
    height: int,
    column: str,
    style: str,
    language: Language,
    tip_style: str,
) -> Spec:
    """Lines of ``column``, null leaves a gap; background series are thin and grey.

    ``style`` is the format of the axis, "" for numbers with the decimals that its marks need.
    """
    front = [row for row in rows if not row["is_background"]]
    drawn = {
        name: [row for row in front if row["series"] == name] for name in _series(front, column)
    }
    domain = first_and_last(rows)
    shown = known(rows, column)
    marks = ticks(min(shown), max(shown))
    style = style or count_format(marks)
    box = line_box(width, height, [written(style, mark, language) for mark in marks], list(drawn))
    colors = {name: _LINES[index % len(_LINES)] for index, name in enumerate(drawn)}
    encoding = {
        "x": time_channel(domain, "price_date", box, language),
        "y": {
            "field": column,
            "type": "quantitative",
            "scale": {"domain": [marks[0], marks[-1]], "zero": False},
            "axis": value_axis(marks, lambda mark: written(style, mark, language)),
        },
        "detail": {"field": "series"},
    }
    fields = ("price_date", "series", column)
    background = {
        "data": values([row for row in rows if row["is_background"]], *fields),
        "mark": {"type": "line", "color": AXIS, "strokeWidth": 0.7, "opacity": 0.75, "aria": False},
        "encoding": encoding,
    }
    colored = [
        {**row, "color": SERIES[colors[name]]} for name, line in drawn.items() for row in line
    ]
    alone = [
        {**row, "color": SERIES[colors[name]]}
        for name, line in drawn.items()
        for row in _alone(line, column)
    ]
    by_row = {**encoding, "color": named_color("color")}
    lines = {
        "data": values(colored, *fields, "color"),
        "mark": {"type": "line", "strokeWidth": 2, "aria": False},
        "encoding": by_row,
    }
    dots = {
        "data": values(alone, *fields, "color"),
        "mark": {"type": "point", "filled": True, "opacity": 1, "size": 14, "aria": False},
        "encoding": by_row,
    }
    ends = []
    for name, line in drawn.items():
        last = known(line, column)[-1]
        y = box.height * (1 - (last - marks[0]) / (marks[-1] - marks[0]))
        ends.append((name, y, SERIES_TEXT[colors[name]]))
    front_layers = [lines, dots] if alone else [lines]
    names = [*drawn, *(name for name in _series(rows, column) if name not in drawn)]
    seen = tips.of_days(
        box, rows, domain, lambda row: written(tip_style, row[column], language), names, language
    )
    events = _events(box, rows, domain)
    return box.spec(background, *front_layers, *events, line_labels(box, ends), seen)


def _series(rows: Rows, column: str) -> list[str]:
    """The series with a number, in order."""
    return _unique([row for row in rows if row[column] is not None], "series")


def _alone(line: Rows, column: str) -> Rows:
    """The points of a line between two gaps: no line would show them."""
    padded: list[Any] = [None, *(row[column] for row in line), None]
    around = zip(padded, padded[2:], strict=False)
    return [
        row
        for row, (before, after) in zip(line, around, strict=True)
        if row[column] is not None and before is None and after is None
    ]


@chart("price_date", "series", "is_background", numbers=("index_value",), over="price_date")
def index_lines(rows: Rows, width: int, language: Language) -> Spec:
    """Lines rebased to 100; background series are thin and grey, the others named."""
    return _lines(rows, width, 172, "index_value", "", language, "number1")


@chart("price_date", "series", numbers=("rolling_value",), over="price_date")
def rolling_lines(rows: Rows, width: int, language: Language) -> Spec:
    """Figures of the days before each day: named lines, null leaves a gap."""
    named = [{**row, "is_background": False} for row in rows]
    return _lines(named, width, 132, "rolling_value", "short", language, "short")
