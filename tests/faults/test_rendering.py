"""F67 to F69 and F71: templates, assets, letters and tables that a page cannot be made of.

Layouts that run away (F70): test_layouts.py.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import Command, Ended, Overlay  # noqa: TID251 - for their types only

REPORT = """
title = "Small"
finding = "A finding."
dateline = "Report of {build.report_date:date}"

[[section]]
id = "one"
title = "Key findings"
lead = "A lead."
"""
TABLE = """
[[section.block]]
table = "many"
query = "many"
title = "Many"
missing = "no row was found."
columns = [{ column = "name", label = "Name" }]
"""


class Reports:
    """One report, ``small``, of which a test says what is wrong."""

    def __init__(self, command: Command, overlay: Overlay, out: Path) -> None:
        self._command, self.overlay, self.out = command, overlay, out
        overlay("reports/small.toml", REPORT)

    def __call__(self) -> Ended:
        folder = str(self.overlay.folder)
        return self._command(
            "report", "build", "small", "--overlay", folder, "--out", str(self.out)
        )

    def rows(self, query: str) -> Ended:
        """Build it with a table of these rows."""
        self.overlay("reports/small.toml", REPORT + TABLE)
        header = "-- description: Names. One row per name.\n-- grain: name\n"
        self.overlay("sql/reports/many.sql", f"{header}{query}\n")
        return self()

    @property
    def files(self) -> list[str]:
        return sorted(path.name for path in self.out.iterdir()) if self.out.exists() else []

    @property
    def page(self) -> str:
        return (self.out / "small.html").read_text()


@pytest.fixture
def made(run: Command, overlay: Overlay, tmp_path: Path) -> Reports:
    return Reports(run, overlay, tmp_path / "out")


# --- F67: templates ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<p>fine</p>\n{{ report.nowhere }}", "fault.html.jinja:2: "),
        ("\n\n{{ nothing }}", "fault.html.jinja:3: "),
        ("{% if %}", "fault.html.jinja:1: "),
        ("{% include 'sections/none.html.jinja' %}", "none.html.jinja"),
        ("{{ 1 / 0 }}", "fault.html.jinja:1: "),
        (None, "fault"),  # missing
    ],
)
def test_f67_a_template_that_is_broken_is_named_with_its_line(
    made: Reports, text: str | None, said: str
) -> None:
    made.overlay("reports/small.toml", f'{REPORT}template = "fault"\n')
    if text is not None:
        made.overlay("templates/sections/fault.html.jinja", text)
    ended = made()
    assert (ended.code, ended.out, made.files) == (2, "", [])
    assert said in ended.message
    assert "Traceback" not in ended.err
    assert len(ended.message.splitlines()) == 1


def test_f67_a_template_over_a_shipped_one_is_the_users_fault_and_the_shipped_one_stays(
    made: Reports,
) -> None:
    made.overlay("templates/sections/standard.html.jinja", "{{ broken")
    ended = made()
    assert (ended.code, made.files) == (2, [])
    assert str(made.overlay.folder) in ended.message or "standard.html.jinja:1" in ended.message
    (made.overlay.folder / "templates/sections/standard.html.jinja").unlink()
    assert made().code == 0
    assert made.files == ["small.html", "small.pdf"]


# --- F68: assets ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    ["https://example.invalid/x.png", "file:///etc/hostname", "asset:fonts/none.ttf", "chart:none"],
)
def test_f68_an_asset_that_is_refused_or_missing_is_no_hole_in_the_pdf(
    made: Reports, address: str
) -> None:
    made.overlay("reports/small.toml", f'{REPORT}template = "fault"\n')
    made.overlay("templates/sections/fault.html.jinja", f'<img src="{address}" alt="x">')
    ended = made()
    assert (ended.code, ended.out) == (2, "")
    assert address in ended.message
    assert len(ended.message.splitlines()) == 1
    assert "small.pdf" not in made.files


# --- F69: letters -----------------------------------------------------------------------------

NAMES = (
    *("智能币", "人工知能コイン", "인공지능 코인", "عملة الذكاء", "מטבע בינה", "कृत्रिम बुद्धि"),
    *("🤖🚀🧠", "\U0001f469\u200d\U0001f4bb coin", "é ñ ü ß Ø", "∞ Ω", "ﷺ"),
    *("\uff26\uff35\uff2c\uff2c \uff1d", "B\u0131ttensor", "\u041aoin", "\uff21\u0301"),
    *("<script>alert(1)</script>", "\u202egnidaer thgir", "\u200bzero", "{{7*7}}"),
)


def test_f69_every_letter_of_hostile_names_has_a_glyph(made: Reports) -> None:
    pymupdf = pytest.importorskip("pymupdf")
    listed = ", ".join(f"('{name}')" for name in NAMES)
    ended = made.rows(f"select name from (values {listed}) as t (name)")
    assert (ended.code, ended.message) == (0, "")
    missing: list[str] = []
    seen = 0
    with pymupdf.open(made.out / "small.pdf") as opened:
        for page in opened:
            for span in page.get_texttrace():
                seen += len(span["chars"])
                missing += [
                    f"{span['font']}: U+{letter:04X}"
                    for letter, glyph, *_ in span["chars"]
                    if glyph == 0
                ]
        text = "".join(page.get_text() for page in opened)
    assert missing == []
    assert seen > sum(map(len, NAMES))
    assert "智能币" in text
    assert "<script>alert" not in made.page


# --- F71: tables ------------------------------------------------------------------------------


def test_f71_a_table_of_thousands_is_cut_on_paper_and_says_so(made: Reports) -> None:
    pymupdf = pytest.importorskip("pymupdf")
    ended = made.rows("select 'name ' || i as name from range(1, 3001) as r (i)")
    assert (ended.code, ended.message) == (0, "")
    with pymupdf.open(made.out / "small.pdf") as opened:
        text = " ".join("".join(page.get_text() for page in opened).split())
        assert len(opened) < 12
        attached = {name: opened.embfile_get(name) for name in opened.embfile_names()}
    assert "name 200 " in text
    assert "name 201 " not in text
    assert "200 of 3,000 rows are shown; all are attached." in text
    (rows,) = [body for name, body in attached.items() if name.endswith(".csv")]
    assert rows.count(b"name ") == 3000


def test_f71_a_word_without_end_stays_on_its_page(made: Reports) -> None:
    pymupdf = pytest.importorskip("pymupdf")
    ended = made.rows(f"select '{'W' * 300}' as name")
    assert (ended.code, ended.message) == (0, "")
    with pymupdf.open(made.out / "small.pdf") as opened:
        right = max(
            word[2] for page in opened for word in page.get_text("words") if "WWW" in word[4]
        )
        assert right <= opened[0].rect.width
    assert "overflow-wrap" in made.page


def test_f71_a_table_without_rows_says_so(made: Reports) -> None:
    ended = made.rows("select null::varchar as name from range(0)")
    assert (ended.code, ended.message) == (0, "")
    assert "no row was found." in made.page
    assert made.files == ["small.html", "small.pdf"]
