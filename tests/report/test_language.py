"""The German catalogue: it translates all that a report can say, and states the same numbers."""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from babel.numbers import parse_decimal

from pipeline import resources
from pipeline.report import assemble, definition_file, render
from pipeline.report.definition import texts_of
from pipeline.report.formats import FORMATS, MISSING_IN_TEXT
from pipeline.report.value import Report, TableBlock

SHIPPED = definition_file.names([resources.REPORTS])
FILE = resources.LOCALE / "de" / "LC_MESSAGES" / "capbrief.po"

# English words that no German sentence has, and the titles and names in which they may stand.
ENGLISH = re.compile(r"\b(?:the|of|and|with|from|which|is|are|were|by|to|for|its)\b")
NAMES = (
    "Under The Hood: How OpenAI's Sora Model Works",
    "Training a Commercial-Level Video Generation Model in $200k",
    "Inside a single day on TikTok: 117 million videos",
    "Crypto AI Projects Would Need to Buy Chips Worth Their Entire Market Cap to Meet Ambitions",
    "GPU cloud H100/A100 pricing benchmark",
)
# What stands before a number's own digits belongs to a name: H100, Wan2.1, FP8.
NUMBER = re.compile(r"(?<![\w.,])[-+\u2212]?\d[\d.,]*\d|(?<![\w.,])[-+\u2212]?\d")


@pytest.fixture(scope="module")
def catalogue() -> Catalog:
    with FILE.open("rb") as file:
        return read_po(file, abort_invalid=True)


@pytest.fixture(scope="module")
def german(catalogue: Catalog) -> dict[str, str]:
    """Translations by their English text."""
    return {str(message.id): str(message.string) for message in catalogue if message.id}


def has_words(text: str) -> bool:
    return bool(re.search(r"[^\W\d_]", re.sub(r"\{[^{}]*\}", "", text)))


def written_in(folder: Path, method: str, **keywords: None) -> Iterator[str]:
    """The literals given to calls of those names, found by Babel's extractors."""
    found = extract_from_dir(
        folder,
        [("**.jinja", method), ("**.py", method)],
        keywords=keywords,
    )
    for _, _, message, _, _ in found:
        yield message if isinstance(message, str) else message[0]


def fields_of(text: str) -> set[str]:
    """The ``query.column`` of a sentence, each end of a range by itself."""
    names = {name for _, name, _, _ in string.Formatter().parse(text) if name}
    return {
        f"{name.partition('.')[0]}.{column}"
        for name in names
        for column in name.partition(".")[2].split("..")
    }


def test_the_catalogue_says_what_it_is(catalogue: Catalog) -> None:
    head = dict(catalogue.mime_headers)
    assert head["Content-Type"] == "text/plain; charset=utf-8"
    assert str(catalogue.locale) == "de"
    assert b"ion-Date:" not in FILE.read_bytes()


def test_no_translation_is_empty_or_unsure(catalogue: Catalog) -> None:
    unsure = [message.id for message in catalogue if message.id and message.fuzzy]
    empty = [message.id for message in catalogue if message.id and not message.string]
    assert (unsure, empty, list(catalogue.obsolete)) == ([], [], [])


@pytest.mark.parametrize("name", SHIPPED)
def test_every_text_of_a_definition_is_translated(name: str, german: dict[str, str]) -> None:
    texts = texts_of(definition_file.load(name, [resources.REPORTS]))
    assert [text.place for text in texts if has_words(text.text) and text.text not in german] == []


def test_every_word_of_a_number_is_translated(german: dict[str, str]) -> None:
    frames = {chosen.frame for chosen in FORMATS.values()} - {"{}"}
    words = {word for chosen in FORMATS.values() for word in chosen.words}
    assert {*frames, *words, MISSING_IN_TEXT, "{} to {}"} - set(german) == set()


def test_every_text_of_templates_and_code_is_translated(german: dict[str, str]) -> None:
    page = written_in(resources.TEMPLATES, "jinja2.ext.babel_extract", _=None, gettext=None)
    code = written_in(Path(assemble.__file__).parent, "python", say=None)
    said = {text for text in (*page, *code) if has_words(text)}
    assert len(said) > 30
    assert said - set(german) == set()


def test_a_translation_states_no_more_than_the_text(german: dict[str, str]) -> None:
    more = {
        text: fields_of(said) - fields_of(text)
        for text, said in german.items()
        if "{" in text and fields_of(said) - fields_of(text)
    }
    assert more == {}


