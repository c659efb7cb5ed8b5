"""The line of a crontab, as cron and the shell behind it read it."""

from __future__ import annotations

import dataclasses
import re
import shlex
import shutil
import subprocess
from datetime import UTC, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import UsageError
from pipeline.ops import cron

if TYPE_CHECKING:
    from pipeline.ops.schedule import Duty

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
PRINTED = st.text(st.characters(exclude_categories=("C", "Z")) | st.sampled_from(" '\"\\%$"))
OTHERS = b"MAILTO=ann\n# mine\n5 4 * * * echo a \\% b\r\n\n@daily \xff\n"


def to_shell(command: str, *, takes_away: str) -> str:
    """What cron gives to the shell: it ends at a bare percent sign, and a backslash goes
    before some marks."""
    found, at = "", 0
    while at < len(command):
        if command[at] == "\\" and at + 1 < len(command):
            pair = command[at : at + 2]
            found += pair[1] if pair[1] in takes_away else pair
            at += 2
        elif command[at] == "%":
            return found
        else:
            found += command[at]
            at += 1
    return found


class TestQuoted:
    @pytest.mark.parametrize("takes_away", ["", "%", "%\\"], ids=["bsd", "debian", "cronie"])
    @given(text=PRINTED)
    def test_each_cron_and_shell_ends_with_the_same_word(self, takes_away: str, text: str) -> None:
        shell = to_shell(f"x {cron.quoted(text)} y", takes_away=takes_away)
        assert shlex.split(shell) == ["x", text, "y"]

    def test_the_shell_itself_agrees(self, awkward_texts: list[str]) -> None:
        words = " ".join(map(cron.quoted, awkward_texts))
        shell = to_shell(f"printf '\\%s\\0' {words}", takes_away="%")
        done = subprocess.run(["sh", "-c", shell], capture_output=True, text=True, check=True)
        assert done.stdout.split("\0")[:-1] == awkward_texts


class TestBlock:
    def test_the_line_runs_the_command_with_its_settings(
        self, named_awkwardly: Duty, tmp_path: Path
    ) -> None:
        program = tmp_path / "5% of $x's" / "capbrief"
        program.parent.mkdir()
        program.write_text('#!/bin/sh\nenv -0\nprintf "%s\\0" "$@"\necho bad >&2\n')
        program.chmod(0o755)
        first = dict(list(named_awkwardly.environment.items())[:14])
        duty = dataclasses.replace(named_awkwardly, program=(str(program),), environment=first)
        text = cron.block(duty, NOW, mailed=False, has_zones=True)
        [line] = [line for line in text.splitlines() if re.match(r"\d", line)]
        assert line.startswith("17 3 * * * ")
        command = to_shell(line.split(" ", 5)[5], takes_away="%")
        done = subprocess.run(["sh", "-c", command], capture_output=True, check=True)
        assert done.stdout + done.stderr == b""
        log = duty.state / cron.LOG
        assert log.stat().st_mode & 0o777 == 0o600
        *said, last = log.read_text().split("\0")
        assert (said[-3:], last) == (["run", "--lock-wait", "600"], "bad\n")
        assert {f"{name}={value}" for name, value in first.items()} <= set(said)

    def test_failures_alone_are_left_to_mail(self, duty: Duty) -> None:
        text = cron.block(duty, NOW, mailed=True, has_zones=False)
        [line] = [line for line in text.splitlines() if re.match(r"\d", line)]
        assert " --quiet >>" in line
        assert "2>" not in line

    def test_cron_takes_it(self, named_awkwardly: Duty, tmp_path: Path) -> None:
        if shutil.which("crontab") is None:
            pytest.skip("crontab is absent: the line is not read by cron")
        few = dict(list(named_awkwardly.environment.items())[:12])
        duty = dataclasses.replace(named_awkwardly, environment=few)
        for text, is_taken in (
            (cron.block(duty, NOW, mailed=True, has_zones=True), True),
            ("61 3 * * * true\n", False),
        ):
            (tmp_path / "table").write_text(text)
            # A dry run of Debian's (-n) or cronie's (-T).
            ways = [["crontab", flag, str(tmp_path / "table")] for flag in ("-n", "-T")]
            done = [subprocess.run(way, capture_output=True, check=False) for way in ways]
            if all(b"invalid option" in one.stderr for one in done):
                pytest.skip("this crontab has no dry run: the line is not read by cron")
            assert any(one.returncode == 0 for one in done) is is_taken, done

    def test_without_zones_the_clock_of_the_machine_is_named(
        self, duty: Duty, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("TZ", "Asia/Kolkata")
        try:
            __import__("time").tzset()
            text = cron.block(duty, NOW, mailed=False, has_zones=False)
        finally:
            monkeypatch.undo()
            __import__("time").tzset()
        assert "at 03:17 UTC, now 08:47 by the clock" in text
        assert "\n47 8 * * * " in text
        assert "CRON_TZ" not in text
        assert cron.starts_at(text.encode()) == time(3, 17)

    def test_a_line_that_cron_would_cut_off_is_refused(self, duty: Duty) -> None:
        long = dataclasses.replace(duty, environment={"CAPBRIEF_X": "x" * 1000})
        with pytest.raises(UsageError, match="cron takes 998"):
            cron.block(long, NOW, mailed=False, has_zones=False)


class TestTable:
    def test_other_lines_stay_byte_for_byte(self, duty: Duty) -> None:
        lines = cron.block(duty, NOW, mailed=False, has_zones=False).encode()
        once = cron.merged(OTHERS, lines)
        assert once == OTHERS + lines
        assert cron.merged(once, lines) == once
        below = once + b"1 1 * * * later\n"
        assert cron.merged(below, lines) == OTHERS + b"1 1 * * * later\n" + lines
        assert cron.without(below) == OTHERS + b"1 1 * * * later\n"
        assert cron.merged(b"", lines) == lines
        assert cron.merged(b"no end", lines) == b"no end\n" + lines

    @pytest.mark.parametrize(
        "marks",
        [[cron.BEGIN], [cron.END], [cron.END, cron.BEGIN], [cron.BEGIN, cron.END] * 2],
    )
    def test_marks_that_do_not_pair_are_left_to_a_person(self, marks: list[bytes]) -> None:
        with pytest.raises(UsageError, match="mend it by 'crontab -e'"):
            cron.merged(b"\n".join(marks) + b"\n", b"")
