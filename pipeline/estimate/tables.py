"""The tables that the estimate stage makes: what a row is, its key, its columns, its sources."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import polars as pl

from pipeline.estimate import chat, event_tables, timed
from pipeline.estimate.summary import NAMES
from pipeline.estimate.table import Table

TABLES: Mapping[str, Table] = MappingProxyType(
    {
        "estimates.scenario": Table(
            "Scenarios as they were evaluated: seed, draws, hashes and full text. One row per "
            "scenario.",
            ("scenario_id",),
            ("marts.build",),
            {
                "gpu": "GPU that the scenario is about; null: the H100.",
                "text": "The scenario as it was evaluated, merged, as TOML.",
            },
        ),
        "estimates.assumption": Table(
            "Every uncertain input with its distribution, source and grade. One row per scenario "
            "and input.",
            ("scenario_id", "input"),
        ),
        "estimates.demand_month": Table(
            "What each scenario demands and gives, as percentiles with their standard errors. One "
            "row per scenario, month and quantity.",
            ("scenario_id", "month_index", "quantity"),
            ("marts.build",),
        ),
        "estimates.training": Table(
            "What training takes, as percentiles with their standard errors. One row per scenario, "
            "case and quantity.",
            ("scenario_id", "case_id", "quantity"),
        ),
        "estimates.breakeven": Table(
            "How much inference takes as much compute as training did, as percentiles with their "
            "standard errors. One row per scenario, case and quantity.",
            ("scenario_id", "case_id", "quantity"),
        ),
        "estimates.breakeven_date": Table(
            "When inference will have taken more compute than the training of one model, by what "
            "is made from the start on; null: not within the scenario's months. One row per "
            "scenario that has a demand over time.",
            ("scenario_id",),
            ("marts.build",),
            {
                name: f"Day by which that is so with a probability of {int(name[1:])} %."
                for name in NAMES
            },
        ),
        "estimates.sensitivity": Table(
            "Which inputs the uncertainty of an output comes from, by the variance of its "
            "logarithm, and where better evidence would pay most. One row per scenario, month, "
            "quantity and factor.",
            ("scenario_id", "month_index", "quantity", "factor"),
            (),
            {
                "unit": "Unit of swing_low and swing_high.",
                "grade": "How far the input's source can be trusted: primary, secondary, derived, "
                "reconstructed or guess; null: several inputs as one.",
            },
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
        **timed.TABLES,
        **chat.TABLES,
        **event_tables.TABLES,
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

READ = (*SUPPLY, *timed.READ, *event_tables.READ)
"""All that is read of the warehouse."""

_THREE = {"p05": pl.Float64, "p50": pl.Float64, "p95": pl.Float64}
_PERCENTILES = {
    **dict.fromkeys(NAMES, pl.Float64),
    **dict.fromkeys((f"se_{name}" for name in NAMES), pl.Float64),
    "mean_ln": pl.Float64,
    "draws": pl.Int64,
}
_SINGLE = {
    "scenario_id": pl.String,
    "case_id": pl.String,
    "quantity": pl.String,
    "unit": pl.String,
    **_PERCENTILES,
}
SCHEMAS: Mapping[str, Mapping[str, type[pl.DataType]]] = {
    "estimates.scenario": {
        "scenario_id": pl.String,
        "title": pl.String,
        "engine": pl.String,
        "start_date": pl.Date,
        "months": pl.Int32,
        "gpu": pl.String,
        "seed": pl.Int64,
        "draws": pl.Int64,
        "tolerance": pl.Float64,
        "largest_se_share": pl.Float64,
        "scenario_hash": pl.String,
        "model_hash": pl.String,
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
        **_PERCENTILES,
    },
    "estimates.training": _SINGLE,
    "estimates.breakeven": _SINGLE,
    "estimates.breakeven_date": {
        "scenario_id": pl.String,
        **dict.fromkeys(NAMES, pl.Date),
        "last_month_date": pl.Date,
    },
    "estimates.sensitivity": {
        "scenario_id": pl.String,
        "month_index": pl.Int32,
        "quantity": pl.String,
        "unit": pl.String,
        "factor": pl.String,
        **dict.fromkeys(
            (
                *("first_order", "first_order_se", "total", "total_se", "shapley", "shapley_se"),
                *("swing_low", "swing_high", "variance_share"),
            ),
            pl.Float64,
        ),
        "grade": pl.String,
        "weakness": pl.Float64,
        "evidence_value": pl.Float64,
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
"""Columns of the tables that scenarios make, and their types."""
