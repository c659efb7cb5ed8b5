"""Marts of networks: given rows in, expected rows out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import pytest

from pipeline.warehouse import Warehouse

Fill = Callable[[Mapping[str, str]], None]
Expect = Callable[[str, str], None]


def test_staging_takes_the_last_answer_of_a_day_as_a_whole(fill: Fill, expect: Expect) -> None:
    # A model that is gone in the evening is not there, and 80Gi are 80 GiB.
    fill(
        {
            "raw.akash__gpu_model": """
                gpu_vendor | gpu_model | ram  | interface | gpus_allocatable | gpus_allocated | known_at
                nvidia     | h100      | 80Gi | SXM5      | 8                | 1              | 2026-07-17 08:00:00
                nvidia     | t4        | 16Gi | PCIe      | 4                | 0              | 2026-07-17 08:00:00
                nvidia     | h100      | 80Gi | SXM5      | 8                | 6              | 2026-07-17 20:00:00
                <UNKNOWN>  |           |      |           | 2                | 1              | 2026-07-17 20:00:00
                nvidia     | h100      | 80   | SXM5      | 8                | 7              | 2026-07-18 08:00:00
            """  # noqa: E501
        }
    )
    expect(
        "staging.akash__gpu_model",
        """
        seen_date  | gpu_vendor | gpu_model | ram  | memory_gib | gpus_allocated
        2026-07-17 | nvidia     | h100      | 80Gi | 80         | 6
        2026-07-17 | <UNKNOWN>  |           |      |            | 1
        2026-07-18 | nvidia     | h100      | 80   |            | 7
        """,
    )


def test_history_takes_what_was_told_last(fill: Fill, expect: Expect) -> None:
    fill(
        {
            "raw.akash__graph_day": """
                series         | graph_date | value      | known_at
                activeGPU      | 2026-07-16 | 110        | 2026-07-17
                activeGPU      | 2026-07-16 | 112        | 2026-07-18
                dailyUUsdSpent | 2026-07-17 | 7534761378 | 2026-07-18
            """
        }
    )
    expect(
        "staging.akash__graph_day",
        """
        series         | graph_date | value
        activeGPU      | 2026-07-16 | 112
        dailyUUsdSpent | 2026-07-17 | 7534761378
        """,
    )


FACTS = {
    "staging.bundled__network_fact": """
        network_id | fact_date  | metric                   | value_low | value_high | unit              | kind     | kind_note
        io.net     | 2026-10-01 | GPUs claimed             | 1060000   | 1060000    | GPUs              | claimed  | registered
        io.net     | 2026-10-01 | GPUs verified            | 327000    | 327000     | GPUs              | reported |
        io.net     | 2026-10-01 | GPUs active              | 1446      | 1446       | GPUs              | reported |
        akash      | 2026-07-17 | GPUs                     | 247       | 248        | GPUs              | verified |
        akash      | 2026-07-17 | GPUs leased              | 120       | 131        | GPUs              | verified |
        akash      | 2026-07-17 | GPUs available           | 117       | 117        | GPUs              | verified |
        akash      | 2026-07-17 | providers                | 60        | 60         | providers         | verified |
        akash      | 2026-07-17 | GPUs of model H100       | 63        | 63         | GPUs              | verified |
        akash      | 2026-07-17 | GPUs leased of model H100 | 48       | 48         | GPUs              | verified |
        akash      | 2024-01-24 | GPUs                     | 150       | 200        | GPUs              | press    |
        akash      | 2024-01-24 | utilisation              | 0.5       | 0.7        | 1                 | press    |
        salad      | 2026-03-26 | GPUs seen daily          | 60000     | 60000      | GPUs              | claimed  |
        render     | 2023-11-02 | nodes                    | 1500      | 1500       | nodes             | claimed  |
        render     | 2025-11-04 | enterprise GPUs planned  | 1200      | 1200       | H200-equivalents  | claimed  | plan
        aethir     | 2026-11-22 | containers               | 440000    | 440000     | containers        | claimed  |
    """  # noqa: E501
}


def test_facts_say_what_they_count(fill: Fill, make: Callable[..., None], expect: Expect) -> None:
    fill(FACTS)
    expect(
        "marts.network_fact",
        """
        network_id | metric                    | measure     | gpu_name
        io.net     | GPUs claimed              | claimed     |
        io.net     | GPUs verified             | verified    |
        io.net     | GPUs active               | active      |
        akash      | GPUs                      | verified    |
        akash      | GPUs leased               | leased      |
        akash      | GPUs available            | available   |
        akash      | providers                 | providers   |
        akash      | GPUs of model H100        | verified    | H100
        akash      | GPUs leased of model H100 | leased      | H100
        akash      | GPUs                      | claimed     |
        akash      | utilisation               | utilisation |
        salad      | GPUs seen daily           | claimed     |
        render     | nodes                     | nodes       |
        render     | enterprise GPUs planned   | other       |
        aethir     | containers                | other       |
        """,
    )


def test_four_kinds_of_capacity_stand_side_by_side(
    fill: Fill, make: Callable[..., None], expect: Expect
) -> None:
    fill(
        {
            **FACTS,
            "staging.akash__capacity": """
                seen_date  | n_providers | gpus_active | gpus_pending | gpus_available | gpus_total
                2026-11-23 | 62          | 60          | 5            | 35             | 100
            """,
            "staging.ionet__gpu_market": """
                seen_date  | hardware_name | gpus_total | gpus_idle | gpus_hired
                2026-11-23 | a             | 900        | 300       | 25
                2026-11-23 | b             | 5000       | 800       |
            """,
            "staging.ionet__inventory": """
                seen_date  | devices_total | devices_active
                2026-11-24 | 125000        | 1446
            """,
            "staging.render__node": "seen_date | n_nodes | n_frames\n2026-11-23 | 5600 | 1",
        }
    )
    make("marts.network_fact")
    expect(
        "marts.network_capacity_day",
        """
        network_id | fact_date  | source  | claimed_gpus | verified_gpus | available_gpus | leased_gpus | active_gpus | n_nodes | n_providers | utilisation_pct
        aethir     | 2026-11-22 | bundled |              |               |                |             |             |         |             |
        akash      | 2024-01-24 | bundled | 150          |               |                |             |             |         |             | 50
        akash      | 2026-07-17 | bundled |              | 247           | 117            | 120         |             |         | 60          | 48.582995951417
        akash      | 2026-11-23 | akash   |              | 100           | 35             | 60          |             |         | 62          | 60
        io.net     | 2026-10-01 | bundled | 1060000      | 327000        |                |             | 1446        |         |             |
        io.net     | 2026-11-23 | ionet   |              |               | 1100           | 25          |             |         |             |
        io.net     | 2026-11-24 | ionet   | 125000       |               |                |             | 1446        |         |             |
        render     | 2023-11-02 | bundled |              |               |                |             |             | 1500    |             |
        render     | 2025-11-04 | bundled |              |               |                |             |             |         |             |
        render     | 2026-11-23 | render  |              |               |                |             |             | 5600    |             |
        salad      | 2026-03-26 | bundled | 60000        |               |                |             |             |         |             |
        """,  # noqa: E501
    )
    expect(
        "marts.network_capacity_day",
        """
        network_id | fact_date  | kind              | kind_note
        aethir     | 2026-11-22 | claimed           | containers 440000 containers
        akash      | 2024-01-24 | press             | GPUs 150 to 200; utilisation 0.5 to 0.7
        akash      | 2026-07-17 | verified          | GPUs 247 to 248; GPUs leased 120 to 131
        akash      | 2026-11-23 | api               | 5 pending: neither leased nor free
        io.net     | 2026-10-01 | claimed; reported | GPUs claimed (registered)
        io.net     | 2026-11-23 | api               | unofficial; claimed: all devices registered
        io.net     | 2026-11-24 | api               | unofficial; claimed: all devices registered
        render     | 2023-11-02 | claimed           |
        render     | 2025-11-04 | claimed           | enterprise GPUs planned 1200 H200-equivalents (plan)
        render     | 2026-11-23 | api               | unofficial; nodes since the beginning, not those that work now
        salad      | 2026-03-26 | claimed           |
        """,  # noqa: E501
    )


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
    # 30 H100 and 20 A100 at 0.3 are 36; a day of the past falls back to what is known of it.
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
        }
    )
    expect(
        "estimates.network_h100e_day",
        """
        fact_date  | source | endpoint      | basis      | leased_gpus | leased_gpus_unknown | leased_h100e | available_gpus | available_gpus_unknown | available_h100e
        2026-11-22 | akash  | gpu-breakdown | bf16_dense | 49          | 49                  |              | 24             | 24                     |
        2026-11-23 | akash  | gpu           | bf16_dense | 51          | 1                   | 36           | 22             | 7                      | 11.5
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


