"""Kinds of rules over answers of any kind: what fires, what is calm, and what is not known."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipeline import alerting
from pipeline.alert import Alert
from pipeline.alert_rules import Rule
from pipeline.job import Job
from pipeline.warehouse import Warehouse

Ask = Callable[..., Alert]


class OverTables(Warehouse):
    """A warehouse over a connection that is there already."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection


@pytest.fixture
def tables() -> Iterator[duckdb.DuckDBPyConnection]:
    """A report of 2026-11-20, made at noon of the 22nd."""
    with duckdb.connect() as connection:
        connection.execute(
            """
            create schema marts;
            create table marts.build as
                select date '2026-11-20' as report_date, null::timestamp as as_of;
            create table marts.run as select timestamp '2026-11-22 12:00' as started_at;
            """
        )
        yield connection


@pytest.fixture
def ask(job: Job, tables: duckdb.DuckDBPyConnection) -> Ask:
    def ask(kind: str, query: str, **limits: Any) -> Alert:
        rule = Rule("a", "A", "warning", kind, query, Path("f.toml"), "alert[1]", **limits)
        (found,) = alerting.asked(job, OverTables(tables), [rule])
        return found

    return ask


def told(found: Alert) -> tuple[str, str]:
    return found.state, found.text.replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("value", "limits", "expected"),
    [
        ("2", {"above": 1.0}, ("firing", "2, above the limit of 1.")),
        ("1", {"above": 1.0}, ("calm", "1; the limit is 1.")),
        ("-2", {"below": -1.5}, ("firing", "−2, below the limit of −1.5.")),
        ("0", {"above": 1.0, "below": -1.0}, ("calm", "0; the limits are −1 and 1.")),
        ("2::decimal(9, 2)", {"above": 1.0}, ("firing", "2, above the limit of 1.")),
        ("null", {"above": 1.0}, ("unknown", "Not known: the value is missing.")),
        (
            "'nan'::double",
            {"above": 1.0},
            ("unknown", "Not known: the value is not a finite number."),
        ),
    ],
)
def test_a_value_against_its_limits(
    ask: Ask, value: str, limits: dict[str, float], expected: tuple[str, str]
) -> None:
    assert told(ask("threshold", f"select {value} as value", format="plain", **limits)) == expected


def test_a_value_has_its_day_and_whose_it_is(ask: Ask) -> None:
    query = "select 0.95 as value, date '2026-11-18' as day, 'akash' as label"
    found = ask("threshold", query, above=0.9, format="pct", within_days=2)
    assert told(found) == ("firing", "akash: 95% on 18 November 2026, above the limit of 90%.")
    assert (found.value, found.limit, str(found.day)) == (0.95, 0.9, "2026-11-18")
    late = ask("threshold", query, above=0.9, format="pct", within_days=1)
    assert told(late) == (
        "unknown",
        "akash: Not known: the last value is of 18 November 2026, 2 days before the report’s date.",
    )
    after = query.replace("11-18", "11-21")
    assert ask("threshold", after, above=0.9, format="pct").state == "unknown"


LEVELS = "select day::date as day, value::double as value from (values {}) as t (day, value)"


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ("('2026-11-12', 100), ('2026-11-19', 79)", "firing"),
        ("('2026-11-12', 100), ('2026-11-19', 80)", "calm"),
        ("('2026-11-12', 100), ('2026-11-19', 130)", "calm"),
        ("('2026-11-12', 100), ('2026-11-19', null)", "unknown"),
        ("('2026-11-12', null), ('2026-11-19', 5)", "unknown"),
        ("('2026-11-12', 0), ('2026-11-19', 5)", "unknown"),
        ("('2026-11-12', -1), ('2026-11-19', 5)", "unknown"),
        # No other day stands in for the one that is missing.
        ("('2026-11-11', 100), ('2026-11-13', 100), ('2026-11-19', 10)", "unknown"),
        # A last value that says nothing of the report's day.
        ("('2026-11-03', 100), ('2026-11-10', 10)", "unknown"),
        ("('2026-11-14', 100), ('2026-11-21', 10)", "unknown"),
    ],
)
def test_a_change_is_between_the_last_day_and_the_one_so_long_before(
    ask: Ask, rows: str, expected: str
) -> None:
    found = ask("change", LEVELS.format(rows), days=7, below=-0.2, within_days=7, format="change")
    assert found.state == expected, found.text


def test_a_change_says_what_it_is_of(ask: Ask) -> None:
    query = LEVELS.format("('2026-11-12', 100), ('2026-11-19', 50)")
    found = ask("change", query, days=7, below=-0.2, format="change")
    expected = "−50.0% within 7 days up to 19 November 2026, below the limit of −20.0%."
    assert told(found) == ("firing", expected)
    gone = LEVELS.format("('2026-11-11', 100), ('2026-11-19', 50)")
    assert told(ask("change", gone, days=7, below=-0.2, format="change")) == (
        "unknown",
        "Not known: there is no value of 12 November 2026.",
    )


@pytest.mark.parametrize(
    ("at", "unit", "state", "age"),
    [
        ("timestamp '2026-11-21 00:00'", "hours", "calm", 36.0),
        ("timestamp '2026-11-20 23:59'", "hours", "firing", 36 + 1 / 60),
        ("timestamp '2026-11-20 12:00'", "days", "calm", 2.0),
        # Days are counted from the report's day.
        ("date '2026-11-18'", "days", "calm", 2.0),
        ("date '2026-11-18'", "hours", "firing", 48.0),
        ("null", "hours", "unknown", None),
    ],
)
def test_an_age_is_from_the_warehouse_s_own_time(
    ask: Ask, at: str, unit: str, state: str, age: float | None
) -> None:
    found = ask("staleness", f"select {at} as at", unit=unit, above=36.0)
    assert (found.state, found.value) == (state, None if age is None else pytest.approx(age))


