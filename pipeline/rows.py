"""Rows: a frame as text for people and as bytes for machines.

Text cells of CSV and Markdown that a spreadsheet would take for a formula get a leading
apostrophe, unless raw rows are asked for. JSON and Parquet are never altered.
"""

from __future__ import annotations

import csv
import io
import json
import math
import os
import re
import sys
from decimal import Decimal
from typing import TYPE_CHECKING

from pipeline.visible import in_one_line, visible

if TYPE_CHECKING:
    import polars as pl

FORMATS = ("table", "csv", "json", "parquet", "markdown")

# How a cell begins that a spreadsheet computes; in some, the full-width = + - @ do so, too.
_FORMULA = "=+@\t\n\r\uff1d\uff0b\uff0d\uff20-"
_MARKUP = re.compile(r"[\\`*\[\]<>|~&]|(?<!\w)_|_(?!\w)")


def written(rows: pl.DataFrame, form: str, *, raw: bool = False) -> bytes:
    """Rows in one of the formats, ready for a file or a stream.

    Args:
        rows: what is to be written.
        form: one of ``FORMATS``.
        raw: leave text alone that a spreadsheet would take for a formula.
    """
    match form:
        case "parquet":
            return as_parquet(rows)
        case "json":
            text = as_json(rows) + "\n"
        case "csv":
            text = as_csv(rows, raw=raw)
        case "markdown":
            text = as_markdown(rows, raw=raw)
        case _:
            text = table(rows) + "\n"
    return text.encode()


def neutral(text: str) -> str:
    """Text as a spreadsheet may read it: what would be a formula is marked as text."""
    return f"'{text}" if text[:1] and text[0] in _FORMULA else text


def neutralised(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows whose text cells are all ``neutral``; numbers stay numbers."""
    import polars as pl

    return rows.with_columns(pl.col(pl.String).str.replace(rf"\A([{_FORMULA}])", "'${1}"))


def as_json(rows: pl.DataFrame) -> str:
    """Rows as a JSON list of objects; what is no finite number is null."""
    return json.dumps(plain(rows.to_dicts()), default=str, indent=2, allow_nan=False)


def plain(value: object) -> object:
    """A value as JSON has it: no number that is not finite, bytes in hexadecimal."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, dict):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [plain(each) for each in value]
    return value.hex() if isinstance(value, bytes) else value


def as_csv(rows: pl.DataFrame, *, raw: bool = False) -> str:
    """Rows as CSV; lists and structs as JSON in their field, bytes in hexadecimal."""
    stream = io.StringIO()
    # By itself: two columns may have one name once they are neutral.
    csv.writer(stream, lineterminator="\n").writerow(headings(rows, raw=raw))
    flat = flattened(rows)
    return stream.getvalue() + (flat if raw else neutralised(flat)).write_csv(include_header=False)


def headings(rows: pl.DataFrame, *, raw: bool) -> list[str]:
    """Names of the columns, neutral unless raw."""
    return rows.columns if raw else [neutral(name) for name in rows.columns]


def flattened(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows without lists and structs, which become JSON, and without bytes, which become hex."""
    import polars as pl

    nested = [name for name, kind in rows.schema.items() if kind.is_nested()]
    return rows.with_columns(
        *(
            pl.Series(name, [_as_field(value) for value in rows[name].to_list()], pl.String)
            for name in nested
        ),
        pl.col(pl.Binary).bin.encode("hex"),
        pl.col(pl.Categorical).cast(pl.String),
    )


def _as_field(value: object) -> str | None:
    return None if value is None else json.dumps(plain(value), default=str)


def as_parquet(rows: pl.DataFrame) -> bytes:
    """Rows as a Parquet file, with the types that they have."""
    stream = io.BytesIO()
    rows.write_parquet(stream, compression="zstd")
    return stream.getvalue()


def as_markdown(rows: pl.DataFrame, *, raw: bool = False) -> str:
    """Rows as a Markdown table: numbers to the right, what would be markup or a new row escaped."""
    flat = flattened(rows)
    rest = ["---:" if kind.is_numeric() else "---" for kind in flat.dtypes]
    shown = flat if raw else neutralised(flat)
    lines = [[_escaped(name) for name in headings(rows, raw=raw)], rest]
    lines += [[_cell(value) for value in row] for row in shown.iter_rows()]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else _escaped(str(value))


def _escaped(text: str) -> str:
    lines = visible(text.replace("\r\n", "\n").replace("\r", "\n")).split("\n")
    return "<br>".join(_MARKUP.sub(r"\\\g<0>", line) for line in lines)


def table(rows: pl.DataFrame) -> str:
    """A frame drawn for a terminal with all its rows, at its full width where stdout is none.

    Characters that could drive the terminal are written out.
    """
    import polars as pl

    def drawn(name: str) -> pl.Expr:
        return pl.col(name).map_elements(in_one_line, return_dtype=pl.String)

    shown = {name: in_one_line(name) for name in rows.columns}
    # Two columns may look the same once they are written out: then they stay what they are.
    names = shown if len({*shown.values()}) == len(shown) else {}
    texts = [name for name, kind in rows.schema.items() if kind == pl.String]
    with pl.Config(
        tbl_rows=-1,
        tbl_cols=-1,
        tbl_width_chars=-1 if not sys.stdout.isatty() else os.get_terminal_size().columns,
        fmt_str_lengths=80,
        tbl_formatting="UTF8_FULL_CONDENSED",
        tbl_hide_column_data_types=True,
        tbl_hide_dataframe_shape=True,
        thousands_separator=False,
    ):
        return visible(str(rows.with_columns(drawn(name) for name in texts).rename(names)))
