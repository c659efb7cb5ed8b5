"""What a study of an event is asked, and what it gives."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from pipeline.estimate.event_placebo import Placebo
from pipeline.estimate.event_tests import NONE, Tested
from pipeline.estimate.market_model import BoolArray
from pipeline.estimate.normal import FloatArray

COMPUTED, NOT_COVERED, NO_MEMBERS = "computed", "window not covered", "no members"

PRE_TREND_P = 0.1
"""A smaller p-value of the adjusted test before the event is a trend before it."""

LEAST_SIGMA = 1e-9
"""A token whose daily residuals scatter by less is the market itself, or is not traded."""

Window = tuple[int, int]


@dataclass(frozen=True)
class Choice:
    """How a study is made; days are counted from day 0, first and last are both in.

    ``least`` is how many estimation returns a token needs; ``draws`` are those of the ranges.
    """

    windows: tuple[Window, ...] = ((-10, -1), (0, 0), (0, 1), (-1, 1), (0, 4), (0, 10), (0, 30))
    estimation: Window = (-120, -11)
    market: str = "bitcoin"
    least: int = 60
    draws: int = 2000
    seed: int = 20240215

    @property
    def span(self) -> Window:
        """First and last day that a window has."""
        return min(first for first, _ in self.windows), max(last for _, last in self.windows)


@dataclass(frozen=True)
class Result:
    """What a window gives; arrays are of the tokens that ``inside`` marks.

    Without ``status`` "computed", ``reason`` says why, and there are no figures. ``without_event``
    and ``interval`` are 5th and 95th percentiles of the CAAR: if nothing had happened, and by
    drawing tokens.
    """

    window: Window
    status: str
    reason: str
    inside: BoolArray
    cars: FloatArray
    bhars: FloatArray
    weighted: float = math.nan
    correlation: float = math.nan
    cross: Tested = NONE
    standardised: Tested = NONE
    adjusted: Tested = NONE
    rank: Tested = NONE
    interval: tuple[float, float] = (math.nan, math.nan)
    without_event: tuple[float, float] = (math.nan, math.nan)
    placebo: Placebo = field(default_factory=lambda: Placebo(0, math.nan))

    @property
    def caar(self) -> float:
        """Mean of the CARs, equally weighted."""
        return float(self.cars.mean()) if len(self.cars) else math.nan

    @property
    def is_outside(self) -> bool:
        """Whether the CAAR lies outside of the 90 % that would be seen without an event."""
        return not self.without_event[0] <= self.caar <= self.without_event[1]


@dataclass(frozen=True)
class Path:
    """Means over tokens by day; ``ranges`` has the 5th, 25th, 75th and 95th percentiles, (4, days).

    ``caar`` is counted from the close before day 0, onwards and backwards.
    """

    first: int
    n: int
    aar: FloatArray
    caar: FloatArray
    ranges: FloatArray
