"""Solving backwards: which value of one input gives an output a wanted quantile."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

import numpy as np
from scipy.optimize import brentq

from pipeline.errors import ScenarioError
from pipeline.estimate import asked, variant
from pipeline.estimate.distribution import Milestones
from pipeline.estimate.parametric import LogitNormal
from pipeline.estimate.paths import moment
from pipeline.estimate.scenario import Input, Scenario
from pipeline.estimate.scenario_file import nearest
from pipeline.estimate.summary import NAMES, Summary
from pipeline.estimate.tracing import structure
from pipeline.estimate.units import with_unit

_TARGET = re.compile(
    r"\s*(?P<output>\w+)\.(?P<quantile>\w+)\s*(?:\[\s*(?P<month>[\w-]+)\s*\])?\s*=\s*(?P<value>\S+)\s*"
)
_REACH = 0.0001
"""Probability beyond the ends of the range that is looked through first."""
_PLACES = 9
"""Values of the input that are tried over that range."""
_DECADES = 3
"""How far an input of positive numbers may leave its range, either way."""
_HIT = 1e-3
"""Relative distance from the target that counts as reached; draws are binned more finely."""
_ASIDE = 1e-6
"""Relative distance from a place where the output jumps at which both its sides are shown."""
_LEAST = -745.0
"""Logarithm of the smallest number, standing for that of 0."""


@dataclass(frozen=True)
class Target:
    """What an output is to be."""

    output: str
    quantile: str
    """By its name, ``p50``."""
    month: asked.Month | None
    value: float
    """Above 0, in the output's unit."""


@dataclass(frozen=True)
class Solution:
    """An input that gives what was wanted."""

    given: Input
    """As the scenario has it."""
    value: float
    """That it must have, in its own unit."""
    percentile: float | None
    """Probability of at most that value in its own distribution; None where it has none."""
    reached: float
    """The output's quantile with that value, in its unit."""
    error: float
    """Standard error of what is reached."""
    draws: int
    month: int | None
    """After the start; None for an output that is the same in all."""
    is_closed: bool
    """Whether it follows from a closed form: the input does nothing but multiply."""


def target(text: str) -> Target:
    """Read ``gpus_peak.p50[2028-01] = 720e3``, or without a month for training and breakeven.

    Raises:
        ScenarioError: the text is something else.
    """
    match = _TARGET.fullmatch(text)
    number = _number(match["value"]) if match is not None else None
    when = _month(match["month"]) if match is not None else None
    if match is None or number is None or (match["month"] is not None and when is None):
        wanted = "'gpus_peak.p50[2028-01] = 720e3', or [24] for 24 months after the start"
        raise ScenarioError(f"--such-that {text!r}: is written like {wanted}")
    if match["quantile"] not in NAMES:
        found = nearest(match["quantile"], NAMES)
        raise ScenarioError(f"--such-that: no quantile {match['quantile']!r}; {found}")
    if not (math.isfinite(number) and number > 0):
        raise ScenarioError(f"--such-that: needs a number above 0, has {match['value']}")
    return Target(match["output"], match["quantile"], when, number)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _month(text: str | None) -> asked.Month | None:
    if text is not None and re.fullmatch(r"\d{1,4}", text, re.ASCII):
        return int(text)
    if text is not None and re.fullmatch(r"[12]\d{3}-(0[1-9]|1[0-2])", text, re.ASCII):
        return date.fromisoformat(f"{text}-01")
    return None


def solve(scenario: Scenario, start: date, name: str, wanted: Target) -> Solution:
    """Find the number that an input must be.

    All tries share their random numbers, so that the output is a smooth function of the input.
    An input that only multiplies, to the power k, must change by (wanted / found)^(1 / k); any
    other is found by Brent's method on ln(output), next to the middle of its own distribution
    where several values would do.

    Args:
        scenario: with the input.
        start: the day that a scenario starts on which has no start of its own.
        name: of the input; its distribution gives way to one number.
        wanted: what is to come out.

    Raises:
        ScenarioError: a name is not known, the output does not depend on the input, or no
            value of the input reaches what is wanted.
    """
    asked.input_name(scenario, name)
    asked.output(scenario, wanted.output)
    month = asked.month_of(scenario, start, wanted.output, wanted.month, 0)
    if month is not None and wanted.month is None:
        how = f"name one, as in {wanted.output}.p50[24]"
        raise ScenarioError(f"{wanted.output} differs from month to month; {how}")
    step = structure(scenario.model).steps[wanted.output]
    given = scenario.inputs[name]
    if name not in step.mixed | step.powers.keys():
        raise ScenarioError(f"{wanted.output} does not depend on {name}")

    def at(value: float) -> Summary:
        pinned = variant.varied(scenario, {name: variant.pinned(given, value)})
        return variant.summary(pinned, start, wanted.output, month or 0)

    search = _Search(
        given,
        wanted,
        moment(scenario.start or start, month or 0),
        lambda x: at(x)[wanted.quantile],
        is_share=name in scenario.model.shares,
    )
    power = step.powers.get(name)
    is_closed = power is not None and search.middle > 0
    value = search.closed(power) if is_closed and power is not None else search.root()
    found = at(value)
    reached = found[wanted.quantile]
    if not math.isclose(reached, wanted.value, rel_tol=_HIT):
        below, above = (at(value * side)[wanted.quantile] for side in (1 - _ASIDE, 1 + _ASIDE))
        place = with_unit(f"{value:.6g}", given.unit)
        raise ScenarioError(
            f"{search.shown} jumps over {wanted.value:g} where {name} is {place}: "
            f"from {below:.6g} to {above:.6g}"
        )
    error = found.errors[NAMES.index(wanted.quantile)]
    return Solution(
        given,
        value,
        search.percentile(value),
        reached,
        error,
        found.draws,
        month,
        is_closed,
    )


