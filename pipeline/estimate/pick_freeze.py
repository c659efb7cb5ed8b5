"""A scenario's model on columns of its uncertain inputs, to be picked from two sets of draws.

Indices of sensitivity compare paths that share some inputs and differ in the others. Two
independent sets of all inputs are made once; each further evaluation takes some columns from
the one and the rest from the other, so nothing is drawn or transformed again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import ScenarioError
from pipeline.estimate import paths
from pipeline.estimate.distribution import Milestones
from pipeline.estimate.lattice import BLOCK
from pipeline.estimate.model import Paths
from pipeline.estimate.normal import LIMIT, FloatArray
from pipeline.estimate.sampling import correlate, groups, shifted
from pipeline.estimate.tracing import structure

if TYPE_CHECKING:
    from pipeline.estimate.scenario import Input, Scenario

Columns = Mapping[str, FloatArray]
"""Uncertain inputs by name, in base units, all of one shape."""


@dataclass(frozen=True)
class Points:
    """One set of draws of all uncertain inputs."""

    scores: Columns
    """Normal scores, correlated, shape (BLOCK,) each."""
    columns: Columns
    logs: FloatArray
    """ln of the outputs, shape (outputs, BLOCK)."""


class Experiment:
    """Some outputs of a scenario in one month, as a function of the inputs that matter to them.

    Inputs that are certain, follow the calendar or touch no output are left out; one that is
    correlated with an input that matters stays.
    """

    def __init__(self, scenario: Scenario, start: date, month: int, outputs: Sequence[str]) -> None:
        self.scenario, self.start, self.month = scenario, start, month
        self.outputs = tuple(outputs)
        paths.keep_memory()
        steps = structure(scenario.model).steps
        using = [steps[name].mixed | steps[name].powers.keys() for name in outputs]
        self.uses: dict[str, NDArray[np.bool_]] = {
            name: np.array([name in one for one in using]) for name in scenario.inputs
        }
        """Which outputs an input touches."""
        correlations = scenario.correlations
        together = groups([c.between for c in correlations], [c.spearman for c in correlations])
        self.groups = [group for group in together if self.touched(group.names).size]
        grouped = {name: group.names for group in self.groups for name in group.names}
        self.names = tuple(
            name
            for name, given in scenario.inputs.items()
            if name in grouped or (self.uses[name].any() and _varies(given))
        )
        """Of the uncertain inputs, in the scenario's order."""
        self.factors = tuple(dict.fromkeys(grouped.get(name, (name,)) for name in self.names))
        """The same; inputs that are correlated are one factor."""
        self.known = paths.constants(scenario.model)
        first, now = (paths.moment(start, months) for months in (0, month))
        self.at_start: dict[str, float] = {}
        """Inputs that follow the calendar, for training and break-even."""
        for name, given in scenario.inputs.items():
            if name not in self.names:
                self.known[name] = self.quantile(name, 0.5, now)
                if isinstance(given.distribution, Milestones):
                    self.at_start[name] = self.quantile(name, 0.5, first)

    def quantile(self, name: str, probability: float, day: date | None = None) -> float:
        """A quantile of one input, in base units."""
        return paths.quantile(self.scenario, name, probability, day or self.start)

    def touched(self, names: Iterable[str]) -> NDArray[np.intp]:
        """The places of the outputs that any of the inputs touches."""
        return np.flatnonzero(np.any([self.uses[name] for name in names], axis=0))

    def points(self, replicate: int, *, second: bool) -> Points:
        """The first or the second set of draws of one replicate; the two are independent."""
        scores = {
            name: shifted(name, self.scenario.seed, replicate, 0, second=second)
            for name in self.names
        }
        correlate(scores, self.groups)
        with np.errstate(all="ignore"):
            columns = {name: self.values(name, found) for name, found in scores.items()}
        return Points(scores, columns, self.logs(columns, range(len(self.outputs))))

    def values(self, name: str, scores: FloatArray) -> FloatArray:
        """An input at normal scores, in base units."""
        given = self.scenario.inputs[name]
        return given.distribution.values(scores) * given.scale

    def logs(self, columns: Columns, places: Sequence[int] | NDArray[np.intp]) -> FloatArray:
        """The natural logarithm of the outputs at these places, shape (places, BLOCK).

        Raises:
            ScenarioError: an output is negative or not finite.
        """
        found = self.run(columns, places, BLOCK)
        if found.size and not (found.min() >= 0 and found.max() < np.inf):
            is_bad = ~((found >= 0) & (found < np.inf)).all(axis=1)
            name = self.outputs[places[int(np.argmax(is_bad))]]
            raise ScenarioError(
                f"scenario {self.scenario.id}: {name} is negative or not finite in month "
                f"{self.month}; narrow the inputs that it is made of"
            )
        with np.errstate(divide="ignore"):  # who reads it leaves out an output that can be 0
            return np.log(found, out=found)

    def run(
        self, columns: Columns, places: Sequence[int] | NDArray[np.intp], count: int
    ) -> FloatArray:
        """The outputs at these places in base units, shape (places, count)."""
        model = self.scenario.model
        x = Paths(**self.known, **columns, time=self.month * paths.MONTH)
        start = x
        found = np.empty((len(places), count))
        with np.errstate(all="ignore"):  # what is not finite is refused by name
            model.fixed(x)
            model.at(x)
            if self.at_start:
                start = Paths(**{**self.known, **self.at_start}, **columns, time=0.0)
                model.fixed(start)
        for row, place in zip(found, places, strict=True):
            name = self.outputs[place]
            row[:] = getattr(x if model.outputs[name].table == "demand_month" else start, name)
        return found


def _varies(given: Input) -> bool:
    """Whether draws of an input differ."""
    if given.distribution.is_certain or isinstance(given.distribution, Milestones):
        return False
    low, high = given.distribution.values(np.array([-LIMIT, LIMIT]))
    return bool(low < high)
