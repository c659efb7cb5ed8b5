"""Shared fixtures: a home in a temporary folder, recorded data, a CoinGecko on loopback."""

from __future__ import annotations

import http.client
import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest

from pipeline.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from duckdb import DuckDBPyConnection

    from pipeline.job import Job
    from pipeline.master import Version
    from pipeline.warehouse import Warehouse
    from tests.post import Mailbox, Receiver  # noqa: TID251 - for its types only

# How long an example takes is measured by the benchmark, and says nothing in a test.
hypothesis.settings.register_profile("patient", deadline=None)
hypothesis.settings.load_profile("patient")

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(autouse=True)
def no_other_sources(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing but CoinGecko is asked, unless a test switches a source on."""
    monkeypatch.setenv("CAPBRIEF_SOURCES", "none")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path / "home", state=tmp_path / "home" / "state")


@pytest.fixture
def events() -> list[tuple[str, dict[str, object]]]:
    """What a job logged."""
    return []


@pytest.fixture
def job(settings: Settings, events: list[tuple[str, dict[str, object]]]) -> Job:
    from pipeline.job import Job

    def log(event: str, **fields: object) -> None:
        events.append((event, fields))

    return Job(
        run_id="test-run",
        settings=settings,
        log=log,
        clock=lambda: datetime(2026, 11, 23, 12, tzinfo=UTC),
        version="0.0.0",
    )


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which the demo ran once; copied before it is changed."""
    from pipeline import cli

    home = tmp_path_factory.mktemp("built")
    assert cli.main(["demo", "--home", str(home), "--quiet"]) == 0
    return home


@pytest.fixture
def shared_facts() -> Path:
    """The compiled facts as they were published; skipped by name where they are absent."""
    folder = SHARED / "facts"
    if not folder.is_dir():
        pytest.skip("shared/facts is absent: figures are not compared with the compiled facts")
    return folder


@pytest.fixture
def network_answers() -> dict[str, dict[str, Any]]:
    """Answers of networks' hosts by source and path, in the documented shapes, figures our own.

    They are of 2026-11-23, 12:00 UTC: series end with a point of that day, which goes on.
    """
    folder = Path(__file__).with_name("data") / "networks"
    return {path.stem: json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))}


class Shelf:
    """A warehouse of one mart of numbers, written and published by the shipped code."""

    def __init__(self, settings: Settings) -> None:
        from pipeline import master, warehouse

        self._settings = settings
        self.folder = settings.warehouse
        self.master, self.link = self.folder / master.MASTER, self.folder / warehouse.LINK

    def writing(self) -> AbstractContextManager[DuckDBPyConnection]:
        """The master, in one transaction."""
        from pipeline import master

        return master.transaction(self.master, self._settings)

    def prepare(self) -> Version:
        """A version that nobody is led to yet."""
        from pipeline import master

        return master.prepare(self._settings, {})

    def publish(self, version: Version) -> None:
        """Lead readers to it."""
        from pipeline import master

        master.publish(self._settings, version)

    def fill(self, number: int) -> Version:
        """Publish ``marts.t`` with the numbers below one."""
        from pipeline.books import Books

        with self.writing() as connection:
            connection.execute("create schema if not exists marts")
            connection.execute(
                f"create or replace table marts.t as select * from range({number}) r (x)"
            )
            Books(connection).compare("marts.t")
        version = self.prepare()
        self.publish(version)
        return version

    def opened(self) -> Warehouse:
        """What is published."""
        from pipeline.warehouse import Warehouse

        return Warehouse(self.link, self._settings)


@pytest.fixture
def shelf(settings: Settings) -> Shelf:
    """A shelf with nothing on it yet."""
    return Shelf(settings)


@dataclass(frozen=True)
class Ended:
    """How one command ended."""

    code: int
    out: str
    err: str

    @property
    def log(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.err.splitlines()]

    @property
    def message(self) -> str:
        return "\n".join(str(line["message"]) for line in self.log if line["event"] == "failed")


