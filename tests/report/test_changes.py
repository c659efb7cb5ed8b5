"""Watched numbers of two reports, their differences and the causes of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import resources
from pipeline.errors import DefinitionError
from pipeline.report import changes, definition_file, language, watch
from pipeline.report.changes import Earlier, compare
from pipeline.report.language import Language
from pipeline.report.queries import Queries
from pipeline.report.value import Cause, Change, Changes
from pipeline.report.watch import Again, Number, Trace, Watch

Folders = Callable[[Mapping[str, str]], Path]

DAY, NEXT = dt.date(2026, 11, 22), dt.date(2026, 11, 23)
TRACE = Trace("rows", "later rows", "v1.5.5", "files", "members", "sql")
ENGLISH = language.load("en_GB")


def number(value: float | None, day: dt.date = DAY, key: str = "market.cap_usd") -> Number:
    return Number(key, value, day, TRACE)


def watched(form: str = "usd_bn", column: str = "cap_usd") -> Watch:
    return Watch("Market cap", "market", column, form, None, "watch[1].value")


def compared(
    before: Number,
    now: Number,
    trace: Trace = TRACE,
    today: float | None = None,
    form: str = "usd_bn",
    tongue: Language = ENGLISH,
) -> Changes:
    earlier = Earlier("0123456789ab", DAY, (before,))
    return compare(earlier, [now], {now.key: Again(trace, today)}, [watched(form)], tongue)


def change(
    before: float | None, now: float | None, form: str = "usd_bn", tongue: Language = ENGLISH
) -> Change:
    [found] = compared(number(before), number(now), form=form, tongue=tongue).revised
    return found


def test_a_later_day_moves_and_the_same_or_an_earlier_one_revises() -> None:
    moved = compared(number(1e9), number(2e9, NEXT))
    assert ([one.now for one in moved.moved], moved.revised) == (["USD\u00a02.0\u00a0bn"], ())
    assert (moved.moved[0].before_date, moved.moved[0].now_date) == ("22 Nov 2026", "23 Nov 2026")
    same = compared(number(1e9), number(2e9))
    assert (same.moved, len(same.revised)) == ((), 1)
    back = compared(number(1e9, NEXT), number(2e9))
    assert (back.moved, len(back.revised)) == ((), 1)


def test_what_is_printed_alike_is_no_change_whatever_is_below_it() -> None:
    other = Trace("a", "b", "v1.5.5", "c", "d", "e")
    found = compared(number(1.00e9), number(1.04e9, NEXT), other)
    assert (found.moved, found.revised) == ((), ())
    assert (found.n_compared, found.n_moved, found.n_revised) == ("1", "0", "0")


@pytest.mark.parametrize(
    ("causes", "day", "differ"),
    [
        (("data",), NEXT, {}),
        (("data",), DAY, {"later": "x"}),
        (("revision",), DAY, {"earlier": "x", "payloads": "x"}),
        (("membership",), DAY, {"members": "x"}),
        (("method",), DAY, {"method": "x"}),
        # The same files give other rows: they are read otherwise.
        (("method",), DAY, {"earlier": "x"}),
        (("unknown",), DAY, {}),
        # New files that say the same bring nothing about.
        (("unknown",), DAY, {"payloads": "x"}),
        (("data", "revision"), NEXT, {"earlier": "x", "later": "x", "payloads": "x"}),
        (("membership", "method"), DAY, {"members": "x", "method": "x"}),
        # Digests of another DuckDB tell nothing.
        (("unknown",), DAY, {"engine": "v2", "earlier": "x", "later": "x", "members": "x"}),
        (("method",), DAY, {"engine": "v2", "earlier": "x", "payloads": "x", "method": "x"}),
    ],
)
def test_every_cause_that_applies_is_named(
    causes: tuple[Cause, ...], day: dt.date, differ: dict[str, str]
) -> None:
    found = compared(number(1e9), number(2e9, day), replace(TRACE, **differ))
    assert [one.causes for one in (*found.moved, *found.revised)] == [causes]


def test_an_earlier_number_that_is_the_same_today_leaves_new_data_as_the_only_cause() -> None:
    everything = Trace("x", "x", "v1.5.5", "x", "x", "x")
    [same] = compared(number(1e9), number(2e9, NEXT), everything, 1.01e9).moved
    assert (same.causes, same.revised) == (("data",), "")
    [other] = compared(number(1e9), number(2e9, NEXT), everything, 1.1e9).moved
    assert other.causes == ("data", "revision", "membership", "method")
    assert other.revised == "USD\u00a01.1\u00a0bn"
    # Of the same day it is the new number itself.
    [revised] = compared(number(1e9), number(2e9), everything, 2e9).revised
    assert (revised.causes[1:], revised.revised) == (("revision", "membership", "method"), "")


@pytest.mark.parametrize(
    ("form", "before", "now", "difference", "percent"),
    [
        ("usd_bn", 40e9, 43e9, "+USD\u00a03.0\u00a0bn", "+7.5%"),
        ("usd_bn", 43e9, 40e9, "USD\u00a0−3.0\u00a0bn", "−7.0%"),
        ("count", 1000, 1001, "+1", "+0.1%"),
        # Shares differ by percentage points, and a share of a share is none.
        ("pct", 0.20, 0.25, "+5.0\u00a0pp", ""),
        ("change", -0.01, 0.02, "+3.0\u00a0pp", ""),
        ("pct2", 0.0012, 0.0009, "−0.03\u00a0pp", ""),
        ("words", 3, 5, "+2", "+66.7%"),
        # From nothing, through nothing or by more than eleven times there is no percentage.
        ("count", 0, 5, "+5", ""),
        ("count", -4, 5, "+9", ""),
        ("count", 1, 11, "+10", "+1,000.0%"),
        ("count", 1, 12, "+11", ""),
        ("count", None, 5, "", ""),
        ("count", 5, None, "", ""),
    ],
)
def test_the_difference_is_written_as_the_number_is(
    form: str, before: float | None, now: float | None, difference: str, percent: str
) -> None:
    found = change(before, now, form)
    assert (found.change, found.percent) == (difference, percent)


def test_what_became_known_or_unknown_is_a_change() -> None:
    assert (change(None, 5, "count").before, change(5, None, "count").now) == ("n/a", "n/a")
    found = compared(number(None), number(None, NEXT), form="count")
    assert (found.moved, found.revised) == ((), ())


def test_numbers_and_days_are_in_the_language_of_the_report() -> None:
    german = language.load("de", [resources.LOCALE])
    found = change(1234.5, 2234.5, "number1", german)
    assert (found.before, found.now, found.change) == ("1.234,5", "2.234,5", "+1.000,0")
    assert found.now_date == "22. Nov. 2026"


def test_only_what_both_reports_watch_is_compared() -> None:
    earlier = Earlier("0123456789ab", DAY, (number(1.0), number(1.0, key="market.gone")))
    now = [number(2.0, key="market.new"), number(3.0)]
    watches = [watched("count", "new"), watched("count")]
    found = compare(earlier, now, {"market.cap_usd": Again(TRACE, None)}, watches, ENGLISH)
    assert [(one.before, one.now) for one in found.revised] == [("1", "3")]
    assert (found.n_compared, found.since_id) == ("1", "0123456789ab")
    assert found.since_date == "22\u00a0November 2026"


@given(
    st.lists(
        st.builds(
            Number,
            st.text(),
            st.none() | st.floats(allow_nan=False),
            st.dates(),
            st.builds(Trace, *[st.text()] * 6),
        )
    )
)
def test_numbers_are_kept_as_they_are(numbers: list[Number]) -> None:
    assert watch.from_json(watch.to_json(numbers)) == tuple(numbers)


MINIMAL = """
title = "t"
finding = "f"
dateline = "d"
[[section]]
id = "s"
title = "s"
lead = "l"
"""


def test_every_watch_that_is_wrong_is_said_with_its_line(folders: Folders) -> None:
    folder = folders(
        {
            "own.toml": MINIMAL
            + """
