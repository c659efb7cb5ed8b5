"""What a user asks of a scenario, found in it or refused with the nearest name."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from pipeline.errors import ScenarioError
from pipeline.estimate.scenario import Scenario
from pipeline.estimate.scenario_file import nearest

Month = int | date
"""Months after a scenario's start, or any day of the calendar month that is meant."""

OUTPUT = "gpus_peak"
"""The output that every engine has, and that is meant where none is named."""


def output(scenario: Scenario, name: str) -> str:
    """The name of an output.

    Raises:
        ScenarioError: the engine has none of that name.
    """
    if name not in scenario.model.outputs:
        found = nearest(name, scenario.model.outputs)
        raise ScenarioError(f"the engine {scenario.engine} has no output {name!r}; {found}")
    return name


def input_name(scenario: Scenario, name: str) -> str:
    """The name of an input.

    Raises:
        ScenarioError: the engine has none of that name.
    """
    if name not in scenario.inputs:
        found = nearest(name, scenario.inputs)
        raise ScenarioError(f"the engine {scenario.engine} has no input {name!r}; {found}")
    return name


def month(scenario: Scenario, start: date, asked: Month) -> int:
    """Months after the start.

    Args:
        scenario: whose months are meant.
        start: the day that a scenario starts on which has no start of its own.
        asked: the month.

    Raises:
        ScenarioError: the scenario does not reach there.
    """
    first = scenario.start or start
    if isinstance(asked, int):
        index, shown = asked, str(asked)
    else:
        index = (asked.year - first.year) * 12 + asked.month - first.month
        shown = f"{asked:%Y-%m}"
    if not 0 <= index <= scenario.months:
        reach = f"0 to {scenario.months}, counted from {first:%Y-%m}"
        raise ScenarioError(f"scenario {scenario.id} has no month {shown}; it has {reach}")
    return index


def month_of(
    scenario: Scenario, start: date, name: str, asked: Month | None, default: int
) -> int | None:
    """The month of an output: the one asked for, else the default, or the last if that is sooner.

    None for an output of training or breakeven, which is the same in all months.

    Raises:
        ScenarioError: such an output is asked for in a month, or the scenario does not reach there.
    """
    if scenario.model.outputs[name].table != "demand_month":
        if asked is not None:
            raise ScenarioError(f"{name} is the same in all months; leave the month out")
        return None
    return min(default, scenario.months) if asked is None else month(scenario, start, asked)


def shown_months(scenario: Scenario, start: date, asked: Sequence[Month]) -> list[int]:
    """The months to show: those asked for, else now and then over the whole scenario.

    Raises:
        ScenarioError: the scenario does not reach to one of them.
    """
    if asked:
        return sorted({month(scenario, start, one) for one in asked})
    return sorted({min(index, scenario.months) for index in (0, 24, 48)})
