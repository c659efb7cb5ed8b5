"""Epoch AI's lists of GPU clusters and of frontier data centres.

Both are lists of what became known, not counts of all there is: clusters cover 10 to 20 % of
capacity, and a part of them is planned or rumoured. Names of clusters are no key.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import polars as pl

from pipeline.errors import QualityError
from pipeline.extract import csv_rows, epoch_archive
from pipeline.extract.csv_rows import AMOUNT, COUNT, FLAG, TEXT, US_OR_ISO_DAY, Field
from pipeline.extract.epoch_chips import tag, untagged
from pipeline.source import Entity, Rows

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pipeline.provenance import Provenance
    from pipeline.source import Past

_FIRST, _LAST = date(1990, 1, 1), date(2100, 1, 1)
# A standard analysis that shrinks or grows by more between two editions is another one.
_MOST_GROWTH = 10.0
_LEAST_KEPT = 0.8

CLUSTER = (
    Field("name", ("Name",), TEXT, is_required=True),
    Field("status", ("Status",), TEXT, is_required=True),
    Field("certainty", ("Certainty",), TEXT, is_required=True),
    Field("single_cluster", ("Single cluster?",), TEXT, is_present=False),
    Field("h100e", ("H100 equivalents",), AMOUNT),
    Field("chip", ("Chip type (primary)",), TEXT),
    Field("chips", ("Chip quantity (primary)",), COUNT),
    Field("second_chip", ("Chip type (secondary)",), TEXT, is_present=False),
    Field("second_chips", ("Chip quantity (secondary)",), COUNT, is_present=False),
    Field("chips_in_all", ("Total number of AI chips",), COUNT, is_present=False),
    Field("country", ("Country",), TEXT),
    Field("owner", ("Owner",), TEXT),
    Field("users", ("Users",), TEXT, is_present=False),
    Field("sector", ("Sector",), TEXT, is_present=False),
    Field("first_operational_date", ("First Operational Date",), US_OR_ISO_DAY),
    Field("first_operational_note", ("First Operational Date Note",), TEXT, is_present=False),
    # Written as a day or as a month.
    Field("decommissioned", ("Decommissioned Date (if applicable)",), TEXT, is_present=False),
    Field("power_mw", ("Power Capacity (MW)",), AMOUNT, is_present=False),
    Field("hardware_cost_usd", ("Hardware Cost",), AMOUNT, is_present=False),
    Field("op16_per_s", ("16-bit OP/s",), AMOUNT, is_present=False),
    Field("op8_per_s", ("8-bit OP/s",), AMOUNT, is_present=False),
    Field("is_in_standard_analysis", ("Include in Standard Analysis",), FLAG),
    Field("is_excluded", ("Exclude",), FLAG, is_present=False),
    Field("is_possible_duplicate", ("Possible Duplicate",), FLAG, is_present=False),
    Field("superseded_by", ("Superseded by",), TEXT, is_present=False),
    Field("note", ("Note",), TEXT, is_present=False),
    Field("source_link", ("Source 1",), TEXT, is_present=False),
)
_CLUSTER_IGNORED = (
    "Max OP/s (log)",
    "Hardware note",
    "Quote",
    "Certainty Note",
    "Energy Efficiency (log)",
    "Builds Upon",
    "Possible Duplicate Of",
    "GPU Supplier (primary)",
    "GPU supplier (secondary)",
    "Rank when first operational",
    "16-bit OP/s (log)",
    "Max OP/s",
    "32-bit OP/s",
    "Calculated Power Capacity (MW)",
    "Reported Power Capacity (MW)",
    "Energy Efficiency",
    "Calculated Cost",
    "Reported Cost",
    "Reported Cost (Inflation adjusted)",
    "Cost Quote",
    "Noteworthy",
    "Location",
    "Largest existing cluster when first operational",
    "% of largest cluster when first operational",
    *(f"Source {n}" for n in range(2, 6)),
)

DATA_CENTER = (
    Field("data_center", ("Handle", "Name"), TEXT, is_required=True),
    Field("title", ("Title",), TEXT, is_present=False),
    Field("project", ("Project",), TEXT, is_present=False),
    Field("address", ("Address",), TEXT, is_present=False),
    Field("owner_text", ("Owner",), TEXT),
    Field("users_text", ("Users",), TEXT, is_present=False),
    Field("investors", ("Investors",), TEXT, is_present=False),
    Field("h100e", ("Current H100 equivalents",), AMOUNT),
    Field("power_mw", ("Current power (MW)",), AMOUNT),
    Field(
        "capital_cost_usd_bn",
        ("Current total capital cost (2025 USD billions)",),
        AMOUNT,
        is_present=False,
    ),
)
_DATA_CENTER_IGNORED = (
    "Sentinel satellite timelapse",
    "Latitude",
    "Longitude",
    "Construction companies",
    "Energy companies",
)

TIMELINE = (
    Field("data_center", ("Data center",), TEXT, is_required=True),
    Field("state_date", ("Date",), US_OR_ISO_DAY, is_required=True),
    Field("construction_status", ("Construction status",), TEXT, is_present=False),
    Field("h100e", ("H100 equivalents",), AMOUNT),
    Field("power_mw", ("Power (MW)",), AMOUNT),
    Field("buildings", ("Buildings operational",), AMOUNT, is_present=False),
    Field(
        "capital_cost_usd_bn", ("Total capital cost (2025 USD billions)",), AMOUNT, is_present=False
    ),
    Field("op8_per_s", ("Performance (8-bit OP/s)",), AMOUNT, is_present=False),
)
_TIMELINE_IGNORED = (
    "Compute cost (2025 USD billions)",
    "Construction cost (2025 USD billions)",
    "Building area (square feet)",
    "Site area (square feet)",
    "Water use (MGD)",
)

SITE_CHIP = (
    Field("name", ("Handle", "Name"), TEXT, is_present=False),
    Field("data_center", ("Data center",), TEXT, is_required=True),
    Field("state_date", ("Date",), US_OR_ISO_DAY, is_required=True),
    Field("chip", ("Chip type",), TEXT, is_required=True),
    Field("units", ("Number of Units",), AMOUNT, is_required=True),
    Field("chip_source", ("Chip type source",), TEXT, is_present=False),
    Field("units_source", ("Number of Units source",), TEXT, is_present=False),
    Field("owner_text", ("Owner",), TEXT, is_present=False),
    Field("users_text", ("User", "Users"), TEXT, is_present=False),
    Field("note", ("Notes", "Note"), TEXT, is_present=False),
)
_SITE_CHIP_IGNORED = ("Created By", "Created", "Last Modified By", "Last Modified")


def read_clusters(entity: Entity, content: bytes, origin: Provenance) -> Rows:
    """Clusters with their place in the file, from 1; names recur, so place and name are the key.

    Raises:
        SchemaError: it is no such table.
    """
    return _read(CLUSTER, entity, content, "first_operational_date")


def read_data_centers(entity: Entity, content: bytes, origin: Provenance) -> Rows:
    """Data centres as they stand, owners and users apart from what is thought of the guess.

    Raises:
        SchemaError: it is no such table.
    """
    return _read(DATA_CENTER, entity, content)


def read_timeline(entity: Entity, content: bytes, origin: Provenance) -> Rows:
    """What stood, or is planned to stand, at a data centre from a day on.

    Raises:
        SchemaError: it is no such table.
    """
    return _read(TIMELINE, entity, content, "state_date")


def read_site_chips(entity: Entity, content: bytes, origin: Provenance) -> Rows:
    """Accelerators at a data centre by chip and day.

    Raises:
        SchemaError: it is no such table.
    """
    return _read(SITE_CHIP, entity, content, "state_date")


def _read(fields: Sequence[Field], entity: Entity, content: bytes, day: str | None = None) -> Rows:
    rows = epoch_archive.read(fields, {"": content})
    if day is not None:
        outside = rows.accepted.select(
            pl.when((pl.col(day) < _FIRST) | (pl.col(day) >= _LAST)).then(
                pl.lit(f"{day} lies outside the years 1990 to 2099")
            )
        ).to_series()
        rows = epoch_archive.reject(rows, outside)
    made = rows.accepted
    for name in ("owner", "users"):
        text = f"{name}_text"
        if text in made.columns:
            made = made.with_columns(
                untagged(pl.col(text)).alias(name), tag(pl.col(text)).alias(f"{name}_confidence")
            )
    return Rows(made.select(list(entity.schema)), rows.rejected)


def review_clusters(past: Past, rows: Sequence[Rows]) -> None:
    """Hold an edition of the clusters against the one before it.

    Raises:
        QualityError: its standard analysis lost a fifth of its rows, or its sum is in another
            unit.
    """
    if not rows:
        return
    entity = ENTITIES["cluster"]
    new = _standard([one.accepted for one in rows])
    before = [
        entity.parse(entity, content, origin).accepted
        for content, origin in past.payloads(entity.name)
    ]
    planned = new.filter((pl.col("status") != "Existing") | (pl.col("certainty") == "Unlikely"))
    if not planned.is_empty():
        raise QualityError(
            f"cluster: {planned['name'][0]} ({planned['status'][0]}, {planned['certainty'][0]}) is "
            "in the standard analysis; what was before stays"
        )
    if new.is_empty():
        raise QualityError("cluster: no row is in the standard analysis; what was before stays")
    if not before:
        return
    old = _standard(before)
    ratio = float(new["h100e"].sum()) / (float(old["h100e"].sum()) or 1)
    if len(new) < _LEAST_KEPT * len(old) or not 1 / _MOST_GROWTH < ratio < _MOST_GROWTH:
        raise QualityError(
            f"cluster: the standard analysis has {len(new)} rows, before {len(old)}, and "
            f"{ratio:.3g} times the H100-equivalents; what was before stays"
        )


def _standard(rows: Sequence[pl.DataFrame]) -> pl.DataFrame:
    return pl.concat(rows).filter("is_in_standard_analysis")


def _schema(fields: Sequence[Field], **more: pl.DataType) -> dict[str, pl.DataType]:
    given = csv_rows.schema(fields)
    named: dict[str, pl.DataType] = {}
    for name, kind in given.items():
        if name.endswith("_text"):
            bare = name.removesuffix("_text")
            named |= {bare: pl.String(), f"{bare}_confidence": pl.String()}
        else:
            named[name] = kind
    return {**more, **named}


def _unread(
    fields: Sequence[Field], ignored: Sequence[str]
) -> Callable[[Entity, bytes], Sequence[str]]:
    def unread(entity: Entity, content: bytes) -> Sequence[str]:
        return csv_rows.unread(fields, content, ignored)

    return unread


ENTITIES: Mapping[str, Entity] = {
    entity.name: entity
    for entity in (
        Entity(
            "cluster",
            _schema(CLUSTER, row_number=pl.Int64()),
            csv_rows.required(CLUSTER) | {"row_number"},
            read_clusters,
            _unread(CLUSTER, _CLUSTER_IGNORED),
        ),
        Entity(
            "data_center",
            _schema(DATA_CENTER),
            csv_rows.required(DATA_CENTER),
            read_data_centers,
            _unread(DATA_CENTER, _DATA_CENTER_IGNORED),
        ),
        Entity(
            "data_center_timeline",
            _schema(TIMELINE, row_number=pl.Int64()),
            csv_rows.required(TIMELINE) | {"row_number"},
            read_timeline,
            _unread(TIMELINE, _TIMELINE_IGNORED),
        ),
        Entity(
            "data_center_chip",
            _schema(SITE_CHIP, row_number=pl.Int64()),
            csv_rows.required(SITE_CHIP) | {"row_number"},
            read_site_chips,
            _unread(SITE_CHIP, _SITE_CHIP_IGNORED),
        ),
    )
}
