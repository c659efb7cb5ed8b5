"""F41 to F43 and F60: the lock of a home, its master, and another machine in the same folder."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import CoinGecko  # noqa: TID251 - for its types only
    from tests.faults.conftest import Home, Start  # noqa: TID251 - for its types only


def note(home: Home) -> Path:
    return home.path / "state" / "run.lock.json"


def leave_a_note(home: Home, **changes: object) -> bytes:
    """What a run writes beside its lock, and leaves where it is killed."""
    since = datetime.now(UTC) - timedelta(minutes=3)
    fields: dict[str, Any] = {
        "pid": os.getpid(),
        "host": "elsewhere",
        "boot": "0c3b7f52-0000-4000-8000-000000000000",
        "command": "run",
        "since": since.isoformat(timespec="seconds"),
    }
    note(home).write_text(json.dumps(fields | changes))
    return note(home).read_bytes()


def boot() -> str:
    path = Path("/proc/sys/kernel/random/boot_id")
    if not path.exists():
        pytest.skip("this system does not name its kernel")
    return path.read_text().strip()


# --- Two runs -----------------------------------------------------------------------------------


def test_f41_a_run_that_overruns_the_next_start_and_the_next_waits(
    good: Home, coingecko: CoinGecko, start: Start
) -> None:
    """Both end well, and together they ask what one would have asked."""
    both = [start("run", "--no-report", "--lock-wait", "120") for _ in range(2)]
    ends = [process.communicate(timeout=240) for process in both]
    assert [process.returncode for process in both] == [0, 0], ends
    assert len(coingecko.requests) == 13
    asked = [(one["path"], tuple(sorted(one["query"].items()))) for one in coingecko.requests]
    assert len(set(asked)) == 13
    assert good.rows("select count(*), count(distinct status) from run where command = 'run'") == [
        (3, 1)
    ]
    assert good("check").code == 0


def test_f42_a_note_that_names_a_living_process_is_not_believed(
    good: Home, coingecko: CoinGecko
) -> None:
    """After a reboot its number is another's: the kernel's lock decides, and nobody has it."""
    leave_a_note(good, pid=os.getpid(), host=socket.gethostname(), boot="before the last start")
    ended = good("fetch")
    assert (ended.code, ended.message) == (0, "")
    assert len(coingecko.requests) == 13
    assert not note(good).exists()


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"pid": 1}', b"\xff\x00", b'{"host": {}}'])
def test_f42_a_note_that_makes_no_sense_keeps_nobody_out(good: Home, content: bytes) -> None:
    note(good).write_bytes(content)
    assert good("universe", "accept").code == 2  # nothing waits, as said under the lock
    assert not note(good).exists()


# --- Somebody has the master open ---------------------------------------------------------------

_OPEN = """
import duckdb, sys
connection = duckdb.connect(sys.argv[1], read_only=sys.argv[2] == "reading")
connection.execute("select count(*) from raw.capbrief__run").fetchall()
print("open", flush=True)
sys.stdin.read()
"""


@contextmanager
def opened(path: Path, how: str) -> Iterator[subprocess.Popen[str]]:
    """A client that has a database open, until its input ends."""
    with subprocess.Popen(
        [sys.executable, "-c", _OPEN, str(path), how],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        try:
            assert other.stdout is not None
            assert other.stdout.readline() == "open\n"
            yield other
        finally:
            other.kill()


@pytest.mark.parametrize("how", ["reading", "writing"])
def test_f43_who_has_the_master_open_is_named_and_what_was_fetched_stays(
    good: Home, coingecko: CoinGecko, how: str
) -> None:
    master = good.path / "warehouse" / "master.duckdb"
    with opened(master, how) as other:
        ended = good("run", "--no-report")
        assert good("sql", "select count(*) from marts.run").code == 0
    assert ended.code == 5
    assert len(ended.message.splitlines()) == 1
    assert f"{master}: cannot be opened: process {other.pid} has it open" in ended.message
    assert "--lock-wait" in ended.message
    good.must_have_lost_nothing()
    assert len(coingecko.requests) == 13
    assert good("run", "--no-report").code == 0
    assert len(coingecko.requests) == 13


def test_f43_a_run_that_waits_goes_on_once_the_master_is_let_go(good: Home, start: Start) -> None:
    with opened(good.path / "warehouse" / "master.duckdb", "reading") as other:
        process = start("run", "--no-report", "--lock-wait", "120")
        fetched = "select count(*) from unit where source = 'coingecko'"
        before = good.rows(fetched)
        end = time.monotonic() + 60
        while good.rows(fetched) == before and time.monotonic() < end:
            time.sleep(0.05)
        time.sleep(1)
        assert process.poll() is None
        other.kill()
        _, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    assert (good.path / "warehouse" / "warehouse.duckdb").resolve().name.endswith("2.duckdb")


# --- Another machine ----------------------------------------------------------------------------


@pytest.mark.parametrize("command", [("run", "--no-report"), ("fetch",), ("build",)])
def test_f60_a_note_of_another_machine_keeps_this_one_out(
    good: Home, coingecko: CoinGecko, command: tuple[str, ...]
) -> None:
    """Nothing tells whether that kernel's locks are seen here, as on a share without locks."""
    left = leave_a_note(good)
    ended = good(*command)
    assert ended.code == 5
    assert len(ended.message.splitlines()) == 1
    assert str(note(good)) in ended.message
    assert f"('run', process {os.getpid()} on elsewhere, for 3 minutes)" in ended.message
    assert "--shared" in ended.message
    assert note(good).read_bytes() == left
    assert coingecko.requests == []
    good.must_be_unchanged()


