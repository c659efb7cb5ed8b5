"""The report as a value: everything a page shows, already words, and nothing of how it looks.

It is made once by ``assemble`` and read by ``render``; equal values give equal pages.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, is_dataclass, replace
from typing import Literal

from pipeline.report.brand import Brand
from pipeline.report.language import Language
from pipeline.report.tables import Table

Width = Literal["full", "half"]
Trend = Literal["up", "down", "flat", ""]
# How much of a block the PDF shows: all of it; a table's rows without what stands under them; or
# nothing, for the data are attached. The HTML always shows all.
Paper = Literal["whole", "brief", "attached"]
Cause = Literal["data", "revision", "membership", "method", "unknown"]


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
    """What a figure or table shows: the rows of its query as CSV, and the query.

    What ``is_estimated`` rests on the scenario files, whatever else it rests on.
    """

    query: str
    sql: str
    csv: str
    is_estimated: bool = False


@dataclass(frozen=True)
class File:
    """A text that the report was made from: its definition, or one of its scenarios."""

    name: str
    text: str
    media_type: str
    description: str


@dataclass(frozen=True)
class Figure:
    """A drawn chart with its words; ``svg`` is exactly ``width_px`` wide, as is what is printed.

    ``number`` is A1, A2, … for what is attached to the PDF and not shown in it.
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
    paper: Paper = "whole"
    kind: Literal["figure"] = "figure"


@dataclass(frozen=True)
class TableBlock:
    """A table with its words; ``number`` is as for a figure."""

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
    paper: Paper = "whole"
    kind: Literal["table"] = "table"


@dataclass(frozen=True)
class Prose:
    """Paragraphs under an optional small heading."""

    heading: str
    paragraphs: tuple[str, ...]
    width: Width
    paper: Paper = "whole"
    kind: Literal["prose"] = "prose"


@dataclass(frozen=True)
class Empty:
    """Stands where a query returned no rows, or too few to draw, and says so.

    ``n`` is how many of them a chart could have drawn, none for a table. ``is_sentence``: ``text``
    says all, such as that none is what was found.
    """

    key: str
    title: str
    text: str
    width: Width
    paper: Paper = "whole"
    n: int | None = None
    is_sentence: bool = False
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
class Change:
    """A watched number that is printed otherwise than in the report before, with its causes.

    ``revised`` is what the number before would be today, where that is printed otherwise.
    ``revised``, ``change`` and ``percent`` are "" where there is none to be given.
    """

    label: str
    before: str
    before_date: str
    revised: str
    now: str
    now_date: str
    change: str
    percent: str
    causes: tuple[Cause, ...]


@dataclass(frozen=True)
class Changes:
    """What changed since an earlier report.

    ``moved`` are numbers that speak of a later day now, ``revised`` those of the same day. The
    counts are of all numbers that both reports have.
    """

    since_id: str
    since_date: str
    moved: tuple[Change, ...]
    revised: tuple[Change, ...]
    n_moved: str
    n_revised: str
    n_compared: str


@dataclass(frozen=True)
class Notice:
    """A rule of the warehouse that fires, or that the data leaves unknown.

    ``severity`` is warning or critical, ``state`` firing or unknown; ``sql`` is what was asked.
    """

    key: str
    title: str
    severity: str
    state: str
    text: str
    sql: str


@dataclass(frozen=True)
class Report:
    """A report, complete. ``report_id`` is a digest of all the rest.

    ``changes`` is null where there is no earlier report to compare with; ``notices`` are what
    the rules of alerts found that is not calm.
    """

    name: str
    title: str
    kicker: str
    series: str
    cover: str
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
    files: tuple[File, ...]
    version: str
    changes: Changes | None = None
    notices: tuple[Notice, ...] = ()
    engines: tuple[str, ...] = ()
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
    def listed(self) -> tuple[Figure | TableBlock, ...]:
        """All figures in order, then all tables, with what is attached at the end."""
        found: tuple[Figure | TableBlock, ...] = (*self.figures, *self.tables)
        return tuple(sorted(found, key=lambda block: block.paper == "attached"))

    @property
    def charts(self) -> Mapping[str, str]:
        """The SVG of every figure as it is printed, by its key."""
        return {figure.key: figure.printed_svg for figure in self.figures}


def identified(report: Report) -> Report:
    """The report with its id: twelve hexadecimal digits over the whole value."""
    text = json.dumps(report, sort_keys=True, default=_plain)
    return replace(report, report_id=hashlib.sha256(text.encode()).hexdigest()[:12])


def _plain(value: object) -> object:
    if isinstance(value, Language):
        return value.tag
    return vars(value) if is_dataclass(value) else str(value)
