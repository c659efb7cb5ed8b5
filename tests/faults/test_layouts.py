"""Layouts of PDFs that run away, are killed or cancelled: the HTML stays, and nothing runs on."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import Command, Ended, Overlay  # noqa: TID251 - for its types only

DEFINITION = """
title = "Small"
finding = "A finding."
dateline = "Report of {build.report_date:date}"

[[section]]
id = "one"
title = "Key findings"
lead = "A lead."
"""
# Only the PDF goes beyond; the screen shows the section as it is.
ENDLESS = "{% if medium == 'print' %}{% for _ in range(10 ** 15) %}{% endfor %}{% endif %}"
GROWING = (
    "{% if medium == 'print' %}{% set all = namespace(text='text') %}"
    "{% for _ in range(40) %}{% set all.text = all.text ~ all.text %}{% endfor %}{% endif %}"
)


class Reports:
    """Reports of an overlay: ``one`` with the template of a fault, and ``two``, a sound one."""

    def __init__(self, command: Command, overlay: Overlay, out: Path) -> None:
        self._command, self._overlay, self.out = command, overlay, out
        overlay("reports/one.toml", f'{DEFINITION}template = "fault"\n')
        overlay("reports/two.toml", DEFINITION)

    def fault(self, template: str) -> None:
        self._overlay("templates/sections/fault.html.jinja", template)

    @property
    def arguments(self) -> list[str]:
        folder = str(self._overlay.folder)
        return ["report", "build", "one", "two", "--overlay", folder, "--out", str(self.out)]

    def build(self) -> Ended:
        return self._command(*self.arguments)

    def begun(self) -> subprocess.Popen[str]:
        """A build in a process group of its own, which lays out the first report."""
        command = [sys.executable, "-m", "pipeline", *self.arguments]
        process = subprocess.Popen(
            [*command, "--home", str(self._command.home)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        while not (self.out / "two.html").exists():
            assert process.poll() is None
            time.sleep(0.02)
        return process

    def files(self) -> list[str]:
        return sorted(path.name for path in self.out.iterdir())


@pytest.fixture
def made(run: Command, overlay: Overlay, tmp_path: Path) -> Reports:
    return Reports(run, overlay, tmp_path / "out")


def test_f70_a_layout_that_takes_too_long_is_ended(
    made: Reports, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CAPBRIEF_REPORT__PDF_SECONDS", "6")
    made.fault(ENDLESS)
    ended = made.build()
    assert ended.code == 3
    assert ended.message.startswith("one: PDF: ran longer than 6 seconds; the HTML is there; ")
    assert len(ended.message.splitlines()) == 1
    assert "show fewer rows, attach long tables, or raise CAPBRIEF_REPORT__PDF" in ended.message
    assert [Path(line).name for line in ended.out.split()] == ["one.html", "two.html", "two.pdf"]
    assert made.files() == ["one.html", "two.html", "two.pdf"]


def test_f70_a_layout_that_takes_too_much_memory_is_ended(
    made: Reports, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CAPBRIEF_REPORT__PDF_MEMORY_MB", "256")
    made.fault(GROWING)
    ended = made.build()
    assert ended.code == 3
    assert ended.message.startswith("one: PDF: needs more than 256 MB in all; the HTML is there")
    assert made.files() == ["one.html", "two.html", "two.pdf"]


def test_f70_a_layout_that_the_system_kills_costs_its_pdf(made: Reports) -> None:
    made.fault(ENDLESS)

    def kill() -> None:
        while not (made.out / "two.html").exists():
            time.sleep(0.02)
        # They are numbered as they are started; the first has the first report.
        running = multiprocessing.active_children()
        min(running, key=lambda one: int(one.name.rpartition("-")[2])).kill()

    killing = threading.Thread(target=kill)
    killing.start()
    ended = made.build()
    killing.join()
    assert ended.code == 3
    assert ended.message.startswith("one: PDF: was ended by the system (SIGKILL), most likely as")
    assert made.files() == ["one.html", "two.html", "two.pdf"]
    assert multiprocessing.active_children() == []


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")
@pytest.mark.parametrize("is_group", [True, False], ids=["group", "parent"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_f70_layouts_end_with_a_build_that_is_cancelled_or_killed(
    made: Reports, number: signal.Signals, is_group: bool
) -> None:
    made.fault(ENDLESS)
    process = made.begun()
    assert len(of_group(process.pid)) > 1
    (os.killpg if is_group else os.kill)(process.pid, number)
    out, err = process.communicate(timeout=60)
    assert process.returncode == (-9 if number == signal.SIGKILL else 128 + number)
    assert out == ""
    if number != signal.SIGKILL:
        assert '"message": "cancelled"' in err
        assert "Traceback" not in err
    deadline = time.monotonic() + 60
    while of_group(process.pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert of_group(process.pid) == []
    assert set(made.files()) <= {"one.html", "two.html", "two.pdf"}


def of_group(group: int) -> list[int]:
    """Processes of a group that have not ended; one that nobody waited for has ended too."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, of = path.read_text().rpartition(")")[2].split()[:3]
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(of) == group and state not in "ZX":
            found.append(int(path.parent.name))
    return found


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_f79_streams_that_are_closed_keep_no_pdf_from_being_made(
    made: Reports, run: Command, closed: str
) -> None:
    made.fault("")
    shell = shutil.which("sh")
    assert shell is not None
    command = [shell, "-c", f'exec "$@" {closed}', "sh", sys.executable, "-m", "pipeline"]
    ended = subprocess.run(
        [*command, *made.arguments, "--home", str(run.home)], capture_output=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    assert made.files() == ["one.html", "one.pdf", "two.html", "two.pdf"]