[[watch]]
label = "one"
value = "about {market.cap_usd:usd_bn}"
[[watch]]
label = "two"
value = "{market.low..high:usd_bn}"
[[watch]]
label = "three"
value = "{nowhere.cap_usd:usd_bn}"
[[watch]]
label = "four"
value = "{market.cap_usd:guess}"
[[watch]]
label = "five"
value = "{market.cap_usd:usd_bn}"
date = "last_date"
[[watch]]
label = "six"
value = "{market.n_members:count}"
[[watch]]
label = "seven"
value = "{market.n_members:words}"
colour = "red"
"""
        }
    )
    with pytest.raises(DefinitionError) as refused:
        definition_file.load("own", [folder])
    said = str(refused.value).splitlines()
    assert [line.partition(": ")[2] for line in said] == [
        "watch[1].value: must be one number, of the form {query.column:format}",
        "watch[2].value: must be one number, of the form {query.column:format}",
        "watch[3].value: there is no query reports/nowhere.sql",
        said[3].partition(": ")[2],
        "watch[5].date: must be of the form query.column",
        "watch[7].colour: is unknown here; known are date, label, value",
        "watch: market.n_members is watched twice",
    ]
    assert said[3].startswith(f"{folder}/own.toml:21: watch[4].value: {{market.cap_usd:guess}}")


@pytest.mark.parametrize(
    ("given_", "said"),
    [
        ('value = "{one.nothing:count}"', "query one has no column nothing"),
        ('value = "{one.word:count}"', "one.word is no number but a str"),
        ('value = "{one.is_so:count}"', "one.is_so is no number but a bool"),
        ('value = "{one.n:count}"\ndate = "one.word"', "one.word is no day but a str"),
        ('value = "{one.n:count}"\ndate = "one.moment"', "one.moment is no day but a datetime"),
    ],
)
def test_a_watch_that_is_no_number_or_no_day_is_said(
    given_: str, said: str, folders: Folders, warehouse: object
) -> None:
    sql = (
        "select 1 as n, 'x' as word, true as is_so, timestamp '2026-11-22 01:00:00' as moment, "
        "date '2026-11-22' as day, null::date as no_day, 1.5::decimal(9, 1) as exact"
    )
    folder = folders(
        {
            "own.toml": f'{MINIMAL}[[watch]]\nlabel = "w"\n{given_}\n',
            "good.toml": f'{MINIMAL}[[watch]]\nlabel = "w"\nvalue = "{{one.n:count}}"\n'
            'date = "one.day"\n[[watch]]\nlabel = "v"\nvalue = "{one.exact:count}"\n'
            'date = "one.no_day"\n',
            "sql/reports/one.sql": sql,
        }
    )
    sql_folders = (folder / "sql", resources.SQL)
    for name in ("good", "own"):
        defined = definition_file.load(name, [folder], sql_folders=sql_folders)
        queries = Queries(warehouse, sql_folders, (), ENGLISH)  # type: ignore[arg-type]
        arguments = (defined.watch, queries, NEXT, lambda sql, day: TRACE)
        if name == "good":
            assert watch.numbers(*arguments) == (
                Number("one.n", 1.0, DAY, TRACE),
                Number("one.exact", 1.5, NEXT, TRACE),
            )
        else:
            with pytest.raises(DefinitionError, match=f"own.toml:.*{said}"):
                watch.numbers(*arguments)


DAILY = """
select max(price_date) as last_date, count(*) as n, max(price_date) = date '2023-12-31' as is_last
from (select unnest(generate_series(date '2023-01-01', date '2023-12-31', interval 1 day))::date)
    as day (price_date)
