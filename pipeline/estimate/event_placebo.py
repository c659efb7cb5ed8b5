"""Placebo: the same study on days without an event, and how often it finds as much."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.estimate.market_model import cars_on_days
from pipeline.estimate.normal import FloatArray

AFTERMATH = 10
"""Days after an event that no window of another day may hold."""
AROUND = 365
"""Days before and after the event among which others are taken."""
MOST = 500
"""More days are not taken; that many are drawn then."""


@dataclass(frozen=True)
class Placebo:
    """Days that the event was compared with, and the share of CAARs at least as large.

    ``p`` is (1 + k) / (1 + n) for k of n days whose CAAR is as far from 0; NaN without days.
    The windows of neighbouring days overlap, so n days are fewer than n observations.
    """

    n: int
    p: float


def placebo(
    returns: FloatArray,
    market: FloatArray,
    zero: int,
    window: tuple[int, int],
    estimation: tuple[int, int],
    least: int,
    caar: float,
    events: Sequence[int],
    random: np.random.Generator,
) -> Placebo:
    """Compare a CAAR with those of the same tokens on other days.

    A day counts where its window is covered, holds no day from an event to ``AFTERMATH`` days
    after it, and at least half of the tokens have ``least`` returns before it. Its estimation may
    hold events, as that of the event itself does: where a company reports each quarter, there are
    no 110 days without one.

    Args:
        returns: of the event's tokens, shape (days, tokens).
        market: shape (days,).
        zero: the place of day 0.
        window: first and last day that are summed, counted from day 0.
        estimation: the same for the days of the market model.
        least: estimation returns that a token needs.
        caar: of the event.
        events: the places of all events, this one too.
        random: draws the days where there are more than ``MOST``.
    """
    zeros = _eligible(market, zero, window, events)
    cars = cars_on_days(returns, market, zeros, estimation, window, least)
    known = np.isfinite(cars)
    counted = np.flatnonzero(2 * known.sum(axis=1) >= returns.shape[1])
    if len(counted) > MOST:
        counted = np.sort(random.choice(counted, MOST, replace=False))
    if not len(counted):
        return Placebo(0, math.nan)
    found = np.where(known, cars, 0.0)[counted].sum(axis=1) / known[counted].sum(axis=1)
    k = int((np.abs(found) >= abs(caar)).sum())
    return Placebo(len(found), (1 + k) / (1 + len(found)))


def _eligible(
    market: FloatArray, zero: int, window: tuple[int, int], events: Sequence[int]
) -> NDArray[np.intp]:
    """Days 0 whose window has all returns of the market and none of an event's days."""
    first, last = window
    days = np.arange(max(zero - AROUND, -first, 0), min(zero + AROUND, len(market) - 1 - last) + 1)
    days = days[days < len(market)]
    free = np.isfinite(market)
    for event in events:
        free[max(event, 0) : max(event + AFTERMATH + 1, 0)] = False
    total = np.concatenate([[0], np.cumsum(free)])
    is_whole = total[days + last + 1] - total[days + first] == last - first + 1
    found: NDArray[np.intp] = days[is_whole].astype(np.intp)
    return found
