"""All scenarios and supply groups as the tables that later SQL and reports read."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType

import numpy as np
import polars as pl

from pipeline.errors import QualityError, ScenarioError
from pipeline.estimate import fleet, supply
from pipeline.estimate.distribution import Distribution
from pipeline.estimate.normal import FloatArray
from pipeline.estimate.sampling import Summary, draw, summarise
from pipeline.estimate.scenario import Scenario

# numpy leaves the interpreter while it orders draws, so that these run side by side.
_THREADS = 2


@dataclass(frozen=True)
class Table:
    """A table made here: what one row is, its key, and the warehouse tables it comes from."""

    description: str
    grain: tuple[str, ...]
    reads: tuple[str, ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict)
    """What the glossary does not say of single columns, or says otherwise."""


TABLES: Mapping[str, Table] = MappingProxyType(
    {
        "estimates.scenario": Table(
            "Scenarios as they were evaluated: seed, draws, hash and full text. One row per "
            "scenario.",
            ("scenario_id",),
            ("marts.build",),
            {"text": "The scenario as it was evaluated, merged, as TOML."},
        ),
        "estimates.assumption": Table(
            "Every uncertain input with its distribution, source and grade. One row per scenario "
            "and input.",
            ("scenario_id", "input"),
        ),
        "estimates.demand_month": Table(
            "What each scenario demands and gives, as percentiles with the standard error of the "
            "median. One row per scenario, month and quantity.",
            ("scenario_id", "month_index", "quantity"),
            ("marts.build",),
        ),
        "estimates.training": Table(
            "What training takes. One row per scenario, case and quantity.",
            ("scenario_id", "case_id", "quantity"),
        ),
        "estimates.breakeven": Table(
            "When inference has taken as much compute as training did. One row per scenario, "
            "case and quantity.",
            ("scenario_id", "case_id", "quantity"),
        ),
        "estimates.chain_check": Table(
            "Figures that a scenario must reproduce, and what it gave. One row per scenario and "
            "check.",
            ("scenario_id", "check_id"),
        ),
        "estimates.owner_group_quarter": Table(
            "Accelerators held by groups of owners, H100-equivalents on the 8-bit basis, at rank "
            "correlation 0 and 1 as bounds. One row per group, quarter end and correlation.",
            ("owner_group", "quarter_end", "basis", "rank_correlation"),
            ("marts.fleet_quarter",),
            {
                "basis": "What is added up: h100e_8bit_epoch, H100-equivalents at 8 bits, as the "
                "publisher counts them."
            },
        ),
        "estimates.shipment_year": Table(
            "Accelerators shipped in a year, in units, at rank correlation 0 and 1 as bounds. One "
            "row per group of chips, year and correlation.",
            ("chip_group", "year", "basis", "rank_correlation"),
            ("marts.shipment_quarter",),
            {"basis": "What is added up: units, accelerators in pieces."},
        ),
        "estimates.fleet_basis_quarter": Table(
            "Nvidia fleets made of their chips, by owner, by group of owners and in all, on two "
            "bases, at rank correlation 0 and 1 of the parts as bounds; retirements are not "
            "modelled. One row per holder, quarter end, basis and correlation.",
            ("holder", "quarter_end", "basis", "rank_correlation"),
            ("marts.fleet_chip_quarter", "marts.shipment_quarter"),
            {
                "holder": "Owner, group of owners, or all: everything shipped, made of chips and "
                "quarters.",
                "basis": "What is added up: h100e_8bit_epoch, H100-equivalents at 8 bits as the "
                "publisher counts them, or h100e_bf16_dense, by dense BF16 peak.",
                "spec_coverage": "Share of the holder's H100-equivalents at 8 bits that is of "
                "chips with a figure on the basis, at the medians; the others are left out.",
            },
        ),
        "estimates.owner_year": Table(
            "Accelerators that owners bought in a calendar year, in units, at rank correlation 0 "
            "and 1 of chips and quarters as bounds; years with an unfinished quarter are left "
            "out. One row per owner, designer, family of chips, year and correlation.",
            ("owner", "designer", "chip_family", "year", "rank_correlation"),
            ("marts.owner_chip_quarter", "marts.owner_quarter"),
            {
                "chip_family": "Chips that are added up: H100/H200, or all of the designer.",
                "p05": "5th percentile; null: the edition has no intervals.",
                "p95": "95th percentile; null: the edition has no intervals.",
            },
        ),
    }
)
"""Every table made here, by name."""

SUPPLY = (
    "marts.fleet_quarter",
    "marts.fleet_chip_quarter",
    "marts.shipment_quarter",
    "marts.owner_chip_quarter",
    "marts.owner_quarter",
)
"""What supply estimates read."""

_THREE = {"p05": pl.Float64, "p50": pl.Float64, "p95": pl.Float64}
_SCHEMAS: Mapping[str, Mapping[str, type[pl.DataType]]] = {
    "estimates.scenario": {
        "scenario_id": pl.String,
        "title": pl.String,
        "engine": pl.String,
        "start_date": pl.Date,
        "months": pl.Int32,
        "seed": pl.Int64,
        "draws": pl.Int64,
        "scenario_hash": pl.String,
        "text": pl.String,
    },
    "estimates.assumption": {
        "scenario_id": pl.String,
        "input": pl.String,
        "dist": pl.String,
        "params": pl.String,
        **_THREE,
        "unit": pl.String,
        "source_id": pl.String,
        "source_title": pl.String,
        "source_url": pl.String,
        "source_date": pl.Date,
        "grade": pl.String,
        "note": pl.String,
    },
    "estimates.demand_month": {
        "scenario_id": pl.String,
        "month_index": pl.Int32,
        "month_date": pl.Date,
        "quantity": pl.String,
        "unit": pl.String,
        "p05": pl.Float64,
        "p10": pl.Float64,
        "p25": pl.Float64,
        "p50": pl.Float64,
        "p75": pl.Float64,
        "p90": pl.Float64,
        "p95": pl.Float64,
        "se_p50": pl.Float64,
    },
    "estimates.training": {
        "scenario_id": pl.String,
        "case_id": pl.String,
        "quantity": pl.String,
        "unit": pl.String,
        **_THREE,
    },
    "estimates.breakeven": {
        "scenario_id": pl.String,
        "case_id": pl.String,
        "quantity": pl.String,
        "unit": pl.String,
        **_THREE,
    },
    "estimates.chain_check": {
        "scenario_id": pl.String,
        "check_id": pl.String,
        "output": pl.String,
        "expected": pl.Float64,
        "computed": pl.Float64,
        "rel_tol": pl.Float64,
        "passed": pl.Boolean,
        "source_id": pl.String,
    },
}

Rows = dict[str, list[tuple[object, ...]]]


def evaluate(
    scenarios: Sequence[Scenario],
    *,
    start: date,
    marts: Mapping[str, pl.DataFrame],
) -> dict[str, pl.DataFrame]:
    """One frame for each table in ``TABLES``: those of ``demanded`` and those of ``supplied``.

    Raises:
        ScenarioError, QualityError: as these do.
    """
    return {**demanded(scenarios, start=start), **supplied(marts)}


def demanded(scenarios: Sequence[Scenario], *, start: date) -> dict[str, pl.DataFrame]:
    """Compute every scenario; of the warehouse this needs nothing.

    Month m of a scenario is the month m months after that of its start; ``month_date`` is
    the first day of that month. A scenario that starts with the report starts on ``start``.
    Equal arguments give equal frames, bit for bit.

    Args:
        scenarios: each with its own id; rows keep their order.
        start: the report's date.

    Raises:
        ScenarioError: two scenarios share an id, or inputs lead to a value that is not finite.
        QualityError: a scenario misses a figure of its own [[checks]].
    """
    ids = [scenario.id for scenario in scenarios]
    for scenario_id in sorted({name for name in ids if ids.count(name) > 1}):
        raise ScenarioError(f"scenario {scenario_id!r} is given twice; leave one out")
    rows: Rows = {name: [] for name in _SCHEMAS}
    for scenario in scenarios:
        _one(scenario, scenario.start or start, rows)
    _must_pass(rows["estimates.chain_check"])
    return {
        name: pl.DataFrame(rows[name], schema=dict(schema), orient="row")
        for name, schema in _SCHEMAS.items()
    }


def supplied(marts: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """Combine the supply intervals.

    Args:
        marts: rows of the tables in ``SUPPLY``, by their names.

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
    }


