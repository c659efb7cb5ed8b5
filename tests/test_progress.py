"""Progress: bars on a real terminal, lines elsewhere, and an answer to who asks."""

from __future__ import annotations

import json
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from fcntl import ioctl
from io import StringIO
from pathlib import Path

import pytest

from pipeline import progress
from pipeline.console import Log

_ERASE = "\r\x1b[K"

_WORK = """
import os, sys, time
from argparse import Namespace
from pipeline.console import Log
from pipeline.ending import Ending
from pipeline import progress
progress._DRAW_SECONDS = 0.0
log = Log(sys.stderr, level=sys.argv[1])
with Ending(log, Namespace(command="work")):
    with log.progress("outer", 4) as step:
        step(1)
        log("published", rows=5)
        with log.progress("inner\\x1b[2J") as inner:
            inner(7)
        step(4)
    print("result")
    with log.progress("left", lambda: 2) as step:
        step(1)
        raise ValueError
"""


class Screen:
    """What a terminal shows of what was written to it: lines, of which the last may be a bar."""

    def __init__(self, text: str) -> None:
        self.lines = [""]
        for part in re.split(r"(\r\n|\r\x1b\[K)", re.sub(r"\x1b\[\d*m", "", text)):
            if part == "\r\n":
                self.lines.append("")
            elif part == _ERASE:
                self.lines[-1] = ""
            else:
                self.lines[-1] += part


@contextmanager
def terminal(columns: int) -> Iterator[tuple[int, int]]:
    """A pseudo-terminal: our end and the program's."""
    ours, theirs = pty.openpty()
    ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    try:
        yield ours, theirs
    finally:
        os.close(ours)


def read(ours: int) -> str:
    parts = []
    while True:
        try:
            part = os.read(ours, 65536)
        except OSError:  # Linux says so where the other end is closed
            break
        if not part:
            break
        parts.append(part)
    return b"".join(parts).decode()


def shown(level: str, columns: int = 60, **environment: str) -> str:
    """What a program writes to a terminal that is its stdout and stderr."""
    with terminal(columns) as (ours, theirs):
        given = {k: v for k, v in os.environ.items() if "COLOR" not in k}
        with subprocess.Popen(
            [sys.executable, "-c", _WORK, level],
            stdin=subprocess.DEVNULL,
            stdout=theirs,
            stderr=theirs,
            env={**given, "TERM": "xterm", **environment},
        ) as process:
            os.close(theirs)
            text = read(ours)
        assert process.returncode == 0
    return text


@pytest.mark.parametrize("columns", [0, 12, 60])
def test_a_bar_is_drawn_below_the_lines_and_gone_at_the_end(columns: int) -> None:
    text = shown("info", columns)
    assert "\x1b[2J" not in text
    bars = [re.split(r"\r\n", part)[0] for part in text.split(_ERASE)[1:]]
    drawn = [bar for bar in bars if bar.startswith(("outer", "inner", "left"))]
    assert drawn
    assert max(map(len, drawn)) <= (columns or 80) - 1
    if columns != 12:
        assert "outer [######..................] 1/4 0:00" in drawn
        assert "inner\\x1b[2J 7 0:00" in drawn
        assert "left [############............] 1/2 0:00" in drawn
    told = [line[8:] if line[2:3] == ":" else line for line in Screen(text).lines]
    assert told[:2] == [" published rows=5", "result"]
    assert told[2] == "capbrief: a fault of capbrief itself; please report it"
    assert told[-3] == "ValueError"
    assert told[-2].startswith(" run_finished command=work exit_code=1 ")
    assert told[-1] == ""


def test_quiet_and_dumb_terminals_are_not_drawn_on() -> None:
    assert _ERASE not in shown("warning")
    assert "\x1b" not in shown("info", TERM="dumb")
    assert "\x1b[31m" not in shown("info", NO_COLOR="1")
    assert "\x1b[31m" in shown("info")


def test_without_a_terminal_there_is_a_line_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    at = [0.0]
    monkeypatch.setattr("pipeline.progress.time.monotonic", lambda: at[0])
    stream = StringIO()
    log = Log(stream)
    asked = []

    def total() -> int:
        asked.append(at[0])
        return 9

    with log.progress("fetch", total) as step:
        for second in range(0, 200, 10):
            at[0] = float(second)
            step(second // 10)
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [(one["event"], one["what"], one["done"]) for one in lines] == [
        ("progress", "fetch", done) for done in (6, 12, 18)
    ]
    # What was planned turns out to be more; nobody counted before somebody was told.
    assert [one["total"] for one in lines] == [9, 12, 18]
    assert asked == [60.0]
    assert progress.LINE_SECONDS == 60.0


_ASKED = """
import os, signal, sys
from argparse import Namespace
from pipeline.console import Log
from pipeline.ending import Ending
log = Log(sys.stderr, level="error")
with Ending(log, Namespace(command="work")):
    os.kill(os.getpid(), signal.SIGUSR1)
    with log.progress("outer", 4) as step, log.progress("inner") as inner:
        step(2)
        inner(7)
        os.kill(os.getpid(), signal.SIGUSR1)
"""


def test_who_asks_by_a_signal_is_told_at_once() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", _ASKED], capture_output=True, text=True, check=True
    )
    told = [json.loads(line) for line in ended.stderr.splitlines()]
    assert [(one["event"], one["what"], one.get("done"), one.get("total")) for one in told] == [
        ("progress", "nothing that is counted", None, None),
        ("progress", "outer", 2, 4),
        ("progress", "inner", 7, None),
    ]


def test_a_run_draws_and_leaves_the_paths_of_its_files_whole(built: Path, tmp_path: Path) -> None:
    with (
        terminal(80) as (ours, theirs),
        subprocess.Popen(
            [
                *(sys.executable, "-m", "pipeline", "report", "build", "market", "--home"),
                *(str(built), "--out", str(tmp_path / "out")),
            ],
            stdin=subprocess.DEVNULL,
            stdout=theirs,
            stderr=theirs,
            env={**os.environ, "TERM": "xterm"},
        ) as process,
    ):
        os.close(theirs)
        text = read(ours)
    assert process.returncode == 0
    assert "render [........................] 0/1 0:00" in text
    lines = Screen(text).lines
    assert [str(tmp_path / "out" / f"market.{kind}") in lines for kind in ("html", "pdf")] == [
        True,
        True,
    ]
    assert not [line for line in lines if "render [" in line]
