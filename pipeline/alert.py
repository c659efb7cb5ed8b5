"""Alert: what a rule found in the warehouse."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Alert:
    """One rule of a warehouse, asked.

    ``state`` is firing, calm, or unknown where the data does not tell. ``severity`` is warning or
    critical. ``text`` says what was found, with its number, limit and day, in one sentence.
    """

    alert_id: str
    title: str
    severity: str
    state: str
    text: str
