"""Doctor: what it finds in a broken home, what mends it, and that it changes nothing."""

from __future__ import annotations

import hashlib
import json
import os
import re
import socket
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Command, Ended, Overlay  # noqa: TID251 - for its types only

RUN = "run_id, command, version, started_at, finished_at, exit_code, status"


@dataclass(frozen=True)
class Looked:
    """What the doctor said, and how it ended."""

    code: int
    findings: list[dict[str, Any]]

    def __getitem__(self, name: str) -> list[dict[str, Any]]:
        return [one for one in self.findings if one["name"] == name]

    def the(self, name: str) -> dict[str, Any]:
        """The one finding of a name."""
        [one] = self[name]
        return one

    @property
    def bad(self) -> set[tuple[str, str]]:
        """What is not well, but for what no test installs."""
        return {
            (one["name"], one["state"])
            for one in self.findings
            if one["state"] != "ok" and one["name"] not in ("schedule", "channels", "file system")
        }


@pytest.fixture(autouse=True)
def no_test_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """What belongs to the program has tests of its own (tests/ops/doctor), and takes its time."""
    monkeypatch.setattr("pipeline.ops.printing.PROBES", ())
    monkeypatch.setattr("pipeline.ops.authored.PROBES", ())


def looked(command: Command, *arguments: str) -> Looked:
    ended = command("doctor", "--json", *arguments)
    return Looked(ended.code, json.loads(ended.out))


def tree(folder: Path) -> dict[str, tuple[int, int, str]]:
    """Mode, time of change and content of all that is there."""
    found = {}
    for path in [folder, *folder.rglob("*")]:
        about = path.lstat()
        content = path.read_bytes() if path.is_file() else b""
        digest = hashlib.sha256(content).hexdigest()
        found[str(path)] = (about.st_mode, about.st_mtime_ns, digest)
    return found


def mended(command: Command, finding: dict[str, Any]) -> Ended:
    """The command of ours that a finding names, run."""
    [said] = re.findall(r"run 'capbrief ([^']+)'", finding["mend"])
    return command(*said.split())


# --- What it leaves alone ---------------------------------------------------------------------


def test_a_home_that_is_well_is_left_as_it_was(fresh: Command) -> None:
    before = tree(fresh.home)
    found = looked(fresh, "--payloads")
    assert (found.code, found.bad) == (0, set())
    assert found.the("payloads")["found"] == "19 of 19 were read"
    assert tree(fresh.home) == before


def test_a_home_that_is_not_there_is_not_made(first: Command) -> None:
    found = looked(first)
    assert (found.code, found.bad) == (0, set())
    assert found.the("folders")["found"].endswith("is not there yet; the first run makes it")
    assert not first.home.exists()


def test_a_ledger_that_is_being_written_is_read_and_left_alone(fresh: Command) -> None:
    ledger = fresh.home / "state" / "ledger.sqlite"
    with closing(sqlite3.connect(ledger)) as writer:
        # In the WAL alone, as long as this connection is open.
        writer.execute(
            f"insert into run ({RUN}) values ('r', 'run', '0', '2099-11-29T01:00:00+00:00', "
            "'2099-11-29T01:01:00+00:00', 6, 'failed')"
        )
        writer.commit()
        before = tree(fresh.home)
        found = looked(fresh)
        assert tree(fresh.home) == before
    assert "(2099-11-29 01:00Z) ended with 6" in found.the("runs")["found"]


def test_an_older_ledger_is_not_brought_up_to_date(fresh: Command) -> None:
    ledger = fresh.home / "state" / "ledger.sqlite"
    with closing(sqlite3.connect(ledger)) as connection:
        connection.executescript(
            "pragma journal_mode = delete; drop table outbox; drop table trouble; "
            "drop table announcement; drop table delivery; "
            "alter table retrieval drop column gone_at; alter table run drop column settings; "
            "pragma user_version = 5"
        )
    before = tree(fresh.home)
    assert looked(fresh).code == 0
    assert tree(fresh.home) == before


