"""Homes to torture: the good one of day one, what a run of day two makes of it undisturbed.

Commands run as processes of their own, forked off a server that has imported what they need,
so that a thousand of them do not take an hour of start-up.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from multiprocessing.connection import wait
from pathlib import Path
from threading import Lock
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import duckdb

from pipeline import books
from pipeline.errors import CapbriefError
from pipeline.settings import WEB
from tests.conftest import CoinGecko
from tests.faults.conftest import DAY_ONE, DAY_TWO, RULES, linked, sorted_facts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from multiprocessing.process import BaseProcess

DAILY = ("run", "--no-report")
SERVER = Path(__file__).resolve().parents[1] / "coingecko"

_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(
    ["pipeline.commands", "pipeline.run", "pipeline.http", "pipeline.estimate.evaluate"]
)


# Who starts a process asks after all others as well, and two cannot read how one ended.
_one_at_a_time = Lock()


class Broken(Exception):  # noqa: N818 - it is what the program looks for
    """Something that must hold whatever happens does not."""


@dataclass(frozen=True)
class Ended:
    """How a process ended: its exit code (-9 where it was killed) and its events."""

    code: int
    seconds: float
    events: list[dict[str, Any]]
    noise: str

    @property
    def message(self) -> str:
        return "\n".join(str(one["message"]) for one in self.events if one["event"] == "failed")

    @property
    def last(self) -> str:
        """The last event of the run itself, with the source where it is of one."""
        own = [one for one in self.events if one["event"] not in ("failed", "run_finished")]
        if not own:
            return "start"
        return f"{own[-1]['event']} {own[-1].get('source', '')}".rstrip()


def _play(
    arguments: Sequence[str],
    at: str,
    err: Path,
    environment: Mapping[str, str],
    largest_file: int | None,
) -> None:
    """The command line as it is, by the clock of the test; the body of a process."""
    from pipeline import cli, console, room

    os.environ.update(environment)
    if largest_file is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file, largest_file))
    with err.open("wb") as stream, Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), 1)
        os.dup2(stream.fileno(), 2)
    console.datetime = SimpleNamespace(now=datetime.fromisoformat(at).astimezone)  # type: ignore[attr-defined,assignment]
    # What is told before anything is asked for is as if it were free, and gone the moment after.
    room.must_be_there = lambda _: None  # type: ignore[assignment]
    # Not sys.exit: what runs at the end of a process that was forked is not the command's.
    code = cli.main(arguments)
    sys.stderr.flush()
    os._exit(code)


@dataclass
class Command:
    """A command that was started."""

    process: BaseProcess
    err: Path
    started: float

    def end(self, seconds: float = 120) -> Ended:
        """Wait for it.

        Raises:
            Broken: it does not end.
        """
        wait([self.process.sentinel], seconds)
        took = time.monotonic() - self.started
        with _one_at_a_time:
            code = self.process.exitcode
        if code is None:
            self.process.kill()
            raise Broken(f"did not end in {seconds:g} s")
        events, noise = [], []
        for line in self.err.read_text(errors="replace").splitlines():
            try:
                events.append(json.loads(line))
            except ValueError:
                noise.append(line)
        return Ended(code, took, events, "\n".join(noise))

    def send(self, number: signal.Signals, after: float) -> Ended:
        """Send it a signal some seconds after its start, if it is still there, and wait."""
        time.sleep(max(0.0, self.started + after - time.monotonic()))
        with _one_at_a_time:
            if self.process.exitcode is None and self.process.pid is not None:
                with suppress(ProcessLookupError):  # it has ended in this moment
                    os.kill(self.process.pid, number)
        return self.end()


@dataclass(frozen=True)
class Content:
    """What a reader finds: the version that the link leads to, and what is in it."""

    name: str
    rows: int
    content_hash: str


def readable(home: Path) -> Content:
    """Open what is published as any client does, and hold all of it against its books.

    Raises:
        Broken: it cannot be read, or is not whole.
    """
    link = home / "warehouse" / "warehouse.duckdb"
    try:
        path = link.resolve(strict=True)
        with duckdb.connect(path, read_only=True) as connection:
            books.must_hold(connection, path, books.everything(connection))
            found = books.content(connection)
    except (OSError, duckdb.Error, CapbriefError) as error:
        raise Broken(f"published: {type(error).__name__}: {error}") from error
    return Content(path.name, found.row_count, found.content_hash)


def published(home: Path) -> Content:
    """What is readable, if the ledger says that just this was published.

    Raises:
        Broken: it cannot be read, is not whole, or is not what the ledger says.
    """
    found = readable(home)
    recorded = {
        name: Content(name, rows, digest)
        for name, digest, rows in sorted_facts(home)["publication"]
    }
    if recorded.get(found.name) != found:
        raise Broken(f"published is {found}, the ledger says {recorded.get(found.name)}")
    return found


def strays(home: Path) -> list[str]:
    """What no run that ended in order leaves behind."""
    published = (home / "warehouse" / "warehouse.duckdb").resolve().name
    return [
        str(path.relative_to(home))
        for folder in ("payloads", "state", "warehouse")
        for path in sorted((home / folder).rglob("*"))
        if path.name.startswith((".", "damaged-"))
        or _OF_ONE_RUN.search(path.name)
        or published < path.name < "warehouse.duckdb"
    ]


def halves(home: Path) -> list[str]:
    """Payloads of which there is a body or a sidecar only."""
    bodies, sidecars = (
        {path.stem for path in home.glob(f"payloads/??/*.{kind}")} for kind in ("zst", "json")
    )
    return sorted(bodies ^ sidecars)


_OF_ONE_RUN = re.compile(r"\.(wal|tmp)$|-wal$|-shm$|^run\.lock\.json$")


def facts(home: Path) -> dict[str, list[tuple[Any, ...]]]:
    """The facts of its ledger; which numbers were published depends on what was tried."""
    found = sorted_facts(home)
    del found["publication"]
    return found


@dataclass
class Homes:
    """Makes copies of the good home, and knows how an undisturbed one ends."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)
    durations: deque[float] = field(default_factory=lambda: deque(maxlen=20))
    before: Content = Content("", 0, "")
    after: Content = Content("", 0, "")
    facts: dict[str, list[tuple[Any, ...]]] = field(default_factory=dict)

    def prepare(self, workers: int = 1) -> subprocess.Popen[str]:
        """Start the loopback CoinGecko and make the good home; gives the server."""
        (self.folder / "own" / "universes").mkdir(parents=True)
        (self.folder / "own" / "universes" / "live.toml").write_text(RULES)
        server = subprocess.Popen(
            [sys.executable, str(SERVER), "--now", DAY_ONE, "--while-stdin"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert server.stdout is not None
        url = server.stdout.readline().strip()
        self.environment = {
            "CAPBRIEF_SOURCES": "none",
            "CAPBRIEF_COINGECKO__PLAN": "demo",
            "CAPBRIEF_COINGECKO__KEY": CoinGecko.demo_key,
            "CAPBRIEF_COINGECKO__URL": url,
            "CAPBRIEF_COINGECKO__CALLS_PER_MINUTE": "1000000",
            "CAPBRIEF_HTTP__BACKOFF_SECONDS": "0.001",
            # Only the loopback CoinGecko is there to be asked.
            **{f"CAPBRIEF_{source.upper()}__ENABLED": "no" for source in WEB},
        }
        good = self.folder / "good"
        self.must_go_well(good, at=DAY_ONE)
        self.before = published(good)
        CoinGecko(url).set(now=DAY_TWO)
        # As many at a time as will run then: how long one takes depends on that.
        homes = [self.copy(self.folder / f"undisturbed-{n}") for n in range(workers)]
        commands = [self.start(home) for home in homes]
        self.durations.extend(command.end().seconds for command in commands)
        self.after = published(homes[0])
        self.facts = facts(homes[0])
        assert self.after.content_hash != self.before.content_hash
        for home in homes[1:]:
            self.must_be_undisturbed(home)
        for home in homes:
            shutil.rmtree(home)
        return server

    @property
    def seconds(self) -> float:
        """How long a run takes now, from the last ones: what else the machine does comes and goes.

        Those that had less to do, as one before them was killed late, are among the shorter.
        """
        return sorted(self.durations)[len(self.durations) * 3 // 4]

    def copy(self, target: Path, *, shared: bool = True) -> Path:
        """A home of day one; what is read-only can be shared on one file system."""
        shutil.copytree(
            self.folder / "good",
            target,
            symlinks=True,
            copy_function=linked if shared else shutil.copy2,
            dirs_exist_ok=True,
        )
        return target

    def start(
        self,
        home: Path,
        *arguments: str,
        at: str = DAY_TWO,
        largest_file: int | None = None,
        **environment: str,
    ) -> Command:
        """Start a command; without arguments the daily one."""
        err = self.folder / f"{home.parent.name}-{home.name}.err"
        given = [*(arguments or DAILY), "--home", str(home), "--overlay", str(self.folder / "own")]
        process = _processes.Process(
            target=_play, args=(given, at, err, {**self.environment, **environment}, largest_file)
        )
        err.write_text("")
        with _one_at_a_time:
            process.start()
        return Command(process, err, time.monotonic())

    def must_go_well(self, home: Path, *arguments: str, at: str = DAY_TWO) -> Ended:
        """Run a command to its end, which must be a good one.

        Raises:
            Broken: it ends otherwise.
        """
        ended = self.start(home, *arguments, at=at).end()
        if ended.code != 0 or ended.noise:
            raise Broken(f"the next run ended with {ended.code}: {ended.message}{ended.noise}")
        return ended

    def must_stand(self, found: Content) -> Content:
        """What is published is that of before, or wholly the new one.

        Raises:
            Broken: it is not.
        """
        if found.content_hash not in (self.before.content_hash, self.after.content_hash):
            raise Broken(f"published: {found}")
        return found

    def must_be_undisturbed(self, home: Path) -> None:
        """All is as after an undisturbed run of day two, and nothing temporary is left.

        Raises:
            Broken: it is not.
        """
        # First, as reading the ledger makes the files anew that it shares.
        if left := strays(home) + halves(home):
            raise Broken(f"left behind: {', '.join(left)}")
        found = published(home)
        if (found.rows, found.content_hash) != (self.after.rows, self.after.content_hash):
            raise Broken(f"ends in {found}, undisturbed in {self.after}")
        now = facts(home)
        differ = [table for table, rows in now.items() if rows != self.facts[table]]
        if differ:
            raise Broken(f"the ledger differs in {', '.join(differ)}")
