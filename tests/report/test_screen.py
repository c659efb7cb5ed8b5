"""What the script adds on the screen: figures under the pointer, sorting, colours."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import Any

import pytest

from pipeline import resources
from pipeline.report import render
from pipeline.report.value import Report

pytestmark = pytest.mark.browser

TIP = "document.querySelector('.tooltip').textContent"


@pytest.fixture
def page(report: Report, tmp_path: Path) -> Path:
    path = tmp_path / "report.html"
    path.write_text(render.html(report, template_folders=(resources.TEMPLATES,)), encoding="utf-8")
    return path


def into_view(chromium: Any, selector: str) -> tuple[float, float, float, float]:
    """Left, top, width and height of an element that is brought into view."""
    left, top, width, height = chromium.value(
        f"""(() => {{
          const element = document.querySelector("{selector}");
          element.scrollIntoView({{ block: "center" }});
          const box = element.getBoundingClientRect();
          return [box.left, box.top, box.width, box.height];
        }})()"""
    )
    return left, top, width, height


def click(chromium: Any, selector: str) -> None:
    left, top, width, height = into_view(chromium, selector)
    for kind in ("mousePressed", "mouseReleased"):
        chromium.point(left + width / 2, top + height / 2, kind)


@pytest.mark.parametrize("share", [0.2, 0.5, 0.8])
def test_the_figures_under_the_pointer_are_those_of_the_query(
    share: float, page: Path, report: Report, chromium: Any
) -> None:
    chromium.open(page, 1280)
    left, top, width, height = into_view(chromium, "#cap .chart > svg")
    chromium.point(left + share * width, top + height / 2)
    day, *lines = chromium.value(TIP).replace("\u00a0", " ").split("\n")
    (figure,) = (figure for figure in report.figures if figure.key == "cap")
    rows = [row for row in csv.DictReader(io.StringIO(figure.data.csv)) if row["market_cap_usd"]]
    of_day = {
        row["series"]: float(row["market_cap_usd"])
        for row in rows
        if chromium.value(
            f"new Date('{row['price_date']}').toLocaleDateString('en-GB',"
            "{day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC'})"
        )
        == day
    }
    told = {
        name: float(re.fullmatch(r"USD ([\d.]+) bn", text)[1])  # type: ignore[index]
        for name, text in (line.split(": ") for line in lines)
        if text != "n/a"
    }
    assert told.keys() == of_day.keys() != set()
    for name, billions in told.items():
        assert billions == pytest.approx(of_day[name] / 1e9, abs=0.05 + 1e-9)
    assert chromium.value("document.querySelectorAll('[data-tip].shown').length") == 1
    chromium.point(2, 2)
    assert chromium.value(TIP) == ""
    assert chromium.complaints == []


@pytest.mark.parametrize("width", [390, 1280])
def test_tips_of_every_chart_stay_within_the_viewport(
    width: int, page: Path, report: Report, chromium: Any
) -> None:
    chromium.open(page, width)
    for figure in report.figures:
        left, top, wide, high = into_view(chromium, f"#{figure.key} > .scroll")
        for x, y in ((0.02, 0.1), (0.5, 0.5), (0.98, 0.9)):
            chromium.point(left + x * wide, top + y * high)
            assert chromium.value(TIP) != ""
            assert chromium.value(
                """(() => {
                  const box = document.querySelector(".tooltip").getBoundingClientRect();
                  return box.left >= 0 && box.top >= 0 && box.right <= innerWidth
                    && box.bottom <= innerHeight;
                })()"""
            ), (figure.key, x, y)


def test_the_keyboard_steps_through_a_figure(page: Path, chromium: Any) -> None:
    chromium.open(page, 390)
    tips = chromium.value(
        "[...document.querySelectorAll('#since-demo [data-tip]')].map(e => e.dataset.tip)"
    )
    into_view(chromium, "#since-demo")
    chromium.value("document.querySelector('#since-demo > .scroll').focus()")
    seen = []
    for key in ("ArrowRight", "ArrowRight", "ArrowLeft", "ArrowLeft", "End", "ArrowRight", "Home"):
        chromium.press(key)
        seen.append(chromium.value(TIP))
    assert seen == [tips[index] for index in (0, 1, 0, 0, -1, -1, 0)]
    assert chromium.value("document.querySelector('.tooltip').getAttribute('role')") == "status"
    chromium.press("End")
    shown = chromium.value(
        "(b => b.left >= 0 && b.right <= innerWidth)"
        "(document.querySelector('.shown').getBoundingClientRect())"
    )
    assert shown is True
    chromium.press("Escape")
    assert chromium.value(TIP) == ""
    assert chromium.value("document.activeElement.closest('figure').id") == "since-demo"


def test_a_finger_shows_a_tip_until_it_touches_elsewhere(page: Path, chromium: Any) -> None:
    chromium.open(page, 390)
    chromium.ask("Emulation.setTouchEmulationEnabled", enabled=True)
    left, top, width, height = into_view(chromium, "#cap > .scroll")
    chromium.tap(left + width / 2, top + height / 2)
    assert chromium.value(TIP) != ""
    chromium.tap(left + width / 2, top - 60)
    assert chromium.value(TIP) == ""


def column(chromium: Any, table: str, number: int) -> list[str]:
    found: list[str] = chromium.value(
        f"[...document.querySelectorAll('#{table} tbody tr')].map(row =>"
        f" row.cells[Math.min({number}, row.cells.length) - 1].textContent.trim())"
    )
    return found


def number_of(text: str) -> float:
    return float(text.replace(",", "").replace("−", "-"))


def test_tables_sort_by_value_and_totals_stay_last(page: Path, chromium: Any) -> None:
    chromium.open(page, 1280)
    head = "#ranking-table th:nth-child(2)"
    written = column(chromium, "ranking-table", 1)
    orders = []
    for _ in range(3):
        click(chromium, f"{head} button")
        order = chromium.value(f"document.querySelector('{head}').ariaSort")
        prices = [number_of(text) for text in column(chromium, "ranking-table", 2) if text]
        if order != "none":
            assert prices == sorted(prices, reverse=order == "descending")
        assert column(chromium, "ranking-table", 1)[-1] == written[-1] == "All of them"
        orders.append(order)
    assert orders == ["descending", "ascending", "none"]
    assert column(chromium, "ranking-table", 1) == written
    click(chromium, "#ranking-table th:nth-child(1) button")
    assert column(chromium, "ranking-table", 1)[:-1] == sorted(written[:-1], key=str.casefold)
    assert chromium.value(f"document.querySelector('{head}').ariaSort") == "none"


def test_what_is_missing_comes_last_in_either_order(page: Path, chromium: Any) -> None:
    chromium.open(page, 1280)
    for _ in range(2):
        click(chromium, "#risk-table th:nth-child(3) button")
        assert column(chromium, "risk-table", 3)[-1] == "–"


def test_groups_stay_together_and_rows_take_along_what_is_below(page: Path, chromium: Any) -> None:
    chromium.open(page, 1280)
    key = chromium.value(
        "[...document.querySelectorAll('.table')].find(e =>"
        " e.querySelector('.group + .above') && e.querySelector('.sort')).id"
    )
    rows = (
        f"(() => {{ const found = {{}}; let group, row;"
        f" for (const each of document.querySelectorAll('#{key} tbody tr')) {{"
        "  if (each.matches('.group')) found[group = each.textContent.trim()] = [];"
        "  else if (each.matches('.below')) row.push(each.textContent.trim());"
        "  else found[group].push(row = [each.textContent.trim()]); }"
        " return found; })()"
    )
    before = chromium.value(rows)
    for _ in range(2):
        click(chromium, f"#{key} thead th:first-child button")
        after = chromium.value(rows)
        assert list(after) == list(before)
        assert {name: sorted(found) for name, found in after.items()} == {
            name: sorted(found) for name, found in before.items()
        }
    assert after != before


COLORS = """
(s => [s.backgroundColor, s.color, s.getPropertyValue("--series-1").trim()])
  (getComputedStyle(document.body))
