"""Offers of GPUs: given rows of catalogues, expected offers and what is not counted of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

Fill = Callable[[Mapping[str, str]], None]
Expect = Callable[[str, str], None]

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
                {DAY} | gcp | gcp | 7 | i | v5litepod |    |      | 1     | on_demand | 700  | {DAY}
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
        7        | tpu_v5e  | 700              | price not plausible
        """,
    )


COUNTED = (
    "offer_date | source | catalogue | provider | offer_id | region | gpu_key | pricing | "
    "usd_per_gpu_hour | known_at"
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
