"""Table: what code says of a table that it makes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Table:
    """A table made here: what one row is, its key, and the warehouse tables it comes from."""

    description: str
    grain: tuple[str, ...]
    reads: tuple[str, ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict)
    """What the glossary does not say of single columns, or says otherwise."""
