"""What every source promises: how it fetches payloads, and what rows each payload holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    import polars as pl

    from pipeline.provenance import Provenance


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
    raises SchemaError where the payload has not the declared shape.
    """

    name: str
    schema: Mapping[str, pl.DataType]
    required: frozenset[str]
    parse: Callable[[Entity, bytes], Rows]


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

    def fetch(self, now: datetime) -> Iterator[tuple[bytes, Provenance]]:
        """Payloads as they are at the source, each with its provenance, retrieved ``now``.

        Raises:
            CapbriefError: the source is out of reach or gives what it should not.
        """
        ...
