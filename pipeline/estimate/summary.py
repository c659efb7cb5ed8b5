"""Quantiles of an output with their standard errors, from independent replicates of its draws."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from pipeline.estimate.normal import FloatArray

PROBABILITIES = (0.05, 0.10, 0.25, 0.50, 0.75, 0.90, 0.95)
NAMES = tuple(f"p{round(100 * probability):02d}" for probability in PROBABILITIES)
HELD = tuple(NAMES.index(name) for name in ("p10", "p50", "p90"))
"""The quantiles whose standard errors a tolerance bounds."""

_BINS_PER_SD = 16
"""Of the factor that is integrated. With the width of the bins taken off its variance (Sheppard),
quantiles are within 1e-4 of those without bins."""
_REACH = 6.5
"""Standard deviations at which the normal distribution function is 0 or 1 to ten digits."""


@dataclass(frozen=True)
class Summary:
    """Quantiles of one output."""

    quantiles: tuple[float, ...]
    """At ``PROBABILITIES``, in the output's unit."""
    errors: tuple[float, ...]
    """The standard error of each: how far it would move with other draws."""
    mean_ln: float | None
    """Mean of the natural logarithm; None where some paths give 0."""

    def __getitem__(self, name: str) -> float:
        """A quantile by its name, ``p50``."""
        return self.quantiles[NAMES.index(name)]

    @property
    def largest_error(self) -> float:
        """The greatest relative standard error of P10, P50 and P90."""
        return max(
            self.errors[k] / self.quantiles[k] if self.quantiles[k] else 0.0 for k in HELD
        )


@dataclass(frozen=True)
class Tally:
    """What is kept of one replicate of an output."""

    quantiles: FloatArray | None
    """Where nothing is left to integrate: shape (7,)."""
    counts: FloatArray | None
    """Otherwise how many draws lie in each bin of ln(output)."""
    first_bin: int
    n_zero: int
    n_draws: int
    sum_ln: float


def tally(values: FloatArray, sd: float) -> Tally:
    """Keep of one replicate what its quantiles need.

    Args:
        values: the output on each path, finite and at least 0, shape (draws,).
        sd: standard deviation of the logarithm of the lognormal factor that is still to be
            integrated; 0 where there is none.
    """
    above = values[values > 0] if values.min() <= 0 else values
    n_zero = len(values) - len(above)
    logs = np.log(above)
    sum_ln = float(logs.sum())
    if sd == 0:
        return Tally(quantiles(values), None, 0, n_zero, len(values), sum_ln)
    bins = np.floor(logs * (_BINS_PER_SD / sd)).astype(np.intp)
    first = int(bins.min()) if len(bins) else 0
    counts = np.bincount(bins - first).astype(float)
    return Tally(None, counts, first, n_zero, len(values), sum_ln)


def summarise(tallies: Sequence[Tally], sd: float, median: float = 1.0) -> Summary:
    """Quantiles and their standard errors from replicates of equal size.

    Args:
        tallies: one a replicate.
        sd: as they were tallied with.
        median: what the quantiles are multiplied by.
    """
    n_draws = sum(one.n_draws for one in tallies)
    is_zero = any(one.n_zero for one in tallies)
    mean_ln = None if is_zero else sum(one.sum_ln for one in tallies) / n_draws + math.log(median)
    if sd == 0:
        each = np.stack([one.quantiles for one in tallies if one.quantiles is not None])
        found, errors = each.mean(axis=0), _spread(each)
    else:
        found, errors = _integrated(tallies, sd)
    return Summary(tuple((found * median).tolist()), tuple((errors * median).tolist()), mean_ln)


def quantiles(values: FloatArray) -> FloatArray:
    """Quantiles of one array of draws, at ``PROBABILITIES``: linear between order statistics."""
    places = np.array(PROBABILITIES) * (len(values) - 1)
    below = np.floor(places).astype(np.intp)
    above = np.minimum(below + 1, len(values) - 1)
    ordered = np.partition(values, np.unique(np.concatenate([below, above])))
    result: FloatArray = ordered[below] + (places - below) * (ordered[above] - ordered[below])
    return result


def _spread(each: FloatArray) -> FloatArray:
    """Standard error of the mean over replicates, shape (replicates, n) to (n,)."""
    if len(each) < 2:  # one replicate is all that is needed where nothing is drawn
        return np.zeros(each.shape[1])
    result: FloatArray = each.std(axis=0, ddof=1) / math.sqrt(len(each))
    return result


def _integrated(tallies: Sequence[Tally], sd: float) -> tuple[FloatArray, FloatArray]:
    """Quantiles of binned draws times a lognormal factor with median 1 (conditional Monte Carlo).

    Solves mean of Phi((ln q - ln r) / sd) = p over the draws r. The distribution function is made
    on the grid of the bins by one convolution; a Newton step from there is exact enough.
    """
    step = sd / _BINS_PER_SD
    kernel_sd = math.sqrt(sd * sd - step * step / 12)
    first = min(one.first_bin for one in tallies)
    length = max(one.first_bin + _length(one) for one in tallies) - first
    counts = np.zeros((len(tallies), length))
    for row, one in zip(counts, tallies, strict=True):
        if one.counts is not None:
            at = one.first_bin - first
            row[at : at + len(one.counts)] += one.counts
    counts /= np.array([one.n_draws for one in tallies])[:, None]
    share = counts.mean(axis=0)
    zero = sum(one.n_zero for one in tallies) / sum(one.n_draws for one in tallies)

    reach = math.ceil(_REACH * _BINS_PER_SD)
    padded = np.concatenate([np.zeros(reach), share, np.zeros(reach)])
    weights = ndtr(np.arange(-reach, reach + 1) * (step / kernel_sd))
    below = np.concatenate([np.zeros(reach + 1), np.cumsum(padded)])[: len(padded)]
    # Bins farther below than the kernel reaches are counted whole.
    function = zero + np.convolve(padded, weights, "same") + below
    function = np.maximum.accumulate(function)
    centres = (first - reach + np.arange(len(padded)) + 0.5) * step
    inside = np.array(PROBABILITIES)
    start = np.interp(inside, function, centres)

    distance = (start[:, None] - centres[None, reach : reach + length]) / kernel_sd
    of_each = ndtr(distance) @ counts.T
    of_each += np.array([one.n_zero / one.n_draws for one in tallies])
    density = np.exp(-0.5 * distance * distance) @ share / (kernel_sd * math.sqrt(2 * math.pi))
    logs = start + (inside - of_each.mean(axis=1)) / density
    found = np.where(inside <= zero, 0.0, np.exp(logs))
    errors = found * _spread(of_each.T) / density
    return found, errors


def _length(one: Tally) -> int:
    return 0 if one.counts is None else len(one.counts)