def test_translations_keep_placeholders_and_name_known_formats(german: dict[str, str]) -> None:
    for text, said in german.items():
        assert re.findall(r"%\(\w+\)s", text) == re.findall(r"%\(\w+\)s", said), text
        assert text.count("{}") == said.count("{}"), text
        specs = [spec for _, name, spec, _ in string.Formatter().parse(said) if name and spec]
        assert set(specs) <= set(FORMATS), text


def test_translations_are_german(german: dict[str, str]) -> None:
    for said in german.values():
        bare = said
        for name in NAMES:
            bare = bare.replace(name, "")
        bare = re.sub(r"\{[^{}]*\}|\w*[./]\w+", "", bare)
        assert not ENGLISH.search(bare), said
        assert (said.count("”"), said.count("„")) == (0, said.count("“")), said
        assert not re.search(r"[\d}] ?%", said), f"{said}: no space that holds before the sign"


def numbers(text: str, locale: str) -> Counter[Decimal]:
    return Counter(
        parse_decimal(found.replace("\u2212", "-"), locale=locale, strict=False)
        for found in NUMBER.findall(text)
    )


def figures(report: Report) -> Iterator[tuple[str, str]]:
    """What stands in each cell of numbers, with its table and column."""
    for section in report.sections:
        for block in (each for row in section.rows for each in row):
            if isinstance(block, TableBlock):
                columns = [c for c in block.table.columns if FORMATS[c.format].align == "right"]
                for row in block.table.rows:
                    for column in columns:
                        cell = row.cells[column.name]
                        yield f"{block.key}, {column.name}", cell.text
                        yield from (("", line) for line in cell.under[: bool(column.under)])


@pytest.mark.parametrize("name", SHIPPED)
def test_both_languages_give_the_same_numbers(
    name: str, reports: Mapping[str, Report], in_german: Mapping[str, Report]
) -> None:
    pairs = list(zip(figures(reports[name]), figures(in_german[name]), strict=True))
    assert len(pairs) > 50
    for (place, english), (_, german) in pairs:
        assert numbers(english, "en") == numbers(german, "de"), place
    for ours, theirs in zip(reports[name].kpis, in_german[name].kpis, strict=True):
        for english, german in ((ours.value, theirs.value), (ours.detail, theirs.detail)):
            assert numbers(english, "en") == numbers(german, "de"), ours.label


def invented(warehouse: Any) -> list[str]:
    """The texts of the small warehouse, longest first; those of the inputs are our words."""
    columns = warehouse.query(
        "select table_schema || '.' || table_name as place, column_name from"
        " information_schema.columns where data_type = 'VARCHAR' and table_schema in"
        " ('marts', 'estimates') and table_name <> 'assumption_text'"
    )
    texts: set[str] = set()
    for place, column in columns.iter_rows():
        texts.update(warehouse.query(f"select distinct {column} as text from {place}")["text"])
    return sorted((text for text in texts if text and len(text) > 2), key=len, reverse=True)


def test_a_german_page_has_no_english_left(
    in_german: Mapping[str, Report],
    words: Callable[[str], str],
    changed_warehouse: Callable[[str], Any],
) -> None:
    page = render.html(
        in_german["market-capacity"], medium="print", template_folders=[resources.TEMPLATES]
    )
    text = words(page)
    for known in (*invented(changed_warehouse("")), *NAMES):
        text = text.replace(known, "")
    assert [line for line in text.splitlines() if ENGLISH.search(line)] == []


def test_verdicts_look_alike_in_both_languages(
    reports: Mapping[str, Report], in_german: Mapping[str, Report]
) -> None:
    ours, theirs = (
        re.findall(
            r'class="verdict (\w+)"',
            render.html(each, medium="print", template_folders=[resources.TEMPLATES]),
        )
        for each in (reports["market-capacity"], in_german["market-capacity"])
    )
    assert ours == theirs
    assert {"holds", "conditional", "fails"} <= set(ours)


def test_numbers_and_days_are_written_the_german_way(
    in_german: Mapping[str, Report], bare: Callable[[str], str]
) -> None:
    report = in_german["market-capacity"]
    page = render.html(report, medium="print", template_folders=[resources.TEMPLATES])
    text = re.sub(r"<[^>]*>", "", bare(page))
    assert report.language.tag == "de-DE"
    assert "26.\u00a0März 2024" in report.dateline
    assert not re.search(r"\d ?%", text), "a space that holds before the sign"
    assert not re.search(r"\.\.(?!\.)", text), "an abbreviation ends a sentence"
