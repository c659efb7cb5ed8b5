"""What an index does without a price, and with a limit to weights: rows reckoned by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

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


@pytest.mark.parametrize(
    "line",
    [
        "2026-11-02 | b | | 400 |",
        # Not confirmed: neither the price nor the cap is known.
        "2026-11-02 | b | 50000 | 4000000 | held",
        "2026-11-02 | b | | | unseen",
        # Neither counted nor seen any more.
        "2026-11-02 | c | 1 | 1 |",
    ],
)
def test_a_member_without_a_price_stands_still(
    line: str, crawled: Crawled, fill: Fill, make: Make, expect: Expect
) -> None:
    # (100 x 1.1 + 400) / 500, (10 x 1.1 + 20) / 30, (1.1 + 1) / 2.
    fill(
        crawled(f"""
            2026-11-01 | a | 10 | 100 |
            2026-11-01 | b | 5  | 400 |
            2026-11-02 | a | 11 | 110 |
            {line}
        """)
    )
    make(*STEPS)
    expect(
        "marts.sector_index_day",
        f"""
        {INDEX}    | n_members | n_used | n_carried
        2026-11-01 | 100 | 100 | 100 | | |
        2026-11-02 | 102 | {100 * 31 / 30} | 105 | 2 | 2 | 1
        """,
    )


def test_what_happened_without_a_price_is_had_with_the_next_one(
    crawled: Crawled, fill: Fill, make: Make, expect: Expect
) -> None:
    # b loses 90 % while the vendor says nothing of it; 110 + 40 of 500 are left, wherever a is.
    fill(
        crawled("""
            2026-11-01 | a | 10  | 100 |
            2026-11-01 | b | 5   | 400 |
            2026-11-02 | a | 11  | 110 |
            2026-11-02 | b |     |     |
            2026-11-03 | a | 11  | 110 |
            2026-11-03 | b | 0.5 | 40  |
        """)
    )
    make(*STEPS)
    expect(
        "marts.sector_index_day",
        "price_date | index_cap_weighted | n_used | n_carried\n"
        "2026-11-01 | 100 | |\n2026-11-02 | 102 | 2 | 1\n2026-11-03 | 30 | 2 | 0",
    )
    # The sum says what was known: b's cap is missing from it on one day.
    expect(
        "marts.sector_change_day",
        f"""
        {CHANGE}
        2026-11-02 | -390 | 10 | 0 | 0 | 0 | -400
        2026-11-03 | 40   | 0  | 0 | 0 | 0 | 40
        """,
    )


def test_a_price_is_carried_for_seven_days(
    crawled: Crawled, fill: Fill, make: Make, expect: Expect
) -> None:
    # On the ninth b's price is eight days old: held out from then on, and its fall is not had.
    days = [f"2026-11-{day:02}" for day in range(1, 11)]
    lines = [f"{day} | a | 10 | 100 |" for day in days]
    lines += [f"{day} | b | | | unseen" for day in days[1:9]]
    fill(crawled("\n".join([*lines, f"{days[0]} | b | 5 | 400 |", f"{days[9]} | b | 1 | 80 |"])))
    make(*STEPS)
    carried = "\n".join(f"{day} | 100 | 2 | 1" for day in days[1:8])
    expect(
        "marts.sector_index_day",
        f"""
        price_date | index_cap_weighted | n_used | n_carried
        2026-11-01 | 100 | |
        {carried}
        2026-11-09 | 100 | 1 | 0
        2026-11-10 | 100 | 1 | 0
        """,
    )


def test_an_unknown_supply_is_carried_and_cannot_be_split(
    crawled: Crawled, fill: Fill, make: Make, expect: Expect
) -> None:
    # b's cap becomes known at 500: that is no inflow. c's becomes unknown, d's price does.
    fill(
        crawled("""
            2026-11-01 | a | 10 | 100 |
            2026-11-01 | b | 5  |     |
            2026-11-01 | c | 5  | 70  |
            2026-11-01 | d | 5  | 30  |
            2026-11-02 | a | 12 | 240 |
            2026-11-02 | b | 10 | 500 |
            2026-11-02 | c | 6  |     |
            2026-11-02 | d |    | 40  |
            2026-11-03 | a | 12 | 240 |
            2026-11-03 | b | 10 | 500 |
            2026-11-03 | c | 9  | 126 |
            2026-11-03 | d | 5  | 40  |
        """)
    )
    make(*STEPS)
    # (120 + 70 x 1.2 + 30) / 200; then c weighs 14 x 6: (240 + 500 + 126 + 40) / (... + 84 + 40),
    # the cap of the day beside the carried price of d.
    roots = [value**0.5 for value in (240, 500, 84, 40)]
    rooted = 100 * (12 + 1.2 * 70**0.5 + 30**0.5) / (10 + 70**0.5 + 30**0.5)
    expect(
        "marts.sector_index_day",
        f"""
        price_date | index_cap_weighted | index_equal_weighted | n_members | n_used | n_carried
        2026-11-01 | 100 | 100 | | |
        2026-11-02 | 117 | {340 / 3} | 4 | 3 | 1
        2026-11-03 | {117 * 906 / 864} | {340 / 3 * 4.5 / 4} | 4 | 4 | 0
        """,
    )
    last = rooted * (sum(roots) + roots[2] / 2) / sum(roots)
    expect(
        "marts.sector_index_day",
        f"price_date | index_sqrt_cap_weighted\n2026-11-01 | 100\n2026-11-02 | {rooted}\n"
        f"2026-11-03 | {last}",
    )
    expect(
        "marts.sector_change_day",
        f"""
        {CHANGE} | n_unsplit
        2026-11-02 | 580 | 20 | 120 | 0 | 0 | 440 | 3
        2026-11-03 | 126 | 0  | 0   | 0 | 0 | 126 | 2
        """,
    )


@pytest.mark.parametrize("because", ["market cap unknown", "stale", "price not confirmed"])
def test_missing_data_does_not_make_a_token_leave(
    because: str, crawled: Crawled, fill: Fill, make: Make, expect: Expect
) -> None:
    # A live universe leaves b out of its sum on the 2nd, and the index holds it at its last price.
    tables = crawled(f"""
        2026-11-01 | a | 10 | 100 |
        2026-11-01 | b | 5  | 400 |
        2026-11-02 | a | 11 | 110 |
        2026-11-02 | b | {9 if because == "stale" else ""} |  | seen
        2026-11-03 | a | 11 | 110 |
        2026-11-03 | b | 0.5 | 40 |
    """)
    tables["marts.universe_candidate_day"] = f"""
        universe_id | price_date | coin_id | left_out_because
        ai          | 2026-11-01 | b       |
        ai          | 2026-11-02 | b       | {because}
        ai          | 2026-11-03 | b       |
    """
    fill(tables)
    make(*STEPS)
    expect(
        "marts.sector_index_day",
        "price_date | index_cap_weighted | n_members | n_used | n_carried\n"
        "2026-11-01 | 100 | | |\n2026-11-02 | 102 | 2 | 2 | 1\n2026-11-03 | 30 | 2 | 2 | 0",
    )
    expect(
        "marts.sector_change_day",
        f"""
        {CHANGE} | n_entered | n_left
        2026-11-02 | -390 | 10 | 0 | 0 | 0 | -400 | 0 | 0
        2026-11-03 | 40   | 0  | 0 | 0 | 0 | 40   | 0 | 0
        """,
    )


@pytest.mark.parametrize("is_judged", [False, True])
def test_who_was_in_no_crawl_moves_at_once_when_it_is_back(
    *, is_judged: bool, crawled: Crawled, fill: Fill, make: Make, expect: Expect
) -> None:
    # b's row was refused on the 2nd, so that the universe does not even know of it; back on the
    # 3rd, it has lost 90 %: 110, then (110 + 40) of 510. The sum has it leave and come.
    tables = crawled("""
        2026-11-01 | a | 10 | 100 |
        2026-11-01 | b | 5  | 400 |
        2026-11-02 | a | 11 | 110 |
        2026-11-03 | a | 11 | 110 |
        2026-11-03 | b | 0.5 | 40 |
    """)
    if is_judged:
        tables["marts.universe_candidate_day"] = """
            universe_id | price_date | coin_id | left_out_because
            ai          | 2026-11-01 | b       |
            ai          | 2026-11-03 | b       |
        """
    fill(tables)
    make(*STEPS)
    expect(
        "marts.sector_index_day",
        "price_date | index_cap_weighted | n_members | n_used | n_carried\n"
        "2026-11-01 | 100 | | |\n2026-11-02 | 102 | 2 | 2 | 1\n2026-11-03 | 30 | 2 | 2 | 0",
    )
    expect(
        "marts.sector_change_day",
        f"""
        {CHANGE} | n_entered | n_left
        2026-11-02 | -390 | 10 | 0 | 0  | 400 | 0 | 0 | 1
        2026-11-03 | 40   | 0  | 0 | 40 | 0   | 0 | 1 | 0
        """,
    )


def test_who_was_seen_meanwhile_had_left(
    crawled: Crawled, fill: Fill, make: Make, expect: Expect
) -> None:
    # Left by a rule at 2, and back at 9: what happened between is not the universe's.
    fill(
        crawled("""
            2026-11-01 | a | 10 | 100 |
            2026-11-01 | b | 1  | 100 |
            2026-11-02 | a | 10 | 100 |
            2026-11-02 | b | 2  | 200 | seen
            2026-11-03 | a | 10 | 100 |
            2026-11-03 | b | 9  | 900 |
        """)
    )
    make(*STEPS)
    expect(
        "marts.sector_index_day",
        "price_date | index_cap_weighted\n2026-11-01 | 100\n2026-11-02 | 150\n2026-11-03 | 150",
    )


def test_a_cap_that_price_and_supply_deny_is_no_weight(
    crawled: Crawled, fill: Fill, make: Make, expect: Expect
) -> None:
    # b's market cap is a thousand times what it is for a day, while its price is doubled and
    # halved again. Weighed by its supply it moves the index there and back.
    tables = crawled("""
        2026-11-01 | a | 1 | 900 |
        2026-11-01 | b | 1 | 100 |
        2026-11-02 | a | 1 | 900 |
        2026-11-02 | b | 1 | 100000 |
        2026-11-03 | a | 1 | 900 |
        2026-11-03 | b | 2 | 200 |
        2026-11-04 | a | 1 | 900 |
        2026-11-04 | b | 1 | 100 |
    """)
    rows = tables["marts.token_snapshot_day"].splitlines()
    supply = {"a": 900, "b": 100}
    tables["marts.token_snapshot_day"] = "\n".join(
        [f"{rows[0]} | circulating_supply"]
        + [f"{row} | {supply[row.split('|')[1].strip()]}" for row in rows[1:]]
    )
    fill(tables)
    make(*STEPS)
    expect(
        "marts.sector_index_day",
        "price_date | index_cap_weighted\n"
        "2026-11-01 | 100\n2026-11-02 | 100\n2026-11-03 | 110\n2026-11-04 | 100",
    )


@pytest.mark.parametrize("caps", [("1e30", "1e16"), ("1e-10", "1e-12"), ("75.12", "50")])
def test_absurd_caps_stop_nothing(
    caps: tuple[str, str], crawled: Crawled, fill: Fill, make: Make, expect: Expect
) -> None:
    one, other = caps
    fill(
        crawled(f"""
            2026-11-01 | a | 10 | {one} |
            2026-11-01 | b | 5  | {other} |
            2026-11-02 | a | 10 | {one} |
            2026-11-02 | b | 5  | {other} |
        """)
    )
    make(*STEPS, "marts.sector_count_day")
    total = float(one) + float(other)
    hhi = (float(one) / total) ** 2 + (float(other) / total) ** 2
    expect(
        "marts.sector_breadth_day",
        f"price_date | hhi\n2026-11-01 | {hhi}\n2026-11-02 | {hhi}",
    )


@pytest.mark.parametrize("before", ["volume below 100,000 USD", "stale"])
def test_nobody_is_a_member_by_missing_data(
    before: str, crawled: Crawled, fill: Fill, make: Make, expect: Expect
) -> None:
    # b was not counted when it was judged last, or never judged: stale, it is still no member.
    tables = crawled("""
        2026-11-01 | a | 10 | 100 |
        2026-11-01 | b | 5  | 400 | seen
        2026-11-02 | a | 11 | 110 |
        2026-11-02 | b | 5  | 400 | seen
        2026-11-03 | a | 11 | 110 |
        2026-11-03 | b | 50 | 4000 | seen
    """)
    tables["marts.universe_candidate_day"] = f"""
        universe_id | price_date | coin_id | left_out_because
        ai          | 2026-11-01 | b       | {before}
        ai          | 2026-11-02 | b       | stale
        ai          | 2026-11-03 | b       | volume below 100,000 USD
    """
    fill(tables)
    make(*STEPS)
    expect(
        "marts.sector_index_day",
        "price_date | index_cap_weighted | n_members | n_used\n"
        "2026-11-01 | 100 | |\n2026-11-02 | 110 | 1 | 1\n2026-11-03 | 110 | 1 | 1",
    )


@pytest.mark.parametrize(
    ("limit", "growth"),
    [
        # Weights of 0.6, 0.2, 0.1 and 0.1, and only the first and third double: 0.25 each.
        ("", 1.5),
        ("1", 1.7),
        # 0.4 for a; what it gives up, 0.2, goes to the others by 0.2 to 0.1 to 0.1.
        ("0.4", 1 + 0.4 + 0.15),
        # 0.3 for a; then b would have 0.35, so it is held too: 0.4 for c and d.
        ("0.3", 1 + 0.3 + 0.2),
        # Four cannot all be below 0.05.
        ("0.05", 1.5),
    ],
)
def test_no_weight_is_over_the_limit(
    limit: str, growth: float, crawled: Crawled, fill: Fill, make: Make, expect: Expect
) -> None:
    tables = crawled("""
        2026-11-01 | a | 1 | 600 |
        2026-11-01 | b | 1 | 200 |
        2026-11-01 | c | 1 | 100 |
        2026-11-01 | d | 1 | 100 |
        2026-11-02 | a | 2 | 1200 |
        2026-11-02 | b | 1 | 200 |
        2026-11-02 | c | 2 | 200 |
        2026-11-02 | d | 1 | 100 |
    """)
    tables["staging.universe__universe"] = f"universe_id | weight_limit\nai | {limit}"
    fill(tables)
    make(*STEPS)
    expect(
        "marts.sector_index_day",
        f"""
        price_date | index_cap_weighted | index_limited_cap_weighted | weight_limit
        2026-11-01 | 100 | 100 |
        2026-11-02 | 170 | {100 * growth} | {max(float(limit or 0.25), 0.25)}
        """,
    )
