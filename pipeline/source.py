"""What every source promises: what it plans to have, how it has it, and what rows that holds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from pipeline.form import JSON

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import date, datetime

    import polars as pl

    from pipeline.form import Form
    from pipeline.http import Access, Answer
    from pipeline.provenance import Provenance

Fetched = tuple[bytes, "Provenance"]


@dataclass(frozen=True)
class Rows:
    """One parsed payload.

    ``accepted`` has exactly the declared columns, in the declared order. ``rejected`` has
    ``row_number`` (1 for the first row of data), ``reason`` and ``row_json``.
    """

    accepted: pl.DataFrame
    rejected: pl.DataFrame


@dataclass(frozen=True)
class Entity:
    """One kind of fact that a source gives.

    ``schema`` declares column names and polars types in order; ``required`` names the columns
    that may not be null; ``parse`` turns the bytes of a payload into rows of that schema and
    raises SchemaError where the payload has not the declared shape. It is told the payload's
    provenance, for what the bytes themselves do not say (whose series it is, when it was had).
    ``dated_by`` is the column whose days part the rows, in large tables that are made day by day;
    it may be ``known_at``. ``new_fields`` names what a payload holds that the parser knows
    nothing of.
    """

    name: str
    schema: Mapping[str, pl.DataType]
    required: frozenset[str]
    parse: Callable[[Entity, bytes, Provenance], Rows]
    new_fields: Callable[[Entity, bytes], Sequence[str]] | None = None
    dated_by: str | None = None


class Get(Protocol):
    """Asks a source's own host for one document and gives its answer, or raises."""

    def __call__(
        self,
        path: Sequence[str],
        parameters: Mapping[str, str],
        *,
        gate: Callable[[Any], str | None],
        form: Form = JSON,
    ) -> Answer:
        """The answer to a GET of ``path`` (segments, not yet quoted), written in ``form``.

        ``gate`` says what is wrong with the value of an answer ("is no list"), or None; a wrong
        one is asked for again before it counts as a failure.

        Raises:
            AuthError, OutOfReachError: the key or the plan is refused.
            NotFoundError: the source knows no such thing.
            QuotaError: the calls of the plan are spent.
            BadAnswerError, UnavailableError: no usable answer after all tries.
        """
        ...


@dataclass(frozen=True)
class Review:
    """How the members of a set changed since the last accepted time; ids in order."""

    n_before: int
    n_members: int
    entered: tuple[str, ...]
    left: tuple[str, ...]

    @property
    def is_jump(self) -> bool:
        """More than a fifth of the earlier members changed: a person is to look at it first."""
        return self.n_before > 0 and len(self.entered) + len(self.left) > self.n_before / 5


@dataclass(frozen=True)
class Unit:
    """What is had as a whole or not at all: one data set over one range of UTC days.

    ``calls`` is how many requests it is expected to take; 0 for what lies on this machine.
    Without ``days`` it belongs to no day, and is had each time. ``review`` looks at its rows,
    payload by payload, beside those that were had before: it raises where they are not to be
    believed, and tells how members changed where the unit has any. A snapshot is of the day on
    which its answer came, whatever it was planned for; ``dated_by`` names the column whose days
    must fill the range, from the first one that is there.
    """

    dataset: str
    days: tuple[date, date] | None
    calls: int
    fetch: Callable[[Get], Iterable[Fetched]]
    is_required: bool = True
    review: Callable[[Sequence[Rows]], Review | None] | None = None
    is_snapshot: bool = False
    dated_by: str | None = None


@dataclass(frozen=True)
class Gap:
    """Days of a data set that cannot be had any more, and why; without an end it stays open."""

    dataset: str
    first_date: date
    last_date: date | None
    reason: str


class Past(Protocol):
    """What a source learned before; every answer is as of now."""

    def covered(self, dataset: str) -> Sequence[tuple[date, date]]:
        """Ranges of days that were had, oldest first."""
        ...

    def datasets(self, prefix: str) -> Sequence[str]:
        """Data sets that were had at least once, by the beginning of their name."""
        ...

    def payloads(self, dataset: str) -> Sequence[Fetched]:
        """What the newest unit of a data set brought; empty if there was none."""
        ...

    def accepted(self, dataset: str) -> Sequence[Fetched]:
        """What the newest unit brought whose members were accepted; empty if there was none."""
        ...

    def gaps(self, dataset: str) -> Sequence[Gap]:
        """Gaps that are on record."""
        ...


@dataclass(frozen=True)
class Wanted:
    """What a fetch is asked for.

    Days are complete UTC days and inclusive. A daily fetch looks ``max_catchup_days`` back for
    days it never had; a backfill names its own ``days``, and perhaps its ``coin_ids``.
    """

    now: datetime
    max_catchup_days: int = 30
    refresh: bool = False
    days: tuple[date, date] | None = None
    coin_ids: tuple[str, ...] = field(default=())


@dataclass(frozen=True)
class About:
    """What a user is told of a source.

    ``is_required``: a run without it ends with an error, not with a mark. ``is_official``: its
    interface is documented for the public. ``off_because`` says why it is not asked, and is empty
    where it is. ``every_days`` is how often there is something new.
    """

    title: str
    producer: str
    licence: str
    address: str = ""
    is_required: bool = True
    is_official: bool = True
    off_because: str = ""
    every_days: int = 1


class Source(Protocol):
    """A publisher and our module for it."""

    @property
    def name(self) -> str:
        """First part of its tables: ``raw.<name>__<entity>``."""
        ...

    @property
    def entities(self) -> Mapping[str, Entity]:
        """What it gives, by entity name."""
        ...

    @property
    def about(self) -> About:
        """Who publishes it, and on which terms it is had."""
        ...

    def due(self, past: Past, today: date) -> date | None:
        """The day on which something of it is to be asked for next; None if it is never asked."""
        ...

    @property
    def access(self) -> Access | None:
        """Whom it may ask, and as whom; None for what lies on this machine.

        Raises:
            AuthError: the plan needs a key and none is set.
            UsageError: the address is not one of this source.
        """
        ...

    def plan(self, past: Past, wanted: Wanted) -> Iterator[Unit | Gap]:
        """What is to be had, and what cannot be had any more; most urgent first.

        Lazy: a unit may depend on what an earlier one of the same plan brought, and ``past``
        knows of that when the plan goes on. A plan that is only read to the end (a dry run)
        goes by what was there before.

        Raises:
            CapbriefError: what the source is made from cannot be read.
        """
        ...
