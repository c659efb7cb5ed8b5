"""Holder: who has the one writer's lock of a home, for the message of those who must wait.

The lock is the kernel's and ends with its process, however that ends. What is written beside it
informs people and decides nothing about the lock: after a crash it names a process that is no
more, and what that one left half written is removed. Only where it is of another machine, which
may be at work in the same folder without our kernel knowing, nothing is written beside it.
"""

from __future__ import annotations

import errno
import json
import os
import socket
import sys
import time
from contextlib import contextmanager
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
    note = settings.lock.with_name(f"{settings.lock.name}.json")
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
        if is_shared or not _is_of_another_machine(note):
            return
        lock.release()
        if time.monotonic() >= until:
            raise LockedError(
                f"{note}: another machine may be writing{_holder(note)}, and whether locks hold "
                "between the two is not known; wait for it, remove that file if it is over, or "
                "give --shared if they do"
            )
        time.sleep(_AGAIN_SECONDS)


def _is_of_another_machine(note: Path) -> bool:
    """Whether a note that was left is of a run that may go on elsewhere.

    Containers have names of their own, and one kernel, whose locks hold between them.
    """
    try:
        found = json.loads(note.read_text(encoding="utf-8"))
        age = datetime.now(UTC) - datetime.fromisoformat(found["since"])
        ours = _this_process()
        is_here = found["host"] == ours["host"] or (found["boot"] or "") == ours["boot"]
        return not is_here and age < _LONGEST
    except (OSError, ValueError, KeyError, TypeError):
        return False


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
        "boot": _BOOT.read_text(encoding="ascii").strip() if _BOOT.exists() else None,
        "command": " ".join(sys.argv[1:2]),
        "since": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def _holder(note: Path) -> str:
    """Who holds the lock, as far as it is written; nothing where it is not (yet)."""
    try:
        found = json.loads(note.read_text(encoding="utf-8"))
        since = datetime.fromisoformat(found["since"])
        minutes = max(0.0, (datetime.now(UTC) - since).total_seconds() / 60)
        return (
            f" ('{found['command']}', process {found['pid']} on {found['host']}, for "
            f"{minutes:.0f} minutes)"
        )
    except (OSError, ValueError, KeyError, TypeError):
        return ""
