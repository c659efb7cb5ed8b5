"""Holder: who has the lock is named, who died with it is cleaned up after."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from pipeline import holder
from pipeline.errors import LockedError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.settings import Settings

_HOLD = """
import os, sys
from pathlib import Path
from pipeline import holder
from pipeline.settings import Settings
home = Path(sys.argv[2])
with holder.writing(Settings(data=home, state=home / "state")):
    folder = home / "payloads" / "ab"
    folder.mkdir(parents=True)
    (folder / ".new-half").write_text("half of a payload")
    (folder / "abcd.json").write_text("whole")
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def other(settings: Settings) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the lock of the home."""
    with subprocess.Popen(
        [sys.executable, "-c", _HOLD, "run", str(settings.data)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_f41_the_holder_is_named(settings: Settings, other: subprocess.Popen[str]) -> None:
    pattern = rf"run\.lock: another run is writing \('run', process {other.pid} on .* minutes\)"
    with pytest.raises(LockedError, match=pattern), holder.writing(settings):
        pass


def test_f42_a_note_of_the_dead_does_no_harm_and_their_halves_go(
    settings: Settings, other: subprocess.Popen[str]
) -> None:
    other.kill()
    other.wait()
    note = settings.state / "run.lock.json"
    assert json.loads(note.read_text())["pid"] == other.pid
    (settings.state / ".new-note").write_text("half of a note")
    with holder.writing(settings):
        assert json.loads(note.read_text())["pid"] == os.getpid()
    left = sorted(path.name for path in settings.data.rglob("*") if path.is_file())
    assert left == ["abcd.json", "run.lock"]


def test_f41_who_waits_gets_the_lock_when_it_is_free(
    settings: Settings, other: subprocess.Popen[str]
) -> None:
    assert other.stdin is not None
    other.stdin.close()  # now it lets go
    with holder.writing(settings, wait_seconds=30):
        assert other.poll() in (None, 0)
