"""Market caps of networks' tokens against capacity and revenue, by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

import pytest

Fill = Callable[[Mapping[str, str]], None]
Expect = Callable[[str, str], None]
Rows = Callable[..., list[tuple[Any, ...]]]

DAY = timedelta(days=1)
LAST = date(2026, 10, 30)


def test_the_cap_of_a_day_is_its_close_else_a_crawl_else_a_month(
    fill: Fill, expect: Expect
) -> None:
    fill(
        {
            "marts.token_day": """
                coin_id       | price_date | market_cap_usd | known_at
                akash-network | 2026-10-01 | 100            | 2026-10-02
                akash-network | 2026-10-02 |                | 2026-10-03
                bitcoin       | 2026-10-02 | 9              | 2026-10-03
            """,
            "marts.token_snapshot_day": """
                coin_id       | seen_date  | market_cap_usd | is_held_spike | is_stale | known_at
                akash-network | 2026-10-01 | 101            | false         | false    | 2026-10-01
                akash-network | 2026-10-02 | 102            | false         |          | 2026-10-02
                akash-network | 2026-10-03 | 9              | true          | false    | 2026-10-03
                akash-network | 2026-10-04 | 9              | false         | true     | 2026-10-04
                io            | 2026-10-04 |                | false         | false    | 2026-10-04
            """,
            "marts.token_month": """
                coin_id       | price_date | market_cap_usd | known_at
                akash-network | 2026-10-01 | 103            | 2026-10-01
                render-token  | 2026-10-01 | 200            | 2026-10-01
            """,
        }
    )
    expect(
        "marts.network_cap_day",
        """
        network_id | cap_date   | coin_id       | market_cap_usd | cap_kind | known_at
        akash      | 2026-10-01 | akash-network | 100            | close    | 2026-10-02
        akash      | 2026-10-02 | akash-network | 102            | crawl    | 2026-10-02
        render     | 2026-10-01 | render-token  | 200            | month    | 2026-10-01
        """,
    )


CAPS = """
    network_id | cap_date   | market_cap_usd | cap_kind | known_at
    akash      | 2026-09-30 | 6000           | close    | 2026-10-01
    akash      | 2026-10-02 | 9              | close    | 2026-10-03
    render     | 2026-09-01 | 8000           | month    | 2026-09-01
    io.net     | 2026-08-30 | 9              | close    | 2026-08-31
