"""Sandbox: exactly one select, by the parser and by the engine, within time, rows and memory."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import duckdb
import polars as pl
import pytest

from pipeline import sandbox
from pipeline.errors import LimitError, SqlError, WarehouseError
from pipeline.settings import Sql

if TYPE_CHECKING:
    from pathlib import Path

LIMITS = Sql(seconds=20.0, rows=1000, memory_mb=256)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file with the layers of a warehouse, in a folder in which nothing else lies."""
    path = tmp_path / "only" / "it's.duckdb"
    path.parent.mkdir()
    with duckdb.connect(path) as connection:
        connection.execute("create schema marts")
        connection.execute("create schema estimates")
        connection.execute("create table marts.t as select * from range(100) r (x)")
        connection.execute("create table marts.named as select 'render' as name")
    return path


def rows(file: Path, text: str, limits: Sql = LIMITS, *, native: bool = False) -> pl.DataFrame:
    return sandbox.ask(file, text, limits, native=native)


REFUSED = [
    "copy (select 1) to '{folder}/out.csv'",
    "copy marts.t to '{folder}/out.parquet' (format parquet)",
    "copy marts.t from '{folder}/in.csv'",
    "attach '{folder}/other.duckdb' as other",
    "detach memory",
    "install httpfs",
    "load httpfs",
    "force install spatial from community",
    "update extensions",
    "set memory_limit = '99GB'",
    "set enable_external_access = true",
    "reset memory_limit",
    "set variable a = 1",
    "pragma database_list",
    "pragma enable_profiling",
    "call pragma_version()",
    "call duckdb_settings()",
    "export database '{folder}/out'",
    "import database '{folder}/in'",
    "create table marts.x as select 1",
    "create temp table x as select 1",
    "create or replace macro f(a) as a",
    "create secret s (type s3)",
    "create view v as select 1",
    "insert into marts.t values (1)",
    "update marts.t set x = 1",
    "delete from marts.t",
    "truncate marts.t",
    "merge into marts.t using marts.t as o on t.x = o.x when matched then delete",
    "drop table marts.t",
    "alter table marts.t add column y int",
    "comment on table marts.t is 'x'",
    "begin",
    "commit",
    "checkpoint",
    "vacuum",
    "analyze",
    "use marts",
    "prepare p as select 1",
    "execute p",
    "deallocate p",
    "explain copy (select 1) to '{folder}/out.csv'",
    "explain analyze insert into marts.t values (1)",
    "explain select 1; drop table marts.t",
    "explain explain select 1",
    "select 1; select 2",
    "select 1; drop table marts.t",
    "with x as (insert into marts.t values (1) returning *) select * from x",
    "select * from read_csv('/etc/passwd')",
    "select * from read_csv_auto('/etc/passwd')",
    "select * from sniff_csv('/etc/passwd')",
    "select * from read_text('/etc/hostname')",
    "select * from read_blob('/etc/hostname')",
    "select * from read_json('/etc/hostname')",
    "select * from read_ndjson_objects('/etc/hostname')",
    "select * from read_parquet('x.parquet')",
    "select * from parquet_scan('x.parquet')",
    "select * from parquet_metadata('x.parquet')",
    "select * from read_duckdb('x.duckdb')",
    "select * from glob('/etc/*')",
    "select * from marts.t, lateral (select * from glob('/etc/*'))",
    "select (select content from read_text('/etc/hostname'))",
    "with a as (select * from glob('/*')) select * from a",
    "select * from marts.t where x in (select size from read_blob('/etc/hostname'))",
    "from '/etc/passwd'",
    "from 'https://example.org/x.csv'",
    "from \"x.parquet\"",
    "describe '/etc/passwd'",
    "summarize 'x.csv'",
    "from read_text('/etc/hostname') select content",
    "from query('select 1')",
    "from query('select * from read_text(''/etc/hostname'')')",
    "from query_table('marts.t')",
    "select * from json_execute_serialized_sql(json_serialize_sql('select 1'))",
    "select getenv('HOME')",
    "select 'HOME'.getenv()",
    "select GetEnv('HOME')",
    "select current_setting('home_directory')",
    "select getvariable('x')",
    "select nextval('s')",
    "select write_log('x')",
    "from duckdb_settings()",
    "from duckdb_settings",
    "from duckdb_secrets()",
    "from duckdb_databases()",
    "from duckdb_extensions()",
    "from duckdb_logs",
    "from pragma_database_list",
    "from pragma_database_list()",
    "from sqlite_master",
    "from pg_catalog.pg_class",
    "from system.main.duckdb_settings",
    "from which_secret('s3://x', 's3')",
    "show databases",
    "show variables",
    "show secrets",
    "",
    ";",
    "-- nothing",
    "selec",
    "select 1 as a, 2 as a",
    "select * from frame",
    "pivot marts.t on x using count(*)",
]  # fmt: skip