class _Search:
    """A quantile of an output as a function of one input, in their own units."""

    def __init__(
        self,
        given: Input,
        wanted: Target,
        day: date,
        quantile: Callable[[float], float],
        *,
        is_share: bool,
    ) -> None:
        self.given, self.wanted, self._quantile = given, wanted, quantile
        # In the input's own unit; a logit-normal is between 0 and 1 whatever it is of.
        is_bounded = is_share or isinstance(given.distribution, LogitNormal)
        self.most = 1 / given.scale if is_bounded else math.inf
        self._own = given.distribution
        self.shown = f"{wanted.output}.{wanted.quantile}"
        if isinstance(self._own, Milestones):
            self.middle = self.low = self.high = self._own.at(day)
        else:
            self.middle = self._own.quantile(0.5)
            self.low, self.high = self._own.quantile(_REACH), self._own.quantile(1 - _REACH)
        self._found: dict[float, float] = {}

    def closed(self, power: float) -> float:
        """Where an output that goes with a power of the input is what is wanted.

        Raises:
            ScenarioError: the output is 0, or a share would not be one.
        """
        now = self._quantile(self.middle)
        if not now:
            raise ScenarioError(f"{self.shown} is 0, whatever {self.given.name} is")
        value = float(self.middle * (self.wanted.value / now) ** (1 / power))
        if value > self.most:
            raise ScenarioError(
                f"{self.shown} cannot be {self.wanted.value:g} by {self.given.name}: it is a share "
                f"between 0 and 1, and would have to be {value:.6g}"
            )
        return value

    def root(self) -> float:
        """Where the output is what is wanted.

        Raises:
            ScenarioError: it is so nowhere; the error says between which values it stays.
        """
        if self.low == self.high:
            places = [self.middle]
        elif self.low > 0:
            places = [float(x) for x in np.geomspace(self.low, self.high, _PLACES)]
        else:
            places = [float(x) for x in np.linspace(self.low, self.high, _PLACES)]
        for _ in range(_DECADES + 1):
            bracket = self._bracket(places)
            if bracket is not None:
                return self._brent(*bracket)
            places = self._wider(places)
        tried = sorted(self._found)
        reach = sorted(self._found.values())
        last = with_unit(f"{tried[-1]:.4g}", self.given.unit)
        raise ScenarioError(
            f"{self.shown} cannot be {self.wanted.value:g} by {self.given.name}: from "
            f"{tried[0]:.4g} to {last} it stays between {reach[0]:.6g} and {reach[-1]:.6g}"
        )

    def percentile(self, value: float) -> float | None:
        """Where a value lies in the input's own distribution."""
        if self._own.is_certain:
            return None
        return float(self._own.cdf(np.array([value]))[0])

    def _distance(self, x: float) -> float:
        """ln(output / wanted)."""
        if x not in self._found:
            self._found[x] = self._quantile(x)
        found = self._found[x]
        return (math.log(found) if found > 0 else _LEAST) - math.log(self.wanted.value)

    def _bracket(self, places: list[float]) -> tuple[float, float] | None:
        """The neighbours around what is wanted that are next to the middle."""
        distances = [self._distance(place) for place in places]
        around = [
            pair
            for pair, (low, high) in zip(pairwise(places), pairwise(distances), strict=True)
            if low * high <= 0
        ]
        return min(
            around,
            key=lambda pair: abs(pair[0] - self.middle) + abs(pair[1] - self.middle),
            default=None,
        )

    def _wider(self, places: list[float]) -> list[float]:
        """A tenth and ten times of the ends, where that stays in what the input can be."""
        if places[0] <= 0:
            return places
        above = min(places[-1] * 10, self.most)
        return [places[0] / 10, *places, *([above] if above > places[-1] else [])]

    def _brent(self, low: float, high: float) -> float:
        if low <= 0:
            return float(brentq(self._distance, low, high, xtol=1e-9 * (high - low)))
        logs = math.log(low), math.log(high)
        # At the ends exp(ln x) would not be x, and the sign could be another one.
        ends = dict(zip(logs, (low, high), strict=True))
        return math.exp(
            brentq(lambda u: self._distance(ends.get(u) or math.exp(u)), *logs, xtol=1e-9)
        )
