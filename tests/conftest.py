"""Shared fixtures: a home in a temporary folder, and where recorded data lies."""

from __future__ import annotations

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
