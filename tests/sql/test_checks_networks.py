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
    "network_valuation_day__own_capacity": (
        {
            "marts.network_cap_day": """
                network_id | cap_date   | market_cap_usd
                akash      | 2026-09-30 | 600
            """,
            "estimates.network_h100e_day": """
                network_id | fact_date  | source | basis | leased_h100e | available_h100e
                akash      | 2026-10-01 | akash  | peak  | 20           | 10
                salad      | 2026-10-01 | salad  | peak  | 20           | 10
            """,
            "estimates.network_valuation_day": """
                network_id | fact_date  | source  | basis | coin_id | market_cap_usd | cap_date   | claimed_h100e_low | claimed_h100e_high | claimed_usd_per_h100e_low | claimed_usd_per_h100e_high | verified_h100e_low | verified_h100e_high | verified_usd_per_h100e_low | verified_usd_per_h100e_high | leased_h100e | leased_usd_per_h100e | available_h100e | available_usd_per_h100e
                akash      | 2026-10-01 | akash   | peak  | akt     | 600            | 2026-09-30 |                   |                    |                           |                            | 30                 | 30                  | 20                         | 20                          | 20           | 30                   | 10              | 60
                akash      | 2026-10-01 | bundled | peak  | akt     | 600            | 2026-09-30 | 0                 | 60                 | 10                        |                            |                    |                     |                            |                             |              |                      |                 |
                io.net     | 2026-10-01 | bundled | peak  | io      |                |            | 5                 | 60                 |                           |                            |                    |                     |                            |                             |              |                      |                 |
            """,  # noqa: E501
        },
        # A count without its ratio; and a ratio to a claim under the name of a verified one, of
        # another count, of a market cap that nobody gave, of an old one, of low and high exchanged.
        {
            "estimates.network_h100e_day": """
                network_id | fact_date  | source | basis | leased_h100e | available_h100e
                akash      | 2026-10-02 | akash  | peak  | 20           | 10
                akash      | 2026-10-03 | akash  | peak  | 20           | 10
            """,
            "estimates.network_valuation_day": """
                network_id | fact_date  | source  | basis | coin_id | market_cap_usd | cap_date   | claimed_h100e_low | claimed_h100e_high | claimed_usd_per_h100e_low | claimed_usd_per_h100e_high | verified_usd_per_h100e_low | verified_usd_per_h100e_high | leased_h100e | leased_usd_per_h100e | available_h100e | available_usd_per_h100e
                akash      | 2026-10-01 | a       | peak  | akt     | 600            | 2026-09-30 | 60                | 60                 | 10                        | 10                         | 10                         | 10                          |              |                      |                 |
                akash      | 2026-10-03 | akash   | peak  | akt     | 600            | 2026-09-30 |                   |                    |                           |                            |                            |                             | 30           | 20                   | 10              | 60
                render     | 2026-10-01 | bundled | peak  | rndr    | 600            | 2026-09-30 | 60                | 60                 | 10                        | 10                         |                            |                             |              |                      |                 |
                akash      | 2026-11-01 | bundled | peak  | akt     | 600            | 2026-09-30 | 60                | 60                 | 10                        | 10                         |                            |                             |              |                      |                 |
                akash      | 2026-10-05 | bundled | peak  | akt     | 600            | 2026-09-30 | 60                | 20                 | 30                        | 10                         |                            |                             |              |                      |                 |
            """,  # noqa: E501
        },
        6,
    ),
    "network_revenue_multiple_day__complete_days": (
        {
            "marts.network_revenue_day": """
                network_id | revenue_date | source | revenue_usd
                akash      | 2026-10-01   | akash  | 3
                akash      | 2026-10-02   | akash  | 3
                akash      | 2026-10-03   | akash  | 0
            """,
            "marts.network_revenue_multiple_day": """
                network_id | revenue_date | source | n_revenue_days | revenue_30d_usd | market_cap_usd | cap_date   | revenue_multiple
                akash      | 2026-10-01   | akash  | 30             | 90              | 10950          | 2026-09-30 | 10
                akash      | 2026-10-02   | akash  | 29             |                 | 10950          | 2026-09-30 |
                akash      | 2026-10-03   | akash  | 30             | 0               |                |            |
            """,  # noqa: E501
        },
        # No row; no revenue; too many days; too few; no market cap; an old one; below zero.
        {
            "marts.network_revenue_day": "network_id | revenue_date | source | revenue_usd\n"
            + "\n".join(f"akash | 2026-10-0{n} | a | 3" for n in range(1, 7)),
            "marts.network_revenue_multiple_day": """
                network_id | revenue_date | source | n_revenue_days | revenue_30d_usd | market_cap_usd | cap_date   | revenue_multiple
                render     | 2026-10-01   | a      | 30             | 90              | 10950          | 2026-09-30 | 10
                akash      | 2026-10-02   | a      | 31             | 90              | 10950          | 2026-09-30 | 10
                akash      | 2026-10-03   | a      | 29             | 90              | 10950          | 2026-09-30 | 10
                akash      | 2026-10-04   | a      | 30             | 90              |                |            | 10
                akash      | 2026-10-05   | a      | 30             | 90              | 10950          | 2026-08-30 | 10
                akash      | 2026-10-06   | a      | 30             | 90              | 10950          | 2026-09-30 | -10
            """,  # noqa: E501
        },
        7,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_check(name: str, judge: Judge) -> None:
    judge(name, *CASES[name])
