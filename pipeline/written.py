"""Written: the value of a setting out of what somebody wrote, in the environment or in a file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.layers import Given, Setting

_LARGEST = 1e9
_MOST_SHOWN = 60
_SWITCH = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
_PATHS = frozenset({"home", "overlay", "http.ca_file", "folder", "textfile"})
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_MAY_BE_ZERO = frozenset({"run.lock_wait_seconds"})


def taken(one: Setting, given: Given, user_home: Path) -> Any:
    """The value that is given for a setting; paths are relative to the file they stand in.

    Raises:
        ValueError: it is not of the setting's kind, or none of its words.
    """
    value = _text(one, given.value) if given.file is None else _toml(one, given.value)
    for word in value if isinstance(value, tuple) else (value,):
        if isinstance(word, str) and _CONTROL.search(word):
            raise ValueError(f"{shown(word)} has control characters")
        if one.choices and word not in one.choices:
            raise ValueError(f"{shown(word)} is not {' or '.join(_listed(one.choices))}")
    if one.key in _PATHS or one.key.rpartition(".")[2] in _PATHS:
        return path(given, value, user_home)
    return value


def path(given: Given, text: str, user_home: Path) -> str:
    """A path as it counts: below the user's home after ``~/``, or beside the file it stands in."""
    if text.startswith("~/"):
        return str(user_home / text[2:])
    return str(given.file.parent / text) if given.file else text


def shown(value: object) -> str:
    """A value as a message has it: cut where it is long."""
    text = repr(value)
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}…"


def _listed(words: tuple[str, ...]) -> list[str]:
    return [", ".join(words[:-1]), words[-1]] if len(words) > 2 else list(words)


def _text(one: Setting, text: str) -> Any:
    """A value out of the text of a variable or a flag."""
    if one.kind.startswith("tuple"):
        return tuple(part.strip() for part in text.split(",") if part.strip())
    if one.kind.startswith("bool"):
        if text.lower() not in _SWITCH:
            raise ValueError(f"{shown(text)} is not yes or no")
        return _SWITCH[text.lower()]
    if one.kind.startswith(("int", "float")):
        number: float | None
        try:
            number = int(text) if one.kind.startswith("int") else float(text)
        except ValueError:
            number = None
        return _number(one, number, text)
    return text


def _toml(one: Setting, value: Any) -> Any:
    """A value as TOML has it."""
    if one.kind.startswith("tuple"):
        if not isinstance(value, list) or not all(map(_is_word, value)):
            raise ValueError(f"{shown(value)} is not a list")
        return tuple(str(part) for part in value)
    if one.kind.startswith("bool"):
        if not isinstance(value, bool):
            raise ValueError(f"{shown(value)} is not true or false")
        return value
    if one.kind.startswith(("int", "float")):
        kinds = int if one.kind.startswith("int") else int | float
        is_number = isinstance(value, kinds) and not isinstance(value, bool)
        return _number(one, value if is_number else None, value)
    if value == "":
        raise ValueError("is empty; remove it, or give it a value")
    if not isinstance(value, str):
        raise ValueError(f"{shown(value)} is not a text in quotes")
    return value


def _is_word(part: object) -> bool:
    return isinstance(part, str | int) and not isinstance(part, bool)


def _number(one: Setting, number: float | None, said: object) -> float:
    is_zero = number == 0 and one.key in _MAY_BE_ZERO
    if number is None or not (is_zero or 0 < number <= _LARGEST):
        raise ValueError(f"{shown(said)} is not a number above 0")
    return number
