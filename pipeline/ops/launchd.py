"""Launchd: a property list for macOS, which starts the run by the clock of the machine."""

from __future__ import annotations

import plistlib
import shlex
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.ops.schedule import RUN

if TYPE_CHECKING:
    from pipeline.ops.schedule import Duty

LABEL = "local.capbrief"
FOLDER = Path("Library/LaunchAgents")
"""Below the user's home."""

_LOG = "launchd.log"


def plist(duty: Duty, now: datetime) -> bytes:
    """The property list; its times are local, so the day's start moves when clocks change."""
    at = duty.local(now.astimezone(UTC).date())
    log = str(duty.state / _LOG)
    return plistlib.dumps(
        {
            "Label": LABEL,
            "ProgramArguments": [*duty.program, *RUN],
            "EnvironmentVariables": duty.own_environment(),
            "StartCalendarInterval": {"Hour": at.hour, "Minute": at.minute},
            "StandardOutPath": log,
            "StandardErrorPath": log,
            "ProcessType": "Background",
            "LowPriorityIO": True,
            "Nice": 10,
            "Umask": 0o077,
        },
        sort_keys=False,
    )


def place(user_home: Path) -> Path:
    """Where launchd looks for it."""
    return user_home / FOLDER / f"{LABEL}.plist"


def after(path: Path, state: Path) -> list[str]:
    """Commands that are left to do."""
    return [
        f"mkdir -p {shlex.quote(str(state))}",
        f"launchctl bootstrap gui/$(id -u) {shlex.quote(str(path))}",
    ]
