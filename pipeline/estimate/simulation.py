"""A scenario's outputs, month by month, as quantiles with standard errors.

Inputs are drawn once per path and kept for all months: drawing them anew each month would average
the uncertainty away. Lognormal inputs that do nothing but multiply are not drawn but integrated
exactly (conditional Monte Carlo). Draws double until the standard errors meet the tolerance.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from pipeline.errors import ScenarioError
from pipeline.estimate.distribution import Lognormal, Milestones
from pipeline.estimate.lattice import MOST_POINTS
from pipeline.estimate.model import Model, Paths
from pipeline.estimate.normal import FloatArray
from pipeline.estimate.sampling import REPLICATES, Group, Method, draw, groups
from pipeline.estimate.summary import Summary, Tally, summarise, tally
from pipeline.estimate.tracing import structure
from pipeline.estimate.units import YEAR, parse

if TYPE_CHECKING:
    from pipeline.estimate.scenario import Scenario

MONTH = YEAR / 12
MOST_DRAWS = REPLICATES * MOST_POINTS // 8
"""2^20: eight replicates of 131,072 points."""

# numpy leaves the interpreter in its loops, so that replicates run side by side.
_THREADS = 2
_NARROWEST = 0.02
"""A lognormal of a smaller sd of ln is drawn: bins would have to be too fine for it."""

Monthly = Mapping[str, Summary]


@dataclass(frozen=True)
class Simulation:
    """Everything that a scenario gives."""

    months: Mapping[int, Monthly]
    """Outputs of demand_month, by months after the start."""
    single: Mapping[str, Summary]
    """Outputs of training and breakeven."""
    draws: int
    largest_error: float
    """The greatest relative standard error of P10, P50 and P90 over all outputs and months."""


def month_start(start: date, months: int) -> date:
    """The first day of the month that lies a number of months after a day's own."""
    years, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return date(years, month + 1, 1)


