"""Configuration: the settings of one installation, and where each of them was said.

Order of authority: flag, environment (``CAPBRIEF_…``), the file of ``--config`` or else
``capbrief.toml`` in the current folder, the user's file, the system's file, default. With a home
given everything lies under it, the user's file too; without one, the folder of the service
manager or the XDG base directories are used. A secret is read from a credential
(``pipeline.credential``), never from a flag or a settings file.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pipeline import agreement, credential, layers, written
from pipeline.errors import UsageError
from pipeline.layers import PREFIX, SECTIONS, Given, Setting, Value
from pipeline.secret import UNREAD, Secret
from pipeline.settings import WEB, Channel, Settings, Web

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

PROJECT_FILE: Final = "capbrief.toml"
SYSTEM_FILE: Final = Path("/etc/capbrief/config.toml")


@dataclass(frozen=True)
class Looked:
    """A settings file that was looked for: of whom, where, and whether it is there."""

    whose: str
    path: Path
    is_there: bool


@dataclass(frozen=True)
class Configuration:
    """Settings, the values that they are made of, and the files that were looked for."""

    settings: Settings
    values: tuple[Value, ...]
    files: tuple[Looked, ...]


def resolve(home: Path | None, environment: Mapping[str, str], user_home: Path) -> Settings:
    """The settings that ``read`` finds without a project's and the system's file."""
    return read(home, environment, user_home).settings


def bare(home: Path | None, environment: Mapping[str, str], user_home: Path) -> Settings:
    """The settings without any file and any other setting: the folders, and defaults.

    For who must look at an installation whose settings are broken.

    Raises:
        UsageError: the home is none that the system or DuckDB can take.
    """
    given = home or environment.get(f"{PREFIX}HOME") or None
    values = tuple(
        Value(one, str(given) if one.key == "home" and given else one.default, "--home")
        for one in layers.known().values()
    )
    return _settings(values, environment, user_home)[1]


def read(
    home: Path | None,
    environment: Mapping[str, str],
    user_home: Path,
    *,
    file: Path | None = None,
    folder: Path | None = None,
    system_file: Path | None = None,
    overlay: Path | None = None,
    commands: bool = True,
) -> Configuration:
    """Everything that is set.

    An empty variable counts as unset, and relative XDG folders are ignored, as the XDG base
    directory specification (0.8) asks.

    Args:
        home: of the flag.
        environment: variables.
        user_home: the user's folder.
        file: of the flag ``--config``; ``CAPBRIEF_CONFIG`` without.
        folder: where a project's file is looked for; nowhere without.
        system_file: of the whole machine.
        overlay: of the flag.
        commands: start the commands that print secrets; without, ``UNREAD`` stands for them.

    Raises:
        UsageError: one line per finding: an unknown name, a value of the wrong kind, a file or a
            credential that cannot be read, or a home that the system or DuckDB cannot take.
    """
    findings: list[str] = []
    files, said = _files(
        home, environment, user_home, findings, file=file, folder=folder, system_file=system_file
    )
    flags = {
        key: Given(str(path), f"--{key}")
        for key, path in (("home", home), ("overlay", overlay))
        if path is not None
    }
    reader = _Reader((flags, *said), environment, user_home, findings, commands=commands)
    values = reader.values()
    findings.extend(agreement.flaws({one.setting.key: one for one in values}))
    if findings:
        raise UsageError("\n".join(dict.fromkeys(findings)))
    values, found = _settings(values, environment, user_home)
    return Configuration(found, values, files)


# --- Files ------------------------------------------------------------------------------------


def looked_for(
    home: Path | None,
    environment: Mapping[str, str],
    user_home: Path,
    *,
    file: Path | None = None,
    folder: Path | None = None,
    system_file: Path | None = None,
) -> tuple[Looked, ...]:
    """The files that ``read`` looks for, the first that counts first, whatever is in them."""
    found, _ = _files(
        home, environment, user_home, [], file=file, folder=folder, system_file=system_file
    )
    return found


def _files(
    home: Path | None,
    environment: Mapping[str, str],
    user_home: Path,
    findings: list[str],
    *,
    file: Path | None,
    folder: Path | None,
    system_file: Path | None,
) -> tuple[tuple[Looked, ...], list[dict[str, Given]]]:
    """The files, and what the environment and those that are there say."""
    said = [layers.environment(environment, findings)]
    project = _project(file, environment, folder)
    said.extend(_said_in(project, findings))
    given = home or _given_home(said, environment, user_home)
    user = _looked("user", _user(given, environment, user_home))
    system = [] if system_file is None else [_looked("system", system_file)]
    for one in (user, *system):
        said.extend(_said_in([one], findings))
    return (*project, user, *system), said


def _said_in(files: Sequence[Looked], findings: list[str]) -> Iterator[dict[str, Given]]:
    for one in files:
        if not one.is_there:
            continue
        # A file in the current folder may be anybody's; one that is named was meant.
        if one.whose == "project" and credential.is_planted(one.path):
            findings.append(
                f"{one.path}: another user can have written it, so it is not read; make it yours "
                f"alone (chown, chmod o-w), or name it with --config"
            )
            continue
        yield layers.file(one.path, findings, is_named=one.whose == "--config")


def _looked(whose: str, path: Path) -> Looked:
    return Looked(whose, path, credential.is_there(path))


def _project(
    file: Path | None, environment: Mapping[str, str], folder: Path | None
) -> list[Looked]:
    named = file or (Path(text) if (text := environment.get(f"{PREFIX}CONFIG")) else None)
    if named is not None:
        return [Looked("--config", named.absolute(), True)]
    return [] if folder is None else [_looked("project", folder / PROJECT_FILE)]


def _given_home(
    above: list[dict[str, Given]], environment: Mapping[str, str], user_home: Path
) -> Path | None:
    """The home as far as it decides which file is the user's."""
    for layer in above:
        one = layer.get("home")
        if one is not None and isinstance(one.value, str):
            return Path(written.path(one, one.value, user_home))
    folder = environment.get("STATE_DIRECTORY", "").partition(":")[0]
    return Path(folder) if folder else None


