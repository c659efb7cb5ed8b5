"""Specimen: a settings file of all that can be set, each with what it is for, commented out."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pipeline import agreement, layers
from pipeline.settings import Channel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.layers import Setting

_HEAD = """\
# Settings of capbrief. Take away the # before what you want to change: what is said here without
# one is so anyway. A flag comes before the environment, that before this file. Paths are relative
# to this file. Secrets stand in files of their own (chmod 600) or are printed by a command.
# 'capbrief config validate' reads it, 'capbrief config show' tells what counts and from where.
"""
_CHANNELS = """\
# Who is told of what: a section for each, by a name of yours. In the environment its keys are
# {variable} and so on."""


def specimen() -> str:
    """The text of the file, in TOML; without the marks of comments it is all valid."""
    return "\n".join([_HEAD, *_sections()]) + "\n"


def _sections() -> Iterator[str]:
    for name, kind in layers.SECTIONS.items():
        if name:
            yield f"\n[{name}]"
        for one in layers.section(name, kind):
            yield from _lines(one)
    fields = list(layers.section("deliver.team", Channel))
    yield "\n" + _CHANNELS.format(variable=fields[0].variable)
    yield "\n#[deliver.team]"
    for one in fields:
        yield from _lines(one)
    for way, needed in agreement.NEEDED.items():
        yield f"\n#[deliver.{way}_example]"
        yield f"#kind = {_toml(way)}"
        for one in fields:
            if _name(one) in needed:
                yield from _assigned(one)


def _lines(one: Setting) -> Iterator[str]:
    words = f" ({', '.join(one.choices)})" if one.choices else ""
    said = "" if not one.choices or all(word in one.about for word in one.choices) else words
    yield f"# {one.about}{said}; {one.variable}"
    yield from _assigned(one)


def _assigned(one: Setting) -> Iterator[str]:
    """The line of a value, or the two ways to a secret."""
    if one.is_secret:
        yield f"#{_name(one)}_file = {_toml(one.key.replace('.', '_'))}"
        yield f"#{_name(one)}_command = {_toml(('pass', 'show', one.key))}"
    else:
        yield f"#{_name(one)} = {_toml(one.example if _is_empty(one.default) else one.default)}"


def _name(one: Setting) -> str:
    return one.key.rpartition(".")[2]


def _is_empty(value: object) -> bool:
    return value is None or value in ((), "")


def _toml(value: Any) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(map(_toml, value))}]"
    return json.dumps(value, ensure_ascii=False)
