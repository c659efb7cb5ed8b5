"""Kinds of file that users can import: what an entity says of itself beyond its columns."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipeline.extract.cells import VENDOR_ID, Days
from pipeline.source import Entity

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import polars as pl

    from pipeline.extract.cells import IdForm


@dataclass(frozen=True)
class Kind(Entity):
    """An entity that users' files hold.

    ``title`` names a file of it; ``day`` is the column of its day, and ``days`` how days are read
    where nothing else is said; ``id_form`` is how its ids are written. Columns of ``given`` are
    asked of no file: the vendor is whom the user names as the source, others are found from the
    rows. A figure of ``zero_unknown`` that is 0 is unknown. ``flaws`` says what is wrong with a
    row whose cells are all right, and ``complete`` adds what all rows together tell.
    ``layouts`` are vendors' own forms of it, as texts of mapping files by their names.
    """

    title: str = ""
    day: str = "price_date"
    days: Days = field(default_factory=Days)
    id_form: IdForm = VENDOR_ID
    given: frozenset[str] = frozenset({"vendor"})
    zero_unknown: frozenset[str] = frozenset()
    flaws: Callable[[pl.DataFrame], pl.Series] | None = None
    complete: Callable[[pl.DataFrame, str | None], pl.DataFrame] | None = None
    layouts: Mapping[str, str] = field(default_factory=dict)
