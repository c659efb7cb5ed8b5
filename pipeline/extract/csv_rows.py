"""Rows from the CSV files of publishers, a column at a time.

Columns are found by their names, whatever their order; a publisher that renames one is followed
where its names are listed. What a cell must look like is declared for each column, so that
``1/2/2026``, ``989.4*``, ``1,234`` or ``N/A`` is read by a rule or rejected with a reason, and
never by chance.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from pipeline.errors import SchemaError
from pipeline.extract.cells import divide, finite
from pipeline.extract.table import header, table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pipeline.source import Rows

# Text of a column, stripped and null where empty, and the values made of it.
Reading = tuple[pl.Series, pl.Series]


@dataclass(frozen=True)
class Kind:
    """What a column holds: ``read`` gives values, null where a cell is not ``wanted``."""

    dtype: pl.DataType
    wanted: str
    read: Callable[[pl.Series], pl.Series]


@dataclass(frozen=True)
class Field:
    """A column ``name`` of ours from the first of ``keys`` that the file's header has.

    A column whose ``is_present`` is false may be missing from the file; then it is null.
    """

    name: str
    keys: tuple[str, ...]
    kind: Kind
    is_required: bool = False
    is_present: bool = True


def gate(fields: Sequence[Field]) -> Callable[[Sequence[str]], str | None]:
    """What is wrong with a header: a column that must be there is not, or is there twice."""

    def judge(names: Sequence[str]) -> str | None:
        for field in fields:
            found = [name for name in names if name in field.keys]
            if not found and field.is_present:
                return f"has no column {' or '.join(repr(key) for key in field.keys)}"
            if any(names.count(name) > 1 for name in found):
                return f"has the column {found[0]!r} twice"
        return None

    return judge


def read(
    fields: Sequence[Field],
    content: bytes,
    *,
    separator: str = ",",
    unique: Sequence[str] = (),
    ours: Callable[[pl.DataFrame], pl.Series] | None = None,
    judge: Callable[[pl.DataFrame], pl.Series] | None = None,
) -> Rows:
    """Rows of ``fields``; one with a cell that does not fit is rejected with all its reasons.

    ``unique`` names columns of ours that tell a row from all others: one that repeats an earlier
    row's is rejected too. ``ours`` tells from the cells as text, by our names, which rows are
    wanted: the others are left out, and are no rejected ones. ``judge`` gives a reason for each
    row whose values do not go together, else null.

    Raises:
        SchemaError: the bytes are no CSV, or a column that must be there is not.
    """
    names = header(content, separator)
    flaw = gate(fields)(names)
    if flaw:
        raise SchemaError(flaw)
    places = {
        field.name: next((key for key in field.keys if key in names), None) for field in fields
    }
    given = table(content, separator, [name for name in places.values() if name is not None])
    cells, raggedness = given.columns, given.raggedness
    numbers = pl.Series("number", range(1, len(cells) + 1), dtype=pl.Int64())
    if ours is not None:
        found = [pl.col(key).alias(name) for name, key in places.items() if key is not None]
        is_ours = ours(cells.select(found))
        cells, raggedness = cells.filter(is_ours), raggedness.filter(is_ours)
        numbers = numbers.filter(is_ours)
    columns: list[pl.Series] = []
    reasons = [raggedness.alias("raggedness")]
    for field in fields:
        key = places[field.name]
        if key is None:
            columns.append(_empty(field, len(cells)))
            continue
        values, bad = _read(field, key, cells[key])
        columns.append(values.alias(field.name))
        reasons.append(bad.alias(field.name))
    typed = pl.DataFrame(columns)
    if unique:
        reasons.append(_repeated(typed, unique).alias("repetition"))
    if judge is not None:
        reasons.append(judge(typed).alias("judgement"))
    joined = pl.DataFrame(reasons).select(
        pl.concat_str(pl.all(), separator="; ", ignore_nulls=True).replace("", None)
    )
    return divide(cells, typed, joined.to_series(), numbers)


def schema(fields: Sequence[Field]) -> Mapping[str, pl.DataType]:
    """Our columns in order, as an Entity declares them."""
    return {field.name: field.kind.dtype for field in fields}


def required(fields: Sequence[Field]) -> frozenset[str]:
    """Our columns that may not be null, as an Entity declares them."""
    return frozenset(field.name for field in fields if field.is_required)


def unread(fields: Sequence[Field], content: bytes, ignored: Sequence[str] = ()) -> list[str]:
    """Columns of a file that no field reads and that were not known when this was written."""
    known = {key for field in fields for key in field.keys}.union(ignored)
    return [name for name in header(content, ",") if name not in known]


def _repeated(typed: pl.DataFrame, key: Sequence[str]) -> pl.Series:
    """A reason for each row whose key an earlier one has; a row without a key has its own."""
    is_whole = pl.all_horizontal([pl.col(name).is_not_null() for name in key])
    is_later = ~pl.struct([pl.col(name) for name in key]).is_first_distinct()
    return typed.select(
        pl.when(is_whole & is_later).then(pl.lit(f"{', '.join(key)}: as in an earlier row"))
    ).to_series()


def _empty(field: Field, length: int) -> pl.Series:
    return pl.Series(field.name, [None] * length, dtype=field.kind.dtype)


def _read(field: Field, key: str, cells: pl.Series) -> tuple[pl.Series, pl.Series]:
    text = cells.str.strip_chars()
    text = text.set(text == "", None)
    values = field.kind.read(text)
    frame = pl.DataFrame({"text": text, "value": values})
    bad = frame.select(
        pl.when(pl.col("text").is_not_null() & pl.col("value").is_null())
        .then(pl.lit(f"{key}: not {field.kind.wanted}"))
        .when(pl.lit(field.is_required) & pl.col("text").is_null())
        .then(pl.lit(f"{key}: is required"))
    ).to_series()
    return values, bad


_NUMBER = re.compile(r"^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?$").pattern


def _number(text: pl.Series) -> pl.Series:
    plain = text.set(~text.str.contains(_NUMBER), None)
    cast = plain.cast(pl.Float64(), strict=False)
    return cast.to_frame("n").select(finite(pl.col("n"))).to_series()


def _amount(text: pl.Series) -> pl.Series:
    values = _number(text)
    return values.set(values < 0, None)


def _positive(text: pl.Series) -> pl.Series:
    values = _number(text)
    return values.set(values <= 0, None)


def _count(text: pl.Series) -> pl.Series:
    values = _amount(text)
    whole = values.set((values.floor() != values) | (values >= 2.0**53), None)
    return whole.cast(pl.Int64(), strict=False)


def _iso_day(text: pl.Series) -> pl.Series:
    plain = text.set(~text.str.contains(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"), None)
    return plain.str.to_date("%Y-%m-%d", strict=False)


def _us_or_iso_day(text: pl.Series) -> pl.Series:
    """ISO, or month/day/year: a file of one publisher is written in either, by its edition."""
    american = text.set(~text.str.contains(r"^[0-9]{1,2}/[0-9]{1,2}/[0-9]{4}$"), None)
    days = american.str.to_date("%m/%d/%Y", strict=False)
    return pl.select(pl.coalesce(pl.lit(_iso_day(text)), pl.lit(days))).to_series()


def _flag(text: pl.Series) -> pl.Series:
    """An empty cell is no tick, so it is false; see FLAG."""
    marks = {"true": True, "checked": True, "yes": True, "false": False, "no": False}
    lower = text.str.to_lowercase().fill_null("false")
    return lower.replace_strict(marks, default=None, return_dtype=pl.Boolean())


TEXT = Kind(pl.String(), "a text", lambda text: text)
NUMBER = Kind(pl.Float64(), "a plain number", _number)
AMOUNT = Kind(pl.Float64(), "a plain number from 0 on", _amount)
POSITIVE = Kind(pl.Float64(), "a plain number above 0", _positive)
COUNT = Kind(pl.Int64(), "a whole number from 0 on", _count)
ISO_DAY = Kind(pl.Date(), "a day like 2026-01-31", _iso_day)
US_OR_ISO_DAY = Kind(pl.Date(), "a day like 2026-01-31 or 1/31/2026", _us_or_iso_day)
FLAG = Kind(pl.Boolean(), "True, checked, False or empty", _flag)
"""Ticked ("True", "checked") or not ("False", empty): never null where the column is there."""
