"""Transform: order from the SQL itself, headers, grains, checks, and errors with their place."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import duckdb
import pytest

from pipeline import file_format, transform
from pipeline.books import Books
from pipeline.days import ALL, NONE, Days
from pipeline.errors import CheckError, SqlError
from pipeline.model import Model, lineage, models, ordered

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        file_format.bring_up_to_date(connection)
        transform.clear(connection)
        yield connection


def build(connection: duckdb.DuckDBPyConnection, found: Sequence[Model]) -> None:
    """Make all of them, from raw tables of which nothing is known yet."""
    raw = {table: ALL for model in found for table in model.reads if table.startswith("raw.")}
    transform.build(connection, found, transform.Changes(Books(connection), raw, {}))


def write(folder: Path, name: str, body: str, *, header: str | None = None) -> Path:
    layer, table = name.split(".")
    path = folder / layer / f"{table}.sql"
    path.parent.mkdir(parents=True, exist_ok=True)
    top = "-- description: Rows. One row per x.\n-- grain: x\n" if header is None else header
    path.write_text(top + body)
    return path


def test_models_run_after_what_they_read_whatever_their_names(
    tmp_path: Path, connection: duckdb.DuckDBPyConnection
) -> None:
    write(tmp_path, "marts.a", "select x from marts.b union all select x + 10 from staging.z")
    write(tmp_path, "marts.b", "with z as (select 5 as x) select x from z")
    write(tmp_path, "staging.z", "select x from raw.t")
    connection.execute("create schema raw; create table raw.t as select 1 as x")
    found = ordered(models([tmp_path]), ["raw.t"])
    names = [model.name for model in found]
    assert names.index("marts.b") < names.index("marts.a")
    assert names.index("staging.z") < names.index("marts.a")
    build(connection, found)
    assert connection.execute("select x from marts.a order by x").fetchall() == [(5,), (11,)]
    assert lineage(found) == [
        ("marts.a", "marts.b"),
        ("marts.a", "staging.z"),
        ("staging.z", "raw.t"),
    ]


def test_an_earlier_folder_replaces_a_shipped_file(tmp_path: Path) -> None:
    write(tmp_path / "shipped", "marts.a", "select 1 as x")
    write(tmp_path / "shipped", "marts.b", "select 1 as x")
    own = write(tmp_path / "own", "marts.a", "select 2 as x")
    found = models([tmp_path / "own", tmp_path / "shipped"])
    assert [(model.name, model.path == own) for model in found] == [
        ("marts.a", True),
        ("marts.b", False),
    ]


def test_description_becomes_the_comment_of_the_table(
    tmp_path: Path, connection: duckdb.DuckDBPyConnection
) -> None:
    header = "-- description: It's long\n--   and goes on. One row per x.\n-- grain: x\n"
    write(tmp_path, "marts.a", "select 1 as x", header=header)
    build(connection, models([tmp_path]))
    comment = connection.execute(
        "select comment from duckdb_tables() where table_name = 'a'"
    ).fetchall()
    assert comment == [("It's long and goes on. One row per x.",)]


@pytest.mark.parametrize(
    ("body", "header", "reason"),
    [
        ("select 1 as x", "", r"a\.sql:1: has no '-- description:' line"),
        ("select 1 as x", "-- description: d\n", r"a\.sql:1: has no '-- grain:' line"),
        ("selec 1", None, r"a\.sql:3: .*syntax error"),
        ("select 1 as x;\nselect 2 as x;", None, r"a\.sql: holds 2 statements"),
        ("drop table raw.t", None, r"a\.sql.*: .*SELECT"),
        ("", None, r"a\.sql.*:"),
    ],
)
def test_a_broken_file_is_named_before_anything_runs(
    tmp_path: Path, body: str, header: str | None, reason: str
) -> None:
    write(tmp_path, "marts.a", body, header=header)
    with pytest.raises(SqlError, match=reason):
        models([tmp_path])


def test_all_broken_files_are_named_at_once(tmp_path: Path) -> None:
    write(tmp_path, "marts.a", "selec 1")
    write(tmp_path, "marts.b", "select 1 as x", header="")
    with pytest.raises(SqlError) as caught:
        models([tmp_path])
    assert len(str(caught.value).splitlines()) == 2


def test_an_unknown_table_is_named(tmp_path: Path) -> None:
    write(tmp_path, "marts.a", "select x from staging.nowhere")
    with pytest.raises(SqlError, match=r"a\.sql: reads staging\.nowhere, which no file makes"):
        ordered(models([tmp_path]), [])


def test_a_table_made_elsewhere_is_not_replaced(tmp_path: Path) -> None:
    write(tmp_path, "estimates.demand_month", "select 1 as x")
    with pytest.raises(SqlError, match=r"demand_month\.sql: .* is made elsewhere"):
        ordered(models([tmp_path]), ["estimates.demand_month"])


def test_a_file_that_names_no_table_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "marts.Token", "select 1 as x")
    with pytest.raises(SqlError, match=r"Token\.sql: a table is named with"):
        models([tmp_path])


def test_a_byte_order_mark_and_a_semicolon_do_no_harm(tmp_path: Path) -> None:
    path = write(tmp_path, "marts.a", "select 1 as x;\n")
    path.write_text("\ufeff" + path.read_text())
    assert [model.name for model in models([tmp_path])] == ["marts.a"]


def test_a_check_without_end_is_cut(tmp_path: Path, connection: duckdb.DuckDBPyConnection) -> None:
    header = "-- description: d\n"
    write(tmp_path, "checks.many", "select repeat('x', 9999) from range(30000000)", header=header)
    [bad] = transform.check(connection, models([tmp_path], ["checks"]))
    assert bad.count == 1001
    assert max(map(len, bad.sample)) < 250
    with pytest.raises(CheckError, match="1000 or more bad rows"):
        transform.must_pass([bad])


def test_an_error_in_a_check_has_its_line(
    tmp_path: Path, connection: duckdb.DuckDBPyConnection
) -> None:
    header = "-- description: d\n"
    write(tmp_path, "checks.a", "select\n    nowhere\nfrom range(3)", header=header)
    with pytest.raises(SqlError, match=r"checks/a\.sql:3: Binder Error"):
        transform.check(connection, models([tmp_path], ["checks"]))


def test_a_circle_is_named(tmp_path: Path) -> None:
    write(tmp_path, "marts.a", "select x from marts.b")
    write(tmp_path, "marts.b", "select x from marts.a")
    with pytest.raises(SqlError, match=r"circle: marts\.[ab] reads marts\.[ab] reads marts\.[ab]"):
        ordered(models([tmp_path]), [])


def test_an_error_of_the_engine_has_file_line_and_reason(
    tmp_path: Path, connection: duckdb.DuckDBPyConnection
) -> None:
    write(tmp_path, "marts.a", "select\n    nowhere as x\nfrom range(3)")
    with pytest.raises(SqlError, match=r"marts/a\.sql:4: Binder Error: .*nowhere"):
        build(connection, models([tmp_path]))


@pytest.mark.parametrize(
    ("body", "row"),
    [
        ("select * from (values (1), (1), (2)) t (x)", r"1, 2"),
        ("select null::int as x", r"None, 1"),
    ],
)
def test_a_grain_that_repeats_or_is_null_stops(
    tmp_path: Path, connection: duckdb.DuckDBPyConnection, body: str, row: str
) -> None:
    write(tmp_path, "marts.a", body)
    with pytest.raises(CheckError, match=rf"marts\.a: grain: 1 bad rows \(x\)\n    {row}"):
        build(connection, models([tmp_path]))


def test_checks_give_their_bad_rows(tmp_path: Path, connection: duckdb.DuckDBPyConnection) -> None:
    header = "-- description: Prices are above 0.\n"
    write(tmp_path, "checks.good", "select 1 as x where false", header=header)
    write(tmp_path, "checks.bad", "select range as day, -1 as price from range(7)", header=header)
    checks = models([tmp_path], ["checks"])
    failed = transform.check(connection, checks)
    assert [(bad.check, bad.count, bad.sample[0]) for bad in failed] == [
        ("checks.bad", 7, "day=0, price=-1")
    ]
    with pytest.raises(CheckError) as caught:
        transform.must_pass(failed)
    lines = str(caught.value).splitlines()
    assert lines[0] == "checks.bad: 7 bad rows (Prices are above 0.)"
    assert lines[6] == "    and more"
    assert "what was published before stays" in lines[-1]
    transform.must_pass([])


# --- Day by day ---------------------------------------------------------------------------------

DATED = "-- description: Rows. One row per day.\n-- grain: day\n-- incremental: day\n"


def sums(tmp_path: Path, reach: str = "1 day back") -> list[Model]:
    """The rows of a day, and their sum with those of the day before."""
    write(tmp_path, "staging.fact", "select day, sum(x) as x from raw.t group by day", header=DATED)
    write(
        tmp_path,
        "marts.pair",
        "select today.day, today.x + coalesce(before.x, 0) as x from staging.fact as today\n"
        "left join staging.fact as before on before.day = today.day - 1",
        header=f"{DATED}-- reach: {reach}\n",
    )
    return ordered(models([tmp_path]), ["raw.t"])


def brought(
    connection: duckdb.DuckDBPyConnection, found: Sequence[Model], raw: Days
) -> dict[str, str]:
    """Build after these days of the raw table changed; what was made, of which days."""
    made: dict[str, str] = {}
    kept = Books(connection)
    changes = transform.Changes(kept, {"raw.t": raw}, {"raw.t": "day"})
    transform.build(
        connection, found, changes, lambda one, days: made.update({one.name: str(days)})
    )
    kept.note(found)
    return made


def test_only_days_that_changed_are_made_and_those_in_their_reach(
    tmp_path: Path, connection: duckdb.DuckDBPyConnection
) -> None:
    connection.execute(
        "create schema raw; create table raw.t as select date '2026-01-01' + n::int as day, n as x "
        "from range(9) as r (n)"
    )
    found = sums(tmp_path)
    assert set(brought(connection, found, ALL)) == {"staging.fact", "marts.pair"}
    assert brought(connection, found, NONE) == {}
    connection.execute("update raw.t set x = 100 where day = '2026-01-03'")
    assert brought(connection, found, Days.of([date(2026, 1, 3)])) == {
        "staging.fact": "2026-01-03",
        "marts.pair": "2026-01-03 to 2026-01-04",
    }
    expected = [(n + (n and n - 1)) for n in range(9)]
    expected[2] += 98
    expected[3] += 98
    rows = connection.execute("select x from marts.pair order by day").fetchall()
    assert rows == [(x,) for x in expected]
    # What comes out as it was is nothing new for what reads it.
    assert brought(connection, found, Days.of([date(2026, 1, 5)])) == {"staging.fact": "2026-01-05"}


def test_another_text_is_made_whole(tmp_path: Path, connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(
        "create schema raw; create table raw.t as select date '2026-01-01' as day, 1 as x"
    )
    brought(connection, sums(tmp_path), ALL)
    path = tmp_path / "staging" / "fact.sql"
    path.write_text(path.read_text().replace("sum(x)", "sum(x) + 1"))
    found = ordered(models([tmp_path]), ["raw.t"])
    assert brought(connection, found, NONE) == {
        "staging.fact": "0001-01-01 to 9999-12-31",
        "marts.pair": "2026-01-01 to 2026-01-02",
    }


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ("-- incremental: x_date\n", "is incremental by x_date, which is not in its grain"),
        ("-- incremental: x\n-- reach: a week back\n", "'-- reach: a week back' is not like"),
        ("-- reach: 3 days back\n", "below a line '-- incremental: <date column>'"),
    ],
)
def test_a_reach_that_cannot_be_meant_is_named(tmp_path: Path, header: str, reason: str) -> None:
    top = "-- description: Rows. One row per x.\n-- grain: x\n"
    write(tmp_path, "marts.a", "select 1 as x", header=top + header)
    with pytest.raises(SqlError, match=reason):
        models([tmp_path])


def test_a_dated_table_is_read_by_from_or_join_alone(
    tmp_path: Path, connection: duckdb.DuckDBPyConnection
) -> None:
    connection.execute(
        "create schema raw; create table raw.t as select date '2026-01-01' as day, 1 as x"
    )
    write(
        tmp_path,
        "staging.fact",
        "select t.day, u.x from raw.t as t, raw.t as u where t.day = u.day",
        header=DATED,
    )
    found = models([tmp_path])
    brought(connection, found, ALL)
    with pytest.raises(SqlError, match="reads a dated table otherwise than by 'from' or 'join'"):
        brought(connection, found, Days.of([date(2026, 1, 1)]))


def test_a_check_that_passed_looks_at_what_changed(
    tmp_path: Path, connection: duckdb.DuckDBPyConnection
) -> None:
    connection.execute(
        "create schema raw; create table raw.t as select date '2026-01-01' + n::int as day, n as x "
        "from range(9) as r (n)"
    )
    header = "-- description: Nothing is over 6. One row per day.\n-- incremental: day\n"
    write(tmp_path, "checks.low", "select * from raw.t where x > 6", header=header)
    checks = models([tmp_path], ["checks"])
    kept = Books(connection)
    changes = transform.Changes(kept, {"raw.t": Days.of([date(2026, 1, 2)])}, {"raw.t": "day"})
    # New: all of it.
    assert [bad.count for bad in transform.check(connection, checks, changes)] == [2]
    kept.note(checks)
    assert transform.check(connection, checks, changes) == []
    changes.days["raw.t"] = Days.of([date(2026, 1, 9)])
    assert [bad.sample for bad in transform.check(connection, checks, changes)] == [
        ("day=2026-01-09, x=8",)
    ]
    changes.days["raw.t"] = NONE
    assert transform.check(connection, checks, changes) == []
