"""Watch: the numbers of a report that its next one is compared with.

A definition lists them as ``[[watch]]`` with ``label``, ``value = "{query.column:format}"`` and,
where the number speaks of a day of its own, ``date = "query.column"``. Without one it speaks of
the day of the report.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal

from pipeline.errors import DefinitionError
from pipeline.report.queries import Queries
from pipeline.report.sentences import fields
from pipeline.report.toml import TomlTable


@dataclass(frozen=True)
class Watch:
    """One number to be watched; ``place`` is where it stands, for complaints."""

    label: str
    query: str
    column: str
    format: str
    date: tuple[str, str] | None
    place: str

    @property
    def key(self) -> str:
        """What it is called from one report to the next, in any language."""
        return f"{self.query}.{self.column}"


@dataclass(frozen=True)
class Trace:
    """Digests of what a number rests on, taken at one day; equal digests, equal grounds.

    ``earlier`` and ``later`` are of the rows for days up to that day and after it, ``engine``
    is what digested them (digests of another cannot be compared), ``payloads`` of the files that
    the rows were read from, ``members`` of who belongs to the universes, and ``method`` of the
    SQL, the scenarios and what else computes it.
    """

    earlier: str
    later: str
    engine: str
    payloads: str
    members: str
    method: str


@dataclass(frozen=True)
class Number:
    """A watched number as it was found: its key, value, the day it speaks of, and its trace."""

    key: str
    value: float | None
    day: dt.date
    trace: Trace


@dataclass(frozen=True)
class Again:
    """What an earlier report's number is today: its trace taken at its day, and its value.

    The value is null where the query cannot be asked for that day.
    """

    trace: Trace
    value: float | None


def read(table: TomlTable, queries: Collection[str]) -> Watch | None:
    """One watched number of a definition; what is wrong is noted in its file."""
    label, text, day = table.text("label"), table.text("value"), table.text("date", "")
    table.done()
    place = table.key("value")
    try:
        found = fields(text)
    except DefinitionError as error:
        table.file.fault(place, str(error))
        return None
    query, _, column = day.partition(".")
    if not text or (day and not column):
        if text:
            table.file.fault(table.key("date"), "must be of the form query.column")
        return None
    one = found[0] if len(found) == 1 else None
    if one is None or len(one.columns) != 1 or (text[0], text[-1]) != ("{", "}"):
        table.file.fault(place, "must be one number, of the form {query.column:format}")
        return None
    for name in filter(None, (one.query, query)):
        if name not in queries:
            table.file.fault(place, f"there is no query reports/{name}.sql")
    at = (query, column) if day else None
    return Watch(label, one.query, one.columns[0], one.format, at, table.file.place(place))


def numbers(
    watches: Sequence[Watch],
    queries: Queries,
    report_date: dt.date,
    trace: Callable[[str, dt.date], Trace],
) -> tuple[Number, ...]:
    """The watched numbers as they are now.

    Args:
        watches: what a definition watches.
        queries: asks the warehouse.
        report_date: the day of a number that has none of its own.
        trace: what the number of a query rests on, taken at a day.

    Raises:
        DefinitionError: a query has no such column, or it holds no number or day; all findings
            at once.
        SqlError: a query cannot be run.
    """
    found, wrong = [], []
    for watch in watches:
        try:
            value = _value(queries, watch)
            at = (_day(queries, watch.date) if watch.date else None) or report_date
        except DefinitionError as error:
            wrong.append(f"{watch.place}: {error}")
            continue
        found.append(Number(watch.key, value, at, trace(queries.text(watch.query), at)))
    if wrong:
        raise DefinitionError("\n".join(wrong))
    return tuple(found)


def again(watch: Watch, day: dt.date, queries: Queries) -> float | None:
    """The number of an earlier day, from what is known today.

    Its query is run as in a report of that day. It is null where that gives no number of just
    that day: the query has no date, does not ask for the report's day, or has no such row.
    """
    if watch.date is None or watch.date[0] != watch.query:
        return None
    row = queries.on(watch.query, day)
    if row.get(watch.date[1]) != day:
        return None
    value = row.get(watch.column)
    return None if value is None else float(value)


def _value(queries: Queries, watch: Watch) -> float | None:
    value = _cell(queries, watch.query, watch.column)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise DefinitionError(f"{watch.key} is no number but a {type(value).__name__}")
    return float(value)


def _day(queries: Queries, place: tuple[str, str]) -> dt.date | None:
    value = _cell(queries, *place)
    if value is None or (isinstance(value, dt.date) and not isinstance(value, dt.datetime)):
        return value
    raise DefinitionError(f"{'.'.join(place)} is no day but a {type(value).__name__}")


def _cell(queries: Queries, query: str, column: str) -> object:
    row = queries.fact(query)
    if column not in row:
        raise DefinitionError(f"query {query} has no column {column}")
    return row[column]


def to_json(found: Sequence[Number]) -> str:
    """The numbers as text that ``from_json`` reads; equal numbers give equal text."""
    return json.dumps([asdict(one) for one in found], default=str, sort_keys=True)


def from_json(text: str) -> tuple[Number, ...]:
    """The numbers that ``to_json`` wrote."""
    return tuple(
        Number(one["key"], one["value"], dt.date.fromisoformat(one["day"]), Trace(**one["trace"]))
        for one in json.loads(text)
    )
