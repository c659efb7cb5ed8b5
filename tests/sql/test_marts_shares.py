"""Shares: one basis for all files, trading days alone, and quarters of revenue from filings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pipeline.extract import sec
from pipeline.provenance import Provenance

Fill = Callable[[Mapping[str, str]], None]
Expect = Callable[[str, str], None]
Make = Callable[..., None]
RowsOf = Callable[[str], list[tuple[Any, ...]]]

RECORDED = (
    Path(__file__).resolve().parents[3]
    / "shared/equities/sec_companyfacts_nvda_revenues_sample.json"
)

SPLITS = """
    ticker | ex_date    | ratio | complete_from
    AMD    | 1983-08-23 | 2     | 1983-08-23
    AMD    | 2000-08-22 | 2     | 1983-08-23
    NVDA   | 2021-07-20 | 4     | 1999-01-22
    NVDA   | 2024-06-10 | 10    | 1999-01-22
"""


def build(report_date: str, as_of: str = "") -> dict[str, str]:
    return {
        "staging.bundled__equity_split": SPLITS,
        "marts.build": f"report_date | as_of\n{report_date} | {as_of}",
    }


BASES = """
    ticker | price_date | close_usd | basis                             | basis_date | payload_sha256 | known_at
    NVDA   | 2021-07-19 | 751.19    | as traded                         |            | raw            | 2026-11-01
    NVDA   | 2021-07-20 | 186.12    | as traded                         |            | raw            | 2026-11-01
    NVDA   | 2024-06-07 | 1208.88   | as traded                         |            | raw            | 2026-11-01
    NVDA   | 2024-06-10 | 121.79    | as traded                         |            | raw            | 2026-11-01
    NVDA   | 2021-07-19 | 18.77975  | split-adjusted through 2024-06-10 | 2024-06-10 | new            | 2026-10-01
    NVDA   | 2024-06-07 | 120.888   | split-adjusted through 2024-06-10 | 2024-06-10 | new            | 2026-10-01
    NVDA   | 2021-07-19 | 187.7975  | split-adjusted through 2021-07-20 | 2021-07-20 | old            | 2026-09-01
    NVDA   | 2021-07-19 | 99        | unknown                           |            | odd            | 2026-12-01
