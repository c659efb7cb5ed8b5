"""A scenario with some of its inputs replaced, evaluated on the same draws as before."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from types import MappingProxyType

from pipeline.estimate.distribution import Point
from pipeline.estimate.scenario import Input, Scenario
from pipeline.estimate.simulation import simulate
from pipeline.estimate.summary import Summary


def varied(scenario: Scenario, inputs: Mapping[str, Input]) -> Scenario:
    """A scenario with other inputs under the same names.

    A correlation goes where one of its two inputs becomes certain. The text and the hash stay
    those of the scenario that it is made from, so that it is for computing alone.
    """
    merged = MappingProxyType({**scenario.inputs, **inputs})
    kept = tuple(
        one
        for one in scenario.correlations
        if not any(merged[name].distribution.is_certain for name in one.between)
    )
    return replace(scenario, inputs=merged, correlations=kept)


def pinned(given: Input, value: float) -> Input:
    """An input that is one number, in its own unit."""
    return replace(given, dist="point", distribution=Point(value), params=f"value {value:.10g}")


def summary(scenario: Scenario, start: date, output: str, month: int) -> Summary:
    """One output in one month, on the draws that the scenario begins with and no more.

    Variants are compared on common random numbers: more draws for one than for another would
    show as a difference between them.

    Raises:
        ScenarioError: inputs lead to a value that is negative or not finite.
    """
    fixed = replace(scenario, tolerance=math.inf)
    (found,) = simulate(fixed, start, months=[month], outputs=[output]).rows.values()
    return found
