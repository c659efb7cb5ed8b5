"""Sheets: tables as one XLSX workbook, a sheet for each, written row by row."""

from __future__ import annotations

import math
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from pipeline.errors import LimitError, StorageError
from pipeline.rows import flattened, headings, neutralised

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import polars as pl
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

    from pipeline.exported import Table

MOST_ROWS = 1_048_575
"""Rows of a sheet, its heading not counted."""

_MOST_CHARACTERS = 32_767
_NAME_CHARACTERS = 31
# A sheet counts in doubles: whole numbers beyond it would come back as others.
_EXACT = 2**53
# Its calendar begins here, and takes 1900 for a leap year.
_FIRST_YEAR = 1901


def names(tables: Iterable[str]) -> dict[str, str]:
    """A sheet name for each table: at most 31 characters, and no two alike in any case."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for table in tables:
        name, number = table[:_NAME_CHARACTERS], 1
        while name.lower() in taken:
            number += 1
            end = f"~{number}"
            name = table[: _NAME_CHARACTERS - len(end)] + end
        taken.add(name.lower())
        found[table] = name
    return found


def must_fit(tables: Iterable[Table]) -> None:
    """Refuse tables that no sheet can hold.

    Raises:
        LimitError: naming the table.
    """
    for table in tables:
        if table.row_count > MOST_ROWS:
            raise LimitError(
                f"{table.name}: {table.row_count:,} rows are more than the {MOST_ROWS:,} of a "
                "sheet; export it as Parquet, CSV or SQLite"
            )


def write(
    path: Path, parts: Iterable[tuple[Table, pl.DataFrame]], *, made_on: datetime, raw: bool
) -> None:
    """Write a workbook.

    Numbers are numbers, days and times are those of a sheet (to the millisecond), what a sheet
    cannot hold as such is text: whole numbers over 2^53, decimals that are no double, what is
    not finite, days before 1901. Text is never a formula or a link.

    Args:
        path: the file to make.
        parts: tables with their rows, days and times as text.
        made_on: the date of the workbook, so that equal rows give equal bytes.
        raw: leave text alone that would be a formula if it were typed in.

    Raises:
        LimitError: a cell holds more text than a sheet takes; with table and column.
        StorageError: the file cannot be written.
    """
    import xlsxwriter
    from xlsxwriter.exceptions import XlsxWriterException

    options = {"constant_memory": True, "tmpdir": str(path.parent)}
    try:
        # Closed in any case: it holds a temporary file open for each sheet.
        with xlsxwriter.Workbook(path, options) as book:
            book.set_properties({"created": made_on})
            bold = book.add_format({"bold": True})
            formats = {
                "DATE": book.add_format({"num_format": "yyyy-mm-dd"}),
                "TIMESTAMP": book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
            }
            for table, rows in parts:
                sheet = book.add_worksheet(table.place)
                for at, heading in enumerate(headings(rows, raw=raw)):
                    sheet.write_string(0, at, heading, bold)
                sheet.freeze_panes(1, 0)
                flat = flattened(rows)
                _fill(sheet, table, flat if raw else neutralised(flat), formats)
    except XlsxWriterException as error:
        reason = f"cannot be written ({error}); give another --out"
        raise StorageError(f"{path.name}: {reason}") from error


def _fill(sheet: Worksheet, table: Table, rows: pl.DataFrame, formats: dict[str, Format]) -> None:
    kinds = [kind for _, kind in table.columns]
    for line, row in enumerate(rows.iter_rows(), start=1):
        for at, (value, kind) in enumerate(zip(row, kinds, strict=True)):
            cell = _cell(value, kind)
            if isinstance(cell, bool):
                sheet.write_boolean(line, at, cell)
            elif isinstance(cell, int | float):
                sheet.write_number(line, at, cell)
            elif isinstance(cell, datetime | date):
                sheet.write_datetime(line, at, cell, formats[kind])
            elif cell is not None:
                _must_be_short(cell, table, at)
                sheet.write_string(line, at, cell)


def _cell(value: object, kind: str) -> bool | int | float | date | str | None:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if abs(value) <= _EXACT else str(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, Decimal):
        near = float(value)
        return near if Decimal(repr(near)) == value else str(value)
    if kind in ("DATE", "TIMESTAMP"):
        return _moment(str(value), kind)
    return str(value)


def _moment(text: str, kind: str) -> date | str:
    """A day or time of the calendar that sheets have; others stay text."""
    try:
        found = date.fromisoformat(text) if kind == "DATE" else datetime.fromisoformat(text)
    except ValueError:
        return text
    return found if found.year >= _FIRST_YEAR else text


def _must_be_short(text: str, table: Table, at: int) -> None:
    # Counted as sheets do, in units of UTF-16.
    if len(text.encode("utf-16-le")) // 2 > _MOST_CHARACTERS:
        raise LimitError(
            f"{table.name}: a text in column {table.columns[at][0]} is longer than the "
            f"{_MOST_CHARACTERS:,} characters of a sheet's cell; export it as Parquet, CSV or "
            "SQLite, or leave the table out"
        )
