"""Every figure on a page equals its query's value, read back from the page and from the database.

The words are taken from the report and the values from the warehouse; between them stands only
how a reader reads a number: its digits, its unit, and half a unit of the last digit.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
import string
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import pytest

from pipeline import resources
from pipeline.report import definition_file
from pipeline.report.definition import Definition, Text, texts_of
from pipeline.report.value import Report

SHIPPED = definition_file.names([resources.REPORTS])

# What a reader multiplies the digits with, by the format's name.
UNIT = {
    **dict.fromkeys(("bn", "bn2", "usd_bn"), 1e9),
    **dict.fromkeys(("m", "m1", "m2", "usd_m", "million", "million2"), 1e6),
    **dict.fromkeys(
        ("pct", "pct1", "pct2", "percent", "percent_sig2", "moved", "moved0", "points"), 0.01
    ),
    **dict.fromkeys(("change", "change0", "change_percent"), 0.01),
}
WORDS = (
    *("zero", "one", "two", "three", "four", "five", "six"),
    *("seven", "eight", "nine", "ten", "eleven", "twelve"),
)
POWERS = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
NUMBER = re.compile(r"[-+\u2212]?\d[\d,]*(?:\.\d+)?")


def read(text: str, style: str) -> tuple[float, float]:
    """The number that ``text`` says, and how far the value behind it may be from it."""
    if text.lower() in WORDS:
        return float(WORDS.index(text.lower())), 0
    if text == "did not move":
        return 0, 0.0005
    found = NUMBER.search(text)
    assert found, text
    digits = found[0].replace(",", "").replace("\u2212", "-")
    unit = UNIT.get(style, 1.0)
    for word, factor in (("million", 1e6), ("billion", 1e9)):
        if style == "about" and word in text:
            unit = factor
    if power := re.search(r"× 10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)", text):
        unit = 10.0 ** int(power[1].translate(POWERS))
    value = float(digits) * unit * (-1 if text.startswith("fell") else 1)
    decimals = len(digits.partition(".")[2])
    half = 0.5 * 10.0**-decimals * unit
    if (
        style in ("sig2", "percent_sig2", "about", "times", "sig3", "short", "plain", "flop")
        and "." not in digits
    ):
        # Significant figures: trailing zeros before the mark are not digits that were measured.
        known = {"sig2": 2, "percent_sig2": 2, "about": 2, "times": 2, "plain": 4}.get(style, 3)
        size = len(digits.lstrip("+-"))
        half = 0.5 * 10.0 ** max(0, size - known) * unit
    return value, half * 1.0000001 + 1e-12


def says(text: str, style: str, value: Any) -> bool:
    """Whether a reader of ``text`` reads ``value``."""
    if isinstance(value, str):
        return text != ""
    if isinstance(value, bool):
        return text == ("yes" if value else "no")
    if style in ("above", "more"):
        return any(text.startswith(word) for word in ("above", "below", "level", "more", "less"))
    if isinstance(value, dt.date):
        return str(value.year) in text
    number, half = read(text, style)
    return abs(number - float(value)) <= half


def strings(value: object) -> Iterator[str]:
    """All texts of a report's value."""
    if isinstance(value, str):
        yield value
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            if field.name not in ("svg", "printed_svg", "data", "files"):
                yield from strings(getattr(value, field.name))
    elif isinstance(value, tuple | list):
        for each in value:
            yield from strings(each)
    elif isinstance(value, Mapping):
        yield from strings(tuple(value.values()))


def pattern_of(text: Text) -> tuple[re.Pattern[str], list[tuple[str, str]]]:
    """The sentence with a group for each field, and each field's name and format."""
    pattern, found = "", []
    for words, name, style, _ in string.Formatter().parse(text.text):
        pattern += re.escape(words)
        if name is not None:
            pattern += {"date": r"(\d+\s\w+\s\d{4}|n/a)"}.get(style or "", "(.+?)")
            found.append((name, style or "text"))
    end = r"$" if text.text.endswith("}") else r"(?=$|\s)"
    return re.compile(pattern + end, re.DOTALL), found


def defined(name: str) -> Definition:
    return definition_file.load(name, [resources.REPORTS])


