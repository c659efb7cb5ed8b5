"""Checks over shares: sound rows pass, broken ones are returned."""

from __future__ import annotations

from collections.abc import Callable

import pytest

Tables = dict[str, str]
Judge = Callable[[str, Tables, Tables, int], None]

CASES: dict[str, tuple[Tables, Tables, int]] = {
    "equity_day__positive": (
        {
            "marts.equity_day": """
                ticker | close_usd | open_usd | volume_shares
                AMD    | 1.86      |          | 0
            """,
        },
        {
            "marts.equity_day": """
                ticker | close_usd | open_usd | volume_shares
                AMD    | 0         |          |
                NVDA   | inf       |          |
                NVDA   |           |          |
                NVDA   | 1         | 0        |
                NVDA   | 1         | 1        | -1
            """,
        },
        5,
    ),
    "equity_close_day__range": (
        {
            "marts.equity_close_day": """
                ticker | high_usd | low_usd | close_usd | stated_close_usd
                AMD    | 2        | 1       | 2.002     | 2.002
                NVDA   | 2.8      | 2.8     | 2.845     | 0.2845
                TSM    | 1        | 2       |           | 9
                TSM    |          |         | 1         | 1
            """,
        },
        {
            "marts.equity_close_day": """
                ticker | high_usd | low_usd | close_usd | stated_close_usd
                AMD    | 2        | 2.1     | 2.05      | 2.05
                AMD    | 2        | 1       | 2.1       | 2.1
                AMD    | 2        | 1       | 0.9       | 0.9
            """,
        },
        3,
    ),
    "equity_day__trading_days": (
        {"marts.equity_day": "ticker | price_date\nAMD | 2024-02-16"},
        {"marts.equity_day": "ticker | price_date\nAMD | 2024-02-17\nAMD | 2024-02-18"},
        2,
    ),
    "equity_day__splits": (
        {
            "staging.bundled__equity_split": "ticker | ex_date | ratio\nNVDA | 2024-06-10 | 10",
            "marts.equity_day": """
                ticker | price_date | days_since_previous | change_trading_day
                NVDA   | 2024-06-10 | 3                   | 0.0075
                NVDA   | 2024-06-07 | 1                   | -0.9
                AMD    | 2024-06-10 | 3                   | -0.9
            """,
        },
        {
            "marts.equity_day": """
                ticker | price_date | days_since_previous | change_trading_day
                NVDA   | 2024-06-11 | 4                   | -0.89
                NVDA   | 2024-06-12 | 5                   | 9.1
            """,
        },
        2,
    ),
    "equity_day__known_closes": (
        {
            "marts.equity_close_day": """
                ticker | price_date | source  | close_as_traded_usd
                AMD    | 2024-02-14 | bundled | 178.7
                AMD    | 2024-02-15 | bundled | 176.76
                AMD    | 2024-02-14 | import  | 1
            """,
            "marts.equity_day": "ticker | price_date | close_as_traded_usd\nAMD | 2024-02-14 | 178",
        },
        {
            "marts.equity_day": "ticker | price_date | close_as_traded_usd\nAMD | 2024-02-15 | 18",
        },
        1,
    ),
    "equity_revenue_quarter__periods": (
        {
            "marts.equity_revenue_quarter": """
                ticker | quarter_start | quarter_end | revenue_usd
                AMD    | 2025-01-01    | 2025-03-31  | 1
                AMD    | 2025-04-01    | 2025-06-30  | 1
                NVDA   | 2025-01-27    | 2025-04-27  | 1
            """,
        },
        {
            "marts.equity_revenue_quarter": """
                ticker | quarter_start | quarter_end | revenue_usd
                AMD    | 2025-06-30    | 2025-09-30  | 1
                NVDA   | 2025-04-28    | 2025-07-27  | -1
                NVDA   | 2025-07-28    | 2025-10-26  |
            """,
        },
        3,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_check(name: str, judge: Judge) -> None:
    judge(name, *CASES[name])
