"""Distributions of uncertain inputs, each a map from normal scores to values.

A value is the inverse distribution function at the probability of a normal score z. Drawing
z once and mapping it keeps an input's draw the same whatever its distribution is changed to,
and a correlation of scores carries over to any pair of distributions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from pipeline.estimate.normal import FloatArray, cdf
from pipeline.estimate.parametric import (
    Beta,
    LogitNormal,
    Lognormal,
    Loguniform,
    Normal,
    Pert,
    Point,
    Triangular,
    Uniform,
)
from pipeline.estimate.tabulated import Discrete, Empirical, Milestones, Quantiles
from pipeline.estimate.univariate import (
    Distribution,
    ParameterError,
    number,
    numbers,
    shares,
)

__all__ = [
    "DISTRIBUTIONS",
    "Distribution",
    "Milestones",
    "Mixture",
    "ParameterError",
    "Point",
    "build",
]


def _components(parameter: str, given: object) -> tuple[Distribution, ...]:
    """A list of tables, each a distribution of its own; their problems under numbered names."""
    if not isinstance(given, list) or not given:
        raise ParameterError((parameter, f"is not a list of distributions: {given!r}"))
    problems: list[tuple[str, str]] = []
    found: list[Distribution] = []
    for position, item in enumerate(given, start=1):
        at = f"{parameter}[{position}]"
        try:
            found.append(_component(item))
        except ParameterError as error:
            problems += [(f"{at}.{key}" if key else at, why) for key, why in error.problems]
    if problems:
        raise ParameterError(*problems)
    return tuple(found)


def _component(given: object) -> Distribution:
    if not isinstance(given, Mapping):
        raise ParameterError(("", f"is not a distribution: {given!r}"))
    dist = given.get("dist")
    taken = [name for name in DISTRIBUTIONS if name not in ("milestones", "mixture")]
    if dist not in taken:
        has = repr(dist) if "dist" in given else "missing"
        raise ParameterError(("dist", f"is {has}; a mixture takes {', '.join(taken)}"))
    return build(dist, {key: value for key, value in given.items() if key != "dist"})


@dataclass(frozen=True)
class Mixture(Distribution):
    """One of several distributions, each with a weight."""

    components: tuple[Distribution, ...]
    weights: tuple[float, ...]
    """Of the same length, summing to 1."""
    name = "mixture"
    has_atoms = True
    forms = (("of", "weights"),)
    readers = MappingProxyType({"of": _components, "weights": numbers})

    @classmethod
    def make(cls, **parameters: Any) -> Self:
        """Build from of and weights; weights are divided by their sum."""
        components = parameters["of"]
        return cls(components, shares(parameters["weights"], len(components)))

    def values(self, scores: FloatArray) -> FloatArray:
        """The smallest number that the weighted distribution function reaches Phi(z) at.

        It lies between the smallest and the largest value of the components. Halving counts
        floating-point numbers instead of lengths, which ends within 64 steps at the exact
        number, be it an atom, 0 or of any size.
        """
        share = cdf(scores)
        each = np.stack([component.values(scores) for component in self.components])
        low, high = _rank(each.min(axis=0)) - 1, _rank(each.max(axis=0))
        while (high - low).max(initial=0) > 1:
            middle = (low >> 1) + (high >> 1) + (low & high & 1)
            reached = self.cdf(_of_rank(middle)) >= share
            high = np.where(reached, middle, high)
            low = np.where(reached, low, middle)
        return _of_rank(high)

    def cdf(self, values: FloatArray) -> FloatArray:
        """The weighted sum of the components' functions."""
        result = np.zeros(values.shape)
        for component, weight in zip(self.components, self.weights, strict=True):
            result += weight * component.cdf(values)
        return result


def _rank(values: FloatArray) -> NDArray[np.int64]:
    """Whole numbers in the order of the floating-point numbers, neighbours one apart."""
    bits = values.view(np.int64)
    return np.where(bits < 0, _NEGATIVE_ZERO - bits, bits)


def _of_rank(ranks: NDArray[np.int64]) -> FloatArray:
    return np.where(ranks < 0, _NEGATIVE_ZERO - ranks, ranks).view(np.float64)


_NEGATIVE_ZERO = np.int64(-(2**63))
"""The bits of -0.0; those of the other negative numbers count upwards from it, away from 0."""

DISTRIBUTIONS: Mapping[str, type[Distribution]] = MappingProxyType(
    {
        kind.name: kind
        for kind in (
            *(Point, Lognormal, Normal, LogitNormal, Uniform, Loguniform, Triangular, Pert, Beta),
            *(Discrete, Quantiles, Mixture, Empirical, Milestones),
        )
    }
)
"""Every distribution by the name that scenario files use; a new one is a class and its entry."""


def build(name: str, parameters: Mapping[str, object]) -> Distribution:
    """The distribution of a name with parameters as read from a file: numbers, lists, tables.

    Raises:
        KeyError: no distribution has that name.
        ParameterError: parameters are missing, unknown, not of their kind, or make no
            distribution. A component of a mixture is blamed as ``of[2].p05``, counted from 1,
            a milestone as ``values.2027-07``.
    """
    kind = DISTRIBUTIONS[name]
    takes = " or ".join(", ".join(form) for form in kind.forms)
    known = {parameter for form in kind.forms for parameter in form}
    problems = [
        (parameter, f"not a parameter of {name}; it takes {takes}")
        for parameter in parameters
        if parameter not in known
    ]
    read: dict[str, Any] = {}
    for parameter in known & parameters.keys():
        try:
            read[parameter] = kind.readers.get(parameter, number)(parameter, parameters[parameter])
        except ParameterError as error:
            problems += error.problems
    form = next((form for form in kind.forms if set(form) == known & parameters.keys()), None)
    if form is None and not problems:
        given = ", ".join(sorted(parameters)) or "nothing"
        problems.append(("dist", f"{name} takes {takes}; given: {given}"))
    if problems or form is None:
        raise ParameterError(*sorted(problems))
    return kind.make(**{parameter: read[parameter] for parameter in form})
