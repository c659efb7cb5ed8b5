"""Pitfalls of DuckDB, files and processes that were measured once and must not come back.

Those of damaged files are in tests/faults/test_damage.py, those of the lock in test_holder.py,
those of a run with readers beside it in tests/faults/test_readers.py.
"""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import duckdb
import pytest

from pipeline import books, master
from pipeline.books import Books
from pipeline.build import build
from pipeline.errors import DamagedError, LockedError, Terminated, exit_code_of
from pipeline.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pipeline.job import Job
    from tests.conftest import Command, Shelf  # noqa: TID251 - for its types only


def leave_in_the_wal(path: Path, sql: str) -> Path:
    """What a process committed that died before its checkpoint; gives the WAL."""
    code = (
        "import duckdb, os, sys; c = duckdb.connect(sys.argv[1]); "
        "c.execute('pragma disable_checkpoint_on_shutdown'); c.execute(sys.argv[2]); os._exit(0)"
    )
    subprocess.run([sys.executable, "-c", code, str(path), sql], check=True)
    return path.with_name(f"{path.name}.wal")


# --- The WAL ----------------------------------------------------------------------------------


def test_a_stale_wal_beside_a_replaced_file_is_refused_not_replayed(shelf: Shelf) -> None:
    shelf.fill(3)
    path = shelf.master
    wal = leave_in_the_wal(path, "insert into marts.t from range(10)")
    shutil.copyfile(another(shelf, 5).master, path)
    assert wal.exists()
    with pytest.raises(DamagedError, match="WAL"), shelf.writing():
        pass


def another(shelf: Shelf, number: int) -> Shelf:
    """A shelf elsewhere, with so many numbers."""
    made = type(shelf)(Settings(data=shelf.folder / "other", state=shelf.folder / "other"))
    made.fill(number)
    return made


def test_what_a_killed_run_left_in_the_wal_is_in_the_next_version(shelf: Shelf) -> None:
    shelf.fill(3)
    path = shelf.master
    leave_in_the_wal(path, "create table marts.u as from range(7)")
    with shelf.writing() as connection:
        Books(connection).compare("marts.u")
    version = shelf.prepare()
    with duckdb.connect(version.path, read_only=True) as connection:
        assert connection.execute("select count(*) from marts.u").fetchall() == [(7,)]


def test_f55_a_copy_of_the_one_file_is_whole(shelf: Shelf, tmp_path: Path) -> None:
    """Neither a version nor the master has anything beside it between two runs."""
    version = shelf.fill(9)
    for number, origin in enumerate((version.path, shelf.master)):
        copy = tmp_path / f"copy-{number}.duckdb"
        shutil.copyfile(origin, copy)
        with duckdb.connect(copy, read_only=True) as connection:
            books.must_hold(connection, copy, books.everything(connection))
            assert connection.execute("select count(*) from marts.t").fetchall() == [(9,)]
    assert not list(shelf.folder.glob("*.wal"))


# --- One process, several connections -----------------------------------------------------------


def test_an_open_version_does_not_hide_the_next_one(shelf: Shelf) -> None:
    """DuckDB gives a second connection to one path what the first one opened."""
    shelf.fill(1)
    with shelf.opened() as before:
        shelf.fill(2)
        with shelf.opened() as after:
            found = [
                one.query("select count(*) as n from marts.t").item() for one in (before, after)
            ]
    assert found == [1, 2]


def test_a_result_that_is_half_read_does_not_mix_with_the_next(shelf: Shelf) -> None:
    """A second query on one connection ends the first one's result; frames are read whole."""
    shelf.fill(10_000)
    with shelf.opened() as opened:
        first = opened.query("select x from marts.t order by x")
        half = opened.connection.execute("select -x from marts.t order by x")
        assert half.fetchmany(2) == [(0,), (-1,)]
        second = opened.query("select x + 1 as x from marts.t order by x")
    assert first["x"].to_list() == list(range(10_000))
    assert second["x"].to_list() == list(range(1, 10_001))


_SORT = """
import sys
from pathlib import Path
from pipeline.settings import Settings
from pipeline.warehouse import Warehouse
home, direction = Path(sys.argv[1]), sys.argv[2]
settings = Settings(data=home, state=home / "state", memory_limit="40MB")
with Warehouse(settings.warehouse / "warehouse.duckdb", settings) as opened:
    sql = f"select md5(x::varchar) from marts.t order by 1 {direction}"
    result = opened.connection.execute(sql)
    read, last, is_sorted = 0, None, True
    while rows := result.fetchmany(10_000):
        for (value,) in rows:
            is_sorted &= last is None or (value > last) == (direction == "asc")
            last, read = value, read + 1
print(read, is_sorted)
"""


