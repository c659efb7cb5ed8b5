"""Revenue by quarter where filings contradict one another."""

from __future__ import annotations

from collections.abc import Callable, Mapping

Fill = Callable[[Mapping[str, str]], None]
Expect = Callable[[str, str], None]


def test_of_quarters_that_overlap_one_counts(fill: Fill, expect: Expect) -> None:
    fill(
        {
            "staging.sec__fact": """
                ticker | tag | period_start | period_end | revenue_usd | accession | filed_date
                AMD    | R   | 2015-03-29   | 2015-06-27 | 942         | a         | 2015-07-30
                AMD    | R   | 2015-06-27   | 2015-09-26 | 1061        | b         | 2015-10-29
                AMD    | R   | 2016-01-01   | 2016-09-24 | 3000        | c         | 2016-10-29
                AMD    | R   | 2016-01-01   | 2016-12-31 | 2900        | d         | 2017-02-20
            """
        }
    )
    expect(
        "marts.equity_revenue_quarter",
        """
        quarter_start | quarter_end | revenue_usd
        2015-06-27    | 2015-09-26  | 1061
        """,
    )
