"""Fleets and purchases made of their chips, on one basis, as bounds.

The publisher gives the interval of an owner's fleet on its own 8-bit basis. On another basis it
has to be made of the chips, whose intervals cannot be added: every part is drawn, independently
(rank correlation 0) or all at the same percentile (1), as in pipeline.estimate.supply.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl

from pipeline.errors import QualityError
from pipeline.estimate.supply import DESIGNER, DRAWS, OWNER_GROUPS, Interval, draws, known, of_draws

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from pipeline.estimate.normal import FloatArray

ALL = "all"
BASES = ("h100e_8bit_epoch", "h100e_bf16_dense")

# Chips that a year's purchases are stated for; H100 and H200 are one family to the publisher.
FAMILIES: Mapping[str, tuple[str, ...]] = {"H100/H200": ("H100", "H200", "H100/H200")}

_PERCENTILES = ("p05", "p50", "p95")


class _Part(NamedTuple):
    """A chip of a holder: its 8-bit median, whether its units have an interval, its own one."""

    holder: str
    chip: str
    quarter: date
    on_8bit: float
    is_whole: bool
    interval: Interval | None


@dataclass
class _Sum:
    """A sum that grows by parts: its percentiles if all move together, and draws if none do.

    ``on_8bit`` is the median of all parts on the publisher's basis, ``counted`` of those that
    have an interval on the basis of the sum.
    """

    together: Interval = field(default_factory=lambda: Interval(0.0, 0.0, 0.0))
    apart: FloatArray = field(default_factory=lambda: np.zeros(DRAWS))
    n_parts: int = 0
    on_8bit: float = 0.0
    counted: float = 0.0

    def count(self, part: _Part, name: str) -> None:
        self.on_8bit += part.on_8bit
        if part.interval is not None:
            self.counted += part.on_8bit
            self.add(part.interval, name)

    def add(self, part: Interval, name: str) -> None:
        self.n_parts += 1
        self.together = Interval(*(a + b for a, b in zip(self.together, part, strict=True)))
        self.apart += _drawn(name, part)

    def bounds(self) -> list[tuple[int, Interval]]:
        """Three percentiles for each rank correlation; of a single part they are its own."""
        if self.n_parts == 1:
            return [(0, self.together), (1, self.together)]
        return [(0, of_draws(self.apart)), (1, self.together)]

    def rows(self, holder: str, quarter: date, basis: str) -> list[tuple[object, ...]]:
        if not self.n_parts or not self.on_8bit:
            return []
        coverage = self.counted / self.on_8bit
        return [(holder, quarter, basis, at, *three, coverage) for at, three in self.bounds()]


def fleet_basis_quarter(chips: pl.DataFrame, shipments: pl.DataFrame) -> pl.DataFrame:
    """Nvidia fleets by owner, by group of owners and in all, each made of its chips.

    Chips without a figure on a basis are left out, and ``spec_coverage`` says how much is in it:
    the share of the 8-bit median. An owner's quarter without an interval of a chip is left out.

    Args:
        chips: rows of marts.fleet_chip_quarter.
        shipments: rows of marts.shipment_quarter.

    Raises:
        QualityError: percentiles in the wrong order.
    """
    rows: list[tuple[object, ...]] = []
    for basis in BASES:
        rows += _of_owners(chips, basis)
        rows += _of_all(shipments, basis)
    schema = {
        "holder": pl.String,
        "quarter_end": pl.Date,
        "basis": pl.String,
        "rank_correlation": pl.Int32,
        **dict.fromkeys((*_PERCENTILES, "spec_coverage"), pl.Float64),
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def _of_owners(chips: pl.DataFrame, basis: str) -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = []
    quarters: dict[date, dict[str, list[_Part]]] = {}
    for part in _parts(chips, "owner", basis):
        quarters.setdefault(part.quarter, {}).setdefault(part.holder, []).append(part)
    for quarter, owners in sorted(quarters.items()):
        sums: dict[str, _Sum] = defaultdict(_Sum)
        complete = {
            owner.lower(): held for owner, held in owners.items() if all(p.is_whole for p in held)
        }
        for owner, held in sorted(complete.items()):
            groups = [name for name, names in OWNER_GROUPS.items() if owner in names]
            for part in held:
                for holder in (part.holder, *groups):
                    sums[holder].count(part, f"{part.holder}/{part.chip}")
        for holder, made in sums.items():
            if complete.keys() >= set(OWNER_GROUPS.get(holder, ())):
                rows += made.rows(holder, quarter, basis)
    return rows


def _of_all(shipments: pl.DataFrame, basis: str) -> list[tuple[object, ...]]:
    """All that was shipped up to each quarter's end, made of chips and quarters."""
    rows: list[tuple[object, ...]] = []
    made = _Sum()
    quarters: dict[date, list[_Part]] = {}
    for part in _parts(shipments, "designer", basis):
        quarters.setdefault(part.quarter, []).append(part)
    for quarter, shipped in sorted(quarters.items()):
        for part in shipped:
            made.count(part, f"{part.chip} {quarter}")
        rows += made.rows(ALL, quarter, basis)
    return rows


