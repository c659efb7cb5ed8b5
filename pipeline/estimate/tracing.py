"""One pass over a model with numbers that remember units, formulas and pure factors.

The model's own formulas are run on such numbers, so that what is said of a model cannot differ
from what is computed. The pass at loading proves the units and finds the pure factors; the pass
of ``scenario explain`` shows every step with its value.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from types import MappingProxyType
from typing import Any

import numpy as np

from pipeline.estimate.model import Model, Paths
from pipeline.estimate.units import ONE, Dimension, UnitError, parse

_ATOM, _PRODUCT, _SUM = 0, 1, 2


@dataclass(frozen=True, eq=False)
class Traced:
    """A number with its unit, the formula it came from, and how it depends on the inputs."""

    value: float
    dimension: Dimension
    text: str
    level: int = _ATOM
    """How loosely the text binds: a name, a product, a sum."""
    powers: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    """Inputs that do nothing but multiply, each to a power."""
    mixed: frozenset[str] = frozenset()
    """Inputs that it depends on in any other way."""

    def __add__(self, other: object) -> Traced:
        return _sum(self, _traced(other), "+", self.value + _traced(other).value)

    def __radd__(self, other: object) -> Traced:
        return _traced(other) + self

    def __sub__(self, other: object) -> Traced:
        return _sum(self, _traced(other), "-", self.value - _traced(other).value)

    def __rsub__(self, other: object) -> Traced:
        return _traced(other) - self

    def __mul__(self, other: object) -> Traced:
        return _product(self, _traced(other), "*")

    def __rmul__(self, other: object) -> Traced:
        return _traced(other) * self

    def __truediv__(self, other: object) -> Traced:
        return _product(self, _traced(other), "/")

    def __rtruediv__(self, other: object) -> Traced:
        return _traced(other) / self

    def __neg__(self) -> Traced:
        text = f"-{_within(self, _ATOM)}"
        return replace(self, value=-self.value, text=text, level=_PRODUCT)

    def __pow__(self, other: object) -> Traced:
        return _power(self, _traced(other))

    def __rpow__(self, other: object) -> Traced:
        return _traced(other) ** self

    def __array_ufunc__(
        self, ufunc: np.ufunc, method: str, *inputs: object, **kw: object
    ) -> Traced:
        """What a function of numpy does to a traced number.

        Raises:
            UnitError: a function that formulas may not use.
        """
        operator = _OPERATORS.get(ufunc.__name__)
        if method != "__call__" or kw or (operator is None and ufunc.__name__ not in _FUNCTIONS):
            raise UnitError(f"formulas may not use numpy.{ufunc.__name__}")
        given = [_traced(one) for one in inputs]
        if operator is not None:
            return operator(*given)
        return _function(ufunc, given)


_OPERATORS: Mapping[str, Callable[..., Traced]] = {
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "multiply": lambda a, b: a * b,
    "divide": lambda a, b: a / b,
    "power": lambda a, b: a**b,
    "negative": lambda a: -a,
}
_FUNCTIONS = ("exp", "log", "log1p", "minimum", "maximum", "ceil")
"""The last three keep a unit; the others take and give plain numbers."""


def _traced(value: object) -> Traced:
    if isinstance(value, Traced):
        return value
    number = float(value)  # type: ignore[arg-type]
    return Traced(number, ONE, f"{number:.10g}")


def _sum(a: Traced, b: Traced, sign: str, value: float) -> Traced:
    text = f"{_within(a, _SUM)} {sign} {_within(b, _SUM if sign == '+' else _PRODUCT)}"
    return Traced(value, _alike(a, b, text), text, _SUM, *_shared(a, b))


def _product(a: Traced, b: Traced, sign: str) -> Traced:
    text = f"{_within(a, _PRODUCT)} {sign} {_within(b, _PRODUCT if sign == '*' else _ATOM)}"
    mixed = a.mixed | b.mixed
    factor = 1.0 if sign == "*" else -1.0
    powers = dict(a.powers)
    for name, power in b.powers.items():
        powers[name] = powers.get(name, 0.0) + factor * power
    pure = {name: power for name, power in powers.items() if power and name not in mixed}
    value = a.value * b.value if sign == "*" else a.value / b.value
    dimension = a.dimension * b.dimension if sign == "*" else a.dimension / b.dimension
    return Traced(value, dimension, text, _PRODUCT, MappingProxyType(pure), mixed)


def _power(base: Traced, exponent: Traced) -> Traced:
    text = f"{_within(base, _ATOM)}^{_within(exponent, _ATOM)}"
    if exponent.dimension != ONE:
        raise UnitError(f"the exponent of {text} has the unit {exponent.dimension}")
    value = base.value**exponent.value
    if exponent.text == f"{exponent.value:.10g}":
        powers = {name: power * exponent.value for name, power in base.powers.items()}
        dimension = base.dimension**exponent.value
        return Traced(value, dimension, text, _ATOM, MappingProxyType(powers), base.mixed)
    if base.dimension != ONE:
        raise UnitError(f"the base of {text} has the unit {base.dimension}")
    return Traced(value, ONE, text, _ATOM, mixed=_all(base) | _all(exponent))


def _function(ufunc: np.ufunc, given: list[Traced]) -> Traced:
    name = ufunc.__name__
    text = f"{name}({', '.join(one.text for one in given)})"
    value = float(ufunc(*(one.value for one in given)))
    if name in ("minimum", "maximum"):
        # A factor that both have comes out of the smaller and the greater one: it is positive.
        return Traced(
            value, _alike(given[0], given[1], text), text, _ATOM, *_shared(given[0], given[1])
        )
    if name != "ceil" and given[0].dimension != ONE:
        raise UnitError(f"{text} is of a quantity with the unit {given[0].dimension}")
    return Traced(value, given[0].dimension, text, _ATOM, mixed=_all(given[0]))


def _alike(a: Traced, b: Traced, text: str) -> Dimension:
    if a.dimension != b.dimension:
        raise UnitError(f"{text} joins {a.dimension} and {b.dimension}")
    return a.dimension


def _shared(a: Traced, b: Traced) -> tuple[Mapping[str, float], frozenset[str]]:
    """The factors that come out of a sum, and the inputs that do not."""
    pure = {
        name: power
        for name, power in a.powers.items()
        if b.powers.get(name) == power and name not in a.mixed | b.mixed
    }
    return MappingProxyType(pure), (_all(a) | _all(b)) - pure.keys()


def _all(one: Traced) -> frozenset[str]:
    return one.mixed | one.powers.keys()


def _within(one: Traced, level: int) -> str:
    return f"({one.text})" if one.level > level else one.text


@dataclass(frozen=True)
class Step:
    """A line of the model's reckoning."""

    name: str
    formula: str
    value: float
    """In base units."""
    dimension: Dimension
    powers: Mapping[str, float]
    mixed: frozenset[str]


