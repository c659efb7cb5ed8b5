"""Sobol indices: what part of the variance of ln(output) each input brings in."""

from __future__ import annotations

import numpy as np

from pipeline.estimate.normal import FloatArray
from pipeline.estimate.pick_freeze import Experiment, Points


def indices(experiment: Experiment, a: Points, b: Points) -> tuple[FloatArray, FloatArray]:
    """First-order and total indices, each of shape (factors, outputs).

    Both compare what one and the same change of factor i does among the other inputs of A and
    among those of B:

        at A        = f(A with i of B) - f(A)
        at B        = f(B) - f(B with i of A)
        scale       = mean((f(A) - f(B))^2 + (f(A with i of B) - f(B with i of A))^2)
        first order = 2 mean(at A x at B) / scale
        total       = mean((at A)^2 + (at B)^2) / scale

    What the other inputs do cancels in the differences, so that both are equal and without noise
    from them where nothing interacts. Source: I. Azzini, T. A. Mara and R. Rosati, Comparison of
    two sets of Monte Carlo estimators of Sobol' indices, Environmental Modelling & Software 144,
    2021, 105167. An output that can be 0 or never changes has indices that are not finite.

    Raises:
        ScenarioError: an output is negative or not finite.
    """
    first = np.zeros((len(experiment.factors), len(experiment.outputs)))
    total = np.zeros_like(first)
    for row, factor in enumerate(experiment.factors):
        places = experiment.touched(factor)
        of_a, of_b = a.logs[places], b.logs[places]
        a_changed = experiment.logs(
            {**a.columns, **{name: b.columns[name] for name in factor}}, places
        )
        b_changed = experiment.logs(
            {**b.columns, **{name: a.columns[name] for name in factor}}, places
        )
        scale = _sum_of_products(of_a - of_b) + _sum_of_products(a_changed - b_changed)
        a_changed -= of_a
        np.subtract(of_b, b_changed, out=b_changed)
        first[row, places] = 2 * _sum_of_products(a_changed, b_changed) / scale
        total[row, places] = (_sum_of_products(a_changed) + _sum_of_products(b_changed)) / scale
    return first, total


def _sum_of_products(one: FloatArray, other: FloatArray | None = None) -> FloatArray:
    """Over the points, shape (outputs,); of squares without another one."""
    found: FloatArray = np.einsum("ij,ij->i", one, one if other is None else other)
    return found
