"""Given rows in marts and estimates, expected rows in the estimates that SQL makes."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

Fill = Callable[[Mapping[str, str]], None]
Expect = Callable[[str, str], None]
Rows = Callable[..., list[tuple[object, ...]]]


def test_basket_weighs_by_the_caps_of_a_week_before(fill: Fill, expect: Expect) -> None:
    # a gains 10 % on a cap of 300, b loses 30 % on 100: (30 - 30) / 400 = 0, and -10 % equally.
    # c has no cap a week before and does not count, though it doubled.
    fill(
        {
            "marts.universe_day": """
                universe_id   | price_date | coin_id
                compute-daily | 2024-02-21 | a
                compute-daily | 2024-02-21 | b
                compute-daily | 2024-02-21 | c
            """,
            "marts.token_day_first_known": """
                coin_id | price_date | market_cap_usd | change_7d | known_at
                a       | 2024-02-14 | 300            |           | 2024-02-15
                b       | 2024-02-14 | 100            |           | 2024-02-15
                c       | 2024-02-14 |                |           | 2024-02-15
                a       | 2024-02-21 | 999            | 0.1       | 2024-02-22
                b       | 2024-02-21 | 999            | -0.3      | 2024-02-22
                c       | 2024-02-21 | 999            | 1         | 2024-02-22
                bitcoin | 2024-02-21 |                | 0.02      | 2024-02-22
            """,
        }
    )
    expect(
        "estimates.basket_change_7d",
        """
        change_7d_cap_weighted | change_7d_equal_weighted | change_7d_bitcoin | n_tokens
        0                      | -0.1                     | 0.02              | 2
        """,
    )


FLEET = {
    "marts.fleet_total_quarter": """
        designer | quarter_end | h100e_bf16_dense_p50 | known_at
        Nvidia   | 2023-03-31  | 60                   | 2026-04-22
        Nvidia   | 2024-03-31  | 100                  | 2026-04-22
    """,
    "marts.shipment_quarter": """
        designer | quarter_end | is_incomplete
        Nvidia   | 2024-03-31  | true
    """,
    "estimates.assumption": """
        scenario_id | input                 | p50
        with-share  | fleet_share_for_video | 0.5
    """,
    "estimates.demand_month": """
        scenario_id | month_index | month_date | quantity              | p05 | p50 | p95
        with-share  | 0           | 2024-04-01 | h100e_peak_bf16_dense | 40  | 80  | 200
        with-share  | 0           | 2024-04-01 | gpus_peak             | 4   | 8   | 20
        with-share  | 3           | 2024-07-01 | h100e_peak_bf16_dense | 60  | 120 | 300
        with-share  | 4           | 2024-08-01 | h100e_peak_bf16_dense | 70  | 140 | 350
        no-share    | 0           | 2024-03-30 | h100e_peak_bf16_dense | 30  | 30  | 30
    """,
}


def test_supply_gap_takes_the_last_fleet_and_says_how_old_it_is(fill: Fill, expect: Expect) -> None:
    # Shipped in the year to March 2024: 100 - 60 = 40. In July the gap is 120 - 100 = 20, half
    # a year of it; for video there are 50, and the gap of 70 is 3.5 years of half of 40.
    # From 2024-03-31 to 2024-08-01 are 123 days, so that the fleet is no longer that of the month;
    # before 2024-03-31 it is that of a year ago.
    fill(FLEET)
    expect(
        "estimates.supply_gap_month",
        """
        scenario_id | month_index | demand_h100e_p50 | gpus_peak_p50 | fleet_quarter_end | fleet_age_days | is_fleet_current | demand_to_fleet_p05 | demand_to_fleet_p50 | demand_to_fleet_p95 | demand_to_available_p50 | gap_h100e_p50 | gap_to_available_h100e_p50 | years_of_production_p50 | years_of_production_for_video_p50 | is_incomplete
        no-share    | 0           | 30               |               | 2023-03-31        | 365            | false            | 0.5                 | 0.5                 | 0.5                 |                         | -30           |                            |                         |                                   |
        with-share  | 0           | 80               | 8             | 2024-03-31        | 1              | true             | 0.4                 | 0.8                 | 2                   | 1.6                     | -20           | 30                         | 0                       | 1.5                               | true
        with-share  | 3           | 120              |               | 2024-03-31        | 92             | true             | 0.6                 | 1.2                 | 3                   | 2.4                     | 20            | 70                         | 0.5                     | 3.5                               | true
        with-share  | 4           | 140              |               | 2024-03-31        | 123            | false            | 0.7                 | 1.4                 | 3.5                 | 2.8                     | 40            | 90                         | 1                       | 4.5                               | true
        """,  # noqa: E501
    )


def test_first_sufficient_month_is_one_that_stays(fill: Fill, expect: Expect) -> None:
    # Of the whole fleet, May would do, but June would not; by July it does for good.
    fill(
        {
            "estimates.supply_gap_month": """
                scenario_id | month_index | month_date | is_fleet_current | demand_to_fleet_p50 | demand_to_available_p50
                a           | 0           | 2024-04-01 | true             | 1.5                 | 15
                a           | 1           | 2024-05-01 | true             | 0.9                 | 12
                a           | 2           | 2024-06-01 | true             | 1.1                 | 0.5
                a           | 3           | 2024-07-01 | true             | 0.7                 | 11
                a           | 4           | 2024-08-01 | true             | 1                   | 13
                a           | 5           | 2024-09-01 | false            | 9                   | 90
                b           | 0           | 2024-04-01 |                  |                     |
            """  # noqa: E501
        }
    )
    expect(
        "estimates.first_sufficient_month",
        """
        scenario_id | scope           | first_month_index | first_month_date | last_tested_date | n_months | demand_to_supply_first_p50 | demand_to_supply_least_p50 | demand_to_supply_last_p50
        a           | whole fleet     | 3                 | 2024-07-01       | 2024-08-01       | 5        | 1.5                        | 0.7                        | 1
        a           | share for video |                   |                  | 2024-08-01       | 5        | 15                         | 0.5                        | 13
        """,  # noqa: E501
    )


def test_scenarios_are_known_since_their_sources(fill: Fill, expect: Expect) -> None:
    fill(
        {
            "marts.build": "report_date | as_of\n2024-04-03 | 2026-01-01",
            "marts.claim": """
                claim_id           | claim_date | known_at
                sora-training-flop | 2024-03-20 | 2024-03-20
            """,
            "estimates.scenario": """
                scenario_id | engine    | start_date
                published   | published | 2024-04-03
                own         | direct    | 2024-04-03
                judged      | direct    | 2024-04-03
            """,
            # What a GPU costs and draws does not change how many there are.
            "estimates.assumption": """
                scenario_id | input          | source_title | source_date
                published   | a              |              |
                own         | a              | early        | 2024-04-10
                own         | b              | late         | 2026-03-17
                own         | gpu_hour_price | rent         | 2026-10-19
                own         | gpu_power_kw      | power        | 2026-10-20
                own         | c              |              |
                judged      | a              |              |
            """,
        }
    )
    expect(
        "estimates.scenario_known",
        """
        scenario_id | valid_date | known_at   | newest_source | is_known_at_report_date | is_known_as_of | sources
        published   | 2024-03-20 | 2024-03-20 |               | true                    | true           | scenario published
        own         | 2024-04-03 | 2026-03-17 | late          | false                   | false          | scenario own
        judged      | 2024-04-03 | 2024-04-03 |               | true                    | true           | scenario judged
        """,  # noqa: E501
    )


CLAIM = """
    claim_id | kind  | value_high | claim_date | tested_until
    c        | claim | 720000     | 2024-04-03 | 2024-04-03
