"""What is told of a report: its words, and a page that mail programs can show."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from pipeline import resources
from pipeline.deliver.mail import PLACE
from pipeline.report import briefing
from pipeline.report.briefing import Briefing
from pipeline.report.value import Report

NAMES = ("market", "capacity", "market-capacity")


def brief(report: Report) -> Briefing:
    return briefing.brief(report, template_folders=(resources.TEMPLATES,))


@pytest.mark.parametrize("name", NAMES)
def test_page_and_lines_say_what_the_report_says(
    reports: Mapping[str, Report], words: Callable[[str], str], name: str
) -> None:
    report = reports[name]
    found = brief(report)
    text, shown = "\n".join(found.lines), words(found.page)
    values = [one.value for one in report.kpis]
    leads = [one.lead for one in report.findings]
    for part in [report.finding, *values, *leads]:
        assert part in text
        assert " ".join(part.split()) in shown
    assert report.report_id in shown


@pytest.mark.parametrize("name", NAMES)
def test_the_page_fetches_nothing_and_is_small(reports: Mapping[str, Report], name: str) -> None:
    page = brief(reports[name]).page
    assert not re.search(
        r"(?i)<(img|script|link|iframe|object|form|svg)\b|url\(|@import|src=", page
    )
    assert page.count(PLACE) == 1
    assert len(page.encode()) < 100_000  # Gmail cuts a longer one


def test_a_hostile_name_stays_text(report: Report) -> None:
    bad = '<script>alert(1)</script><!--files--><a href="javascript:x">'
    found = brief(replace(report, finding=bad, title=bad))
    assert "<script>" not in found.page
    assert found.page.count(PLACE) == 1


def test_it_speaks_the_language_of_the_report(in_german: Mapping[str, Report]) -> None:
    found = brief(in_german["market-capacity"])
    assert "Kernaussagen" in found.page
    assert "Kernaussagen" in found.lines
    assert found.attached == "{} ist angehängt."
    assert 'lang="de-DE"' in found.page
