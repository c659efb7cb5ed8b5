"""Doctor on the program: settings, files, libraries, fonts."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Command, Overlay  # noqa: TID251 - for its types only

    Look = Callable[..., tuple[int, list[dict[str, Any]]]]
    Bad = Callable[..., list[dict[str, Any]]]

ROOT = Path(__file__).resolve().parents[3]
Findings = list[dict[str, Any]]


# --- Settings ---------------------------------------------------------------------------------


def test_broken_settings_are_findings_and_the_home_is_looked_at(
    looked: Look, bad: Bad, quick: None, fresh: Command
) -> None:
    (fresh.home / "config.toml").write_text('[http]\ntrys = 3\n\n[log]\nlevel = "loud"\n')
    code, found = looked(fresh)
    assert code == 2
    said = [one["found"] for one in bad(found, "settings")]
    assert len(said) == 2
    assert said[0].startswith(f"{fresh.home}/config.toml:2: http.trys: no such setting")
    assert bad(found, "settings")[0]["mend"] == "did you mean http.tries?"
    assert [one["state"] for one in found if one["name"] == "warehouse"] == ["ok"]
    # What the settings would say is not guessed.
    assert {"keys", "channels", "templates"}.isdisjoint(one["name"] for one in found)


def test_a_home_that_cannot_be_is_a_finding(
    bad: Bad, quick: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from pipeline import cli

    assert cli.main(["doctor", "--json", "--home", str(tmp_path / "what?")]) == 2
    found = json.loads(capsys.readouterr().out)
    assert "choose a folder without '?'" in bad(found, "settings")[0]["found"]
    assert {"warehouse", "ledger", "folders"}.isdisjoint(one["name"] for one in found)


@pytest.mark.parametrize(
    ("plan", "key", "code", "said"),
    [
        ("", "CG-canary", 2, "a key is given, but no plan"),
        ("demo", "", 4, "CoinGecko, plan demo: no key is set"),
    ],
)
def test_a_key_and_its_plan_go_together(
    looked: Look,
    bad: Bad,
    outside: None,
    first: Command,
    monkeypatch: pytest.MonkeyPatch,
    plan: str,
    key: str,
    code: int,
    said: str,
) -> None:
    monkeypatch.setenv("CAPBRIEF_COINGECKO__PLAN", plan)
    monkeypatch.setenv("CAPBRIEF_COINGECKO__KEY", key)
    found_code, found = looked(first)
    assert found_code == code
    [finding] = bad(found, "settings", "keys")
    assert said in finding["found"]
    assert "CAPBRIEF_COINGECKO__" in finding["mend"]


def test_a_key_that_others_can_read_is_refused_until_they_cannot(
    looked: Look,
    bad: Bad,
    outside: None,
    first: Command,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    file = tmp_path / "key"
    file.write_text("CG-canary00000000000000000")
    file.chmod(0o644)
    monkeypatch.setenv("CAPBRIEF_COINGECKO__PLAN", "demo")
    monkeypatch.setenv("CAPBRIEF_COINGECKO__KEY_FILE", str(file))
    code, found = looked(first)
    [finding] = bad(found, "settings")
    assert (code, finding["mend"]) == (2, "run chmod 600 on it")
    file.chmod(0o600)
    code, found = looked(first)
    assert (code, bad(found, "settings", "keys")) == (0, [])
    assert "canary" not in json.dumps(found)
    monkeypatch.setenv("CAPBRIEF_ALLOW_INSECURE_PERMISSIONS", "yes")
    [finding] = bad(looked(first)[1], "settings")
    assert finding["state"] == "warn"


def test_settings_that_others_can_write_are_told(
    looked: Look, bad: Bad, outside: None, first: Command
) -> None:
    first.home.mkdir()
    file = first.home / "config.toml"
    file.write_text("")
    file.chmod(0o666)
    code, found = looked(first)
    [finding] = bad(found, "settings")
    assert (code, finding["state"]) == (0, "warn")
    subprocess.run(finding["mend"].removeprefix("run ").split(), check=True)
    assert bad(looked(first)[1], "settings") == []


def test_files_of_the_users_own_that_are_broken(
    looked: Look, bad: Bad, first: Command, overlay: Overlay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.ops.printing.PROBES", ())
    overlay("templates/sections/mine.html.jinja", "{% if %}")
    overlay("reports/market-capacity.toml", "title =")
    folder = overlay("sql/marts/mine.sql", "-- description: One row per x.\nselect from where")
    code, found = looked(first, "--overlay", folder)
    assert code == 2
    flaws = {one["name"]: one for one in bad(found, "templates", "reports", "models")}
    assert flaws.keys() == {"templates", "reports", "models"}
    assert "sections/mine.html.jinja:1: " in flaws["templates"]["found"]
    assert "the shipped one is used" in flaws["templates"]["mend"]
    assert "mine.sql" in flaws["models"]["found"]


# --- The program ------------------------------------------------------------------------------


def play(folder: Path, *arguments: str, **environment: str) -> tuple[int, Findings]:
    """The doctor of another copy of the program, in a process."""
    ended = subprocess.run(
        [sys.executable, "-m", "pipeline", "doctor", "--json", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.stdout, ended.stderr
    return ended.returncode, json.loads(ended.stdout)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The program in a folder of its own, to be damaged."""
    for name in ("pipeline", "sql", "templates", "reports"):
        shutil.copytree(ROOT / name, tmp_path / "copy" / name)
    return tmp_path / "copy"


