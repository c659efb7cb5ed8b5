"""Mapping files: what they declare, what is wrong with them, and how they meet a header."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from pipeline.errors import UsageError
from pipeline.extract.cells import Days, Ids, Numbers
from pipeline.extract.imports import TOKEN_DAILY
from pipeline.extract.mapping import Column, read_mapping
from pipeline.provenance import KnownAt

TODAY = date(2026, 11, 23)

WHOLE = """
kind = "token_daily"
separator = ";"
known_at = { column = "price_date", offset_days = 1 }
[columns]
coin_id = { value = "render-token" }
price_date = { column = "Date", format = "%b %d, %Y", shift_days = -1 }
close_usd = { column = "Close**", number = "$1,234.56" }
market_cap_usd = { column = "Market Cap", number = "$1,234", zero = "unknown" }
volume_usd = "Volume"
"""

BARE = """
[columns]
coin_id = "id"
price_date = "day"
close_usd = "price"
"""


def findings(text: str) -> list[str]:
    with pytest.raises(UsageError) as caught:
        read_mapping(text, TOKEN_DAILY)
    return str(caught.value).splitlines()


def test_every_declaration_is_read() -> None:
    mapping = read_mapping(WHOLE, TOKEN_DAILY)
    assert mapping.separator == ";"
    assert mapping.known_at == KnownAt(column="price_date", offset_days=1)
    assert mapping.columns == {
        "coin_id": Column(None, Ids(), "render-token"),
        "price_date": Column("Date", Days("%b %d, %Y", -1)),
        "close_usd": Column("Close**", Numbers(is_positive=True, example="$1,234.56")),
        "market_cap_usd": Column(
            "Market Cap", Numbers(is_positive=False, example="$1,234", is_zero_unknown=True)
        ),
        "volume_usd": Column("Volume", Numbers(is_positive=False)),
    }


def test_all_that_is_wrong_is_said_at_once() -> None:
    text = """
