"""Job: what every stage of one command is given."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from pipeline import resources

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from pipeline.settings import Settings


class Log(Protocol):
    """Takes one event with its fields."""

    def __call__(self, event: str, **fields: object) -> None:
        """Write the event."""
        ...


def milliseconds(start: datetime, end: datetime) -> int:
    """Whole milliseconds between two moments, as the log has durations."""
    return round((end - start) / timedelta(milliseconds=1))


@dataclass(frozen=True)
class Job:
    """What every stage of one command is given.

    ``overlay`` is a folder of the user's own ``sql``, ``templates``, ``reports``, ``locale`` and
    ``scenarios``, which come before the shipped ones.
    """

    run_id: str
    settings: Settings
    log: Log
    clock: Callable[[], datetime]
    version: str
    overlay: Path | None = None
    lock_wait_seconds: float = 0.0

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
