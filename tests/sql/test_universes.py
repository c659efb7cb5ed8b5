"""Which tokens a live universe counts, and why not: given rows, expected rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

Fill = Callable[[Mapping[str, str]], None]
Expect = Callable[[str, str], None]

SEEN = "coin_id | seen_date | market_cap_usd | volume_24h_usd | ath_at | atl_at | age_hours"
HELD = f"{SEEN} | is_held_spike"
RULE = "universe_id | min_volume_usd | min_age_days | max_staleness_hours"


def sector(*lines: str) -> dict[str, str]:
    """A universe of one category, crawled on one day, with these members (as seen)."""
    coins = [line.partition("|")[0].strip() for line in lines]
    members = "\n".join(f"ai-agents | 2026-11-22 | {coin}" for coin in coins)
    seen = [line for line in lines if "|" in line]
    snapshots = {"marts.token_snapshot_day": "\n".join([SEEN, *seen])} if seen else {}
    return {
        "staging.universe__universe": f"{RULE}\nai | 100000 | 30 | 24",
        "staging.universe__category": "universe_id | category_id | tier\nai | ai-agents | core",
        "marts.crawl_day": "category_id | seen_date\nai-agents | 2026-11-22",
        "marts.category_member_day": f"category_id | seen_date | coin_id\n{members}",
        **snapshots,
    }


SOUND = "2026-11-22 | 100 | 100000 | 2026-10-23 | 2026-11-01 | 24"


@pytest.mark.parametrize(
    ("line", "because"),
    [
        (f"near | {SOUND}", ""),
        ("near | 2026-11-22 | 100 | 100000 | 2026-10-24 | 2026-11-01 | 1", "younger than 30 days"),
        ("near | 2026-11-22 | 100 | 99999 | 2020-01-01 | | 1", "volume below 100,000 USD"),
        ("near | 2026-11-22 | 100 | | 2020-01-01 | | 1", "volume unknown"),
        ("near | 2026-11-22 | 100 | 100000 | 2020-01-01 | | 24.1", "stale"),
        ("near | 2026-11-22 | 100 | 100000 | 2020-01-01 | |", "stale"),
        ("near | 2026-11-22 | | 100000 | 2020-01-01 | | 1", "market cap unknown"),
        # The vendor's way to say unknown: the first second of Unix time.
        ("near | 2026-11-22 | 100 | 100000 | 1970-01-01 | | 1", "younger than 30 days"),
        # A member that no crawl of the day showed.
        ("near", "market cap unknown"),
    ],
)
def test_floors_of_a_universe(line: str, because: str, fill: Fill, expect: Expect) -> None:
    fill(sector(line))
    expect("marts.universe_candidate_day", f"coin_id | left_out_because\nnear | {because}")


def test_reasons_come_in_a_fixed_order(fill: Fill, expect: Expect) -> None:
    old = "2026-11-22 | | 1 | 2026-11-20 | | 99"
    coins = ("excluded", "twin", "old-id", "fet", "meme", "named", "late", "fresh", "slip", "old")
    fill(sector(*(f"{coin} | {old}" for coin in coins[:-4])))
    fill(
        {
            "marts.token_snapshot_day": f"""
                {HELD}
                late  | 2026-11-22 | | 1 | 2026-11-20 | | 1 | false
                fresh | 2026-11-22 | 5 | 100000 | 2020-01-01 | | 1 | false
                slip  | 2026-11-22 | | 1 | 2026-11-20 | | 1 | true
                old   | 2026-11-22 | | 1 | 2026-11-20 | | 99 | true
            """,
            "staging.universe__exclusion": """
                universe_id | coin_id  | reason
                ai          | excluded | a benchmark
                other       | fresh    | not here
            """,
            "staging.universe__twin": "coin_id | of_coin_id\ntwin | near\nexcluded | near",
            "staging.universe__migration": """
                from_coin_id | to_coin_id | started_date
                old-id       | fet        | 2026-11-22
                twin         | fet        | 2024-07-01
                fresh        | fet        | 2026-11-23
                late         | unlisted   | 2024-07-01
                fet          | fet        | 2023-11-02
            """,
            "staging.universe__category": "universe_id | category_id | tier\nai | memes | meme",
            "staging.universe__member": "universe_id | coin_id\nai | named",
            "marts.category_member_day": """
                category_id | seen_date  | coin_id
                memes       | 2026-11-22 | meme
                memes       | 2026-11-22 | old-id
                memes       | 2026-11-22 | named
                ai-agents   | 2026-11-22 | late
                ai-agents   | 2026-11-22 | fresh
                ai-agents   | 2026-11-22 | slip
                ai-agents   | 2026-11-22 | old
            """,
        }
    )
    expect(
        "marts.universe_candidate_day",
        """
        coin_id  | left_out_because
        excluded | excluded: a benchmark
        fet      | stale
        fresh    |
        late     | younger than 30 days
        meme     | memecoin category
        named    | stale
        old      | stale
        old-id   | migrated into fet
        slip     | price not confirmed
        twin     | twin of near
        """,
    )


def test_volume_is_a_median_and_age_the_earliest_sign(fill: Fill, expect: Expect) -> None:
    # Of the volumes of 30 days the one of 2026-10-23 is too old; its all-time low is not. The
    # closes of tao begin before it was seen.
    fill(sector(f"near | {SOUND}", "tao | 2026-11-22 | 1 | 7 | | | 1"))
    fill(
        {
            "marts.token_snapshot_day": f"""
                {SEEN}
                near | 2026-10-23 | 1 | 9 | 2026-10-20 | 2026-10-10 | 1
                near | 2026-10-24 | 1 | 500000 | 2026-10-20 | 2026-10-20 | 1
                near | 2026-11-21 | 1 | 300000 | 2026-10-20 | 2026-10-20 | 1
            """,
            "marts.token_day": "coin_id | price_date\ntao | 2026-11-20\ntao | 2026-11-21",
        }
    )
    expect(
        "marts.universe_candidate_day",
        """
        coin_id | volume_24h_usd | median_volume_30d_usd | age_days | is_stale | is_seen
        near    | 100000         | 300000                | 43       | false    | true
        tao     | 7              | 7                     | 2        | false    | true
        """,
    )


def test_days_of_a_universe_are_those_of_its_own_crawls(fill: Fill, expect: Expect) -> None:
    # The list by name was had on the 22nd only, the category on the 23rd only.
    fill(
        {
            "staging.universe__universe": f"{RULE}\nai | | |\nnames | | |",
            "staging.universe__category": "universe_id | category_id | tier\nai | depin | core",
            "staging.universe__member": "universe_id | coin_id\nnames | golem",
            "marts.category_member_day": """
                category_id | seen_date  | coin_id
                depin       | 2026-11-22 | near
                depin       | 2026-11-23 | near
            """,
            "marts.token_snapshot_day": f"{SEEN}\ngolem | 2026-11-22 | 5 | | | |",
        }
    )
    fill({"marts.crawl_day": "category_id | seen_date\ndepin | 2026-11-23"})
    expect(
        "marts.universe_candidate_day",
        """
        universe_id | price_date | coin_id | market_cap_usd | is_stale | is_seen | left_out_because
        ai          | 2026-11-23 | near    |                |          | false   | market cap unknown
        """,  # noqa: E501
    )


def test_changes_of_a_universe_have_their_reason(fill: Fill, expect: Expect) -> None:
    fill(
        {
            "marts.universe_candidate_day": """
                universe_id | price_date | coin_id | left_out_because
                ai          | 2026-11-20 | near    |
                ai          | 2026-11-20 | tao     |
                ai          | 2026-11-20 | golem   |
                ai          | 2026-11-20 | refused |
                ai          | 2026-11-22 | near    |
                ai          | 2026-11-22 | golem   | stale
                ai          | 2026-11-22 | fet     |
            """,
            # Another category's crawl still showed tao.
            "marts.token_snapshot_day": """
                coin_id | seen_date
                near    | 2026-11-22
                tao     | 2026-11-22
                refused | 2026-11-20
            """,
        }
    )
    expect(
        "marts.universe_change_day",
        """
        price_date | coin_id | change  | because
        2026-11-22 | fet     | entered |
        2026-11-22 | golem   | left    | stale
        2026-11-22 | refused | left    | in no crawl of the day
        2026-11-22 | tao     | left    | no longer a member
        """,
    )