def _user(home: Path | None, environment: Mapping[str, str], user_home: Path) -> Path:
    if home is not None:
        return home / "config.toml"
    base = _absolute(environment.get("XDG_CONFIG_HOME")) or user_home / ".config"
    return base / "capbrief" / "config.toml"


# --- Values -----------------------------------------------------------------------------------


class _Reader:
    """Takes the value of each setting from the first layer that has one."""

    def __init__(
        self,
        said: tuple[Mapping[str, Given], ...],
        environment: Mapping[str, str],
        user_home: Path,
        findings: list[str],
        *,
        commands: bool,
    ) -> None:
        self._said, self._environment, self._user_home = said, environment, user_home
        self._findings, self._commands = findings, commands
        self._is_lenient = False

    def values(self) -> tuple[Value, ...]:
        known = layers.known(layers.channels(self._said))
        # Decides how the others are read.
        lenient = self._value(known["allow_insecure_permissions"])
        self._is_lenient = bool(lenient.value)
        return tuple(self._value(one) for one in known.values())

    def _value(self, one: Setting) -> Value:
        try:
            return self._credential(one) if one.is_secret else self._plain(one)
        except UsageError as error:
            self._findings.append(str(error))
            return Value(one, one.default, agreement.REFUSED)

    def _first(self, key: str) -> Given | None:
        return next((layer[key] for layer in self._said if key in layer), None)

    def _plain(self, one: Setting) -> Value:
        given = self._first(one.key)
        if given is None:
            return Value(one, one.default, "default")
        named = f"{given.origin}: {one.key}" if given.file else given.origin
        try:
            return Value(one, written.taken(one, given, self._user_home), given.origin)
        except ValueError as error:
            raise UsageError(f"{named}: {error}") from error

    def _credential(self, one: Setting) -> Value:
        for layer in self._said:
            # Also where another one counts: it is there for others to see.
            if (given := layer.get(one.key)) is not None and given.file:
                raise UsageError(
                    f"{given.origin}: {one.key}: a secret does not stand in a settings file; name "
                    f"its file with {one.key}_file, or a command with {one.key}_command"
                )
        folder = self._environment.get("CREDENTIALS_DIRECTORY")
        name = credential.credential_name(one.key)
        if folder and credential.is_there(Path(folder) / name):
            path = Path(folder) / name
            found = credential.from_file(path, is_guarded=True)
            return Value(one, found, f"credential {name}", path)
        if (given := self._first(f"{one.key}_file")) is not None:
            path = Path(written.path(given, _must_be_text(given, one), self._user_home))
            found = credential.from_file(path, is_guarded=self._is_lenient)
            return Value(one, found, f"file {path} ({given.origin})", path)
        if (given := self._first(f"{one.key}_command")) is not None:
            return Value(one, self._printed(one, given), f"command of {given.origin}")
        if (given := self._first(one.key)) is None:
            return Value(one, None, "default")
        return Value(one, credential.from_text(str(given.value), given.origin), given.origin)

    def _printed(self, one: Setting, given: Given) -> Secret:
        where = f"{given.origin}: {one.key}_command" if given.file else given.origin
        try:
            words = shlex.split(given.value) if isinstance(given.value, str) else given.value
        except ValueError as error:
            raise UsageError(f"{where}: is no command ({error})") from error
        if not isinstance(words, list) or not words or not all(isinstance(w, str) for w in words):
            raise UsageError(f"{where}: is no command; write a list of words in quotes")
        if given.file and not credential.may_command(given.file):
            raise UsageError(
                f"{where}: others than you can write {given.file}, so its commands are not "
                "started; run chmod go-w on it, or make it yours"
            )
        return (
            credential.from_command(words, where, self._environment) if self._commands else UNREAD
        )