def test_f60_who_says_that_locks_hold_is_believed(good: Home) -> None:
    leave_a_note(good)
    ended = good("fetch", "--shared")
    assert (ended.code, ended.message) == (0, "")
    assert not note(good).exists()


def test_f60_a_backup_and_a_restore_believe_it_too(good: Home, tmp_path: Path) -> None:
    file = tmp_path / "file"
    for command in (("backup",), ("restore", "--force")):
        leave_a_note(good)
        assert good(command[0], str(file), *command[1:]).code == 5
        ended = good(command[0], str(file), *command[1:], "--shared")
        assert (ended.code, ended.message) == (0, "")
        assert not note(good).exists()


def test_f60_a_note_of_another_machine_that_goes_is_waited_for(good: Home, start: Start) -> None:
    leave_a_note(good)
    process = start("fetch", "--lock-wait", "120")
    until = time.monotonic() + 30
    while good.rows("select count(*) from run where status = 'running'") != [(1,)]:
        assert time.monotonic() < until
        time.sleep(0.05)
    time.sleep(1)
    assert process.poll() is None
    note(good).unlink()
    _, err = process.communicate(timeout=60)
    assert process.returncode == 0, err


@pytest.mark.parametrize("of", ["another container here", "two days ago"])
def test_f60_a_note_of_the_dead_keeps_nobody_out(good: Home, of: str) -> None:
    """A container has a name of its own each time; the kernel, and so the lock, is the same."""
    if of == "two days ago":
        since = datetime.now(UTC) - timedelta(days=2)
        leave_a_note(good, since=since.isoformat())
    else:
        leave_a_note(good, boot=boot())
    ended = good("fetch")
    assert (ended.code, ended.message) == (0, "")


def test_f60_a_disk_without_locks_is_said_and_nothing_is_written(
    good: Home, coingecko: CoinGecko, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As flock answers there; a file that stands for a lock would outlast a kill."""

    def flock(*_: object) -> None:
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr("fcntl.flock", flock)
    ended = good("fetch")
    assert ended.code == 8
    assert "its disk has no locks, or choose another --home" in ended.message
    assert coingecko.requests == []
    good.must_be_unchanged()
