"""Where an installation keeps its data: flag, environment, XDG folders, in this order."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.settings import resolve

USER = Path("/home/ada")


@pytest.mark.parametrize(
    ("home", "environment", "data", "state"),
    [
        ("/srv/cb", {"CAPBRIEF_HOME": "/x"}, "/srv/cb", "/srv/cb/state"),
        (None, {"CAPBRIEF_HOME": "/x"}, "/x", "/x/state"),
        (None, {"CAPBRIEF_HOME": ""}, "~/.local/share/capbrief", "~/.local/state/capbrief"),
        (None, {}, "~/.local/share/capbrief", "~/.local/state/capbrief"),
        (
            None,
            {"XDG_DATA_HOME": "/d", "XDG_STATE_HOME": "/s"},
            "/d/capbrief",
            "/s/capbrief",
        ),
        (None, {"XDG_DATA_HOME": "relative"}, "~/.local/share/capbrief", None),
    ],
)
def test_folders(
    home: str | None, environment: dict[str, str], data: str, state: str | None
) -> None:
    found = resolve(Path(home) if home else None, environment, USER)
    assert found.data == Path(data.replace("~", str(USER)))
    if state is not None:
        assert found.state == Path(state.replace("~", str(USER)))


def test_a_relative_home_is_made_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert resolve(Path("build"), {}, USER).payloads == tmp_path / "build" / "payloads"
