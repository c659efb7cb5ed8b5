"""Baskets: tokens by name on the days of their closes; no value twice, no death unseen."""

from __future__ import annotations

from collections.abc import Callable, Mapping

Fill = Callable[[Mapping[str, str]], None]
Make = Callable[..., None]
Expect = Callable[[str, str], None]

STEPS = (
    "marts.universe_day",
    "marts.category_sum_day",
    "marts.category_day",
    "marts.universe_token_day",
    "marts.sector_step_day",
    "marts.sector_index_day",
    "marts.sector_change_day",
)
CLOSES = "coin_id | price_date | close_usd | market_cap_usd"
CHANGE = (
    "price_date | change_usd | price_effect_usd | supply_effect_usd "
    "| entries_usd | exits_usd | unsplit_usd"
)


def basket(closes: str, members: str = "", *, names: str = "a b") -> dict[str, str]:
    """A basket of these tokens, or of members with their days."""
    listed = members or "\n".join(f"{name} | |" for name in names.split())
    lines = "\n".join(f"mine | {line.strip()}" for line in listed.strip().splitlines())
    return {
        "staging.universe__basket": "universe_id\nmine",
        "staging.universe__basket_member": (
            f"universe_id | coin_id | first_date | last_date\n{lines}"
        ),
        "marts.token_day": f"{CLOSES}\n{closes.strip()}",
    }


def test_a_token_that_died_is_in_its_days(fill: Fill, make: Make, expect: Expect) -> None:
    # b falls to a tenth, then nobody gives a price of it any more: the loss stays in the index,
    # and b counts for a week longer.
    closes = "\n".join(f"a | 2024-01-{day:02} | 10 | 100" for day in range(1, 13))
    fill(
        basket(f"""
            {closes}
            b | 2024-01-01 | 5   | 400
            b | 2024-01-02 | 0.5 | 40
        """)
    )
    make(*STEPS)
    expect(
        "marts.universe_day",
        "price_date | coin_id | has_market_cap\n"
        + "\n".join(f"2024-01-{day:02} | a | true" for day in range(1, 13))
        + "\n"
        + "\n".join(f"2024-01-{day:02} | b | {str(day < 3).lower()}" for day in range(1, 10)),
    )
    expect(
        "marts.sector_index_day",
        "price_date | index_cap_weighted | n_members | n_used | n_carried\n"
        "2024-01-01 | 100 | | |\n2024-01-02 | 28 | 2 | 2 | 0\n"
        + "\n".join(f"2024-01-{day:02} | 28 | 2 | 2 | 1" for day in range(3, 10))
        # Its last price is eight days old, and then it is gone.
        + "\n2024-01-10 | 28 | 2 | 2 | 1\n2024-01-11 | 28 | 1 | 1 | 0\n2024-01-12 | 28 | 1 | 1 | 0",
    )


def test_members_count_between_their_days(fill: Fill, make: Make, expect: Expect) -> None:
    # b from the 2nd to the 3rd; the day before it came and the one after it went are a's alone.
    fill(
        basket(
            """
            a | 2024-01-01 | 10 | 100
            a | 2024-01-02 | 10 | 100
            a | 2024-01-03 | 10 | 100
            a | 2024-01-04 | 10 | 100
            b | 2024-01-01 | 1  | 50
            b | 2024-01-02 | 2  | 100
            b | 2024-01-03 | 3  | 150
            b | 2024-01-04 | 6  | 300
            """,
            "a | |\nb | 2024-01-02 | 2024-01-03",
        )
    )
    make(*STEPS)
    # 100, flat while b enters, (100 + 150) / 200, and b once more as it leaves: (100 + 300) / 250.
    expect(
        "marts.sector_index_day",
        "price_date | index_cap_weighted\n"
        "2024-01-01 | 100\n2024-01-02 | 100\n2024-01-03 | 125\n2024-01-04 | 200",
    )
    expect(
        "marts.sector_change_day",
        f"""
        {CHANGE}
        2024-01-02 | 100  | 0  | 0 | 100 | 0   | 0
        2024-01-03 | 50   | 50 | 0 | 0   | 0   | 0
        2024-01-04 | -150 | 0  | 0 | 0   | 150 | 0
        """,
    )


