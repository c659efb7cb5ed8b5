"""Rank correlations of inputs as correlations of normal scores, and whether they agree.

Two normal scores with correlation rho have the rank correlation 6 / pi asin(rho / 2) (Pearson
1907), and rank correlations do not change when scores are mapped to values of a continuous
distribution.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.estimate.normal import FloatArray

_LEAST = 1e-9
"""A smaller eigenvalue counts as 0: a Cholesky factor of it would be noise."""

Pair = tuple[str, str]


@dataclass(frozen=True)
class Contradiction:
    """Correlations that no random numbers can have together."""

    index: int
    """Of the pair to change: the last one that can mend it alone, else the last one."""
    bounds: tuple[float, float] | None
    """Between which its rank correlation may lie with the others as they are; None where the
    others contradict one another without it."""


def normal_score(spearman: float) -> float:
    """Correlation of normal scores that have a rank correlation: 2 sin(pi r / 6)."""
    return 2 * math.sin(math.pi * spearman / 6)


def rank(rho: float) -> float:
    """Rank correlation of normal scores that have a correlation: 6 / pi asin(rho / 2)."""
    return 6 / math.pi * math.asin(rho / 2)


def matrix(names: Sequence[str], pairs: Sequence[Pair], spearmans: Sequence[float]) -> FloatArray:
    """Correlations of normal scores, shape (names, names); pairs that are not listed have 0."""
    at = {name: index for index, name in enumerate(names)}
    result: FloatArray = np.eye(len(names))
    for (first, second), spearman in zip(pairs, spearmans, strict=True):
        if first in at and second in at:
            rho = normal_score(spearman)
            result[at[first], at[second]] = result[at[second], at[first]] = rho
    return result


def groups(pairs: Sequence[Pair]) -> list[list[str]]:
    """The names that hang together through the pairs, in the order of the pairs."""
    found: list[list[str]] = []
    for pair in pairs:
        joined = [group for group in found if set(group) & set(pair)]
        names = [name for group in joined for name in group]
        found = [group for group in found if group not in joined]
        found.append(list(dict.fromkeys([*names, *pair])))
    return found


def contradictions(pairs: Sequence[Pair], spearmans: Sequence[float]) -> Iterator[Contradiction]:
    """Every group of pairs whose matrix is not positive definite."""
    for names in groups(pairs):
        scores = matrix(names, pairs, spearmans)
        if _is_definite(scores):
            continue
        members = [index for index, pair in enumerate(pairs) if pair[0] in names]
        for index in reversed(members):
            bounds = _bounds(scores, *(names.index(name) for name in pairs[index]))
            if bounds is not None:
                yield Contradiction(index, (rank(bounds[0]), rank(bounds[1])))
                break
        else:
            yield Contradiction(members[-1], None)


def _is_definite(scores: FloatArray) -> bool:
    return bool(np.linalg.eigvalsh(scores)[0] > _LEAST)


def _bounds(scores: FloatArray, first: int, second: int) -> tuple[float, float] | None:
    """Where one correlation may lie with all others fixed.

    The others explain c of the correlation and all but a and b of the two variances; the matrix
    is positive definite where that of the others is and (rho - c)^2 < a b (Schur complement).
    """
    rest = [index for index in range(len(scores)) if index not in (first, second)]
    inner, outer = scores[np.ix_(rest, rest)], scores[np.ix_(rest, [first, second])]
    if rest and not _is_definite(inner):
        return None
    explained = outer.T @ np.linalg.solve(inner, outer)
    left, right = 1 - explained[0, 0], 1 - explained[1, 1]
    if min(left, right) <= _LEAST:
        return None
    centre, reach = float(explained[0, 1]), math.sqrt(left * right)
    return max(centre - reach, -1.0), min(centre + reach, 1.0)
