"""Holdings: what lies in a home, told apart by its names; links are looked at, never followed.

What has no name that capbrief gives is a stranger: it is named to the user and left alone.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Final

from pipeline.desk import LATEST
from pipeline.dictionary import TEMPLATES
from pipeline.errors import StorageError
from pipeline.files import TEMPORARY
from pipeline.master import MASTER
from pipeline.warehouse import LINK

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pipeline.settings import Settings

_REPORT: Final = re.compile(r"(.+)_(\d{4}-\d\d-\d\d)(?:_as-of-\d{8}T\d{6})?")
_PAYLOAD: Final = re.compile(r"([0-9a-f]{64})\.(zst|json)")
_PRIVATE: Final = re.compile(r"[0-9a-f]{24}\.duckdb")
# A version, the link, the master and what DuckDB keeps beside it while it is open.
_OF_WAREHOUSE: Final = re.compile(
    rf"warehouse-\d{{6}}\.duckdb|{re.escape(LINK)}|{re.escape(MASTER)}(\.wal|\.tmp)?|private"
)
_LEFT_IN_WAREHOUSE: Final = re.compile(
    rf"\.warehouse.*\.new.*|\.{re.escape(MASTER)}\.new(\.wal)?|warehouse-\d{{6}}\.duckdb\..+"
)
_ASIDE: Final = re.compile(rf"damaged-{re.escape(MASTER)}(\.wal)?")


@dataclass(frozen=True)
class Piece:
    """A file, or a folder with all that is in it; ``changed_at`` is when it was written last."""

    path: Path
    size_bytes: int
    changed_at: datetime


@dataclass(frozen=True)
class ReportFolder:
    """The files of one report of one day; ``halves`` are of writers that have not ended."""

    path: Path
    name: str
    day: date
    files: tuple[Piece, ...]
    halves: tuple[Piece, ...]

    @property
    def changed_at(self) -> datetime:
        """When any of its files was written last."""
        return max(one.changed_at for one in (*self.files, *self.halves))

    @property
    def size_bytes(self) -> int:
        """Of all of its files."""
        return sum(one.size_bytes for one in self.files)


@dataclass
class Holdings:
    """All that lies in a home, but for the ledger and what is published.

    ``latest`` has the folders to which links lead by the name of each link.
    """

    reports: list[ReportFolder] = field(default_factory=list)
    latest: dict[str, str] = field(default_factory=dict)
    payloads: dict[str, list[Piece]] = field(default_factory=dict)
    private: list[Piece] = field(default_factory=list)
    aside: list[Piece] = field(default_factory=list)
    halves: list[Piece] = field(default_factory=list)
    scratch: list[Piece] = field(default_factory=list)
    strangers: list[Path] = field(default_factory=list)


def look(settings: Settings) -> Holdings:
    """Look through the folders of a home.

    Raises:
        StorageError: a folder cannot be read.
    """
    found = Holdings()
    try:
        for folder, see in (
            (settings.reports, _see_report),
            (settings.payloads, _see_shard),
            (settings.warehouse, _see_warehouse),
        ):
            if folder.is_symlink():
                found.strangers.append(folder)
                continue
            for entry in _entries(folder):
                see(found, folder / entry.name, entry)
    except OSError as error:
        raise StorageError(
            f"{error.filename}: cannot be read ({error.strerror}); run it as a user who may"
        ) from error
    return found


def _entries(folder: Path) -> Iterator[os.DirEntry[str]]:
    """What is in a folder, by name; nothing where there is none."""
    if not folder.is_dir():
        return
    with os.scandir(folder) as entries:
        yield from sorted(entries, key=lambda one: one.name)


def _see_report(found: Holdings, path: Path, entry: os.DirEntry[str]) -> None:
    named = _REPORT.fullmatch(entry.name)
    day = _day(named[2]) if named else None
    if named is None or day is None or not entry.is_dir(follow_symlinks=False):
        if _is_latest(path):
            found.latest[entry.name] = str(path.readlink())
        elif entry.name.startswith(TEMPORARY) and _is_file(entry):
            found.scratch.append(_piece(path))
        elif entry.name not in TEMPLATES or not _is_file(entry):
            found.strangers.append(path)
        return
    # As in market.html, and market.de.html in another language.
    own = re.compile(rf"{re.escape(named[1])}(\.[A-Za-z_]+)?\.(html|pdf)")
    files, halves = [], []
    for inner in _entries(path):
        if _is_file(inner) and own.fullmatch(inner.name):
            files.append(_piece(path / inner.name))
        elif _is_file(inner) and inner.name.startswith(TEMPORARY):
            halves.append(_piece(path / inner.name))
        else:
            found.strangers.append(path / inner.name)
    if files or halves:
        found.reports.append(ReportFolder(path, named[1], day, tuple(files), tuple(halves)))


def _is_latest(path: Path) -> bool:
    """Whether it is the link by which a report's newest day is found."""
    named = _REPORT.fullmatch(str(path.readlink())) if path.is_symlink() else None
    return named is not None and path.name == f"{named[1]}{LATEST}"


def _see_shard(found: Holdings, path: Path, entry: os.DirEntry[str]) -> None:
    if not re.fullmatch("[0-9a-f]{2}", entry.name) or not entry.is_dir(follow_symlinks=False):
        found.strangers.append(path)
        return
    for inner in _entries(path):
        part = _PAYLOAD.fullmatch(inner.name)
        if part and part[1].startswith(entry.name) and _is_file(inner):
            found.payloads.setdefault(part[1], []).append(_piece(path / inner.name))
        elif _is_file(inner) and inner.name.startswith(TEMPORARY):
            found.halves.append(_piece(path / inner.name))
        else:
            found.strangers.append(path / inner.name)


def _see_warehouse(found: Holdings, path: Path, entry: os.DirEntry[str]) -> None:
    if entry.name == "private" and entry.is_dir(follow_symlinks=False):
        for inner in _entries(path):
            if _PRIVATE.fullmatch(inner.name) and _is_file(inner):
                found.private.append(_piece(path / inner.name))
            elif inner.name.startswith(TEMPORARY) and inner.is_dir(follow_symlinks=False):
                found.scratch.append(_piece(path / inner.name))
            else:
                found.strangers.append(path / inner.name)
    elif _LEFT_IN_WAREHOUSE.fullmatch(entry.name) and not entry.is_dir(follow_symlinks=False):
        found.halves.append(_piece(path))
    elif _ASIDE.fullmatch(entry.name) and _is_file(entry):
        found.aside.append(_piece(path))
    elif not _OF_WAREHOUSE.fullmatch(entry.name):
        found.strangers.append(path)


def _is_file(entry: os.DirEntry[str]) -> bool:
    return entry.is_file(follow_symlinks=False)


def _piece(path: Path) -> Piece:
    """A file or folder as it lies there; one that goes meanwhile has no size."""
    inside = [path / folder / name for folder, _, names in os.walk(path) for name in names]
    sizes, changed = [], []
    for one in (path, *inside):
        try:
            status = os.lstat(one)
        except FileNotFoundError:
            continue
        if one is not path or not inside:
            sizes.append(status.st_size)
        changed.append(status.st_mtime)
    return Piece(path, sum(sizes), datetime.fromtimestamp(max(changed, default=0.0), UTC))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
