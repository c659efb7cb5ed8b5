"""Distributions of a few numbers each, with closed forms or a table of the beta distribution."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy.special import betainc, expit, logit

from pipeline.estimate.normal import Z90, Z95, FloatArray, beta_values, cdf
from pipeline.estimate.univariate import Distribution, ParameterError, logarithm, need


@dataclass(frozen=True)
class Point(Distribution):
    """A known number."""

    value: float
    name = "point"
    forms = (("value",),)
    is_certain = True

    @classmethod
    def make(cls, **parameters: float) -> Self:
        """Build from value."""
        return cls(parameters["value"])

    def values(self, scores: FloatArray) -> FloatArray:
        """The one value, everywhere."""
        return np.full(scores.shape, self.value)

    def cdf(self, values: FloatArray) -> FloatArray:
        """0 below the value, 1 from it on."""
        return (values >= self.value).astype(np.float64)


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
            need(parameters["sd"] > 0, "sd", "sd > 0", parameters["sd"])
            return cls(**parameters)
        (low, low_value), (high, high_value) = parameters.items()
        need(low_value < high_value, low, f"{low} < {high}", low_value, high_value)
        return cls(*_between(low_value, high_value, low))

    def values(self, scores: FloatArray) -> FloatArray:
        """Mean + sd z."""
        result: FloatArray = self.sd * scores
        result += self.mean
        return result

    def cdf(self, values: FloatArray) -> FloatArray:
        """Phi((x - mean) / sd)."""
        return cdf((values - self.mean) / self.sd)


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
            need(median > 0, "median", "median > 0", median)
            need(gsd > 1, "gsd", "gsd > 1", gsd)
            return cls(math.log(median), math.log(gsd))
        (low, low_value), (high, high_value) = parameters.items()
        need(0 < low_value < high_value, low, f"0 < {low} < {high}", low_value, high_value)
        return cls(*_between(math.log(low_value), math.log(high_value), low))

    def values(self, scores: FloatArray) -> FloatArray:
        """exp(mu + sigma z)."""
        result: FloatArray = self.sigma * scores
        result += self.mu
        return np.exp(result, out=result)

    def cdf(self, values: FloatArray) -> FloatArray:
        """Phi((ln x - mu) / sigma)."""
        return cdf((logarithm(values) - self.mu) / self.sigma)


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
        need(ordered, low, f"0 < {low} < {high} < 1", low_value, high_value)
        return cls(*_between(float(logit(low_value)), float(logit(high_value)), low))

    def values(self, scores: FloatArray) -> FloatArray:
        """1 / (1 + exp(-(mu + sigma z)))."""
        result: FloatArray = expit(self.mu + self.sigma * scores)
        return result

    def cdf(self, values: FloatArray) -> FloatArray:
        """Phi((ln(x / (1 - x)) - mu) / sigma)."""
        return cdf((logit(np.clip(values, 0.0, 1.0)) - self.mu) / self.sigma)


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
        need(low < high, "low", "low < high", low, high)
        return cls(low, high)

    def values(self, scores: FloatArray) -> FloatArray:
        """Low + (high - low) Phi(z)."""
        return _stretched(cdf(scores), self.low, self.high)

    def cdf(self, values: FloatArray) -> FloatArray:
        """(x - low) / (high - low)."""
        return _place(values, self.low, self.high)


@dataclass(frozen=True)
class Loguniform(Distribution):
    """A positive number whose logarithm is uniform between two bounds."""

    low: float
    high: float
    name = "loguniform"
    forms = (("low", "high"),)

    @classmethod
    def make(cls, **parameters: float) -> Self:
        """Build from low and high."""
        low, high = parameters["low"], parameters["high"]
        need(0 < low < high, "low", "0 < low < high", low, high)
        return cls(low, high)

    def values(self, scores: FloatArray) -> FloatArray:
        """Low (high / low)^Phi(z)."""
        logs = _stretched(cdf(scores), math.log(self.low), math.log(self.high))
        return np.clip(np.exp(logs, out=logs), self.low, self.high, out=logs)

    def cdf(self, values: FloatArray) -> FloatArray:
        """(ln x - ln low) / (ln high - ln low)."""
        return _place(logarithm(values), math.log(self.low), math.log(self.high))


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
        share = cdf(scores)
        left = self.low + np.sqrt(share * (width * below))
        right = self.high - np.sqrt(cdf(-scores) * (width * above))
        chosen = np.where(share * width < below, left, right)
        return np.clip(chosen, self.low, self.high, out=chosen)

    def cdf(self, values: FloatArray) -> FloatArray:
        """(x - low)^2 / (width (mode - low)) up to the mode, likewise from above beyond it."""
        width = self.high - self.low
        share = (self.mode - self.low) / width
        from_low = _place(values, self.low, self.mode) if share > 0 else np.ones(values.shape)
        from_mode = _place(values, self.mode, self.high) if share < 1 else np.ones(values.shape)
        return np.where(
            values < self.mode, share * from_low**2, 1 - (1 - share) * (1 - from_mode) ** 2
        )


@dataclass(frozen=True)
class Beta(Distribution):
    """Beta, stretched to two bounds that are 0 and 1 unless given."""

    alpha: float
    beta: float
    low: float = 0.0
    high: float = 1.0
    name = "beta"
    forms = (("alpha", "beta", "low", "high"), ("alpha", "beta"))

    @classmethod
    def make(cls, **parameters: float) -> Self:
        """Build from alpha and beta, with or without low and high."""
        for shape in ("alpha", "beta"):
            if parameters[shape] <= 0:
                raise ParameterError((shape, f"needs {shape} > 0, has {parameters[shape]:g}"))
        made = cls(**parameters)
        need(made.low < made.high, "low", "low < high", made.low, made.high)
        return made

    def values(self, scores: FloatArray) -> FloatArray:
        """Low + (high - low) B(z), B the beta distribution's inverse at Phi(z)."""
        return _stretched(beta_values(self.alpha, self.beta, scores), self.low, self.high)

    def cdf(self, values: FloatArray) -> FloatArray:
        """The regularised incomplete beta function of (x - low) / (high - low)."""
        result: FloatArray = betainc(self.alpha, self.beta, _place(values, self.low, self.high))
        return result


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
        """Those of the beta distribution."""
        return self._beta().values(scores)

    def cdf(self, values: FloatArray) -> FloatArray:
        """That of the beta distribution."""
        return self._beta().cdf(values)

    def _beta(self) -> Beta:
        width = self.high - self.low
        alpha = 1 + 4 * (self.mode - self.low) / width
        beta = 1 + 4 * (self.high - self.mode) / width
        return Beta(alpha, beta, self.low, self.high)


def _three(parameters: Mapping[str, float]) -> tuple[float, float, float]:
    low, mode, high = parameters["low"], parameters["mode"], parameters["high"]
    ordered = low <= mode <= high and low < high
    need(ordered, "low", "low <= mode <= high and low < high", low, mode, high)
    return low, mode, high


def _between(low: float, high: float, low_name: str) -> tuple[float, float]:
    """Mean and standard deviation of the normal with two symmetric percentiles."""
    return (low + high) / 2, (high - low) / (2 * (Z95 if low_name == "p05" else Z90))


def _stretched(places: FloatArray, low: float, high: float) -> FloatArray:
    """Places from 0 to 1 as numbers between two bounds, in the same memory."""
    places *= high - low
    places += low
    return np.clip(places, low, high, out=places)


def _place(values: FloatArray, low: float, high: float) -> FloatArray:
    """Where between two bounds, as 0 to 1."""
    return (np.clip(values, low, high) - low) / (high - low)
