"""Given raw rows of live data and of the ledger, expected rows in staging."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

Fill = Callable[[Mapping[str, str]], None]
Expect = Callable[[str, str], None]
Rows = Callable[..., list[tuple[Any, ...]]]


def test_a_crawl_counts_as_a_whole_and_a_coin_once(
    fill: Fill, expect: Expect, rows_of: Rows
) -> None:
    # golem was in the first crawl of the day and not in the last; near is on two pages of that.
    fill(
        {
            "raw.coingecko__market": """
                category_id | coin_id | price_usd | market_cap_usd | circulating_supply | last_updated_at  | payload_sha256 | known_at
                depin       | golem   | 1         | 10             | 10                 | 2026-11-22 01:00 | a              | 2026-11-22 01:10
                depin       | near    | 1         | 10             | 10                 | 2026-11-22 01:00 | a              | 2026-11-22 01:10
                depin       | near    | 2         | 20             | 10                 | 2026-11-22 09:00 | b              | 2026-11-22 09:10
                depin       | near    | 3         | 30             | 10                 | 2026-11-22 09:01 | c              | 2026-11-22 09:10
                depin       | near    | 4         | 40             | 10                 |                  | d              | 2026-11-22 09:10
                depin       | tao     | 4         | 0              | 0                  |                  | c              | 2026-11-22 09:10
                depin       | golem   | 5         | 50             | 10                 | 2026-11-23 01:00 | d              | 2026-11-23 01:10
                            | golem   | 6         | 60             | 10                 | 2026-11-22 09:02 | e              | 2026-11-22 09:12
            """  # noqa: E501
        }
    )
    expect(
        "staging.coingecko__market",
        """
        coin_id | seen_date  | price_usd | market_cap_usd | circulating_supply
        golem   | 2026-11-22 | 6         | 60             | 10
        golem   | 2026-11-23 | 5         | 50             | 10
        near    | 2026-11-22 | 3         | 30             | 10
        tao     | 2026-11-22 | 4         |                |
        """,
    )
    found = rows_of("staging.coingecko__market", ["category_id", "coin_id"])
    assert found == [("", "golem"), ("depin", "golem"), ("depin", "near"), ("depin", "tao")]


def test_categories_are_as_seen_last_on_a_day(fill: Fill, expect: Expect) -> None:
    fill(
        {
            "raw.coingecko__category": """
                category_id | market_cap_usd | known_at
                depin       | 10             | 2026-11-22 01:10
                depin       | 11             | 2026-11-22 09:10
                depin       | 0              | 2026-11-23 01:10
            """,
            "raw.coingecko__category_name": """
                category_id | name     | known_at
                depin       | DePIN    | 2026-11-22
                depin       | DePIN !  | 2026-11-23
                gone        | Gone     | 2026-11-22
            """,
            "raw.coingecko__global": """
                total_market_cap_usd | total_volume_usd | known_at
                1                    | 1                | 2026-11-22 01:10
                2                    | 0                | 2026-11-22 09:10
            """,
        }
    )
    expect(
        "staging.coingecko__category",
        """
        category_id | seen_date  | market_cap_usd
        depin       | 2026-11-22 | 11
        depin       | 2026-11-23 |
        """,
    )
    expect("staging.coingecko__category_name", "category_id | name\ndepin | DePIN !\ngone | Gone")
    expect(
        "staging.coingecko__global",
        "seen_date | total_market_cap_usd | total_volume_usd\n2026-11-22 | 2 |",
    )


def test_closes_are_as_known_last_and_changes_are_kept(fill: Fill, expect: Expect) -> None:
    # 1e-7 is rounding; the last retrieval says again what the one before it said.
    fill(
        {
            "raw.coingecko__chart": """
                coin_id | price_date | close_usd | market_cap_usd | payload_sha256 | known_at
                near    | 2026-11-20 | 2         | 0              | a              | 2026-11-21
                near    | 2026-11-20 | 2.0000002 | 20             | b              | 2026-11-22
                near    | 2026-11-20 | 3         | 30             | c              | 2026-11-23
                near    | 2026-11-20 | 3         | 30             | d              | 2026-11-24
                tao     | 2026-11-20 | 5         | 0              | e              | 2026-11-21
            """
        }
    )
    expect(
        "staging.coingecko__chart",
        """
        coin_id | price_date | close_usd | market_cap_usd | known_at
        near    | 2026-11-20 | 3         | 30             | 2026-11-24
        tao     | 2026-11-20 | 5         |                | 2026-11-21
        """,
    )
    expect(
        "staging.coingecko__chart_revision",
        """
        coin_id | price_date | close_before_usd | close_usd | known_at
        near    | 2026-11-20 | 2.0000002        | 3         | 2026-11-23
        """,
    )


def test_of_imports_the_one_known_last_then_imported_last(fill: Fill, expect: Expect) -> None:
    fill(
        {
            "raw.capbrief__payload": """
                source | entity      | dataset | payload_sha256 | retrieved_at
                import | token_daily | x/a     | a              | 2026-11-20
                import | token_daily | y/b     | b              | 2026-11-21
                import | token_daily | z/c     | c              | 2026-11-22
            """,
            "raw.import__token_daily": """
                coin_id | price_date | close_usd | market_cap_usd | vendor | payload_sha256 | known_at
                near    | 2024-01-01 | 1         | 10             | X      | c              | 2024-01-02
                near    | 2024-01-01 | 2         | 0              | Y      | a              | 2024-01-03
                near    | 2024-01-01 | 3         | 0              | Z      | b              | 2024-01-03
            """,  # noqa: E501
        }
    )
    expect(
        "staging.import__token_daily",
        """
        coin_id | price_date | close_usd | market_cap_usd | vendor
        near    | 2024-01-01 | 3         |                | Z
        """,
    )


ENTITIES: dict[str, tuple[str, str]] = {
    "universe": ("universe_id", "ai"),
    "category": ("universe_id | category_id", "ai | depin"),
    "member": ("universe_id | coin_id", "ai | near"),
    "benchmark": ("coin_id", "bitcoin"),
    "twin": ("coin_id | of_coin_id", "wrapped-near | near"),
    "migration": ("from_coin_id | to_coin_id", "ocean | fet"),
    "exclusion": ("universe_id | coin_id", "ai | flux"),
}


@pytest.mark.parametrize("entity", ENTITIES)
def test_a_rule_file_replaces_what_it_said_before(
    entity: str, fill: Fill, expect: Expect, rows_of: Rows
) -> None:
    # The first file says the same bytes again later; the second has one version, which stays.
    header, row = ENTITIES[entity]
    other = row.replace("ai", "other").replace("near", "tao").replace("bitcoin", "ethereum")
    other = other.replace("ocean", "agix")
    dataset = f"universe | {entity} | {{}}/{entity}"
    payloads = "source | entity | dataset | payload_sha256 | retrieved_at\n"
    fill(
        {
            f"raw.universe__{entity}": f"""
                {header} | payload_sha256 | known_at
                {row}    | a              | 2026-11-20
                {row}    | a              | 2026-11-22
                {other}  | o              | 2026-11-19
            """,
            "raw.capbrief__payload": payloads
            + f"""
                {dataset.format("live")} | a | 2026-11-20
                {dataset.format("live")} | b | 2026-11-21
                {dataset.format("live")} | a | 2026-11-22
                {dataset.format("own")}  | o | 2026-11-19
            """,
        }
    )
    expect(
        f"staging.universe__{entity}",
        f"{header} | known_at\n{row} | 2026-11-22\n{other} | 2026-11-19",
    )
    # The newest version of the first file has no such rows any more.
    fill({"raw.capbrief__payload": payloads + f"{dataset.format('live')} | c | 2026-11-23"})
    assert len(rows_of(f"staging.universe__{entity}")) == 1


def test_pages_of_one_retrieval_are_one_source(fill: Fill, expect: Expect) -> None:
    fill(
        {
            "raw.capbrief__payload": """
                source    | entity | dataset | url | payload_sha256 | n_rows | n_rejected | size_bytes | known_at         | retrieved_at
                coingecko | market | m/depin | p1  | z              | 250    | 1          | 100        | 2026-11-21       | 2026-11-21
                coingecko | market | m/depin | p1  | d              | 250    | 1          | 100        | 2026-11-22       | 2026-11-22
                coingecko | market | m/depin | p2  | b              | 90     | 2          | 40         | 2026-11-22       | 2026-11-22
                coingecko | market | m/depin | p3  | c              | 0      | 0          | 2          |                  | 2026-11-22
            """  # noqa: E501
        }
    )
    expect(
        "staging.capbrief__payload",
        """
        dataset | url | payload_sha256 | n_rows | n_rejected | size_bytes | known_at   | n_payloads
        m/depin | p1  | d              | 340    | 3          | 142        | 2026-11-22 | 3
        """,
    )


def test_the_longest_gap_and_the_last_decision_count(fill: Fill, expect: Expect) -> None:
    fill(
        {
            "raw.capbrief__gap": """
                source    | dataset | first_date | last_date  | reason | known_at
                coingecko | global  | 2026-11-01 | 2026-11-02 | short  | 2026-11-10
                coingecko | global  | 2026-11-01 | 2026-11-03 | long   | 2026-11-09
                coingecko | chart/a | 2026-11-01 | 2026-11-03 | ended  | 2026-11-09
                coingecko | chart/a | 2026-11-01 |            | open   | 2026-11-08
            """,
            "raw.capbrief__membership": """
                source    | dataset       | seen_date  | status   | n_members | known_at
                coingecko | markets/depin | 2026-11-22 | held     | 9         | 2026-11-22
                coingecko | markets/depin | 2026-11-22 | accepted | 9         | 2026-11-23
            """,
        }
    )
    expect(
        "staging.capbrief__gap",
        """
        dataset | first_date | last_date  | reason
        chart/a | 2026-11-01 |            | open
        global  | 2026-11-01 | 2026-11-03 | long
        """,
    )
    expect("staging.capbrief__membership", "dataset | status\nmarkets/depin | accepted")
