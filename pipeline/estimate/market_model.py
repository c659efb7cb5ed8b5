"""Market model: what a token returns beyond its own mean and its share of the market's moves.

Arrays are of days by tokens, as log returns of one UTC day; NaN where there is none.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.estimate.normal import FloatArray

BoolArray = NDArray[np.bool_]
Places = NDArray[np.intp]
"""Rows of an array, by their number."""


@dataclass(frozen=True)
class MarketModel:
    """Fits of r = alpha + beta r_m + e, one for each token; all of shape (tokens,).

    ``sigma`` is the standard error of the regression, by n - 2 degrees of freedom;
    ``market_mean`` and ``market_squares`` are mean and sum of squares around it of the market's
    returns on the ``n`` days that the fit rests on. ``residuals`` has shape (days, tokens).
    """

    alpha: FloatArray
    beta: FloatArray
    r2: FloatArray
    sigma: FloatArray
    n: FloatArray
    market_mean: FloatArray
    market_squares: FloatArray
    residuals: FloatArray

    def abnormal(self, returns: FloatArray, market: FloatArray) -> FloatArray:
        """Returns beyond the model: r - (alpha + beta r_m), shape (days, tokens)."""
        return returns - (self.alpha + self.beta * market[:, None])

    def error(self, market: FloatArray) -> FloatArray:
        """Standard error of a sum of abnormal returns outside of the estimation days.

        sigma * sqrt(L + L^2 / n + (sum of r_m - L mean)^2 / squares) for L days: the days' own
        scatter and that of alpha and beta (A. C. MacKinlay, Event Studies in Economics and
        Finance, Journal of Economic Literature 35, 1997, equation 8, summed over the days).

        Args:
            market: the market's returns on the days that are summed, shape (days,).
        """
        days = len(market)
        off = market.sum() - days * self.market_mean
        found: FloatArray = self.sigma * np.sqrt(
            days + days**2 / self.n + off**2 / self.market_squares
        )
        return found


def fit(returns: FloatArray, market: FloatArray) -> MarketModel:
    """Ordinary least squares for all tokens at once, each on the days that it and the market have.

    A token or a market that never moves has no fit: NaN.

    Args:
        returns: of the estimation days, shape (days, tokens).
        market: of the same days, shape (days,).
    """
    known = np.isfinite(returns) & np.isfinite(market)[:, None]
    n = known.sum(axis=0).astype(float)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean, market_mean = (
            np.where(known, each, 0.0).sum(axis=0) / n for each in (returns, market[:, None])
        )
        y = np.where(known, returns - mean, 0.0)
        x = np.where(known, market[:, None] - market_mean, 0.0)
        squares = (x * x).sum(axis=0)
        total = (y * y).sum(axis=0)
        is_moving = (squares > 0) & (total > 0)
        beta = (x * y).sum(axis=0) / np.where(is_moving, squares, np.nan)
        alpha = mean - beta * market_mean
        residuals = np.where(known, y - beta * x, np.nan)
        unexplained = (np.where(known, residuals, 0.0) ** 2).sum(axis=0)
        r2 = 1 - unexplained / np.where(total > 0, total, np.nan)
        sigma = np.sqrt(unexplained / np.where(n > 2, n - 2, np.nan))
    return MarketModel(alpha, beta, r2, sigma, n, market_mean, squares, residuals)


class RollingModel:
    """The market model of many days 0, each with estimation days of its own.

    The same as ``fit`` and ``abnormal`` day by day, from running sums.

    Args:
        returns: of all days, shape (days, tokens).
        market: shape (days,).
        days: the places of days 0, rising and without holes; shape (n,).
        estimation: first and last day of the estimation, counted from day 0; days before the
            data are none.
        left_out: places of days that no estimation rests on.
    """

    def __init__(
        self,
        returns: FloatArray,
        market: FloatArray,
        days: Places,
        estimation: tuple[int, int],
        left_out: slice,
    ) -> None:
        known = np.isfinite(returns) & np.isfinite(market)[:, None]
        y = np.where(known, returns, 0.0)
        x = np.where(known, market[:, None], 0.0)
        self._first = int(days[0]) if len(days) else 0
        self._sums = [_running(each) for each in (known.astype(float), y, x)]
        for each in (known, y, x):
            each[left_out] = 0
        first, last = estimation
        low, high = (np.clip(days + end, 0, len(market)) for end in (first, last + 1))
        n, sum_y, sum_x, sum_xy, sum_xx = (
            each[high] - each[low]
            for each in map(_running, (known.astype(float), y, x, x * y, x * x))
        )
        with np.errstate(divide="ignore", invalid="ignore"):
            squares = sum_xx - sum_x**2 / n
            self._beta = (sum_xy - sum_x * sum_y / n) / np.where(squares > 0, squares, np.nan)
            self._alpha = (sum_y - self._beta * sum_x) / n
        self._n = n

    def cars(self, zeros: Places, window: tuple[int, int], least: int) -> FloatArray:
        """Cumulated abnormal returns of a window, shape (zeros, tokens).

        NaN where a token has not all returns of the window, or fewer than ``least`` before.

        Args:
            zeros: some of the days, each with its window inside of the data.
            window: first and last day that are summed, counted from day 0.
            least: estimation returns that a token needs.
        """
        low, high = zeros + window[0], zeros + window[1] + 1
        days, y, x = (each[high] - each[low] for each in self._sums)
        rows = zeros - self._first
        found: FloatArray = y - days * self._alpha[rows] - self._beta[rows] * x
        found[(self._n[rows] < least) | (days != window[1] - window[0] + 1)] = np.nan
        return found


def _running(values: FloatArray) -> FloatArray:
    """Sums of the rows before each row, and of all."""
    return np.concatenate([np.zeros((1, values.shape[1])), np.cumsum(values, axis=0)])
