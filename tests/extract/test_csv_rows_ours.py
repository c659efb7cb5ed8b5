"""CSV rows that are wanted among others, and rows whose values do not go together."""

from __future__ import annotations

import polars as pl

from pipeline.extract.csv_rows import NUMBER, TEXT, Field, read

FIELDS = (
    Field("name", ("Name", "Title"), TEXT, is_required=True),
    Field("low", ("Low",), NUMBER),
    Field("high", ("High",), NUMBER, is_present=False),
)
CONTENT = b"Title,Kind,Low,High\na,x,1,2\n,y,n/a,\nb,x,3,2\n,y\nc,x,4,\n"


def is_named(cells: pl.DataFrame) -> pl.Series:
    assert cells.columns == ["name", "low", "high"]
    return cells["name"] != ""


def is_upside_down(typed: pl.DataFrame) -> pl.Series:
    return typed.select(
        pl.when(pl.col("low") > pl.col("high")).then(pl.lit("low is above high"))
    ).to_series()


def test_rows_that_are_not_wanted_are_no_rejected_ones() -> None:
    rows = read(FIELDS, CONTENT, ours=is_named)
    assert rows.accepted["name"].to_list() == ["a", "b", "c"]
    assert rows.rejected.is_empty()


def test_rejected_rows_keep_their_number_in_the_file() -> None:
    rows = read(FIELDS, CONTENT, ours=is_named, judge=is_upside_down)
    assert rows.accepted["name"].to_list() == ["a", "c"]
    assert rows.rejected.select("row_number", "reason").rows() == [(3, "low is above high")]


def test_reasons_of_cells_and_of_rows_stand_together() -> None:
    rows = read(FIELDS, b"Name,Low,High\n,3,2\n", judge=is_upside_down)
    assert rows.rejected["reason"].to_list() == ["Name: is required; low is above high"]


def test_a_file_may_lack_all_that_is_wanted() -> None:
    rows = read(FIELDS, b"Name,Low,High\n,3,2\n", ours=is_named, judge=is_upside_down)
    assert (len(rows.accepted), len(rows.rejected)) == (0, 0)
