"""Doctor on the machine: folders, file systems, who starts a run, and who is told."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pipeline.ops import file_system

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.conftest import Command  # noqa: TID251 - for its types only

    Look = Callable[..., tuple[int, list[dict[str, Any]]]]
    Bad = Callable[..., list[dict[str, Any]]]

GREETING = b"220 here\r\n"


# --- Folders and file systems -----------------------------------------------------------------


def test_folders_that_others_can_write(
    looked: Look, bad: Bad, outside: None, first: Command
) -> None:
    first.home.mkdir()
    first.home.chmod(0o777)
    code, found = looked(first)
    [finding] = bad(found, "folders")
    assert (code, finding["state"]) == (0, "warn")
    subprocess.run(finding["mend"].removeprefix("run ").split(), check=True)
    assert bad(looked(first)[1], "folders") == []


def test_a_home_that_is_a_file(looked: Look, bad: Bad, outside: None, first: Command) -> None:
    first.home.write_text("mine")
    code, found = looked(first)
    assert code == 8
    assert "is there and is no folder" in bad(found, "folders")[0]["found"]
    assert first.home.read_text() == "mine"


@pytest.mark.parametrize(
    ("kind", "options", "state", "said"),
    [
        ("nfs4", "rw", "warn", "is on nfs4, where locks may not hold"),
        ("fuse.sshfs", "rw", "warn", "where locks may not hold"),
        ("tmpfs", "rw", "warn", "lost when the machine is switched off"),
        ("overlay", "rw", "warn", "lost when its container is removed"),
        ("vfat", "rw", "fail", "has no symbolic links"),
        ("ext4", "ro,relatime", "fail", "is mounted read-only"),
        ("ext4", "rw", "ok", "ext4, on this machine"),
    ],
)
def test_f58_a_file_system_that_does_not_keep_what_is_needed(
    looked: Look,
    outside: None,
    first: Command,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    options: str,
    state: str,
    said: str,
) -> None:
    home = tmp_path / "with blank"
    (home / "state").mkdir(parents=True)
    first.home = home
    escaped = str(home).replace(" ", "\\040")
    mounts = tmp_path / "mounts"
    mounts.write_text(f"/dev/a / xfs rw 0 0\nremote {escaped} {kind} {options} 0 0\n")
    monkeypatch.setattr(file_system, "MOUNTS", mounts)
    code, found = looked(first)
    [finding] = [one for one in found if one["name"] == "file system"]
    assert (finding["state"], code) == (state, 8 if state == "fail" else 0)
    assert said in finding["found"]


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A file system of 16 MB with few files; skipped where none may be mounted."""
    folder = tmp_path / "small"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=16m,nr_inodes=200", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(command, check=False).returncode != 0:
        pytest.skip("no file system may be mounted here: a full disk is not tried")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_f51_f52_a_disk_that_is_full_of_bytes_or_files(
    looked: Look, bad: Bad, outside: None, first: Command, small: Path
) -> None:
    first.home = small / "home"
    code, found = looked(first)
    flaws = bad(found, "room")
    assert (code, {one["state"] for one in flaws}) == (0, {"warn"})
    assert "files can be made" in flaws[1]["found"]
    with (small / "filler").open("wb") as filler:
        filler.write(bytes(15 * 2**20 + 900 * 2**10))
    code, found = looked(first)
    assert code == 8
    assert "free some space there" in bad(found, "room")[0]["mend"]


