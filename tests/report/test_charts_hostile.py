"""Every chart against rows nobody wishes for: none, one, nulls, thousands, names of any kind."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from typing import Any

import pytest
from fontTools.ttLib import TTFont

from pipeline.errors import DefinitionError
from pipeline.report import charts, lettering, marks
from pipeline.report.language import Language
from tests.report.chart_rows import FONTS, ROWS, draw  # noqa: TID251 - its rows

Rows = list[dict[str, Any]]
WIDTHS = (marks.FULL_WIDTH, marks.HALF_WIDTH)
OVER_TIME = sorted(name for name, chart in charts.CHARTS.items() if chart.over)
OF_ROWS = sorted(charts.CHARTS.keys() - set(OVER_TIME))
NAMES = (
    "x" * 300,
    "W" * 300,
    "a name of words " * 20,
    "人工智能代币" * 20,
    "رمز الذكاء الاصطناعي " * 15,
    "🤖🚀" * 40,
    "\ufdfa" * 20,
    "e\u0301\u0302\u0303" * 80,
    "</text><script>alert(1)</script>" * 5,
    "two\nlines",
    "\ufffe\uffff\ufdd0 no characters",
    "\u061c\u180e\xad\U000e0041\U000e007f unseen",
    "",
)
TEXT = {"label", "series", "panel", "mark", "gpu_class", "group_title", "verdict", "event_title"}


def numbered(name: str, change: Any) -> Rows:
    """The rows of a chart with every number replaced."""
    numbers = charts.CHARTS[name].numbers
    return [{**row, **dict.fromkeys(numbers, change)} for row in ROWS[name]]


def outcome(name: str, rows: Rows, english: Language) -> int:
    """How many rows were said to be usable where too few are."""
    with pytest.raises(charts.NotEnoughDataError) as few:
        draw(name, rows, 657, english)
    return few.value.n


@pytest.mark.parametrize("name", sorted(ROWS))
def test_without_rows_there_is_not_enough_data(name: str, english: Language) -> None:
    assert outcome(name, [], english) == 0


@pytest.mark.parametrize("value", ["1", True, [1.0]])
@pytest.mark.parametrize("name", sorted(ROWS))
def test_a_number_of_another_type_is_told(name: str, value: Any, english: Language) -> None:
    with pytest.raises(DefinitionError, match="must hold numbers, not a"):
        draw(name, numbered(name, value), 657, english)


@pytest.mark.parametrize("name", sorted(ROWS))
def test_a_list_in_place_of_a_word_is_told(name: str, english: Language) -> None:
    [first, *_] = charts.CHARTS[name].words
    rows = [{**row, first: ["a"]} for row in ROWS[name]]
    with pytest.raises(DefinitionError, match=f"column {first} must hold single words"):
        draw(name, rows, 657, english)


@pytest.mark.parametrize("unknown", [None, float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize("name", sorted(ROWS))
def test_rows_without_a_number_are_no_data(name: str, unknown: Any, english: Language) -> None:
    assert outcome(name, numbered(name, unknown), english) == 0


@pytest.mark.parametrize("name", sorted(n for n, c in charts.CHARTS.items() if c.is_log))
def test_a_log_scale_has_no_zero_and_no_minus(name: str, english: Language) -> None:
    assert outcome(name, numbered(name, 0), english) == 0
    assert outcome(name, numbered(name, -1.0), english) == 0


@pytest.mark.parametrize("name", OVER_TIME)
def test_one_day_makes_no_line(name: str, english: Language) -> None:
    over = charts.CHARTS[name].over
    day = ROWS[name][0][over]
    assert outcome(name, [row for row in ROWS[name] if row[over] == day], english) == 1


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", OF_ROWS)
def test_one_row_is_drawn(name: str, width: int, english: Language) -> None:
    assert_inside(draw(name, ROWS[name][:1], width, english), width)


@pytest.mark.parametrize("name", sorted(ROWS))
def test_equal_numbers_are_drawn(name: str, english: Language) -> None:
    for number in (1, 5.5, 1e-9, 1e15):
        assert_inside(draw(name, numbered(name, number), 657, english), 657)


@pytest.mark.parametrize("name", sorted(n for n, c in charts.CHARTS.items() if not c.is_log))
def test_zero_and_minus_are_drawn(name: str, english: Language) -> None:
    assert_inside(draw(name, numbered(name, 0), 657, english), 657)
    assert_inside(draw(name, numbered(name, -3.0), 657, english), 657)


def many(name: str) -> Rows:
    """5,000 rows: as many days, or as many things."""
    chart, rows = charts.CHARTS[name], ROWS[name]
    made: Rows = []
    for number in range(5_000):
        row = dict(rows[number % len(rows)])
        if chart.over == "relative_day":
            row[chart.over] = number - 100
        elif chart.over:
            series = list({row.get("series") for row in rows})
            row[chart.over] = dt.date(2010, 1, 1) + dt.timedelta(days=number // len(series))
            row["series"] = series[number % len(series)]
        if "label" in row:
            row["label"] = f"Row {number}"
        if "gpu_class" in row:
            row["gpu_class"] = f"Class {number % 50}"
        if "panel" in row:
            row["panel"] = f"Network {number % 40}"
        made.append(row)
    return made


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", sorted(ROWS))
def test_thousands_of_rows_stay_on_a_page(name: str, width: int, english: Language) -> None:
    svg = draw(name, many(name), width, english)
    assert_inside(svg, width)
    # 257 mm of an A4 page, less its title and source.
    assert float(ET.fromstring(svg).attrib["height"]) < 257 * 96 / 25.4 - 80


def test_what_is_left_out_is_counted(english: Language) -> None:
    assert ">and 4,960 more</text>" in draw("ratio_bars", many("ratio_bars"), 657, english)
    assert ">and 4,992 more</text>" in draw("tornado", many("tornado"), 657, english)
    assert ">and 22 more</text>" in draw("capacity_panels", many("capacity_panels"), 657, english)


@pytest.mark.parametrize("hostile", NAMES)
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", sorted(ROWS))
def test_any_name_stays_inside_of_the_picture(
    name: str, width: int, hostile: str, english: Language
) -> None:
    rows = [
        {
            column: f"{value}{hostile}" if column in TEXT and isinstance(value, str) else value
            for column, value in row.items()
        }
        for row in ROWS[name]
    ]
    svg = draw(name, rows, width, english)
    assert "<script" not in svg
    assert_inside(svg, width)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_cut_fits_and_says_so(name: str) -> None:
    for room in (20.0, 60.0, 140.0):
        cut = lettering.fitted(name, room)
        assert lettering.text_width(cut) <= room
        assert cut.endswith("…") or len(cut) == len(lettering.fitted(name, 1e9))


def test_names_of_events_that_are_near_do_not_meet(english: Language) -> None:
    events = {dt.date(2024, 2, 10 + number): f"Event {number}" for number in range(4)}
    rows = [
        {**row, "event_date": day, "event_title": title}
        for row in ROWS["rolling_lines"]
        for day, title in events.items()
    ]
    svg = draw("rolling_lines", rows, 657, english)
    found = [place for place in texts(svg) if place[0].startswith("Event ")]
    assert len(found) == 4
    assert len({round(y) for _, _, _, y in found}) == 4


FONT = TTFont(FONTS / "SourceSans3-Semibold.ttf")


def advance(text: str) -> float:
    """Width of a text in ems by the font's own metrics; of what it lacks, of usual fonts."""
    names, widths, per_em = FONT.getBestCmap(), FONT["hmtx"], FONT["head"].unitsPerEm

    def ems(letter: str) -> float:
        if ord(letter) in names:
            return float(widths[names[ord(letter)]][0] / per_em)
        # Arabic letters join and are narrow, ideographs as wide as high; marks stand above.
        is_mark, is_arabic = unicodedata.combining(letter), "\u0600" <= letter <= "\u06ff"
        return 0.0 if is_mark else 0.6 if is_arabic else 1.0

    return sum(map(ems, text))


def texts(svg: str) -> Iterator[tuple[str, float, float, float]]:
    """Every text with its left and right end and its height, in pixels of the picture."""
    yield from _texts(ET.fromstring(svg), 0, 0)


def _texts(element: ET.Element, x: float, y: float) -> Iterator[tuple[str, float, float, float]]:
    moved = re.match(r"translate\(([\d.e-]+),([\d.e-]+)\)", element.get("transform", ""))
    if moved:
        x, y = x + float(moved[1]), y + float(moved[2])
    if element.tag.endswith("text") and element.text:
        size = float(str(element.get("font-size", "11px")).removesuffix("px"))
        width = advance(element.text) * size
        start = x - {"end": width, "middle": width / 2}.get(element.get("text-anchor", ""), 0)
        yield element.text, start, start + width, y
    for child in element:
        yield from _texts(child, x, y)


def assert_inside(svg: str, width: int) -> None:
    root = ET.fromstring(svg)
    assert root.attrib["width"] == str(width)
    height = float(root.attrib["height"])
    for text, left, right, y in texts(svg):
        assert left >= -1, text
        assert right <= width + 1, text
        assert -1 <= y <= height + 1, text
