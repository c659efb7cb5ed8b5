"""Doctor: looks at an installation part by part, changes nothing, and says what mends what.

A part that cannot be looked at, for want of a library or of leave to read, is a finding, too.
"""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pipeline.errors import CapbriefError, StorageError
from pipeline.ops.asked import Asked
from pipeline.ops.finding import Finding, broken

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.ops.asked import Probe

# What others rest on comes first. Each is imported where its turn comes: a library that one of
# them needs may be what is missing.
_PARTS: Final = (
    *("installation", "configured", "authored", "printing", "storage", "kept", "record"),
    *("timetable", "channels", "online"),
)
_OF_SETTINGS: Final = frozenset({"authored", "channels", "online"})
_KEEPS: Final = frozenset({"ledger", "warehouse"})
_OF_HOME: Final = frozenset({"storage", "kept", "record"})


def examine(asked: Asked) -> Iterator[Finding]:
    """All findings, part by part, without the secrets of the settings."""
    left_out: frozenset[str] = frozenset()
    if asked.flaw is not None:
        left_out |= _OF_SETTINGS
    if not asked.has_home:
        left_out |= _OF_HOME
    with _copied(asked) as (copied, flaws):
        yield from flaws
        for part in _PARTS:
            if part in left_out:
                continue
            for finding in _of_part(copied, part):
                if finding.state == "fail" and finding.name in _KEEPS:
                    # What is read from it would fail for the same reason, again and again.
                    left_out |= {"record"}
                yield _as_it_lies(finding, copied, asked).without(asked.job.settings.secrets)


def _as_it_lies(finding: Finding, copied: Asked, asked: Asked) -> Finding:
    """What was found in the copy of the ledger, said of the ledger."""
    found = finding.found.replace(str(copied.ledger), str(asked.ledger))
    return replace(finding, found=found)


@contextmanager
def _copied(asked: Asked) -> Iterator[tuple[Asked, list[Finding]]]:
    """The same with a ledger that may be read and written, as it is a copy."""
    from pipeline.ledger_file import copied

    origin = asked.job.settings.ledger
    with tempfile.TemporaryDirectory(prefix="capbrief-doctor-") as folder:
        flaws: list[Finding] = []
        try:
            path = copied(origin, Path(folder))
        except OSError as error:
            path = Path(folder) / origin.name
            flaw = StorageError(f"{error.filename}: cannot be read ({error.strerror})")
            flaws += broken("ledger", flaw, "run it as a user who may read it")
        yield replace(asked, ledger=path), flaws


def _of_part(asked: Asked, part: str) -> Iterator[Finding]:
    try:
        probes: tuple[tuple[str, Probe], ...] = import_module(f"pipeline.ops.{part}").PROBES
    except ImportError as error:
        yield _without(part, error)
        return
    for name, probe in probes:
        try:
            yield from probe(asked)
        except ImportError as error:
            yield _without(name, error)
        except CapbriefError as error:
            yield from broken(name, error)
        except OSError as error:
            flaw = StorageError(f"{error.filename or name}: cannot be read ({error.strerror})")
            yield from broken(name, flaw, "run it as a user who may read it")


def _without(name: str, error: ImportError) -> Finding:
    reason = f"cannot be looked at: {error}"
    return Finding(name, "fail", reason, "install capbrief again, with all that it needs", 1)
