"""Tables: alignment, missing cells, totals, groups, details, small lines."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import DefinitionError
from pipeline.report import language
from pipeline.report.language import Language
from pipeline.report.tables import Column, table, with_details


def column(name: str, kind: str = "text", **rest: str) -> Column:
    layout = rest.get("layout", "left" if kind == "text" else "right")
    more = [rest.get(key, "") for key in ("format_from", "under", "remark")]
    return Column(name, name, kind, layout, *more)  # type: ignore[arg-type]


def texts(made: object, name: str) -> list[str]:
    return [row.cells[name].text for row in made.rows]  # type: ignore[attr-defined]


def test_significant_figures_are_padded_to_one_decimal_mark(english: Language) -> None:
    rows: list[dict[str, Any]] = [{"x": 0.16}, {"x": 7.0}, {"x": 713333.0}, {"x": None}]
    made = table(rows, [column("x", "sig2")], english)
    assert texts(made, "x") == ["0.16", "7.0", "710,000", "–"]
    # Two digits and the mark, half a digit wide, are what the longest fraction takes.
    assert [row.cells["x"].pad for row in made.rows] == [0, 1, 2.5, 0]


def test_a_power_of_ten_is_left_out_of_the_padding(english: Language) -> None:
    made = table([{"x": 1e21}, {"x": 0.5}, {"x": 24}], [column("x", "plain")], english)
    assert texts(made, "x") == ["1.00 × 10²¹", "0.5", "24"]
    assert [row.cells["x"].pad for row in made.rows] == [0, 0, 1.5]


def test_numbers_of_fixed_decimals_need_no_padding(english: Language) -> None:
    made = table([{"x": 0.5}, {"x": 1234.0}], [column("x", "number2")], english)
    assert texts(made, "x") == ["0.50", "1,234.00"]
    assert [row.cells["x"].pad for row in made.rows] == [0, 0]


def test_a_group_of_whole_numbers_needs_no_padding(english: Language) -> None:
    rows: list[dict[str, Any]] = [
        {"g": "A", "x": 0.16},
        {"g": "A", "x": 24.0},
        {"g": "B", "x": 3900.0},
    ]
    made = table(rows, [column("x", "sig2")], english, group="g")
    assert [row.cells["x"].pad for row in made.rows] == [0, 2.5, 0]


def test_under_a_value_stand_its_range_and_a_remark(english: Language) -> None:
    rows: list[dict[str, Any]] = [
        {"x": 0.16, "low": 0.1, "high": 0.2, "why": ""},
        {"x": 0.05, "low": 0.04, "high": 0.06, "why": "2 GPUs\u202e"},
        {"x": None, "low": None, "high": None, "why": "over 8 GPUs"},
        {"x": None, "low": None, "high": None, "why": None},
    ]
    made = table(rows, [column("x", "sig2", under="low..high", remark="why")], english)
    assert [row.cells["x"].under for row in made.rows] == [
        ("0.10–0.20",),
        ("0.040–0.060", "2 GPUs□"),
        ("over 8 GPUs",),
        (),
    ]
    with pytest.raises(DefinitionError, match="the query has no column lo"):
        table(rows, [column("x", "sig2", under="lo..high")], english)


def test_missing_is_a_dash_but_a_total_leaves_blank(english: Language) -> None:
    rows: list[dict[str, Any]] = [
        {"name": "a", "x": None, "all": False},
        {"name": "All", "x": None, "all": True},
    ]
    made = table(rows, [column("name"), column("x", "count")], english, total="all")
    assert texts(made, "x") == ["–", ""]
    assert [row.is_total for row in made.rows] == [False, True]
    assert made.has_missing
    assert not table(rows[1:], [column("x", "count")], english, total="all").has_missing


def test_a_range_is_one_cell_and_a_row_may_bring_its_format(english: Language) -> None:
    rows: list[dict[str, Any]] = [
        {"low": 4200.0, "high": 10500.0, "kind": "count"},
        {"low": 0.4, "high": 0.4, "kind": "change0"},
        {"low": None, "high": None, "kind": "count"},
    ]
    made = table(rows, [column("low..high", format_from="kind")], english)
    assert texts(made, "low..high") == ["4,200–10,500", "+40%", "–"]


def test_a_group_opens_where_its_column_changes(english: Language) -> None:
    rows = [{"g": "A", "x": 1}, {"g": "A", "x": 2}, {"g": "B", "x": 3}]
    made = table(rows, [column("x", "count")], english, group="g")
    assert [row.group for row in made.rows] == ["A", "", "B"]


def test_details_follow_their_row(english: Language) -> None:
    master = [{"id": "a"}, {"id": "b"}, {"id": "c"}]
    details = [{"id": "b", "x": 1}, {"id": "a", "x": 2}, {"id": "b", "x": 3}]
    made = with_details(
        table(master, [column("id")], english),
        master,
        table(details, [column("x", "count")], english),
        details,
        "id",
    )
    found = [[each.cells["x"].text for each in row.details] for row in made.rows]
    assert found == [["2"], ["1", "3"], []]


def test_text_below_a_row_is_known_to_the_row(english: Language) -> None:
    rows = [{"x": "a", "why": "because"}, {"x": "b", "why": ""}]
    made = table(rows, [column("x"), column("why", layout="below")], english)
    assert [each.name for each in made.heads] == ["x"]
    assert [row.has_below for row in made.rows] == [True, False]


def test_a_small_line_spans_its_box_and_says_its_change(english: Language) -> None:
    made = table([{"x": [1.0, None, 3.0]}], [column("x", layout="spark")], english)
    spark = made.rows[0].cells["x"].spark
    assert spark is not None
    # What lies between is not known, so no line joins them.
    assert spark.path == "M2.0,15.0h0M80.0,3.0h0"
    assert (spark.last_x, spark.last_y) == ("80.0", "3.0")
    assert spark.alt == "The line rose 200.0% over 2 values"


@pytest.mark.parametrize("values", [[-2.0, -1.0], [0.0, 1.0]])
def test_a_line_from_zero_or_below_has_no_growth(values: list[float], english: Language) -> None:
    spark = table([{"x": values}], [column("x", layout="spark")], english).rows[0].cells["x"].spark
    assert spark is not None
    assert spark.alt == "A line of 2 values"


@pytest.mark.parametrize("values", [1.0, "1, 2", ["1", "2"], [True, False]])
def test_what_is_no_list_of_numbers_is_no_line(values: Any, english: Language) -> None:
    with pytest.raises(DefinitionError, match="column x must hold lists of numbers"):
        table([{"x": values}], [column("x", layout="spark")], english)


def test_rows_of_no_group_stand_under_a_dash(english: Language) -> None:
    rows: list[dict[str, Any]] = [{"x": "a", "of": None}, {"x": "b", "of": "B"}]
    assert [row.group for row in table(rows, [column("x")], english, group="of").rows] == ["–", "B"]
    with pytest.raises(DefinitionError, match="format term does not take a int"):
        table([{"x": "a", "of": 3}], [column("x")], english, group="of")


@pytest.mark.parametrize("values", [None, [], [1.0], [None, None], [float("nan"), 1.0]])
def test_a_line_of_less_than_two_values_is_missing(
    values: list[float | None] | None, english: Language
) -> None:
    cell = table([{"x": values}], [column("x", layout="spark")], english).rows[0].cells["x"]
    assert (cell.text, cell.is_missing, cell.spark) == ("–", True, None)


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        (column("y", "count"), "the query has no column y; it has x, f"),
        (column("x..y", "count"), "the query has no column y; it has x, f"),
        (column("x", "date"), "format date does not take a int"),
        (column("x", format_from="f"), "column f names no known format: 'odd'"),
    ],
)
def test_what_does_not_fit_is_said(wanted: Column, reason: str, english: Language) -> None:
    with pytest.raises(DefinitionError) as caught:
        table([{"x": 1, "f": "odd"}], [wanted], english)
    assert str(caught.value) == reason


def test_ranks_are_those_of_the_values_and_not_of_their_text(english: Language) -> None:
    rows: list[dict[str, Any]] = [
        {"name": "beta", "x": 1000.0, "low": 1.0, "high": 9.0, "day": dt.date(2024, 2, 1)},
        {"name": "Alpha", "x": 9.0, "low": 2.0, "high": 4.0, "day": dt.date(2024, 11, 1)},
        {"name": "gamma", "x": None, "low": None, "high": 3.0, "day": None},
        {"name": "Beta", "x": -1.5, "low": 6.0, "high": 6.0, "day": dt.date(2023, 12, 1)},
    ]
    columns = [column("name"), column("x", "count"), column("low..high", "count")]
    made = table(rows, [*columns, column("day", "date_short")], english)
    assert made.ranks == {
        "name": (1, 0, 2, 1),
        "x": (2, 1, None, 0),
        "low..high": (1, 0, None, 2),
        "day": (1, 2, None, 0),
    }


@given(st.lists(st.one_of(st.none(), st.integers(-5, 5)), min_size=1))
def test_sorting_by_rank_is_sorting_by_value(numbers: list[int | None]) -> None:
    made = table([{"x": each} for each in numbers], [column("x", "count")], language.load("en"))
    pairs = zip(made.ranks["x"], numbers, strict=True)
    by_rank = sorted((rank, value) for rank, value in pairs if rank is not None)
    assert [value for _, value in by_rank] == sorted(each for each in numbers if each is not None)
    assert [rank is None for rank in made.ranks["x"]] == [each is None for each in numbers]


def test_a_column_whose_values_are_not_of_one_kind_does_not_sort(english: Language) -> None:
    rows = [{"x": 1.0, "f": "pct", "line": [1, 2], "words": "some"}]
    columns = [
        column("x", "count", format_from="f"),
        column("line", "count", layout="spark"),
        column("words", layout="long"),
    ]
    assert table(rows, columns, english).ranks == {}