"""
LIGHT = ["rgb(255, 255, 255)", "rgb(20, 32, 43)", "#123541"]
DARK = ["rgb(15, 21, 28)", "rgb(232, 237, 242)", "#C9C3F5"]


@pytest.mark.parametrize(("scheme", "expected"), [("light", LIGHT), ("dark", DARK)])
@pytest.mark.parametrize("script", [True, False])
def test_the_page_is_light_or_dark_as_the_system(
    scheme: str, script: bool, expected: list[str], page: Path, chromium: Any
) -> None:
    chromium.open(page, 1280, scheme=scheme, script=script)
    assert chromium.value(COLORS) == expected
    first = "getComputedStyle(document.querySelector('#cap .mark-area path')).fill"
    assert chromium.value(first) == (
        "rgb(18, 53, 65)" if scheme == "light" else "rgb(201, 195, 245)"
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_reader_may_choose_other_colours(scheme: str, page: Path, chromium: Any) -> None:
    chromium.open(page, 1280, scheme=scheme)
    own = LIGHT if scheme == "light" else DARK
    for number, expected in ((3, DARK), (2, LIGHT), (1, own)):
        click(chromium, f".schemes button:nth-child({number})")
        assert chromium.value(COLORS) == expected
        pressed = "document.querySelectorAll('.schemes [aria-pressed=true]')"
        assert chromium.value(f"[...{pressed}].map(e => e.textContent).length") == 1
        assert chromium.value(
            f"{pressed}[0] === document.querySelectorAll('.schemes button')[{number - 1}]"
        )
