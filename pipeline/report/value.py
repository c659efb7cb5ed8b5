"""The report as a value: everything a page shows, already words, and nothing of how it looks.

It is made once by ``assemble`` and read by ``render``; equal values give equal pages.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from pipeline.report.brand import Brand
from pipeline.report.language import Language
from pipeline.report.tables import Table

Width = Literal["full", "half"]
Trend = Literal["up", "down", "flat", ""]


@dataclass(frozen=True)
class Source:
    """An entry of the source list; ``number`` is what ``[n]`` refers to.

    One entry stands for all payloads of one entity; ``hashes`` are the short SHA-256 of some of
    them, and ``n_more_hashes`` says how many there are beyond.
    """

    number: int
    entity: str
    title: str
    producer: str
    citation: str
    licence: str
    url: str
    published: str
    hashes: tuple[str, ...]
    n_more_hashes: int

    @property
    def address(self) -> str:
        """The URL as it is read: without its scheme."""
        return self.url.removeprefix("https://").rstrip("/")


@dataclass(frozen=True)
class Citation:
    """How a source line names sources: one label, and the numbers of those that share it."""

    label: str
    numbers: tuple[int, ...]


@dataclass(frozen=True)
class Note:
    """A numbered note: what a sentence rests on, and the sources it descends from."""

    number: int
    text: str
    sources: tuple[Citation, ...]


@dataclass(frozen=True)
class Sentence:
    """Filled text with the note that stands behind it, if it has one.

    ``is_first`` is set where the note is called for the first time.
    """

    text: str
    note: Note | None = None
    is_first: bool = True


@dataclass(frozen=True)
class Kpi:
    """One tile of the strip under the cover."""

    label: str
    value: str
    unit: str
    detail: str
    trend: Trend


@dataclass(frozen=True)
class Finding:
    """A key finding: a few words, then the sentence."""

    lead: str
    sentence: Sentence


@dataclass(frozen=True)
class Data:
    """What a figure or table shows: the rows of its query as CSV, and the query."""

    query: str
    sql: str
    csv: str


@dataclass(frozen=True)
class Figure:
    """A drawn chart with its words; ``svg`` is exactly ``width_px`` wide, as is what is printed.

    ``number`` is A1, A2, … for what is attached to the PDF and not ``on_paper``.
    """

    key: str
    number: str
    title: str
    subtitle: str
    short: str
    alt: str
    svg: str
    printed_svg: str
    width: Width
    width_px: int
    height_px: int
    sources: tuple[Citation, ...]
    data: Data
    note: str
    on_paper: bool = True
    kind: Literal["figure"] = "figure"


@dataclass(frozen=True)
class TableBlock:
    """A table with its words; ``number`` and ``on_paper`` are as for a figure."""

    key: str
    number: str
    title: str
    subtitle: str
    short: str
    table: Table
    width: Width
    sources: tuple[Citation, ...]
    data: Data
    note: str
    missing: str
    on_paper: bool = True
    kind: Literal["table"] = "table"


@dataclass(frozen=True)
class Prose:
    """Paragraphs under an optional small heading."""

    heading: str
    paragraphs: tuple[str, ...]
    width: Width
    on_paper: bool = True
    kind: Literal["prose"] = "prose"


@dataclass(frozen=True)
class Empty:
    """Stands where a query returned no rows, and says so."""

    key: str
    title: str
    text: str
    width: Width
    on_paper: bool = True
    kind: Literal["empty"] = "empty"


Block = Figure | TableBlock | Prose | Empty


@dataclass(frozen=True)
class Section:
    """A section: heading, lead sentence, rows of one full or two half blocks."""

    key: str
    title: str
    template: str
    lead: Sentence
    rows: tuple[tuple[Block, ...], ...]
    starts_page: bool

    @property
    def tables(self) -> tuple[TableBlock, ...]:
        """The section's tables, for templates that set one in their own way."""
        return tuple(b for row in self.rows for b in row if isinstance(b, TableBlock))


@dataclass(frozen=True)
class Edition:
    """The dated bundled data set that the report was made from."""

    title: str
    date: str
    description: str


@dataclass(frozen=True)
class Report:
    """A report, complete. ``report_id`` is a digest of all the rest."""

    name: str
    title: str
    kicker: str
    series: str
    finding: str
    language: Language
    report_date: dt.date
    dateline: str
    knowledge: str
    completeness: str
    is_complete: bool
    warning: str
    edition: Edition | None
    kpis: tuple[Kpi, ...]
    findings: tuple[Finding, ...]
    sections: tuple[Section, ...]
    sources: tuple[Source, ...]
    notes: tuple[Note, ...]
    disclaimer: tuple[str, ...]
    brand: Brand
    report_id: str = field(default="")

    @property
    def blocks(self) -> tuple[Block, ...]:
        """All blocks in order."""
        return tuple(block for s in self.sections for row in s.rows for block in row)

    @property
    def figures(self) -> tuple[Figure, ...]:
        """All figures in order."""
        return tuple(block for block in self.blocks if isinstance(block, Figure))

    @property
    def tables(self) -> tuple[TableBlock, ...]:
        """All tables in order."""
        return tuple(block for block in self.blocks if isinstance(block, TableBlock))

    @property
    def charts(self) -> Mapping[str, str]:
        """The SVG of every figure as it is printed, by its key."""
        return {figure.key: figure.printed_svg for figure in self.figures}
