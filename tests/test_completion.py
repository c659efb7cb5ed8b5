"""Completion: what shells are offered, asked as they ask."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pipeline import cli

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Overlay  # noqa: TID251 - for its types only

PROGRAM = Path(sys.executable).with_name("capbrief")


@pytest.fixture
def offered(tmp_path: Path) -> Callable[..., list[str]]:
    """What is offered at the end of a line, by the protocol of the scripts."""

    def ask(line: str, **environment: str) -> list[str]:
        answer = tmp_path / "answer"
        answer.write_text("")
        ended = subprocess.run(
            [PROGRAM],
            env={
                **os.environ,
                **environment,
                "_ARGCOMPLETE": "1",
                "_ARGCOMPLETE_IFS": "\n",
                "_ARGCOMPLETE_STDOUT_FILENAME": str(answer),
                "_ARGCOMPLETE_SUPPRESS_SPACE": "1",
                "COMP_LINE": line,
                "COMP_POINT": str(len(line)),
                "COMP_TYPE": "9",
                "CAPBRIEF_HOME": str(tmp_path / "no-home"),
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert (ended.returncode, ended.stdout) == (0, "")
        assert not (tmp_path / "no-home").exists()
        return answer.read_text().split("\n") if answer.stat().st_size else []

    return ask


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("capbrief stat", ["status"]),
        ("capbrief run --no-r", ["--no-report"]),
        ("capbrief run --fail-on st", ["stale"]),
        ("capbrief fetch ak", ["akash"]),
        ("capbrief scenario di", ["diff"]),
        ("capbrief scenario diff base disti", ["distilled"]),
        ("capbrief report build market-", ["market-capacity"]),
        ("capbrief events run sora-d", ["sora-demo"]),
        ("capbrief universe show ai-", ["ai-sector"]),
        ("capbrief export marts.token_risk", ["marts.token_risk"]),
        ("capbrief export estimates.mfu", ["estimates.mfu_class"]),
        ("capbrief sql --example top_", ["top_tokens"]),
        ("capbrief completion ", ["bash", "fish", "zsh"]),
        ("capbrief status no-such", []),
    ],
)
def test_names_are_offered_without_a_home(
    offered: Callable[..., list[str]], line: str, names: list[str]
) -> None:
    assert sorted(offered(line)) == names


def test_names_of_an_overlay_are_offered(
    offered: Callable[..., list[str]], overlay: Overlay
) -> None:
    overlay("scenarios/mine.toml", 'extends = "base.toml"\n[scenario]\nid = "mine"\n')
    folder = overlay("sql/marts/mine.sql", "select 1\n")
    assert offered("capbrief scenario run mi", CAPBRIEF_OVERLAY=folder) == ["mine"]
    assert offered(f"capbrief export --overlay {folder} marts.mi") == ["marts.mine"]


def test_a_broken_file_offers_nothing_and_says_nothing(
    offered: Callable[..., list[str]], overlay: Overlay
) -> None:
    folder = overlay("events/mine.toml", "[[event]\n")
    assert offered("capbrief events run sora", CAPBRIEF_OVERLAY=folder) == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_is_one_that_its_shell_can_read(
    shell: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert cli.main(["completion", shell]) == 0
    script = capsys.readouterr().out
    assert "capbrief" in script
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is absent: the script is printed, not read")
    subprocess.run([shell, "-n"], input=script, text=True, check=True)


def test_bash_completes(tmp_path: Path) -> None:
    if shutil.which("bash") is None:
        pytest.skip("bash is absent")
    told = subprocess.run(
        ["bash", "--norc", "-c", _IN_BASH, "bash", PROGRAM],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PATH": f"{PROGRAM.parent}:{os.environ['PATH']}"},
    )
    assert told.stdout.split() == ["status"]


_IN_BASH = """
eval "$("$1" completion bash)"
COMP_LINE="capbrief stat" COMP_POINT=13 COMP_TYPE=9 COMP_CWORD=1
COMP_WORDS=(capbrief stat)
complete -p capbrief >/dev/null
function=$(complete -p capbrief | sed 's/.*-F \\([^ ]*\\).*/\\1/')
"$function" capbrief stat capbrief
printf '%s\\n' "${COMPREPLY[@]}"
"""
