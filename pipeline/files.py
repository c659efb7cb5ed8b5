"""Files that are written whole or not at all."""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
from contextlib import contextmanager, nullcontext
from typing import IO, TYPE_CHECKING

from pipeline.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TEMPORARY = ".new-"
"""How the name of a file begins that is being written."""


def write_whole(path: Path, content: bytes, *, mode: int) -> None:
    """Write by temporary file, fsync, rename and fsync of the folder, which is made if absent.

    A reader meets the old file or the new one, never half of one, and after a power cut the
    name leads to whole content. A link in its place is replaced, never followed; of ``mode`` the
    umask takes away what it denies.

    Raises:
        OSError: the folder or the file cannot be written; no temporary file is left.
    """
    with writing_whole(path, mode=mode) as stream:
        stream.write(content)


@contextmanager
def writing_whole(path: Path, *, mode: int, prefix: str = TEMPORARY) -> Iterator[IO[bytes]]:
    """What ``write_whole`` does, for content that comes in parts.

    Raises:
        OSError: the folder or the file cannot be written; no temporary file is left.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{prefix}{secrets.token_hex(8)}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        fresh.replace(path)
    finally:
        # Also where a signal ends it; after the rename the name leads to nothing.
        fresh.unlink(missing_ok=True)
    sync(path.parent)


def sweep(folder: Path) -> None:
    """Remove what writers that were killed left in a folder; nobody may be writing there.

    Raises:
        OSError: it cannot be removed.
    """
    for left in folder.glob(f"{TEMPORARY}*"):
        left.unlink()


@contextmanager
def private() -> Iterator[None]:
    """Make files and folders for their owner alone meanwhile, whatever the umask; in no thread."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)


def for_readers(path: Path) -> None:
    """Take the right to write from a file, and let read it whom its folder lets look at it.

    Raises:
        OSError: that cannot be done.
    """
    path.chmod(0o400 | path.parent.stat().st_mode & 0o044)


def deliver(path: Path, content: bytes, *, root: Path | None = None) -> Path:
    """Write a result to where the user wants it, whole or not at all; a link is not followed.

    Args:
        path: the file; folders above it that are absent are made.
        content: what it is to hold.
        root: a folder of the home that it must lie in, and where it is for its owner alone.
            Without one it is made as the umask says, as by any program.

    Raises:
        StorageError: it cannot be written there.
    """
    try:
        if path.is_symlink():
            raise StorageError(f"{path}: is a link; give the path that it leads to, or remove it")
        if root is not None and not path.parent.resolve().is_relative_to(root.resolve()):
            raise StorageError(f"{path.parent}: leads out of {root}; remove the link")
        if path.exists() and not path.is_file():
            # A device or a folder must not be replaced by a file.
            raise StorageError(f"{path}: is there and is no file; give another --out")
        with private() if root else nullcontext():
            write_whole(path, content, mode=0o666)
    except (OSError, RuntimeError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise StorageError(f"{path}: cannot be written ({reason}); give another --out") from error
    return path


def lead(link: Path, target: str) -> None:
    """Have a link lead to a name beside it, by rename: to the old name or the new one, never none.

    A link that is there, wherever it leads, is replaced and not followed.

    Raises:
        OSError: the folder cannot be written, or something else has the link's name.
    """
    fresh = link.with_name(f"{TEMPORARY}{secrets.token_hex(4)}")
    try:
        fresh.symlink_to(target)
        if link.exists() and not link.is_symlink():
            raise FileExistsError(errno.EEXIST, "something else has that name", str(link))
        fresh.replace(link)
    finally:
        fresh.unlink(missing_ok=True)
    sync(link.parent)


def sha256_of(content: bytes) -> str:
    """What bytes are known by."""
    return hashlib.sha256(content).hexdigest()


def sync(path: Path) -> None:
    """Have the system put a file or the names of a folder on disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