@pytest.mark.parametrize("text", REFUSED)
def test_everything_but_one_select_is_refused_and_nothing_written(file: Path, text: str) -> None:
    frame = pl.DataFrame({"a": [1]})  # what python_enable_replacements would let "from frame" read
    before = file.read_bytes()
    with pytest.raises(SqlError, match=r"^query: ") as caught:
        sandbox.answer(str(file), text.replace("{folder}", str(file.parent)), LIMITS, native=False)
    del frame
    assert len(str(caught.value).splitlines()) == 1
    assert list(file.parent.iterdir()) == [file]
    assert file.read_bytes() == before


# What the engine must refuse even where the parser would let it by.
SEALED = [
    "copy (select 1) to '{folder}/out.csv'",
    "attach '{folder}/other.duckdb' as other",
    "select * from read_text('/etc/hostname')",
    "select * from glob('/etc/*')",
    "from '/etc/passwd'",
    "load httpfs",
    "install httpfs",
    "create table marts.x as select 1",
    "insert into marts.t values (1)",
    "export database '{folder}/out'",
    "set enable_external_access = true",
    "set temp_directory = '{folder}'",
    "set memory_limit = '99GB'",
    "set threads = 64",
    "set autoload_known_extensions = true",
    "set allow_community_extensions = true",
    "set python_enable_replacements = true",
    "set lock_configuration = false",
    "reset memory_limit",
    "pragma enable_profiling='json'",
]


@pytest.mark.parametrize("text", SEALED)
def test_the_engine_alone_refuses_what_leads_out_of_the_file(file: Path, text: str) -> None:
    with (
        sandbox.sealed(str(file), LIMITS) as connection,
        pytest.raises(duckdb.Error),
    ):
        connection.execute(text.replace("{folder}", str(file.parent))).fetchall()
    assert list(file.parent.iterdir()) == [file]


def test_the_engine_is_sealed_as_it_is_said(file: Path) -> None:
    with sandbox.sealed(str(file), LIMITS) as connection:
        found = dict(connection.execute("select name, value from duckdb_settings()").fetchall())
    wanted = {
        "enable_external_access": "false",
        "autoload_known_extensions": "false",
        "autoinstall_known_extensions": "false",
        "allow_community_extensions": "false",
        "allow_unsigned_extensions": "false",
        "python_enable_replacements": "false",
        "lock_configuration": "true",
        "temp_directory": "",
        "threads": "2",
    }
    assert {name: found[name] for name in wanted} == wanted
    assert found["memory_limit"].startswith("244.1")  # 256 MB in MiB


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("select max(x) as x from marts.t", [{"x": 99}]),
        ("from t select min(x) as x;", [{"x": 0}]),
        ("-- a comment\nselect 1 as x -- and one more\n;\n", [{"x": 1}]),
        ("values (1)", [{"col0": 1}]),
        ("with recursive r (x) as (select 1 union all select x + 1 from r where x < 4) "
         "select sum(x)::int as x from r", [{"x": 10}]),
        ("select x from range(3) r (x) union all from unnest([7]) order by all desc limit 2",
         [{"x": 7}, {"x": 2}]),
        ("select count(*) as n from information_schema.tables", [{"n": 2}]),
        ("select table_name from duckdb_tables() order by all",
         [{"table_name": "named"}, {"table_name": "t"}]),
        ("select column_name from (describe marts.t)", [{"column_name": "x"}]),
        ("select column_name, max from (summarize marts.t)", [{"column_name": "x", "max": "99"}]),
        ("select name from (show tables) order by all", [{"name": "named"}, {"name": "t"}]),
        ("select 'copy to attach; drop' as x", [{"x": "copy to attach; drop"}]),
        ("pivot (select 1 as x, 2 as y) on x in (1) using sum(y)::int", [{"1": 2}]),
    ],
)  # fmt: skip
def test_selects_of_all_kinds_are_answered(
    file: Path, text: str, expected: list[dict[str, object]]
) -> None:
    given = sandbox.answer(str(file), text, LIMITS, native=False)
    assert pl.read_ipc_stream(given).to_dicts() == expected


@pytest.mark.parametrize(
    "text", ["explain select * from marts.t", "EXPLAIN ANALYZE select count(*) from marts.t"]
)
def test_a_plan_can_be_had(file: Path, text: str) -> None:
    found = rows(file, text)
    assert found.columns == ["explain_key", "explain_value"]
    assert "──" in found["explain_value"][0]


