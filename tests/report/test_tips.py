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

from pipeline.report import charts, marks, tips
from pipeline.report.language import Language
from tests.report.chart_rows import ROWS  # noqa: TID251 - its rows
from tests.report.chart_rows import draw as draw_at  # noqa: TID251 - its way to draw

FIRST = dt.date(2010, 1, 1)


def draw(name: str, rows: list[dict[str, Any]], language: Language) -> str:
    return draw_at(name, rows, marks.FULL_WIDTH, language)


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


def test_a_month_says_its_quantiles_or_what_was_observed(english: Language) -> None:
    rows = [dict(row, observed_value=None) for row in ROWS["fan"][:3]]
    rows[0].update(dict.fromkeys(("p10", "p25", "p50", "p75", "p90")), observed_value=7e5)
    texts = found(draw("fan", rows, english))
    assert texts[0] == ["January 2024", "Observed: 700,000"]
    assert texts[1] == [
        "February 2024",
        "90th percentile: 1.8 million",
        "75th percentile: 400,000",
        "Median: 100,000",
        "25th percentile: 20,000",
        "10th percentile: 2,000",
    ]


def test_a_day_of_an_event_says_tokens_and_bands(english: Language) -> None:
    texts = found(draw("around_event", ROWS["around_event"], english))
    assert texts[14] == [
        "Day 4",
        "Tokens: +2.0%",
        "50% without event: −2.0 to +2.0%",
        "90% without event: −8.0 to +8.0%",
    ]


def test_ends_are_said(english: Language) -> None:
    assert found(draw("tornado", ROWS["tornado"], english))[0] == [
        "Wide",
        "Lowest: 10,000",
        "Highest: 1.0 million",
    ]
    assert found(draw("claim_ratios", ROWS["claim_ratios"], english))[0] == [
        "As said",
        "Recomputed over published: 1.0",
        "Interval: 0.80–1.3",
        "holds",
    ]


def test_a_panel_says_its_own_days(english: Language) -> None:
    texts = found(draw("capacity_panels", ROWS["capacity_panels"], english))
    assert texts[0] == ["Alpha: 1 January 2024", "Verified: 200", "Claimed: 500,000"]
    assert texts[-1] == ["Beta: 20 February 2024", "Nodes: 1,500"]


@pytest.mark.parametrize("name", sorted(ROWS))
def test_every_chart_has_tips_on_top_of_all_else(name: str, english: Language) -> None:
    root = ET.fromstring(draw(name, ROWS[name], english))
    groups = [each for each in root.iter() if "role-mark" in each.attrib.get("class", "")]
    assert "tips_marks" in groups[-1].attrib["class"]
    tipped = groups[-1].findall("{http://www.w3.org/2000/svg}path")
    assert len(tipped) > 0
    assert all(each.attrib["data-tip"] for each in tipped)


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


def test_tips_are_no_part_of_print(english: Language) -> None:
    printed = charts.printed(draw("index_lines", lines_of(5, "Basket", "BTC"), english))
    assert "data-tip" not in printed
    assert "tips_marks" not in printed
    ET.fromstring(printed)


def test_names_from_data_stay_text(english: Language) -> None:
    evil = '"><script>alert(1)</script>&\n\u202e'
    rows = [{"label": evil, "value": 1.0, "is_highlighted": True}]
    drawn = draw("ratio_bars", rows, english)
    assert "<script" not in drawn
    assert found(drawn) == [['"><script>alert(1)</script>&', "□", "1.00"]]
