"""Tips: the figures that the screen says, as text and shape, one for each part of a chart."""

from __future__ import annotations

import datetime as dt
import html
import itertools
import re
import xml.etree.ElementTree as ET
from typing import Any

import pytest
from babel import Locale

from pipeline import resources
from pipeline.report import charts, marks, tips
from pipeline.report.language import Language

FONTS = resources.TEMPLATES / "fonts"
FIRST = dt.date(2010, 1, 1)
BOX = marks.Box(300, 100, 20, 30)


def draw(name: str, rows: list[dict[str, Any]], language: Language) -> str:
    return charts.svg(name, rows, 657, language, key="k", fonts=FONTS)


def found(drawn: str) -> list[list[str]]:
    """The texts of a drawing's tips, each as its lines."""
    texts = re.findall(r'data-tip="([^"]*)"', drawn)
    return [html.unescape(text).replace("\u00a0", " ").split("\n") for text in texts]


def lines_of(n_days: int, *names: str) -> list[dict[str, Any]]:
    return [
        {
            "price_date": FIRST + dt.timedelta(days=number),
            "series": name,
            "index_value": 100.0 + number * factor,
            "is_background": name == "Each",
        }
        for number in range(n_days)
        for factor, name in enumerate(names, start=1)
    ]


def test_a_day_says_every_line_of_it_named_ones_first(english: Language) -> None:
    rows = lines_of(30, "Each", "Basket", "BTC")
    texts = found(draw("index_lines", rows, english))
    assert len(texts) == 30
    assert texts[2] == ["3 January 2010", "Basket: 104.0", "BTC: 106.0", "Each: 102.0"]


def test_the_words_and_numbers_are_those_of_the_language() -> None:
    german = Language(Locale("de", "DE"), {"{}: {}": "{} – {}", "n/a": "k. A."})
    rows = lines_of(3, "Basket", "BTC")[:-1]
    texts = found(draw("index_lines", rows, german))
    assert texts[-1] == ["3. Januar 2010", "Basket – 102,0", "BTC – k. A."]


def test_an_area_says_its_layers_from_the_top_down(english: Language) -> None:
    rows = [
        {"price_date": FIRST + dt.timedelta(days=day), "series": name, "market_cap_usd": usd}
        for day in range(3)
        for name, usd in (("Below", 3.14e9), ("Above", None if day == 1 else 2e9))
    ]
    assert found(draw("cap_area", rows, english))[1] == [
        "2 January 2010",
        "Above: n/a",
        "Below: USD 3.1 bn",
    ]


def test_a_row_says_its_interval_and_its_group(english: Language) -> None:
    rows = [
        {"label": label, "p05": low, "p50": middle, "p95": high, "is_demand": True,
         "group_title": "Needed"}
        for label, low, middle, high in (("Wide", 1e3, 1e5, 2e7), ("Point", 4e5, 4e5, 4e5))
    ]  # fmt: skip
    assert found(draw("log_intervals", rows, english)) == [
        ["Needed: Wide", "95th percentile: 20 million", "Median: 100,000", "5th percentile: 1,000"],
        ["Needed: Point", "400,000"],
    ]


def test_a_dot_says_both_figures_and_whether_they_compare(english: Language) -> None:
    rows = [
        {"measured": 2.0, "predicted": 3.5, "gpu_class": "Fast", "is_comparable": False},
        {"measured": 1800.0, "predicted": 1620.0, "gpu_class": "Slow", "is_comparable": True},
    ]
    assert sorted(found(draw("predicted_measured", rows, english))) == [
        ["Fast", "Measured, seconds: 2", "Predicted, seconds: 3.5", "not comparable"],
        ["Slow", "Measured, seconds: 1,800", "Predicted, seconds: 1,620"],
    ]


@pytest.mark.parametrize("n_days", [2, 90, 5_000])
def test_columns_tile_the_plot_and_are_no_narrower_than_two_pixels(
    n_days: int, english: Language
) -> None:
    drawn = draw("index_lines", lines_of(n_days, "Basket"), english)
    spans = [
        (float(left), float(left) + float(width))
        for left, width in re.findall(r'data-tip="[^"]*" d="M([\d.-]+),0h([\d.]+)v', drawn)
    ]
    plot = max(end for _, end in spans)
    assert spans[0][0] == 0
    # Written to a tenth of a pixel.
    assert all(abs(before[1] - after[0]) < 0.11 for before, after in itertools.pairwise(spans))
    assert all(end - start >= tips.NARROWEST - 0.11 for start, end in spans[1:-1])
    assert len(spans) <= min(n_days, plot / tips.NARROWEST + 1)
    assert found(drawn)[-1][0] == f"{(FIRST + dt.timedelta(days=n_days - 1)):%-d %B %Y}"


def test_tips_lie_on_top_and_are_not_seen() -> None:
    spec = BOX.spec(tips.stripes(BOX, [(10.0, "a")]))
    assert spec["layer"][-1]["name"] == "tips"
    assert spec["layer"][-1]["mark"]["opacity"] == 0


def test_tips_are_the_last_of_a_drawing_and_no_part_of_print(english: Language) -> None:
    drawn = draw("index_lines", lines_of(5, "Basket", "BTC"), english)
    root = ET.fromstring(drawn)
    groups = [each for each in root.iter() if "role-mark" in each.attrib.get("class", "")]
    assert "tips_marks" in groups[-1].attrib["class"]
    assert groups[-1].attrib["fill"] == "none"
    printed = charts.printed(drawn)
    assert "data-tip" not in printed
    assert "tips_marks" not in printed
    ET.fromstring(printed)


def test_names_from_data_stay_text(english: Language) -> None:
    evil = '"><script>alert(1)</script>&\n\u202e'
    rows = [{"label": evil, "value": 1.0, "is_highlighted": True}]
    drawn = draw("ratio_bars", rows, english)
    assert "<script" not in drawn
    assert found(drawn) == [['"><script>alert(1)</script>&', "□", "1.00"]]
