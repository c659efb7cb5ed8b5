"""Citation: which payloads the reports of a home cite, and which of them count no more.

A report cites of each data set what was retrieved last when its warehouse was built. For that it
is enough to know how far the ledger went then: its notes are one number for each report.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pipeline.ledger_file import LedgerFile

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from pipeline.entry import Missing


@dataclass(frozen=True)
class Note:
    """A report that lies in the home: its folder's name, and how far the ledger went for it.

    ``stem`` is the name of its files, ``retrieval_id`` the newest retrieval in its warehouse.
    """

    folder: str
    stem: str
    retrieval_id: int


@dataclass(frozen=True)
class Listed:
    """One retrieval, as far as it matters for what is cited; ``at`` is when it was had (UTC)."""

    retrieval_id: int
    source: str
    dataset: str
    payload_sha256: str
    at: datetime
    is_dated: bool
    is_gone: bool


class Citations:
    """Reads and writes the notes of reports; raises StorageError where the ledger is of no use."""

    def __init__(self, path: Path) -> None:
        """Open the ledger's file."""
        self._file = LedgerFile(path)

    def note(self, note: Note) -> None:
        """Note a report that was delivered, in place of what lay there before."""
        with self._file.transaction(write=True) as connection:
            connection.execute(
                "insert or replace into delivery (folder, stem, retrieval_id) values (?, ?, ?)",
                (note.folder, note.stem, note.retrieval_id),
            )

    def notes(self) -> list[Note]:
        """All notes, by folder and name."""
        with self._file.transaction() as connection:
            rows = connection.execute(
                "select folder, stem, retrieval_id from delivery order by folder, stem"
            ).fetchall()
            return [Note(*row) for row in rows]

    def forget(self, folder: str) -> None:
        """Drop the notes of a folder that is gone."""
        with self._file.transaction(write=True) as connection:
            connection.execute("delete from delivery where folder = ?", (folder,))

    def retrievals(self) -> list[Listed]:
        """All retrievals, oldest first; also those that count no more."""
        with self._file.transaction() as connection:
            rows = connection.execute(
                "select retrieval_id, source, dataset, payload_sha256, "
                "json_extract(provenance, '$.retrieved_at'), is_dated, gone_at is not null "
                "from retrieval order by retrieval_id"
            ).fetchall()
            return [
                Listed(
                    *(number, source, dataset, sha256, datetime.fromisoformat(at)),
                    *(bool(is_dated), bool(is_gone)),
                )
                for number, source, dataset, sha256, at, is_dated, is_gone in rows
            ]

    def prune(self, retrieval_ids: Iterable[int], gaps: Sequence[Missing], at: datetime) -> None:
        """Let retrievals count no more from the next build on, and note the days that go.

        All of it is on record, or nothing.
        """
        text = at.astimezone(UTC).isoformat()
        with self._file.transaction(write=True) as connection:
            connection.executemany(
                "update retrieval set gone_at = ? where retrieval_id = ?",
                [(text, one) for one in retrieval_ids],
            )
            for gap in gaps:
                _miss(connection, gap, text)


def _miss(connection: sqlite3.Connection, gap: Missing, noted_at: str) -> None:
    last = gap.last_date.isoformat() if gap.last_date else None
    where: tuple[Any, ...] = (gap.source, gap.dataset, gap.first_date.isoformat(), last)
    connection.execute(
        "insert into gap (source, dataset, first_date, last_date, reason, noted_at) "
        "select ?, ?, ?, ?, ?, ? where not exists (select 1 from gap where source = ? "
        "and dataset = ? and first_date = ? and last_date is ?)",
        (*where, gap.reason, noted_at, *where),
    )


def cited(retrievals: Iterable[Listed], reached: Iterable[int]) -> set[str]:
    """The payloads that were the newest of their data set when the ledger ended at some places.

    Args:
        retrievals: oldest first.
        reached: ids of the last retrieval, one for each report.
    """
    series: dict[tuple[str, str], list[Listed]] = {}
    for one in retrievals:
        series.setdefault((one.source, one.dataset), []).append(one)
    found: set[str] = set()
    for last in set(reached):
        for of_one in series.values():
            known = bisect_right(of_one, last, key=lambda one: one.retrieval_id)
            found |= newest(of_one[:known])
    return found


def newest(of_one: list[Listed]) -> set[str]:
    """The payloads of that retrieval of one data set which was made last."""
    found = set()
    for one in reversed(of_one):
        if one.at != of_one[-1].at:
            break
        found.add(one.payload_sha256)
    return found