def _parts(frame: pl.DataFrame, holder: str, basis: str) -> list[_Part]:
    """What Nvidia's chips are to each holder, in order."""
    chosen = frame.filter(
        pl.col("designer") == DESIGNER, pl.col("h100e_8bit_epoch_p50").is_not_null()
    ).select(
        holder,
        "chip",
        "quarter_end",
        pl.col("h100e_8bit_epoch_p50").cast(pl.Float64).alias("on_8bit"),
        pl.all_horizontal(pl.col(f"units_{p}").is_not_null() for p in _PERCENTILES).alias("whole"),
        *(pl.col(f"{basis}_{p}").cast(pl.Float64) for p in _PERCENTILES),
    )
    return [
        _Part(name, chip, quarter, on_8bit, is_whole, known(three))
        for name, chip, quarter, on_8bit, is_whole, *three in chosen.sort(
            "quarter_end", holder, "chip"
        ).iter_rows()
    ]


def _drawn(name: str, part: Interval) -> FloatArray:
    try:
        return draws(name, part)
    except ValueError as error:
        raise QualityError(f"supply: {error}; correct the source's rows") from error


def owner_year(by_chip: pl.DataFrame, in_all: pl.DataFrame) -> pl.DataFrame:
    """Units that owners bought in a calendar year, by family of chips, or all of a designer.

    A year needs its four quarters, all finished. Where a quarter has no interval, neither has
    the year: then there is its median alone, as the sum of medians (rank correlation 1).

    Args:
        by_chip: rows of marts.owner_chip_quarter.
        in_all: rows of marts.owner_quarter.

    Raises:
        QualityError: percentiles in the wrong order.
    """
    families = {chip: family for family, chips in FAMILIES.items() for chip in chips}
    frames = [
        by_chip.with_columns(family=pl.col("chip").replace_strict(families, default=None)),
        in_all.with_columns(family=pl.lit(ALL), chip=pl.lit(ALL)),
    ]
    rows: list[tuple[object, ...]] = []
    for frame in frames:
        chosen = frame.filter(pl.col("family").is_not_null()).select(
            "owner",
            "designer",
            "family",
            pl.col("quarter_end").dt.year().alias("year"),
            "chip",
            "quarter_end",
            pl.col("is_incomplete").fill_null(value=False),
            *(pl.col(f"units_{p}").cast(pl.Float64) for p in _PERCENTILES),
        )
        for key, held in chosen.sort(pl.all()).group_by(
            "owner", "designer", "family", "year", maintain_order=True
        ):
            if held["quarter_end"].n_unique() == 4 and not held["is_incomplete"].any():
                rows += [(*key, *bound) for bound in _of_year(str(key[0]), held)]
    schema = {
        "owner": pl.String,
        "designer": pl.String,
        "chip_family": pl.String,
        "year": pl.Int32,
        "rank_correlation": pl.Int32,
        **dict.fromkeys(_PERCENTILES, pl.Float64),
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def _of_year(owner: str, held: pl.DataFrame) -> list[tuple[object, ...]]:
    made = _Sum()
    for chip, quarter, *three in held.select(
        "chip", "quarter_end", *(f"units_{p}" for p in _PERCENTILES)
    ).iter_rows():
        part = known(three)
        if part is None:
            return [(1, None, held["units_p50"].sum(), None)]
        made.add(part, f"{owner} {chip} {quarter}")
    return [(at, *three) for at, three in made.bounds()]
