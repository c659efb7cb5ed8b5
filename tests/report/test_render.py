"""From the report's value to a page."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

import pytest
from markupsafe import Markup

from pipeline import resources
from pipeline.errors import TemplateError
from pipeline.report import definition_file, render
from pipeline.report.value import Data, Report

Folders = Callable[[Mapping[str, str]], Path]

TEMPLATES = (resources.TEMPLATES,)
SHIPPED = definition_file.names([resources.REPORTS])


@pytest.fixture(scope="module")
def screen(report: Report) -> str:
    return render.html(report, medium="screen", template_folders=TEMPLATES)


@pytest.fixture(scope="module")
def printed(report: Report) -> str:
    return render.html(report, medium="print", template_folders=TEMPLATES)


class Elements(HTMLParser):
    """Every start tag with its attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def all(self, *tags: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.found if tag in tags]


@pytest.mark.parametrize("medium", ["screen", "print"])
@pytest.mark.parametrize("name", SHIPPED)
def test_the_page_as_expected(
    name: str,
    medium: render.Medium,
    reports: Mapping[str, Report],
    snapshot: Callable[[str, str], None],
    bare: Callable[[str], str],
    words: Callable[[str], str],
) -> None:
    page = bare(render.html(reports[name], medium=medium, template_folders=TEMPLATES))
    snapshot(f"{name}.{medium}.html", page)
    snapshot(f"{name}.{medium}.txt", words(page))


@pytest.mark.parametrize("name", SHIPPED)
def test_the_words_in_german_as_expected(
    name: str,
    in_german: Mapping[str, Report],
    snapshot: Callable[[str, str], None],
    bare: Callable[[str], str],
    words: Callable[[str], str],
) -> None:
    page = bare(render.html(in_german[name], medium="screen", template_folders=TEMPLATES))
    snapshot(f"{name}.de.txt", words(page))


def test_equal_reports_give_equal_pages(report: Report, screen: str) -> None:
    assert render.html(report, medium="screen", template_folders=TEMPLATES) == screen


def test_the_screen_page_stands_alone(screen: str) -> None:
    assert re.findall(r"<(?:link|iframe|object|embed|form|img)\b", screen) == []
    (script,) = re.findall(r"<script(.*?)</script>", screen, flags=re.DOTALL)
    assert script.startswith(">")
    digest = base64.b64encode(hashlib.sha256(script[1:].encode()).digest()).decode()
    (policy,) = (
        str(each["content"]).split("; ")
        for each in Elements(screen).all("meta")
        if each.get("http-equiv") == "Content-Security-Policy"
    )
    assert {"default-src 'none'", f"script-src 'sha256-{digest}'"} <= set(policy)
    assert not any(word in " ".join(policy) for word in ("unsafe-eval", "http", "*"))
    outside = re.sub(r"<(script|pre)>.*?</\1>", "", screen, flags=re.DOTALL)
    addresses = re.findall(r'(?:src|url)\s*[=(]\s*"?([^")]+)', outside)
    assert {address.partition(";")[0] for address in addresses if "#" not in address} == {
        "data:font/woff2"
    }
    assert re.findall(r'\son\w+="', screen) == []


def test_the_printed_page_names_only_its_own_charts_and_assets(
    printed: str, report: Report
) -> None:
    sources = {attributes["src"] for attributes in Elements(printed).all("img")}
    shown = [figure for figure in report.figures if figure.paper != "attached"]
    assert sources == {f"chart:{figure.key}.svg" for figure in shown}
    assert set(re.findall(r'url\("([a-z]+):', printed)) == {"asset"}


