"""Training runs: what was published of them, counted again by the formulas of inference.

Training takes three times the FLOPs of a forward pass: one forward, two backward. A count of
6 x parameters x tokens leaves attention out, which is most of the work at full clip length.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from pipeline import resources
from pipeline.estimate import video
from pipeline.estimate.catalogue import Catalogue

PASSES = 3.0
"""A training step in forward passes: the backward pass takes two."""


@dataclass(frozen=True)
class Stage:
    """A part of a run with samples of one length."""

    id: str
    samples: float
    tokens_per_sample: int


@dataclass(frozen=True)
class TrainingRun:
    """One run; None stands for what nobody says."""

    id: str
    title: str
    model: str | None
    """In the catalogue."""
    parameters: float | None
    flop: float | None
    """As its source counts it."""
    flop_method: str | None
    gpu_key: str | None
    gpus: int | None
    gpu_hours: float | None
    gpu_hours_by: str | None
    """published, or derived from GPUs and hours."""
    mfu_stated: float | None
    published: str
    """A day, a month or a year."""
    sources: tuple[str, ...]
    """Titles and addresses."""
    note: str
    stages: tuple[Stage, ...]

    def counted_flop(self, catalogue: Catalogue) -> float | None:
        """FLOPs with attention, of the samples of all stages; None where they are not known.

        sum over stages of samples x 3 x (linear + attention + cross) of one pass
        """
        found = catalogue.models.get(self.model or "")
        if found is None or not self.stages:
            return None
        return math.fsum(
            PASSES
            * stage.samples
            * video.counted(
                tokens=stage.tokens_per_sample,
                layers=found.layers,
                width_model=found.width,
                mac_per_token_layer=found.mac_per_token_layer,
                text_tokens=found.text_tokens or 0,
                steps=1,
                passes=1,
            ).flop_per_clip
            for stage in self.stages
        )


@cache
def shipped() -> tuple[TrainingRun, ...]:
    """The runs of the package."""
    return of_toml(resources.TRAINING.read_text(encoding="utf-8"))


def of_toml(text: str) -> tuple[TrainingRun, ...]:
    """Runs of their text, in its order.

    Raises:
        ValueError: it is no TOML.
        KeyError: something that every run has is missing, or a source that is named.
    """
    data = tomllib.loads(text)
    return tuple(_run(name, table, data["sources"]) for name, table in data["runs"].items())


def _run(name: str, table: Mapping[str, Any], sources: Mapping[str, Any]) -> TrainingRun:
    cited = [sources[one] for one in table["sources"]]
    return TrainingRun(
        id=name,
        title=table["title"],
        model=table.get("model"),
        parameters=table.get("parameters"),
        flop=table.get("flop"),
        flop_method=table.get("flop_method"),
        gpu_key=table.get("gpu_key"),
        gpus=table.get("gpus"),
        gpu_hours=table.get("gpu_hours"),
        gpu_hours_by=table.get("gpu_hours_by"),
        mfu_stated=table.get("mfu_stated"),
        published=table["published"],
        sources=tuple(", ".join(filter(None, (one["title"], one.get("url")))) for one in cited),
        note=table["note"],
        stages=tuple(
            Stage(one["id"], one["samples"], one["tokens_per_sample"])
            for one in table.get("stages", ())
        ),
    )