def test_probe_tries_the_state_folder_and_leaves_nothing(
    looked: Look, bad: Bad, outside: None, first: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = first.home / "state"
    state.mkdir(parents=True)
    code, found = looked(first, "--probe")
    [finding] = [one for one in found if one["name"] == "probe"]
    assert (code, finding["state"]) == (0, "ok")
    # As on a file system that says yes to every lock.
    monkeypatch.setattr("fcntl.flock", lambda *_: None)
    code, found = looked(first, "--probe")
    assert code == 8
    assert "locks do not hold" in bad(found, "probe")[0]["found"]
    assert list(state.iterdir()) == []


# --- Who starts it, and who is told -----------------------------------------------------------


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's home and a folder of programs; nothing of the machine's own is looked at."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "user").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=os.pathsep)
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.setattr("pipeline.ops.timetable.SYSTEM_FOLDERS", (tmp_path / "cron.d",))
    crontab(tmp_path, "exit 1")
    return tmp_path


def crontab(machine: Path, does: str) -> None:
    program = machine / "bin" / "crontab"
    program.write_text(f"#!/bin/sh\n{does}\n")
    program.chmod(0o755)


@pytest.fixture
def schedule(looked: Look) -> Callable[[Command], dict[str, Any]]:
    def look(command: Command) -> dict[str, Any]:
        [finding] = [one for one in looked(command)[1] if one["name"] == "schedule"]
        return finding

    return look


def test_a_timer_is_found_and_must_be_enabled(
    outside: None, first: Command, machine: Path, schedule: Callable[[Command], dict[str, Any]]
) -> None:
    assert "capbrief schedule" in schedule(first)["mend"]
    units = machine / "user" / ".config" / "systemd" / "user"
    (units / "timers.target.wants").mkdir(parents=True)
    timer = units / "capbrief.timer"
    timer.write_text("[Timer]\n")
    assert schedule(first)["found"] == f"{timer}: is there, and not enabled"
    (units / "timers.target.wants" / timer.name).symlink_to(timer)
    assert (schedule(first)["state"], schedule(first)["found"]) == ("ok", str(timer))


def test_entries_of_cron_are_found(
    outside: None, first: Command, machine: Path, schedule: Callable[[Command], dict[str, Any]]
) -> None:
    crontab(machine, "echo '# 5 1 * * * capbrief run'")
    assert schedule(first)["state"] == "warn"
    crontab(machine, "echo '5 1 * * * /opt/capbrief run'")
    assert schedule(first)["found"] == "your crontab"
    crontab(machine, "exit 1")
    (machine / "cron.d").mkdir()
    (machine / "cron.d" / "reports").write_text("5 1 * * * ops capbrief run\n")
    assert schedule(first)["found"] == str(machine / "cron.d" / "reports")


@pytest.fixture
def mail_server() -> Iterator[Callable[[bytes], int]]:
    """Starts something that says one line to who connects, and answers 250 to all; its port."""
    listening: list[socket.socket] = []

    def start(greeting: bytes) -> int:
        server = socket.create_server(("127.0.0.1", 0))
        listening.append(server)

        def serve() -> None:
            connection, _ = server.accept()
            with connection, connection.makefile("rb") as lines:
                connection.sendall(greeting)
                for line in lines:
                    quits = line.upper().startswith(b"QUIT")
                    connection.sendall(b"221 bye\r\n" if quits else b"250 yes\r\n")
                    if quits:
                        return

        threading.Thread(target=serve, daemon=True).start()
        return int(server.getsockname()[1])

    yield start
    for server in listening:
        server.close()


def test_f74_channels_that_cannot_be_reached_are_named_without_their_address(
    looked: Look,
    bad: Bad,
    outside: None,
    first: Command,
    monkeypatch: pytest.MonkeyPatch,
    mail_server: Callable[[bytes], int],
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("CAPBRIEF_COINGECKO__URL", "http://127.0.0.1:9/")
    with socket.create_server(("127.0.0.1", 0)) as once:
        closed = once.getsockname()[1]
    monkeypatch.setenv("CAPBRIEF_DELIVER__TEAM__URL", f"http://127.0.0.1:{closed}/canary")
    first.home.mkdir()
    (first.home / "config.toml").write_text(
        f"""
        [mail]
        host = "127.0.0.1"
        port = {mail_server(GREETING)}
        security = "none"
        sender = "a@example.org"
        [deliver.desk]
        kind = "mail"
        to = ["b@example.org"]
        [deliver.team]
        kind = "slack"
        [deliver.shelf]
        kind = "folder"
        folder = "{tmp_path}/absent"
        """
    )
    code, found = looked(first, "--online")
    assert code == 6  # CoinGecko is not there either
    reached = {one["found"]: one for one in found if one["name"] == "reached"}
    assert reached["mail server: answers (none)"]["state"] == "ok"
    assert reached["team: cannot be reached (Connection refused)"]["exit_code"] == 9
    assert f"deliver.shelf: {tmp_path}/absent is no folder" in bad(found, "channels")[0]["found"]
    assert "canary" not in json.dumps(found)
    # Who does not speak TLS, though the settings ask for it.
    text = (first.home / "config.toml").read_text()
    port = mail_server(GREETING)
    lines = [
        f"port = {port}" if "port" in line else line.replace('"none"', '"starttls"')
        for line in text.splitlines()
    ]
    (first.home / "config.toml").write_text("\n".join(lines))
    _, found = looked(first, "--online")
    [finding] = [one for one in found if one["found"].startswith("mail server: ")]
    assert (finding["state"], finding["exit_code"]) == ("fail", 9)
    assert "STARTTLS" in finding["found"]
