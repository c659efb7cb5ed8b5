"""Alert: what a rule found in the warehouse."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import date


@dataclass(frozen=True)
class Said:
    """What an alert says, in no language yet: a sentence by its key, and what is put into it.

    ``parts`` are values with the formats that they are written in; ``label`` names what they are
    of, such as a network, "" where the title says it.
    """

    key: str
    parts: tuple[tuple[object, str], ...] = ()
    label: str = ""


@dataclass(frozen=True)
class Alert:
    """One rule of a warehouse, asked.

    ``state`` is firing, calm, or unknown where the data does not tell. ``severity`` is warning or
    critical. ``text`` says what was found, with its number, limit and day, in English; ``said``
    is the same for any language. ``value`` and ``limit`` are in the rule's own unit: a share, a
    relative change, hours or days of age, or as the query gives it. ``fault`` says why a rule
    could not be asked, as its writer needs it, one line for each finding.
    """

    alert_id: str
    title: str
    severity: str
    state: str
    text: str
    said: Said | None = None
    value: float | None = None
    limit: float | None = None
    day: date | None = None
    query: str = ""
    fault: str = ""

    def to_fields(self) -> dict[str, Any]:
        """Plain fields for JSON."""
        return {
            "alert_id": self.alert_id,
            "title": self.title,
            "severity": self.severity,
            "state": self.state,
            "text": self.text,
            "value": self.value,
            "limit": self.limit,
            "day": self.day.isoformat() if self.day else None,
            "fault": self.fault or None,
        }
