"""JSON as it is written down in RFC 8259, and no more than that."""

from __future__ import annotations

import json
import math
import re
from typing import Any

_DEEPEST = 64
_INTEGER_DIGITS = 18  # all such numbers fit in 64 bits
_BOM = b"\xef\xbb\xbf"
# A backslash, a whole pair, or half a pair: only the last is no character.
_ESCAPE = re.compile(
    r"(\\\\|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})"
    r"|\\u[dD][89a-fA-F][0-9a-fA-F]{2}"
)


# Two looks at the bytes as a whole, which cost next to nothing beside a look at each value.
_AS_DIGITS = bytes.maketrans(b"123456789E", b"000000000e")
_NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))


class JsonError(ValueError):
    """The bytes are no JSON that can be trusted; the message says why, without quoting it."""


class Document(bytes):
    """The bytes of a JSON document together with its value, so that it is decoded but once.

    The value is shared: who reads it does not change it.
    """

    value: Any

    def __new__(cls, content: bytes, value: Any) -> Document:
        """Bytes that were decoded to ``value`` by ``decode``."""
        made = super().__new__(cls, content)
        made.value = value
        return made


def decode(content: bytes) -> Any:
    """The value of a JSON document.

    Refused besides bad syntax: bytes that are not UTF-8, a byte order mark, NaN, Infinity and
    numbers beyond float64, a key twice in one object, nesting below 64 levels. Integers beyond
    64 bits become floats. Half a surrogate pair, which no text can hold, becomes U+FFFD.

    Raises:
        JsonError: the content is none of this.
    """
    if isinstance(content, Document):
        return content.value
    if content.startswith(_BOM):
        raise JsonError("begins with a byte order mark")
    try:
        text = content.decode("utf-8")
        if "\\ud" in text or "\\uD" in text:
            text = _ESCAPE.sub(lambda found: found[1] or "\\ufffd", text)
        # Each number through a function of ours takes twice the time of the whole.
        value = (_CAREFUL if _may_be_large(content) else _QUICK).decode(text)
    except UnicodeDecodeError as error:
        raise JsonError(f"is not UTF-8 at byte {error.start}") from None
    except json.JSONDecodeError as error:
        raise JsonError(f"is broken at character {error.pos} ({error.msg})") from None
    except RecursionError:
        raise JsonError(_TOO_DEEP) from None
    if not _is_flat(content) and _is_deeper(value, _DEEPEST):
        raise JsonError(_TOO_DEEP)
    return value


def _may_be_large(content: bytes) -> bool:
    """Whether there may be a number beyond 64 bits or float64; texts may look like one."""
    digits = content.translate(_AS_DIGITS)
    return b"0" * (_INTEGER_DIGITS + 1) in digits or b"e000" in digits or b"e+000" in digits


def _is_flat(content: bytes) -> bool:
    """Whether the brackets, without what is between them, are closed within the levels allowed.

    False also where a text holds a bracket; then the value itself must tell.
    """
    brackets = content.translate(None, delete=_NOT_BRACKETS)
    for _ in range(_DEEPEST):
        if not brackets:
            return True
        brackets = brackets.replace(b"[]", b"").replace(b"{}", b"")
    return not brackets


_TOO_DEEP = f"is nested more than {_DEEPEST} levels deep"


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise JsonError("has a key twice in one object")
    return found


def _integer(text: str) -> float:
    return int(text) if len(text) <= _INTEGER_DIGITS else _long_integer(text)


def _long_integer(text: str) -> float:
    # As float first: int() of a long text takes quadratic time.
    near = _float(text)
    exact = int(text) if abs(near) < 2.0**64 else None
    return exact if exact is not None and -(2**63) <= exact < 2**63 else near


def _float(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise JsonError("has a number beyond float64")
    return value


def _constant(name: str) -> Any:
    raise JsonError(f"holds {name}, which is no number")


_QUICK = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_constant)
_CAREFUL = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_integer, parse_float=_float, parse_constant=_constant
)


def _is_deeper(value: object, levels: int) -> bool:
    """Whether lists and objects lie deeper in one another; level by level, without recursion."""
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(levels):
        if not level:
            return False
        level = [
            child
            for one in level
            for child in (one.values() if type(one) is dict else one)
            if type(child) is dict or type(child) is list
        ]
    return bool(level)
