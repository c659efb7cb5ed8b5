"""Back-test: every published timing predicted from the timings of other models.

Single GPUs give the MFU, pairs of one GPU and several give the loss of parallel work.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.estimate.mfu import ALL, Fit, Sample, class_of, terms_of
from pipeline.estimate.speed import ANY_LINK, Fits, Prediction, link_of, predict
from pipeline.estimate.timing import Timing

NAIVE_MFU = 0.4
"""What is commonly taken for any model on any GPU."""
PUBLISHED_MINUTES = 5.0
"""Minutes of video for each hour of an H100: Factorial Funds, March 2024."""
LEAST_LOSS = 1e-3
"""Of parallel work, where several GPUs were timed as fast as one alone or faster."""


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
        """Whether it counts: predicted, and comparable."""
        return self.prediction is not None and self.timing.is_comparable

    @property
    def is_inside(self) -> bool | None:
        """Whether the 80 % interval holds the measured seconds."""
        if self.prediction is None:
            return None
        low, high = (self.prediction.seconds.quantile(p) for p in (0.1, 0.9))
        return low <= self.timing.seconds <= high


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
    return Fits(Fit(_mfu(timings), ALL), Fit(_losses(timings), ANY_LINK))


def backtest(rows: Sequence[Timing], evidence: Sequence[Timing]) -> list[Row]:
    """Predict each of some timings from the evidence on all other models.

    Args:
        rows: what is predicted, comparable or not.
        evidence: what it is predicted from; may hold the same timings.
    """
    everything = fitted(evidence)
    others = {model: everything.without(model) for model in {one.model for one in rows}}
    return [_row(one, others[one.model]) for one in rows]


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


def _mfu(timings: Iterable[Timing]) -> list[Sample]:
    """MFU of single GPUs: FLOPs over all seconds, so that full clips' overhead is in it."""
    return [
        Sample(
            math.log(one.at_peak(one.accelerator) / one.seconds),
            one.model,
            class_of(one.accelerator, fused=one.is_fused),
            terms_of(one.accelerator, fused=one.is_fused),
        )
        for one in timings
        if one.is_comparable and one.gpus == 1 and one.accelerator is not None
    ]


def _losses(timings: Sequence[Timing]) -> list[Sample]:
    """Losses of several GPUs against one, by the same source on the same clip."""
    alone = {_work(one): one for one in timings if one.is_comparable and one.gpus == 1}
    made = []
    for one in timings:
        single = alone.get(_work(one))
        if not one.is_comparable or one.gpus == 1 or single is None or one.accelerator is None:
            continue
        lost = (one.gpus * one.seconds / single.seconds - 1) / (one.gpus - 1)
        link = link_of(one.accelerator)
        made.append(Sample(math.log(max(lost, LEAST_LOSS)), one.model, link, (1.0,)))
    return made


def _work(one: Timing) -> tuple[object, ...]:
    """What two timings share that differ in the number of GPUs alone."""
    return (*one.work, one.is_fused)


def _row(timing: Timing, by: Fits) -> Row:
    accelerator = timing.accelerator
    published = None
    if timing.video_seconds is not None:
        published = timing.video_seconds / PUBLISHED_MINUTES * 60 / timing.gpus
    if accelerator is None:
        return Row(timing, None, f"no rate is known of a GPU {timing.gpu!r}", None, published)
    made = predict(
        by,
        accelerator,
        flop=timing.flop,
        overhead=timing.overhead(accelerator),
        gpus=timing.gpus,
        fused=timing.is_fused,
    )
    reason = "" if made is not None else "no timing of another model says how fast it is"
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
