"""A home in which a good run happened, and a day later on which something goes wrong.

Everything goes through the command line, against the loopback CoinGecko. The clock stands
still: the good run was on 2026-11-22 at 01:10 UTC, a test begins on 2026-11-23 at 01:10 UTC
(both of the program and of the server; ``clock`` moves them together).

    def test_f10_…(coingecko, good):
        coingecko.fail("/coins/markets", "html200")
        ended = good("fetch")
        assert ended.code == 6
        assert "…" in ended.message
        good.must_have_lost_nothing()

The rules of the home (``own``) have one universe: a counted category of 300 coins on two pages
(artificial-intelligence, required), a shown one of 60 (ai-meme-coins, optional), a named coin
(render-token) and bitcoin as benchmark; daily closes are kept of four coins. A fetch of the
second day makes 13 calls, in this order (lists end with a page that brings nothing new):

    /coins/categories/list  /coins/categories  /coins/markets?category=artificial-intelligence
    (pages 1, 2, 3)  …?category=ai-meme-coins (1, 2)  …?ids=…  /global (optional)
    /coins/<id>/market_chart of bitcoin, render-token, bittensor, near (optional)
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pipeline import cli
from pipeline.settings import WEB

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.conftest import CoinGecko, Command, Ended  # noqa: TID251 - for its types only

DAY_ONE, DAY_TWO = "2026-11-22T01:10:00+00:00", "2026-11-23T01:10:00+00:00"

RULES = """
[[universe]]
id = "ai-sector"
title = "AI sector"
min_volume_usd = 0
min_age_days = 0
max_staleness_hours = 24
history_coins = 2
core_categories = ["artificial-intelligence"]
meme_categories = ["ai-meme-coins"]

[[universe.member]]
coin_id = "render-token"
note = "By name"

[[benchmark]]
coin_id = "bitcoin"
note = "The largest coin"
"""

# What of the ledger is a fact that must never be lost; runs, pace and samples come on top.
_FACTS = {
    "retrieval": "source, dataset, payload_sha256, provenance",
    "unit": "source, dataset, first_date, last_date, fetched_at, n_payloads",
    "gap": "source, dataset, first_date, last_date, reason",
    "membership": "source, dataset, seen_date, status, n_before, n_members, entered, left_",
    "publication": "file_name, content_hash, row_count",
}


class _Stopped:
    """Stands where the program's one clock takes its time from."""

    def __init__(self, text: str) -> None:
        self._moment = datetime.fromisoformat(text)

    def now(self, zone: tzinfo) -> datetime:
        return self._moment.astimezone(zone)


class Clock:
    """The time by which the program and the server work; ``at`` moves both."""

    def __init__(self, coingecko: CoinGecko, monkeypatch: pytest.MonkeyPatch) -> None:
        self._coingecko, self._monkeypatch = coingecko, monkeypatch
        self.text = DAY_TWO

    def at(self, text: str) -> None:
        self.text = text
        self._monkeypatch.setattr("pipeline.console.datetime", _Stopped(text))
        self._coingecko.set(now=text)

    def forget(self) -> None:
        """The server forgets faults, options and requests, and keeps the time."""
        self._coingecko.reset()
        self._coingecko.set(now=self.text)


