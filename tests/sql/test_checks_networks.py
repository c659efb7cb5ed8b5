"""Checks of decentralised networks: sound rows pass, each other is returned."""

from __future__ import annotations

from collections.abc import Callable

import pytest

Tables = dict[str, str]
Judge = Callable[[str, Tables, Tables, int], None]

# By check: tables of which every row is sound, tables with rows that are not, and how many it
# returns.
CASES: dict[str, tuple[Tables, Tables, int]] = {
    "network_fact__values": (
        {
            "marts.network_fact": """
                network_id | value_low | value_high | unit | kind
                akash      | 150       | 200        | GPUs | investor note
                akash      | 0.5       | 0.7        | 1    | press
            """
        },
        {
            "marts.network_fact": """
                network_id | value_low | value_high | unit | kind
                a          | 200       | 150        | GPUs | press
                b          | 50        | 70         | 1    | press
                c          | 1         | 1          | GPUs | rumoured
                d          | 1         | 1          | GPUs |
                e          | 1         |            | GPUs | press
            """
        },
        5,
    ),
    "network_capacity_day__order": (
        {
            "marts.network_capacity_day": """
                network_id | claimed_gpus | verified_gpus | available_gpus | leased_gpus | utilisation_pct
                akash      |              | 247           | 117            | 120         | 48.6
                io.net     | 1060000      | 327000        |                |             |
                off by two |              | 100           | 102            | 102         | 100
            """  # noqa: E501
        },
        {
            "marts.network_capacity_day": """
                network_id | claimed_gpus | verified_gpus | available_gpus | leased_gpus | utilisation_pct
                negative   | -1           |               |                |             |
                leased     |              | 100           |                | 103         |
                free       |              | 100           | 103            |             |
                percent    |              |               |                |             | 100.5
            """  # noqa: E501
        },
        4,
    ),
    "network_h100e_day__not_of_claims": (
        {
            "marts.network_gpu_day": """
                network_id | fact_date  | source | endpoint | leased_gpus | available_gpus
                akash      | 2026-07-17 | akash  | gpu      | 42          | 6
                akash      | 2026-07-17 | akash  | gpu      | 48          | 15
            """,
            "estimates.network_h100e_day": """
                network_id | fact_date  | source | endpoint | leased_gpus | leased_gpus_unknown | leased_h100e | available_gpus | available_gpus_unknown
                akash      | 2026-07-17 | akash  | gpu      | 90          | 42                  | 48           | 21             | 21
            """,  # noqa: E501
        },
        {
            "estimates.network_h100e_day": """
                network_id | fact_date  | source | endpoint | leased_gpus | leased_gpus_unknown | leased_h100e | available_gpus
                io.net     | 2026-10-01 | ionet  | claimed  | 1060000     | 0                   | 1060000      |
                io.net     | 2026-10-02 | ionet  | claimed  |             |                     | 1            |
                akash      | 2026-07-17 | akash  | gpu      | 90          | 91                  | 48           | 21
            """  # noqa: E501
        },
        3,
    ),
    "network_price_day__order": (
        {
            "marts.network_price_day": """
                offer_id | min_usd_per_gpu_hour | median_usd_per_gpu_hour | avg_usd_per_gpu_hour | weighted_avg_usd_per_gpu_hour | max_usd_per_gpu_hour
                h100     | 2.04                 | 2.56                    | 2.58                 | 2.72                          | 3.16
            """  # noqa: E501
        },
        {
            "marts.network_price_day": """
                offer_id | min_usd_per_gpu_hour | median_usd_per_gpu_hour | avg_usd_per_gpu_hour | weighted_avg_usd_per_gpu_hour | max_usd_per_gpu_hour
                low      | 2.04                 | 2.56                    | 2.02                 | 2.72                          | 3.16
                high     | 2.04                 | 2.56                    | 2.58                 | 3.18                          | 3.16
                negative | -3                   | -2                      | -2                   | -2                            | -1
            """  # noqa: E501
        },
        3,
    ),
    "network_revenue_day__complete_days": (
        {
            "marts.network_revenue_day": """
                network_id | revenue_date | revenue_usd | known_at
                akash      | 2026-07-17   | 7534.76     | 2026-07-18 01:30:00
            """
        },
        {
            "marts.network_revenue_day": """
                network_id | revenue_date | revenue_usd | known_at
                akash      | 2026-07-17   | 7534.76     | 2026-07-17 23:30:00
                akash      | 2026-07-16   | -1          | 2026-07-17 23:30:00
            """
        },
        2,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_check(name: str, judge: Judge) -> None:
    judge(name, *CASES[name])
