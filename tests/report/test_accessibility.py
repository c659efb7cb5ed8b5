"""The HTML by axe-core, in both schemes, narrow and wide, with and without script."""

from __future__ import annotations

import re
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

from pipeline import resources
from pipeline.report import render
from pipeline.report.value import Report

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def axe() -> str:
    """The script of axe-core, out of the package that ships it."""
    files = metadata.files("axe-playwright-python") or []
    (found,) = (file for file in files if file.name == "axe.min.js")
    return Path(str(found.locate())).read_text(encoding="utf-8")


# All that the reader can open is open, and a tip is shown.
OPENED = """
for (const each of document.querySelectorAll("details")) each.open = true;
document.querySelector("figure > .scroll").focus();
document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight" }));
"""
FOUND = """
axe.run({ resultTypes: ["violations"] }).then(result => result.violations.map(
  each => each.id + ": " + each.nodes.map(node => node.html.slice(0, 120)).join(" | ")))
"""


def test_axe_is_at_work(axe: str, tmp_path: Path, chromium: Any) -> None:
    path = tmp_path / "bare.html"
    path.write_text("<!doctype html><title>Bare</title><img src='data:,'>", encoding="utf-8")
    chromium.open(path, 390)
    chromium.value(f"{axe}; 0")
    rules = {each.partition(":")[0] for each in chromium.value(FOUND)}
    assert {"html-has-lang", "image-alt"} <= rules


@pytest.mark.parametrize("has_script", [True, False])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_nothing(
    width: int,
    scheme: str,
    has_script: bool,
    axe: str,
    report: Report,
    tmp_path: Path,
    chromium: Any,
) -> None:
    page = render.html(report, template_folders=(resources.TEMPLATES,))
    if not has_script:  # axe itself needs script to be on
        page = re.sub(r"<script>.*?</script>", "", page, flags=re.DOTALL)
    path = tmp_path / "report.html"
    path.write_text(page, encoding="utf-8")
    chromium.open(path, width, scheme=scheme)
    chromium.value(f"{OPENED}; {axe}; 0")
    assert bool(chromium.value("document.querySelector('.tooltip')?.textContent")) == has_script
    assert chromium.value(FOUND) == []
