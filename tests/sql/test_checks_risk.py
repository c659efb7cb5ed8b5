"""Checks of risk and co-movement: sound rows pass, each other is returned."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest

Tables = dict[str, str]
Judge = Callable[[str, Tables, Tables, int], None]

BENCHMARKS = ("NVDA", "bitcoin", "ethereum")


def tied(rows: Iterable[str]) -> str:
    """Rows of a token's figures against benchmarks."""
    header = (
        "coin_id | benchmark_id | window_days | price_date | n_common | least_returns "
        "| correlation | beta | spearman_correlation"
    )
    return "\n".join([header, *rows])


def tied_day(rows: Iterable[str]) -> str:
    """Rows of a universe's figures against benchmarks."""
    header = (
        "universe_id | benchmark_id | price_date | n_common_90d | least_returns_90d "
        "| correlation_90d | beta_90d"
    )
    return "\n".join([header, *rows])


# By check: tables of which every row is sound, tables with rows that are not, and how many it
# returns.
CASES: dict[str, tuple[Tables, Tables, int]] = {
    "token_risk__bounds": (
        {
            "marts.token_day": """
                coin_id | price_date
                near    | 2026-11-01
                near    | 2026-11-02
                young   | 2026-11-02
            """,
            "marts.token_risk": """
                coin_id | price_date | volatility_30d | n_returns_30d | n_returns_90d | max_drawdown_365d | drawdown_peak_date | drawdown_trough_date | drawdown_recovered_date
                near    | 2026-11-02 | 0              | 30            | 90            | -0.5              | 2026-10-01         | 2026-10-02           | 2026-11-02
                young   | 2026-11-02 |                | 0             | 0             |                   |                    |                      |
            """,  # noqa: E501
        },
        # No row; another day than the last; and in each other row one figure that cannot be.
        {
            "marts.token_day": "coin_id | price_date\nnone | 2026-11-02\n"
            + "\n".join(f"{coin} | 2026-11-02" for coin in "abcdef"),
            "marts.token_risk": """
                coin_id | price_date | volatility_30d | n_returns_30d | n_returns_90d | max_drawdown_365d | drawdown_peak_date | drawdown_trough_date
                a       | 2026-11-01 |                | 0             | 0             |                   |                    |
                b       | 2026-11-02 | nan            | 30            | 90            | 0                 |                    |
                c       | 2026-11-02 | 1              | 31            | 90            | 0                 |                    |
                d       | 2026-11-02 | 1              | 30            | 90            | 0.1               |                    |
                e       | 2026-11-02 | 1              | 30            | 90            | -0.1              |                    |
                f       | 2026-11-02 | 1              | 30            | 90            | -0.1              | 2026-10-02         | 2026-10-01
            """,  # noqa: E501
        },
        7,
    ),
    "token_comovement__bounds": (
        {
            "marts.token_day": "coin_id | price_date\nnear | 2026-11-01\nnear | 2026-11-02",
            "marts.token_comovement": tied(
                f"near | {benchmark} | {days} | 2026-11-02 | {figures}"
                for benchmark in BENCHMARKS
                for days, figures in (
                    (30, "19 | 20 | | |"),
                    (90, "90 | 60 | 1.0000000000000002 | 3 | -1"),
                )
            ),
        },
        # No token; no row; a row short; another day than the last; and one figure that cannot be.
        {
            "marts.token_day": "coin_id | price_date\n"
            + "\n".join(f"{coin} | 2026-11-02" for coin in ("a", "b", "c")),
            "marts.token_comovement": tied(
                [
                    "none | bitcoin | 30 | 2026-11-02 | 19 | 20 | | |",
                    *(
                        f"a | {benchmark} | 30 | 2026-11-02 | 0 | 20 | | |"
                        for benchmark in BENCHMARKS
                    ),
                    *(
                        f"a | {benchmark} | 90 | 2026-11-01 | 0 | 60 | | |"
                        for benchmark in BENCHMARKS
                    ),
                    "b | NVDA     | 30 | 2026-11-02 | 31 | 14 | 0    | 0   | 0",
                    "b | bitcoin  | 30 | 2026-11-02 | 19 | 20 |      | 0   |",
                    "b | ethereum | 30 | 2026-11-02 | 20 | 20 | 1.01 | 0   | 0",
                    "b | NVDA     | 90 | 2026-11-02 | 60 | 60 | 0    | inf | 0",
                    "b | bitcoin  | 90 | 2026-11-02 | 60 | 60 | 0    | 0   | nan",
                    "b | ethereum | 90 | 2026-11-02 | 60 | 60 | 0    | 0   | 0",
                ]
            ),
        },
        1 + 3 + 5 + 6,
    ),
    "sector_risk_day__bounds": (
        {
            "marts.sector_index_day": """
                universe_id | price_date | base_date
                a           | 2026-11-01 | 2026-11-01
                a           | 2026-11-02 | 2026-11-01
            """,
            "marts.sector_risk_day": """
                universe_id | price_date | volatility_30d | n_returns_30d | volatility_90d | n_returns_90d | drawdown_365d | days_under_water | n_levels_365d
                a           | 2026-11-01 |                | 0             |                | 0             |               |                  | 1
                a           | 2026-11-02 | 0              | 30            | 1              | 90            | -0.5          | 1                | 2
            """,  # noqa: E501
        },
        # No row; no index; and in each other row one figure that cannot be.
        {
            "marts.sector_index_day": """
                universe_id | price_date | base_date
                b           | 2026-11-01 | 2026-11-01
                b           | 2026-11-03 | 2026-11-01
                b           | 2026-11-04 | 2026-11-01
                b           | 2026-11-05 | 2026-11-01
                b           | 2026-11-06 | 2026-11-01
                b           | 2026-11-07 | 2026-11-01
                b           | 2026-11-08 | 2026-11-01
                b           | 2026-11-09 | 2026-11-01
            """,
            "marts.sector_risk_day": """
                universe_id | price_date | volatility_30d | n_returns_30d | volatility_90d | n_returns_90d | drawdown_365d | days_under_water | n_levels_365d
                b           | 2026-11-02 |                | 0             |                | 0             |               |                  | 1
                b           | 2026-11-03 | -1             | 30            | 1              | 90            | 0             | 0                | 2
                b           | 2026-11-04 | 1              | 19            | 1              | 90            | 0             | 0                | 2
                b           | 2026-11-05 | 1              | 30            | 1              | 59            | 0             | 0                | 2
                b           | 2026-11-06 | 1              | 31            | 1              | 90            | 0             | 0                | 2
                b           | 2026-11-07 | 1              | 30            | 1              | 90            | 0.1           | 1                | 2
                b           | 2026-11-08 | 1              | 30            | 1              | 90            | 0             | 1                | 2
                b           | 2026-11-09 | 1              | 30            | 1              | 90            | -0.1          | 1                | 0
            """,  # noqa: E501
        },
        9,
    ),
    "sector_comovement_day__bounds": (
        {
            "marts.sector_index_day": """
                universe_id | price_date | base_date
                a           | 2026-11-01 | 2026-11-01
            """,
            "marts.sector_comovement_day": tied_day(
                [
                    "a | NVDA     | 2026-11-01 | 3  | 42 |                    |",
                    "a | bitcoin  | 2026-11-01 | 90 | 60 | 1.0000000000000002 | 2",
                    "a | ethereum | 2026-11-01 | 60 | 60 |                    | 0",
                ]
            ),
        },
        # No index; a row short; and in each other row one figure that cannot be.
        {
            "marts.sector_index_day": """
                universe_id | price_date | base_date
                b           | 2026-11-01 | 2026-11-01
                b           | 2026-11-02 | 2026-11-01
            """,
            "marts.sector_comovement_day": tied_day(
                [
                    "none | NVDA   | 2026-11-01 | 3  | 42 |       |",
                    "b | NVDA     | 2026-11-01 | 91 | 42 | 0     | 0",
                    "b | bitcoin  | 2026-11-01 | 90 | 60 | -1.01 | 0",
                    "b | ethereum | 2026-11-01 | 59 | 60 | 0     |",
                    "b | NVDA     | 2026-11-02 | 42 | 42 | 0     | nan",
                    "b | bitcoin  | 2026-11-02 | 90 | 60 | nan   | 0",
                ]
            ),
        },
        7,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_check(name: str, judge: Judge) -> None:
    judge(name, *CASES[name])
