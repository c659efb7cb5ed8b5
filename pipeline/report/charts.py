"""Charts: the registry of all of them, and their way to SVG.

A chart is a function in ``over_time``, ``of_rows`` or ``of_pairs`` that turns the rows of a query
into a Vega-Lite specification; ``marks`` holds the parts. It is drawn at the width it is given,
in pixels, and its SVG is exactly that wide.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from pipeline.errors import DefinitionError
from pipeline.report import of_pairs, of_rows, over_time
from pipeline.report.formats import written
from pipeline.report.language import Language
from pipeline.report.marks import CHARTS, Rows

_TIPS: Final = re.compile(r'<g class="mark-rect role-mark tips_marks".*?</g>', re.DOTALL)
# Columns of a chart's rows that hold words or names.
WORDS: Final = frozenset(
    ("series", "label", "group_title", "event_title", "reference_label", "mark", "gpu_class")
)

__all__ = [
    "CHARTS",
    "of_pairs",
    "of_rows",
    "over_time",
    "printed",
    "svg",
]  # three modules register charts


def svg(name: str, rows: Rows, width: int, language: Language, *, key: str, fonts: Path) -> str:
    """A chart as SVG, exactly ``width`` pixels wide.

    Args:
        name: a key of ``CHARTS``.
        rows: what its query returned; at least one row, named by ``label`` or by ``label_date``.
        width: in CSS pixels.
        language: language of numbers, months and words.
        key: goes before every id inside, so that several charts fit in one page.
        fonts: folder of the fonts that text is measured with.

    Raises:
        DefinitionError: a column that the chart needs is not there.
    """
    import vl_convert

    chart = CHARTS[name]
    lacking = [column for column in chart.columns if column not in rows[0]]
    if lacking:
        raise DefinitionError(f"chart {name} needs the column {', '.join(lacking)} as well")
    _register_fonts(fonts)
    spoken = [_spoken(row, language) for row in rows]
    drawn = vl_convert.vegalite_to_svg(chart.draw(spoken, width, language))
    return _with_own_ids(drawn, key)


def printed(drawn: str) -> str:
    """A drawing without what only the screen has: the areas that say what lies under them."""
    return _TIPS.sub("", drawn)


def _spoken(row: Mapping[str, Any], language: Language) -> dict[str, Any]:
    """The row with its words in the language; names that no catalogue has stay as they are.

    What is named by a month, ``label_date``, has that as its ``label``.
    """
    day = row.get("label_date")
    named = {**row, "label": written("month", day, language)} if day else row
    return {
        column: language.say(value) if column in WORDS and isinstance(value, str) else value
        for column, value in named.items()
    }


@functools.cache
def _register_fonts(folder: Path) -> None:
    import vl_convert

    vl_convert.register_font_directory(str(folder))


def _with_own_ids(drawn: str, key: str) -> str:
    drawn = re.sub(r'\bid="([^"]+)"', rf'id="{key}-\1"', drawn)
    return re.sub(r"url\(#([^)]+)\)", rf"url(#{key}-\1)", drawn)
