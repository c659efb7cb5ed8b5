"""Event files: TOML files that say what was announced and when, read whole and checked at once."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING

from pipeline.errors import DefinitionError
from pipeline.extract.rule_files import content_of, files, values
from pipeline.extract.toml_table import TomlTable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

KINDS = ("product", "model", "earnings", "merger", "regulation", "conference", "market", "other")

_EVENT_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_FIRST_YEAR, _LAST_YEAR = 2000, 2199


@dataclass(frozen=True)
class Event:
    """Something that was announced, and the document that says so.

    ``announced_at`` is in UTC, without zone; with ``has_time`` false only the day is known, and
    it is the day's first moment.
    """

    event_id: str
    title: str
    announced_at: datetime
    has_time: bool
    kind: str
    source: str
    url: str


def load(folders: Sequence[Path]) -> list[Event]:
    """The events of all files.

    Raises:
        DefinitionError: a file cannot be used, or two files have an event of the same id.
    """
    found, owner = [], dict[str, str]()
    for path in files(folders):
        for event in read_file(path):
            first = owner.setdefault(event.event_id, str(path))
            if first != str(path):
                raise DefinitionError(
                    f"{path}: event {event.event_id}: is in {first} too; give one of them "
                    "another id"
                )
            found.append(event)
    return found


def read_file(path: Path) -> list[Event]:
    """The events of one file.

    Raises:
        DefinitionError: it cannot be read or used.
    """
    return read(str(path), content_of(path))


def read(name: str, content: bytes) -> list[Event]:
    """The events in the bytes of a file.

    Raises:
        DefinitionError: it cannot be used; one line for each finding, ``file: key: reason``.
    """
    findings: list[str] = []
    file = TomlTable(name, values(name, content), findings)
    found = [_event(table) for table in file.tables("event")]
    file.done()
    ids = [event.event_id for event in found if event.event_id]
    for twice in sorted({one for one in ids if ids.count(one) > 1}):
        file.fault("event", f"{twice} is there twice")
    if findings:
        raise DefinitionError("\n".join(findings))
    return found


def _event(table: TomlTable) -> Event:
    announced = table.moment("announced_at")
    event = Event(
        event_id=table.text("id"),
        title=table.text("title"),
        announced_at=_naive_utc(announced),
        has_time=isinstance(announced, datetime),
        kind=table.choice("kind", KINDS),
        source=table.text("source"),
        url=table.text("url"),
    )
    table.done()
    if not _EVENT_ID.fullmatch(event.event_id or "missing"):
        table.fault("id", "must be of small letters, digits and single hyphens")
    if announced is not None and not _FIRST_YEAR <= announced.year <= _LAST_YEAR:
        table.fault("announced_at", f"is not between {_FIRST_YEAR} and {_LAST_YEAR}")
    if event.url and not event.url.startswith("https://"):
        table.fault("url", "must begin with https://")
    return event


def _naive_utc(announced: datetime | date | None) -> datetime:
    if isinstance(announced, datetime):
        # The ends of the calendar have no moment in UTC; their year is refused.
        is_inside = _FIRST_YEAR <= announced.year <= _LAST_YEAR
        at = announced.astimezone(UTC) if is_inside else announced
        return at.replace(tzinfo=None)
    return datetime.combine(announced or date.min, time())
