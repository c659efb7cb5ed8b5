"""Figures that publishers gave otherwise later on."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Fill = Callable[[Mapping[str, str]], None]
    Expect = Callable[[str, str], None]

CHART = """
    coin_id | price_date | close_usd | market_cap_usd | payload_sha256 | known_at
    near    | 2026-11-20 | 2         | 100            | a              | 2026-11-21
    near    | 2026-11-20 | 3         | 0              | b              | 2026-11-22
    near    | 2026-11-20 | 2         | 125            | c              | 2026-11-23
    near    | 2026-11-21 | 2         | 0              | b              | 2026-11-22
    near    | 2026-11-21 | 2.5       | 125            | c              | 2026-11-23
    near    | 2026-11-21 | 3         | 125.00000001   | d              | 2026-11-24
"""
HOLDING = """
    owner | designer | chip | period_start | period_end | is_running_total | h100e_p50 | member | payload_sha256 | known_at
    Meta  | Nvidia   |      | 2022-01-01   | 2024-03-31 | true             | 100       | a.csv  | one            | 2026-01-01
    Meta  | Nvidia   | H100 | 2022-01-01   | 2024-03-31 | true             | 80        | a.csv  | one            | 2026-01-01
    Meta  | Google   |      | 2022-01-01   | 2024-03-31 | true             | 5         | a.csv  | one            | 2026-01-01
    Meta  | Nvidia   |      | 2022-01-01   | 2024-03-31 | true             | 110       | a.csv  | two            | 2026-04-01
    Meta  | Nvidia   |      | 2022-01-01   | 2024-03-31 | true             | 150       | a.csv  | three          | 2026-07-01
    Meta  | Nvidia   | H100 | 2022-01-01   | 2024-03-31 | true             | 80        | a.csv  | three          | 2026-07-01
    Meta  | AMD      |      | 2022-01-01   | 2024-03-31 | true             | 7         | a.csv  | three          | 2026-07-01
"""  # noqa: E501


def test_a_cap_that_was_unknown_is_not_revised(fill: Fill, expect: Expect) -> None:
    fill({"raw.coingecko__chart": CHART})
    expect(
        "staging.coingecko__cap_revision",
        """
        coin_id | price_date | market_cap_before_usd | market_cap_usd | known_at
        near    | 2026-11-20 | 100                   | 125            | 2026-11-23
        """,
    )


def test_the_newest_edition_is_held_against_the_first(fill: Fill, expect: Expect) -> None:
    fill({"raw.epoch__chip_holding": HOLDING})
    expect(
        "staging.epoch__holding_revision",
        """
        designer | chip | period_end | first_h100e_8bit_epoch | h100e_8bit_epoch | known_at
        Nvidia   | all  | 2024-03-31 | 100                    | 150              | 2026-07-01
        """,
    )


def test_first_and_present_value_of_what_was_revised_and_stayed_so(
    fill: Fill, make: Callable[..., None], expect: Expect
) -> None:
    fill(
        {
            "raw.coingecko__chart": CHART,
            "raw.epoch__chip_holding": HOLDING,
            "marts.token": "coin_id | name\nnear | NEAR Protocol",
            "marts.gpu_revision": """
                name | field | change | old_value | new_value | known_at
                A    | tdp_w | moved  | 700       | 600       | 2026-07-19
                A    | tdp_w | moved  | 600       | 650       | 2026-08-19
                B    | chip  | went   |           |           | 2026-07-19
            """,
            "marts.build": "report_date\n2026-11-20",
        }
    )
    make(
        "staging.coingecko__chart_revision",
        "staging.coingecko__cap_revision",
        "staging.epoch__holding_revision",
    )
    expect(
        "marts.revision",
        """
        quantity         | subject       | value_date | first_value | value | ratio              | known_at
        close_usd        | NEAR Protocol | 2026-11-21 | 2           | 3     | 1.5                | 2026-11-24
        h100e_8bit_epoch | Meta, Nvidia  | 2024-03-31 | 100         | 150   | 1.5                | 2026-07-01
        market_cap_usd   | NEAR Protocol | 2026-11-20 | 100         | 125   | 1.25               | 2026-11-23
        tdp_w            | A             |            | 700         | 650   | 0.9285714285714286 | 2026-08-19
        """,  # noqa: E501
    )
    make("marts.revision")
    expect(
        "reports.revisions",
        """
        quantity         | subject_id        | change               | known_date
        market_cap_usd   | near              | 0.25                 | 2026-11-23
        tdp_w            | A                 | -0.0714285714285714  | 2026-08-19
        h100e_8bit_epoch | Meta, Nvidia, all | 0.5                  | 2026-07-01
        """,
    )