@pytest.mark.parametrize("medium", ["screen", "print"])
def test_structure_that_readers_and_tags_need(
    medium: render.Medium, screen: str, printed: str
) -> None:
    elements = Elements(screen if medium == "screen" else printed)
    assert [each["lang"] for each in elements.all("html")] == ["en-GB"]
    assert len(elements.all("h1")) == 1
    assert len(elements.all("title")) >= 1
    assert all(each.get("scope") in ("col", "row", "rowgroup") for each in elements.all("th"))
    tables, captions = elements.all("table"), elements.all("caption")
    assert len(tables) == len(captions) > 5
    assert all(each["alt"] for each in elements.all("img"))
    assert elements.all("dl") == []
    identifiers = [each["id"] for _, each in elements.found if "id" in each]
    assert len(identifiers) == len(set(identifiers))
    links = [str(each["href"]) for each in elements.all("a")]
    targets = {link[1:] for link in links if link.startswith("#")}
    assert targets <= set(identifiers)


def test_every_figure_and_table_brings_its_rows_and_its_query(screen: str, report: Report) -> None:
    blocks = {
        f"{report.name}-{report.report_date}-{block.key}.csv": block.data
        for block in report.blocks
        if block.kind in ("figure", "table")
    }
    links = {
        str(each["download"]): str(each["href"])
        for each in Elements(screen).all("a")
        if "download" in each
    }
    # The count of verdicts is set as a strip of numbers.
    assert blocks.keys() - links.keys() == {f"{report.name}-{report.report_date}-tally.csv"}
    for name, address in links.items():
        kind, _, content = address.partition(",")
        assert kind == "data:text/csv;charset=utf-8"
        assert unquote_to_bytes(content).decode() == blocks[name].csv
        assert str(Markup.escape(blocks[name].sql)) in screen


@pytest.mark.parametrize(("n_rows", "length"), [(5_000, 200_000), (4_999, 200_001), (5_001, 9_000)])
def test_rows_that_would_make_the_page_heavy_are_left_out(n_rows: int, length: int) -> None:
    text = ("\n" * (n_rows + 1)).rjust(length, "1")
    found = render.download(Data("q", "select 1", text))
    assert bool(found) == (n_rows <= 5_000 and length <= 200_000)


def test_the_page_is_small_enough_to_be_sent(screen: str) -> None:
    assert len(screen.encode()) <= 2_500_000


def test_every_chart_has_words(screen: str, report: Report) -> None:
    labels = [
        each.get("aria-label") for each in Elements(screen).all("div") if each.get("role") == "img"
    ]
    assert labels == [figure.alt for figure in report.figures]
    assert all(len(str(label)) > 60 for label in labels)


def test_empty_spans_would_be_tagged_as_nothing(printed: str) -> None:
    assert re.findall(r"<span[^>]*>\s*</span>", printed) == []


def test_names_from_data_are_words_and_never_markup(screen: str, printed: str) -> None:
    for page in (screen, printed):
        assert "Beta &amp; &lt;b&gt;Sons&lt;/b&gt;" in page
        assert "<b>Sons" not in page
        assert "Most cards are &lt;i&gt;gaming&lt;/i&gt; cards." in page
        assert "javascript:" not in page


def test_hostile_text_in_every_field_of_a_section_stays_text(report: Report) -> None:
    evil = '"><script>alert(1)</script>{{ 7 * 7 }}'
    hostile = replace(
        report,
        title=evil,
        finding=evil,
        sections=tuple(replace(section, title=evil) for section in report.sections),
        sources=tuple(replace(source, title=evil, licence=evil) for source in report.sources),
    )
    media: tuple[render.Medium, ...] = ("screen", "print")
    for medium in media:
        page = render.html(hostile, medium=medium, template_folders=TEMPLATES)
        assert page.count("<script") == (medium == "screen")
        assert "49" not in re.findall(r"alert\(1\).{0,40}", page)[0]


def test_charts_take_the_colours_of_the_page(screen: str, report: Report) -> None:
    assert "var(--series-2)" in screen or "var(--series-text-2)" in screen
    drawn = "".join(re.findall(r'<svg [^>]*class="marks".*?</svg>', screen, flags=re.DOTALL))
    assert re.findall(r'(?:fill|stroke)="#[0-9A-Fa-f]{6}"', drawn) == []


