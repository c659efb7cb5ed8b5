"""Prices of a crawl that jump by orders of magnitude, and closes that rest on files alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

Fill = Callable[[Mapping[str, str]], None]
Expect = Callable[[str, str], None]


def seen(prices: list[float | None]) -> dict[str, str]:
    """A crawl a day from 1 November 2026 on, of one coin at these prices."""
    lines = [
        f"ai | near | 2026-11-{day:02} | {'' if usd is None else usd}"
        for day, usd in enumerate(prices, start=1)
    ]
    header = "category_id | coin_id | seen_date | price_usd"
    return {"staging.coingecko__market": "\n".join([header, *lines])}


@pytest.mark.parametrize(
    ("prices", "held", "confirmed"),
    [
        # A slip of a day: it is held, and the return from it is no spike.
        ([1, 1, 1e6, 1, 1], [2], []),
        ([1, 1, 1e-6, 1.2, 1], [2], []),
        # On the last day nobody knows yet.
        ([1, 1e6], [1], []),
        # The next crawl confirms it: the unit was changed.
        ([1, 1, 1001, 900], [], [2]),
        ([1, 1, 0.0009, 0.0009], [], [2]),
        # Two slips in a row, each to another height.
        ([1, 1, 1e5, 1e10, 1, 1], [2, 3], []),
        # A thousandfold is none, neither is the first price, whatever it is.
        ([1, 1000, 1], [], []),
        ([1e6], [], []),
        # Without a price there is nothing to judge, nor to judge by.
        ([1, None, 1e6, None, 1, None], [2], []),
        ([None, 1, None, 1e4, None, 2e4], [], [3]),
    ],
)
def test_a_price_of_a_crawl_is_held_until_the_next(
    prices: list[float | None], held: list[int], confirmed: list[int], fill: Fill, expect: Expect
) -> None:
    fill(seen(prices))
    expected = "\n".join(
        f"2026-11-{n + 1:02} | {n in held or n in confirmed} | {n in held}"
        for n in range(len(prices))
    )
    expect("marts.token_snapshot_day", f"seen_date | is_spike | is_held_spike\n{expected}")


@pytest.mark.parametrize(
    ("prices", "closes", "spikes"),
    [
        # Seen for the first time, a coin may have closes.
        ([5e6], {"2026-10-31": 5}, {1: 5}),
        ([5], {"2026-10-31": 5, "2026-11-01": 5e6}, {}),
        ([5e6, 5], {"2026-10-31": 5}, {1: 5}),
        ([5, 8e6], {"2026-10-31": 7e6}, {1: 7e6}),
        # Either of them will do: charts and crawls may differ, and crawls may pause.
        ([5, 8e6], {"2026-11-01": 7e6}, {}),
        ([5, 8], {"2026-11-01": 7e6}, {}),
        ([5, 8e6], {"2026-10-31": 5, "2026-11-01": 7}, {2: 5}),
        # The wrong price of the day before does not make the right one a spike.
        ([5, 8e6, 5], {}, {2: 5}),
        ([5, 8e6, 5], {"2026-11-02": 6}, {2: 5}),
    ],
)
def test_a_price_may_be_borne_out_by_a_close(
    prices: list[float | None],
    closes: dict[str, float],
    spikes: dict[int, float],
    fill: Fill,
    expect: Expect,
) -> None:
    fill(seen(prices))
    lines = "\n".join(f"near | {day} | {usd} | true" for day, usd in closes.items())
    # A close that is held is no close to go by.
    fill(
        {
            "marts.token_close_day": "coin_id | price_date | close_usd | is_kept\n"
            + f"{lines}\nnear | 2026-11-01 | 1e-9 | false\ntao | 2026-11-01 | 1e-9 | true"
        }
    )
    expected = "\n".join(
        f"2026-11-{n:02} | {n in spikes} | {n in spikes} | {spikes.get(n, '')}"
        for n in range(1, len(prices) + 1)
    )
    expect(
        "marts.token_snapshot_day", f"seen_date | is_spike | is_held_spike | base_usd\n{expected}"
    )


def test_spikes_of_a_crawl_are_flagged_beside_those_of_closes(fill: Fill, expect: Expect) -> None:
    fill(
        {
            "marts.token_snapshot_day": """
                coin_id | seen_date  | market_cap_usd | price_usd | base_usd | is_spike | is_held_spike
                slip    | 2026-11-02 | 100            | 3000000   | 3        | true     | true
                both    | 2026-11-02 | 100            | 3000000   | 3        | true     | true
                split   | 2026-11-02 | 100            | 0.001     | 10       | true     | false
                sound   | 2026-11-02 | 100            | 10        |          | false    | false
            """,  # noqa: E501
            "marts.token_close_day": """
                coin_id | price_date | source    | close_usd | base_usd | is_spike | is_held
                both    | 2026-11-02 | coingecko | 2000000   | 2        | true     | true
                slip    | 2026-11-02 | bundled   | 2000000   | 2        | true     | true
                old     | 2026-11-02 | bundled   | 2000000   | 2        | true     | true
            """,
        }
    )
    expect(
        "marts.token_flag_day",
        """
        coin_id | flag_date  | flag            | source    | detail                       | value
        both    | 2026-11-02 | spike_held      | coingecko | 2e+06 USD after 2, coingecko | 1000000
        old     | 2026-11-02 | spike_held      | bundled   | 2e+06 USD after 2, bundled   | 1000000
        slip    | 2026-11-02 | spike_held      | coingecko | 3e+06 USD after 3, crawl     | 1000000
        split   | 2026-11-02 | spike_confirmed | coingecko | 0.001 USD after 10, crawl    | 0.0001
        """,
    )


def test_live_closes_are_not_among_those_from_files(fill: Fill, expect: Expect) -> None:
    # Imported before bundled, held by nobody; changes are over calendar days.
    fill(
        {
            "marts.token": "coin_id | symbol | name\nnear | NEAR | Near",
            "marts.token_close_day": """
                coin_id | price_date | source    | close_usd | market_cap_usd | is_held | is_kept
                near    | 2024-03-01 | bundled   | 1         | 10             | false   | false
                near    | 2024-03-01 | coingecko | 9         | 90             | false   | true
                near    | 2024-03-02 | bundled   | 1         | 10             | false   | false
                near    | 2024-03-02 | import    | 2         |                | false   | true
                near    | 2024-03-03 | bundled   | 3         | 30             | false   | false
                near    | 2024-03-03 | import    | 3e6       | 30             | true    | false
                near    | 2024-03-03 | coingecko | 9         | 90             | false   | true
                near    | 2024-03-08 | bundled   | 4         | 40             | false   | true
                near    | 2024-03-31 | bundled   | 5         | 50             | false   | true
                near    | 2024-04-01 | coingecko | 9         | 90             | false   | true
            """,
        }
    )
    expect(
        "marts.token_day_from_files",
        """
        price_date | symbol | name | source  | close_usd | market_cap_usd | change_1d | change_7d | change_30d
        2024-03-01 | NEAR   | Near | bundled | 1         | 10             |           |           |
        2024-03-02 | NEAR   | Near | import  | 2         |                | 1         |           |
        2024-03-03 | NEAR   | Near | bundled | 3         | 30             | 0.5       |           |
        2024-03-08 | NEAR   | Near | bundled | 4         | 40             |           | 3         |
        2024-03-31 | NEAR   | Near | bundled | 5         | 50             |           |           | 4
        """,  # noqa: E501
    )
