"""Console: how a command ends that a signal ended."""

from __future__ import annotations

import json
import signal
import subprocess
import sys

import pytest

_TWICE = """
import os, signal, sys
from argparse import Namespace
from pipeline.console import Ending, Log
with Ending(Log(sys.stderr, "json", quiet=False), Namespace(command="run")) as ending:
    try:
        os.kill(os.getpid(), int(sys.argv[1]))
    finally:
        # What is left to be done in order takes too long for somebody.
        if len(sys.argv) > 2:
            os.kill(os.getpid(), int(sys.argv[1]))
sys.exit(ending.code)
"""


_IN_A_LIBRARY = """
import os, signal, sys
from argparse import Namespace
import duckdb, polars
from pipeline.console import Ending, Log
from pipeline.errors import WarehouseError

class Stream:
    def __arrow_c_stream__(self, schema=None):
        os.kill(os.getpid(), int(sys.argv[1]))

with Ending(Log(sys.stderr, "json", quiet=False), Namespace(command="run")) as ending:
    try:
        duckdb.connect().register("rows", Stream())
    except duckdb.Error as error:
        raise WarehouseError(f"warehouse: cannot be written: {error}") from error
sys.exit(ending.code)
"""


def end(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_f40_the_first_signal_ends_in_order_and_the_second_at_once(number: signal.Signals) -> None:
    once, twice = end(_TWICE, f"{number:d}"), end(_TWICE, f"{number:d}", "again")
    assert (once.returncode, twice.returncode) == (128 + number, -number)
    assert f'"exit_code": {128 + number}' in once.stderr.splitlines()[-1]
    assert twice.stderr == ""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_f40_a_signal_is_that_signal_whatever_a_library_makes_of_it(
    number: signal.Signals,
) -> None:
    """It comes while DuckDB asks Python for rows; that error has no cause by which to know it."""
    ended = end(_IN_A_LIBRARY, f"{number:d}")
    assert ended.returncode == 128 + number
    assert [json.loads(line).get("message") for line in ended.stderr.splitlines()] == [
        "cancelled",
        None,
    ]