def month_start(start: date, months: int) -> date:
    """The first day of the month that lies a number of months after a day's own."""
    years, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return date(years, month + 1, 1)


def _one(scenario: Scenario, start: date, rows: Rows) -> None:
    """Add the rows of one scenario."""
    rows["estimates.scenario"].append(
        (
            scenario.id,
            scenario.title,
            scenario.engine,
            start,
            scenario.months,
            scenario.seed,
            scenario.draws,
            scenario.scenario_hash,
            scenario.text,
        )
    )
    rows["estimates.assumption"] += _assumptions(scenario)
    distributions = {name: given.distribution for name, given in scenario.inputs.items()}
    first: dict[str, Summary] = {}
    with (
        np.errstate(all="ignore"),  # what is not finite is refused by name below
        ThreadPoolExecutor(_THREADS) as threads,
    ):
        inputs = draw(distributions, scenario.seed, scenario.draws)
        single = _summaries(scenario, scenario.model.once(inputs), 0, threads)
        for month in range(scenario.months + 1):
            found = _summaries(scenario, scenario.model.at(inputs, month / 12), month, threads)
            first = first or found
            day = month_start(start, month)
            rows["estimates.demand_month"] += [
                (
                    scenario.id,
                    month,
                    day,
                    name,
                    scenario.model.outputs[name].unit,
                    *(s.p05, s.p10, s.p25, s.p50, s.p75, s.p90, s.p95, s.se_p50),
                )
                for name, s in found.items()
            ]
    for name, s in single.items():
        output = scenario.model.outputs[name]
        rows[f"estimates.{output.table}"].append(
            (scenario.id, output.case_id, output.quantity, output.unit, s.p05, s.p50, s.p95)
        )
    rows["estimates.chain_check"] += _checked(scenario, first | single)