kind = "token_dayly"
seperator = ";"
separator = "."
known_at = { column = "Date", offset_days = 0 }
[columns]
price_date = { column = "Date", form = "%Y", shift_days = "-1" }
close_us = "Close"
close_usd = { column = "Close", number = "1.234", zero = "unknown" }
market_cap_usd = 7
[values.coin_id]
near = "NEAR!"
[values.price_date]
x = "y"
"""
    assert findings(text) == [
        "seperator: is unknown (did you mean 'separator'?)",
        "kind: is 'token_dayly', but 'token_daily' is to be imported (--kind)",
        "separator: is none of , ; | and \\t (a tab)",
        "known_at: column is 'Date', not price_date",
        "known_at: offset_days is 0, not a whole number from 1 to 36525",
        "values.price_date: is unknown (known: coin_id)",
        "values.coin_id: 'near' becomes 'NEAR!', which is no id in lower case "
        "(a-z, 0-9 and . _ -, at most 100)",
        "columns.close_us: is unknown (did you mean 'close_usd'?)",
        "columns.coin_id: is missing, and no row can do without it",
        "columns.price_date.form: is unknown (did you mean 'format'?)",
        "columns.price_date.shift_days: is '-1', not -1, 0 or 1",
        "columns.close_usd.number: '1.234' leaves open which mark is the decimal one; "
        "write all of 1234.56",
        'columns.close_usd.zero: can only be "unknown", and only where a figure may be missing',
        "columns.market_cap_usd: is neither the name of a column nor a table",
    ]


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("[columns]]\n", "is no TOML: .*line 1"),
        ("x = " + "[" * 5000, "is no TOML"),
        ("columns = 3", "columns: is no table"),
        ("values = 3", "values: is no table"),
        ("[values]\ncoin_id = 3", r"values\.coin_id: is no table"),
        ("known_at = 2024-04-03", "known_at: is to be like .*--published"),
        ('known_at = { column = "price_date", offset_days = true }', "offset_days is True"),
        (BARE + "vendor = 'x'", r"columns\.vendor: is unknown"),
        (BARE + "volume_usd = {}", r"columns\.volume_usd: names no column"),
        (BARE + "volume_usd = { column = 3 }", r"columns\.volume_usd\.column: is no text"),
        (BARE + "volume_usd = { value = '3' }", r"volume_usd\.value: is unknown"),
        (BARE.replace('"id"', "{ value = 'Render' }"), "value is to stand alone and be a.* id"),
        (BARE.replace('"id"', "{ value = 'x', column = 'y' }"), "value is to stand alone"),
    ],
)
def test_a_broken_mapping_is_named(text: str, finding: str) -> None:
    with pytest.raises(UsageError, match=finding):
        read_mapping(text, TOKEN_DAILY)


@pytest.mark.parametrize(
    "form", ["", "%Y", "%Y-%m", "%H:%M", "%Q", "%d.%m", "%I %Y-%m-%d", "%Y-%m-%d %Z", "%Y-%m-%d %f"]
)
def test_a_format_without_a_day_is_refused(form: str) -> None:
    assert len(findings(BARE.replace('"day"', f"{{ column = 'day', format = '{form}' }}"))) == 1


@pytest.mark.parametrize(
    "example",
    ["1", "€1,234.56", "1,234.56 EUR", "$1,234.56M", "12.34", "1.234", "1,234,56", "$1,234.56$"],
)
def test_an_example_that_leaves_the_figure_open_is_refused(example: str) -> None:
    text = BARE.replace('"price"', f"{{ column = 'price', number = '{example}' }}")
    assert len(findings(text)) == 1


@pytest.mark.parametrize(
    ("example", "cells", "expected"),
    [
        (None, ["1234.5", " 1e3 ", ".5", "1e400", "NaN", "inf", "1,5", "0x1F", "1_0", "=1+1"],
         [1234.5, 1000.0, 0.5, *[None] * 7]),
        ("$1,234.56", ["$11.03", "$1,234,567.5", "$ 5", "$1,23", "11.03", "€5", "US$5", "$"],
         [11.03, 1234567.5, 5.0, *[None] * 5]),
        ("$1,234", ["$0", "$4,696,363,791", "$1.5"], [0.0, 4696363791.0, None]),
        ("1.234,56", ["1.234,56", "1234,5", "0,00005", "1,5E-05", "1.23", "1234.56"],
         [1234.56, 1234.5, 0.00005, 0.000015, None, None]),
        ("1 234,56", ["1 234,5", "1\u00a0234,5", "1\u202f234,5", "1  234"],
         [1234.5, 1234.5, 1234.5, None]),
        ("1'234.56", ["1'234.5", "1,234.5"], [1234.5, None]),
        ("1234.56 USD", ["5 USD", "5.5USD", "5"], [5.0, 5.5, None]),
    ],
)  # fmt: skip
def test_numbers_are_read_as_the_example_declares(
    example: str | None, cells: list[str], expected: list[float | None]
) -> None:
    read = Numbers(is_positive=False, example=example).read(pl.Series(cells))
    assert read.values.to_list() == expected
    assert read.reasons.is_null().to_list() == [one is not None for one in expected]


@pytest.mark.parametrize(
    ("is_positive", "expected"),
    [(True, [False, False, False, True]), (False, [False, True, True, True])],
)
def test_prices_are_above_zero_and_amounts_not_below(
    is_positive: bool, expected: list[bool]
) -> None:
    read = Numbers(is_positive).read(pl.Series(["-1", "0", "1e-400", "1e-300"]))
    assert read.reasons.is_null().to_list() == expected


@pytest.mark.parametrize(
    ("days", "cell", "expected"),
    [
        (Days(), "2024-03-26", date(2024, 3, 26)),
        (Days("%b %d, %Y"), "Mar 6, 2024", date(2024, 3, 6)),
        (Days("%d.%m.%y"), "26.03.24", date(2024, 3, 26)),
        (Days("%Y-%m-%dT%H:%M:%S%.fZ"), "2024-03-26T23:59:59.999Z", date(2024, 3, 26)),
        (Days("%Y-%m-%dT%H:%M:%S%z"), "2024-03-26T01:00:00+02:00", date(2024, 3, 25)),
        (Days("%Y-%m-%dT%H:%M:%S%z"), "2024-03-26T01:00:00Z", date(2024, 3, 26)),
        (Days("s"), "1711411199", date(2024, 3, 25)),
        (Days("s"), "1711411200.0", date(2024, 3, 26)),
        (Days("ms", -1), "1711411200000", date(2024, 3, 25)),
        (Days("%Y-%m-%d", -1), "2024-03-01", date(2024, 2, 29)),
        (Days("%Y-%m-%d", 1), "2024-02-28", date(2024, 2, 29)),
        (Days(), "2026-11-22", date(2026, 11, 22)),
    ],
)
def test_days_are_read_in_utc(days: Days, cell: str, expected: date) -> None:
    read = days.read(pl.Series([cell]), TODAY)
    assert (read.values.to_list(), read.reasons.to_list()) == ([expected], [None])


@pytest.mark.parametrize(
    ("days", "cell", "reason"),
    [
        (Days(), "2024-02-30", "is no day written as %Y-%m-%d"),
        (Days(), "0024-03-26", "lies before 2009"),
        (Days(), "2026-11-23", "was not over"),
        (Days("s"), "1711411200000", "is no Unix time"),
        (Days("s"), "9" * 400, "is no Unix time"),
        (Days("ms"), "1711411200", "lies before 2009"),
        # The last point of a vendor's daily series is the current moment, which closes no day.
        (Days("ms", -1), "1711465282000", "is no midnight"),
    ],
)
def test_days_that_cannot_be_have_a_reason(days: Days, cell: str, reason: str) -> None:
    [found] = days.read(pl.Series([cell]), TODAY).reasons.to_list()
    assert found is not None
    assert found.startswith(reason)


def test_other_names_for_ids_need_no_columns() -> None:
    mapping = read_mapping('[values.coin_id]\n"near-protocol" = "near"', TOKEN_DAILY)
    bound = mapping.bind(TOKEN_DAILY, ["coin_id", "price_date", "close_usd"])
    assert bound.keys() == {"coin_id", "price_date", "close_usd"}
    reading = bound["coin_id"].reading
    assert isinstance(reading, Ids)
    ids = reading.read(pl.Series([" near-protocol ", "near", "Near", "a" * 101, "x y"]))
    assert ids.values[:2].to_list() == ["near", "near"]
    assert ids.reasons.is_null().to_list() == [True, True, False, False, False]


def test_what_a_header_lacks_is_said_with_the_nearest_name() -> None:
    mapping = read_mapping(BARE, TOKEN_DAILY)
    with pytest.raises(UsageError) as caught:
        mapping.bind(TOKEN_DAILY, ["Prices", "id", "id", "x", "x"])
    assert str(caught.value).splitlines() == [
        "column 'id' is there 2 times",
        "has no column 'day'",
        "has no column 'price' (did you mean 'Prices'?)",
    ]
