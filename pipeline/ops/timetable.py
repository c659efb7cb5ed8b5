"""Timetable: whether something starts a run every day."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pipeline.ops.finding import doubtful, well

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.ops.asked import Asked
    from pipeline.ops.finding import Finding

_WORD: Final = "capbrief"
_SECONDS: Final = 5
SYSTEM_FOLDERS = tuple(
    Path(one)
    for one in (
        *("/etc/systemd/system", "/usr/lib/systemd/system", "/etc/systemd/user"),
        *("/etc/cron.d", "/etc/cron.daily", "/Library/LaunchDaemons"),
    )
)
_MEND: Final = "run 'capbrief schedule systemd --install' or 'capbrief schedule cron --install'"


def timer(_: Asked) -> Iterator[Finding]:
    """A timer of systemd, an entry of cron or an agent of launchd that names capbrief."""
    found = [*_files(), *_crontab()]
    if not found:
        yield doubtful("schedule", "nothing starts a run every day on this machine", _MEND)
        return
    asleep = [one for one in found if one.endswith(".timer") and not _is_enabled(Path(one))]
    if len(asleep) == len(found):
        name = Path(asleep[0]).name
        yield doubtful(
            "schedule",
            f"{asleep[0]}: is there, and not enabled",
            f"run systemctl enable --now {name} (with --user where it lies in your home)",
        )
        return
    yield well("schedule", f"{', '.join(one for one in found if one not in asleep)}")


def _files() -> Iterator[str]:
    own = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    agents = Path.home() / "Library" / "LaunchAgents"
    for folder in (own / "systemd" / "user", agents, *SYSTEM_FOLDERS):
        # Of another user's folders not even that they are there is told: not by an error, either.
        if not os.path.isdir(folder) or not os.access(folder, os.R_OK | os.X_OK):  # noqa: PTH112
            continue
        for path in sorted(folder.iterdir()):
            if path.suffix in (".service", ".wants") or not path.is_file():
                continue
            if os.access(path, os.R_OK) and _names_us(path):
                yield str(path)


def _names_us(path: Path) -> bool:
    """Whether a line of a file that is no comment speaks of capbrief."""
    if path.name.startswith(_WORD):
        return True
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    return any(_WORD in line for line in lines if not line.lstrip().startswith("#"))


def _is_enabled(timer: Path) -> bool:
    return any((folder / timer.name).is_symlink() for folder in timer.parent.glob("*.wants"))


def _crontab() -> Iterator[str]:
    """The user's own table, which only cron itself may show."""
    program = shutil.which("crontab")
    if program is None:
        return
    try:
        listed = subprocess.run(
            [program, "-l"], capture_output=True, timeout=_SECONDS, check=False
        ).stdout.decode("utf-8", "replace")
    except (OSError, subprocess.TimeoutExpired):
        return
    lines = [line for line in listed.splitlines() if not line.lstrip().startswith("#")]
    if any(_WORD in line for line in lines):
        yield "your crontab"


PROBES = (("schedule", timer),)
