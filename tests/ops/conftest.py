"""A daily run to be scheduled, and texts that are hard to write down."""

from __future__ import annotations

import dataclasses
import os
import random
import shutil
import subprocess
import tempfile
from datetime import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pipeline.ops.schedule import Duty

if TYPE_CHECKING:
    from collections.abc import Iterator

_MARKS = " '\"\\%$`!#;&|<>()[]{}*?~=:,@^+-äß✓%%$$\\\\''\"\""


@pytest.fixture
def duty(tmp_path: Path) -> Duty:
    """The daily run of a capbrief in /opt, on folders of the user's own."""
    return Duty(
        program=("/opt/capbrief/bin/capbrief",),
        at=time(3, 17),
        environment={},
        folders={},
        secret_files={},
        home=None,
        state=tmp_path / "state",
        needed=(Path("/opt/capbrief"),),
        seconds=6000,
        memory_mb=4096,
    )


@pytest.fixture
def awkward_texts() -> list[str]:
    """Texts of marks that some shell, unit or table takes for something else."""
    drawn = random.Random(7)
    named = [
        "",
        " ",
        "%h/%%",
        "$HOME ${HOME} $$",
        "a\\%b",
        "\\\\",
        "it's",
        '"',
        "\\",
        "a=b:c",
        "ends \\",
    ]
    return named + ["".join(drawn.choices(_MARKS, k=drawn.randint(1, 12))) for _ in range(60)]


class UserManager:
    """A systemd of one's own, in name spaces that end with it; nothing outside is touched."""

    def __init__(self, folder: Path, cgroup: Path) -> None:
        self.folder = folder
        self.units = folder / "config" / "systemd" / "user"
        self._cgroup = cgroup
        for made in (self.units, folder / "run"):
            made.mkdir(parents=True)
        (folder / "run").chmod(0o700)

    def run(self, unit: str) -> dict[str, str]:
        """Start a oneshot service and say how it ended."""
        script = (
            # Its control groups begin at its own one, and it takes the system for a booted one.
            "mount -t cgroup2 cgroup2 /sys/fs/cgroup\n"
            "mount -t tmpfs tmpfs /run/systemd && mkdir -p /run/systemd/system\n"
            "/lib/systemd/systemd --user --unit=basic.target --log-target=console >&2 &\n"
            "for _ in $(seq 100); do\n"
            "    systemctl --user list-units >/dev/null 2>&1 && break; sleep 0.1\n"
            "done\n"
            'systemctl --user start "$0" >&2\n'
            'systemctl --user show -p Result,ExecMainStatus "$0"\n'
        )
        name_spaces = ["unshare", "-C", "-m", "-p", "-f", "--mount-proc", "--kill-child"]
        enter = f'echo $$ > {self._cgroup}/cgroup.procs && exec "$@"'
        done = subprocess.run(
            ["sh", "-c", enter, "sh", *name_spaces, "sh", "-c", script, unit],
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(self.folder),
                "XDG_CONFIG_HOME": str(self.folder / "config"),
                "XDG_RUNTIME_DIR": str(self.folder / "run"),
            },
            text=True,
            capture_output=True,
            timeout=120,
            check=False,
        )
        found = dict(line.split("=", 1) for line in done.stdout.splitlines())
        return {**found, "said": done.stderr}


@pytest.fixture
def manager() -> Iterator[UserManager]:
    """A real service manager; skipped by name where one cannot be started in name spaces."""
    if Path("/run/systemd/system").exists():
        pytest.skip("systemd runs this machine: no second one is started for a test")
    if os.geteuid() != 0 or not Path("/lib/systemd/systemd").exists():
        pytest.skip("systemd in name spaces of its own needs root and the package systemd")
    if not shutil.which("unshare"):
        pytest.skip("unshare is absent: no systemd in name spaces of its own")
    root = Path("/sys/fs/cgroup/unified")
    cgroup = (root if root.exists() else root.parent) / f"capbrief-test-{os.getpid()}"
    try:
        cgroup.mkdir()
    except OSError as error:
        pytest.skip(f"systemd needs a control group of its own: {error}")
    # Sockets have short names, and a private /tmp would hide its own folders from a service.
    folder = Path(tempfile.mkdtemp(prefix="capbrief-", dir="/run"))
    try:
        folder.chmod(0o755)
        yield UserManager(folder, cgroup)
    finally:
        shutil.rmtree(folder)
        for left in sorted(cgroup.rglob("*"), reverse=True):
            if left.is_dir():
                left.rmdir()
        cgroup.rmdir()


@pytest.fixture
def named_awkwardly(duty: Duty, awkward_texts: list[str]) -> Duty:
    """The daily run with settings of awkward texts."""
    values = {f"CAPBRIEF_T{n:02}": text for n, text in enumerate(awkward_texts)}
    return dataclasses.replace(duty, environment=values)
