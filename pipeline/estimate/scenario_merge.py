"""Scenario data laid over one another, and where each key was written last."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from pipeline.estimate import positions
from pipeline.estimate.distribution import DISTRIBUTIONS

INPUT_KEYS = ("dist", "unit", "source", "grade", "note")
"""Keys of an input that are not parameters of its distribution."""

_OWN: tuple[positions.Path, ...] = (("scenario", "id"), ("scenario", "title"), ("checks",))
"""What a file says of itself alone, and does not hand down."""


@dataclass(frozen=True)
class Layer:
    """What is laid over the layers before it: a file, or one change of the command line."""

    label: str
    """What messages call it: a file's path, or ``--set inputs.mfu.p95``."""
    folder: Path
    """What paths of files in it are relative to."""
    data: dict[str, Any]
    text: str = ""
    """The TOML of a file; empty for a change."""
    key: positions.Path = ()
    """The key that a change sets; empty for a file."""

    def lines(self) -> dict[positions.Path, int]:
        """The line of every key of a file; 0 for what a change sets."""
        if not self.key:
            return positions.positions(self.text)
        return {path: 0 for path in _paths(self.data) if path[: len(self.key)] == self.key}


@dataclass(frozen=True)
class Place:
    """Where a key was written last."""

    layer: Layer
    order: int
    """How many layers lie below."""
    line: int
    """From 1; 0 where there are no lines."""


@dataclass(frozen=True)
class _Step:
    layer: Layer
    is_heir: bool
    dropped: list[positions.Path] = field(default_factory=list)


class Merged:
    """Layers merged key by key; lists are replaced whole.

    Attributes:
        data: the result.
    """

    def __init__(self) -> None:
        self.data: dict[str, Any] = {}
        self._steps: list[_Step] = []

    def lay(self, layer: Layer, *, is_heir: bool = False) -> None:
        """Lay a layer over those before it.

        Args:
            layer: what is laid; its tables are copied.
            is_heir: whether it is a scenario of its own, to which the id, the title and the
                checks of the layers below are not handed down.
        """
        step = _Step(layer, is_heir)
        self._steps.append(step)
        if is_heir:
            for path in _OWN:
                self._drop(step, path)
        before, after = self.data.get("inputs"), layer.data.get("inputs")
        if isinstance(before, dict) and isinstance(after, dict):
            for name in before.keys() & after.keys():
                if isinstance(before[name], dict) and isinstance(after[name], dict):
                    for key in _stale(before[name], after[name]):
                        self._drop(step, ("inputs", name, key))
        _merge(self.data, layer.data, (), step.dropped)

    @cached_property
    def places(self) -> dict[positions.Path, Place]:
        """Where each key stands that is still there; found when it is first asked for.

        Only messages need it, and it costs more than the merging.
        """
        places: dict[positions.Path, Place] = {}
        for order, step in enumerate(self._steps):
            if step.is_heir:  # what is missing in [scenario] is missing in this file
                places.pop(("scenario",), None)
            for dropped in step.dropped:
                for path in [path for path in places if path[: len(dropped)] == dropped]:
                    del places[path]
            for path, line in step.layer.lines().items():
                places[path] = Place(step.layer, order, line)
            for end in range(1, len(step.layer.key)):
                places.setdefault(step.layer.key[:end], Place(step.layer, order, 0))
        return places

    def place(self, path: positions.Path) -> Place | None:
        """The place of a key, or of the nearest table around it; None where there is none."""
        while path and path not in self.places:
            path = path[:-1]
        return self.places.get(path)

    def _drop(self, step: _Step, path: positions.Path) -> None:
        table: Any = self.data
        for key in path[:-1]:
            table = table.get(key, {}) if isinstance(table, dict) else {}
        if isinstance(table, dict):
            table.pop(path[-1], None)
        step.dropped.append(path)


def _stale(old: Mapping[str, Any], new: Mapping[str, Any]) -> set[str]:
    """What a change makes void: parameters of another distribution, or given another way.

    A changed source voids grade and note.
    """
    stale: set[str] = set()
    inherited = old.keys() - set(INPUT_KEYS)
    if new.get("dist", old.get("dist")) != old.get("dist"):
        stale |= inherited
    elif (kind := DISTRIBUTIONS.get(str(old.get("dist")))) is not None:
        given = new.keys() - set(INPUT_KEYS)
        forms = (set(form) for form in kind.forms)
        full = next((form for form in forms if given and given <= form <= given | inherited), None)
        stale |= inherited - (full if full is not None else inherited)
    if new.get("source", old.get("source")) != old.get("source"):
        stale |= {"grade", "note"}
    return stale & old.keys()


def _merge(
    base: dict[str, Any],
    over: Mapping[str, Any],
    at: positions.Path,
    dropped: list[positions.Path],
) -> None:
    for key, value in over.items():
        before = base.get(key)
        if isinstance(value, dict):
            if not isinstance(before, dict):
                before = base[key] = {}
            _merge(before, value, (*at, key), dropped)
        else:
            if isinstance(before, dict | list):
                dropped.append((*at, key))
            base[key] = value


def _paths(data: Mapping[str, Any], at: positions.Path = ()) -> Iterator[positions.Path]:
    for key, value in data.items():
        yield (*at, key)
        if isinstance(value, dict):
            yield from _paths(value, (*at, key))
