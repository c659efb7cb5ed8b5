"""Charts: exact width, labels apart, gaps, no clock, no hidden markup."""

from __future__ import annotations

import datetime as dt
import itertools
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET

import pytest
from fontTools.ttLib import TTFont

from pipeline.errors import DefinitionError
from pipeline.report import charts, lettering, marks, of_pairs
from pipeline.report.language import Language
from tests.report.chart_rows import FONTS, ROWS, draw  # noqa: TID251 - its rows


def shown(svg: str) -> list[str]:
    return [
        element.text or ""
        for element in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")
    ]


def test_marks_below_zero_are_written(english: Language) -> None:
    drawn = draw("around_event", ROWS["around_event"], marks.FULL_WIDTH, english)
    for text in ("−20%", "0%", "+20%", "The demo", "90% without event"):
        assert f">{text}</text>" in drawn


def test_every_chart_is_tried_here() -> None:
    assert charts.CHARTS.keys() == ROWS.keys()


@pytest.mark.parametrize("width", [marks.FULL_WIDTH, marks.HALF_WIDTH])
@pytest.mark.parametrize("name", sorted(ROWS))
def test_a_chart_is_exactly_as_wide_as_it_is_placed(
    name: str, width: int, english: Language
) -> None:
    root = ET.fromstring(draw(name, ROWS[name], width, english))
    assert root.attrib["width"] == str(width)
    assert root.attrib["viewBox"].split()[2] == str(width)


@pytest.mark.parametrize("name", sorted(ROWS))
def test_ids_do_not_meet_those_of_another_chart(name: str, english: Language) -> None:
    svg = draw(name, ROWS[name], 657, english)
    for found in re.findall(r'\bid="([^"]+)"', svg) + re.findall(r"url\(#([^)]+)\)", svg):
        assert found.startswith("k-")


def test_the_lines_name_themselves_and_the_event_is_marked(english: Language) -> None:
    words = shown(draw("index_lines", ROWS["index_lines"], 657, english))
    assert {"Basket", "BTC", "An event", "Jan 2024", "Feb", "Mar"} <= set(words)
    assert "CCC" not in words


def test_numbers_at_intervals_and_points(english: Language) -> None:
    words = shown(draw("log_intervals", ROWS["log_intervals"], 657, english))
    assert {"Wide", "100,000", "Point", "550,000", "A", "B", "1,000", "1 million"} <= {
        word.replace("\u00a0", " ") for word in words
    }
    assert "None" not in words


def ends_of_dots(svg: str) -> list[tuple[float, float]]:
    """Places of the marks of a predicted_measured, in the pixels of its plot."""
    found = re.findall(r'<path[^>]*transform="translate\(([\d.-]+),([\d.-]+)\)"[^>]*>', svg)
    return [(float(x), float(y)) for x, y in found]


def test_rows_of_one_name_keep_their_own_numbers(english: Language) -> None:
    both = {"label": "base", "is_demand": True}
    rows = [
        {**both, "group_title": "One", "p05": 1.0, "p50": 2.0, "p95": 4.0},
        {**both, "group_title": "Other", "p05": 10.0, "p50": 30.0, "p95": 40.0},
    ]
    assert {"2.0", "30"} <= set(shown(draw("log_intervals", rows, 657, english)))


def test_a_row_is_named_by_its_day(english: Language) -> None:
    row = {"label": None, "label_date": dt.date(2024, 3, 31), "is_demand": False}
    words = shown(
        draw("log_intervals", [{**row, "p05": 1.0, "p50": 2.0, "p95": 4.0}], 657, english)
    )
    assert "31 Mar 2024" in {word.replace("\u00a0", " ") for word in words}


def test_equal_figures_lie_on_the_line_of_equality(english: Language) -> None:
    rows = [
        {"measured": seconds, "predicted": seconds, "gpu_class": "All", "is_comparable": True}
        for seconds in (1.0, 30.0, 800.0)
    ]
    root = ET.fromstring(draw("predicted_measured", rows, 657, english))
    lines = [line.attrib for line in root.iter("{http://www.w3.org/2000/svg}line")]
    # Equality runs over the whole plot, as the longest lines of the grid do.
    spans = [(float(line.get("x2", 0)), float(line.get("y2", 0))) for line in lines]
    width, height = max(abs(x) for x, _ in spans), max(abs(y) for _, y in spans)
    for x, y in ends_of_dots(draw("predicted_measured", rows, 657, english))[:3]:
        assert x / width == pytest.approx(1 - y / height, abs=1e-3)


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.5, 9000, [1, 10, 100, 1000]),
        (4.0, 130.0, [5, 10, 20, 50, 100]),
        (0.03, 0.09, [0.05]),
    ],
)
def test_marks_of_log_axes(low: float, high: float, expected: list[float]) -> None:
    assert of_pairs._marks(low, high) == expected


def test_the_legend_counts_and_gives_way_to_dots(english: Language) -> None:
    rows = ROWS["predicted_measured"]
    svg = draw("predicted_measured", rows, 657, english)
    assert {"Fast (2)", "Slow (1)", "Hollow: not comparable (1)", "1", "1,000"} <= set(shown(svg))
    in_corner = {"measured": 6000.0, "predicted": 1.0, "gpu_class": "Fast", "is_comparable": True}
    taller = draw("predicted_measured", [*rows, in_corner], 657, english)
    heights = [float(ET.fromstring(each).attrib["height"]) for each in (svg, taller)]
    assert heights[1] - heights[0] == 3 * of_pairs.ENTRY


