"""Given rows in staging, expected rows in the marts of tokens and of the build itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping

Fill = Callable[[Mapping[str, str]], None]
Expect = Callable[[str, str], None]


def test_staging_keeps_what_was_learned_last(fill: Fill, expect: Expect) -> None:
    fill(
        {
            "raw.bundled__token_daily": """
                coin_id | date       | close_usd | market_cap_usd | payload_sha256 | known_at
                near    | 2024-01-01 | 1         | 10             | a              | 2024-01-02
                near    | 2024-01-01 | 2         | 20             | b              | 2024-01-05
                tao     | 2024-01-01 | 3         | 0              | a              | 2024-01-02
            """
        }
    )
    expect(
        "staging.bundled__token_daily",
        """
        coin_id | price_date | close_usd | market_cap_usd | known_at
        near    | 2024-01-01 | 2         | 20             | 2024-01-05
        tao     | 2024-01-01 | 3         |                | 2024-01-02
        """,
    )


def test_staging_parts_the_remark_from_the_kind(fill: Fill, expect: Expect) -> None:
    fill(
        {
            "raw.bundled__network_fact": """
                network | date       | metric | value_low | kind
                akash   | 2024-01-01 | GPUs   | 25        | verified (18 providers)
                akash   | 2024-01-02 | GPUs   | 30        | press
            """
        }
    )
    expect(
        "staging.bundled__network_fact",
        """
        network_id | fact_date  | kind     | kind_note
        akash      | 2024-01-01 | verified | 18 providers
        akash      | 2024-01-02 | press    |
        """,
    )


def test_build_names_the_newest_edition(fill: Fill, expect: Expect) -> None:
    fill(
        {
            "staging.capbrief__build": """
                report_date | as_of
                2024-04-03  | 2024-05-01
            """,
            "staging.bundled__edition": """
                edition_id | edition_title | edition_date | edition_description
                old        | Old           | 2023-01-01   | first
                new        | New           | 2024-04-03   | second
            """,
        }
    )
    expect(
        "marts.build",
        """
        report_date | as_of      | edition_id | edition_title | edition_date | edition_description
        2024-04-03  | 2024-05-01 | new        | New           | 2024-04-03   | second
        """,
    )


def test_build_without_an_edition(fill: Fill, expect: Expect) -> None:
    fill({"staging.capbrief__build": "report_date\n2024-04-03"})
    expect(
        "marts.build",
        """
        report_date | as_of | edition_id
        2024-04-03  |       |
        """,
    )


def test_source_shows_the_payload_retrieved_last(fill: Fill, expect: Expect) -> None:
    fill(
        {
            "raw.capbrief__payload": """
                source  | entity | dataset | citation | payload_sha256 | retrieved_at
                bundled | event  | e/event | first    | a              | 2026-01-01
                bundled | event  | e/event | second   | b              | 2026-01-02
            """
        }
    )
    expect(
        "staging.capbrief__payload",
        """
        source  | dataset | citation | payload_sha256
        bundled | e/event | second   | b
        """,
    )
    fill(
        {
            "staging.capbrief__payload": """
                source  | entity | dataset | title | producer | citation | licence | n_rows
                bundled | event  | e/event | Days  | them     | second   | MIT     | 2
            """
        }
    )
    expect(
        "marts.source",
        """
        source  | entity | dataset | title | producer | citation | licence | n_rows
        bundled | event  | e/event | Days  | them     | second   | MIT     | 2
        """,
    )


def test_run_lineage_and_quarantine_are_passed_on(fill: Fill, expect: Expect) -> None:
    fill(
        {
            "staging.capbrief__run": "run_id | command | status\nr1 | demo | published",
            "staging.capbrief__lineage": "model | reads\nmarts.gpu | staging.bundled__gpu_spec",
            "staging.capbrief__quarantine": """
                source  | entity | payload_sha256 | row_number | reason
                bundled | event  | a              | 3          | title: is required
            """,
        }
    )
    expect("marts.run", "run_id | command | status\nr1 | demo | published")
    expect("marts.lineage", "model | reads\nmarts.gpu | staging.bundled__gpu_spec")
    expect("marts.quarantine", "entity | row_number | reason\nevent | 3 | title: is required")


def test_token_takes_its_name_from_snapshots(fill: Fill, expect: Expect) -> None:
    fill(
        {
            "staging.bundled__token_daily": """
                coin_id | symbol | price_date
                bitcoin | BTC    | 2024-01-01
                bitcoin | BTC    | 2024-01-03
                nameless | NON   | 2024-01-02
            """,
            "staging.bundled__token_monthly": """
                coin_id | symbol | name    | price_date
                bitcoin | BTC    | Bitcoin | 2024-01-02
            """,
        }
    )
    expect(
        "marts.token",
        """
        coin_id  | symbol | name    | is_benchmark | first_price_date | last_price_date
        bitcoin  | BTC    | Bitcoin | true         | 2024-01-01       | 2024-01-03
        nameless | NON    | NON     | false        | 2024-01-02       | 2024-01-02
        """,
    )


def test_token_day_changes_over_exact_days(fill: Fill, expect: Expect) -> None:
    # No close on 2024-01-02: the change of a day is unknown on the day after, not a longer one.
    fill(
        {
            "marts.token_close_day": """
                coin_id | price_date | close_usd | market_cap_usd | source  | is_kept
                near    | 2024-01-01 | 4         | 400            | bundled | true
                near    | 2024-01-03 | 5         |                | bundled | true
                near    | 2024-01-03 | 7         | 700            | import  | false
                near    | 2024-01-04 | 6         | 600            | bundled | true
                near    | 2024-01-08 | 3         | 300            | bundled | true
                near    | 2024-01-31 | 10        | 1000           | bundled | true
            """,
        }
    )
    expect(
        "marts.token_day",
        """
        coin_id | price_date | close_usd | market_cap_usd | change_1d | change_7d | change_30d | source
        near    | 2024-01-01 | 4         | 400            |           |           |            | bundled
        near    | 2024-01-03 | 5         |                |           |           |            | bundled
        near    | 2024-01-04 | 6         | 600            | 0.2       |           |            | bundled
        near    | 2024-01-08 | 3         | 300            |           | -0.25     |            | bundled
        near    | 2024-01-31 | 10        | 1000           |           |           | 1.5        | bundled
        """,  # noqa: E501
    )


def test_token_month_changes_since_the_snapshot_before(fill: Fill, expect: Expect) -> None:
    fill(
        {
            "marts.token": "coin_id | symbol | name\nnear | NEAR | NEAR Protocol",
            "staging.bundled__token_monthly": """
                coin_id | price_date | price_usd | market_cap_usd | circulating_supply
                near    | 2024-02-01 | 2         | 20             | 10
                near    | 2024-03-01 | 3         | 33             | 11
                near    | 2024-05-01 | 9         | 99             | 11
            """,
        }
    )
    expect(
        "marts.token_month",
        """
        coin_id | name          | price_date | price_usd | market_cap_usd | change_1m
        near    | NEAR Protocol | 2024-02-01 | 2         | 20             |
        near    | NEAR Protocol | 2024-03-01 | 3         | 33             | 0.5
        near    | NEAR Protocol | 2024-05-01 | 9         | 99             |
        """,
    )


UNIVERSES = {
    "staging.bundled__universe_member": """
        universe_id   | coin_id
        compute-daily | near
        compute-daily | bittensor
        ai-17         | golem
    """,
    "staging.bundled__token_daily": """
        coin_id   | price_date
        near      | 2024-01-01
        near      | 2024-01-02
        bittensor | 2024-01-02
        bitcoin   | 2024-01-03
    """,
    "marts.token_day_from_files": """
        coin_id   | price_date | market_cap_usd
        near      | 2024-01-01 | 100.25
        near      | 2024-01-02 | 110.50
        bittensor | 2024-01-01 |
        bittensor | 2024-01-02 | 50.25
        bitcoin   | 2024-01-03 | 999
    """,
    "marts.token_month": """
        coin_id | price_date | market_cap_usd
        golem   | 2024-01-01 | 7
        near    | 2024-02-01 | 8
    """,
}


def test_universe_day_counts_members_on_days_with_data(fill: Fill, expect: Expect) -> None:
    # Imports carry a bundled universe on where they have all of it; CoinGecko never does.
    fill(UNIVERSES)
    fill(
        {
            "staging.import__token_daily": """
                coin_id   | price_date
                near      | 2024-01-04
                bittensor | 2024-01-04
                near      | 2024-01-05
            """,
            "marts.token_day_from_files": """
                coin_id   | price_date | market_cap_usd
                near      | 2024-01-04 | 100
                bittensor | 2024-01-04 | 40
                near      | 2024-01-05 | 100
            """,
            # Live closes neither add days nor take those of files over.
            "marts.token_day": """
                coin_id   | price_date | market_cap_usd | source
                bittensor | 2024-01-01 | 7              | coingecko
                near      | 2024-01-06 | 100            | coingecko
                bittensor | 2024-01-06 | 40             | coingecko
            """,
            "marts.universe_candidate_day": """
                universe_id | price_date | coin_id | left_out_because
                ai-sector   | 2026-11-22 | near    |
                ai-sector   | 2026-11-22 | pepe    | memecoin category
            """,
        }
    )
    expect(
        "marts.universe_day",
        """
        universe_id   | price_date | coin_id   | has_market_cap
        ai-17         | 2024-01-01 | golem     | true
        compute-daily | 2024-01-01 | bittensor | false
        compute-daily | 2024-01-01 | near      | true
        compute-daily | 2024-01-02 | bittensor | true
        compute-daily | 2024-01-02 | near      | true
        compute-daily | 2024-01-04 | bittensor | true
        compute-daily | 2024-01-04 | near      | true
        ai-sector     | 2026-11-22 | near      | true
        """,
    )


def test_category_day_shows_what_its_sum_leaves_out(fill: Fill, expect: Expect) -> None:
    fill(UNIVERSES)
    fill(
        {
            "marts.universe_day": """
                universe_id   | price_date | coin_id
                compute-daily | 2024-01-01 | bittensor
                compute-daily | 2024-01-01 | near
                compute-daily | 2024-01-02 | bittensor
                compute-daily | 2024-01-02 | near
                ai-17         | 2024-02-01 | golem
            """
        }
    )
    expect(
        "marts.category_day",
        """
        universe_id   | price_date | member_sum_usd | n_members | n_priced
        compute-daily | 2024-01-01 | 100.25         | 2         | 1
        compute-daily | 2024-01-02 | 160.75         | 2         | 2
        ai-17         | 2024-02-01 |                | 1         | 0
        """,
    )


def test_source_freshness_counts_age_from_facts_a_report_may_use(
    fill: Fill, expect: Expect
) -> None:
    fill(
        {
            "marts.build": "report_date\n2024-04-03",
            "marts.token_day_from_files": """
                coin_id | price_date | market_cap_usd | known_at
                near    | 2024-03-25 | 1              | 2024-03-26
                near    | 2024-03-26 | 1              | 2024-03-27
                bitcoin | 2024-03-31 |                | 2024-04-01
            """,
            "marts.fleet_total_quarter": """
                quarter_end | known_at
                2024-03-31  | 2026-04-22
                2024-06-30  | 2026-04-22
            """,
        }
    )
    expect(
        "marts.source_freshness",
        """
        entity              | first_date | last_date  | n_rows | age_days | last_known_at
        fleet_total_quarter | 2024-03-31 | 2024-06-30 | 2      | 3        | 2026-04-22
        token_day           | 2024-03-25 | 2024-03-26 | 2      | 8        | 2024-03-27
        """,
    )
