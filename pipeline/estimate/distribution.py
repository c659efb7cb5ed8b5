"""Distributions of uncertain inputs, each a map from normal scores to values.

A value is the inverse distribution function at the probability of a normal score z. Drawing
z once and mapping it keeps an input's draw the same whatever its distribution is changed to,
and a correlation of scores carries over to any pair of distributions.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar, Self

import numpy as np

from pipeline.estimate.normal import STANDARD, Z90, Z95, FloatArray, beta_table, cdf

Parameter = float | tuple[float, ...]


class ParameterError(ValueError):
    """Parameters that make no distribution.

    Attributes:
        problems: (parameter, reason) pairs.
        is_joint: whether it is the parameters together that do not fit, so that any of them
            may be the wrong one.
    """

    def __init__(self, *problems: tuple[str, str], is_joint: bool = False) -> None:
        super().__init__("; ".join(f"{name}: {reason}" for name, reason in problems))
        self.problems = problems
        self.is_joint = is_joint


class Distribution(ABC):
    """One distribution; subclasses are frozen dataclasses, compared by value."""

    name: ClassVar[str]
    """How scenario files call it."""
    forms: ClassVar[tuple[tuple[str, ...], ...]]
    """The sets of parameters that it can be given by; exactly one set is used."""
    lists: ClassVar[frozenset[str]] = frozenset()
    """Parameters that are lists of numbers."""

    @classmethod
    @abstractmethod
    def make(cls, **parameters: float) -> Self:
        """Build from the parameters of one form.

        Raises:
            ParameterError: the numbers make no distribution.
        """

    @abstractmethod
    def values(self, scores: FloatArray) -> FloatArray:
        """The values at normal scores: shape in, shape out; never decreasing."""

    def quantile(self, probability: float) -> float:
        """The value that is not exceeded with a probability strictly between 0 and 1."""
        return float(self.values(np.array([STANDARD.inv_cdf(probability)]))[0])


@dataclass(frozen=True)
class Point(Distribution):
    """A known number."""

    value: float
    name = "point"
    forms = (("value",),)

    @classmethod
    def make(cls, **parameters: float) -> Self:
        """Build from value."""
        return cls(parameters["value"])

    def values(self, scores: FloatArray) -> FloatArray:
        """The one value, everywhere."""
        return np.full(scores.shape, self.value)


@dataclass(frozen=True)
class Normal(Distribution):
    """Normal, by two percentiles or by mean and standard deviation."""

    mean: float
    sd: float
    name = "normal"
    forms = (("p05", "p95"), ("p10", "p90"), ("mean", "sd"))

    @classmethod
    def make(cls, **parameters: float) -> Self:
        """Build from p05 and p95, p10 and p90, or mean and sd."""
        if "sd" in parameters:
            _need(parameters["sd"] > 0, "sd", "sd > 0", parameters["sd"])
            return cls(**parameters)
        (low, low_value), (high, high_value) = parameters.items()
        _need(low_value < high_value, low, f"{low} < {high}", low_value, high_value)
        return cls(*_between(low_value, high_value, low))

    def values(self, scores: FloatArray) -> FloatArray:
        """Mean + sd z."""
        result: FloatArray = self.mean + self.sd * scores
        return result


@dataclass(frozen=True)
class Lognormal(Distribution):
    """Lognormal, by two percentiles or by median and geometric standard deviation."""

    mu: float
    sigma: float
    name = "lognormal"
    forms = (("p05", "p95"), ("p10", "p90"), ("median", "gsd"))

    @classmethod
    def make(cls, **parameters: float) -> Self:
        """Build from p05 and p95, p10 and p90, or median and gsd."""
        if "gsd" in parameters:
            median, gsd = parameters["median"], parameters["gsd"]
            _need(median > 0, "median", "median > 0", median)
            _need(gsd > 1, "gsd", "gsd > 1", gsd)
            return cls(math.log(median), math.log(gsd))
        (low, low_value), (high, high_value) = parameters.items()
        _need(0 < low_value < high_value, low, f"0 < {low} < {high}", low_value, high_value)
        return cls(*_between(math.log(low_value), math.log(high_value), low))

    def values(self, scores: FloatArray) -> FloatArray:
        """exp(mu + sigma z)."""
        result: FloatArray = np.exp(self.mu + self.sigma * scores)
        return result


@dataclass(frozen=True)
class LogitNormal(Distribution):
    """A share between 0 and 1 whose log odds are normal, by two percentiles."""

    mu: float
    sigma: float
    name = "logitnormal"
    forms = (("p05", "p95"), ("p10", "p90"))

    @classmethod
    def make(cls, **parameters: float) -> Self:
        """Build from p05 and p95, or p10 and p90."""
        (low, low_value), (high, high_value) = parameters.items()
        ordered = 0 < low_value < high_value < 1
        _need(ordered, low, f"0 < {low} < {high} < 1", low_value, high_value)
        return cls(*_between(_logit(low_value), _logit(high_value), low))

    def values(self, scores: FloatArray) -> FloatArray:
        """1 / (1 + exp(-(mu + sigma z)))."""
        result: FloatArray = 1.0 / (1.0 + np.exp(-(self.mu + self.sigma * scores)))
        return result


@dataclass(frozen=True)
class Uniform(Distribution):
    """Uniform between two bounds."""

    low: float
    high: float
    name = "uniform"
    forms = (("low", "high"),)

    @classmethod
    def make(cls, **parameters: float) -> Self:
        """Build from low and high."""
        low, high = parameters["low"], parameters["high"]
        _need(low < high, "low", "low < high", low, high)
        return cls(low, high)

    def values(self, scores: FloatArray) -> FloatArray:
        """Low + (high - low) Phi(z)."""
        return np.clip(self.low + (self.high - self.low) * cdf(scores), self.low, self.high)


@dataclass(frozen=True)
class Triangular(Distribution):
    """Triangular between two bounds with a mode."""

    low: float
    mode: float
    high: float
    name = "triangular"
    forms = (("low", "mode", "high"),)

    @classmethod
    def make(cls, **parameters: float) -> Self:
        """Build from low, mode and high."""
        return cls(*_three(parameters))

    def values(self, scores: FloatArray) -> FloatArray:
        """The closed-form inverse, each side from its own tail."""
        width, below, above = self.high - self.low, self.mode - self.low, self.high - self.mode
        left = self.low + np.sqrt(cdf(scores) * width * below)
        right = self.high - np.sqrt(cdf(-scores) * width * above)
        chosen = np.where(cdf(scores) * width < below, left, right)
        return np.clip(chosen, self.low, self.high)


@dataclass(frozen=True)
class Pert(Distribution):
    """PERT: a beta distribution stretched to two bounds, with mean (low + 4 mode + high) / 6."""

    low: float
    mode: float
    high: float
    name = "pert"
    forms = (("low", "mode", "high"),)

    @classmethod
    def make(cls, **parameters: float) -> Self:
        """Build from low, mode and high."""
        return cls(*_three(parameters))

    def values(self, scores: FloatArray) -> FloatArray:
        """Low + (high - low) B(z), B from the table of the beta distribution."""
        width = self.high - self.low
        alpha = 1 + 4 * (self.mode - self.low) / width
        beta = 1 + 4 * (self.high - self.mode) / width
        return np.clip(self.low + width * beta_table(alpha, beta)(scores), self.low, self.high)


@dataclass(frozen=True)
class Discrete(Distribution):
    """One of several numbers, each with a weight."""

    choices: tuple[float, ...]
    """In rising order."""
    weights: tuple[float, ...]
    """Of the same length, summing to 1."""
    name = "discrete"
    forms = (("values", "weights"),)
    lists = frozenset({"values", "weights"})

    @classmethod
    def make(cls, **parameters: Parameter) -> Self:
        """Build from values and weights; weights are divided by their sum."""
        choices, weights = parameters["values"], parameters["weights"]
        if not isinstance(choices, tuple) or not isinstance(weights, tuple):
            raise ParameterError(("values", "values and weights are lists"))
        if not choices or len(set(choices)) != len(choices):
            raise ParameterError(("values", "needs at least one number, none twice"))
        if len(weights) != len(choices) or min(weights) < 0 or sum(weights) <= 0:
            reason = f"needs {len(choices)} weights, none below 0 and not all 0"
            raise ParameterError(("weights", reason))
        pairs = sorted(zip(choices, weights, strict=True))
        total = math.fsum(weights)
        return cls(tuple(c for c, _ in pairs), tuple(w / total for _, w in pairs))

    def values(self, scores: FloatArray) -> FloatArray:
        """The choice whose share of the probability holds Phi(z)."""
        steps = np.cumsum(self.weights)[:-1]
        result: FloatArray = np.array(self.choices)[np.searchsorted(steps, cdf(scores), "right")]
        return result


DISTRIBUTIONS: Mapping[str, type[Distribution]] = MappingProxyType(
    {
        kind.name: kind
        for kind in (Point, Lognormal, Normal, LogitNormal, Uniform, Triangular, Pert, Discrete)
    }
)
"""Every distribution by the name that scenario files use; a new one is a class and its entry."""


def build(name: str, parameters: Mapping[str, object]) -> Distribution:
    """The distribution of a name with parameters as read from a file.

    Raises:
        KeyError: no distribution has that name.
        ParameterError: parameters are missing, unknown, not numbers, or make no distribution.
    """
    kind = DISTRIBUTIONS[name]
    takes = " or ".join(", ".join(form) for form in kind.forms)
    known = {parameter for form in kind.forms for parameter in form}
    problems = [
        (parameter, f"not a parameter of {name}; it takes {takes}")
        for parameter in parameters
        if parameter not in known
    ]
    numbers: dict[str, Any] = {}
    for parameter in known & parameters.keys():
        number = _number(parameters[parameter], parameter in kind.lists)
        if number is None:
            wanted = "a list of finite numbers" if parameter in kind.lists else "a finite number"
            problems.append((parameter, f"is not {wanted}: {parameters[parameter]!r}"))
        else:
            numbers[parameter] = number
    form = next((form for form in kind.forms if set(form) == known & parameters.keys()), None)
    if form is None and not problems:
        given = ", ".join(sorted(parameters)) or "nothing"
        problems.append(("dist", f"{name} takes {takes}; given: {given}"))
    if problems or form is None:
        raise ParameterError(*sorted(problems))
    return kind.make(**{parameter: numbers[parameter] for parameter in form})


def _number(value: object, is_list: bool) -> Parameter | None:
    """A parameter as finite floats, or None where it is something else."""
    if is_list:
        if not isinstance(value, list):
            return None
        items = [_number(item, is_list=False) for item in value]
        numbers = tuple(item for item in items if isinstance(item, float))
        return numbers if len(numbers) == len(items) else None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)


def _need(holds: bool, parameter: str, rule: str, *has: float) -> None:
    if not holds:
        numbers = " and ".join(f"{value:g}" for value in has)
        raise ParameterError((parameter, f"needs {rule}, has {numbers}"), is_joint=True)


def _three(parameters: Mapping[str, float]) -> tuple[float, float, float]:
    low, mode, high = parameters["low"], parameters["mode"], parameters["high"]
    ordered = low <= mode <= high and low < high
    _need(ordered, "low", "low <= mode <= high and low < high", low, mode, high)
    return low, mode, high


def _between(low: float, high: float, low_name: str) -> tuple[float, float]:
    """Mean and standard deviation of the normal with two symmetric percentiles."""
    return (low + high) / 2, (high - low) / (2 * (Z95 if low_name == "p05" else Z90))


def _logit(share: float) -> float:
    return math.log(share / (1 - share))