def test_two_readers_that_spill_do_not_write_over_one_another(shelf: Shelf) -> None:
    """By default both spill to files of the same names in one folder beside the database."""
    shelf.fill(500_000)
    readers = [
        subprocess.Popen(
            [sys.executable, "-c", _SORT, str(shelf.folder.parent), direction],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for direction in ("asc", "desc")
    ]
    answers = [reader.communicate() for reader in readers]
    assert answers == [("500000 True\n", "")] * 2
    assert not list(shelf.folder.glob("*.tmp"))


def test_what_a_killed_run_spilled_is_removed(shelf: Shelf) -> None:
    shelf.fill(1)
    spilled = shelf.folder / f"{master.MASTER}.tmp"
    spilled.mkdir()
    (spilled / "duckdb_temp_storage_DEFAULT-0.tmp").write_bytes(b"half of a sort")
    shelf.fill(2)
    assert not spilled.exists()


_ENDLESS = "select count(*) from range(1000000000000) where random() < 0"


@pytest.mark.parametrize(("ending", "code"), [(KeyboardInterrupt, 130), (Terminated, 143)])
@pytest.mark.parametrize("is_writer", [True, False], ids=["writer", "reader"])
def test_f40_a_signal_ends_a_query_and_is_that_signal(
    shelf: Shelf, is_writer: bool, ending: type[BaseException], code: int
) -> None:
    """DuckDB wraps what the handler raised, and goes on with the query when it is closed."""
    shelf.fill(1)

    def handle(*_: object) -> None:
        raise ending

    before = signal.signal(signal.SIGALRM, handle)
    try:
        signal.setitimer(signal.ITIMER_REAL, 1)
        with pytest.raises((RuntimeError, ending)) as caught:
            ask_without_end(shelf, is_writer=is_writer)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert exit_code_of(caught.value) == code
    with shelf.writing() as connection:
        assert connection.execute("select count(*) from marts.t").fetchall() == [(1,)]


def ask_without_end(shelf: Shelf, *, is_writer: bool) -> None:
    if is_writer:
        with shelf.writing() as connection:
            connection.execute(_ENDLESS)
    else:
        with shelf.opened() as opened:
            opened.query(_ENDLESS)


# --- Sums -------------------------------------------------------------------------------------


def test_a_sum_of_doubles_depends_on_their_order_and_a_decimal_one_does_not() -> None:
    orders = ("1e16, 1, -1e16, 1", "1, 1, 1e16, -1e16")
    with duckdb.connect(config={"threads": 1}) as connection:
        doubles, decimals = zip(
            *(
                connection.execute(
                    "select sum(x), sum(x::decimal(38, 8)) "
                    f"from (select unnest([{order}]::double[]) as x)"
                ).fetchall()[0]
                for order in orders
            ),
            strict=True,
        )
    assert len(set(doubles)) == 2
    assert decimals == (2, 2)


def test_what_is_published_does_not_depend_on_the_number_of_threads(
    fresh: Command, job: Job
) -> None:
    hashes = {}
    for threads in (1, 2):
        settings = replace(
            job.settings, data=fresh.home, state=fresh.home / "state", threads=threads
        )
        version = build(replace(job, settings=settings), full=True)
        hashes[threads] = version.content_hash
    assert hashes[1] == hashes[2]


# --- Readers in other processes -----------------------------------------------------------------

_READ = """
import sys
import duckdb
connection = duckdb.connect(sys.argv[1], read_only=True)
print("open", flush=True)
for _ in sys.stdin:
    print(connection.execute("select count(*), sum(x) from marts.t").fetchall(), flush=True)
"""


@pytest.fixture
def reader(shelf: Shelf) -> Iterator[subprocess.Popen[str]]:
    """A plain client that has the link open which leads to ten rows."""
    shelf.fill(10)
    with subprocess.Popen(
        [sys.executable, "-c", _READ, str(shelf.link)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
        yield process
        process.kill()


def test_a_reader_keeps_its_version_after_it_was_removed(
    shelf: Shelf, reader: subprocess.Popen[str]
) -> None:
    opened = shelf.link.resolve()
    for number in range(11, 18):
        shelf.fill(number)
    assert not opened.exists()
    assert reader.stdin is not None
    assert reader.stdout is not None
    reader.stdin.write("again\n")
    reader.stdin.flush()
    assert reader.stdout.readline() == "[(10, 45)]\n"


def test_f43_who_has_the_master_open_is_named(shelf: Shelf) -> None:
    shelf.fill(1)
    code = "import duckdb, sys; c = duckdb.connect(sys.argv[1], read_only=True); print('open', "
    code += "flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", code, str(shelf.master)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "open\n"
        pattern = rf"{master.MASTER}: .*process {other.pid} has it open; close it there"
        with pytest.raises(LockedError, match=pattern) as caught, shelf.writing():
            pass
        other.kill()
    assert caught.value.exit_code == 5