def test_paper_holds_200_rows_of_a_table_and_its_totals(report: Report) -> None:
    rows = tuple(b for s in report.sections for row in s.rows for b in row if b.kind == "table")
    [first] = [each for each in rows if any(row.is_total for row in each.table.rows)][:1]
    plain, total = first.table.rows[0], first.table.rows[-1]
    long = replace(first, table=replace(first.table, rows=(*[plain] * 5_000, total)))
    section = replace(report.sections[0], rows=((long,),))
    many = replace(report, sections=(section,))
    printed, screen = (
        render.html(many, medium=medium, template_folders=TEMPLATES)
        for medium in render.MEDIA[::-1]
    )
    assert (printed.count("<tr"), screen.count("<tr")) == (1 + 200 + 1, 1 + 5_001)
    assert "201 of 5,001 rows are shown; all are attached." in printed
    assert "rows are shown" not in screen


def test_small_lines_take_the_colours_of_the_page(screen: str) -> None:
    [line] = re.findall(r'<svg class="spark".*?</svg>', screen)[:1]
    drawn = set(re.findall(r"<(\w+) [^>]*(?:fill|stroke)=\"#", line))
    assert set(re.findall(r"svg\.spark (\w+) \{", screen)) == drawn != set()


@pytest.mark.parametrize(
    ("file", "text", "complaint"),
    [
        ("report.html.jinja", "line\n{% if %}", "report.html.jinja:2: Expected an expression"),
        ("report.html.jinja", "a\nb\n{{ report.titel }}", "report.html.jinja:3: 'pipeline.report"),
        (
            "sections/standard.html.jinja",
            "{{ section.nothing }}",
            "sections/standard.html.jinja:1: ",
        ),
        (
            "sections/standard.html.jinja",
            "{{ secret }}",
            "standard.html.jinja:1: 'secret' is un",
        ),
        ("sections/standard.html.jinja", "\n{% include 'no' %}", "standard.html.jinja:2: there is"),
        ("macros.html.jinja", "{% macro rows() %}{% endmacro %}", "jinja:"),
        ("sections/standard.html.jinja", "{{ 1 / 0 }}", "standard.html.jinja:1: division by zero"),
        ("listing.html.jinja", "{{ '%(x)s' % {} }}", "listing.html.jinja:1: there is no 'x'"),
        ("listing.html.jinja", "{{ [].pop() }}", "listing.html.jinja:1: pop from empty list"),
        ("listing.html.jinja", "{% include 'listing.html.jinja' %}", "jinja:1: includes itself"),
    ],
)
def test_a_broken_template_is_told_with_file_and_line(
    file: str, text: str, complaint: str, folders: Folders, report: Report
) -> None:
    own = folders({file: text})
    with pytest.raises(TemplateError) as caught:
        render.html(report, medium="print", template_folders=(own, *TEMPLATES))
    assert complaint in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_a_section_template_gets_report_and_section_only(folders: Folders, report: Report) -> None:
    own = folders({"sections/standard.html.jinja": "[{{ section.key }} of {{ report.name }}]"})
    page = render.html(report, template_folders=(own, *TEMPLATES))
    assert "[market of market-capacity]" in page


def test_the_users_templates_come_first_one_by_one(folders: Folders, report: Report) -> None:
    own = folders({"css/screen.css": "/* mine */"})
    page = render.html(report, template_folders=(own, *TEMPLATES))
    assert "/* mine */" in page
    assert "table { width: 100%" in page


def test_templates_hold_no_arithmetic_no_formatting_and_no_escape_from_escaping() -> None:
    for path in sorted(resources.TEMPLATES.rglob("*.jinja")):
        text = path.read_text(encoding="utf-8")
        code = " ".join(re.findall(r"\{\{.*?\}\}|\{%.*?%\}", text, flags=re.DOTALL))
        code = re.sub(r'"[^"]*"', '""', code)
        assert not re.search(r"\|\s*(safe|round|format|int|float|sum|tojson)\b", code), path
        assert not re.search(r"(?<![{%])[-+*/%](?![}%])", code), path


def test_a_report_without_edition_or_notes_is_rendered(report: Report) -> None:
    plain: Any = replace(report, edition=None, notes=(), completeness="", kpis=())
    assert "edition of" not in render.html(plain, template_folders=TEMPLATES)
