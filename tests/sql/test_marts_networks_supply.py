"""Marts of networks by model: counts, equivalents, prices, revenue and totals."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

Fill = Callable[[Mapping[str, str]], None]
Expect = Callable[[str, str], None]


def test_models_find_their_keys_by_name_memory_and_form(fill: Fill, expect: Expect) -> None:
    fill(
        {
            "staging.akash__gpu_model": """
                seen_date  | gpu_id | gpu_vendor | gpu_model | memory_gib | interface | gpus_allocatable | gpus_allocated
                2026-11-23 | a      | nvidia     | h100      | 80         | SXM5      | 40               | 30
                2026-11-23 | b      | nvidia     | h100      | 80         | PCIe      | 8                | 8
                2026-11-23 | c      | <UNKNOWN>  |           |            |           | 8                | 1
            """,  # noqa: E501
            "staging.akash__gpu_breakdown": """
                graph_date | gpu_vendor | gpu_model | gpus_total | gpus_leased
                2026-11-22 | nvidia     | h100      | 48         | 37
            """,
            "marts.network_fact": """
                network_id | fact_date  | measure  | gpu_name | value_low
                akash      | 2026-10-01 | verified | H100     | 68
            """,
            "marts.gpu_name": """
                source | name | memory_gb    | interface | gpu_key
                bundled | H100 |             |           | nvidia_h100_sxm5_80gb
                akash  | h100 | 85.89934592  | SXM5      | nvidia_h100_sxm5_80gb
                akash  | h100 |              |           |
                ionet  | h100 | 85.89934592  | PCIe      | nvidia_h100_pcie_80gb
            """,
        }
    )
    expect(
        "marts.network_gpu_day",
        """
        fact_date  | endpoint      | interface | gpu_key               | total_gpus | leased_gpus | available_gpus
        2026-10-01 | cited         |           |                       | 68         |             |
        2026-11-22 | gpu-breakdown |           |                       | 48         | 37          | 11
        2026-11-23 | gpu           | SXM5      | nvidia_h100_sxm5_80gb | 40         | 30          | 10
        2026-11-23 | gpu           | PCIe      |                       | 8          | 8           | 0
        2026-11-23 | gpu           |           |                       | 8          | 1           | 7
        """,  # noqa: E501
    )


def test_supply_in_h100e_leaves_unknown_models_out_and_counts_them(
    fill: Fill, expect: Expect
) -> None:
    # 30 H100 and 20 A100 at 0.3 are 36; a day of the past falls back to what is known of it. At a
    # workload 20 A100 at 0.5 are 10, or none where they do not hold it.
    fill(
        {
            "marts.network_gpu_day": """
                network_id | fact_date  | source  | endpoint      | gpu_key | leased_gpus | available_gpus | known_at
                akash      | 2026-11-23 | akash   | gpu           | h100    | 30          | 10             | 2026-11-23
                akash      | 2026-11-23 | akash   | gpu           | a100    | 20          | 5              | 2026-11-23
                akash      | 2026-11-23 | akash   | gpu           |         | 1           | 7              | 2026-11-23
                akash      | 2026-11-23 | akash   | gpu-breakdown |         | 51          | 22             | 2026-11-24
                akash      | 2026-11-22 | akash   | gpu-breakdown |         | 49          | 24             | 2026-11-24
                akash      | 2026-10-01 | bundled | cited         | h100    |             |                | 2026-10-01
            """,  # noqa: E501
            "marts.gpu_equivalence": """
                gpu_key | basis      | h100e | known_at
                h100    | bf16_dense | 1     | 2022-09-20
                a100    | bf16_dense | 0.3   | 2021-01-01
                a100    | fp8_dense  | 0.1   | 2021-01-01
            """,
            "marts.video_timing": "is_comparable | known_at\ntrue | 2026-12-01\nfalse | 2026-12-31",
            "estimates.workload_throughput": """
                gpu_key | model      | workload | software | h100e_p50
                h100    | Wan2.2-5B  | 720p     | stock    | 1
                a100    | Wan2.2-5B  | 720p     | stock    | 0.5
                a100    | Wan2.2-5B  | 720p     | fused    | 9
                h100    | Wan2.1-14B | 720p     | stock    | 1
                a100    | Wan2.1-14B | 720p     | stock    | 0
                a100    | FLUX.1-dev | 1024px   | stock    | 9
            """,
        }
    )
    expect(
        "estimates.network_h100e_day",
        """
        fact_date  | endpoint      | basis           | model      | leased_gpus | leased_gpus_unknown | leased_h100e | available_gpus | available_gpus_unknown | available_h100e | known_at
        2026-11-22 | gpu-breakdown | bf16_dense      |            | 49          | 49                  |              | 24             | 24                     |                 | 2026-11-24
        2026-11-22 | gpu-breakdown | Wan2.2-5B 720p  | Wan2.2-5B  | 49          | 49                  |              | 24             | 24                     |                 | 2026-11-24
        2026-11-22 | gpu-breakdown | Wan2.1-14B 720p | Wan2.1-14B | 49          | 49                  |              | 24             | 24                     |                 | 2026-11-24
        2026-11-23 | gpu           | bf16_dense      |            | 51          | 1                   | 36           | 22             | 7                      | 11.5            | 2026-11-23
        2026-11-23 | gpu           | Wan2.2-5B 720p  | Wan2.2-5B  | 51          | 1                   | 40           | 22             | 7                      | 12.5            | 2026-12-01
        2026-11-23 | gpu           | Wan2.1-14B 720p | Wan2.1-14B | 51          | 1                   | 30           | 22             | 7                      | 10              | 2026-12-01
        """,  # noqa: E501
    )


def test_prices_are_those_of_a_user(fill: Fill, expect: Expect) -> None:
    fill(
        {
            "staging.akash__gpu_price": """
                seen_date  | gpu_id | gpu_model | min_usd_per_gpu_hour | weighted_avg_usd_per_gpu_hour | gpus_total | providers_total
                2026-09-28 | h      | h100      | 2.04                 | 2.72                          | 68         | 4
                2026-09-28 | t      | t4        |                      |                               | 4          | 1
            """,  # noqa: E501
            "staging.ionet__gpu_market": """
                seen_date  | hardware_name | usd_per_gpu_hour | gpus_total
                2026-09-28 | RTX 4090      | 0.4              | 5000
                2026-09-28 | RTX 3060      | 0                | 20
            """,
            "staging.nosana__market": """
                seen_date  | address | name        | tier    | price_usd_per_hour
                2026-09-28 | x       | NVIDIA H100 | PREMIUM | 2.2
                2026-09-28 | y       | NVIDIA 3090 | PREMIUM |
            """,
        }
    )
    expect(
        "marts.network_price_day",
        """
        network_id | offer_id | basis | tier    | min_usd_per_gpu_hour | weighted_avg_usd_per_gpu_hour | n_gpus | n_providers
        akash      | h        | bids  |         | 2.04                 | 2.72                          | 68     | 4
        io.net     | RTX 4090 | list  |         | 0.4                  | 0.4                           | 5000   |
        nosana     | x        | list  | PREMIUM | 2.2                  | 2.2                           |        |
        """,  # noqa: E501
    )


@pytest.mark.parametrize("fee", [0, 10, 25.5])
def test_a_user_of_nosana_pays_the_fee_on_top(fee: float, fill: Fill, expect: Expect) -> None:
    fill(
        {
            "raw.nosana__market": f"""
                address | name | tier    | reward_usd_per_hour | network_fee_pct | known_at
                x       | H100 | PREMIUM | 2                   | {fee}           | 2026-09-28
                y       | 3090 | PREMIUM | 0                   | {fee}           | 2026-09-28
            """
        }
    )
    expect(
        "staging.nosana__market",
        f"address | reward_usd_per_hour | price_usd_per_hour\nx | 2 | {2 * (1 + fee / 100)}\ny | |",
    )


def test_revenue_says_what_it_misses(fill: Fill, expect: Expect) -> None:
    fill(
        {
            "staging.akash__graph_day": """
                series         | graph_date | value
                dailyUUsdSpent | 2026-07-17 | 7534761378
                activeGPU      | 2026-07-17 | 126
            """,
            "staging.defillama__fee_day": """
                slug           | fee_date   | fees_usd
                akash-network  | 2026-07-17 | 4100
                render-network | 2026-07-17 | 9000
                aethir         | 2026-07-17 | 300
            """,
        }
    )
    expect(
        "marts.network_revenue_day",
        """
        network_id | revenue_date | source    | revenue_usd | misses
        akash      | 2026-07-17   | akash     | 7534.761378 |
        akash      | 2026-07-17   | defillama | 4100        | adds what is paid in AKT and USDC, and misses what is paid in ACT
        render     | 2026-07-17   | defillama | 9000        | made from burns on Solana divided by 0.95, not from what was paid
        aethir     | 2026-07-17   | defillama | 300         | service fees on chain only
        """,  # noqa: E501
    )
    expect(
        "marts.network_activity_day",
        """
        network_id | activity_date | leased_gpus | utilisation_pct | n_leases | spent_usd
        akash      | 2026-07-17    | 126         |                 |          | 7534.761378
        """,
    )


def test_a_total_that_comes_back_is_a_spike(fill: Fill, expect: Expect) -> None:
    fill(
        {
            "staging.defillama__fee_day": """
                slug   | fee_date   | fees_usd
                aethir | 2026-07-01 | 300
                aethir | 2026-07-02 | 0
                aethir | 2026-07-03 | 310
                aethir | 2026-07-04 | 9000000
                aethir | 2026-07-05 | 2900
            """
        }
    )
    expect(
        "marts.network_revenue_day",
        """
        revenue_date | revenue_usd | is_spike
        2026-07-01   | 300         |
        2026-07-02   | 0           | false
        2026-07-03   | 310         | false
        2026-07-04   | 9000000     | true
        2026-07-05   | 2900        | false
        """,
    )


def test_totals_of_endpoints_differ_by_a_unit_or_two(fill: Fill, expect: Expect) -> None:
    # As recorded on 2026-07-17: 247 and 248; and a day on which one endpoint gave nothing.
    fill(
        {
            "staging.akash__capacity": """
                seen_date  | gpus_active | gpus_available | gpus_total
                2026-07-17 | 120         | 117            | 247
            """,
            "staging.akash__gpu_total": """
                seen_date  | endpoint   | gpus_total | gpus_leased | gpus_available
                2026-07-17 | gpu        | 248        | 131         |
                2026-07-17 | gpu-prices | 258        |             | 117
                2026-07-18 | gpu        | 250        | 130         |
            """,
        }
    )
    expect(
        "marts.network_total_day",
        """
        fact_date  | endpoint         | total_gpus | leased_gpus | total_difference_gpus | is_total_disputed
        2026-07-17 | network-capacity | 247        | 120         | 0                     | false
        2026-07-17 | gpu              | 248        | 131         | 1                     | false
        2026-07-17 | gpu-prices       | 258        |             | 11                    | true
        2026-07-18 | gpu              | 250        | 130         |                       |
        """,  # noqa: E501
    )


def test_epochs_join_burns_and_operators(fill: Fill, expect: Expect) -> None:
    fill(
        {
            "staging.render__burn_epoch": "epoch | burned_render\n41 | 12000.5\n42 | 13000",
            "staging.render__liability_epoch": "epoch | wallet\n42 | a\n42 | b\n43 | a",
        }
    )
    expect(
        "marts.network_epoch",
        """
        network_id | epoch | burned_tokens | n_wallets
        render     | 41    | 12000.5       |
        render     | 42    | 13000         | 2
        render     | 43    |               | 1
        """,
    )
