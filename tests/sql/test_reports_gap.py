"""Sections on the gap and on the price of compute: given rows, expected figures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

Fill = Callable[[Mapping[str, str]], None]
Expect = Callable[[str, str], None]
RowsOf = Callable[[str], list[tuple[Any, ...]]]

# Demand of 10, 200 and 5,000 against a fleet of 1,000, of which a tenth is left to video.
SUPPLY = {
    "marts.build": "report_date\n2024-04-03",
    "estimates.supply_gap_month": """
        scenario_id    | month_index | month_date | demand_h100e_p05 | demand_h100e_p50 | demand_h100e_p95 | fleet_quarter_end | fleet_share_for_video_p50 | available_h100e_p50 | fleet_h100e_bf16_dense_p50 | demand_to_available_p50 | produced_h100e_year | years_of_production_for_video_p50
        base           | 0           | 2024-04-01 | 10               | 200              | 5000             | 2024-03-31        | 0.1                       | 100                 | 1000                       | 2                       | 500                 | 2
        base           | 1           | 2024-05-01 | 1                | 1                | 1                | 2024-03-31        | 0.1                       | 100                 | 1000                       | 0.01                    | 500                 | 0
        factorial-2024 | 0           | 2024-04-01 | 700              | 700              | 700              | 2024-03-31        |                           |                     | 1000                       |                         | 500                 |
    """,  # noqa: E501
    "marts.fleet_total_quarter": """
        designer | quarter_end | h100e_bf16_dense_p50
        Nvidia   | 2023-12-31  | 500
        Nvidia   | 2024-03-31  | 1000
        Nvidia   | 2024-06-30  | 9000
        Google   | 2023-12-31  | 7000
    """,
    "estimates.demand_month": """
        scenario_id | month_index | month_date | quantity | p05 | p50 | p95
        base        | 0           | 2024-04-01 | power_mw | 20  | 400 | 10000
    """,
    "estimates.first_sufficient_month": """
        scenario_id | scope           | first_month_date | last_tested_date
        base        | whole fleet     | 2024-04-01       | 2026-07-01
        base        | share for video |                  | 2026-07-01
    """,
    "marts.claim": "claim_id | value_low | claim_date\nh100-price | 30000 | 2024-03-26",
}


def test_the_gap_is_what_lacks_of_what_is_left_to_video(fill: Fill, expect: Expect) -> None:
    fill(SUPPLY)
    # 10, 200 and 5,000 of 100; 100 and 4,900 lack at 30,000 USD.
    expect(
        "reports.gap_facts",
        """
        gap_ratio_p05 | gap_ratio_p50 | gap_ratio_p95 | gap_ratio_quarter_before | quarter_before | years_p50 | capex_usd_bn_p05 | capex_usd_bn_p50 | capex_usd_bn_p95 | whole_fleet_date | video_share_date | not_until_date
        0.1           | 2             | 50            | 4                        | 2023-12-31     | 0.4       | 0                | 0.003            | 0.147            | 2024-04-01       |                  | 2026-07-01
        """,  # noqa: E501
    )
    expect(
        "reports.gap_intervals",
        """
        group_title                               | label | p05  | p50 | p95
        Over the share of the fleet left to video | base  | 0.1  | 2   | 50
        Over a year’s production                  | base  | 0.02 | 0.4 | 10
        Over the whole fleet                      | base  | 0.01 | 0.2 | 5
        """,
    )


def test_a_scenario_that_leaves_the_share_open_has_no_price(fill: Fill, expect: Expect) -> None:
    fill(SUPPLY)
    expect(
        "reports.gap_by_scenario",
        """
        scenario_id    | gap_ratio_p50 | years_p50 | capex_usd_bn_p05 | capex_usd_bn_p95 | power_gw_p95
        base           | 2             | 0.4       | 0                | 0.147            | 10
        factorial-2024 |               | 1.4       |                  |                  |
        """,  # noqa: E501
    )


def test_without_a_fleet_there_is_no_gap(fill: Fill, expect: Expect, rows_of: RowsOf) -> None:
    fill(
        {
            "estimates.supply_gap_month": """
                scenario_id | month_index | month_date | demand_h100e_p05 | demand_h100e_p50 | demand_h100e_p95
                base        | 0           | 2024-04-01 | 10               | 200              | 5000
            """,  # noqa: E501
            "marts.claim": SUPPLY["marts.claim"],
        }
    )
    expect("reports.gap_facts", "gap_ratio_p50 | capex_usd_bn_p05 | capex_usd_bn_p95\n | | ")
    assert rows_of("reports.gap_intervals") == []
    assert rows_of("reports.gap_by_scenario") == []


GPUS = """
    gpu_key               | title          | bf16_dense_tflops | tdp_w
    nvidia_h100_sxm5_80gb | NVIDIA H100    | 1000              | 500
    slow                  | NVIDIA Slow    | 100               | 400
