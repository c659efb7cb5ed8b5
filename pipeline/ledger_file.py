"""The ledger's file: SQLite (WAL) in the state folder, its schema and its transactions."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from pipeline.errors import StorageError
from pipeline.files import private
from pipeline.ledger_schema import MIGRATIONS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path


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


def copied(path: Path, folder: Path) -> Path:
    """A ledger with its WAL, copied so that reading it changes nothing where it lies.

    SQLite makes files beside a ledger that it reads, and an older one is brought up to date. One
    that is written meanwhile is copied again.

    Raises:
        OSError: a file cannot be read, or the copy not be written.
    """
    target = folder / path.name
    pairs = [(path, target), *((_beside(path, end), _beside(target, end)) for end in _HALVES)]
    for _ in range(_COPIES):
        before = _times(path)
        for origin, copy in pairs:
            copy.unlink(missing_ok=True)
            if origin.exists():
                shutil.copyfile(origin, copy)
        if _times(path) == before:
            break
    return target


# Not the index of the WAL (-shm), which SQLite makes anew.
_HALVES = ("-wal",)
_COPIES = 5


def _beside(path: Path, end: str) -> Path:
    return path.with_name(f"{path.name}{end}")


def _times(path: Path) -> list[int]:
    files = [path, *(_beside(path, end) for end in _HALVES)]
    return [one.stat().st_mtime_ns for one in files if one.exists()]


def flaws(path: Path) -> list[str]:
    """What SQLite finds wrong in a ledger that it reads whole; empty where all is well.

    Raises:
        StorageError: it cannot be used, or is so damaged that it cannot be read.
    """
    with LedgerFile(path).transaction() as connection:
        found = [str(line) for (line,) in connection.execute("pragma integrity_check(5)")]
    return [] if found == ["ok"] else found


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
        if version != len(MIGRATIONS):
            self._bring_up_to_date()

    def _must_be_of_this_version(self) -> None:
        with self.transaction() as connection:
            version = connection.execute("pragma user_version").fetchone()[0]
        if version != len(MIGRATIONS):
            raise StorageError(
                f"{self.path}: was written by another capbrief (ledger version {version}, this one "
                f"knows {len(MIGRATIONS)}), and may not be changed here; who writes it runs "
                "'capbrief status' with this version once"
            )

    def _bring_up_to_date(self) -> None:
        with self.transaction(write=True) as connection:
            version = connection.execute("pragma user_version").fetchone()[0]
            if version > len(MIGRATIONS):
                raise StorageError(
                    f"{self.path}: was written by a newer capbrief (ledger version {version}, "
                    f"this one knows {len(MIGRATIONS)}); install that one"
                )
            for migration in MIGRATIONS[version:]:
                # One by one: executescript would commit, and half a migration would stay.
                for statement in migration.split(";"):
                    if statement.strip():
                        connection.execute(statement)
            connection.execute(f"pragma user_version = {len(MIGRATIONS)}")

    @contextmanager
    def held_open(self) -> Iterator[None]:
        """Keep the file open meanwhile: closing it for the last time moves the WAL each time."""
        connection = sqlite3.connect(self.path, timeout=30)
        try:
            connection.execute("pragma user_version").fetchone()
            yield
        finally:
            connection.close()

    def copy_to(self, target: Path) -> None:
        """Write all of the ledger to a new file, as it is at one moment, whoever is at it.

        Raises:
            StorageError: it cannot be read, or the file cannot be written.
        """
        with self.transaction() as connection:
            copy = sqlite3.connect(target)
            try:
                connection.backup(copy)
                # One file alone is moved about, without a WAL beside it.
                copy.execute("pragma journal_mode = delete")
            finally:
                copy.close()

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
