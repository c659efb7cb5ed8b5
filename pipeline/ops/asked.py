"""Asked: what the doctor is to look at, and how closely."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pipeline.configuration import Configuration
    from pipeline.errors import UsageError
    from pipeline.job import Job
    from pipeline.ops.finding import Finding

    Probe = Callable[["Asked"], Iterator[Finding]]


@dataclass(frozen=True)
class Asked:
    """What the doctor is to look at, and how closely.

    Attributes:
        job: settings, clock and folders; where the settings are broken, those that hold without
            any file.
        ledger: the ledger that is read: a copy, since SQLite writes beside one that it reads.
        flaw: why the settings cannot be used, null where they can.
        has_home: false where not even the folder of all data is one that can be.
        configuration: the values and the files they are from, null where they cannot be used.
        online: ask sources and channels whether they can be reached.
        payloads: read every payload instead of some.
        probe: try in the state folder what the file system can do, and take it away again.
    """

    job: Job
    ledger: Path
    flaw: UsageError | None = None
    has_home: bool = True
    configuration: Configuration | None = None
    online: bool = False
    payloads: bool = False
    probe: bool = False
