"""Intervals of several owners, chips or quarters, combined without adding percentiles.

Each interval becomes a lognormal on either side of its median, so that it keeps its three
percentiles. How the parts move together is not known; the two ends are given instead:

* rank correlation 1: all parts are at the same percentile at once. Only then percentiles add.
* rank correlation 0: the parts are independent; seeded draws give the sum.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from pipeline.errors import QualityError
from pipeline.estimate.normal import Z95, FloatArray
from pipeline.estimate.sampling import scores
from pipeline.estimate.summary import NAMES, quantiles

OWNER_GROUPS: Mapping[str, tuple[str, ...]] = {
    "microsoft+meta+google": ("microsoft", "meta", "google"),
    "all six owners": ("microsoft", "meta", "amazon", "google", "oracle", "china"),
}
CHIP_GROUPS: Mapping[str, tuple[str, ...]] = {
    "h100": ("h100", "h200", "h100/h200"),
    "h100+h800": ("h100", "h200", "h100/h200", "h800"),
    "all": (),
}
"""No chips named: every chip. Editions count H100 and H200 together, or H100 alone before there
were any H200: they are one family."""
DESIGNER = "Nvidia"
"""Whose chips are added up: claims and scenarios are about them."""

SEED = 20240215
DRAWS = 16384


class Interval(NamedTuple):
    """Three percentiles of a positive quantity, or three zeros."""

    p05: float
    p50: float
    p95: float


def combine(parts: Mapping[str, Interval], rank_correlation: int) -> Interval:
    """The sum of several uncertain quantities.

    Args:
        parts: intervals by name; a part's draws depend on its name alone.
        rank_correlation: 1 or 0.

    Raises:
        ValueError: no parts, or percentiles that are not 0 <= p05 <= p50 <= p95.
    """
    if not parts:
        raise ValueError("no intervals to combine")
    for name, part in parts.items():
        _must_be_in_order(name, part)
    if rank_correlation == 1 or len(parts) == 1:
        return Interval(*(float(sum(column)) for column in zip(*parts.values(), strict=True)))
    total = np.zeros(DRAWS)
    for name, part in sorted(parts.items()):
        if part.p50:
            total += draws(name, part)
    return of_draws(total)


def draws(name: str, part: Interval) -> FloatArray:
    """Draws of one uncertain quantity; they depend on its interval and its name alone.

    Raises:
        ValueError: percentiles that are not 0 <= p05 <= p50 <= p95.
    """
    _must_be_in_order(name, part)
    if not part.p50:
        return np.zeros(DRAWS)
    z = _scores(name)
    above = np.log(part.p95 / part.p50) / Z95
    if part.p05:
        below = np.log(part.p50 / part.p05) / Z95
        result: FloatArray = part.p50 * np.exp(np.where(z < 0, below, above) * z)
        return result
    # No lognormal has a 5th percentile of zero: then its lower half falls evenly to there.
    lower = np.maximum(part.p50 * (1 + z / Z95), 0)
    return np.where(z < 0, lower, part.p50 * np.exp(above * z))


def of_draws(values: FloatArray) -> Interval:
    """The three percentiles of draws."""
    found = dict(zip(NAMES, quantiles(values).tolist(), strict=True))
    return Interval(found["p05"], found["p50"], found["p95"])


def _must_be_in_order(name: str, part: Interval) -> None:
    if not 0 <= part.p05 <= part.p50 <= part.p95:
        raise ValueError(f"{name}: needs 0 <= p05 <= p50 <= p95, has {tuple(part)}")


def known(percentiles: Sequence[float | None]) -> Interval | None:
    """Three percentiles as an interval, or None where one is unknown."""
    return None if None in percentiles else Interval(*percentiles)  # type: ignore[arg-type]


def owner_group_quarter(fleet: pl.DataFrame) -> pl.DataFrame:
    """Nvidia fleets of groups of owners by quarter, on the publisher's 8-bit basis.

    A group's quarter is left out where one of its owners is unknown.

    Args:
        fleet: one row per owner, designer and quarter: owner, designer, quarter_end and
            h100e_8bit_epoch_p05, _p50, _p95.

    Raises:
        QualityError: percentiles in the wrong order.
    """
    basis = "h100e_8bit_epoch"
    quarters: dict[date, dict[str, Interval]] = {}
    fleet = fleet.filter(pl.col("designer") == DESIGNER)
    for owner, quarter, *percentiles in _rows(fleet, "owner", "quarter_end", basis):
        if None not in percentiles:
            quarters.setdefault(quarter, {})[owner.lower()] = Interval(*percentiles)
    sums = _Sums("marts.fleet_quarter", basis)
    for group, owners in OWNER_GROUPS.items():
        for quarter, known in sorted(quarters.items()):
            if known.keys() >= set(owners):
                sums.add(group, quarter, {owner: known[owner] for owner in owners})
    return sums.frame({"owner_group": pl.String, "quarter_end": pl.Date})


def shipment_year(shipments: pl.DataFrame) -> pl.DataFrame:
    """Units of Nvidia shipped by calendar year for groups of chips.

    A year with an unfinished or unknown quarter is left out.

    Args:
        shipments: one row per designer, chip and quarter: designer, chip, quarter_end,
            units_p05, _p50, _p95 and is_incomplete.

    Raises:
        QualityError: percentiles in the wrong order.
    """
    years: dict[int, dict[tuple[str, date], Interval | None]] = {}
    shipments = shipments.filter(pl.col("designer") == DESIGNER)
    rows = _rows(shipments, "chip", "quarter_end", "units", "is_incomplete")
    for chip, quarter, *percentiles, is_incomplete in rows:
        is_open = is_incomplete is not False or None in percentiles
        parts = years.setdefault(quarter.year, {})
        parts[chip.lower(), quarter] = None if is_open else Interval(*percentiles)
    sums = _Sums("marts.shipment_quarter", "units")
    for group, chips in CHIP_GROUPS.items():
        for year, parts in sorted(years.items()):
            chosen = {
                f"{chip} {quarter}": part
                for (chip, quarter), part in parts.items()
                if chip in chips or not chips
            }
            complete = {name: part for name, part in chosen.items() if part is not None}
            if complete and len(complete) == len(chosen):
                sums.add(group, year, complete)
    return sums.frame({"chip_group": pl.String, "year": pl.Int32})


class _Sums:
    """Rows of sums over groups, for both bounds of the rank correlation."""

    def __init__(self, table: str, basis: str) -> None:
        self.table = table
        self.basis = basis
        self.rows: list[tuple[object, ...]] = []

    def add(self, group: str, period: date | int, parts: Mapping[str, Interval]) -> None:
        try:
            sums = [(correlation, combine(parts, correlation)) for correlation in (0, 1)]
        except ValueError as error:
            message = f"{self.table}: {period}: {error}; correct the source's rows"
            raise QualityError(message) from error
        self.rows += [(group, period, self.basis, correlation, *sum_) for correlation, sum_ in sums]

    def frame(self, keys: Mapping[str, type[pl.DataType]]) -> pl.DataFrame:
        schema: dict[str, type[pl.DataType]] = {
            **keys,
            "basis": pl.String,
            "rank_correlation": pl.Int32,
            "p05": pl.Float64,
            "p50": pl.Float64,
            "p95": pl.Float64,
        }
        return pl.DataFrame(self.rows, schema=schema, orient="row")


def _rows(
    frame: pl.DataFrame, name: str, period: str, measure: str, *more: str
) -> list[tuple[Any, ...]]:
    """The name, the period, three percentiles as floats and further columns of each row."""
    percentiles = (pl.col(f"{measure}_{p}").cast(pl.Float64) for p in ("p05", "p50", "p95"))
    return frame.select(name, period, *percentiles, *more).rows()


@lru_cache(maxsize=128)
def _scores(name: str) -> FloatArray:
    """Scores of one part, kept because an owner comes back every quarter."""
    drawn = scores(f"supply/{name}", SEED, DRAWS)
    drawn.flags.writeable = False
    return drawn
