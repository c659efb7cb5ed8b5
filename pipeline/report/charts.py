"""Charts: all of them, and their way to SVG.

A chart is a function of one of the modules named below that turns rows of a query into a
Vega-Lite specification; ``marks``, ``lettering`` and ``row_layout`` hold the parts, ``registry``
what each needs of its rows. It is drawn at the width it is given, in pixels, and its SVG is
exactly that wide.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from pipeline.errors import DefinitionError
from pipeline.report import of_bands, of_ends, of_pairs, of_rows, over_time, panels
from pipeline.report.language import Language
from pipeline.report.marks import Rows
from pipeline.report.registry import CHARTS, NotEnoughDataError

_TIPS: Final = re.compile(r'<g class="mark-rect role-mark tips_marks".*?</g>', re.DOTALL)
_TIP: Final = re.compile(r'<path aria-label="([^"]*)"[^>]*? d="([^"]*)"[^>]*>')
_LONG: Final = re.compile(r"\d+\.\d{2,}")
# Columns of a chart's rows that hold words or names.
WORDS: Final = frozenset(
    ("series", "label", "group_title", "event_title", "reference_label", "mark", "gpu_class")
)

# These modules register charts.
__all__ = [
    "CHARTS",
    "NotEnoughDataError",
    "of_bands",
    "of_ends",
    "of_pairs",
    "of_rows",
    "over_time",
    "panels",
    "printed",
    "svg",
]


def svg(name: str, rows: Rows, width: int, language: Language, *, key: str, fonts: Path) -> str:
    """A chart as SVG, exactly ``width`` pixels wide.

    Args:
        name: a key of ``CHARTS``.
        rows: what its query returned, named by ``label`` or by a day, ``label_date``.
        width: in CSS pixels.
        language: language of numbers, months and words.
        key: goes before every id inside, so that several charts fit in one page.
        fonts: folder of the fonts that text is measured with.

    Raises:
        DefinitionError: a column that the chart needs is not there.
        NotEnoughDataError: too few of the rows can be drawn.
    """
    chart = CHARTS[name]
    try:
        drawable = chart.drawable([_named(row) for row in rows])
    except DefinitionError as error:
        raise DefinitionError(f"chart {name} {error}") from error
    import vl_convert

    _register_fonts(fonts)
    spoken = [_spoken(row, language) for row in drawable]
    drawn = vl_convert.vegalite_to_svg(chart.draw(spoken, width, language))
    return _with_own_ids(_TIPS.sub(_short, drawn), key)


def _named(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """The row with its day as its label, where a column of texts cannot hold one."""
    day = row.get("label_date")
    return {**row, "label": day} if day else row


def printed(drawn: str) -> str:
    """A drawing without what only the screen has: the areas that say what lies under them."""
    return _TIPS.sub("", drawn)


def _short(areas: re.Match[str]) -> str:
    """The areas of tips with their text and shape alone: there are hundreds of them in a chart.

    They are no part of the picture's text alternative, so they carry no role.
    """
    paths = "".join(
        f'<path data-tip="{text}" d="{_LONG.sub(_tenths, shape)}"/>'
        for text, shape in _TIP.findall(areas[0])
    )
    return f'<g class="mark-rect role-mark tips_marks" fill="none" pointer-events="all">{paths}</g>'


def _tenths(number: re.Match[str]) -> str:
    return f"{float(number[0]):.1f}"


def _spoken(row: Mapping[str, Any], language: Language) -> dict[str, Any]:
    """The row with its words in the language; names that no catalogue has stay as they are."""
    return {
        column: language.say(value) if column in WORDS and isinstance(value, str) else value
        for column, value in row.items()
    }


@functools.cache
def _register_fonts(folder: Path) -> None:
    import vl_convert

    vl_convert.register_font_directory(str(folder))


def _with_own_ids(drawn: str, key: str) -> str:
    drawn = re.sub(r'\bid="([^"]+)"', rf'id="{key}-\1"', drawn)
    return re.sub(r"url\(#([^)]+)\)", rf"url(#{key}-\1)", drawn)
