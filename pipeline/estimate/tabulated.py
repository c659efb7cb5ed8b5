"""Distributions given by lists and tables: choices, quantiles, observations, milestones."""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from types import MappingProxyType
from typing import NoReturn, Self

import numpy as np

from pipeline.estimate.normal import STANDARD, FloatArray, cdf
from pipeline.estimate.univariate import (
    Distribution,
    ParameterError,
    logarithm,
    need,
    number,
    numbers,
    shares,
)

_MONTH = re.compile(r"([12]\d{3})(?:-(0[1-9]|1[0-2]))?", re.ASCII)


@dataclass(frozen=True)
class Discrete(Distribution):
    """One of several numbers, each with a weight."""

    choices: tuple[float, ...]
    """In rising order, those of weight 0 left out."""
    weights: tuple[float, ...]
    """Of the same length, summing to 1."""
    name = "discrete"
    has_atoms = True
    forms = (("values", "weights"),)
    readers = MappingProxyType({"values": numbers, "weights": numbers})

    @classmethod
    def make(cls, **parameters: tuple[float, ...]) -> Self:
        """Build from values and weights; weights are divided by their sum."""
        choices = parameters["values"]
        if not choices or len(set(choices)) != len(choices):
            raise ParameterError(("values", "needs at least one number, none twice"))
        weights = shares(parameters["weights"], len(choices))
        pairs = sorted(pair for pair in zip(choices, weights, strict=True) if pair[1] > 0)
        return cls(tuple(choice for choice, _ in pairs), tuple(weight for _, weight in pairs))

    def values(self, scores: FloatArray) -> FloatArray:
        """The first choice up to which the weights reach Phi(z)."""
        steps = np.cumsum(self.weights)[:-1]
        result: FloatArray = np.array(self.choices).take(np.searchsorted(steps, cdf(scores)))
        return result

    def cdf(self, values: FloatArray) -> FloatArray:
        """The sum of the weights of the choices up to each value."""
        reached = np.cumsum((0.0, *self.weights))
        reached[-1] = 1.0
        result: FloatArray = reached.take(np.searchsorted(self.choices, values, "right"))
        return result


@dataclass(frozen=True)
class Quantiles(Distribution):
    """Through given quantiles: ln(value) is linear in the normal score between and beyond them.

    Three quantiles make one lognormal below the median and another above it.
    """

    scores: tuple[float, ...]
    logs: tuple[float, ...]
    """ln(value) at these scores; both rise."""
    name = "quantiles"
    forms = (("p05", "p25", "p50", "p75", "p95"), ("p05", "p50", "p95"), ("p10", "p50", "p90"))

    @classmethod
    def make(cls, **parameters: float) -> Self:
        """Build from p05, p50 and p95, with or without p25 and p75, or from p10, p50 and p90."""
        names, quantiles = tuple(parameters), tuple(parameters.values())
        rule = f"0 < {' < '.join(names)}"
        if quantiles[0] <= 0:
            rule += " (quantiles are interpolated in logs)"
        rising = all(low < high for low, high in pairwise((0.0, *quantiles)))
        need(rising, names[0], rule, *quantiles)
        scores = tuple(STANDARD.inv_cdf(int(name.removeprefix("p")) / 100) for name in names)
        return cls(scores, tuple(math.log(quantile) for quantile in quantiles))

    def values(self, scores: FloatArray) -> FloatArray:
        """The exponential of the line through the two quantiles around z, or nearest to it."""
        result = _along(self.scores, self.logs, scores)
        return np.exp(result, out=result)

    def cdf(self, values: FloatArray) -> FloatArray:
        """Phi of the score on the same lines."""
        return cdf(_along(self.logs, self.scores, logarithm(values)))


