"""Crawls, memberships, categories and gaps of live data: given rows, expected rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping

Fill = Callable[[Mapping[str, str]], None]
Expect = Callable[[str, str], None]


def test_memberships_are_of_categories(fill: Fill, expect: Expect) -> None:
    fill(
        {
            "staging.capbrief__membership": """
                source    | dataset          | seen_date  | status | n_before | n_members | entered_ids | left_ids
                coingecko | markets/ai/agents | 2026-11-22 | held  | 3        | 2         | []          | [tao]
                another   | markets/depin    | 2026-11-22 | held   | 3        | 2         | []          | [tao]
            """  # noqa: E501
        }
    )
    expect(
        "marts.membership_day",
        """
        category_id | seen_date  | status | n_before | n_members | entered_ids | left_ids
        ai/agents   | 2026-11-22 | held   | 3        | 2         | []          | [tao]
        """,
    )


def test_a_crawl_is_had_when_it_has_rows_or_says_that_there_are_none(
    fill: Fill, expect: Expect
) -> None:
    # A run past midnight: its membership is of the day before, its rows are not.
    fill(
        {
            "staging.coingecko__market": """
                category_id | coin_id | seen_date
                depin       | near    | 2026-11-22
                depin       | tao     | 2026-11-22
                ai          | near    | 2026-11-22
            """,
            "marts.membership_day": """
                category_id | seen_date  | status   | n_members
                depin       | 2026-11-22 | held     | 2
                depin       | 2026-11-21 | accepted | 2
                gone        | 2026-11-22 | accepted | 0
            """,
        }
    )
    expect(
        "marts.crawl_day",
        """
        category_id | seen_date  | n_tokens | is_held
        ai          | 2026-11-22 | 1        | false
        depin       | 2026-11-22 | 2        | true
        gone        | 2026-11-22 | 0        | false
        """,
    )


def test_members_accepted_last_are_carried_on(fill: Fill, expect: Expect) -> None:
    # On the 21st the crawl is held, on the 22nd it was not had, on the 23rd it is believed.
    fill(
        {
            "staging.universe__category": "universe_id | category_id\na | depin\nb | depin",
            "staging.coingecko__market": """
                category_id | coin_id | seen_date
                depin       | near    | 2026-11-20
                depin       | tao     | 2026-11-21
                ai          | near    | 2026-11-19
                ai          | near    | 2026-11-22
                depin       | golem   | 2026-11-23
            """,
            "marts.crawl_day": """
                category_id | seen_date  | is_held
                ai          | 2026-11-19 | false
                depin       | 2026-11-20 | false
                depin       | 2026-11-21 | true
                ai          | 2026-11-22 | false
                depin       | 2026-11-23 | false
            """,
        }
    )
    expect(
        "marts.category_member_day",
        """
        category_id | seen_date  | coin_id | crawl_date
        depin       | 2026-11-20 | near    | 2026-11-20
        depin       | 2026-11-21 | near    | 2026-11-20
        depin       | 2026-11-22 | near    | 2026-11-20
        depin       | 2026-11-23 | golem   | 2026-11-23
        """,
    )


def test_a_category_has_two_measures(fill: Fill, expect: Expect) -> None:
    # On the 22nd the category is held; on the 23rd only the vendor's total was had. What our sum
    # is of that total moves by 4 points, then by 46. The price of slip is not confirmed.
    fill(
        {
            "staging.universe__category": """
                universe_id | category_id | tier
                ai          | depin       | core
                ai          | memes       | meme
            """,
            "staging.coingecko__category": """
                category_id | seen_date  | market_cap_usd | known_at
                depin       | 2026-11-20 | 50             | 2026-11-20
                depin       | 2026-11-21 | 50             | 2026-11-21
                depin       | 2026-11-22 | 100            | 2026-11-22
                depin       | 2026-11-23 | 100            | 2026-11-23
                storage     | 2026-11-22 | 100            | 2026-11-22
            """,
            "marts.crawl_day": """
                category_id | seen_date  | is_held
                depin       | 2026-11-20 | false
                depin       | 2026-11-21 | false
                depin       | 2026-11-22 | true
                memes       | 2026-11-20 | true
            """,
            "marts.category_member_day": """
                category_id | seen_date  | coin_id
                depin       | 2026-11-20 | near
                depin       | 2026-11-20 | tao
                depin       | 2026-11-21 | near
                depin       | 2026-11-21 | slip
                depin       | 2026-11-22 | near
                depin       | 2026-11-22 | gone
                depin       | 2026-11-23 | near
            """,
            "marts.token_snapshot_day": """
                coin_id | seen_date  | market_cap_usd | is_held_spike | known_at
                near    | 2026-11-20 | 50             | false         | 2026-11-20 01:10
                tao     | 2026-11-20 |                | false         | 2026-11-20 01:10
                near    | 2026-11-21 | 48             | false         | 2026-11-21
                slip    | 2026-11-21 | 48000000       | true          | 2026-11-21
                near    | 2026-11-22 | 50             | false         | 2026-11-22
                near    | 2026-11-23 | 50             | false         | 2026-11-23
            """,
            "marts.universe_candidate_day": """
                universe_id | price_date | coin_id | is_seen | left_out_because
                ai          | 2026-11-20 | near    | true    |
                ai          | 2026-11-20 | tao     | true    | market cap unknown
                ai          | 2026-11-22 | near    | true    |
                ai          | 2026-11-22 | gone    | false   | market cap unknown
                ai          | 2026-11-22 | meme    | false   | memecoin category
            """,
            "marts.universe_day": """
                universe_id | price_date | coin_id
                ai          | 2026-11-20 | near
                ai          | 2026-11-22 | near
            """,
        }
    )
    expect(
        "marts.category_day",
        """
        universe_id    | price_date | member_sum_usd | n_members | n_priced | vendor_total_usd | vendor_ratio | is_held | ratio_moved | n_unseen | known_at
        ai             | 2026-11-20 | 50             | 1         | 1        |                  |              | false   |             | 0        | 2026-11-20 01:10
        ai             | 2026-11-22 | 50             | 1         | 1        |                  |              | true    |             | 1        | 2026-11-22
        category/depin | 2026-11-20 | 50             | 2         | 1        | 50               | 1            | false   |             | 0        | 2026-11-20 01:10
        category/depin | 2026-11-21 | 48             | 2         | 1        | 50               | 0.96         | false   | false       | 0        | 2026-11-21
        category/depin | 2026-11-22 | 50             | 2         | 1        | 100              | 0.5          | true    | true        | 1        | 2026-11-22
        category/depin | 2026-11-23 |                | 1         | 0        | 100              |              | false   |             | 0        | 2026-11-23
        category/memes | 2026-11-20 |                | 0         | 0        |                  |              | true    |             | 0        |
        """,  # noqa: E501
    )


def test_gaps_lose_the_days_that_came_after_all(fill: Fill, expect: Expect) -> None:
    # near: two gaps overlap, and one of their days came later. tao came back on the 5th. golem
    # is gone for good from the 3rd on.
    reason = "out of reach"
    fill(
        {
            "staging.capbrief__gap": f"""
                source    | dataset            | first_date | last_date  | reason   | known_at
                coingecko | market_chart/near  | 2026-11-01 | 2026-11-04 | {reason} | 2026-11-05
                coingecko | market_chart/near  | 2026-11-03 | 2026-11-06 | {reason} | 2026-11-07
                coingecko | market_chart/tao   | 2026-11-01 |            | unknown  | 2026-11-02
                coingecko | market_chart/golem | 2026-11-03 |            | unknown  | 2026-11-05
                coingecko | market_chart/golem | 2026-11-02 | 2026-11-04 | {reason} | 2026-11-05
                coingecko | global             | 2026-11-01 | 2026-11-01 | {reason} | 2026-11-02
            """,
            "staging.coingecko__chart": """
                coin_id | price_date | known_at
                near    | 2026-11-02 | 2026-11-20
                tao     | 2026-10-31 | 2026-11-01
                tao     | 2026-11-05 | 2026-11-06
                golem   | 2026-11-01 | 2026-11-02
            """,
        }
    )
    expect(
        "marts.gap",
        f"""
        dataset            | first_date | last_date  | n_days | reason   | known_at
        global             | 2026-11-01 | 2026-11-01 | 1      | {reason} | 2026-11-02
        market_chart/golem | 2026-11-02 | 2026-11-02 | 1      | {reason} | 2026-11-05
        market_chart/golem | 2026-11-03 |            |        | unknown  | 2026-11-05
        market_chart/near  | 2026-11-01 | 2026-11-01 | 1      | {reason} | 2026-11-05
        market_chart/near  | 2026-11-03 | 2026-11-06 | 4      | {reason} | 2026-11-05
        market_chart/tao   | 2026-11-01 | 2026-11-04 | 4      | unknown  | 2026-11-02
        """,
    )


def test_live_tables_have_their_own_reach(fill: Fill, expect: Expect) -> None:
    fill(
        {
            "marts.build": "report_date\n2026-11-23",
            "staging.coingecko__global": "seen_date | n_coins\n2026-11-22 | 17000",
            "marts.global_day": "seen_date | known_at\n2026-11-22 | 2026-11-22",
            "marts.token_snapshot_day": """
                coin_id | seen_date  | known_at
                near    | 2026-11-21 | 2026-11-21
                near    | 2026-11-23 | 2026-11-23
            """,
            "marts.category_day": """
                universe_id    | price_date | vendor_total_usd | known_at
                category/depin | 2026-11-23 | 100              | 2026-11-23
                compute-daily  | 2024-03-26 |                  | 2024-03-27
            """,
            "marts.token_day_from_files": """
                coin_id | price_date | market_cap_usd | known_at
                near    | 2024-03-26 | 100            | 2024-03-27
                near    | 2024-03-28 | 100            | 2024-03-29
            """,
            "marts.token_day": """
                coin_id | price_date | market_cap_usd | source    | known_at
                near    | 2024-03-26 | 100            | coingecko | 2026-11-23
                near    | 2024-03-28 | 100            | import    | 2024-03-29
                near    | 2026-11-22 | 100            | coingecko | 2026-11-23
            """,
        }
    )
    expect("marts.global_day", "seen_date | n_coins\n2026-11-22 | 17000")
    expect(
        "marts.source_freshness",
        """
        entity                | first_date | last_date  | n_rows | age_days
        category_day          | 2026-11-23 | 2026-11-23 | 1      | 0
        global_day            | 2026-11-22 | 2026-11-22 | 1      | 1
        token_day             | 2024-03-26 | 2024-03-28 | 2      | 970
        token_day (CoinGecko) | 2024-03-26 | 2026-11-22 | 2      | 1
        token_snapshot_day    | 2026-11-21 | 2026-11-23 | 2      | 0
        """,
    )
