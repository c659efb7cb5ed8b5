"""Accelerators as the estimates need them: rate, memory, and how several are joined."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

H100 = "nvidia_h100_sxm5_80gb"
"""What an H100-equivalent is measured by."""


@dataclass(frozen=True)
class Accelerator:
    """One kind of accelerator."""

    key: str
    vendor: str
    architecture: str
    """Its own key where nobody says."""
    peak_flops: float
    """FLOP/s, dense BF16 with FP32 accumulate."""
    memory_gb: float
    bandwidth_gb_s: float
    is_switched: bool
    """Several of them exchange data over links of their own (NVLink, Infinity Fabric); else over
    PCIe, which is also taken where nobody says."""


def accelerators(specs: pl.DataFrame) -> dict[str, Accelerator]:
    """Those that have a dense BF16 rate, a memory and a bandwidth, by key.

    Args:
        specs: gpu_key, vendor, architecture, form_factor, bf16_dense_tflops, memory_gb and
            memory_bandwidth_gb_s, one row each.
    """
    known = specs.drop_nulls(["bf16_dense_tflops", "memory_gb", "memory_bandwidth_gb_s"])
    return {row["gpu_key"]: _of(row) for row in known.sort("gpu_key").iter_rows(named=True)}


def _of(row: Mapping[str, object]) -> Accelerator:
    form = str(row["form_factor"] or "")
    return Accelerator(
        key=str(row["gpu_key"]),
        vendor=str(row["vendor"]),
        architecture=str(row["architecture"] or row["gpu_key"]),
        peak_flops=float(str(row["bf16_dense_tflops"])) * 1e12,
        memory_gb=float(str(row["memory_gb"])),
        bandwidth_gb_s=float(str(row["memory_bandwidth_gb_s"])),
        is_switched=bool(form) and not form.startswith("PCIe"),
    )
