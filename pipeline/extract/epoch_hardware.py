"""Epoch AI's table of machine-learning hardware: one row per chip, in the source's own units.

Columns that the publisher derives from others (Max performance, ML OP/s, Energy efficiency,
Price-performance) changed by factors of 2 to 5 within three months, and are not read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pipeline.errors import QualityError, SchemaError
from pipeline.extract import csv_rows
from pipeline.extract.csv_rows import ISO_DAY, POSITIVE, TEXT, Field, Kind
from pipeline.extract.documents import Document
from pipeline.form import CSV
from pipeline.source import Entity

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipeline.provenance import Provenance
    from pipeline.source import Past, Rows


def _in(unit: str, divisor: float, least: float, most: float) -> Kind:
    """A figure in the source's unit, divided into ours.

    The bounds are in the source's unit and far outside of what there is: a column that comes in
    another unit one day is refused, not read as a slow or a small chip.
    """

    def read(text: pl.Series) -> pl.Series:
        values = POSITIVE.read(text)
        return values.set((values < least) | (values > most), None) / divisor

    return Kind(pl.Float64(), f"a plain number of {unit} from {least:g} to {most:g}", read)


_RATE = _in("FLOP/s", 1e12, 1e9, 1e18)
_SIZE = _in("bytes", 1e9, 1e7, 1e14)
_BYTE_RATE = _in("byte/s", 1e9, 1e9, 1e15)
_BIT_RATE = _in("bit/s", 1e9, 1e8, 1e15)
_POWER = _in("W", 1, 1, 1e5)
_PRICE = _in("USD", 1, 10, 1e7)

FIELDS = (
    Field("name", ("Hardware name",), TEXT, is_required=True),
    Field("manufacturer", ("Manufacturer",), TEXT),
    Field("type", ("Type",), TEXT),
    Field("release_date", ("Release date",), ISO_DAY),
    Field("release_price_usd", ("Release price (USD)",), _PRICE),
    Field("tensor_16bit_tflops", ("Tensor-FP16/BF16 performance (FLOP/s)",), _RATE),
    Field("fp8_tflops", ("FP8 performance (FLOP/s)",), _RATE),
    Field("fp4_tflops", ("FP4 performance (FLOP/s)",), _RATE),
    Field("int8_tops", ("INT8 performance (OP/s)",), _RATE),
    Field("fp16_vector_tflops", ("FP16 (half precision) performance (FLOP/s)",), _RATE),
    Field("fp32_vector_tflops", ("FP32 (single precision) performance (FLOP/s)",), _RATE),
    Field("memory_gb", ("Memory (bytes)",), _SIZE),
    Field("memory_bandwidth_gb_s", ("Memory bandwidth (byte/s)",), _BYTE_RATE),
    Field("tdp_w", ("TDP (W)",), _POWER),
    Field("intranode_bandwidth_gb_s", ("Intranode bandwidth (byte/s)",), _BYTE_RATE),
    Field("internode_bandwidth_gbit_s", ("Internode bandwidth (bit/s)",), _BIT_RATE),
    Field("datasheet_url", ("Link to datasheet",), TEXT),
    Field("price_source", ("Source for the price",), TEXT),
    Field("note", ("Notes",), TEXT),
    Field("last_modified", ("Last modified",), TEXT),
)
# Columns that are known and not read.
_UNREAD = (
    "FP64 (double precision) performance (FLOP/s)",
    "TF32 (TensorFloat-32) performance (FLOP/s)",
    "INT16 performance (OP/s)",
    "INT4 performance (OP/s)",
    "Foundry",
    "Die Size (mm^2)",
    "Base clock (MHz)",
    "Boost clock (MHz)",
    "Memory clock (MHz)",
    "Memory bus (bit)",
    "Tensor cores",
    "Process size (nm)",
    "Transistors (millions)",
    "ML models",
    "Max performance",
    "Energy efficiency",
    "Total processing performance (bit-OP/s)",
    "Price-performance",
    "ML OP/s",
)

# The chips that fleets are made of and that have been sold for long: what their rows say is
# settled, so that one of them gone or moved is an error, or a new name that has to be learned
# first. What is wrong here and may be put right (the RTX 4090) is not among them.
SETTLED = frozenset(
    {
        "NVIDIA A100 SXM4 40 GB",
        "NVIDIA A100 SXM4 80 GB",
        "NVIDIA A800 SXM",
        "NVIDIA H100 SXM5 80GB",
        "NVIDIA H100 PCIe",
        "NVIDIA H100 NVL",
        "NVIDIA H800 SXM5",
        "NVIDIA HGX H20",
        "NVIDIA H200 SXM",
        "NVIDIA B200",
        "NVIDIA GB200",
        "AMD Radeon Instinct MI250X",
        "AMD Instinct MI300A",
        "AMD Instinct MI300X",
        "AMD Instinct MI325X",
        "AMD Instinct MI350X",
        "Google TPU v4",
        "Google TPU v5e",
        "Google TPU v5p",
        "Google TPU v6e Trillium",
        "Amazon Trainium1",
        "Amazon Trainium2",
    }
)
# Prices are estimates that the publisher works on, so they may move.
_COMPARED = (
    "tensor_16bit_tflops",
    "fp8_tflops",
    "fp4_tflops",
    "int8_tops",
    "memory_gb",
    "memory_bandwidth_gb_s",
    "tdp_w",
)
_MOST_MOVED = 0.10
_MOST_CHANGED = 0.05
_NAMED = 4


def _parse(entity: Entity, content: bytes, origin: Provenance) -> Rows:
    """Rows of the table; a chip that is listed twice counts once, the later is set aside.

    Raises:
        SchemaError: it is no CSV, or a column that is read is not there.
    """
    try:
        return csv_rows.read(FIELDS, content, unique=("name",))
    except SchemaError as error:
        raise SchemaError(f"{entity.name}: {error}") from error


def _new_fields(entity: Entity, content: bytes) -> Sequence[str]:
    return csv_rows.unread(FIELDS, content, _UNREAD)


HARDWARE = Entity(
    "hardware",
    csv_rows.schema(FIELDS),
    csv_rows.required(FIELDS),
    _parse,
    _new_fields,
)


def review(past: Past, rows: Sequence[Rows]) -> None:
    """Compare a new table with the one before.

    A settled chip has to be there, with each of its values within 10 %. Of the others a twentieth
    may go or move: the publisher renames and withdraws chips (between April and July 2026 it took
    the B100 away), and one such row must not hold up all later ones. What changed is listed by
    ``marts.gpu_revision``.

    Raises:
        QualityError: a settled chip vanished or moved, or too many others did.
    """
    before = past.payloads(DATASET)
    if not before or not rows:
        return
    try:
        earlier = csv_rows.read(FIELDS, before[0][0], unique=("name",)).accepted
    except SchemaError:
        return  # written in other columns, which an earlier capbrief read: nothing to compare
    old, new = _by_name(earlier), _by_name(rows[0].accepted)
    changes = {name: change for name in old if (change := _change(old[name], new.get(name)))}
    settled = [name for name in changes if name in SETTLED]
    if settled:
        _refuse(settled, changes, "of chips in fleets")
    if len(changes) > max(1, _MOST_CHANGED * len(old)):
        _refuse(sorted(changes), changes, f"of {len(old)} chips")


def _by_name(rows: pl.DataFrame) -> dict[str, dict[str, float | None]]:
    return {row["name"]: row for row in rows.iter_rows(named=True)}


def _change(old: Mapping[str, float | None], new: Mapping[str, float | None] | None) -> str | None:
    """What became of one chip, where it is more than a correction."""
    if new is None:
        return "is gone"
    for field in _COMPARED:
        before, after = old[field], new[field]
        if before is None:
            continue
        if after is None:
            return f"{field} {before:g} is gone"
        if abs(after / before - 1) > _MOST_MOVED:
            return f"{field} {before:g} to {after:g}"
    return None


def _refuse(names: Sequence[str], changes: Mapping[str, str], of: str) -> None:
    listed = "; ".join(f"{name}: {changes[name]}" for name in names[:_NAMED])
    rest = f"; and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    raise QualityError(
        f"{DATASET}: {len(names)} {of} vanished or moved by over 10 %: {listed}{rest}. The table "
        "from before stays; if the publisher means it, a newer capbrief has to know"
    )


DATASET = "ml_hardware"

DOCUMENTS = (
    Document(
        DATASET,
        "Data on Machine Learning Hardware",
        ("hardware",),
        ("data", "ml_hardware.csv"),
        CSV,
        csv_rows.gate(FIELDS),
        every_days=7,
        review=review,
    ),
)
ENTITIES: Mapping[str, Entity] = {HARDWARE.name: HARDWARE}
