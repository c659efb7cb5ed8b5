"""Troubles: what is wrong for as long as it lasts, and when it is to be told.

A trouble is told at once, then every few hours while it lasts, once more where it becomes one of
another kind, and its end once. Rows of the ledger; each function works inside a transaction of its
caller.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable, Sequence

_COLUMNS = "trouble_id, subject, event, kind, reason, began_at, last_seen_at, n_seen, n_told"


@dataclass(frozen=True)
class Seen:
    """Something that is wrong now.

    ``subject`` is what it is about: the run, an alert or a channel. ``kind`` tells one trouble of
    a subject from another one: an exit code, a severity; figures that differ each time are no part
    of it. ``reason`` is for people.
    """

    subject: str
    event: str
    kind: str
    reason: str


@dataclass(frozen=True)
class Trouble:
    """Something that is wrong, since ``began_at``, seen ``n_seen`` times."""

    trouble_id: int
    subject: str
    event: str
    kind: str
    reason: str
    began_at: datetime
    last_seen_at: datetime
    n_seen: int
    n_told: int


def see(
    connection: sqlite3.Connection, seen: Iterable[Seen], now: datetime, repeat_hours: float
) -> list[Trouble]:
    """Note what is wrong, and give what of it is to be told now."""
    told = []
    for one in seen:
        begun = connection.execute(
            "select trouble_id, told_at from trouble "
            "where subject = ? and event = ? and kind = ? and ended_at is null",
            (one.subject, one.event, one.kind),
        ).fetchone()
        if begun is None:
            # Another kind of the same subject takes its place without a word of recovery.
            _end(connection, one.subject, now)
            number = connection.execute(
                "insert into trouble (subject, event, kind, reason, began_at, last_seen_at) "
                "values (?, ?, ?, ?, ?, ?)",
                (one.subject, one.event, one.kind, one.reason, _text(now), _text(now)),
            ).lastrowid
            is_told = True
        else:
            number, told_at = begun
            connection.execute(
                "update trouble set reason = ?, last_seen_at = ?, n_seen = n_seen + 1 "
                "where trouble_id = ?",
                (one.reason, _text(now), number),
            )
            is_told = told_at is None or _is_due(datetime.fromisoformat(told_at), now, repeat_hours)
        if is_told:
            connection.execute(
                "update trouble set told_at = ?, n_told = n_told + 1 where trouble_id = ?",
                (_text(now), number),
            )
            told += _of(connection, "trouble_id = ?", number)
    return told


def recover(
    connection: sqlite3.Connection, is_over: Callable[[Trouble], bool], now: datetime
) -> list[Trouble]:
    """End the troubles that are over, and give those that somebody was told of."""
    ended = [one for one in lasting(connection) if is_over(one)]
    for one in ended:
        _end(connection, one.subject, now)
    return [one for one in ended if one.n_told]


def lasting(connection: sqlite3.Connection) -> list[Trouble]:
    """What is wrong, oldest first."""
    return _of(connection, "ended_at is null")


def _is_due(told_at: datetime, now: datetime, repeat_hours: float) -> bool:
    """Whether it is to be told again; a clock that was put back must not keep it unsaid."""
    return told_at > now or now - told_at >= timedelta(hours=repeat_hours)


def _end(connection: sqlite3.Connection, subject: str, now: datetime) -> None:
    connection.execute(
        "update trouble set ended_at = ? where subject = ? and ended_at is null",
        (_text(now), subject),
    )


def _of(connection: sqlite3.Connection, where: str, *values: object) -> list[Trouble]:
    rows = connection.execute(
        f"select {_COLUMNS} from trouble where {where} order by trouble_id", values
    ).fetchall()
    return [_trouble(row) for row in rows]


def _trouble(row: Sequence[Any]) -> Trouble:
    number, subject, event, kind, reason, began_at, seen_at, n_seen, n_told = row
    times = datetime.fromisoformat(began_at), datetime.fromisoformat(seen_at)
    return Trouble(number, subject, event, kind, reason, *times, n_seen, n_told)


def _text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()
