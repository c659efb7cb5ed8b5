"""Holder: who has the one writer's lock of a home, for the message of those who must wait.

The lock is the kernel's and ends with its process, however that ends. What is written beside it
informs people and decides nothing about the lock: after a crash it names a process that is no
more, and what that one left half written is removed. Only where it is of another machine, which
may be at work in the same folder without our kernel knowing, nothing is written beside it.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import socket
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import BaseFileLock, FileLock, Timeout

from pipeline.errors import LockedError, StorageError
from pipeline.files import private, sweep, write_whole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.settings import Settings


# No run takes longer: a note that is older is of one that was killed, on whatever machine.
_LONGEST = timedelta(days=1)
_AGAIN_SECONDS = 1.0
_NO_LOCKS = (errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP)
_BOOT = Path("/proc/sys/kernel/random/boot_id")


@contextmanager
def writing(
    settings: Settings, *, wait_seconds: float = 0, is_shared: bool = False
) -> Iterator[None]:
    """Hold the one writer's lock of a home; what is made meanwhile is for its owner alone.

    Args:
        settings: where the home is.
        wait_seconds: how long to wait for another process.
        is_shared: other machines use the folder, too, and its locks hold between them.

    Raises:
        LockedError: another process holds it after ``wait_seconds``, or one of another machine
            may be at work.
        StorageError: the state folder cannot be written, or its disk has no locks.
    """
    note = note_of(settings)
    # A lock in name only would outlast a process that is killed.
    lock = FileLock(settings.lock, fallback_to_soft=False)
    try:
        with private():
            settings.lock.parent.mkdir(parents=True, exist_ok=True)
            _acquire(lock, note, wait_seconds, is_shared=is_shared)
            _sweep_after(settings, note)
            write_whole(note, json.dumps(_this_process()).encode(), mode=0o600)
    except Timeout as error:
        raise LockedError(
            f"{settings.lock}: another run is writing{_holder(note)}; wait for it or give "
            "--lock-wait SECONDS"
        ) from error
    except OSError as error:
        lock.release()
        advice = "its disk has no locks" if error.errno in _NO_LOCKS else "free some space"
        raise StorageError(
            f"{settings.lock}: cannot be taken ({error.strerror}); {advice}, or choose another "
            "--home"
        ) from error
    try:
        with private():
            yield
    finally:
        note.unlink(missing_ok=True)
        lock.release()


def _acquire(lock: BaseFileLock, note: Path, wait_seconds: float, *, is_shared: bool) -> None:
    """Take the lock once nobody else has it, as far as that can be known.

    Raises:
        Timeout: a process of this machine has it.
        LockedError: one of another machine may have it.
    """
    until = time.monotonic() + wait_seconds
    while True:
        lock.acquire(timeout=max(0.0, until - time.monotonic()))
        found = _read(note)
        if is_shared or found is None or not found.keeps_out:
            return
        lock.release()
        if time.monotonic() >= until:
            raise LockedError(
                f"{note}: another machine may be writing{_holder(note)}, and whether locks hold "
                "between the two is not known; wait for it, remove that file if it is over, or "
                "give --shared if they do"
            )
        time.sleep(_AGAIN_SECONDS)


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
        "boot": _boot(),
        "command": " ".join(sys.argv[1:2]),
        "since": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def _boot() -> str | None:
    """What tells one start of a machine's kernel from all others, where that is known."""
    return _BOOT.read_text(encoding="utf-8").strip() if _BOOT.exists() else None


@dataclass(frozen=True)
class Holder:
    """Who holds the lock, or held it and ended without taking the note away."""

    command: str
    pid: int
    host: str
    boot: str | None
    since: datetime

    @property
    def age(self) -> timedelta:
        """How long it has been at work; nothing where the clock was put back meanwhile."""
        return max(timedelta(), datetime.now(UTC) - self.since)

    @property
    def is_elsewhere(self) -> bool:
        """Whether it is a process of another machine, which shares the folder.

        Containers have names of their own, and one kernel, whose locks hold between them.
        """
        is_here = self.boot is not None and self.boot == _boot()
        return self.host != socket.gethostname() and not is_here

    @property
    def keeps_out(self) -> bool:
        """Whether another machine may be at it still, so that this one does not begin."""
        return self.is_elsewhere and self.age < _LONGEST

    def __str__(self) -> str:
        minutes = self.age.total_seconds() / 60
        return f"'{self.command}', process {self.pid} on {self.host}, for {minutes:.0f} minutes"


def noted(settings: Settings) -> Holder | None:
    """Who holds the lock, as far as it is written; None where it is not (yet)."""
    return _read(note_of(settings))


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


def note_of(settings: Settings) -> Path:
    """The file beside the lock that says who holds it."""
    return settings.lock.with_name(f"{settings.lock.name}.json")


def _read(note: Path) -> Holder | None:
    try:
        found = json.loads(note.read_text(encoding="utf-8"))
        since = datetime.fromisoformat(found["since"])
        return Holder(
            str(found["command"]), int(found["pid"]), str(found["host"]), found.get("boot"), since
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _holder(note: Path) -> str:
    found = _read(note)
    return f" ({found})" if found else ""
