"""Closes that are made of returns, for studies whose answer is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pipeline.estimate.event_panel import Panel, panel

FIRST = date(2023, 1, 1)
"""Day of the first close; the first return is of the day after."""


def day(place: int) -> date:
    """The day of a row of the panel."""
    return FIRST + timedelta(days=place)


def closes(returns: Mapping[str, Sequence[float] | NDArray[np.float64]]) -> pl.DataFrame:
    """Closes with these log returns, from 1 on; caps are 1000 times as much."""
    frames = []
    for coin, found in returns.items():
        prices = np.exp(np.concatenate([[0.0], np.cumsum(found)]))
        days = [day(place) for place in range(len(prices))]
        frames.append(
            pl.DataFrame(
                {
                    "coin_id": coin,
                    "price_date": days,
                    "close_usd": prices,
                    "market_cap_usd": 1000 * prices,
                }
            )
        )
    return pl.concat(frames)


def world(n: int = 9, days: int = 400, seed: int = 1, common: float = 0.5) -> Panel:
    """Tokens t0, t1, … of beta 1 with fat tails; ``common`` is the weight of what they share.

    The correlation of their residuals is common^2.
    """
    random = np.random.default_rng(seed)
    market = 0.02 * random.standard_t(5, days)
    shared = random.standard_t(5, (days, 1))
    own = random.standard_t(5, (days, n))
    residuals = 0.03 * (common * shared + np.sqrt(1 - common**2) * own)
    tokens = {f"t{i}": market + residuals[:, i] for i in range(n)}
    return panel(closes({"bitcoin": market, **tokens}))