class _Recorded(Paths):
    """A namespace that keeps each step under its name, in order."""

    def __init__(self, given: Mapping[str, Traced]) -> None:
        self.__dict__.update(given)
        self.__dict__["_steps"] = {}

    def __setattr__(self, name: str, value: Any) -> None:
        made = _traced(value)
        self.__dict__["_steps"][name] = Step(
            name, made.text, made.value, made.dimension, made.powers, made.mixed
        )
        self.__dict__[name] = replace(made, text=name, level=_ATOM)


def trace(model: Model, values: Mapping[str, float], time: float) -> Mapping[str, Step]:
    """Every step of a model for one set of inputs, in order, by name.

    Args:
        model: whose formulas are run.
        values: every input, in base units.
        time: seconds since the start.

    Raises:
        UnitError: a formula mixes up units, or an output has not the dimension that it states.
    """
    given = {
        name: Traced(
            values[name], parse(unit).dimension, name, powers=MappingProxyType({name: 1.0})
        )
        for name, unit in model.inputs.items()
    }
    for name, (number, text) in model.constants.items():
        unit = parse(text)
        given[name] = Traced(number * unit.scale, unit.dimension, name)
    given["time"] = Traced(time, parse("second").dimension, "time")
    x = _Recorded(given)
    model.fixed(x)
    model.at(x)
    steps: dict[str, Step] = x.__dict__["_steps"]
    if (grown := model.overtaking) is not None:
        # A second of the rate stands for its integral: the unit and the factors are the same.
        total = getattr(x, grown.rate) * Traced(1.0, parse("second").dimension, "seconds")
        setattr(x, grown.output, total / getattr(x, grown.amount))
    for name, output in model.outputs.items():
        if steps[name].dimension != parse(output.unit).dimension:
            has = steps[name].dimension
            raise UnitError(f"{model.engine}: {name} is in {has}; it says {output.unit}")
    return MappingProxyType(steps)


@dataclass(frozen=True)
class Structure:
    """What one pass finds of a model, whatever its inputs are."""

    steps: Mapping[str, Step]
    model_hash: str
    """SHA-256 of all formulas and constants with their units: another hash, another model."""


@cache
def structure(model: Model) -> Structure:
    """The structure of a model; its units are proven on the way.

    Raises:
        UnitError: as ``trace``.
    """
    steps = trace(model, dict.fromkeys(model.inputs, 1.5), parse("year").scale)
    lines = [f"{step.name} = {step.formula} [{step.dimension}]" for step in steps.values()]
    numbers = [f"{name}: {number!r} {unit}" for name, (number, unit) in model.constants.items()]
    text = "\n".join([model.engine, *numbers, *lines, repr(model.overtaking)])
    return Structure(steps, hashlib.sha256(text.encode()).hexdigest())
