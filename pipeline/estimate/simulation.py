"""A scenario's outputs, month by month, as quantiles with standard errors.

Inputs are drawn once per path and kept for all months: drawing them anew each month would average
the uncertainty away. Lognormal inputs that do nothing but multiply are not drawn but integrated
exactly (conditional Monte Carlo). Draws double, row by row, until the standard errors meet the
tolerance.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from pipeline.errors import ScenarioError
from pipeline.estimate.distribution import Distribution, Milestones
from pipeline.estimate.lattice import BLOCK, MOST_POINTS
from pipeline.estimate.model import Model, Paths
from pipeline.estimate.normal import FloatArray
from pipeline.estimate.parametric import Lognormal
from pipeline.estimate.paths import MONTH, constants, moment, quantile
from pipeline.estimate.sampling import REPLICATES, Group, Method, draw, groups
from pipeline.estimate.summary import Kind, OutputError, Summary, Tally, merged, summarise, tally
from pipeline.estimate.tracing import structure
from pipeline.estimate.units import parse

if TYPE_CHECKING:
    from pipeline.estimate.scenario import Scenario

MOST_DRAWS = REPLICATES * MOST_POINTS
_NARROWEST = 0.02
"""A lognormal of a smaller sd of ln is drawn: bins would have to be too fine for it."""

Row = tuple[int, str]
"""Months after the start, and the name of an output; month 0 for training and breakeven."""


@dataclass(frozen=True)
class Simulation:
    """Everything that a scenario gives."""

    rows: Mapping[Row, Summary]
    """In the order of the months, and of the model's outputs."""
    largest_error: float
    """The greatest relative standard error of P10, P50 and P90 in any row."""


