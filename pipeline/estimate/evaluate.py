"""All scenarios and supply groups as the tables that later SQL and reports read."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta

import polars as pl

from pipeline.errors import QualityError, ScenarioError
from pipeline.estimate import chat, event_tables, fleet, supply, timed
from pipeline.estimate.checks import checked, missed
from pipeline.estimate.paths import MONTH, month_start, quantile
from pipeline.estimate.scenario import Scenario
from pipeline.estimate.sensitivity import sensitivity
from pipeline.estimate.simulation import Simulation, simulate
from pipeline.estimate.summary import PROBABILITIES
from pipeline.estimate.tables import SCHEMAS
from pipeline.estimate.tracing import structure

SENSITIVE_OUTPUTS = ("minutes_per_gpu_hour", "gpus_peak", "cost_usd_per_minute")
SENSITIVE_MONTH = 24
"""Two years on, or the last month of a scenario that ends before."""

_THREE = (0.05, 0.5, 0.95)

Rows = dict[str, list[tuple[object, ...]]]


def evaluate(
    scenarios: Sequence[Scenario],
    *,
    start: date,
    marts: Mapping[str, pl.DataFrame],
) -> dict[str, pl.DataFrame]:
    """One frame for each table in ``TABLES``: those of ``demanded`` and of ``from_marts``.

    Raises:
        ScenarioError, QualityError: as these do.
    """
    return {**demanded(scenarios, start=start), **from_marts(marts)}


def demanded(
    scenarios: Sequence[Scenario], *, start: date, told: Callable[[int], None] | None = None
) -> dict[str, pl.DataFrame]:
    """Compute every scenario; of the warehouse this needs nothing.

    Month m of a scenario is the month m months after that of its start; ``month_date`` is
    the first day of that month. A scenario that starts with the report starts on ``start``.
    Equal arguments give equal frames, bit for bit.

    Args:
        scenarios: each with its own id; rows keep their order.
        start: the report's date.
        told: called with how many scenarios are done.

    Raises:
        ScenarioError: two scenarios share an id, or inputs lead to a value that is not finite.
        QualityError: a scenario misses a figure of its own [[checks]].
    """
    ids = [scenario.id for scenario in scenarios]
    for scenario_id in sorted({name for name in ids if ids.count(name) > 1}):
        raise ScenarioError(f"scenario {scenario_id!r} is given twice; leave one out")
    rows: Rows = {name: [] for name in SCHEMAS}
    for done, scenario in enumerate(scenarios, 1):
        _one(scenario, scenario.start or start, rows)
        if told is not None:
            told(done)
    return {
        name: pl.DataFrame(rows[name], schema=dict(schema), orient="row")
        for name, schema in SCHEMAS.items()
    }


def from_marts(marts: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """Combine the supply intervals, learn from the timings, and study events.

    Args:
        marts: rows of the tables in ``READ``, by their names.

    Raises:
        QualityError: an interval has its percentiles in the wrong order.
    """
    return {
        "estimates.owner_group_quarter": supply.owner_group_quarter(marts["marts.fleet_quarter"]),
        "estimates.shipment_year": supply.shipment_year(marts["marts.shipment_quarter"]),
        "estimates.fleet_basis_quarter": fleet.fleet_basis_quarter(
            marts["marts.fleet_chip_quarter"], marts["marts.shipment_quarter"]
        ),
        "estimates.owner_year": fleet.owner_year(
            marts["marts.owner_chip_quarter"], marts["marts.owner_quarter"]
        ),
        **timed.timed(marts["marts.video_timing"], marts["marts.gpu"]),
        **chat.served(marts["marts.gpu"]),
        **event_tables.studied(marts),
    }


def _one(scenario: Scenario, start: date, rows: Rows) -> None:
    """Add the rows of one scenario."""
    found = simulate(scenario, start)
    outputs = scenario.model.outputs
    rows["estimates.scenario"].append(
        (
            scenario.id,
            scenario.title,
            scenario.engine,
            start,
            scenario.months,
            scenario.gpu.name if scenario.gpu else None,
            scenario.seed,
            max(one.draws for one in found.rows.values()),
            scenario.tolerance,
            found.largest_error,
            scenario.scenario_hash,
            structure(scenario.model).model_hash,
            scenario.text,
        )
    )
    rows["estimates.assumption"] += _assumptions(scenario, start)
    for (month, name), summary in found.rows.items():
        output = outputs[name]
        numbers = (*summary.quantiles, *summary.errors, summary.mean_ln, summary.draws)
        if output.table == "demand_month":
            day = month_start(start, month)
            row = (scenario.id, month, day, name, output.unit, *numbers)
        else:
            row = (scenario.id, output.case_id, output.quantity, output.unit, *numbers)
        rows[f"estimates.{output.table}"].append(row)
    if scenario.model.overtaking is not None:
        last = month_start(start, scenario.months)
        days = overtaken(scenario, start, found)
        rows["estimates.breakeven_date"].append((scenario.id, *days, last))
    rows["estimates.sensitivity"] += _sensitivity(scenario, start)
    of_checks = checked(scenario, start)
    if lines := missed(scenario, of_checks):
        raise QualityError("\n".join(lines))
    rows["estimates.chain_check"] += [
        (
            *(scenario.id, check.id, check.output, check.expect, computed),
            *(check.rel_tol, passed, check.source.id),
        )
        for check, computed, passed in of_checks
    ]


def _sensitivity(scenario: Scenario, start: date) -> list[tuple[object, ...]]:
    """What the outputs that decide owe to each input."""
    month = min(SENSITIVE_MONTH, scenario.months)
    outputs = [name for name in SENSITIVE_OUTPUTS if name in scenario.model.outputs]
    return [
        (
            *(scenario.id, month, one.output, scenario.model.outputs[one.output].unit, one.factor),
            *(one.first_order, one.first_order_error, one.total, one.total_error),
            *(one.shapley, one.shapley_error, one.low, one.high),
            *(one.variance_share, one.grade, one.weakness, one.evidence_value),
        )
        for one in sensitivity(scenario, start, month, outputs, replicates=2)
    ]


def overtaken(scenario: Scenario, start: date, found: Simulation) -> list[date | None]:
    """When the growing output passes 1: a day at each of ``PROBABILITIES``, None for not yet.

    On each path the output only grows, so that the p-quantile of the day is where its
    (1 - p)-quantile passes 1. Between two months the logarithm is taken to be linear.
    """
    grown = scenario.model.overtaking
    days: list[date | None] = []
    for k in range(len(PROBABILITIES)):
        series = [
            found.rows[month, grown.output].quantiles[-1 - k] if grown else 0.0
            for month in range(scenario.months + 1)
        ]
        month = next((m for m, value in enumerate(series) if value >= 1), None)
        if month is None or month == 0:
            days.append(None if month is None else start)
            continue
        before, after = series[month - 1], series[month]
        share = math.log(1 / before) / math.log(after / before) if before else 1 / after
        days.append(start + timedelta(seconds=(month - 1 + share) * MONTH))
    return days


def _assumptions(scenario: Scenario, start: date) -> list[tuple[object, ...]]:
    return [
        (
            scenario.id,
            name,
            given.dist,
            given.params,
            *_percentiles(scenario, name, start),
            given.unit,
            given.source.id,
            given.source.title,
            given.source.url,
            given.source.published,
            given.grade,
            given.note,
        )
        for name, given in scenario.inputs.items()
    ]


def _percentiles(scenario: Scenario, name: str, start: date) -> list[float]:
    """p05, p50 and p95 in the input's own unit, of one that follows the calendar at the start.

    To 12 digits of the largest, so that a bound of 0 is not shown as 1e-17.
    """
    scale = scenario.inputs[name].scale
    exact = [quantile(scenario, name, probability, start) / scale for probability in _THREE]
    largest = max(abs(value) for value in exact)
    digits = 12 - math.ceil(math.log10(largest)) if largest else 0
    return [round(value, digits) + 0.0 for value in exact]
