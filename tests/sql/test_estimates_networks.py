"""Given counts of cards and ratios at workloads, expected H100-equivalents of networks."""

from __future__ import annotations

from collections.abc import Callable, Mapping

Fill = Callable[[Mapping[str, str]], None]
Expect = Callable[[str, str], None]


def test_cited_counts_as_h100e_follow_their_stated_assumption(fill: Fill, expect: Expect) -> None:
    # Published: 1,500 nodes at 0.26 to 0.36 of an H100 are 390 to 540. A card that does not hold a
    # model is none, yet all of Akash's may be H100. Of 2026 the models are known, so that nothing
    # is assumed of it. Other software, cards and workloads are not taken.
    fill(
        {
            "marts.network_fact": """
                network_id | fact_date  | metric      | measure     | kind          | gpu_name | value_low | value_high | unit  | known_at
                render     | 2023-11-02 | nodes       | nodes       | claimed       |          | 1500      | 1500       | nodes | 2023-11-02
                akash      | 2024-01-24 | GPUs        | claimed     | investor note |          | 150       | 200        | GPUs  | 2024-01-24
                akash      | 2024-01-24 | GPUs leased | leased      | investor note |          | 100       | 100        | GPUs  | 2024-01-24
                akash      | 2024-01-24 | utilisation | utilisation | investor note |          | 0.5       | 0.7        | 1     | 2024-01-24
                akash      | 2026-07-17 | GPUs        | verified    | verified      |          | 247       | 247        | GPUs  | 2026-07-17
                akash      | 2026-07-17 | H100 GPUs   | verified    | verified      | H100     | 63        | 63         | GPUs  | 2026-07-17
            """,  # noqa: E501
            "marts.video_timing": """
                is_comparable | known_at
                true          | 2025-03-01
                true          | 2026-03-17
                false         | 2026-10-01
            """,
            "marts.gpu_equivalence": """
                gpu_key             | basis      | h100e | known_at
                nvidia_rtx4090_24gb | bf16_dense | 0.2   | 2022-09-20
                nvidia_rtx4090_24gb | fp8_dense  | 0.2   | 2022-09-20
            """,
            "estimates.workload_throughput": """
                gpu_key              | model      | workload | software | h100e_p05 | h100e_p50 | h100e_p95
                nvidia_rtx4090_24gb  | Wan2.2-5B  | 720p     | stock    | 0.26      | 0.3       | 0.36
                nvidia_rtx4090_24gb  | Wan2.1-14B | 720p     | stock    | 0         | 0         | 0
                nvidia_rtx4090_24gb  | Wan2.2-5B  | 720p     | fused    | 9         | 9         | 9
                nvidia_rtx4090d_24gb | Wan2.2-5B  | 720p     | stock    | 9         | 9         | 9
                nvidia_rtx4090_24gb  | Wan2.1-14B | 480p     | stock    | 9         | 9         | 9
            """,  # noqa: E501
        }
    )
    expect(
        "estimates.network_fact_h100e_day",
        """
        network_id | metric | basis           | workload | gpus_low | h100e_low | h100e_high | known_at
        render     | nodes  | Wan2.2-5B 720p  | 720p     | 1500     | 390       | 540        | 2026-03-17
        render     | nodes  | Wan2.1-14B 720p | 720p     | 1500     | 0         | 0          | 2026-03-17
        render     | nodes  | bf16_dense      |          | 1500     | 300       | 300        | 2023-11-02
        akash      | GPUs   | Wan2.2-5B 720p  | 720p     | 150      | 39        | 200        | 2026-03-17
        akash      | GPUs   | Wan2.1-14B 720p | 720p     | 150      | 0         | 200        | 2026-03-17
        akash      | GPUs   | bf16_dense      |          | 150      | 30        | 200        | 2024-01-24
        """,  # noqa: E501
    )


