"""Checks of fleets, shipments and revenue: sound rows pass, each other is returned."""

from __future__ import annotations

from collections.abc import Callable

import pytest

Tables = dict[str, str]
Judge = Callable[[str, Tables, Tables, int], None]

QUANTILES = "units_p05 | units_p50 | units_p95"
H100E = "h100e_8bit_epoch_p05 | h100e_8bit_epoch_p50 | h100e_8bit_epoch_p95"
BF16 = "h100e_bf16_dense_p05 | h100e_bf16_dense_p50 | h100e_bf16_dense_p95"

# By check: tables of which every row is sound, tables with rows that are not, and how many it
# returns.
CASES: dict[str, tuple[Tables, Tables, int]] = {
    "fleet__quantile_order": (
        {
            "marts.fleet_quarter": f"""
                designer | owner | {QUANTILES} | {H100E}
                Nvidia | a | 1 | 2 | 3 | 1 | 2 | 3
            """,
            "marts.shipment_quarter": f"""
                designer | chip | {QUANTILES} | {H100E}
                Nvidia | a | 0 | 0 | 0 | 0 | 0 | 0
            """,
        },
        {
            "marts.fleet_quarter": f"""
                designer | owner | {QUANTILES} | {H100E}
                Nvidia | b | 2 | 1 | 3 | 1 | 2 | 3
            """,
            "marts.fleet_chip_quarter": f"""
                designer | owner | chip | {QUANTILES} | {H100E}
                Nvidia   | b     | A100 | 1 | 2 | 3   | 1 | 4 | 3
            """,
            "marts.fleet_total_quarter": f"""
                designer | {QUANTILES} | {H100E}
                Nvidia | 1 | 2 | 3 | -1 | 2 | 3
            """,
            "marts.shipment_quarter": f"""
                designer | chip | {QUANTILES} | {H100E} | {BF16}
                Nvidia   | b    | 1 | 4 | 3   | 1 | 2 | 3 | 1 | 2 | 3
                Nvidia   | c    | 1 |   | 3   | 1 | 2 | 3 | 1 | 2 | 3
                Nvidia   | d    | 1 | 2 | 3   | 1 | 2 | 3 | 1 | 4 | 3
                Nvidia   | e    | 1 | 2 | 3   | 1 | 2 | 3 | 1 | 2 |
            """,
        },
        7,
    ),
    "fleet__sum_of_chips": (
        {
            "marts.fleet_total_quarter": """
                designer | quarter_end | h100e_8bit_epoch_p50
                Nvidia   | 2024-03-31  | 100
                Nvidia   | 2024-06-30  | 201
            """,
            "marts.shipment_quarter": """
                designer | chip | quarter_end | h100e_8bit_epoch_p50
                Nvidia   | a    | 2024-03-31  | 60
                Nvidia   | b    | 2024-03-31  | 40
                Nvidia   | a    | 2024-06-30  | 100
            """,
            "marts.fleet_quarter": """
                designer | owner | quarter_end | h100e_8bit_epoch_p50
                Nvidia   | Meta  | 2024-03-31  | 50
            """,
            "marts.fleet_chip_quarter": """
                designer | owner | chip | quarter_end | h100e_8bit_epoch_p50
                Nvidia   | Meta  | a    | 2024-03-31  | 30
                Nvidia   | Meta  | b    | 2024-03-31  | 20
            """,
        },
        {
            "marts.fleet_total_quarter": """
                designer | quarter_end | h100e_8bit_epoch_p50
                Nvidia   | 2024-09-30  | 20
            """,
            "marts.fleet_quarter": """
                designer | owner  | quarter_end | h100e_8bit_epoch_p50
                Nvidia   | Google | 2024-03-31  | 50
                Nvidia   | Oracle | 2024-03-31  | 50
            """,
            "marts.fleet_chip_quarter": """
                designer | owner  | chip | quarter_end | h100e_8bit_epoch_p50
                Nvidia   | Google | a    | 2024-03-31  | 30
            """,
        },
        3,
    ),
    "fleet_quarter__owners": (
        {
            # A new owner is welcome.
            "marts.fleet_quarter": """
                designer | owner     | quarter_end
                Nvidia   | Microsoft | 2024-03-31
                Nvidia   | Meta      | 2024-03-31
                Nvidia   | Amazon    | 2024-03-31
                Nvidia   | Google    | 2024-03-31
                Nvidia   | Oracle    | 2024-03-31
                Nvidia   | China     | 2024-03-31
                Nvidia   | CoreWeave | 2024-03-31
            """
        },
        {
            "marts.fleet_quarter": """
                designer | owner          | quarter_end
                Nvidia   | Microsoft      | 2024-06-30
                Nvidia   | Meta           | 2024-06-30
                Nvidia   | Amazon         | 2024-06-30
                Nvidia   | Google (Cloud) | 2024-06-30
                AMD      | Oracle         | 2024-06-30
            """
        },
        3,
    ),
    "fleet_total_quarter__sum_of_quarters": (
        {
            "marts.fleet_total_quarter": """
                designer | quarter_end | units_p50
                Nvidia   | 2024-03-31  | 100
                Nvidia   | 2024-06-30  | 201
            """,
            "marts.shipment_quarter": """
                designer | quarter_end | units_p50
                Nvidia   | 2024-03-31  | 100
                Nvidia   | 2024-06-30  | 100
            """,
        },
        {
            "marts.fleet_total_quarter": """
                designer | quarter_end | units_p50
                Nvidia | 2024-09-30 | 190
            """
        },
        1,
    ),
    "fleet_quarter__within_total": (
        {
            "marts.fleet_quarter": """
                designer | owner | quarter_end | units_p50
                Nvidia | a | 2024-03-31 | 60
            """,
            "marts.fleet_total_quarter": """
                designer | quarter_end | units_p50
                Nvidia | 2024-03-31 | 100
            """,
        },
        {
            "marts.fleet_quarter": """
                designer | owner | quarter_end | units_p50
                Nvidia | b | 2024-03-31 | 60
            """
        },
        1,
    ),
    "shipment_quarter__dates": (
        {"marts.shipment_quarter": "quarter_start | quarter_end\n2024-01-01 | 2024-03-31"},
        {
            "marts.shipment_quarter": """
                quarter_start | quarter_end
                2024-02-01    | 2024-04-30
                2024-01-01    | 2024-03-30
                2024-01-01    |
                0024-01-01    | 0024-03-31
            """
        },
        4,
    ),
    "shipment_quarter__rate": (
        {
            "marts.shipment_quarter": """
                designer | chip | units_p50 | h100e_8bit_epoch_p50
                Nvidia   | B200 | 1000      | 2500
                Nvidia   | B200 | 2000      | 5200
                Nvidia   | H20  | 10        | 2
                Nvidia   | H20  | 1000      | 150
            """
        },
        {
            "marts.shipment_quarter": """
                designer | chip | units_p50 | h100e_8bit_epoch_p50
                Nvidia   | B200 | 1000      | 1000
            """
        },
        1,
    ),
    "cluster__standard_analysis": (
        {
            "marts.cluster": """
                row_number | name | is_in_standard_analysis | is_planned | h100e_8bit_epoch
                1          | a    | false                   | true       | 50025265
                2          | b    | true                    | false      | 100000
                3          | c    | true                    | false      |
            """
        },
        {
            "marts.cluster": """
                row_number | name   | is_in_standard_analysis | is_planned | certainty
                4          | plan   | true                    | true       | Likely
                5          | rumour | true                    | false      | Unlikely
            """
        },
        2,
    ),
    "vendor_revenue_quarter__parts": (
        {
            "marts.vendor_revenue_quarter": """
                vendor | fiscal_quarter | quarter_start | quarter_end | total_revenue_usd | data_centre_revenue_usd | networking_revenue_usd | compute_revenue_usd | a100_share | h100_share | h20_share | gb200_share | gb300_share
                Nvidia | FY24Q1         | 2023-01-30    | 2023-04-30  | 100               | 80                      | 20                     | 60                  | 0.5        | 0.5        | 0         | 0           | 0
                Nvidia | FY24Q2         | 2023-05-01    | 2023-07-30  | 100               | 80                      |                        |                     |            |            |           |             |
            """  # noqa: E501
        },
        {
            "marts.vendor_revenue_quarter": """
                vendor | fiscal_quarter | quarter_start | quarter_end | total_revenue_usd | data_centre_revenue_usd | networking_revenue_usd | compute_revenue_usd | a100_share | h100_share | h20_share | gb200_share | gb300_share
                a      | more than all  | 2023-05-01    | 2023-07-30  | 100               | 120                     |                        |                     |            |            |           |             |
                b      | net over dc    | 2023-05-01    | 2023-07-30  | 100               | 80                      | 90                     |                     |            |            |           |             |
                c      | parts over dc  | 2023-05-01    | 2023-07-30  | 100               | 80                      | 20                     | 70                  |            |            |           |             |
                d      | shares         | 2023-05-01    | 2023-07-30  | 100               | 80                      |                        |                     | 0.5        | 0.6        | 0         | 0           | 0
                e      | a year         | 2023-05-01    | 2024-04-30  | 100               | 80                      |                        |                     |            |            |           |             |
                f      | first          | 2023-01-30    | 2023-04-30  | 100               | 80                      |                        |                     |            |            |           |             |
                f      | a gap          | 2023-05-02    | 2023-07-30  | 100               | 80                      |                        |                     |            |            |           |             |
                g      | nothing        | 2023-05-01    | 2023-07-30  | 0                 |                         |                        |                     |            |            |           |             |
            """  # noqa: E501
        },
        7,
    ),
    "fleet_basis_quarter__bounds": (
        {
            "marts.fleet_total_quarter": """
                designer | quarter_end | h100e_8bit_epoch_p50 | h100e_bf16_dense_p50
                Nvidia   | 2024-03-31  | 100                  | 90
            """,
            "marts.fleet_quarter": """
                designer | owner | quarter_end | h100e_8bit_epoch_p50
                Nvidia   | Meta  | 2024-03-31  | 50
            """,
            "estimates.fleet_basis_quarter": """
                holder | quarter_end | basis            | rank_correlation | p05 | p50 | p95 | spec_coverage
                all    | 2024-03-31  | h100e_bf16_dense | 1                | 40  | 54  | 70  | 0.6
                all    | 2024-03-31  | h100e_bf16_dense | 0                | 45  | 55  | 65  | 0.6
                Meta   | 2024-03-31  | h100e_8bit_epoch | 1                | 40  | 50  | 70  | 1
                Meta   | 2024-03-31  | h100e_8bit_epoch | 0                | 40  | 50  | 70  | 1
                group  | 2024-03-31  | h100e_8bit_epoch | 1                | 40  | 99  | 170 | 1
                group  | 2024-03-31  | h100e_8bit_epoch | 0                | 45  | 99  | 165 | 1
            """,  # noqa: E501
        },
        {
            "estimates.fleet_basis_quarter": """
                holder | quarter_end | basis            | rank_correlation | p05 | p50 | p95 | spec_coverage
                all    | 2024-03-31  | h100e_8bit_epoch | 1                | 40  | 90  | 170 | 1
                all    | 2024-03-31  | h100e_8bit_epoch | 0                | 45  | 90  | 165 | 1
                narrow | 2024-03-31  | h100e_8bit_epoch | 1                | 45  | 50  | 65  | 1
                narrow | 2024-03-31  | h100e_8bit_epoch | 0                | 40  | 50  | 70  | 1
                alone  | 2024-03-31  | h100e_8bit_epoch | 1                | 40  | 50  | 70  | 1
            """  # noqa: E501
        },
        3,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_check(name: str, judge: Judge) -> None:
    judge(name, *CASES[name])
