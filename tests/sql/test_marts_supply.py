"""Supply marts: the newest edition as a whole, designers apart, and what is not given by chip."""

from __future__ import annotations

from collections.abc import Callable, Mapping

Fill = Callable[[Mapping[str, str]], None]
Expect = Callable[[str, str], None]

RAW_SALES = """
    designer | chip | period_start | period_end | is_running_total | is_calendar | units_p50 | h100e_p50 | is_incomplete | member | payload_sha256 | known_at
    Nvidia   | H100 | 2024-01-01   | 2024-03-31 | false            | true        | 100       | 100       | false         | a      | old            | 2026-09-01
    Nvidia   | H800 | 2024-01-01   | 2024-03-31 | false            | true        | 50        | 50        | false         | a      | old            | 2026-09-01
    Nvidia   | H100 | 2024-01-01   | 2024-03-31 | false            | true        | 110.4     | 110       | false         | a      | new            | 2026-10-01
    Nvidia   | H100 | 2024-04-01   | 2024-06-30 | false            | true        | 60        | 60        | true          | a      | new            | 2026-10-01
    Nvidia   | H100 | 2024-01-29   | 2024-04-28 | false            | false       | 90        | 90        | false         | b      | new            | 2026-10-01
    AMD      | MI   | 2024-01-01   | 2024-03-31 | false            | true        | 10        | 13        | false         | a      | new            | 2026-10-01
    Nvidia   |      | 2022-01-01   | 2024-03-31 | true             | true        | 110       | 110       | false         | c      | new            | 2026-10-01
    Nvidia   |      | 2022-01-01   | 2024-06-30 | true             | true        | 170       | 170       | true          | c      | new            | 2026-10-01
             |      | 2022-01-01   | 2024-06-30 | true             | true        | 180       | 183       | true          | c      | new            | 2026-10-01
"""  # noqa: E501
BUNDLED = {
    "staging.bundled__shipped_chip_quarter": """
        chip | quarter_start | quarter_end | units_p50 | h100e_8bit_epoch_p50 | is_incomplete | known_at
        A100 | 2024-01-01    | 2024-03-31  | 7         | 2                    | true          | 2026-04-22
    """,  # noqa: E501
    "staging.bundled__shipped_cumulative": """
        quarter_end | units_p50 | h100e_8bit_epoch_p50 | known_at
        2024-03-31  | 7         | 2                    | 2026-04-22
    """,
}


def test_the_bundled_edition_stands_where_there_is_no_other(fill: Fill, expect: Expect) -> None:
    fill(BUNDLED)
    expect(
        "marts.shipment_quarter",
        "designer | chip | quarter_end | units_p50 | is_incomplete | known_at\n"
        "Nvidia   | A100 | 2024-03-31  | 7         | true          | 2026-04-22",
    )


def test_a_later_edition_replaces_the_ones_before_as_a_whole(
    fill: Fill, make: Callable[..., None], expect: Expect
) -> None:
    # H800 of the edition before, and the bundled A100, are not mixed in.
    fill({"raw.epoch__chip_sale": RAW_SALES, **BUNDLED})
    make("staging.epoch__chip_sale", "marts.shipment_quarter")
    expect(
        "marts.shipment_quarter",
        """
        designer | chip | quarter_start | quarter_end | units_p50 | h100e_8bit_epoch_p50 | is_incomplete | known_at
        AMD      | MI   | 2024-01-01    | 2024-03-31  | 10        | 13                   | false         | 2026-10-01
        Nvidia   | H100 | 2024-01-01    | 2024-03-31  | 110       | 110                  | false         | 2026-10-01
        Nvidia   | H100 | 2024-04-01    | 2024-06-30  | 60        | 60                   | true          | 2026-10-01
        """,  # noqa: E501
    )
    expect(
        "marts.fleet_total_quarter",
        """
        designer | quarter_end | counted_from_date | units_p50 | is_incomplete
        Nvidia   | 2024-03-31  | 2022-01-01        | 110       | false
        Nvidia   | 2024-06-30  | 2022-01-01        | 170       | true
        """,
    )


def test_growth_leaves_unfinished_quarters_out(fill: Fill, expect: Expect) -> None:
    fill(
        {
            "staging.epoch__chip_sale": """
                designer | chip | period_start | period_end | is_running_total | is_calendar | h100e_8bit_epoch_p50 | is_incomplete
                Nvidia   | all  | 2022-01-01   | 2024-12-31 | true             | true        | 100                  | false
                Nvidia   | all  | 2022-01-01   | 2025-12-31 | true             | true        | 250                  | false
                Nvidia   | all  | 2022-01-01   | 2026-12-31 | true             | true        | 300                  | true
            """  # noqa: E501
        }
    )
    expect(
        "marts.fleet_total_quarter",
        """
        quarter_end | growth_1y | is_incomplete
        2024-12-31  |           | false
        2025-12-31  | 2.5       | false
        2026-12-31  |           | true
        """,
    )


