"""Where one installation keeps its data, and the limits it works under.

Order of authority: flag, environment (``CAPBRIEF_HOME``), XDG folders. With a home given,
everything lies under it; without one, data and state follow the XDG base directories.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True)
class Settings:
    """Folders (absolute) and engine limits of one installation."""

    data: Path
    state: Path
    memory_limit: str = "1GB"
    threads: int = 2
    query_seconds: float = 60.0

    @property
    def payloads(self) -> Path:
        """Folder of the payload store."""
        return self.data / "payloads"

    @property
    def warehouse(self) -> Path:
        """Folder of the private master and the published versions."""
        return self.data / "warehouse"

    @property
    def reports(self) -> Path:
        """Folder that reports are written to when no other is asked for."""
        return self.data / "reports"

    @property
    def ledger(self) -> Path:
        """SQLite file of runs and retrievals."""
        return self.state / "ledger.sqlite"

    @property
    def lock(self) -> Path:
        """File whose lock admits one writer."""
        return self.state / "run.lock"


def resolve(home: Path | None, environment: Mapping[str, str], user_home: Path) -> Settings:
    """Settings from a ``--home`` flag, the environment and the user's home folder.

    An empty variable counts as unset, and relative XDG folders are ignored, as the XDG base
    directory specification (0.8) asks.

    Raises:
        UsageError: the home is a name that the system or DuckDB cannot take.
    """
    given = home or _path(environment.get("CAPBRIEF_HOME"), user_home)
    if given is not None:
        root = _usable(given)
        return Settings(data=root, state=root / "state")
    data = _absolute(environment.get("XDG_DATA_HOME"), user_home) or user_home / ".local/share"
    state = _absolute(environment.get("XDG_STATE_HOME"), user_home) or user_home / ".local/state"
    return Settings(data=data / "capbrief", state=state / "capbrief")


def _usable(home: Path) -> Path:
    text = str(home)
    if "?" in text or "\0" in text or not text.isprintable():
        # DuckDB reads what follows a question mark as options of the file.
        raise UsageError(f"--home {text!r}: choose a folder without '?' and control characters")
    try:
        return home.expanduser().absolute()
    except (RuntimeError, OSError) as error:
        raise UsageError(f"--home {text}: {error}") from error


def _path(value: str | None, user_home: Path) -> Path | None:
    return type(user_home)(value) if value else None


def _absolute(value: str | None, user_home: Path) -> Path | None:
    path = _path(value, user_home)
    return path if path is not None and path.is_absolute() else None
