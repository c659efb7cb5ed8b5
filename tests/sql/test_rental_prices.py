"""Rental prices: given offers, expected votes and prices; and a marketplace's recorded offers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from statistics import median
from typing import Any

import pytest

Fill = Callable[[Mapping[str, str]], None]
Expect = Callable[[str, str], None]
Make = Callable[..., None]
RowsOf = Callable[[str], list[tuple[Any, ...]]]
Judge = Callable[[str, dict[str, str], dict[str, str], int], None]

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


def test_the_last_catalogue_of_a_day_counts_as_a_whole(fill: Fill, expect: Expect) -> None:
    columns = "provider | instance_name | region | gpu_name | gpu_count | is_spot | usd_per_hour"
    fill(
        {
            "raw.dstack__offer": f"""
                {columns}|flags|payload_sha256|known_at
                aws|p5|us|H100|8|false|80||x|2026-11-23 01:00
                aws|old|us|H100|8|false|1||x|2026-11-23 01:00
                aws|p5|us|H100|8|false|60||y|2026-11-23 09:00
                aws|p5|us|H100|8|false|64|aws-preview|y|2026-11-23 09:00
                aws|p5|us|H100|8|true|20||y|2026-11-23 09:00
                aws|p5|us|H100|8|false|62||z|2026-11-24 09:00
                gcp|a3|us|H100|8|false|40|x gcp-dws-calendar-mode|z|2026-11-24 09:00
                gcp|a3|us|H100|8|true|30|gcp-dws-calendar-mode|z|2026-11-24 09:00
            """
        }
    )
    expect(
        "staging.dstack__offer",
        """
        offer_date | provider | instance_name | pricing   | usd_per_hour
        2026-11-23 | aws      | p5            | on_demand | 60
        2026-11-23 | aws      | p5            | spot      | 20
        2026-11-24 | aws      | p5            | on_demand | 62
        2026-11-24 | gcp      | a3            | reserved  | 40
        2026-11-24 | gcp      | a3            | spot      | 30
        """,
    )


def test_slices_of_tpus_are_counted_in_chips(fill: Fill, expect: Expect) -> None:
    fill(
        {
            "raw.dstack__offer": """
                provider|instance_name|gpu_name|gpu_memory_gb|gpu_count|is_spot|usd_per_hour|payload_sha256|known_at
                gcp|v5litepod-8|v5litepod-8|128|1|false|9.6|x|2026-11-23
                gcp|v3-8|tpu-v3-8|128|1|false|8|x|2026-11-23
                gcp|v5p-8|v5p-8|95|1|false|16.8|x|2026-11-23
                gcp|v6e-1|v6e-1|32|1|false|2.7|x|2026-11-23
                gcp|v9-8|v9-8|9|1|false|9|x|2026-11-23
                gcp|a3|H100|80|8|false|80|x|2026-11-23
            """
        }
    )
    expect(
        "staging.dstack__offer",
        """
        instance_name | gpu_name  | gpu_memory_gb | gpu_count
        v5litepod-8   | v5litepod |               | 8
        v3-8          | v3        |               | 4
        v5p-8         | v5p       |               | 4
        v6e-1         | v6e       |               | 1
        v9-8          | v9        |               |
        a3            | H100      | 80            | 8
        """,
    )


def test_what_a_marketplace_resells_is_its_suppliers(fill: Fill, expect: Expect) -> None:
    fill(
        {
            "raw.skypilot__offer": """
                provider|instance_name|gpu_name|gpu_count|is_spot|usd_per_hour|payload_sha256|known_at
                lambda|gpu_1x_h100_sxm5|H100|1|false|3.29|x|2026-11-23
                shadeform|lambdalabs_H100-sxm5x2|H100|2|false|8.38|x|2026-11-23
                shadeform|massedcompute_A6000-plusx2|A6000|2|false|1.14|x|2026-11-23
                primeintellect|datacrunch__1xH100_80GB__30__SPOT|H100|1|true|0.95|x|2026-11-23
                primeintellect|dc_roan__8xH100_80GB__104__1024|H100|8|false|15.92|x|2026-11-23
                vast|2x-RTX_4060_Ti-32-65536|RTX4060|2|false|0.26|x|2026-11-23
                vast|odd|RTX4060|2|false|0.26|x|2026-11-23
            """
        }
    )
    expect(
        "staging.skypilot__offer",
        """
        catalogue      | provider      | gpu_name    | pricing   | usd_per_hour
        lambda         | lambdalabs    | H100        | on_demand | 3.29
        shadeform      | lambdalabs    | H100        | on_demand | 8.38
        shadeform      | massedcompute | A6000       | on_demand | 1.14
        primeintellect | verda         | H100        | spot      | 0.95
        primeintellect | dc_roan       | H100        | on_demand | 15.92
        vast           | vast          | RTX_4060_Ti | on_demand | 0.26
        vast           | vast          | RTX4060     | on_demand | 0.26
        """,
    )


OFFER = (
    "offer_date | provider | catalogue | offer_id | instance_name | gpu_name | gpu_memory_gb | "
    "interface | gpu_count | pricing | usd_per_hour | known_at"
)


def test_the_fallback_counts_by_provider_day_and_kind_of_price(fill: Fill, expect: Expect) -> None:
    h100 = "i | H100 | 80 | SXM"
    fill(
        {
            "marts.gpu_offer_key": KEYS,
            "staging.dstack__offer": f"""
                {OFFER}
                2026-11-23 | verda | verda | 1 | {h100} | 1 | on_demand | 2.1 | 2026-11-23
                2026-11-24 | aws   | aws   | 1 | {h100} | 8 | on_demand | 40  | 2026-11-24
            """,
            "staging.skypilot__offer": f"""
                {OFFER}
                2026-11-23 | verda  | verda          | 1 | {h100} | 1 | on_demand | 2.2 | 2026-11-23
                2026-11-23 | verda  | verda          | 1 | {h100} | 1 | spot      | 0.8 | 2026-11-23
                2026-11-23 | verda  | primeintellect | 2 | {h100} | 1 | spot      | 0.9 | 2026-11-23
                2026-11-24 | verda  | verda          | 1 | {h100} | 1 | on_demand | 2.3 | 2026-11-24
                2026-11-24 | verda  | shadeform      | 2 | {h100} | 1 | on_demand | 2.5 | 2026-11-24
                2026-11-24 | nobody | shadeform      | 3 | {h100} | 1 | on_demand | 2.6 | 2026-11-24
            """,
        }
    )
    other = "another catalogue has the provider"
    expect(
        "marts.gpu_offer_day",
        f"""
        offer_date|source|catalogue|provider|pricing|usd_per_gpu_hour|left_out_because
        2026-11-23|dstack|verda|verda|on_demand|2.1|
        2026-11-23|skypilot|verda|verda|on_demand|2.2|{other}
        2026-11-23|skypilot|verda|verda|spot|0.8|
        2026-11-23|skypilot|primeintellect|verda|spot|0.9|{other}
        2026-11-24|dstack|aws|aws|on_demand|5|
        2026-11-24|skypilot|verda|verda|on_demand|2.3|
        2026-11-24|skypilot|shadeform|verda|on_demand|2.5|{other}
        2026-11-24|skypilot|shadeform|nobody|on_demand|2.6|
        """,
    )


def test_offers_that_do_not_count_stand_with_the_reason(fill: Fill, expect: Expect) -> None:
    fill(
        {
            "marts.gpu_offer_key": KEYS,
            "staging.dstack__offer": f"""
                {OFFER}
                {DAY} | gcp | gcp | 1 | i | H100      | 80 | SXM  | 8     | on_demand | 80   | {DAY}
                {DAY} | gcp | gcp | 2 | i | H100      |    |      | 8     | on_demand | 80   | {DAY}
                {DAY} | gcp | gcp | 3 | i | Never     |    |      | 1     | on_demand | 1    | {DAY}
                {DAY} | gcp | gcp | 4 | i | H100      | 80 | SXM  | 0.125 | on_demand | 1    | {DAY}
                {DAY} | gcp | gcp | 5 | i | v5litepod |    |      |       | on_demand | 1    | {DAY}
                {DAY} | gcp | gcp | 6 | i | v5litepod |    |      | 8     | on_demand | 9.6  | {DAY}
            """,
        }
    )
    expect(
        "marts.gpu_offer_day",
        """
        offer_id | gpu_key  | usd_per_gpu_hour | left_out_because
        1        | h100_sxm | 10               |
        2        |          | 10               | accelerator not known
        3        |          | 1                | accelerator not known
        4        | h100_sxm | 8                | part of a GPU
        5        | tpu_v5e  |                  | chips of the slice not known
        6        | tpu_v5e  | 1.2              |
        """,
    )


COUNTED = (
    "offer_date | source | catalogue | provider | offer_id | region | gpu_key | pricing | "
    "usd_per_gpu_hour | known_at"
)


def offered(*offers: tuple[str, str, str, float]) -> str:
    """Offers of an H100 by provider, region, kind of price and price."""
    lines = [
        f"{DAY} | dstack | {provider} | {provider} | {place} | {region} | h100 | {pricing} | "
        f"{usd} | {DAY}"
        for place, (provider, region, pricing, usd) in enumerate(offers)
    ]
    return "\n".join([COUNTED, *lines])


def test_a_provider_has_one_vote_the_median_of_its_regions_cheapest(
    fill: Fill, expect: Expect, make: Make
) -> None:
    big = [("aws", f"r{n}", "on_demand", usd) for n in range(3) for usd in (6.0 + n, 9.0, 99.0)]
    fill(
        {
            "marts.gpu_offer_day": offered(
                *big,
                ("small", "", "on_demand", 2.0),
                ("small", "", "on_demand", 3.0),
                ("other", "eu", "on_demand", 4.0),
                ("other", "eu", "spot", 1.0),
                ("booked", "eu", "reserved", 2.5),
            ),
            "marts.gpu": f"gpu_key | bf16_dense_tflops | known_at\nh100 | 989.4 | {DAY}",
        }
    )
    expect(
        "marts.gpu_provider_price_day",
        """
        provider|pricing|usd_per_gpu_hour|min_usd_per_gpu_hour|max_usd_per_gpu_hour|n_regions|n_offers|is_outlier
        aws|on_demand|7|6|99|3|9|false
        small|on_demand|2|2|3|1|2|false
        other|on_demand|4|4|4|1|1|false
        other|spot|1|1|1|1|1|false
        booked|reserved|2.5|2.5|2.5|1|1|false
        """,
    )
    make("marts.gpu_provider_price_day")
    # 4 USD for 0.9894 PFLOP/s are 4.04 USD per PFLOP-hour.
    expect(
        "marts.gpu_price_day",
        """
        pricing   | n_providers | n_offers | min_usd_per_gpu_hour | usd_per_bf16_dense_pflop_hour
        on_demand | 3           | 12       | 2                    | 4.042854255104104
        spot      | 1           | 1        | 1                    | 1.010713563776026
        reserved  | 1           | 1        | 2.5                  | 2.526783909440065
        """,
    )
    expect(
        "marts.gpu_price_day",
        """
        usd_per_gpu_hour_p25 | usd_per_gpu_hour_p50 | usd_per_gpu_hour_p75 | max_usd_per_gpu_hour
        3                    | 4                    | 5.5                  | 7
        1                    | 1                    | 1                    | 1
        2.5                  | 2.5                  | 2.5                  | 2.5
        """,
    )


def test_offers_that_are_left_out_have_no_vote(fill: Fill, rows_of: RowsOf) -> None:
    fill(
        {
            "marts.gpu_offer_day": f"""
                {COUNTED} | left_out_because
                {DAY} | dstack | a | a | 1 | r | h100 | on_demand | 1 | {DAY} | part of a GPU
            """
        }
    )
    assert rows_of("marts.gpu_provider_price_day") == []
    assert rows_of("marts.gpu_price_day") == []


def test_an_unknown_rate_gives_no_price_of_it(fill: Fill, expect: Expect, make: Make) -> None:
    fill({"marts.gpu_offer_day": offered(("a", "r", "on_demand", 2.0))})
    make("marts.gpu_provider_price_day")
    expect(
        "marts.gpu_price_day",
        """
        usd_per_gpu_hour_p50 | usd_per_bf16_dense_pflop_hour | known_at
        2                    |                               | 2026-11-23
        """,
    )


@pytest.mark.parametrize(
    ("prices", "outliers"),
    [
        # Three are too few to tell.
        ([2.0, 2.0, 9.0], []),
        ([2.0, 2.1, 2.2, 9.0], [9.0]),
        # All but one are equal, so that their deviation is 0: ten percent stand for it.
        ([2.0, 2.0, 2.0, 2.0, 2.4], []),
        ([2.0, 2.0, 2.0, 2.0, 3.0], [3.0]),
        ([2.0, 2.0, 2.0, 2.0, 1.0], [1.0]),
        ([1.0, 2.0, 4.0, 8.0, 16.0], []),
    ],
)
def test_outliers_are_flagged_and_counted_in(
    fill: Fill, make: Make, rows_of: RowsOf, bench: Any, prices: list[float], outliers: list[float]
) -> None:
    fill(
        {
            "marts.gpu_offer_day": offered(
                *((f"p{n}", "r", "on_demand", usd) for n, usd in enumerate(prices))
            )
        }
    )
    make("marts.gpu_provider_price_day", "marts.gpu_price_day")
    flagged = bench.rows("marts.gpu_provider_price_day", ["usd_per_gpu_hour", "is_outlier"])
    assert [usd for usd, is_outlier in flagged if is_outlier] == outliers
    columns = ["n_providers", "n_outliers", "usd_per_gpu_hour_p50"]
    assert bench.rows("marts.gpu_price_day", columns) == [
        (len(prices), len(outliers), median(prices))
    ]
    warned = bench.rows("marts.gpu_price_warning_day", ["usd_per_gpu_hour", "warning"])
    assert warned == [(usd, "outlier") for usd in outliers]


def test_a_spot_price_above_that_on_demand_is_warned_of(
    fill: Fill, expect: Expect, make: Make
) -> None:
    fill(
        {
            "marts.gpu_offer_day": offered(
                ("a", "r", "on_demand", 2.0),
                ("a", "r", "spot", 2.5),
                ("b", "r", "on_demand", 2.0),
                ("b", "r", "spot", 2.0),
                ("c", "r", "spot", 9.0),
            )
        }
    )
    make("marts.gpu_provider_price_day")
    expect(
        "marts.gpu_price_warning_day",
        """
        provider | pricing | warning   | usd_per_gpu_hour | other_usd_per_gpu_hour
        a        | spot    | dear spot | 2.5              | 2
        """,
    )


def test_no_price_is_carried_on_but_the_newest_has_its_age(fill: Fill, expect: Expect) -> None:
    columns = "offer_date | gpu_key | pricing | n_providers | usd_per_gpu_hour_p50 | known_at"
    fill(
        {
            "marts.gpu_price_day": f"""
                {columns}
                2026-11-20 | h100 | on_demand | 5 | 2.0 | 2026-11-20
                2026-11-23 | h100 | on_demand | 5 | 2.1 | 2026-11-23
                2026-11-02 | h100 | spot      | 1 | 1.1 | 2026-11-02
                2026-12-01 | a100 | spot      | 1 | 1.1 | 2026-12-01
            """,
            "marts.build": "report_date\n2026-11-24",
        }
    )
    expect(
        "marts.gpu_price_latest",
        """
        gpu_key | pricing   | offer_date | age_days | usd_per_gpu_hour_p50
        h100    | on_demand | 2026-11-23 | 1        | 2.1
        h100    | spot      | 2026-11-02 | 22       | 1.1
        """,
    )


def test_catalogues_say_what_is_in_them_and_what_is_not_known(fill: Fill, expect: Expect) -> None:
    fill(
        {
            "staging.dstack__catalogue": f"""
                offer_date | provider | version | n_rows | n_gpu_rows | known_at
                {DAY}      | aws      | v1      | 100    | 10         | {DAY}
                {DAY}      | oci      | v2      | 7      | 0          | {DAY}
            """,
            "marts.gpu_offer_day": f"""
                {COUNTED} | gpu_name | left_out_because
                {DAY} | dstack | aws | aws | 1 | r | h100 | on_demand | 1 | {DAY} | H100  |
                {DAY} | dstack | aws | aws | 2 | r | h100 | spot      | 1 | {DAY} | H100  |
                {DAY} | dstack | aws | aws | 3 | r |      | on_demand | 1 | {DAY} | Never | x
                {DAY} | dstack | aws | aws | 4 | q |      | on_demand | 1 | {DAY} | Never | x
            """,
        }
    )
    expect(
        "marts.gpu_catalogue_day",
        """
        catalogue|version|n_rows|n_gpu_rows|n_cpu_rows|n_offers|n_on_demand|n_counted|n_names_unknown|n_offers_unknown
        aws|v1|100|10|90|4|3|2|1|2
        oci|v2|7|0|7|0|0|0|0|0
        """,
    )


def test_names_are_counted_by_day(fill: Fill, expect: Expect) -> None:
    columns = "offer_date | provider | offer_id | pricing | gpu_name | gpu_memory_gb | interface"
    fill(
        {
            "staging.dstack__offer": f"""
                {columns}
                {DAY} | aws | 1 | spot      | H100 | 80 | SXM
                {DAY} | aws | 1 | on_demand | H100 | 80 | SXM
                {DAY} | gcp | 1 | spot      | H100 |    |
            """,
            "staging.skypilot__offer": f"{columns}\n{DAY} | aws | 1 | spot | H100 | 80 | SXM",
        }
    )
    expect(
        "marts.gpu_offer_name_day",
        """
        source   | name | memory_gb | interface | n_rows
        dstack   | H100 | 80        | SXM       | 2
        dstack   | H100 |           |           | 1
        skypilot | H100 | 80        | SXM       | 1
        """,
    )
