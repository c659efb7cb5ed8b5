"""Data of empirical inputs: one column of numbers out of a CSV file."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable
from pathlib import Path

from pipeline.estimate.distribution import ParameterError
from pipeline.estimate.scenario_file import is_file, nearest

ROWS = 100_000
"""Most rows of data that are read."""


def read(file: Path, column: str) -> list[float]:
    """The numbers of a column, in rising order.

    Args:
        file: CSV as UTF-8 text, with a header.
        column: a name of the header.

    Raises:
        ParameterError: on ``file`` or ``column``: the file cannot be read, has no such column
            or too many rows, or a cell is empty or no finite number. Rows count from 1, the
            header's.
    """
    if not is_file(file):
        raise ParameterError(("file", f"there is no file {str(file)!r}"))
    try:
        with file.open(encoding="utf-8-sig", newline="") as text:
            return _numbers(csv.reader(text, strict=True), column)
    except UnicodeDecodeError as error:
        raise ParameterError(("file", f"{file} is not UTF-8 text")) from error
    except csv.Error as error:
        raise ParameterError(("file", f"{file} is not CSV: {error}")) from error
    except OSError as error:
        raise ParameterError(("file", f"{file} cannot be read: {error.strerror}")) from error


def _numbers(rows: Iterable[list[str]], column: str) -> list[float]:
    rows = iter(rows)
    header = next(rows, [])
    if header.count(column) != 1:
        absent = f"there is no column {column!r}; {nearest(column, header)}"
        twice = f"there are {header.count(column)} columns {column!r}"
        raise ParameterError(("column", twice if column in header else absent))
    at = header.index(column)
    numbers: list[float] = []
    for row, cells in enumerate(rows, 2):
        if len(numbers) == ROWS:
            raise ParameterError(("file", f"has more than {ROWS:,} rows"))
        numbers.append(_number(cells[at] if at < len(cells) else "", row))
    return sorted(numbers)


def _number(cell: str, row: int) -> float:
    try:
        number = float(cell)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        has = repr(cell) if cell.strip() else "nothing"
        raise ParameterError(("column", f"row {row} has {has}; needs a finite number"))
    return number