def _summaries(
    scenario: Scenario, outputs: Mapping[str, FloatArray], month: int, threads: ThreadPoolExecutor
) -> dict[str, Summary]:
    """Summaries by output, in the model's order; one array under two names is summed up once."""
    names = [name for name in scenario.model.outputs if name in outputs]
    arrays = {id(outputs[name]): outputs[name] for name in names}
    for name in names:
        if not np.isfinite(outputs[name]).all():
            raise ScenarioError(
                f"scenario {scenario.id}: {name} is not finite in month {month}; "
                "narrow the inputs that it is made of"
            )
    done = dict(zip(arrays, threads.map(summarise, arrays.values()), strict=True))
    return {name: done[id(outputs[name])] for name in names}


def _assumptions(scenario: Scenario) -> list[tuple[object, ...]]:
    return [
        (
            scenario.id,
            name,
            given.dist,
            given.params,
            *_percentiles(given.distribution),
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


def _percentiles(distribution: Distribution) -> list[float]:
    """p05, p50 and p95 to 12 digits of the largest, so that a bound of 0 is not shown as 1e-17."""
    exact = [distribution.quantile(probability) for probability in (0.05, 0.5, 0.95)]
    largest = max(abs(value) for value in exact)
    digits = 12 - math.ceil(math.log10(largest)) if largest else 0
    return [round(value, digits) + 0.0 for value in exact]


def _checked(scenario: Scenario, found: Mapping[str, Summary]) -> list[tuple[object, ...]]:
    """Each check against the median of its output in month 0."""
    rows: list[tuple[object, ...]] = []
    for check in scenario.checks:
        computed = found[check.output].p50
        passed = abs(computed - check.expect) <= check.rel_tol * abs(check.expect)
        rows.append(
            (
                *(scenario.id, check.id, check.output, check.expect, computed),
                *(check.rel_tol, passed, check.source.id),
            )
        )
    return rows


def _must_pass(checks: Sequence[tuple[object, ...]]) -> None:
    """Stop where a scenario misses one of its own figures, naming all that are missed."""
    missed = [
        f"scenario {scenario_id}: check {check_id}: {output} should be {expected:.10g} "
        f"within {tolerance:g} relative, is {computed:.10g}"
        for scenario_id, check_id, output, expected, computed, tolerance, passed, _ in checks
        if not passed
    ]
    if missed:
        raise QualityError("\n".join(missed))
