"""The catalogue of all texts: complete, with places, equal each time, ready to be filled."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipeline import alert_rules, resources
from pipeline.errors import DefinitionError
from pipeline.report import definition_file, language, messages, render, review
from pipeline.report.definition import texts_of
from pipeline.report.language import Language
from pipeline.report.value import Report

Folders = Callable[[Mapping[str, str]], Path]

SQL, TEMPLATES = [resources.SQL], [resources.TEMPLATES]
TITLES = alert_rules.titles([resources.ALERTS])


def gathered(warehouse: Any = None) -> messages.Messages:
    defined = [definition_file.load("market-capacity", [resources.REPORTS])]
    return messages.messages(
        defined, warehouse, sql_folders=SQL, template_folders=TEMPLATES, titles=TITLES
    )


def po(text: str, said: str) -> str:
    head = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n\n'
    return f'{head}msgid "{text}"\nmsgstr "{said}"\n'


def test_every_kind_of_text_is_there_with_its_place() -> None:
    all_of_them = gathered()
    for text, place in (
        ("AI tokens and GPU capacity", "reports/market-capacity.toml:"),
        ("Key findings", "templates/report.html.jinja:"),
        ("Figure %(number)s", "templates/macros.html.jinja:"),
        ("As known on {}", "pipeline/report/masthead.py:"),
        ("Measured, seconds", "pipeline/report/of_pairs.py:"),
        ("did not move", "format moved"),
        ("n/a", "what is missing"),
    ):
        assert any(each.startswith(place) for each in all_of_them[text]), text
    defined = definition_file.load("market-capacity", [resources.REPORTS])
    told = {text.text for text in texts_of(defined)} - all_of_them.keys()
    # What has no letters of its own is the same in every language.
    assert all(text.startswith("{") and text.endswith("}") for text in told)


def test_words_of_answers_are_there_with_a_warehouse(warehouse: Any) -> None:
    [title] = warehouse.query("select edition_title from marts.build")["edition_title"]
    assert title not in gathered()
    assert gathered(warehouse)[title] == ("sql/reports/build.sql",)


def test_what_a_page_asks_to_translate_is_in_it(report: Report, warehouse: Any) -> None:
    """Against the page itself: each text that is asked for while it is made."""
    asked: set[str] = set()

    class Listening(Language):
        def say(self, text: str) -> str:
            asked.add(text)
            return super().say(text)

    heard = Listening(report.language.locale)
    render.html(replace(report, language=heard), template_folders=TEMPLATES)
    missing = asked - gathered(warehouse).keys()
    assert not [text for text in missing if any(letter.isalpha() for letter in text)]


def test_a_catalogue_is_equal_each_time_and_keeps_what_was_said(folders: Folders) -> None:
    own = folders({"fr/LC_MESSAGES/capbrief.po": po("Key findings", "L’essentiel")})
    locale = language.parsed("fr")
    french = Language(locale, language.translations(locale, [own]))
    text = messages.catalogue(french, gathered())
    assert text == messages.catalogue(french, gathered())
    assert 'msgid "Key findings"\nmsgstr "L’essentiel"' in text
    assert "Creation-Date" not in text
    path = folders({"fr/LC_MESSAGES/capbrief.po": text}) / "fr/LC_MESSAGES/capbrief.po"
    assert language.load("fr", [path.parents[2]]).say("Key findings") == "L’essentiel"
    assert review.translated(path) == []


@pytest.mark.parametrize(
    ("text", "said", "complaint"),
    [
        ("{a.b:count} tokens", "{a.c:count} Token", "asks for a.c as well"),
        ("{a.b:count} tokens", "{a.b:pzt} Token", "names no known format"),
        ("Note %(number)s", "Notiz %(nummer)s", "asks for %(nummer)s as well"),
        ("As known on {}", "{} wie {}", "asks for one {} more"),
        ("As known on {}", "Stand {0}", "may have {} alone in braces"),
        ("As known on {}", "Stand {", "Single '{' encountered"),
    ],
)
def test_a_translation_that_asks_for_more_is_told_with_its_line(
    text: str, said: str, complaint: str, folders: Folders
) -> None:
    path = folders({"de/LC_MESSAGES/capbrief.po": po(text, said)}) / "de/LC_MESSAGES/capbrief.po"
    [told] = review.translated(path)
    assert told.startswith(f"{path}:5: ")
    assert complaint in told
    if "{a.b" not in text:  # those are told where the sentence is filled
        with pytest.raises(DefinitionError, match=re.escape(complaint)):
            language.load("de", [path.parents[2]])


def test_a_catalogue_of_no_encoding_is_told(folders: Folders) -> None:
    text = po("a", "b").replace("utf-8", "klingon")
    path = folders({"de/LC_MESSAGES/capbrief.po": text}) / "de/LC_MESSAGES/capbrief.po"
    assert review.translated(path) == [f"{path}: unknown encoding: klingon"]


def test_a_catalogue_of_no_language_is_told(folders: Folders) -> None:
    path = folders({"zz/LC_MESSAGES/capbrief.po": po("a", "b")}) / "zz/LC_MESSAGES/capbrief.po"
    assert review.translated(path) == [f"{path}: 'zz' is no language, such as en_GB or de"]


@pytest.mark.parametrize(
    ("text", "complaints"),
    [
        ("h1 { color: red }\n@media print { a:hover { margin: 0 } }", []),
        ("h1 { color: red }\n}\nh2 {}", ["own.css:2: "]),
        ("a {\n  color red;\n  margin: 0 }", ["own.css:2: "]),
        ("@media print {\n  a { color: 'x\n }}", ["own.css:2: "]),
    ],
)
def test_a_broken_style_is_told_with_its_line(
    text: str, complaints: list[str], tmp_path: Path
) -> None:
    path = tmp_path / "own.css"
    path.write_text(text)
    told = [line.removeprefix(f"{tmp_path}/") for line in review.styles(path)]
    assert [line[: len(start)] for line, start in zip(told, complaints, strict=True)] == complaints


def test_what_is_shipped_has_no_mistake() -> None:
    assert review.files(TEMPLATES, [resources.LOCALE]) == []