def test_f69_a_script_without_a_font_is_named(bad: Bad, copy: Path, tmp_path: Path) -> None:
    home = str(tmp_path / "home")
    _, found = play(copy, "--home", home)
    assert bad(found, "pdf", "fonts", "files") == []
    for name in ("NotoSansArabic.ttf", "NotoSansKR.ttf"):
        (copy / "templates" / "fonts" / "fallback" / name).unlink()
    code, found = play(copy, "--home", home)
    [finding] = bad(found, "pdf", "fonts")
    assert (code, finding["exit_code"]) == (3, 3)
    assert finding["found"].startswith("no font has letters of Korean, Arabic: ")


def test_files_of_the_program_that_are_gone(bad: Bad, copy: Path, tmp_path: Path) -> None:
    gone = (copy / "pipeline" / "events", copy / "templates" / "fonts")
    for folder in gone:
        shutil.rmtree(folder)
    code, found = play(copy, "--home", str(tmp_path / "home"))
    flaws = bad(found, "files")
    assert (code, {one["exit_code"] for one in flaws}) == (1, {1})
    assert [one["found"] for one in flaws] == [f"{one}: is missing or empty" for one in gone]
    assert "install it again" in flaws[0]["mend"]


def test_native_libraries_that_are_missing_are_named_with_what_installs_them(
    bad: Bad,
    tmp_path: Path,
) -> None:
    (tmp_path / "weasyprint").mkdir()
    reason = "cannot load library 'libpango-1.0-0': no such file"
    (tmp_path / "weasyprint" / "__init__.py").write_text(f'raise OSError("{reason}")')
    code, found = play(tmp_path, "--home", str(tmp_path), PYTHONPATH=f"{tmp_path}:{ROOT}")
    [finding] = bad(found, "pdf", "fonts")
    assert (code, finding["exit_code"]) == (3, 3)
    assert reason in finding["found"]
    assert "apt install libpango-1.0-0" in finding["mend"]


@pytest.mark.parametrize("name", ["polars", "duckdb", "requests", "weasyprint", "jinja2", "numpy"])
def test_a_library_that_is_missing_keeps_nothing_else_from_being_looked_at(
    built: Path, name: str
) -> None:
    program = "import sys\nsys.modules[sys.argv.pop(1)] = None\nfrom pipeline import cli\n"
    command = [sys.executable, "-c", f"{program}sys.exit(cli.main())", name]
    ended = subprocess.run(
        [*command, "doctor", "--json", "--home", str(built)],
        capture_output=True,
        text=True,
        check=False,
    )
    found = json.loads(ended.stdout)
    seen = {one["name"] for one in found}
    assert {"python", "libraries", "settings", "folders", "lock", "ledger", "schedule"} <= seen
    said = [one["found"] for one in found if one["state"] == "fail"]
    # Of WeasyPrint the process of the press has its own; numpy is for estimates alone.
    assert all(f"import of {name} halted" in one for one in said)
    assert bool(said) is (name not in ("weasyprint", "numpy"))
    assert ended.returncode == (1 if said else 0)


def test_libraries_that_are_too_old_or_not_there(
    looked: Look, bad: Bad, outside: None, first: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = [
        *("duckdb>=99.1", "polars>=1", "no-such-library>=2.5"),
        *("left>=1; python_version < '3.0'", 'more>=1; extra == "gpu"'),
    ]
    monkeypatch.setattr("importlib.metadata.requires", lambda name: wanted)
    code, found = looked(first)
    old, missing = bad(found, "libraries")
    assert code == 1
    assert old["found"].endswith("is older than 99.1")
    assert missing["found"] == "no-such-library is not installed"
    assert "pip install 'no-such-library>=2.5'" in missing["mend"]
