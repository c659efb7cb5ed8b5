"""Reports on a home with live data: what their queries say of gaps, and of what is older."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

Fill = Callable[[Mapping[str, str]], None]
Expect = Callable[[str, str], None]
RowsOf = Callable[[str], list[tuple[Any, ...]]]

# Two tokens of the edition in March 2024, carried on by an import that skips a day; live closes of
# them from November 2026 on.
SERIES = {
    "marts.event": "event_id | event_date | title\nsora-demo | 2024-03-27 | Demo",
    "marts.token": "coin_id | name\nnear | NEAR\ntao | Bittensor",
    "marts.token_day_from_files": """
        coin_id | symbol | name      | price_date | close_usd | market_cap_usd | source
        near    | NEAR   | NEAR      | 2024-03-26 | 1         | 10             | bundled
        tao     | TAO    | Bittensor | 2024-03-26 | 1         | 30             | bundled
        near    | NEAR   | NEAR      | 2024-03-28 | 2         | 20             | import
        tao     | TAO    | Bittensor | 2024-03-28 | 1         |                | import
        near    | NEAR   | NEAR      | 2024-03-29 | 2         | 20             | import
        tao     | TAO    | Bittensor | 2024-03-29 | 2         | 60             | import
        near    | NEAR   | NEAR      | 2024-03-30 | 9         | 90             | import
    """,
    # Live closes, of days of the series too: no report of the edition looks at them.
    "marts.token_day": """
        coin_id | price_date | close_usd | market_cap_usd | source
        near    | 2024-03-28 | 9         | 90             | coingecko
        tao     | 2024-03-28 | 9         | 90             | coingecko
        near    | 2026-11-22 | 9         | 90             | coingecko
        tao     | 2026-11-22 | 9         | 90             | coingecko
    """,
    "marts.universe_day": """
        universe_id   | price_date | coin_id
        compute-daily | 2024-03-26 | near
        compute-daily | 2024-03-26 | tao
        compute-daily | 2024-03-28 | near
        compute-daily | 2024-03-28 | tao
        compute-daily | 2024-03-29 | near
        compute-daily | 2024-03-29 | tao
        ai-sector     | 2026-11-22 | near
    """,
    "marts.category_day": """
        universe_id    | price_date | member_sum_usd | n_members | n_priced
        compute-daily  | 2024-03-26 | 40             | 2         | 2
        compute-daily  | 2024-03-28 | 20             | 2         | 1
        compute-daily  | 2024-03-29 | 80             | 2         | 2
        ai-sector      | 2026-11-22 | 90             | 1         | 1
        category/depin | 2026-11-22 | 90             | 1         | 1
    """,
    "marts.quarantine": """
        source    | entity | reason
        bundled   | event  | title: is required
        coingecko | market | price: is zero
        coingecko | market | name: not a text
    """,
}


CATEGORY = "universe_id | price_date | member_sum_usd | n_priced | n_members"


@pytest.fixture
def live(fill: Fill) -> Fill:
    """The series, and a report of a day."""
    fill(SERIES)
    return fill


def test_gaps_are_listed_with_what_was_held(live: Fill, expect: Expect, rows_of: RowsOf) -> None:
    live(
        {
            "marts.build": "report_date\n2026-11-23",
            "marts.gap": """
                source    | dataset           | first_date | last_date  | n_days | reason
                coingecko | global            | 2026-11-20 | 2026-11-21 | 2      | not fetched
                coingecko | markets/depin     | 2026-11-20 | 2026-11-21 | 2      | not fetched
                coingecko | markets/ai        | 2026-11-20 | 2026-11-21 | 2      | not fetched
                coingecko | market_chart/gone | 2026-11-20 |            |        | unknown
                coingecko | global            | 2026-11-24 | 2026-11-24 | 1      | not fetched
            """,
            "marts.outage": """
                source | dataset | began_at         | last_good_at     | ended_at         | reason | is_open
                akash  | prices  | 2026-11-23 01:00 | 2026-11-21 01:00 |                  | down   | true
                akash  | gpus    | 2026-11-23 01:00 | 2026-11-22 01:00 |                  | down   | true
                epoch  | chips   | 2026-11-22 01:00 |                  |                  | moved  | true
                sec    | facts   | 2026-11-20 01:00 | 2026-11-01 01:00 | 2026-11-21 01:00 | down   | false
                sec    | facts   | 2026-10-01 01:00 | 2026-09-01 01:00 | 2026-10-02 01:00 | down   | false
                sec    | facts   | 2026-11-24 01:00 | 2026-11-22 01:00 |                  | down   | true
            """,  # noqa: E501
            "marts.membership_day": """
                category_id | seen_date  | status
                depin       | 2026-11-20 | held
                depin       | 2026-11-22 | held
                depin       | 2026-11-23 | accepted
            """,
            "marts.token_flag_day": """
                coin_id | flag_date  | flag           | source
                near    | 2026-11-20 | repeated_value | coingecko
                tao     | 2026-11-22 | repeated_value | import
                tao     | 2026-11-24 | repeated_value | coingecko
                near    | 2024-03-26 | cap_mismatch   | bundled
                near    | 2026-11-22 | spike_held     | coingecko
                near    | 2026-11-22 | of_our_own     | coingecko
            """,
        }
    )
    expect(
        "reports.gaps",
        """
        gap                                                       | first_date | last_date  | n
        Close and market cap of the day before again              | 2026-11-20 | 2026-11-22 | 2
        Flagged by a rule of your own                             | 2026-11-22 | 2026-11-22 | 1
        Price over 1,000 times or under 1/1,000 of the one before | 2026-11-22 | 2026-11-22 | 1
        Daily token series end before the report’s date           | 2024-03-30 | 2026-11-23 | 969
        Daily token series have no such days                      | 2024-03-27 | 2024-03-27 | 1
        Market cap unknown                                        | 2024-03-28 | 2024-03-28 | 1
        Members held: too many changed at once                    | 2026-11-20 | 2026-11-22 | 2
        Days that the source no longer gives                      | 2026-11-20 | 2026-11-21 | 2
        Days that the source no longer gives                      | 2026-11-20 |            |
        """,
    )
    assert {row[1] for row in rows_of("reports.gaps")} == {
        "",
        "of_our_own",
        "Bittensor",
        "depin",
        "coingecko: global, markets",
        "coingecko: market_chart/gone",
    }
    expect(
        "reports.stale",
        """
        n_sources | n_stale | stale_sources | oldest_good_date | n_never | never_sources
        2         | 2       | akash         | 2026-11-21       | 1       | epoch
        """,
    )
    # Ended within the 30 days before: sec, whose second failure is of a later day.
    expect(
        "reports.outages",
        """
        source | state     | n_datasets | began_date | ended_date | last_good_date | in_use                      | reason
        akash  | out       | 2          | 2026-11-23 |            | 2026-11-21     | what was had before         | down
        epoch  | out       | 1          | 2026-11-22 |            |                | nothing, it was never had   | moved
        sec    | had again | 1          | 2026-11-20 | 2026-11-21 | 2026-11-01     | what was had before         | down
        """,  # noqa: E501
    )
    expect(
        "reports.refused",
        """
        source    | entity | field | n | reason
        bundled   | event  | title | 1 | title: is required
        coingecko | market | name  | 1 | name: not a text
        coingecko | market | price | 1 | price: is zero
        """,
    )
    expect(
        "reports.quality_facts",
        "n_open_outages | n_open_sources | n_ended_outages | n_refused\n3 | 2 | 1 | 3",
    )


def test_a_report_of_an_earlier_day_knows_nothing_later(live: Fill, expect: Expect) -> None:
    live(
        {
            "marts.build": "report_date\n2024-03-27",
            "marts.gap": "source | dataset | first_date\ncoingecko | global | 2026-11-20",
            "marts.membership_day": "category_id | seen_date | status\nai | 2026-11-20 | held",
            "marts.token_flag_day": "flag_date | flag | source\n2026-11-20 | stale | coingecko",
            "marts.source_freshness": """
                entity             | first_date | age_days
                token_day          | 2024-03-26 | 1
                fleet_quarter      | 2026-03-31 |
                token_snapshot_day | 2026-11-22 |
            """,
        }
    )
    expect(
        "reports.gaps",
        """
        gap                                             | first_date | last_date  | n
        Daily token series end before the report’s date | 2024-03-27 | 2024-03-27 | 1
        """,
    )
    expect(
        "reports.freshness",
        "what | age_days\nAccelerators by owner |\nDaily closes of tokens | 1",
    )


def test_quality_speaks_of_the_bundled_series(live: Fill, expect: Expect) -> None:
    live(
        {
            "marts.build": "report_date\n2026-11-23",
            "marts.source": """
                source    | entity      | dataset     | n_rows
                bundled   | edition     | e           | 1
                bundled   | token_daily | t           | 10
                import    | token_daily | x/y         | 5
                coingecko | market      | markets/ai  | 100
                coingecko | market      | markets/ids | 15
                universe  | member      | live/member | 9
            """,
        }
    )
    expect(
        "reports.quality",
        """
        last_date  | lag_days | n_days | n_complete_days | n_missing_days | n_sources | n_rows | n_refused | is_complete
        2024-03-29 | 969      | 3      | 2               | 1              | 3         | 130    | 3         | false
        """,  # noqa: E501
    )


@pytest.mark.parametrize(
    ("refused", "is_complete"), [("coingecko | market", True), ("import | token_daily", False)]
)
def test_refused_rows_of_a_crawl_leave_the_series_complete(
    refused: str, is_complete: bool, fill: Fill, expect: Expect
) -> None:
    fill(
        {
            "marts.build": "report_date\n2024-04-03",
            "marts.category_day": """
                universe_id   | price_date | n_members | n_priced
                compute-daily | 2024-03-26 | 9         | 9
            """,
            "marts.quarantine": f"source | entity\n{refused}",
        }
    )
    expect("reports.quality", f"n_refused | is_complete\n1 | {is_complete}")


def test_days_without_closes_are_drawn_as_a_gap(live: Fill, expect: Expect) -> None:
    live({"marts.build": "report_date\n2026-11-23"})
    expect(
        "reports.market_cap_by_token",
        """
        price_date | series | place | market_cap_usd
        2024-03-26 | NEAR   | 2     | 10
        2024-03-26 | TAO    | 1     | 30
        2024-03-27 | NEAR   | 2     |
        2024-03-27 | TAO    | 1     |
        2024-03-28 | NEAR   | 2     | 20
        2024-03-28 | TAO    | 1     |
        2024-03-29 | NEAR   | 2     | 20
        2024-03-29 | TAO    | 1     | 60
        """,
    )
    # Bought on the eve at 10 and 30: 40 becomes 20 + 30, then 20 + 60.
    expect(
        "reports.since_demo_lines",
        """
        price_date | series | index_value | is_background
        2024-03-26 | Basket | 100         | false
        2024-03-26 | NEAR   | 100         | true
        2024-03-26 | TAO    | 100         | true
        2024-03-27 | Basket |             | false
        2024-03-27 | NEAR   |             | true
        2024-03-27 | TAO    |             | true
        2024-03-28 | Basket | 125         | false
        2024-03-28 | NEAR   | 200         | true
        2024-03-28 | TAO    | 100         | true
        2024-03-29 | Basket | 200         | false
        2024-03-29 | NEAR   | 200         | true
        2024-03-29 | TAO    | 200         | true
        """,
    )


@pytest.mark.parametrize(
    ("day", "changes"),
    [
        ("2024-03-26", " | | | "),
        ("2024-03-28", "0.25 | | NEAR | 1"),
        ("2024-03-29", "1 | | Bittensor | 1"),
    ],
)
def test_nothing_is_said_since_the_demo_before_it_was(
    day: str, changes: str, live: Fill, expect: Expect
) -> None:
    # The week ends on 2 April, whose close is known today and not to a report of an earlier day.
    live(
        {
            "marts.build": f"report_date\n{day}",
            "marts.token_day_from_files": """
                coin_id | name | price_date | close_usd | market_cap_usd
                near    | NEAR | 2024-04-02 | 50        | 500
            """,
        }
    )
    columns = "basket_change | basket_week_change | best_name | best_change"
    expect("reports.since_demo", f"{columns}\n{changes}")


@pytest.mark.parametrize(("day", "windows"), [("2024-03-30", []), ("2024-03-31", [4])])
def test_a_window_that_ends_later_is_not_told(
    day: str, windows: list[int], live: Fill, rows_of: RowsOf
) -> None:
    study = (
        "event_id | universe_id | event_date | window_first_day | window_last_day | status | caar"
    )
    of_demo = "sora-demo | compute-daily | 2024-03-27"
    live(
        {
            "marts.build": f"report_date\n{day}",
            "estimates.event_study": f"""
                {study}
                {of_demo} | 0 | 4  | computed | 0.1
                {of_demo} | 0 | 30 | computed | 0.2
            """,
        }
    )
    assert [row[1] for row in rows_of("reports.event_windows")] == windows
    [facts] = rows_of("reports.event_facts")
    assert (0.1 in facts, 0.2 in facts) == (bool(windows), False)


def test_risk_of_bitcoin_is_of_the_days_of_the_index(fill: Fill, expect: Expect) -> None:
    """Later closes of it are known, and its own last figure counts from them."""
    days = [f"2024-01-{day:02}" for day in range(1, 32)] + [
        f"2024-02-{day:02}" for day in range(1, 30)
    ]
    steps = [f"bitcoin | {day} | {0.02 if n % 2 else -0.02}" for n, day in enumerate(days)]
    later = [f"bitcoin | 2024-03-{day:02} | 0.5" for day in range(1, 6)]
    fill(
        {
            "marts.build": "report_date\n2024-03-05",
            "marts.sector_risk_day": "universe_id | price_date\ncompute-daily | 2024-02-29",
            "marts.benchmark_step_day": "\n".join(
                ["benchmark_id | price_date | log_return", *steps, *later]
            ),
        }
    )
    # Sixty returns of 2% up and down: 0.02 × √(60/59) × √365.
    expect(
        "reports.risk_facts",
        f"last_date | volatility_bitcoin\n2024-02-29 | {0.02 * (60 / 59 * 365) ** 0.5}",
    )


# One of the three sentences has all of its numbers.
UNKNOWN = "n_known_days | unknown_to_names | unknown_to_date | unknown_on_names | n_unknown_days"


@pytest.mark.parametrize(
    ("nulls", "said"),
    [
        ([], "3 | | | |"),
        (["2024-03-24", "2024-03-25"], " | Bittensor | 2024-03-25 | |"),
        (["2024-03-25", "2024-03-26"], " | | | Bittensor | 2"),
    ],
)
def test_the_market_says_when_caps_are_unknown(
    nulls: list[str], said: str, fill: Fill, expect: Expect
) -> None:
    days = [f"2024-03-{day}" for day in (24, 25, 26)]
    caps = [f"{day} | {'' if day in nulls else 7}" for day in days]
    fill(
        {
            "marts.build": "report_date\n2026-11-23",
            "marts.event": "event_id | event_date\nsora-demo | 2024-02-15",
            "marts.token_day_from_files": "coin_id | name | price_date | market_cap_usd\n"
            + "\n".join(f"tao | Bittensor | {cap}" for cap in caps),
            "marts.universe_day": "universe_id | coin_id | price_date\n"
            + "\n".join(f"compute-daily | tao | {day}" for day in days),
            "marts.category_day": f"{CATEGORY}\n"
            + "\n".join(f"compute-daily | {cap} | {int(cap[-1] == '7')} | 1" for cap in caps),
        }
    )
    expect("reports.market", f"{UNKNOWN}\n{said}")