def test_the_edition_shows_claims_beside_what_was_counted(edition: Warehouse) -> None:
    found: dict[tuple[str, date], list[Any]] = {
        (network, day): counts
        for network, day, *counts in edition.query(
            "select network_id, fact_date, claimed_gpus, verified_gpus, available_gpus, "
            "leased_gpus, active_gpus from marts.network_capacity_day"
        ).rows()
    }
    assert found["io.net", date(2026, 10, 1)] == [1_060_000, 327_000, None, None, 1446]
    assert found["io.net", date(2024, 4, 30)] == [500_000, 12_000, None, None, None]
    assert found["akash", date(2026, 7, 17)] == [None, 247, 117, 120, None]
    assert found["akash", date(2026, 10, 1)] == [None, 421, None, None, None]
    assert found["salad", date(2026, 3, 26)] == [60_000, None, None, None, None]
    assert found["aethir", date(2026, 11, 22)] == [None] * 5


def test_each_fact_was_known_on_its_day(edition: Warehouse) -> None:
    later = edition.query("select * from marts.network_fact where known_at <> fact_date")
    assert later.is_empty()
    assert edition.query("select count(*) from marts.network_fact").item() == 33


def test_no_claim_becomes_supply(edition: Warehouse) -> None:
    supplied = edition.query(
        "select network_id, leased_gpus, available_gpus from estimates.network_h100e_day"
    ).rows()
    assert supplied == [("akash", 118, 33)]
