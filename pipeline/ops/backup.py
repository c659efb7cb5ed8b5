"""Backup: all that cannot be made again in one file, and a home made from such a file.

That is payloads, ledger, reports and the user's own files that lie in the home. What is published
is built again from them. Keys are never part of it: they do not belong into a home.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pipeline import holder
from pipeline.errors import PayloadError, StorageError, UsageError
from pipeline.files import TEMPORARY, private, sync, writing_whole
from pipeline.ledger import Ledger
from pipeline.ledger_file import LedgerFile
from pipeline.ops import archive, holdings
from pipeline.ops.prune import must_have_ledger
from pipeline.payload import PayloadStore
from pipeline.warehouse import LINK

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pipeline.job import Job
    from pipeline.ops.archive import Manifest
    from pipeline.ops.holdings import Holdings

_LEDGER: Final = "state/ledger.sqlite"
_ABANDONED_SECONDS: Final = 86_400


@dataclass(frozen=True)
class Backed:
    """A backup that was written; ``damaged`` are payloads that are missing or not as stored.

    ``left_out`` are files in the home that it does not hold.
    """

    path: Path
    size_bytes: int
    n_files: int
    damaged: tuple[str, ...]
    left_out: tuple[str, ...]


def backup(job: Job, target: Path, *, with_warehouse: bool = False) -> Backed:
    """Write all that cannot be made again to one file, whole or not at all.

    Args:
        job: settings, overlay, clock and log.
        target: the file, which may be an older backup; or a folder, for one with a dated name.
        with_warehouse: take in the published file, too.

    Raises:
        UsageError: there is nothing to keep, or the file is there and no backup.
        LockedError: another run is writing.
        StorageError: something cannot be read, or the file cannot be written.
    """
    must_have_ledger(job)
    place = _place(job, target)
    prefix = f".{place.name}{TEMPORARY}"
    try:
        with job.alone(), _ledger(job) as copy:
            for left in place.parent.iterdir() if place.parent.is_dir() else ():
                if left.name.startswith(prefix):
                    left.unlink()  # of a backup that was killed
            found = holdings.look(job.settings)
            paths = {_LEDGER: copy, **_kept(job, found, with_warehouse=with_warehouse)}
            own, left_out = _own(job)
            paths |= own
            damaged = _damaged(job, found)
            manifest = archive.Manifest(
                job.version,
                job.clock().astimezone(UTC).isoformat(timespec="seconds"),
                {name: archive.described(name, path) for name, path in sorted(paths.items())},
            )
            with writing_whole(place, mode=0o600, prefix=prefix) as stream:
                archive.write(stream, manifest, paths)
    except OSError as error:
        raise StorageError(
            f"{error.filename or place}: cannot be read or written ({error.strerror}); free some "
            "space, or give another FILE"
        ) from error
    left_out += [str(path) for path in found.strangers]
    done = Backed(place, place.stat().st_size, len(paths), damaged, tuple(left_out))
    job.log("backed_up", stage="backup", file=str(place), files=done.n_files, bytes=done.size_bytes)
    return done


def _place(job: Job, target: Path) -> Path:
    """The file to write, once it is known that nothing else is lost by it."""
    place = target.absolute()
    if place.is_dir():
        place = place / f"capbrief-{job.clock().astimezone(UTC):%Y%m%dT%H%M%SZ}.tar.zst"
    settings = job.settings
    for folder in (settings.payloads, settings.warehouse, settings.reports, settings.state):
        if place.resolve().is_relative_to(folder.resolve()):
            raise UsageError(f"{target}: lies among what is backed up; give another FILE")
    if place.is_symlink() or (place.exists() and not (place.is_file() and archive.is_one(place))):
        raise UsageError(f"{target}: is there and is no backup of capbrief; give another FILE")
    return place


@contextmanager
def _ledger(job: Job) -> Iterator[Path]:
    """A copy of the ledger as it is now; who takes the lock next removes one that is left."""
    copy = job.settings.state / f"{TEMPORARY}ledger.sqlite"
    try:
        LedgerFile(job.settings.ledger).copy_to(copy)
        yield copy
    finally:
        copy.unlink(missing_ok=True)


def _kept(job: Job, found: Holdings, *, with_warehouse: bool) -> dict[str, Path]:
    """Payloads and reports, by their names in any home."""
    settings = job.settings
    paths = [one.path for pieces in found.payloads.values() for one in pieces]
    paths += [one.path for folder in found.reports for one in folder.files]
    link = settings.warehouse / LINK
    if with_warehouse and link.exists():
        paths.append(settings.warehouse / link.resolve().name)
    return {path.relative_to(settings.data).as_posix(): path for path in paths}


def _own(job: Job) -> tuple[dict[str, Path], list[str]]:
    """The user's own files in the home: settings and overlay; and what of them is left out."""
    home = job.settings.data
    paths = list(home.glob("*.toml"))
    if job.overlay is not None and home in job.overlay.parents:
        for folder, _, names in os.walk(job.overlay):
            paths += [Path(folder) / name for name in names]
    kept: dict[str, Path] = {}
    left_out = []
    for path in sorted(paths):
        name = path.relative_to(home).as_posix()
        if path.is_symlink() or not path.is_file() or not archive.is_name(name):
            left_out.append(str(path))
        elif _holds_secret(job, path):
            left_out.append(f"{path} (holds a key)")
        else:
            kept[name] = path
    return kept, left_out


