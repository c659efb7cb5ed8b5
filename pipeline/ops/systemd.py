"""Systemd: a service and its timer, as text and in the folder that the manager reads.

Quoting follows systemd.syntax(7) and systemd.service(5).
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import time
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

from pipeline import errors, resources
from pipeline.credential import credential_name
from pipeline.errors import StorageError, UsageError
from pipeline.files import write_whole
from pipeline.ops.schedule import DELAY_MINUTES, RUN

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pipeline.ops.schedule import Duty

SERVICE, TIMER = "capbrief.service", "capbrief.timer"
SYSTEM_FOLDER = Path("/etc/systemd/system")

_TEMPLATES = resources.TEMPLATES / "systemd"
_MARK = "# Written by 'capbrief schedule systemd'; changes belong into 'systemctl edit'. "
_SHELL = ("/bin/sh", "-c", 'exec "$0" "$@"')
_BARE = re.compile(r"[A-Za-z0-9_./,=@+-]+")
# Folders of which a system service sees only what it is shown.
_EMPTIED = tuple(map(Path, ("/home", "/root", "/run/user", "/tmp", "/var/tmp")))


@dataclass(frozen=True)
class Manager:
    """Whose service manager has the units: the system's, or that of one user.

    Attributes:
        is_system: the system's own.
        run_as: account of the run; the system's manager makes one up without it.
        ok_codes: exit codes that count as success beside 0.
    """

    is_system: bool
    run_as: str | None = None
    ok_codes: tuple[int, ...] = ()

    @property
    def systemctl(self) -> str:
        """The command that speaks to it."""
        return "systemctl" if self.is_system else "systemctl --user"

    def folder(self, config_home: Path) -> Path:
        """Where it reads units of the administrator or of the user."""
        return SYSTEM_FOLDER if self.is_system else config_home / "systemd" / "user"

    def after_install(self) -> list[str]:
        """Commands that are left to do."""
        found = [f"{self.systemctl} daemon-reload && {self.systemctl} enable --now {TIMER}"]
        if not self.is_system:
            found.append(
                "loginctl enable-linger    # so that it also runs while nobody is logged in"
            )
        log = "journalctl -u" if self.is_system else "journalctl --user -u"
        found.append(f"{self.systemctl} start {SERVICE}; {log} capbrief    # try it now")
        return found

    def after_remove(self) -> list[str]:
        """Commands that are left to do."""
        return [f"{self.systemctl} stop {TIMER}; {self.systemctl} daemon-reload"]


def units(duty: Duty, manager: Manager) -> dict[str, str]:
    """The text of both units by their names.

    Raises:
        UsageError: the account could not read or write what the run needs, or a path cannot be
            written down.
    """
    service = Template(_text("capbrief.service")).substitute(
        network=_network() if manager.is_system else "",
        command=_command(duty.program),
        success=f"SuccessExitStatus={_codes(manager.ok_codes)}" if manager.ok_codes else "",
        final=_codes(_final()),
        seconds=duty.seconds,
        memory_mb=duty.memory_mb,
        where="\n".join(_where(duty, manager)),
        environment="\n".join(_environment(duty, manager)),
        credentials="\n".join(_credentials(duty)) if manager.is_system else "",
        sandbox=_sandbox(duty) if manager.is_system else "",
    )
    timer = Template(_text("capbrief.timer")).substitute(
        at=f"{duty.at:%H:%M}", delay_minutes=DELAY_MINUTES
    )
    return {SERVICE: _signed(service), TIMER: _signed(timer)}


def _text(name: str) -> str:
    return (_TEMPLATES / name).read_text(encoding="utf-8")


def _network() -> str:
    return "Wants=network-online.target\nAfter=network-online.target"


def _codes(codes: Iterable[int]) -> str:
    return " ".join(str(code) for code in sorted(codes))


def _final() -> set[int]:
    """Exit codes after which trying again is no use."""
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    codes = {kind.exit_code for kind in kinds if issubclass(kind, errors.CapbriefError)}
    return codes - {errors.UnavailableError.exit_code}


def _command(program: tuple[str, ...]) -> str:
    # The path of what is started may hold no quotes and backslashes, and its dollars are taken
    # in two ways: such a program is started by a shell.
    through: tuple[str, ...] = _SHELL if set(program[0]) & set("\\\"'$") else ()
    first, *rest = (*through, *program)
    return " ".join([word(first), *(word(part.replace("$", "$$")) for part in (*rest, *RUN))])


def word(text: str) -> str:
    """One word of a setting: specifiers doubled, and quoted where that is needed."""
    if _BARE.fullmatch(text):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{escaped}"'


def _where(duty: Duty, manager: Manager) -> Iterator[str]:
    """The account and the folders that it may write to."""
    if manager.is_system:
        yield f"User={manager.run_as}" if manager.run_as else "DynamicUser=yes"
        yield "CacheDirectory=capbrief"
        if duty.home is None:
            yield "StateDirectory=capbrief"
            yield "StateDirectoryMode=0700"
        elif manager.run_as:
            yield f"ReadWritePaths={word(str(duty.home))}"
        else:
            raise UsageError(
                f"--home {duty.home}: a system service has an account of its own, which may not "
                "write there; give --run-as USER, or leave --home away for /var/lib/capbrief"
            )


def _environment(duty: Duty, manager: Manager) -> Iterator[str]:
    if manager.is_system:
        home = word(f"CAPBRIEF_HOME={duty.home}") if duty.home else "CAPBRIEF_HOME=%S/capbrief"
        yield f"Environment={home}"
        yield "Environment=XDG_CACHE_HOME=%C/capbrief"
        given = dict(duty.environment)
    else:
        given = duty.own_environment()
    for name, text in given.items():
        yield f"Environment={word(f'{name}={text}')}"


def _credentials(duty: Duty) -> Iterator[str]:
    for key, file in duty.secret_files.items():
        # The path is all that follows the colon: it has specifiers, and no quotes.
        if set(str(file)) & set("\\\"'"):
            raise UsageError(f"{file}: a unit cannot name this file; choose a path without quotes")
        yield f"LoadCredential={credential_name(key)}:{str(file).replace('%', '%%')}"
    if not duty.secret_files:
        yield "# A key, where your plan has one; the file needs to be readable by root alone."
        yield "#LoadCredential=coingecko_key:/etc/capbrief/coingecko_key"
        yield "#Environment=CAPBRIEF_COINGECKO__PLAN=demo"


def _sandbox(duty: Duty) -> str:
    needed = duty.needed if duty.home is None else (*duty.needed, duty.home)
    behind = [path for path in dict.fromkeys(needed) if _is_below(path, _EMPTIED)]
    shown = [
        f"{'BindPaths' if path == duty.home else 'BindReadOnlyPaths'}={word(str(path))}"
        for path in behind
        # What is shown of a folder is all of it.
        if path == duty.home or not _is_below(path, set(behind) - {path})
    ]
    return Template(_text("system.conf")).substitute(shown="\n".join(shown))


def _is_below(path: Path, folders: Iterable[Path]) -> bool:
    return any(path.is_relative_to(folder) for folder in folders)


def _signed(text: str) -> str:
    """The text without gaps of empty lines, below a line that tells whether it was changed."""
    body = re.sub(r"\n{3,}", "\n\n", text.strip()) + "\n"
    return f"{_MARK}{_digest(body)}\n{body}"


def _digest(body: str) -> str:
    return hashlib.sha256(body.encode("utf-8")).hexdigest()[:16]


def is_ours(path: Path) -> bool:
    """Whether a unit is as it was written here.

    Raises:
        StorageError: it cannot be read.
    """
    try:
        first, _, body = path.read_bytes().decode("utf-8", "replace").partition("\n")
    except OSError as error:
        raise StorageError(f"{path}: cannot be read ({error.strerror})") from error
    return first == f"{_MARK}{_digest(body)}"


def starts_at(folder: Path) -> time | None:
    """The minute of the UTC day that an installed timer names; null where there is none."""
    timer = folder / TIMER
    if not timer.is_file():
        return None
    found = re.search(r"^OnCalendar=\*-\*-\* (\d\d:\d\d):00 UTC$", timer.read_text("utf-8"), re.M)
    return time.fromisoformat(found[1]) if found else None


def install(folder: Path, texts: dict[str, str], *, force: bool = False) -> list[Path]:
    """Write units; both or, where one is another's, none.

    Raises:
        UsageError: a unit of that name is not as it was written here, and not ``force``.
        StorageError: the folder cannot be written.
    """
    paths = {folder / name: text for name, text in texts.items()}
    _must_be_ours(list(paths), force=force)
    for path, text in paths.items():
        try:
            write_whole(path, text.encode("utf-8"), mode=0o644)
        except OSError as error:
            raise _unwritable(path, error) from error
    return list(paths)


def remove(folder: Path, *, force: bool = False) -> list[Path]:
    """Take both units away, and the link that enabled the timer.

    Raises:
        UsageError: a unit is not as it was written here, and not ``force``.
        StorageError: they cannot be removed.
    """
    paths = [
        folder / name
        for name in (SERVICE, TIMER)
        if (folder / name).is_symlink() or (folder / name).exists()
    ]
    _must_be_ours(paths, force=force)
    link = folder / "timers.target.wants" / TIMER
    for path in (*paths, *((link,) if paths and link.is_symlink() else ())):
        try:
            path.unlink()
        except OSError as error:
            raise _unwritable(path, error) from error
    return paths


def _must_be_ours(paths: list[Path], *, force: bool) -> None:
    for path in paths:
        if path.is_symlink() or path.is_dir():
            raise UsageError(f"{path}: is no file of its own, like a masked unit; remove it first")
        if path.exists() and not force and not is_ours(path):
            raise UsageError(
                f"{path}: was written or changed by somebody else; move it away, or give --force"
            )


def _unwritable(path: Path, error: OSError) -> StorageError:
    return StorageError(
        f"{path}: cannot be written ({error.strerror}); run it as root, or with --user, or give "
        "another folder with --to"
    )
