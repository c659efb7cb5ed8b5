"""The daily brief: which universe it speaks of, what moved, and rules that hold or do not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

Make = Callable[..., None]
Fill = Callable[[Mapping[str, str]], None]
Expect = Callable[[str, str], None]
RowsOf = Callable[[str], list[tuple[Any, ...]]]

# A crawled sector, whose index rises by 21 % in a day and by 10 % in a week.
SECTOR = {
    "marts.build": "report_date\n2026-11-23",
    "marts.category_day": """
        universe_id   | price_date | member_sum_usd | n_members | n_priced | known_at
        compute-daily | 2024-03-26 | 7              | 9         | 9        | 2024-03-27
        ai-sector     | 2026-11-15 | 100            | 3         | 3        | 2026-11-15
        ai-sector     | 2026-11-21 | 110            | 3         | 3        | 2026-11-21
        ai-sector     | 2026-11-22 | 121            | 4         | 3        | 2026-11-22
        ai-sector     | 2026-11-24 | 999            | 4         | 4        | 2026-11-24
    """,
    "marts.sector_index_day": """
        universe_id | price_date | base_date  | index_cap_weighted
        ai-sector   | 2026-11-15 | 2026-11-15 | 100
        ai-sector   | 2026-11-21 | 2026-11-15 | 100
        ai-sector   | 2026-11-22 | 2026-11-15 | 110
    """,
    "marts.token_snapshot_day": """
        coin_id | seen_date  | price_usd
        bitcoin | 2026-11-15 | 50
        bitcoin | 2026-11-21 | 100
        bitcoin | 2026-11-22 | 101
    """,
    # Another price of bitcoin: closes are not those of the crawls.
    "marts.token_day": """
        coin_id | price_date | close_usd
        bitcoin | 2026-11-21 | 1
        bitcoin | 2026-11-22 | 9
    """,
    "marts.sector_risk_day": """
        universe_id | price_date | volatility_30d
        ai-sector   | 2026-11-15 | 0.5
        ai-sector   | 2026-11-22 | 0.6
    """,
    "marts.sector_breadth_day": """
        universe_id | price_date | hhi | largest_coin_id | largest_share | n_rising | n_30d | n_above_30d
        ai-sector   | 2026-11-22 | 0.5 | a               | 0.6           | 2        | 0     | 0
    """,  # noqa: E501
    "marts.token": "coin_id | symbol | name\na | AAA | Alpha\nb | BBB | Beta",
    "marts.universe_ranking": """
        universe_id | price_date | coin_id | place | change_1d | change_7d | is_liquid | mover_place_7d
        ai-sector   | 2026-11-22 | a       | 1     | 0.1       | 0.5       | true      | 2
        ai-sector   | 2026-11-22 | b       | 2     | -0.1      | -0.6      | true      | 1
        ai-sector   | 2026-11-22 | unnamed | 3     | 0         | 0.1       | true      | 3
        ai-sector   | 2026-11-22 | thin    | 4     | 9         | 9         | false     |
        ai-sector   | 2026-11-22 | new     | 5     |           |           | true      |
    """,  # noqa: E501
    "marts.universe_change_day": """
        universe_id | price_date | coin_id | change  | because
        ai-sector   | 2026-11-22 | a       | entered |
        ai-sector   | 2026-11-16 | gone    | left    | volume below 100,000 USD
        ai-sector   | 2026-11-15 | older   | left    | stale
        depin       | 2026-11-22 | other   | entered |
    """,
}


def test_the_brief_is_of_the_live_sector_up_to_the_report(
    fill: Fill, make: Make, expect: Expect
) -> None:
    fill(SECTOR)
    make("marts.brief_universe")
    expect(
        "reports.brief_facts",
        """
        universe_id | last_date  | n_members | cap_change_1d | cap_change_7d | cap_change_30d | index_change_1d | index_over_bitcoin_1d | index_over_bitcoin_7d
        ai-sector   | 2026-11-22 | 4         | 0.1           | 0.21          |                | 0.1             | 0.09                  | -0.92
        """,  # noqa: E501
    )
    expect(
        "reports.brief_facts",
        """
        n_liquid | best_name | best_change_7d | worst_name | worst_change_7d | n_moved_far | n_entered_7d | n_left_7d
        3        | Alpha     | 0.5            | Beta       | -0.6            | 2                | 1            | 1
        """,  # noqa: E501
    )


def test_a_rule_that_holds_has_a_number(fill: Fill, make: Make, expect: Expect) -> None:
    fill(SECTOR)
    make("marts.brief_universe")
    # 0.6 a year is 0.6 / √365 a day: 10 % is √365 / 6 of them, and 0.6 is over a half.
    expect(
        "reports.brief_facts",
        """
        move_in_daily_sd | index_change_far | first_share_high | n_above_30d
        3.184162195757 | 0.1                      | 0.6                   |
        """,
    )


def test_a_rule_that_does_not_hold_has_none(fill: Fill, make: Make, expect: Expect) -> None:
    calm = SECTOR["marts.sector_risk_day"].replace("0.6", "2.0")
    even = SECTOR["marts.sector_breadth_day"].replace("| 0.6 ", "| 0.5 ")
    fill({**SECTOR, "marts.sector_risk_day": calm, "marts.sector_breadth_day": even})
    make("marts.brief_universe")
    expect("reports.brief_facts", "index_change_far | first_share_high\n | ")


def test_movers_are_liquid_and_gains_come_first(fill: Fill, make: Make, rows_of: RowsOf) -> None:
    fill(SECTOR)
    make("marts.brief_universe")
    found = {row[0]: (row[1], row[3]) for row in rows_of("reports.movers")}
    assert found == {
        "a": ("Alpha (AAA)", 0.5),
        "unnamed": ("unnamed", 0.1),
        "b": ("Beta (BBB)", -0.6),
    }


def test_who_came_and_went_within_a_week(fill: Fill, make: Make, expect: Expect) -> None:
    fill(SECTOR)
    make("marts.brief_universe")
    expect(
        "reports.entered_left",
        """
        price_date | coin_id | token | change
        2026-11-22 | a       | Alpha | entered
        2026-11-16 | gone    | gone  | left
        """,
    )


def test_without_a_crawl_the_brief_is_of_the_files(fill: Fill, make: Make, expect: Expect) -> None:
    fill({**SECTOR, "marts.build": "report_date\n2024-04-03"})
    make("marts.brief_universe")
    expect("reports.brief_facts", "universe_id | n_members\ncompute-daily | 9")


@pytest.mark.parametrize("name", ["brief_facts", "movers", "entered_left", "index_facts"])
def test_an_empty_market_gives_no_row(name: str, fill: Fill, rows_of: RowsOf) -> None:
    fill({"marts.build": "report_date\n2024-04-03"})
    assert rows_of(f"reports.{name}") == []


def test_the_index_is_set_against_bitcoin_in_two_periods(fill: Fill, expect: Expect) -> None:
    fill(
        {
            "marts.build": "report_date\n2024-04-03",
            "marts.sector_index_day": """
                universe_id   | price_date | base_date  | index_cap_weighted
                compute-daily | 2024-01-26 | 2024-01-01 | 100
                compute-daily | 2024-02-25 | 2024-01-01 | 120
                compute-daily | 2024-03-26 | 2024-01-01 | 180
                compute-daily | 2024-05-01 | 2024-01-01 | 999
            """,
            "marts.token_day_from_files": """
                coin_id | price_date | close_usd
                bitcoin | 2024-01-26 | 40
                bitcoin | 2024-02-25 | 50
                bitcoin | 2024-03-26 | 60
            """,
        }
    )
    expect(
        "reports.index_facts",
        """
        last_date  | date_30d_before | index_change_30d | bitcoin_change_30d | index_over_bitcoin_30d | index_over_bitcoin_30d_before
        2024-03-26 | 2024-02-25      | 0.5              | 0.2                | 0.3                    | -0.05
        """,  # noqa: E501
    )


def test_concentration_is_compared_with_thirty_days_before(fill: Fill, expect: Expect) -> None:
    day = "compute-daily | 2024-03-26 | 0.2 | 5 | a | 0.4 | 0 | 0"
    fill(
        {
            "marts.build": "report_date\n2024-04-03",
            "marts.token": SECTOR["marts.token"],
            "marts.sector_index_day": "universe_id | price_date\ncompute-daily | 2024-03-26",
            "marts.sector_breadth_day": f"""
                universe_id | price_date | hhi | effective_number | largest_coin_id | largest_share | n_30d | n_above_30d
                {day}
                {day.replace("2024-03-26 | 0.2", "2024-02-25 | 0.15")}
            """,  # noqa: E501
        }
    )
    # Over 0.18, as the rule asks; the largest holds no half; no token had a price then.
    expect(
        "reports.breadth",
        """
        hhi_30d_before | hhi_change_30d | hhi_high | first_name | first_share_high | n_30d | n_above_30d
        0.15           | 0.05           | 0.2          | Alpha      |                       |       |
        """,  # noqa: E501
    )
