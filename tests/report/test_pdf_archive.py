"""The PDF as a document to keep: claims, checkers, attachments, paper, contents, scripts."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import json
import logging
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pikepdf
import polars as pl
import pytest
from fontTools.ttLib import TTFont

from pipeline import resources
from pipeline.report import assemble, attach, definition_file, pdf
from pipeline.report.value import Report

TEMPLATES = (resources.TEMPLATES,)
# Of each script a name whose letters join, stack or run to the left, and words without a break.
HOSTILE = {
    "alpha": ("渲染", "渲染网络代币 レンダートークン 렌더 토큰 臺灣幣"),
    "beta": ("شبكة", "شبكة العرض רשת עיבוד रेंडर नेटवर्क <b>&amp;"),
    "gamma": ("🚀🌕", "🚀🌕👍 " + "x" * 300),
}


@pytest.fixture(scope="module")
def papers(report: Report, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """The report on both papers, by the paper's name."""
    folder = tmp_path_factory.mktemp("papers")
    made = {}
    for paper in ("a4", "letter"):
        made[paper] = folder / f"{paper}.pdf"
        made[paper].write_bytes(pdf.pdf(report, paper=paper, template_folders=TEMPLATES))
    return made


def tool(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed: the PDF is not checked with it")
    return found


def is_one_row(message: str) -> bool:
    """Whether heads are found to outnumber cells where a table, or its part on a page, has a row.

    Of n columns it has n heads above, one beside, and n - 1 cells.
    """
    counts = re.fullmatch(
        r"header cells look shredded: (\d+) header cells against (\d+) data cells", message
    )
    return counts is not None and int(counts[1]) - int(counts[2]) <= 2


def pages_of(path: Path) -> list[str]:
    command = [tool("pdftotext"), "-layout", str(path), "-"]
    found = subprocess.run(command, capture_output=True, check=True).stdout.decode()
    return found.rstrip("\f").split("\f")


def test_rows_and_query_of_every_figure_and_table_are_attached(
    report: Report, warehouse: Any
) -> None:
    files = {each.name: each for each in attach.attachments(report)}
    # Readers look a name up by halving, so names are sorted.
    assert list(files) == sorted(files)
    assert len(report.listed) > 20
    for block in report.listed:
        query = resources.SQL / "reports" / f"{block.data.query}.sql"
        assert files[query.name].content == query.read_bytes()
        found = pl.read_csv(files[f"{block.key}.csv"].content, infer_schema=False)
        expected = warehouse.query(query.read_text(encoding="utf-8"))
        assert found.columns == expected.columns
        if "scenario_id" not in found.columns:
            assert found.height == expected.height
    definition = resources.REPORTS / "market-capacity.toml"
    assert files[definition.name].content == definition.read_bytes()
    assert {"scenario-base.toml", "scenario-factorial-2024.toml"} <= set(files)


def test_manifest_vouches_for_every_other_file(report: Report) -> None:
    files = {each.name: each for each in attach.attachments(report)}
    manifest = json.loads(files["manifest.json"].content)
    assert manifest["report_id"] == report.report_id
    assert manifest["report_date"] == "2024-04-03"
    assert manifest["capbrief_version"] == report.version
    assert {each["name"] for each in manifest["files"]} == set(files) - {"manifest.json"}
    for each in manifest["files"]:
        content = files[each["name"]].content
        assert each["sha256"] == hashlib.sha256(content).hexdigest()
        assert each["size_bytes"] == len(content)


def test_attachments_are_read_back_whole_and_dated(
    papers: Mapping[str, Path], report: Report
) -> None:
    with pikepdf.open(papers["a4"]) as opened:
        files = {name: spec.get_file() for name, spec in opened.attachments.items()}
        kinds = {str(each.UF): str(each.AFRelationship) for each in opened.Root.AF}
        stated = json.loads(files["manifest.json"].read_bytes())
        assert stated["report_id"] == report.report_id
        assert {each["name"] for each in stated["files"]} == set(files) - {"manifest.json"}
        for each in stated["files"]:
            content = files[each["name"]].read_bytes()
            assert hashlib.sha256(content).hexdigest() == each["sha256"]
            assert files[each["name"]].mime_type == each["media_type"]
        assert {file.creation_date for file in files.values()} == {
            dt.datetime(2024, 4, 3, tzinfo=dt.UTC)
        }
    assert {kind for name, kind in kinds.items() if name.endswith(".csv")} == {"/Data"}
    assert {kind for name, kind in kinds.items() if name.endswith(("sql", "toml"))} == {"/Source"}
    assert kinds["manifest.json"] == "/Supplement"


def test_it_claims_both_standards_and_says_what_the_second_claim_is(
    papers: Mapping[str, Path], report: Report
) -> None:
    with pikepdf.open(papers["a4"]) as opened:
        with opened.open_metadata() as metadata:
            assert metadata.pdfa_status == "3A"
            assert metadata["pdfuaid:part"] == "1"
            assert metadata["dc:title"] == f"{report.title} · 2024-04-03"
        assert str(opened.Root.Lang) == "en-GB"
        assert bool(opened.Root.MarkInfo.Marked)
        assert bool(opened.Root.ViewerPreferences.DisplayDocTitle)
        xmp = opened.Root.Metadata.read_bytes().decode()
    assert xmp.count("<rdf:RDF") == 1
    described = re.search(r"pdfaSchema:namespaceURI>([^<]+)<", xmp)
    assert described
    assert described[1] == "http://www.aiim.org/pdfua/ns/id/"


@pytest.mark.parametrize("paper", ["a4", "letter"])
def test_a_checker_of_accessibility_finds_no_error(papers: Mapping[str, Path], paper: str) -> None:
    program = Path(sys.executable).with_name("outloud")
    ran = subprocess.run(
        [program, papers[paper], "--json", "-", "--quiet"], capture_output=True, text=True
    )
    (result,) = json.loads(ran.stdout[ran.stdout.index("{") : ran.stdout.rindex("}") + 1])[
        "results"
    ]
    errors = [each["message"] for each in result["findings"] if each["severity"] == "error"]
    assert [error for error in errors if not is_one_row(error)] == []


@pytest.mark.pdf_tools
@pytest.mark.parametrize("paper", ["a4", "letter"])
def test_its_syntax_is_right(papers: Mapping[str, Path], paper: str) -> None:
    subprocess.run([tool("qpdf"), "--check", papers[paper]], capture_output=True, check=True)


def test_paper_changes_the_margins_and_not_the_text(papers: Mapping[str, Path]) -> None:
    sizes = {"a4": (210, 297), "letter": (215.9, 279.4)}
    for paper, (width_mm, height_mm) in sizes.items():
        with pikepdf.open(papers[paper]) as opened:
            for page in opened.pages:
                *_, width, height = map(float, page.mediabox)
                assert width * 25.4 / 72 == pytest.approx(width_mm, abs=0.1)
                assert height * 25.4 / 72 == pytest.approx(height_mm, abs=0.1)


@pytest.mark.pdf_tools
@pytest.mark.parametrize("paper", ["a4", "letter"])
def test_the_list_at_the_end_leads_to_every_figure_and_table(
    papers: Mapping[str, Path], report: Report, paper: str
) -> None:
    pages = pages_of(papers[paper])
    # In reading order: the list stands in columns. A file's name breaks at its hyphens, which the
    # reader then takes for those of a word.
    command = [tool("pdftotext"), "-f", str(len(pages)), str(papers[paper]), "-"]
    found = subprocess.run(command, capture_output=True, check=True).stdout.decode()
    last = " ".join(found.split())
    bare = last.replace("- ", "").replace("-", "")
    assert "Figures and tables" in last
    for block in report.listed:
        label = f"{block.kind.title()} {block.number}"
        if block.paper == "attached":
            assert f"{label} {block.short} {block.key}.csv".replace("-", "") in bare
            continue
        place = re.search(rf"\b{label} {re.escape(block.short)}[ .]+(\d+)", last)
        assert place, label
        if (block.kind, block.key) != ("table", "tally"):  # set as a strip without its number
            assert re.search(rf"\b{label}\b", pages[int(place[1]) - 1].replace("\u00a0", " "))


@pytest.mark.pdf_tools
@pytest.mark.parametrize("paper", ["a4", "letter"])
def test_the_cover_stands_alone_and_notes_stand_once(
    papers: Mapping[str, Path], report: Report, paper: str
) -> None:
    pages = pages_of(papers[paper])
    assert report.sections[0].title in pages[1]
    for note in report.notes:
        start = re.compile(rf"^\s*{note.number}\s{{1,3}}(?=Source|\S.*Source)", re.MULTILINE)
        assert sum(len(start.findall(page)) for page in pages) == 1, note.number


def test_hostile_names_are_set_in_full_within_the_page(
    changed_warehouse: Callable[[str], Any], caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    renamed = "".join(
        f"update {table} set name = '{name}', symbol = '{symbol}' where coin_id = '{coin}';"
        for table in ("marts.token", "marts.token_month", "marts.token_day_from_files")
        for coin, (symbol, name) in HOSTILE.items()
    )
    defined = definition_file.load("market-capacity", [resources.REPORTS])
    warehouse = changed_warehouse(renamed)
    report = assemble.assemble(defined, warehouse, sql_folders=[resources.SQL])
    path = tmp_path / "hostile.pdf"
    with caplog.at_level(logging.WARNING, logger="weasyprint"):
        path.write_bytes(pdf.pdf(report, template_folders=TEMPLATES))
    # A letter without a glyph is a warning.
    assert caplog.messages == []
    boxes = subprocess.run(
        [tool("pdftotext"), "-bbox", path, "-"], capture_output=True, check=True
    ).stdout.decode()
    for page in boxes.split("<page ")[1:]:
        width = re.match(r'width="([\d.]+)"', page)
        assert width
        for left, right in re.findall(r'xMin="([-\d.]+)".*? xMax="([-\d.]+)"', page):
            assert float(left) >= 0
            assert float(right) <= float(width[1])
    text = boxes.translate({ord(mark): None for mark in "\n"})
    for word in ("渲染网络代币", "レンダートークン", "렌더", "臺灣幣", "🚀🌕👍"):
        assert word in text
    with pikepdf.open(path) as opened:
        fonts = {
            str(font.BaseFont).partition("+")[2]
            for font in opened.pages[0].Resources.Font.as_dict().values()
        }
    assert {name for name in fonts if name.startswith("Noto")} == {
        "Noto-Sans-SC", "Noto-Sans-KR", "Noto-Sans-Arabic", "Noto-Sans-Hebrew",
        "Noto-Sans-Devanagari", "Noto-Emoji",
    }  # fmt: skip


def test_fonts_that_stand_in_cover_what_they_say_and_carry_their_licence() -> None:
    folder = resources.TEMPLATES / "fonts" / "fallback"
    assert "SIL OPEN FONT LICENSE Version 1.1" in (folder / "LICENSE-noto.md").read_text()
    covered = {point for path in folder.glob("*.ttf") for point in TTFont(path).getBestCmap()}
    for codec, rows in {"gb2312": (0xB0, 0xD7), "shift_jis": (0x88, 0x97)}.items():
        for row in range(rows[0], rows[1] + 1):
            for cell in range(0xA1, 0xFD):
                text = bytes((row, cell)).decode(codec, "ignore")
                assert all(ord(letter) in covered for letter in text), (codec, text)
    assert sum(0xAC00 <= point < 0xD7A4 for point in covered) == 2350  # KS X 1001
    for name in ("渲染 レンダー 렌더", "شبكة", "רשת", "रेंडर नेटवर्क", "🚀🌕👍"):
        assert {ord(letter) for letter in name} <= covered
    assert sum(path.stat().st_size for path in folder.iterdir()) < 6_000_000


def rows_of_pieces(document: bytes) -> list[int]:
    """How many rows below the heads each table, or part of one on a page, has in the tags."""
    counts = []

    def walk(element: Any) -> None:
        if not isinstance(element, pikepdf.Dictionary) or "/K" not in element:
            return
        if element.get("/S") == "/Table":
            counts.append(sum(len(kid.K) for kid in element.K if kid.S == "/TBody"))
        below = element.K
        for kid in below if isinstance(below, pikepdf.Array) else [below]:
            walk(kid)

    with pikepdf.open(io.BytesIO(document)) as opened:
        walk(opened.Root.StructTreeRoot)
    return counts


def test_no_part_of_a_broken_table_is_a_row_alone() -> None:
    styles = "".join(
        (resources.TEMPLATES / "css" / name).read_text(encoding="utf-8")
        for name in ("base.css", "print.css", "paper-a4.css")
    )
    for count in range(36, 48):
        rows = "".join(f"<tr><th scope='row'>{n}</th><td>{n}</td></tr>" for n in range(count))
        head = "<thead><tr><th scope='col'>a</th><th scope='col'>b</th></tr></thead>"
        page = (
            f"<html lang='en'><title>x</title><style>{styles}</style>"
            f"<table>{head}<tbody>{rows}</tbody></table></html>"
        )
        pieces = rows_of_pieces(pdf.write(page, {}, TEMPLATES))
        assert sum(pieces) == count
        assert min(pieces) >= 2, (count, pieces)
