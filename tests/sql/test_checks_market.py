"""Checks of tokens, categories and shares: sound rows pass, each other is returned."""

from __future__ import annotations

from collections.abc import Callable

import pytest

Tables = dict[str, str]
Judge = Callable[[str, Tables, Tables, int], None]

# By check: tables of which every row is sound, tables with rows that are not, and how many it
# returns.
CASES: dict[str, tuple[Tables, Tables, int]] = {
    "token_day__positive": (
        {
            "marts.token_day": """
                coin_id | price_date | close_usd | market_cap_usd | volume_usd
                near    | 2024-01-01 | 1         | 1              | 0
                near    | 2024-01-02 | 1         |                |
            """
        },
        {
            "marts.token_day": """
                coin_id | price_date | close_usd | market_cap_usd | volume_usd
                near    | 2024-01-03 | 0         | 1              | 1
                near    | 2024-01-04 | 1         | 0              | 1
                near    | 2024-01-05 | 1         | 1              | -1
                near    | 2024-01-06 | nan       | 1              | 1
                near    | 2024-01-07 |           | 1              | 1
            """
        },
        5,
    ),
    "token_day__no_gaps": (
        # A day of the series from another source is no gap; live series may have some.
        {
            "staging.bundled__token_daily": """
                coin_id | price_date
                near    | 2024-02-27
                near    | 2024-02-28
                near    | 2024-02-29
            """,
            "marts.token_day": """
                coin_id | price_date | source
                near    | 2024-02-27 | bundled
                near    | 2024-02-28 | coingecko
                near    | 2024-02-29 | bundled
                near    | 2025-11-23 | coingecko
                near    | 2025-11-25 | coingecko
            """,
        },
        {
            "staging.bundled__token_daily": """
                coin_id | price_date
                tao     | 2024-02-28
                tao     | 2024-03-01
                golem   | 2024-02-28
                golem   | 2024-02-29
            """,
            "marts.token_day": """
                coin_id | price_date | source
                tao     | 2024-02-28 | bundled
                tao     | 2024-03-01 | bundled
                golem   | 2024-02-28 | bundled
            """,
        },
        2,
    ),
    "token_day__known_after_close": (
        {"marts.token_day": "coin_id | price_date | known_at\na | 2024-01-01 | 2024-01-02"},
        {
            "marts.token_day": """
                coin_id | price_date | known_at
                b       | 2024-01-01 | 2024-01-01
                c       | 2024-01-01 |
            """
        },
        2,
    ),
    "token_month__price_times_supply": (
        {
            "marts.token_month": """
                coin_id | price_usd | circulating_supply | market_cap_usd
                a       | 2         | 100                | 204
                b       | 2         |                    | 204
            """
        },
        {
            "marts.token_month": """
                coin_id | price_usd | circulating_supply | market_cap_usd
                c       | 2         | 100                | 300
                d       | 0         | 100                |
                e       | 2         | 100                |
            """
        },
        3,
    ),
    "category_day__members": (
        {
            "staging.universe__universe": "universe_id\nai-sector",
            "staging.universe__category": "universe_id | category_id\nai-sector | ai-agents",
            "marts.category_day": """
                universe_id   | price_date | n_members | n_priced
                ai-17         | 2024-01-01 | 17        | 13
                ai-17         | 2024-04-01 | 17        | 17
                compute-daily | 2023-09-01 | 9         | 8
                compute-daily | 2023-11-20 | 9         | 8
                compute-daily | 2023-11-21 | 9         | 9
                compute-daily | 2023-11-22 | 9         | 9
                compute-daily | 2024-06-01 | 9         | 8
                ai-sector     | 2026-11-20 | 3         | 3
                ai-sector     | 2026-11-22 | 2         | 2
                category/ai-agents | 2026-11-22 | 4    | 0
            """,
        },
        {
            "marts.category_day": """
                universe_id   | price_date | n_members | n_priced
                ai-17         | 2024-02-01 | 16        | 13
                ai-17         | 2024-04-01 | 17        | 16
                compute-daily | 2023-09-02 | 9         | 10
                compute-daily | 2023-11-23 | 9         | 8
                compute-daily | 2023-11-25 | 9         | 9
                compute-daily | 2023-11-26 | 9         |
                other         | 2024-04-01 | 1         | 1
                ai-sector     | 2026-11-23 | 2         | 3
                category/memes | 2026-11-22 | 1        | 1
            """
        },
        9,
    ),
    "category_day__null_sum": (
        {
            "marts.category_day": """
                universe_id | member_sum_usd | n_priced
                a           | 1.5            | 1
                b           |                | 0
            """
        },
        {
            "marts.category_day": """
                universe_id | member_sum_usd | n_priced
                c           | 0              | 0
                d           |                | 1
            """
        },
        2,
    ),
    "category_sum_day__sum_of_members": (
        {
            "staging.bundled__universe_member": """
                universe_id   | coin_id
                compute-daily | near
                compute-daily | bittensor
                ai-17         | golem
            """,
            "staging.bundled__token_daily": """
                coin_id   | price_date
                near      | 2024-01-01
                near      | 2024-01-02
            """,
            "staging.universe__category": "universe_id | category_id\nai-sector | ai-agents",
            "staging.coingecko__market": """
                category_id | coin_id | seen_date
                ai-agents   | near    | 2026-11-21
                ai-agents   | golem   | 2026-11-21
                ai-agents   | golem   | 2026-11-22
                unfollowed  | golem   | 2026-11-22
            """,
            "marts.token_snapshot_day": """
                coin_id | seen_date  | market_cap_usd
                near    | 2026-11-21 | 5
                golem   | 2026-11-21 |
                near    | 2026-11-22 | 6
            """,
            "marts.universe_candidate_day": """
                universe_id | price_date | coin_id | market_cap_usd | left_out_because
                ai-sector   | 2026-11-21 | near    | 5              |
                ai-sector   | 2026-11-21 | golem   | 1              | stale
            """,
            "marts.token_day_from_files": """
                coin_id   | price_date | market_cap_usd
                near      | 2024-01-01 | 100.25
                bittensor | 2024-01-01 |
                bitcoin   | 2024-01-01 | 999
                near      | 2026-11-21 | 5
            """,
            "marts.token_month": "coin_id | price_date | market_cap_usd\ngolem | 2024-01-01 | 7",
            "marts.category_sum_day": """
                universe_id   | price_date | member_sum_usd | n_priced | is_held
                compute-daily | 2024-01-01 | 100.25         | 1        | false
                ai-17         | 2024-01-01 | 7              | 1        | false
                ai-sector     | 2026-11-21 | 5              | 1        | false
                category/ai-agents | 2026-11-21 | 5         | 1        | false
                category/ai-agents | 2026-11-22 | 6         | 1        | true
                category/ai-agents | 2026-11-23 |           | 0        | false
            """,
        },
        {
            "marts.token_day_from_files": """
                coin_id | price_date | market_cap_usd
                near    | 2024-01-02 | 50
            """,
            "staging.coingecko__market": """
                category_id | coin_id | seen_date
                ai-agents   | near    | 2026-11-24
            """,
            "marts.token_snapshot_day": """
                coin_id | seen_date  | market_cap_usd
                near    | 2026-11-24 | 7
            """,
            "marts.token_month": """
                coin_id | price_date | market_cap_usd
                golem   | 2024-02-01 | 80
                golem   | 2024-03-01 | 80
            """,
            "marts.category_sum_day": """
                universe_id | price_date | member_sum_usd | n_priced
                ai-17       | 2024-02-01 | 8              | 1
                ai-17       | 2024-03-01 | 80             | 2
                ai-17       | 2024-04-01 | 80             | 1
                ai-sector   | 2026-11-22 | 5              | 1
                category/ai-agents | 2026-11-24 | 14      | 1
            """,
        },
        6,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_check(name: str, judge: Judge) -> None:
    judge(name, *CASES[name])
