"""Rows in JSON answers: where they lie, which days count, and what of a history may move."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from pipeline.errors import QualityError, SchemaError
from pipeline.extract import json_answers as answers
from pipeline.extract import json_rows
from pipeline.extract.json_rows import Field
from pipeline.provenance import Provenance
from pipeline.source import Fetched, Rows

Origin = Callable[..., Provenance]

DAY = answers.entity(
    "day",
    answers.Shape(
        fields=(
            Field("day", "date", json_rows.DAY, is_required=True, is_observed=True),
            Field("value", "value", json_rows.at_most(json_rows.AMOUNT, 1000), is_required=True),
        ),
        items=lambda value: answers.listed(value, "points"),
        choose=answers.finished("date"),
        key=("date",),
        vital=("date", "value"),
        unread=("note",),
    ),
)


def points(*given: tuple[str, Any]) -> bytes:
    return json.dumps({"points": [{"date": day, "value": value} for day, value in given]}).encode()


def parsed(content: bytes, origin: Provenance) -> Rows:
    return DAY.parse(DAY, content, origin)


def test_a_day_counts_from_an_hour_after_its_end(origin: Origin) -> None:
    content = points(("2026-11-21", 1), ("2026-11-22T00:00:00.000Z", 2), ("2026-11-23", 3))
    early = origin("d", at=datetime(2026, 11, 23, 0, 59, tzinfo=UTC))
    late = origin("d", at=datetime(2026, 11, 23, 1, 0, tzinfo=UTC))
    assert parsed(content, early).accepted["day"].to_list() == [date(2026, 11, 21)]
    assert parsed(content, late).accepted["day"].to_list()[-1] == date(2026, 11, 22)
    assert parsed(content, late).rejected.is_empty()


def test_what_does_not_fit_is_rejected_with_its_reason(origin: Origin) -> None:
    content = points(
        ("2026-11-01", 1),
        ("2026-11-01", 2),
        ("2026-11-02", -1),
        ("2026-11-03", "5"),
        ("2026-11-04", 1001),
        ("2026-11-05", None),
        ("11/6/2026", 1),
        ("2026-11-07T12:00:00Z", 1),
        ("2027-01-01", 1),
    )
    rows = parsed(content, origin("d"))
    assert rows.accepted.rows() == [(date(2026, 11, 1), 1.0)]
    assert rows.rejected["reason"].to_list() == [
        "is listed twice (date)",
        "value: is negative",
        "value: not a number",
        "value: is beyond belief",
        "value: is required",
        "date: not a day in UTC",
        "date: not a day in UTC",
        "date: lies in the future",
    ]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"<html>down</html>", "is broken"),
        (b'{"points": [{"date": "2026-11-01", "value": NaN}]}', "holds NaN"),
        (b'{"points": [{"date": "2026-11-01", "value": 1e999}]}', "beyond float64"),
        (b'{"points": [], "points": []}', "a key twice"),
        (b'{"points": []}', "is an empty list"),
        (b'{"points": {}}', "is no list any more"),
        (b"[]", "'points' is no list"),
        (b'{"points": [{"date": "2026-11-01", "worth": 1}]}', "no row has 'value' any more"),
    ],
)
def test_another_shape_is_refused(content: bytes, reason: str, origin: Origin) -> None:
    with pytest.raises(SchemaError, match=reason):
        parsed(content, origin("d"))


def test_new_fields_are_told_and_known_ones_are_not() -> None:
    content = json.dumps({"points": [{"date": "", "value": 1, "note": "", "odd": 1}]}).encode()
    assert DAY.new_fields is not None
    assert list(DAY.new_fields(DAY, content)) == ["odd"]


def test_objects_in_one_another_are_laid_side_by_side() -> None:
    assert answers.flat({"a": 1, "b": {"c": 2, "d": {"e": None}}, "f": [{}]}) == {
        "a": 1,
        "b.c": 2,
        "b.d.e": None,
        "f": [{}],
    }
    assert answers.flat([1]) == [1]


def test_numbers_are_none_where_one_is_none() -> None:
    assert answers.numbers({"a": 1, "b": 2.5}, "a", "b") == [1, 2.5]
    assert answers.numbers({"a": 1, "b": True}, "a", "b") is None
    assert answers.numbers({"a": 1}, "a", "b") is None


def test_exact_decimals_may_come_as_text() -> None:
    values, bad = json_rows.DECIMAL.read(["85.71", 85.5, "1,5", "-1.0", "1e3", None])
    assert values.to_list()[:2] == [85.71, 85.5]
    assert bad == {2: "not a number", 3: "is negative", 4: "not a number"}


def test_midnights_in_seconds_are_days() -> None:
    values, bad = json_rows.MIDNIGHT.read([1_784_246_400, 1_784_246_401, 1_784_246_400_000])
    assert values[0] == date(2026, 7, 17)
    assert bad == {1: "not the beginning of a day in UTC", 2: "not a time in seconds"}


class Told:
    """A past with one answer."""

    def __init__(self, content: bytes, origin: Provenance) -> None:
        self._fetched: list[Fetched] = [(content, origin)]

    def payloads(self, dataset: str) -> list[Fetched]:
        return self._fetched


FIRST = date(2026, 11, 1)


def history(n: int, factor: float = 1.0) -> bytes:
    return points(*((f"{FIRST + timedelta(days=k)}", factor * (k + 1)) for k in range(n)))


@pytest.mark.parametrize(
    ("now", "is_refused"),
    [
        (history(11), False),
        (history(11, 1.09), False),
        (history(11, 100), True),  # percent for fraction
        (history(11, 0.01), True),
        (history(6), True),  # half of the days gone
        (history(8), False),
    ],
    ids=["same", "revised", "times-100", "by-100", "cut", "a-few-gone"],
)
def test_a_history_that_is_rewritten_is_refused(
    now: bytes, is_refused: bool, origin: Origin
) -> None:
    then = origin("d", at=datetime(2026, 11, 11, 12, tzinfo=UTC))
    review = answers.unchanged_past(DAY, "d", day="day", value="value")
    rows = [parsed(now, origin("d", at=datetime(2026, 11, 12, 12, tzinfo=UTC)))]
    past: Any = Told(history(10), then)
    if is_refused:
        with pytest.raises(QualityError, match="days that were told before are gone or moved"):
            review(past, rows)
    else:
        review(past, rows)


def test_a_rewrite_that_stands_for_a_week_is_believed(origin: Origin) -> None:
    past: Any = Told(history(10), origin("d", at=datetime(2026, 11, 11, 12, tzinfo=UTC)))
    review = answers.unchanged_past(DAY, "d", day="day", value="value")
    rows = [parsed(history(20, 5), origin("d", at=datetime(2026, 11, 21, 12, tzinfo=UTC)))]
    assert rows[0].accepted["day"].max() == date(2026, 11, 20)
    review(past, rows)


def test_without_a_past_there_is_nothing_to_compare(origin: Origin) -> None:
    class Nothing:
        def payloads(self, dataset: str) -> list[Fetched]:
            return []

    nothing: Any = Nothing()
    rows = [Rows(pl.DataFrame({"day": [FIRST], "value": [1.0]}), pl.DataFrame())]
    answers.unchanged_past(DAY, "d", day="day", value="value")(nothing, rows)
