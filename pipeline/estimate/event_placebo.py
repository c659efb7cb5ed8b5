"""Placebo: the same study on days without an event, and how often it finds as much."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.estimate.market_model import BoolArray, Places, RollingModel
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


class Calendar:
    """The days around an event that it can be compared with, and their market models.

    Args:
        returns: of the tokens, shape (days, tokens).
        market: shape (days,).
        zero: the place of day 0.
        events: the places of all events, this one too.
        estimation: first and last day of the market model, counted from day 0.
    """

    def __init__(
        self,
        returns: FloatArray,
        market: FloatArray,
        zero: int,
        events: Sequence[int],
        estimation: tuple[int, int],
    ) -> None:
        first, last = max(zero - AROUND, 0), min(zero + AROUND, len(market) - 1)
        self._days: Places = np.arange(first, last + 1, dtype=np.intp)
        self._zero = zero
        # What the event did would be in the models of the days after it.
        own = slice(max(zero, 0), max(zero + AFTERMATH + 1, 0))
        self._model = RollingModel(returns, market, self._days, estimation, own)
        free = np.isfinite(market)
        known = np.flatnonzero(free)
        begun, ended = (int(known[0]), int(known[-1])) if len(known) else (0, -1)
        self._is_covered = (self._days + estimation[0] >= begun) & (
            self._days + estimation[1] <= ended
        )
        for event in events:
            free[max(event, 0) : max(event + AFTERMATH + 1, 0)] = False
        self._free = np.concatenate([[0], np.cumsum(free)])

    def _eligible(self, window: tuple[int, int]) -> Places:
        """Days whose window has all returns of the market and none of an event's days.

        Nor has it a day of the event's own window. Their estimation days lie inside of the
        market's closes, as those of the event do.
        """
        first, last = window
        is_inside = (self._days + first >= 0) & (self._days + last + 1 < len(self._free))
        is_inside &= self._is_covered & (abs(self._days - self._zero) > last - first)
        days: Places = self._days[is_inside]
        free = self._free[days + last + 1] - self._free[days + first]
        found: Places = days[free == last - first + 1]
        return found

    def compare(
        self,
        window: tuple[int, int],
        inside: BoolArray,
        caar: float,
        least: int,
        random: np.random.Generator,
    ) -> Placebo:
        """Compare a CAAR with those of the same tokens on other days.

        A day counts where its window is covered, holds no day from an event to ``AFTERMATH`` days
        after it and none of the event's own window, and at least half of the tokens have ``least``
        returns before it. Its estimation may hold other events, as that of the event itself does:
        where a company reports each quarter, there are no 110 days without one.

        Args:
            window: first and last day that are summed, counted from day 0.
            inside: the tokens of the event, of all; shape (tokens,).
            caar: of the event.
            least: estimation returns that a token needs.
            random: draws the days where there are more than ``MOST``.
        """
        zeros = self._eligible(window)
        if len(zeros) > MOST:
            zeros = np.sort(random.choice(zeros, MOST, replace=False))
        cars = self._model.cars(zeros, window, least)[:, inside]
        known = np.isfinite(cars)
        n = known.sum(axis=1)
        counted = 2 * n >= cars.shape[1]
        if not counted.any():
            return Placebo(0, math.nan)
        found = np.where(known, cars, 0.0).sum(axis=1)[counted] / n[counted]
        k = int((np.abs(found) >= abs(caar)).sum())
        return Placebo(len(found), (1 + k) / (1 + len(found)))
