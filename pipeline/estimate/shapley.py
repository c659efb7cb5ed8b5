"""Shapley effects: shares of the variance of ln(output) that add up with correlated inputs, too.

Source: E. Song, B. L. Nelson and J. Staum, Shapley effects for global sensitivity analysis:
theory and computation, SIAM/ASA J. Uncertainty Quantification 4(1), 2016, 1060-1083.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import permutations

import numpy as np

from pipeline.estimate.normal import FloatArray
from pipeline.estimate.pick_freeze import Experiment, Points
from pipeline.estimate.sampling import Group, generator

ORDERS = 6
"""In which inputs become known, for each replicate; an even number. Few do, for each uses all
points: 32 gave the same standard errors."""


def orders(names: Sequence[str], seed: int, replicate: int) -> list[tuple[str, ...]]:
    """All orders of the names if they are few, else random ones, each with its reverse.

    With its reverse every pair of inputs comes in both orders equally often, which makes the
    effects of two correlated inputs exact in the orders.
    """
    if math.factorial(len(names)) <= ORDERS:
        return list(permutations(names))
    random = generator("shapley", seed, replicate)
    found: list[tuple[str, ...]] = []
    for _ in range(ORDERS // 2):
        order = tuple(names[place] for place in random.permutation(len(names)))
        found += [order, order[::-1]]
    return found


def effects(
    experiment: Experiment, a: Points, b: Points, along: Sequence[Sequence[str]]
) -> FloatArray:
    """The Shapley effect of every input, as shares that sum to 1: shape (names, outputs).

    Inputs become known one after the other, in each of the orders; the effect of one is by how
    much that lowers, on average, the variance that is left:

        left(known) = mean((f(A) - f(A's known inputs, the others drawn given them))^2) / 2

    Args:
        experiment: whose outputs are explained.
        a: the points whose inputs become known.
        b: independent points, from which the others are drawn.
        along: orders of all names of the experiment.

    Raises:
        ScenarioError: an output is negative or not finite.
    """
    row = {name: number for number, name in enumerate(experiment.names)}
    lowered = np.zeros((len(row), len(experiment.outputs)))
    for order in along:
        left = _half_mean_square(a.logs - b.logs)
        columns = dict(b.columns)
        redrawn = {
            name: others
            for group in experiment.groups
            for name, others in _given(experiment, group, order, a, b)
        }
        for name in order:
            changed = {name: a.columns[name], **redrawn.get(name, {})}
            columns |= changed
            places = experiment.touched(changed)
            now = _half_mean_square(a.logs[places] - experiment.logs(columns, places))
            lowered[row[name], places] += left[places] - now
            left[places] = now
    shares: FloatArray = lowered / lowered.sum(axis=0)
    return shares


def _given(
    experiment: Experiment, group: Group, order: Sequence[str], a: Points, b: Points
) -> Iterator[tuple[str, dict[str, FloatArray]]]:
    """Each member of a group, with the members after it drawn anew given all up to it.

    Scores are L e with L the Cholesky factor in this order and e independent. The first ones are
    made of the first e alone, so these are A's and the rest B's: exact for a Gaussian copula.
    """
    members = [name for name in order if name in group.names]
    at = [group.names.index(name) for name in members]
    factor = np.linalg.cholesky((group.factor @ group.factor.T)[np.ix_(at, at)])
    known, others = (
        np.linalg.solve(factor, np.stack([points.scores[name] for name in members]))
        for points in (a, b)
    )
    for count, name in enumerate(members, start=1):
        scores = factor[count:] @ np.concatenate([known[:count], others[count:]])
        rest = zip(members[count:], scores, strict=True)
        yield name, {one: experiment.values(one, found) for one, found in rest}


def _half_mean_square(differences: FloatArray) -> FloatArray:
    squares: FloatArray = np.einsum("ij,ij->i", differences, differences)
    squares /= 2 * differences.shape[1]
    return squares
