"""F51, F52, F55: no room, no more files, files that may not grow, and one without its WAL."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from tests.torture import disk  # noqa: TID251 - a disk of a few megabytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.conftest import CoinGecko, Ended  # noqa: TID251 - for its types only
    from tests.faults.conftest import Clock, Home  # noqa: TID251 - for its types only

Facts = dict[str, list[tuple[Any, ...]]]


@contextmanager
def on_a_small_disk(home: Path) -> Iterator[Path]:
    """Have a home on a disk of its own meanwhile."""
    if not disk.is_possible():
        pytest.skip("a disk of its own takes root on Linux")
    aside = home.with_name("aside")
    home.rename(aside)
    try:
        with disk.small_disk(home):
            shutil.copytree(aside, home, symlinks=True, dirs_exist_ok=True)
            yield home
    except subprocess.CalledProcessError as error:
        pytest.skip(f"this machine lets nobody mount ({error})")
    finally:
        home.rmdir()
        aside.rename(home)


def must_be_refused(ended: Ended, *words: str) -> None:
    assert ended.code == 8, ended
    assert len(ended.message.splitlines()) == 1
    for word in words:
        assert re.search(word, ended.message), ended.message


@pytest.mark.parametrize("command", [("run", "--no-report"), ("fetch",)])
def test_f51_what_a_run_needs_is_asked_of_the_disk_before_any_call(
    good: Home, coingecko: CoinGecko, command: tuple[str, ...]
) -> None:
    with on_a_small_disk(good.path) as home:
        master_bytes = (home / "warehouse" / "master.duckdb").stat().st_size
        needed = 32 * 2**20 + (2 * master_bytes if command[0] == "run" else 0)
        free = needed // 4096 * 4096
        with disk.filled(home, free - 4 * 2**20):
            ended = good(*command)
            assert good("sql", "select count(*) from marts.run").code == 0
        must_be_refused(ended, f"needs {needed:,} bytes, and [0-9,]+ are free; make room")
        assert coingecko.requests == []
        good.must_be_unchanged()
        assert good(*command).code == 0


def test_f52_a_disk_that_takes_no_more_files_costs_a_run(
    good: Home, coingecko: CoinGecko, clock: Clock, undisturbed: Facts,
    facts_of: Callable[[Home], Facts],
) -> None:  # fmt: skip
    """There is room, and no name is left for what would take it."""
    with on_a_small_disk(good.path) as home:
        assert good("status").code == 0
        there = os.statvfs(home)
        files = there.f_files - there.f_ffree + 6
        resize = ["mount", "-o", f"remount,nr_inodes={files}", str(home)]
        subprocess.run(resize, check=True)
        ended = good("run", "--no-report")
        must_be_refused(ended, "No space left on device", "free some space|make room", str(home))
        good.must_have_lost_nothing()
        subprocess.run([*resize[:2], "remount,nr_inodes=100000", str(home)], check=True)
        clock.forget()
        ended = good("run", "--no-report")
        assert (ended.code, ended.message) == (0, "")
        left = [path for path in home.rglob(".new-*") if path.is_file()]
        assert (left, good("check").code) == ([], 0)
        now = facts_of(good)
    assert {k: v for k, v in now.items() if k != "publication"} == {
        k: v for k, v in undisturbed.items() if k != "publication"
    }


@pytest.mark.parametrize("largest_bytes", [2**10, 2**16, 2**20, 2**22])
def test_f52_files_that_may_not_grow_cost_a_run(
    good: Home, clock: Clock, undisturbed: Facts, facts_of: Callable[[Home], Facts],
    largest_bytes: int,
) -> None:  # fmt: skip
    """The system would end a process by a signal, SIGXFSZ, that is ignored."""
    resource = pytest.importorskip("resource")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest_bytes, limits[1]))
    try:
        ended = good("run", "--no-report")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    must_be_refused(ended, str(good.path), "File too large|disk I/O error|disk is full")
    good.must_have_lost_nothing()
    clock.forget()
    assert good("run", "--no-report").code == 0
    now = facts_of(good)
    del now["publication"]
    assert now == {k: v for k, v in undisturbed.items() if k != "publication"}


# The command line as it is, killed between the master's commit and its checkpoint.
_KILLED = """
import os, signal, sys
from datetime import datetime
from types import SimpleNamespace
from pipeline import cli, console, master
at = datetime.fromisoformat(sys.argv.pop(1))
console.datetime = SimpleNamespace(now=at.astimezone)
connect = master.connect

class Mortal:
    def __init__(self, connection):
        self.connection = connection
    def __getattr__(self, name):
        return getattr(self.connection, name)
    def execute(self, sql, *parameters):
        if sql == "checkpoint":
            os.kill(os.getpid(), signal.SIGKILL)
        return self.connection.execute(sql, *parameters)

def mortal(path, settings, *, read_only):
    connection = connect(path, settings, read_only=read_only)
    return connection if read_only else Mortal(connection)

master.connect = mortal
sys.exit(cli.main())
"""


@pytest.mark.parametrize("wal", ["there", "not copied"])
def test_f55_a_master_without_its_wal_is_made_up_for(good: Home, clock: Clock, wal: str) -> None:
    """Who copies a home file by file while it is written may leave it behind."""
    arguments = ["run", "--no-report", "--home", str(good.path), "--overlay", str(good.own)]
    killed = subprocess.run(
        [sys.executable, "-c", _KILLED, clock.text, *arguments],
        check=False,
        capture_output=True,
        text=True,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    beside = good.path / "warehouse" / "master.duckdb.wal"
    assert beside.stat().st_size > 10_000
    good.must_have_lost_nothing()
    if wal == "not copied":
        beside.unlink()
    ended = good("build")
    assert (ended.code, ended.message) == (0, "")
    assert not beside.exists()
    incremental = good("status", "--json").out.split('"content_hash": "')[1][:16]
    assert good("build", "--full").code == 0
    assert good("status", "--json").out.split('"content_hash": "')[1][:16] == incremental


def test_f55_an_older_version_in_the_place_of_a_newer_one_is_refused(good: Home) -> None:
    """Whole in itself, and not what was published under that name."""
    assert good("run", "--no-report").code == 0
    first, second = sorted((good.path / "warehouse").glob("warehouse-0*.duckdb"))
    second.unlink()
    shutil.copyfile(first, second)
    for command in (("check",), ("sql", "select 1"), ("status",)):
        must_be_refused(good(*command), "were published; run 'capbrief build --full'")
    assert good("build", "--full").code == 0
    assert good("check").code == 0