def facts(warehouse: Any, definition: Definition, query: str) -> Mapping[str, Any]:
    sql = (resources.SQL / "reports" / f"{query}.sql").read_text(encoding="utf-8")
    frame = warehouse.query(sql)
    if "scenario_id" in frame.columns and definition.scenarios:
        frame = frame.filter(frame["scenario_id"].is_in(definition.scenarios))
    found: Mapping[str, Any] = frame.row(0, named=True) if frame.height else {}
    return found


def numbers(text: str, name: str, style: str, row: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """The parts of a field's text with the values that they must say; none where it is missing."""
    columns = name.split("..")
    values = [row.get(column) for column in columns]
    if None in values:
        assert "n/a" in text or "–" in text, (text, name)
        return []
    if len(values) == 1:
        return [(text, values[0])]
    parts = re.split(r" to |–", text)
    if len(parts) == 1:  # Both ends print alike.
        return [(text, value) for value in values]
    word = text.rpartition("\u00a0")[2]
    # An en dash stands between ends that share their word, "to" between those that do not.
    shared = word in ("million", "billion") and " to " not in text
    return [(f"{parts[0]} {word}" if shared else parts[0], values[0]), (parts[1], values[1])]


@pytest.mark.parametrize("name", SHIPPED)
def test_sentences_say_what_their_queries_give(
    name: str, reports: Mapping[str, Report], warehouse: Any
) -> None:
    definition = defined(name)
    said = list(strings(reports[name]))
    tiles = {
        getattr(tile, part).place: getattr(shown, part)
        for tile, shown in zip(definition.kpis, reports[name].kpis, strict=True)
        for part in ("label", "value", "unit", "detail")
    }
    checked = 0
    rows: dict[str, Mapping[str, Any]] = {}
    for text in texts_of(definition):
        if not text.queries:
            continue
        pattern, fields = pattern_of(text)
        # A field without words around it would be found in any text: tiles have their own place.
        tile = tiles.get(text.place)
        if tile is None and sum(map(str.isalpha, re.sub(r"{.*?}", "", text.text))) < 6:
            continue
        among = said if tile is None else [tile]
        match = next((m for each in among if (m := pattern.search(each))), None)
        if match is None:  # An ``otherwise``, or a sentence whose numbers are missing.
            continue
        for group, (field, style) in zip(match.groups(), fields, strict=True):
            query, _, columns = field.partition(".")
            row = rows.setdefault(query, facts(warehouse, definition, query))
            for part, value in numbers(group, columns, style, row):
                assert says(part, style, value), (text.place, field, part, value)
                checked += 1
    assert checked > 20


@pytest.mark.parametrize("name", SHIPPED)
def test_cells_say_what_their_queries_give(
    name: str, reports: Mapping[str, Report], warehouse: Any
) -> None:
    definition = defined(name)
    checked = 0
    for block in reports[name].tables:
        sql = (resources.SQL / "reports" / f"{block.data.query}.sql").read_text(encoding="utf-8")
        rows = warehouse.query(sql).to_dicts()
        if rows and "scenario_id" in rows[0] and definition.scenarios:
            order = definition.scenarios
            rows = [row for row in rows if row["scenario_id"] in order]
            rows.sort(key=lambda row: order.index(row["scenario_id"]))
        assert len(rows) == len(block.table.rows), block.key
        for row, shown in zip(rows, block.table.rows, strict=True):
            for column in block.table.columns:
                style = row[column.format_from] if column.format_from else column.format
                values = [row[each] for each in column.name.split("..")]
                if column.layout == "spark" or any(isinstance(each, str) for each in values):
                    continue
                text = shown.cells[column.name].text
                if None in values:
                    assert text in ("", "–"), (block.key, column.name, text)
                    continue
                for part, value in numbers(text, column.name, style, row):
                    assert says(part, style, value), (block.key, column.name, part, value)
                    checked += 1
    assert checked > 20


def test_the_reader_of_this_test_reads_as_people_do() -> None:
    assert read("USD\u00a043.0\u00a0bn", "usd_bn") == pytest.approx((43.0e9, 0.05e9))
    assert read("fell 4.2%", "moved")[0] == pytest.approx(-0.042)
    assert read("1.8\u00a0million", "about") == pytest.approx((1.8e6, 0.05e6))
    assert read("710,000", "sig2") == pytest.approx((710000, 5000))
    assert read("1.08 × 10²⁵", "flop")[0] == pytest.approx(1.08e25)
    assert not says("5.1%", "pct1", Decimal("0.0504"))
    assert says("5.1%", "pct1", Decimal("0.0506"))
