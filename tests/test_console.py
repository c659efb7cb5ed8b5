"""Console: how a command ends."""

from __future__ import annotations

import signal
import subprocess
import sys

_TWICE = """
import os, signal, sys
from argparse import Namespace
from pipeline.console import Ending, Log
with Ending(Log(sys.stderr, "json", quiet=False), Namespace(command="run")) as ending:
    try:
        os.kill(os.getpid(), signal.SIGTERM)
    finally:
        # What is left to be done in order takes too long for somebody.
        if len(sys.argv) > 1:
            os.kill(os.getpid(), signal.SIGTERM)
sys.exit(ending.code)
"""


def test_f40_the_first_sigterm_ends_in_order_and_the_second_at_once() -> None:
    ended = [
        subprocess.run(
            [sys.executable, "-c", _TWICE, *again], capture_output=True, text=True, check=False
        )
        for again in ([], ["again"])
    ]
    assert [one.returncode for one in ended] == [143, -signal.SIGTERM]
    assert '"exit_code": 143' in ended[0].stderr.splitlines()[-1]
    assert ended[1].stderr == ""
