"""Scenario files for tests: ``mine.toml``, which extends a copy of the shipped base.toml."""

from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline import resources
from pipeline.errors import ScenarioError
from pipeline.estimate import scenario
from pipeline.estimate.scenario_changes import Changes

HEAD = 'extends = "base.toml"\n[scenario]\nid = "mine"\ntitle = "Mine"\n'
"""Four lines, so that what a test adds starts on line 5."""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "base.toml").write_text((resources.SCENARIOS / "base.toml").read_text())
    return tmp_path


@pytest.fixture
def load(home: Path) -> Callable[..., scenario.Scenario]:
    """Load mine.toml with a text added and ``--set`` values laid over."""

    def loader(text: str = "", *values: str, files: tuple[Path, ...] = ()) -> scenario.Scenario:
        (home / "mine.toml").write_text(HEAD + text)
        return scenario.load("mine", (home,), Changes(values, files))

    return loader


@pytest.fixture
def problems(load: Callable[..., scenario.Scenario], home: Path) -> Callable[..., list[str]]:
    """The lines of the error that loading gives, without the folder's path."""

    def lines(text: str = "", *values: str, files: tuple[Path, ...] = ()) -> list[str]:
        with pytest.raises(ScenarioError) as error:
            load(text, *values, files=files)
        return str(error.value).replace(f"{home}/", "").split("\n")

    return lines


@pytest.fixture
def reload(tmp_path_factory: pytest.TempPathFactory) -> Callable[[scenario.Scenario], bool]:
    """Whether the canonical text of a scenario loads to an equal one."""

    def is_equal(loaded: scenario.Scenario) -> bool:
        file = tmp_path_factory.mktemp("again") / f"{loaded.id}.toml"
        file.write_text(loaded.text)
        again = scenario.load(file, ())
        return again == loaded and again.scenario_hash == loaded.scenario_hash

    return is_equal
