"""Every failure a user can act on, as one tree; the exit code is a property of the class.

    CapbriefError                    1  a fault of capbrief itself
    ├── UsageError                   2  a flag, a setting or a file the user wrote
    │   ├── ScenarioError
    │   ├── DefinitionError
    │   ├── TemplateError
    │   └── SqlError
    ├── PartialError                 3  delivered, but not all of it
    │   └── RenderLibraryMissing
    ├── AuthError                    4  a key is missing or refused, or its plan lacks something
    │   └── OutOfReachError
    ├── LockedError                  5  another run holds the lock
    ├── UnavailableError             6  a source is down or its calls are spent; retry later
    │   ├── BadAnswerError
    │   ├── NotFoundError
    │   └── QuotaError
    ├── QualityError                 7  a gate failed; what was published stays
    │   ├── SchemaError
    │   └── CheckError
    ├── StorageError                 8  payloads, ledger or warehouse on disk
    │   ├── PayloadError
    │   └── WarehouseError
    │       └── DamagedError
    ├── DeliveryError                9  what was made is kept, but not sent to all
    ├── StaleError                  10  what is published is older than it may be
    └── LimitError                  11  a limit stopped it: rows, time, memory

``EXITS`` says of each code what it means and what a scheduler should do.

The message is what the user reads: what is wrong, where, and what to do next. Most are
one line; an error that gathers several findings has one line for each.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True)
class Exit:
    """What a command can end with: ``advice`` is what a scheduler should do about it."""

    code: int
    name: str
    meaning: str
    advice: str


EXITS: Final = (
    Exit(0, "ok", "done, or nothing to do", "go on"),
    Exit(1, "error", "a fault of capbrief itself", "page, and report it"),
    Exit(
        2,
        "usage",
        "a wrong flag or setting, or a broken scenario, definition, template, SQL file or query; "
        "nothing was changed (where one of several reports is broken, the others are written)",
        "have it mended, no retry",
    ),
    Exit(
        3,
        "partial",
        "delivered, but something is missing (the PDF, an optional series or source, marked on "
        "the cover; in `run`, a membership that waits)",
        "warn",
    ),
    Exit(
        4,
        "auth",
        "a key is missing or refused, or its plan lacks what was asked for",
        "have it mended, no retry",
    ),
    Exit(5, "locked", "another run holds the lock", "wait for the next turn"),
    Exit(
        6,
        "unavailable",
        "a required source cannot be had now, or its calls are spent",
        "retry later",
    ),
    Exit(
        7,
        "quality",
        "a check failed, an answer is not to be believed, or (in `fetch`) a membership waits: "
        "what was published before stays; or a report is built from stale data, says so, and is "
        "not the latest",
        "page",
    ),
    Exit(8, "storage", "payloads, ledger or warehouse on disk cannot be used", "page"),
    Exit(
        9,
        "delivery",
        "reports are built and kept, but could not be sent to all; the next run tries again",
        "warn",
    ),
    Exit(
        10,
        "stale",
        "what a required source gave last is older than it may be (`status`, `check`)",
        "page",
    ),
    Exit(
        11,
        "limit",
        "a limit stopped it: rows, time, or memory that the system did not give",
        "have it asked for less, or the limit raised",
    ),
    Exit(130, "cancelled", "Ctrl-C (SIGINT) ended it in order", "nothing: somebody wanted it"),
    Exit(
        143,
        "cancelled",
        "SIGTERM, or SIGHUP of a terminal that went, ended it in order",
        "nothing: somebody wanted it",
    ),
)


class CapbriefError(Exception):
    """Base of all errors that end a command with a message instead of a traceback."""

    exit_code: ClassVar[int] = 1


class UsageError(CapbriefError):
    """Something the user wrote cannot be taken: a flag, a setting, a file."""

    exit_code = 2


class ScenarioError(UsageError):
    """A scenario file cannot be used; one line per finding, ``file:line: key: reason``."""


class DefinitionError(UsageError):
    """A report or edition definition cannot be used; one line per finding."""


class TemplateError(UsageError):
    """A template cannot be rendered; ``file:line: reason``."""


class SqlError(UsageError):
    """A SQL file or query cannot be run; ``file: reason``."""


class PartialError(CapbriefError):
    """The result was delivered, but not all of it."""

    exit_code = 3


class RenderLibraryMissing(PartialError):  # noqa: N818
    """The native libraries that the PDF needs are missing; the HTML is delivered."""


class AuthError(CapbriefError):
    """A source refuses the key, or the plan lacks what was asked for; retrying is no use."""

    exit_code = 4


class OutOfReachError(AuthError):
    """The plan's history does not reach back to the day that was asked for."""


