"""Quantiles of an output with their standard errors, from independent replicates of its draws."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from pipeline.estimate.normal import FloatArray

PROBABILITIES = (0.05, 0.10, 0.25, 0.50, 0.75, 0.90, 0.95)
NAMES = tuple(f"p{round(100 * probability):02d}" for probability in PROBABILITIES)
HELD = tuple(NAMES.index(name) for name in ("p10", "p50", "p90"))
"""The quantiles whose standard errors a tolerance bounds."""

_MANTISSA = 52
_INFINITE = 0x7FF
"""The exponent of what is not a number or not finite."""
_FINE = 7
"""Bins of an octave are a power of 2; this one where nothing is integrated. Quantiles are
interpolated inside a bin, within 1e-4 of those of ordered draws."""
_COARSE = 5
"""Never fewer."""
_BINS_PER_SD = 6
"""Of the factor that is integrated, at least; quantiles are within 1e-4 of those without bins."""
_FEW_BINS = 64
_THIN = 1e-9
"""Density in standard deviations of the factor; between values far apart there is none."""
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
    draws: int
    """That it took."""

    def __getitem__(self, name: str) -> float:
        """A quantile by its name, ``p50``."""
        return self.quantiles[NAMES.index(name)]

    @property
    def largest_error(self) -> float:
        """The greatest relative standard error of P10, P50 and P90."""
        return max(self._relative(k) for k in HELD)

    @property
    def widest_error(self) -> float:
        """The greatest relative standard error of all quantiles."""
        return max(self._relative(k) for k in range(len(self.quantiles)))

    def _relative(self, k: int) -> float:
        return self.errors[k] / self.quantiles[k] if self.quantiles[k] else 0.0


class OutputError(ValueError):
    """An output that is negative or not finite.

    Attributes:
        index: which one.
    """

    def __init__(self, index: int) -> None:
        super().__init__(f"output {index} is negative or not finite")
        self.index = index


@dataclass(frozen=True)
class Kind:
    """How an output is to be summed up.

    Attributes:
        sd: standard deviation of the logarithm of the lognormal factor that is still to be
            integrated; 0 where there is none.
        has_atoms: whether it takes single values with a probability of their own, so that its
            draws are ordered and not binned.
    """

    sd: float
    has_atoms: bool = False

    @cached_property
    def bits(self) -> int:
        """Bins of an octave, as a power of 2."""
        if not self.sd:
            return _FINE
        return max(_COARSE, math.ceil(math.log2(_BINS_PER_SD / self.sd)))


@dataclass(frozen=True)
class Tally:
    """What is kept of one block of draws of an output.

    A bin is the first bits of a floating-point number, its exponent and some of its mantissa:
    equal steps inside each octave, and no logarithm to take for every draw.
    """

    counts: NDArray[np.intp]
    """How many draws lie in each bin, from ``first_bin`` on."""
    first_bin: int
    n_draws: int
    means: FloatArray | None = None
    """The mean of the draws in each bin, NaN where none was noted: where in their bins they lie,
    be they ever so few."""
    spreads: FloatArray | None = None
    """The variance of ln of the draws in each bin, likewise."""
    ordered: FloatArray | None = None
    """Its quantiles, where it has atoms or few bins: shape (7,)."""


def tally(values: FloatArray, kinds: Sequence[Kind], *, with_means: bool = True) -> list[Tally]:
    """Keep of one block what quantiles need.

    Args:
        values: outputs on each path, shape (outputs, draws).
        kinds: how each is summed up.
        with_means: note where in their bins draws lie; one block in several is enough.

    Raises:
        OutputError: a value is negative or not finite.
    """
    bits = np.array([kind.bits for kind in kinds])
    shifts = _MANTISSA - bits
    first = values.min(axis=1).view(np.int64) >> shifts
    last = values.max(axis=1).view(np.int64) >> shifts
    is_good = (first >= 0) & (last < _INFINITE << bits)
    if not is_good.all():
        raise OutputError(int(np.flatnonzero(~is_good)[0]))
    width = int((last - first).max()) + 1
    shape = (len(kinds), width)
    bins = values.view(np.int64) >> shifts[:, None]
    bins += (np.arange(len(kinds)) * width - first)[:, None]
    counts = np.bincount(bins.ravel(), minlength=width * len(kinds)).reshape(shape)
    noted = _moments(bins, values, counts) if with_means else None
    made = []
    for k, kind in enumerate(kinds):
        filled = slice(int(last[k] - first[k]) + 1)
        is_narrow = not kind.sd and filled.stop < _FEW_BINS
        ordered = None
        if kind.has_atoms:
            ordered = _reached(values[k])
        elif is_narrow:
            ordered = quantiles(values[k])
        means, spreads = (each[k, filled] for each in noted) if noted else (None, None)
        n_draws, start = values.shape[1], int(first[k])
        made.append(Tally(counts[k, filled], start, n_draws, means, spreads, ordered))
    return made


def _moments(
    bins: NDArray[np.int64], values: FloatArray, counts: NDArray[np.intp]
) -> tuple[FloatArray, FloatArray]:
    """Mean and variance of ln in each bin, shape as ``counts``; NaN in empty ones.

    Of values that differ by a few percent the variance of ln is that of the value over the square
    of the mean, to second order. It is taken of differences from the bin's mean, so that equal
    values have none.
    """
    places = bins.ravel()
    sums = np.bincount(places, values.ravel(), counts.size).reshape(counts.shape)
    means = np.where(counts > 0, sums / np.maximum(counts, 1), math.nan)
    away = values.ravel() - means.ravel()[places]
    squares = np.bincount(places, away * away, counts.size).reshape(counts.shape)
    least = np.maximum(counts * means * means, np.finfo(np.float64).tiny)  # a bin may be 0 itself
    return means, np.where(counts > 0, squares / least, math.nan)


def merged(blocks: Sequence[Tally]) -> Tally:
    """Several blocks of one replicate as one."""
    first = min(block.first_bin for block in blocks)
    length = max(block.first_bin + len(block.counts) for block in blocks) - first
    counts = np.zeros(length, np.intp)
    means, spreads = np.full((2, length), math.nan)
    for block in blocks:
        at = slice(block.first_bin - first, block.first_bin - first + len(block.counts))
        counts[at] += block.counts
        if block.means is not None and block.spreads is not None:
            means[at] = np.where(np.isnan(block.means), means[at], block.means)
            spreads[at] = np.where(np.isnan(block.spreads), spreads[at], block.spreads)
    n_draws = sum(block.n_draws for block in blocks)
    # The mean over blocks: to first order that is the quantile of all of them together.
    parts = [block.ordered * block.n_draws for block in blocks if block.ordered is not None]
    is_ordered = len(parts) == len(blocks)
    ordered: FloatArray | None = np.sum(parts, axis=0) / n_draws if is_ordered else None
    return Tally(counts, first, n_draws, means, spreads, ordered)


def summarise(replicates: Sequence[Tally], kind: Kind, scale: float = 1.0) -> Summary:
    """Quantiles and their standard errors.

    Args:
        replicates: each of as many draws.
        kind: as they were tallied.
        scale: what quantiles are multiplied by.
    """
    shares, first = _joined(replicates)
    zeros = np.zeros(len(shares))
    if first == 0:  # an octave of its own, far below all others, is 0 itself
        zeros = shares[:, 0].copy()
        filled = np.flatnonzero(shares[:, 1:].any(axis=0))
        first = int(filled[0]) + 1 if len(filled) else 1
        shares = shares[:, first:]
    edges = ((first + np.arange(shares.shape[1] + 1)) << (_MANTISSA - kind.bits)).view(np.float64)
    places, spreads = _places(replicates, first, edges)
    logs = np.log(places) - spreads / 2  # the mean of ln is less than ln of the mean
    mean_ln = None
    if not zeros.any():
        mean_ln = float(shares.mean(axis=0) @ logs) + math.log(scale)
    ordered = [one.ordered for one in replicates if one.ordered is not None]
    if len(ordered) == len(replicates):
        found, errors = _mean(ordered), _spread(np.stack(ordered))
    elif kind.sd and len(logs):
        found, errors = _integrated(shares, zeros, logs, spreads, kind.sd)
    else:
        functions = np.cumsum(np.concatenate([zeros[:, None], shares], axis=1), axis=1)
        each = np.stack([_inverse(function, edges) for function in functions])
        each[np.array(PROBABILITIES) <= zeros[:, None]] = 0.0
        found, errors = each.mean(axis=0), _spread(each)
    n_draws = sum(one.n_draws for one in replicates)
    return Summary(
        tuple((found * scale).tolist()), tuple((errors * scale).tolist()), mean_ln, n_draws
    )


def _joined(replicates: Sequence[Tally]) -> tuple[FloatArray, int]:
    """The share of each bin in each replicate, shape (replicates, bins), and the first bin."""
    first = min(one.first_bin for one in replicates)
    length = max(one.first_bin + len(one.counts) for one in replicates) - first
    shares = np.zeros((len(replicates), length))
    for row, one in zip(shares, replicates, strict=True):
        at = one.first_bin - first
        row[at : at + len(one.counts)] = one.counts
        row /= one.n_draws
    return shares, first


def _places(
    replicates: Sequence[Tally], first: int, edges: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """A value for each bin and the variance of ln in it.

    The mean and the variance of the draws in it as far as they are known, else its middle and 0.
    """
    places, spreads = (edges[1:] + edges[:-1]) / 2, np.zeros(len(edges) - 1)
    for one in replicates:
        if one.means is not None and one.spreads is not None:
            start = max(first - one.first_bin, 0)
            known = np.flatnonzero(~np.isnan(one.means[start:]))
            at = one.first_bin + start - first + known
            places[at] = one.means[start:][known]
            spreads[at] = one.spreads[start:][known]
    return places, spreads


def quantiles(values: FloatArray) -> FloatArray:
    """Quantiles of one array of draws, at ``PROBABILITIES``: linear between order statistics."""
    places = np.array(PROBABILITIES) * (len(values) - 1)
    below = np.floor(places).astype(np.intp)
    above = np.minimum(below + 1, len(values) - 1)
    ordered = np.partition(values, np.unique(np.concatenate([below, above])))
    result: FloatArray = ordered[below] + (places - below) * (ordered[above] - ordered[below])
    return result


def _reached(values: FloatArray) -> FloatArray:
    """The least values up to which the probabilities are reached, be they ever so few."""
    places = np.ceil(np.array(PROBABILITIES) * len(values) - 1e-9).astype(np.intp) - 1
    result: FloatArray = np.partition(values, np.unique(places))[np.maximum(places, 0)]
    return result


def _mean(arrays: Sequence[FloatArray]) -> FloatArray:
    """The mean of arrays; that of equal numbers is exactly themselves."""
    each = np.stack(arrays)
    result: FloatArray = each[0] + (each - each[0]).mean(axis=0)
    return result


def _spread(each: FloatArray) -> FloatArray:
    """Standard error of the mean over replicates, shape (replicates, n) to (n,)."""
    if len(each) < 2:  # one replicate is all that is needed where nothing is drawn
        return np.zeros(each.shape[1])
    result: FloatArray = (each - each[0]).std(axis=0, ddof=1) / math.sqrt(len(each))
    return result


def _inverse(function: FloatArray, at: FloatArray) -> FloatArray:
    """Where a distribution function has the probabilities, linear between the places given."""
    result: FloatArray = np.interp(PROBABILITIES, function, at)
    return result


def _integrated(
    shares: FloatArray, zeros: FloatArray, logs: FloatArray, spreads: FloatArray, sd: float
) -> tuple[FloatArray, FloatArray]:
    """Quantiles of binned draws times a lognormal factor with median 1 (conditional Monte Carlo).

    Solves mean of Phi((ln q - ln r) / sd) = p over the draws r. One convolution on a grid of equal
    steps gives the distribution function; a Newton step from there is exact enough. What draws
    differ by inside a bin widens the factor for that bin (W. F. Sheppard's correction, with the
    variance that was found in place of an even one).

    Args:
        shares: of the bins in each replicate, shape (replicates, bins).
        zeros: share of draws that are 0 in each replicate.
        logs: ln(output) of the bins.
        spreads: variance of ln(output) inside of each.
        sd: of the logarithm of the factor.
    """
    filled = shares.any(axis=0)
    shares, logs = shares[:, filled], logs[filled]
    sds = np.sqrt(sd * sd + spreads[filled])
    share, zero = shares.mean(axis=0), float(zeros.mean())
    step = sd / _BINS_PER_SD
    reach = math.ceil(_REACH * _BINS_PER_SD)
    places = np.floor((logs - logs[0]) / step).astype(np.intp) + reach
    grid = np.bincount(places, share, minlength=int(places[-1]) + 1 + reach)
    weights = ndtr(np.arange(-reach, reach + 1) / _BINS_PER_SD)
    # Steps farther below than the factor reaches are counted whole.
    below = np.concatenate([np.zeros(reach + 1), np.cumsum(grid)])[: len(grid)]
    function = np.maximum.accumulate(zero + np.convolve(grid, weights, "same") + below)
    at = logs[0] + (np.arange(len(grid)) - reach + 0.5) * step
    start = _inverse(function, at)

    probabilities = np.array(PROBABILITIES)
    is_zero = probabilities <= zero
    # What is narrow beside the factor bends within a step; its bins are few, and so are free.
    for _ in range(1 if len(logs) > _FEW_BINS else 4):
        distance = (start[:, None] - logs) / sds
        of_each = ndtr(distance) @ shares.T + zeros
        density = np.exp(-0.5 * distance * distance) @ (share / sds) / math.sqrt(2 * math.pi)
        # The grid is right within a step; where there is no density any place is as good.
        move = (probabilities - of_each.mean(axis=1)) / np.maximum(density, _THIN / sd)
        start = start + np.clip(move, -step, step)
    found = np.where(is_zero, 0.0, np.exp(start))
    spread = _spread(of_each.T)
    low, high = np.interp([probabilities - spread, probabilities + spread], function, at)
    return found, found * (high - low) / 2
