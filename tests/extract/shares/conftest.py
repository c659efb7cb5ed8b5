"""A user's files of shares, made up: closes that pass through the known ones, on any basis."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pipeline.extract import shares
from pipeline.extract.import_file import read
from pipeline.extract.split_basis import factor

if TYPE_CHECKING:
    from pipeline.provenance import Provenance
    from pipeline.source import Rows

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
EQUITIES = Path(__file__).resolve().parents[4] / "shared" / "equities"
NEWEST = date(2024, 6, 10)

SAID: dict[str, Any] = {
    "kind": "equity_daily",
    "producer": "A Vendor",
    "citation": "A Vendor, daily history",
    "licence": "own use",
    "published": None,
    "mapping": None,
    "now": NOW,
}


@dataclass(frozen=True)
class Brought:
    """Writes a file into a folder, and reads it as an import."""

    folder: Path

    def __call__(
        self, content: str | bytes, mapping: str | None = None, **other: Any
    ) -> tuple[Provenance, Rows]:
        file = self.folder / "prices.csv"
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        path = None
        if mapping is not None:
            path = self.folder / "own.toml"
            path.write_text(mapping)
        _, origin, rows = read(file, **{**SAID, "mapping": path, **other})
        return origin, rows

    def basis(self, content: str, ticker: str = "NVDA", **other: Any) -> tuple[str, date | None]:
        """What its rows say of their basis."""
        _, rows = self(content, ticker=ticker, **other)
        found = rows.accepted.select("basis", "basis_date").unique()
        assert len(found) == 1
        return found.row(0)


@pytest.fixture
def bring(tmp_path: Path) -> Brought:
    return Brought(tmp_path)


def days(first: str, last: str) -> list[date]:
    begin, end = date.fromisoformat(first), date.fromisoformat(last)
    every = (begin + timedelta(n) for n in range((end - begin).days + 1))
    return [day for day in every if day.isoweekday() < 6]


def as_traded(ticker: str, first: str, last: str) -> dict[date, float]:
    """Closes that pass through the known ones, on the way from one to the next on one basis."""
    share = shares.known()[ticker]
    known = sorted(share.closes)
    smooth = {day: share.closes[day] / factor(share.splits, day, NEWEST) for day in known}
    made = {}
    for day in days(first, last):
        before = max((one for one in known if one <= day), default=known[0])
        after = min((one for one in known if one >= day), default=known[-1])
        part = (day - before).days / max(1, (after - before).days)
        part = min(max(part, 0.0), 1.0)
        level = math.exp((1 - part) * math.log(smooth[before]) + part * math.log(smooth[after]))
        made[day] = level * factor(share.splits, day, NEWEST)
    return made


def on_basis(ticker: str, through: date | None, first: str, last: str) -> dict[date, float]:
    splits = shares.known()[ticker].splits
    made = as_traded(ticker, first, last)
    return {day: close / factor(splits, day, through) for day, close in made.items()}


def stooq(closes: dict[date, float]) -> str:
    lines = ["Date,Open,High,Low,Close,Volume"]
    lines += [
        f"{day},{close:.6f},{close * 1.01:.6f},{close * 0.99:.6f},{close:.6f},1000000"
        for day, close in closes.items()
    ]
    return "\n".join(lines) + "\n"


STOOQ = """Date,Open,High,Low,Close,Volume
2024-02-14,176.20,179.31,175.02,178.70,54302100
2024-02-15,178.00,180.33,175.50,176.76,53303800
"""


@pytest.fixture
def recorded() -> Path:
    """Files of other publishers; skipped by name where they are absent."""
    if not EQUITIES.is_dir():
        pytest.skip("shared/equities is absent: nothing recorded is read")
    return EQUITIES
