"""MFU: which share of a GPU's peak video models reach, fitted to published timings.

Timings fall into classes: accelerators of one architecture and rate, and where the rate is so
high that software decides, two generations of it (stock kernels with FlashAttention 2; fused:
FlashAttention 3, compiled, serving engines). Where a class has no timings, all of them together
stand in: the faster a GPU, the smaller the share of its peak that the same software reaches.

There shares are taken as log-odds, so that none comes near the peak.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pipeline.estimate.accelerator import Accelerator
from pipeline.estimate.normal import FloatArray

Terms = tuple[float, ...]

STOCK, FUSED = "Hopper stock", "Hopper fused"
ALL = "all GPUs, by rate"

SOFTWARE_BOUND_FLOPS = 600e12
"""Peaks above it wait for their kernels: FlashAttention 2 reaches 35 % of an H100's peak (Shah et
al., FlashAttention-3, arXiv 2407.08608), while kernels of the same age fill an A100, a gaming
card, or an H20, which is a Hopper of a seventh of the rate."""

_FUSED = re.compile(
    r"(?<!no )(?<!not )(?<!without )(?<!un)"
    r"(\bFA[ -]?3\b|flash[ -]?attn?(?:ention)?[ -]?3|compile[ds]?\b|fused|LightX2V|TensorRT)"
    r"(?! ?(?:[:=] ?)?(?:no|off|false)\b)",
    re.IGNORECASE,
)


def is_fused(case: str) -> bool:
    """Whether what is said of a timing names software of the newer generation."""
    return _FUSED.search(case) is not None


def class_of(one: Accelerator, *, fused: bool) -> str:
    """The class of an accelerator with software of the one generation or the other."""
    if one.peak_flops < SOFTWARE_BOUND_FLOPS:
        return f"{one.architecture}, {one.peak_flops / 1e12:.0f} TFLOP/s"
    if one.architecture == "Hopper":
        return FUSED if fused else STOCK
    return f"{one.architecture}, {'fused' if fused else 'stock'}"


def terms_of(one: Accelerator, *, fused: bool) -> Terms:
    """What log-odds of an MFU are linear in over all classes.

    1, the logarithm of the rate, and whether the software is fused where it decides.
    """
    is_bound = one.peak_flops >= SOFTWARE_BOUND_FLOPS
    return (1.0, math.log(one.peak_flops / 1e15), float(fused and is_bound))


@dataclass(frozen=True)
class Sample:
    """One timing as a logarithm: of an MFU, or of what is lost by parallel work."""

    ln: float
    model: str
    size: tuple[int, ...]
    """Dimensions of the model: who calls it otherwise still means the same one."""
    kind: str
    """Its class."""
    terms: Terms = (1.0,)


@dataclass(frozen=True)
class Fitted:
    """What a class, or the line, says of a timing that is not in it.

    The logarithm has a Student distribution, for its spread was estimated.
    """

    name: str
    """The class, or what stands in for it."""
    ln: float
    sd_ln: float
    """Of a single further timing."""
    freedom: int
    n: int
    n_models: int

    @property
    def median(self) -> float:
        """Of a class the geometric mean."""
        return math.exp(self.ln)


class Fit:
    """Geometric means by class, one spread for all classes, and a line through everything.

    Few classes have more than three timings, so that their own spreads say little: the spread is
    taken about the means of all classes together. The line is least squares on the terms, of
    logarithms, or of log-odds where the values are shares.
    """

    def __init__(self, samples: Iterable[Sample], everything: str, *, shares: bool = False) -> None:
        self._samples = list(samples)
        self._everything = everything
        self._shares = shares
        # Asked for every accelerator and workload, of which few differ in what they ask.
        self._known: dict[tuple[str, Terms], Fitted | None] = {}

    def without(self, model: str, size: tuple[int, ...]) -> Fit:
        """The same without one model, whatever it is called."""
        kept = (one for one in self._samples if one.model != model and one.size != size)
        return Fit(kept, self._everything, shares=self._shares)

    def of(self, kind: str, terms: Terms = (1.0,)) -> Fitted | None:
        """What the class says, or else the line; None where neither can say it."""
        if (kind, terms) not in self._known:
            self._known[kind, terms] = self._of(kind, terms)
        return self._known[kind, terms]

    def _of(self, kind: str, terms: Terms) -> Fitted | None:
        found = self._by_class.get(kind, ())
        sd, freedom = self._spread
        if found and freedom:
            mean = math.fsum(one.ln for one in found) / len(found)
            return self._fitted(kind, mean, sd * math.sqrt(1 + 1 / len(found)), freedom, found)
        return self._on_line(np.array(terms))

    def _on_line(self, at: FloatArray) -> Fitted | None:
        """The line at some terms, if it is determined there and its spread is known.

        Below the smallest terms it is level: that a GPU slower than all that were timed is filled
        even better does not follow.
        """
        if not self._samples:
            return None
        terms = np.array([one.terms for one in self._samples])
        at = np.maximum(at, terms.min(axis=0))
        values = np.array([one.ln for one in self._samples])
        if self._shares:
            values -= np.log1p(-np.exp(values))
        inverse = np.linalg.pinv(terms)
        slopes = inverse @ values
        freedom = len(values) - int(np.linalg.matrix_rank(terms))
        if not freedom or not np.allclose(at @ inverse @ terms, at):
            return None
        variance = float(np.sum((values - terms @ slopes) ** 2)) / freedom
        value, leverage = float(at @ slopes), float(np.sum((at @ inverse) ** 2))
        sd = math.sqrt(variance * (1 + leverage))
        if self._shares:
            # Back from log-odds, the spread to first order. Near 1 that is next to nothing, but
            # no less than timings of one class differ.
            value, sd = -math.log1p(math.exp(-value)), sd / (1 + math.exp(value))
            sd = max(sd, self._spread[0] if self._spread[1] else 0.0)
        return self._fitted(self._everything, value, sd, freedom, self._samples)

    @staticmethod
    def _fitted(name: str, ln: float, sd: float, freedom: int, found: Sequence[Sample]) -> Fitted:
        return Fitted(name, ln, sd, freedom, len(found), len({one.model for one in found}))

    @cached_property
    def _by_class(self) -> Mapping[str, Sequence[Sample]]:
        made = defaultdict(list)
        for one in self._samples:
            made[one.kind].append(one)
        return made

    @cached_property
    def _spread(self) -> tuple[float, int]:
        """Standard deviation about the means of the classes, and its degrees of freedom."""
        squares, freedom = 0.0, 0
        for group in self._by_class.values():
            mean = math.fsum(one.ln for one in group) / len(group)
            squares += math.fsum((one.ln - mean) ** 2 for one in group)
            freedom += len(group) - 1
        return (math.sqrt(squares / freedom) if freedom else math.nan), freedom
