"""Which tokens and days a study of an event is made from: given rows, expected rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping

Fill = Callable[[Mapping[str, str]], None]
Expect = Callable[[str, str], None]

EVENTS = """
    event_id | event_date
    demo     | 2024-02-15
    early    | 2022-11-30
"""


def test_members_are_those_of_the_last_day_before(fill: Fill, expect: Expect) -> None:
    fill(
        {
            "marts.event": EVENTS,
            "staging.bundled__universe_member": """
                universe_id   | coin_id
                compute-daily | near
                ai-17         | near
            """,
            "staging.universe__universe": "universe_id\nlive",
            # Who joined on the day itself is no member; a month old is too old.
            "marts.universe_day": """
                universe_id   | price_date | coin_id
                compute-daily | 2024-02-13 | gone
                compute-daily | 2024-02-14 | near
                compute-daily | 2024-02-14 | bitcoin
                compute-daily | 2024-02-14 | tao
                compute-daily | 2024-02-15 | late
                live          | 2024-01-14 | near
            """,
            "marts.token_day_from_files": """
                coin_id | price_date
                bitcoin | 2023-09-01
                bitcoin | 2024-03-26
                near    | 2024-03-27
            """,
            "marts.token_day": "coin_id | price_date\nbitcoin | 2024-01-01",
        }
    )
    expect(
        "marts.event_universe",
        """
        event_id | universe_id   | series | member_date | n_members | first_close_date | last_close_date
        demo     | compute-daily | files  | 2024-02-14  | 2         | 2023-09-01       | 2024-03-26
        demo     | live          | all    |             | 0         | 2024-01-01       | 2024-01-01
        early    | compute-daily | files  |             | 0         | 2023-09-01       | 2024-03-26
        early    | live          | all    |             | 0         | 2024-01-01       | 2024-01-01
        """,  # noqa: E501
    )


def test_tokens_of_an_event(fill: Fill, expect: Expect) -> None:
    fill(
        {
            "marts.event_universe": """
                event_id | universe_id   | series | event_date | member_date
                demo     | compute-daily | files  | 2024-02-15 | 2024-02-14
                early    | compute-daily | files  | 2022-11-30 |
            """,
            "marts.universe_day": """
                universe_id   | price_date | coin_id
                compute-daily | 2024-02-14 | near
                compute-daily | 2024-02-14 | bitcoin
                compute-daily | 2024-02-15 | late
            """,
        }
    )
    expect(
        "marts.event_member",
        """
        event_id | universe_id   | coin_id | series | event_date
        demo     | compute-daily | near    | files  | 2024-02-15
        """,
    )


def test_closes_are_of_the_series_and_the_days_that_are_needed(fill: Fill, expect: Expect) -> None:
    closes = """
        coin_id | price_date | close_usd
        near    | 2022-10-16 | 1
        near    | 2022-10-17 | 2
        near    | 2025-03-16 | 3
        near    | 2025-03-17 | 4
        other   | 2024-02-15 | 5
        bitcoin | 2021-08-01 | 6
        bitcoin | 2021-07-31 | 7
    """
    fill(
        {
            "marts.event": EVENTS,
            "marts.event_member": "series | coin_id | event_date\nfiles | near | 2024-02-15",
            "marts.token_day_from_files": closes,
            "marts.token_day": closes,
        }
    )
    expect(
        "marts.event_close_day",
        """
        series | coin_id | price_date | close_usd
        files  | near    | 2022-10-17 | 2
        files  | near    | 2025-03-16 | 3
        files  | bitcoin | 2021-08-01 | 6
        all    | bitcoin | 2021-08-01 | 6
        """,
    )
