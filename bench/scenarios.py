"""All uncertain scenarios, 61 months, all outputs, to 0.5 %; and reading a chain of three files."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

from pipeline.estimate import sampling, scenario
from pipeline.estimate.simulation import simulate

ROOT = Path(__file__).resolve().parents[1]
NAMES = ("base", "low", "high", "distilled", "consumer")
DEEP = "consumer"
"""It extends distilled, which extends base."""
START = date(2026, 1, 1)
RUNS, LOADS, STARTS = 7, 40, 5
IMPORT = "import pipeline.estimate.simulation, pipeline.estimate.scenario"


def main() -> int:
    """Print medians."""
    loaded = [scenario.load(name) for name in NAMES]

    def once() -> None:
        sampling.shifted.cache_clear()
        for one in loaded:
            simulate(one, START)

    found = [simulate(one, START) for one in loaded]
    rows = sum(len(one.rows) for one in found)
    draws = max(summary.draws for one in found for summary in one.rows.values())
    worst = max(one.largest_error for one in found)
    wall, cpu = _median(once, RUNS)
    print(
        f"{len(NAMES)} scenarios, {rows:,} rows of 7 quantiles: "
        f"{wall:.2f} s wall, {cpu:.2f} s CPU; "
        f"largest error {worst:.2%}, at most {draws:,} draws"
    )
    wall, _ = _median(lambda: scenario.load(DEEP), LOADS)
    print(f"load, merge and check {DEEP} and the two files below it: {1000 * wall:.1f} ms")
    empty, importing = _started("pass"), _started(IMPORT)
    print(f"importing it in a new process: {importing - empty:.2f} s")
    return 0


def _started(code: str) -> float:
    """Wall seconds of a new interpreter."""
    command = [sys.executable, "-c", code]
    return _median(lambda: subprocess.run(command, check=True, cwd=ROOT), STARTS)[0]


def _median(action: Callable[[], object], runs: int) -> tuple[float, float]:
    """Wall and CPU seconds."""
    walls, cpus = [], []
    for _ in range(runs):
        cpu, wall = time.process_time(), time.perf_counter()
        action()
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
    return statistics.median(walls), statistics.median(cpus)


if __name__ == "__main__":
    sys.exit(main())