def _must_be_text(given: Given, one: Setting) -> str:
    if not isinstance(given.value, str):
        raise UsageError(f"{given.origin}: {one.key}_file: must be a text in quotes")
    return given.value


# --- Settings ---------------------------------------------------------------------------------


def _settings(
    values: tuple[Value, ...], environment: Mapping[str, str], user_home: Path
) -> tuple[tuple[Value, ...], Settings]:
    """The settings out of their values, and the values with the home that counts."""
    by_key = {one.setting.key: one for one in values}

    def made(name: str, kind: type) -> Any:
        return kind(
            **{one.key.rpartition(".")[2]: by_key[one.key].value
               for one in layers.section(name, kind)}
        )  # fmt: skip

    general = made("", SECTIONS[""])
    home, origin = general.home, by_key["home"].origin
    if home is None and (folder := environment.get("STATE_DIRECTORY", "").partition(":")[0]):
        home, origin = folder, "STATE_DIRECTORY"
        values = tuple(
            replace(one, value=home, origin=origin) if one.setting.key == "home" else one
            for one in values
        )
    if home is not None:
        data = _usable(type(user_home)(home), origin)
        state = data / "state"
    else:
        data = (
            _absolute(environment.get("XDG_DATA_HOME")) or user_home / ".local/share"
        ) / "capbrief"
        base = _absolute(environment.get("XDG_STATE_HOME")) or user_home / ".local/state"
        state = base / "capbrief"
    names = (key.split(".")[1] for key in by_key if key.startswith("deliver."))
    return values, Settings(
        data=data,
        state=state,
        memory_limit=general.memory_limit,
        threads=general.threads,
        overlay=Path(general.overlay) if general.overlay else None,
        web=_web(general.sources, {name: made(name, Web) for name in WEB}),
        deliver={name: made(f"deliver.{name}", Channel) for name in dict.fromkeys(names)},
        **{name: made(name, kind) for name, kind in SECTIONS.items() if name and name not in WEB},
    )


def _web(sources: tuple[str, ...] | None, found: dict[str, Web]) -> dict[str, Web]:
    """Each source with its switch, as the list of those that are asked has it."""
    if sources is None:
        return found
    return {
        name: one if one.enabled is not None else replace(one, enabled=name in sources)
        for name, one in found.items()
    }


def _usable(home: Path, origin: str) -> Path:
    text = str(home)
    if "?" in text or "\0" in text or not text.isprintable():
        # DuckDB reads what follows a question mark as options of the file.
        raise UsageError(f"{origin} {text!r}: choose a folder without '?' and control characters")
    try:
        return home.expanduser().absolute()
    except (RuntimeError, OSError) as error:
        raise UsageError(f"{origin} {text}: {error}") from error


def _absolute(value: str | None) -> Path | None:
    path = Path(value) if value else None
    return path if path is not None and path.is_absolute() else None
