"""Written: the value of a setting out of what somebody wrote, in the environment or in a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.layers import Given, Setting

_LARGEST = 1e9
_SWITCH = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
_PATHS = frozenset({"home", "overlay", "http.ca_file", "folder", "textfile"})
_MAY_BE_ZERO = frozenset({"run.lock_wait_seconds"})


def taken(one: Setting, given: Given, user_home: Path) -> Any:
    """The value that is given for a setting; paths are relative to the file they stand in.

    Raises:
        ValueError: it is not of the setting's kind, or none of its words.
    """
    value = _text(one, given.value) if given.file is None else _toml(one, given.value)
    for word in value if isinstance(value, tuple) else (value,):
        if one.choices and word not in one.choices:
            raise ValueError(f"{word!r} is not {' or '.join(_listed(one.choices))}")
    if one.key in _PATHS or one.key.rpartition(".")[2] in _PATHS:
        return path(given, value, user_home)
    return value


def path(given: Given, text: str, user_home: Path) -> str:
    """A path as it counts: below the user's home after ``~/``, or beside the file it stands in."""
    if text.startswith("~/"):
        return str(user_home / text[2:])
    return str(given.file.parent / text) if given.file else text


def _listed(words: tuple[str, ...]) -> list[str]:
    return [", ".join(words[:-1]), words[-1]] if len(words) > 2 else list(words)


def _text(one: Setting, text: str) -> Any:
    """A value out of the text of a variable or a flag."""
    if one.kind.startswith("tuple"):
        return tuple(part.strip() for part in text.split(",") if part.strip())
    if one.kind.startswith("bool"):
        if text.lower() not in _SWITCH:
            raise ValueError(f"{text!r} is not yes or no")
        return _SWITCH[text.lower()]
    if one.kind.startswith(("int", "float")):
        try:
            return _number(one, int(text) if one.kind.startswith("int") else float(text), text)
        except ValueError:
            return _number(one, 0, text)
    return text


def _toml(one: Setting, value: Any) -> Any:
    """A value as TOML has it."""
    if one.kind.startswith("tuple"):
        if not isinstance(value, list) or not all(isinstance(part, str | int) for part in value):
            raise ValueError(f"{value!r} is not a list")
        return tuple(str(part) for part in value)
    if one.kind.startswith("bool"):
        if not isinstance(value, bool):
            raise ValueError(f"{value!r} is not true or false")
        return value
    if one.kind.startswith(("int", "float")):
        kinds = int if one.kind.startswith("int") else int | float
        is_number = isinstance(value, kinds) and not isinstance(value, bool)
        return _number(one, value if is_number else 0, value)
    if not isinstance(value, str) or not value:
        raise ValueError(f"{value!r} is not a text in quotes")
    return value


def _number(one: Setting, number: float, said: object) -> float:
    least = 0 if one.key in _MAY_BE_ZERO and said not in ("", None) else None
    if not (0 < number <= _LARGEST or (least == 0 and number == 0 and str(said).strip("0.") == "")):
        raise ValueError(f"{said!r} is not a number above 0")
    return number
