"""Units of systemd, as systemd itself reads and runs them."""

from __future__ import annotations

import dataclasses
import os
import re
import shutil
import subprocess
from datetime import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pipeline.errors import StorageError, UsageError
from pipeline.ops import systemd
from pipeline.ops.systemd import SERVICE, TIMER, Manager

if TYPE_CHECKING:
    from pipeline.ops.schedule import Duty
    from tests.ops.conftest import UserManager  # noqa: TID251 - for its types only

USER, SYSTEM = Manager(is_system=False), Manager(is_system=True)


def setting(text: str, name: str) -> list[str]:
    return re.findall(rf"^{name}=(.*)$", text, re.MULTILINE)


def analyze(*arguments: str | Path) -> str:
    """What systemd-analyze says, warnings first; skipped by name where it is absent."""
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd-analyze is absent: units are not read by systemd")
    done = subprocess.run(
        [program, *map(str, arguments)],
        env={**os.environ, "XDG_RUNTIME_DIR": "/nowhere"},
        text=True,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stderr + done.stdout


@pytest.fixture
def here(duty: Duty, tmp_path: Path) -> Duty:
    """The daily run of a program that is there, at a path that needs quotes."""
    folder = tmp_path / 'a b%h$HOME\'s "q" \\x'
    folder.mkdir()
    program = folder / "capbrief"
    program.write_text('#!/bin/sh\nprintf "%s\\0" "$0" "$@" > "$OUT/args"\nenv -0 > "$OUT/env"\n')
    program.chmod(0o755)
    return dataclasses.replace(duty, program=(str(program),), needed=(folder,))


class TestRead:
    @pytest.mark.parametrize(
        "manager",
        [USER, SYSTEM, Manager(is_system=True, run_as="root", ok_codes=(5, 3))],
        ids=["user", "system", "run-as"],
    )
    def test_systemd_finds_no_fault(self, manager: Manager, here: Duty, tmp_path: Path) -> None:
        given = dataclasses.replace(
            here,
            environment={"CAPBRIEF_OVERLAY": "/a b/%i$x"},
            secret_files={"coingecko.key": Path("/etc/capbrief/100% key")},
        )
        paths = systemd.install(tmp_path / "units", systemd.units(given, manager))
        scope = ["--user"] if not manager.is_system and os.environ.get("XDG_RUNTIME_DIR") else []
        assert analyze("verify", *scope, *paths) == ""

    def test_a_fault_would_be_found(self, duty: Duty, tmp_path: Path) -> None:
        texts = systemd.units(duty, SYSTEM)
        texts[SERVICE] = texts[SERVICE].replace("ProtectClock=yes", "ProtectClocks=yes")
        texts[SERVICE] = re.sub("ExecStart=.*", "ExecStart=/bin/true", texts[SERVICE])
        paths = systemd.install(tmp_path, texts)
        assert "ProtectClocks" in analyze("verify", *paths)

    @pytest.mark.parametrize("at", [time(0, 0), time(3, 17), time(23, 59)])
    def test_the_timer_names_a_minute_of_every_utc_day(self, duty: Duty, at: time) -> None:
        timer = systemd.units(dataclasses.replace(duty, at=at), USER)[TIMER]
        [calendar] = setting(timer, "OnCalendar")
        said = analyze("calendar", "--iterations=3", "--base-time=2026-10-24 12:00 UTC", calendar)
        found = re.findall(r"(\d{4}-\d\d-\d\d) (\d\d:\d\d):00 UTC", said)
        assert {clock for _, clock in found} == {f"{at:%H:%M}"}
        assert len({day for day, _ in found}) == 3

    def test_a_system_service_is_exposed_little(self, duty: Duty, tmp_path: Path) -> None:
        there = dataclasses.replace(duty, program=("/bin/true",), needed=())
        service, _ = systemd.install(tmp_path, systemd.units(there, SYSTEM))
        try:
            said = analyze("security", "--offline=true", "--no-pager", service)
        except AssertionError as error:
            pytest.skip(f"this systemd-analyze cannot weigh a file: {error}")
        level = re.search(r"Overall exposure level for \S+: ([\d.]+)", said)
        assert level is not None
        assert float(level[1]) <= 1.5


class TestRun:
    """By a real service manager, which is the judge of what is quoted how."""

    def test_program_and_settings_arrive_as_they_are(
        self, here: Duty, named_awkwardly: Duty, manager: UserManager
    ) -> None:
        out = {"OUT": str(manager.folder)}
        given = dataclasses.replace(here, environment={**named_awkwardly.environment, **out})
        systemd.install(manager.units, systemd.units(given, USER))
        ended = manager.run(SERVICE)
        assert (ended["Result"], ended["ExecMainStatus"]) == ("success", "0"), ended["said"]
        args = (manager.folder / "args").read_text().split("\0")[:-1]
        assert args == [here.program[0], "run", "--lock-wait", "600"]
        env = (manager.folder / "env").read_text().split("\0")[:-1]
        got = dict(line.split("=", 1) for line in env)
        assert {name: got.get(name) for name in given.environment} == given.environment

    def test_the_sandbox_lets_the_run_see_and_write_what_it_needs(
        self, here: Duty, manager: UserManager, tmp_path: Path
    ) -> None:
        home = tmp_path / "ho me: 50%"
        home.mkdir()
        given = dataclasses.replace(here, home=home, environment={"OUT": str(home)})
        texts = systemd.units(given, Manager(is_system=True, run_as="root"))
        systemd.install(manager.units, texts)
        ended = manager.run(SERVICE)
        assert (ended["Result"], ended["ExecMainStatus"]) == ("success", "0"), ended["said"]
        env = (home / "env").read_text().split("\0")
        assert f"CAPBRIEF_HOME={home}" in env

    def test_the_sandbox_keeps_the_rest_away(
        self, here: Duty, manager: UserManager, tmp_path: Path
    ) -> None:
        home = tmp_path / "home"
        home.mkdir()
        probe = Path(here.program[0])
        probe.write_text(
            '#!/bin/sh\ncd "$OUT"\n'
            f"ls {tmp_path}/beside > seen 2>&1\n"
            "touch /usr/planted /etc/planted 2> refused\n"
            "unshare -m true 2>> refused\n"
        )
        (tmp_path / "beside").touch()
        given = dataclasses.replace(here, home=home, environment={"OUT": str(home)})
        systemd.install(manager.units, systemd.units(given, Manager(is_system=True, run_as="root")))
        manager.run(SERVICE)
        assert "No such file" in (home / "seen").read_text()
        assert len((home / "refused").read_text().splitlines()) == 3
        assert not Path("/etc/planted").exists()


class TestText:
    def test_of_the_user_has_nothing_that_needs_privileges(self, duty: Duty) -> None:
        text = systemd.units(duty, USER)[SERVICE]
        for name in ("DynamicUser", "User", "ProtectSystem", "PrivateTmp", "After", "Wants"):
            assert setting(text, name) == []
        assert setting(text, "NoNewPrivileges") == ["yes"]

    def test_of_the_system_has_an_account_and_a_folder_of_its_own(self, duty: Duty) -> None:
        text = systemd.units(duty, SYSTEM)[SERVICE]
        assert setting(text, "DynamicUser") == ["yes"]
        assert setting(text, "StateDirectory") == ["capbrief"]
        assert "CAPBRIEF_HOME=%S/capbrief" in setting(text, "Environment")

    def test_keys_are_credentials_of_the_system_and_files_of_the_user(self, duty: Duty) -> None:
        given = dataclasses.replace(duty, secret_files={"coingecko.key": Path("/k/100%")})
        system = systemd.units(given, SYSTEM)[SERVICE]
        assert setting(system, "LoadCredential") == ["coingecko_key:/k/100%%"]
        assert "KEY_FILE" not in system
        user = systemd.units(given, USER)[SERVICE]
        assert '"CAPBRIEF_COINGECKO__KEY_FILE=/k/100%%"' in setting(user, "Environment")

    def test_success_is_what_is_asked_for(self, duty: Duty) -> None:
        lenient = Manager(is_system=True, ok_codes=(5, 3))
        assert setting(systemd.units(duty, lenient)[SERVICE], "SuccessExitStatus") == ["3 5"]
        assert setting(systemd.units(duty, SYSTEM)[SERVICE], "SuccessExitStatus") == []

    def test_only_a_source_that_is_away_is_tried_again(self, duty: Duty) -> None:
        [final] = setting(systemd.units(duty, USER)[SERVICE], "RestartPreventExitStatus")
        codes = set(map(int, final.split()))
        assert {1, 2, 3, 4, 5, 7, 8, 10, 11} <= codes
        assert not {0, 6} & codes

    def test_a_home_that_a_made_up_account_cannot_write_to_is_refused(self, duty: Duty) -> None:
        with pytest.raises(UsageError, match="--run-as USER"):
            systemd.units(dataclasses.replace(duty, home=Path("/srv/capbrief")), SYSTEM)

    def test_what_lies_in_a_home_is_shown_and_nothing_else_of_it(self, duty: Duty) -> None:
        needed = (Path("/home/ann/v/bin/capbrief"), Path("/home/ann/v"), Path("/usr"))
        text = systemd.units(dataclasses.replace(duty, needed=needed), SYSTEM)[SERVICE]
        assert setting(text, "ProtectHome") == ["tmpfs"]
        assert setting(text, "BindReadOnlyPaths") == ["/home/ann/v"]

    def test_a_key_file_that_a_unit_cannot_name_is_refused(self, duty: Duty) -> None:
        given = dataclasses.replace(duty, secret_files={"coingecko.key": Path("/k/it's")})
        with pytest.raises(UsageError, match="without quotes"):
            systemd.units(given, SYSTEM)


class TestFolder:
    def test_written_again_and_removed(self, duty: Duty, tmp_path: Path) -> None:
        texts = systemd.units(duty, USER)
        paths = systemd.install(tmp_path, texts)
        assert [path.read_text() for path in paths] == list(texts.values())
        later = systemd.units(dataclasses.replace(duty, at=time(4, 4)), USER)
        systemd.install(tmp_path, later)
        assert systemd.starts_at(tmp_path) == time(4, 4)
        wants = tmp_path / "timers.target.wants"
        wants.mkdir()
        (wants / TIMER).symlink_to(tmp_path / TIMER)
        (wants / "other.timer").symlink_to(tmp_path / "other.timer")
        assert systemd.remove(tmp_path) == paths
        assert [path.name for path in tmp_path.rglob("*.*")] == [wants.name, "other.timer"]
        assert systemd.remove(tmp_path) == []

    @pytest.mark.parametrize("name", [SERVICE, TIMER])
    def test_another_ones_unit_stays(self, name: str, duty: Duty, tmp_path: Path) -> None:
        (tmp_path / name).write_text("[Unit]\nDescription=mine\n")
        with pytest.raises(UsageError, match=f"{name}.*--force"):
            systemd.install(tmp_path, systemd.units(duty, USER))
        with pytest.raises(UsageError, match=f"{name}.*--force"):
            systemd.remove(tmp_path)
        assert [path.name for path in tmp_path.iterdir()] == [name]
        systemd.install(tmp_path, systemd.units(duty, USER), force=True)
        assert systemd.is_ours(tmp_path / name)

    def test_a_unit_that_was_changed_by_hand_stays(self, duty: Duty, tmp_path: Path) -> None:
        service, _ = systemd.install(tmp_path, systemd.units(duty, USER))
        with service.open("a") as stream:
            stream.write("[Service]\nNice=5\n")
        with pytest.raises(UsageError, match="changed by somebody else"):
            systemd.install(tmp_path, systemd.units(duty, USER))

    def test_a_masked_unit_stays_masked(self, duty: Duty, tmp_path: Path) -> None:
        (tmp_path / SERVICE).symlink_to("/dev/null")
        with pytest.raises(UsageError, match="masked"):
            systemd.install(tmp_path, systemd.units(duty, USER), force=True)

    def test_a_folder_that_cannot_be_written_is_said(self, duty: Duty, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        with pytest.raises(StorageError, match="cannot be written"):
            systemd.install(tmp_path / "file" / "units", systemd.units(duty, USER))
