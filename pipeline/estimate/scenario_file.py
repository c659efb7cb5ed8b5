"""Scenario files: finding them, reading them, and following ``extends``."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from pipeline.errors import ScenarioError
from pipeline.estimate.scenario_merge import Layer

_DEEPEST = 16
"""Levels of tables and lists; a scenario needs 5, and a reader must not run out of stack."""
_AT = re.compile(r"^(.*) \(at line (\d+), column (\d+)\)$")


def nearest(word: str, choices: Iterable[str]) -> str:
    """``nearest: x`` for a misspelt word, or all choices where none is near."""
    choices = sorted(choices)
    close = difflib.get_close_matches(word, choices, n=1)
    return f"nearest: {close[0]}" if close else f"there are: {', '.join(choices) or 'none'}"


def is_file(path: Path) -> bool:
    """Whether there is such a file; there is none of a name that no file can have."""
    try:
        return path.is_file()
    except OSError:  # the name is too long
        return False


def find(name_or_path: str | Path, folders: Sequence[Path]) -> Path:
    """The file of a scenario.

    Raises:
        ScenarioError: there is none; the nearest name is given.
    """
    text = str(name_or_path)
    if isinstance(name_or_path, Path) or text.endswith(".toml") or "/" in text:
        return Path(name_or_path)
    for folder in folders:
        file = folder / f"{text}.toml"
        if is_file(file):
            return file
    known = {file.stem for folder in folders for file in folder.glob("*.toml") if is_file(file)}
    raise ScenarioError(f"no scenario {text!r}; {nearest(text, known)}")


def chain(file: Path, folders: Sequence[Path]) -> list[Layer]:
    """A file and what it extends, nearest first.

    ``extends`` names a file beside the extending one or in one of the folders; a file may
    extend another one of its own name, as a user's base.toml does with the shipped one.

    Raises:
        ScenarioError: a file is missing, is not TOML, or extends itself along some way.
    """
    layers: list[Layer] = []
    seen: list[Path] = []
    while True:
        layer = parse(file)
        seen.append(file.resolve())
        layers.append(layer)
        if "extends" not in layer.data:
            return layers
        file = _base(layer, layer.data.pop("extends"), seen, folders)


def parse(file: Path) -> Layer:
    """Read one file.

    Raises:
        ScenarioError: it cannot be read, or is not TOML of the ordinary kind.
    """
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except (OSError, ValueError) as error:
        raise ScenarioError(f"{file}: {_unread(error)}") from error
    try:
        data = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        match = _AT.match(str(error))
        if match is None:
            raise ScenarioError(f"{file}: not valid TOML: {error}") from error
        reason, line, column = match.groups()
        message = f"{file}:{line}: not valid TOML: {reason} (column {column})"
        raise ScenarioError(message) from error
    odd = oddity(data)
    if odd is not None:
        raise ScenarioError(f"{file}: {odd}")
    return Layer(str(file), file.parent, data, text)


def oddity(data: dict[str, Any]) -> str | None:
    """What keeps parsed TOML from being looked at without care, if anything."""
    level: list[dict[str, Any] | list[Any]] = [data]
    for _ in range(_DEEPEST):
        inner: list[dict[str, Any] | list[Any]] = []
        for table in level:
            for value in table.values() if isinstance(table, dict) else table:
                if isinstance(value, dict | list):
                    inner.append(value)
                elif isinstance(value, int) and not -(2**63) <= value < 2**63:
                    return "holds a whole number of more than 64 bits"
        if not inner:
            return None
        level = inner
    return f"is nested deeper than {_DEEPEST} levels"


def _base(layer: Layer, base: Any, seen: Sequence[Path], folders: Sequence[Path]) -> Path:
    """The file that a layer extends."""
    if not isinstance(base, str) or not base.endswith(".toml"):
        raise _wrong(layer, f"needs the name of a .toml file, has {base!r}")
    places = (layer.folder, *folders)
    there = [folder / base for folder in places if is_file(folder / base)]
    if not there:
        known = {other.name for folder in places for other in folder.glob("*.toml")}
        raise _wrong(layer, f"no file {base!r}; {nearest(base, known)}")
    found = next((path for path in there if path.resolve() not in seen), None)
    if found is None:
        circle = " -> ".join([*(path.name for path in seen), base])
        raise _wrong(layer, f"extends itself: {circle}")
    return found


def _wrong(layer: Layer, reason: str) -> ScenarioError:
    return ScenarioError(f"{layer.label}:{layer.lines()['extends',]}: extends: {reason}")


def _unread(error: OSError | ValueError) -> str:
    if isinstance(error, UnicodeDecodeError):
        return f"is not UTF-8 text: byte {error.start}"
    return f"cannot be read: {error.strerror if isinstance(error, OSError) else error}"
