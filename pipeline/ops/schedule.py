"""Schedule: the daily run as a scheduler is to start it, whichever scheduler that is."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline import settings
from pipeline.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

LOCK_WAIT_SECONDS = 600
"""How long a run waits for another one that overran, before it gives up with 5."""

RUN = ("run", "--lock-wait", str(LOCK_WAIT_SECONDS))
"""Arguments of the daily run."""

DELAY_MINUTES = 15
"""A scheduler that can spreads starts over so long."""

_FIRST_HOUR, _N_HOURS = 1, 4
_PREFIX = "CAPBRIEF_"
# Said by flags, whose values are in the settings.
_BY_FLAG = frozenset({f"{_PREFIX}HOME", f"{_PREFIX}OVERLAY"})
_FOLDERS = ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME")


@dataclass(frozen=True)
class Duty:
    """The daily run: what is started, when, with which settings, within which bounds.

    Attributes:
        program: the command with absolute paths, without its arguments.
        at: minute of the UTC day.
        environment: settings other than folders and secrets.
        folders: XDG variables that hold where no home is given.
        secret_files: the file of each secret, by the name of its credential.
        home: the folder that was asked for by flag or environment.
        state: folder of lock, ledger and logs.
        needed: what must be readable for the program to start.
        seconds: how long it may take at most.
        memory_mb: what all its processes may hold at most.
    """

    program: tuple[str, ...]
    at: time
    environment: Mapping[str, str]
    folders: Mapping[str, str]
    secret_files: Mapping[str, Path]
    home: Path | None
    state: Path
    needed: tuple[Path, ...]
    seconds: int
    memory_mb: int

    def own_environment(self) -> dict[str, str]:
        """All variables of a run that has the user's files and folders."""
        where = {f"{_PREFIX}HOME": str(self.home)} if self.home else dict(self.folders)
        files = {
            f"{_PREFIX}{section.upper()}__{field.upper()}_FILE": str(
                self.secret_files[f"{section}_{field}"]
            )
            for section, field in settings.SECRETS
            if f"{section}_{field}" in self.secret_files
        }
        return where | dict(self.environment) | files

    def local(self, day: date) -> time:
        """The minute by this machine's clock on a UTC day."""
        return datetime.combine(day, self.at, UTC).astimezone().time()


def next_after(at: time, now: datetime) -> datetime:
    """The next start at a minute of the UTC day, before it is spread."""
    today = datetime.combine(now.astimezone(UTC).date(), at, UTC)
    return today if today > now else today + timedelta(days=1)


def minute_of(host: str, home: Path) -> time:
    """A minute of the night that is this installation's own, and no round one.

    So many installations do not all ask the same hosts at once.
    """
    minutes = [minute for minute in range(_N_HOURS * 60) if minute % 5]
    digest = hashlib.sha256(f"{host}\n{home}".encode("utf-8", "surrogateescape")).digest()
    chosen = minutes[int.from_bytes(digest[:8], "big") % len(minutes)]
    return time(_FIRST_HOUR + chosen // 60, chosen % 60)


def environment_of(
    variables: Mapping[str, str], secrets: Collection[str]
) -> tuple[dict[str, str], dict[str, Path]]:
    """Settings that a schedule must repeat, and the files of secrets, with absolute paths.

    Args:
        variables: the environment of this process.
        secrets: texts that must not be written down.

    Raises:
        UsageError: a secret stands in the environment itself, or a value cannot be written down.
    """
    named = {
        f"{_PREFIX}{section.upper()}__{field.upper()}_FILE": f"{section}_{field}"
        for section, field in settings.SECRETS
    }
    kept, files = {}, {}
    for name, text in sorted(variables.items()):
        if not name.startswith(_PREFIX) or name in _BY_FLAG or not text:
            continue
        if any(secret in text for secret in secrets):
            raise UsageError(
                f"{name}: a schedule writes no secret down; put it into a file that only you can "
                f"read, and set {name}_FILE instead"
            )
        if name in named:
            files[named[name]] = Path(text).absolute()
        else:
            kept[name] = str(Path(text).absolute()) if name.endswith("_FILE") else text
    must_be_writable_down((*kept.items(), *((name, str(file)) for name, file in files.items())))
    return kept, files


def folders_of(variables: Mapping[str, str]) -> dict[str, str]:
    """The XDG folders that differ from the usual ones."""
    found = {
        name: variables[name] for name in _FOLDERS if Path(variables.get(name, "")).is_absolute()
    }
    must_be_writable_down(found.items())
    return found


def must_be_writable_down(texts: Iterable[tuple[str, str]]) -> None:
    """Refuse what a line of a unit or a crontab cannot hold.

    Raises:
        UsageError: a text has control characters or bytes that are no text.
    """
    for name, text in texts:
        if not text.isprintable():
            raise UsageError(f"{name}: {text!r} has characters that a schedule cannot hold")
