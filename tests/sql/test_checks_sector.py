"""Checks of a universe's index, change, breadth and ranking: sound rows pass, each other is not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

Tables = dict[str, str]
Judge = Callable[[str, Tables, Tables, int], None]


def breadth(**rows: str) -> str:
    """Rows of two priced members of four, with shares of 0.7 and 0.3, but for what is said."""
    sound = {
        "n_members": "4",
        "n_priced": "2",
        "hhi": "0.58",
        "effective_number": "1.7241379310345",
        "largest_share": "0.7",
        "five_largest_share": "1",
        "n_rising": "1",
        "n_falling": "3",
        "n_30d": "4",
        "n_above_30d": "4",
        "n_with_volume": "2",
        "turnover": "0",
        "share_of_crypto": "",
    }
    lines = ["universe_id | price_date | " + " | ".join(sound)]
    for universe_id, text in rows.items():
        said = dict(part.split("=") for part in text.split())
        assert said.keys() <= sound.keys()
        lines.append(f"{universe_id} | 2026-11-01 | " + " | ".join({**sound, **said}.values()))
    return "\n".join(lines)


# One figure in each that cannot be.
BROKEN = {
    "a": "hhi=0.3 effective_number=3.3333333333333",
    "b": "effective_number=2",
    "c": "five_largest_share=0.6",
    "d": "largest_share=0.9",
    "e": "n_rising=2",
    "f": "n_above_30d=5 n_30d=5",
    "g": "n_30d=3",
    "h": "n_with_volume=3",
    "i": "turnover=-1",
    "j": "share_of_crypto=1.1",
    "k": "n_priced=0",
    "l": "five_largest_share=1.1",
}
# By check: tables of which every row is sound, tables with rows that are not, and how many it
# returns.
CASES: dict[str, tuple[Tables, Tables, int]] = {
    "sector_change_day__sums": (
        # The first day of a universe has no change, a vendor's category none at all, and a day
        # without a sum is passed over.
        {
            "marts.universe_day": "universe_id | price_date\nai | 2026-11-01\nai | 2026-11-04",
            "marts.category_day": """
                universe_id | price_date | member_sum_usd
                ai          | 2026-11-01 | 100
                ai          | 2026-11-02 |
                ai          | 2026-11-03 | 110.01
                category/ai | 2026-11-01 | 100
                category/ai | 2026-11-03 | 110.01
            """,
            "marts.sector_change_day": """
                universe_id | price_date | change_usd | price_effect_usd | supply_effect_usd | entries_usd | exits_usd | unsplit_usd
                ai          | 2026-11-03 | 10.01      | 5                | 4.01              | 3           | 2         | 0
            """,  # noqa: E501
        },
        # A cent too many, a part that is unknown, another difference than that of the sums, a
        # change of a first day, and a day without one.
        {
            "marts.universe_day": "universe_id | price_date\na |\nb |\nc |\nd |\ne |",
            "marts.category_day": """
                universe_id | price_date | member_sum_usd
                a           | 2026-11-01 | 100
                a           | 2026-11-02 | 110
                b           | 2026-11-01 | 100
                b           | 2026-11-02 | 110
                c           | 2026-11-01 | 100
                c           | 2026-11-02 | 110
                d           | 2026-11-02 | 110
                e           | 2026-11-01 | 100
                e           | 2026-11-02 | 110
            """,
            "marts.sector_change_day": """
                universe_id | price_date | change_usd | price_effect_usd | supply_effect_usd | entries_usd | exits_usd | unsplit_usd
                a           | 2026-11-02 | 10         | 10.01            | 0                 | 0           | 0         | 0
                b           | 2026-11-02 | 10         | 10               |                   | 0           | 0         | 0
                c           | 2026-11-02 | 11         | 11               | 0                 | 0           | 0         | 0
                d           | 2026-11-02 | 10         | 10               | 0                 | 0           | 0         | 0
            """,  # noqa: E501
        },
        5,
    ),
    "sector_index_day__values": (
        {
            "marts.universe_day": "universe_id | price_date\nai | 2026-11-01",
            "marts.category_day": """
                universe_id | price_date | member_sum_usd
                ai          | 2026-11-01 | 1
                ai          | 2026-11-02 | 1
                ai          | 2026-11-03 |
                category/ai | 2026-11-01 | 1
            """,
            "marts.sector_index_day": """
                universe_id | price_date | index_cap_weighted | index_sqrt_cap_weighted | index_equal_weighted | index_limited_cap_weighted | base_date  | n_members | n_used | n_carried
                ai          | 2026-11-01 | 100                | 100                     | 100                  | 100                        | 2026-11-01 |           |        |
                ai          | 2026-11-02 | 1                  | 100                     | 900                  | 100                        | 2026-11-01 | 2         | 1      | 0
            """,  # noqa: E501
        },
        {
            "marts.universe_day": "universe_id | price_date\nb |",
            "marts.category_day": """
                universe_id | price_date | member_sum_usd
                b           | 2026-11-01 | 1
                b           | 2026-11-02 | 1
                b           | 2026-11-03 | 1
                b           | 2026-11-04 | 1
                b           | 2026-11-05 | 1
                b           | 2026-11-06 | 1
                b           | 2026-11-07 | 1
                b           | 2026-11-08 | 1
            """,
            "marts.sector_index_day": """
                universe_id | price_date | index_cap_weighted | index_sqrt_cap_weighted | index_equal_weighted | index_limited_cap_weighted | base_date  | n_members | n_used | n_carried
                b           | 2026-11-01 | 100                | 100                     | 101                  | 100                        | 2026-11-01 |           |        |
                b           | 2026-11-02 | 0                  | 100                     | 100                  | 100                        | 2026-11-01 | 2         | 2      | 0
                b           | 2026-11-03 | 100                |                         | 100                  | 100                        | 2026-11-01 | 2         | 2      | 0
                b           | 2026-11-04 | 100                | inf                     | 100                  | 100                        | 2026-11-01 | 2         | 2      | 0
                b           | 2026-11-05 | 100                | 100                     | 100                  | 100                        | 2026-11-01 | 2         | 3      | 0
                b           | 2026-11-06 | 100                | 100                     | 100                  | 100                        | 2026-11-01 | 2         | 0      | 0
                b           | 2026-11-08 | 100                | 100                     | 100                  | 100                        | 2026-11-01 | 2         | 1      | 2
                c           | 2026-11-01 | 100                | 100                     | 100                  | 100                        | 2026-11-01 |           |        |
            """,  # noqa: E501
        },
        9,
    ),
    "sector_breadth_day__bounds": (
        {
            "marts.sector_index_day": "universe_id | price_date\nai | 2026-11-01",
            "marts.sector_breadth_day": breadth(ai=""),
        },
        # And an index without breadth, and breadth without an index.
        {
            "marts.sector_index_day": "universe_id | price_date\n"
            + "\n".join(f"{name} | 2026-11-01" for name in [*BROKEN, "without"]),
            "marts.sector_breadth_day": breadth(**BROKEN, beside=""),
        },
        len(BROKEN) + 2,
    ),
    "universe_ranking__whole": (
        # b is a member whose cap is not known, and counted by the universe on no day.
        {
            "marts.category_day": "universe_id | price_date | member_sum_usd\nai | 2026-11-02 | 4",
            "marts.universe_day": "universe_id | price_date | coin_id\nai | 2026-11-02 | a",
            "marts.universe_ranking": """
                universe_id | coin_id | price_date | place | market_cap_usd | share
                ai          | a       | 2026-11-02 | 1     | 4              | 1
                ai          | b       | 2026-11-02 |       |                |
            """,
        },
        # One is missing, none is the first, shares are short, and a rank without a cap.
        {
            "marts.category_day": "universe_id | price_date | member_sum_usd\n"
            + "\n".join(f"{name} | 2026-11-02 | 4" for name in ("one", "two", "three", "four")),
            "marts.universe_day": "universe_id | price_date | coin_id\none | 2026-11-02 | b\n"
            + "\n".join(f"{name} | 2026-11-02 | a" for name in ("one", "two", "three", "four")),
            "marts.universe_ranking": """
                universe_id | coin_id | price_date | place | market_cap_usd | share
                one         | a       | 2026-11-02 | 1     | 4              | 1
                two         | a       | 2026-11-02 | 2     | 4              | 1
                three       | a       | 2026-11-02 | 1     | 4              | 0.9
                four        | a       | 2026-11-02 | 1     | 4              | 1
                four        | b       | 2026-11-02 | 2     |                |
            """,
        },
        4,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_check(name: str, judge: Judge) -> None:
    judge(name, *CASES[name])
