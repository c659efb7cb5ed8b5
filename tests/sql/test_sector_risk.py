"""Risk of universes by day, and how they move with benchmarks: by hand, and by numpy and scipy."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from scipy import stats

from tests.sql.series import LAST, ending, grown, table, zigzag  # noqa: TID251 - its rows

Fill = Callable[[Mapping[str, str]], None]
Make = Callable[..., None]
Expect = Callable[[str, str], None]
Rows = Callable[..., list[tuple[Any, ...]]]

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Level:
    """An index on a day, in the chain that began on ``base``."""

    value: float
    base: date


Index = Mapping[date, Level]


def chained(levels: Mapping[date, float]) -> dict[date, Level]:
    """Levels of one chain."""
    return {day: Level(value, min(levels)) for day, value in levels.items()}


def indices(series: Mapping[str, Index]) -> dict[str, str]:
    """Rows of the mart, each a step from the row before it in its chain."""
    lines = ["universe_id | price_date | index_cap_weighted | base_date | days_since_before"]
    for universe, levels in series.items():
        before = None
        for day, level in sorted(levels.items()):
            step = "" if before is None else (day - before).days
            lines.append(f"{universe} | {day} | {level.value!r} | {level.base} | {step}")
            before = day
    return {"marts.sector_index_day": "\n".join(lines)}


def on_last_day(rows: list[tuple[Any, ...]]) -> tuple[Any, ...]:
    """What follows the day in the last row of a single universe."""
    return max(rows)[1:]


VOLATILITY = ["price_date", "volatility_30d", "n_returns_30d", "volatility_90d", "n_returns_90d"]


def test_volatility_is_a_sample_deviation_over_years_of_365_days(fill: Fill, rows_of: Rows) -> None:
    # 30 returns of 0.1 and -0.1 after 80 of nothing: squares of 0.3 in all, over 29 and over 89.
    fill(indices({"a": chained(ending(grown([0.0] * 80 + zigzag(30))))}))
    found = rows_of("marts.sector_risk_day", VOLATILITY)
    assert on_last_day(found) == pytest.approx(
        (math.sqrt(0.3 / 29 * 365), 30, math.sqrt(0.3 / 89 * 365), 90), rel=1e-9
    )
    by_day = {row[0]: row[1:] for row in found}
    # Of the first days there are too few: 19 and 59.
    first = min(by_day)
    assert by_day[first + 19 * DAY] == (None, 19, None, 19)
    assert by_day[first + 20 * DAY] == (0, 20, None, 20)
    assert by_day[first + 59 * DAY][2:] == (None, 59)
    assert by_day[first + 60 * DAY][2:] == (0, 60)


def test_no_return_spans_a_gap_or_two_chains(fill: Fill, rows_of: Rows) -> None:
    # A day is missing, which takes two returns; another chain begins ten days before the end at
    # 100 again, which takes one.
    levels = chained(ending([*grown(zigzag(10)), 50.0, *grown(zigzag(15))]))
    del levels[LAST - 16 * DAY]
    for day in levels:
        if day > LAST - 10 * DAY:
            levels[day] = Level(levels[day].value / 7, LAST - 9 * DAY)
    fill(indices({"a": levels}))
    # Ten before the gap, and of the fifteen after it all but the sixth, to the new chain.
    moves = zigzag(10) + [move for n, move in enumerate(zigzag(15)) if n != 5]
    volatility, n, *quarter = on_last_day(rows_of("marts.sector_risk_day", VOLATILITY))
    assert volatility == pytest.approx(float(np.std(moves, ddof=1) * np.sqrt(365)), rel=1e-9)
    assert (n, *quarter) == (len(moves), None, len(moves))


def test_an_index_of_months_has_no_daily_figures(fill: Fill, make: Make, rows_of: Rows) -> None:
    months = {date(2026, month, 1): 100.0 + month for month in range(1, 7)}
    fill(indices({"ai-17": chained(months)}))
    fill(table({"bitcoin": ending(grown(zigzag(150)))}))
    make("marts.benchmark_step_day")
    assert on_last_day(rows_of("marts.sector_risk_day", VOLATILITY)) == (None, 0, None, 0)
    columns = ["price_date", "n_common_90d", "correlation_90d", "beta_90d"]
    assert {row[1:] for row in rows_of("marts.sector_comovement_day", columns)} == {(0, None, None)}


def test_drawdown_is_from_the_highest_level_of_the_chain_within_a_year(
    fill: Fill, expect: Expect
) -> None:
    first = date(2025, 1, 1)
    fill(
        indices(
            {
                "a": {
                    first: Level(100, first),
                    first + 1 * DAY: Level(200, first),
                    first + 2 * DAY: Level(50, first),
                    # At the same height again; the high of the first days is forgotten in a year.
                    first + 3 * DAY: Level(200, first),
                    first + 5 * DAY: Level(150, first),
                    first + 367 * DAY: Level(100, first),
                    first + 368 * DAY: Level(100, first),
                },
                "b": {
                    first: Level(100, first),
                    first + 1 * DAY: Level(80, first),
                    # Another chain begins.
                    first + 2 * DAY: Level(100, first + 2 * DAY),
                    first + 3 * DAY: Level(90, first + 2 * DAY),
                },
            }
        )
    )
    expect(
        "marts.sector_risk_day",
        f"""
        universe_id | price_date          | drawdown_365d | days_under_water | n_levels_365d
        a           | {first}             |               |                  | 1
        a           | {first + 1 * DAY}   | 0             | 0                | 2
        a           | {first + 2 * DAY}   | -0.75         | 1                | 3
        a           | {first + 3 * DAY}   | 0             | 0                | 4
        a           | {first + 5 * DAY}   | -0.25         | 2                | 5
        a           | {first + 367 * DAY} | -0.5          | 364              | 3
        a           | {first + 368 * DAY} | {-1 / 3}      | 363              | 3
        b           | {first}             |               |                  | 1
        b           | {first + 1 * DAY}   | -0.2          | 1                | 2
        b           | {first + 2 * DAY}   |               |                  | 1
        b           | {first + 3 * DAY}   | -0.1          | 1                | 2
        """,
    )


def test_comovement_of_a_universe_by_hand(fill: Fill, make: Make, rows_of: Rows) -> None:
    # Of every four days Σxy = 0.04, Σx² = 0.04 and Σy² = 0.08, and all means are 0.
    market = ending(grown([0.1, -0.1, 0.1, -0.1] * 15))
    sector = chained(ending(grown([0.2, 0.0, 0.0, -0.2] * 15)))
    fill({**table({"bitcoin": market}), **indices({"a": sector})})
    make("marts.benchmark_step_day")
    columns = ["benchmark_id", "price_date", "n_common_90d", "beta_90d", "correlation_90d"]
    found = {row[:2]: row[2:] for row in rows_of("marts.sector_comovement_day", columns)}
    assert found["bitcoin", LAST] == pytest.approx((60, 1, math.sqrt(0.5)), rel=1e-9)
    assert found["bitcoin", LAST - DAY] == (59, None, None)
    assert found["ethereum", LAST] == (0, None, None)
    assert found["NVDA", LAST] == (0, None, None)


def return_over(levels: Index, before: date, day: date) -> float | None:
    """Between two levels of one chain."""
    if before not in levels or day not in levels or levels[before].base != levels[day].base:
        return None
    return math.log(levels[day].value / levels[before].value)


@pytest.mark.parametrize("seed", range(3))
def test_universes_are_what_numpy_and_scipy_find(
    seed: int, fill: Fill, make: Make, rows_of: Rows
) -> None:
    dice = random.Random(seed)
    days = [LAST - n * DAY for n in range(220, -1, -1)]
    break_day = dice.choice(days[60:160])
    values = dict(zip(days, grown([dice.gauss(0, 0.04) for _ in days[1:]]), strict=True))
    for day in dice.sample(days[1:], k=12):
        if day != break_day:
            del values[day]
    sector = {
        day: Level(value, break_day if day >= break_day else days[0])
        for day, value in values.items()
    }
    coin = dict(zip(days, grown([dice.gauss(0, 0.03) for _ in days[1:]]), strict=True))
    for day in dice.sample(days, k=6):
        del coin[day]
    trading = [day for day in days if day.weekday() < 5 and dice.random() > 0.03]
    share = dict(zip(trading, grown([dice.gauss(0, 0.02) for _ in trading[1:]]), strict=True))
    shares = ["ticker | price_date | change_trading_day | days_since_previous"]
    shares += [f"NVDA | {trading[0]} | |"]
    shares += [
        f"NVDA | {day} | {share[day] / share[before] - 1!r} | {(day - before).days}"
        for before, day in itertools.pairwise(trading)
    ]
    fill({**table({"bitcoin": coin}), **indices({"a": sector})})
    fill({"marts.equity_day": "\n".join(shares)})
    make("marts.benchmark_step_day")

    risk = {row[0]: row[1:] for row in rows_of("marts.sector_risk_day", VOLATILITY)}
    columns = ["benchmark_id", "price_date", "n_common_90d", "beta_90d", "correlation_90d"]
    tied = {row[:2]: row[2:] for row in rows_of("marts.sector_comovement_day", columns)}
    assert len(tied) == 3 * len(risk) == 3 * len(sector)
    markets = {
        "bitcoin": ({day: day - DAY for day in days}, coin, 60),
        "NVDA": (dict(zip(trading[1:], trading, strict=False)), share, 42),
    }
    for last in sector:
        window = [last - n * DAY for n in range(90)]
        daily = [return_over(sector, day - DAY, day) for day in window]
        for part, least, got in ((daily[:30], 20, risk[last][:2]), (daily, 60, risk[last][2:])):
            moves = [move for move in part if move is not None]
            assert got[1] == len(moves)
            if len(moves) < least:
                assert got[0] is None
            else:
                wanted = np.std(moves, ddof=1) * np.sqrt(365)
                assert got[0] == pytest.approx(float(wanted), rel=1e-9)
        for benchmark, (steps, closes, least) in markets.items():
            pairs = [
                (math.log(closes[day] / closes[steps[day]]), own)
                for day in window
                if day in steps and day in closes and steps[day] in closes
                for own in [return_over(sector, steps[day], day)]
                if own is not None
            ]
            got = tied[benchmark, last]
            assert got[0] == len(pairs)
            if len(pairs) < least:
                assert got[1:] == (None, None)
            else:
                line = stats.linregress(*zip(*pairs, strict=True))
                assert got[1:] == pytest.approx((line.slope, line.rvalue), rel=1e-9)
