"""What is left out, what stands in for something else, and how well inputs are founded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

Fill = Callable[[Mapping[str, str]], None]
Expect = Callable[[str, str], None]
RowsOf = Callable[[str], list[tuple[Any, ...]]]

NOW = {"marts.build": "report_date\n2026-11-23"}


def test_tokens_left_out_are_counted_by_the_kind_of_reason(fill: Fill, expect: Expect) -> None:
    fill(
        {
            **NOW,
            "marts.universe_candidate_day": """
                universe_id | price_date | coin_id | median_volume_30d_usd | left_out_because
                ai          | 2026-11-21 | old     | 9                     | stale
                ai          | 2026-11-22 | counted | 90                    |
                ai          | 2026-11-22 | b       | 1                     | volume below 100,000 USD
                ai          | 2026-11-22 | a       | 2                     | volume below 100,000 USD
                ai          | 2026-11-22 | c       |                       | twin of counted
                ai          | 2026-11-22 | d       | 7                     | stale
                ai          | 2026-11-22 | e       | 7                     | younger than 30 days
                ai          | 2026-11-24 | later   | 7                     | stale
                depin       | 2026-11-22 | one     | 7                     |
            """,  # noqa: E501
        }
    )
    expect(
        "reports.excluded",
        """
        universe_id | reason                | last_date  | n_tokens | n_counted | n_candidates | most_traded
        ai          | too little traded     | 2026-11-22 | 2        | 1         | 6            | a, b
        ai          | too young             | 2026-11-22 | 1        | 1         | 6            | e
        ai          | stale                 | 2026-11-22 | 1        | 1         | 6            | d
        ai          | twin of another token | 2026-11-22 | 1        | 1         | 6            | c
        """,  # noqa: E501
    )
    expect("reports.quality_facts", "n_live_universes\n2")


def test_what_stands_in_is_told_by_its_kind(fill: Fill, expect: Expect) -> None:
    fill(
        {
            **NOW,
            "marts.universe_token_day": """
                universe_id | price_date | coin_id | is_member | market_cap_usd | weight_usd | is_carried | is_price_carried
                ai          | 2026-11-20 | a       | true      |                | 5          | true       | true
                ai          | 2026-11-22 | a       | true      |                | 5          | true       | true
                ai          | 2026-11-22 | b       | true      |                | 5          | true       | false
                ai          | 2026-11-22 | c       | true      | 50             | 5          | false      | false
                ai          | 2026-11-22 | d       | true      | 5              | 5          | false      | false
                ai          | 2026-11-22 | e       | false     | 50             | 5          | false      | false
                ai          | 2026-11-24 | a       | true      |                | 5          | true       | true
                ai          | 2026-10-01 | a       | true      |                | 5          | true       | true
            """,  # noqa: E501
            "marts.gpu_price_day": """
                offer_date | gpu_key | n_fallbacks
                2026-11-21 | h100    | 2
                2026-11-22 | h100    | 1
                2026-11-22 | b200    | 0
            """,
            "marts.gpu_spec_cell": """
                gpu_key | source  | is_winner
                h100    | bundled | true
                h100    | epoch   | false
                odd     | epoch   | true
            """,
        }
    )
    expect(
        "reports.substitutions",
        """
        what                                                     | subject | first_date | last_date  | n
        A price of up to seven days before                       | ai      | 2026-11-20 | 2026-11-22 | 2
        A market cap of up to seven days before                  | ai      | 2026-11-22 | 2026-11-22 | 1
        A weight of price times supply                           | ai      | 2026-11-22 | 2026-11-22 | 1
        Rental prices of a catalogue that comes second           | h100    | 2026-11-21 | 2026-11-22 | 3
        Figures of accelerators that no vendor-checked table has | epoch   |            |            | 1
        """,  # noqa: E501
    )


def test_the_variance_that_guesses_carry_is_summed_by_scenario(fill: Fill, expect: Expect) -> None:
    fill(
        {
            **NOW,
            "estimates.assumption": """
                scenario_id | input | grade
                base        | a     | guess
                base        | b     | guess
                base        | c     | derived
                point       | a     | primary
            """,
            "estimates.sensitivity": """
                scenario_id | month_index | quantity             | factor | variance_share | grade
                base        | 24          | gpus_peak            | a      | 0.5            | guess
                base        | 24          | gpus_peak            | b      | 0.2            | guess
                base        | 24          | gpus_peak            | c      | 0.3            | derived
                base        | 24          | gpus_peak            | a + b  |                |
                base        | 24          | minutes_per_gpu_hour | c      | 1              | guess
            """,
            "estimates.assumption_text": "scenario_id | input | input_text\nbase | a | Share",
            "estimates.demand_month": """
                scenario_id | month_index | month_date | quantity
                base        | 24          | 2028-11-01 | h100e_peak_bf16_dense
            """,
        }
    )
    expect(
        "reports.grades",
        """
        scenario_id | n_inputs | n_primary | n_derived | n_guess | guess_variance_share
        base        | 3        | 0         | 1         | 2       | 0.7
        point       | 1        | 1         | 0         | 0       |
        """,
    )
    expect(
        "reports.quality_facts",
        """
        guess_share | first_factor | first_share | first_grade | varied_month_date
        0.7         | Share        | 0.5         | guess       | 2028-11-01
        """,
    )


@pytest.mark.parametrize("name", ["outages", "refused", "excluded", "substitutions", "gaps"])
def test_where_nothing_happened_there_is_no_row(name: str, fill: Fill, rows_of: RowsOf) -> None:
    fill(NOW)
    assert rows_of(f"reports.{name}") == []


def test_what_did_not_happen_has_no_number(fill: Fill, expect: Expect) -> None:
    fill(NOW)
    expect(
        "reports.quality_facts",
        "n_open_outages | n_ended_outages | n_refused | n_flagged | guess_share\n | | | | ",
    )
    expect("reports.stale", "n_sources | n_stale | n_never\n0 | | ")