def test_f53_a_home_that_may_not_be_written_is_told_and_left_alone(fresh: Command) -> None:
    for path in [fresh.home, *fresh.home.rglob("*")]:
        if not path.is_symlink():
            path.chmod(0o555 if path.is_dir() else 0o444)
    for folder in fresh.home.parents[:3]:
        folder.chmod(0o755)  # pytest's own are for their owner alone
    before = tree(fresh.home)
    # Root may write anywhere, so it becomes somebody else once all is imported.
    program = (
        "import encodings.utf_8_sig, importlib, os, pkgutil, sys, pipeline\n"
        "for one in pkgutil.walk_packages(pipeline.__path__, 'pipeline.'):\n"
        "    one.name.endswith('__main__') or importlib.import_module(one.name)\n"
        "from pipeline import cli\n"
        "from pipeline.ops import authored, printing\n"
        "printing.PROBES = authored.PROBES = ()\n"
        "if os.geteuid() == 0:\n"
        "    os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
        "sys.exit(cli.main())\n"
    )
    arguments = [sys.executable, "-c", program, "doctor", "--json", "--home", str(fresh.home)]
    ended = subprocess.run(arguments, capture_output=True, text=True, check=False)
    found = Looked(ended.returncode, json.loads(ended.stdout))
    assert found.code == 8
    assert ("folders", "fail") in found.bad
    assert "run it as its owner" in found["folders"][0]["mend"]
    assert [one for one in found["warehouse"] if one["state"] != "ok"] == []
    assert tree(fresh.home) == before


# --- Ledger, payloads, warehouse --------------------------------------------------------------


def spoil(path: Path, change: Callable[[bytes], bytes]) -> None:
    mode = path.stat().st_mode
    path.chmod(0o644)
    path.write_bytes(change(path.read_bytes()))
    path.chmod(mode)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda content: content[: len(content) // 2], "is damaged"),
        (lambda content: b"no ledger" * 1000, "is damaged"),
        (lambda content: b"", "lists nothing, though there are payloads"),
    ],
    ids=["truncated", "other bytes", "empty"],
)
def test_a_ledger_that_is_damaged(
    fresh: Command, change: Callable[[bytes], bytes], said: str
) -> None:
    spoil(fresh.home / "state" / "ledger.sqlite", change)
    before = tree(fresh.home)
    found = looked(fresh)
    assert found.code == 8
    finding = found.the("ledger")
    assert finding["state"] == "fail"
    assert f"{fresh.home}/state/ledger.sqlite: " in finding["found"]
    assert said in finding["found"]
    assert "backup" in finding["mend"]
    assert tree(fresh.home) == before


def test_a_ledger_that_is_gone(fresh: Command) -> None:
    (fresh.home / "state" / "ledger.sqlite").unlink()
    found = looked(fresh)
    assert (found.code, found.the("ledger")["exit_code"]) == (8, 8)
    assert "is missing, though there are payloads" in found.the("ledger")["found"]


def flipped(content: bytes) -> bytes:
    """Some bytes of every block of 64 KiB are others."""
    changed = bytearray(content)
    for start in range(2**20, len(content) - 100, 2**16):
        changed[start + 64 : start + 68] = b"\xff\x00\xff\x00"
    return bytes(changed)