"""  # noqa: E501


def test_all_bases_give_the_same_closes(fill: Fill, make: Make, expect: Expect) -> None:
    fill({**build("2026-11-23"), "staging.import__equity_daily": BASES})
    make("marts.equity_split")
    expect(
        "marts.equity_close_day",
        """
        price_date | payload_sha256 | stated_close_usd | close_usd | close_as_traded_usd | split_factor | is_kept
        2021-07-19 | raw            | 751.19           | 18.77975  | 751.19              | 40           | true
        2021-07-19 | new            | 18.77975         | 18.77975  | 751.19              | 40           | false
        2021-07-19 | old            | 187.7975         | 18.77975  | 751.19              | 40           | false
        2021-07-19 | odd            | 99               |           |                     | 40           | false
        2021-07-20 | raw            | 186.12           | 18.612    | 186.12              | 10           | true
        2024-06-07 | raw            | 1208.88          | 120.888   | 1208.88             | 10           | true
        2024-06-07 | new            | 120.888          | 120.888   | 1208.88             | 10           | false
        2024-06-10 | raw            | 121.79           | 121.79    | 121.79              | 1            | true
        """,  # noqa: E501
    )
    make("marts.equity_close_day")
    expect(
        "marts.equity_day",
        """
        price_date | close_usd | close_as_traded_usd | days_since_previous | basis
        2021-07-19 | 18.77975  | 751.19              |                     | split-adjusted through 2024-06-10
        2021-07-20 | 18.612    | 186.12              | 1                   | split-adjusted through 2024-06-10
        2024-06-07 | 120.888   | 1208.88             | 1053                | split-adjusted through 2024-06-10
        2024-06-10 | 121.79    | 121.79              | 3                   | split-adjusted through 2024-06-10
        """,  # noqa: E501
    )
    # A day counts as known from the first file that had its close, here that of September.
    expect(
        "marts.equity_day",
        """
        price_date | close_known_at
        2021-07-19 | 2026-09-01
        2021-07-20 | 2026-11-01
        2024-06-07 | 2026-10-01
        2024-06-10 | 2026-11-01
        """,
    )
    expect(
        "marts.equity_series",
        """
        payload_sha256 | basis                             | first_date | last_date  | n_trading_days | is_kept
        raw            | as traded                         | 2021-07-19 | 2024-06-10 | 4              | true
        new            | split-adjusted through 2024-06-10 | 2021-07-19 | 2024-06-07 | 2              | false
        old            | split-adjusted through 2021-07-20 | 2021-07-19 | 2021-07-19 | 1              | false
        odd            | unknown                           | 2021-07-19 | 2021-07-19 | 1              | false
        """,  # noqa: E501
    )
    expect("marts.equity_day_disagreement", "ticker")


@pytest.mark.parametrize("report_date", ["2026-11-23", "2024-04-03"])
def test_a_split_is_no_fall_of_the_price(
    fill: Fill, make: Make, expect: Expect, report_date: str
) -> None:
    fill({**build(report_date), "staging.import__equity_daily": BASES})
    make("marts.equity_split")
    expect(
        "marts.equity_day",
        f"""
        price_date | change_trading_day
        2021-07-19 |
        2021-07-20 | {186.12 * 4 / 751.19 - 1}
        2024-06-07 |
        2024-06-10 | {121.79 * 10 / 1208.88 - 1}
        """,
    )


@pytest.mark.parametrize(
    ("when", "close", "basis", "n_splits"),
    [
        (build("2026-11-23"), "73.9", "split-adjusted through 2024-06-10", 4),
        (build("2024-04-03"), "739.0", "split-adjusted through 2021-07-20", 3),
        (build("2026-11-23", "2024-04-03"), "739.0", "split-adjusted through 2021-07-20", 3),
        (build("2021-01-04"), "2956.0", "split-adjusted through 2020-01-02", 3),
    ],
)
def test_the_basis_is_that_of_the_report(
    fill: Fill,
    make: Make,
    expect: Expect,
    rows_of: RowsOf,
    when: dict[str, str],
    close: str,
    basis: str,
    n_splits: int,
) -> None:
    if "2020" in basis:
        when["staging.bundled__equity_split"] += "NVDA | 2020-01-02 | 1.5 | 1999-01-22\n"
        close = "739.0"  # the splits of 2021 and 2024 are not there yet, and came before the day
    fill(
        {
            **when,
            "staging.bundled__equity_close": """
                ticker | price_date | close_usd | basis       | basis_date | payload_sha256
                NVDA   | 2024-02-14 | 73.9      | basis after | 2024-06-10 | e
            """,
        }
    )
    make("marts.equity_split")
    assert len(rows_of("marts.equity_split")) == n_splits
    expect("marts.equity_day", f"close_usd | close_as_traded_usd | basis\n{close} | 739 | {basis}")


def test_no_change_over_missing_days_nor_on_days_without_trade(
    fill: Fill, make: Make, expect: Expect
) -> None:
    fill(
        {
            **build("2026-11-23"),
            "staging.import__equity_daily": """
                ticker | price_date | open_usd | high_usd | low_usd | close_usd | volume_shares | basis     | payload_sha256
                AMD    | 2014-12-30 | 2.6      | 2.7      | 2.5     | 2.5       | 100           | as traded | a
                AMD    | 2014-12-31 | 2.6      | 2.7      | 2.5     | 2.0       | 100           | as traded | a
                AMD    | 2015-01-02 | 2.0      | 2.0      | 2.0     | 2.0       | 0             | as traded | a
                AMD    | 2015-01-05 | 2.6      | 2.7      | 2.5     | 2.2       | 100           | as traded | a
                AMD    | 2015-01-12 | 2.6      | 2.7      | 2.5     | 3.3       | 100           | as traded | a
                AMD    | 2015-01-20 | 2.6      | 2.7      | 2.5     | 6.6       |               | as traded | a
            """,  # noqa: E501
        }
    )
    make("marts.equity_split")
    expect(
        "marts.equity_day",
        """
        price_date | change_trading_day | days_since_previous | is_no_trade
        2014-12-30 |                    |                     | false
        2014-12-31 | -0.2               | 1                   | false
        2015-01-02 |                    |                     | true
        2015-01-05 | 0.1                | 5                   | false
        2015-01-12 | 0.5                | 7                   | false
        2015-01-20 |                    | 8                   | false
        """,
    )


def test_of_several_sources_one_counts_and_the_others_are_compared(
    fill: Fill, make: Make, expect: Expect
) -> None:
    row = "AMD | 2024-02-14 | {} | as traded | {} | {}"
    header = "ticker | price_date | close_usd | basis | payload_sha256 | known_at"
    fill(
        {
            **build("2026-11-23"),
            "staging.import__equity_daily": "\n".join(
                [header, row.format(178.8, "a", "2026-11-01"), row.format(170, "b", "2026-10-01")]
            ),
            "staging.stooq__equity_daily": "\n".join(
                [header, row.format(178.7, "c", "2026-11-02")]
            ),
            "staging.bundled__equity_close": "\n".join(
                [header, row.format(178.7, "d", "2024-02-14")]
            ),
            "staging.capbrief__payload": """
                source | payload_sha256 | dataset   | producer
                import | a              | v/AMD/new | V
                stooq  | c              | daily/AMD | Stooq
            """,
        }
    )
    make("marts.equity_split", "marts.equity_close_day")
    expect(
        "marts.equity_day",
        "close_usd | source | dataset | vendor | close_known_at\n"
        "178.8 | import | v/AMD/new | V | 2024-02-14",
    )
    expect(
        "marts.equity_day_disagreement",
        f"other_source | other_payload_sha256 | close_ratio\nimport | b | {170 / 178.8}",
    )


def test_adjusted_closes_and_volumes_follow_the_basis(
    fill: Fill, make: Make, expect: Expect
) -> None:
    fill(
        {
            **build("2024-04-03"),
            "staging.import__equity_daily": """
                ticker | price_date | close_usd | adjusted_close_usd | volume_shares | basis                             | basis_date | payload_sha256
                NVDA   | 2024-02-14 | 73.9      | 73.8               | 500           | split-adjusted through 2024-06-10 | 2024-06-10 | a
                NVDA   | 2024-02-15 | 726.58    | 72.5               | 50            | as traded                         |            | b
                AMD    | 1983-08-01 | 8         | 8                  | 10            | as traded                         |            | c
                AMD    | 1983-08-02 | 4         | 4                  | 10            | split-adjusted through 2000-08-22 | 2000-08-22 | d
                TSM    | 2024-02-15 | 130       | 128                | 10            | split-adjusted through 2026-01-02 | 2026-01-02 | e
                TSM    | 2024-02-16 | 130       | 128                | 10            | as traded                         |            | e
            """,  # noqa: E501
        }
    )
    make("marts.equity_split")
    expect(
        "marts.equity_day",
        """
        ticker | price_date | close_usd | close_as_traded_usd | adjusted_close_usd | volume_shares | split_factor
        NVDA   | 2024-02-14 | 739       | 739                 | 738                | 50            | 1
        NVDA   | 2024-02-15 | 726.58    | 726.58              |                    | 50            | 1
        AMD    | 1983-08-02 | 4         |                     | 4                  | 10            |
        TSM    | 2024-02-15 | 130       |                     | 128                | 10            |
        """,  # noqa: E501
    )


# --- Revenue -----------------------------------------------------------------------------------

SAMPLE = """
    ticker | tag      | period_start | period_end | revenue_usd  | accession | form | filed_date | known_at
    NVDA   | Revenues | 2025-01-27   | 2025-04-27 | 44062000000  | 25-116    | 10-Q | 2025-05-28 | 2026-09-01
    NVDA   | Revenues | 2025-01-27   | 2025-04-27 | 44062000000  | 26-052    | 10-Q | 2026-05-20 | 2026-09-02
    NVDA   | Revenues | 2025-01-27   | 2025-07-27 | 90805000000  | 25-209    | 10-Q | 2025-08-27 | 2026-09-01
    NVDA   | Revenues | 2025-04-28   | 2025-07-27 | 46743000000  | 25-209    | 10-Q | 2025-08-27 | 2026-09-01
    NVDA   | Revenues | 2025-01-27   | 2025-10-26 | 147811000000 | 25-230    | 10-Q | 2025-11-19 | 2026-09-01
    NVDA   | Revenues | 2025-07-28   | 2025-10-26 | 57006000000  | 25-230    | 10-Q | 2025-11-19 | 2026-09-01
    NVDA   | Revenues | 2025-01-27   | 2026-01-25 | 215938000000 | 26-021    | 10-K | 2026-02-25 | 2026-09-03
    NVDA   | Revenues | 2024-01-29   | 2025-01-26 | 130497000000 | 26-021    | 10-K | 2026-02-25 | 2026-09-01
