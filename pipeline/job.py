"""Job: what every stage of one command is given."""

from __future__ import annotations

import time
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeVar

from pipeline import resources

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from pathlib import Path

    from pipeline.settings import Settings

Item = TypeVar("Item")


class Log(Protocol):
    """Takes one event with its fields."""

    def __call__(self, event: str, **fields: object) -> None:
        """Write the event."""
        ...


class Progress(Protocol):
    """Takes note that work of many steps goes on, for as long as the context lasts."""

    def __call__(
        self, what: str, total: int | Callable[[], int] | None = None
    ) -> AbstractContextManager[Callable[[int], None]]:
        """Give what takes how many of the steps are done.

        ``total`` is called only where somebody watches, and null where nobody can know.
        """
        ...


def unwatched(
    what: str, total: int | Callable[[], int] | None = None
) -> AbstractContextManager[Callable[[int], None]]:
    """Progress that nobody watches."""
    return nullcontext(lambda done: None)


def milliseconds(since: float) -> int:
    """Whole milliseconds since a reading of ``time.monotonic``, as the log has durations.

    The clock of days and times may be put back meanwhile.
    """
    return round((time.monotonic() - since) * 1000)


@dataclass(frozen=True)
class Job:
    """What every stage of one command is given.

    ``overlay`` is a folder of the user's own ``sql``, ``templates``, ``reports``, ``locale`` and
    ``scenarios``, which come before the shipped ones. ``is_shared`` says that other machines
    write to the home as well, and that its locks hold between them. ``forgiven`` are the exit
    codes that the user takes for success.
    """

    run_id: str
    settings: Settings
    log: Log
    clock: Callable[[], datetime]
    version: str
    overlay: Path | None = None
    lock_wait_seconds: float = 0.0
    is_shared: bool = False
    forgiven: frozenset[int] = frozenset()
    progress: Progress = unwatched

    def watched(self, what: str, items: Callable[[], Iterator[Item]]) -> Iterator[Item]:
        """Go through items and take note how many are done.

        Where somebody watches, ``items`` is called once more, to count them.
        """
        with self.progress(what, lambda: sum(1 for _ in items())) as step:
            for done, item in enumerate(items()):
                step(done)
                yield item

    def alone(self) -> AbstractContextManager[None]:
        """Hold the one writer's lock of the home, as flags and settings ask for it.

        Raises:
            LockedError, StorageError: as ``holder.writing``.
        """
        from pipeline import holder

        return holder.writing(
            self.settings, wait_seconds=self.lock_wait_seconds, is_shared=self.is_shared
        )

    def folders(self, kind: str, shipped: Path) -> tuple[Path, ...]:
        """Where files of one kind are looked for, the user's folder first."""
        own = (self.overlay / kind,) if self.overlay else ()
        return (*own, shipped)

    @property
    def sql(self) -> tuple[Path, ...]:
        """Folders of SQL files."""
        return self.folders("sql", resources.SQL)

    @property
    def scenarios(self) -> tuple[Path, ...]:
        """Folders of scenario files."""
        return self.folders("scenarios", resources.SCENARIOS)

    @property
    def definitions(self) -> tuple[Path, ...]:
        """Folders of report definitions."""
        return self.folders("reports", resources.REPORTS)

    @property
    def universes(self) -> tuple[Path, ...]:
        """Folders of universe files."""
        return self.folders("universes", resources.UNIVERSES)

    @property
    def events(self) -> tuple[Path, ...]:
        """Folders of event files."""
        return self.folders("events", resources.EVENTS)

    @property
    def alerts(self) -> tuple[Path, ...]:
        """Folders of alert rules."""
        return self.folders("alerts", resources.ALERTS)

    @property
    def templates(self) -> tuple[Path, ...]:
        """Folders of templates."""
        return self.folders("templates", resources.TEMPLATES)

    @property
    def locales(self) -> tuple[Path, ...]:
        """Folders of catalogues."""
        return self.folders("locale", resources.LOCALE)
