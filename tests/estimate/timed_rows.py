"""Published timings and accelerators as the marts hand them on, made from files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import polars as pl

from pipeline import resources
from pipeline.estimate import catalogue
from pipeline.estimate.accelerator import Accelerator, accelerators
from pipeline.estimate.timing import Timing, timings

EDITION = resources.EDITIONS / "sora_2024"
KEYS: Mapping[str, str] = MappingProxyType(
    {
        "H100": "nvidia_h100_sxm5_80gb",
        "H200": "nvidia_h200_sxm_141gb",
        "B200": "nvidia_b200_sxm_180gb",
        "A100": "nvidia_a100_sxm4_80gb",
        "H20": "nvidia_h20_96gb",
        "L20": "nvidia_l20_48gb",
        "RTX 4090": "nvidia_rtx4090_24gb",
        "RTX 4090D": "nvidia_rtx4090d_24gb",
    }
)
"""The accelerators that the names in the timings mean."""


def specs() -> pl.DataFrame:
    """The edition's accelerators, with the columns that are read of marts.gpu."""
    return pl.read_csv(EDITION / "gpu_spec.csv").select(
        *("gpu_key", "vendor", "architecture", "bf16_dense_tflops"),
        *("memory_gb", "memory_bandwidth_gb_s", "form_factor"),
    )


@cache
def known() -> Mapping[str, Accelerator]:
    """Those of them whose rate is known, by key."""
    return accelerators(specs())


def rows(file: Path) -> pl.DataFrame:
    """A file of timings, with the columns that are read of marts.video_timing."""
    return pl.read_csv(file, schema_overrides={"seconds": pl.Float64}).select(
        pl.exclude("case", "comparable"),
        pl.col("gpu").replace_strict(KEYS, default=None).alias("gpu_key"),
        pl.col("case").alias("case_text"),
        pl.col("comparable").alias("is_comparable"),
    )


def read(file: Path = EDITION / "video_timing.csv") -> list[Timing]:
    """The timings of a file; without one, the edition's own."""
    return timings(rows(file), known(), catalogue.shipped())


ROW: Mapping[str, object] = MappingProxyType(
    {
        **{"model": "A", "gpu": "H100", "gpu_key": KEYS["H100"], "gpus": 1, "tokens": 10_000},
        **{"steps": 50, "passes": 2, "layers": 40, "width": 5120, "mac_per_token_layer": 3 * 10**8},
        **{"seconds": 100.0, "kind": "denoising", "case_text": "", "source": "a test"},
        "is_comparable": True,
    }
)


def made(
    *changes: Mapping[str, Any], accelerators_: Mapping[str, Accelerator] | None = None
) -> Sequence[Timing]:
    """Timings of ``ROW``, each with some columns changed."""
    frame = pl.DataFrame([{**ROW, **one} for one in changes], infer_schema_length=None)
    return timings(
        frame, accelerators_ if accelerators_ is not None else known(), catalogue.shipped()
    )
