"""Kills: the daily run is ended at random moments of its life, again and again.

After each kill, what is published is that of before or wholly the new one. Some of the runs
that follow are killed as well; the one that is left alone ends as if nothing had happened.
"""

from __future__ import annotations

import shutil
import signal
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from random import Random
from threading import Lock
from typing import TYPE_CHECKING

from tests.torture.homes import Broken, Content, Ended, Homes, published

if TYPE_CHECKING:
    from pathlib import Path


@dataclass
class Tally:
    """What happened: deaths by the last event before them, and what they left to see.

    ``again`` is the share of the runs after a death that are ended, too.
    """

    wanted: int
    again: float
    deaths: Counter[str] = field(default_factory=Counter)
    left: Counter[str] = field(default_factory=Counter)
    too_late: int = 0
    finished: int = 0
    broken: list[str] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)

    @property
    def is_done(self) -> bool:
        return self.deaths.total() >= self.wanted or bool(self.broken)


def play(homes: Homes, seed: int, tally: Tally, workers: int, number: signal.Signals) -> None:
    """Rounds until so many runs were ended by the signal; stops at the first that breaks."""

    def work(worker: int) -> None:
        for turn in range(worker, 1_000_000, workers):
            if tally.is_done:
                return
            try:
                _round(homes, f"{seed}/{number.name}/{turn}", tally, number)
            except Broken as error:
                tally.broken.append(f"seed {seed}, round {turn}: {error}")

    with ThreadPoolExecutor(workers) as beside:
        list(beside.map(work, range(workers)))


def _round(homes: Homes, name: str, tally: Tally, number: signal.Signals) -> None:
    """Runs that are ended one after another, and one that is not."""
    random = Random(name)
    home = homes.copy(homes.folder / "rounds" / name.replace("/", "-"))
    seen = homes.before
    while not tally.is_done:
        after = random.uniform(0, homes.seconds)
        ended = homes.start(home).send(number, after)
        seen = _must_have_been(homes, home, ended, number, seen, tally)
        if random.random() >= tally.again:
            break
    homes.durations.append(homes.must_go_well(home).seconds)
    homes.must_be_undisturbed(home)
    with tally.lock:
        tally.finished += 1
    shutil.rmtree(home)


def _must_have_been(
    homes: Homes, home: Path, ended: Ended, number: signal.Signals, seen: Content, tally: Tally
) -> Content:
    """The run ended by the signal or well, and what is published can only have gone forward."""
    if ended.code == 0 and not ended.noise:
        with tally.lock:
            tally.too_late += 1
            homes.durations.append(ended.seconds)
    elif number == signal.SIGKILL:
        if ended.code != -number:
            raise Broken(f"ended with {ended.code}: {ended.message}{ended.noise}")
    else:
        _must_be_cancelled(ended, number)
    found = homes.must_stand(published(home))
    if seen.content_hash == homes.after.content_hash != found.content_hash:
        raise Broken(f"published: {found}, after {seen}")
    if ended.code != 0:
        with tally.lock:
            tally.deaths[ended.last] += 1
            tally.left.update(_left(home, found, seen))
    return found


def _must_be_cancelled(ended: Ended, number: signal.Signals) -> None:
    if ended.code == -number and not ended.events:
        return  # it came before there was anything to end in order
    finished = ended.events[-1] if ended.events else {}
    if (
        (ended.code, finished.get("event"), finished.get("exit_code"))
        != (128 + number, "run_finished", 128 + number)
        or ended.message != "cancelled"
        or ended.noise
    ):
        raise Broken(f"ended with {ended.code}, {finished}: {ended.message}{ended.noise}")


def _left(home: Path, found: Content, seen: Content) -> list[str]:
    """What a death left that a run which ends does not."""
    warehouse = home / "warehouse"
    versions = sorted(path.name for path in warehouse.glob("warehouse-*.duckdb"))
    there = {
        "half of a payload": any(home.glob("payloads/??/.new-*")),
        "a WAL of the master": (warehouse / "master.duckdb.wal").exists(),
        "half of a copy": any(warehouse.glob(".warehouse-*.new")),
        "a version nobody is led to": versions[-1] > found.name,
        "a link that is not moved": (warehouse / ".warehouse.duckdb.new").is_symlink(),
        "a version newly published": found.name != seen.name,
        "a note of its lock": (home / "state" / "run.lock.json").exists(),
        "a WAL of the ledger": (home / "state" / "ledger.sqlite-wal").exists(),
    }
    return [name for name, is_so in there.items() if is_so]