@pytest.mark.parametrize("text", ["describe marts.t", "summarize marts.t", "show all tables"])
def test_tables_can_be_described(file: Path, text: str) -> None:
    assert len(rows(file, text)) > 0


def test_rows_come_in_their_order_and_beyond_the_limit_none(file: Path) -> None:
    found = rows(file, "select x from marts.t order by x desc", replace(LIMITS, rows=100))
    assert found["x"].to_list() == [*range(99, -1, -1)]
    with pytest.raises(LimitError, match="more than 99 rows"):
        rows(file, "select x from marts.t", replace(LIMITS, rows=99))


@pytest.mark.parametrize(
    "text",
    [
        "select count(*) from range(10000000) a, range(10000000) b where a.range <> b.range",
        "with recursive r as (select 1 as x union all select x + 1 from r) select count(*) from r",
        "select sum(hash(a.range)) from range(1000000000000) a",
        # One call, inside which the engine does not look at its clock.
        "select list_sort(list_transform(range(20000000), lambda x: hash(x)))[1]",
    ],
)
def test_what_does_not_end_is_ended(file: Path, text: str) -> None:
    with pytest.raises(LimitError, match=r"query: (ran longer than 1 seconds|.*memory|.*MB)"):
        rows(file, text, replace(LIMITS, seconds=1.0))


@pytest.mark.parametrize(
    "text",
    [
        "select list(range) from range(1000000000)",
        "select count(distinct range) from range(1000000000)",
        "select string_agg(range::varchar, ',') from range(300000000)",
        # Beyond what the engine counts: strings and rows on their way out.
        "select repeat('x', 50000000) from range(1000)",
        "select range(1000000) from range(1000)",
        "select list_sum(range(2000000000))",
    ],
)
def test_what_needs_too_much_memory_is_ended(file: Path, text: str) -> None:
    with pytest.raises(LimitError, match=r"query: .*(memory|MB)"):
        rows(file, text, replace(LIMITS, rows=100_000))


def test_a_billion_rows_are_too_many_at_once(file: Path) -> None:
    with pytest.raises(LimitError, match="more than 1000 rows"):
        rows(file, "select * from range(1000000000)")


def test_a_text_that_is_nested_without_end_is_refused(file: Path) -> None:
    for text in (f"select {'(' * 100_000}1{')' * 100_000}", "select 1" + "+1" * 20_000,
                 f"select {'[' * 900}1{']' * 900}"):  # fmt: skip
        with pytest.raises(SqlError, match=r"^query: "):
            rows(file, text)


def test_a_file_that_is_damaged_is_not_the_querys_fault(tmp_path: Path) -> None:
    path = tmp_path / "x.duckdb"
    path.write_bytes(b"nonsense" * 1000)
    with pytest.raises(WarehouseError, match="cannot be opened"):
        rows(path, "select 1")


def test_values_of_every_kind_come_out(file: Path) -> None:
    found = rows(
        file,
        "select '-infinity'::date as d, [interval 1 day] as i, ['infinity'::timestamp] as l,"
        " {'size': date '2024-01-02', 'b\"': 1} as s, map {'k': date '2024-01-02'} as m,"
        " 1::variant as v, '12'::bignum as n, '101'::bit as b, row(1, date '2024-01-02') as u,"
        " timestamptz '2024-01-02 03:00:00+01' as z, [1, 2]::int[2] as a,"
        " 99999999999999999999999999999999999999::hugeint as h",
    )
    (row,) = found.to_dicts()
    assert {name: row[name] for name in "divnbuz"} == {
        "d": "-infinity",
        "i": ["1 day"],
        "v": "1",
        "n": "12",
        "b": "101",
        "u": "(1, 2024-01-02)",
        "z": "2024-01-02 02:00:00+00",
    }
    assert row["s"] == {"size": "2024-01-02", 'b"': 1}
    assert row["l"] == ["infinity"]
    assert int(row["h"]) == 10**38 - 1
    with pytest.raises(SqlError, match="Conversion Error"):
        rows(file, "select 170141183460469231731687303715884105727::hugeint as h")


def test_days_and_times_are_native_where_a_format_has_them(file: Path) -> None:
    text = "select date '2024-01-02' as d, timestamp '2024-01-02 03:04:05' as t"
    assert rows(file, text, native=True).schema == {"d": pl.Date, "t": pl.Datetime("us")}
    assert rows(file, text).row(0) == ("2024-01-02", "2024-01-02 03:04:05")


def test_refusals_travel_as_they_are(file: Path) -> None:
    with pytest.raises(SqlError, match=r'^query: Binder Error: .*column "y"'):
        rows(file, "select y from marts.t")
    assert json.loads(rows(file, "select '[1]' as j")["j"][0]) == [1]