"""


@pytest.mark.parametrize(
    ("evidence", "verdict", "verdict_known_then"),
    [
        ("", "cannot be checked", "cannot be checked"),
        # Only for contrast, or only after the day until which the claim is tested.
        (
            "o | observation |      | 2024-01-01 | 2024-01-01",
            "cannot be checked",
            "cannot be checked",
        ),
        (
            "o | observation | true | 2025-01-01 | 2025-01-01",
            "cannot be checked",
            "cannot be checked",
        ),
        ("o | observation | true | 2024-01-01 | 2024-01-01", "holds", "holds"),
        ("o | observation | false | 2024-01-01 | 2024-01-01", "fails", "fails"),
        # True of 2023, published in 2026.
        ("o | observation | false | 2023-12-31 | 2026-04-22", "fails", "cannot be checked"),
        (
            """
            o | observation | true  | 2023-12-31 | 2023-08-31
            p | observation | false | 2023-12-31 | 2026-04-22
            """,
            "holds under these inputs",
            "holds",
        ),
        # What was observed decides over what was assumed.
        (
            """
            o | observation | false | 2023-12-31 | 2024-01-01
            a | assumption  | true  | 2023-12-31 | 2024-01-01
            """,
            "fails",
            "fails",
        ),
        ("a | assumption | true  | 2024-01-01 | 2024-01-01", *2 * ["holds under these inputs"]),
        ("a | assumption | false | 2024-01-01 | 2024-01-01", "fails", "fails"),
        # A broken step of reasoning decides over everything.
        (
            """
            o | observation | true  | 2023-12-31 | 2024-01-01
            d | derivation  | false | 2023-12-31 | 2025-01-01
            """,
            "does not follow",
            "holds",
        ),
    ],
)
def test_verdict(
    evidence: str, verdict: str, verdict_known_then: str, fill: Fill, expect: Expect, rows_of: Rows
) -> None:
    columns = "evidence_id | basis | supports | valid_date | known_at | claim_id | place"
    lines = [f"{line} | c | 1" for line in evidence.splitlines() if line.strip()]
    fill({"marts.claim": CLAIM, "marts.build": "report_date\n2024-04-03"})
    if lines:
        fill({"estimates.evidence_cards": "\n".join([columns, *lines])})
        judged = rows_of("estimates.claim_evidence")
        assert len(judged) == len(lines)
        used = (
            "claim_id | evidence_id | evidence_order | basis | supports | is_used | is_known_then"
        )
        names = [name.strip() for name in used.split("|")]
        text = "\n".join(
            " | ".join("" if cell is None else str(cell) for cell in row)
            for row in rows_of("estimates.claim_evidence", names)
        )
        fill({"estimates.claim_evidence": f"{used}\n{text}"})
    expect(
        "estimates.claim",
        f"claim_id | verdict | verdict_known_then\nc | {verdict} | {verdict_known_then}",
    )


def test_an_earlier_knowledge_hides_what_scenarios_rest_on(fill: Fill, expect: Expect) -> None:
    fill(
        {
            "marts.claim": CLAIM,
            "marts.build": "report_date | as_of\n2024-04-03 | 2024-04-03",
            "estimates.evidence_demand": """
                claim_id | evidence_id | place | valid_date | known_at
                c        | chain       | 1     | 2024-03-20 | 2024-03-20
                c        | own         | 2     | 2024-04-03 | 2026-10-19
            """,
        }
    )
    expect("estimates.claim_evidence", "claim_id | evidence_id\nc | chain")


def test_evidence_names_each_source_once(fill: Fill, expect: Expect) -> None:
    fill(
        {
            "marts.claim": CLAIM,
            "marts.build": "report_date\n2024-04-03",
            "estimates.evidence_demand": """
                claim_id | evidence_id | place | sources
                c        | one         | 1     | T; S; T
                c        | two         | 2     | U
            """,
        }
    )
    expect("estimates.claim_evidence", "evidence_id | sources\none | T; S\ntwo | U")


def test_claim_shows_the_first_evidence_that_counts(fill: Fill, expect: Expect) -> None:
    fill(
        {
            "marts.claim": CLAIM,
            "estimates.claim_evidence": """
                claim_id | evidence_order | basis       | description | value    | range_low | range_high | unit | supports | is_used | is_known_then | is_later | sources
                c        | 1              | observation | later       | 1        |           |           | H100 | true     | false   | false         | true     | S
                c        | 2              | observation | shipped     | 891655   | 747011    | 1049151   | H100 | false    | true    | false         | false    | T
                c        | 3              | observation | a report    | 550000   |           |           | H100 | true     | true    | true          | false    | S
                c        | 4              | assumption  | ratio       |          | 0.26      | 0.36      | 1    | true     | true    | true          | false    | S
            """,  # noqa: E501
        }
    )
    expect(
        "estimates.claim",
        """
        published_high | recomputed | recomputed_low | recomputed_high | n_evidence | n_used | n_supporting | n_known_then | n_later | sources | evidence
        720000         | 891655     | 747011         | 1049151         | 4          | 3      | 2            | 2            | 1       | S; T    | shipped: 891,655 (747,011 to 1,049,151) H100 (against); a report: 550,000 H100 (for); ratio: 0.26 to 0.36 (for)
        """,  # noqa: E501
    )


def test_where_evidence_pays(fill: Fill, expect: Expect) -> None:
    fill(
        {
            "estimates.sensitivity": """
                scenario_id | month_index | quantity  | factor     | variance_share | grade   | evidence_value
                base        | 24          | gpus_peak | steps      | 0.3            | derived | 0.12
                base        | 24          | gpus_peak | candidates | 0.2            | guess   | 0.2
                base        | 24          | gpus_peak | a + b      |                |         |
                base        | 0           | gpus_peak | steps      | 0.9            | derived | 0.36
                base        | 24          | power_mw  | steps      | 0.9            | derived | 0.36
                low         | 24          | gpus_peak | steps      | 0.9            | derived | 0.36
            """,  # noqa: E501
            "estimates.assumption": """
                scenario_id | input      | source_title
                base        | steps      | a model
                base        | candidates | judgement
                low         | steps      | another
            """,
        }
    )
    expect(
        "examples.where_evidence_pays",
        """
        factor     | variance_share | grade   | evidence_value | source_title
        candidates | 0.2            | guess   | 0.2            | judgement
        steps      | 0.3            | derived | 0.12           | a model
        """,
    )
