"""The command on settings: what it shows, validates, finds and writes."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline import configuration, layers
from pipeline.cli import main
from pipeline.specimen import specimen

Ran = tuple[int, str, str]
CANARY = "CG-canary"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, without settings of this machine."""
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    monkeypatch.setattr(configuration, "SYSTEM_FILE", tmp_path / "etc" / "config.toml")
    monkeypatch.delenv("CAPBRIEF_SOURCES", raising=False)
    for name in ("CONFIG", "DATA", "STATE"):
        monkeypatch.delenv(f"XDG_{name}_HOME", raising=False)
    return here


@pytest.fixture
def ran(folder: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    def run(*given: object) -> Ran:
        try:
            code = main(["config", *map(str, given), "-q"])
        except SystemExit as ended:
            code = int(str(ended.code))
        return code, *capsys.readouterr()

    return run


def test_each_value_is_shown_with_where_it_was_said(
    ran: Callable[..., Ran], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "capbrief.toml").write_text("[http]\ntries = 3\n")
    monkeypatch.setenv("CAPBRIEF_HTTP__CONTACT", "ada@example.org")
    code, out, err = ran("show", "http", "--json")
    assert (code, err) == (0, "")
    found = {one["key"]: (one["value"], one["origin"]) for one in json.loads(out)}
    assert found["http.tries"] == (3, f"{folder}/capbrief.toml:2")
    assert found["http.contact"] == ("ada@example.org", "CAPBRIEF_HTTP__CONTACT")
    assert found["http.total_seconds"] == (60.0, "default")
    assert {key.partition(".")[0] for key in found} == {"http"}
    code, out, _ = ran("show", "http.tries")
    assert (code, out) == (0, f"http.tries = 3  ({folder}/capbrief.toml:2)\n")


def test_everything_that_can_be_set_is_shown(ran: Callable[..., Ran]) -> None:
    code, out, _ = ran("--json")
    assert code == 0
    assert [one["key"] for one in json.loads(out)] == list(layers.known())


def test_a_key_that_is_none_is_told_the_nearest(ran: Callable[..., Ran]) -> None:
    code, out, err = ran("show", "http.trys")
    assert (code, out) == (2, "")
    assert "http.trys: no such setting; did you mean http.tries?" in err


def test_a_secret_is_hidden_and_its_command_is_not_started(
    ran: Callable[..., Ran], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "capbrief.toml").write_text(
        f'[stooq]\nkey_command = ["touch", "{folder}/started"]\n[coingecko]\nplan = "demo"\n'
    )
    monkeypatch.setenv("CAPBRIEF_COINGECKO__KEY", CANARY)
    for form in ((), ("--json",)):
        code, out, err = ran("show", "stooq.key", "coingecko", *form)
        assert code == 0, err
        assert out.count("***") == 2
        assert CANARY not in out + err
    assert not (folder / "started").exists()


def test_all_mistakes_of_all_files_are_told_at_once(
    ran: Callable[..., Ran], folder: Path, tmp_path: Path
) -> None:
    (folder / "capbrief.toml").write_text("[http]\ntrys = 3\ntries = 'many'\n")
    user = tmp_path / "user" / ".config" / "capbrief" / "config.toml"
    user.parent.mkdir(parents=True)
    user.write_text("[[broken")
    code, out, err = ran("validate")
    assert (code, out) == (2, "")
    assert f"{folder}/capbrief.toml:2: http.trys: no such setting; did you mean http.tries?" in err
    assert f"{folder}/capbrief.toml:3: http.tries: 'many' is not a number above 0" in err
    assert f"{user}: is not TOML" in err


def test_what_is_valid_says_which_files_it_read(ran: Callable[..., Ran], folder: Path) -> None:
    (folder / "capbrief.toml").write_text("[http]\ntries = 3\n")
    code, out, err = ran("validate")
    assert (code, err) == (0, "")
    assert out.startswith(f"read {folder}/capbrief.toml\nvalid; 1 of ")


def test_a_command_that_prints_a_secret_is_started_to_validate(
    ran: Callable[..., Ran], folder: Path
) -> None:
    (folder / "capbrief.toml").write_text('[stooq]\nkey_command = ["false"]\n')
    code, _, err = ran("validate")
    assert code == 2
    assert "stooq.key_command: false ended with 1; try it by hand" in err


def test_files_are_told_even_where_they_are_broken(
    ran: Callable[..., Ran], folder: Path, tmp_path: Path
) -> None:
    code, out, _ = ran("path", "--json", "--home", tmp_path / "h")
    found = json.loads(out)
    assert code == 0
    assert [one["whose"] for one in found["files"]] == ["project", "user", "system"]
    assert found["files"][1]["path"] == str(tmp_path / "h" / "config.toml")
    assert found["folders"]["state"] == str(tmp_path / "h" / "state")
    (folder / "capbrief.toml").write_text("x")
    code, out, err = ran("path")
    assert code == 2
    assert f"{folder}/capbrief.toml: read" in out
    assert "is not TOML" in err


# --- The file of all settings -----------------------------------------------------------------


def uncommented(text: str) -> str:
    return re.sub(r"^#(?=\S)", "", text, flags=re.MULTILINE)


def test_the_generated_file_changes_nothing_as_it_is(ran: Callable[..., Ran]) -> None:
    code, out, err = ran("generate", "--out", "capbrief.toml")
    assert (code, out, err) == (0, "capbrief.toml\n", "")
    code, out, err = ran("show", "--json")
    assert code == 0, err
    assert {one["origin"] for one in json.loads(out)} == {"default"}
    code, out, err = ran("generate", "--out", "capbrief.toml")
    assert code == 2
    assert "is there already" in err


def test_every_setting_of_the_generated_file_can_be_used(
    ran: Callable[..., Ran], folder: Path
) -> None:
    text = uncommented(specimen())
    path = folder / "all.toml"
    # A key asks for a plan.
    path.write_text(text.replace('plan = "keyless"', 'plan = "demo"'))
    for name in set(re.findall(r'^\w+_file = "(\w+)"$', text, re.MULTILINE)):
        # An address where one is wanted, and base64 where something is signed with it.
        secret = f"https://host.example/{CANARY}" if name.endswith("url") else "CGcanary" * 4
        (folder / name).write_text(secret)
        (folder / name).chmod(0o600)
    code, out, err = ran("show", "--json", "--config", path, "--home", folder / "h")
    assert code == 0, err
    found = {one["key"]: one["origin"] for one in json.loads(out)}
    channels = {key.split(".")[1] for key in found if key.startswith("deliver.")}
    assert found.keys() == layers.known(frozenset(channels)).keys()
    unsaid = {key for key, origin in found.items() if origin == "default"}
    assert not {key for key in unsaid if not key.startswith("deliver.")}
    assert not {key for key in unsaid if key.startswith("deliver.team.")}


def test_the_generated_file_names_each_variable_and_way_to_a_secret() -> None:
    text = specimen()
    for one in layers.known().values():
        assert f"; {one.variable}\n" in text
    values = tomllib.loads(uncommented(text))
    assert values["mail"].keys() >= {"password_file", "password_command"}
    assert "password" not in values["mail"]


def test_a_folder_that_was_removed_meanwhile_has_no_settings(
    ran: Callable[..., Ran], folder: Path
) -> None:
    folder.rmdir()
    for action in ("path", "validate", "show"):
        code, _, err = ran(action)
        assert (code, err) == (0, "")
