"""The press: PDFs from processes of their own are those that this one would have made."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pipeline import desk, engines, press
from pipeline.configuration import resolve
from pipeline.errors import RenderLibraryMissing, TemplateError
from pipeline.job import Job
from pipeline.opening import open_warehouse
from pipeline.report import assemble, language, pdf
from pipeline.resources import LOCALE, TEMPLATES
from pipeline.settings import Report as Chosen

if TYPE_CHECKING:
    from datetime import datetime

    from pipeline.report.value import Report
    from tests.conftest import Command  # noqa: TID251 - for its types only

NAMES, LOCALES = ("market", "capacity"), ("en", "de")


@pytest.fixture(scope="module")
def reports(built: Path) -> dict[str, Report]:
    """Two reports in two languages, by the stem of their files."""

    def clock() -> datetime:
        raise AssertionError("a report says no time of its own")

    job = Job("test", resolve(built, {}, Path("/")), lambda *_, **__: None, clock, "test")
    with open_warehouse(job) as opened:
        return {
            (name if locale == "en" else f"{name}.{locale}"): assemble.assemble(
                replace(desk.defined(job, name), language=language.load(locale, [LOCALE])),
                opened,
                sql_folders=job.sql,
                engines=engines.shown(),
            )
            for name in NAMES
            for locale in LOCALES
        }


@pytest.fixture(scope="module")
def documents(reports: dict[str, Report]) -> dict[str, bytes]:
    """Their PDFs, laid out in this process."""
    return {
        stem: pdf.pdf(report, template_folders=(TEMPLATES,)) for stem, report in reports.items()
    }


def test_pdfs_are_those_of_one_process_and_come_in_the_order_of_their_reports(
    reports: dict[str, Report], documents: dict[str, bytes]
) -> None:
    waiting: list[str] = []
    came: list[tuple[str, bytes]] = []
    with press.Press(Chosen(), len(reports), (TEMPLATES,)) as opened:
        for stem, report in reports.items():
            if opened.is_full:
                came.append((waiting.pop(0), opened.take()))
            opened.give(report)
            waiting.append(stem)
        came += [(stem, opened.take()) for stem in waiting]
    assert [stem for stem, _ in came] == ["market", "market.de", "capacity", "capacity.de"]
    for stem, document in came:
        assert document == documents[stem], stem


def test_files_are_those_of_one_process(
    run: Command, documents: dict[str, bytes], tmp_path: Path
) -> None:
    ended = run("report", "build", "market", "--locale", "en,de", "--out", str(tmp_path))
    assert [Path(line).name for line in ended.out.split()] == [
        "market.html", "market.pdf", "market.de.html", "market.de.pdf",
    ]  # fmt: skip
    for stem in ("market", "market.de"):
        assert (tmp_path / f"{stem}.pdf").read_bytes() == documents[stem], stem


def test_what_is_wrong_with_one_pdf_is_said_of_that_one(
    reports: dict[str, Report], tmp_path: Path
) -> None:
    style = tmp_path / "css" / "own.css"
    style.parent.mkdir()
    style.write_text('html[lang="de-DE"] .band { background: url(asset:fonts/none.png) }')
    with press.Press(Chosen(), 2, (tmp_path, TEMPLATES)) as opened:
        opened.give(reports["market.de"])
        with pytest.raises(TemplateError, match=r"report\.html\.jinja: .*none\.png"):
            opened.take()
        opened.give(reports["market"])
        assert opened.take().startswith(b"%PDF")


def test_libraries_that_are_missing_are_said_for_every_pdf(
    reports: dict[str, Report], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "weasyprint.py").write_text("raise OSError('cannot load library libpango')")
    monkeypatch.syspath_prepend(tmp_path)
    with press.Press(Chosen(), 1, (TEMPLATES,)) as opened:
        for _ in range(2):
            opened.give(reports["market"])
            with pytest.raises(RenderLibraryMissing, match="cannot load library libpango"):
                opened.take()
