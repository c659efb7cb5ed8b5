"""Tables: from the rows of a query and a list of columns to cells that are text already."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

from pipeline.errors import DefinitionError
from pipeline.report.formats import (
    FORMATS,
    MISSING_IN_TABLE,
    fraction_digits,
    written,
    written_range,
)
from pipeline.report.language import Language

SHORT_TABLE: Final = 12
LONG_TEXT: Final = 60
SPARK_WIDTH: Final = 84
SPARK_HEIGHT: Final = 18
# The decimal mark is half as wide as a digit.
_MARK_WIDTH: Final = 0.5
# Formats whose numbers have decimals of unequal length.
_UNEVEN: Final = frozenset({"percent_sig2", "sig2", "sig3", "short", "plain"})

Layout = Literal["left", "right", "spark", "long", "below"]


@dataclass(frozen=True)
class Column:
    """A column: where its values come from, and how head and cells are set.

    ``name`` is a column of the query, or ``low..high`` for a range of two. ``format_from``
    names a column that holds each row's own format, "" where ``format`` holds for all.
    ``layout`` is that of the format unless the definition asks for another: ``spark`` draws
    a list of numbers as a line, ``long`` is text that may wrap over several lines, and
    ``below`` is text under its row, over the whole width. ``under`` is a column or range that is
    set small under each value in the same format, and ``remark`` a column of words under that.
    """

    name: str
    label: str
    format: str
    layout: Layout
    format_from: str = ""
    under: str = ""
    remark: str = ""

    @property
    def reads(self) -> tuple[str, ...]:
        """The columns of the query that it needs."""
        under = self.under.split("..") if self.under else ()
        return (*self.name.split(".."), *under, *filter(None, (self.format_from, self.remark)))

    @property
    def sorts(self) -> bool:
        """Whether rows can be put in the order of its values: these are all of one kind."""
        return self.layout in ("left", "right") and not self.format_from


@dataclass(frozen=True)
class Spark:
    """A small line as an SVG path, its last point in pixels, and what it shows in words."""

    path: str
    last_x: str
    last_y: str
    alt: str


@dataclass(frozen=True)
class Cell:
    """One cell as text; ``pad`` is room to its right, in digits, that aligns the decimals.

    ``under`` are small lines below the text.
    """

    text: str
    is_missing: bool = False
    pad: float = 0
    spark: Spark | None = None
    under: tuple[str, ...] = ()

    @property
    def is_long(self) -> bool:
        """Whether it is longer than any name that its column should widen for."""
        return len(self.text) > LONG_TEXT


@dataclass(frozen=True)
class Row:
    """One row by column name; ``group`` opens a group, ``is_total`` sets it apart.

    ``has_below`` says that text follows under it; ``details`` are rows of another table that
    belong to this one.
    """

    cells: Mapping[str, Cell]
    group: str = ""
    is_total: bool = False
    has_below: bool = False
    details: tuple[Row, ...] = ()

    @property
    def n_lines(self) -> int:
        """Lines of text that it is about as high as."""
        return (
            1 + max((len(cell.under) for cell in self.cells.values()), default=0) + self.has_below
        )


@dataclass(frozen=True)
class Table:
    """Columns and rows; ``has_missing`` asks for a line that explains the dash.

    ``ranks`` has the place of each row when the table is sorted by a column, by the column's
    name: equal values share one, what is missing has none. Columns that do not sort are left out.
    """

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    ranks: Mapping[str, tuple[int | None, ...]] = field(default_factory=dict)

    @property
    def heads(self) -> tuple[Column, ...]:
        """The columns that stand side by side."""
        return tuple(column for column in self.columns if column.layout != "below")

    @property
    def below(self) -> tuple[Column, ...]:
        """The columns that stand under their row."""
        return tuple(column for column in self.columns if column.layout == "below")

    @property
    def is_short(self) -> bool:
        """Whether it is so short that a page break inside would hurt more than the gap before."""
        return sum(row.n_lines for row in self.rows) <= SHORT_TABLE

    @property
    def has_missing(self) -> bool:
        """Whether any cell is missing."""
        return any(cell.is_missing for row in self.rows for cell in row.cells.values())


def table(
    rows: Sequence[Mapping[str, Any]],
    columns: Sequence[Column],
    language: Language,
    *,
    group: str = "",
    total: str = "",
) -> Table:
    """A table of ``rows``.

    Args:
        rows: what the query returned.
        columns: in the order they stand.
        language: language of numbers and dates.
        group: column whose change opens a group of rows, "" for none.
        total: boolean column that marks total rows, "" for none.

    Raises:
        DefinitionError: a column the query does not return, or a value its format refuses.
    """
    wanted = [name for column in columns for name in column.reads]
    _require(rows, [*wanted, *filter(None, (group, total))])
    groups = [
        written("term", row[group], language, missing=MISSING_IN_TABLE) if group else ""
        for row in rows
    ]
    cells = {column.name: _column(column, rows, groups, language) for column in columns}
    below = [column.name for column in columns if column.layout == "below"]
    return Table(
        tuple(columns),
        tuple(
            Row(
                _cells(cells, index, is_total=bool(total and row[total])),
                group=groups[index] if index == 0 or groups[index] != groups[index - 1] else "",
                is_total=bool(total and row[total]),
                has_below=any(cells[name][index].text for name in below),
            )
            for index, row in enumerate(rows)
        ),
        {each.name: _ranks(each, rows) for each in columns if each.sorts},
    )


def _ranks(column: Column, rows: Sequence[Mapping[str, Any]]) -> tuple[int | None, ...]:
    """The place of each row by the values of a column; a range goes by its middle."""
    found = [_middle([row[name] for name in column.name.split("..")]) for row in rows]
    places = {value: place for place, value in enumerate(sorted({*found} - {None}))}
    return tuple(None if value is None else places[value] for value in found)


def _middle(values: Sequence[Any]) -> Any:
    if any(value is None for value in values):
        return None
    first, last = values[0], values[-1]
    if isinstance(first, str):
        return first.casefold()
    return first if first == last else float(first) / 2 + float(last) / 2


def _cells(columns: Mapping[str, list[Cell]], index: int, *, is_total: bool) -> dict[str, Cell]:
    """The cells of one row; what a total leaves open is no gap in the data, so it is blank."""
    row = {name: filled[index] for name, filled in columns.items()}
    if not is_total:
        return row
    return {name: Cell("") if cell.is_missing else cell for name, cell in row.items()}


def with_details(
    master: Table,
    master_rows: Sequence[Mapping[str, Any]],
    details: Table,
    detail_rows: Sequence[Mapping[str, Any]],
    key: str,
) -> Table:
    """``master`` with the rows of ``details`` whose ``key`` is that of each of its rows.

    Raises:
        DefinitionError: one of the queries does not return ``key``.
    """
    _require(master_rows, [key])
    _require(detail_rows, [key])
    belonging: dict[object, list[Row]] = {}
    for row, values in zip(details.rows, detail_rows, strict=True):
        belonging.setdefault(values[key], []).append(row)
    joined = tuple(
        replace(row, details=tuple(belonging.get(values[key], ())))
        for row, values in zip(master.rows, master_rows, strict=True)
    )
    return replace(master, rows=joined)


def _require(rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> None:
    for name in names:
        if rows and name not in rows[0]:
            raise DefinitionError(f"the query has no column {name}; it has {', '.join(rows[0])}")


def _text(column: Column, name: str, row: Mapping[str, Any], language: Language) -> str:
    """One value or range of a row, in the format of ``column``.

    Raises:
        DefinitionError: the row names a format that does not exist.
    """
    chosen = row[column.format_from] if column.format_from else column.format
    if chosen not in FORMATS:
        raise DefinitionError(f"column {column.format_from} names no known format: {chosen!r}")
    first, *rest = name.split("..")
    if rest:
        return written_range(chosen, row[first], row[rest[0]], language, missing=MISSING_IN_TABLE)
    return written(chosen, row[first], language, missing=MISSING_IN_TABLE)


def _column(
    column: Column, rows: Sequence[Mapping[str, Any]], groups: Sequence[str], language: Language
) -> list[Cell]:
    if column.layout == "spark":
        return [_spark(column, row, language) for row in rows]
    texts = [_text(column, column.name, row, language) for row in rows]
    filled = [
        Cell(text, is_missing=text == MISSING_IN_TABLE, under=_under(column, row, language))
        for text, row in zip(texts, rows, strict=True)
    ]
    if column.format not in _UNEVEN or ".." in column.name:
        return filled
    # Significant figures leave decimals of unequal length, which right alignment alone
    # would set under one another wrongly.
    digits = [fraction_digits(cell.text, language) for cell in filled]
    longest = max((count for count in digits if count is not None), default=0)
    # A group of whole numbers has no marks to align; it may be of another unit.
    marked = {group for group, count in zip(groups, digits, strict=True) if count}
    return [
        cell
        if count is None or group not in marked
        else replace(cell, pad=_width(longest) - _width(count))
        for cell, count, group in zip(filled, digits, groups, strict=True)
    ]


def _under(column: Column, row: Mapping[str, Any], language: Language) -> tuple[str, ...]:
    """The small lines of a cell; what is missing has none, for the dash above says so."""
    value = _text(column, column.under, row, language) if column.under else MISSING_IN_TABLE
    words = row[column.remark] if column.remark else None
    remark = written("term", words, language, missing=MISSING_IN_TABLE)
    return tuple(text for text in (value, remark) if text not in ("", MISSING_IN_TABLE))


def _width(digits: int) -> float:
    """Room that decimals take, in digits."""
    return digits + _MARK_WIDTH if digits else 0


def _spark(column: Column, row: Mapping[str, Any], language: Language) -> Cell:
    numbers = [] if row[column.name] is None else row[column.name]
    if not isinstance(numbers, list) or any(isinstance(each, bool | str) for each in numbers):
        raise DefinitionError(f"column {column.name} must hold lists of numbers to draw lines of")
    known = [
        (place, float(number))
        for place, number in enumerate(numbers)
        if number is not None and math.isfinite(number)
    ]
    if len(known) < 2:
        return Cell(MISSING_IN_TABLE, is_missing=True)
    low, high = min(n for _, n in known), max(n for _, n in known)
    last = max(place for place, _ in known)
    points = {
        place: (
            2 + (SPARK_WIDTH - 6) * place / last,
            3 + (SPARK_HEIGHT - 6) * (0.5 if high == low else 1 - (number - low) / (high - low)),
        )
        for place, number in known
    }
    steps = [
        f"{'L' if place - 1 in points else 'M'}{x:.1f},{y:.1f}"
        # A point alone is a line of no length, which round ends make a dot.
        + ("h0" if not {place - 1, place + 1} & points.keys() else "")
        for place, (x, y) in points.items()
    ]
    first, end = known[0][1], known[-1][1]
    n = written("count", len(known), language)
    if first > 0:
        change = written("moved", end / first - 1, language)
        alt = language.say("The line {} over {} values").format(change, n)
    else:  # which has no growth in per cent
        alt = language.say("A line of {} values").format(n)
    x, y = points[last]
    return Cell("", spark=Spark("".join(steps), f"{x:.1f}", f"{y:.1f}", alt))


def layout_of(name: str) -> Layout:
    """The layout a format has by itself."""
    return FORMATS[name].align
