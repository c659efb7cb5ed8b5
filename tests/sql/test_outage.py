"""Outages: what an end is known to be, at the moment that a file is built for."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    Fill = Callable[[dict[str, str]], None]
    Expect = Callable[[str, str], None]
    Make = Callable[..., None]

OUTAGES = """
    source | dataset | began_at         | last_good_at     | reason | ended_at         | known_at
    akash  | prices  | 2026-11-20 01:00 | 2026-11-19 01:00 | down   | 2026-11-23 01:00 | 2026-11-20 01:00
    epoch  | chips   | 2026-11-21 01:00 |                  | moved  |                  | 2026-11-21 01:00
"""  # noqa: E501


def test_an_end_is_known_when_it_came(fill: Fill, make: Make, expect: Expect) -> None:
    fill({"raw.capbrief__outage": OUTAGES, "marts.build": "report_date\n2026-11-24"})
    make("staging.capbrief__outage")
    expect(
        "marts.outage",
        """
        source | dataset | is_open | ended_at
        akash  | prices  | false   | 2026-11-23 01:00:00
        epoch  | chips   | true    |
        """,
    )


def test_before_it_came_it_was_not_known(fill: Fill, make: Make, expect: Expect) -> None:
    fill(
        {
            "raw.capbrief__outage": OUTAGES,
            "marts.build": "report_date | as_of\n2026-11-22 | 2026-11-22 23:59",
        }
    )
    make("staging.capbrief__outage")
    expect(
        "marts.outage",
        """
        source | dataset | is_open | ended_at
        akash  | prices  | true    |
        epoch  | chips   | true    |
        """,
    )


def test_what_was_found_unchanged_was_seen_then(fill: Fill, make: Make, expect: Expect) -> None:
    fill(
        {
            "raw.capbrief__confirmation": """
                source | dataset   | known_at
                epoch  | chips     | 2026-11-14 01:00
                epoch  | chips     | 2026-11-21 01:00
                epoch  | owners    | 2026-11-21 01:00
                sec    | chips     | 2026-11-22 01:00
            """,
            "staging.capbrief__payload": """
                source | dataset       | retrieved_at
                epoch  | chips         | 2026-11-07 01:00
                epoch  | owners/units  | 2026-11-07 01:00
                epoch  | owners/totals | 2026-11-07 01:00
                epoch  | ownership     | 2026-11-07 01:00
                sec    | facts         | 2026-11-07 01:00
            """,
        }
    )
    make("staging.capbrief__confirmation")
    expect(
        "marts.source",
        """
        source | dataset       | seen_at
        epoch  | chips         | 2026-11-21 01:00:00
        epoch  | owners/units  | 2026-11-21 01:00:00
        epoch  | owners/totals | 2026-11-21 01:00:00
        epoch  | ownership     | 2026-11-07 01:00:00
        sec    | facts         | 2026-11-07 01:00:00
        """,
    )
