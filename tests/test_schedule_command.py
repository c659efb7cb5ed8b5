"""The command that schedules, as a user gives it."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import stat
import subprocess
import sys
from datetime import UTC, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pipeline import cli
from pipeline.ops.schedule import minute_of, next_after

if TYPE_CHECKING:
    from tests.conftest import Command  # noqa: TID251 - for its types only

FAKE = """#!/bin/sh
# A crontab that keeps its table in a file.
case $1 in
    -V) echo "$CRON_NAME" >&2 ;;
    -l) cat "$CRON_TABLE" 2>/dev/null || { echo "no crontab for you" >&2; exit 1; } ;;
    -) cat > "$CRON_TABLE.new"
       if grep -q refuse "$CRON_TABLE.new"; then echo "bad minute" >&2; exit 1; fi
       mv "$CRON_TABLE.new" "$CRON_TABLE" ;;
esac
"""


@pytest.fixture
def crontab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The table of a crontab of our own; that of this machine is not touched."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "crontab").write_text(FAKE)
    (folder / "crontab").chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=os.pathsep)
    monkeypatch.setenv("CRON_TABLE", str(tmp_path / "table"))
    monkeypatch.setenv("CRON_NAME", "cronie 1.7.2")
    return tmp_path / "table"


@pytest.fixture
def key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    file = tmp_path / "key"
    file.write_text("CG-canary7Qx")
    file.chmod(0o600)
    monkeypatch.setenv("CAPBRIEF_COINGECKO__PLAN", "demo")
    monkeypatch.setenv("CAPBRIEF_COINGECKO__KEY_FILE", str(file))
    return str(file)


class TestMinute:
    def test_is_of_the_machine_and_its_home_and_never_round(self) -> None:
        found = [minute_of(f"host{n}", Path("/h")) for n in range(500)]
        assert all(time(1) <= at < time(5) and at.minute % 5 for at in found)
        assert len(set(found)) > 150
        assert minute_of("a", Path("/h")) == minute_of("a", Path("/h"))
        assert len({minute_of("a", Path(f"/h{n}")) for n in range(20)}) > 10

    def test_the_next_start_is_ahead(self) -> None:
        now = datetime(2026, 12, 31, 3, 17, tzinfo=UTC)
        assert next_after(time(3, 18), now) == datetime(2026, 12, 31, 3, 18, tzinfo=UTC)
        assert next_after(time(3, 17), now) == datetime(2027, 1, 1, 3, 17, tzinfo=UTC)

    @pytest.mark.parametrize(
        "text", ["24:00", "6:17", "06:60", "06:17:00", "noon", "\u0660\u0666:17"]
    )
    def test_what_is_none_is_refused(
        self, text: str, first: Command, capsys: pytest.CaptureFixture[str]
    ) -> None:
        with pytest.raises(SystemExit) as ended:
            first("schedule", "cron", "--at", text)
        assert ended.value.code == 2
        assert "not a minute of the day like 06:17" in capsys.readouterr().err


class TestSystemd:
    def test_prints_what_it_would_write(self, first: Command, tmp_path: Path) -> None:
        told = first("schedule", "systemd", "--user", "--at", "06:17", "--json")
        files = json.loads(told.out)["files"]
        assert [Path(name).name for name in files] == ["capbrief.service", "capbrief.timer"]
        done = first(
            "schedule",
            "systemd",
            "--user",
            "--at",
            "06:17",
            "--install",
            "--to",
            str(tmp_path / "u"),
        )
        assert done.code == 0
        assert {path.name: path.read_text() for path in (tmp_path / "u").iterdir()} == {
            Path(name).name: text for name, text in files.items()
        }
        assert "systemctl --user enable --now capbrief.timer" in done.out
        assert "loginctl enable-linger" in done.out
        assert not first.home.exists()
        gone = first("schedule", "systemd", "--user", "--remove", "--to", str(tmp_path / "u"))
        assert (gone.code, list((tmp_path / "u").iterdir())) == (0, [])

    def test_starts_the_very_command_that_was_run(self, first: Command) -> None:
        script = Path(sys.executable).with_name("capbrief")
        if not script.exists():
            pytest.skip("capbrief is not installed as a script")
        done = subprocess.run(
            ["./capbrief", "schedule", "systemd", "--user", "--home", str(first.home)],
            cwd=script.parent, capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert f"\nExecStart={script} run --lock-wait 600\n" in done.stdout

    def test_repeats_settings_and_names_the_key_without_showing_it(
        self, first: Command, key: str
    ) -> None:
        system = first("schedule", "systemd", "--system", "--run-as", "ann").out
        assert f"\nLoadCredential=coingecko_key:{key}\n" in system
        assert "\nEnvironment=CAPBRIEF_COINGECKO__PLAN=demo\n" in system
        user = first("schedule", "systemd", "--user").out
        assert f"\nEnvironment=CAPBRIEF_COINGECKO__KEY_FILE={key}\n" in user
        assert "canary" not in system + user

    @pytest.mark.parametrize("way", ["systemd", "cron", "launchd"])
    def test_a_key_in_the_environment_is_written_down_nowhere(
        self, way: str, first: Command, crontab: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("CAPBRIEF_COINGECKO__PLAN", "demo")
        monkeypatch.setenv("CAPBRIEF_COINGECKO__KEY", "CG-canary7Qx")
        ended = first("schedule", way)
        assert ended.code == 2
        assert "set CAPBRIEF_COINGECKO__KEY_FILE" in ended.message
        assert "canary" not in ended.out + ended.err

    def test_what_cannot_be_done_is_said(self, first: Command, tmp_path: Path) -> None:
        assert "--run-as USER" in first("schedule", "systemd", "--system").message
        assert "give --system" in first("schedule", "systemd", "--user", "--run-as", "a").message
        (tmp_path / "file").touch()
        ended = first("schedule", "systemd", "--user", "--install", "--to", str(tmp_path / "file"))
        assert ended.code == 8

    @pytest.mark.parametrize("codes", ["7", "0", "3,4", "x", "143"])
    def test_a_failure_is_never_a_success(self, codes: str, first: Command) -> None:
        with pytest.raises(SystemExit) as ended:
            first("schedule", "systemd", "--ok-codes", codes)
        assert ended.value.code == 2

    def test_a_value_of_several_lines_is_refused(
        self, first: Command, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("CAPBRIEF_HTTP__CONTACT", "a\nExecStartPre=/bin/evil")
        ended = first("schedule", "systemd", "--user")
        assert (ended.code, ended.out) == (2, "")
        assert "CAPBRIEF_HTTP__CONTACT" in ended.message

    def test_a_start_before_the_day_is_complete_is_noted(self, first: Command) -> None:
        assert "early_start" in first("schedule", "systemd", "--user", "--at", "00:39").err
        assert "early_start" not in first("schedule", "systemd", "--user", "--at", "00:40").err


class TestCron:
    def test_installed_once_and_removed(self, first: Command, crontab: Path) -> None:
        crontab.write_bytes(b"# mine\n5 4 * * * x\n")
        assert first("schedule", "cron", "--install", "--at", "06:17").out == "crontab\n"
        table = crontab.read_bytes()
        assert table.startswith(b"# mine\n5 4 * * * x\n# >>> capbrief")
        assert b"\nCRON_TZ=UTC\n17 6 * * * " in table
        again = first("schedule", "cron", "--install", "--at", "06:17")
        assert (again.out, crontab.read_bytes()) == ("the crontab is so already\n", table)
        listed = json.loads(first("schedule", "--json").out)
        assert [one["next"][-9:] for one in listed if one["installed"]] == ["06:17 UTC"]
        first("schedule", "cron", "--remove")
        assert crontab.read_bytes() == b"# mine\n5 4 * * * x\n"
        assert "has no such line" in first("schedule", "cron", "--remove").out

    def test_the_first_line_of_a_user_without_a_crontab(
        self, first: Command, crontab: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("CRON_NAME", "usage: crontab file")
        first("schedule", "cron", "--install")
        assert crontab.read_text().startswith("# >>> capbrief")
        assert "CRON_TZ=UTC" not in crontab.read_text()

    def test_a_table_that_cron_refuses_stays(self, first: Command, crontab: Path) -> None:
        crontab.write_text("# refuse\n")
        ended = first("schedule", "cron", "--install")
        assert ended.code == 8
        assert "was not taken (bad minute); the old one stays" in ended.message
        assert crontab.read_text() == "# refuse\n"

    def test_without_cron_it_says_what_to_do(
        self, first: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setenv("PATH", str(tmp_path))
        assert first("schedule", "cron").code == 0
        ended = first("schedule", "cron", "--install")
        assert ended.code == 2
        assert "install cron" in ended.message

    def test_by_the_real_crontab(self, tmp_path: Path) -> None:
        if os.geteuid() != 0 or not Path("/var/spool/cron/crontabs").is_dir():
            pytest.skip("a crontab apart from this machine's needs root and Debian's cron")
        if not (shutil.which("unshare") and shutil.which("crontab")):
            pytest.skip("unshare or crontab is absent")
        start = [sys.executable, "-m", "pipeline", "schedule"]
        where = ["--home", str(tmp_path / "5% h")]
        install = shlex.join([*start, "cron", "--install", *where])
        script = (
            "mount -t tmpfs -o mode=1730 tmpfs /var/spool/cron/crontabs || exit 9\n"
            "echo '# mine' | crontab - && "
            f"{install} && {install} && crontab -l && {shlex.join([*start, 'cron', '--remove'])} "
            "&& echo == && crontab -l"
        )
        done = subprocess.run(
            ["unshare", "-m", "sh", "-c", script], capture_output=True, text=True, check=False
        )
        if done.returncode == 9:
            pytest.skip("no file system may be mounted here")
        assert done.returncode == 0, done.stderr
        installed, _, removed = done.stdout.partition("==\n")
        assert installed.count("# >>> capbrief schedule cron\n") == 1
        assert re.search(r"^\d+ \d+ \* \* \* umask 077; .*5'\\%' h'", installed, re.MULTILINE)
        assert removed == "# mine\n"


def test_the_example_of_the_readme(
    first: Command, crontab: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    readme = (Path(__file__).resolve().parents[1] / "README.md").read_text(encoding="utf-8")
    section = readme.partition("\n## On a schedule\n")[2].partition("\n## ")[0]
    example = re.findall(r"^```sh\n(.*?)^```", section, re.MULTILINE | re.DOTALL)[0]
    lines = [line.partition("#")[0].partition(">")[0] for line in example.splitlines()]
    assert [first(*shlex.split(line)[1:]).code for line in lines] == [0] * 5
    units = tmp_path / "user" / ".config" / "systemd" / "user"
    assert "OnCalendar=*-*-* 06:17:00 UTC\n" in (units / "capbrief.timer").read_text()
    assert "# >>> capbrief schedule cron" in crontab.read_text()


def test_what_this_machine_has_is_listed(first: Command, crontab: Path) -> None:
    listed = first("schedule").out.splitlines()
    assert [line.split("  ")[0] for line in listed] == [
        "systemd --system", "systemd --user", "cron", "launchd",
    ]  # fmt: skip
    assert listed[2].split()[1:] == ["there", "nothing", "installed"]


def test_launchd_prints_and_says_what_is_left(first: Command) -> None:
    ended = first("schedule", "launchd")
    assert ended.out.startswith("<?xml")
    assert "launchctl bootstrap" in ended.err


def test_nothing_that_is_written_can_be_changed_by_others(first: Command, tmp_path: Path) -> None:
    first("schedule", "systemd", "--user", "--install", "--to", str(tmp_path / "u"))
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "u").iterdir()}
    assert modes == {0o644}


def test_the_help_of_each_action_ends_well(capsys: pytest.CaptureFixture[str]) -> None:
    for action in ("systemd", "cron", "launchd"):
        with pytest.raises(SystemExit) as ended:
            cli.main(["schedule", action, "--help"])
        assert ended.value.code == 0
        assert "--at HH:MM" in capsys.readouterr().out
