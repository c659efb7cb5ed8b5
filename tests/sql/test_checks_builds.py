"""Checks of builds, sources, scenarios and estimates: sound rows pass, each other is returned."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.resources import SQL

Tables = dict[str, str]
Judge = Callable[[str, Tables, Tables, int], None]

# By check: tables of which every row is sound, tables with rows that are not, and how many it
# returns.
CASES: dict[str, tuple[Tables, Tables, int]] = {
    "build__one_row": (
        {"marts.build": "report_date\n2024-04-03"},
        {"marts.build": "report_date\n2024-04-04"},
        1,
    ),
    "build__nothing_known_later": (
        {
            "marts.build": "report_date | as_of\n2024-04-03 | 2024-04-03",
            "marts.gpu": "gpu_key | known_at\na | 2024-04-03",
            "estimates.supply_gap_month": "scenario_id | month_index\nwithout a fleet | 60",
        },
        {
            "marts.gpu": "gpu_key | known_at\nb | 2024-04-04",
            "marts.event": "event_id\nundated",
            "marts.fleet_chip_quarter": "owner | known_at\na | 2026-01-01\nb | 2026-01-01",
            "marts.shipment_customer_year": "customer | known_at\na | 2026-01-01",
            "marts.network_gpu_day": "network_id | known_at\na | 2026-01-01",
            "estimates.network_h100e_day": "network_id | known_at\na | 2026-01-01",
            "estimates.network_fact_h100e_day": "network_id | known_at\na | 2026-01-01",
            "estimates.network_cards_needed": "gpu_key | known_at\na | 2026-01-01",
            "estimates.supply_gap_month": """
                scenario_id | fleet_quarter_end | known_at
                a           | 2024-03-31        | 2026-01-01
            """,
            "estimates.claim_evidence": "claim_id | known_at\nc | 2026-01-01",
        },
        10,
    ),
    "build__required_rows": (
        {
            "marts.build": "report_date | as_of\n2020-01-01 | 2020-01-01",
            "estimates.chain_check": "scenario_id\na",
        },
        {"marts.build": "report_date\n2024-04-03"},
        5,
    ),
    "chain_check__passed": (
        {"estimates.chain_check": "scenario_id | passed\na | true"},
        {"estimates.chain_check": "scenario_id | passed\na | false\na |"},
        2,
    ),
    "demand_month__quantile_order": (
        {
            "estimates.demand_month": """
                quantity | p05 | p10 | p25 | p50 | p75 | p90 | p95
                a        | 1   | 1   | 1   | 1   | 1   | 1   | 1
            """
        },
        {
            "estimates.demand_month": """
                quantity | p05 | p10 | p25 | p50 | p75 | p90 | p95
                b        | 1   | 2   | 3   | 2   | 5   | 6   | 7
                c        | 1   | 2   | 3   | 4   | 5   | 6   | inf
                d        | 1   | 2   | 3   |     | 5   | 6   | 7
                e        |     | 2   | 3   | 4   | 5   | 6   | 7
            """
        },
        4,
    ),
    "owner_group_quarter__bounds": (
        {
            "marts.fleet_quarter": """
                designer | owner  | quarter_end | h100e_8bit_epoch_p05 | h100e_8bit_epoch_p50 | h100e_8bit_epoch_p95
                Nvidia   | Meta   | 2024-03-31  | 8                    | 10                   | 15
                Nvidia   | Oracle | 2024-03-31  | 12                   | 20                   | 30
                Nvidia   | Meta   | 2024-06-30  | 20                   | 30                   | 45
            """,  # noqa: E501
            "estimates.owner_group_quarter": """
                owner_group    | quarter_end | rank_correlation | p05 | p50 | p95
                all six owners | 2024-03-31  | 1                | 20  | 30  | 45
                all six owners | 2024-03-31  | 0                | 23  | 31  | 41
                microsoft+meta+google | 2024-03-31 | 1          | 8   | 10  | 15
                microsoft+meta+google | 2024-03-31 | 0          | 8   | 10  | 15
            """,
        },
        {
            "estimates.owner_group_quarter": """
                owner_group    | quarter_end | rank_correlation | p05 | p50 | p95
                all six owners | 2024-06-30  | 1                | 20  | 31  | 45
                all six owners | 2024-06-30  | 0                | 23  | 31  | 41
                microsoft+meta+google | 2024-06-30 | 1          | 20  | 30  | 45
                microsoft+meta+google | 2024-06-30 | 0          | 19  | 31  | 41
                some           | 2024-06-30  | 1                | 20  | 30  | 45
                some           | 2024-06-30  | 0                | 23  | 31  | 41
            """
        },
        3,
    ),
    "supply_gap_month__ratio": (
        {
            "estimates.supply_gap_month": """
                month_date | fleet_quarter_end | is_fleet_current | demand_to_fleet_p05 | demand_to_fleet_p50 | demand_to_fleet_p95
                2024-04-01 | 2024-03-31        | true             | 0.1                 | 0.2                 | 0.3
                2024-08-01 | 2024-03-31        | false            | 0.1                 | 0.2                 | 0.3
                2029-01-01 |                   |                  |                     |                     |
            """  # noqa: E501
        },
        {
            "estimates.supply_gap_month": """
                month_date | fleet_quarter_end | is_fleet_current | demand_to_fleet_p05 | demand_to_fleet_p50 | demand_to_fleet_p95
                2024-04-01 | 2024-06-30        | true             | 0.1                 | 0.2                 | 0.3
                2024-08-01 | 2024-03-31        | true             | 0.1                 | 0.2                 | 0.3
                2024-04-01 | 2024-03-31        | true             | 0.1                 | 0.4                 | 0.3
                2024-04-01 | 2024-03-31        | true             | 0.1                 |                     | 0.3
                2029-01-01 |                   |                  |                     | 0.2                 |
            """  # noqa: E501
        },
        5,
    ),
    "scenario_known__dated": (
        {
            "estimates.scenario": "scenario_id\na",
            "estimates.scenario_known": """
                scenario_id | known_at   | is_known_at_report_date | is_known_as_of
                a           | 2024-03-20 | true                    | true
            """,
        },
        {
            "estimates.scenario": "scenario_id\nb\nc",
            "estimates.scenario_known": """
                scenario_id | known_at   | is_known_at_report_date | is_known_as_of
                c           | 2024-03-20 |                         | true
            """,
        },
        2,
    ),
    "quarantine__share": (
        {
            "marts.source": """
                source    | entity | dataset    | n_rows | n_rejected | retrieved_at
                bundled   | a      | a          | 99     | 1          | 2026-11-22
                bundled   | b      | b          | 0      | 0          | 2026-11-22
                coingecko | chart  | chart/near | 3      | 1          | 2026-11-22 01:10
                coingecko | chart  | chart/tao  | 35     | 1          | 2026-11-22 01:20
                coingecko | global | global     | 0      | 1          | 2026-11-22
                universe  | twin   | live/twin  | 0      | 0          | 2026-11-22
            """
        },
        {
            "marts.source": """
                source    | entity | dataset    | n_rows | n_rejected | retrieved_at
                bundled   | c      | c          | 98     | 2          | 2026-11-22
                bundled   | d      | d          | 0      | 1          | 2026-11-22
                coingecko | chart  | chart/io   | 9      | 2          | 2026-11-23 01:10
                coingecko | market | markets/ai | 9      | 1          | 2026-11-22
                coingecko | market | markets/b  | 9      | 1          | 2026-11-22
                import    | token_daily | x/y   | 94     | 6          | 2026-11-22
            """
        },
        5,
    ),
    "source__cited": (
        {"marts.source": "dataset | producer | citation | licence\na | p | c | MIT"},
        {"marts.source": "dataset | producer | citation | licence\nb | p | c |\nc | p | | MIT"},
        2,
    ),
}


def test_every_check_has_a_case() -> None:
    cases = "".join(path.read_text() for path in Path(__file__).parent.glob("test_checks_*.py"))
    names = [path.stem for path in SQL.glob("checks/*.sql")]
    assert names
    assert [name for name in names if f'\n    "{name}": (\n' not in cases] == []


@pytest.mark.parametrize("name", CASES)
def test_check(name: str, judge: Judge) -> None:
    judge(name, *CASES[name])