def holdings(*rows: str) -> str:
    header = (
        "owner | designer | chip | period_start | period_end | is_running_total | is_calendar"
        " | units_p05 | units_p50 | units_p95 | h100e_8bit_epoch_p50 | known_at"
    )
    return "\n".join([header, *rows])


QUARTERS = [
    "Meta | Nvidia | A100 | 2024-01-01 | 2024-03-31 | false | true | 8 | 10 | 13 | 3 | 2026-10-01",
    "Meta | Nvidia | H100 | 2024-01-01 | 2024-03-31 | false | true | 8 | 10 | 13 | 10 | 2026-10-01",
    "Meta | Nvidia | H100 | 2024-04-01 | 2024-06-30 | false | true | 8 | 10 | 13 | 10 | 2026-10-01",
    "Meta | AMD    | all  | 2024-01-01 | 2024-03-31 | false | true | 8 | 10 | 13 | 13 | 2026-10-01",
]
TOTALS = [
    "Meta | Nvidia | all | 2024-01-01 | 2024-03-31 | true | true | 17 | 20 | 25 | 13 | 2026-10-01",
    "Meta | Nvidia | all | 2024-01-01 | 2024-06-30 | true | true | 26 | 30 | 36 | 23 | 2026-10-01",
]
BY_CHIP = [
    "Meta | Nvidia | A100 | 2024-01-01 | 2024-06-30 | true | true | 8 | 10 | 13 | 3 | 2026-10-01",
]
OWNED = {
    "staging.bundled__owned_cumulative": """
        owner | quarter_end | units_p50 | h100e_8bit_epoch_p50
        Apple | 2024-03-31  | 1         | 1
    """,
    "staging.bundled__owned_chip_cumulative": """
        owner | chip | quarter_end | units_p05 | units_p50 | units_p95 | h100e_8bit_epoch_p50
        Apple | A100 | 2024-03-31  | 5         | 7         | 9         | 2
        Apple | A100 | 2024-06-30  | 5         | 9         | 9         | 3
        Apple | A100 | 2024-09-30  | 5         | 9         | 9         | 3
        Apple | A100 | 2024-12-31  | 5         | 8         | 9         | 3
    """,
}


def test_fleets_are_of_the_newest_edition(fill: Fill, expect: Expect) -> None:
    fill({"staging.epoch__chip_holding": holdings(*QUARTERS, *TOTALS), **OWNED})
    expect(
        "marts.fleet_quarter",
        """
        owner | designer | quarter_end | units_p05 | units_p50 | units_p95
        Meta  | Nvidia   | 2024-03-31  | 17        | 20        | 25
        Meta  | Nvidia   | 2024-06-30  | 26        | 30        | 36
        """,
    )
    expect(
        "marts.owner_quarter",
        "owner | designer | quarter_end | units_p50\nMeta | AMD | 2024-03-31 | 10",
    )


def test_running_totals_by_chip_are_taken_where_they_are_given(fill: Fill, expect: Expect) -> None:
    fill({"staging.epoch__chip_holding": holdings(*QUARTERS, *TOTALS, *BY_CHIP), **OWNED})
    expect(
        "marts.fleet_chip_quarter",
        """
        owner | chip | quarter_end | units_p05 | units_p50 | units_p95 | is_sum_of_medians
        Meta  | A100 | 2024-06-30  | 8         | 10        | 13        | false
        """,
    )


def test_without_them_medians_are_summed_and_there_is_no_interval(
    fill: Fill, make: Callable[..., None], expect: Expect
) -> None:
    fill({"staging.epoch__chip_holding": holdings(*QUARTERS, *TOTALS), **OWNED})
    make("marts.fleet_quarter", "marts.owner_chip_quarter")
    # A100 that were bought in the first quarter are still there in the second.
    expect(
        "marts.fleet_chip_quarter",
        """
        owner | chip | quarter_end | units_p05 | units_p50 | units_p95 | h100e_8bit_epoch_p50 | is_sum_of_medians
        Meta  | A100 | 2024-03-31  |           | 10        |           | 3                    | true
        Meta  | A100 | 2024-06-30  |           | 10        |           | 3                    | true
        Meta  | H100 | 2024-03-31  |           | 10        |           | 10                   | true
        Meta  | H100 | 2024-06-30  |           | 20        |           | 20                   | true
        """,  # noqa: E501
    )


def test_purchases_of_the_bundled_edition_are_differences_of_medians(
    fill: Fill, expect: Expect
) -> None:
    fill(OWNED)
    expect(
        "marts.owner_chip_quarter",
        """
        owner | designer | chip | quarter_end | units_p05 | units_p50 | units_p95 | is_difference_of_medians
        Apple | Nvidia   | A100 | 2024-03-31  |           | 7         |           | true
        Apple | Nvidia   | A100 | 2024-06-30  |           | 2         |           | true
        Apple | Nvidia   | A100 | 2024-09-30  |           | 0         |           | true
        Apple | Nvidia   | A100 | 2024-12-31  |           | 0         |           | true
        """,  # noqa: E501
    )
    fill({"staging.epoch__chip_holding": holdings(*QUARTERS)})
    expect(
        "marts.owner_chip_quarter",
        "owner | chip | units_p50\n" + "Meta | A100 | 10\n" + "Meta | H100 | 10\n" * 2,
    )


