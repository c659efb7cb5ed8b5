"""Bodies that are not what was promised: other JSON, other types, other units."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from tests.coingecko.message import encoded

Details = dict[str, Any]
_MARK = "(a number stood here)"
_PREFERRED = ("current_price", "market_cap", "market_cap_change_24h")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _rows(value: Any, details: Details) -> list[dict[str, Any]]:
    """The rows that are meant: all of a list, or only ``row`` (its position) or ``id``."""
    rows = value if isinstance(value, list) else [value.get("data", value)]
    if "row" in details:
        return [rows[details["row"]]]
    if "id" in details:
        return [row for row in rows if row.get("id") == details["id"]]
    return rows


def _field(row: dict[str, Any], details: Details) -> str:
    if "field" in details:
        return str(details["field"])
    known = [name for name in (*_PREFERRED, *row) if _is_number(row.get(name))]
    return known[0] if known else next(iter(row))


def literal(body: bytes, details: Details, text: str) -> bytes:
    """One number replaced by another text, in the first row unless told otherwise."""
    value = json.loads(body)
    if isinstance(value, dict) and "prices" in value:
        value[details.get("field", "prices")][details.get("row", 0)][1] = _MARK
    else:
        row = _rows(value, details)[0]
        row[_field(row, details)] = _MARK
    return encoded(value).replace(encoded(_MARK), text.encode())


def duplicate_keys(body: bytes) -> bytes:
    """The first object has its first key twice, with another value."""
    start = body.index(b"{") + 1
    end = body.index(b":", start)
    return body[:start] + body[start:end] + b':"twice",' + body[start:]


def nested(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


def named(body: bytes, text: bytes) -> bytes:
    """The first name, or the first text of all, begins with these bytes."""
    mark = b'"name":"'
    start = body.index(mark) + len(mark) if mark in body else body.index(b'"') + 1
    return body[:start] + text + body[start:]


def future(value: Any, details: Details) -> Any:
    """Stamps of rows moved ahead."""
    ahead = timedelta(minutes=details.get("minutes", 60))
    for row in _rows(value, details):
        for name in ("last_updated", "updated_at"):
            if isinstance(row.get(name), str):
                moved = datetime.fromisoformat(row[name]) + ahead
                row[name] = moved.isoformat(timespec="milliseconds").replace("+00:00", "Z")
            elif name in row and row[name] is not None:
                row[name] += int(ahead.total_seconds())
    return value


def missing_field(value: Any, details: Details) -> Any:
    """A field that vanished; from a chart an array."""
    for row in _rows(value, details):
        row.pop(_field(row, details), None)
    return value


def string_numbers(value: Any, details: Details) -> Any:
    """Numbers as text; of one field, or of all."""
    if isinstance(value, dict) and "prices" in value:
        return {name: [[at, str(v)] for at, v in pairs] for name, pairs in value.items()}
    for row in _rows(value, details):
        for name in [details["field"]] if "field" in details else list(row):
            if _is_number(row[name]):
                row[name] = str(row[name])
    return value


def text_number(value: Any, details: Details) -> Any:
    """A text in place of a number, such as ``1,234`` or ``N/A``."""
    rows = _rows(value, details)
    for row in rows if "id" in details else rows[:1]:
        row[_field(row, details)] = details.get("text", "1,234")
    return value


def percent_as_fraction(value: Any, details: Details) -> Any:
    """Percentages divided by 100, under the names they had."""
    for row in _rows(value, details):
        is_category = "top_3_coins" in row
        for name in row:
            is_change = "percentage" in name or (is_category and name == "market_cap_change_24h")
            if is_change and _is_number(row[name]):
                row[name] /= 100
    return value


def seconds_for_milliseconds(value: Any, details: Details) -> Any:
    """Stamps of a chart in seconds."""
    return {name: [[at // 1000, v] for at, v in pairs] for name, pairs in value.items()}


def cents(value: Any, details: Details) -> Any:
    """Prices in cents: of rows, or of a chart."""
    if isinstance(value, dict) and "prices" in value:
        return {**value, "prices": [[at, price * 100] for at, price in value["prices"]]}
    for row in _rows(value, details):
        if _is_number(row.get("current_price")):
            row["current_price"] *= 100
    return value
