"""Charts over time: one function each, from the rows of a query to a specification."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

from pipeline.report import tips
from pipeline.report.formats import written, written_range
from pipeline.report.language import Language
from pipeline.report.marks import (
    AXIS,
    MUTED,
    PAGE,
    SERIES,
    SERIES_TEXT,
    Box,
    LogScale,
    Rows,
    Spec,
    chart,
    event_rule,
    level_rule,
    line_labels,
    text_width,
    tick_text,
    ticks,
    time_axis,
    time_marks,
    value_axis,
    values,
)


def _unique(rows: Rows, column: str) -> list[Any]:
    return list(dict.fromkeys(row[column] for row in rows))


def _days(rows: Rows, column: str = "price_date") -> tuple[dt.date, dt.date]:
    days = [row[column] for row in rows]
    return min(days), max(days)


def _time(domain: tuple[dt.date, dt.date], field: str, box: Box, language: Language) -> Spec:
    return {
        "field": field,
        "type": "temporal",
        "scale": {"type": "utc", "domain": [day.isoformat() for day in domain]},
        "axis": time_axis(time_marks(*domain, box.width), language),
    }


def _events(box: Box, rows: Rows, domain: tuple[dt.date, dt.date]) -> list[Spec]:
    """The event rules that the rows name in ``event_date`` and ``event_title``, if any."""
    if "event_date" not in rows[0]:
        return []
    found = {row["event_date"]: row["event_title"] for row in rows if row["event_date"]}
    return [
        layer
        for day, title in found.items()
        if domain[0] <= day <= domain[1]
        for layer in event_rule(box, day, title, domain)
    ]


@chart("price_date", "series", "market_cap_usd")
def cap_area(rows: Rows, width: int, language: Language) -> Spec:
    """Stacked market caps in USD bn; series come lowest first, null leaves a hole."""
    names = _unique(rows, "series")
    box = Box.inside(width, 275, 30, 12 + max(map(text_width, names)))
    domain = _days(rows)
    total: dict[dt.date, float] = {}
    data = []
    for row in rows:
        cap = None if row["market_cap_usd"] is None else float(row["market_cap_usd"]) / 1e9
        total[row["price_date"]] = total.get(row["price_date"], 0) + (cap or 0)
        data.append({**row, "bn": cap, "rank": names.index(row["series"])})
    marks = ticks(0, max(total.values()))
    colors = [SERIES[index % len(SERIES)] for index in range(len(names))]
    floor, ends = 0.0, []
    for index, name in enumerate(names):
        last = next(r["bn"] for r in data if r["series"] == name and r["price_date"] == domain[1])
        middle = box.height * (1 - (floor + (last or 0) / 2) / marks[-1])
        ends.append((name, middle, SERIES_TEXT[index % len(SERIES)]))
        floor += last or 0
    area = {
        "data": values(data, "price_date", "series", "bn", "rank"),
        "mark": {"type": "area", "stroke": PAGE, "strokeWidth": 0.8, "aria": False},
        "encoding": {
            "x": _time(domain, "price_date", box, language),
            "y": {
                "field": "bn",
                "type": "quantitative",
                "stack": "zero",
                "scale": {"domain": [0, marks[-1]]},
                "axis": value_axis(marks, lambda mark: written("count", mark, language)),
            },
            "order": {"field": "rank", "type": "quantitative"},
            "color": {
                "field": "series",
                "type": "nominal",
                "scale": {"domain": names, "range": colors},
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
    """Lines of ``column``, null leaves a gap; background series are thin and grey."""
    names = _unique([row for row in rows if not row["is_background"]], "series")
    box = Box.inside(width, height, 30, 14 + max(map(text_width, names)))
    domain = _days(rows)
    shown = [row[column] for row in rows if row[column] is not None]
    marks = ticks(min(shown), max(shown))
    colors = [_LINES[index % len(_LINES)] for index in range(len(names))]
    encoding = {
        "x": _time(domain, "price_date", box, language),
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
    front = {
        "data": values([row for row in rows if not row["is_background"]], *fields),
        "mark": {"type": "line", "strokeWidth": 2, "aria": False},
        "encoding": {
            **encoding,
            "color": {
                "field": "series",
                "type": "nominal",
                "scale": {"domain": names, "range": [SERIES[color] for color in colors]},
                "legend": None,
            },
        },
    }
    span = marks[-1] - marks[0]
    ends = []
    for name, color in zip(names, colors, strict=True):
        last = [r for r in rows if r["series"] == name and r[column] is not None][-1]
        y = box.height * (1 - (last[column] - marks[0]) / span)
        ends.append((name, y, SERIES_TEXT[color]))
    seen = tips.of_days(
        box,
        rows,
        domain,
        lambda row: written(tip_style, row[column], language),
        [*names, *(name for name in _unique(rows, "series") if name not in names)],
        language,
    )
    return box.spec(background, front, *_events(box, rows, domain), line_labels(box, ends), seen)


@chart("price_date", "series", "index_value", "is_background")
def index_lines(rows: Rows, width: int, language: Language) -> Spec:
    """Lines rebased to 100; background series are thin and grey, the others named."""
    return _lines(rows, width, 262, "index_value", "count", language, "number1")


@chart("price_date", "series", "rolling_value")
def rolling_lines(rows: Rows, width: int, language: Language) -> Spec:
    """Figures of the days before each day: named lines, null leaves a gap."""
    named = [{**row, "is_background": False} for row in rows]
    return _lines(named, width, 148, "rolling_value", "short", language, "short")


@chart("month_date", "p05", "p25", "p50", "p75", "p95")
def fan(rows: Rows, width: int, language: Language) -> Spec:
    """Quantiles by month on a log scale: two bands, the median dashed.

    ``reference_value`` and ``reference_label`` add a dotted rule over all months.
    """
    names = (
        language.say("95th percentile"),
        language.say("Median"),
        language.say("5th percentile"),
    )
    box = Box.inside(width, 172, 62, 14 + max(map(text_width, names)))
    domain = _days(rows, "month_date")
    reference = rows[0].get("reference_value")
    tops = [row["p95"] for row in rows] + ([reference] if reference else [])
    scale = LogScale.around(min(row["p05"] for row in rows), max(tops), box.height)
    axis = value_axis(scale.marks, lambda mark: tick_text(mark, language))
    x = _time(domain, "month_date", box, language)
    data = values(rows, "month_date", "p05", "p25", "p50", "p75", "p95")
    layers: list[Spec] = [
        {
            "data": data,
            "mark": {"type": "area", "color": SERIES[1], "opacity": opacity, "aria": False},
            "encoding": {"x": x, "y": scale.channel(low, axis), "y2": {"field": high}},
        }
        for low, high, opacity in (("p05", "p95", 0.18), ("p25", "p75", 0.30))
    ]
    median = {"type": "line", "color": SERIES[1], "strokeDash": [5, 3], "aria": False}
    layers.append(
        {"data": data, "mark": median, "encoding": {"x": x, "y": scale.channel("p50", axis)}}
    )
    last = max(rows, key=lambda row: row["month_date"])
    ends = [
        (name, box.height - scale.position(last[column]), SERIES_TEXT[1])
        for name, column in zip(names, ("p95", "p50", "p05"), strict=True)
    ]
    if reference:
        y = box.height - scale.position(reference)
        layers += level_rule(box, y, str(rows[0]["reference_label"]))
    seen = tips.of_quantiles(box, rows, domain, "about", language)
    return box.spec(*layers, line_labels(box, ends), seen)


@chart("relative_day", "caar", "no_event_p05", "no_event_p25", "no_event_p75", "no_event_p95")
def around_event(rows: Rows, width: int, language: Language) -> Spec:
    """A line from the eve of an event, in front of the bands in which it lies without one.

    ``event_title`` names the dotted rule at day 0; values are fractions.
    """
    names = language.say("90% without event"), language.say("Tokens")
    box = Box.inside(width, 190, 44, 14 + max(map(text_width, names)), bottom=28)
    days = [row["relative_day"] for row in rows]
    first, last = min(days), max(days)
    columns = ("caar", "no_event_p05", "no_event_p95")
    shown = [row[column] for row in rows for column in columns]
    marks = ticks(min(shown), max(shown))
    span = marks[-1] - marks[0]
    data = values(rows, "relative_day", *columns, "no_event_p25", "no_event_p75")
    labels = [day for day in range(first, last + 1) if day % 5 == 0]
    x = {
        "field": "relative_day",
        "type": "quantitative",
        "scale": {"domain": [first, last], "nice": False},
        "axis": {**value_axis(labels, lambda day: written("count", day, language)), "grid": False},
    }
    y_scale = {"domain": [marks[0], marks[-1]], "zero": False}
    axis = value_axis(marks, lambda mark: written("change0", mark, language))

    def y(column: str) -> Spec:
        return {"field": column, "type": "quantitative", "scale": y_scale, "axis": axis}

    bands: list[Spec] = [
        {
            "data": data,
            "mark": {"type": "area", "color": AXIS, "opacity": opacity, "aria": False},
            "encoding": {"x": x, "y": y(low), "y2": {"field": high}},
        }
        for low, high, opacity in (
            ("no_event_p05", "no_event_p95", 0.22),
            ("no_event_p25", "no_event_p75", 0.30),
        )
    ]
    line = {
        "data": data,
        "mark": {"type": "line", "color": SERIES[1], "strokeWidth": 2, "aria": False},
        "encoding": {"x": x, "y": y("caar")},
    }
    end = max(rows, key=lambda row: row["relative_day"])
    ends = [
        (name, box.height * (1 - (end[column] - marks[0]) / span), color)
        for name, column, color in zip(
            names, ("no_event_p95", "caar"), (MUTED, SERIES_TEXT[1]), strict=True
        )
    ]
    zero = dt.date(2000, 1, 1)
    domain = (zero + dt.timedelta(days=first), zero + dt.timedelta(days=last))
    title = rows[0].get("event_title")
    rule = event_rule(box, zero, str(title), domain) if title and first <= 0 <= last else []
    seen = tips.columns(
        box,
        [
            (
                box.width * (row["relative_day"] - first) / max(last - first, 1),
                _day_of_event(row, language),
            )
            for row in rows
        ],
    )
    return box.spec(*bands, line, *rule, line_labels(box, ends), seen)


def _day_of_event(row: Mapping[str, Any], language: Language) -> str:
    day = written("count", row["relative_day"], language)
    without = (
        (language.say("50% without event"), "no_event_p25", "no_event_p75"),
        (language.say("90% without event"), "no_event_p05", "no_event_p95"),
    )
    return tips.lines(
        language.say("Day {}").format(day),
        [
            (language.say("Tokens"), written("change", row["caar"], language)),
            *(
                (name, written_range("change", row[low], row[high], language))
                for name, low, high in without
            ),
        ],
        language,
    )
