"""Budget: how fast and how often a key may be used, kept for all processes of one home.

The pace is a token bucket in the form of the generic cell rate algorithm (ITU-T I.371, annex
A): one moment per key, before which the bucket is not full again.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pipeline.errors import QuotaError
from pipeline.ledger_file import LedgerFile

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path

# A moment further ahead than both was not written by a clock that can be believed: nobody is
# told to wait that long, and no more calls than this wait for their turn.
_LONGEST_AHEAD_SECONDS = 3600.0
_LONGEST_AHEAD_CALLS = 20


@dataclass(frozen=True)
class Allowance:
    """What one key may do: calls a minute, at once, and in a calendar month (UTC).

    ``reserve`` calls of the month are left alone; a backfill leaves them to the daily runs.
    """

    key: str
    calls_per_minute: float
    calls_per_month: int | None
    burst: int = 1
    reserve: int = 0

    @property
    def interval_seconds(self) -> float:
        """Time between two calls at an even pace."""
        return 60 / self.calls_per_minute

    @property
    def burst_seconds(self) -> float:
        """How much earlier than at an even pace a call may be made."""
        return (self.burst - 1) * self.interval_seconds

    @property
    def longest_ahead_seconds(self) -> float:
        """How far ahead a call can be due at all."""
        return max(_LONGEST_AHEAD_SECONDS, _LONGEST_AHEAD_CALLS * self.interval_seconds)


@dataclass(frozen=True)
class Usage:
    """What a vendor counted for a key; calls of this month, null where it does not say."""

    calls_per_minute: float | None
    calls_per_month: int | None
    spent: int | None


class Budget:
    """Takes calls out of an allowance, in one transaction each."""

    def __init__(self, path: Path) -> None:
        """Use the ledger at ``path``.

        Raises:
            StorageError: it cannot be used.
        """
        self._file = LedgerFile(path)

    def take(self, allowance: Allowance, at: datetime | None = None) -> float:
        """Take one call and give the seconds to wait before it may be made.

        Raises:
            QuotaError: the calls of the month, less the reserve, are spent.
        """
        now = at.timestamp() if at else time.time()
        month = _month(now)
        with self._file.transaction(write=True, durable=False) as connection:
            spent = self._spent(connection, allowance.key, month)
            limit = allowance.calls_per_month
            if limit is not None and spent >= limit - allowance.reserve:
                kept = f", {allowance.reserve} kept for daily runs" if allowance.reserve else ""
                raise QuotaError(
                    f"{allowance.key}: {spent} of the {limit} calls of {month} are spent{kept}; "
                    "run again next month, or raise the limit in the settings if the plan has more"
                )
            row = connection.execute(
                "select next_at from pace where key = ?", (allowance.key,)
            ).fetchone()
            is_believed = row and row[0] < now + allowance.longest_ahead_seconds
            start = max(row[0], now) if is_believed else now
            connection.execute(
                "insert or replace into pace values (?, ?)",
                (allowance.key, start + allowance.interval_seconds),
            )
            connection.execute(
                "insert into credit values (?, ?, 1) on conflict do update set spent = spent + 1",
                (allowance.key, month),
            )
        return max(0.0, start - now - allowance.burst_seconds)

    def cool_down(self, allowance: Allowance, seconds: float, at: datetime | None = None) -> None:
        """Let nobody use the key for some seconds, as its host asked."""
        now = at.timestamp() if at else time.time()
        until = now + seconds + allowance.burst_seconds
        with self._file.transaction(write=True, durable=False) as connection:
            connection.execute(
                "insert into pace values (?1, ?2) on conflict do update "
                "set next_at = max(?2, case when next_at < ?3 then next_at else 0 end)",
                (allowance.key, until, now + allowance.longest_ahead_seconds),
            )

    def spent(self, key: str, at: datetime) -> int:
        """Calls taken in the calendar month of ``at``."""
        with self._file.transaction() as connection:
            return self._spent(connection, key, _month(at.timestamp()))

    def correct(self, key: str, spent: int, at: datetime) -> None:
        """Take over the vendor's own count, where it is higher: other programs use the key, too."""
        with self._file.transaction(write=True, durable=False) as connection:
            connection.execute(
                "insert into credit values (?, ?, ?) "
                "on conflict do update set spent = max(spent, excluded.spent)",
                (key, _month(at.timestamp()), spent),
            )

    @staticmethod
    def _spent(connection: sqlite3.Connection, key: str, month: str) -> int:
        row = connection.execute(
            "select spent from credit where key = ? and month = ?", (key, month)
        ).fetchone()
        return int(row[0]) if row else 0


def _month(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m}"
