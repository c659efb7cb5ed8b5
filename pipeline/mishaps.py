"""Mishaps: what could not be had, and what came in its place, as rows of the ledger.

Each function works inside a transaction of its caller. Times are UTC, in ISO 8601.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pipeline.entry import Announcement, BadAnswer, Outage

if TYPE_CHECKING:
    import sqlite3

    from pipeline.entry import Retrieval

_KEPT_BAD_ANSWERS = 50


def lose(connection: sqlite3.Connection, retrieval: Retrieval, reason: str, at: datetime) -> None:
    """Take out all that a retrieval brought: a day is complete or absent."""
    origin = retrieval.provenance
    one = (origin.source, origin.dataset)
    connection.execute(
        "update retrieval set gone_at = ?4 where source = ?1 and dataset = ?2 and "
        "json_extract(provenance, '$.retrieved_at') = (select json_extract(provenance, "
        "'$.retrieved_at') from retrieval where retrieval_id = ?3)",
        (*one, retrieval.retrieval_id, _text(at)),
    )
    retrieved = _text(origin.retrieved_at)
    days = connection.execute(
        "select first_date, last_date from unit where source = ? and dataset = ? "
        "and fetched_at = ?",
        (*one, retrieved),
    ).fetchone() or (retrieved[:10], retrieved[:10])
    connection.execute(
        "insert into gap (source, dataset, first_date, last_date, reason, noted_at) "
        "values (?, ?, ?, ?, ?, ?)",
        (*one, *days, reason, _text(at)),
    )


def fail(
    connection: sqlite3.Connection, source: str, dataset: str, reason: str, at: datetime
) -> None:
    """Note that a data set could not be had; failures in a row are one outage."""
    one = (source, dataset)
    running = connection.execute(
        "update outage set last_failed_at = ?, n_failures = n_failures + 1 "
        "where source = ? and dataset = ? and ended_at is null",
        (_text(at), *one),
    )
    if running.rowcount:
        return
    (good,) = connection.execute(
        "select max(fetched_at) from unit where source = ? and dataset = ?", one
    ).fetchone()
    connection.execute(
        "insert into outage (source, dataset, began_at, last_good_at, reason, "
        "last_failed_at, n_failures) values (?, ?, ?, ?, ?, ?, 1)",
        (*one, _text(at), good, reason, _text(at)),
    )


def recover(connection: sqlite3.Connection, source: str, dataset: str, at: datetime) -> None:
    """Note that a data set was had again, if it could not be had before."""
    connection.execute(
        "update outage set ended_at = ? where source = ? and dataset = ? and ended_at is null",
        (_text(at), source, dataset),
    )


def forgo(connection: sqlite3.Connection, source: str, at: datetime) -> None:
    """Note that a source is not asked any more, which ends what it could not give."""
    connection.execute(
        "update outage set ended_at = ? where source = ? and ended_at is null", (_text(at), source)
    )


def outages(connection: sqlite3.Connection) -> list[Outage]:
    """All outages, oldest first."""
    rows = connection.execute(
        "select source, dataset, began_at, last_good_at, reason, last_failed_at, "
        "n_failures, ended_at from outage order by outage_id"
    ).fetchall()
    return [
        Outage(
            *(source, dataset, _time(began), _time(good) if good else None, reason),
            *(_time(failed), count, _time(ended) if ended else None),
        )
        for source, dataset, began, good, reason, failed, count, ended in rows
    ]


def keep_sample(connection: sqlite3.Connection, answer: BadAnswer) -> None:
    """Keep the beginning of a bad answer; only the newest are kept."""
    connection.execute(
        "insert into bad_answer (source, url, status, reason, sample, seen_at) "
        "values (?, ?, ?, ?, ?, ?)",
        (
            answer.source,
            answer.url,
            answer.status,
            answer.reason,
            answer.sample,
            _text(answer.seen_at),
        ),
    )
    connection.execute(
        "delete from bad_answer where bad_answer_id <= "
        "(select max(bad_answer_id) from bad_answer) - ?",
        (_KEPT_BAD_ANSWERS,),
    )


def bad_answers(connection: sqlite3.Connection) -> list[BadAnswer]:
    """The samples that are kept, oldest first."""
    rows = connection.execute(
        "select source, url, status, reason, sample, seen_at from bad_answer order by bad_answer_id"
    ).fetchall()
    return [
        BadAnswer(source, url, status, reason, sample, _time(at))
        for source, url, status, reason, sample, at in rows
    ]


def announce(connection: sqlite3.Connection, one: Announcement) -> None:
    """Keep what a host announced of its interface; the newest for each source."""
    connection.execute(
        "insert or replace into announcement (source, url, said, seen_at) values (?, ?, ?, ?)",
        (one.source, one.url, one.said, _text(one.seen_at)),
    )


def announcements(connection: sqlite3.Connection) -> list[Announcement]:
    """What hosts announced, by source."""
    rows = connection.execute(
        "select source, url, said, seen_at from announcement order by source"
    ).fetchall()
    return [Announcement(source, url, said, _time(at)) for source, url, said, at in rows]


def _text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
