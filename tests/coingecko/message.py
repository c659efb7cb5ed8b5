"""What is asked and what is answered, before it goes through a socket."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.coingecko.wire import Line

BASE = "/api/v3"
JSON = "application/json; charset=utf-8"

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Asked:
    """A request; ``path`` is decoded and without the base, header names are in lower case."""

    method: str
    segments: tuple[str, ...]
    query: dict[str, str]
    headers: dict[str, str]

    @property
    def path(self) -> str:
        return "/" + "/".join(self.segments)

    def but(self, **query: object) -> Asked:
        """The same request with other parameters."""
        return replace(self, query={**self.query, **{key: str(v) for key, v in query.items()}})

    def number(self, name: str, default: int) -> int:
        """A parameter as a whole number above 0; nonsense counts as absent, as at the vendor."""
        text = self.query.get(name, "")
        return max(1, int(text)) if text.lstrip("-").isdigit() else default


class Content:
    """A body that is packed at most once."""

    def __init__(self, plain: bytes) -> None:
        self.plain = plain

    @cached_property
    def packed(self) -> bytes:
        return gzip.compress(self.plain, 6, mtime=0)

    @property
    def value(self) -> Any:
        """Decoded anew each time: faults change what they are given."""
        return json.loads(self.plain)


@dataclass(frozen=True)
class Answer:
    """A response; ``wire`` sends it in a way of its own, after which the connection is closed."""

    content: Content
    status: int = 200
    media_type: str | None = JSON
    headers: Headers = field(default=())
    wire: Callable[[Line, Answer], None] | None = None


def encoded(value: Any) -> bytes:
    """JSON as the vendor writes it: compact, and UTF-8 unless only an escape will do."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    try:
        return text.encode()
    except UnicodeEncodeError:  # a lone surrogate
        return json.dumps(value, separators=(",", ":")).encode()


def answer(value: Any, status: int = 200, headers: Headers = ()) -> Answer:
    """A JSON answer."""
    return Answer(Content(encoded(value)), status, headers=headers)
