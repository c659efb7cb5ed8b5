"""Offers: what providers ask for machines with accelerators, from published catalogues.

A catalogue is of its day: the same price on two days is two observations. Machines without an
accelerator are left out, as rows that are not asked for; a row that says it has one and not
which, how many or for how much is rejected.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import polars as pl

from pipeline.errors import QualityError
from pipeline.source import Rows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipeline.source import Entity, Past

SCHEMA: Mapping[str, pl.DataType] = {
    "provider": pl.String(),
    "instance_name": pl.String(),
    "region": pl.String(),
    "gpu_name": pl.String(),
    "gpu_memory_gb": pl.Float64(),
    "interface": pl.String(),
    "gpu_count": pl.Float64(),
    "pricing": pl.String(),
    "price_usd_per_hour": pl.Float64(),
}
"""One offer: a machine in a region, its accelerators, and its price for an hour."""

REQUIRED = frozenset(
    {"provider", "instance_name", "gpu_name", "gpu_count", "pricing", "price_usd_per_hour"}
)

# The dearest accelerator on offer costs a tenth of it; a price per month, or in cents, is beyond.
_LEAST_USD, _MOST_USD = 0.005, 150.0

# Of names seen on both days, so many must have moved by more than so much to be disbelieved.
_FEW_NAMES, _MOVED, _SHARE_MOVED = 4, 0.5, 0.3

# What machines of the large providers have, where their names do not say it, by the providers'
# own pages on these machines. The first that begins a name counts.
_FORMS: Mapping[str, Sequence[tuple[str, str]]] = {
    "aws": (("p4d.", "sxm"), ("p4de.", "sxm"), ("p5.", "sxm"), ("p5e.", "sxm"), ("p5en.", "sxm")),
    "azure": (
        ("standard_nd96amsr_a100", "sxm"),
        ("standard_nd96asr", "sxm"),
        ("standard_nd96isr_h100", "sxm"),
        ("standard_nd96isr_h200", "sxm"),
        ("standard_nc40ads_h100", "nvl"),
        ("standard_nc80adis_h100", "nvl"),
    ),
    "gcp": (("a2-", "sxm"), ("a3-", "sxm")),
    "oci": (("bm.gpu.h100", "sxm"), ("bm.gpu.h200", "sxm"), ("bm.gpu.a100", "sxm")),
}
_SAID = re.compile(r"(?<![a-z])(sxm|pcie|nvl|oam)(?![a-z])")
# Of Nvidia's boards, memory of this kind is on SXM alone, but for the NVL, which says so.
_HBM3 = re.compile(r"h[12]00.*hbm3(?!e? *nvl)")


def interface_of(provider: str, instance_name: str) -> str | None:
    """The form of the accelerators, where the machine's name or the provider's page says it."""
    name = instance_name.lower()
    if found := _SAID.search(name):
        return found[1]
    if _HBM3.search(name):
        return "sxm"
    return next((form for start, form in _FORMS.get(provider, ()) if name.startswith(start)), None)


def unbelievable(price: str, count: str) -> tuple[pl.Expr, str]:
    """The check that the price of one accelerator for an hour can be one (csv_rows.read)."""
    per_gpu = pl.col(price) / pl.col(count)
    # A price of 0 is none, and is left out.
    return (
        (pl.col(count) > 0) & (per_gpu > 0) & ~per_gpu.is_between(_LEAST_USD, _MOST_USD),
        f"{price}: of one GPU is not between {_LEAST_USD} and {_MOST_USD:.0f} USD an hour",
    )


def per_gpu_medians(rows: Sequence[Rows]) -> dict[tuple[str, str], float]:
    """Median USD per accelerator and hour by its name and pricing."""
    if not rows:
        return {}
    found = (
        pl.concat([one.accepted for one in rows])
        .group_by("gpu_name", "pricing")
        .agg(usd=(pl.col("price_usd_per_hour") / pl.col("gpu_count")).median())
    )
    return {(name, pricing): usd for name, pricing, usd in found.rows()}


def must_be_near(dataset: str, before: Sequence[Rows], now: Sequence[Rows]) -> None:
    """Refuse a catalogue whose prices moved together, as when it is in another unit.

    Raises:
        QualityError: of the names in both, over 30 % moved by more than half.
    """
    old, new = per_gpu_medians(before), per_gpu_medians(now)
    both = sorted(old.keys() & new.keys())
    moved = [key for key in both if not 1 - _MOVED <= new[key] / old[key] <= 1 / (1 - _MOVED)]
    if len(both) < _FEW_NAMES or len(moved) <= _SHARE_MOVED * len(both):
        return
    name, pricing = moved[0]
    raise QualityError(
        f"{dataset}: {len(moved)} of {len(both)} prices moved by more than half since the last "
        f"catalogue ({name}, {pricing}: {old[moved[0]]:.3g} to {new[moved[0]]:.3g} USD per "
        "GPU-hour); the last stays. If they are right, fetch the source by its name with --refresh"
    )


def review(entity: Entity, dataset: str, past: Past, rows: Sequence[Rows]) -> None:
    """Compare a catalogue with the one before it (pipeline.source.Unit).

    Raises:
        QualityError: the prices are not to be believed, or nothing is on offer any more.
    """
    if rows and not sum(len(one.accepted) for one in rows):
        raise QualityError(f"{dataset}: offers no accelerator any more; the last catalogue stays")
    before = [entity.parse(entity, content, origin) for content, origin in past.payloads(dataset)]
    must_be_near(dataset, before, rows)


def provider_of(dataset: str) -> str:
    """The provider whose catalogue a data set is: the last part of its name."""
    return dataset.rpartition("/")[2]


def as_offers(rows: Rows, provider: str) -> Rows:
    """Accepted rows with the provider and the form of the board, as offers."""
    forms = {name: interface_of(provider, name) for name in rows.accepted["instance_name"].unique()}
    made = rows.accepted.with_columns(
        provider=pl.lit(provider),
        interface=pl.col("instance_name").replace_strict(forms, return_dtype=pl.String()),
    )
    return Rows(made.select(list(SCHEMA)), rows.rejected)
