"""Layouts: vendors' own forms of daily prices, known by their header alone.

A layout is a mapping file that need not be written. It is chosen where the header has exactly its
columns, in any order and any case; how numbers and days are written belongs to it, so that a file
with the right header and other figures is refused rather than guessed at.
"""

from __future__ import annotations

import json
import re
import tomllib
from typing import TYPE_CHECKING

from pipeline.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_STOOQ = """# layout: Stooq
[columns]
price_date = { column = "Date", format = "%Y-%m-%d" }
open_usd = { column = "Open", zero = "unknown" }
high_usd = { column = "High", zero = "unknown" }
low_usd = { column = "Low", zero = "unknown" }
close_usd = "Close"
volume_shares = "Volume"
"""

_STOOQ_POLISH = """# layout: Stooq (Polish)
[columns]
price_date = { column = "Data", format = "%Y-%m-%d" }
open_usd = { column = "Otwarcie", zero = "unknown" }
high_usd = { column = "Najwyzszy", zero = "unknown" }
low_usd = { column = "Najnizszy", zero = "unknown" }
close_usd = "Zamkniecie"
volume_shares = "Wolumen"
"""

_YAHOO = """# layout: Yahoo
[columns]
price_date = { column = "Date", format = "%Y-%m-%d" }
open_usd = { column = "Open", zero = "unknown" }
high_usd = { column = "High", zero = "unknown" }
low_usd = { column = "Low", zero = "unknown" }
close_usd = "Close"
adjusted_close_usd = { column = "Adj Close", zero = "unknown" }
volume_shares = "Volume"
"""

_NASDAQ = """# layout: Nasdaq
[columns]
price_date = { column = "Date", format = "%m/%d/%Y" }
close_usd = { column = "Close/Last", number = "$1,234.56" }
volume_shares = { column = "Volume", number = "1,234" }
open_usd = { column = "Open", number = "$1,234.56", zero = "unknown" }
high_usd = { column = "High", number = "$1,234.56", zero = "unknown" }
low_usd = { column = "Low", number = "$1,234.56", zero = "unknown" }
"""

EQUITY_DAILY: Mapping[str, str] = {
    "Stooq": _STOOQ,
    "Stooq (Polish)": _STOOQ_POLISH,
    "Yahoo": _YAHOO,
    "Nasdaq": _NASDAQ,
}


def chosen(layouts: Mapping[str, str], header: Sequence[str]) -> str:
    """The text of the layout that has these columns, by the names in the file.

    Raises:
        UsageError: none has, or the header has a column twice.
    """
    found = {_folded(name): name for name in header}
    for text in layouts.values():
        columns = _columns(text)
        if len(found) == len(header) and {_folded(name) for name in columns} == found.keys():
            for name in columns:
                text = text.replace(f'"{name}"', json.dumps(found[_folded(name)]))
            return text
    ours = "; ".join(f"{name}: {', '.join(_columns(text))}" for name, text in layouts.items())
    shown = ", ".join(header[:12]) + (", …" if len(header) > 12 else "")
    raise UsageError(
        f"has the columns {shown}, which are those of no known layout ({ours}); say in a mapping "
        "file which columns are which (--mapping)"
    )


def name_of(mapping: str) -> str | None:
    """The name of the layout that a mapping text is of; None for a user's own."""
    found = re.search(r"^# layout: (.+)$", mapping, re.M)
    return found[1] if found else None


def _columns(text: str) -> list[str]:
    columns = tomllib.loads(text)["columns"].values()
    return [column if isinstance(column, str) else column["column"] for column in columns]


def _folded(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", " ", name.casefold()).strip()
