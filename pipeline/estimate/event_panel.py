"""Daily closes as arrays: one row for every calendar day, one column for every token."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from pipeline.estimate.normal import FloatArray


@dataclass(frozen=True)
class Panel:
    """Log returns and market caps (USD) by day and token, shape (days, tokens) each.

    A return is that between calendar days in a row, at UTC closes; NaN where one of both closes
    is missing. Row 0 is ``first``, the day of the first close, so that it has no return.
    """

    first: date
    coins: tuple[str, ...]
    returns: FloatArray
    caps: FloatArray

    def place(self, day: date) -> int:
        """The row of a day, which may lie outside."""
        return (day - self.first).days

    def day(self, place: int) -> date:
        """The day of a row, which may lie outside."""
        return self.first + timedelta(days=place)

    def rows(self, values: FloatArray, first: int, last: int) -> FloatArray:
        """Some rows of an array of this panel; NaN for those outside."""
        found = np.full((last - first + 1, *values.shape[1:]), np.nan)
        low, high = max(first, 0), min(last + 1, len(values))
        if low < high:
            found[low - first : high - first] = values[low:high]
        return found

    def of(self, coins: Sequence[str]) -> Panel:
        """The same days of these tokens, in this order; NaN for one without closes."""
        places = {coin: place for place, coin in enumerate(self.coins)}
        columns = [places.get(coin, -1) for coin in coins]
        known = np.array([column >= 0 for column in columns], dtype=bool)

        def chosen(values: FloatArray) -> FloatArray:
            wide = np.concatenate([values, np.full((len(values), 1), np.nan)], axis=1)
            return np.where(known, wide[:, columns], np.nan)

        return Panel(self.first, tuple(coins), chosen(self.returns), chosen(self.caps))


def panel(closes: pl.DataFrame) -> Panel:
    """The panel of some closes.

    Args:
        closes: coin_id, price_date, close_usd and market_cap_usd (which may be null), one row
            for each token and day.
    """
    if closes.is_empty():
        nothing = np.empty((0, 0))
        return Panel(date(1970, 1, 1), (), nothing, nothing)
    coins = closes["coin_id"].unique().sort()
    first = closes.select(pl.col("price_date").min()).item()
    places = closes.select(
        day=(pl.col("price_date") - first).dt.total_days(),
        coin=pl.col("coin_id").replace_strict(coins, pl.int_range(len(coins), eager=True)),
    )
    day, coin = places["day"].to_numpy(), places["coin"].to_numpy()
    prices, caps = (np.full((int(day.max()) + 1, len(coins)), np.nan) for _ in range(2))
    prices[day, coin] = closes["close_usd"].cast(pl.Float64).fill_null(np.nan).to_numpy()
    caps[day, coin] = closes["market_cap_usd"].cast(pl.Float64).fill_null(np.nan).to_numpy()
    logs = np.log(prices)
    returns = np.full_like(logs, np.nan)
    returns[1:] = np.diff(logs, axis=0)
    return Panel(first, tuple(coins), returns, caps)
