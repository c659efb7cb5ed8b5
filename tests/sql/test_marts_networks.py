"""Marts of networks: given rows in, expected rows out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

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
        "select distinct network_id, leased_gpus, available_gpus from estimates.network_h100e_day"
    ).rows()
    assert supplied == [("akash", 118, 33)]