def _holds_secret(job: Job, path: Path) -> bool:
    content = path.read_bytes()
    forms = (form for secret in job.settings.secrets for form in secret.forms)
    return any(form.encode() in content for form in forms)


def _damaged(job: Job, found: Holdings) -> tuple[str, ...]:
    """The payloads that are not as they were stored, and those that are wanted and not there."""
    store = PayloadStore(job.settings.payloads)
    wanted = {one.payload_sha256 for one in Ledger(job.settings.ledger).retrievals()}
    complaints = []
    for sha256 in sorted(found.payloads.keys() | wanted):
        try:
            store.read(sha256)
            store.describe(sha256)
        except PayloadError as error:
            complaints.append(str(error))
    return tuple(complaints)


def verify(file: Path) -> Manifest:
    """Read a backup to its end and prove all of it.

    Raises:
        StorageError: it is not whole, or not as it was written; the message names the member.
    """
    try:
        return archive.read(file, None)
    except OSError as error:
        raise StorageError(f"{file}: cannot be read ({error.strerror}); name a backup") from error


@dataclass(frozen=True)
class Restored:
    """A home that was made from a backup, and where the one that was there lies now."""

    home: Path
    manifest: Manifest
    aside: Path | None


def restore(job: Job, file: Path, *, force: bool = False) -> Restored:
    """Make a home from a backup: all of it is proven before the home is there.

    Args:
        job: with the home in its settings, which must not be there, or be empty.
        file: the backup.
        force: move a home that is there aside, whole, and make the new one in its place.

    Raises:
        UsageError: the home is not empty, or no folder that can be made or moved.
        LockedError: another run is writing in the home that is there.
        StorageError: the backup is not whole, or the home cannot be written; nothing changed.
    """
    home = job.settings.data
    is_there = _must_be_free(job, force=force)
    try:
        _sweep(home)
        with private():
            home.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=home.parent, prefix=_prefix(home)) as scratch:
                fresh = Path(scratch) / "home"
                fresh.mkdir()
                manifest = archive.read(file, fresh)
                _finish(fresh, manifest.members)
                aside = _settle(job, fresh, is_there=is_there)
    except OSError as error:
        raise StorageError(
            f"{error.filename or home}: cannot be read or written ({error.strerror}); free some "
            "space, or choose another --home"
        ) from error
    job.log("restored", stage="restore", files=len(manifest.members), home=str(home))
    return Restored(home, manifest, aside)


def _must_be_free(job: Job, *, force: bool) -> bool:
    """Whether a home is there that is moved aside.

    Raises:
        UsageError: there is something that must not be.
    """
    home = job.settings.data
    if job.settings.state != home / "state":
        raise UsageError("restore: give --home DIR, the one folder to make")
    if home.is_symlink() or (home.exists() and (not home.is_dir() or home.is_mount())):
        raise UsageError(f"{home}: is no folder that can be replaced; choose another --home")
    if not home.exists() or not any(home.iterdir()):
        return False
    if not force:
        raise UsageError(
            f"{home}: is not empty; choose another --home, or give --force to move it aside"
        )
    is_home = job.settings.ledger.exists() or job.settings.payloads.is_dir()
    if not is_home or any(one.is_relative_to(home) for one in (Path.home(), Path.cwd())):
        raise UsageError(f"{home}: is no home of capbrief to move aside; choose another --home")
    return True


def _prefix(home: Path) -> str:
    return f".{home.name}.restore-"


def _sweep(home: Path) -> None:
    """Remove what restores left that were killed; one in progress is younger."""
    for left in home.parent.iterdir() if home.parent.is_dir() else ():
        if not left.name.startswith(_prefix(home)) or left.is_symlink():
            continue
        if time.time() - left.stat().st_mtime > _ABANDONED_SECONDS:
            shutil.rmtree(left)


def _finish(fresh: Path, members: Mapping[str, archive.Member]) -> None:
    """Give files their rights and times, and the published file its link; all of it on disk.

    Raises:
        StorageError: the ledger is none, or of a newer capbrief.
    """
    for one in members.values():
        path = fresh / one.name
        is_fixed = one.name.startswith(("payloads/", "warehouse/"))
        path.chmod(0o400 if is_fixed else 0o600)
        os.utime(path, (one.changed_at, one.changed_at))
        if one.name.startswith("warehouse/"):
            (fresh / "warehouse" / LINK).symlink_to(path.name)
    if not (fresh / _LEDGER).is_file():
        raise StorageError(f"{_LEDGER}: is not in the backup; nothing is restored. Take another")
    Ledger(fresh / _LEDGER).is_empty()
    # One call for many files: each by itself would take minutes.
    os.sync()


def _settle(job: Job, fresh: Path, *, is_there: bool) -> Path | None:
    """Put a finished home in its place; gives where the one before it lies now."""
    home = job.settings.data
    if not is_there:
        fresh.rename(home)
        sync(home.parent)
        return None
    aside = home.with_name(f"{home.name}.before-{job.clock().astimezone(UTC):%Y%m%dT%H%M%SZ}")
    with job.alone():
        if aside.exists():
            raise UsageError(f"{aside}: is there already; move it away")
        home.rename(aside)
        try:
            fresh.rename(home)
        except OSError:
            aside.rename(home)
            raise
    (aside / holder.note_of(job.settings).relative_to(home)).unlink(missing_ok=True)
    sync(home.parent)
    return aside
