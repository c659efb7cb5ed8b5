"""Holder: who has the one writer's lock of a home, for the message of those who must wait.

The lock is the kernel's and ends with its process, however that ends. What is written beside it
informs people and decides nothing about the lock: after a crash it names a process that is no
more, and what that one left half written is removed.
"""

from __future__ import annotations

import fcntl
import json
import os
import socket
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from pipeline.errors import LockedError, StorageError
from pipeline.files import private, sweep, write_whole

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pipeline.settings import Settings


@contextmanager
def writing(settings: Settings, *, wait_seconds: float = 0) -> Iterator[None]:
    """Hold the one writer's lock of a home; what is made meanwhile is for its owner alone.

    Raises:
        LockedError: another process holds it after ``wait_seconds``.
        StorageError: the state folder cannot be written.
    """
    note = _note(settings)
    lock = FileLock(settings.lock, timeout=wait_seconds)
    try:
        with private():
            settings.lock.parent.mkdir(parents=True, exist_ok=True)
            lock.acquire()
            _sweep_after(settings, note)
            write_whole(note, json.dumps(_this_process()).encode(), mode=0o600)
    except Timeout as error:
        raise LockedError(
            f"{settings.lock}: another run is writing{_holder(note)}; wait for it or give "
            "--lock-wait SECONDS"
        ) from error
    except OSError as error:
        lock.release()
        raise StorageError(
            f"{settings.lock}: cannot be taken ({error.strerror}); free some space or choose "
            "another --home"
        ) from error
    try:
        with private():
            yield
    finally:
        note.unlink(missing_ok=True)
        lock.release()


def _sweep_after(settings: Settings, note: Path) -> None:
    """Remove what a holder that was killed left; one that ended took its note away."""
    sweep(note.parent)
    if note.exists():
        for folder in settings.payloads.glob("??"):
            sweep(folder)


def _this_process() -> dict[str, object]:
    return {
        "pid": os.getpid(),
        "host": socket.gethostname(),
        "command": " ".join(sys.argv[1:2]),
        "since": datetime.now(UTC).isoformat(timespec="seconds"),
    }


@dataclass(frozen=True)
class Holder:
    """Who holds the lock, or held it and ended without taking the note away."""

    command: str
    pid: int
    host: str
    since: datetime

    @property
    def is_elsewhere(self) -> bool:
        """Whether it is a process of another machine, which shares the folder."""
        return self.host != socket.gethostname()

    def __str__(self) -> str:
        minutes = max(0.0, (datetime.now(UTC) - self.since).total_seconds() / 60)
        return f"'{self.command}', process {self.pid} on {self.host}, for {minutes:.0f} minutes"


def noted(settings: Settings) -> Holder | None:
    """Who holds the lock, as far as it is written; None where it is not (yet)."""
    return _read(_note(settings))


def is_held(settings: Settings) -> bool:
    """Whether a process has the lock now; nothing is written, and nobody is kept from it."""
    try:
        descriptor = os.open(settings.lock, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def _note(settings: Settings) -> Path:
    return settings.lock.with_name(f"{settings.lock.name}.json")


def _read(note: Path) -> Holder | None:
    try:
        found = json.loads(note.read_text(encoding="utf-8"))
        since = datetime.fromisoformat(found["since"])
        return Holder(str(found["command"]), int(found["pid"]), str(found["host"]), since)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _holder(note: Path) -> str:
    found = _read(note)
    return f" ({found})" if found else ""
