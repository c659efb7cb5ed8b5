"""What alerts say in a report: which are shown, in what order, in both languages, and escaped."""

from __future__ import annotations

import string
from collections.abc import Callable
from dataclasses import replace

import pytest

from pipeline import alert_rules, resources
from pipeline.alert import Alert, Said
from pipeline.report import alarms, assemble, definition_file, language, render
from pipeline.report.language import Language
from pipeline.report.queries import Warehouse
from pipeline.report.value import Report

GERMAN = language.load("de", [resources.LOCALE])


def alert(name: str, state: str, severity: str = "warning", title: str = "Share") -> Alert:
    said = Said("above", ((0.25, "pct"), (0.2, "pct")), label="akash")
    return Alert(name, title, severity, state, "", said=said, query="select 1 < 2 as value")


ALERTS = (
    alert("calm", "calm"),
    alert("doubt", "unknown"),
    alert("late", "firing"),
    alert("worse", "firing", "critical"),
)


@pytest.fixture
def told(warehouse: Warehouse) -> Report:
    defined = definition_file.load("market", [resources.REPORTS])
    return assemble.assemble(defined, warehouse, sql_folders=[resources.SQL], alerts=ALERTS)


def test_what_fires_comes_first_and_what_is_calm_is_not_shown(told: Report) -> None:
    assert [one.key for one in told.notices] == ["worse", "late", "doubt"]


def test_numbers_and_words_are_those_of_the_language(english: Language) -> None:
    said = Said("above", ((0.256, "pct1"), (0.2, "pct1")), label="akash")
    assert alarms.worded(said, english) == "akash: 25.6%, above the limit of 20.0%."
    expected = "akash: 25,6\u00a0%, über der Grenze von 20,0\u00a0%."
    assert alarms.worded(said, GERMAN) == expected


@pytest.mark.parametrize("text", alarms.TEXTS.values())
def test_every_sentence_has_a_translation_with_as_many_numbers(text: str) -> None:
    said = GERMAN.say(text)
    assert said != text

    def places(frame: str) -> int:
        return sum(name is not None for _, name, _, _ in string.Formatter().parse(frame))

    assert places(said) == places(text)


def test_every_shipped_title_has_a_translation() -> None:
    for title, _ in alert_rules.titles([resources.ALERTS]):
        assert GERMAN.say(title) != title


@pytest.mark.parametrize("medium", render.MEDIA)
def test_severity_is_said_in_a_word_and_a_sign(
    told: Report, medium: render.Medium, words: Callable[[str], str]
) -> None:
    page = render.html(told, medium=medium, template_folders=[resources.TEMPLATES])
    shown = words(page)
    for line in ("✘ critical Share.", "▲ warning Share.", "? not known Share.", "Alerts: 3"):
        assert line in shown
    assert ("select 1 &lt; 2 as value" in page) == (medium == "screen")


def test_a_report_without_alerts_has_no_such_section(told: Report) -> None:
    page = render.html(
        replace(told, notices=()), medium="screen", template_folders=[resources.TEMPLATES]
    )
    assert 'id="alerts"' not in page


def test_a_hostile_title_or_label_stays_text(warehouse: Warehouse) -> None:
    said = Said("above", ((0.25, "pct"), (0.2, "pct")), label="<b>x</b>\u202e{}%(a)s")
    bad = replace(alert("a", "firing", title="<script>alert(1)</script>%(a)s{}"), said=said)
    defined = definition_file.load("market", [resources.REPORTS])
    made = assemble.assemble(defined, warehouse, sql_folders=[resources.SQL], alerts=[bad])
    page = render.html(made, medium="screen", template_folders=[resources.TEMPLATES])
    assert "<script>alert(1)" not in page
    assert "<b>x" not in page
    assert "\u202e" not in page


def test_alerts_are_part_of_what_a_report_is_known_by(told: Report, warehouse: Warehouse) -> None:
    defined = definition_file.load("market", [resources.REPORTS])
    without = assemble.assemble(defined, warehouse, sql_folders=[resources.SQL])
    assert without.report_id != told.report_id
