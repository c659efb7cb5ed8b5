"""Which inputs an output's uncertainty comes from, and where better evidence would pay most.

Everything but the tornado is about ln(output): indices of an output that spreads over factors of
10 would be ruled by its upper tail.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from pipeline.errors import ScenarioError
from pipeline.estimate import shapley, sobol
from pipeline.estimate.normal import FloatArray
from pipeline.estimate.pick_freeze import Experiment
from pipeline.estimate.units import parse

if TYPE_CHECKING:
    from pipeline.estimate.scenario import Scenario

REPLICATES = 4
"""Pairs of independently shifted lattices, a block each; their spread is the standard error."""

WEAKNESS: Mapping[str, float] = MappingProxyType(
    {"primary": 0.1, "secondary": 0.3, "derived": 0.4, "reconstructed": 0.7, "guess": 1.0}
)
"""How much of an input's uncertainty better evidence could take away, by the grade of what it
rests on. A judgement, not a measurement."""

_LEAST_SD = 1e-9
"""Of ln(output); what varies less does so by rounding."""


@dataclass(frozen=True)
class Share:
    """What one factor adds to the uncertainty of one output."""

    output: str
    factor: str
    """An input, or several that are correlated as one: ``a + b``."""
    first_order: float | None
    """The part of the variance of ln(output) that the factor makes alone; None for an input
    that is correlated with others: their factor has it."""
    first_order_error: float | None
    """Standard error over the replicates, as the other errors."""
    total: float | None
    """The part that it makes alone or together with others; None as above."""
    total_error: float | None
    shapley: float | None
    """Shapley effect of an input where any are correlated; they sum to 1."""
    shapley_error: float | None
    low: float | None
    """The output with the input at its P10 and all others at their medians, in the output's
    unit; like all that follows, None for several inputs as one."""
    high: float | None
    """The same at its P90."""
    variance_share: float | None
    """The Shapley effect, else the mean of first order and total, which is the Shapley effect of
    independent inputs that interact in pairs at most; not below 0, and of sum 1."""
    grade: str | None
    weakness: float | None
    evidence_value: float | None
    """Share of the variance x weakness of the grade: how much better evidence might take away."""


def sensitivity(
    scenario: Scenario,
    start: date,
    month: int,
    outputs: Sequence[str] | None = None,
    *,
    replicates: int = REPLICATES,
) -> list[Share]:
    """Every factor of every output, by output and then by evidence value, greatest first.

    An output that can be 0 or does not vary has no rows, nor has an input that neither touches an
    output nor is correlated with one that does.

    Args:
        scenario: whose inputs are varied.
        start: the report's date, for a scenario that starts with the report.
        month: after the start, for the outputs of demand_month; training and breakeven are
            those of the start.
        outputs: which; without, all of the model's but the one that grows from month to month
            (``Model.overtaking``), which has no sensitivity.
        replicates: pairs of blocks of 8,192 points, at least 2; each pair takes two evaluations
            of a block, and two more for each factor.

    Raises:
        ScenarioError: an output is negative or not finite, is unknown, or grows from month to
            month.
    """
    chosen = _outputs(scenario, outputs)
    experiment = Experiment(scenario, scenario.start or start, month, chosen)
    if not experiment.names:
        return []
    firsts, totals, effects, sds = [], [], [], []
    for replicate in range(replicates):
        a = experiment.points(replicate, second=False)
        b = experiment.points(replicate, second=True)
        with np.errstate(invalid="ignore", divide="ignore"):  # zeros, and what does not vary
            sds.append(a.logs.std(axis=1))
            first, total = sobol.indices(experiment, a, b)
            if experiment.groups:
                along = shapley.orders(experiment.names, scenario.seed, replicate)
                effects.append(shapley.effects(experiment, a, b, along))
        firsts.append(first)
        totals.append(total)
    found = _Found(experiment, _Index(firsts), _Index(totals), _Index(effects) if effects else None)
    varies = np.isfinite(found.total.mean).all(axis=0) & (np.mean(sds, axis=0) > _LEAST_SD)
    return [share for place in np.flatnonzero(varies) for share in found.shares(int(place))]


def _outputs(scenario: Scenario, outputs: Sequence[str] | None) -> list[str]:
    grown = scenario.model.overtaking.output if scenario.model.overtaking else None
    possible = [name for name in scenario.model.outputs if name != grown]
    for name in outputs or ():
        if name not in possible:
            reason = "has no sensitivity: it grows from month to month"
            if name != grown:
                reason = f"is no output of {scenario.engine}; it has {', '.join(possible)}"
            raise ScenarioError(f"scenario {scenario.id}: {name} {reason}")
    return possible if outputs is None else list(outputs)


_NONE: tuple[float | None, float | None] = (None, None)


class _Index:
    """An index over its replicates."""

    def __init__(self, replicates: Sequence[FloatArray]) -> None:
        self.mean: FloatArray = np.mean(replicates, axis=0)
        with np.errstate(invalid="ignore"):
            spread = np.std(replicates, axis=0, ddof=1)
        self.error: FloatArray = spread / math.sqrt(len(replicates))

    def at(self, row: int, place: int) -> tuple[float, float]:
        return float(self.mean[row, place]), float(self.error[row, place])


class _Found:
    """Indices of all factors and outputs, to be put together output by output."""

    def __init__(
        self, experiment: Experiment, first: _Index, total: _Index, effect: _Index | None
    ) -> None:
        self.experiment = experiment
        self.first, self.total, self.effect = first, total, effect
        self.swings = _swings(experiment)

    def shares(self, place: int) -> list[Share]:
        """The rows of one output; several inputs as one come last."""
        experiment = self.experiment
        factors = [one for one in experiment.factors if place in experiment.touched(one)]
        names = [name for factor in factors for name in factor]
        parts = np.maximum([self.part(name, place) for name in names], 0.0)
        inputs = [
            self.of_input(name, place, share)
            for name, share in zip(names, (parts / parts.sum()).tolist(), strict=True)
        ]
        inputs.sort(key=lambda share: -(share.evidence_value or 0.0))
        return inputs + [self.of_group(factor, place) for factor in factors if len(factor) > 1]

    def part(self, name: str, place: int) -> float:
        """What an input adds to the variance, as ``Share.variance_share`` but with its noise."""
        if self.effect is not None:
            return self.effect.at(self.experiment.names.index(name), place)[0]
        row = self.experiment.factors.index((name,))
        return (self.first.at(row, place)[0] + self.total.at(row, place)[0]) / 2

    def of_input(self, name: str, place: int, variance_share: float) -> Share:
        experiment = self.experiment
        first = total = effect = _NONE
        if (name,) in experiment.factors:
            row = experiment.factors.index((name,))
            first, total = self.first.at(row, place), self.total.at(row, place)
        row = experiment.names.index(name)
        if self.effect is not None:
            effect = self.effect.at(row, place)
        low, high = self.swings[place, row]
        grade = experiment.scenario.inputs[name].grade
        return Share(
            *(experiment.outputs[place], name, *first, *total, *effect, float(low), float(high)),
            variance_share=variance_share,
            grade=grade,
            weakness=WEAKNESS[grade],
            evidence_value=variance_share * WEAKNESS[grade],
        )

    def of_group(self, factor: tuple[str, ...], place: int) -> Share:
        row = self.experiment.factors.index(factor)
        first, total = self.first.at(row, place), self.total.at(row, place)
        return Share(
            *(self.experiment.outputs[place], " + ".join(factor), *first, *total),
            *[None] * 8,
        )


def _swings(experiment: Experiment) -> FloatArray:
    """The tornado: shape (outputs, names, 2), P10 and P90 of each input, in the outputs' units.

    All in one evaluation: two columns for each input.
    """
    names, outputs = experiment.names, experiment.outputs
    columns = {}
    for row, name in enumerate(names):
        column = np.full(2 * len(names), experiment.quantile(name, 0.5))
        column[2 * row : 2 * row + 2] = [experiment.quantile(name, p) for p in (0.1, 0.9)]
        columns[name] = column
    found = experiment.run(columns, range(len(outputs)), 2 * len(names))
    scales = [parse(experiment.scenario.model.outputs[name].unit).scale for name in outputs]
    swings: FloatArray = found / np.array(scales)[:, None]
    return swings.reshape(len(outputs), len(names), 2)
