"""Shared fixtures: a home in a temporary folder, and where recorded data lies."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pipeline.settings import Settings

if TYPE_CHECKING:
    from pipeline.build import Job

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path / "home", state=tmp_path / "home" / "state")


@pytest.fixture
def events() -> list[tuple[str, dict[str, object]]]:
    """What a job logged."""
    return []


@pytest.fixture
def job(settings: Settings, events: list[tuple[str, dict[str, object]]]) -> Job:
    from pipeline.build import Job

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
