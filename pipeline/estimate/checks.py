"""The figures that a scenario must give."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from pipeline.estimate.scenario import Check, Scenario
from pipeline.estimate.simulation import simulate


class Checked(NamedTuple):
    """A figure that a scenario must give, and what it gave."""

    check: Check
    computed: float
    """The median in month 0, in the output's unit."""
    passed: bool


def checked(scenario: Scenario, start: date) -> list[Checked]:
    """Compare each of a scenario's checks with the median of its output in month 0.

    Args:
        scenario: whose checks they are.
        start: the day that a scenario starts on which has no start of its own.

    Raises:
        ScenarioError: inputs lead to a value that is negative or not finite.
    """
    if not scenario.checks:
        return []
    outputs = sorted({check.output for check in scenario.checks})
    rows = simulate(scenario, start, months=[0], outputs=outputs).rows
    found: list[Checked] = []
    for check in scenario.checks:
        computed = rows[0, check.output]["p50"]
        passed = abs(computed - check.expect) <= check.rel_tol * abs(check.expect)
        found.append(Checked(check, computed, passed))
    return found


def missed(scenario: Scenario, found: list[Checked]) -> list[str]:
    """One line for each check that was missed."""
    return [
        f"scenario {scenario.id}: check {check.id}: {check.output} should be {check.expect:.10g} "
        f"within {check.rel_tol:g} relative, is {computed:.10g}"
        for check, computed, passed in found
        if not passed
    ]
