"""Reading a TOML file so that every complaint names its line.

tomllib gives values without places; the places are read off the text beside it, which is
exact for files that write one key a line, as definitions do.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pipeline.errors import DefinitionError

_HEADER = re.compile(r"\s*(\[\[?)\s*([\w.-]+)\s*\]")
_KEY = re.compile(r"\s*([\w-]+)\s*=\s*(.*)")
_SYNTAX = re.compile(r"(.*) \(at line (\d+), column \d+\)")


def _line_numbers(text: str) -> dict[str, int]:
    """Line of every table and key by its path, array members counted from one.

    ``[[section]]`` twice and a key below the second give ``section[2]`` and
    ``section[2].title``; ``[[section.block]]`` belongs to the last section before it.
    """
    lines: dict[str, int] = {}
    seen: dict[str, int] = {}
    prefix, closing = "", ""
    for number, line in enumerate(text.splitlines(), start=1):
        if closing:
            closing = "" if closing in line else closing
        elif header := _HEADER.match(line):
            prefix = _path(header[2], array=header[1] == "[[", seen=seen)
            lines[prefix] = number
        elif key := _KEY.match(line):
            lines[f"{prefix}.{key[1]}" if prefix else key[1]] = number
            for quotes in ('"""', "'''"):
                if key[2].startswith(quotes) and quotes not in key[2][3:]:
                    closing = quotes
    return lines


def _path(name: str, *, array: bool, seen: dict[str, int]) -> str:
    """The path of a table header; ``seen`` counts the members of every array so far."""
    path = ""
    parts = name.split(".")
    for depth, part in enumerate(parts, start=1):
        path = f"{path}.{part}" if path else part
        if depth == len(parts) and array:
            seen[path] = seen.get(path, 0) + 1
        if path in seen:
            path = f"{path}[{seen[path]}]"
    return path


class TomlFile:
    """A TOML file, its values, and the findings about it, all reported at once."""

    def __init__(self, path: Path) -> None:
        """Read ``path``.

        Raises:
            DefinitionError: not TOML, or not UTF-8; with the line.
        """
        self.path = path
        self.findings: list[str] = []
        try:
            self.text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            raise DefinitionError(f"{path}: is not UTF-8 text ({error.reason})") from error
        try:
            self.values: dict[str, Any] = tomllib.loads(self.text)
        except tomllib.TOMLDecodeError as error:
            place = _SYNTAX.fullmatch(str(error))
            reason, line = (place[1], f":{place[2]}") if place else (str(error), "")
            raise DefinitionError(f"{path}{line}: {reason}") from error
        self.lines = _line_numbers(self.text)

    def place(self, key: str) -> str:
        """``file:line: key``; the line is that of the nearest key above that has one."""
        above = key
        while above and above not in self.lines:
            above = re.sub(r"\[\d+\]$|\.?[^.\[\]]+$", "", above)
        line = f":{self.lines[above]}" if above else ""
        return f"{self.path}{line}: {key}"

    def fault(self, key: str, reason: str) -> None:
        """Note a finding about ``key``."""
        self.findings.append(f"{self.place(key)}: {reason}")

    def close(self) -> None:
        """Report what was found.

        Raises:
            DefinitionError: at least one finding; one line for each.
        """
        if self.findings:
            raise DefinitionError("\n".join(self.findings))


class TomlTable:
    """One table of a file, read key by key; what no one has read is unknown."""

    def __init__(self, file: TomlFile, values: Mapping[str, Any], prefix: str = "") -> None:
        self.file, self.values, self.prefix = file, values, prefix
        self._read: set[str] = set()

    def key(self, name: str) -> str:
        """Full path of one of this table's keys."""
        return f"{self.prefix}.{name}" if self.prefix else name

    def __contains__(self, name: str) -> bool:
        return name in self.values

    def text(self, name: str, default: str | None = None) -> str:
        """A string; without a default it must be there and not be empty."""
        self._read.add(name)
        value = self.values.get(name, default)
        if value is None:
            self.file.fault(self.key(name), "is missing")
        elif not isinstance(value, str):
            self.file.fault(self.key(name), "must be a string in quotes")
        elif not value.strip() and default is None:
            self.file.fault(self.key(name), "must not be empty")
        else:
            return value
        return ""

    def choice(self, name: str, known: Iterable[str], default: str | None = None) -> str:
        """A string out of ``known``."""
        value = self.text(name, default)
        options = sorted(known)
        if value and value not in options:
            self.file.fault(self.key(name), f"{value!r} is unknown; known are {', '.join(options)}")
        return value

    def flag(self, name: str) -> bool:
        """A boolean, false where it is not given."""
        self._read.add(name)
        value = self.values.get(name, False)
        if not isinstance(value, bool):
            self.file.fault(self.key(name), "must be true or false")
            return False
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of strings, empty where it is not given; a single string counts as one."""
        self._read.add(name)
        value = self.values.get(name, [])
        items = [value] if isinstance(value, str) else value
        if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
            self.file.fault(self.key(name), "must be a list of strings")
            return ()
        return tuple(items)

    def table(self, name: str) -> TomlTable | None:
        """A single table, none where it is not given."""
        self._read.add(name)
        value = self.values.get(name)
        if value is None:
            return None
        if not isinstance(value, dict):
            self.file.fault(self.key(name), "must be a table")
            return None
        return TomlTable(self.file, value, self.key(name))

    def tables(self, name: str, *, required: bool = False) -> list[TomlTable]:
        """The members of an array of tables, in order."""
        self._read.add(name)
        value = self.values.get(name, [])
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            self.file.fault(self.key(name), "must be an array of tables")
            return []
        if required and not value:
            self.file.fault(self.key(name), "is missing")
        return [
            TomlTable(self.file, item, f"{self.key(name)}[{number}]")
            for number, item in enumerate(value, start=1)
        ]

    def done(self) -> None:
        """Note every key that nothing has read."""
        for name in self.values:
            if name not in self._read:
                known = ", ".join(sorted(self._read))
                self.file.fault(self.key(name), f"is unknown here; known are {known}")
