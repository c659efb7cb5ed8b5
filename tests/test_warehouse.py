"""Warehouse: what a query reads, one writer, and versions by rename."""

from __future__ import annotations

import multiprocessing
from datetime import date, datetime
from typing import TYPE_CHECKING

import duckdb
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from pipeline import frames, holder, master, warehouse
from pipeline.books import Books
from pipeline.days import ALL, NONE, Days
from pipeline.errors import LockedError, SqlError, UsageError, WarehouseError

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.settings import Settings


@pytest.mark.parametrize(
    ("sql", "tables"),
    [
        ("select * from marts.a", {"marts.a"}),
        ("from marts.a", {"marts.a"}),
        ("with b as (select 1) select * from b join marts.a using (x)", {"marts.a"}),
        ("select * from marts.a asof join staging.b on a.d >= b.d", {"marts.a", "staging.b"}),
        ("select 1 where exists (select 1 from raw.x__y)", {"raw.x__y"}),
        ("select * from marts.a union all (select * from marts.b)", {"marts.a", "marts.b"}),
        ("select * from range(3), lateral (select * from marts.a)", {"marts.a"}),
        ("select $day::date from marts.a", {"marts.a"}),
        ("select 'from marts.b' from marts.a -- marts.c", {"marts.a"}),
    ],
)
def test_reads_finds_tables_and_nothing_else(sql: str, tables: set[str]) -> None:
    assert warehouse.reads(sql) == tables


@pytest.mark.parametrize(
    "sql", ["insert into marts.a values (1)", "select 1; select 2", "select from from", ""]
)
def test_reads_takes_exactly_one_select(sql: str) -> None:
    with pytest.raises(SqlError):
        warehouse.reads(sql)


@pytest.mark.parametrize(
    ("sql", "complaint"),
    [
        ("", "one select is wanted"),
        ("select 1 as a, 2 as b, 3 as a", "more than one column a"),
        ("select interval 1 day as a", "column a is an interval"),
        ("select 1 as x, 'infinity'::date as a", "column a holds a day that is not"),
        ("select '0044-03-15 (BC)'::date as a", "column a holds a day that is not"),
        ("select '12024-03-15'::timestamp as a", "column a holds a day that is not"),
        ("select '-infinity'::timestamptz as a", "column a holds a day that is not"),
    ],
)
def test_what_no_frame_holds_is_told(sql: str, complaint: str) -> None:
    with duckdb.connect() as connection, pytest.raises(SqlError, match=complaint):
        warehouse.frame(connection, sql)


def test_the_first_and_last_days_are_read() -> None:
    sql = """
        select moment, moment::date as day
        from (select unnest(['0001-01-01'::timestamp, '9999-12-31'::timestamp, null]) as moment)
    """
    with duckdb.connect() as connection:
        found = warehouse.frame(connection, sql)
    assert found["day"].to_list() == [date(1, 1, 1), date(9999, 12, 31), None]
    assert found["moment"].to_list() == [datetime(1, 1, 1), datetime(9999, 12, 31), None]


def fill(settings: Settings, number: int) -> master.Version:
    """Publish a warehouse of one mart with ``number`` rows."""
    path = settings.warehouse / master.MASTER
    with master.transaction(path, settings) as connection:
        connection.execute("create schema if not exists marts")
        connection.execute(
            f"create or replace table marts.t as select * from range({number}) r (x)"
        )
        Books(connection).compare("marts.t")
    return publish(settings)


def publish(settings: Settings) -> master.Version:
    version = master.prepare(settings, {"marts.t": ALL})
    master.publish(settings, version)
    return version


def published(settings: Settings) -> warehouse.Warehouse:
    return warehouse.Warehouse(settings.warehouse / warehouse.LINK, settings)


def count(opened: warehouse.Warehouse) -> int:
    value: int = opened.query("select count(*) from marts.t").item()
    return value


def test_a_reader_keeps_its_version_while_the_link_moves(settings: Settings) -> None:
    fill(settings, 1)
    with published(settings) as before:
        fill(settings, 2)
        with published(settings) as after:
            assert (count(before), count(after)) == (1, 2)
            assert before.path != after.path


