"""Console: levels, forms, colours, priorities, and a log that cannot be written."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from argparse import Namespace
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pipeline.console import DETAILS, WARNINGS, Log, level_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Command  # noqa: TID251 - for its types only

PACKAGE = Path(__file__).resolve().parents[1] / "pipeline"


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment says nothing of colours."""
    for name in ("NO_COLOR", "FORCE_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "JOURNAL_STREAM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")


@pytest.mark.parametrize(
    ("quiet", "verbose", "events"),
    [
        (0, False, ["published", "gap", "failed"]),
        (0, True, ["made", "published", "gap", "failed"]),
        (1, False, ["gap", "failed"]),
        (2, False, ["failed"]),
        (3, True, ["failed"]),
    ],
)
def test_flags_decide_which_levels_are_shown(quiet: int, verbose: bool, events: list[str]) -> None:
    stream = StringIO()
    log = Log(stream, level=level_of(Namespace(quiet=quiet, verbose=verbose)))
    for event in ("made", "published", "gap"):
        log(event)
    log.fail("x", 8)
    assert [json.loads(line)["event"] for line in stream.getvalue().splitlines()] == events
    # Counted all the same.
    assert log.tally.to_fields() == {"warnings": 1, "errors": 1}


def test_each_event_that_has_a_level_is_logged_somewhere() -> None:
    sources = "".join(path.read_text() for path in PACKAGE.rglob("*.py"))
    logged = set(re.findall(r"log\(\s*\"(\w+)\"", sources))
    assert logged >= WARNINGS | DETAILS
    assert not WARNINGS & DETAILS


def test_a_json_line_has_what_machines_look_for() -> None:
    stream = StringIO()
    log = Log(stream)
    log("early")
    log.begin("20261123T011000Z-0000")
    log("published", stage="publish", rows=5)
    log.finish("info", command="run", exit_code=0)
    early, published, last = (json.loads(line) for line in stream.getvalue().splitlines())
    assert "run_id" not in early
    del published["ts"]
    assert published == {
        "level": "info",
        "event": "published",
        "run_id": "20261123T011000Z-0000",
        "stage": "publish",
        "rows": 5,
    }
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", early["ts"])
    assert (last["run_id"], last["rows"], last["warnings"]) == (published["run_id"], 5, 0)


def test_the_last_line_counts_what_a_run_did() -> None:
    log = Log(StringIO(), level="error")
    for name, n_units in (("coingecko", 3), ("akash", 1)):
        log("fetched", source=name, units=n_units, payloads=5, calls=7, gaps=1)
    for dataset in ("a", "b"):
        log("unit_failed", source="akash", dataset=dataset)
    log("published", rows=1000)
    log("report_ready")
    log("pdf_missing")
    assert log.tally.to_fields() == {
        **{"warnings": 3, "errors": 0, "sources": 2, "sources_failed": 1},
        **{"units": 4, "payloads": 10, "calls": 14, "gaps": 2, "rows": 1000, "reports": 2},
    }


@pytest.mark.parametrize(
    ("environment", "terminal", "coloured"),
    [
        ({}, True, True),
        ({}, False, False),
        ({"NO_COLOR": "1"}, True, False),
        ({"NO_COLOR": ""}, True, True),
        ({"TERM": "dumb"}, True, False),
        ({"CLICOLOR": "0"}, True, False),
        ({"FORCE_COLOR": "1"}, False, True),
        ({"FORCE_COLOR": "0"}, True, False),
        ({"CLICOLOR_FORCE": "1"}, False, True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, True, False),
        ({"FORCE_COLOR": "1", "TERM": "dumb"}, True, True),
    ],
)
def test_colours_are_for_terminals_that_want_them(
    environment: dict[str, str],
    terminal: bool,
    coloured: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    stream = Terminal() if terminal else StringIO()
    log = Log(stream, "human")
    log("gap", reason="a\x1b[2Jb\nc", last_date=None, stage="fetch")
    log.fail("no\x1b[2J", 8)
    text = stream.getvalue()
    assert ("\x1b[33m" in text, "\x1b[31m" in text) == (coloured, coloured)
    bare = re.sub(r"\x1b\[\d*m", "", text)
    gap, failed = bare.splitlines()
    marked = "gap" if coloured else "warning: gap"
    assert gap[8:] == f" {marked} reason=a\\x1b[2Jb\\nc"
    assert failed == "capbrief: no\\x1b[2J"


def test_the_journal_is_given_priorities(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "journal"
    with path.open("w") as stream:
        found = os.fstat(stream.fileno())
        monkeypatch.setenv("JOURNAL_STREAM", f"{found.st_dev}:{found.st_ino}")
        log = Log(stream, "human")
        log("published")
        log("gap")
        log.fail("one\ntwo", 2)
        Log(stream)("gap")
        monkeypatch.setenv("JOURNAL_STREAM", f"{found.st_dev}:{found.st_ino + 1}")
        Log(stream, "human")("gap")
    lines = path.read_text().splitlines()
    assert [line[:3] for line in lines[:5]] == ["<6>", "<4>", "<3>", "<3>", "<4>"]
    assert json.loads(lines[4][3:])["event"] == "gap"
    assert lines[5][0].isdigit()


def broken_pipe(tmp_path: Path) -> int:
    read, written = os.pipe()
    os.close(read)
    return written


def full_disk(tmp_path: Path) -> int:
    if not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full")
    return os.open("/dev/full", os.O_WRONLY)


def reader_only(tmp_path: Path) -> int:
    (tmp_path / "x").touch()
    return os.open(tmp_path / "x", os.O_RDONLY)


@pytest.mark.parametrize("spoilt", [broken_pipe, full_disk, reader_only])
@pytest.mark.parametrize("flags", [(), ("-v",), ("--log-format", "human")])
def test_f79_a_log_that_cannot_be_written_costs_nothing(
    spoilt: Callable[[Path], int], flags: tuple[str, ...], tmp_path: Path
) -> None:
    program = "import sys; from pipeline import cli; sys.exit(cli.main())"
    stderr = spoilt(tmp_path)
    try:
        ended = subprocess.run(
            [
                *(sys.executable, "-c", program, "scenario", "list", "--json"),
                *("--home", str(tmp_path / "home"), *flags),
            ],
            stdout=subprocess.PIPE,
            stderr=stderr,
            check=False,
        )
    finally:
        os.close(stderr)
    assert ended.returncode == 0
    assert json.loads(ended.stdout)


def test_f79_who_reads_the_first_line_alone_hears_of_no_fault(built: Path) -> None:
    command = [sys.executable, "-m", "pipeline", "sql", "from range(100000)", "--csv"]
    with subprocess.Popen(
        [*command, "--home", str(built)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == b"range\n"
        process.stdout.close()
        events = [json.loads(line)["event"] for line in process.stderr]
        assert process.wait(60) == 0
    assert events == ["run_finished"]


def test_f79_a_reader_that_went_does_not_change_how_a_command_ends(built: Path) -> None:
    """What is printed before an error is still in the buffer when the reader is gone."""
    command = [sys.executable, "-m", "pipeline", "check", "--home", str(built)]
    own = built.parent / "own-checks" / "sql" / "checks"
    own.mkdir(parents=True, exist_ok=True)
    (own / "token_day__never.sql").write_text(
        "-- description: Nothing is right. One row per token.\nselect coin_id from marts.token\n"
    )
    written = broken_pipe(built)
    try:
        ended = subprocess.run(
            [*command, "--overlay", str(own.parents[1])],
            stdout=written,
            stderr=subprocess.PIPE,
            check=False,
        )
    finally:
        os.close(written)
    lines = [json.loads(line) for line in ended.stderr.splitlines()]
    assert (ended.returncode, lines[-1]["exit_code"]) == (7, 7)


def test_usage_errors_after_parsing_end_with_the_last_line(run: Command) -> None:
    ended = run("sql", "select 1", "--example", "top_tokens")
    assert ended.code == 2
    assert [line["event"] for line in ended.log] == ["failed", "run_finished"]
    assert len({line["run_id"] for line in ended.log}) == 1
