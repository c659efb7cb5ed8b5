"""Back-test: every published timing predicted from the timings of other models.

Single GPUs give the MFU, of the seconds without what decoding takes; pairs of one GPU and several
give the loss of parallel work.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

import numpy as np

from pipeline.estimate.mfu import ALL, Fit, Sample, class_of, terms_of
from pipeline.estimate.speed import ANY_LINK, Fits, Prediction, link_of, predict
from pipeline.estimate.timing import Timing

NAIVE_MFU = 0.4
"""What is commonly taken for any model on any GPU."""
PUBLISHED_MINUTES = 5.0
"""Minutes of video for each hour of an H100: Factorial Funds, March 2024."""
LEAST_LOSS = 0.01
"""Of parallel work by each further GPU: pairs of timings do not tell less from none."""
MOST_OVERHEAD = 0.5
"""Of the seconds of a timing: with more of them it says little of the MFU."""


@dataclass(frozen=True)
class Row:
    """A timing, and what the methods say of it."""

    timing: Timing
    prediction: Prediction | None
    """None where there is nothing to predict it from; ``reason`` says why."""
    reason: str
    naive_seconds: float | None
    published_seconds: float | None
    """Of a clip at ``PUBLISHED_MINUTES`` on whatever GPU; None where the length is unknown."""

    @property
    def is_scored(self) -> bool:
        """Whether it counts: predicted, comparable, and not beyond what is possible."""
        return self.prediction is not None and self.timing.counts

    @property
    def is_inside(self) -> bool | None:
        """Whether the 80 % interval holds the measured seconds."""
        if self.prediction is None:
            return None
        low, high = (self.prediction.seconds.quantile(p) for p in (0.1, 0.9))
        return low <= self.timing.seconds <= high


@dataclass(frozen=True)
class Moments:
    """A class as it was timed."""

    name: str
    gpus: tuple[str, ...]
    """As the sources name them."""
    n: int
    n_models: int
    geometric_mean: float
    sd_ln: float | None
    """Standard deviation of the logarithm; None for a single timing."""
    least: float
    most: float


@dataclass(frozen=True)
class Score:
    """How far a method was off, as shares of the measured seconds."""

    method: str
    n: int
    median_error: float
    p90_error: float
    median_ratio: float
    """Predicted over measured: below 1 is too fast."""
    coverage: float | None
    """Share of the timings inside of the 80 % interval; None for methods without one."""


def fitted(timings: Sequence[Timing]) -> Fits:
    """MFU and parallel losses of the comparable timings."""
    return Fits(Fit(_mfu(timings), ALL, shares=True), Fit(_losses(timings), ANY_LINK))


def backtest(rows: Sequence[Timing], evidence: Sequence[Timing]) -> list[Row]:
    """Predict each of some timings from the evidence on all other models.

    Args:
        rows: what is predicted, comparable or not.
        evidence: what it is predicted from; may hold the same timings.
    """
    everything = fitted(evidence)
    names = {(one.model, one.size) for one in rows}
    others = {name: everything.without(*name) for name in names}
    return [_row(one, others[one.model, one.size]) for one in rows]


def scores(rows: Iterable[Row]) -> list[Score]:
    """How well each method does on the rows that count, ours first.

    A method without a figure for a row is not judged by it.
    """
    scored = [row for row in rows if row.is_scored]
    made = []
    for method, found in (
        ("capbrief", [_ours(row) for row in scored]),
        ("two operations a weight and token, MFU 0.4", [row.naive_seconds for row in scored]),
        ("5 minutes of video an hour", [row.published_seconds for row in scored]),
    ):
        ratios = [
            predicted / row.timing.seconds
            for row, predicted in zip(scored, found, strict=True)
            if predicted is not None
        ]
        if ratios:
            inside = [row.is_inside for row in scored] if method == "capbrief" else None
            made.append(_score(method, ratios, inside))
    return made


def moments(timings: Iterable[Timing]) -> list[Moments]:
    """MFU by class over all seconds of comparable timings of single GPUs, overhead and all.

    That is the figure that others give, too. What predictions take is up to a tenth higher where
    decoding weighs, and stands in the fits.
    """
    found: dict[str, list[Timing]] = defaultdict(list)
    for one in timings:
        if one.counts and one.gpus == 1 and one.mfu_class is not None:
            found[one.mfu_class].append(one)
    return [_moments(name, group) for name, group in found.items()]


def _moments(name: str, group: Sequence[Timing]) -> Moments:
    shares = np.array([one.mfu for one in group], dtype=np.float64)
    return Moments(
        name=name,
        gpus=tuple(dict.fromkeys(one.gpu for one in group)),
        n=len(group),
        n_models=len({one.model for one in group}),
        geometric_mean=float(np.exp(np.log(shares).mean())),
        sd_ln=float(np.log(shares).std(ddof=1)) if len(group) > 1 else None,
        least=float(shares.min()),
        most=float(shares.max()),
    )


def _mfu(timings: Iterable[Timing]) -> Iterator[Sample]:
    """MFU of single GPUs while they compute."""
    for one in timings:
        if one.counts and one.gpus == 1 and (accelerator := one.accelerator) is not None:
            overhead = one.overhead(accelerator)
            share = one.at_peak(accelerator) / (one.seconds - overhead)
            if overhead < MOST_OVERHEAD * one.seconds and share < 1:
                kind = class_of(accelerator, fused=one.is_fused)
                terms = terms_of(accelerator, fused=one.is_fused)
                yield Sample(math.log(share), one.model, one.size, kind, terms)


def _losses(timings: Sequence[Timing]) -> Iterator[Sample]:
    """Losses of several GPUs against one, by the same source on the same clip.

    Of several timings of one GPU that which is described most alike is taken.
    """
    alone: dict[tuple[object, ...], list[Timing]] = defaultdict(list)
    for one in timings:
        if one.counts and one.gpus == 1:
            alone[*one.work, one.is_fused].append(one)
    for one in timings:
        singles = alone.get((*one.work, one.is_fused))
        if one.counts and one.gpus > 1 and singles and one.accelerator is not None:
            single = max(
                singles, key=lambda other: SequenceMatcher(None, other.case, one.case).ratio()
            )
            lost = (one.gpus * one.seconds / single.seconds - 1) / (one.gpus - 1)
            ln = math.log(max(lost, LEAST_LOSS))
            yield Sample(ln, one.model, one.size, link_of(one.accelerator))


def _row(timing: Timing, by: Fits) -> Row:
    accelerator = timing.accelerator
    published = None
    if timing.video_seconds is not None:
        published = timing.video_seconds / PUBLISHED_MINUTES * 60 / timing.gpus
    if accelerator is None:
        return Row(
            timing, None, f"no GPU whose rate is known is called {timing.gpu!r}", None, published
        )
    made = predict(
        by,
        accelerator,
        flop=timing.flop,
        overhead=timing.overhead(accelerator),
        gpus=timing.gpus,
        fused=timing.is_fused,
    )
    reason = "" if made is not None else "no timing of another model says how fast it is"
    if timing.is_comparable and timing.is_above_peak:
        reason = "above the peak of its GPUs: sizes, passes or comparable are wrong; not scored"
    rate = accelerator.peak_flops * NAIVE_MFU * timing.gpus
    return Row(timing, made, reason, timing.naive_flop / rate, published)


def _ours(row: Row) -> float | None:
    return row.prediction.seconds.median if row.prediction is not None else None


def _score(method: str, ratios: list[float], inside: list[bool | None] | None) -> Score:
    errors = np.abs(np.asarray(ratios) - 1)
    return Score(
        method=method,
        n=len(ratios),
        median_error=float(np.median(errors)),
        p90_error=float(np.quantile(errors, 0.9)),
        median_ratio=float(np.median(ratios)),
        coverage=sum(map(bool, inside)) / len(inside) if inside else None,
    )
