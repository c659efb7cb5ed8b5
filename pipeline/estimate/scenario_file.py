"""Scenario files as data: finding, reading, merging along ``extends``, writing canonically."""

from __future__ import annotations

import difflib
import json
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from pipeline.errors import ScenarioError
from pipeline.estimate import positions

INPUT_KEYS = ("dist", "unit", "source", "grade", "note")
"""Keys of an input that are not parameters of its distribution."""

_OWN = (("scenario", "id"), ("scenario", "title"), ("checks",))
"""What a file says of itself alone, and does not hand down."""
_AT = re.compile(r"^(.*) \(at line (\d+), column (\d+)\)$")


@dataclass
class Merged:
    """The data of a file and of all that it extends, and where each key was written last."""

    data: dict[str, Any] = field(default_factory=dict)
    places: dict[positions.Path, tuple[Path, int]] = field(default_factory=dict)


def nearest(word: str, choices: Iterable[str]) -> str:
    """``nearest: x`` for a misspelt word, or all choices where none is near."""
    choices = sorted(choices)
    close = difflib.get_close_matches(word, choices, n=1)
    return f"nearest: {close[0]}" if close else f"there are: {', '.join(choices) or 'none'}"


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
        if file.is_file():
            return file
    known = {file.stem for folder in folders for file in folder.glob("*.toml")}
    raise ScenarioError(f"no scenario {text!r}; {nearest(text, known)}")


def read(file: Path, folders: Sequence[Path]) -> Merged:
    """A file merged over what it extends, deepest first.

    ``extends`` names a file beside the extending one or in one of the folders; a file may
    extend another one of its own name, as a user's base.toml does with the shipped one.

    Raises:
        ScenarioError: a file is missing, is not TOML, or extends itself along some way.
    """
    chain: list[tuple[Path, dict[str, Any], dict[positions.Path, int]]] = []
    seen: list[Path] = []
    while True:
        data, lines = _parse(file)
        seen.append(file.resolve())
        base = data.pop("extends", None)
        chain.append((file, data, lines))
        if base is None:
            break
        where = f"{file}:{lines[('extends',)]}: extends"
        if not isinstance(base, str) or not base.endswith(".toml"):
            raise ScenarioError(f"{where}: needs the name of a .toml file, has {base!r}")
        places = (file.parent, *folders)
        there = [folder / base for folder in places if (folder / base).is_file()]
        if not there:
            known = {other.name for folder in places for other in folder.glob("*.toml")}
            raise ScenarioError(f"{where}: no file {base!r}; {nearest(base, known)}")
        found = next((path for path in there if path.resolve() not in seen), None)
        if found is None:
            circle = " -> ".join([*(path.name for path in seen), base])
            raise ScenarioError(f"{where}: extends itself: {circle}")
        file = found
    merged = Merged()
    for file, data, lines in reversed(chain):
        for path in _OWN:
            _drop(merged, path)
        merged.places.pop(("scenario",), None)  # what is missing in it is missing in this file
        _overlay(merged, data, file, lines)
    return merged


def canonical(data: Mapping[str, Any]) -> str:
    """Merged data as TOML in one fixed form: equal assumptions give equal text.

    Numbers of inputs, sources and checks are written as floats, so that 4 and 4.0 are the
    same; tables keep a fixed order and keys are sorted.
    """
    parts = [_table(f"[{name}]", data[name]) for name in ("scenario", "run")]
    for group in ("sources", "inputs"):
        for name in sorted(data[group]):
            parts.append(_table(f"[{group}.{_key(name)}]", data[group][name], as_float=True))
    parts += [_table("[[checks]]", check, as_float=True) for check in data.get("checks", ())]
    return "\n".join(parts)


def _parse(file: Path) -> tuple[dict[str, Any], dict[positions.Path, int]]:
    try:
        text = file.read_bytes().decode()
    except OSError as error:
        raise ScenarioError(f"{file}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ScenarioError(f"{file}: is not UTF-8 text: byte {error.start}") from error
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        match = _AT.match(str(error))
        if match is None:
            raise ScenarioError(f"{file}: not valid TOML: {error}") from error
        reason, line, column = match.groups()
        message = f"{file}:{line}: not valid TOML: {reason} (column {column})"
        raise ScenarioError(message) from error
    return data, positions.positions(text)


def _overlay(
    merged: Merged, data: Mapping[str, Any], file: Path, lines: Mapping[positions.Path, int]
) -> None:
    """Merge a file's tables over what is there, key by key; lists are replaced whole."""
    before, after = merged.data.get("inputs"), data.get("inputs")
    if isinstance(before, dict) and isinstance(after, dict):
        for name in before.keys() & after.keys():
            if isinstance(before[name], dict) and isinstance(after[name], dict):
                _forget(merged, name, before[name], after[name])
    _merge(merged.data, data)
    merged.places.update({path: (file, line) for path, line in lines.items()})


def _forget(merged: Merged, name: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
    """A changed distribution drops inherited parameters; a changed source, grade and note."""
    stale: set[str] = set()
    if new.get("dist", old.get("dist")) != old.get("dist"):
        stale |= old.keys() - set(INPUT_KEYS)
    if new.get("source", old.get("source")) != old.get("source"):
        stale |= {"grade", "note"}
    for key in stale:
        _drop(merged, ("inputs", name, key))


def _drop(merged: Merged, path: positions.Path) -> None:
    table: Any = merged.data
    for key in path[:-1]:
        table = table.get(key, {}) if isinstance(table, dict) else {}
    if isinstance(table, dict):
        table.pop(path[-1], None)
    for place in [place for place in merged.places if place[: len(path)] == path]:
        del merged.places[place]


def _merge(base: dict[str, Any], over: Mapping[str, Any]) -> None:
    for key, value in over.items():
        if isinstance(value, dict) and isinstance(base.get(key), dict):
            _merge(base[key], value)
        else:
            base[key] = value


def _table(header: str, values: Mapping[str, Any], *, as_float: bool = False) -> str:
    lines = [f"{_key(key)} = {_value(values[key], as_float)}\n" for key in sorted(values)]
    return header + "\n" + "".join(lines)


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else json.dumps(name)


def _value(value: Any, as_float: bool) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(_value(item, as_float) for item in value) + "]"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, date):
        return value.isoformat()
    return repr(float(value) if as_float else value)
