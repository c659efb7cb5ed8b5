"""Outbox: messages that are to be sent, kept in the ledger until they are.

What is put in is sent at least once: a process that ends between sending and noting so sends again,
with the same key, by which a receiver can tell. The same message to the same recipient is taken in
once, however often it is told.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from pipeline.deliver.message import Message, Parcel

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Sequence

    from pipeline.ledger_file import LedgerFile

KEPT_DAYS: Final = 14
MOST_REFUSALS: Final = 3
_FIRST_WAIT: Final = timedelta(minutes=5)
_LONGEST_WAIT: Final = timedelta(hours=6)
_COLUMNS = "outbox_id, key, channel, recipient, message, queued_at, n_tries, tried_at, last_error"
_WAITING = "sent_at is null and dropped_at is null"


def put(
    connection: sqlite3.Connection,
    message: Message,
    to: Iterable[tuple[str, str]],
    at: datetime,
) -> int:
    """Take a message in for each channel and recipient that did not have it, and count them.

    Works inside a transaction of its caller.
    """
    count = 0
    for channel, recipient in to:
        count += connection.execute(
            "insert into outbox (key, channel, recipient, event, subject, message, queued_at) "
            "values (?, ?, ?, ?, ?, ?, ?) on conflict (key) do nothing",
            (
                *(message.key(channel, recipient), channel, recipient, message.event),
                *(message.subject, message.to_json(), _text(at)),
            ),
        ).rowcount
    return count


class Outbox:
    """Reads and marks what waits; one short transaction per call.

    Raises StorageError where the ledger cannot be used.
    """

    def __init__(self, file: LedgerFile) -> None:
        """Use the ledger."""
        self._file = file

    def waiting(self) -> list[Parcel]:
        """What is not sent yet, oldest first."""
        with self._file.transaction() as connection:
            return [
                _parcel(row)
                for row in connection.execute(
                    f"select {_COLUMNS} from outbox where {_WAITING} order by outbox_id"
                )
            ]

    def sent(self, parcel: Parcel, at: datetime) -> None:
        """Note that it was sent; of what it said only its subject is kept."""
        with self._file.transaction(write=True) as connection:
            connection.execute(
                "update outbox set sent_at = ?, tried_at = ?, n_tries = n_tries + 1, message = '' "
                "where outbox_id = ?",
                (_text(at), _text(at), parcel.parcel_id),
            )

    def later(self, parcel: Parcel, at: datetime, reason: str) -> None:
        """Note a try that came to nothing because of the channel."""
        self._tried(parcel, at, reason, refusals=0)

    def refused(self, parcel: Parcel, at: datetime, reason: str) -> bool:
        """Note a try that came to nothing because of the message; True where it is given up."""
        return self._tried(parcel, at, reason, refusals=1)

    def _tried(self, parcel: Parcel, at: datetime, reason: str, *, refusals: int) -> bool:
        with self._file.transaction(write=True) as connection:
            connection.execute(
                "update outbox set n_tries = n_tries + 1, n_refusals = n_refusals + ?, "
                "tried_at = ?, last_error = ? where outbox_id = ?",
                (refusals, _text(at), reason, parcel.parcel_id),
            )
            return bool(
                connection.execute(
                    "update outbox set dropped_at = ?, message = '' "
                    "where outbox_id = ? and n_refusals >= ?",
                    (_text(at), parcel.parcel_id, MOST_REFUSALS),
                ).rowcount
            )

    def drop(self, parcel_id: int, at: datetime, reason: str) -> bool:
        """Give one up; False where no such one waits."""
        with self._file.transaction(write=True) as connection:
            dropped = connection.execute(
                "update outbox set dropped_at = ?, last_error = ?, message = '' "
                f"where outbox_id = ? and {_WAITING}",
                (_text(at), reason, parcel_id),
            )
            return dropped.rowcount == 1


def is_due(parcels: Sequence[Parcel], now: datetime) -> bool:
    """Whether a channel is to be tried again with what waits for it.

    The wait since its last try is 5 minutes, then doubled, at most 6 hours; something that came
    in since then ends it.
    """
    tried = max((one.tried_at for one in parcels if one.tried_at), default=None)
    if tried is None or tried > now or any(one.queued_at > tried for one in parcels):
        return True
    n_tries = max(one.n_tries for one in parcels)
    wait: timedelta = min(_LONGEST_WAIT, _FIRST_WAIT * 2 ** min(n_tries - 1, 10))
    return now - tried >= wait


def is_too_old(parcel: Parcel, now: datetime) -> bool:
    """Whether nobody will want to read it any more."""
    return now - parcel.queued_at >= timedelta(days=KEPT_DAYS)


def _parcel(row: Sequence[Any]) -> Parcel:
    number, key, channel, recipient, message, queued_at, n_tries, tried_at, error = row
    return Parcel(
        *(number, key, channel, recipient, Message.from_json(message)),
        datetime.fromisoformat(queued_at),
        n_tries,
        datetime.fromisoformat(tried_at) if tried_at else None,
        error,
    )


def _text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()
