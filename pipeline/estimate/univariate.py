"""What every distribution of an input is, and how its parameters are read from a file."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, ClassVar, Self

import numpy as np

from pipeline.estimate.normal import STANDARD, FloatArray


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


Reader = Callable[[str, object], Any]
"""From a parameter's name and what a file gives for it; raises ParameterError."""


class Distribution(ABC):
    """One distribution; subclasses are frozen dataclasses, compared by value."""

    name: ClassVar[str]
    """How scenario files call it."""
    forms: ClassVar[tuple[tuple[str, ...], ...]]
    """The sets of parameters that it can be given by; exactly one set is used.

    A set comes before those that it contains.
    """
    readers: ClassVar[Mapping[str, Reader]] = MappingProxyType({})
    """How parameters are read that are more than a number."""
    is_certain: ClassVar[bool] = False
    """Whether nothing about it is to be drawn."""
    has_atoms: ClassVar[bool] = False
    """Whether it takes single values with a probability of their own."""

    @classmethod
    @abstractmethod
    def make(cls, **parameters: Any) -> Self:
        """Build from the parameters of one form, in the form's order.

        Raises:
            ParameterError: the parameters make no distribution.
        """

    @abstractmethod
    def values(self, scores: FloatArray) -> FloatArray:
        """The values at normal scores: shape in, shape out; never decreasing."""

    @abstractmethod
    def cdf(self, values: FloatArray) -> FloatArray:
        """The probability of at most each value: shape in, shape out; right-continuous."""

    def quantile(self, probability: float) -> float:
        """The value that is not exceeded with a probability strictly between 0 and 1."""
        return float(self.values(np.array([STANDARD.inv_cdf(probability)]))[0])


def number(parameter: str, given: object) -> float:
    """A finite number.

    Raises:
        ParameterError: it is something else.
    """
    found = _finite(given)
    if found is None:
        raise ParameterError((parameter, f"is not a finite number: {given!r}"))
    return found


def numbers(parameter: str, given: object) -> tuple[float, ...]:
    """A list of finite numbers.

    Raises:
        ParameterError: it is something else.
    """
    found = [_finite(item) for item in given] if isinstance(given, list) else [None]
    known = tuple(item for item in found if item is not None)
    if len(known) < len(found):
        raise ParameterError((parameter, f"is not a list of finite numbers: {given!r}"))
    return known


def need(holds: bool, parameter: str, rule: str, *has: float) -> None:
    """Refuse parameters that break a rule together.

    Raises:
        ParameterError: the rule does not hold; the error says what the parameters are.
    """
    if not holds:
        shown = " and ".join(f"{value:g}" for value in has)
        raise ParameterError((parameter, f"needs {rule}, has {shown}"), is_joint=True)


def shares(weights: Sequence[float], count: int) -> tuple[float, ...]:
    """Weights of so many parts, divided by their sum.

    Raises:
        ParameterError: there are more or fewer, one is below 0, or all are 0.
    """
    if len(weights) != count or min(weights) < 0 or not any(weights):
        reason = f"needs {count} weights, none below 0 and not all 0"
        raise ParameterError(("weights", reason))
    total = math.fsum(weights)
    return tuple(weight / total for weight in weights)


def logarithm(values: FloatArray) -> FloatArray:
    """The natural logarithm, with minus infinity for 0 and everything below."""
    result = np.full(values.shape, -np.inf)
    np.log(values, out=result, where=values > 0)
    return result


def _finite(given: object) -> float | None:
    if isinstance(given, bool) or not isinstance(given, int | float):
        return None
    try:
        found = float(given)
    except OverflowError:  # TOML bounds no whole number
        return None
    return found if math.isfinite(found) else None
