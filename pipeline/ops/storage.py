"""Storage: the folders of a home, the room in them, and the file system that they are on."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pipeline import holder
from pipeline.errors import StorageError
from pipeline.ops import file_system
from pipeline.ops.finding import Finding, broken, doubtful, well
from pipeline.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.ops.asked import Asked

_LEAST_BYTES: Final = 512 * 2**20
_FEW_INODES: Final = 10_000


def folders(asked: Asked) -> Iterator[Finding]:
    """Whether the folders are ours, can be written by us, and by nobody else."""
    chosen = asked.job.settings
    flaws: dict[str, Finding] = {}
    for folder in _folders(chosen):
        if not any(folder.is_relative_to(above) for above in flaws):
            flaws |= {str(folder): finding for finding in _of_folder(folder)}
    yield from flaws.values()
    if not flaws:
        there = chosen.data.is_dir()
        said = "can be written" if there else "is not there yet; the first run makes it"
        yield well("folders", f"{chosen.data} {said}")


def _folders(chosen: Settings) -> list[Path]:
    return [chosen.data, chosen.state, chosen.payloads, chosen.warehouse, chosen.reports]


def _of_folder(folder: Path) -> Iterator[Finding]:
    here = _nearest(folder)
    if not here.is_dir():
        flaw = StorageError(f"{here}: is there and is no folder; choose another --home")
        yield from broken("folders", flaw)
        return
    if not os.access(here, os.W_OK | os.X_OK):
        flaw = StorageError(
            f"{here}: cannot be written by this user; run it as its owner, or choose another --home"
        )
        yield from broken("folders", flaw)
        return
    if here != folder:
        return
    about = folder.stat()
    if about.st_uid != os.geteuid():
        yield doubtful(
            "folders",
            f"{folder}: belongs to user {about.st_uid}, and this is {os.geteuid()}",
            f"run chown -R {os.geteuid()} on it, or run capbrief as its owner",
        )
    elif about.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        yield doubtful(
            "folders", f"{folder}: others than you can write it", f"run chmod go-w {folder}"
        )


def _nearest(folder: Path) -> Path:
    """The folder, or what is there of the way to it."""
    return next(one for one in (folder, *folder.parents) if os.path.lexists(one))


def room(asked: Asked) -> Iterator[Finding]:
    """Whether there is room for two more versions of the warehouse, and for files at all."""
    chosen = asked.job.settings
    used = max((path.stat().st_size for path in chosen.warehouse.glob("*.duckdb")), default=0)
    wanted = max(2 * used, _LEAST_BYTES)
    flaws = 0
    for folder in dict.fromkeys(map(_nearest, (chosen.warehouse, chosen.state, _temporary()))):
        for finding in _of_room(folder, used, wanted):
            flaws += 1
            yield finding
    if not flaws:
        free = shutil.disk_usage(_nearest(chosen.warehouse)).free
        yield well("room", f"{_megabytes(free)} are free; a run may want {_megabytes(wanted)}")


def _temporary() -> Path:
    return Path(tempfile.gettempdir())


def _of_room(folder: Path, used: int, wanted: int) -> Iterator[Finding]:
    free = shutil.disk_usage(folder).free
    found = f"{folder}: {_megabytes(free)} are free"
    if free < max(used, 2**20):
        flaw = StorageError(f"{found}, and a new version takes {_megabytes(max(used, 2**20))}")
        yield from broken("room", flaw, "free some space there, or move the home")
    elif free < wanted:
        yield doubtful(
            "room",
            f"{found}; {_megabytes(wanted)} are wanted, for two more versions and what a run needs",
            "free some space there, or move the home",
        )
    files = os.statvfs(folder)
    # File systems without a fixed number of files say 0 of 0.
    if files.f_files and files.f_favail < _FEW_INODES:
        yield doubtful(
            "room",
            f"{folder}: {files.f_favail} more files can be made",
            "remove files that nobody needs, or move the home",
        )


def _megabytes(count: int) -> str:
    return f"{count / 1e6:,.0f} MB"


def lock(asked: Asked) -> Iterator[Finding]:
    """Whether a run goes on, here or on another machine, or one was killed."""
    chosen = asked.job.settings
    noted = holder.noted(chosen)
    if noted is None:
        # Without a note there is no holder: it is written with the lock.
        yield well("lock", "no run goes on")
    elif holder.is_held(chosen):
        yield well("lock", f"a run goes on: {noted}")
    elif noted.is_elsewhere:
        over = (
            f"remove {holder.note_of(chosen)}, or give --shared if locks hold between the two"
            if noted.keeps_out
            else "the next run takes the note away"
        )
        yield doubtful(
            "lock",
            f"{noted.host} writes to this home, too: {noted}",
            f"have one machine alone write to a home; if nothing runs there, {over}",
        )
    else:
        yield doubtful(
            "lock",
            f"a run ended without a word: {noted}",
            "nothing need be removed; run 'capbrief run', which goes on from there",
        )


def file_systems(asked: Asked) -> Iterator[Finding]:
    """Whether the folders lie where locks and renames hold, and data outlives a restart."""
    chosen = asked.job.settings
    flaws = file_system.flaws(map(_nearest, (chosen.data, chosen.state)))
    for one in ("payloads", "warehouse"):
        # Where a name in other letters is the same folder, ids that differ in case are one file.
        if (chosen.data / one).is_dir() and (chosen.data / one.upper()).exists():
            flaws.append(
                doubtful(
                    "file system",
                    f"{chosen.data}: does not tell capital from small letters",
                    "keep the home on a file system that does",
                )
            )
            break
    yield from flaws
    if not flaws:
        kind = file_system.kind(_nearest(chosen.data))
        yield well("file system", f"{kind or 'not known'}, on this machine")


def tried(asked: Asked) -> Iterator[Finding]:
    """What the file system of the state folder can do, where that may be tried."""
    if not asked.probe:
        return
    state = asked.job.settings.state
    if not state.is_dir():
        yield well("probe", f"{state} is not there yet, so nothing was tried")
        return
    flaws = file_system.tried(state)
    for flaw in flaws:
        yield Finding("probe", "fail", flaw, "keep the home on a local disk", 8)
    if not flaws:
        yield well("probe", "locks, renames, links and syncs work in the state folder")


PROBES = (
    ("folders", folders),
    ("room", room),
    ("file system", file_systems),
    ("probe", tried),
    ("lock", lock),
)
