"""Secrets: where they are read from, what is refused, and that no message holds them."""

from __future__ import annotations

import os
import sys
import threading
import time
from pathlib import Path

import pytest

from pipeline import credential
from pipeline.errors import UsageError

CANARY = "CG-canary"


def printed(code: str) -> str:
    found = credential.from_command([sys.executable, "-c", code], "here", os.environ)
    return found.reveal()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(credential, "COMMAND_SECONDS", 0.5)


def test_a_command_prints_the_key_with_blanks_around_it() -> None:
    assert printed(f"print(' {CANARY} ')") == CANARY


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("pass", "is empty; it must print the key"),
        ("print(' ')", "is empty; it must print the key"),
        ("import sys; sys.stdout.buffer.write(b'CG-canary\\xff')", "is no plain character"),
        ("print('CG-canary\\nlogin: ada')", "has more than one line"),
        ("print('CG-canary' * 100000)", "over 65536 bytes"),
        ("import sys; print('CG-canary'); sys.exit('CG-canary')", "ended with 1"),
        ("print('CG-canary'); raise SystemExit(3)", "ended with 3"),
    ],
)
def test_what_prints_no_key_is_refused_without_what_it_printed(code: str, reason: str) -> None:
    with pytest.raises(UsageError, match=reason) as caught:
        printed(code)
    assert str(caught.value).startswith("here: ")
    assert CANARY not in repr((caught.value, caught.value.__cause__, caught.value.__context__))


def test_a_command_without_end_does_not_fill_the_memory() -> None:
    with pytest.raises(UsageError, match="over 65536 bytes"):
        printed("while True: print('x' * 1000)")


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    "code", ["", "print('CG-canary', flush=True); ", "import os; os.close(1); "]
)
def test_a_command_that_hangs_is_ended_with_what_it_started(code: str, tmp_path: Path) -> None:
    ids = tmp_path / "ids"
    hang = (
        f"{code}import os, time; child = os.fork(); "
        f"open({str(ids)!r}, 'a').write(f'{{os.getpid()}}\\n'); time.sleep(600)"
    )
    with pytest.raises(UsageError, match=r"did not end within 0\.5 s") as caught:
        printed(hang)
    assert CANARY not in str(caught.value)
    for pid in map(int, ids.read_text().split()):
        for _ in range(200):
            try:
                state = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0]
            except FileNotFoundError:
                break
            if state == "Z":
                break
            time.sleep(0.05)
        else:
            pytest.fail("a process outlives the command")


@pytest.mark.parametrize("words", [["/nowhere/pass"], ["/"], ["a\0b"]])
def test_a_command_that_cannot_be_started_is_named(words: list[str]) -> None:
    with pytest.raises(UsageError, match="cannot be started"):
        credential.from_command(words, "here", {})


def test_a_command_is_not_given_our_own_variables() -> None:
    environment = {**os.environ, "CAPBRIEF_MAIL__PASSWORD": CANARY}
    code = "import os; print(len([n for n in os.environ if n.startswith('CAPBRIEF_')]))"
    words = [sys.executable, "-c", code]
    assert credential.from_command(words, "here", environment).reveal() == "0"


# --- Files ------------------------------------------------------------------------------------


def test_a_key_of_a_pipe_is_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path, 0o600)
    # Open for reading, too, so that neither side waits for the other.
    held = os.open(path, os.O_RDWR)

    def write() -> None:
        os.write(held, CANARY.encode())
        os.close(held)

    writer = threading.Timer(0.2, write)
    writer.start()
    assert credential.from_file(path).reveal() == CANARY
    writer.join()


@pytest.mark.usefixtures("impatient")
def test_a_pipe_that_nobody_writes_to_does_not_hang(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path, 0o600)
    with pytest.raises(UsageError, match="its end did not come"):
        credential.from_file(path)
    held = os.open(path, os.O_RDWR)
    with pytest.raises(UsageError, match="its end did not come"):
        credential.from_file(path)
    os.close(held)


def test_a_large_file_is_no_key(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_bytes(b"x" * 10_000_000)
    path.chmod(0o600)
    with pytest.raises(UsageError, match="over 65536 bytes"):
        credential.from_file(path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root can read every file")
def test_a_file_that_may_not_be_read_is_named(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text(CANARY)
    path.chmod(0)
    with pytest.raises(UsageError, match="cannot be read as a key"):
        credential.from_file(path)


@pytest.mark.parametrize("text", ["é", "a\nb", "\x1b[31m", " ", "\udcff"])
def test_a_variable_that_holds_no_key_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match=r"^CAPBRIEF_X: "):
        credential.from_text(text, "CAPBRIEF_X")
    assert credential.from_text(f" {CANARY}\n", "CAPBRIEF_X").reveal() == CANARY
