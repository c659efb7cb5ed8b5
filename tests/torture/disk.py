"""Disk: a run finds so many bytes free and no more, for each number at which it ends otherwise.

A small tmpfs holds the home, or its state folder, and a file that fills it up to the last N
bytes. Every write of a run is the one that fails at some N: the first pages are gone through
one by one, the rest is halved wherever two neighbours ended otherwise.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.torture.homes import Broken, Ended, Homes, published, readable, strays

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

PAGE = 4096
_PAGES_ONE_BY_ONE = 48
_LARGEST = 96 * 2**20
_CLOSE_ENOUGH = 64 * 2**10
# One for each kind of write, as long as the good home and a run are of about this size.
_SOME = [n * 2**10 for n in (16, 96, 800, 3_000, 12_000)]
_SOME_OF_STATE = [n * 2**10 for n in (32,)]
# What it must say, besides the place: that room is wanted.
_ADVICE = re.compile("make room|free some space|choose another --home")

# DuckDB and SQLite keep a WAL that they could not write to its end, and cut it next time.
_OF_DATABASES = re.compile(r"master\.duckdb\.wal$|ledger\.sqlite-(wal|shm)$")


@dataclass(frozen=True)
class Found:
    """How the run ended that had so many bytes left: its code, its last event, its message."""

    free: int
    code: int
    last: str
    message: str

    @property
    def kind(self) -> tuple[int, str, str]:
        """What tells one failed write from another: the message without its numbers."""
        return self.code, self.last, re.sub(r"[0-9a-f]{12}\b|[0-9][0-9,.]*", "#", self.message)


def is_possible() -> bool:
    """Whether this process may mount a file system."""
    mount = shutil.which("mount")
    return os.geteuid() == 0 and mount is not None and os.uname().sysname == "Linux"


def play(homes: Homes, *, some: bool) -> list[str]:
    """Fill the disk of the home, and that of its state folder; gives what broke."""
    if not is_possible():
        print("the full disk is left out: it takes root on Linux")
        return []
    broken = []
    for of_state in (False, True):
        started = time.monotonic()
        try:
            if some:
                sizes = _SOME_OF_STATE if of_state else _SOME
                found = [attempt(homes, free, of_state=of_state) for free in sizes]
            else:
                found = sweep(homes, of_state=of_state)
        except Broken as error:
            broken.append(str(error))
            continue
        _show(found, "state folder" if of_state else "home", time.monotonic() - started)
    return broken


def _show(found: Sequence[Found], place: str, seconds: float) -> None:
    print(f"the disk of the {place} was full at {len(found)} sizes; {seconds:.0f} s")
    first: dict[tuple[int, str, str], list[Found]] = {}
    for one in found:
        first.setdefault(one.kind, []).append(one)
    for (code, last, _), of_kind in first.items():
        least, most = of_kind[0].free, of_kind[-1].free
        print(f"  {least:>10,} to {most:>10,} free ({len(of_kind)}): {code} after {last}")
        print(f"      {of_kind[0].message}")


def sweep(homes: Homes, *, of_state: bool) -> list[Found]:
    """All sizes at which something else fails.

    Raises:
        Broken: a run ends otherwise than it should.
    """
    found = {free: attempt(homes, free, of_state=of_state) for free in _first_pages()}
    highest = max(found)
    while found[highest].code != 0:
        if highest > _LARGEST:
            raise Broken(f"does not end well with {highest:,} bytes free")
        highest *= 2
        found[highest] = attempt(homes, highest, of_state=of_state)
    waiting = [(low, high) for low, high in zip(sorted(found), sorted(found)[1:], strict=False)]
    while waiting:
        low, high = waiting.pop()
        if found[low].kind == found[high].kind or high - low <= _CLOSE_ENOUGH:
            continue
        middle = (low + high) // 2 // PAGE * PAGE
        found[middle] = attempt(homes, middle, of_state=of_state)
        waiting += [(low, middle), (middle, high)]
    return [found[free] for free in sorted(found)]


def _first_pages() -> range:
    return range(0, _PAGES_ONE_BY_ONE * PAGE, PAGE)


def attempt(homes: Homes, free: int, *, of_state: bool) -> Found:
    """One run with so many bytes free, and the next one with room.

    Raises:
        Broken: it ends with another code than 0 or 8, does not say in one line where room is
            wanted, leaves something behind, spoils what is published, or the next run does not
            end as an undisturbed one.
    """
    home = homes.folder / "full" / "home"
    with small_disk(home / "state" if of_state else home) as disk:
        homes.copy(home, shared=False)
        try:
            with filled(disk, free):
                ended = homes.start(home).end()
                homes.must_stand(readable(home))
                left = [one for one in strays(home) if not _OF_DATABASES.search(one)]
                homes.must_go_well(home, "sql", "select count(*) from marts.run")
            _must_be_refused(ended, str(home))
            if left:
                raise Broken(f"left behind: {', '.join(left)}")
            homes.must_stand(published(home))
            homes.must_go_well(home)
            homes.must_be_undisturbed(home)
        except Broken as error:
            place = "in the state folder" if of_state else ""
            raise Broken(f"{free:,} bytes free {place}: {error}") from error
    shutil.rmtree(home, ignore_errors=True)
    return Found(free, ended.code, ended.last, ended.message)


def _must_be_refused(ended: Ended, home: str) -> None:
    said = ended.message
    if ended.code == 0 and not ended.noise:
        return
    is_one_line = len(said.splitlines()) == 1 and not ended.noise
    if ended.code != 8 or not is_one_line or home not in said or not _ADVICE.search(said):
        raise Broken(f"ended with {ended.code}: {said}{ended.noise}")


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A folder that is a file system of its own, of a size that two warehouses fit into."""
    folder.mkdir(parents=True, exist_ok=True)
    size = 2 * _LARGEST
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)


@contextmanager
def filled(disk: Path, free: int) -> Iterator[None]:
    """Leave so many bytes free for a while."""
    ballast = disk / "ballast"
    there = os.statvfs(disk)
    with ballast.open("wb") as stream:
        os.posix_fallocate(stream.fileno(), 0, there.f_bavail * there.f_frsize - free)
    try:
        yield
    finally:
        ballast.unlink()
