"""F79: a log that cannot be written and a reader that goes away change no work and no exit code.

Streams that are closed while a PDF is laid out: test_layouts.py.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import Command, Overlay  # noqa: TID251 - for its types only

SMALL = """
title = "Small"
finding = "A finding."
dateline = "Report of {build.report_date:date}"

[[section]]
id = "one"
title = "Key findings"
lead = "A lead."
"""

full = pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")


def ended(
    command: Command, streams: str, *arguments: str, **environment: str
) -> subprocess.CompletedProcess[str]:
    """A command with its streams as a shell has them."""
    shell = shutil.which("bash")
    if shell is None:
        pytest.skip("needs bash")
    return subprocess.run(
        [
            *(shell, "-c", f'{{ "$@" {streams}', "bash"),
            *(sys.executable, "-m", "pipeline", *arguments, "--home", str(command.home)),
        ],
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
        check=False,
    )


@full
def test_f79_a_full_log_ends_no_command(run: Command) -> None:
    done = ended(run, "2>/dev/full; }", "status", "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout)["report_date"] == "2024-04-03"


@full
def test_f79_a_full_log_keeps_no_report_from_being_made(
    run: Command, overlay: Overlay, tmp_path: Path
) -> None:
    own, out = overlay("reports/small.toml", SMALL), tmp_path / "out"
    build = ["report", "build", "small", "--overlay", own, "--out", str(out)]
    assert ended(run, "2>/dev/full; }", *build).returncode == 0
    assert sorted(path.name for path in out.iterdir()) == ["small.html", "small.pdf"]
    # What goes wrong has its own code, though it cannot be said.
    assert ended(run, "2>/dev/full; }", "report", "build", "none").returncode == 2
    slow = {"CAPBRIEF_REPORT__PDF_SECONDS": "0.001"}
    assert ended(run, "2>/dev/full; }", *build, **slow).returncode == 3


def test_f79_a_log_whose_reader_went_away_ends_no_command(run: Command) -> None:
    done = ended(run, "2> >(true); }", "status", "-v", "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout)["format"]


@pytest.mark.parametrize("arguments", [["status"], ["sql", "from range(100000)", "--csv"]])
def test_f79_a_reader_that_has_enough_ends_it_quietly(run: Command, arguments: list[str]) -> None:
    done = ended(run, "; echo $? >&2; } | head -1", *arguments)
    log, _, code = done.stderr.rstrip().rpartition("\n")
    assert code == "0"
    assert [json.loads(line)["event"] for line in log.splitlines()] == ["run_finished"]
    assert len(done.stdout.splitlines()) == 1


def test_f79_a_reader_that_went_away_hides_no_failure(
    run: Command, overlay: Overlay, tmp_path: Path
) -> None:
    own = overlay("reports/small.toml", SMALL)
    build = ["report", "build", "small", "--overlay", own, "--out", str(tmp_path / "out")]
    done = ended(
        run, "; echo $? >&2; } | true", *build, "--quiet", CAPBRIEF_REPORT__PDF_SECONDS="0.001"
    )
    *log, code = done.stderr.splitlines()
    assert code == "3"
    events = [json.loads(line)["event"] for line in log]
    assert events == ["pdf_missing", "failed", "run_finished"]


@full
def test_f79_a_result_that_cannot_be_written_is_a_fault_of_the_disk(run: Command) -> None:
    done = ended(run, ">/dev/full; }", "status")
    assert done.returncode == 8
    said = [json.loads(line) for line in done.stderr.splitlines()]
    assert [line.get("message") for line in said] == [
        "no space left to write the result; free some",
        None,
    ]
    assert ended(run, ">/dev/full 2>/dev/full; }", "status").returncode == 8
