"""The peer: SALib's Sobol indices of the same output of the same scenario, with its defaults.

Runs in the environment of requirements-bench.lock: ``python salib_sensitivity.py SCENARIO OUTPUT
MONTH POINTS RUNS``. Model and distributions are capbrief's, so that only the method differs.
"""

import json
import sys
import time
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from SALib.analyze import sobol as analyse
from SALib.sample import sobol as sample
from scipy.special import ndtri

from pipeline.estimate import paths, scenario
from pipeline.estimate.tracing import structure

START = date(2026, 1, 1)


def main(file: str, output: str, month: int, points: int, runs: int) -> None:
    """Print seconds of each run, and the indices, as one line of JSON."""
    loaded = scenario.load(file)
    step = structure(loaded.model).steps[output]
    names = [
        name
        for name, given in loaded.inputs.items()
        if name in step.mixed | step.powers.keys() and not given.distribution.is_certain
    ]
    problem = {"num_vars": len(names), "names": names, "bounds": [[0.0, 1.0]] * len(names)}
    found = {"wall": [], "cpu": [], "parts": []}
    for run in range(runs):
        cpu, wall = time.process_time(), time.perf_counter()
        uniforms = sample.sample(problem, points, calc_second_order=False, seed=run)
        sampled = time.perf_counter()
        inputs = paths.medians(loaded, START)
        scores = ndtri(np.clip(uniforms, 2.0**-53, 1 - 2.0**-53))
        for name, column in zip(names, scores.T, strict=True):
            given = loaded.inputs[name]
            inputs[name] = given.distribution.values(column) * given.scale
        logs = np.log(getattr(paths.run(loaded.model, inputs, month), output))
        modelled = time.perf_counter()
        indices = analyse.analyze(problem, logs, calc_second_order=False, seed=run)
        ended = time.perf_counter()
        found["wall"].append(ended - wall)
        found["cpu"].append(time.process_time() - cpu)
        found["parts"].append([sampled - wall, modelled - sampled, ended - modelled])
    found["evaluations"] = len(logs)
    found["first"] = dict(zip(names, indices["S1"].tolist(), strict=True))
    found["total"] = dict(zip(names, indices["ST"].tolist(), strict=True))
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], *(int(number) for number in sys.argv[3:]))
