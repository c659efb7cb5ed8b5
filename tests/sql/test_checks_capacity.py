"""Checks of accelerators, fleets, networks and timings: sound rows pass, each other is returned."""

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
    "gpu__h100_spec": (
        {
            "marts.gpu": "gpu_key | bf16_dense_tflops\nnvidia_h100_sxm5_80gb | 989.4",
            "marts.gpu_equivalence": "gpu_key | h100e\nnvidia_h100_sxm5_80gb | 1",
        },
        {
            "marts.gpu": "gpu_key | bf16_dense_tflops\nnvidia_h100_sxm5_80gb | 1979",
            "marts.gpu_equivalence": "gpu_key | h100e\nnvidia_h100_sxm5_80gb | 0.5",
        },
        2,
    ),
    "gpu__dense_rates": (
        {
            "marts.gpu": """
                gpu_key | bf16_dense_tflops | fp8_dense_tflops | memory_gb | memory_bandwidth_gb_s
                a       | 989.4             | 1978.9           | 80        | 3350
                b       | 312               |                  | 80        | 2039
            """
        },
        {
            "marts.gpu": """
                gpu_key | bf16_dense_tflops | fp8_dense_tflops | memory_gb | memory_bandwidth_gb_s
                sparse  | 989.4             | 3958             | 80        | 3350
                empty   | 989.4             | 1978.9           | 0         | 3350
                unknown |                   | 1978.9           | 80        | 3350
                unnamed | 989.4             | 1978.9           | 80        |
            """
        },
        4,
    ),
    "gpu__known_false": (
        {
            "marts.gpu": """
                gpu_key              | bf16_dense_tflops | memory_gb | memory_bandwidth_gb_s
                nvidia_rtx4090_24gb  | 165.2             | 24        | 1008
                nvidia_a100_sxm4_80gb | 312              | 80        | 2039
                amd_mi300x_192gb     | 1307.4            | 192       | 5300
                amd_mi325x_256gb     | 1307.4            | 256       | 6000
                amd_mi350x_288gb     | 2306.9            | 288       | 8000
            """
        },
        {
            "marts.gpu": """
                gpu_key               | bf16_dense_tflops | memory_gb | memory_bandwidth_gb_s
                nvidia_rtx4090_24gb   | 330.3             | 24        | 1008
                nvidia_a100_sxm4_80gb | 624               | 80        | 2039
                amd_mi300x_192gb      | 1307.4            | 192       | 10300
                amd_mi325x_256gb      | 1307.4            | 288       | 6000
            """
        },
        4,
    ),
    "fleet__quantile_order": (
        {
            "marts.fleet_quarter": f"owner | {QUANTILES} | {H100E}\na | 1 | 2 | 3 | 1 | 2 | 3",
            "marts.shipment_quarter": f"chip | {QUANTILES} | {H100E}\na | 0 | 0 | 0 | 0 | 0 | 0",
        },
        {
            "marts.fleet_quarter": f"owner | {QUANTILES} | {H100E}\nb | 2 | 1 | 3 | 1 | 2 | 3",
            "marts.fleet_chip_quarter": f"""
                owner | chip | {QUANTILES} | {H100E}
                b     | A100 | 1 | 2 | 3   | 1 | 4 | 3
            """,
            "marts.fleet_total_quarter": f"{QUANTILES} | {H100E}\n1 | 2 | 3 | -1 | 2 | 3",
            "marts.shipment_quarter": f"""
                chip | {QUANTILES} | {H100E} | {BF16}
                b    | 1 | 4 | 3   | 1 | 2 | 3 | 1 | 2 | 3
                c    | 1 |   | 3   | 1 | 2 | 3 | 1 | 2 | 3
                d    | 1 | 2 | 3   | 1 | 2 | 3 | 1 | 4 | 3
                e    | 1 | 2 | 3   | 1 | 2 | 3 | 1 | 2 |
            """,
        },
        7,
    ),
    "fleet__sum_of_chips": (
        {
            "marts.fleet_total_quarter": """
                quarter_end | h100e_8bit_epoch_p50
                2024-03-31  | 100
                2024-06-30  | 201
            """,
            "marts.shipment_quarter": """
                chip | quarter_end | h100e_8bit_epoch_p50
                a    | 2024-03-31  | 60
                b    | 2024-03-31  | 40
                a    | 2024-06-30  | 100
            """,
            "marts.fleet_quarter": """
                owner | quarter_end | h100e_8bit_epoch_p50
                Meta  | 2024-03-31  | 50
            """,
            "marts.fleet_chip_quarter": """
                owner | chip | quarter_end | h100e_8bit_epoch_p50
                Meta  | a    | 2024-03-31  | 30
                Meta  | b    | 2024-03-31  | 20
            """,
        },
        {
            "marts.fleet_total_quarter": """
                quarter_end | h100e_8bit_epoch_p50
                2024-09-30  | 20
            """,
            "marts.fleet_quarter": """
                owner  | quarter_end | h100e_8bit_epoch_p50
                Google | 2024-03-31  | 50
                Oracle | 2024-03-31  | 50
            """,
            "marts.fleet_chip_quarter": """
                owner  | chip | quarter_end | h100e_8bit_epoch_p50
                Google | a    | 2024-03-31  | 30
            """,
        },
        3,
    ),
    "fleet_quarter__owners": (
        {"marts.fleet_quarter": "owner | quarter_end\nMeta | 2024-03-31"},
        {"marts.fleet_quarter": "owner | quarter_end\nCoreWeave | 2024-03-31"},
        1,
    ),
    "fleet_total_quarter__sum_of_quarters": (
        {
            "marts.fleet_total_quarter": """
                quarter_end | units_p50
                2024-03-31  | 100
                2024-06-30  | 201
            """,
            "marts.shipment_quarter": """
                quarter_end | units_p50
                2024-03-31  | 100
                2024-06-30  | 100
            """,
        },
        {"marts.fleet_total_quarter": "quarter_end | units_p50\n2024-09-30 | 190"},
        1,
    ),
    "fleet_quarter__within_total": (
        {
            "marts.fleet_quarter": "owner | quarter_end | units_p50\na | 2024-03-31 | 60",
            "marts.fleet_total_quarter": "quarter_end | units_p50\n2024-03-31 | 100",
        },
        {"marts.fleet_quarter": "owner | quarter_end | units_p50\nb | 2024-03-31 | 60"},
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
            """
        },
        3,
    ),
    "network_fact__values": (
        {
            "marts.network_fact": """
                network_id | value_low | value_high | unit | kind
                akash      | 150       | 200        | GPUs | investor note
                akash      | 0.5       | 0.7        | 1    | press
            """
        },
        {
            "marts.network_fact": """
                network_id | value_low | value_high | unit | kind
                a          | 200       | 150        | GPUs | press
                b          | 50        | 70         | 1    | press
                c          | 1         | 1          | GPUs | rumoured
                d          | 1         | 1          | GPUs |
                e          | 1         |            | GPUs | press
            """
        },
        5,
    ),
    "network_capacity_day__order": (
        {
            "marts.network_capacity_day": """
                network_id | claimed_gpus | verified_gpus | available_gpus | leased_gpus | utilisation_pct
                akash      |              | 247           | 117            | 120         | 48.6
                io.net     | 1060000      | 327000        |                |             |
                off by two |              | 100           | 102            | 102         | 100
            """  # noqa: E501
        },
        {
            "marts.network_capacity_day": """
                network_id | claimed_gpus | verified_gpus | available_gpus | leased_gpus | utilisation_pct
                negative   | -1           |               |                |             |
                leased     |              | 100           |                | 103         |
                free       |              | 100           | 103            |             |
                percent    |              |               |                |             | 100.5
            """  # noqa: E501
        },
        4,
    ),
    "network_h100e_day__not_of_claims": (
        {
            "marts.network_gpu_day": """
                network_id | fact_date  | source | endpoint | leased_gpus | available_gpus
                akash      | 2026-07-17 | akash  | gpu      | 42          | 6
                akash      | 2026-07-17 | akash  | gpu      | 48          | 15
            """,
            "estimates.network_h100e_day": """
                network_id | fact_date  | source | endpoint | leased_gpus | leased_gpus_unknown | leased_h100e | available_gpus | available_gpus_unknown
                akash      | 2026-07-17 | akash  | gpu      | 90          | 42                  | 48           | 21             | 21
            """,  # noqa: E501
        },
        {
            "estimates.network_h100e_day": """
                network_id | fact_date  | source | endpoint | leased_gpus | leased_gpus_unknown | leased_h100e | available_gpus
                io.net     | 2026-10-01 | ionet  | claimed  | 1060000     | 0                   | 1060000      |
                io.net     | 2026-10-02 | ionet  | claimed  |             |                     | 1            |
                akash      | 2026-07-17 | akash  | gpu      | 90          | 91                  | 48           | 21
            """  # noqa: E501
        },
        3,
    ),
    "network_total_day__flagged": (
        {
            "marts.network_total_day": """
                endpoint | total_gpus | total_difference_gpus | is_total_disputed
                gpu      | 249        | 2                     | false
                models   | 253        | 6                     | true
                large    | 2040       | 40                    | false
                alone    | 5          |                       |
            """
        },
        {
            "marts.network_total_day": """
                endpoint | total_gpus | total_difference_gpus | is_total_disputed
                gpu      | 249        | 2                     | true
                models   | 241        | -6                    | false
            """
        },
        2,
    ),
    "network_price_day__order": (
        {
            "marts.network_price_day": """
                offer_id | min_usd_per_gpu_hour | median_usd_per_gpu_hour | avg_usd_per_gpu_hour | weighted_avg_usd_per_gpu_hour | max_usd_per_gpu_hour
                h100     | 2.04                 | 2.56                    | 2.58                 | 2.72                          | 3.16
            """  # noqa: E501
        },
        {
            "marts.network_price_day": """
                offer_id | min_usd_per_gpu_hour | median_usd_per_gpu_hour | avg_usd_per_gpu_hour | weighted_avg_usd_per_gpu_hour | max_usd_per_gpu_hour
                low      | 2.04                 | 2.56                    | 2.02                 | 2.72                          | 3.16
                high     | 2.04                 | 2.56                    | 2.58                 | 3.18                          | 3.16
                negative | -3                   | -2                      | -2                   | -2                            | -1
            """  # noqa: E501
        },
        3,
    ),
    "network_revenue_day__complete_days": (
        {
            "marts.network_revenue_day": """
                network_id | revenue_date | revenue_usd | known_at
                akash      | 2026-07-17   | 7534.76     | 2026-07-18 01:30:00
            """
        },
        {
            "marts.network_revenue_day": """
                network_id | revenue_date | revenue_usd | known_at
                akash      | 2026-07-17   | 7534.76     | 2026-07-17 23:30:00
                akash      | 2026-07-16   | -1          | 2026-07-17 23:30:00
            """
        },
        2,
    ),
    "video_timing__plausible": (
        {"marts.video_timing": "seconds | gpus | steps | minutes_per_gpu_hour\n10 | 1 | 50 |"},
        {
            "marts.video_timing": """
                seconds | gpus | steps | minutes_per_gpu_hour
                0       | 1    | 50    |
                1       | 1    | 50    | 3000
                        | 1    | 50    |
            """
        },
        3,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_check(name: str, judge: Judge) -> None:
    judge(name, *CASES[name])