def simulate(
    scenario: Scenario,
    start: date,
    *,
    months: Sequence[int] | None = None,
    outputs: Sequence[str] | None = None,
    method: Method = "lattice",
    told: Callable[[int], None] | None = None,
) -> Simulation:
    """Evaluate a scenario.

    Equal arguments give equal results, bit for bit.

    Args:
        scenario: with the draws to begin with and the tolerance to meet.
        start: the report's date, for a scenario that starts with the report.
        months: which months after the start; all of the scenario's without.
        outputs: which outputs; all of the model's without.
        method: plain Monte Carlo draws every input and integrates none.
        told: called with how many draws were made.

    Raises:
        ScenarioError: inputs lead to a value that is negative or not finite, or that spreads over
            more than numbers can hold.
    """
    plan = _Plan(scenario, scenario.start or start, outputs, method)
    wanted = sorted(set(months)) if months is not None else list(range(scenario.months + 1))
    todo = plan.rows(wanted)
    if not plan.drawn:
        return Simulation(plan.summed([plan.block(0, 0, todo)], todo), 0.0)
    replicates: list[_Tallies] = [{} for _ in range(REPLICATES)]
    n_made = n_drawn = 0
    n_blocks = 1 << (max(1, -(-scenario.draws // (REPLICATES * BLOCK))) - 1).bit_length()
    found: dict[Row, Summary] = {}
    while todo:
        # One after the other: loops over blocks that fit the cache are too short for two threads
        # to share the interpreter (measured: 3.0 s with two, 2.5 s with one).
        for number, held in enumerate(replicates):
            for block in range(n_made, n_blocks):
                for row, made in plan.block(number, block, todo).items():
                    held[row] = merged([held[row], made]) if row in held else made
                n_drawn += BLOCK
                if told is not None:
                    told(n_drawn)
        found |= plan.summed(replicates, todo)
        for month, name in todo:
            if not math.isfinite(found[month, name].largest_error):
                raise ScenarioError(
                    f"scenario {scenario.id}: {name} spreads too far to be summed up in month "
                    f"{month}; narrow the inputs that it is made of"
                )
        n_made, n_blocks = n_blocks, n_blocks * 2
        if n_blocks * BLOCK * REPLICATES > MOST_DRAWS:
            break
        todo = [row for row in todo if found[row].largest_error > scenario.tolerance]
    return Simulation(found, max(one.largest_error for one in found.values()))


class _Plan:
    """What of a scenario is known, drawn and integrated."""

    def __init__(
        self, scenario: Scenario, start: date, outputs: Sequence[str] | None, method: Method
    ) -> None:
        self.scenario, self.start, self.method = scenario, start, method
        self.model: Model = scenario.model
        self.outputs = tuple(outputs if outputs is not None else self.model.outputs)
        steps = structure(self.model).steps
        pairs = [one.between for one in scenario.correlations]
        self.groups: list[Group] = groups(pairs, [one.spearman for one in scenario.correlations])
        correlated = {name for pair in pairs for name in pair}
        mixed = frozenset().union(*(steps[name].mixed for name in self.outputs))
        used = mixed.union(*(steps[name].powers for name in self.outputs))

        self.known: dict[str, float] = {}
        self.dated: dict[str, tuple[Milestones, float]] = {}
        self.drawn: dict[str, tuple[Distribution, float]] = {}
        sds: dict[str, float] = {}
        for name, given in scenario.inputs.items():
            found, scale = given.distribution, given.scale
            if isinstance(found, Milestones):
                self.dated[name] = (found, scale)
            elif found.is_certain:
                self.known[name] = quantile(scenario, name, 0.5, start)
            elif name not in used and name not in correlated:
                self.known[name] = quantile(scenario, name, 0.5, start)  # no output asks for it
            elif (
                method == "lattice"
                and isinstance(found, Lognormal)
                and found.sigma >= _NARROWEST
                and name not in mixed
                and name not in correlated
            ):
                self.known[name] = np.float64(math.exp(found.mu) * scale)
                sds[name] = found.sigma
            else:
                self.drawn[name] = (found, scale)
        self.count = BLOCK if self.drawn else 1
        smooth = {name for name in self.drawn if not scenario.inputs[name].distribution.has_atoms}
        self.kinds = {}
        for name in self.outputs:
            step = steps[name]
            sd = math.sqrt(
                math.fsum((power * sds.get(of, 0.0)) ** 2 for of, power in step.powers.items())
            )
            is_smooth = sd or not smooth.isdisjoint(step.mixed | step.powers.keys())
            self.kinds[name] = Kind(sd, has_atoms=not is_smooth)
        self.known |= constants(self.model)

    def rows(self, months: Sequence[int]) -> list[Row]:
        """What is to be found: outputs of training and breakeven, then those of each month."""
        single = [(0, name) for name in self.outputs if not self.is_monthly(name)]
        monthly = [name for name in self.outputs if self.is_monthly(name)]
        return [*single, *((month, name) for month in months for name in monthly)]

    def summed(self, replicates: Sequence[_Tallies], rows: Sequence[Row]) -> dict[Row, Summary]:
        """Sum up all replicates."""
        with np.errstate(all="ignore"):  # what is not finite is refused by name
            return {
                row: summarise(
                    [one[row] for one in replicates],
                    self.kinds[row[1]],
                    1 / parse(self.model.outputs[row[1]].unit).scale,
                )
                for row in rows
            }

    def block(self, replicate: int, block: int, rows: Sequence[Row]) -> _Tallies:
        """Draw one block and tally the rows asked for.

        Raises:
            ScenarioError: an output is negative or not finite.
        """
        given = self.paths(replicate, block)
        x = Paths(**vars(given))
        found: _Tallies = {}
        names: dict[int, list[str]] = {}
        for month, name in rows:
            names.setdefault(month, []).append(name)
        grown = self.model.overtaking
        is_grown = grown is not None and any(name == grown.output for _, name in rows)
        rate: FloatArray | float = 0.0
        total: FloatArray | float = 0.0
        with np.errstate(all="ignore"):  # what is not finite is refused by name
            self.model.fixed(x)
            for month in range(max(names) + 1) if is_grown else names:
                if self.dated:  # where inputs follow the calendar no step is fixed
                    x = Paths(**vars(given))
                    self.go_to(x, month)
                    self.model.fixed(x)
                self.go_to(x, month)
                self.model.at(x)
                if grown is not None and is_grown:
                    now = getattr(x, grown.rate)
                    if month:
                        total = total + (rate + now) * (MONTH / 2)
                    rate = now
                    setattr(x, grown.output, total / getattr(x, grown.amount))
                if month in names:
                    self.keep(x, month, found, names[month], with_means=replicate == block == 0)
        return found

    def paths(self, replicate: int, block: int) -> Paths:
        """All inputs of one block, in base units, at the start."""
        drawn = draw(
            list(self.drawn),
            self.groups,
            seed=self.scenario.seed,
            replicate=replicate,
            block=block,
            method=self.method,
        )
        x = Paths(**self.known)
        for name, (distribution, scale) in self.drawn.items():
            setattr(x, name, distribution.values(drawn[name]) * scale)
        self.go_to(x, 0)
        return x

    def go_to(self, x: Paths, month: int) -> None:
        """Set the time, and the inputs that follow the calendar."""
        x.time = month * MONTH
        for name, (milestones, scale) in self.dated.items():
            setattr(x, name, np.float64(milestones.at(moment(self.start, month)) * scale))

    def is_monthly(self, name: str) -> bool:
        return self.model.outputs[name].table == "demand_month"

    def keep(
        self, x: Paths, month: int, found: _Tallies, names: Sequence[str], *, with_means: bool
    ) -> None:
        """Tally outputs; an array that has two names is tallied once."""
        once = list({id(getattr(x, name)): name for name in names}.values())
        values = np.empty((len(once), self.count))
        for row, name in zip(values, once, strict=True):
            np.add(getattr(x, name), 0.0, out=row)  # -0 is 0
        try:
            made = tally(values, [self.kinds[name] for name in once], with_means=with_means)
        except OutputError as error:
            raise ScenarioError(
                f"scenario {self.scenario.id}: {once[error.index]} is negative or not finite in "
                f"month {month}; narrow the inputs that it is made of"
            ) from error
        done = {id(getattr(x, name)): one for name, one in zip(once, made, strict=True)}
        for name in names:
            found[month, name] = done[id(getattr(x, name))]


_Tallies = dict[Row, Tally]
