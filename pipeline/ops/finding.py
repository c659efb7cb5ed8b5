"""Finding: one thing that was looked at, how it stands, and what mends it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pipeline.errors import CapbriefError
    from pipeline.secret import Secret

WORST_FIRST: Final = (8, 2, 4, 1, 7, 10, 6, 9, 5, 11, 3)
"""Exit codes by how much they keep from being done: without storage or settings, nothing."""


@dataclass(frozen=True)
class Finding:
    """What was found; ``state`` is ok, warn or fail.

    ``mend`` is a command or a step, and empty where nothing is wrong. ``exit_code`` is that of the
    error which a run would end with, 0 unless it fails.
    """

    name: str
    state: str
    found: str
    mend: str = ""
    exit_code: int = 0

    def to_fields(self) -> dict[str, Any]:
        """Plain fields for JSON."""
        return asdict(self)

    def without(self, secrets: Iterable[Secret]) -> Finding:
        """The same with every secret in it replaced."""
        from pipeline.secret import redacted

        kept = tuple(secrets)
        return Finding(
            self.name,
            self.state,
            redacted(self.found, kept),
            redacted(self.mend, kept),
            self.exit_code,
        )


def well(name: str, found: str) -> Finding:
    """Something that is as it should be."""
    return Finding(name, "ok", found)


def doubtful(name: str, found: str, mend: str) -> Finding:
    """Something that a run lives with, and a person should know."""
    return Finding(name, "warn", found, mend)


def broken(name: str, error: CapbriefError, mend: str = "") -> Iterator[Finding]:
    """What an error says, line by line; our messages end with what to do about it."""
    for line in str(error).splitlines():
        found, parted, advice = line.rpartition("; ")
        if mend or not parted:
            found, advice = line, mend or "mend what it names, then look again"
        yield Finding(name, "fail", found, advice, error.exit_code)


def exit_code_of(findings: Iterable[Finding]) -> int:
    """The code of the worst that failed; 0 where nothing did."""
    failed = {one.exit_code for one in findings if one.state == "fail"}
    return min(failed, key=WORST_FIRST.index, default=0)