@pytest.mark.parametrize(
    "change",
    [
        lambda content: content[: len(content) // 2],
        lambda content: flipped(content),
        lambda content: b"no warehouse" * 1000,
        lambda content: b"",
    ],
    ids=["truncated", "flipped", "other bytes", "empty"],
)
def test_f54_a_warehouse_that_is_damaged_is_made_again_beside_it(
    fresh: Command, change: Callable[[bytes], bytes]
) -> None:
    published = fresh.published
    spoil(published, change)
    content = published.read_bytes()
    found = looked(fresh)
    assert found.code == 8
    [finding] = [one for one in found["warehouse"] if one["state"] == "fail"]
    assert str(published) in finding["found"]
    assert "made from the payloads, this one stays as it is" in finding["mend"]
    assert mended(fresh, finding).code == 0
    assert (looked(fresh).code, looked(fresh).bad) == (0, set())
    assert published.read_bytes() == content
    assert fresh.published != published


def test_f54_a_master_that_is_damaged_is_made_again(fresh: Command) -> None:
    spoil(fresh.home / "warehouse" / "master.duckdb", lambda content: b"")
    found = looked(fresh)
    assert (found.code, found.bad) == (8, {("master", "fail")})
    assert mended(fresh, found.the("master")).code == 0
    assert looked(fresh).bad == set()


def test_f55_a_wal_that_a_killed_run_left_is_taken_in_by_the_next(fresh: Command) -> None:
    master = fresh.home / "warehouse" / "master.duckdb"
    program = (
        "import duckdb, os, sys\n"
        "opened = duckdb.connect(sys.argv[1])\n"
        "opened.execute('create table raw.left_over (x int)')\n"
        "os.kill(os.getpid(), 9)\n"
    )
    subprocess.run([sys.executable, "-c", program, str(master)], check=False)
    assert master.with_name("master.duckdb.wal").exists()
    found = looked(fresh)
    assert (found.code, found.bad) == (0, {("master", "warn")})
    assert "a run that was killed left it" in found.the("master")["found"]
    mended(fresh, found.the("master"))
    assert looked(fresh).bad == set()


def test_f56_a_payload_that_is_damaged_comes_again_from_its_source(fresh: Command) -> None:
    damaged, missing = sorted(fresh.home.glob("payloads/??/*.zst"))[:2]
    spoil(damaged, lambda content: content[:-4])
    missing.unlink()
    found = looked(fresh, "--payloads")
    assert (found.code, found.bad) == (8, {("payloads", "fail")})
    assert {str(damaged) in one["found"] for one in found["payloads"]} == {True, False}
    for finding in found["payloads"]:
        assert mended(fresh, finding).code == 0
    assert looked(fresh, "--payloads").bad == set()


def test_nothing_published_and_a_link_that_leads_nowhere(first: Command, fresh: Command) -> None:
    assert "'capbrief demo' does" in looked(first).the("warehouse")["found"]
    (fresh.home / "warehouse" / "warehouse.duckdb").unlink()
    found = looked(fresh)
    assert found.code == 8
    assert "the link to what was published is missing" in found["warehouse"][0]["found"]
    assert mended(fresh, found["warehouse"][0]).code == 0
    assert looked(fresh).bad == set()


def test_a_check_that_fails_is_named(fresh: Command, overlay: Overlay) -> None:
    text = "-- description: Never passes. One row.\nselect 1 as x, 'why' as y"
    folder = overlay("sql/checks/token__never.sql", text)
    found = looked(fresh, "--overlay", folder)
    assert (found.code, found.bad) == (7, {("checks", "fail")})
    assert found.the("checks")["found"] == "checks.token__never: 1 bad rows"


# --- Runs and the lock ------------------------------------------------------------------------


def note(home: Path, host: str, since: datetime = datetime(2026, 11, 29, 1, tzinfo=UTC)) -> None:
    said = {"pid": 4242, "host": host, "command": "run", "since": since.isoformat()}
    (home / "state" / "run.lock.json").write_text(json.dumps(said))


def test_f42_a_note_of_the_dead_is_told_and_the_next_run_takes_it_away(fresh: Command) -> None:
    note(fresh.home, socket.gethostname())
    found = looked(fresh)
    assert (found.code, found.bad) == (0, {("lock", "warn")})
    assert "a run ended without a word: 'run', process 4242" in found.the("lock")["found"]
    assert fresh("build").code == 0
    assert looked(fresh).bad == set()


def test_f60_a_note_of_another_machine_is_told_and_what_is_said_mends_it(fresh: Command) -> None:
    for age, code in ((timedelta(hours=1), 5), (timedelta(days=2), 0)):
        note(fresh.home, "elsewhere.example", datetime.now(UTC) - age)
        finding = looked(fresh).the("lock")
        assert finding["state"] == "warn"
        assert finding["found"].startswith("elsewhere.example writes to this home, too")
        assert "have one machine alone write" in finding["mend"]
        mend = "run.lock.json, or give --shared" if code else "the next run takes the note away"
        assert mend in finding["mend"]
        assert fresh("build").code == code


def test_f41_a_run_that_goes_on_is_named_and_not_disturbed(fresh: Command) -> None:
    program = (
        "import sys\nfrom pathlib import Path\nfrom pipeline import holder\n"
        "from pipeline.settings import Settings\nhome = Path(sys.argv[2])\n"
        "with holder.writing(Settings(data=home, state=home / 'state')):\n"
        "    print('held', flush=True)\n    sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, "run", str(fresh.home)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        found = looked(fresh)
        assert fresh("build").code == 5
        other.communicate()
    assert (found.code, found.bad) == (0, set())
    assert f"a run goes on: 'run', process {other.pid} on" in found.the("lock")["found"]


def test_f39_a_run_that_was_killed_is_told(fresh: Command) -> None:
    with closing(sqlite3.connect(fresh.home / "state" / "ledger.sqlite")) as connection:
        connection.execute(
            f"insert into run ({RUN}) values ('r', 'run', '0', '2099-11-29T01:00:00+00:00', null, "
            "null, 'running')"
        )
        connection.commit()
    finding = looked(fresh).the("runs")
    assert finding["state"] == "warn"
    assert "(2099-11-29 01:00Z) was killed; the last one that delivered" in finding["found"]


# --- How it is said ---------------------------------------------------------------------------


def test_for_people_it_is_a_line_each_and_what_mends_it_below(fresh: Command) -> None:
    note(fresh.home, "elsewhere\x1b[2J.example")
    ended = fresh("doctor")
    assert "ok    python       Python 3." in ended.out
    assert re.search(r"^warn  lock +elsewhere\\x1b\[2J\.example writes", ended.out, re.MULTILINE)
    assert re.search(r"^ {19}-> have one machine alone", ended.out, re.MULTILINE)
    assert "\x1b" not in ended.out


def test_colours_are_for_a_terminal(fresh: Command) -> None:
    import pty

    def shown(**environment: str) -> str:
        ours, theirs = pty.openpty()
        ended = subprocess.Popen(
            [sys.executable, "-m", "pipeline", "doctor", "--home", str(fresh.home), "--quiet"],
            stdout=theirs,
            env={**os.environ, "TERM": "xterm", **environment},
        )
        os.close(theirs)
        read = b""
        try:
            while block := os.read(ours, 65536):
                read += block
        except OSError:
            pass  # how a terminal says that nobody writes to it any more
        os.close(ours)
        assert ended.wait() == 0
        return read.decode()

    assert "\x1b[32mok  \x1b[0m  python" in shown()
    assert "\x1b" not in shown(NO_COLOR="1")


def test_every_finding_is_in_the_readme() -> None:
    root = Path(__file__).resolve().parents[1]
    readme = (root / "README.md").read_text(encoding="utf-8")
    section = readme.partition("\n## When something is wrong\n")[2].partition("\n## ")[0]
    listed = set(re.findall(r"^\| `([a-z ]+)` \|", section, re.MULTILINE))
    made = set()
    for path in (root / "pipeline" / "ops").glob("*.py"):
        text = path.read_text(encoding="utf-8")
        made |= set(re.findall(r'\b(?:well|doubtful|broken|Finding)\(\s*"([a-z ]+)"', text))
    assert listed == made
