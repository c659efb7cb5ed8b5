"""Speed: seconds of a clip or image on one or more accelerators, from fits to timings.

    seconds    = FLOPs / (GPUs x peak x MFU x efficiency) + overhead
    efficiency = 1 / (1 + c (GPUs - 1))

with one c for accelerators that have links of their own and one for those on PCIe.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy.special import stdtrit

from pipeline.estimate import video
from pipeline.estimate.accelerator import Accelerator
from pipeline.estimate.mfu import Fit, Fitted, class_of, terms_of

SWITCHED, PCIE, ANY_LINK = "links of their own", "PCIe", "any link"


@dataclass(frozen=True)
class Fits:
    """What seconds are predicted from; ``loss`` is the c of parallel work."""

    mfu: Fit
    loss: Fit

    def without(self, model: str, size: tuple[int, ...]) -> Fits:
        """The same without one model, whatever it is called."""
        return Fits(self.mfu.without(model, size), self.loss.without(model, size))


@dataclass(frozen=True)
class Spread:
    """Seconds with a Student distribution of their logarithm."""

    median: float
    sd_ln: float
    freedom: int
    least: float
    """At the full peak of all GPUs; nothing is faster."""

    def quantile(self, probability: float) -> float:
        """The seconds below which a timing lies with that probability."""
        away = math.exp(self.sd_ln * float(stdtrit(self.freedom, probability)))
        return max(self.least, self.median * away)


@dataclass(frozen=True)
class Prediction:
    """Seconds, and what they rest on."""

    seconds: Spread
    mfu: Fitted
    efficiency: float
    """Of parallel work; 1 for a single accelerator."""


def link_of(accelerator: Accelerator) -> str:
    """How several of them are joined."""
    return SWITCHED if accelerator.is_switched else PCIE


def predict(
    by: Fits,
    accelerator: Accelerator,
    *,
    flop: float,
    overhead: float,
    gpus: int = 1,
    fused: bool = False,
) -> Prediction | None:
    """Seconds of a piece of work; None where no timings say them.

    The logarithms of MFU, of the parallel loss and of the overhead deviate independently; the
    spread of the sum is that of its parts, each by its share.

    Args:
        by: the fits.
        accelerator: on which.
        flop: of all steps.
        overhead: seconds that one accelerator takes beside them, however many there are.
        gpus: how many share the work.
        fused: with software of the newer generation.
    """
    mfu = by.mfu.of(class_of(accelerator, fused=fused), terms_of(accelerator, fused=fused))
    if mfu is None:
        return None
    efficiency, sd, freedom = 1.0, mfu.sd_ln, mfu.freedom
    if gpus > 1:
        loss = by.loss.of(link_of(accelerator))
        if loss is None:
            return None
        lost = loss.median * (gpus - 1)
        efficiency = 1 / (1 + lost)
        sd = math.hypot(sd, loss.sd_ln * lost * efficiency)  # d ln(efficiency) / d ln(c)
        freedom = min(freedom, loss.freedom)
    compute = flop / (gpus * accelerator.peak_flops * mfu.median * efficiency)
    total = compute + overhead
    spread = math.hypot(compute / total * sd, overhead / total * video.DECODING_SD_LN)
    least = flop / (gpus * accelerator.peak_flops)
    return Prediction(Spread(total, spread, freedom, least), mfu, efficiency)