def test_networks_are_held_against_the_gap_on_every_basis(fill: Fill, expect: Expect) -> None:
    fill(
        {
            "marts.claim": """
                claim_id                      | value_high | claim_date
                networks-do-not-close-the-gap | 400        | 2024-04-03
            """,
            "estimates.network_fact_h100e_day": """
                network_id | fact_date  | metric | kind    | basis           | workload | h100e_low | h100e_high | assumption
                render     | 2023-11-02 | nodes  | claimed | bf16_dense      |          | 300       | 300        | one card a node
                render     | 2023-11-02 | nodes  | claimed | Wan2.1-14B 720p | 720p     | 0         | 0          | one card a node
                render     | 2023-11-02 | nodes  | claimed | Wan2.2-5B 720p  | 720p     | 390       | 540        | one card a node
                io.net     | 2023-11-02 | GPUs   | claimed | bf16_dense      |          | 9         | 9          | every card
            """,  # noqa: E501
        }
    )
    expect(
        "estimates.evidence_networks",
        """
        evidence_id                             | place | value | range_low | range_high | supports | unit                   | description
        render-2023-11-02-nodes-Wan2.2-5B-720p  | 1     |       | 390       | 540        | false    | H100e, Wan2.2-5B 720p  | Render, claimed: one card a node
        render-2023-11-02-nodes-Wan2.1-14B-720p | 2     | 0     | 0         | 0          | true     | H100e, Wan2.1-14B 720p | Render, claimed: one card a node; an RTX 4090 does not hold the model
        render-2023-11-02-nodes-bf16_dense      | 3     | 300   | 300       | 300        | true     | H100e, dense BF16 peak | Render, claimed: one card a node
        """,  # noqa: E501
    )


def test_cards_needed_for_what_was_claimed(fill: Fill, expect: Expect) -> None:
    # 720,000 H100 at 0.3 each are 2.4 M cards, fewest at the highest ratio. What does not fit takes
    # no number of cards, and an A100 has no FP8. Other cards and software are not asked.
    fill(
        {
            "marts.claim": """
                claim_id             | value_high | known_at
                gpus-at-peak         | 720000     | 2024-04-03
                gpus-without-peak    | 89000      | 2024-04-03
            """,
            "marts.video_timing": "is_comparable | known_at\ntrue | 2026-03-17",
            "marts.gpu": """
                gpu_key               | title    | memory_gb | known_at
                nvidia_rtx4090_24gb   | RTX 4090 | 24        | 2022-09-20
                nvidia_a100_sxm4_80gb | A100     | 80        | 2026-11-01
                nvidia_a100_pcie_40gb | A100     | 40        | 2020-11-16
            """,
            "marts.gpu_equivalence": """
                gpu_key               | basis      | h100e | known_at
                nvidia_rtx4090_24gb   | bf16_dense | 0.16  | 2022-09-20
                nvidia_rtx4090_24gb   | fp8_dense  | 0.16  | 2022-09-20
                nvidia_rtx4090_24gb   | int8_dense | 0.32  | 2022-09-20
                nvidia_a100_sxm4_80gb | bf16_dense | 0.3   | 2022-09-20
            """,
            "estimates.workload_throughput": """
                gpu_key               | model      | workload | software | is_fitting | h100e_p05 | h100e_p50 | h100e_p95
                nvidia_rtx4090_24gb   | Wan2.2-5B  | 720p     | stock    | true       | 0.2       | 0.3       | 0.4
                nvidia_rtx4090_24gb   | Wan2.1-14B | 720p     | stock    | false      | 0         | 0         | 0
                nvidia_a100_sxm4_80gb | Wan2.1-14B | 720p     | stock    | true       | 0.4       | 0.5       | 0.6
                nvidia_a100_sxm4_80gb | Wan2.1-14B | 720p     | fused    | true       | 9         | 9         | 9
                nvidia_a100_pcie_40gb | Wan2.2-5B  | 720p     | stock    | true       | 9         | 9         | 9
            """,  # noqa: E501
        }
    )
    expect(
        "estimates.network_cards_needed",
        """
        title    | model      | claimed_gpus | needed_gpus_p05 | needed_gpus_p50 | needed_gpus_p95 | needed_gpus_bf16_dense | needed_gpus_8bit_dense | known_at
        RTX 4090 | Wan2.2-5B  | 720000       | 1800000         | 2400000         | 3600000         | 4500000                | 2250000                | 2026-03-17
        RTX 4090 | Wan2.1-14B | 720000       |                 |                 |                 | 4500000                | 2250000                | 2026-03-17
        A100     | Wan2.1-14B | 720000       | 1200000         | 1440000         | 1800000         | 2400000                |                        | 2026-11-01
        """,  # noqa: E501
    )
