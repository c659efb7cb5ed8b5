"""Sobol indices of 21 uncertain inputs, against SALib on the same model and distributions.

Both sides are timed inside their processes, from drawing points to indices with their errors;
starting Python and importing is left out. Draws that are kept between calls are thrown away.
Errors are differences from 64 replicates of capbrief's own.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from pipeline.estimate import sampling, scenario
from pipeline.estimate.lattice import BLOCK
from pipeline.estimate.scenario import Scenario
from pipeline.estimate.sensitivity import REPLICATES, Share, sensitivity

BENCH = Path(__file__).resolve().parent
PEER = BENCH.parent / ".venv-bench" / "bin" / "python"
FILE = BENCH / "sensitivity.toml"
START = date(2026, 1, 1)
OUTPUT, MONTH, INPUTS = "power_mw", 24, 21
POINTS = 16_384
"""SALib evaluates the model (inputs + 2) times as often: 376,832 times."""
RUNS, PEER_RUNS = 15, 5


@dataclass(frozen=True)
class Timed:
    """Median of some runs."""

    wall: float
    cpu: float


def main() -> int:
    """Run both sides in turn and print medians."""
    loaded = scenario.load(FILE)
    theirs = _theirs()
    if len(theirs["first"]) != INPUTS:
        raise RuntimeError(f"{FILE} has {len(theirs['first'])} uncertain inputs, not {INPUTS}")
    peer = Timed(statistics.median(theirs["wall"]), statistics.median(theirs["cpu"]))
    parts = [statistics.median(part) for part in zip(*theirs["parts"], strict=True)]
    truth = _indices(sensitivity(loaded, START, MONTH, [OUTPUT], replicates=64))
    _show("SALib", theirs["evaluations"], peer, _error(theirs, truth))
    print(
        f"          of which sample {parts[0]:.2f}, model {parts[1]:.2f}, analyse {parts[2]:.2f} s"
    )
    for replicates in (2, REPLICATES):
        timed, shares = _ours(loaded, replicates)
        found = _indices(shares)
        evaluations = (2 + 2 * INPUTS) * BLOCK * replicates
        _show("capbrief", evaluations, timed, _error(found, truth))
        wall, cpu = peer.wall / timed.wall, peer.cpu / timed.cpu
        print(
            f"          {wall:.0f} times as fast ({cpu:.0f} by CPU); "
            f"largest difference from SALib {_error(found, theirs)}"
        )
    return 0


def _indices(shares: list[Share]) -> dict[str, Any]:
    return {
        "first": {share.factor: share.first_order for share in shares},
        "total": {share.factor: share.total for share in shares},
    }


def _error(found: dict[str, Any], truth: dict[str, Any]) -> str:
    """The largest difference of any input's indices."""
    first, total = (
        max(abs(found[kind][name] - truth[kind][name]) for name in truth[kind])
        for kind in ("first", "total")
    )
    return f"{first:.4f} in first order, {total:.4f} in total"


def _theirs() -> dict[str, Any]:
    command = [
        *(str(PEER), str(BENCH / "salib_sensitivity.py"), str(FILE), OUTPUT),
        *(str(MONTH), str(POINTS), str(PEER_RUNS)),
    ]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _ours(loaded: Scenario, replicates: int) -> tuple[Timed, list[Share]]:
    walls, cpus = [], []
    shares: list[Share] = []
    for _ in range(RUNS):
        sampling.shifted.cache_clear()
        cpu, wall = time.process_time(), time.perf_counter()
        shares = sensitivity(loaded, START, MONTH, [OUTPUT], replicates=replicates)
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
    return Timed(statistics.median(walls), statistics.median(cpus)), shares


def _show(name: str, evaluations: int, timed: Timed, error: str) -> None:
    print(
        f"{name:<9} {timed.wall:6.3f} s wall, {timed.cpu:6.3f} s CPU, {evaluations:>9,} "
        f"evaluations, largest error {error}"
    )


if __name__ == "__main__":
    sys.exit(main())
