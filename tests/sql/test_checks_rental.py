"""Checks of rental prices: sound rows pass, broken ones are found."""

from __future__ import annotations

from collections.abc import Callable

Judge = Callable[[str, dict[str, str], dict[str, str], int], None]

DAY = "2026-11-23"
COUNTED = (
    "offer_date | source | catalogue | provider | offer_id | region | gpu_key | pricing | "
    "usd_per_gpu_hour | known_at"
)


def test_prices_that_cannot_be_are_found(judge: Judge) -> None:
    columns = f"{COUNTED} | gpu_count"
    line = f"{DAY} | dstack | a | a | {{}} | r | h100 | on_demand | {{}} | {DAY} | {{}}"
    judge(
        "gpu_offer_day__plausible",
        {"marts.gpu_offer_day": f"{columns}\n{line.format(1, 2, 1)}"},
        {
            "marts.gpu_offer_day": "\n".join(
                [
                    columns,
                    line.format(2, 0, 1),
                    line.format(3, -1, 1),
                    line.format(4, 101, 1),
                    line.format(5, "", 1),
                    line.format(6, 2, ""),
                    line.format(7, 2, 0.5),
                    line.format(8, "nan", 1),
                    line.format(9, "inf", 1),
                ]
            )
        },
        8,
    )


def test_two_sources_of_one_providers_prices_are_found(judge: Judge) -> None:
    line = f"{DAY} | {{}} | a | a | 1 | r | h100 | {{}} | 1 | {DAY}"
    judge(
        "gpu_provider_price_day__one_source",
        {
            "marts.gpu_offer_day": "\n".join(
                [COUNTED, line.format("dstack", "on_demand"), line.format("skypilot", "spot")]
            )
        },
        {"marts.gpu_offer_day": f"{COUNTED}\n{line.format('skypilot', 'on_demand')}"},
        1,
    )


def test_a_catalogue_without_a_price_on_demand_is_found(judge: Judge) -> None:
    columns = "offer_date | source | catalogue | n_gpu_rows | n_offers | n_on_demand"
    judge(
        "gpu_catalogue_day__on_demand",
        {"marts.gpu_catalogue_day": f"{columns}\n{DAY} | dstack | a | 9 | 9 | 5"},
        {
            "marts.gpu_catalogue_day": f"""
                {columns}
                {DAY} | dstack | b | 9 | 9 | 0
                {DAY} | dstack | c | 3 | 9 | 5
            """
        },
        2,
    )


def test_quantiles_out_of_order_are_found(judge: Judge) -> None:
    columns = (
        "offer_date | gpu_key | pricing | n_providers | n_offers | min_offer_usd_per_gpu_hour | "
        "min_usd_per_gpu_hour | usd_per_gpu_hour_p25 | usd_per_gpu_hour_p50 | "
        "usd_per_gpu_hour_p75 | max_usd_per_gpu_hour | bf16_dense_tflops | "
        "usd_per_bf16_dense_pflop_hour"
    )
    judge(
        "gpu_price_day__order",
        {"marts.gpu_price_day": f"{columns}\n{DAY} | a | spot | 2 | 3 | 1 | 1 | 1 | 2 | 2 | 3 | |"},
        {
            "marts.gpu_price_day": f"""
                {columns}
                {DAY} | b | spot      | 2 | 3 | 1 | 1 | 3 | 2 | 2 | 3 |     |
                {DAY} | c | spot      | 2 | 1 | 1 | 1 | 1 | 2 | 2 | 3 |     |
                {DAY} | d | on-demand | 2 | 3 | 1 | 1 | 1 | 2 | 2 | 3 |     |
                {DAY} | e | spot      | 2 | 3 | 1 | 1 | 1 | 2 | 2 |   |     |
                {DAY} | f | spot      | 2 | 3 | 1 | 1 | 1 | 2 | 2 | 3 | 100 |
            """
        },
        5,
    )
