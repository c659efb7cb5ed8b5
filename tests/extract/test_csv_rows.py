"""CSV rows: what each kind of column takes, and what it rejects with a reason."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from pipeline.errors import SchemaError
from pipeline.extract.csv_rows import (
    AMOUNT,
    COUNT,
    FLAG,
    ISO_DAY,
    NUMBER,
    POSITIVE,
    TEXT,
    US_OR_ISO_DAY,
    Field,
    Kind,
    gate,
    read,
    required,
    schema,
    unread,
)

FIELDS = (
    Field("name", ("Name",), TEXT, is_required=True),
    Field("units", ("Units", "Number of Units"), COUNT),
    Field("end_date", ("End date",), US_OR_ISO_DAY),
    Field("note", ("Notes",), TEXT, is_present=False),
)


def cell(kind: Kind, text: str) -> tuple[Any, str | None]:
    """What a cell becomes, or why not."""
    rows = read([Field("x", ("X",), kind)], f'X,Y\n"{text}",1\n'.encode())
    if len(rows.rejected):
        return None, rows.rejected["reason"][0]
    return rows.accepted["x"][0], None


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (NUMBER, "-1.5e3", -1500.0),
        (NUMBER, " .5 ", 0.5),
        (NUMBER, "", None),
        (AMOUNT, "0", 0.0),
        (POSITIVE, "989400000000000.0", 989.4e12),
        (COUNT, "6119", 6119),
        (COUNT, "1.0", 1),
        (ISO_DAY, "2026-01-31", dt.date(2026, 1, 31)),
        (US_OR_ISO_DAY, "1/2/2026", dt.date(2026, 1, 2)),
        (US_OR_ISO_DAY, "12/31/2025", dt.date(2025, 12, 31)),
        (US_OR_ISO_DAY, "2025-12-31", dt.date(2025, 12, 31)),
        (FLAG, "checked", True),
        (FLAG, "True", True),
        (FLAG, "FALSE", False),
        (FLAG, "", False),
        (TEXT, "  A100 ", "A100"),
    ],
)
def test_a_cell_becomes_its_value(kind: Kind, text: str, value: object) -> None:
    assert cell(kind, text) == (value, None)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        *((NUMBER, text) for text in ("989.4*", "1,234", "1.234,5", "N/A", "NaN", "inf", "1e400")),
        *((NUMBER, text) for text in ("0x10", "1_000", "$5", "12 %", "٣", "1e", "-")),
        (AMOUNT, "-1"),
        (POSITIVE, "0"),
        (COUNT, "1.5"),
        (COUNT, "-1"),
        (COUNT, "1e30"),
        (ISO_DAY, "1/2/2026"),
        (ISO_DAY, "2026-02-30"),
        (US_OR_ISO_DAY, "31/12/2025"),
        (US_OR_ISO_DAY, "1/2/26"),
        (FLAG, "perhaps"),
    ],
)
def test_a_cell_that_does_not_fit_is_rejected_with_what_was_wanted(kind: Kind, text: str) -> None:
    assert cell(kind, text) == (None, f"X: not {kind.wanted}")


def test_columns_are_found_by_name_in_any_order() -> None:
    rows = read(FIELDS, b"End date,Number of Units,Name,New\n1/1/2026,5,A,x\n")
    assert rows.accepted.to_dicts() == [
        {"name": "A", "units": 5, "end_date": dt.date(2026, 1, 1), "note": None}
    ]
    assert rows.accepted.schema == dict(schema(FIELDS))
    assert required(FIELDS) == {"name"}


def test_a_row_says_all_that_is_wrong_with_it_and_the_others_stay() -> None:
    rows = read(FIELDS, b'Name,Units,End date\nA,1,2026-01-01\n,x,today\n"B\nC",2,\nD,1\nE,1,,7\n')
    assert rows.accepted["name"].to_list() == ["A", "B\nC"]
    assert rows.rejected["row_number"].to_list() == [2, 4, 5]
    assert rows.rejected["reason"].to_list() == [
        "Name: is required; Units: not a whole number from 0 on; "
        "End date: not a day like 2026-01-31 or 1/31/2026",
        "has 2 fields where the header has 3",
        "has 4 fields where the header has 3",
    ]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"Name,End date\nA,\n", "has no column 'Units' or 'Number of Units'"),
        (b"Name,Units,Units,End date\n", "has the column 'Units' twice"),
        (b"", "is empty"),
        (b'Name,Units,End date\n"A,1,\n', "no readable CSV"),
    ],
)
def test_a_file_without_what_it_must_have_is_refused(content: bytes, reason: str) -> None:
    with pytest.raises(SchemaError, match=reason):
        read(FIELDS, content)


def test_a_gate_judges_the_header_alone() -> None:
    judge = gate(FIELDS)
    assert judge(["Name", "Units", "End date"]) is None
    assert judge(["Name", "Units"]) == "has no column 'End date'"


def test_columns_that_are_new_are_named() -> None:
    content = b"Name,Units,End date,Colour,Known\n"
    assert unread(FIELDS, content, ["Known"]) == ["Colour"]
