"""Sobol indices: what part of the variance of ln(output) each input brings in."""

from __future__ import annotations

import numpy as np

from pipeline.estimate.normal import FloatArray
from pipeline.estimate.pick_freeze import Experiment, Points


def indices(experiment: Experiment, a: Points, b: Points) -> tuple[FloatArray, FloatArray]:
    """First-order and total indices, each of shape (factors, outputs).

    With f on the points A, on B, and on A with the columns of factor i from B:

        first order = mean((f(B) - centre) (f(A, B_i) - f(A))) / variance
        total       = mean((f(A) - f(A, B_i))^2) / (2 variance)

    Source: A. Saltelli et al., Variance based sensitivity analysis of model output, Computer
    Physics Communications 181, 2010, 259-270, table 2 (b) and (f); the latter is M. J. W. Jansen's.
    Centre and variance are those of both sets of points together; an output that can be 0 or
    that never changes has indices that are not finite.

    Raises:
        ScenarioError: an output is negative or not finite.
    """
    both = np.concatenate([a.logs, b.logs], axis=1)
    centred = b.logs - both.mean(axis=1, keepdims=True)
    first = np.zeros((len(experiment.factors), len(experiment.outputs)))
    total = np.zeros_like(first)
    for row, factor in enumerate(experiment.factors):
        places = experiment.touched(factor)
        mixed = {**a.columns, **{name: b.columns[name] for name in factor}}
        change = experiment.logs(mixed, places)
        change -= a.logs[places]
        first[row, places] = np.einsum("ij,ij->i", centred[places], change)
        total[row, places] = np.einsum("ij,ij->i", change, change) / 2
    variance = both.var(axis=1) * a.logs.shape[1]
    return first / variance, total / variance
