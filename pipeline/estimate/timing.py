"""Published timings of video models: what each took, and what the formulas count for it."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import polars as pl

from pipeline.errors import QualityError
from pipeline.estimate import video
from pipeline.estimate.accelerator import Accelerator
from pipeline.estimate.catalogue import Catalogue, GenerativeModel
from pipeline.estimate.mfu import class_of, is_fused

KINDS = ("end-to-end", "denoising")
"""What the seconds cover: all from prompt to file, or the steps alone."""


@dataclass(frozen=True)
class Timing:
    """Seconds of one clip, or of one step of it, on one or more GPUs."""

    model: str
    gpu: str
    accelerator: Accelerator | None
    """None where the name of the GPU means none whose rate is known."""
    gpus: int
    tokens: int
    steps: int
    passes: int
    layers: int
    width: int
    mac_per_token_layer: int
    seconds: float
    kind: str
    """end-to-end, from prompt to file, or denoising."""
    case: str
    source: str
    is_fused: bool
    """Software of the newer generation: said of it, or of the same work on one GPU."""
    is_comparable: bool
    """Full attention in 16 bits with known passes: else the count of FLOPs does not hold."""
    pixels_per_token: float
    video_seconds: float | None
    """Length of the clip; None where it is unknown, or where a single step was timed."""

    @cached_property
    def flop(self) -> float:
        """Of all steps, attention counted, text left out: timings do not say how long it is.

        It takes 0.4 to 2 % of a clip at 480p and more, 8 % at 256 pixels, 10 to 15 % of an image.
        """
        return float(
            video.counted(
                tokens=self.tokens,
                layers=self.layers,
                width_model=self.width,
                mac_per_token_layer=self.mac_per_token_layer,
                steps=self.steps,
                passes=self.passes,
            ).flop_per_clip
        )

    @property
    def naive_flop(self) -> float:
        """Two operations for each weight that a token meets, no attention."""
        weights = self.layers * self.mac_per_token_layer
        return 2.0 * weights * self.tokens * self.steps * self.passes

    @property
    def is_end_to_end(self) -> bool:
        """Whether encoding and decoding are in the seconds."""
        return self.kind == KINDS[0]

    @property
    def size(self) -> tuple[int, ...]:
        """The dimensions of its model."""
        return (self.layers, self.width, self.mac_per_token_layer)

    @property
    def mfu(self) -> float | None:
        """FLOPs over all seconds and the peak of all GPUs; None where the rate is unknown."""
        if self.accelerator is None:
            return None
        return self.at_peak(self.accelerator) / self.seconds

    @property
    def is_above_peak(self) -> bool:
        """Whether it says to be faster than its GPUs can be: something of it is counted wrong."""
        return self.mfu is not None and self.mfu >= 1

    @property
    def counts(self) -> bool:
        """Whether it is fitted and scored."""
        return self.is_comparable and not self.is_above_peak

    @property
    def mfu_class(self) -> str | None:
        """Where its MFU belongs; None where the rate of its GPU is unknown."""
        if self.accelerator is None:
            return None
        return class_of(self.accelerator, fused=self.is_fused)

    @property
    def work(self) -> tuple[object, ...]:
        """What it shares with timings of the same on another number of GPUs."""
        clip = (self.tokens, self.steps, self.passes, self.kind)
        return (self.model, self.gpu, *clip, self.source)

    def at_peak(self, accelerator: Accelerator) -> float:
        """Seconds at the full rate of all its GPUs."""
        return self.flop / (accelerator.peak_flops * self.gpus)

    def overhead(self, accelerator: Accelerator) -> float:
        """Seconds beside the denoising: one GPU decodes, however many there are."""
        if not self.is_end_to_end:
            return 0.0
        pixels = self.tokens * self.pixels_per_token
        return video.overhead_seconds(pixels, accelerator.bandwidth_gb_s)


def timings(
    rows: pl.DataFrame, known: Mapping[str, Accelerator], catalogue: Catalogue
) -> list[Timing]:
    """Timings of rows, in their order.

    Args:
        rows: of marts.video_timing; what is read of them is not null, but for ``gpu_key``,
            ``case_text``, ``source`` and the sizes of a model that the catalogue has.
        known: accelerators by key.
        catalogue: tells frames and pixels of models that it has.

    Raises:
        QualityError: rows lack the sizes of a model that the catalogue does not have, or have
            figures that no timing can have; one line per finding.
    """
    given = list(rows.iter_rows(named=True))
    wrong = [
        f"row {number}, {row['model']} on {row['gpu']}: {problem}"
        for number, row in enumerate(given, 1)
        for problem in _problems(row, catalogue.models.get(str(row["model"])))
    ]
    if wrong:
        more = [f"and {len(wrong) - _MOST_TOLD} more"] if len(wrong) > _MOST_TOLD else []
        raise QualityError("\n".join([*wrong[:_MOST_TOLD], *more]))
    made = [_timing(row, known, catalogue) for row in given]
    software: dict[tuple[object, ...], set[bool]] = defaultdict(set)
    for one in made:
        if one.gpus == 1:
            software[one.work].add(one.is_fused)
    # Tables name the software once, beside the single GPU.
    return [replace(one, is_fused=True) if software[one.work] == {True} else one for one in made]


_MOST_TOLD = 20
_WORK = ("gpus", "tokens", "steps", "passes")
_SIZES = ("layers", "width", "mac_per_token_layer")


def _problems(row: Mapping[str, Any], found: GenerativeModel | None) -> Iterator[str]:
    """What no timing can have, or lacks."""
    for name in (*_WORK, *_SIZES):
        if row[name] is None and (name in _WORK or found is None):
            yield f"lacks {name}" + ("" if name in _WORK else "; the catalogue has no such model")
        elif row[name] is not None and not 1 <= row[name] < math.inf:
            yield f"{name} is {row[name]}; it must be 1 or more"
    if row["seconds"] is None or not 0 < row["seconds"] < math.inf:
        yield f"seconds are {row['seconds']}; they must be above 0"
    if row["kind"] not in KINDS:
        yield f"kind is {row['kind'] or 'empty'}; it is one of {', '.join(KINDS)}"


def _timing(row: Mapping[str, Any], known: Mapping[str, Accelerator], kept: Catalogue) -> Timing:
    model, case, tokens = row["model"], row["case_text"] or "", int(row["tokens"])
    found = kept.models.get(model)
    sizes = {
        name: int(row[name] if row[name] is not None else getattr(found, name)) for name in _SIZES
    }
    return Timing(
        model=model,
        gpu=row["gpu"],
        accelerator=known.get(row["gpu_key"]),
        gpus=int(row["gpus"]),
        tokens=tokens,
        steps=int(row["steps"]),
        passes=int(row["passes"]),
        **sizes,
        seconds=float(row["seconds"]),
        kind=row["kind"],
        case=case,
        source=row["source"] or "",
        is_fused=is_fused(case),
        is_comparable=row["is_comparable"],
        pixels_per_token=kept.pixels_per_token(model),
        video_seconds=None if "s/it" in case else kept.video_seconds(model, tokens),
    )
