"""Layers: what the environment and settings files say, each value with the place it stands in.

A key is ``section.field``, or a field alone for what belongs to no section. In the environment
``http.tries`` is ``CAPBRIEF_HTTP__TRIES``; in a file it is ``tries`` below ``[http]``.
"""

from __future__ import annotations

import re
import stat
import tomllib
from dataclasses import dataclass, fields
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final

from pipeline import settings
from pipeline.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

PREFIX: Final = "CAPBRIEF_"
SECTIONS: Final[Mapping[str, type]] = {
    "": settings.General,
    "run": settings.Run,
    "log": settings.Logging,
    "http": settings.Http,
    "coingecko": settings.CoinGecko,
    **dict.fromkeys(settings.WEB, settings.Web),
    "freshness": settings.Freshness,
    "sql": settings.Sql,
    "report": settings.Report,
    "mail": settings.Mail,
    "monitor": settings.Monitor,
}
"""Sections by name; those of ``[deliver.<name>]`` come on top, by the names that are given."""
_CHANNEL = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_LARGEST_BYTES = 1024 * 1024


@dataclass(frozen=True)
class Given:
    """A value as somebody wrote it: text in the environment, a value of TOML in a file.

    ``origin`` names the place. ``file`` is the file it stands in, null for the environment.
    """

    value: Any
    origin: str
    file: Path | None = None


@dataclass(frozen=True)
class Setting:
    """One field that can be set: its key, its kind (a type by its name) and what it is for."""

    key: str
    kind: str
    default: Any
    about: str
    choices: tuple[str, ...]
    example: Any = None

    @property
    def variable(self) -> str:
        """Its name in the environment."""
        return variable(self.key)

    @property
    def is_secret(self) -> bool:
        """Whether it is read from a credential."""
        return self.kind.startswith("Secret")


@dataclass(frozen=True)
class Value:
    """A setting as it counts: its value, and where it was said ("default" where nowhere).

    ``file`` is the one that a secret was read from, if it was.
    """

    setting: Setting
    value: Any
    origin: str
    file: Path | None = None


def variable(key: str) -> str:
    """The name of a setting in the environment."""
    return PREFIX + key.upper().replace(".", "__")


def section(name: str, kind: type) -> Iterator[Setting]:
    """The fields of a section."""
    for one in fields(kind):
        yield Setting(
            f"{name}.{one.name}" if name else one.name,
            str(one.type),
            one.default,
            one.metadata["about"],
            one.metadata["choices"],
            one.metadata["example"],
        )


def known(channels: frozenset[str] = frozenset()) -> dict[str, Setting]:
    """All that can be set, by key, with the sections of these channels."""
    sections = {**SECTIONS, **{f"deliver.{name}": settings.Channel for name in sorted(channels)}}
    return {one.key: one for name, kind in sections.items() for one in section(name, kind)}


def keys(one: Setting) -> tuple[str, ...]:
    """The keys by which a field is given; a secret in a file, or by a command, has its own."""
    return (one.key, f"{one.key}_file", f"{one.key}_command") if one.is_secret else (one.key,)


def channels(layers: tuple[Mapping[str, Given], ...]) -> frozenset[str]:
    """The names of channels that any layer speaks of."""
    found = (key.split(".") for layer in layers for key in layer)
    return frozenset(parts[1] for parts in found if parts[0] == "deliver" and len(parts) > 2)


def environment(variables: Mapping[str, str], findings: list[str]) -> dict[str, Given]:
    """What the environment says; an empty variable counts as unset.

    ``findings`` takes what is wrong.
    """
    layer = {}
    for name in sorted(variables):
        if not name.startswith(PREFIX) or name == f"{PREFIX}CONFIG":
            continue
        key = name.removeprefix(PREFIX).lower().replace("__", ".")
        if name != name.upper() or not _is_known(key):
            hint = _near(key, variable)
            findings.append(f"{name}: no such setting; {hint}")
        elif variables[name]:
            layer[key] = Given(variables[name], name)
    return layer


