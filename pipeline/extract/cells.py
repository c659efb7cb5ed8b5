"""Cells: text and typed columns of a file become ids, days and figures, or a reason why not."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING

import polars as pl

from pipeline.source import Rows

if TYPE_CHECKING:
    from collections.abc import Mapping

ISO_DAY = "%Y-%m-%d"

# Microseconds in one of the unit.
_UNIX: Mapping[str, int] = {"s": 1_000_000, "ms": 1_000}
_LAST_MICROSECOND = 253_402_300_799_999_999  # of the year 9999


@dataclass(frozen=True)
class IdForm:
    """How ids of one kind are written: a pattern, and what it is in words."""

    pattern: str
    wanted: str

    def fits(self, text: str) -> bool:
        """Whether a text can be such an id."""
        return re.fullmatch(self.pattern, text) is not None


VENDOR_ID = IdForm(r"[a-z0-9._-]{1,100}", "id in lower case (a-z, 0-9 and . _ -, at most 100)")
TICKER = IdForm(r"[A-Z][A-Z0-9.-]{0,11}", "ticker in upper case (A-Z, 0-9 and . -, at most 12)")

# No token had a price before the first block of Bitcoin. Unix seconds taken for milliseconds
# fall into 1970, before it too.
_FIRST_DAY = date(2009, 1, 3)

_DOLLAR = r"US\$|\$|USD"
_EXAMPLE = re.compile(
    rf"(?P<before>{_DOLLAR})?\s?1(?P<thousands>[,.'’\s_]?)234(?:(?P<decimal>[.,])56)?"
    rf"\s?(?P<after>{_DOLLAR})?"
)

Check = tuple[pl.Expr, str]


@dataclass(frozen=True)
class Read:
    """A column as it was read; ``reasons`` is null where a cell can be taken."""

    values: pl.Series
    reasons: pl.Series


@dataclass(frozen=True)
class Ids:
    """Ids; ``renamed`` gives ours for those that the file calls otherwise."""

    renamed: Mapping[str, str] = field(default_factory=dict)
    form: IdForm = VENDOR_ID

    def read(self, cells: pl.Series) -> Read:
        """Ids without the space around them, by our names."""
        is_id = pl.col("value").str.contains(f"^(?:{self.form.pattern})$")
        return _read(
            cells, _text(cells).replace(dict(self.renamed)), (~is_id, f"is no {self.form.wanted}")
        )


@dataclass(frozen=True)
class Days:
    """UTC days: of text by a strptime format, of Unix time ("s", "ms"), or typed in the file.

    A moment belongs to the UTC day it lies in. Where days are shifted back, it closes a day and
    has to be a midnight: vendors end a daily series with the current moment. Before ``first_day``
    nothing of the kind had a price, as ``before_it`` says.
    """

    format: str = ISO_DAY
    shift_days: int = 0
    first_day: date = _FIRST_DAY
    before_it: str = "when there was no token"

    def read(self, cells: pl.Series, today: date) -> Read:
        """Days that were over before ``today``, the day of the import, began."""
        moments = self._moments(cells)
        days = moments.dt.date() + pl.duration(days=self.shift_days)
        is_off = pl.lit((moments.dt.truncate("1d") != moments) & (self.shift_days != 0))
        return _read(
            cells,
            pl.select(days).to_series(),
            (pl.col("value").is_null(), f"is no {self._wanted(cells.dtype)}"),
            (pl.col("value") < self.first_day, f"lies before {self.first_day}, {self.before_it}"),
            (is_off, "is no midnight, so it closes no day"),
            (pl.col("value") >= today, "was not over when the file was imported"),
        )

    def _wanted(self, kind: pl.DataType) -> str:
        if kind.is_temporal():
            return "day"
        return "Unix time" if self.format in _UNIX else f"day written as {self.format}"

    def _moments(self, cells: pl.Series) -> pl.Series:
        kind = pl.Datetime("us")
        if isinstance(cells.dtype, pl.Datetime) and cells.dtype.time_zone:
            cells = cells.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
        if isinstance(cells.dtype, pl.Date | pl.Datetime):
            return cells.cast(kind, strict=False)
        if self.format in _UNIX:
            since = _figures(cells) * _UNIX[self.format]
            return since.set(since.abs() > _LAST_MICROSECOND, None).cast(pl.Int64()).cast(kind)
        text = _text(cells)
        if "%z" not in self.format:
            return text.str.to_datetime(self.format, time_unit="us", strict=False)
        return (
            text.str.replace("Z$", "+0000")
            .str.to_datetime(self.format, time_unit="us", time_zone="UTC", strict=False)
            .dt.replace_time_zone(None)
        )


def format_finding(form: str) -> str | None:
    """What is wrong with a format of days, if anything: it has to tell one day from another."""
    if form in _UNIX:
        return None
    if "%Z" in form or "%f" in form:
        return "names of time zones (%Z) and bare fractions (%f) are not read; use %z and %.f"
    sample = pl.Series([datetime(2023, 11, 27, 13, 45, 56)])
    if "%z" in form:
        sample = sample.dt.replace_time_zone("UTC")
    try:
        again = sample.dt.to_string(form).str.to_datetime(form, time_unit="us", strict=False)
    except pl.exceptions.PolarsError:
        again = pl.Series([None], dtype=pl.Datetime())
    if again.dt.date().to_list() != [date(2023, 11, 27)]:
        return f"{form!r} does not give a day; write it like %Y-%m-%d, or s or ms for Unix time"
    return None


@dataclass(frozen=True)
class Numbers:
    """US dollars, written plainly (1234.56, 1.2e3) or like ``example``.

    An example declares sign, thousands mark and decimal mark: ``$1,234.56``, ``1.234,56``.
    """

    is_positive: bool
    example: str | None = None
    is_zero_unknown: bool = False

    def read(self, cells: pl.Series) -> Read:
        """Finite figures, above 0 or not below it."""
        values = self._values(cells)
        wanted = f"number written like {self.example}" if self.example else "finite number"
        sign: Check = (pl.col("value") < 0, "is below 0")
        if self.is_positive:
            sign = (pl.col("value") <= 0, "is not above 0")
        read = _read(cells, values, (pl.col("value").is_null(), f"is no {wanted}"), sign)
        if not self.is_zero_unknown:
            return read
        return Read(read.values.set(read.values == 0, None), read.reasons)

    def _values(self, cells: pl.Series) -> pl.Series:
        if self.example is None or cells.dtype.is_numeric():
            return _figures(cells)
        pattern, decimal = _pattern(self.example)
        text = _text(cells)
        bare = text.str.replace_all(f"[^0-9eE+{re.escape(decimal)}-]", "").str.replace(
            decimal or ".", ".", literal=True
        )
        return _figures(bare.set(~text.str.contains(pattern), None))


def number_finding(example: str) -> str | None:
    """What is wrong with an example of a number, if anything."""
    found = _EXAMPLE.fullmatch(example)
    if found is None or (found["before"] and found["after"]):
        return (
            f"{example!r} is not the number 1234.56 in dollars, written as in the file, like "
            "$1,234.56 or 1.234,56 or 1,234 (figures in other currencies cannot be imported)"
        )
    if found["thousands"] and found["thousands"] == (found["decimal"] or "."):
        return f"{example!r} leaves open which mark is the decimal one; write all of 1234.56"
    return None


def _pattern(example: str) -> tuple[str, str]:
    """The pattern of texts that are written like an example, and their decimal mark."""
    found = _EXAMPLE.fullmatch(example)
    if found is None:
        raise ValueError(f"{example!r} is no example of a number")
    thousands, decimal = found["thousands"], found["decimal"] or ""
    before, after = (re.escape(found[part] or "") for part in ("before", "after"))
    # Vendors write any kind of space between groups, and mean the same.
    mark = r"\s" if thousands.isspace() else re.escape(thousands)
    whole = rf"(?:[0-9]{{1,3}}(?:{mark}[0-9]{{3}})+|[0-9]+)" if thousands else "[0-9]+"
    part = rf"(?:{re.escape(decimal)}[0-9]+)?" if decimal else ""
    return rf"^-?{before}\s?-?{whole}{part}(?:[eE][+-]?[0-9]+)?\s?{after}$", decimal


def finite(number: pl.Expr) -> pl.Expr:
    """Null instead of "NaN" and "inf", which parse as floats but are no figures."""
    return pl.when(number.is_finite()).then(number)


def divide(
    given: pl.DataFrame,
    typed: pl.DataFrame,
    reasons: pl.Series,
    numbers: pl.Series | None = None,
) -> Rows:
    """Rows without a reason as they were typed, and the others as they were given.

    ``numbers`` says which rows of the file they are, where they are not all of them.
    """
    is_bad = reasons.is_not_null()
    rejected = given.select(
        row_number=pl.int_range(1, pl.len() + 1, dtype=pl.Int64())
        if numbers is None
        else pl.lit(numbers),
        reason=reasons,
        row_json=pl.struct(given.columns),
    ).filter(is_bad)
    return Rows(
        accepted=typed.filter(~is_bad),
        rejected=rejected.with_columns(pl.col("row_json").struct.json_encode()),
    )


def as_text(cells: pl.Series) -> pl.Series:
    """Typed cells as text; empty and blank ones are null."""
    text = cells.cast(pl.String(), strict=False)
    return text.set(text.str.strip_chars() == "", None)


def _text(cells: pl.Series) -> pl.Series:
    return as_text(cells).str.strip_chars()


def _figures(cells: pl.Series) -> pl.Series:
    kind = pl.Float64()
    if not cells.dtype.is_numeric() or cells.dtype.is_decimal():
        # By way of text a decimal becomes the nearest float, as it would from a CSV file.
        cells = _text(cells)
    number = cells.cast(kind, strict=False)
    return number.to_frame("number").select(finite(pl.col("number"))).to_series()


def _read(cells: pl.Series, values: pl.Series, *checks: Check) -> Read:
    """Judge a column: the first check that is true gives the reason; empty cells pass."""
    is_given = pl.lit(
        as_text(cells).is_not_null() if cells.dtype == pl.String() else cells.is_not_null()
    )
    frame = pl.DataFrame({"value": values})
    reasons = frame.select(
        pl.coalesce(pl.when(is_given & wrong).then(pl.lit(reason)) for wrong, reason in checks)
    ).to_series()
    return Read(values, reasons)
