"""The HTML in a browser: nothing overflows, nothing is asked of a network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pipeline import resources
from pipeline.report import render
from pipeline.report.value import Report

pytestmark = pytest.mark.browser

BESIDE = """
(() => {
  const inScroller = element => element.closest(".scroll") !== null;
  return [...document.querySelectorAll("body *")]
    .filter(element => !inScroller(element) && !element.matches(".skip"))
    .filter(element => element.getBoundingClientRect().right > innerWidth + 0.5)
    .map(element => element.tagName + "." + element.className);
})()
"""


@pytest.fixture
def page(report: Report, tmp_path: Path) -> Path:
    path = tmp_path / "report.html"
    path.write_text(render.html(report, template_folders=(resources.TEMPLATES,)), encoding="utf-8")
    return path


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_overflows_sideways_and_nothing_is_requested(
    width: int, page: Path, chromium: Any
) -> None:
    chromium.open(page, width)
    assert chromium.value("innerWidth") == width
    assert chromium.value("document.documentElement.scrollWidth") <= width
    assert chromium.value(BESIDE) == []
    asked = [url for url in chromium.requests if not url.startswith(("data:", "file:"))]
    assert asked == []
    assert [url for url in chromium.requests if url.startswith("file:")] == [page.as_uri()]


def test_our_fonts_are_the_ones_in_use(page: Path, chromium: Any) -> None:
    chromium.open(page, 1280)
    named = "[...document.fonts].map(f => [f.family, f.weight, f.status].join(' '))"
    assert {name.replace('"', "") for name in chromium.value(named)} == {
        "Source Sans 3 400 loaded",
        "Source Sans 3 600 loaded",
        "Source Serif 4 400 loaded",
        "Source Serif 4 Display 600 loaded",
    }


def test_charts_are_drawn_at_their_width_or_scroll_within_their_figure(
    page: Path, chromium: Any
) -> None:
    chromium.open(page, 1280)
    widths = chromium.value(
        "[...document.querySelectorAll('.full .chart > svg')].map(s => s.clientWidth)"
    )
    columns = chromium.value(
        "[...document.querySelectorAll('.full .chart')].map(s => s.clientWidth)"
    )
    assert widths == columns
    chromium.open(page, 390)
    assert chromium.value("document.querySelector('.full .chart > svg').clientWidth") > 390
