"""Files that are written whole or not at all."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

from pipeline.errors import StorageError

_TEMPORARY = ".new-"


def write_whole(path: Path, content: bytes, *, mode: int) -> None:
    """Write by temporary file, fsync, rename and fsync of the folder, which is made if absent.

    A reader meets the old file or the new one, never half of one, and after a power cut the
    name leads to whole content.

    Raises:
        OSError: the folder or the file cannot be written; no temporary file is left.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=_TEMPORARY)
    fresh = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        fresh.chmod(mode)
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
    for left in folder.glob(f"{_TEMPORARY}*"):
        left.unlink()


def deliver(path: Path, content: bytes) -> Path:
    """Write a result to where the user wants it, whole or not at all.

    Raises:
        StorageError: it cannot be written there.
    """
    try:
        if path.exists() and not path.is_file():
            # A device or a folder must not be replaced by a file.
            raise StorageError(f"{path}: is there and is no file; give another --out")
        write_whole(path.resolve(), content, mode=0o644)
    except (OSError, RuntimeError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise StorageError(f"{path}: cannot be written ({reason}); give another --out") from error
    return path


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
