"""Checks of live data: sound rows pass, each other is returned."""

from __future__ import annotations

from collections.abc import Callable

import pytest

Tables = dict[str, str]
Judge = Callable[[str, Tables, Tables, int], None]


def closes(day: str, source: str, **usd: float) -> str:
    """Closes of one day as lines of a table."""
    return "\n".join(f"{coin} | {day} | {source} | {close}" for coin, close in usd.items())


def of_ten(n_moved: int, factor: float, n_tokens: int = 10) -> dict[str, float]:
    """Closes of some tokens that all were 1 before."""
    return {f"c{n}": factor if n < n_moved else 1.1 for n in range(n_tokens)}


HEADER = "coin_id | price_date | source | close_usd\n"
EVEN = dict.fromkeys(of_ten(0, 1), 1.0)

# By check: tables of which every row is sound, tables with rows that are not, and how many it
# returns.
CASES: dict[str, tuple[Tables, Tables, int]] = {
    # Three of ten may move, and nine tokens are too few to tell; bundled days are as they are.
    "token_day__continuity": (
        {
            "marts.token_day": HEADER
            + "\n".join(
                [
                    closes("2026-01-01", "coingecko", **EVEN),
                    closes("2026-01-02", "coingecko", **of_ten(3, 100)),
                    closes("2026-02-01", "import", **EVEN),
                    closes("2026-02-02", "import", **of_ten(9, 100, 9)),
                    closes("2026-02-04", "coingecko", **of_ten(10, 100)),
                    closes("2026-03-01", "bundled", **EVEN),
                    closes("2026-03-02", "bundled", **of_ten(10, 100)),
                    closes("2026-03-03", "coingecko", **EVEN),
                ]
            )
        },
        {
            "marts.token_day": HEADER
            + "\n".join(
                [
                    closes("2026-04-01", "coingecko", **EVEN),
                    closes("2026-04-02", "coingecko", **of_ten(4, 1.51)),
                    closes("2026-05-01", "import", **EVEN),
                    closes("2026-05-02", "import", **of_ten(4, 0.01)),
                ]
            )
        },
        2,
    ),
    "universe_day__no_twins": (
        {
            "staging.universe__twin": "coin_id | of_coin_id\nwrapped-tao | bittensor",
            "staging.universe__migration": """
                from_coin_id   | to_coin_id   | started_date
                singularitynet | fetch-ai     | 2024-07-01
                render-token   | render-token | 2023-11-02
            """,
            "marts.universe_day": """
                universe_id | price_date | coin_id
                ai-17       | 2024-04-01 | singularitynet
                ai-17       | 2024-04-01 | fetch-ai
                ai-17       | 2024-04-01 | render-token
                ai-sector   | 2026-11-22 | bittensor
                depin       | 2026-11-22 | wrapped-tao
                ai-sector   | 2026-11-21 | wrapped-tao
            """,
        },
        {
            "marts.universe_day": """
                universe_id | price_date | coin_id
                ai-sector   | 2026-11-22 | wrapped-tao
                ai-17       | 2024-07-01 | singularitynet
                ai-17       | 2024-07-01 | fetch-ai
            """
        },
        2,
    ),
    "membership_day__counts": (
        {
            "staging.coingecko__market": """
                category_id | coin_id | seen_date
                depin       | a       | 2026-11-21
                depin       | b       | 2026-11-21
            """,
            "marts.membership_day": """
                category_id | seen_date  | status   | n_before | n_members | entered_ids | left_ids
                depin       | 2026-11-20 | accepted | 0        | 3         | []          | []
                depin       | 2026-11-21 | held     | 3        | 2         | []          | [c]
                depin       | 2026-11-22 | accepted | 3        | 4         | [d, e]      | [c]
            """,
        },
        {
            "staging.coingecko__market": """
                category_id | coin_id | seen_date
                other       | a       | 2026-11-22
            """,
            "marts.membership_day": """
                category_id | seen_date  | status   | n_before | n_members | entered_ids | left_ids
                depin       | 2026-12-01 | waiting  | 3        | 3         | []          | []
                depin       | 2026-12-02 | accepted | 3        | 4         | []          | []
                depin       | 2026-12-03 | accepted | 3        | 3         | [a]         | [a]
                depin       | 2026-12-04 | accepted | 3        |           | []          | []
                other       | 2026-11-22 | accepted | 0        | 2         | []          | []
            """,
        },
        5,
    ),
    "token_snapshot_day__known": (
        {
            "marts.token_snapshot_day": """
                coin_id | seen_date  | last_updated_at     | known_at
                near    | 2026-11-22 | 2026-11-22 01:15:00 | 2026-11-22 01:10:00
                golem   | 2026-11-22 |                     | 2026-11-22 01:10:00
            """
        },
        {
            "marts.token_snapshot_day": """
                coin_id | seen_date  | last_updated_at     | known_at
                near    | 2026-11-23 | 2026-11-23 01:15:01 | 2026-11-23 01:10:00
                golem   | 2026-11-23 | 2026-11-22 01:10:00 | 2026-11-22 01:10:00
                tao     | 2026-11-23 | 2026-11-22 01:10:00 |
            """
        },
        3,
    ),
    "global_day__positive": (
        {
            "marts.global_day": """
                seen_date  | n_coins | total_market_cap_usd | btc_dominance_pct | eth_dominance_pct
                2026-11-22 | 17000   | 3e12                 | 58                | 12
                2026-11-23 |         |                      |                   |
            """
        },
        {
            "marts.global_day": """
                seen_date  | n_coins | total_market_cap_usd | btc_dominance_pct | eth_dominance_pct
                2026-11-24 | 0       | 3e12                 | 58                | 12
                2026-11-25 | 17000   | -3e12                | 58                | 12
                2026-11-26 | 17000   | 3e12                 | 101               | 12
                2026-11-27 | 17000   | 3e12                 | 58                | 43
            """
        },
        4,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_check(name: str, judge: Judge) -> None:
    judge(name, *CASES[name])
