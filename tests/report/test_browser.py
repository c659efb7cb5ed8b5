"""The HTML in a browser: nothing overflows, nothing is asked of a network, all is there."""

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
  const inScroller = element => element.closest(".scroll, .unseen") !== null;
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


@pytest.mark.parametrize("width", [390, 768, 1280, 1600])
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
    assert chromium.complaints == []


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


SHOWN = """
[...document.querySelectorAll("h1, h2, p, td, th, figcaption, summary, svg text, a[download]")]
  .filter(element => element.checkVisibility({ visibilityProperty: true, opacityProperty: true }))
  .filter(element => !element.matches("a[href^='#'], .unseen"))
  .map(element => element.textContent.trim())
"""


def test_all_is_there_without_script(page: Path, chromium: Any) -> None:
    chromium.open(page, 1280)
    with_script = chromium.value(SHOWN)
    assert chromium.value("document.querySelectorAll('button').length") > 20
    chromium.open(page, 1280, script=False)
    assert chromium.value(SHOWN) == with_script
    assert chromium.value("document.querySelectorAll('button').length") == 0
    assert chromium.value(
        "[...document.querySelectorAll('.behind')].every(e => e.querySelector('summary').offsetTop)"
    )
    assert chromium.complaints == []


def test_the_contents_stand_beside_the_text_where_there_is_room(page: Path, chromium: Any) -> None:
    beside = """
    (() => {
      const rail = document.querySelector(".rail");
      const first = document.querySelector("main").getBoundingClientRect();
      return rail.checkVisibility() && rail.getBoundingClientRect().right <= first.left;
    })()
    """
    chromium.open(page, 1280)
    assert chromium.value(beside) is False
    chromium.open(page, 1600)
    assert chromium.value(beside) is True
    chromium.value("document.querySelector('#gpus h2').scrollIntoView()")
    current = "document.querySelector('.rail [aria-current]')?.hash"
    assert chromium.value(
        f"new Promise(go => {{ const look = () => {current} === '#gpus' ? go(true) :"
        " requestAnimationFrame(look); look(); })"
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_browser_prints_light_and_whole(scheme: str, page: Path, chromium: Any) -> None:
    chromium.open(page, 794, scheme=scheme, medium="print")
    style = "getComputedStyle(document.body)"
    assert chromium.value(f"[{style}.backgroundColor, {style}.color]") == [
        "rgb(255, 255, 255)",
        "rgb(20, 32, 43)",
    ]
    for left_out in ("rail", "schemes", "behind", "anchor", "skip", "tooltip"):
        seen = f"[...document.querySelectorAll('.{left_out}')].some(e => e.checkVisibility())"
        assert chromium.value(seen) is False
    kept = "[...document.querySelectorAll('figure, .table.short')].every("
    kept += "e => getComputedStyle(e).breakInside === 'avoid')"
    assert chromium.value(kept) is True