"""


def test_a_cap_is_held_against_each_capacity_apart(fill: Fill, expect: Expect) -> None:
    # Akash: 20 leased and 10 free H100e by model are 30 verified. Render claims 100 to 400, a part
    # of it none on another basis, and nothing is verified; a trial is not its capacity. io.net's
    # cap is 32 days old. Salad has no token.
    fill(
        {
            "marts.network_cap_day": CAPS,
            "marts.network_capacity_day": """
                network_id | fact_date  | source  | kind    | claimed_gpus | verified_gpus
                akash      | 2026-10-01 | akash   | api     |              | 60
                render     | 2026-10-01 | bundled | claimed | 500          |
            """,
            "marts.network_fact": """
                network_id | fact_date  | metric   | kind     | measure
                render     | 2026-10-01 | nodes    | claimed  | nodes
                render     | 2026-10-01 | GPUs     | press    | claimed
                render     | 2026-10-01 | trial    | claimed  | other
                io.net     | 2026-10-01 | GPUs     | claimed  | claimed
                io.net     | 2026-10-01 | real     | reported | verified
                salad      | 2026-10-01 | GPUs     | claimed  | claimed
            """,
            "estimates.network_fact_h100e_day": """
                network_id | fact_date  | metric | kind     | basis      | h100e_low | h100e_high | assumption | known_at
                render     | 2026-10-01 | nodes  | claimed  | bf16_dense | 100       | 200        | one card   | 2026-10-01
                render     | 2026-10-01 | GPUs   | press    | bf16_dense | 300       | 400        | one card   | 2026-10-05
                render     | 2026-10-01 | trial  | claimed  | bf16_dense | 1         | 9999       | one card   | 2026-10-09
                render     | 2026-10-01 | nodes  | claimed  | Wan 720p   | 0         | 50         | one card   | 2026-10-01
                io.net     | 2026-10-01 | GPUs   | claimed  | bf16_dense | 1000      | 5000       | any card   | 2026-10-01
                io.net     | 2026-10-01 | real   | reported | bf16_dense | 10        | 50         | any card   | 2026-10-01
                salad      | 2026-10-01 | GPUs   | claimed  | bf16_dense | 100       | 100        | any card   | 2026-10-01
            """,  # noqa: E501
            "estimates.network_h100e_day": """
                network_id | fact_date  | source | basis      | leased_h100e | available_h100e | leased_gpus_unknown | available_gpus_unknown | known_at
                akash      | 2026-10-01 | akash  | bf16_dense | 20           | 10              | 1                   | 2                      | 2026-10-01
                akash      | 2026-10-01 | akash  | Wan 720p   | 0            |                 | 1                   | 2                      | 2026-10-01
            """,  # noqa: E501
        }
    )
    expect(
        "estimates.network_valuation_day",
        """
        network_id | source  | basis      | market_cap_usd | cap_date   | claimed_usd_per_h100e_low | claimed_usd_per_h100e_high | verified_h100e_low | verified_usd_per_h100e_low | verified_usd_per_h100e_high | leased_usd_per_h100e | available_usd_per_h100e | gpus_unknown | known_at
        akash      | akash   | bf16_dense | 6000           | 2026-09-30 |                           |                            | 30                 | 200                        | 200                         | 300                  | 600                     | 3            | 2026-10-01
        akash      | akash   | Wan 720p   | 6000           | 2026-09-30 |                           |                            |                    |                            |                             |                      |                         | 3            | 2026-10-01
        render     | bundled | bf16_dense | 8000           | 2026-09-01 | 20                        | 80                         |                    |                            |                             |                      |                         |              | 2026-10-05
        render     | bundled | Wan 720p   | 8000           | 2026-09-01 | 160                       |                            |                    |                            |                             |                      |                         |              | 2026-10-01
        io.net     | bundled | bf16_dense |                |            |                           |                            | 10                 |                            |                             |                      |                         |              | 2026-10-01
        """,  # noqa: E501
    )
    expect(
        "estimates.network_valuation_day",
        """
        network_id | basis      | coin_id       | cap_kind | claimed_gpus | verified_gpus | kind    | assumption
        akash      | bf16_dense | akash-network | close    |              | 60            | api     |
        akash      | Wan 720p   | akash-network | close    |              | 60            | api     |
        render     | bf16_dense | render-token  | month    | 500          |               | claimed | one card
        render     | Wan 720p   | render-token  | month    | 500          |               | claimed | one card
        io.net     | bf16_dense | io            |          |              |               |         | any card
        """,  # noqa: E501
    )


def revenue(days: Mapping[date, float], is_spike: Mapping[date, bool] | None = None) -> str:
    lines = ["network_id | revenue_date | source | revenue_usd | is_spike | known_at"]
    lines += [
        f"akash | {day} | akash | {usd} | {(is_spike or {}).get(day, False)} | {day + DAY}"
        for day, usd in days.items()
    ]
    return "\n".join(lines)


def test_a_multiple_is_of_thirty_complete_days_over_a_year_of_365(
    fill: Fill, expect: Expect
) -> None:
    # 30 days of 2 and 4 in turn are 90: 1,095 a year. A cap of 10,950 is ten times that, and would
    # be 10.14 times 12 months.
    days = {LAST - n * DAY: 2.0 if n % 2 else 4.0 for n in range(31)}
    fill(
        {
            "marts.network_revenue_day": revenue(days),
            "marts.network_cap_day": f"""
                network_id | cap_date         | market_cap_usd | cap_kind | known_at
                akash      | {LAST - 31 * DAY} | 10950          | month    | 2026-10-01
            """,
        }
    )
    expect(
        "marts.network_revenue_multiple_day",
        "\n".join(
            ["revenue_date | n_revenue_days | revenue_30d_usd | cap_date | revenue_multiple"]
            + [f"{LAST - n * DAY} | {31 - n} | | {LAST - 31 * DAY} |" for n in range(2, 31)]
            + [f"{LAST - n * DAY} | 30 | 90 | {LAST - 31 * DAY} | 10" for n in range(2)]
        ),
    )


@pytest.mark.parametrize("lacking", ["a day", "a spike", "the cap", "any revenue"])
def test_without_a_whole_month_or_a_cap_there_is_no_multiple(
    lacking: str, fill: Fill, rows_of: Rows
) -> None:
    days = {LAST - n * DAY: 0.0 if lacking == "any revenue" else 2.0 for n in range(30)}
    middle = LAST - 15 * DAY
    if lacking == "a day":
        del days[middle]
    cap_date = LAST - (32 if lacking == "the cap" else 0) * DAY
    fill(
        {
            "marts.network_revenue_day": revenue(days, {middle: lacking == "a spike"}),
            "marts.network_cap_day": f"""
                network_id | cap_date   | market_cap_usd | cap_kind | known_at
                akash      | {cap_date} | 10950          | close    | 2026-10-01
            """,
        }
    )
    wanted = {
        "a day": (29, None, None),
        "a spike": (29, None, None),
        "the cap": (30, 60, None),
        "any revenue": (30, 0, None),
    }
    columns = ["revenue_date", "n_revenue_days", "revenue_30d_usd", "revenue_multiple"]
    assert rows_of("marts.network_revenue_multiple_day", columns)[-1] == (LAST, *wanted[lacking])
