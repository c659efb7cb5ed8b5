"""Room: whether there is a place for what is to be written, said before anything is asked for."""

from __future__ import annotations

import os
import shutil
from collections import defaultdict
from typing import TYPE_CHECKING

from pipeline.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def must_be_there(wanted_bytes: Mapping[Path, int]) -> None:
    """Stop where a folder, there or not yet, may not be written to or is too small.

    Args:
        wanted_bytes: what each folder is to take; those of one file system share its room.

    Raises:
        StorageError: with the bytes that are wanted and those that are free.
    """
    by_disk: dict[int, list[Path]] = defaultdict(list)
    for folder in wanted_bytes:
        found = _nearest(folder)
        if not os.access(found, os.W_OK | os.X_OK):
            raise StorageError(
                f"{found}: may not be written to; run it as a user who may, or choose another "
                "--home. Nothing was asked for"
            )
        by_disk[found.stat().st_dev].append(folder)
    for folders in by_disk.values():
        lack = shortage(_nearest(folders[0]), sum(wanted_bytes[folder] for folder in folders))
        if lack is not None:
            raise StorageError(
                f"{folders[0]}: a run {lack}; make room, or choose another --home. Nothing was "
                "asked for"
            )


def shortage(folder: Path, wanted_bytes: int) -> str | None:
    """What is wanted and what is free, where that is less."""
    free = shutil.disk_usage(folder).free
    if wanted_bytes <= free:
        return None
    return f"needs {wanted_bytes:,} bytes, and {free:,} are free"


def _nearest(folder: Path) -> Path:
    """The folder, or the nearest one above it that is there."""
    return next(one for one in (folder, *folder.parents) if one.exists())
