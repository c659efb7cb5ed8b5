"""Changes to a scenario from the command line: ``--set`` and ``--set-file``."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.errors import ScenarioError
from pipeline.estimate import scenario_file, scenario_model
from pipeline.estimate.scenario_merge import Layer, Merged

SOURCE_ID = "set"
_SOURCE = {"title": "Set on the command line", "grade": "guess"}
"""Source of an input that was set to a bare number."""

_BARE_WORD = re.compile(r"[A-Za-z_][\w ./-]*")


@dataclass(frozen=True)
class Changes:
    """What is laid over a scenario's own files: first the files, then the values."""

    values: tuple[str, ...] = ()
    """``key=value``: a dotted TOML key and a TOML value. ``inputs.x=3`` is short for a point."""
    files: tuple[Path, ...] = ()
    """TOML files of the same tables, without ``extends`` and without an id."""


NONE = Changes()


def lay(merged: Merged, changes: Changes) -> None:
    """Lay changes over a scenario.

    Raises:
        ScenarioError: a file cannot be read, a value is no ``key=value`` of TOML, or a change
            is of what names the scenario; all of these that are found, one line each.
    """
    problems: list[str] = []
    for file in changes.files:
        layer = scenario_file.parse(file)
        if _names_scenario(layer.data):
            lines = layer.lines()
            for path in (("extends",), ("scenario", "id")):
                if path in lines:
                    where = f"{file}:{lines[path]}: {'.'.join(path)}"
                    problems.append(f"{where}: cannot be changed by --set-file; leave it out")
        scenario_model.lay(merged, layer)
    for text in changes.values:
        try:
            scenario_model.lay(merged, _layer(text, merged))
        except _ValueError as error:
            problems.append(str(error))
    if problems:
        raise ScenarioError("\n".join(problems))


class _ValueError(ValueError):
    def __init__(self, key: str, reason: str) -> None:
        super().__init__(f"--set {key}: {reason}")


def _layer(text: str, merged: Merged) -> Layer:
    key, equals, value_text = (part.strip() for part in text.partition("="))
    if not equals:
        raise _ValueError(key, "needs key=value, such as inputs.pue.value=1.1")
    path = _path(key)
    data: dict[str, Any] = {}
    value = _value(key, value_text)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if is_number and len(path) == 2 and path[0] == "inputs":
        sources = merged.data.get("sources")
        if isinstance(sources, dict) and sources.get(SOURCE_ID, _SOURCE) != _SOURCE:
            reason = f"the scenario has a source {SOURCE_ID!r} of its own"
            raise _ValueError(key, f"{reason}; set {key}.dist, {key}.value and {key}.source")
        value = {"dist": "point", "value": value, "source": SOURCE_ID}
        data["sources"] = {SOURCE_ID: dict(_SOURCE)}
    table = data
    for name in path[:-1]:
        table = table.setdefault(name, {})
    table[path[-1]] = value
    odd = scenario_file.oddity(data)
    if odd is not None:
        raise _ValueError(key, odd)
    if _names_scenario(data):
        raise _ValueError(key, "cannot be changed; name another scenario instead")
    return Layer(f"--set {key}", Path(), data, key=path)


def _path(key: str) -> tuple[str, ...]:
    try:
        inner: Any = tomllib.loads(f"{key} = 0")
    except (ValueError, RecursionError) as error:
        raise _ValueError(key, "is no TOML key; it is written like inputs.pue.value") from error
    path: list[str] = []
    while isinstance(inner, dict) and len(inner) == 1:
        ((name, inner),) = inner.items()
        path.append(name)
    if inner != 0 or "\n" in key:
        raise _ValueError(key, "is no TOML key; it is written like inputs.pue.value")
    return tuple(path)


def _value(key: str, text: str) -> Any:
    try:
        text.encode()
        data = tomllib.loads(f"value = {text}")
    except (ValueError, RecursionError) as error:
        if _BARE_WORD.fullmatch(text):
            reason = f"{text!r} is no TOML value; quote text: '{key}=\"{text}\"'"
        else:
            reason = f"{text!r} is no TOML value"
        raise _ValueError(key, reason) from error
    if data.keys() != {"value"}:
        raise _ValueError(key, f"{text!r} is more than one TOML value")
    return data["value"]


def _names_scenario(data: dict[str, Any]) -> bool:
    head = data.get("scenario")
    return "extends" in data or (isinstance(head, dict) and "id" in head)
