"""Messages and parcels to send."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from pipeline.deliver.message import File, Message, Parcel

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
MESSAGE = Message(
    event="report",
    subject="Market · 23 November 2026",
    lines=("Market", "The index rose by 3 %."),
    about="0123456789ab",
    run_id="20261123T120000Z-0a0b0c0d",
    html="<p>The index rose.</p><!--files-->",
    report="market",
    report_date="2026-11-23",
)


class Makes:
    """Makes messages and parcels with some fields changed."""

    now = NOW

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def message(self, **changes: Any) -> Message:
        return replace(MESSAGE, **changes)

    def parcel(self, message: Message = MESSAGE, to: str = "ops@example.org") -> Parcel:
        return Parcel(1, message.key("ops", to), "ops", to, message, NOW, 0, None, None)

    def file(self, name: str, content: bytes) -> File:
        path = self.folder / "reports" / "market_2026-11-23" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return File.of(path)


@pytest.fixture
def make(tmp_path: Path) -> Makes:
    return Makes(tmp_path)