def file(path: Path, findings: list[str], *, is_named: bool = False) -> dict[str, Given]:
    """What a settings file says; nothing where it cannot be read.

    Args:
        path: the file.
        findings: takes what is wrong in it.
        is_named: the user named it, so that it may be a pipe, too, as of a shell's ``<(…)``.
    """
    try:
        text = _content(path, is_named=is_named)
        values = tomllib.loads(text)
    except UsageError as error:
        findings.append(str(error))
        return {}
    except (OSError, ValueError) as error:
        findings.append(f"{path}: {_why_unread(error)}")
        return {}
    except RecursionError:
        findings.append(f"{path}: is not TOML: nested too deep")
        return {}
    lines = _lines(text)
    layer = {}
    for key, value in _flat(values):
        place = f"{path}:{lines[key]}" if key in lines else str(path)
        if not _is_known(key):
            findings.append(f"{place}: {key}: no such setting; {_near(key, str)}")
        else:
            layer[key] = Given(value, place, path)
    return layer


def _content(path: Path, *, is_named: bool) -> str:
    """The text of a file, without a byte order mark.

    Raises:
        UsageError: it is none, or too large to be one of settings.
        OSError, ValueError: it cannot be read, or is not UTF-8.
    """
    mode = path.stat().st_mode
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode) and not is_named:
        raise UsageError(f"{path}: is no file; remove it, or put a file of settings there")
    with path.open("rb") as stream:
        content = stream.read(_LARGEST_BYTES + 1)
    if len(content) > _LARGEST_BYTES:
        raise UsageError(f"{path}: is over {_LARGEST_BYTES} bytes, no file of settings")
    return content.decode("utf-8-sig")


def _why_unread(error: OSError | ValueError) -> str:
    if isinstance(error, OSError):
        return f"cannot be read ({error.strerror})"
    if isinstance(error, UnicodeDecodeError):
        return f"is not UTF-8 text ({error.reason}); save it as UTF-8"
    return f"is not TOML: {error}"


def _flat(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        # A name with a dot in it, in quotes, is no way to a section.
        key = f"{prefix}{name}" if "." not in name else f'{prefix}"{name}"'
        is_section = key in SECTIONS or key == "deliver" or prefix == "deliver."
        if isinstance(value, dict) and is_section and key != "":
            yield from _flat(value, f"{key}.")
        else:
            yield key, value


def _is_known(key: str) -> bool:
    return key in {name for one in known(_channel_of(key)).values() for name in keys(one)}


def _channel_of(key: str) -> frozenset[str]:
    parts = key.split(".")
    is_channel = parts[0] == "deliver" and len(parts) == 3 and _CHANNEL.fullmatch(parts[1])
    return frozenset([parts[1]]) if is_channel else frozenset()


def _near(key: str, shown: Any) -> str:
    parts = key.split(".")
    if parts[0] == "deliver" and len(parts) < 3:
        return "a channel is a section of its own, [deliver.<name>]"
    if parts[0] == "deliver" and not _CHANNEL.fullmatch(parts[1]):
        return "the name of a channel has small letters, digits and single underscores"
    offered = [name for one in known(_channel_of(key)).values() for name in keys(one)]
    near = get_close_matches(key, offered, n=1)
    return f"did you mean {shown(near[0])}?" if near else "remove it"


_HEADER = re.compile(r"\s*\[\s*([\w.-]+)\s*\]")
_LINE = re.compile(r"\s*([\w.-]+)\s*=")


def _lines(text: str) -> dict[str, int]:
    """The line of every key, for files that write one a line."""
    found: dict[str, int] = {}
    prefix = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            prefix = f"{header[1]}."
            found.setdefault(header[1], number)
        elif key := _LINE.match(line):
            found.setdefault(prefix + key[1], number)
    return found
