"""Daily closes to fill tables with: days in a row up to a last one, and closes from returns."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

Closes = Mapping[date, float]

LAST = date(2026, 6, 30)


def table(series: Mapping[str, Closes]) -> dict[str, str]:
    lines = ["coin_id | price_date | close_usd"]
    lines += [
        f"{coin} | {day} | {close!r}"
        for coin, closes in series.items()
        for day, close in closes.items()
    ]
    return {"marts.token_day": "\n".join(lines)}


def ending(closes: Sequence[float], last: date = LAST) -> dict[date, float]:
    """Closes of days in a row, the last of them on ``last``."""
    return {last - timedelta(days=len(closes) - 1 - n): usd for n, usd in enumerate(closes)}


def grown(returns: Sequence[float]) -> list[float]:
    """Closes from log returns."""
    return [100 * math.exp(sum(returns[:n])) for n in range(len(returns) + 1)]


def zigzag(count: int) -> list[float]:
    """As many log returns of a tenth, up and down in turn."""
    return [0.1 if n % 2 == 0 else -0.1 for n in range(count)]
