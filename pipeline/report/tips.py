"""Tips: what a reader of the screen sees at a part of a chart, one line for each figure.

They are areas over the plot, drawn last and invisible: columns over a time axis, stripes over
rows, squares over dots. Numbers are in the report's formats, names as the chart has them.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from pipeline.report.formats import written
from pipeline.report.language import Language
from pipeline.report.marks import Box, Rows, Spec, pixels, values

NARROWEST: Final = 2.0
"""Pixels from one column to the next: of days that lie closer, one stands for its neighbours."""
STRIPE: Final = 17
SPOT: Final = 12


def lines(head: str, figures: Iterable[tuple[str, str]], language: Language) -> str:
    """The text of a tip: ``head``, then a line with name and figure for each."""
    pair = language.say("{}: {}")
    return "\n".join([head, *(pair.format(name, figure) for name, figure in figures)])


def layer(areas: Rows) -> Spec:
    """What a reader of the screen sees at a part of the plot: ``tip``, one line for each figure.

    An area spans the pixels ``x`` to ``x2`` and ``y`` to ``y2``; it is not drawn, and left out of
    print. It comes last in a chart, so that it lies on top.
    """
    return {
        "name": "tips",
        "data": values(areas, "x", "x2", "y", "y2", "tip"),
        "mark": {"type": "rect", "opacity": 0},
        "encoding": {
            "x": pixels("x"),
            "x2": {"field": "x2"},
            "y": pixels("y"),
            "y2": {"field": "y2"},
            "description": {"field": "tip"},
        },
    }


def columns(box: Box, places: Sequence[tuple[float, str]]) -> Spec:
    """A column over the whole height for each pixel ``x`` with its text, up to its neighbours."""
    return layer(column_areas(places, box.width, box.height))


def column_areas(
    places: Sequence[tuple[float, str]],
    width: float,
    height: float,
    corner: tuple[float, float] = (0, 0),
) -> list[dict[str, Any]]:
    """The areas of ``columns`` for a plot of a size that begins at ``corner``."""
    kept: list[tuple[float, str]] = []
    # From the end: the last figures are those that the text speaks of.
    for place in sorted(places, reverse=True):
        if not kept or kept[-1][0] - place[0] >= NARROWEST:
            kept.append(place)
    kept.reverse()
    middles = [(before[0] + after[0]) / 2 for before, after in itertools.pairwise(kept)]
    starts, ends = [0.0, *middles], [*middles, width]
    left, top = corner
    return [
        {"x": left + start, "x2": left + end, "y": top, "y2": top + height, "tip": text}
        for (_, text), start, end in zip(kept, starts, ends, strict=True)
    ]


def stripes(box: Box, places: Sequence[tuple[float, str]]) -> Spec:
    """A stripe over the whole picture for each row that stands at pixel ``y``, with its text."""
    return layer(
        [
            {"x": -box.left, "x2": box.width + box.right, "y": y - STRIPE / 2, "y2": y + STRIPE / 2}
            | {"tip": text}
            for y, text in places
        ]
    )


def spots(places: Sequence[tuple[float, float, str]]) -> Spec:
    """A square around each dot at pixels ``x`` and ``y``, with its text."""
    half = SPOT / 2
    return layer(
        [
            {"x": x - half, "x2": x + half, "y": y - half, "y2": y + half, "tip": text}
            for x, y, text in places
        ]
    )


def of_days(
    box: Box,
    rows: Rows,
    domain: tuple[dt.date, dt.date],
    write: Callable[[Mapping[str, Any]], str],
    names: Sequence[str],
    language: Language,
) -> Spec:
    """Columns of a chart of lines or areas: the day, then every series of ``names`` in order.

    ``write`` gives the figure of a row; a series without a row on a day has none.
    """
    found: dict[dt.date, dict[str, str]] = {}
    for row in rows:
        found.setdefault(row["price_date"], {})[row["series"]] = write(row)
    none = written("text", None, language)
    return columns(
        box,
        [
            (
                _x(box, day, domain),
                lines(
                    written("date", day, language),
                    [(name, figures.get(name, none)) for name in names],
                    language,
                ),
            )
            for day, figures in found.items()
        ],
    )


def of_quantiles(
    box: Box, rows: Rows, domain: tuple[dt.date, dt.date], style: str, language: Language
) -> Spec:
    """Columns of a fan: the month, then what was observed, or its quantiles from the top down."""
    return columns(
        box,
        [
            (
                _x(box, row["month_date"], domain),
                lines(
                    written("month", row["month_date"], language),
                    [(language.say("Observed"), written(style, row["observed_value"], language))]
                    if row.get("observed_value")
                    else quantiles(row, style, language, ("p90", "p75", "p50", "p25", "p10")),
                    language,
                ),
            )
            for row in rows
        ],
    )


def quantiles(
    row: Mapping[str, Any],
    style: str,
    language: Language,
    columns: Sequence[str] = ("p95", "p50", "p05"),
) -> list[tuple[str, str]]:
    """Quantiles of a row as name and figure."""
    names = {
        "p95": language.say("95th percentile"),
        "p90": language.say("90th percentile"),
        "p75": language.say("75th percentile"),
        "p50": language.say("Median"),
        "p25": language.say("25th percentile"),
        "p10": language.say("10th percentile"),
        "p05": language.say("5th percentile"),
    }
    return [(names[column], written(style, row[column], language)) for column in columns]


def _x(box: Box, day: dt.date, domain: tuple[dt.date, dt.date]) -> float:
    first, last = domain
    return box.width * (day - first).days / max((last - first).days, 1)
