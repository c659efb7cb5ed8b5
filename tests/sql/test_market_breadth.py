"""Breadth, concentration and ranking of a universe: given rows, rows reckoned by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping

Fill = Callable[[Mapping[str, str]], None]
Make = Callable[..., None]
Expect = Callable[[str, str], None]

TOKENS = (
    "universe_id | price_date | coin_id | is_member | was_member | price_usd | price_before_usd "
    "| market_cap_usd | volume_usd | is_price_carried | was_price_carried"
)


def tokens(text: str) -> str:
    """Members from lines of day, token, price, price before, cap, volume, and carried or gone."""
    lines = [TOKENS]
    for line in text.strip().splitlines():
        day, coin, price, before, cap, volume, *state = (cell.strip() for cell in line.split("|"))
        is_member = str(state != ["gone"]).lower()
        is_carried = str(state == ["carried"]).lower()
        lines.append(
            f"ai | {day} | {coin} | {is_member} | true | {price} | {before} | {cap} | {volume} "
            f"| {is_carried} | false"
        )
    return "\n".join(lines)


def test_breadth_and_concentration(fill: Fill, make: Make, expect: Expect) -> None:
    # Caps of 500, 300 and 200; a has risen since the day before and in 30 days, b only since the
    # day before, c has fallen, d stands still on a carried price, and e is counted no more.
    fill(
        {
            "marts.universe_token_day": tokens("""
                2026-10-02 | a | 4  |   | 1   |    |
                2026-10-02 | b | 9  |   | 1   |    |
                2026-10-02 | d | 1  |   |     |    |
                2026-11-01 | a | 5  | 4 | 500 | 50 |
                2026-11-01 | b | 3  | 2 | 300 |    |
                2026-11-01 | c | 2  | 3 | 200 | 20 |
                2026-11-01 | d | 7  | 7 |     | 9  | carried
                2026-11-01 | e | 9  | 1 |     |    | gone
            """),
            "marts.category_day": """
                universe_id | price_date | member_sum_usd | known_at
                ai          | 2026-10-02 | 2              | 2026-10-02
                ai          | 2026-11-01 | 1000           | 2026-11-01 01:00
            """,
            "marts.global_day": """
                seen_date  | total_market_cap_usd | known_at
                2026-11-01 | 50000                | 2026-11-01 02:00
            """,
            "marts.sector_index_day": """
                universe_id | price_date | base_date  | index_cap_weighted | index_equal_weighted
                ai          | 2026-10-02 | 2026-01-01 | 200                | 100
                ai          | 2026-11-01 | 2026-01-01 | 210                | 120
            """,
        }
    )
    make("marts.sector_count_day")
    expect(
        "marts.sector_breadth_day",
        """
        price_date | n_members | n_priced | hhi  | effective_number | largest_coin_id
        2026-10-02 | 3         | 2        | 0.5  | 2                | b
        2026-11-01 | 4         | 3        | 0.38 | 2.6315789473684  | a
        """,
    )
    expect(
        "marts.sector_breadth_day",
        """
        price_date | largest_share | five_largest_share | n_rising | n_falling | n_30d | n_above_30d
        2026-10-02 | 0.5           | 1                  | 0        | 0         | 0     | 0
        2026-11-01 | 0.5           | 1                  | 2        | 1         | 2     | 1
        """,
    )
    # 70 of the 700 that have a volume; 1.2 - 1.05; 1,000 of 50,000.
    expect(
        "marts.sector_breadth_day",
        """
        price_date | n_with_volume | turnover | equal_over_cap_30d | share_of_crypto | known_at
        2026-10-02 | 0 |     |      |      | 2026-10-02
        2026-11-01 | 2 | 0.1 | 0.15 | 0.02 | 2026-11-01 02:00
        """,
    )


def test_five_of_six_equal_ones(fill: Fill, make: Make, expect: Expect) -> None:
    fill(
        {
            "marts.universe_token_day": tokens(
                "\n".join(f"2026-11-01 | {name} | 1 | 1 | 7 | |" for name in "abcdef")
            ),
            "marts.category_day": "universe_id | price_date | member_sum_usd\nai | 2026-11-01 | 42",
        }
    )
    make("marts.sector_count_day")
    expect(
        "marts.sector_breadth_day",
        f"""
        hhi   | effective_number | largest_share | five_largest_share | n_rising | n_falling
        {1 / 6} | 6              | {1 / 6}       | {5 / 6}            | 0        | 0
        """,
    )


RANKED = {
    "staging.universe__universe": "universe_id | min_volume_usd\nai | 100",
    "marts.category_day": """
        universe_id | price_date | member_sum_usd
        ai          | 2026-10-02 | 900
        ai          | 2026-11-01 | 1000
        ai          | 2026-11-02 |
    """,
    # b was first 30 days before. c's volume has a median of 60, d's is unknown.
    "marts.universe_token_day": tokens("""
        2026-10-02 | a | 4  | | 400 | 1   |
        2026-10-02 | b | 1  | | 500 | 1   |
        2026-10-25 | a | 4  | | 400 | 99  |
        2026-10-25 | b | 4  | | 500 | 300 |
        2026-10-25 | c | 1  | | 5   | 100 |
        2026-10-31 | a | 10 | | 500 | 101 | carried
        2026-10-31 | c | 4  | | 5   | 60  |
        2026-11-01 | a | 5  | | 500 | 200 |
        2026-11-01 | b | 3  | | 300 | 90  |
        2026-11-01 | c | 2  | | 200 | 20  |
        2026-11-01 | d | 7  | |     |     |
        2026-11-01 | e | 9  | |     |     | gone
    """),
    "marts.token_snapshot_day": """
        coin_id | seen_date  | circulating_supply | total_supply | max_supply
        a       | 2026-11-01 | 100                | 150          | 200
        b       | 2026-11-01 | 100                | 125          |
        c       | 2026-11-01 | 100                |              |
        a       | 2026-10-25 | 1                  | 1            | 1
    """,
}


def test_tokens_are_ranked_with_supply_and_liquidity(fill: Fill, expect: Expect) -> None:
    fill(RANKED)
    expect(
        "marts.universe_ranking",
        """
        coin_id | price_date | place | place_30d_before | share | turnover | median_volume_30d_usd
        a       | 2026-11-01 | 1     | 2                | 0.5   | 0.4      | 101
        b       | 2026-11-01 | 2     | 1                | 0.3   | 0.3      | 195
        c       | 2026-11-01 | 3     |                  | 0.2   | 0.1      | 60
        d       | 2026-11-01 |       |                  |       |          |
        """,
    )
    expect(
        "marts.universe_ranking",
        """
        coin_id | fully_diluted_value_usd | diluted_by | float_ratio
        a       | 1000                    | max        | 0.5
        b       | 375                     | total      | 0.8
        c       |                         |            |
        d       |                         |            |
        """,
    )


def test_movers_are_liquid(fill: Fill, expect: Expect) -> None:
    # c moved most, at a volume below the floor. A carried price is no price of a day before.
    fill(RANKED)
    expect(
        "marts.universe_ranking",
        """
        coin_id | change_1d | change_7d | change_30d | is_liquid | mover_place_7d
        a       |           | 0.25      | 0.25       | true      | 1
        b       |           | -0.25     | 2          | true      | 1
        c       | -0.5      | 1         |            | false     |
        d       |           |           |            |           |
        """,
    )
