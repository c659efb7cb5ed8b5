"""Closes of several sources, snapshots of crawls, and what is flagged about them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

Fill = Callable[[Mapping[str, str]], None]
Expect = Callable[[str, str], None]


def test_a_day_has_the_close_of_the_first_source(fill: Fill, expect: Expect) -> None:
    header = "coin_id | price_date | close_usd | market_cap_usd\n"
    fill(
        {
            "staging.bundled__token_daily": header
            + "near | 2024-01-01 | 1 | 10\nnear | 2024-01-02 | 1 | 10\nnear | 2024-01-03 | 1 | 10",
            "staging.import__token_daily": header
            + "near | 2024-01-02 | 1.2 | 10\nnear | 2024-01-03 | 1.005 | 10.4",
            "staging.coingecko__chart": header + "near | 2024-01-03 | 1 | 9",
        }
    )
    expect(
        "marts.token_close_day",
        """
        price_date | source    | close_usd | vendor    | is_kept
        2024-01-01 | bundled   | 1         |           | true
        2024-01-02 | bundled   | 1         |           | false
        2024-01-02 | import    | 1.2       |           | true
        2024-01-03 | bundled   | 1         |           | false
        2024-01-03 | coingecko | 1         | CoinGecko | true
        2024-01-03 | import    | 1.005     |           | false
        """,
    )


@pytest.mark.parametrize(
    ("closes", "held", "confirmed"),
    [
        # A slip of a day: its close is held, and the return from it is no spike.
        ([1, 1, 1e6, 1, 1], [2], []),
        ([1, 1, 1e-6, 1.2, 1], [2], []),
        # At the end of a series nobody knows yet.
        ([1, 1, 1e6], [2], []),
        # The next close confirms it: the unit was changed.
        ([1, 1, 1001, 900], [], [2]),
        ([1, 1, 0.0009, 0.0009], [], [2]),
        # Two slips in a row, each to another height.
        ([1, 1, 1e5, 1e10, 1, 1], [2, 3], []),
        ([1, 1e6, 1], [1], []),
        # A thousandfold is none, and neither is the first close, whatever it is.
        ([1, 1000, 1], [], []),
        ([1e6, 1, 1], [], [1]),
    ],
)
def test_a_spike_is_held_until_the_next_close(
    closes: list[float], held: list[int], confirmed: list[int], fill: Fill, expect: Expect
) -> None:
    days = [f"2026-11-{day:02}" for day in range(1, len(closes) + 1)]
    rows = "\n".join(f"near | {day} | {usd}" for day, usd in zip(days, closes, strict=True))
    fill({"staging.coingecko__chart": f"coin_id | price_date | close_usd\n{rows}"})
    expected = "\n".join(
        f"{day} | {n in held or n in confirmed} | {n in held} | {n not in held}"
        for n, day in enumerate(days)
    )
    expect("marts.token_close_day", f"price_date | is_spike | is_held | is_kept\n{expected}")


def test_another_source_stands_in_for_a_close_that_is_held(fill: Fill, expect: Expect) -> None:
    header = "coin_id | price_date | close_usd\n"
    fill(
        {
            "staging.coingecko__chart": header
            + "near | 2026-11-01 | 1\nnear | 2026-11-02 | 1e6\nnear | 2026-11-03 | 1",
            "staging.import__token_daily": header + "near | 2026-11-02 | 1.1",
        }
    )
    expect(
        "marts.token_close_day",
        """
        price_date | source    | is_held | is_kept
        2026-11-01 | coingecko | false   | true
        2026-11-02 | coingecko | true    | false
        2026-11-02 | import    | false   | true
        2026-11-03 | coingecko | false   | true
        """,
    )


def test_what_was_known_first_stays_apart_from_what_counts(fill: Fill, expect: Expect) -> None:
    # At the same moment the bundled close comes first; a close that is held is known by nobody.
    header = "coin_id | price_date | close_usd | market_cap_usd | known_at\n"
    fill(
        {
            "staging.bundled__token_daily": header
            + "near | 2024-02-14 | 1 | 10 | 2024-02-15\nnear | 2024-02-21 | 2 | 20 | 2024-02-22",
            "staging.import__token_daily": header
            + "near | 2024-02-21 | 3 | 30 | 2024-02-22\nnear | 2024-02-22 | 3 | 30 | 2025-01-01",
            "staging.coingecko__chart": header
            + "near | 2024-02-15 | 2 | 20 | 2026-11-22\nnear | 2024-02-21 | 2 | 40 | 2026-11-22\n"
            + "near | 2024-02-22 | 2e6 | 40 | 2024-02-23",
        }
    )
    expect(
        "marts.token_close_day",
        """
        price_date | source    | is_kept | is_first_known
        2024-02-14 | bundled   | true    | true
        2024-02-15 | coingecko | true    | true
        2024-02-21 | bundled   | false   | true
        2024-02-21 | coingecko | true    | false
        2024-02-21 | import    | false   | false
        2024-02-22 | coingecko | false   | false
        2024-02-22 | import    | true    | true
        """,
    )


def test_changes_of_what_was_known_first_stay_within_a_source(fill: Fill, expect: Expect) -> None:
    fill(
        {
            "marts.token_close_day": """
                coin_id | price_date | source    | close_usd | market_cap_usd | is_first_known
                near    | 2024-02-14 | bundled   | 2         | 20             | true
                near    | 2024-02-15 | coingecko | 2         | 20             | true
                near    | 2024-02-21 | bundled   | 3         | 30             | true
                near    | 2024-02-21 | coingecko | 9         | 90             | false
                near    | 2024-02-22 | bundled   | 3         | 30             | true
            """
        }
    )
    expect(
        "marts.token_day_first_known",
        """
        price_date | source    | close_usd | market_cap_usd | change_7d
        2024-02-14 | bundled   | 2         | 20             |
        2024-02-15 | coingecko | 2         | 20             |
        2024-02-21 | bundled   | 3         | 30             | 0.5
        2024-02-22 | bundled   | 3         | 30             |
        """,
    )


def test_sources_that_differ_are_named(fill: Fill, expect: Expect) -> None:
    # Up to 1 % in the close and 5 % in the cap are allowed; an unknown cap is no difference.
    fill(
        {
            "marts.token_close_day": """
                coin_id | price_date | source    | close_usd | market_cap_usd | is_kept | is_held
                near    | 2024-01-01 | coingecko | 100       | 100            | true    | false
                near    | 2024-01-01 | bundled   | 100.9     | 104.9          | false   | false
                near    | 2024-01-02 | coingecko | 100       | 100            | true    | false
                near    | 2024-01-02 | bundled   | 102       |                | false   | false
                near    | 2024-01-02 | import    | 100       | 94             | false   | false
                near    | 2024-01-03 | coingecko | 100       |                | true    | false
                near    | 2024-01-03 | bundled   | 100       | 200            | false   | false
            """
        }
    )
    expect(
        "marts.token_day_disagreement",
        """
        coin_id | price_date | kept_source | other_source | close_ratio | cap_ratio
        near    | 2024-01-02 | coingecko   | bundled      | 1.02        |
        near    | 2024-01-02 | coingecko   | import       | 1           | 0.94
        """,
    )


def test_a_token_has_the_name_that_is_bundled_else_the_last(fill: Fill, expect: Expect) -> None:
    # Of 64 letters a name is kept whole; a family is one letter, made of seven code points.
    family = "\N{MAN}\u200d\N{WOMAN}\u200d\N{GIRL}\u200d\N{BOY}"
    fill(
        {
            "staging.bundled__token_daily": """
                coin_id      | symbol | price_date
                render-token | RNDR   | 2024-03-26
            """,
            "marts.token_snapshot_day": """
                coin_id      | symbol | name   | seen_date
                render-token | render | Render | 2026-11-22
                fetch-ai     | fet    | ASI    | 2026-11-22
                grass        | grs    | Gras   | 2026-11-21
                grass        | grass  | Grass  | 2026-11-22
                long         | l      | LONG   | 2026-11-22
                longer       | l      | LONGER | 2026-11-22
            """.replace("LONGER", family * 65).replace("LONG", family * 64),
            "staging.bundled__token_monthly": """
                coin_id  | symbol | name     | price_date
                fetch-ai | FET    | Fetch.ai | 2024-04-01
            """,
            "staging.coingecko__chart": "coin_id | price_date\nrender-token | 2026-11-21",
            "staging.import__token_daily": "coin_id | price_date\nold-coin | 2024-01-01",
            "marts.benchmark": "benchmark_id | kind\nold-coin | coin\nfetch-ai | share",
        }
    )
    expect(
        "marts.token",
        """
        coin_id      | symbol   | name     | is_benchmark | first_price_date | last_price_date
        fetch-ai     | FET      | Fetch.ai | false        | 2024-04-01       | 2026-11-22
        grass        | GRASS    | Grass    | false        | 2026-11-21       | 2026-11-22
        long         | L        | LONG     | false        | 2026-11-22       | 2026-11-22
        longer       | L        | LONGER   | false        | 2026-11-22       | 2026-11-22
        old-coin     | old-coin | old-coin | true         | 2024-01-01       | 2024-01-01
        render-token | RNDR     | RNDR     | false        | 2024-03-26       | 2026-11-22
        """.replace("LONGER", family * 63 + "…").replace("LONG", family * 64),
    )


def test_a_snapshot_is_the_row_updated_last(fill: Fill, expect: Expect) -> None:
    # The strictest universe allows 24 hours; 98 for a price of 10 and a supply of 10 is 2 % off.
    fill(
        {
            "staging.universe__universe": "universe_id | max_staleness_hours\na | 48\nb | 24\nc |",
            "staging.coingecko__market": """
                category_id | coin_id | seen_date  | price_usd | market_cap_usd | circulating_supply | last_updated_at  | known_at
                ai          | near    | 2026-11-22 | 1         | 10             | 10                 | 2026-11-22 01:00 | 2026-11-22 01:10
                depin       | near    | 2026-11-22 | 10        | 98.01          | 10                 | 2026-11-22 01:10 | 2026-11-22 01:10
                depin       | tao     | 2026-11-22 | 10        | 97.99          | 10                 | 2026-11-21 01:10 | 2026-11-22 01:10
                depin       | golem   | 2026-11-22 | 10        |                | 10                 | 2026-11-21 01:09 | 2026-11-22 01:10
                depin       | iota    | 2026-11-22 | 10        | 100            |                    |                  | 2026-11-22 01:10
            """,  # noqa: E501
        }
    )
    expect(
        "marts.token_snapshot_day",
        """
        coin_id | seen_date  | price_usd | market_cap_usd | age_hours | is_stale | cap_mismatch
        golem   | 2026-11-22 | 10        |                | 24.016666666666666 | true |
        iota    | 2026-11-22 | 10        | 100            |           | true     |
        near    | 2026-11-22 | 10        | 98.01          | 0         | false    | false
        tao     | 2026-11-22 | 10        | 97.99          | 24        | false    | true
        """,
    )


def test_without_a_limit_nobody_knows_what_is_stale(fill: Fill, expect: Expect) -> None:
    fill(
        {
            "staging.coingecko__market": """
                category_id | coin_id | seen_date  | last_updated_at | known_at
                ai          | near    | 2026-11-22 | 2020-01-01      | 2026-11-22
            """
        }
    )
    expect("marts.token_snapshot_day", "coin_id | is_stale\nnear |")


def test_flags_of_a_crawl(fill: Fill, expect: Expect) -> None:
    fill(
        {
            "marts.token_snapshot_day": """
                coin_id | seen_date  | price_usd | market_cap_usd | circulating_supply | max_supply | last_updated_at  | age_hours | is_stale | cap_mismatch
                sound   | 2026-11-22 | 10        | 100            | 10                 | 10         | 2026-11-22       | 0         | false    | false
                capless | 2026-11-22 | 10        |                | 10                 |            | 2026-11-22       | 0         |          |
                old     | 2026-11-22 | 10        | 100            | 10                 |            | 2026-11-20 07:05 | 42        | true     | false
                undated | 2026-11-22 | 10        | 100            | 10                 |            |                  |           | true     | false
                off     | 2026-11-22 | 10        | 50             | 10                 | 9          | 2026-11-22       | 0         | false    | true
            """  # noqa: E501
        }
    )
    expect(
        "marts.token_flag_day",
        """
        coin_id | flag_date  | flag             | detail                                         | value
        capless | 2026-11-22 | cap_unknown      |                                                |
        off     | 2026-11-22 | cap_mismatch     | market cap over price times circulating supply | 0.5
        off     | 2026-11-22 | supply_above_max | circulating over maximum supply                | 1.1111111111
        old     | 2026-11-22 | stale            | updated 2026-11-20 07:05                       | 42
        undated | 2026-11-22 | stale            | never updated                                  |
        """,  # noqa: E501
    )


def test_flags_of_closes(fill: Fill, expect: Expect) -> None:
    # swap doubles its cap at the same close; even repeats both; late misses a day in between.
    fill(
        {
            "marts.token_close_day": """
                coin_id | price_date | source    | close_usd | market_cap_usd | base_usd | is_spike | is_held
                swap    | 2026-11-01 | coingecko | 10        | 100            |          | false    | false
                swap    | 2026-11-02 | coingecko | 10        | 200            | 10       | false    | false
                swap    | 2026-11-02 | bundled   | 11        | 100            |          | false    | false
                even    | 2026-11-01 | import    | 10        |                |          | false    | false
                even    | 2026-11-02 | import    | 10        |                | 10       | false    | false
                late    | 2026-11-01 | coingecko | 10        | 100            |          | false    | false
                late    | 2026-11-03 | coingecko | 10        | 300            | 10       | false    | false
                slip    | 2026-11-02 | coingecko | 2000000   | 100            | 2        | true     | true
                slip    | 2026-11-02 | bundled   | 2000      | 100            | 1        | true     | false
                split   | 2026-11-02 | coingecko | 0.001     | 100            | 10       | true     | false
            """,  # noqa: E501
            "staging.coingecko__chart_revision": """
                coin_id | price_date | known_at   | close_before_usd | close_usd
                late    | 2026-11-01 | 2026-11-02 | 8                | 9
                late    | 2026-11-01 | 2026-11-03 | 9                | 10
            """,
        }
    )
    expect(
        "marts.token_flag_day",
        """
        coin_id | flag_date  | flag               | detail                                              | value
        even    | 2026-11-02 | repeated_value     | close and market cap of the day before, import      | 10
        late    | 2026-11-01 | revised            | 9 USD until 2026-11-03, then 10                     | 1.1111111111
        slip    | 2026-11-02 | spike_confirmed    | 2000 USD after 1, bundled                           | 2000
        slip    | 2026-11-02 | spike_held         | 2e+06 USD after 2, coingecko                        | 1000000
        split   | 2026-11-02 | spike_confirmed    | 0.001 USD after 10, coingecko                       | 0.0001
        swap    | 2026-11-02 | supply_restatement | change of market cap over change of close, coingecko | 2
        """,  # noqa: E501
    )
