"""Exported: what a table is, and where in a folder it went."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

MANIFEST = "manifest.json"
MADE_BY = "capbrief export"


@dataclass(frozen=True)
class Table:
    """One table of the warehouse, and its place in an export.

    ``columns`` are pairs of name and DuckDB type. ``file`` lies in the folder, and ``place`` is
    the name of the sheet or table in it (the table's own where a file holds one).
    """

    name: str
    comment: str
    columns: tuple[tuple[str, str], ...]
    row_count: int
    file: str
    place: str

    def described(self, sha256: str) -> dict[str, Any]:
        """The table as the manifest has it."""
        return {
            "name": self.name,
            "comment": self.comment,
            "columns": [{"name": name, "type": kind} for name, kind in self.columns],
            "row_count": self.row_count,
            "file": self.file,
            "place": self.place,
            "sha256": sha256,
        }
