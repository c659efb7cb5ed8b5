"""Tally: what a command did, counted from what it logged."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_OF_A_FETCH = ("units", "payloads", "calls", "gaps")


class Tally:
    """Counts events as they are logged, also those that are too quiet to be shown."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._failed: set[object] = set()

    def add(self, level: str, event: str, fields: Mapping[str, object]) -> None:
        """Count one event."""
        if level in ("warning", "error"):
            self._counts[f"{level}s"] += 1
        match event:
            case "fetched":
                self._counts["sources"] += 1
                for name in _OF_A_FETCH:
                    self._add(name, fields)
            case "unit_failed":
                self._failed.add(fields.get("source"))
            case "published":
                self._add("rows", fields)
            case "report_ready" | "pdf_missing":
                self._counts["reports"] += 1

    def _add(self, name: str, fields: Mapping[str, object]) -> None:
        number = fields.get(name)
        if isinstance(number, int):
            self._counts[name] += number

    def to_fields(self) -> dict[str, int]:
        """The counts for the last line of the log.

        ``warnings`` and ``errors`` are lines of that level. Those of a fetch (``sources`` that were
        asked, ``sources_failed`` of which a unit failed, ``units``, ``payloads``, ``calls``,
        ``gaps``), of ``rows`` published and of ``reports`` written are there where there was one.
        """
        found = {name: self._counts[name] for name in ("warnings", "errors")}
        if "sources" in self._counts or self._failed:
            found["sources"] = self._counts["sources"]
            found["sources_failed"] = len(self._failed)
            found |= {name: self._counts[name] for name in _OF_A_FETCH}
        return found | {
            name: self._counts[name] for name in ("rows", "reports") if name in self._counts
        }