@pytest.fixture
def clock(coingecko: CoinGecko, monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock(coingecko, monkeypatch)
    made.at(DAY_TWO)
    return made


@pytest.fixture
def online(coingecko: CoinGecko, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings for the loopback CoinGecko, with waits too short to be noticed.

    Three tries a request, two seconds for an answer, twenty for the run. The pause of the
    circuit breaker (30 s) is a fiftieth of a second; what a host asks to wait is not shortened.
    """
    for name in [*os.environ]:
        if name.startswith("CAPBRIEF_"):
            monkeypatch.delenv(name)
    for name, value in {
        "COINGECKO__PLAN": "demo",
        "COINGECKO__KEY": coingecko.demo_key,
        "COINGECKO__URL": coingecko.url,
        "COINGECKO__CALLS_PER_MINUTE": "1000000",
        "HTTP__BACKOFF_SECONDS": "0.001",
        "HTTP__TOTAL_SECONDS": "2",
        "HTTP__TRIES": "3",
        "HTTP__RUN_SECONDS": "20",
        # Only the loopback CoinGecko is there to be asked.
        **{f"{source.upper()}__ENABLED": "no" for source in WEB},
    }.items():
        monkeypatch.setenv(f"CAPBRIEF_{name}", value)
    monkeypatch.setattr("pipeline.http.PAUSE_SECONDS", 0.02)


@pytest.fixture(scope="session")
def own(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The overlay folder with the rules of the good home."""
    folder = tmp_path_factory.mktemp("own")
    (folder / "universes").mkdir()
    (folder / "universes" / "live.toml").write_text(RULES)
    return folder


# --- What is stored, and whether it still is --------------------------------------------------


@dataclass(frozen=True)
class Stored:
    """What a home holds: the published link, bytes of files (as SHA-256), facts of the ledger."""

    link: str
    files: dict[str, str]
    facts: dict[str, list[tuple[Any, ...]]]


def stored(home: Path) -> Stored:
    """Read without any code of capbrief."""
    link = home / "warehouse" / "warehouse.duckdb"
    paths = [
        *home.glob("warehouse/warehouse-*.duckdb"),
        *(path for path in home.glob("payloads/??/*") if not path.name.startswith(".")),
        *(path for path in home.glob("reports/**/*") if path.is_file()),
    ]
    return Stored(
        str(link.readlink()) if link.is_symlink() else "",
        {str(path.relative_to(home)): _digest(path) for path in paths},
        facts(home),
    )


def _digest(path: Path) -> str:
    """SHA-256 of the bytes; read anew only where the file is another, or was written to."""
    found = path.stat()
    key = found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns
    if key not in _digests:
        _digests[key] = hashlib.sha256(path.read_bytes()).hexdigest()
    return _digests[key]


# The good home's files are links to the same few inodes in every test.
_digests: dict[tuple[int, int, int, int], str] = {}


def facts(home: Path) -> dict[str, list[tuple[Any, ...]]]:
    """The facts of a ledger in the order in which they were written, without run ids."""
    file = home / "state" / "ledger.sqlite"
    if not file.exists():
        return {table: [] for table in _FACTS}
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
        return {
            table: connection.execute(f"select {columns} from {table} order by rowid").fetchall()
            for table, columns in _FACTS.items()
        }


class Home:
    """The command on a home, with its rules; knows what was stored when the test began."""

    def __init__(self, command: Command, own: Path) -> None:
        self._command, self.own = command, own
        self.before = stored(command.home)

    @property
    def path(self) -> Path:
        return self._command.home

    @property
    def ledger(self) -> sqlite3.Connection:
        """The ledger, to look at."""
        return sqlite3.connect(f"file:{self.path}/state/ledger.sqlite?mode=ro", uri=True)

    def __call__(self, *arguments: str) -> Ended:
        """Run a command; ``good("fetch", "-v")``."""
        return self._command(*arguments, "--overlay", str(self.own))

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """The answer of the ledger to one query."""
        with closing(self.ledger) as connection:
            return connection.execute(query).fetchall()

    def had(self, source: str = "coingecko") -> set[str]:
        """Data sets of which a unit was recorded since the test began."""
        new = facts(self.path)["unit"][len(self.before.facts["unit"]) :]
        return {row[1] for row in new if row[0] == source}

    def must_have_lost_nothing(self) -> None:
        """All that was stored is there as it was, and no other version is published."""
        now = stored(self.path)
        assert now.link == self.before.link
        for path, digest in self.before.files.items():
            assert now.files.get(path) == digest, f"{path} changed"
        for table, rows in self.before.facts.items():
            assert now.facts[table][: len(rows)] == rows, f"{table} changed"
        assert now.facts["publication"] == self.before.facts["publication"]

    def must_be_unchanged(self) -> None:
        """It lost nothing, and no source but those on this machine brought anything."""
        self.must_have_lost_nothing()
        now = facts(self.path)
        for table, rows in self.before.facts.items():
            new = [row for row in now[table][len(rows) :] if row[0] not in ("bundled", "universe")]
            assert new == [], f"{table} has new rows"


@dataclass
class _Kept:
    """Homes that were made once."""

    folder: Path
    good: Path | None = None
    undisturbed: dict[str, list[tuple[Any, ...]]] = field(default_factory=dict)


@pytest.fixture(scope="session")
def _kept(tmp_path_factory: pytest.TempPathFactory) -> _Kept:
    return _Kept(tmp_path_factory.mktemp("good"))


@pytest.fixture
def good(first: Command, clock: Clock, online: None, own: Path, _kept: _Kept) -> Iterator[Home]:
    """The command on a copy of a home that fetched and published on day one; it is day two."""
    if _kept.good is None:
        home = _kept.folder / "home"
        clock.at(DAY_ONE)
        arguments = ["--no-report", "--quiet", "--home", str(home), "--overlay", str(own)]
        assert cli.main(["run", *arguments]) == 0
        # A report takes seconds, and no test here writes one: a file in its place will do.
        report = home / "reports" / "market-capacity_2026-11-22" / "market-capacity.html"
        report.parent.mkdir(parents=True)
        report.write_text("<!DOCTYPE html><title>day one</title>")
        _kept.good = home
        clock.at(DAY_TWO)
        clock.forget()
    shutil.copytree(_kept.good, first.home, symlinks=True, copy_function=linked)
    yield Home(first, own)
    shutil.rmtree(first.home)  # tens of megabytes for each test


def linked(origin: str, target: str) -> str:
    """What is read-only is shared, as a copy would be as large as the warehouse."""
    if os.access(origin, os.W_OK) and Path(origin).stat().st_mode & 0o200:
        return shutil.copy2(origin, target)
    os.link(origin, target)
    return target


@pytest.fixture
def empty(first: Command, online: None, own: Path) -> Home:
    """The command on a home in which nothing was run yet, with the same rules and settings."""
    return Home(first, own)


@pytest.fixture
def undisturbed(good: Home, clock: Clock, _kept: _Kept) -> dict[str, list[tuple[Any, ...]]]:
    """The facts of the good home after a fetch of day two in which nothing went wrong.

    ``facts_of(good) == undisturbed`` after a fault was overcome: nothing lost, nothing twice.
    """
    if not _kept.undisturbed:
        home = _kept.folder / "undisturbed"
        shutil.copytree(good.path, home, symlinks=True, copy_function=linked)
        arguments = ["--quiet", "--home", str(home), "--overlay", str(good.own)]
        assert cli.main(["fetch", *arguments]) == 0
        _kept.undisturbed = sorted_facts(home)
        shutil.rmtree(home)
        clock.forget()
    return _kept.undisturbed


def sorted_facts(home: Path) -> dict[str, list[tuple[Any, ...]]]:
    return {table: sorted(rows, key=repr) for table, rows in facts(home).items()}


@pytest.fixture
def facts_of() -> Callable[[Home], dict[str, list[tuple[Any, ...]]]]:
    """The facts of a home in an order that does not depend on when they were had."""
    return lambda home: sorted_facts(home.path)


@pytest.fixture
def overcome(
    good: Home,
    coingecko: CoinGecko,
    undisturbed: dict[str, list[tuple[Any, ...]]],
    facts_of: Callable[[Home], dict[str, list[tuple[Any, ...]]]],
) -> Callable[..., None]:
    """``overcome(prefix, fault)``: it hits once, and after the fetch all is as if it had not."""

    def play(prefix: str, fault: str, times: int = 1, **details: Any) -> None:
        coingecko.fail(prefix, fault, times, **details)
        ended = good("fetch")
        assert (ended.code, ended.message) == (0, "")
        assert facts_of(good) == undisturbed
        good.must_have_lost_nothing()

    return play


# --- Processes --------------------------------------------------------------------------------

# The command line as it is, by the clock of the test.
_PROGRAM = """
import sys
from datetime import datetime
from types import SimpleNamespace
from pipeline import cli, console
at = datetime.fromisoformat(sys.argv.pop(1))
console.datetime = SimpleNamespace(now=at.astimezone)
sys.exit(cli.main())
"""


@dataclass
class Start:
    """Starts commands on the good home as processes of their own; ends those that are left."""

    home: Path
    own: Path
    at: str
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    def __call__(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        """Start one; ``environment`` is set on top of that of the test."""
        process = subprocess.Popen(
            [
                *(sys.executable, "-c", _PROGRAM, self.at),
                *(*arguments, "--home", str(self.home), "--overlay", str(self.own)),
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **environment},
        )
        self.started.append(process)
        return process


@pytest.fixture
def start(good: Home, clock: Clock) -> Iterator[Start]:
    made = Start(good.path, good.own, clock.text)
    yield made
    for process in made.started:
        if process.poll() is None:
            process.kill()
        process.communicate()
