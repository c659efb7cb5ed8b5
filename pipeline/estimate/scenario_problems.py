"""Noting what is wrong with scenario data, each problem at the place of its key."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeGuard

from pipeline.estimate import positions
from pipeline.estimate.scenario_file import nearest
from pipeline.estimate.scenario_merge import Merged


def dotted(path: positions.Path) -> str:
    """A path as messages write it: ``checks[1].output``, entries of lists from 1."""
    key = ""
    for name in path:
        key += f"[{name + 1}]" if isinstance(name, int) else f".{name}" if key else str(name)
    return key


def is_number(value: Any) -> TypeGuard[int | float]:
    """Whether a TOML value is a finite number."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


class Problems:
    """What was found wrong with merged data; the methods look at one key or table each.

    Attributes:
        problems: (file or change, line, text) of every problem.
    """

    def __init__(self, merged: Merged, file: Path) -> None:
        """Take what was merged for a file."""
        self.merged = merged
        self.data = merged.data
        self.file = file
        self.problems: list[tuple[str, int, str]] = []

    def lines(self) -> list[str]:
        """The problems as ``file:line: key: reason``, in the order of files and lines."""
        return [
            f"{label}:{line}: {text}" if line else f"{label}: {text}"
            for label, line, text in sorted(self.problems)
        ]

    def problem(self, path: positions.Path, reason: str) -> None:
        """Note a problem at the nearest place that was written for the path."""
        key = dotted(path)
        place = self.merged.place(path)
        if place is None:
            self.problems.append((str(self.file), 0, f"{key}: {reason}"))
        elif place.layer.key[: len(path)] == path:  # its label has named the key
            self.problems.append((place.layer.label, 0, reason))
        else:
            self.problems.append((place.layer.label, place.line, f"{key}: {reason}"))

    def table(self, path: tuple[str, ...]) -> Mapping[str, Any]:
        """The table at a path; an empty one, and a problem once, where there is none."""
        found = self._found(path)
        if isinstance(found, dict):
            return found
        self.once(path, f"needs a table [{'.'.join(path)}]")
        return {}

    def once(self, path: positions.Path, reason: str) -> None:
        """Note a problem that may be come upon more than once."""
        before = len(self.problems)
        self.problem(path, reason)
        if self.problems[-1] in self.problems[:before]:
            self.problems.pop()

    def is_table(self, path: positions.Path, value: Any) -> bool:
        """Whether a value is a table; notes the problem if not."""
        if not isinstance(value, dict):
            self.problem(path, f"needs a table, has {value!r}")
        return isinstance(value, dict)

    def keys(
        self,
        at: positions.Path,
        table: Mapping[str, Any],
        *,
        required: Iterable[str],
        optional: Iterable[str] = (),
    ) -> None:
        """Note missing and unknown keys; an absent table has been noted already."""
        allowed = {*required, *optional}
        if isinstance(self._found(at), dict):
            for key in required:
                if key not in table:
                    self.problem(at, f"missing {key}")
        for key in table.keys() - allowed:
            self.problem((*at, key), f"no such key; {nearest(key, allowed)}")

    def string(self, path: positions.Path, table: Mapping[str, Any]) -> bool:
        """Whether a key is there and is text with something in it."""
        key = str(path[-1])
        if key not in table:
            return False
        good = isinstance(table[key], str) and bool(table[key].strip())
        if not good:
            self.problem(path, f"needs text, has {table[key]!r}")
        return good

    def whole(self, path: positions.Path, table: Mapping[str, Any], low: int, high: int) -> None:
        """Note a value that is not a whole number within bounds."""
        value = table.get(str(path[-1]), low)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            self.problem(path, f"needs a whole number from {low} to {high}, has {value!r}")

    def known_source(self, path: positions.Path, table: Mapping[str, Any]) -> None:
        """Note a source that is not in [sources]."""
        sources = self.data.get("sources")
        if self.string(path, table) and isinstance(sources, dict):
            name = table["source"]
            if name not in sources:
                self.problem(path, f"source {name!r} is not in [sources]; {nearest(name, sources)}")

    def number(self, path: positions.Path, table: Mapping[str, Any]) -> bool:
        """Whether a key is there and is a number above 0."""
        key = str(path[-1])
        if key not in table:
            return False
        good = is_number(table[key]) and table[key] > 0
        if not good:
            self.problem(path, f"needs a number above 0, has {table[key]!r}")
        return good

    def entries(self, name: str) -> Iterator[tuple[positions.Path, Mapping[str, Any]]]:
        """The tables of a list that need not be there, each with its path."""
        listed = self.data.get(name, [])
        if not isinstance(listed, list):
            self.problem((name,), f"needs [[{name}]], a list of tables")
            return
        for index, entry in enumerate(listed):
            if self.is_table((name, index), entry):
                yield (name, index), entry

    def newest(self, at: positions.Path, keys: Iterable[str]) -> str:
        """The first of the keys that was written last: what lay below it was right before."""
        keys = list(keys)
        places = self.merged.places
        return max(keys, key=lambda key: places[*at, key].order if (*at, key) in places else -1)

    def _found(self, path: positions.Path) -> Any:
        """What is at a path; None where there is nothing."""
        found: Any = self.data
        for key in path:
            if isinstance(found, list) and isinstance(key, int):
                found = found[key]
            else:
                found = found.get(key) if isinstance(found, dict) else None
        return found