class LockedError(CapbriefError):
    """Another run holds the lock of this home."""

    exit_code = 5


class UnavailableError(CapbriefError):
    """A source cannot be had now; what was there before stays, and retrying later is safe."""

    exit_code = 6


class BadAnswerError(UnavailableError):
    """A source answered with something other than what it promises."""


class NotFoundError(UnavailableError):
    """A source knows no such thing (404)."""


class QuotaError(UnavailableError):
    """The calls that the plan or the budget allows are spent."""


class QualityError(CapbriefError):
    """A gate failed; the last published warehouse and report stay in place."""

    exit_code = 7


class SchemaError(QualityError):
    """A payload does not have the columns that its source declares."""


class CheckError(QualityError):
    """A check returned bad rows."""


class StorageError(CapbriefError):
    """What lies on disk cannot be read or written."""

    exit_code = 8


class PayloadError(StorageError):
    """A payload is missing or its bytes are not those that were stored."""


class WarehouseError(StorageError):
    """A warehouse file cannot be opened, or its content is not what was published."""


class DamagedError(WarehouseError):
    """A warehouse file, or a part of it, is not as it was written; it can be made anew."""


class DeliveryError(CapbriefError):
    """What was made is kept, but could not be sent to all who are to have it."""

    exit_code = 9


class StaleError(CapbriefError):
    """What is published is older than the settings allow."""

    exit_code = 10


class LimitError(CapbriefError):
    """A limit (rows, time, memory) stopped the command."""

    exit_code = 11


class Terminated(BaseException):
    """SIGTERM or SIGHUP; like KeyboardInterrupt no error, so that nothing takes it for one."""


_SIGNALS: dict[type[BaseException], int] = {KeyboardInterrupt: 130, Terminated: 143}


GIVE_MEMORY: Final = (
    "give its process more of it (a limit of shell, service or container), or run less beside it"
)
"""What to do where the system has no memory left for the program."""

_NO_MEMORY: Final = re.compile(
    "out of memory|cannot allocate memory|failed to (allocate|map segment)|bad.alloc"
    "|can.t start new thread|could not spawn threads",
    re.IGNORECASE,
)


def lacks_memory(ending: BaseException) -> bool:
    """Whether an error came of the system giving no more memory, whatever a library calls it."""
    return isinstance(ending, MemoryError) or _NO_MEMORY.search(str(ending)) is not None


def exit_code_of(ending: BaseException) -> int:
    """The exit code of whatever ended a command: 130 and 143 for the two signals.

    A signal that comes while DuckDB is at work is made into an error of another kind: as its
    cause, or by its name at the beginning of the text. It ended the command all the same.
    """
    link: BaseException | None = ending
    while link is not None:
        for kind, code in _SIGNALS.items():
            if isinstance(link, kind) or str(link).startswith(f"{kind.__name__}: "):
                return code
        link = link.__cause__
    if isinstance(ending, CapbriefError):
        return ending.exit_code
    return LimitError.exit_code if lacks_memory(ending) else CapbriefError.exit_code


_FAIL_ON = {"partial": frozenset[int](), "stale": frozenset({3}), "never": frozenset({3, 9, 10})}


def forgiven(fail_on: str, ok_codes: Iterable[int]) -> frozenset[int]:
    """The exit codes that count as success.

    Args:
        fail_on: partial, stale or never.
        ok_codes: those that are named beside it.
    """
    return _FAIL_ON[fail_on].union(ok_codes)
