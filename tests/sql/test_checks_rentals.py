"""Checks of rental prices: sound rows pass, each other is returned."""

from __future__ import annotations

from collections.abc import Callable

import pytest

Tables = dict[str, str]
Judge = Callable[[str, Tables, Tables, int], None]

DAY = "2026-11-23"
# What names mean here; the real list is tested where it is.
KEYS = """
    source   | name_id | name      | memory_gb | interface | gpu_key
    dstack   | a       | H100      | 80        | SXM       | h100_sxm
    dstack   | b       | H100      | 80        | PCIe      | h100_pcie
    dstack   | c       | H100      |           |           |
    skypilot | d       | H100      | 80        | SXM       | h100_sxm
    dstack   | e       | v5litepod |           |           | tpu_v5e
"""
COUNTED = (
    "offer_date | source | catalogue | provider | offer_id | region | gpu_key | pricing | "
    "usd_per_gpu_hour | known_at"
)
OFFER = f"{DAY} | dstack | a | a | {{}} | r | h100 | on_demand | {{}} | {DAY} | {{}}"
SOURCE = f"{DAY} | {{}} | a | a | 1 | r | h100 | {{}} | 1 | {DAY}"
CATALOGUE = "offer_date | source | catalogue | n_gpu_rows | n_offers"
QUANTILES = (
    "offer_date | gpu_key | pricing | n_providers | n_offers | min_offer_usd_per_gpu_hour | "
    "min_usd_per_gpu_hour | usd_per_gpu_hour_p25 | usd_per_gpu_hour_p50 | "
    "usd_per_gpu_hour_p75 | max_usd_per_gpu_hour | bf16_dense_tflops | "
    "usd_per_bf16_dense_pflop_hour"
)

# By check: tables of which every row is sound, tables with rows that are not, and how many it
# returns.
CASES: dict[str, tuple[Tables, Tables, int]] = {
    "gpu_offer_day__plausible": (
        {"marts.gpu_offer_day": f"{COUNTED} | gpu_count\n{OFFER.format(1, 2, 1)}"},
        {
            "marts.gpu_offer_day": "\n".join(
                [
                    f"{COUNTED} | gpu_count",
                    OFFER.format(2, 0, 1),
                    OFFER.format(3, -1, 1),
                    OFFER.format(4, 101, 1),
                    OFFER.format(5, "", 1),
                    OFFER.format(6, 2, ""),
                    OFFER.format(7, 2, 0.5),
                    OFFER.format(8, "nan", 1),
                    OFFER.format(9, "inf", 1),
                ]
            )
        },
        8,
    ),
    "gpu_provider_price_day__one_source": (
        {
            "marts.gpu_offer_day": "\n".join(
                [COUNTED, SOURCE.format("dstack", "on_demand"), SOURCE.format("skypilot", "spot")]
            )
        },
        {"marts.gpu_offer_day": f"{COUNTED}\n{SOURCE.format('skypilot', 'on_demand')}"},
        1,
    ),
    "gpu_catalogue_day__offers": (
        {"marts.gpu_catalogue_day": f"{CATALOGUE}\n{DAY} | skypilot | a | 9 | 18"},
        {
            "marts.gpu_catalogue_day": f"""
                {CATALOGUE}
                {DAY} | dstack | b | 4 | 9
                {DAY} | dstack | c |   | 9
            """
        },
        2,
    ),
    "gpu_price_day__order": (
        {
            "marts.gpu_price_day": f"{QUANTILES}\n"
            f"{DAY} | a | spot | 2 | 3 | 1 | 1 | 1 | 2 | 2 | 3 | |"
        },
        {
            "marts.gpu_price_day": f"""
                {QUANTILES}
                {DAY} | b | spot      | 2 | 3 | 1 | 1 | 3 | 2 | 2 | 3 |     |
                {DAY} | c | spot      | 2 | 1 | 1 | 1 | 1 | 2 | 2 | 3 |     |
                {DAY} | d | on-demand | 2 | 3 | 1 | 1 | 1 | 2 | 2 | 3 |     |
                {DAY} | e | spot      | 2 | 3 | 1 | 1 | 1 | 2 | 2 |   |     |
                {DAY} | f | spot      | 2 | 3 | 1 | 1 | 1 | 2 | 2 | 3 | 100 |
            """
        },
        5,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_check(name: str, judge: Judge) -> None:
    judge(name, *CASES[name])
