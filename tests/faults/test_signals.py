"""F40: SIGTERM, SIGINT and SIGHUP while a command is at one thing or another.

Each runs as a process in a group of its own, so that what it leaves behind is seen. What was
stored and published stays; the run is on record; the last line says how it ended.
"""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from filelock import FileLock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.conftest import CoinGecko  # noqa: TID251 - for its types only
    from tests.faults.conftest import Clock, Home  # noqa: TID251 - for its types only

CODES = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 143}
BY_NAME = pytest.mark.parametrize("number", CODES, ids=lambda number: number.name)

# The command line as it is, by the clock of the test; a terminal's group has its signals.
_PROGRAM = """
import signal, sys
from datetime import datetime
from types import SimpleNamespace
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)
from pipeline import cli, console
at = datetime.fromisoformat(sys.argv.pop(1))
console.datetime = SimpleNamespace(now=at.astimezone)
sys.exit(cli.main())
"""


class Group:
    """A command as the leader of a process group, its log in a file."""

    def __init__(self, home: Path, overlay: Path, at: str, log: Path, *arguments: str) -> None:
        self._log = log
        with log.open("wb") as stream:
            self.process = subprocess.Popen(
                [
                    *(sys.executable, "-c", _PROGRAM, at, *arguments, "-v"),
                    *("--home", str(home), "--overlay", str(overlay)),
                ],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=stream,
                start_new_session=True,
            )

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self._log.read_text().splitlines()]

    def at(self, event: str) -> bool:
        """Whether it came that far; half a line is not there yet."""
        return f'"event": "{event}"' in self._log.read_text()

    def children(self) -> list[int]:
        """Processes that it started and that are at work."""
        found = []
        for status in Path("/proc").glob("[0-9]*/stat"):
            with suppress(OSError):
                _, _, rest = status.read_text().rpartition(")")
                state, _, group, *_ = rest.split()
                number = int(status.parent.name)
                if int(group) == self.process.pid != number and state != "Z":
                    found.append(number)
        return found

    def must_end(self, number: signal.Signals, *, to_group: bool = False) -> dict[str, Any]:
        """Send the signal, wait, and give the last line; nothing of the group is left."""
        (os.killpg if to_group else os.kill)(self.process.pid, number)
        assert self.process.wait(60) == CODES[number], self._log.read_text()
        *_, failed, last = self.events
        assert (failed["event"], failed["message"]) == ("failed", "cancelled")
        assert (last["event"], last["exit_code"]) == ("run_finished", CODES[number])
        assert last["outcome_code"] == CODES[number]
        until(lambda: not self.children())
        return last


def until(is_so: Callable[[], bool]) -> None:
    """Wait for another process to come that far."""
    end = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < end, "it did not come that far"
        time.sleep(0.01)


@pytest.fixture
def begin(good: Home, clock: Clock, tmp_path: Path) -> Iterator[Callable[..., Group]]:
    """Starts a command on the good home; none outlives its test."""
    begun: list[Group] = []

    def start(*arguments: str) -> Group:
        log = tmp_path / f"log-{len(begun)}"
        begun.append(Group(good.path, good.own, clock.text, log, *arguments))
        return begun[-1]

    yield start
    for one in begun:
        with suppress(ProcessLookupError):
            os.killpg(one.process.pid, signal.SIGKILL)
        one.process.wait()


def status(good: Home) -> list[tuple[Any, ...]]:
    """How the newest run is on record."""
    return good.rows("select status, exit_code from run order by started_at, rowid")[-1:]


