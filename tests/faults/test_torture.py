"""Fifty kills, a few cancelled runs and a disk that is full at each kind of write.

`make torture` does the same a thousand times, and at every size.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).resolve().parents[1] / "torture"


def torture(*arguments: str) -> str:
    """What it prints, of which the seed is a part, where all held."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("CAPBRIEF_")}
    ended = subprocess.run(
        [sys.executable, str(PROGRAM), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout
    return ended.stdout


def test_f39_f40_kills_and_cancellations_cost_nothing() -> None:
    said = torture("--kills", "50", "--terms", "5", "--again", "0.85")
    # Runs go on side by side, so that it may be one more.
    kills, terms = (int(n) for n in re.findall(r"^(\d+) runs ended by SIG", said, re.MULTILINE))
    assert kills >= 50
    assert terms >= 5


def test_f51_a_disk_that_is_full_costs_a_run() -> None:
    said = torture("--disk", "some")
    if "left out" in said:
        pytest.skip(said.splitlines()[-1])
    assert "the disk of the home was full at 5 sizes" in said