def test_what_was_exchanged_counts_once(fill: Fill, make: Make, expect: Expect) -> None:
    # From the 2nd on, old is exchanged for new; before new has a close, old goes on counting.
    tables = basket(
        """
        old | 2024-07-01 | 1 | 100
        old | 2024-07-02 | 1 | 100
        old | 2024-07-03 | 1 | 100
        new | 2024-07-03 | 2 | 300
        """,
        names="old new",
    )
    tables["staging.universe__migration"] = (
        "from_coin_id | to_coin_id | started_date\nold | new | 2024-07-02"
    )
    fill(tables)
    make(*STEPS)
    expect(
        "marts.universe_day",
        "price_date | coin_id\n2024-07-01 | old\n2024-07-02 | old\n2024-07-03 | new",
    )
    expect(
        "marts.sector_index_day",
        "price_date | index_cap_weighted\n2024-07-01 | 100\n2024-07-02 | 100\n2024-07-03 | 100",
    )
    expect(
        "marts.sector_change_day",
        f"""
        {CHANGE}
        2024-07-02 | 0   | 0 | 0 | 0   | 0   | 0
        2024-07-03 | 200 | 0 | 0 | 300 | 100 | 0
        """,
    )


def test_who_came_and_went_and_why(fill: Fill, make: Make, expect: Expect) -> None:
    # dead's last close is of the 1st, gone's last day the 5th, and old is exchanged for new.
    closes = [
        f"{coin} | 2024-01-{day:02} | 1 | 100"
        for coin, days in (("a", range(1, 12)), ("gone", range(1, 12)), ("old", range(1, 12)))
        for day in days
    ]
    tables = basket(
        "\n".join([*closes, "dead | 2024-01-01 | 1 | 100", "new | 2024-01-10 | 1 | 100"]),
        "a | |\ngone | | 2024-01-05\nold | |\ndead | |\nnew | |",
    )
    tables["staging.universe__migration"] = (
        "from_coin_id | to_coin_id | started_date\nold | new | 2024-01-03"
    )
    fill(tables)
    make("marts.universe_day")
    expect(
        "marts.universe_change_day",
        """
        price_date | coin_id | change  | because
        2024-01-06 | gone    | left    | past its last day
        2024-01-09 | dead    | left    | no close within seven days
        2024-01-10 | new     | entered |
        2024-01-10 | old     | left    | migrated into new
        """,
    )


def test_a_new_token_may_begin_on_a_day_without_a_close(
    fill: Fill, make: Make, expect: Expect, rows_of: Callable[[str], list[object]]
) -> None:
    # new counts from the 2nd, by its close of the 1st: old is out from then on, and leaves
    # once, though it was exchanged for two.
    tables = basket(
        """
        a   | 2024-01-01 | 1 | 100
        a   | 2024-01-02 | 1 | 100
        a   | 2024-01-03 | 1 | 100
        old | 2024-01-01 | 1 | 100
        old | 2024-01-02 | 1 | 100
        old | 2024-01-03 | 1 | 100
        new | 2024-01-01 | 1 | 100
        new | 2024-01-03 | 1 | 100
        """,
        "a | |\nold | |\nnew | 2024-01-02 |",
    )
    tables["staging.universe__migration"] = """
        from_coin_id | to_coin_id | started_date
        old          | new        | 2024-01-02
        old          | a          | 2024-01-02
    """
    fill(tables)
    make(*STEPS)
    assert rows_of("checks.category_sum_day__sum_of_members") == []
    expect(
        "marts.universe_change_day",
        """
        price_date | coin_id | change  | because
        2024-01-02 | new     | entered |
        2024-01-02 | old     | left    | migrated into a
        """,
    )


def test_a_basket_has_its_own_limit(fill: Fill, make: Make, expect: Expect) -> None:
    tables = basket("""
        a | 2024-01-01 | 1 | 900
        a | 2024-01-02 | 2 | 1800
        b | 2024-01-01 | 1 | 100
        b | 2024-01-02 | 1 | 100
    """)
    tables["staging.universe__basket"] = "universe_id | weight_limit\nmine | 0.6"
    fill(tables)
    make(*STEPS)
    expect(
        "marts.sector_index_day",
        "price_date | index_cap_weighted | index_limited_cap_weighted | weight_limit\n"
        "2024-01-01 | 100 | 100 |\n2024-01-02 | 190 | 160 | 0.6",
    )
