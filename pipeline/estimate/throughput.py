"""Throughput: what each accelerator makes of each workload in an hour, and in H100s.

A model runs on one accelerator where its weights, in 16 bits or else in 8, and the activations of
one clip fit into the memory; where they do not, several share them. An H100-equivalent by workload
is the ratio of the seconds of an H100 and of the accelerator, with software of one generation on
both; it is 0 where the model does not fit, and none where it does not fit the H100 either. Of other
makers' accelerators no timing is known, so that nothing is said of them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from scipy.special import ndtri

from pipeline.estimate import video
from pipeline.estimate.accelerator import H100, Accelerator
from pipeline.estimate.catalogue import Catalogue, GenerativeModel, Workload
from pipeline.estimate.mfu import SOFTWARE_BOUND_FLOPS
from pipeline.estimate.speed import Fits, Prediction, Spread, predict

TIMED_VENDOR = "NVIDIA"

GROUPS = (1, 2, 4, 8)
"""How many accelerators share a clip: one server's at the most."""
WEIGHT_BITS = (16, 8)
"""In order of preference; arithmetic stays in 16 bits."""
SOFTWARE = ("stock", "fused")
PERCENTILES = (0.05, 0.5, 0.95)


@dataclass(frozen=True)
class Fitting:
    """How a workload lies in memory."""

    gpus: int
    """The smallest group that holds it."""
    weight_bits: int
    """16, or 8 where only that fits into as few."""
    needed_gb: float
    """Of each GPU in the group."""


@dataclass(frozen=True)
class Made:
    """What one accelerator does with one workload."""

    accelerator: str
    model: str
    workload: str
    software: str
    single_gb: float
    """What one GPU alone would have to hold, with weights of 8 bits."""
    fitting: Fitting | None
    """None where even the largest group does not hold it."""
    prediction: Prediction | None
    """Of one clip or image on the group; None where there is none, or nothing says its speed."""
    video_seconds: float | None
    h100e: tuple[float, ...] | None
    """Of one GPU alone, at ``PERCENTILES``; 0 where it does not hold the workload, None where no
    H100 alone does."""

    @property
    def is_fitting(self) -> bool:
        """Whether one GPU alone holds it."""
        return self.fitting is not None and self.fitting.gpus == 1

    def per_gpu_hour(self, amount: float) -> tuple[float, ...] | None:
        """At ``PERCENTILES``, what an hour of one GPU of the group makes of so much a clip."""
        if self.prediction is None or self.fitting is None:
            return None
        seconds, hour = self.prediction.seconds, 3600.0 / self.fitting.gpus
        return tuple(hour * amount / seconds.quantile(1 - p) for p in PERCENTILES)


@dataclass(frozen=True)
class _Work:
    model: GenerativeModel
    workload: Workload
    software: str

    @cached_property
    def flop(self) -> float:
        return float(self.model.flop(self.workload).flop_per_clip)

    @cached_property
    def pixels(self) -> float:
        return self.model.tokens(self.workload) * self.model.pixels_per_token


def throughput(known: Mapping[str, Accelerator], by: Fits, catalogue: Catalogue) -> Iterator[Made]:
    """Every workload on every accelerator, with stock software, and with fused where it counts.

    Without an H100 among the accelerators nothing can be compared with it: nothing comes out.
    """
    if H100 not in known:
        return
    for model in catalogue.models.values():
        for work in (_Work(model, one, kind) for one in model.workloads for kind in SOFTWARE):
            fitting = smallest_group(model, work.workload, known[H100].memory_gb)
            is_alone = fitting is not None and fitting.gpus == 1
            h100 = _predicted(by, known[H100], work) if is_alone else None
            for one in known.values():
                counts = work.software == "stock" or one.peak_flops >= SOFTWARE_BOUND_FLOPS
                if one.vendor == TIMED_VENDOR and counts:
                    made = _made(by, one, work, h100)
                    if made is not None:
                        yield made


def smallest_group(model: GenerativeModel, workload: Workload, memory_gb: float) -> Fitting | None:
    """The fewest GPUs that hold weights and activations together, each an equal part.

    Weights are parted too (fully sharded); where each GPU keeps all of them, more are needed.
    """
    for gpus in GROUPS:
        for bits in WEIGHT_BITS:
            needed = model.memory_gb(workload, bits / 8) / gpus
            if needed <= memory_gb:
                return Fitting(gpus, bits, needed)
    return None


def _predicted(by: Fits, one: Accelerator, work: _Work, gpus: int = 1) -> Prediction | None:
    return predict(
        by,
        one,
        flop=work.flop,
        overhead=video.overhead_seconds(work.pixels, one.bandwidth_gb_s),
        gpus=gpus,
        fused=work.software == "fused",
    )


def _made(by: Fits, one: Accelerator, work: _Work, h100: Prediction | None) -> Made | None:
    alone = _predicted(by, one, work)
    if alone is None:
        return None
    fitting = smallest_group(work.model, work.workload, one.memory_gb)
    group = _predicted(by, one, work, fitting.gpus) if fitting is not None else None
    equivalents: tuple[float, ...] | None = None
    if h100 is not None and one.key == H100:
        equivalents = (1.0, 1.0, 1.0)
    elif h100 is not None:
        fits = fitting is not None and fitting.gpus == 1
        equivalents = tuple(
            _ratio(h100.seconds, alone.seconds, p) if fits else 0.0 for p in PERCENTILES
        )
    return Made(
        accelerator=one.key,
        model=work.model.id,
        workload=work.workload.id,
        software=work.software,
        single_gb=work.model.memory_gb(work.workload, min(WEIGHT_BITS) / 8),
        fitting=fitting,
        prediction=group,
        video_seconds=work.model.video_seconds(work.workload),
        h100e=equivalents,
    )


def _ratio(h100: Spread, other: Spread, probability: float) -> float:
    """Quantile of the ratio of two independent spreads, taken as lognormal.

    Independent: how a model deviates on one GPU says nothing of another. That is the wider
    interval, for a model that is slow on one is mostly slow on both.
    """
    sd = math.hypot(h100.sd_ln, other.sd_ln)
    return h100.median / other.median * math.exp(sd * float(ndtri(probability)))
