"""File system: of which kind one is, and whether it keeps what a home is built on."""

from __future__ import annotations

import fcntl
import os
import re
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pipeline.errors import StorageError
from pipeline.ops.finding import broken, doubtful

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipeline.ops.finding import Finding

MOUNTS = Path("/proc/self/mounts")
_ELSEWHERE: Final = re.compile(
    r"nfs\d?|cifs|smb\w*|9p|afs|ceph|glusterfs|lustre|gpfs|beegfs|ocfs2|gfs2|virtiofs|vboxsf|"
    r"fuse\.(sshfs|glusterfs|s3fs|rclone|gcsfuse|ceph\S*|juicefs|davfs\S*)|fuse\.\S*s3\S*"
)
_LOST_WITH: Final = {
    "tmpfs": "the machine is switched off",
    "ramfs": "the machine is switched off",
    "overlay": "its container is removed",
}
_WITHOUT_LINKS: Final = ("vfat", "msdos", "exfat")


@dataclass(frozen=True)
class _Mount:
    """One file system: where it is mounted, its kind, and whether it may be written."""

    folder: str
    kind: str
    is_read_only: bool


def kind(folder: Path) -> str | None:
    """The kind of the file system that a folder is on; None where the system does not say."""
    found = _mount(folder)
    return found.kind if found else None


def flaws(folders: Iterable[Path]) -> list[Finding]:
    """What speaks against the file systems that some folders are on, once for each of them."""
    found = {_mount(folder): folder for folder in reversed(list(folders))}
    return [flaw for mount, folder in found.items() if mount for flaw in _flaws(mount, folder)]


def _flaws(found: _Mount, folder: Path) -> list[Finding]:
    if found.is_read_only:
        reason = f"{folder}: is on a file system that is mounted read-only"
        error = StorageError(f"{reason}; mount it for writing, or choose another --home")
        return list(broken("file system", error))
    if found.kind in _WITHOUT_LINKS:
        reason = f"{folder}: {found.kind} has no symbolic links, by which versions are published"
        return list(broken("file system", StorageError(f"{reason}; choose another --home")))
    if _ELSEWHERE.fullmatch(found.kind):
        return [
            doubtful(
                "file system",
                f"{folder}: is on {found.kind}, where locks may not hold",
                "keep the home on a local disk, and copy reports elsewhere; "
                "'capbrief doctor --probe' tries locks",
            )
        ]
    if found.kind in _LOST_WITH:
        return [
            doubtful(
                "file system",
                f"{folder}: is on {found.kind}, which is lost when {_LOST_WITH[found.kind]}",
                "keep the home on a disk, or on a volume of the container",
            )
        ]
    return []


def _mount(folder: Path) -> _Mount | None:
    try:
        lines = MOUNTS.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return None
    place = str(folder.resolve())
    found = None
    for line in lines:
        _, point, named, options, *_ = line.split()
        point = re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), point)
        # Of two at one place the later hides the earlier.
        is_above = place == point or place.startswith(point.rstrip("/") + "/")
        if is_above and (found is None or len(point) >= len(found.folder)):
            found = _Mount(point, named, "ro" in options.split(","))
    return found


def tried(folder: Path) -> list[str]:
    """What does not work in a folder; a folder is made in it for that, and removed."""
    found = []
    try:
        with tempfile.TemporaryDirectory(dir=folder, prefix=".probe-") as name:
            for attempt, said in _ATTEMPTS:
                try:
                    works = attempt(Path(name))
                except OSError as error:
                    found.append(f"{folder}: {said} do not work ({error.strerror})")
                    continue
                if not works:
                    found.append(f"{folder}: {said} do not hold")
    except OSError as error:
        found.append(f"{folder}: cannot be written ({error.strerror})")
    return found


def _locks(folder: Path) -> bool:
    """Two descriptors of a file lock each other out, as two processes would."""
    first, second = (os.open(folder / "lock", os.O_RDWR | os.O_CREAT) for _ in range(2))
    try:
        fcntl.flock(first, fcntl.LOCK_EX | fcntl.LOCK_NB)
        with suppress(BlockingIOError):
            fcntl.flock(second, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return False
        return True
    finally:
        os.close(first)
        os.close(second)


def _renames(folder: Path) -> bool:
    old, new = folder / "old", folder / "new"
    old.write_text("old")
    new.write_text("new")
    new.replace(old)
    return old.read_text() == "new" and not new.exists()


def _links(folder: Path) -> bool:
    target, link, moved = folder / "target", folder / "link", folder / "moved"
    target.write_text("target")
    link.symlink_to("target")
    link.replace(moved)
    return moved.is_symlink() and moved.read_text() == "target"


def _syncs(folder: Path) -> bool:
    for path, flags in ((folder / "synced", os.O_RDWR | os.O_CREAT), (folder, os.O_RDONLY)):
        descriptor = os.open(path, flags)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    return True


_ATTEMPTS = (
    (_locks, "locks"),
    (_renames, "renames over a file"),
    (_links, "symbolic links"),
    (_syncs, "syncs to the disk"),
)
