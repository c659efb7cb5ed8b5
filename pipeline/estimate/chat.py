"""Chat: language models as they are served, for contrast with video.

A video model computes for minutes on one clip; a language model reads all its weights for one
token of each of the requests at hand. One step of so many requests takes at the least

    memory  = (weights + requests x context x cache of a token) / (GPUs x bandwidth)
    compute = 2 x active parameters x requests / (GPUs x peak x MFU)

of which the first rules small batches and the second large ones. What was measured stands beside
their sum; exchange between GPUs and the reading of prompts are in the first alone.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import polars as pl

from pipeline import resources
from pipeline.estimate.accelerator import Accelerator, accelerators
from pipeline.estimate.table import Table

MFU = 0.4
"""Of the matrix products of a step: a judgement, in the middle of what is published for serving."""

READ = ("marts.gpu",)

TABLE = "estimates.chat_serving"
TABLES: Mapping[str, Table] = {
    TABLE: Table(
        "Language models as they are served, measured and by the roofline, for contrast with "
        "video. One row per model, accelerator, number of them and requests at once.",
        ("model", "gpu_key", "gpus", "batch"),
        READ,
        {
            "model": "Language model, with its billions of parameters.",
            "gpu_key": "Accelerator that served it, by capbrief's key.",
            "gpus": "How many accelerators hold the model together.",
            "source_title": "Document of the measured throughput.",
            "note": "What the measurement leaves open; null: nothing.",
        },
    )
}
SCHEMA: Mapping[str, type[pl.DataType]] = {
    **dict.fromkeys(("model", "title", "gpu_key"), pl.String),
    "gpus": pl.Int64,
    **dict.fromkeys(
        (
            *("batch", "output_tokens", "tokens_per_gpu_s", "step_s"),
            *("memory_step_s", "compute_step_s", "turns_per_gpu_hour"),
        ),
        pl.Float64,
    ),
    **dict.fromkeys(("source_title", "source_url", "note"), pl.String),
}


def served(specs: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """The frame of ``TABLE``; measurements on accelerators that are not known are left out.

    Args:
        specs: rows of marts.gpu.
    """
    rows = list(_rows(accelerators(specs), _shipped()))
    return {TABLE: pl.DataFrame(rows, schema=dict(SCHEMA), orient="row")}


@cache
def _shipped() -> Mapping[str, Any]:
    return tomllib.loads(resources.CHAT.read_text(encoding="utf-8"))


def _rows(
    known: Mapping[str, Accelerator], data: Mapping[str, Any]
) -> Iterator[tuple[object, ...]]:
    for name, model in data["models"].items():
        for one in model["serving"]:
            if (accelerator := known.get(one["gpu_key"])) is None:
                continue
            source, per_gpu = data["sources"][one["source"]], one["tokens_per_s"] / one["gpus"]
            yield (
                *(name, model["title"], one["gpu_key"], one["gpus"], one["batch"]),
                *(one["output_tokens"], per_gpu, one["batch"] / one["tokens_per_s"]),
                *_step(accelerator, model, one),
                3600.0 * per_gpu / one["output_tokens"],
                *(source["title"], source["url"], one.get("note")),
            )


def _step(
    one: Accelerator, model: Mapping[str, Any], run: Mapping[str, Any]
) -> tuple[float, float]:
    """Seconds of one step by memory and by arithmetic.

    The context is taken to be as long as the answer: half of it made, and a prompt of as much.
    Products of 8-bit weights run at twice the rate; the cache is in 16 bits.
    """
    size = model["weight_bits"] / 8
    cached = run["batch"] * run["output_tokens"] * model["cached_numbers_per_token"] * 2.0
    memory = (model["parameters"] * size + cached) / (run["gpus"] * one.bandwidth_gb_s * 1e9)
    rate = run["gpus"] * one.peak_flops * 2.0 / size * MFU
    return memory, 2.0 * model["active_parameters"] * run["batch"] / rate
