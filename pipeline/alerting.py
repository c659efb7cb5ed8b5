"""Alerting: the rules of alerts, each asked of an open warehouse.

What is older than it may be is reckoned from the warehouse's own time, so that one of an earlier
knowledge says what was so then: days from the report's day, times from ``as_of`` or, without it,
from the run that made the file.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from pipeline import alert_rules, sandbox
from pipeline.alert import Alert, Said
from pipeline.errors import DefinitionError, LimitError, SqlError
from pipeline.report import alarms, language

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pipeline.alert_rules import Rule
    from pipeline.job import Job
    from pipeline.settings import Sql
    from pipeline.warehouse import Warehouse

    Row = Mapping[str, Any]

_NAMED = 3
"""How many of the rows that were found are named."""
_COLUMNS = {
    "threshold": ("value",),
    "change": ("day", "value"),
    "staleness": ("at",),
    "gap": ("day",),
    "rows": ("label",),
}


@dataclass(frozen=True)
class Now:
    """The warehouse's own time: the report's day, and the moment up to which it knows (UTC)."""

    day: date
    at: datetime


@dataclass(frozen=True)
class _Found:
    """What a rule's query came to."""

    state: str
    said: Said
    value: float | None = None
    limit: float | None = None
    day: date | None = None


class _UnfitError(Exception):
    """The query answers with other columns or rows than its kind of rule takes."""


class _NotKnownError(Exception):
    """The data does not tell; carries what is said of it."""

    def __init__(self, key: str, *parts: tuple[object, str], label: str = "") -> None:
        super().__init__(key)
        self.said = Said(key, parts, label)


def evaluate(job: Job, opened: Warehouse) -> tuple[Alert, ...]:
    """What each rule finds, in their order; one that cannot be asked is unknown, with its fault."""
    return asked(job, opened, alert_rules.load(job.alerts).rules)


def asked(job: Job, opened: Warehouse, rules: Sequence[Rule]) -> tuple[Alert, ...]:
    """What each of some rules finds; nothing is written, and each has the limits of a query."""
    if not rules:
        return ()
    now = _now(opened)
    english = language.load(language.DEFAULT)
    return tuple(_asked(rule, opened, job.settings.sql, now, english) for rule in rules)


def failure(job: Job, alerts: Sequence[Alert]) -> DefinitionError | None:
    """What is wrong with the rules, of which some may have been asked; null: nothing is."""
    findings = [
        *alert_rules.load(job.alerts).findings,
        *(one.fault for one in alerts if one.fault),
    ]
    return DefinitionError("\n".join(findings)) if findings else None


def _now(opened: Warehouse) -> Now:
    day, at = opened.query(
        "select report_date, coalesce(as_of, (select max(started_at) from marts.run), "
        "cast(report_date as timestamp)) from marts.build"
    ).row(0)
    return Now(day, at)


def _asked(
    rule: Rule, opened: Warehouse, limits: Sql, now: Now, english: language.Language
) -> Alert:
    fault = ""
    try:
        sandbox.must_be_one_select(rule.query, opened.connection)
        rows = opened.within(rule.query, limits).to_dicts()
        found = _judged(rule, rows, now)
    except _NotKnownError as unknown:
        found = _Found("unknown", unknown.said)
    except (SqlError, LimitError, _UnfitError) as error:
        reason = str(error).removeprefix("query").lstrip(": ")
        fault = f"{rule.path}: {rule.place}.query: {rule.alert_id}: {reason}"
        found = _Found("unknown", Said("fault"))
    alert = Alert(
        rule.alert_id,
        rule.title,
        rule.severity,
        found.state,
        "",
        said=found.said,
        value=found.value,
        limit=found.limit,
        day=found.day,
        query=rule.query,
        fault=fault,
    )
    return replace(alert, text=alarms.worded(found.said, english))


def _judged(rule: Rule, rows: Sequence[Row], now: Now) -> _Found:
    if not rows and rule.kind in ("threshold", "change", "staleness"):
        if rule.empty == "calm":
            return _Found("calm", Said("nothing"))
        raise _NotKnownError("no_row")
    lacking = [name for name in _COLUMNS[rule.kind] if rows and name not in rows[0]]
    if lacking:
        raise _UnfitError(
            f"must give column {' and '.join(lacking)} for a rule of kind {rule.kind}; "
            f"it gives {', '.join(rows[0])}"
        )
    return _KINDS[rule.kind](rule, rows, now)


def _threshold(rule: Rule, rows: Sequence[Row], now: Now) -> _Found:
    row = _only(rows)
    label = _text(row.get("label"))
    day = _day(row["day"]) if row.get("day") is not None else None
    if day is not None:
        _must_be_recent(rule, day, now, label)
    elif rule.within_days is not None:
        raise _UnfitError("must give column day, since the rule has within_days")
    value = _number(row["value"], "no_value" if day is None else "no_value_on", day, label)
    parts = ((value, rule.format), *(() if day is None else ((day, "date"),)))
    return _limited(rule, value, "" if day is None else "_on", parts, day, label)


