"""Ledger: what was retrieved, what is missing, what was decided and what was run.

The payload store keeps bytes; the ledger keeps events. Together they are what a warehouse
is rebuilt from. Times are UTC, stored as ISO 8601 text.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from pipeline import issues, mishaps, publications
from pipeline.entry import Had, Membership, Missing, Publication, Retrieval, Run
from pipeline.ledger_file import LedgerFile
from pipeline.provenance import Provenance

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from pipeline.entry import Announcement, BadAnswer, Issue, Outage


class Ledger:
    """Reads and writes the ledger; one short transaction per call.

    Raises StorageError where the file cannot be used.
    """

    def __init__(self, path: Path) -> None:
        """Open the file, making it and its folder when absent."""
        self._file = LedgerFile(path)

    def held_open(self) -> AbstractContextManager[None]:
        """Keep the file open meanwhile, so that many short transactions are quick."""
        return self._file.held_open()

    def record(self, retrieval: Retrieval) -> bool:
        """Add a retrieval; a dated file that came before just so, and is the newest, adds none."""
        with self._file.transaction(write=True) as connection:
            return _record(connection, retrieval)

    def retrievals(self, after: int = -1) -> list[Retrieval]:
        """The retrievals that count, oldest first.

        Of a dated file its newest version alone; of all else those that came ``after`` an id.
        """
        with self._file.transaction() as connection:
            found = [
                _retrieval(*row)
                for row in connection.execute(
                    "select payload_sha256, provenance, retrieval_id from retrieval "
                    "where (is_dated or retrieval_id > ?) and gone_at is null "
                    "order by retrieval_id",
                    (after,),
                )
            ]
        newest = {(r.provenance.source, r.provenance.dataset): r for r in found}
        return [
            r
            for r in found
            if not r.is_dated or newest[r.provenance.source, r.provenance.dataset] is r
        ]

    def is_empty(self) -> bool:
        """Whether nothing was ever retrieved."""
        with self._file.transaction() as connection:
            return connection.execute("select 1 from retrieval limit 1").fetchone() is None

    def undated(self, last: int) -> int:
        """How many retrievals that are never replaced there are, up to an id."""
        with self._file.transaction() as connection:
            count: int = connection.execute(
                "select count(*) from retrieval where not is_dated and retrieval_id <= ? "
                "and gone_at is null",
                (last,),
            ).fetchone()[0]
            return count

    def retrieved(
        self,
        source: str,
        dataset: str,
        at: datetime | None = None,
        *,
        before: datetime | None = None,
    ) -> list[Retrieval]:
        """What one retrieval of a data set brought, in order.

        That of ``at``, else the newest one, of those ``before`` a time if one is given.
        """
        with self._file.transaction() as connection:
            rows = connection.execute(
                "select payload_sha256, provenance, retrieval_id from retrieval "
                "where source = ? and dataset = ? and gone_at is null order by retrieval_id",
                (source, dataset),
            ).fetchall()
            found = [_retrieval(*row) for row in rows]
        times = [one.provenance.retrieved_at for one in found]
        known = [time for time in times if before is None or time < before]
        wanted = at or (known[-1] if known else None)
        return [one for one in found if one.provenance.retrieved_at == wanted]

    def datasets(self, source: str) -> list[str]:
        """The data sets of a source that were retrieved at least once, in order."""
        with self._file.transaction() as connection:
            return [
                name
                for (name,) in connection.execute(
                    "select distinct dataset from retrieval where source = ? order by dataset",
                    (source,),
                )
            ]

    def start(self, run: Run) -> None:
        """Record that a run began."""
        with self._file.transaction() as connection:
            connection.execute(
                "insert into run (run_id, command, version, started_at, status, settings) "
                "values (?, ?, ?, ?, ?, ?)",
                (
                    *(run.run_id, run.command, run.version),
                    *(_text(run.started_at), run.status, run.settings),
                ),
            )

    def bury(self, run_id: str, at: datetime) -> None:
        """Mark the runs that ended without a word as killed; the caller holds the writer's lock.

        ``run_id`` is the caller's own run.
        """
        with self._file.transaction() as connection:
            connection.execute(
                "update run set status = 'killed', finished_at = ? "
                "where status = 'running' and run_id <> ?",
                (_text(at), run_id),
            )

    def finish(self, run_id: str, finished_at: datetime, exit_code: int) -> None:
        """Record how a run ended."""
        status = {0: "ok", 3: "partial"}.get(exit_code, "failed")
        with self._file.transaction() as connection:
            connection.execute(
                "update run set finished_at = ?, exit_code = ?, status = ? where run_id = ?",
                (_text(finished_at), exit_code, status, run_id),
            )

    def runs(self) -> list[Run]:
        """All runs, oldest first."""
        with self._file.transaction() as connection:
            rows = connection.execute(
                "select run_id, command, version, started_at, finished_at, exit_code, status, "
                "settings from run order by rowid"
            ).fetchall()
            return [
                Run(name, command, version, _time(start), _time(end) if end else None, *rest)
                for name, command, version, start, end, *rest in rows
            ]

    def publish(self, publication: Publication) -> None:
        """Record what a published file contains."""
        with self._file.transaction() as connection:
            publications.add(connection, publication)

    def publications(self) -> list[Publication]:
        """All published files, oldest first."""
        with self._file.transaction() as connection:
            return publications.listed(connection)

    def commit(
        self, unit: Had, retrievals: Sequence[Retrieval], membership: Membership | None = None
    ) -> None:
        """Record all that a unit of work brought, or nothing of it."""
        with self._file.transaction(write=True) as connection:
            for retrieval in retrievals:
                _record(connection, retrieval)
            connection.execute(
                "insert into unit (source, dataset, first_date, last_date, run_id, fetched_at, "
                "n_payloads) values (?, ?, ?, ?, ?, ?, ?)",
                (
                    unit.source,
                    unit.dataset,
                    unit.first_date.isoformat(),
                    unit.last_date.isoformat(),
                    unit.run_id,
                    _text(unit.fetched_at),
                    unit.n_payloads,
                ),
            )
            if membership is not None:
                _decide(connection, membership)
            mishaps.recover(connection, unit.source, unit.dataset, unit.fetched_at)

    def units(self, source: str | None = None) -> list[Had]:
        """Units of work that are done, of one source or of all, oldest first."""
        with self._file.transaction() as connection:
            rows = connection.execute(
                "select source, dataset, first_date, last_date, run_id, fetched_at, n_payloads "
                "from unit where source = coalesce(?, source) order by unit_id",
                (source,),
            ).fetchall()
            return [
                Had(name, dataset, _day(first), _day(last), run, _time(at), n_payloads)
                for name, dataset, first, last, run, at, n_payloads in rows
            ]

    def miss(self, gap: Missing) -> bool:
        """Record a gap; False where the same days of the data set are on record already."""
        last = gap.last_date.isoformat() if gap.last_date else None
        where = (gap.source, gap.dataset, gap.first_date.isoformat(), last)
        with self._file.transaction(write=True) as connection:
            known = connection.execute(
                "select 1 from gap where source = ? and dataset = ? and first_date = ? "
                "and last_date is ?",
                where,
            ).fetchone()
            if known:
                return False
            connection.execute(
                "insert into gap (source, dataset, first_date, last_date, reason, noted_at) "
                "values (?, ?, ?, ?, ?, ?)",
                (*where, gap.reason, _text(gap.noted_at)),
            )
            return True

    def gaps(self) -> list[Missing]:
        """All gaps, oldest first."""
        with self._file.transaction() as connection:
            rows = connection.execute(
                "select source, dataset, first_date, last_date, reason, noted_at from gap "
                "order by gap_id"
            ).fetchall()
            return [
                Missing(name, of, _day(first), _day(last) if last else None, reason, _time(at))
                for name, of, first, last, reason, at in rows
            ]

    def decide(self, membership: Membership) -> None:
        """Record that a membership counts, or that it waits."""
        with self._file.transaction(write=True) as connection:
            _decide(connection, membership)

    def memberships(self) -> list[Membership]:
        """All decisions about memberships, oldest first."""
        with self._file.transaction() as connection:
            rows = connection.execute(
                "select source, dataset, seen_date, status, n_before, n_members, entered, left_, "
                "decided_at from membership order by membership_id"
            ).fetchall()
            return [
                Membership(
                    *(name, of, _day(seen), status, before, members),
                    *(tuple(json.loads(entered)), tuple(json.loads(left)), _time(at)),
                )
                for name, of, seen, status, before, members, entered, left, at in rows
            ]

    def lose(self, retrieval: Retrieval, reason: str, at: datetime) -> None:
        """Have a retrieval count no more, whole, and its days be a gap: its bytes are gone."""
        with self._file.transaction(write=True) as connection:
            mishaps.lose(connection, retrieval, reason, at)

    def fail(self, source: str, dataset: str, reason: str, at: datetime) -> None:
        """Record that a data set could not be had; failures in a row are one outage."""
        with self._file.transaction(write=True) as connection:
            mishaps.fail(connection, source, dataset, reason, at)

    def recover(self, source: str, dataset: str, at: datetime) -> None:
        """Record that a data set was had again, if it could not be had before."""
        with self._file.transaction(write=True) as connection:
            mishaps.recover(connection, source, dataset, at)

    def forgo(self, source: str, at: datetime) -> None:
        """Record that a source is not asked any more: what it lacks is missed by nobody."""
        with self._file.transaction(write=True) as connection:
            mishaps.forgo(connection, source, at)

    def outages(self) -> list[Outage]:
        """All outages, oldest first."""
        with self._file.transaction() as connection:
            return mishaps.outages(connection)

    def keep_sample(self, answer: BadAnswer) -> None:
        """Keep the beginning of a bad answer; only the newest are kept."""
        with self._file.transaction(write=True) as connection:
            mishaps.keep_sample(connection, answer)

    def bad_answers(self) -> list[BadAnswer]:
        """The samples that are kept, oldest first."""
        with self._file.transaction() as connection:
            return mishaps.bad_answers(connection)

    def announce(self, announcement: Announcement) -> None:
        """Keep what a host announced of its interface."""
        with self._file.transaction(write=True) as connection:
            mishaps.announce(connection, announcement)

    def announcements(self) -> list[Announcement]:
        """What hosts announced of their interfaces, by source."""
        with self._file.transaction() as connection:
            return mishaps.announcements(connection)

    def issue(self, issue: Issue) -> bool:
        """Record that a report was delivered; False where the same one was before."""
        with self._file.transaction(write=True) as connection:
            return issues.add(connection, issue)


def _record(connection: sqlite3.Connection, retrieval: Retrieval) -> bool:
    origin = retrieval.provenance
    newest = connection.execute(
        "select payload_sha256, provenance, retrieval_id from retrieval where source = ? and "
        "dataset = ? and gone_at is null order by retrieval_id desc limit 1",
        (origin.source, origin.dataset),
    ).fetchone()
    if retrieval.is_dated and newest and _is_same(_retrieval(*newest), retrieval):
        return False
    connection.execute(
        "insert into retrieval (source, dataset, payload_sha256, provenance, is_dated) "
        "values (?, ?, ?, ?, ?)",
        (
            origin.source,
            origin.dataset,
            retrieval.payload_sha256,
            json.dumps(origin.to_fields(), sort_keys=True),
            retrieval.is_dated,
        ),
    )
    return True


def _decide(connection: sqlite3.Connection, membership: Membership) -> None:
    connection.execute(
        "insert into membership (source, dataset, seen_date, status, n_before, n_members, "
        "entered, left_, decided_at) values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            membership.source,
            membership.dataset,
            membership.seen_date.isoformat(),
            membership.status,
            membership.n_before,
            membership.n_members,
            json.dumps(membership.entered),
            json.dumps(membership.left),
            _text(membership.decided_at),
        ),
    )


def _retrieval(payload_sha256: str, provenance: str, retrieval_id: int) -> Retrieval:
    return Retrieval(payload_sha256, Provenance.from_fields(json.loads(provenance)), retrieval_id)


def _is_same(one: Retrieval, other: Retrieval) -> bool:
    """Whether two retrievals differ in nothing but their time."""
    at = other.provenance.retrieved_at
    return replace(one, provenance=replace(one.provenance, retrieved_at=at)) == other


def _text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _day(text: str) -> date:
    return date.fromisoformat(text)
