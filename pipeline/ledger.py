"""Ledger: what was retrieved and what was run, in one SQLite file (WAL) of the state folder.

The payload store keeps bytes; the ledger keeps events. Together they are what a warehouse
is rebuilt from. Times are UTC, stored as ISO 8601 text.
"""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pipeline.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_SCHEMA = """
create table if not exists retrieval (
    retrieval_id integer primary key,
    source text not null,
    entity text not null,
    dataset text not null,
    payload_sha256 text not null,
    retrieved_at text not null,
    is_dated integer not null
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
    """One time a payload was had from its source.

    ``is_dated``: the file says itself when its rows became known, so a later version of the
    same dataset replaces it as a whole.
    """

    source: str
    entity: str
    dataset: str
    payload_sha256: str
    retrieved_at: datetime
    is_dated: bool


@dataclass(frozen=True)
class Run:
    """One run of a command; ``status`` is running, ok, partial or failed."""

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
        """Add a retrieval; a dated file that is already the newest of its dataset adds none."""
        with self._transaction() as connection:
            newest = connection.execute(
                "select payload_sha256 from retrieval where source = ? and dataset = ? "
                "order by retrieval_id desc limit 1",
                (retrieval.source, retrieval.dataset),
            ).fetchone()
            if retrieval.is_dated and newest == (retrieval.payload_sha256,):
                return
            connection.execute(
                "insert into retrieval (source, entity, dataset, payload_sha256, retrieved_at, "
                "is_dated) values (?, ?, ?, ?, ?, ?)",
                (
                    retrieval.source,
                    retrieval.entity,
                    retrieval.dataset,
                    retrieval.payload_sha256,
                    _text(retrieval.retrieved_at),
                    retrieval.is_dated,
                ),
            )

    def retrievals(self) -> list[Retrieval]:
        """All retrievals that count, oldest first: of a dated file only its newest version."""
        with self._transaction() as connection:
            rows = connection.execute(
                "select source, entity, dataset, payload_sha256, retrieved_at, is_dated "
                "from retrieval r where not is_dated or retrieval_id = (select max(retrieval_id) "
                "from retrieval n where n.source = r.source and n.dataset = r.dataset) "
                "order by retrieval_id"
            ).fetchall()
        return [
            Retrieval(source, entity, dataset, sha256, _time(at), bool(dated))
            for source, entity, dataset, sha256, at, dated in rows
        ]

    def start(self, run: Run) -> None:
        """Record that a run began."""
        with self._transaction() as connection:
            connection.execute(
                "insert into run (run_id, command, version, started_at, status) "
                "values (?, ?, ?, ?, ?)",
                (run.run_id, run.command, run.version, _text(run.started_at), run.status),
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
            Run(run_id, command, version, _time(start), _time(end) if end else None, code, status)
            for run_id, command, version, start, end, code, status in rows
        ]

    def publish(self, publication: Publication) -> None:
        """Record what a published file contains."""
        with self._transaction() as connection:
            connection.execute(
                "insert into publication values (?, ?, ?, ?, ?)",
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
        return [Publication(name, run, digest, n, _time(at)) for name, run, digest, n, at in rows]

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        try:
            connection = sqlite3.connect(self._path, timeout=30)
            try:
                with connection:
                    yield connection
            finally:
                connection.close()
        except sqlite3.Error as error:
            raise StorageError(
                f"{self._path}: the ledger cannot be used ({error}); "
                "restore it from a backup or move it away"
            ) from error


def _text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
