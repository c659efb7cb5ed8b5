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
_BINS = 9
"""All draws of a block lie in 2^8 bins at least: what is not integrated may be narrow itself."""
_MOST_BITS = 40
_BINS_PER_SD = 6
"""Of the factor that is integrated, at least. With the variance that bins add taken off its own
(Sheppard), quantiles are within 1e-4 of those without bins."""
_MOST_STEPS = 4
_NEAR = 0.003
"""Of the sd: after a step of Newton's method as short as this, the next would be below 1e-5."""
_THIN = 1e-9
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
        return max(self.errors[k] / self.quantiles[k] if self.quantiles[k] else 0.0 for k in HELD)


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
        has_atoms: whether what is drawn of it takes single values with a probability of their
            own, so that its values are counted and not binned.
    """

    sd: float
    has_atoms: bool = False

    @cached_property
    def bits(self) -> int:
        """Bins of an octave, as a power of 2; narrow draws get more."""
        if not self.sd:
            return _FINE
        return max(_COARSE, math.ceil(math.log2(_BINS_PER_SD / self.sd)))

    def sd_of_bins(self, bits: int) -> float:
        """The sd to integrate over the centres of bins.

        A bin is 2^-bits / u wide at the place u of its octave; the mean of its square over ln u
        is 3 / (8 ln 2) of that at the octave's start.
        """
        widened = 3 / (8 * math.log(2)) * 4.0**-bits / 12
        return math.sqrt(self.sd**2 - widened)


@dataclass(frozen=True)
class Tally:
    """What is kept of one block of draws of an output.

    A bin is the first bits of a floating-point number, its exponent and some of its mantissa:
    equal steps inside each octave, and no logarithm to take for every draw.
    """

    counts: NDArray[np.intp]
    """How many draws lie in each bin, from ``first_bin`` on, or have each value."""
    first_bin: int
    bits: int
    """Bins of an octave, as a power of 2."""
    n_draws: int
    values: FloatArray | None = None
    """Where it has atoms: each value once, in rising order."""


def tally(values: FloatArray, kinds: Sequence[Kind]) -> list[Tally]:
    """Keep of one block what quantiles need.

    Args:
        values: outputs on each path, shape (outputs, draws).
        kinds: how each is summed up.

    Raises:
        OutputError: a value is negative or not finite.
    """
    whole = values.view(np.int64)
    least, greatest = whole.min(axis=1), whole.max(axis=1)
    is_good = (least >= 0) & (greatest < _INFINITE << _MANTISSA)
    if not is_good.all():
        raise OutputError(int(np.flatnonzero(~is_good)[0]))
    _, length = np.frexp((greatest - least).astype(np.float64))
    narrow = np.minimum(_MANTISSA - length + _BINS, _MOST_BITS)
    bits = np.maximum([kind.bits for kind in kinds], narrow)
    shift = _MANTISSA - bits
    first, last = least >> shift, greatest >> shift
    width = int((last - first).max()) + 1
    bins = whole >> shift[:, None]
    bins += (np.arange(len(kinds)) * width - first)[:, None]
    counts = np.bincount(bins.ravel(), minlength=width * len(kinds)).reshape(len(kinds), width)
    n_draws = values.shape[1]
    made = [
        Tally(counts[k, : int(last[k] - first[k]) + 1], int(first[k]), int(bits[k]), n_draws)
        for k in range(len(kinds))
    ]
    for k, kind in enumerate(kinds):
        if kind.has_atoms:
            each, of_each = np.unique(values[k], return_counts=True)
            made[k] = Tally(of_each, 0, _MANTISSA, n_draws, each)
    return made


def summarise(replicates: Sequence[Sequence[Tally]], kind: Kind, scale: float = 1.0) -> Summary:
    """Quantiles and their standard errors.

    Args:
        replicates: the blocks of each, as many for each.
        kind: as they were tallied.
        scale: what quantiles are multiplied by.
    """
    bits = min(block.bits for replicate in replicates for block in replicate)
    places, shares = _counted(replicates) if kind.has_atoms else _binned(replicates, bits)
    zeros = np.zeros(len(shares))
    if places[0] == 0:
        zeros = shares[:, 0].copy()
        filled = np.flatnonzero(shares[:, 1:].any(axis=0))
        start = int(filled[0]) + 1 if len(filled) else shares.shape[1]
        places, shares = places[start:], shares[:, start:]
    logs = np.log(places)
    if not kind.has_atoms:
        logs = (logs[1:] + logs[:-1]) / 2
    mean_ln = None
    if not zeros.any():
        mean_ln = float(shares.mean(axis=0) @ logs) + math.log(scale)
    if kind.sd and len(logs):
        sd = kind.sd if kind.has_atoms else kind.sd_of_bins(bits)
        found, errors = _integrated(shares, zeros, logs, sd)
    else:
        inverse = _first_reaching if kind.has_atoms else _between
        each = np.stack(
            [
                inverse(np.concatenate([[zero], zero + np.cumsum(row)]), places)
                for row, zero in zip(shares, zeros, strict=True)
            ]
        )
        each[np.array(PROBABILITIES) <= zeros[:, None]] = 0.0
        # Equal numbers have exactly themselves as their mean.
        found, errors = each[0] + (each - each[0]).mean(axis=0), _spread(each)
    n_draws = sum(block.n_draws for replicate in replicates for block in replicate)
    return Summary(
        tuple((found * scale).tolist()), tuple((errors * scale).tolist()), mean_ln, n_draws
    )


def _binned(replicates: Sequence[Sequence[Tally]], bits: int) -> tuple[FloatArray, FloatArray]:
    """The edges of all bins, shape (bins + 1,), and shares, shape (replicates, bins).

    The octave of 0, far below all others, is 0 itself.
    """
    found = [[_coarser(block, bits) for block in replicate] for replicate in replicates]
    first = min(start for row in found for start, _ in row)
    length = max(start + len(counts) for row in found for start, counts in row) - first
    shares = np.zeros((len(replicates), length))
    for row, blocks in zip(shares, found, strict=True):
        for start, counts in blocks:
            row[start - first : start - first + len(counts)] += counts
    shares /= sum(block.n_draws for block in replicates[0])
    edges = (first + np.arange(length + 1)) << (_MANTISSA - bits)
    return edges.view(np.float64), shares


def _coarser(block: Tally, bits: int) -> tuple[int, NDArray[np.intp]]:
    """The first bin and the counts with no more than so many bins of an octave."""
    shift = block.bits - bits
    if not shift:
        return block.first_bin, block.counts
    bins = (block.first_bin + np.arange(len(block.counts))) >> shift
    return int(bins[0]), np.add.reduceat(block.counts, np.searchsorted(bins, np.unique(bins)))


def _counted(replicates: Sequence[Sequence[Tally]]) -> tuple[FloatArray, FloatArray]:
    """All values in rising order, shape (values,), and shares, shape (replicates, values)."""
    drawn = [
        (number, block.values, block.counts)
        for number, replicate in enumerate(replicates)
        for block in replicate
        if block.values is not None
    ]
    places = np.unique(np.concatenate([values for _, values, _ in drawn]))
    shares = np.zeros((len(replicates), len(places)))
    for number, values, counts in drawn:
        shares[number, np.searchsorted(places, values)] += counts
    shares /= sum(block.n_draws for block in replicates[0])
    return places, shares


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
    result: FloatArray = (each - each[0]).std(axis=0, ddof=1) / math.sqrt(len(each))
    return result


def _between(function: FloatArray, at: FloatArray) -> FloatArray:
    """Where a distribution function has the probabilities, linear between the places given."""
    result: FloatArray = np.interp(PROBABILITIES, function, at)
    return result


def _first_reaching(function: FloatArray, at: FloatArray) -> FloatArray:
    """The first values up to which the shares reach the probabilities, but for rounding."""
    reached = np.searchsorted(function, np.array(PROBABILITIES) - 1e-12)
    result: FloatArray = np.concatenate([[0.0], at]).take(reached, mode="clip")
    return result


def _integrated(
    shares: FloatArray, zeros: FloatArray, centres: FloatArray, sd: float
) -> tuple[FloatArray, FloatArray]:
    """Quantiles of draws times a lognormal factor with median 1 (conditional Monte Carlo).

    Solves mean of Phi((ln q - ln r) / sd) = p over the draws r. One convolution on a grid of equal
    steps gives the distribution function within half a step; Newton's method goes on from there.

    Args:
        shares: of the bins or values in each replicate, shape (replicates, bins).
        zeros: share of draws that are 0 in each replicate.
        centres: ln(output) of the bins, or of the values.
        sd: of the logarithm of the factor.
    """
    share, zero = shares.mean(axis=0), float(zeros.mean())
    step = sd / _BINS_PER_SD
    reach = math.ceil(_REACH * _BINS_PER_SD)
    places = np.floor((centres - centres[0]) / step).astype(np.intp) + reach
    grid = np.bincount(places, share, minlength=int(places[-1]) + 1 + reach)
    weights = ndtr(np.arange(-reach, reach + 1) / _BINS_PER_SD)
    # Steps farther below than the factor reaches are counted whole.
    below = np.concatenate([np.zeros(reach + 1), np.cumsum(grid)])[: len(grid)]
    function = np.maximum.accumulate(zero + np.convolve(grid, weights, "same") + below)
    at = centres[0] + (np.arange(len(grid)) - reach + 0.5) * step
    logs = _between(function, at)
    probabilities = np.array(PROBABILITIES)
    for _ in range(_MOST_STEPS):
        distance = (logs[:, None] - centres) / sd
        of_each = ndtr(distance) @ shares.T + zeros
        density = np.exp(-0.5 * distance * distance) @ share / (sd * math.sqrt(2 * math.pi))
        short = probabilities - of_each.mean(axis=1)
        # Between values far apart there is no density, and any place is as good as another.
        move = np.clip(short / np.maximum(density, _THIN / sd), -step, step)
        logs += move
        if np.abs(move).max() < _NEAR * sd:
            break
    is_zero = probabilities <= zero
    spread = _spread(of_each.T)
    low, high = np.interp([probabilities - spread, probabilities + spread], function, at)
    found = np.where(is_zero, 0.0, np.exp(logs))
    return found, found * (high - low) / 2
