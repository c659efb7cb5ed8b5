"""How an output comes about: every step from the inputs to it, with values and sources."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np

from pipeline.errors import ScenarioError
from pipeline.estimate import asked, paths
from pipeline.estimate.model import Overtaking
from pipeline.estimate.scenario import Input, Scenario
from pipeline.estimate.sensitivity import Share, sensitivity
from pipeline.estimate.simulation import simulate
from pipeline.estimate.summary import Summary
from pipeline.estimate.tracing import Step, trace
from pipeline.estimate.units import parse

_NAME = re.compile(r"[A-Za-z_]\w*")


@dataclass(frozen=True)
class Line:
    """One number of the reckoning."""

    name: str
    formula: str
    """Empty for a constant and for the time."""
    value: float
    """In the unit."""
    unit: str


@dataclass(frozen=True)
class Assumed:
    """An input that the output rests on."""

    given: Input
    value: float
    """Its median, or its value in that month; in its own unit."""


@dataclass(frozen=True)
class Explanation:
    """How one output of one month comes about."""

    output: str
    unit: str
    month: int | None
    """After the start; None for an output that is the same in all."""
    inputs: tuple[Assumed, ...]
    """Those that the output depends on, in the order of the model."""
    constants: tuple[Line, ...]
    """The model's own numbers, and the time since the start."""
    steps: tuple[Line, ...]
    """In the order of the model; the last one is the output."""
    summary: Summary
    """Quantiles of the output."""
    shares: tuple[Share, ...]
    """What its uncertainty comes from, what better evidence would narrow most first; none of an
    output that grows from month to month or does not vary."""

    @property
    def at_medians(self) -> float:
        """The output with every input at its median, in its unit."""
        return self.steps[-1].value


def explain(scenario: Scenario, start: date, output: str, when: asked.Month | None) -> Explanation:
    """Trace one output at the medians of all inputs.

    Args:
        scenario: that is explained.
        start: the day that a scenario starts on which has no start of its own.
        output: one of the model's.
        when: the month; the first one without.

    Raises:
        ScenarioError: there is no such output or month, or inputs lead to a value that is
            negative or not finite, or to a division by 0 at their medians.
    """
    model = scenario.model
    asked.output(scenario, output)
    month = asked.month_of(scenario, start, output, when, 0)
    after = month or 0
    first = scenario.start or start
    day = paths.moment(first, after)
    values = paths.medians(scenario, day)
    time = after * paths.MONTH
    found = simulate(scenario, start, months=[after], outputs=[output])
    try:
        with np.errstate(all="ignore"):
            traced = trace(model, values, time)
    except ArithmeticError as error:
        reason = f"a step cannot be computed at the medians of the inputs ({error})"
        raise ScenarioError(f"scenario {scenario.id}: {reason}") from error
    steps, leaves = _used(traced, output)
    lines = [_line(scenario, step) for step in steps]
    shares: list[Share] = []
    if (grown := model.overtaking) is not None and output == grown.output:
        lines[-1] = _overtaking(scenario, grown, first, after)
    else:
        shares = sensitivity(scenario, start, after, [output], replicates=2)
    constants = [
        Line(name, "", number, unit)
        for name, (number, unit) in {**model.constants, "time": (time, "second")}.items()
        if name in leaves
    ]
    return Explanation(
        output,
        model.outputs[output].unit,
        month,
        tuple(
            Assumed(given, values[name] / given.scale)
            for name, given in scenario.inputs.items()
            if name in leaves
        ),
        tuple(constants),
        tuple(lines),
        next(iter(found.rows.values())),
        tuple(shares),
    )


def _used(steps: Mapping[str, Step], output: str) -> tuple[list[Step], set[str]]:
    """The steps that an output depends on, in order, and what else their formulas name.

    A step may have the name of an input: before it the name is the input, after it the step.
    """
    order = {name: number for number, name in enumerate(steps)}
    used, leaves = {output}, set[str]()
    todo = [output]
    while todo:
        at = todo.pop()
        for name in _NAME.findall(steps[at].formula):
            if order.get(name, len(order)) >= order[at]:
                leaves.add(name)
            elif name not in used:
                used.add(name)
                todo.append(name)
    return [step for name, step in steps.items() if name in used], leaves


def _line(scenario: Scenario, step: Step) -> Line:
    """A step, outputs in the unit that they are shown in."""
    output = scenario.model.outputs.get(step.name)
    if output is None:
        return Line(step.name, step.formula, step.value, str(step.dimension))
    return Line(step.name, step.formula, step.value / parse(output.unit).scale, output.unit)


def _overtaking(scenario: Scenario, grown: Overtaking, first: date, month: int) -> Line:
    """What grows from month to month: by trapezoids, as it is simulated."""
    model = scenario.model
    days = [paths.moment(first, number) for number in range(month + 1)]
    rates = [
        getattr(paths.run(model, paths.medians(scenario, day), number), grown.rate)
        for number, day in enumerate(days)
    ]
    total = (sum(rates) - (rates[0] + rates[-1]) / 2) * paths.MONTH
    amount = paths.medians(scenario, days[-1])[grown.amount]
    unit = model.outputs[grown.output].unit
    formula = f"({grown.rate} summed over the months so far) / {grown.amount}"
    return Line(grown.output, formula, float(total / amount / parse(unit).scale), unit)
