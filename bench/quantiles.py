"""P10, P50 and P90 of 21 uncertain inputs to 0.1 %, against Monte Carlo by numpy and squigglepy.

All draw the same distributions into the same formulas (quantiles.toml, quantiles_peers.py) and are
timed by CPU inside their processes, imports left out. The error is the greatest of the three
root mean squares of relative errors over seeds. Monte Carlo's falls with the root of the draws,
which says how many it needs; that many are drawn once more to be timed.
"""

from __future__ import annotations

import json
import math
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from pipeline.estimate import sampling, scenario
from pipeline.estimate.scenario import Scenario
from pipeline.estimate.simulation import simulate

BENCH = Path(__file__).resolve().parent
PEER = BENCH.parent / ".venv-bench" / "bin" / "python"
START, OUTPUT, MONTH = date(2026, 1, 1), "power_mw", 24
TRUTH = (125.1985, 514.5391, 2189.578)
"""Of a thousand million plain draws: ``quantiles_peers.py truth 15259 20240215``."""
GOAL = 1e-3
SEEDS = range(1, 13)
OURS = (65_536, 131_072, 262_144, 524_288)
THEIRS = (262_144, 1_048_576)


@dataclass(frozen=True)
class Run:
    """One seed."""

    cpu: float
    quantiles: tuple[float, ...]


def main() -> int:
    """Print errors and CPU seconds of all sides, and the ratio at equal errors."""
    loaded = replace(scenario.load(BENCH / "quantiles.toml"), tolerance=1.0)
    _ours(loaded, OURS[0], 0)
    needed = math.inf
    for draws in OURS:
        runs = [_ours(loaded, draws, seed) for seed in SEEDS]
        _show("capbrief", draws, runs)
        if _error(runs) <= GOAL:
            needed = statistics.median(run.cpu for run in runs)
            break
    for name in ("numpy", "squigglepy"):
        constants = []
        for draws in THEIRS:
            runs = _theirs(name, draws, SEEDS)
            _show(name, draws, runs)
            constants.append(_error(runs) * math.sqrt(draws))
        enough = math.ceil((math.sqrt(statistics.mean(c * c for c in constants)) / GOAL) ** 2)
        runs = _theirs(name, enough, SEEDS[:1])
        print(f"{name:<10} {enough:>9,} draws for {GOAL:.1%}: {runs[0].cpu:.3f} s CPU")
        print(f"capbrief takes 1 / {runs[0].cpu / needed:.0f} of the time of {name}")
    return 0


def _ours(loaded: Scenario, draws: int, seed: int) -> Run:
    sampling.shifted.cache_clear()
    given = replace(loaded, draws=draws, seed=seed)
    started = time.process_time()
    found = simulate(given, START, months=[MONTH], outputs=[OUTPUT]).rows[MONTH, OUTPUT]
    cpu = time.process_time() - started
    return Run(cpu, tuple(found[name] for name in ("p10", "p50", "p90")))


def _theirs(name: str, draws: int, seeds: Sequence[int]) -> list[Run]:
    command = [str(PEER), str(BENCH / "quantiles_peers.py"), name, str(draws), *map(str, seeds)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return [Run(line["cpu"], tuple(line["quantiles"])) for line in lines]


def _errors(runs: Sequence[Run]) -> list[float]:
    """Of P10, P50 and P90."""
    return [
        math.sqrt(statistics.mean((run.quantiles[k] / true - 1) ** 2 for run in runs))
        for k, true in enumerate(TRUTH)
    ]


def _error(runs: Sequence[Run]) -> float:
    return max(_errors(runs))


def _show(name: str, draws: int, runs: Sequence[Run]) -> None:
    cpu = statistics.median(run.cpu for run in runs)
    p10, p50, p90 = (f"{error:.3%}" for error in _errors(runs))
    print(f"{name:<10} {draws:>9,} draws {cpu:7.3f} s CPU, errors {p10} {p50} {p90}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
