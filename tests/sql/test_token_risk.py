"""Volatility, drawdown and turnover: by hand, and by numpy over random closes."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from tests.sql.series import LAST, Closes, ending, grown, table, zigzag  # noqa: TID251 - its rows

Fill = Callable[[Mapping[str, str]], None]
Expect = Callable[[str, str], None]
Rows = Callable[..., list[tuple[Any, ...]]]
DRAWDOWN = (
    "coin_id | max_drawdown_365d | drawdown_peak_date | drawdown_trough_date "
    "| drawdown_recovered_date | days_under_water"
)


def test_volatility_is_a_sample_deviation_over_years_of_365_days(
    fill: Fill, expect: Expect
) -> None:
    # Of 20 returns of 0.1 and -0.1 the squares sum to 0.2, over 19; 19 returns are too few. Of
    # the 90 of `long` only the last 30 move.
    long = ending(grown([0.0] * 80 + zigzag(30)))
    fill(table({"a": ending(grown(zigzag(20))), "b": ending(grown(zigzag(19))), "long": long}))
    expect(
        "marts.token_risk",
        f"""
        coin_id | price_date | volatility_30d | n_returns_30d | volatility_90d | n_returns_90d
        a       | {LAST} | {math.sqrt(0.2 / 19 * 365)} | 20 | | 20
        b       | {LAST} |                             | 19 | | 19
        long    | {LAST} | {math.sqrt(0.3 / 29 * 365)} | 30 | {math.sqrt(0.3 / 89 * 365)} | 90
        """,
    )


def test_no_return_spans_a_gap(fill: Fill, expect: Expect) -> None:
    # Without its eleventh day the series has two returns less, and no fall by half.
    closes = ending([*grown(zigzag(10)), 50.0, *grown(zigzag(15))])
    del closes[LAST - timedelta(days=16)]
    fill(table({"a": closes}))
    expect(
        "marts.token_risk",
        f"""
        coin_id | volatility_30d | n_returns_30d
        a       | {math.sqrt((25 * 0.01 - 0.1**2 / 25) / 24 * 365)} | 25
        """,
    )


def test_drawdown_with_its_dates(fill: Fill, expect: Expect) -> None:
    # Peaks and falls: halved on the third day and back on the fifth; twice as deep again, where
    # the first counts, and its peak is the last day at that height; not back yet; only rising.
    days = [LAST - timedelta(days=n) for n in range(5, -1, -1)]
    fill(
        table(
            {
                "back": ending([100, 120, 60, 90, 120, 110]),
                "twice": ending([80, 80, 40, 100, 50, 60]),
                "under": ending([100, 90, 120, 60, 30, 45]),
                "rising": ending([1, 2, 3, 3, 4, 5]),
                "single": ending([7]),
            }
        )
    )
    expect(
        "marts.token_risk",
        f"""
        {DRAWDOWN}
        back   | -0.5  | {days[1]} | {days[2]} | {days[4]} | 3
        twice  | -0.5  | {days[1]} | {days[2]} | {days[3]} | 2
        under  | -0.75 | {days[2]} | {days[4]} |           | 3
        rising | 0     |           |           |           | 0
        single |       |           |           |           |
        """,
    )


def test_a_drawdown_looks_back_a_year(fill: Fill, expect: Expect) -> None:
    # The high of 365 days before lies outside, that of 364 within; a gap between is no matter.
    fill(
        table(
            {
                "old": {LAST - timedelta(days=365): 100.0, LAST: 50.0},
                "in": {LAST - timedelta(days=364): 100.0, LAST: 50.0},
            }
        )
    )
    expect(
        "marts.token_risk",
        """
        coin_id | max_drawdown_365d | n_closes_365d | days_under_water
        in      | -0.5              | 2             | 364
        old     |                   | 1             |
        """,
    )


def test_turnover_is_that_of_the_last_day(fill: Fill, expect: Expect) -> None:
    fill(
        {
            "marts.token_day": """
                coin_id | price_date | close_usd | market_cap_usd | volume_usd | known_at
                a       | 2026-06-29 | 1         | 100            | 90         | 2026-07-09
                a       | 2026-06-30 | 1         | 100            | 5          | 2026-07-01
                b       | 2026-06-30 | 1         |                | 5          | 2026-07-01
                c       | 2026-06-30 | 1         | 100            |            | 2026-07-01
                d       | 2026-06-30 | 1         | 100            | 0          | 2026-07-01
            """
        }
    )
    expect(
        "marts.token_risk",
        """
        coin_id | turnover | known_at
        a       | 0.05     | 2026-07-09
        b       |          | 2026-07-01
        c       |          | 2026-07-01
        d       | 0        | 2026-07-01
        """,
    )


def log_returns(closes: Closes, last: date, days: int) -> dict[date, float]:
    found = {}
    for n in range(days):
        day = last - timedelta(days=n)
        if day in closes and day - timedelta(days=1) in closes:
            found[day] = float(np.log(closes[day]) - np.log(closes[day - timedelta(days=1)]))
    return found


def volatility(returns: Mapping[date, float], least: int) -> float | None:
    if len(returns) < least:
        return None
    return float(np.std([*returns.values()], ddof=1) * np.sqrt(365))


def deepest_fall(closes: Closes, last: date) -> float:
    year = np.array([usd for day, usd in sorted(closes.items()) if (last - day).days < 365])
    return float(np.min(year / np.maximum.accumulate(year)) - 1)


@pytest.mark.parametrize("seed", range(4))
def test_risk_is_what_numpy_finds(seed: int, fill: Fill, rows_of: Rows) -> None:
    dice = random.Random(seed)
    series: dict[str, dict[date, float]] = {}
    for coin in "abc":
        closes = ending(grown([dice.gauss(0, 0.05) for _ in range(400)]))
        dropped = dice.sample(sorted(closes), k=dice.choice((0, 10, 60, 200)))
        series[coin] = {day: usd for day, usd in closes.items() if day not in dropped}
    fill(table(series))
    columns = [
        *("coin_id", "price_date", "n_returns_30d", "volatility_30d", "n_returns_90d"),
        *("volatility_90d", "max_drawdown_365d"),
    ]
    found = {row[0]: row[1:] for row in rows_of("marts.token_risk", columns)}
    for coin, closes in series.items():
        last = max(closes)
        month, quarter = (log_returns(closes, last, days) for days in (30, 90))
        wanted = (
            *(last, len(month), volatility(month, 20), len(quarter), volatility(quarter, 60)),
            deepest_fall(closes, last),
        )
        for got, want in zip(found[coin], wanted, strict=True):
            assert got == (pytest.approx(want, rel=1e-9) if isinstance(want, float) else want)