def test_owners_by_two_estimates(fill: Fill, expect: Expect) -> None:
    fill(
        {
            "marts.shipment_customer_year": """
                customer  | chip      | year | units  | known_at
                Meta      | Hopper    | 2024 | 224000 | 2024-12-18
                Meta      | AMD MI300 | 2024 | 173000 | 2024-12-18
                ByteDance | Hopper    | 2024 | 230000 | 2024-12-18
            """,
            "marts.owner_chip_quarter": "owner | known_at\nMeta | 2026-10-01",
            "estimates.owner_year": """
                owner | designer | chip_family | year | rank_correlation | p05    | p50    | p95
                Meta  | Nvidia   | H100/H200   | 2024 | 0                | 300000 | 365000 | 430000
                Meta  | Nvidia   | H100/H200   | 2024 | 1                | 250000 | 363000 | 500000
                Meta  | Nvidia   | H100/H200   | 2023 | 1                | 1      | 2      | 3
                Meta  | AMD      | all         | 2024 | 1                |        | 126000 |
            """,
        }
    )
    expect(
        "estimates.owner_estimate_year",
        """
        owner     | omdia_chip | epoch_chip | omdia_units | epoch_units_p05 | epoch_units_p50 | epoch_units_p95 | epoch_to_omdia_ratio | known_at
        ByteDance | Hopper     |            | 230000      |                 |                 |                 |                      | 2024-12-18
        Meta      | AMD MI300  | all of AMD | 173000      |                 | 126000          |                 | 0.728323699          | 2026-10-01
        Meta      | Hopper     | H100/H200  | 224000      | 250000          | 363000          | 500000          | 1.620535714          | 2026-10-01
        """,  # noqa: E501
    )


def test_a_rumour_is_no_part_of_the_standard_analysis(fill: Fill, expect: Expect) -> None:
    fill(
        {
            "staging.epoch__cluster": """
                row_number | name | status   | chip        | h100e_8bit_epoch | is_in_standard_analysis
                1          | plan | Planned  |             | 50000000         | false
                2          | it   | Existing | NVIDIA H100 | 1000             | true
                3          | it   | Existing | Unheard of  | 10               | true
            """,  # noqa: E501
            "marts.gpu_name": """
                source | name        | memory_gb | interface | gpu_key
                epoch  | NVIDIA H100 |           |           | nvidia_h100_sxm5_80gb
                akash  | Unheard of  |           |           | nvidia_l40s_48gb
            """,
        }
    )
    expect(
        "marts.cluster",
        """
        row_number | name | is_planned | is_in_standard_analysis | gpu_key
        1          | plan | true       | false                   |
        2          | it   | false      | true                    | nvidia_h100_sxm5_80gb
        3          | it   | false      | true                    |
        """,
    )


def test_plans_of_data_centres_are_told_from_what_stands(fill: Fill, expect: Expect) -> None:
    fill(
        {
            "staging.epoch__data_center_timeline": """
                data_center | state_date | h100e_8bit_epoch | known_at
                Abilene     | 2026-01-01 | 10               | 2026-10-01
                Abilene     | 2029-01-01 | 99               | 2026-10-01
            """
        }
    )
    expect(
        "marts.data_center_timeline",
        "state_date | is_planned\n2026-01-01 | false\n2029-01-01 | true",
    )


def test_revenue_is_known_before_what_is_made_of_it(fill: Fill, expect: Expect) -> None:
    fill(
        {
            "staging.bundled__vendor_revenue": """
                vendor | fiscal_quarter | quarter_start | quarter_end | total_revenue_usd | data_centre_revenue_usd | known_at
                Nvidia | FY24Q3         | 2023-07-31    | 2023-10-29  | 18120000000       | 14510000000             | 2023-11-21
                Nvidia | FY24Q4         | 2023-10-30    | 2024-01-28  | 22100000000       | 18400000000             | 2024-02-21
            """,  # noqa: E501
            "staging.bundled__vendor_compute_share": """
                vendor | fiscal_quarter | compute_share | compute_revenue_usd | known_at
                Nvidia | FY24Q4         | 0.819         | 15070000000         | 2026-04-22
            """,
        }
    )
    expect(
        "marts.vendor_revenue_quarter",
        """
        fiscal_quarter | data_centre_share | compute_share | known_at
        FY24Q3         | 0.800772627       |               | 2023-11-21
        FY24Q4         | 0.832579186       | 0.819         | 2026-04-22
        """,
    )
