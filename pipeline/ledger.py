"""Ledger: what was retrieved and what was run, in one SQLite file (WAL) of the state folder.

The payload store keeps bytes; the ledger keeps events. Together they are what a warehouse
is rebuilt from. Times are UTC, stored as ISO 8601 text.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pipeline.errors import StorageError
from pipeline.provenance import Provenance

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_SCHEMA = """
create table if not exists retrieval (
    retrieval_id integer primary key,
    source text not null,
    dataset text not null,
    payload_sha256 text not null,
    provenance text not null
);
create table if not exists run (
    run_id text primary key,
    command text not null,
    version text not null,
    started_at text not null,
    finished_at text,
    exit_code integer,
    status text not null
);
create table if not exists publication (
    file_name text primary key,
    run_id text not null references run,
    content_hash text not null,
    row_count integer not null,
    published_at text not null
);
"""


@dataclass(frozen=True)
class Retrieval:
    """One time a payload was had from its source, with what the source said of it then.

    The same bytes can come again with a corrected citation or knowledge date, so what counts
    for a retrieval is its own provenance, not the sidecar of the bytes.
    """

    payload_sha256: str
    provenance: Provenance

    @property
    def is_dated(self) -> bool:
        """The file says when its rows became known: its next version replaces it as a whole."""
        return self.provenance.known_at is not None


@dataclass(frozen=True)
class Run:
    """One run of a command; ``status`` is running, ok, partial, failed or killed.

    In a warehouse, the run that published it is ``published``.
    """

    run_id: str
    command: str
    version: str
    started_at: datetime
    finished_at: datetime | None = None
    exit_code: int | None = None
    status: str = "running"


@dataclass(frozen=True)
class Publication:
    """One published warehouse file and what it must contain."""

    file_name: str
    run_id: str
    content_hash: str
    row_count: int
    published_at: datetime


class Ledger:
    """Reads and writes the ledger; one short transaction per call."""

    def __init__(self, path: Path) -> None:
        """Open the file, making it and its folder when absent.

        Raises:
            StorageError: the file cannot be opened or is not a ledger.
        """
        self._path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(
                f"{path.parent}: cannot make the state folder ({error.strerror}); "
                "choose another --home"
            ) from error
        with self._transaction() as connection:
            connection.execute("pragma journal_mode = wal")
            connection.executescript(_SCHEMA)

    def record(self, retrieval: Retrieval) -> None:
        """Add a retrieval; a dated file that came before just so, and is the newest, adds none."""
        origin = retrieval.provenance
        with self._transaction() as connection:
            newest = connection.execute(
                "select payload_sha256, provenance from retrieval where source = ? and "
                "dataset = ? order by retrieval_id desc limit 1",
                (origin.source, origin.dataset),
            ).fetchone()
            if retrieval.is_dated and newest and _is_same(_retrieval(*newest), retrieval):
                return
            connection.execute(
                "insert into retrieval (source, dataset, payload_sha256, provenance) "
                "values (?, ?, ?, ?)",
                (
                    origin.source,
                    origin.dataset,
                    retrieval.payload_sha256,
                    json.dumps(origin.to_fields(), sort_keys=True),
                ),
            )

    def retrievals(self) -> list[Retrieval]:
        """All retrievals that count, oldest first: of a dated file only its newest version."""
        with self._transaction() as connection:
            rows = connection.execute(
                "select payload_sha256, provenance from retrieval order by retrieval_id"
            ).fetchall()
            found = [_retrieval(*row) for row in rows]
        newest = {(r.provenance.source, r.provenance.dataset): r for r in found}
        return [
            r
            for r in found
            if not r.is_dated or newest[r.provenance.source, r.provenance.dataset] is r
        ]

    def start(self, run: Run) -> None:
        """Record that a run began."""
        with self._transaction() as connection:
            connection.execute(
                "insert into run (run_id, command, version, started_at, status) "
                "values (?, ?, ?, ?, ?)",
                (run.run_id, run.command, run.version, _text(run.started_at), run.status),
            )

    def bury(self, run_id: str, at: datetime) -> None:
        """Mark the runs that ended without a word as killed; the caller holds the writer's lock.

        ``run_id`` is the caller's own run.
        """
        with self._transaction() as connection:
            connection.execute(
                "update run set status = 'killed', finished_at = ? "
                "where status = 'running' and run_id <> ?",
                (_text(at), run_id),
            )

    def finish(self, run_id: str, finished_at: datetime, exit_code: int) -> None:
        """Record how a run ended."""
        status = {0: "ok", 3: "partial"}.get(exit_code, "failed")
        with self._transaction() as connection:
            connection.execute(
                "update run set finished_at = ?, exit_code = ?, status = ? where run_id = ?",
                (_text(finished_at), exit_code, status, run_id),
            )

    def runs(self) -> list[Run]:
        """All runs, oldest first."""
        with self._transaction() as connection:
            rows = connection.execute(
                "select run_id, command, version, started_at, finished_at, exit_code, status "
                "from run order by started_at, run_id"
            ).fetchall()
            return [
                Run(name, command, version, _time(start), _time(end) if end else None, code, status)
                for name, command, version, start, end, code, status in rows
            ]

    def publish(self, publication: Publication) -> None:
        """Record what a published file contains."""
        with self._transaction() as connection:
            connection.execute(
                "insert or replace into publication values (?, ?, ?, ?, ?)",
                (
                    publication.file_name,
                    publication.run_id,
                    publication.content_hash,
                    publication.row_count,
                    _text(publication.published_at),
                ),
            )

    def publications(self) -> list[Publication]:
        """All published files, oldest first."""
        with self._transaction() as connection:
            rows = connection.execute(
                "select file_name, run_id, content_hash, row_count, published_at "
                "from publication order by published_at, file_name"
            ).fetchall()
            return [
                Publication(name, run, digest, n, _time(at)) for name, run, digest, n, at in rows
            ]

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        try:
            connection = sqlite3.connect(self._path, timeout=30)
            try:
                with connection:
                    yield connection
            finally:
                connection.close()
        except sqlite3.OperationalError as error:
            raise StorageError(f"{self._path}: the ledger cannot be used now ({error})") from error
        except (sqlite3.DatabaseError, KeyError, TypeError, ValueError) as error:
            raise StorageError(
                f"{self._path}: the ledger is damaged ({error}); restore it from a backup"
            ) from error


def _retrieval(payload_sha256: str, provenance: str) -> Retrieval:
    return Retrieval(payload_sha256, Provenance.from_fields(json.loads(provenance)))


def _is_same(one: Retrieval, other: Retrieval) -> bool:
    """Whether two retrievals differ in nothing but their time."""
    at = other.provenance.retrieved_at
    return replace(one, provenance=replace(one.provenance, retrieved_at=at)) == other


def _text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
