"""The ledger's file: SQLite (WAL) in the state folder, its schema and its transactions."""

from __future__ import annotations

import os
import sqlite3
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from pipeline.errors import StorageError
from pipeline.files import private

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

# One entry per version; a file is brought up to date by the entries it has not seen.
_MIGRATIONS = (
    """
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
    """,
    """
    create table unit (
        unit_id integer primary key,
        source text not null,
        dataset text not null,
        first_date text not null,
        last_date text not null,
        run_id text not null,
        fetched_at text not null,
        n_payloads integer not null
    );
    create index retrieval_dataset on retrieval (source, dataset);
    create index unit_dataset on unit (source, dataset);
    create table gap (
        gap_id integer primary key,
        source text not null,
        dataset text not null,
        first_date text not null,
        last_date text,
        reason text not null,
        noted_at text not null
    );
    create table membership (
        membership_id integer primary key,
        source text not null,
        dataset text not null,
        seen_date text not null,
        status text not null,
        n_before integer not null,
        n_members integer not null,
        entered text not null,
        left_ text not null,
        decided_at text not null
    );
    create table pace (
        key text primary key,
        next_at real not null
    );
    create table credit (
        key text not null,
        month text not null,
        spent integer not null,
        primary key (key, month)
    );
    create table bad_answer (
        bad_answer_id integer primary key,
        source text not null,
        url text not null,
        status integer not null,
        reason text not null,
        sample text not null,
        seen_at text not null
    );
    """,
    # What was published before was hashed otherwise: there is nothing to hold it against.
    """
    alter table retrieval add column is_dated integer not null default 0;
    update retrieval set is_dated = json_extract(provenance, '$.known_at') is not null;
    create index retrieval_kind on retrieval (is_dated, retrieval_id);
    alter table publication add column engine text not null default '';
    """,
    """
    create table outage (
        outage_id integer primary key,
        source text not null,
        dataset text not null,
        began_at text not null,
        last_good_at text,
        reason text not null,
        last_failed_at text not null,
        n_failures integer not null,
        ended_at text
    );
    create index outage_dataset on outage (source, dataset);
    """,
    """
    create table report (
        issue_id integer primary key,
        name text not null,
        report_date text not null,
        as_of text,
        content text not null unique,
        numbers text not null,
        built_at text not null,
        report_id text not null,
        file_name text not null,
        version text not null
    );
    create index report_name on report (name, issue_id);
    """,
    """
    alter table run add column settings text;
    alter table retrieval add column is_lost integer not null default 0;
    """,
)


