"""Checks of rental prices: each passes sound rows and returns the broken ones."""

from __future__ import annotations

from collections.abc import Callable

import pytest

Judge = Callable[[str, dict[str, str], dict[str, str], int], None]

DAY = "2026-11-23"
OFFER = (
    "offer_date | source | catalogue | provider | offer_id | region | gpu_key | pricing | "
    "gpu_count | usd_per_gpu_hour | known_at"
)
QUANTILES = (
    "offer_date | gpu_key | pricing | n_providers | n_offers | min_offer_usd_per_gpu_hour | "
    "min_usd_per_gpu_hour | usd_per_gpu_hour_p25 | usd_per_gpu_hour_p50 | usd_per_gpu_hour_p75 | "
    "max_usd_per_gpu_hour | bf16_dense_tflops | usd_per_bf16_dense_pflop_hour"
)
CATALOGUE = "offer_date | source | catalogue | n_gpu_rows | n_offers | n_on_demand"

CASES: dict[str, tuple[dict[str, str], dict[str, str], int]] = {
    "gpu_offer_day__plausible": (
        {
            "marts.gpu_offer_day": f"""
                {OFFER} | left_out_because
                {DAY} | dstack | a | a | 1 | r | h100 | on_demand | 1   | 2 | {DAY} |
                {DAY} | dstack | a | a | 2 | r | h100 | on_demand | 0.5 | 9 | {DAY} | part of a GPU
            """
        },
        {
            "marts.gpu_offer_day": f"""
                {OFFER}
                {DAY} | dstack | b | b | 1 | r | h100 | on_demand | 1   | 0     | {DAY}
                {DAY} | dstack | b | b | 2 | r | h100 | on_demand | 1   | -1    | {DAY}
                {DAY} | dstack | b | b | 3 | r | h100 | on_demand | 1   | 101   | {DAY}
                {DAY} | dstack | b | b | 4 | r | h100 | on_demand | 1   |       | {DAY}
                {DAY} | dstack | b | b | 5 | r | h100 | on_demand |     | 2     | {DAY}
                {DAY} | dstack | b | b | 6 | r | h100 | on_demand | 0.5 | 2     | {DAY}
                {DAY} | dstack | b | b | 7 | r | h100 | on_demand | 1   | nan   | {DAY}
                {DAY} | dstack | b | b | 8 | r | h100 | on_demand | 1   | inf   | {DAY}
                {DAY} | dstack | b | b | 9 | r | h100 | on_demand | 1   | 0.001 | {DAY}
            """
        },
        9,
    ),
    "gpu_provider_price_day__one_source": (
        {
            "marts.gpu_offer_day": f"""
                {OFFER}
                {DAY} | dstack   | a | a | 1 | r | h100 | on_demand | 1 | 2 | {DAY}
                {DAY} | skypilot | a | a | 1 | r | h100 | spot      | 1 | 2 | {DAY}
            """
        },
        {
            "marts.gpu_offer_day": f"""
                {OFFER}
                {DAY} | skypilot | a | a | 1 | r | l4   | on_demand | 1 | 2 | {DAY}
            """
        },
        1,
    ),
    "gpu_catalogue_day__on_demand": (
        {
            "marts.gpu_catalogue_day": f"""
                {CATALOGUE}
                {DAY} | dstack   | a | 9 | 9  | 5
                {DAY} | skypilot | a | 9 | 18 | 5
            """
        },
        {
            "marts.gpu_catalogue_day": f"""
                {CATALOGUE}
                {DAY} | dstack | b | 9 | 9 | 0
                {DAY} | dstack | c | 3 | 9 | 5
            """
        },
        2,
    ),
    "gpu_price_day__order": (
        {
            "marts.gpu_price_day": f"""
                {QUANTILES}
                {DAY} | a | spot      | 2 | 3 | 1 | 1 | 1 | 2 | 2 | 3 |     |
                {DAY} | a | on_demand | 1 | 1 | 1 | 1 | 1 | 1 | 1 | 1 | 100 | 10
            """
        },
        {
            "marts.gpu_price_day": f"""
                {QUANTILES}
                {DAY} | b | spot      | 2 | 3 | 1 | 1 | 3 | 2 | 2 | 3 |     |
                {DAY} | c | spot      | 2 | 1 | 1 | 1 | 1 | 2 | 2 | 3 |     |
                {DAY} | d | on-demand | 2 | 3 | 1 | 1 | 1 | 2 | 2 | 3 |     |
                {DAY} | e | spot      | 2 | 3 | 1 | 1 | 1 | 2 | 2 |   |     |
                {DAY} | f | spot      | 2 | 3 | 1 | 1 | 1 | 2 | 2 | 3 | 100 |
                {DAY} | g | spot      | 0 | 3 | 1 | 1 | 1 | 2 | 2 | 3 |     |
                {DAY} | h | spot      | 2 | 3 | 2 | 1 | 1 | 2 | 2 | 3 |     |
            """
        },
        7,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_check(name: str, judge: Judge) -> None:
    judge(name, *CASES[name])