"""
# The day before the report's; a later one, of which it knows nothing; thirty days before.
PRICES = {
    "marts.build": "report_date\n2026-11-23",
    "marts.gpu": GPUS,
    "marts.gpu_price_day": """
        offer_date | gpu_key               | pricing   | n_providers | min_usd_per_gpu_hour | usd_per_gpu_hour_p25 | usd_per_gpu_hour_p50 | usd_per_gpu_hour_p75 | max_usd_per_gpu_hour | usd_per_bf16_dense_pflop_hour
        2026-10-23 | nvidia_h100_sxm5_80gb | on_demand | 3           | 2                    | 2                    | 2.5                  | 3                    | 4                    | 2.5
        2026-11-22 | nvidia_h100_sxm5_80gb | on_demand | 3           | 1                    | 1.5                  | 2                    | 3                    | 4                    | 2
        2026-11-22 | nvidia_h100_sxm5_80gb | spot      | 1           | 1                    | 1                    | 1                    | 1                    | 1                    | 1
        2026-11-22 | slow                  | on_demand | 2           | 0.1                  | 0.1                  | 0.1                  | 0.1                  | 0.1                  | 1
        2026-11-24 | nvidia_h100_sxm5_80gb | on_demand | 3           | 9                    | 9                    | 9                    | 9                    | 9                    | 9
    """,  # noqa: E501
    "marts.gpu_provider_price_day": """
        offer_date | gpu_key               | pricing   | provider | usd_per_gpu_hour | is_outlier
        2026-11-22 | nvidia_h100_sxm5_80gb | on_demand | a        | 1                | false
        2026-11-22 | nvidia_h100_sxm5_80gb | on_demand | b        | 2                | false
        2026-11-22 | nvidia_h100_sxm5_80gb | on_demand | c        | 4                | true
        2026-11-22 | nvidia_h100_sxm5_80gb | spot      | a        | 1                | false
        2026-11-22 | slow                  | on_demand | a        | 0.1              | false
        2026-11-22 | slow                  | on_demand | b        | 0.1              | false
    """,
    "marts.network_price_day": """
        network_id | fact_date  | gpu_key               | median_usd_per_gpu_hour | avg_usd_per_gpu_hour
        akash      | 2026-11-20 | nvidia_h100_sxm5_80gb | 9                       |
        akash      | 2026-11-21 | nvidia_h100_sxm5_80gb | 1.5                     | 1.6
        akash      | 2026-11-25 | nvidia_h100_sxm5_80gb | 9                       |
        ionet      | 2026-11-21 | slow                  | 9                       |
        nosana     | 2026-11-21 | nvidia_h100_sxm5_80gb |                         | 3
    """,  # noqa: E501
}


def test_prices_are_those_of_the_newest_day_that_the_report_knows(
    fill: Fill, expect: Expect
) -> None:
    fill(PRICES)
    expect(
        "reports.compute_price_facts",
        """
        last_date  | n_prices | n_gpus | n_providers | h100_p50 | h100_p50_30d_before | h100_change_30d | spot_share
        2026-11-22 | 3        | 2      | 3           | 2        | 2.5                 | -0.2            | 0.5
        """,  # noqa: E501
    )
    expect(
        "reports.compute_price",
        """
        kind      | gpu_key               | usd_per_gpu_hour_p50 | usd_per_bf16_dense_pflop_hour | gflops_per_w
        On demand | nvidia_h100_sxm5_80gb | 2                    | 2                             | 2000
        On demand | slow                  | 0.1                  | 1                             | 250
        Spot      | nvidia_h100_sxm5_80gb | 1                    | 1                             | 2000
        """,  # noqa: E501
    )


def test_a_spread_asks_for_three_providers(fill: Fill, expect: Expect) -> None:
    fill(PRICES)
    # Between 1, 2 and 4 in even steps: a tenth of the way from either end.
    expect(
        "reports.compute_price_intervals",
        "group_title | label | p05 | p50 | p95\nOn demand | H100 | 1.1 | 2 | 3.8",
    )


def test_places_are_providers_and_networks_on_their_own_day(fill: Fill, expect: Expect) -> None:
    fill(PRICES)
    expect(
        "reports.compute_price_places",
        """
        kind                  | place  | day        | usd_per_gpu_hour | is_outlier | statistic
        Provider              | a      | 2026-11-22 | 1 | false | price of the day
        Decentralised network | Akash  | 2026-11-21 | 1.5 | false | median
        Provider              | b      | 2026-11-22 | 2 | false | price of the day
        Decentralised network | Nosana | 2026-11-21 | 3 | false | mean
        Provider              | c      | 2026-11-22 | 4 | true | price of the day
        """,
    )


@pytest.mark.parametrize("name", ["", "_intervals", "_places"])
def test_without_prices_nothing_is_listed(name: str, fill: Fill, rows_of: RowsOf) -> None:
    fill({"marts.build": "report_date\n2024-04-03", "marts.gpu": GPUS})
    assert rows_of(f"reports.compute_price{name}") == []


def test_without_prices_their_number_is_zero_and_the_assumed_one_is_there(
    fill: Fill, expect: Expect
) -> None:
    fill(
        {
            "marts.build": "report_date\n2024-04-03",
            "marts.gpu": GPUS,
            "estimates.assumption": """
                scenario_id | input          | p05 | p50 | p95
                base        | gpu_hour_price | 2   | 3   | 4
            """,
        }
    )
    expect(
        "reports.compute_price_facts",
        """
        last_date | n_prices | h100_p50 | assumed_p05 | assumed_per_pflop_hour_p95
                  | 0        |          | 2           | 4
        """,
    )
