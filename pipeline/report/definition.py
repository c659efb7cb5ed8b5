"""Report definitions: TOML files that say what a report consists of, and nothing else.

A definition names queries, charts, formats and templates; its texts are sentences whose
numbers are fields. Sections, tiles and findings that several reports share stand in files of
their own, which a definition uses by name. Everything is checked when it is loaded, and every
complaint is reported at once, with its line.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from pipeline.report.brand import Brand
from pipeline.report.language import Language
from pipeline.report.sentences import fields
from pipeline.report.tables import Column
from pipeline.report.value import Paper
from pipeline.report.watch import Watch

# A cover takes the first page, or stands above the first section where a report is short.
COVERS: Final = ("page", "band")
# No longer than any file system takes with what is put behind it.
# What stands in for a headline or lead that lacks a number where nothing else is given.
NOT_ENOUGH: Final = "Not enough data."
NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,79}")


@dataclass(frozen=True)
class Text:
    """A sentence to be filled, and where it stands (``file:line: key``), for complaints."""

    text: str
    place: str

    @property
    def queries(self) -> tuple[str, ...]:
        """The queries whose numbers it states, in order."""
        return tuple(dict.fromkeys(field.query for field in fields(self.text)))


@dataclass(frozen=True)
class ColumnRef:
    """A single ``query.column``, and where it stands."""

    query: str
    column: str
    place: str


@dataclass(frozen=True)
class KpiDef:
    """A tile: label, value, unit, a line below, and the number whose sign is the trend.

    ``otherwise`` stands in for ``detail`` where one of its numbers is missing.
    """

    label: Text
    value: Text
    unit: Text
    detail: Text
    otherwise: Text
    trend: ColumnRef | None


@dataclass(frozen=True)
class FindingDef:
    """A key finding; ``note`` says more about it at the foot of the page.

    ``otherwise`` stands in for all of it where one of its numbers is missing.
    """

    lead: Text
    text: Text
    note: Text
    otherwise: Text


@dataclass(frozen=True)
class DetailsDef:
    """A query whose rows belong to the rows of a table by a common ``key`` column."""

    query: str
    key: str
    columns: tuple[Column, ...]


@dataclass(frozen=True)
class BlockDef:
    """A figure, a table or paragraphs; what it is not is left empty.

    ``otherwise`` stands in for the title where one of its numbers is missing. Of the sentences
    of ``note`` those are left out that lack a number. ``missing`` says what a dash means, and why
    there is no row; ``none`` says the latter in a sentence of its own.
    """

    kind: Literal["figure", "table", "prose"]
    key: str
    query: str
    chart: str
    title: Text
    otherwise: Text
    subtitle: Text
    short: Text
    alt: Text
    note: tuple[Text, ...]
    missing: Text
    none: Text
    paragraphs: tuple[Text, ...]
    columns: tuple[Column, ...]
    details: DetailsDef | None
    group: str
    total: str
    width: Literal["full", "half"]
    place: str
    paper: Paper = "whole"


@dataclass(frozen=True)
class SectionDef:
    """A section and its blocks in order.

    ``otherwise`` stands in for the lead where one of its numbers is missing.
    """

    key: str
    title: Text
    template: str
    lead: Text
    otherwise: Text
    note: Text
    starts_page: bool
    blocks: tuple[BlockDef, ...]


@dataclass(frozen=True)
class Definition:
    """A checked definition; ``text`` is the file that it was read from."""

    name: str
    text: str
    language: Language
    title: Text
    kicker: Text
    series: Text
    scenarios: tuple[str, ...]
    scenarios_place: str
    cover: str
    finding: Text
    otherwise: Text
    dateline: Text
    completeness: Text
    complete: ColumnRef | None
    warning: tuple[Text, ...]
    kpis: tuple[KpiDef, ...]
    findings: tuple[FindingDef, ...]
    sections: tuple[SectionDef, ...]
    watch: tuple[Watch, ...]
    disclaimer: tuple[Text, ...]
    brand: Brand


def texts_of(definition: Definition) -> list[Text]:
    """Every sentence of the definition, in the order of the report."""
    top = definition
    texts = [top.title, top.kicker, top.series, top.finding, top.otherwise]
    texts += [top.dateline, top.completeness]
    texts += [*top.warning, *top.disclaimer]
    for tile in top.kpis:
        texts += [tile.label, tile.value, tile.unit, tile.detail, tile.otherwise]
    for found in top.findings:
        texts += [found.lead, found.text, found.note, found.otherwise]
    for section in top.sections:
        texts += [section.title, section.lead, section.otherwise, section.note]
        for block in section.blocks:
            texts += [block.title, block.otherwise, block.subtitle, block.short, block.alt]
            texts += [*block.note, block.missing, block.none, *block.paragraphs]
            columns = block.columns + (block.details.columns if block.details else ())
            texts += [Text(column.label, block.place) for column in columns]
    texts += [Text(one.label, one.place) for one in top.watch]
    return [text for text in texts if text.text]


def facts_of(definition: Definition) -> Mapping[str, str]:
    """Every one-row query that the definition's sentences use, with a place that uses it."""
    used = {query: text.place for text in reversed(texts_of(definition)) for query in text.queries}
    for ref in (definition.complete, *(tile.trend for tile in definition.kpis)):
        if ref:
            used.setdefault(ref.query, ref.place)
    return used


def blocks_of(definition: Definition) -> tuple[BlockDef, ...]:
    """Every block of the definition, in the order of the report."""
    return tuple(block for section in definition.sections for block in section.blocks)


def queries_of(definition: Definition) -> tuple[str, ...]:
    """Every query that the report asks: those of sentences, then those of blocks."""
    asked = list(facts_of(definition))
    for block in blocks_of(definition):
        asked += [block.query] if block.query else []
        asked += [block.details.query] if block.details else []
    return tuple(dict.fromkeys(asked))