class Command:
    """Runs capbrief in this process on one home."""

    def __init__(self, home: Path, capture: pytest.CaptureFixture[str]) -> None:
        self.home = home
        self._capture = capture

    @property
    def published(self) -> Path:
        """The version that the link leads to."""
        return (self.home / "warehouse" / "warehouse.duckdb").resolve()

    def __call__(self, *arguments: str) -> Ended:
        from pipeline import cli

        self._capture.readouterr()
        code = cli.main([*arguments, "--home", str(self.home)])
        shown = self._capture.readouterr()
        return Ended(code, shown.out, shown.err)


@pytest.fixture
def run(built: Path, capsys: pytest.CaptureFixture[str]) -> Command:
    """The command on the built home, for what only reads."""
    return Command(built, capsys)


@pytest.fixture
def fresh(built: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Command:
    """The command on a copy of the built home, for what writes."""
    home = tmp_path / "home"
    shutil.copytree(built, home, symlinks=True)
    return Command(home, capsys)


@pytest.fixture
def first(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Command:
    """The command on a home in which nothing was run yet."""
    return Command(tmp_path / "first", capsys)


class Overlay:
    """A folder of the user's own files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, name: str, text: str) -> str:
        """Write one file and give the folder for ``--overlay``."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return str(self.folder)


@pytest.fixture
def overlay(tmp_path: Path) -> Overlay:
    return Overlay(tmp_path / "own")


class CoinGecko:
    """The loopback CoinGecko of tests/coingecko, as a test tells it what to do."""

    demo_key = "CG-demo0000000000000000000"
    pro_key = "CG-pro00000000000000000000"

    def __init__(self, url: str) -> None:
        self.url = url
        self._port = int(url.split(":")[2].split("/")[0])

    @property
    def requests(self) -> list[dict[str, Any]]:
        """What it was asked, in order.

        Each has method, path (decoded, without the base), query and headers (names in lower
        case), fault (its name or None), connection (a number) and at (monotonic seconds).
        """
        found: list[dict[str, Any]] = self._tell("GET", "requests")
        return found

    def fail(
        self,
        path_prefix: str,
        fault: str,
        times: int | None = None,
        *,
        after: int = 0,
        when: dict[str, str] | None = None,
        **details: Any,
    ) -> None:
        """Spoil answers to paths that begin so; ``--list-faults`` names the faults.

        ``times`` requests (None: all), ``after`` so many good ones, of those ``when`` the
        query has these parameters. Of several faults the first ordered that applies is used.
        """
        order = {**details, "name": fault, "prefix": path_prefix, "times": times, "after": after}
        self._tell("POST", "fail", {**order, "when": when or {}})

    def set(self, **options: Any) -> None:
        """Change the clock, members or values (tests/coingecko/options.py lists what there is)."""
        self._tell("POST", "set", options)

    def reset(self) -> None:
        """As when it was started: no faults, no options, no requests."""
        self._tell("POST", "reset")

    def _tell(self, method: str, order: str, body: object = None) -> Any:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
        try:
            connection.request(method, f"/_control/{order}", json.dumps(body or {}))
            response = connection.getresponse()
            told = json.loads(response.read())
        finally:
            connection.close()
        assert response.status == 200, told
        return told


@pytest.fixture(scope="session")
def coingecko_url() -> Iterator[str]:
    """Address of a loopback CoinGecko whose clock stands at 2026-11-23 01:10 UTC."""
    program = Path(__file__).with_name("coingecko")
    recorded = SHARED / "coingecko" / "recorded"
    command = [sys.executable, str(program), "--now", "2026-11-23T01:10:00Z", "--while-stdin"]
    if recorded.is_dir():
        command += ["--recorded", str(recorded)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().strip()
            assert url, "the loopback CoinGecko did not start"
            yield url
        finally:
            process.terminate()


@pytest.fixture
def coingecko(coingecko_url: str) -> CoinGecko:
    """The loopback CoinGecko, as new: demo plan, 1,000 coins, no faults, no limits."""
    found = CoinGecko(coingecko_url)
    found.reset()
    return found


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    """A mail server on this machine that speaks plainly, and what it took."""
    from tests import post  # noqa: TID251 - its servers

    with post.mail_server(post.Mailbox()) as box:
        yield box


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """An HTTP server on this machine that takes what is posted."""
    from tests import post  # noqa: TID251 - its servers

    with post.http_server(post.Receiver()) as found:
        yield found