def test_versions_are_read_only_numbered_and_kept_by_count(settings: Settings) -> None:
    versions = [fill(settings, number).path for number in range(1, 8)]
    assert versions[-1].name == "warehouse-000007.duckdb"
    assert versions[-1].stat().st_mode & 0o777 == 0o444
    assert [path.exists() for path in versions] == [False, False, True, True, True, True, True]
    assert (settings.warehouse / warehouse.LINK).resolve() == versions[-1]
    assert not list(settings.warehouse.glob(".*"))


def test_a_failed_transaction_leaves_the_master_as_it_was(settings: Settings) -> None:
    fill(settings, 3)
    path = settings.warehouse / master.MASTER
    with (
        pytest.raises(WarehouseError, match="nowhere"),
        master.transaction(path, settings) as connection,
    ):
        connection.execute("create or replace table marts.t as select 1 as x; from nowhere")
    publish(settings)
    with published(settings) as opened:
        assert count(opened) == 3


def test_equal_rows_give_an_equal_content_hash_in_any_order(settings: Settings) -> None:
    hashes = []
    for body in ("select * from range(5) r (x)", "select 4 - x as x from range(5) r (x)"):
        with master.transaction(settings.warehouse / master.MASTER, settings) as connection:
            connection.execute("create schema if not exists marts")
            connection.execute(f"create or replace table marts.t as {body}")
            Books(connection).compare("marts.t")
        hashes.append(publish(settings).content_hash)
    assert hashes[0] == hashes[1] != fill(settings, 6).content_hash


def _hold(settings: Settings, held: object, release: object) -> None:
    with holder.writing(settings):
        held.set()  # type: ignore[attr-defined]
        release.wait(30)  # type: ignore[attr-defined]


def test_a_second_writer_is_refused_and_a_dead_one_blocks_nobody(settings: Settings) -> None:
    context = multiprocessing.get_context("spawn")
    held, release = context.Event(), context.Event()
    other = context.Process(target=_hold, args=(settings, held, release))
    other.start()
    assert held.wait(60)
    with (
        pytest.raises(LockedError, match="another run is writing"),
        holder.writing(settings),
    ):
        pass
    other.kill()
    other.join()
    with holder.writing(settings):
        pass


def test_before_the_first_run_it_says_what_to_do(settings: Settings) -> None:
    with pytest.raises(UsageError, match="run 'capbrief demo' first"):
        published(settings)


def test_a_damaged_file_is_one_line(settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "x.duckdb"
    path.write_bytes(b"nonsense" * 1000)
    with pytest.raises(WarehouseError, match=r"x\.duckdb: cannot be opened: .*valid DuckDB") as one:
        warehouse.Warehouse(path, settings)
    assert len(str(one.value).splitlines()) == 1


def test_frames_go_in_and_come_out_equal(settings: Settings) -> None:
    frame = pl.DataFrame(
        {
            "name": ["a", None],
            "value": [1.5, None],
            "at": [datetime(2024, 4, 3, 12), None],
            "n": [1, None],
        },
        schema_overrides={"at": pl.Datetime("us")},
    )
    with duckdb.connect() as connection:
        frames.replace(connection, "t", frame)
        frames.insert(connection, "t", frame.select("value", "name", "n", "at"))
        found = warehouse.frame(connection, "select * from t order by name nulls last")
    assert_frame_equal(found, pl.concat([frame, frame]).sort("name", nulls_last=True))


def test_a_cut_leaves_only_what_was_known(settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "it's here.duckdb"
    with master.transaction(path, settings) as connection:
        connection.execute("create schema raw")
        connection.execute(
            "create table raw.t as select x, timestamp '2024-01-01' + to_days(x::int) as known_at "
            "from range(10) r (x)"
        )
        connection.execute(
            "create table raw.u as select x, known_at::date as day, known_at from raw.t"
        )
        dated_by = {"raw.u": "day"}
        assert set(master.cut(connection, None, dated_by).values()) == {NONE}
        changed = master.cut(connection, datetime(2024, 1, 4), dated_by)
        assert connection.execute("select max(x), count(*) from raw.t").fetchall() == [(3, 4)]
        assert changed == {
            "raw.t": ALL,
            "raw.u": Days(((date(2024, 1, 5), date(2024, 1, 10)),)),
        }
