"""Indices of a universe and the parts of its change: given rows, rows reckoned by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping

Crawled = Callable[[str], dict[str, str]]
Fill = Callable[[Mapping[str, str]], None]
Make = Callable[..., None]
Expect = Callable[[str, str], None]

STEPS = (
    "marts.category_day",
    "marts.universe_token_day",
    "marts.sector_step_day",
    "marts.sector_index_day",
    "marts.sector_change_day",
)
COUNTED = "universe_id | price_date | coin_id"
INDEX = "price_date | index_cap_weighted | index_sqrt_cap_weighted | index_equal_weighted"
CHANGE = (
    "price_date | change_usd | price_effect_usd | supply_effect_usd "
    "| entries_usd | exits_usd | unsplit_usd"
)


def test_members_weigh_by_the_day_before(
    crawled: Crawled, fill: Fill, make: Make, expect: Expect
) -> None:
    # a rises by a tenth, b stays: (100 x 1.1 + 400) / 500, (10 x 1.1 + 20) / 30, (1.1 + 1) / 2;
    # then a stays and b falls by a half: (110 + 200) / 510, with roots of 110 and 400.
    fill(
        crawled("""
            2026-11-01 | a | 10 | 100 |
            2026-11-01 | b | 5  | 400 |
            2026-11-02 | a | 11 | 110 |
            2026-11-02 | b | 5  | 400 |
            2026-11-03 | a | 11 | 110 |
            2026-11-03 | b | 2.5 | 200 |
        """)
    )
    make(*STEPS)
    root = 110**0.5
    last = 100 * 31 / 30 * (root + 10) / (root + 20)
    expect(
        "marts.sector_index_day",
        f"""
        {INDEX}
        2026-11-01 | 100 | 100 | 100
        2026-11-02 | 102 | {100 * 31 / 30} | 105
        2026-11-03 | 62 | {last} | 78.75
        """,
    )
    expect(
        "marts.sector_index_day",
        """
        price_date | base_date  | days_since_before | n_members | n_used
        2026-11-01 | 2026-11-01 |                   |           |
        2026-11-02 | 2026-11-01 | 1                 | 2         | 2
        2026-11-03 | 2026-11-01 | 1                 | 2         | 2
        """,
    )


def test_supply_and_membership_do_not_move_an_index(
    crawled: Crawled, fill: Fill, make: Make, expect: Expect
) -> None:
    # a's supply doubles, c comes, b goes, all at flat prices.
    fill(
        crawled("""
            2026-11-01 | a | 10 | 100 |
            2026-11-01 | b | 5  | 400 |
            2026-11-02 | a | 10 | 200 |
            2026-11-02 | b | 5  | 400 |
            2026-11-02 | c | 1  | 900 |
            2026-11-03 | a | 10 | 200 |
            2026-11-03 | b | 5  | 400 | seen
            2026-11-03 | c | 1  | 900 |
        """)
    )
    make(*STEPS)
    expect(
        "marts.sector_index_day",
        f"""
        {INDEX}
        2026-11-01 | 100 | 100 | 100
        2026-11-02 | 100 | 100 | 100
        2026-11-03 | 100 | 100 | 100
        """,
    )
    expect(
        "marts.sector_change_day",
        f"""
        {CHANGE} | n_entered | n_left | n_unsplit
        2026-11-02 | 1000 | 0 | 100 | 900 | 0   | 0 | 1 | 0 | 0
        2026-11-03 | -400 | 0 | 0   | 0   | 400 | 0 | 0 | 1 | 0
        """,
    )


def test_who_leaves_counts_on_that_day(
    crawled: Crawled, fill: Fill, make: Make, expect: Expect
) -> None:
    # b is dropped for its fall, which its holders had: (100 + 40) / 500.
    fill(
        crawled("""
            2026-11-01 | a | 10 | 100 |
            2026-11-01 | b | 5  | 400 |
            2026-11-02 | a | 10 | 100 |
            2026-11-02 | b | 0.5 | 40 | seen
        """)
    )
    make(*STEPS)
    expect(
        "marts.sector_index_day",
        "price_date | index_cap_weighted | n_members | n_used\n"
        "2026-11-01 | 100 | |\n2026-11-02 | 28 | 2 | 2",
    )


def test_a_gap_is_one_step(crawled: Crawled, fill: Fill, make: Make, expect: Expect) -> None:
    # On the 5th nobody's cap is known: no index, and the chain goes on over it.
    fill(
        crawled("""
            2026-11-01 | a | 10 | 100 |
            2026-11-04 | a | 20 | 200 |
            2026-11-05 | a | 90 |     |
            2026-11-06 | a | 30 | 150 |
        """)
    )
    make(*STEPS)
    expect(
        "marts.sector_index_day",
        """
        price_date | index_cap_weighted | base_date  | days_since_before
        2026-11-01 | 100                | 2026-11-01 |
        2026-11-04 | 200                | 2026-11-01 | 3
        2026-11-06 | 300                | 2026-11-01 | 2
        """,
    )
    expect(
        "marts.sector_change_day",
        f"""
        {CHANGE} | days_since_before
        2026-11-04 | 100 | 100 | 0    | 0 | 0 | 0 | 3
        2026-11-06 | -50 | 100 | -150 | 0 | 0 | 0 | 2
        """,
    )


def test_with_nobody_to_carry_an_index_begins_anew(
    crawled: Crawled, fill: Fill, make: Make, expect: Expect
) -> None:
    fill(
        crawled("""
            2026-11-01 | a | 10 | 100 |
            2026-11-02 | a | 11 | 110 |
            2026-11-10 | b | 5  | 400 |
            2026-11-11 | b | 10 | 800 |
        """)
    )
    make(*STEPS)
    expect(
        "marts.sector_index_day",
        f"""
        {INDEX}    | base_date  | n_members | n_used
        2026-11-01 | 100 | 100 | 100 | 2026-11-01 | |
        2026-11-02 | 110 | 110 | 110 | 2026-11-01 | 1 | 1
        2026-11-10 | 100 | 100 | 100 | 2026-11-10 | 1 | 0
        2026-11-11 | 200 | 200 | 200 | 2026-11-10 | 1 | 1
        """,
    )
    expect(
        "marts.sector_change_day",
        f"""
        {CHANGE}
        2026-11-02 | 10  | 10  | 0 | 0   | 0   | 0
        2026-11-10 | 290 | 0   | 0 | 400 | 110 | 0
        2026-11-11 | 400 | 400 | 0 | 0   | 0   | 0
        """,
    )


def test_what_is_rounded_goes_to_the_supply(
    crawled: Crawled, fill: Fill, make: Make, expect: Expect
) -> None:
    # The price rises by a third: 0.3333… of 1.00 at the old supply, and the cap by 0.35.
    fill(
        crawled("""
            2026-11-01 | a | 3 | 1.00 |
            2026-11-02 | a | 4 | 1.35 |
        """)
    )
    make(*STEPS)
    expect("marts.sector_change_day", f"{CHANGE}\n2026-11-02 | 0.35 | 0.33 | 0.02 | 0 | 0 | 0")


def test_each_universe_has_its_own_prices(
    crawled: Crawled, fill: Fill, make: Make, expect: Expect
) -> None:
    # The same token in files, on month starts and in crawls, at different prices; and days of
    # one universe are no days of another. A vendor's category has no index.
    fill(
        {
            "staging.universe__universe": "universe_id\nai",
            "marts.universe_day": f"""
                {COUNTED}
                compute-daily | 2024-02-28 | a
                compute-daily | 2024-02-29 | a
                ai-17         | 2024-02-01 | a
                ai-17         | 2024-03-01 | a
                ai            | 2024-02-28 | a
                ai            | 2024-03-01 | a
            """,
            "marts.token_day_from_files": """
                coin_id | price_date | close_usd | market_cap_usd
                a       | 2024-02-01 | 7         | 7
                a       | 2024-02-28 | 10        | 100
                a       | 2024-02-29 | 11        | 110
                a       | 2024-03-01 | 70        | 70
            """,
            "marts.token_month": """
                coin_id | price_date | price_usd | market_cap_usd
                a       | 2024-02-01 | 10        | 100
                a       | 2024-03-01 | 20        | 200
            """,
            "marts.token_snapshot_day": """
                coin_id | seen_date  | price_usd | market_cap_usd | is_held_spike
                a       | 2024-02-28 | 10        | 100            | false
                a       | 2024-02-29 | 99        | 990            | false
                a       | 2024-03-01 | 30        | 300            | false
            """,
            "marts.category_sum_day": """
                universe_id   | price_date | member_sum_usd
                compute-daily | 2024-02-28 | 100
                compute-daily | 2024-02-29 | 110
                ai-17         | 2024-02-01 | 100
                ai-17         | 2024-03-01 | 200
                ai            | 2024-02-28 | 100
                ai            | 2024-03-01 | 300
                category/ai   | 2024-02-28 | 100
                category/ai   | 2024-03-01 | 300
            """,
        }
    )
    make(*STEPS)
    expect(
        "marts.sector_index_day",
        """
        universe_id   | price_date | index_cap_weighted | days_since_before
        ai            | 2024-02-28 | 100                |
        ai            | 2024-03-01 | 300                | 2
        ai-17         | 2024-02-01 | 100                |
        ai-17         | 2024-03-01 | 200                | 29
        compute-daily | 2024-02-28 | 100                |
        compute-daily | 2024-02-29 | 110                | 1
        """,
    )


def test_it_was_known_when_all_its_days_were(
    crawled: Crawled, fill: Fill, make: Make, expect: Expect
) -> None:
    tables = crawled("""
        2026-11-01 | a | 10 | 100 |
        2026-11-02 | a | 11 | 110 |
        2026-11-03 | a | 11 | 110 |
    """)
    tables["marts.category_sum_day"] = """
        universe_id | price_date | member_sum_usd | known_at
        ai          | 2026-11-01 | 100            | 2026-11-09
        ai          | 2026-11-02 | 110            | 2026-11-02
        ai          | 2026-11-03 | 110            | 2026-11-03
    """
    fill(tables)
    make(*STEPS)
    expect(
        "marts.sector_index_day",
        "price_date | known_at\n"
        "2026-11-01 | 2026-11-09\n2026-11-02 | 2026-11-09\n2026-11-03 | 2026-11-09",
    )
    expect(
        "marts.sector_change_day",
        "price_date | known_at\n2026-11-02 | 2026-11-09\n2026-11-03 | 2026-11-03",
    )
