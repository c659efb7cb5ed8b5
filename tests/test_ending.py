"""Ending: exit codes, forgiven ones, signals, and the last line of the log."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from argparse import Namespace
from io import StringIO

import pytest

from pipeline.console import Log
from pipeline.ending import Ending
from pipeline.errors import (
    AuthError,
    CapbriefError,
    DeliveryError,
    LockedError,
    PartialError,
    StaleError,
)

_TWICE = """
import os, signal, sys
from argparse import Namespace
from pipeline.console import Log
from pipeline.ending import Ending
with Ending(Log(sys.stderr, "json"), Namespace(command="run")) as ending:
    try:
        os.kill(os.getpid(), int(sys.argv[1]))
    finally:
        # What is left to be done in order takes too long for somebody.
        if len(sys.argv) > 2:
            os.kill(os.getpid(), int(sys.argv[2]))
sys.exit(ending.code)
"""


_IN_A_LIBRARY = """
import os, signal, sys
from argparse import Namespace
import duckdb, polars
from pipeline.console import Log
from pipeline.ending import Ending
from pipeline.errors import WarehouseError

class Stream:
    def __arrow_c_stream__(self, schema=None):
        os.kill(os.getpid(), int(sys.argv[1]))

with Ending(Log(sys.stderr, "json"), Namespace(command="run")) as ending:
    try:
        duckdb.connect().register("rows", Stream())
    except duckdb.Error as error:
        raise WarehouseError(f"warehouse: cannot be written: {error}") from error
sys.exit(ending.code)
"""

SIGNALS = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 143}


def end(program: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(("number", "code"), SIGNALS.items())
def test_f40_the_first_signal_ends_in_order(number: signal.Signals, code: int) -> None:
    once = end(_TWICE, int(number))
    assert once.returncode == code
    last = json.loads(once.stderr.splitlines()[-1])
    assert (last["event"], last["exit_code"], last["errors"]) == ("run_finished", code, 1)


@pytest.mark.parametrize("first", SIGNALS)
@pytest.mark.parametrize("second", [signal.SIGINT, signal.SIGTERM])
def test_f40_the_second_signal_ends_at_once(first: signal.Signals, second: signal.Signals) -> None:
    twice = end(_TWICE, int(first), int(second))
    assert (twice.returncode, twice.stderr) == (-second, "")


@pytest.mark.parametrize("first", SIGNALS)
def test_f40_a_terminal_that_goes_is_told_of_twice_and_asks_once(first: signal.Signals) -> None:
    """The system says so, then the shell does; a service manager sends it after SIGTERM."""
    assert end(_TWICE, int(first), int(signal.SIGHUP)).returncode == SIGNALS[first]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_f40_a_signal_is_that_signal_whatever_a_library_makes_of_it(
    number: signal.Signals,
) -> None:
    """It comes while DuckDB asks Python for rows; that error has no cause by which to know it."""
    ended = end(_IN_A_LIBRARY, int(number))
    assert ended.returncode == SIGNALS[number]
    assert [json.loads(line).get("message") for line in ended.stderr.splitlines()] == [
        "cancelled",
        None,
    ]


_PASSED_OVER = """
import os, signal, sys
from argparse import Namespace
from contextlib import suppress
from pipeline.console import Log
from pipeline.ending import Ending
log = Log(sys.stderr, "json")
with Ending(log, Namespace(command="run")) as ending:
    with suppress(BaseException):
        os.kill(os.getpid(), int(sys.argv[1]))
    log("loaded")
    print("went on")
sys.exit(ending.code)
"""


@pytest.mark.parametrize(("number", "code"), SIGNALS.items())
def test_f40_what_a_library_passes_over_ends_the_command_at_the_next_event(
    number: signal.Signals, code: int
) -> None:
    ended = end(_PASSED_OVER, int(number))
    assert (ended.returncode, ended.stdout) == (code, "")
    assert "loaded" not in ended.stderr


def finished(error: Exception | None, **flags: object) -> tuple[Ending, list[dict[str, object]]]:
    stream = StringIO()
    with Ending(Log(stream, "json"), Namespace(command="run", **flags)) as ending:
        if error is not None:
            raise error
    return ending, [json.loads(line) for line in stream.getvalue().splitlines()]


@pytest.mark.parametrize(
    ("error", "flags", "code"),
    [
        (PartialError("x"), {}, 3),
        (PartialError("x"), {"fail_on": None, "ok_codes": None}, 3),
        (PartialError("x"), {"fail_on": "partial"}, 3),
        (PartialError("x"), {"fail_on": "stale"}, 0),
        (StaleError("x"), {"fail_on": "stale"}, 10),
        (StaleError("x"), {"fail_on": "never"}, 0),
        (DeliveryError("x"), {"fail_on": "stale"}, 9),
        (DeliveryError("x"), {"fail_on": "never"}, 0),
        (LockedError("x"), {"fail_on": "never"}, 5),
        (LockedError("x"), {"ok_codes": frozenset({5})}, 0),
        (PartialError("x"), {"ok_codes": frozenset({5})}, 3),
        (AuthError("x"), {"fail_on": "never", "ok_codes": frozenset({3, 5, 9, 10})}, 4),
        (ValueError("x"), {"fail_on": "never"}, 1),
    ],
)
def test_what_the_caller_takes_for_success_ends_with_0(
    error: Exception, flags: dict[str, object], code: int
) -> None:
    ending, lines = finished(error, **flags)
    true_code = error.exit_code if isinstance(error, CapbriefError) else 1
    assert (ending.code, ending.outcome_code) == (code, true_code)
    failed, last = lines
    assert (last["exit_code"], last["outcome_code"]) == (code, true_code)
    assert (failed["code"], failed["level"]) == (true_code, "error" if code else "warning")
    assert (last["errors"], last["warnings"]) == ((1, 0) if code else (0, 1))


def test_handlers_are_those_of_before() -> None:
    before = [signal.getsignal(number) for number in (*SIGNALS, signal.SIGUSR1)]
    ending, (last,) = finished(None)
    assert (ending.code, last["event"], last["level"]) == (0, "run_finished", "info")
    assert [signal.getsignal(number) for number in (*SIGNALS, signal.SIGUSR1)] == before


_STUCK = """
import os, signal, sqlite3, sys
from argparse import Namespace
from pipeline.console import Log
from pipeline.ending import Ending
with Ending(Log(sys.stderr, "json"), Namespace(command="run")) as ending:
    connection = sqlite3.connect(sys.argv[1], timeout=600)
    print("waits", flush=True)
    connection.execute("begin immediate")
"""


def test_f40_the_second_signal_ends_at_once_what_does_not_hear_the_first(tmp_path: object) -> None:
    """SQLite waits for the lock of its file without asking Python for signals."""
    import sqlite3
    import time

    file = f"{tmp_path}/file.sqlite"
    with sqlite3.connect(file) as holder:
        holder.execute("create table t (x)")
        holder.commit()
        holder.execute("begin immediate")
        with subprocess.Popen(
            [sys.executable, "-c", _STUCK, file], stdout=subprocess.PIPE, text=True
        ) as process:
            try:
                assert process.stdout is not None
                assert process.stdout.readline() == "waits\n"
                time.sleep(0.2)
                process.send_signal(signal.SIGTERM)
                time.sleep(0.2)
                assert process.poll() is None
                process.send_signal(signal.SIGTERM)
                assert process.wait(20) == 143
            finally:
                process.kill()
    holder.close()