"""  # noqa: E501


def test_a_fourth_quarter_is_the_year_less_nine_months(fill: Fill, expect: Expect) -> None:
    fill({"staging.sec__fact": SAMPLE})
    expect(
        "marts.equity_revenue_quarter",
        """
        quarter_start | quarter_end | n_days | revenue_usd | is_derived | is_restated | accession | filed_date | known_at
        2025-01-27    | 2025-04-27  | 91     | 44062000000 | false      | false       | 26-052    | 2026-05-20 | 2026-09-02
        2025-04-28    | 2025-07-27  | 91     | 46743000000 | false      | false       | 25-209    | 2025-08-27 | 2026-09-01
        2025-07-28    | 2025-10-26  | 91     | 57006000000 | false      | false       | 25-230    | 2025-11-19 | 2026-09-01
        2025-10-27    | 2026-01-25  | 91     | 68127000000 | true       | false       | 26-021    | 2026-02-25 | 2026-09-03
        """,  # noqa: E501
    )


def test_quarters_of_the_recorded_sample(bench: Any, rows_of: RowsOf) -> None:
    if not RECORDED.is_file():
        pytest.skip("shared/equities is absent: nothing recorded is read")
    fact = sec.ENTITIES["fact"]
    origin = Provenance(
        *("sec", "fact", "companyfacts/NVDA", "t", "u", "p", "c", "l", "application/json"),
        retrieved_at=datetime(2026, 11, 23, tzinfo=UTC),
    )
    for row in fact.parse(fact, RECORDED.read_bytes(), origin).accepted.iter_rows():
        places = ", ".join("?" * len(row))
        bench.connection.execute(
            f"insert into raw.sec__fact values ({places}, 'sha', timestamp '2026-11-23')", row
        )
    bench.make("staging.sec__fact")
    found = [
        (str(row[1]), str(row[2]), row[4] / 1e6, row[5])
        for row in rows_of("marts.equity_revenue_quarter")
    ]
    # The year to 2025-01-26 stands alone in the sample, so that nothing follows of its quarters.
    assert found == [
        ("2025-01-27", "2025-04-27", 44062, False),
        ("2025-04-28", "2025-07-27", 46743, False),
        ("2025-07-28", "2025-10-26", 57006, False),
        ("2025-10-27", "2026-01-25", 68127, True),
        ("2026-01-26", "2026-04-26", 81615, False),
        ("2026-04-27", "2026-07-26", 96221, False),
    ]


def test_restatements_names_and_long_quarters(fill: Fill, expect: Expect) -> None:
    fill(
        {
            "staging.sec__fact": """
                ticker | tag             | period_start | period_end | revenue_usd | accession | form | filed_date
                AMD    | SalesRevenueNet | 2017-01-01   | 2017-04-01 | 984         | 17-1      | 10-Q | 2017-05-08
                AMD    | Revenues        | 2017-01-01   | 2017-04-01 | 1178        | 18-1      | 10-Q | 2018-05-02
                AMD    | Revenues        | 2017-01-01   | 2017-04-01 | 1177        | 18-0      | 10-Q | 2018-05-01
                AMD    | SalesRevenueNet | 2017-04-02   | 2017-07-01 | 1222        | 17-2      | 10-Q | 2017-08-03
                AMD    | Revenues        | 2017-04-02   | 2017-07-01 | 1222        | 17-2      | 10-Q | 2017-08-03
                AMD    | Revenues        | 2018-01-01   | 2018-07-02 | 2000        | 18-2      | 10-Q | 2018-08-03
                AMD    | Revenues        | 2018-01-01   | 2018-10-08 | 3400        | 18-3      | 10-Q | 2018-11-03
                AMD    | SalesRevenueNet | 2018-01-01   | 2018-12-31 | 9999        | 19-1      | 10-K | 2019-02-03
            """,  # noqa: E501
        }
    )
    expect(
        "marts.equity_revenue_quarter",
        """
        quarter_end | n_days | revenue_usd | is_derived | is_restated | tag
        2017-04-01  | 91     | 1178        | false      | true        | Revenues
        2017-07-01  | 91     | 1222        | false      | false       | Revenues
        2018-10-08  | 98     | 1400        | true       | false       | Revenues
        """,
    )


def test_a_fact_is_known_from_the_first_retrieval_that_had_it_so(
    fill: Fill, expect: Expect
) -> None:
    header = "ticker | tag | start | end | val | accn | form | filed | payload_sha256 | known_at\n"
    row = "NVDA | Revenues | 2025-01-27 | 2025-04-27 | {} | 1 | 10-Q | 2025-05-28 | {} | {}\n"
    rows = [("5", "a", "2026-01-01"), ("6", "b", "2026-01-08"), ("6", "c", "2026-01-15")]
    header = header.replace("| end |", '| "end" |')
    fill({"raw.sec__fact": header + "".join(row.format(*one) for one in rows)})
    expect("staging.sec__fact", "revenue_usd | known_at\n6 | 2026-01-08")


def test_of_stooq_the_newest_history_counts_as_a_whole(fill: Fill, expect: Expect) -> None:
    fill(
        {
            "raw.stooq__equity_daily": """
                ticker | price_date | close_usd | payload_sha256 | known_at
                NVDA   | 2024-06-06 | 1209.98   | a              | 2024-06-08
                NVDA   | 2024-06-07 | 1208.88   | a              | 2024-06-08
                NVDA   | 2024-06-07 | 120.888   | b              | 2024-06-15
                AMD    | 2024-06-07 | 167.87    | c              | 2024-06-08
            """,
        }
    )
    expect(
        "staging.stooq__equity_daily",
        "ticker | price_date | close_usd\nNVDA | 2024-06-07 | 120.888\nAMD | 2024-06-07 | 167.87",
    )


def test_bases_of_the_edition_are_read_from_its_words(fill: Fill, expect: Expect) -> None:
    fill(
        {
            "raw.bundled__equity_close": """
                ticker | date       | close_usd | basis
                AMD    | 2024-02-14 | 178.7     | unadjusted (no split since 2000)
                NVDA   | 2024-02-14 | 73.9      | split-adjusted to the basis after 2024-06-10
            """,
        }
    )
    expect("staging.bundled__equity_close", "ticker | basis_date\nAMD |\nNVDA | 2024-06-10")
