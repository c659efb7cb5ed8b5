"""The PDF: pages, bookmarks, tags, fonts, equal bytes, silence."""

from __future__ import annotations

import builtins
import logging
import os
import re
import shutil
import subprocess
import sys
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from pipeline import resources
from pipeline.errors import RenderLibraryMissing, TemplateError
from pipeline.report import assemble, definition_file, pdf, render
from pipeline.report.value import Report

TEMPLATES = (resources.TEMPLATES,)
Folders = Callable[[Mapping[str, str]], Path]


class Heard(logging.Handler):
    """What a logger said."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


@pytest.fixture(scope="module")
def document(report: Report) -> bytes:
    heard = Heard()
    logger = logging.getLogger("weasyprint")
    logger.addHandler(heard)
    try:
        made = pdf.pdf(report, template_folders=TEMPLATES)
    finally:
        logger.removeHandler(heard)
    # Wrong CSS, a missing glyph, a missing image: all arrive there.
    assert heard.lines == []
    return made


@pytest.fixture(scope="module")
def opened(document: bytes) -> str:
    """The PDF with its compressed streams unpacked, as far as they are text."""
    parts = [document.decode("latin-1")]
    for raw in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", document, flags=re.DOTALL):
        try:
            parts.append(zlib.decompress(raw).decode("latin-1"))
        except zlib.error:
            continue
    return "\n".join(parts)


def tool(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed: the PDF is not read back with it")
    return found


def said(*command: str | Path) -> str:
    return subprocess.run(command, capture_output=True, check=True).stdout.decode()


def test_equal_reports_give_equal_bytes(report: Report, document: bytes) -> None:
    assert pdf.pdf(report, template_folders=TEMPLATES) == document


def test_it_is_tagged_dated_and_named(opened: str) -> None:
    assert "/MarkInfo" in opened
    assert "pdfuaid:part" in opened
    assert "/CreationDate (20240403000000Z)" in opened or "D:20240403" in opened
    assert "/DisplayDocTitle true" in opened


def test_heads_of_tables_say_their_direction_and_links_are_printed(opened: str) -> None:
    assert len(re.findall(r"/Scope /Column", opened)) > 20
    assert len(re.findall(r"/Scope /Row", opened)) > 20
    links = len(re.findall(r"/Subtype /Link", opened))
    assert links > 20
    assert len(re.findall(r"/F 4\b", opened)) >= links


def test_bookmarks_are_the_headings(report: Report) -> None:
    weasyprint = pdf._library()
    page = render.html(report, medium="print", template_folders=TEMPLATES)
    page = re.sub(r'<img class="chart"[^>]*>', "", page)
    page = re.sub(r"@font-face[^}]*}", "", page)
    rendered = weasyprint.HTML(string=page, base_url="report:/").render()
    ((label, _, below, _),) = rendered.make_bookmark_tree()
    assert label == report.title
    assert [name for name, *_ in below] == [section.title for section in report.sections]


@pytest.mark.pdf_tools
def test_fonts_are_ours_and_embedded(document: bytes, tmp_path: Path) -> None:
    path = tmp_path / "report.pdf"
    path.write_bytes(document)
    listed = subprocess.run(
        [tool("pdffonts"), str(path)], capture_output=True, check=True, text=True
    )
    lines = listed.stdout.splitlines()[2:]
    names = {re.sub(r"^[A-Z]{6}\+", "", line.split()[0]) for line in lines}
    assert names
    assert all(name.startswith(("Source-Sans-3", "Source-Serif-4")) for name in names)
    assert all(line.split()[-5:-2] == ["yes", "yes", "yes"] for line in lines)


@pytest.mark.pdf_tools
def test_text_pages_and_contents(document: bytes, report: Report, tmp_path: Path) -> None:
    path = tmp_path / "report.pdf"
    path.write_bytes(document)
    pages = said(tool("pdftotext"), "-layout", path, "-").rstrip("\f").split("\f")
    # Up to the length that the report is meant to have; each of its sections takes its part of it.
    assert 7 <= len(pages) <= 16
    for section in report.sections:
        found = re.search(rf"{re.escape(section.title)}[ .]+(\d+)$", pages[0], flags=re.MULTILINE)
        assert found, section.title
        assert section.title in pages[int(found[1]) - 1]
    for number, page in enumerate(pages, start=1):
        assert f"{number} / {len(pages)}" in page
        assert "Report of 3 April 2024" in page.replace("\u00a0", " ")
    assert "AI tokens and GPU capacity" in pages[1].splitlines()[0]


def test_another_process_with_other_surroundings_gives_the_same_bytes(
    document: bytes, tmp_path: Path
) -> None:
    code = (
        f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r}); import conftest as c\n"
        "from pathlib import Path\n"
        "from pipeline import resources\n"
        "from pipeline.report import assemble, definition_file, pdf\n"
        "defined = definition_file.load('market-capacity', [resources.REPORTS])\n"
        "made = assemble.assemble(\n"
        "    defined, c.SmallWarehouse(), sql_folders=[resources.SQL], engines=c.ENGINES\n"
        ")\n"
        "Path(sys.argv[1]).write_bytes(pdf.pdf(made, template_folders=[resources.TEMPLATES]))"
    )
    path = tmp_path / "other.pdf"
    odd = {
        "TZ": "Pacific/Kiritimati",
        "LC_ALL": "C",
        "PYTHONHASHSEED": "7",
        "SOURCE_DATE_EPOCH": "1",
    }
    environment = {**os.environ, **odd}
    environment.pop("FONTCONFIG_FILE", None)
    subprocess.run([sys.executable, "-c", code, str(path)], env=environment, check=True)
    assert path.read_bytes() == document


@pytest.mark.parametrize(
    "address",
    ["https://example.invalid/x.svg", "file:///etc/hostname", "asset:../reports/x.png",
     "asset:fonts/none.ttf", "asset:css/base.css", "chart:none.svg",
     "attached:none.csv", "data:image/svg+xml,<svg/>"],
)  # fmt: skip
def test_nothing_is_fetched_but_charts_and_assets(address: str) -> None:
    page = f'<html lang="en"><title>x</title><img src="{address}" alt="x"><p>x</p></html>'
    with pytest.raises(TemplateError) as caught:
        pdf.write(page, {"one": "<svg/>"}, TEMPLATES)
    assert str(caught.value).startswith("report.html.jinja: ")
    assert address.partition(",")[0] in str(caught.value)


def test_missing_native_libraries_are_told_with_what_to_install(
    monkeypatch: pytest.MonkeyPatch, report: Report
) -> None:
    real = builtins.__import__

    def refuse(name: str, *rest: Any, **named: Any) -> Any:
        if name == "weasyprint":
            raise OSError("cannot load library 'libgobject-2.0-0': no such file\nAdditionally, ...")
        return real(name, *rest, **named)

    monkeypatch.delitem(sys.modules, "weasyprint", raising=False)
    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(RenderLibraryMissing) as caught:
        pdf.pdf(report, template_folders=TEMPLATES)
    text = str(caught.value)
    assert "cannot load library 'libgobject-2.0-0': no such file" in text
    assert "Additionally" not in text
    assert "apt install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0" in text
    for system in ("Fedora", "macOS", "Windows"):
        assert system in text
    assert caught.value.exit_code == 3


def test_licences_of_the_fonts_are_shipped_beside_them() -> None:
    folder = resources.TEMPLATES / "fonts"
    for licence in ("LICENSE-source-sans.md", "LICENSE-source-serif.md"):
        assert "SIL OPEN FONT LICENSE Version 1.1" in (folder / licence).read_text(encoding="utf-8")
    fonts = {path.name for path in folder.iterdir() if path.suffix in (".ttf", ".woff2")}
    assert fonts == {f"{name}{suffix}" for suffix in (".ttf", ".ttf.woff2") for name in (
        "SourceSans3-Regular", "SourceSans3-Semibold", "SourceSerif4-Regular",
        "SourceSerif4Display-Semibold")}  # fmt: skip


def test_a_table_of_more_claims_than_a_page_holds_is_broken(
    changed_warehouse: Callable[[str], Any],
) -> None:
    many = changed_warehouse(
        "insert into estimates.claim"
        " select claim_id || '-' || n, claim.* exclude claim_id"
        " from estimates.claim, range(60) as t (n)"
    )
    defined = definition_file.load("market-capacity", [resources.REPORTS])
    made = assemble.assemble(defined, many, sql_folders=[resources.SQL])
    assert pdf.pdf(made, template_folders=TEMPLATES).startswith(b"%PDF")