def test_an_age_of_an_earlier_knowledge_is_what_it_was_then(
    ask: Ask, tables: duckdb.DuckDBPyConnection
) -> None:
    tables.execute("update marts.build set as_of = timestamp '2026-11-20 12:00'")
    found = ask("staleness", "select timestamp '2026-11-20 00:00' as at", unit="hours", above=36.0)
    assert told(found) == ("calm", "12 hours old; the limit is 36 hours.")


def test_missing_days_are_counted_up_to_the_day_before_the_report(ask: Ask) -> None:
    days = "select unnest(generate_series(date '{}', date '{}', interval 1 day))::date as day"
    whole = ask("gap", days.format("2026-01-01", "2026-11-19"), days=10, above=0.1, format="pct")
    assert told(whole) == (
        "calm",
        "0 of 10 days up to 19 November 2026 are missing, 0%; the limit is 10%.",
    )
    late = ask("gap", days.format("2026-01-01", "2026-11-17"), days=10, above=0.1, format="pct")
    assert told(late) == (
        "firing",
        "2 of 10 days up to 19 November 2026 are missing, 20%; above the limit of 10%.",
    )
    # What begins late has no gap before it.
    young = ask("gap", days.format("2026-11-18", "2026-11-18"), days=10, above=0.6, format="pct")
    assert (young.state, young.value) == ("calm", 0.5)
    after = ask("gap", days.format("2026-11-20", "2026-11-25"), days=10, above=0.1, format="pct")
    assert after.text == "Not known: the days begin on 20\u00a0November 2026 only."


def test_rows_are_counted_and_the_first_are_named(ask: Ask) -> None:
    assert told(ask("rows", "select 'x' as label where false")) == ("calm", "None found.")
    query = "select 'n' || i as label from range(1, {}) as t (i)"
    assert told(ask("rows", query.format(3))) == ("firing", "Found: 2, namely n1, n2.")
    assert told(ask("rows", query.format(99))) == ("firing", "Found: 98, among them n1, n2, n3.")


def test_no_row_is_unknown_unless_the_rule_says_that_it_is_calm(ask: Ask) -> None:
    query = "select 1 as value, date '2026-11-18' as day, null as at where false"
    for kind in ("threshold", "change", "staleness"):
        assert ask(kind, query, above=1.0, days=1, unit="hours").state == "unknown"
        assert ask(kind, query, above=1.0, days=1, unit="hours", empty="calm").state == "calm"
    assert ask("gap", query, above=0.1, days=1, format="pct").state == "unknown"


@pytest.mark.parametrize(
    ("kind", "query", "reason"),
    [
        ("threshold", "select 1 as valeu", "must give column value"),
        ("threshold", "select * from range(2) as t (value)", "gives 2 rows; one is wanted"),
        ("threshold", "select 'x' as value", "must be a number"),
        ("threshold", "select true as value", "must be a number"),
        ("threshold", "select 1 as value, 'x' as day", "must be a day"),
        ("threshold", "select 1 as value; select 2", "holds 2 statements"),
        ("threshold", "drop table marts.build", "drop is refused"),
        ("threshold", "select getenv('HOME') as value", "getenv is refused"),
        ("threshold", "select * from read_csv('/etc/passwd')", "read_csv is refused"),
        ("threshold", "select 1 as value from marts.bild", "bild does not exist"),
        ("threshold", "selekt", "syntax error"),
        ("threshold", "", "holds 0 statements"),
        ("threshold", "select 1 as value, 2 as value", "more than one column value"),
        ("change", "select 1 as value, 3 as day", "must be a day"),
        (
            "change",
            "select 1 as value, date '2026-11-18' as day from range(2)",
            "gives 2 rows of 2026-11-18; one a day is wanted",
        ),
        ("staleness", "select timestamptz '2026-11-18' as at", "has a zone"),
        ("staleness", "select 3 as at", "must be a day"),
        ("rows", "select 1 as name", "must give column label"),
    ],
)
def test_a_query_that_cannot_be_judged_is_a_fault_with_its_place(
    ask: Ask, kind: str, query: str, reason: str
) -> None:
    found = ask(kind, query, above=1.0, days=7, unit="hours", format="plain")
    assert found.state == "unknown"
    assert found.fault.startswith("f.toml: alert[1].query: a: ")
    assert reason in found.fault


def test_a_query_that_asks_too_much_is_stopped(job: Job, tables: duckdb.DuckDBPyConnection) -> None:
    from dataclasses import replace

    from pipeline.settings import Sql

    endless = "select count(*) as value from range(1000000000) a, range(1000000000) b"
    many = "select 'x' as label from range(1000)"
    rules = [
        Rule("slow", "Slow", "warning", "threshold", endless, Path("f.toml"), "alert[1]"),
        Rule("many", "Many", "warning", "rows", many, Path("f.toml"), "alert[2]"),
        Rule("good", "Good", "warning", "rows", many + " limit 9", Path("f.toml"), "alert[3]"),
    ]
    limits = replace(job.settings, sql=Sql(seconds=0.2, rows=10))
    slow, lots, good = alerting.asked(replace(job, settings=limits), OverTables(tables), rules)
    assert "takes longer than 0.2 seconds" in slow.fault
    assert "gives more than 10 rows" in lots.fault
    assert (good.state, good.fault) == ("firing", "")