"""


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        ("where price_date <= (select report_date from marts.build)", 59),
        ("cross join marts.build where price_date <= build.report_date", 59),
        ("cross join marts.build as b where price_date <= b.report_date", 59),
        # In a way that cannot be told another day, only for another day, or never.
        ("cross join marts.build b where price_date <= b.report_date", None),
        ("where price_date < (select report_date from marts.build)", None),
        ("", None),
    ],
)
def test_a_query_is_asked_for_an_earlier_day(
    asked: str, wanted: float | None, folders: Folders, warehouse: object
) -> None:
    folder = folders({"reports/daily.sql": DAILY + asked})
    queries = Queries(warehouse, [folder], (), ENGLISH)  # type: ignore[arg-type]
    day = dt.date(2023, 2, 28)
    daily = Watch("n", "daily", "n", "count", ("daily", "last_date"), "watch[1].value")
    assert queries.fact("daily")["n"] == 365
    assert watch.again(daily, day, queries) == wanted
    assert watch.again(replace(daily, date=None), day, queries) is None
    assert watch.again(replace(daily, date=("other", "last_date")), day, queries) is None


def test_the_rules_of_causes_are_those_of_the_page() -> None:
    # What the page prints of the rules, and what the code says of itself, name the same causes.
    page = (resources.TEMPLATES / "sections" / "changes.html.jinja").read_text(encoding="utf-8")
    said = changes.__doc__ or ""
    for cause in get_args(Cause):
        assert f'"{cause}": ' in page
        assert f"\n    {cause} " in said
