"""capbrief report: list, new, check, build and catalogue, and what each says of bad input."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import pytest

from pipeline import cli, desk
from pipeline.errors import DefinitionError, RenderLibraryMissing
from pipeline.report import render
from pipeline.settings import PAPERS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.conftest import Command, Overlay  # noqa: TID251 - for its types only

README = (Path(__file__).resolve().parents[1] / "README.md").read_text(encoding="utf-8")

SMALL = """\
title = "Small"
finding = "The {market.n_members:words} tokens."
dateline = "Report of {build.report_date:date}"

[[section]]
id = "one"
title = "Key findings"
lead = "A lead."
"""
GERMAN = (
    'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n\n'
    'msgid "Small"\nmsgstr "Klein"\n'
)


@pytest.fixture
def own(overlay: Overlay) -> Path:
    """An overlay with a report that is built in a second, and one that is broken."""
    overlay("reports/small.toml", SMALL)
    overlay("locale/de/LC_MESSAGES/capbrief.po", GERMAN)
    return Path(overlay("reports/torn.toml", SMALL.replace("n_members", "nothing")))


def names(out: str) -> list[str]:
    return [Path(line).name for line in out.split()]


def test_list_says_whose_each_is(run: Command, own: Path) -> None:
    (own / "reports" / "open.toml").write_text("title = ")
    shown = json.loads(run("report", "--overlay", str(own), "--json").out)
    listed = {one["name"]: one for one in shown}
    assert set(listed) >= {"market-capacity", "small", "torn", "open"}
    assert listed["small"] | {"languages": []} == {
        "name": "small", "title": "Small", "locale": "en_GB", "languages": [], "origin": "own",
        "sections": ["one"],
    }  # fmt: skip
    assert {"de", "en"} <= set(listed["small"]["languages"])
    assert listed["market-capacity"]["origin"] == "shipped"
    assert "capbrief report check open" in listed["open"]["title"]
    assert "Small" in run("report", "list", "--overlay", str(own)).out


def test_a_new_report_passes_its_check_and_is_built(run: Command, tmp_path: Path) -> None:
    own, out = str(tmp_path / "own"), str(tmp_path / "out")
    begun = run("report", "new", "my-own", "--overlay", own)
    assert names(begun.out) == ["my-own.toml", "my_own_example.sql"]
    assert run("report", "check", "my-own", "--overlay", own).code == 0
    assert names(run("report", "build", "my-own", "--overlay", own, "--out", out).out) == [
        "my-own.html",
        "my-own.pdf",
    ]
    again = run("report", "new", "my-own", "--overlay", own)
    assert (again.code, len(again.message.splitlines())) == (2, 1)
    assert "there is a report of that name" in again.message
    copied = run("report", "new", "copy", "--from", "my-own", "--overlay", own)
    assert copied.code == 0
    assert run("report", "check", "copy", "--overlay", own).code == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["new", "../mine"], "the name of a report is small letters"),
        (["new", "x" * 300], "80 at most"),
        (["build", "x" * 300], "there is no report 'xxx"),
        (["new", "mine", "--from", "../market-capacity"], "there is no report '../market"),
        (["build", "../market-capacity"], "there is no report '../market-capacity'"),
        (["check", "/etc/passwd"], "there is no report '/etc/passwd'"),
        (["build", "small", "--locale", "xx"], "'xx' is no language, such as en_GB or de"),
        (["build", "small", "--locale", "../de"], "'../de' is no language"),
        (["build", "small", "--locale", "fr"], "'capbrief report catalogue fr' prints one"),
        (["catalogue", "nonsense"], "'nonsense' is no language"),
    ],
)
def test_a_wrong_name_is_told(
    arguments: Sequence[str], message: str, run: Command, own: Path, tmp_path: Path
) -> None:
    ended = run("report", *arguments, "--overlay", str(own))
    assert (ended.code, ended.out) == (2, "")
    assert message in ended.message
    assert not (tmp_path / "mine.toml").exists()


def test_without_an_overlay_there_is_no_place_for_a_new_report(run: Command) -> None:
    ended = run("report", "new", "mine")
    assert (ended.code, "give --overlay DIR" in ended.message) == (2, True)


def test_a_folder_that_cannot_be_written_is_told(run: Command, own: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    ended = run("report", "build", "small", "--overlay", str(own), "--out", str(tmp_path / "file"))
    assert (ended.code, ended.out) == (8, "")
    assert "cannot be written" in ended.message


def test_an_unknown_paper_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        cli.main(["report", "build", "--paper", "a5"])
    assert caught.value.code == 2
    assert "'a5' is not known; there are a4, letter" in capsys.readouterr().err
    assert get_args(render.Paper) == PAPERS


def test_what_is_broken_keeps_nothing_else_from_being_written(
    run: Command, own: Path, tmp_path: Path
) -> None:
    out = ["--overlay", str(own), "--out", str(tmp_path / "out"), "--locale", "en,de"]
    ended = run("report", "build", "torn", "small", *out)
    assert ended.code == 2
    assert "query market has no column nothing" in ended.message
    assert len(ended.message.splitlines()) == 1
    assert names(ended.out) == ["small.html", "small.pdf", "small.de.html", "small.de.pdf"]
    german = (tmp_path / "out" / "small.de.html").read_text()
    assert '<html lang="de-DE">' in german
    assert "<h1>Klein</h1>" in german


def test_each_query_is_asked_once_for_all_reports(
    run: Command, own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pipeline.warehouse import Warehouse

    asked: list[str] = []
    query = Warehouse.query

    def counted(self: Warehouse, sql: str) -> object:
        asked.append(sql)
        return query(self, sql)

    monkeypatch.setattr(Warehouse, "query", counted)
    shutil.copy(own / "reports" / "small.toml", own / "reports" / "other.toml")
    arguments = ["--overlay", str(own), "--out", str(tmp_path / "out"), "--locale", "en,de"]
    assert run("report", "build", "small", "other", *arguments).code == 0
    reports = [sql for sql in asked if "from marts.category_day" in sql]
    assert len(reports) == 1


def test_check_tells_every_mistake_with_its_line(run: Command, own: Path) -> None:
    mistakes = {
        "templates/css/own.css": "a {\n color red }",
        "templates/sections/mine.html.jinja": "\n{% if %}",
        "locale/fr/LC_MESSAGES/capbrief.po": 'msgid "Note %(number)s"\nmsgstr "%(x)s"\n',
        "brand.toml": 'accent = "#FFD166"\n',
        "sql/reports/wrong.sql": "select\n  nothing\nfrom marts.build",
        "sql/reports/many.sql": "select * from marts.token",
        "reports/wrong.toml": SMALL.replace("market.n_members:words", "wrong.nothing:text"),
        "reports/many.toml": SMALL.replace("market.n_members:words", "many.name:text"),
    }
    for name, text in mistakes.items():
        (own / name).parent.mkdir(parents=True, exist_ok=True)
        (own / name).write_text(text)
    (own / "templates" / "latin.html.jinja").write_bytes(b"\xfc")
    (own / "sql" / "reports" / "latin.sql").write_bytes(b"select '\xfc' as name")
    (own / "reports" / "latin.toml").write_text(
        mistakes["reports/many.toml"].replace("many", "latin")
    )
    ended = run("report", "check", "small", "--overlay", str(own))
    assert ended.code == 2
    for place in (
        "own.css:2: ",
        "mine.html.jinja:2: ",
        "latin.html.jinja: is not UTF-8 text",
        "capbrief.po:1: ",
        "brand.toml:1: accent",
    ):
        assert place in ended.message
    (own / "brand.toml").unlink()
    ended = run("report", "check", "wrong", "many", "torn", "latin", "--overlay", str(own))
    for place in (
        "wrong.sql:2: Binder Error",
        "many.toml:2: finding: query many must return one row for a sentence",
        "torn.toml:2: finding: query market has no column nothing",
        "latin.sql: is not UTF-8 text",
    ):
        assert place in ended.message


def test_check_needs_no_warehouse(first: Command, own: Path) -> None:
    ended = first("report", "check", "small", "torn", "--overlay", str(own))
    assert ended.code == 0
    assert "nothing is published" in ended.out


def test_the_catalogue_can_be_filled_and_kept(run: Command, own: Path, tmp_path: Path) -> None:
    (own / "reports" / "torn.toml").unlink()
    text = run("report", "catalogue", "fr", "--overlay", str(own)).out
    assert 'msgid "Small"\nmsgstr ""' in text
    path = own / "locale" / "fr" / "LC_MESSAGES" / "capbrief.po"
    path.parent.mkdir(parents=True)
    path.write_text(text.replace('msgid "Small"\nmsgstr ""', 'msgid "Small"\nmsgstr "Petit"'))
    out = str(tmp_path / "out")
    arguments = ["--overlay", str(own), "--out", out, "--locale", "fr"]
    assert names(run("report", "build", "small", *arguments).out) == [
        "small.fr.html",
        "small.fr.pdf",
    ]
    assert "<h1>Petit</h1>" in (tmp_path / "out" / "small.fr.html").read_text()


def test_demo_builds_what_the_settings_name(
    fresh: Command, own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CAPBRIEF_REPORT__NAMES", "torn,small")
    monkeypatch.setenv("CAPBRIEF_REPORT__LOCALES", "de")
    monkeypatch.setenv("CAPBRIEF_REPORT__PAPER", "letter")
    ended = fresh("demo", "--overlay", str(own), "--out", str(tmp_path / "out"))
    assert ended.code == 2
    assert names(ended.out) == ["small.de.html", "small.de.pdf"]
    runs = json.loads(fresh("status", "--json").out)["runs"]
    last = max(runs, key=lambda one: str(one["started_at"]))
    assert (last["command"], last["exit_code"]) == ("demo", 2)


def test_the_pdf_that_is_missing_is_told_once() -> None:
    report: Any = None
    missing = RenderLibraryMissing("no Pango")
    made = [desk.Delivered(Path("a.html"), None, report, missing)] * 2
    failure = desk.Reported(tuple(made)).failure
    assert (type(failure), str(failure)) == (RenderLibraryMissing, "no Pango")
    both = desk.Reported(tuple(made), (DefinitionError("broken"),)).failure
    assert (type(both), str(both)) == (DefinitionError, "broken\nno Pango")
    assert desk.Reported(()).failure is None


def test_the_example_of_the_readme_is_built_as_it_stands(
    run: Command, overlay: Overlay, tmp_path: Path
) -> None:
    example = README[README.index("## A report of your own") : README.index("## Commands")]
    files = dict(re.findall(r"[Ii]n `own/([\w/.]+)`.*?\n```\w+\n(.*?)^```", example, re.M | re.S))
    assert list(files) == [
        "reports/largest.toml",
        "sql/reports/largest_facts.sql",
        "templates/css/own.css",
    ]
    for name, text in files.items():
        own = overlay(name, text)
    out = tmp_path / "out"
    assert run("report", "check", "largest", "--overlay", own).code == 0
    ended = run("report", "build", "largest", "--overlay", own, "--out", str(out))
    assert names(ended.out) == ["largest.html", "largest.pdf"]
    page = (out / "largest.html").read_text()
    assert files["templates/css/own.css"].strip() in page
    assert "Our house" in page
    assert re.search(r"leads with USD\s[\d.]+\sbn", page)


def test_an_asset_that_is_missing_fails_the_build(run: Command, own: Path, tmp_path: Path) -> None:
    style = own / "templates" / "css" / "own.css"
    style.parent.mkdir(parents=True)
    style.write_text(".band { background: url(asset:fonts/none.png) }")
    ended = run("report", "build", "small", "--overlay", str(own), "--out", str(tmp_path / "out"))
    assert ended.code == 2
    assert "none.png" in ended.message
