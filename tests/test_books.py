"""Books: what changed, what a file must hold, and that they notice what is not so."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import pytest

from pipeline import books, file_format
from pipeline.books import Books
from pipeline.days import ALL, NONE, Days
from pipeline.errors import DamagedError

FIRST, SECOND = date(2026, 1, 1), date(2026, 1, 2)


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        file_format.bring_up_to_date(connection)
        connection.execute("create schema marts")
        connection.execute("create table marts.fact (day date, x double)")
        connection.execute(
            "insert into marts.fact values ('2026-01-01', 1), ('2026-01-01', 2), ('2026-01-02', 3)"
        )
        connection.execute("create table marts.small as select 1 as y")
        yield connection


def test_what_changed_is_found_by_day(connection: duckdb.DuckDBPyConnection) -> None:
    kept = Books(connection)
    assert kept.compare("marts.fact", "day") == Days.of([FIRST, SECOND])
    assert kept.compare("marts.fact", "day") == NONE
    # The same rows in another order are the same; other rows are not.
    connection.execute("create or replace table marts.fact as from marts.fact order by x desc")
    assert kept.compare("marts.fact", "day") == NONE
    connection.execute("update marts.fact set x = 4 where x = 3")
    assert kept.compare("marts.fact", "day", Days.of([FIRST])) == NONE
    assert kept.compare("marts.fact", "day", Days.of([SECOND])) == Days.of([SECOND])
    connection.execute("delete from marts.fact where day = '2026-01-01'")
    assert kept.compare("marts.fact", "day") == Days.of([FIRST])


def test_a_table_without_days_changed_or_did_not(connection: duckdb.DuckDBPyConnection) -> None:
    kept = Books(connection)
    assert [kept.compare("marts.small"), kept.compare("marts.small")] == [ALL, NONE]
    connection.execute("insert into marts.small values (1)")
    assert kept.compare("marts.small") == ALL
    # It is what the file says, not what the object remembers.
    assert Books(connection).compare("marts.small") == NONE


def test_content_adds_up_over_tables_and_days(connection: duckdb.DuckDBPyConnection) -> None:
    kept = Books(connection)
    kept.compare("marts.fact", "day")
    kept.compare("marts.small")
    by_day = books.content(connection)
    assert by_day.row_count == 4
    assert kept.compare("marts.fact") == ALL
    assert books.content(connection) == by_day
    kept.forget("marts.small")
    assert books.content(connection).row_count == 3


@pytest.mark.parametrize(
    ("tampering", "said"),
    [
        ("delete from marts.fact where x = 3", "marts.fact: 2 rows, 3 in its books"),
        ("insert into marts.small values (2)", "marts.small: 2 rows, 1 in its books"),
        ("drop table marts.small", "marts.small: no rows, 1 in its books"),
        ("create table marts.other as select 1 as z", "marts.other: 1 rows, 0 in its books"),
        ("update marts.fact set x = 9 where x = 1", "marts.fact: values are not those"),
        ("update marts.small set y = 7", "marts.small: values are not those"),
    ],
)
def test_a_file_that_is_not_as_it_was_written(
    connection: duckdb.DuckDBPyConnection, tampering: str, said: str
) -> None:
    kept = Books(connection)
    kept.compare("marts.fact", "day")
    kept.compare("marts.small")
    books.must_hold(connection, Path("file"), books.everything(connection))
    connection.execute(tampering)
    with pytest.raises(DamagedError, match=said):
        books.must_hold(connection, Path("file"), books.everything(connection))


def test_only_the_days_asked_for_are_read_back(connection: duckdb.DuckDBPyConnection) -> None:
    Books(connection).compare("marts.fact", "day")
    Books(connection).compare("marts.small")
    connection.execute("update marts.fact set x = 9 where x = 3")
    books.must_hold(connection, Path("file"))
    books.must_hold(connection, Path("file"), {"marts.fact": Days.of([FIRST])})
    with pytest.raises(DamagedError, match="values are not those"):
        books.must_hold(connection, Path("file"), {"marts.fact": Days.of([SECOND])})