def peek(path: Path, query: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
    """Rows of one query, for who may only read; none where the file may not even be read.

    A ledger of an older version has not all columns, and gives none either.

    Raises:
        StorageError: the file is damaged.
    """
    if not os.access(path, os.R_OK):
        return []
    try:
        connection = _reading(path)
        try:
            return connection.execute(query, parameters).fetchall()
        finally:
            connection.close()
    except sqlite3.OperationalError:
        return []
    except sqlite3.DatabaseError as error:
        if not os.access(path.parent, os.W_OK):
            return []  # without its WAL, a writer may have been at it in that moment
        raise _refused(path, error) from error


def _reading(path: Path) -> sqlite3.Connection:
    """A connection for who may not write beside the file.

    Without leave to follow the WAL it is read as it stands: a ledger that nobody is writing to
    has none.
    """
    address = path.absolute().as_uri()
    connection = sqlite3.connect(f"{address}?mode=ro", uri=True, timeout=30)
    try:
        connection.execute("pragma user_version").fetchone()
    except sqlite3.OperationalError:
        connection.close()
        return sqlite3.connect(f"{address}?immutable=1", uri=True)
    return connection


class LedgerFile:
    """Opens the file and gives one short transaction at a time."""

    def __init__(self, path: Path) -> None:
        """Open the file, making it and its folder when absent.

        Raises:
            StorageError: the file cannot be opened, is not a ledger, or was written by a newer
                version of capbrief; for who may only read, by any other.
        """
        self.path = path
        self._is_for_reading = os.access(path, os.R_OK) and not os.access(path.parent, os.W_OK)
        if self._is_for_reading:
            self._must_be_of_this_version()
            return
        try:
            # What SQLite puts beside the file has the rights of the file.
            with private():
                path.parent.mkdir(parents=True, exist_ok=True)
                if not path.exists():
                    path.touch()
        except OSError as error:
            is_of_others = isinstance(error, PermissionError)
            advice = _RIGHTS if is_of_others else "; free some space there"
            raise StorageError(
                f"{path.parent}: the state folder cannot be used ({error.strerror}){advice}, or "
                "choose another --home"
            ) from error
        with self.transaction() as connection:
            # Who opens a new file while another does so is refused at once; the other switches it.
            with suppress(sqlite3.OperationalError):
                connection.execute("pragma journal_mode = wal")
            version = connection.execute("pragma user_version").fetchone()[0]
        if version != len(_MIGRATIONS):
            self._bring_up_to_date()

    def _must_be_of_this_version(self) -> None:
        with self.transaction() as connection:
            version = connection.execute("pragma user_version").fetchone()[0]
        if version != len(_MIGRATIONS):
            raise StorageError(
                f"{self.path}: was written by another capbrief (ledger version {version}, this one "
                f"knows {len(_MIGRATIONS)}), and may not be changed here; who writes it runs "
                "'capbrief status' with this version once"
            )

    def _bring_up_to_date(self) -> None:
        with self.transaction(write=True) as connection:
            version = connection.execute("pragma user_version").fetchone()[0]
            if version > len(_MIGRATIONS):
                raise StorageError(
                    f"{self.path}: was written by a newer capbrief (ledger version {version}, "
                    f"this one knows {len(_MIGRATIONS)}); install that one"
                )
            for migration in _MIGRATIONS[version:]:
                # One by one: executescript would commit, and half a migration would stay.
                for statement in migration.split(";"):
                    if statement.strip():
                        connection.execute(statement)
            connection.execute(f"pragma user_version = {len(_MIGRATIONS)}")

    @contextmanager
    def held_open(self) -> Iterator[None]:
        """Keep the file open meanwhile: closing it for the last time moves the WAL each time."""
        connection = sqlite3.connect(self.path, timeout=30)
        try:
            connection.execute("pragma user_version").fetchone()
            yield
        finally:
            connection.close()

    @contextmanager
    def transaction(
        self, *, write: bool = False, durable: bool = True
    ) -> Iterator[sqlite3.Connection]:
        """A connection whose changes are kept as a whole; ``write`` locks others out at once.

        What is not ``durable`` outlives the process at once, and a power cut some time later.

        Raises:
            StorageError: the file cannot be used now, or is damaged.
        """
        try:
            connection = (
                _reading(self.path)
                if self._is_for_reading
                else sqlite3.connect(self.path, timeout=30)
            )
            try:
                with connection:
                    if not durable:
                        connection.execute("pragma synchronous = normal")
                    if write:
                        connection.execute("begin immediate")
                    yield connection
            finally:
                connection.close()
        except (sqlite3.DatabaseError, KeyError, TypeError, ValueError) as error:
            raise _refused(self.path, error) from error


def _refused(path: Path, error: Exception) -> StorageError:
    """What to raise for a ledger that SQLite could not use, or whose content makes no sense."""
    if not isinstance(error, sqlite3.OperationalError):
        return StorageError(f"{path}: the ledger is damaged ({error}); restore it from a backup")
    # The low byte is the kind of error, what is above it the operation.
    advice = _ADVICE.get(error.sqlite_errorcode & 0xFF, "")
    return StorageError(f"{path}: the ledger cannot be used now ({error}){advice}")


_ROOM, _RIGHTS = "; free some space there", "; run it as a user who may write there"
_ADVICE = {
    sqlite3.SQLITE_FULL: _ROOM,
    sqlite3.SQLITE_IOERR: _ROOM,
    sqlite3.SQLITE_READONLY: _RIGHTS,
    sqlite3.SQLITE_CANTOPEN: _RIGHTS,
}
