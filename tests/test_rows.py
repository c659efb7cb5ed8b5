"""Rows: every format read back by another reader, and text that nobody may run."""

from __future__ import annotations

import csv
import io
import json
from datetime import date, datetime
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import rows
from pipeline.visible import in_one_line, visible

FORMULAS = [
    "=1+1",
    "+1",
    "-1",
    "@sum(a1)",
    "\tx",
    "\rx",
    "\nx",
    "\uff1d1",
    "\uff0b1",
    "\uff0d1",
    "\uff201",
    "=HYPERLINK(\"http://example.org\";\"click\")",
]  # fmt: skip
FIRST = "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20"
PLAIN = ["", "a=1", "1-2", "'", "x", "\uff1a1", " =1"]


def read_csv(text: str) -> list[list[str]]:
    return [*csv.reader(io.StringIO(text, newline=""))]


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_is_marked_as_text_in_csv_and_markdown(text: str) -> None:
    frame = pl.DataFrame({"a": ["x", text]})
    assert read_csv(rows.as_csv(frame))[2] == [f"'{text}"]
    assert read_csv(rows.as_csv(frame, raw=True))[2] == [text]
    assert "| '" in rows.as_markdown(frame)
    assert "| '" not in rows.as_markdown(frame, raw=True)


@pytest.mark.parametrize("text", PLAIN)
def test_other_text_is_left_alone(text: str) -> None:
    assert read_csv(rows.as_csv(pl.DataFrame({"a": [text]})))[1] == [text]


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1))
def test_no_cell_of_a_csv_begins_like_a_formula_and_none_is_lost(texts: list[str]) -> None:
    frame = pl.DataFrame({"key": range(len(texts)), "a": texts})
    found = [row[1] for row in read_csv(rows.as_csv(frame))[1:]]
    assert not [cell for cell in found if cell.startswith(tuple(FIRST))]
    assert [
        cell.removeprefix("'") if text[:1] and text[0] in FIRST else cell
        for cell, text in zip(found, texts, strict=True)
    ] == texts


def test_numbers_stay_numbers_and_missing_stays_missing() -> None:
    frame = pl.DataFrame(
        {
            "i": [-1, None],
            "f": [-0.5, float("-inf")],
            "d": [Decimal("-1.50"), None],
            "b": [True, None],
        }
    )
    assert rows.as_csv(frame) == "i,f,d,b\n-1,-0.5,-1.50,true\n,-inf,,\n"


def test_names_of_columns_are_text_too() -> None:
    # Neutral, the two have one name; in a file they may.
    frame = pl.DataFrame({"=a": [1], "'=a": [2]})
    assert rows.as_csv(frame) == "'=a,'=a\n1,2\n"
    assert rows.as_csv(frame, raw=True) == "=a,'=a\n1,2\n"
    assert json.loads(rows.as_json(frame)) == [{"=a": 1, "'=a": 2}]


def test_json_and_parquet_are_never_altered() -> None:
    frame = pl.DataFrame({"a": [*FORMULAS, *PLAIN], "d": date(2024, 1, 2)})
    assert [row["a"] for row in json.loads(rows.as_json(frame))] == [*FORMULAS, *PLAIN]
    read = pl.read_parquet(io.BytesIO(rows.written(frame, "parquet")))
    assert read.equals(frame)
    assert read.schema == frame.schema


def test_nested_values_and_bytes_have_a_form_in_csv() -> None:
    frame = pl.DataFrame(
        {"l": [["=a", None], None], "s": [{"x": float("nan")}, None], "b": [b"\x01\xff", None]}
    )
    header, first, second = read_csv(rows.as_csv(frame))
    assert header == ["l", "s", "b"]
    assert [json.loads(cell) for cell in first[:2]] == [["=a", None], {"x": None}]
    assert first[2] == "01ff"
    assert second == ["", "", ""]


def test_markdown_keeps_its_cells_and_takes_no_markup() -> None:
    frame = pl.DataFrame(
        {
            "a|b": ["x|y", "one\ntwo\r\nthree", "*b* _i_ snake_case `c` [l](u) <b> &amp; \\"],
            "n": [1, None, 3],
            "is": [True, False, None],
        }
    )
    assert rows.as_markdown(frame).splitlines() == [
        r"| a\|b | n | is |",
        "| --- | ---: | --- |",
        r"| x\|y | 1 | true |",
        "| one<br>two<br>three |  | false |",
        r"| \*b\* \_i\_ snake_case \`c\` \[l\](u) \<b\> \&amp; \\ | 3 |  |",
    ]


def test_the_table_shows_all_rows_and_no_control() -> None:
    names = ["\x1b[2J", "\x1b]8;;http://example.org\x07x", "a\u202eb", "zero\u200bwidth", "t\ta\nb"]
    shown = rows.table(pl.DataFrame({"name\x1b": names * 100}))
    assert shown.count("zero\\u200bwidth") == 100
    assert "\\x1b[2J" in shown
    assert "name\\x1b" in shown
    assert "a\\u202eb" in shown
    assert "t\\ta\\nb" in shown
    assert not {*shown} & {*"\x1b\x07\u202e\u200b\t"}
    # As wide in every line, so that no cell breaks the frame.
    assert len({len(line) for line in shown.splitlines()}) == 1


def test_columns_that_look_alike_are_both_shown() -> None:
    assert rows.table(pl.DataFrame({"a\x1b": [1], "a\\x1b": [2]})).count("a\\x1b") == 2


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_what_is_visible_is_printable_and_settled(text: str) -> None:
    shown = visible(text)
    assert visible(shown) == shown
    assert not [c for c in shown if (ord(c) < 32 and c not in "\t\n") or 127 <= ord(c) < 160]
    assert not {*shown} & {*"\u200b\u200e\u200f\u202a\u202e\u2066\u2069\ufeff\u061c"}
    assert "\n" not in in_one_line(text)


def test_days_have_one_form_everywhere() -> None:
    frame = pl.DataFrame({"d": [date(2024, 1, 2)], "t": [datetime(2024, 1, 2, 3, 4, 5)]})
    assert "2024-01-02" in rows.as_csv(frame)
    assert json.loads(rows.as_json(frame)) == [{"d": "2024-01-02", "t": "2024-01-02 03:04:05"}]
