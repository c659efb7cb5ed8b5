"""Tests of an event: whether abnormal returns of several tokens are more than chance.

Arrays are of days by tokens; NaN where there is no abnormal return.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy.special import ndtr, stdtr

from pipeline.estimate.normal import FloatArray

_LEAST_COMMON = 3


@dataclass(frozen=True)
class Tested:
    """A statistic and its two-sided p-value; NaN where there is none."""

    statistic: float
    p: float


NONE = Tested(math.nan, math.nan)


def _student(statistic: float, n: int) -> Tested:
    if not math.isfinite(statistic):
        return NONE
    return Tested(statistic, 2 * float(stdtr(n - 1, -abs(statistic))))


def cross_sectional(values: FloatArray) -> Tested:
    """Mean over its standard error across tokens, Student's t with n - 1 degrees of freedom.

    Of CARs it is the plain test (S. J. Brown and J. B. Warner, Using Daily Stock Returns, Journal
    of Financial Economics 14, 1985); of standardised ones that of E. Boehmer, J. Musumeci and
    A. B. Poulsen, Event-study Methodology under Conditions of Event-induced Variance, Journal of
    Financial Economics 30, 1991. Both take the tokens to be independent.

    Args:
        values: one for each token, shape (tokens,).
    """
    n = len(values)
    spread = float(np.std(values, ddof=1)) if n > 1 else 0.0
    if not spread > 0:
        return NONE
    return _student(float(np.mean(values)) / spread * math.sqrt(n), n)


def adjusted(tested: Tested, n: int, correlation: float) -> Tested:
    """A cross-sectional test of n tokens that move together, cut to what it is worth.

    t * sqrt((1 - r) / (1 + (n - 1) r)), with r the mean correlation of their residuals
    (J. W. Kolari and S. Pynnönen, Event Study Testing with Cross-sectional Correlation of
    Abnormal Returns, Review of Financial Studies 23, 2010).
    """
    above, below = 1 - correlation, 1 + (n - 1) * correlation
    if not (above > 0 and below > 0):
        return NONE
    return _student(tested.statistic * math.sqrt(above / below), n)


def mean_correlation(residuals: FloatArray) -> float:
    """Mean correlation of all pairs of tokens, each on the days that both have.

    NaN where there is no pair.
    """
    if residuals.shape[1] < 2:
        return math.nan
    known = np.isfinite(residuals).astype(float)
    if known.all():
        return _mean_correlation(residuals)
    e = np.where(known > 0, residuals, 0.0)
    n = known.T @ known
    with np.errstate(divide="ignore", invalid="ignore"):
        sums, squares = e.T @ known, (e * e).T @ known
        covariance = e.T @ e - sums * sums.T / n
        variance = squares - sums**2 / n
        pairs = covariance / np.sqrt(variance * variance.T)
    upper = np.triu_indices(len(n), 1)
    found = np.where(n >= _LEAST_COMMON, pairs, np.nan)[upper]
    found = found[np.isfinite(found)]
    return float(found.mean()) if len(found) else math.nan


def _mean_correlation(residuals: FloatArray) -> float:
    """The same without a hole: from the variance of the sum of standardised series."""
    centred = residuals - residuals.mean(axis=0)
    spread = np.sqrt((centred**2).sum(axis=0))
    if not (spread > 0).all():
        return math.nan
    n, total = len(spread), (centred / spread).sum(axis=1)
    return float((total @ total - n) / (n * (n - 1)))


def rank(estimation: FloatArray, window: FloatArray) -> Tested:
    """Rank test: whether the days of the window stand out among all, whatever their distribution.

    Each token's abnormal returns of both are ranked together and scaled, U = K / (M + 1) - 1/2
    for M that are known; of each day sum of U over sqrt(n), over its standard deviation on all
    days; for a window of d days the sum over sqrt(d). Normal (C. J. Corrado, A Nonparametric Test
    for Abnormal Security-price Performance in Event Studies, Journal of Financial Economics 23,
    1989; scaled ranks: C. J. Corrado and T. L. Zivney, The Specification and Power of the Sign
    Test in Event Study Hypothesis Tests Using Daily Stock Returns, Journal of Financial and
    Quantitative Analysis 27, 1992).

    Args:
        estimation: abnormal returns of the estimation days, shape (days, tokens).
        window: of the window that is tested, shape (d, tokens).
    """
    both = np.concatenate([estimation, window])
    tokens = np.repeat(np.arange(both.shape[1]), len(both))
    # One column for all tokens: a frame with a column for each takes ten times as long.
    long = pl.DataFrame({"token": tokens, "ar": both.T.ravel()}, nan_to_null=True)
    ar = pl.col("ar")
    scaled = long.select((ar.rank("average") / (ar.count() + 1) - 0.5).over("token"))
    u = scaled.to_series().cast(pl.Float64).to_numpy().reshape(both.T.shape).T
    n = np.isfinite(u).sum(axis=1)
    days = np.nansum(u, axis=1)[n > 0] / np.sqrt(n[n > 0])
    spread = math.sqrt(float(np.mean(days**2))) if len(days) else 0.0
    if not spread > 0 or not n[-len(window) :].all():
        return NONE
    statistic = float(days[-len(window) :].sum()) / math.sqrt(len(window)) / spread
    return Tested(statistic, 2 * float(ndtr(-abs(statistic))))


def token_interval(cars: FloatArray, draws: int, random: np.random.Generator) -> FloatArray:
    """5th and 95th percentile of the mean over tokens that are drawn anew: shape (2,).

    The tokens are taken to be independent, so it is too narrow where they move together.
    """
    drawn = random.integers(len(cars), size=(draws, len(cars)))
    found: FloatArray = np.quantile(cars[drawn].mean(axis=1), [0.05, 0.95])
    return found


def without_event(
    residuals: FloatArray,
    market: FloatArray,
    ahead: FloatArray,
    draws: int,
    random: np.random.Generator,
) -> FloatArray:
    """Mean abnormal returns of days on which nothing happened: shape (draws, days ahead).

    Whole days of the estimation residuals are drawn, all tokens of a day together, so that their
    correlation stays; both for the days ahead and for the estimation itself, by which alpha and
    beta are fitted anew, so that their error is in it.

    Args:
        residuals: of the estimation, shape (days, tokens).
        market: of the estimation, shape (days,).
        ahead: the market's returns on the days that are made, shape (days ahead,).
        draws: how many times.
        random: draws the days.
    """
    known = np.isfinite(residuals)
    n = known.sum(axis=1)
    used = n > 0
    means = np.where(known, residuals, 0.0).sum(axis=1)[used] / n[used]
    # A fit with two parameters leaves residuals that are too small.
    means = means * math.sqrt(len(means) / (len(means) - 2))
    design = np.column_stack([np.ones(len(means)), market[used]])
    drawn = means[random.integers(len(means), size=(draws, len(means)))]
    fits = drawn @ design @ np.linalg.inv(design.T @ design)
    made = means[random.integers(len(means), size=(draws, len(ahead)))]
    abnormal: FloatArray = made - fits @ np.column_stack([np.ones(len(ahead)), ahead]).T
    return abnormal
