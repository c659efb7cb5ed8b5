"""Files that are written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

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


def sync(path: Path) -> None:
    """Have the system put a file or the names of a folder on disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
