"""Two scenarios side by side: which inputs differ, and how much of the difference each explains."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache

from pipeline.errors import ScenarioError
from pipeline.estimate import asked, variant
from pipeline.estimate.scenario import Input, Scenario
from pipeline.estimate.tracing import structure
from pipeline.estimate.units import with_unit

MOST_EXACT = 8
"""Up to so many switches all their combinations are evaluated: 2^8 medians."""

_MONTH = 24

CORRELATIONS = "[[correlations]]"
"""Name of the switch that takes over the correlations of the other scenario."""

Value = Callable[[frozenset[str]], float]
"""The logarithm of the median with a set of switches thrown."""


@dataclass(frozen=True)
class Difference:
    """Something in which two scenarios differ."""

    name: str
    """Of the input, or of a table of the file."""
    first: str
    """As the first scenario has it."""
    second: str
    share: float | None
    """What it adds to ln(second median / first median); None for what is not evaluated."""


@dataclass(frozen=True)
class Comparison:
    """Two scenarios, by the median of one output in one month."""

    output: str
    unit: str
    month: int | None
    """After the start; None for an output that is the same in all."""
    first: float
    """Median, in the unit."""
    second: float
    differences: tuple[Difference, ...]
    """The greatest effect first; the shares sum to the logarithm of the ratio."""
    is_exact: bool
    """Whether shares are Shapley values, or the mean of switching forward and backward."""

    @property
    def log_ratio(self) -> float:
        """ln(second / first)."""
        return math.log(self.second / self.first)


def compare(
    a: Scenario, b: Scenario, start: date, output: str, when: asked.Month | None = None
) -> Comparison:
    """Lead the ratio of two medians back to the inputs that differ.

    Each input is a switch from the first scenario's to the second's; all combinations have
    the first one's seed, draws and start. A switch's share is its Shapley value, the mean over all
    orders of what throwing it changes (Shapley 1953); for more than ``MOST_EXACT`` switches the
    mean over two orders, the model's own and its reverse. Correlations are one more switch.

    Args:
        a: the scenario that is switched from.
        b: the one that is switched to.
        start: the day that a scenario starts on which has no start of its own.
        output: of both.
        when: the month; without, the 24th, or the last one if there are fewer.

    Raises:
        ScenarioError: the engines differ, there is no such output or month, the month is another
            one in each, a median is 0, or inputs lead to a value that is negative or not finite.
    """
    if a.engine != b.engine:
        raise ScenarioError(
            f"{a.id} has the engine {a.engine}, {b.id} {b.engine}: their inputs are not the "
            "same; compare scenarios of one engine"
        )
    month = _month(a, b, start, asked.output(a, output), when)
    step = structure(a.model).steps[output]
    used = step.mixed | step.powers.keys()
    changed = [name for name in a.inputs if _law(a.inputs[name]) != _law(b.inputs[name])]
    switches = [name for name in changed if name in used]
    if _correlated(a) != _correlated(b):
        switches.append(CORRELATIONS)

    @cache
    def value(thrown: frozenset[str]) -> float:
        inputs = {name: b.inputs[name] for name in thrown if name != CORRELATIONS}
        base = replace(a, correlations=b.correlations) if CORRELATIONS in thrown else a
        median = variant.summary(variant.varied(base, inputs), start, output, month or 0)["p50"]
        if not median:
            raise ScenarioError(f"the median of {output} is 0; there is no ratio to explain")
        return math.log(median)

    is_exact = len(switches) <= MOST_EXACT
    shares = shapley(switches, value) if is_exact else there_and_back(switches, value)
    shares |= {name: 0.0 for name in changed if name not in used}
    differences = [
        Difference(
            name,
            _correlations(a) if name == CORRELATIONS else _shown(a.inputs[name]),
            _correlations(b) if name == CORRELATIONS else _shown(b.inputs[name]),
            share,
        )
        for name, share in sorted(shares.items(), key=lambda item: -abs(item[1]))
    ]
    return Comparison(
        output,
        a.model.outputs[output].unit,
        month,
        math.exp(value(frozenset())),
        math.exp(value(frozenset(switches))),
        (*differences, *_others(a, b)),
        is_exact,
    )


def _month(
    a: Scenario, b: Scenario, start: date, output: str, when: asked.Month | None
) -> int | None:
    default = min(_MONTH, a.months, b.months)
    first, second = (asked.month_of(one, start, output, when, default) for one in (a, b))
    if first != second:
        raise ScenarioError(
            f"that month is number {first} of {a.id} and {second} of {b.id}; give the number of "
            "months after their starts"
        )
    return first


def shapley(switches: Sequence[str], value: Value) -> dict[str, float]:
    """The mean over all orders of what each switch adds; they sum to what all add together."""
    count = len(switches)
    weights = [1 / (count * math.comb(count - 1, size)) for size in range(count)]
    subsets = [
        frozenset(name for bit, name in enumerate(switches) if number >> bit & 1)
        for number in range(1 << count)
    ]
    return {
        name: math.fsum(
            weights[len(others)] * (value(others | {name}) - value(others))
            for others in subsets
            if name not in others
        )
        for name in switches
    }


def there_and_back(switches: Sequence[str], value: Value) -> dict[str, float]:
    """The mean of what each switch adds when it is thrown in this order and in the reverse."""
    found = dict.fromkeys(switches, 0.0)
    for order in (switches, switches[::-1]):
        for number, name in enumerate(order):
            thrown = frozenset(order[:number])
            found[name] += (value(thrown | {name}) - value(thrown)) / 2
    return found


def _law(given: Input) -> tuple[object, ...]:
    """All of an input that its values depend on."""
    return given.distribution, given.scale


def _shown(given: Input) -> str:
    return f"{given.dist} {with_unit(given.params, given.unit)}"


def _correlated(scenario: Scenario) -> set[tuple[frozenset[str], float]]:
    return {(frozenset(one.between), one.spearman) for one in scenario.correlations}


def _correlations(scenario: Scenario) -> str:
    pairs = (f"{' with '.join(one.between)} {one.spearman:g}" for one in scenario.correlations)
    return "; ".join(pairs) or "none"


def _others(a: Scenario, b: Scenario) -> list[Difference]:
    """What else differs, and takes no part in the values."""
    tables: dict[str, Callable[[Scenario], str]] = {
        "[gpu]": lambda one: f"{one.gpu.name}, {one.gpu.memory_gb:g} GB" if one.gpu else "none",
        "scenario.start": lambda one: str(one.start or "report"),
        "scenario.months": lambda one: str(one.months),
        "run.seed": lambda one: str(one.seed),
        "run.draws": lambda one: str(one.draws),
    }
    return [
        Difference(name, shown(a), shown(b), None)
        for name, shown in tables.items()
        if shown(a) != shown(b)
    ]