def simulate(
    scenario: Scenario,
    start: date,
    *,
    months: Sequence[int] | None = None,
    outputs: Sequence[str] | None = None,
    method: Method = "lattice",
    threads: int = _THREADS,
) -> Simulation:
    """Evaluate a scenario.

    Equal arguments give equal results, bit for bit, with any number of threads.

    Args:
        scenario: with the draws to begin with and the tolerance to meet.
        start: the report's date, for a scenario that starts with the report.
        months: which months after the start; all of the scenario's without.
        outputs: which outputs; all of the model's without.
        method: plain Monte Carlo draws every input and integrates none.
        threads: replicates at a time.

    Raises:
        ScenarioError: inputs lead to a value that is negative or not finite.
    """
    plan = _Plan(scenario, scenario.start or start, outputs, method)
    wanted = sorted(set(months)) if months is not None else list(range(scenario.months + 1))
    count = max(1, scenario.draws // REPLICATES) if plan.drawn else 1
    count = 1 << (count - 1).bit_length()
    most = MOST_DRAWS // REPLICATES
    with ThreadPoolExecutor(threads) as pool:
        # A few months tell how many draws all of them need, for a part of the price.
        pilot = sorted({wanted[0], wanted[len(wanted) // 2], wanted[-1]}) if wanted else []
        for asked in (pilot, wanted) if len(wanted) > len(pilot) else (wanted,):
            found = plan.run(asked, count, pool)
            while found.largest_error > scenario.tolerance and plan.drawn and count < most:
                count *= 2
                found = plan.run(asked, count, pool)
    return found


class _Plan:
    """What of a scenario is known, drawn and integrated."""

    def __init__(
        self, scenario: Scenario, start: date, outputs: Sequence[str] | None, method: Method
    ) -> None:
        self.scenario, self.start, self.method = scenario, start, method
        self.model: Model = scenario.model
        self.outputs = tuple(outputs if outputs is not None else self.model.outputs)
        steps = structure(self.model).steps
        pairs = {one.between: one.spearman for one in scenario.correlations}
        self.groups: list[Group] = groups(pairs)
        correlated = {name for pair in pairs for name in pair}
        mixed = frozenset().union(*(steps[name].mixed for name in self.outputs))
        used = mixed.union(*(steps[name].powers for name in self.outputs))

        self.known: dict[str, float] = {}
        self.dated: dict[str, Callable[[date], float]] = {}
        self.drawn: dict[str, Callable[[FloatArray], FloatArray]] = {}
        sds: dict[str, float] = {}
        for name, given in scenario.inputs.items():
            found, scale = given.distribution, given.scale
            if isinstance(found, Milestones):
                self.dated[name] = lambda day, of=found, scale=scale: of.at(day) * scale
            elif found.is_certain:
                self.known[name] = found.quantile(0.5) * scale
            elif name not in used and name not in correlated:
                self.known[name] = found.quantile(0.5) * scale  # no output asks for it
            elif (
                method == "lattice"
                and isinstance(found, Lognormal)
                and found.sigma >= _NARROWEST
                and name not in mixed
                and name not in correlated
            ):
                self.known[name] = math.exp(found.mu) * scale
                sds[name] = found.sigma
            else:
                self.drawn[name] = lambda z, of=found, scale=scale: of.values(z) * scale
        self.sds = {
            name: math.sqrt(
                math.fsum((power * sds.get(of, 0.0)) ** 2 for of, power in steps[name].powers.items())
            )
            for name in self.outputs
        }
        for name, (number, unit) in self.model.constants.items():
            self.known[name] = number * parse(unit).scale

    def run(self, months: Sequence[int], count: int, pool: ThreadPoolExecutor) -> Simulation:
        """Evaluate with so many draws a replicate."""
        replicates = REPLICATES if self.drawn else 1

        def one(number: int) -> _Tallies:
            return self.replicate(number, count, months)

        with np.errstate(all="ignore"):  # what is not finite is refused by name
            parts = list(pool.map(one, range(replicates)))
        by_month: dict[int, dict[str, Summary]] = {}
        single: dict[str, Summary] = {}
        for month, name in parts[0]:
            output = self.model.outputs[name]
            made = summarise(
                [part[month, name] for part in parts],
                self.sds[name],
                1 / parse(output.unit).scale,
            )
            if output.table == "demand_month":
                by_month.setdefault(month, {})[name] = made
            else:
                single[name] = made
        summaries = [*single.values(), *(s for found in by_month.values() for s in found.values())]
        largest = max((one.largest_error for one in summaries), default=0.0) if self.drawn else 0.0
        return Simulation(by_month, single, replicates * count, largest)

    def replicate(self, number: int, count: int, months: Sequence[int]) -> _Tallies:
        """Draw one replicate and tally its outputs in the months asked for."""
        x = self.paths(number, count)
        found: _Tallies = {}
        self.model.fixed(x)
        self.keep(x, 0, count, found, [n for n in self.outputs if not self.is_monthly(n)])
        monthly = [name for name in self.outputs if self.is_monthly(name)]
        grown = self.model.overtaking
        is_grown = grown is not None and grown.output in monthly
        rate: FloatArray | float = 0.0
        total: FloatArray | float = 0.0
        for month in range(months[-1] + 1) if is_grown else months:
            self.go_to(x, month)
            self.model.at(x)
            if grown is not None and is_grown:
                now = getattr(x, grown.rate)
                if month:
                    total = total + (rate + now) * (MONTH / 2)
                rate = now
                setattr(x, grown.output, total / getattr(x, grown.amount))
            if month in months:
                self.keep(x, month, count, found, monthly)
        return found

    def paths(self, number: int, count: int) -> Paths:
        """All inputs of one replicate, in base units, at the start."""
        drawn = draw(
            list(self.drawn),
            self.groups,
            seed=self.scenario.seed,
            count=count,
            number=number,
            method=self.method,
        )
        x = Paths(**self.known)
        for name, values in self.drawn.items():
            setattr(x, name, values(drawn[name]))
        self.go_to(x, 0)
        return x

    def go_to(self, x: Paths, month: int) -> None:
        """Set the time, and the inputs that follow the calendar."""
        x.time = month * MONTH
        for name, at in self.dated.items():
            setattr(x, name, at(month_start(self.start, month)))

    def is_monthly(self, name: str) -> bool:
        return self.model.outputs[name].table == "demand_month"

    def keep(
        self, x: Paths, month: int, count: int, found: _Tallies, names: Sequence[str]
    ) -> None:
        """Tally outputs; an array that has two names is tallied once.

        Raises:
            ScenarioError: an output is negative or not finite.
        """
        done: dict[int, Tally] = {}
        for name in names:
            values = getattr(x, name)
            if id(values) not in done:
                array = np.broadcast_to(np.asarray(values, dtype=float), (count,))
                if not (np.isfinite(array).all() and array.min() >= 0):
                    raise ScenarioError(
                        f"scenario {self.scenario.id}: {name} is negative or not finite in month "
                        f"{month}; narrow the inputs that it is made of"
                    )
                done[id(values)] = tally(array, self.sds[name])
            found[month, name] = done[id(values)]


_Tallies = dict[tuple[int, str], Tally]