@dataclass(frozen=True)
class Empirical(Distribution):
    """Observed numbers, taken as they are spread; their order says nothing."""

    observed: tuple[float, ...]
    """In rising order, at least 2."""
    name = "empirical"
    has_atoms = True
    forms = (("values",),)
    readers = MappingProxyType({"values": numbers})

    @classmethod
    def make(cls, **parameters: tuple[float, ...]) -> Self:
        """Build from values."""
        observed = parameters["values"]
        if len(observed) < 2:
            raise ParameterError(("values", f"needs at least 2 numbers, has {len(observed)}"))
        return cls(tuple(sorted(observed)))

    def values(self, scores: FloatArray) -> FloatArray:
        """Linear between order statistics, the i-th of n at (i - 0.5) / n; flat beyond them.

        Source: Hyndman and Fan (1996), definition 5.
        """
        ordered = np.array(self.observed)
        place = np.clip(cdf(scores) * len(ordered) - 0.5, 0, len(ordered) - 1)
        below = place.astype(np.intp)
        place -= below
        low, high = ordered.take(below), ordered.take(below + 1, mode="clip")
        # Rounding may not lift a value above the next observation.
        result: FloatArray = np.minimum(low + place * (high - low), high)
        return result

    def cdf(self, values: FloatArray) -> FloatArray:
        """The same lines, read the other way; 0 below the first and 1 from the last on."""
        ordered = np.array(self.observed)
        known = np.searchsorted(ordered, values, "right")
        low, high = ordered.take(known - 1, mode="clip"), ordered.take(known, mode="clip")
        between = np.zeros(values.shape)
        np.divide(values - low, high - low, out=between, where=high > low)
        inner = (known - 0.5 + between) / len(ordered)
        return np.where(known == 0, 0.0, np.where(known == len(ordered), 1.0, inner))


def _dated(parameter: str, given: object) -> tuple[tuple[date, float], ...]:
    """A table from years and months to numbers above 0, by day."""
    if not isinstance(given, Mapping) or not given:
        reason = f"is not a table from years or months to numbers: {given!r}"
        raise ParameterError((parameter, reason))
    problems: list[tuple[str, str]] = []
    found: dict[date, float] = {}
    for text, item in given.items():
        at = f"{parameter}.{text}"
        written = _MONTH.fullmatch(text)
        try:
            value = number(at, item)
        except ParameterError as error:
            problems.extend(error.problems)
            continue
        if value <= 0:
            problems.append((at, f"needs a number above 0, has {value:g}"))
        if written is None:
            problems.append((at, 'is not a year or a month, as "2027" or "2027-07"'))
            continue
        day = date(int(written[1]), int(written[2] or 1), 1)
        if day in found:
            problems.append((at, f"{day} has a number already"))
        found[day] = value
    if problems:
        raise ParameterError(*problems)
    return tuple(sorted(found.items()))


@dataclass(frozen=True)
class Milestones(Distribution):
    """A known course in time: numbers at days, and between them a steady rate of growth."""

    course: tuple[tuple[date, float], ...]
    """(day, number above 0), days rising, at least one."""
    name = "milestones"
    forms = (("values",),)
    readers = MappingProxyType({"values": _dated})
    is_certain = True

    @classmethod
    def make(cls, **parameters: tuple[tuple[date, float], ...]) -> Self:
        """Build from values; a year counts from 1 January, a month from its 1st."""
        return cls(parameters["values"])

    def at(self, day: date) -> float:
        """The number on a day: log-linear between milestones, constant beyond them."""
        after = bisect_right(self.course, day, key=lambda milestone: milestone[0])
        if after in (0, len(self.course)):
            return self.course[max(after - 1, 0)][1]
        (start, first), (end, last) = self.course[after - 1 : after + 1]
        passed = (day - start) / (end - start)
        return math.pow(first, 1 - passed) * math.pow(last, passed)

    def values(self, scores: FloatArray) -> NoReturn:
        """None without a day.

        Raises:
            TypeError: always.
        """
        raise TypeError("milestones have a value on a day, not at a score: use at(day)")

    def cdf(self, values: FloatArray) -> NoReturn:
        """None without a day.

        Raises:
            TypeError: always.
        """
        raise TypeError("milestones have a value on a day, not a distribution: use at(day)")


def _along(x: Sequence[float], y: Sequence[float], at: FloatArray) -> FloatArray:
    """Lines through points of rising x, the first and the last extended."""
    left, right = np.array(x[:-1]), np.array(x[1:])
    first, last = np.array(y[:-1]), np.array(y[1:])
    slopes = (last - first) / (right - left)
    piece = np.searchsorted(x[1:-1], at)
    result: FloatArray = at - left.take(piece)
    result *= slopes.take(piece)
    result += first.take(piece)
    return result