@BY_NAME
def test_f40_while_a_host_keeps_it_waiting(
    number: signal.Signals,
    good: Home,
    coingecko: CoinGecko,
    begin: Callable[..., Group],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("TOTAL", "RUN"):
        monkeypatch.setenv(f"CAPBRIEF_HTTP__{name}_SECONDS", "60")
    coingecko.fail("/coins/categories/list", "hang")
    running = begin("run")
    until(lambda: any(one["fault"] == "hang" for one in coingecko.requests))
    last = running.must_end(number)
    assert last["run_id"] == running.events[0]["run_id"]
    assert status(good) == [("failed", CODES[number])]
    good.must_have_lost_nothing()


@BY_NAME
def test_f40_while_it_sleeps_before_the_next_try(
    number: signal.Signals, good: Home, coingecko: CoinGecko, begin: Callable[..., Group]
) -> None:
    coingecko.fail("/coins/categories/list", "status", status=429, headers={"Retry-After": "15"})
    running = begin("run")
    until(lambda: running.at("retry"))
    running.must_end(number)
    assert status(good) == [("failed", CODES[number])]
    good.must_have_lost_nothing()


@BY_NAME
def test_f40_while_it_waits_for_the_lock(
    number: signal.Signals, good: Home, begin: Callable[..., Group]
) -> None:
    with FileLock(good.path / "state" / "run.lock"):
        waiting = begin("build", "--lock-wait", "60")
        until(lambda: good.rows("select 1 from run where status = 'running'") != [])
        waiting.must_end(number)
    assert status(good) == [("failed", CODES[number])]
    good.must_have_lost_nothing()


@pytest.mark.parametrize(
    ("number", "after"),
    [(signal.SIGTERM, "loaded"), (signal.SIGINT, "made"), (signal.SIGHUP, "estimated")],
)
def test_f40_while_it_builds(
    number: signal.Signals, after: str, good: Home, begin: Callable[..., Group]
) -> None:
    running = begin("build", "--full")
    until(lambda: running.at(after))
    running.must_end(number)
    assert status(good) == [("failed", CODES[number])]
    good.must_have_lost_nothing()


@pytest.mark.parametrize(
    ("number", "to_group"),
    [(signal.SIGTERM, False), (signal.SIGTERM, True), (signal.SIGINT, True), (signal.SIGHUP, True)],
)
def test_f40_while_the_press_works(
    number: signal.Signals,
    to_group: bool,
    good: Home,
    begin: Callable[..., Group],
    tmp_path: Path,
) -> None:
    """A terminal sends Ctrl-C to the whole group, as systemd does with SIGTERM."""
    running = begin("report", "build", "market", "--out", str(tmp_path / "out"))
    until(lambda: bool(running.children()))
    until((tmp_path / "out" / "market.html").exists)
    running.must_end(number, to_group=to_group)
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["market.html"]
    good.must_have_lost_nothing()


@pytest.mark.parametrize(
    ("number", "to_group"),
    [(signal.SIGTERM, False), (signal.SIGTERM, True), (signal.SIGINT, True), (signal.SIGHUP, True)],
)
def test_f40_while_an_analysts_query_runs(
    number: signal.Signals, to_group: bool, good: Home, begin: Callable[..., Group]
) -> None:
    asked = begin(
        "sql",
        "select count(*) from range(10000000) a, range(100000) b where a.range + b.range = -1",
    )
    until(lambda: bool(asked.children()))
    time.sleep(0.5)
    asked.must_end(number, to_group=to_group)
    good.must_have_lost_nothing()


def test_f40_while_the_ledger_is_held_by_another_program(
    good: Home, begin: Callable[..., Group]
) -> None:
    """SQLite hears nothing while it waits; the second signal ends it all the same."""
    with closing(sqlite3.connect(good.path / "state" / "ledger.sqlite")) as holder:
        holder.execute("begin immediate")
        running = begin("fetch")
        time.sleep(3)
        for _ in range(2):
            running.process.send_signal(signal.SIGTERM)
            time.sleep(0.3)
        assert running.process.wait(10) in (143, -signal.SIGTERM)
        holder.rollback()
    until(lambda: not running.children())
    good.must_have_lost_nothing()


def test_f40_a_second_signal_ends_it_at_once_and_costs_the_record_alone(
    good: Home, begin: Callable[..., Group], tmp_path: Path
) -> None:
    running = begin("report", "build", "market", "--out", str(tmp_path / "out"))
    until(lambda: bool(running.children()))
    for _ in range(2):
        running.process.send_signal(signal.SIGTERM)
    assert running.process.wait(20) in (143, -signal.SIGTERM)
    until(lambda: not running.children())
    good.must_have_lost_nothing()


def test_f40_what_nohup_protects_goes_on(good: Home, clock: Clock, tmp_path: Path) -> None:
    ignoring = _PROGRAM.replace("signal.SIG_DFL", "signal.SIG_IGN")
    with (tmp_path / "log").open("wb") as stream:
        running = subprocess.Popen(
            [
                *(sys.executable, "-c", ignoring, clock.text, "build"),
                *("--home", str(good.path), "--overlay", str(good.own)),
            ],
            stdout=subprocess.DEVNULL,
            stderr=stream,
        )
    until(lambda: "loaded" in (tmp_path / "log").read_text())
    running.send_signal(signal.SIGHUP)
    assert running.wait(60) == 0