def _change(rule: Rule, rows: Sequence[Row], now: Now) -> _Found:
    values = {_day(row["day"]): row["value"] for row in rows}
    if len(values) < len(rows):
        (twice, count), *_ = Counter(_day(row["day"]) for row in rows).most_common(1)
        raise _UnfitError(f"gives {count} rows of {twice}; one a day is wanted")
    last = max(values)
    _must_be_recent(rule, last, now)
    first = last - timedelta(days=rule.days)
    after, before = (
        _number(values.get(day), "no_value_on", day) for day in (last, first)
    )  # fmt: skip
    if before <= 0:
        raise _NotKnownError("not_positive", (first, "date"))
    value = after / before - 1
    parts = ((value, rule.format), (rule.days, "count"), (last, "date"))
    return _limited(rule, value, "", parts, last, "", prefix="change_")


def _limited(
    rule: Rule,
    value: float,
    suffix: str,
    parts: tuple[tuple[object, str], ...],
    day: date | None,
    label: str,
    *,
    prefix: str = "",
) -> _Found:
    """A value against the limits of its rule."""
    above, below = rule.above, rule.below
    limits = [limit for limit in (below, above) if limit is not None]
    if above is not None and value > above:
        state, key, told = "firing", "above", [above]
    elif below is not None and value < below:
        state, key, told = "firing", "below", [below]
    else:
        state, key, told = "calm", "between" if len(limits) > 1 else "within", limits
    said = Said(
        f"{prefix}{key}{suffix}", (*parts, *((limit, rule.format) for limit in told)), label
    )
    return _Found(state, said, value, told[0] if len(told) == 1 else None, day)


def _staleness(rule: Rule, rows: Sequence[Row], now: Now) -> _Found:
    row = _only(rows)
    label, at = _text(row.get("label")), row["at"]
    if at is None:
        raise _NotKnownError("no_value", label=label)
    if isinstance(at, datetime):
        if at.tzinfo is not None:
            raise _UnfitError("column at has a zone; give a time in UTC without one")
        age = (now.at - at) / timedelta(hours=1)
    else:
        age = float((now.day - _day(at)).days * 24)
    age = age if rule.unit == "hours" else age / 24
    limit = rule.above or 0.0
    is_old = age > limit
    # Of a limit of 36 hours, 36.2 is no 36.
    parts = tuple((number, "plain") for number in (max(0.0, age), limit))
    said = Said(f"{rule.unit}_{'above' if is_old else 'within'}", parts, label)
    day = at.date() if isinstance(at, datetime) else at
    return _Found("firing" if is_old else "calm", said, age, limit, day)


def _gap(rule: Rule, rows: Sequence[Row], now: Now) -> _Found:
    """Days that are not there, of the last ones that were over on the report's day."""
    if not rows:
        raise _NotKnownError("no_row")
    there = {_day(row["day"]) for row in rows}
    last, first = now.day - timedelta(days=1), min(there)
    if first > last:
        raise _NotKnownError("too_young", (first, "date"))
    # What lies before the first day of all is not missing.
    n_days = min(rule.days, (last - first).days + 1)
    n_missing = len({last - timedelta(days=back) for back in range(n_days)} - there)
    share, limit = n_missing / n_days, rule.above or 0.0
    is_over = share > limit
    parts = (
        (n_missing, "count"),
        (n_days, "count"),
        (last, "date"),
        (share, rule.format),
        (limit, rule.format),
    )
    said = Said("gap_above" if is_over else "gap_within", parts)
    return _Found("firing" if is_over else "calm", said, share, limit, last)


def _rows(rule: Rule, rows: Sequence[Row], now: Now) -> _Found:
    del rule, now
    if not rows:
        return _Found("calm", Said("none_found"), 0.0, 0.0)
    named = ", ".join(_text(row["label"]) or "?" for row in rows[:_NAMED])
    key = "found" if len(rows) <= _NAMED else "found_more"
    return _Found("firing", Said(key, ((len(rows), "count"), (named, "text"))), len(rows), 0.0)


_KINDS: Mapping[str, Callable[[Rule, Sequence[Row], Now], _Found]] = {
    "threshold": _threshold,
    "change": _change,
    "staleness": _staleness,
    "gap": _gap,
    "rows": _rows,
}


def _must_be_recent(rule: Rule, day: date, now: Now, label: str = "") -> None:
    """A value that says nothing of the report's day is none."""
    age_days = (now.day - day).days
    if age_days < 0:
        raise _NotKnownError("later", (day, "date"), label=label)
    if rule.within_days is not None and age_days > rule.within_days:
        raise _NotKnownError("too_old", (day, "date"), (age_days, "count"), label=label)


def _only(rows: Sequence[Row]) -> Row:
    if len(rows) > 1:
        raise _UnfitError(f"gives {len(rows)} rows; one is wanted")
    return rows[0]


def _number(value: object, missing: str, day: date | None, label: str = "") -> float:
    if value is None:
        raise _NotKnownError(missing, *(() if day is None else ((day, "date"),)), label=label)
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise _UnfitError(f"column value must be a number, not {value!r}")
    if not math.isfinite(value):
        raise _NotKnownError("not_finite", label=label)
    return float(value)


def _day(value: object) -> date:
    if isinstance(value, datetime):
        return value.date()
    if not isinstance(value, date):
        raise _UnfitError(f"column day or at must be a day, not {value!r}")
    return value


def _text(value: object) -> str:
    return "" if value is None else str(value)
