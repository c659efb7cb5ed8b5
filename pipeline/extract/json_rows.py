"""Rows from JSON objects, a column at a time.

Types are looked at before polars sees a value: it would make 12.5 of the text "12.5" and 1.0
of true. A text is never read as a number here, so a vendor that changes a type has its rows
rejected with a reason.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import polars as pl

from pipeline.source import Rows

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

Column = tuple[pl.Series, dict[int, str]]

# Unix time of 1 January 2009 (before it there was no token) and of 1 January 2100.
EARLIEST_SECONDS, _LATEST_SECONDS = 1_230_768_000, 4_102_444_800

# Supplies go to 4e17, the money of the world to 1e15; sums of more would not fit a decimal.
_LARGEST = 1e30


@dataclass(frozen=True)
class Kind:
    """What a column holds, and how JSON values become it.

    ``read`` gives the values, null where one does not fit, and the reason by place.
    """

    dtype: pl.DataType
    read: Callable[[Sequence[Any]], Column]


@dataclass(frozen=True)
class Field:
    """A column ``name`` of ours from the key ``key`` of the source's objects.

    An ``is_observed`` time says when the source saw what it reports, so that it cannot be
    later than the answer.
    """

    name: str
    key: str
    kind: Kind
    is_required: bool = False
    is_observed: bool = False


def read(fields: Sequence[Field], items: Sequence[Any], *, latest: datetime) -> Rows:
    """Rows of ``fields`` from objects; one that does not fit is rejected with its reasons.

    Args:
        fields: the columns, in order.
        items: what the source listed.
        latest: naive UTC; an observation after it is not believed.
    """
    objects = [item if isinstance(item, dict) else {} for item in items]
    reasons: dict[int, list[str]] = {
        place: ["not an object"] for place, item in enumerate(items) if not isinstance(item, dict)
    }
    columns = []
    for field in fields:
        column, bad = field.kind.read([item.get(field.key) for item in objects])
        if field.is_required and column.null_count():
            for place in column.is_null().arg_true().to_list():
                bad.setdefault(place, "is required")
        if field.is_observed:
            bad |= _where(column, lambda seen: seen > latest, "lies in the future")
        for place, reason in bad.items():
            reasons.setdefault(place, []).append(f"{field.key}: {reason}")
        columns.append(column.alias(field.name))
    accepted = pl.DataFrame(columns)
    if reasons:
        accepted = accepted.filter(~pl.int_range(pl.len()).is_in(list(reasons)))
    return Rows(accepted, rejected({n: "; ".join(reasons[n]) for n in sorted(reasons)}, items))


def rejected(reasons: Mapping[int, str], items: Sequence[Any]) -> pl.DataFrame:
    """The rejected rows of a payload, by place among ``items`` from 0."""
    return pl.DataFrame(
        {
            "row_number": [place + 1 for place in reasons],
            "reason": list(reasons.values()),
            "row_json": [json.dumps(items[place], ensure_ascii=False) for place in reasons],
        },
        schema={"row_number": pl.Int64(), "reason": pl.String(), "row_json": pl.String()},
    )


def _typed(
    values: Sequence[Any], kinds: set[type], reason: str
) -> tuple[list[Any], dict[int, str]]:
    """Values of the right types, else null; exact types, because a bool is an int to Python."""
    kinds = kinds | {type(None)}
    if set(map(type, values)) <= kinds:
        return list(values), {}
    bad = {place: reason for place, value in enumerate(values) if type(value) not in kinds}
    return [None if place in bad else value for place, value in enumerate(values)], bad


def _text(values: Sequence[Any]) -> Column:
    kept, bad = _typed(values, {str}, "not a text")
    return pl.Series(kept, dtype=pl.String()), bad


def _identifier(values: Sequence[Any]) -> Column:
    kept, bad = _typed(values, {str}, "not a text")
    return pl.Series([one or None for one in kept], dtype=pl.String()), bad


def _number(values: Sequence[Any]) -> Column:
    kept, bad = _typed(values, {int, float}, "not a number")
    return pl.Series(kept, dtype=pl.Float64()), bad


def _amount(values: Sequence[Any]) -> Column:
    column, bad = _number(values)
    bad |= _where(column, lambda one: one > _LARGEST, "is beyond belief")
    return column, bad | _where(column, lambda one: one < 0, "is negative")


def _price(values: Sequence[Any]) -> Column:
    column, bad = _number(values)
    bad |= _where(column, lambda one: one > _LARGEST, "is beyond belief")
    return column, bad | _where(column, lambda one: one <= 0, "is not above zero")


def _count(values: Sequence[Any]) -> Column:
    whole = [
        int(one) if type(one) is float and one.is_integer() and abs(one) < 2.0**63 else one
        for one in values
    ]
    kept, bad = _typed(whole, {int}, "not a whole number")
    column = pl.Series(kept, dtype=pl.Int64(), strict=False)
    return column, bad | _where(column, lambda one: one < 0, "is negative")


def _time(values: Sequence[Any]) -> Column:
    kept, bad = _typed(values, {str}, "not a time")
    moments = [None if text is None else _in_utc(text) for text in kept]
    for place, (text, moment) in enumerate(zip(kept, moments, strict=True)):
        if text is not None and moment is None:
            bad[place] = "not a time in UTC"
    return pl.Series(moments, dtype=pl.Datetime("us")), bad


def _day(values: Sequence[Any]) -> Column:
    kept, bad = _typed(values, {str}, "not a day")
    days: list[date | None] = [None] * len(kept)
    for place, text in enumerate(kept):
        try:
            # Other forms of ISO 8601 (20260131, 2026-W05-6) are not what sources write.
            days[place] = date.fromisoformat(text) if text and text[4:5] == "-" else None
        except ValueError:
            days[place] = None
        if text is not None and (days[place] is None or len(text) != len("2026-01-31")):
            days[place], bad[place] = None, "not a day like 2026-01-31"
    return pl.Series(days, dtype=pl.Date()), bad


def _in_utc(text: str) -> datetime | None:
    """A moment without its zone; the vendor writes UTC in two ways, by endpoint."""
    is_calendar = text[4:5] == text[7:8] == "-" and text[10:11] == "T"
    if not is_calendar or not text.endswith(("Z", "+00:00")):
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        return None


def _seconds(values: Sequence[Any]) -> Column:
    kept, bad = _typed(values, {int, float}, "not a time in seconds")
    for place, one in enumerate(kept):
        if one is not None and not EARLIEST_SECONDS <= one <= _LATEST_SECONDS:
            kept[place], bad[place] = None, "not a time in seconds"
    moments = [one and datetime.fromtimestamp(one, UTC).replace(tzinfo=None) for one in kept]
    return pl.Series(moments, dtype=pl.Datetime("us")), bad


def _where(column: pl.Series, is_bad: Callable[[Any], bool], reason: str) -> dict[int, str]:
    """The reason by place, for values that are bad; the extremes tell whether there are any."""
    extremes = (column.min(), column.max())
    if not any(one is not None and is_bad(one) for one in extremes):
        return {}
    return {n: reason for n, one in enumerate(column) if one is not None and is_bad(one)}


TEXT = Kind(pl.String(), _text)
IDENTIFIER = Kind(pl.String(), _identifier)
NUMBER = Kind(pl.Float64(), _number)
AMOUNT = Kind(pl.Float64(), _amount)
PRICE = Kind(pl.Float64(), _price)
COUNT = Kind(pl.Int64(), _count)
DAY = Kind(pl.Date(), _day)
TIME = Kind(pl.Datetime("us"), _time)
SECONDS = Kind(pl.Datetime("us"), _seconds)
