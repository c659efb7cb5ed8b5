"""Schedule: the daily run as a scheduler is to start it, whichever scheduler that is."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline import layers
from pipeline.errors import UsageError
from pipeline.layers import PREFIX

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

LOCK_WAIT_SECONDS = 600
"""How long a run waits for another one that overran, before it gives up with 5."""

RUN = ("run", "--lock-wait", str(LOCK_WAIT_SECONDS))
"""Arguments of the daily run."""

DELAY_MINUTES = 15
"""A scheduler that can spreads starts over so long."""

_FIRST_HOUR, _N_HOURS = 1, 4
# Said by flags, whose values are in the settings.
_BY_FLAG = frozenset({f"{PREFIX}HOME", f"{PREFIX}OVERLAY", f"{PREFIX}CONFIG"})
_FOLDERS = ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME")


@dataclass(frozen=True)
class Duty:
    """The daily run: what is started, when, with which settings, within which bounds.

    Attributes:
        program: the command with absolute paths, without its arguments.
        at: minute of the UTC day.
        environment: settings other than folders and secrets.
        folders: XDG variables that hold where no home is given.
        secret_files: the file of each secret, by its key.
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
        where = {f"{PREFIX}HOME": str(self.home)} if self.home else dict(self.folders)
        files = {
            f"{layers.variable(key)}_FILE": str(file) for key, file in self.secret_files.items()
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
    variables: Mapping[str, str], secrets: Collection[str], secret_files: Collection[str]
) -> dict[str, str]:
    """Settings of the environment that a schedule must repeat, paths of files absolute.

    Args:
        variables: the environment of this process.
        secrets: texts that must not be written down.
        secret_files: keys of the secrets whose files are handed to the run in another way.

    Raises:
        UsageError: a secret stands in the environment itself, or a value cannot be written down.
    """
    kept = {}
    elsewhere = {f"{layers.variable(key)}_FILE" for key in secret_files}
    for name, text in sorted(variables.items()):
        if not name.startswith(PREFIX) or name in _BY_FLAG | elsewhere or not text:
            continue
        if any(secret in text for secret in secrets):
            raise UsageError(
                f"{name}: a schedule writes no secret down; put it into a file that only you can "
                f"read, and set {name}_FILE instead"
            )
        kept[name] = str(Path(text).absolute()) if name.endswith("_FILE") else text
    must_be_writable_down(kept.items())
    return kept


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
