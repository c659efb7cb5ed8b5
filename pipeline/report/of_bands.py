"""Charts of bands: what lies between quantiles, with a line through it."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from typing import Any, Final

from pipeline.report import tips
from pipeline.report.formats import written, written_range
from pipeline.report.language import Language
from pipeline.report.marks import (
    AXIS,
    INK,
    MUTED,
    SERIES,
    SERIES_TEXT,
    LogScale,
    Rows,
    Spec,
    event_rules,
    level_rule,
    line_labels,
    tick_text,
    ticks,
    value_axis,
    values,
)
from pipeline.report.over_time import first_and_last, line_box, time_channel
from pipeline.report.registry import chart, known

_HEIGHT: Final = 138
"""Of a fan, in pixels."""
_QUANTILES: Final = ("p10", "p25", "p50", "p75", "p90")


@chart("month_date", numbers=_QUANTILES, over="month_date", is_log=True)
def fan(rows: Rows, width: int, language: Language) -> Spec:
    """Quantiles by month on a log scale: two bands, the median dashed.

    Months with an ``observed_value`` instead are history, drawn solid up to a dotted rule;
    ``reference_value``, ``reference_label`` and ``reference_date`` add a level over all months.
    """
    names = [
        language.say("90th percentile"),
        language.say("Median"),
        language.say("10th percentile"),
    ]
    domain = first_and_last(rows, "month_date")
    reference = rows[0].get("reference_value")
    history = [row for row in rows if (row.get("observed_value") or 0) > 0]
    levels = [*known(rows, "p10", "p90"), *(row["observed_value"] for row in history)]
    levels += [reference] if reference else []
    scale = LogScale.around(min(levels), max(levels), _HEIGHT)
    box = line_box(width, _HEIGHT, [tick_text(mark, language) for mark in scale.marks], names)
    axis = value_axis(scale.marks, lambda mark: tick_text(mark, language))
    x = time_channel(domain, "month_date", box, language)
    data = values(rows, "month_date", *_QUANTILES)
    layers: list[Spec] = [
        {
            "data": data,
            "mark": {"type": "area", "color": SERIES[1], "opacity": opacity, "aria": False},
            "encoding": {"x": x, "y": scale.channel(low, axis), "y2": {"field": high}},
        }
        for low, high, opacity in (("p10", "p90", 0.18), ("p25", "p75", 0.30))
    ]
    median = {"type": "line", "color": SERIES[1], "strokeDash": [5, 3], "aria": False}
    layers.append(
        {"data": data, "mark": median, "encoding": {"x": x, "y": scale.channel("p50", axis)}}
    )
    if history:
        line = {"type": "line", "color": INK, "strokeWidth": 2, "aria": False}
        encoding = {"x": x, "y": scale.channel("observed_value", axis)}
        data = values(history, "month_date", "observed_value")
        layers.append({"data": data, "mark": line, "encoding": encoding})
        today = max(row["month_date"] for row in history)
        layers += event_rules(box, {today: language.say("Observed")}, domain)
    ends = []
    for name, column in zip(names, ("p90", "p50", "p10"), strict=True):
        y = box.height - scale.position(known(rows, column)[-1])
        ends.append((name, y, SERIES_TEXT[1]))
    if reference:
        y = box.height - scale.position(reference)
        month = written("month", rows[0]["reference_date"], language)
        layers += level_rule(box, y, f"{rows[0]['reference_label']}, {month}")
    seen = tips.of_quantiles(box, rows, domain, "about", language)
    return box.spec(*layers, line_labels(box, ends), seen)


# Pixels from one label of a day to the next.
_DAY_ROOM: Final = 30
_BANDS: Final = ("no_event_p05", "no_event_p25", "no_event_p75", "no_event_p95")


@chart("relative_day", numbers=("caar", *_BANDS), over="relative_day")
def around_event(rows: Rows, width: int, language: Language) -> Spec:
    """A line from the eve of an event, in front of the bands in which it lies without one.

    ``event_title`` names the dotted rule at day 0; values are fractions.
    """
    names = [language.say("90% without event"), language.say("Tokens")]
    days = [row["relative_day"] for row in rows]
    first, last = min(days), max(days)
    columns = ("caar", "no_event_p05", "no_event_p95")
    shown = known(rows, *columns)
    marks = ticks(min(shown), max(shown))
    span = marks[-1] - marks[0]
    texts = [written("change0", mark, language) for mark in marks]
    box = line_box(width, 160, texts, names, bottom=28)
    data = values(rows, "relative_day", "caar", *_BANDS)
    step = 5 * math.ceil((last - first) / 5 * _DAY_ROOM / box.width)
    labels = [day for day in range(first, last + 1) if day % step == 0]
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
    ends = [
        (name, box.height * (1 - (known(rows, column)[-1] - marks[0]) / span), color)
        for name, column, color in zip(
            names, ("no_event_p95", "caar"), (MUTED, SERIES_TEXT[1]), strict=True
        )
    ]
    zero = dt.date(2000, 1, 1)
    domain = (zero + dt.timedelta(days=first), zero + dt.timedelta(days=last))
    title = rows[0].get("event_title")
    rules = event_rules(box, {zero: str(title)} if title else {}, domain)
    seen = [
        (
            box.width * (row["relative_day"] - first) / max(last - first, 1),
            _day_of_event(row, language),
        )
        for row in rows
    ]
    return box.spec(*bands, line, *rules, line_labels(box, ends), tips.columns(box, seen))


def _day_of_event(row: Mapping[str, Any], language: Language) -> str:
    """Tip of a day: what the tokens did until then, and what they do without an event."""
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