def test_a_gap_is_drawn_as_a_gap(english: Language) -> None:
    rows = [dict(row) for row in ROWS["cap_area"] if row["series"] == "AAA"]
    whole = draw("cap_area", rows, 657, english)
    for row in rows[30:40]:
        row["market_cap_usd"] = None
    path = max(re.findall(r' d="([^"]*)"', draw("cap_area", rows, 657, english)), key=len)
    assert max(re.findall(r' d="([^"]*)"', whole), key=len).count("M") == 1
    assert path.count("M") == 2


def test_a_figure_that_is_not_there_is_not_drawn_over(english: Language) -> None:
    rows = [dict(row) for row in ROWS["rolling_lines"] if row["series"] == "BTC"]
    for row in rows[30:40]:
        row["rolling_value"] = None
    path = max(re.findall(r' d="([^"]*)"', draw("rolling_lines", rows, 320, english)), key=len)
    assert path.count("M") == 2


def test_names_from_data_cannot_write_markup(english: Language) -> None:
    name = '</text><script>alert(1)</script>" onload="x\u202e'
    rows = [{"label": name, "value": 1.0, "is_highlighted": True}]
    svg = draw("ratio_bars", rows, 657, english)
    assert "<script" not in svg
    assert name.replace("\u202e", "□") in shown(svg)


def test_days_do_not_move_with_the_time_zone() -> None:
    code = (
        "import sys; from tests.report import chart_rows as t\n"
        "from pipeline.report import language\n"
        "for name in ('cap_area', 'index_lines', 'fan'):\n"
        "    sys.stdout.write(t.draw(name, t.ROWS[name], 657, language.load('en_GB')))"
    )
    drawn = [
        subprocess.run(
            [sys.executable, "-c", code], env={**os.environ, "TZ": zone}, capture_output=True,
            check=True,
        ).stdout
        for zone in ("UTC", "America/Los_Angeles", "Pacific/Kiritimati")
    ]  # fmt: skip
    assert drawn[0]
    assert drawn.count(drawn[0]) == 3


def test_a_lacking_column_is_named(english: Language) -> None:
    with pytest.raises(DefinitionError, match="chart ratio_bars needs the column is_highlighted"):
        draw("ratio_bars", [{"label": "x", "value": 1.0}], 317, english)


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0, 44.5, [0, 10, 20, 30, 40, 50]),
        (36, 441, [0, 100, 200, 300, 400, 500]),
        (0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1.0]),
        (5, 5, [5, 5.2, 5.4, 5.6, 5.8, 6.0]),
    ],
)
def test_ticks_are_round_and_cover(low: float, high: float, expected: list[float]) -> None:
    assert marks.ticks(low, high) == expected


@pytest.mark.parametrize(
    "positions", [[10, 11, 12], [0, 0, 0, 0], [100, 50, 3], [5, 200, 6, 199], [-30, 300]]
)
def test_labels_are_spread_in_order_and_inside(positions: list[float]) -> None:
    placed = lettering.spread(positions, 14, 0, 250)
    order = sorted(range(len(placed)), key=lambda index: positions[index])
    for before, after in itertools.pairwise(order):
        assert placed[after] - placed[before] >= 14 - 1e-9
    assert all(-1e-9 <= place <= 250 + 1e-9 for place in placed)


def test_the_width_of_text_is_never_guessed_too_small_by_much() -> None:
    font = TTFont(FONTS / "SourceSans3-Semibold.ttf")
    advance, names = font["hmtx"], font.getBestCmap()
    for text in ("95th percentile", "H100 and H800, Epoch AI", "Four others", "2.4 million", "WMW"):
        true = sum(advance[names[ord(letter)]][0] for letter in text) * 11 / font["head"].unitsPerEm
        assert 0.95 * true <= lettering.text_width(text) <= 1.25 * true


def luminance(color: str) -> float:
    parts = [int(color[index : index + 2], 16) / 255 for index in (1, 3, 5)]
    linear = [x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(color: str) -> float:
    return 1.05 / (luminance(color) + 0.05)


@pytest.mark.parametrize("color", [*marks.SERIES_TEXT, marks.INK, marks.MUTED])
def test_text_stands_out_from_the_page(color: str) -> None:
    assert contrast(color) >= 4.5


@pytest.mark.parametrize("color", marks.SERIES)
def test_marks_stand_out_from_the_page(color: str) -> None:
    assert contrast(color) >= 3.0


@pytest.mark.parametrize("column", ["index_value", "market_cap_usd"])
def test_marks_of_small_steps_are_told_apart(column: str, english: Language) -> None:
    name = "index_lines" if column == "index_value" else "cap_area"
    size = 1.0 if column == "index_value" else 3e6
    rows = [{**row, column: size * (1 + number % 7 / 1e3)} for number, row in enumerate(ROWS[name])]
    labels = re.findall(r"role-axis-label.*?</g>", draw(name, rows, 657, english), flags=re.DOTALL)
    values = re.findall(r">([\d.,]+)</text>", labels[-1])
    assert len(values) >= 3
    assert len(set(values)) == len(values)
