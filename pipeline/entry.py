"""Entries of the ledger: what was retrieved, run, published, missed and decided."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date, datetime

    from pipeline.provenance import Provenance


@dataclass(frozen=True)
class Retrieval:
    """One time a payload was had from its source, with what the source said of it then.

    The same bytes can come again with a corrected citation or knowledge date, so what counts
    for a retrieval is its own provenance, not the sidecar of the bytes. ``retrieval_id`` is its
    place in the ledger, from which it is read back.
    """

    payload_sha256: str
    provenance: Provenance
    retrieval_id: int = field(default=0, compare=False)

    @property
    def is_dated(self) -> bool:
        """The file says when its rows became known: its next version replaces it as a whole."""
        return self.provenance.known_at is not None


@dataclass(frozen=True)
class Run:
    """One run of a command; ``status`` is running, ok, partial, failed or killed.

    In a warehouse, the run that published it is ``published``. ``settings`` are those that were
    not as shipped, null where all were (pipeline.parameters).
    """

    run_id: str
    command: str
    version: str
    started_at: datetime
    finished_at: datetime | None = None
    exit_code: int | None = None
    status: str = "running"
    settings: str | None = None


@dataclass(frozen=True)
class Publication:
    """One published warehouse file and what it must contain.

    ``engine`` is the DuckDB that hashed it: another release may hash otherwise.
    """

    file_name: str
    run_id: str
    content_hash: str
    row_count: int
    published_at: datetime
    engine: str


@dataclass(frozen=True)
class Had:
    """A unit of work that is done: one data set over a range of UTC days, had as a whole.

    ``fetched_at`` is the retrieval time of all that it brought.
    """

    source: str
    dataset: str
    first_date: date
    last_date: date
    run_id: str
    fetched_at: datetime
    n_payloads: int


@dataclass(frozen=True)
class Missing:
    """Days of a data set that cannot be had any more; without an end, from the first day on."""

    source: str
    dataset: str
    first_date: date
    last_date: date | None
    reason: str
    noted_at: datetime


@dataclass(frozen=True)
class Membership:
    """Who belonged to a set on a day, and whether that counts.

    ``status`` is accepted or held: a set that changed by too much waits for a person. A later
    row for the same day replaces an earlier one.
    """

    source: str
    dataset: str
    seen_date: date
    status: str
    n_before: int
    n_members: int
    entered: tuple[str, ...]
    left: tuple[str, ...]
    decided_at: datetime


@dataclass(frozen=True)
class Outage:
    """A time in which a data set could not be had, from the first failure to the next success.

    ``last_good_at`` is when it was had before, null if never; ``ended_at`` is null while it lasts,
    and also set where its source is not asked any more.
    ``reason`` is that of the first failure; there were ``n_failures``, the last at
    ``last_failed_at``.
    """

    source: str
    dataset: str
    began_at: datetime
    last_good_at: datetime | None
    reason: str
    last_failed_at: datetime
    n_failures: int = 1
    ended_at: datetime | None = None


@dataclass(frozen=True)
class BadAnswer:
    """The beginning of an answer that was no usable one, without secrets."""

    source: str
    url: str
    status: int
    reason: str
    sample: str
    seen_at: datetime


@dataclass(frozen=True)
class Announcement:
    """That the host of a source announced an end of its interface, in the words of its headers."""

    source: str
    url: str
    said: str
    seen_at: datetime


@dataclass(frozen=True)
class Issue:
    """One report that was delivered, with the numbers that the next one is compared with.

    ``content`` is a digest of name, day, knowledge and numbers: a report that is built again
    from the same is the same issue, and keeps its first ``built_at``. ``as_of`` is where its
    knowledge ended, null for all that was known. ``file_name`` is the warehouse it was made
    from, ``numbers`` the JSON of what it watches.
    """

    name: str
    report_date: date
    as_of: datetime | None
    content: str
    numbers: str
    built_at: datetime
    report_id: str
    file_name: str
    version: str
