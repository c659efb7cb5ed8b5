"""How tokens move with benchmarks: by hand, and by scipy over random closes with gaps."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

import pytest
from scipy import stats

from tests.sql.series import LAST, Closes, ending, grown, table, zigzag  # noqa: TID251 - its rows

Fill = Callable[[Mapping[str, str]], None]
Make = Callable[..., None]
Expect = Callable[[str, str], None]
Rows = Callable[..., list[tuple[Any, ...]]]

DAY = timedelta(days=1)
LEAST = {("coin", 30): 20, ("coin", 90): 60, ("share", 30): 14, ("share", 90): 42}


def test_benchmarks_are_two_coins_those_of_the_rules_and_a_share(
    fill: Fill, expect: Expect
) -> None:
    fill({"staging.universe__benchmark": "coin_id\nbitcoin\nsolana"})
    expect(
        "marts.benchmark",
        """
        benchmark_id | kind  | least_returns_30d | least_returns_90d
        NVDA         | share | 14                | 42
        bitcoin      | coin  | 20                | 60
        ethereum     | coin  | 20                | 60
        solana       | coin  | 20                | 60
        """,
    )


def test_a_coin_steps_by_calendar_days_a_share_by_trading_days(
    fill: Fill, make: Make, expect: Expect
) -> None:
    # Friday to Monday is one step of a share; two weeks between single closes are none.
    fill(
        {
            "marts.token_day": """
                coin_id | price_date | close_usd | known_at
                bitcoin | 2026-06-26 | 1         | 2026-06-29
                bitcoin | 2026-06-27 | 2         | 2026-06-28
                bitcoin | 2026-06-29 | 8         | 2026-06-30
                near    | 2026-06-26 | 1         | 2026-06-27
                near    | 2026-06-27 | 1         | 2026-06-28
            """,
            "marts.equity_day": """
                ticker | price_date | change_trading_day | days_since_previous | known_at
                NVDA   | 2026-06-12 |                    |                     | 2026-07-01
                NVDA   | 2026-06-26 |                    | 14                  | 2026-07-01
                NVDA   | 2026-06-29 | 1                  | 3                   | 2026-07-02
                AMD    | 2026-06-26 |                    |                     | 2026-07-01
                AMD    | 2026-06-29 | 1                  | 3                   | 2026-07-02
            """,
        }
    )
    expect(
        "marts.benchmark_step_day",
        f"""
        benchmark_id | price_date | before_date | log_return    | known_at
        NVDA         | 2026-06-29 | 2026-06-26  | {math.log(2)} | 2026-07-02
        bitcoin      | 2026-06-27 | 2026-06-26  | {math.log(2)} | 2026-06-29
        """,
    )


def test_beta_and_correlations_to_bitcoin(fill: Fill, make: Make, rows_of: Rows) -> None:
    # Twice bitcoin, against it, not moving at all; and with 60 and 59 returns.
    moves = zigzag(90)
    fill(
        table(
            {
                "bitcoin": ending(grown(moves)),
                "double": ending(grown([2 * move for move in moves])),
                "against": ending(grown([-move / 2 for move in moves])),
                "still": ending([7.0] * 91),
                "young": ending(grown(moves[-60:])),
                "newborn": ending(grown(moves[-59:])),
            }
        )
    )
    make("marts.benchmark_step_day")
    columns = [
        *("coin_id", "benchmark_id", "window_days"),
        *("beta", "correlation", "spearman_correlation", "n_common"),
    ]
    found = {row[:3]: row[3:] for row in rows_of("marts.token_comovement", columns)}
    assert found["bitcoin", "bitcoin", 90] == (1, 1, 1, 90)
    assert found["double", "bitcoin", 90] == pytest.approx((2, 1, 1, 90))
    assert found["double", "bitcoin", 30] == pytest.approx((2, 1, 1, 30))
    assert found["against", "bitcoin", 90] == pytest.approx((-0.5, -1, -1, 90))
    assert found["still", "bitcoin", 90] == (0, None, None, 90)
    assert found["young", "bitcoin", 90] == pytest.approx((1, 1, 1, 60))
    assert found["newborn", "bitcoin", 90] == (None, None, None, 59)
    assert found["newborn", "bitcoin", 30] == pytest.approx((1, 1, 1, 30))


def test_beta_and_correlation_of_log_returns_by_hand(fill: Fill, make: Make, rows_of: Rows) -> None:
    # Of every four days Σxy = 0.04, Σx² = 0.04 and Σy² = 0.08, and all means are 0.
    market = [0.1, -0.1, 0.1, -0.1] * 15
    token = [0.2, 0.0, 0.0, -0.2] * 15
    fill(table({"bitcoin": ending(grown(market)), "near": ending(grown(token))}))
    make("marts.benchmark_step_day")
    columns = ["coin_id", "benchmark_id", "window_days", "n_common", "beta", "correlation"]
    found = {row[:3]: row[3:] for row in rows_of("marts.token_comovement", columns)}
    assert found["near", "bitcoin", 90] == pytest.approx((60, 1, math.sqrt(0.5)), rel=1e-9)


def test_one_day_makes_a_correlation_and_no_order(fill: Fill, make: Make, rows_of: Rows) -> None:
    # Against each other on 58 days, and both up by e² on one. Twice the ranks less their mean, 61:
    # 29 times -31, -1, 29 times 29, and 59.
    market = [0.01, -0.01] * 29 + [0.0, 2.0]
    token = [-0.01, 0.01] * 29 + [0.0, 2.0]
    fill(table({"bitcoin": ending(grown(market)), "near": ending(grown(token))}))
    make("marts.benchmark_step_day")
    columns = ["coin_id", "benchmark_id", "window_days", "correlation", "spearman_correlation"]
    found = {row[:3]: row[3:] for row in rows_of("marts.token_comovement", columns)}
    pearson = (4 - 0.0058 - 4 / 60) / (4 + 0.0058 - 4 / 60)
    spearman = (-2 * 29 * 31 * 29 + 1 + 59**2) / (29 * 31**2 + 1 + 29 * 29**2 + 59**2)
    assert found["near", "bitcoin", 90] == pytest.approx((pearson, spearman), rel=1e-9)


def test_every_token_has_a_row_for_every_benchmark_and_window(
    fill: Fill, make: Make, expect: Expect
) -> None:
    # It ended before the others, and neither ether nor the share has a price then.
    gone = date(2026, 3, 1)
    fill(
        table(
            {
                "gone": ending(grown([2 * move for move in zigzag(95)]), gone),
                "bitcoin": ending(grown(zigzag(95) + [0.0] * 121)),
            }
        )
    )
    fill({"marts.token_day": f"coin_id | price_date | close_usd\nethereum | {LAST} | 1"})
    make("marts.benchmark_step_day")
    expect(
        "marts.token_comovement",
        f"""
        coin_id  | benchmark_id | window_days | price_date | n_common | least_returns | beta
        gone     | bitcoin      | 30          | {gone}     | 30       | 20            | 2
        gone     | bitcoin      | 90          | {gone}     | 90       | 60            | 2
        gone     | ethereum     | 30          | {gone}     | 0        | 20            |
        gone     | ethereum     | 90          | {gone}     | 0        | 60            |
        gone     | NVDA         | 30          | {gone}     | 0        | 14            |
        gone     | NVDA         | 90          | {gone}     | 0        | 42            |
        bitcoin  | bitcoin      | 30          | {LAST}     | 30       | 20            |
        bitcoin  | bitcoin      | 90          | {LAST}     | 90       | 60            |
        bitcoin  | ethereum     | 30          | {LAST}     | 0        | 20            |
        bitcoin  | ethereum     | 90          | {LAST}     | 0        | 60            |
        bitcoin  | NVDA         | 30          | {LAST}     | 0        | 14            |
        bitcoin  | NVDA         | 90          | {LAST}     | 0        | 42            |
        ethereum | bitcoin      | 30          | {LAST}     | 0        | 20            |
        ethereum | bitcoin      | 90          | {LAST}     | 0        | 60            |
        ethereum | ethereum     | 30          | {LAST}     | 0        | 20            |
        ethereum | ethereum     | 90          | {LAST}     | 0        | 60            |
        ethereum | NVDA         | 30          | {LAST}     | 0        | 14            |
        ethereum | NVDA         | 90          | {LAST}     | 0        | 42            |
        """,
    )


def compounded(closes: Closes, steps: Mapping[date, date]) -> dict[date, float]:
    """Log returns to each day from the one before it, where both have a close."""
    return {
        day: math.log(closes[day] / closes[before])
        for day, before in steps.items()
        if day in closes and before in closes
    }


def by_scipy(
    own: Mapping[date, float], market: Mapping[date, float], last: date, days: int, least: int
) -> tuple[int, float | None, float | None, float | None]:
    """n, beta, Pearson's and Spearman's correlation."""
    common = [day for day in sorted(own.keys() & market.keys()) if 0 <= (last - day).days < days]
    if len(common) < least:
        return len(common), None, None, None
    x, y = [market[day] for day in common], [own[day] for day in common]
    line = stats.linregress(x, y)
    return len(common), line.slope, line.rvalue, stats.spearmanr(x, y).statistic


FIGURES = [
    *("coin_id", "benchmark_id", "window_days"),
    *("n_common", "beta", "correlation", "spearman_correlation"),
]


@pytest.mark.parametrize("seed", range(4))
def test_coins_move_together_as_scipy_finds(
    seed: int, fill: Fill, make: Make, rows_of: Rows
) -> None:
    dice = random.Random(seed)
    common = [dice.gauss(0, 0.03) for _ in range(150)]
    series: dict[str, dict[date, float]] = {}
    for coin in ("bitcoin", "ethereum", "near", "the-graph"):
        moves = [move + dice.gauss(0, 0.02) for move in common]
        closes = ending(grown(moves))
        if coin in ("ethereum", "the-graph"):
            # Of halves and doubles many returns are equal, to the last digit.
            steps_of_two = itertools.accumulate(round(40 * move) for move in moves)
            closes = ending([1.0, *(2.0**step for step in steps_of_two)])
        dropped = dice.sample(sorted(closes), k=dice.choice((0, 5, 20)))
        series[coin] = {day: usd for day, usd in closes.items() if day not in dropped}
    fill(table(series))
    make("marts.benchmark_step_day")
    found = {row[:3]: row[3:] for row in rows_of("marts.token_comovement", FIGURES)}
    steps = {LAST - n * DAY: LAST - (n + 1) * DAY for n in range(150)}
    for coin, closes in series.items():
        for benchmark in ("bitcoin", "ethereum"):
            for days in (30, 90):
                wanted = by_scipy(
                    compounded(closes, steps),
                    compounded(series[benchmark], steps),
                    max(closes),
                    days,
                    LEAST["coin", days],
                )
                for got, want in zip(found[coin, benchmark, days], wanted, strict=True):
                    assert got == (None if want is None else pytest.approx(want, rel=1e-9))


HOLIDAYS = {date(2024, 3, 29), date(2024, 5, 27), date(2024, 6, 19)}
SPLIT = date(2024, 6, 10)


def test_a_share_is_compared_by_trading_days_through_holidays_and_a_split(
    fill: Fill, make: Make, rows_of: Rows
) -> None:
    dice = random.Random(7)
    last = date(2024, 6, 30)
    days = [last - n * DAY for n in range(120, -1, -1)]
    trading = [day for day in days if day.weekday() < 5 and day not in HOLIDAYS]
    share = dict(zip(trading, grown([dice.gauss(0.001, 0.02) for _ in trading[1:]]), strict=True))
    token = dict(zip(days, grown([dice.gauss(0, 0.05) for _ in days[1:]]), strict=True))
    # A Monday after a weekend counts the token's three days; a Wednesday without a close none.
    del token[date(2024, 5, 1)]
    as_traded = {day: usd * (10 if day < SPLIT else 1) for day, usd in share.items()}
    fill(table({"near": token}))
    fill(
        {
            "staging.bundled__equity_split": (
                f"ticker | ex_date | ratio | complete_from\nNVDA | {SPLIT} | 10 | 1999-01-22"
            ),
            "marts.build": "report_date\n2024-06-30",
            "staging.import__equity_daily": "\n".join(
                [
                    "ticker | price_date | close_usd | basis | payload_sha256 | known_at",
                    *(
                        f"NVDA | {day} | {usd!r} | as traded | raw | 2024-07-01"
                        for day, usd in as_traded.items()
                    ),
                ]
            ),
        }
    )
    make("marts.equity_split", "marts.equity_day", "marts.benchmark_step_day")
    found = {row[:3]: row[3:] for row in rows_of("marts.token_comovement", FIGURES)}
    steps = dict(zip(trading[1:], trading, strict=False))
    for window, n in ((90, 60), (30, 19)):
        wanted = by_scipy(
            compounded(token, steps),
            compounded(share, steps),
            last,
            window,
            LEAST["share", window],
        )
        # Of 62 trading days in the window two steps touch the missing close; of 19 none does.
        assert wanted[0] == n
        assert found["near", "NVDA", window] == pytest.approx(wanted, rel=1e-9)


def test_closes_of_single_weeks_are_no_daily_series(fill: Fill, make: Make, rows_of: Rows) -> None:
    # A close each Friday gives returns over seven days, too few of them for a figure.
    fridays = [LAST - timedelta(days=4 + 7 * n) for n in range(20, -1, -1)]
    fill(table({"near": ending(grown(zigzag(150)))}))
    fill(
        {
            "marts.equity_day": "\n".join(
                ["ticker | price_date | change_trading_day | days_since_previous"]
                + [f"NVDA | {day} | 0.0{n % 7} | 7" for n, day in enumerate(fridays)]
            )
        }
    )
    make("marts.benchmark_step_day")
    found = {row[:3]: row[3:] for row in rows_of("marts.token_comovement", FIGURES)}
    assert found["near", "NVDA", 90] == (13, None, None, None)
    assert found["near", "NVDA", 30] == (4, None, None, None)
