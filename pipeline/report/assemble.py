"""Assemble: a definition and a warehouse make a report value.

The way of a report, one function per arrow:

    definition_file.load(name, folders)                   file      -> Definition
    assemble.assemble(definition, warehouse, ...)         Definition -> Report
    render.html(report, medium=..., template_folders=...) Report    -> HTML
    pdf.pdf(report, template_folders=...)                 Report    -> PDF

``definition_file.names(folders)`` lists what can be loaded. Numbers come from queries only:
sentences from one-row queries, tables and figures from the query they name. What a query
descends from becomes its source line, so that no source is ever typed.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from pipeline import resources
from pipeline.alert import Alert
from pipeline.errors import DefinitionError
from pipeline.report import charts, masthead, tables
from pipeline.report.alarms import notices
from pipeline.report.definition import (
    BlockDef,
    ColumnRef,
    Definition,
    FindingDef,
    SectionDef,
    Text,
    facts_of,
)
from pipeline.report.marks import FULL_WIDTH, HALF_WIDTH
from pipeline.report.queries import Queries, Warehouse
from pipeline.report.sentences import fill, is_known
from pipeline.report.value import (
    Block,
    Changes,
    Data,
    Empty,
    Figure,
    File,
    Finding,
    Kpi,
    Note,
    Prose,
    Report,
    Section,
    Sentence,
    TableBlock,
    Trend,
    identified,
)
from pipeline.rows import as_csv

# Build and edition are read from here, whether a sentence mentions them or not.
BUILD_QUERY = "build"
_HEIGHT = re.compile(r'<svg[^>]* height="([\d.]+)"')


def assemble(
    definition: Definition,
    warehouse: Warehouse,
    *,
    sql_folders: Sequence[Path],
    changes: Changes | None = None,
    stale: Mapping[str, dt.date] | None = None,
    alerts: Sequence[Alert] = (),
    engines: Sequence[str] = (),
) -> Report:
    """The report of a definition, from what the warehouse holds.

    Args:
        definition: a checked definition.
        warehouse: an open published warehouse.
        sql_folders: folders whose ``reports/`` holds the queries, the first that has it wins.
        changes: what changed since an earlier report, if there is one.
        stale: required sources that gave nothing for too long, and the days they last did.
        alerts: what the rules of alerts found; those that are calm are not shown.
        engines: libraries that compute and draw it, each with its version.

    Raises:
        DefinitionError: a sentence, table or chart asks for a column that is not there, or
            a format does not take a value; all findings at once.
        SqlError: a query cannot be run; with its file.
    """
    queries = Queries(warehouse, sql_folders, definition.scenarios, definition.language)
    report = _Assembler(definition, queries).report()
    texts = [report.warning, *masthead.staleness(stale or {}, definition.language)]
    shown = replace(
        report,
        warning=" ".join(filter(None, texts)),
        changes=changes,
        notices=notices(alerts, definition.language),
        engines=tuple(engines),
    )
    return identified(shown)


class _Assembler:
    """Fills one definition; gathers what does not fit and reports it at the end."""

    def __init__(self, definition: Definition, queries: Queries) -> None:
        self.definition, self.queries = definition, queries
        self.findings: list[str] = []
        self.notes: dict[tuple[str, tuple[int, ...]], Note] = {}
        self.counts: Counter[tuple[str, bool]] = Counter()
        self.facts: dict[str, Mapping[str, object]] = {}

    def report(self) -> Report:
        definition = self.definition
        self._check_scenarios()
        asked = {**facts_of(definition), BUILD_QUERY: definition.dateline.place}
        for query, place in asked.items():
            try:
                self.facts[query] = self.queries.fact(query)
            except DefinitionError as error:
                self._fault(place, error)
        self._stop_on_findings()
        build = self.facts[BUILD_QUERY]
        report = Report(
            name=definition.name,
            title=self.text(definition.title),
            kicker=self.text(definition.kicker),
            series=self.text(definition.series),
            cover=definition.cover,
            finding=self.text(self.known(definition.finding, definition.otherwise)),
            language=definition.language,
            report_date=masthead.day(build, BUILD_QUERY),
            dateline=self.text(definition.dateline),
            knowledge=masthead.knowledge(build["as_of"], definition.language),
            completeness=self.text(definition.completeness),
            is_complete=self._is_complete(),
            warning=self.known_of(definition.warning),
            edition=masthead.edition(build, definition.language),
            kpis=tuple(self.kpi(index) for index in range(len(definition.kpis))),
            findings=tuple(self.finding(each) for each in definition.findings if self.holds(each)),
            sections=tuple(self.section(each) for each in definition.sections),
            disclaimer=tuple(map(self.text, filter(self.all_known, definition.disclaimer))),
            files=self.files(),
            version=str(build["version"]),
            sources=tuple(self.queries.numbered.values()),
            notes=tuple(self.notes.values()),
            brand=definition.brand,
        )
        self._stop_on_findings()
        return report

    def text(self, text: Text) -> str:
        """A filled sentence; a complaint is kept for the end."""
        try:
            return fill(text.text, self.facts, self.definition.language)
        except DefinitionError as error:
            self._fault(text.place, error)
            return ""

    def all_known(self, text: Text) -> bool:
        """Whether no number of ``text`` is missing."""
        return is_known(text.text, self.facts)

    def known_of(self, texts: Sequence[Text]) -> str:
        """Those of some sentences whose numbers are all there."""
        return " ".join(self.text(each) for each in texts if self.all_known(each))

    def known(self, text: Text, otherwise: Text) -> Text:
        """``text``, or ``otherwise`` if that is given and a number of ``text`` is missing."""
        return text if not otherwise.text or self.all_known(text) else otherwise

    def sentence(self, text: Text, note: Text) -> Sentence:
        """A filled sentence with a note on its sources, if it states any number."""
        filled, said = self.text(text), self.text(note)
        sources = self.queries.sources([*text.queries, *note.queries])
        if not sources and not said:
            return Sentence(filled)
        key = said, tuple(number for source in sources for number in source.numbers)
        is_first = key not in self.notes
        made = self.notes.setdefault(key, Note(len(self.notes) + 1, said, sources))
        return Sentence(filled, made, is_first)

    def kpi(self, index: int) -> Kpi:
        tile = self.definition.kpis[index]
        trend: Trend = ""
        if tile.trend:
            value: Any = self._column(tile.trend)
            if value is not None:
                trend = "up" if value > 0 else "down" if value < 0 else "flat"
        return Kpi(
            label=self.text(tile.label),
            value=self.text(tile.value),
            unit=self.text(tile.unit) if self.all_known(tile.value) else "",
            detail=self.text(self.known(tile.detail, tile.otherwise)),
            trend=trend,
        )

    def holds(self, found: FindingDef) -> bool:
        """Whether there is something to find: all of its numbers, or what to say without them."""
        is_told = bool(found.otherwise.text) and self.all_known(found.otherwise)
        return is_told or (self.all_known(found.lead) and self.all_known(found.text))

    def finding(self, found: FindingDef) -> Finding:
        whole = Text(f"{found.lead.text} {found.text.text}", found.text.place)
        if self.known(whole, found.otherwise) is found.otherwise:
            return Finding(self.text(found.otherwise), Sentence(""))
        return Finding(self.text(found.lead), self.sentence(found.text, found.note))

    def section(self, section: SectionDef) -> Section:
        text = self.known(section.lead, section.otherwise)
        # What a lead states stands sourced below it; only what it adds needs a note.
        noted = section.note.text and text is section.lead
        lead = self.sentence(text, section.note) if noted else Sentence(self.text(text))
        blocks = [self.block(block) for block in section.blocks]
        return Section(
            key=section.key,
            title=self.text(section.title),
            template=section.template,
            lead=lead,
            rows=_paired(blocks),
            starts_page=section.starts_page,
        )

    def block(self, block: BlockDef) -> Block:
        if block.kind == "prose":
            # A paragraph explains; one whose numbers are missing has nothing to explain.
            kept = [each for each in block.paragraphs if self.all_known(each)]
            paragraphs = tuple(self.text(each) for each in kept)
            return Prose(self.text(block.title), paragraphs, block.width, block.paper)
        rows = self.queries.rows(block.query)
        title = self.text(self.known(block.title, block.otherwise))
        short = self.text(block.short) or title
        none = self.text(block.none)
        text = none or self.text(block.missing)
        empty = Empty(block.key, short, text, block.width, block.paper, is_sentence=bool(none))
        if block.kind == "table" and not rows:
            return empty
        shared = {
            "key": block.key,
            "title": title,
            "subtitle": self.text(block.subtitle),
            "short": short,
            "note": self.known_of(block.note),
            "width": block.width,
            "paper": block.paper,
        }
        try:
            if block.kind == "figure":
                return self._figure(block, rows, shared)
            return self._table(block, rows, shared)
        except charts.NotEnoughDataError as few:
            return replace(empty, n=few.n)
        except DefinitionError as error:
            self._fault(block.place, error)
            return empty

    def files(self) -> tuple[File, ...]:
        """The definition, and the scenarios that it speaks of."""
        say, name = self.definition.language.say, self.definition.name
        toml = "application/toml"
        definition = File(f"{name}.toml", self.definition.text, toml, say("Report definition"))
        if not self.definition.scenarios:
            return (definition,)
        texts = dict(self.queries.scenario_texts().iter_rows())
        scenarios = (
            File(f"scenario-{each}.toml", texts[each], toml, say("Scenario {}").format(each))
            for each in self.definition.scenarios
            if each in texts
        )
        return (definition, *scenarios)

    def number(self, block: BlockDef) -> str:
        """The next number of its kind; what is attached is counted by itself."""
        is_attached = block.paper == "attached"
        self.counts[block.kind, is_attached] += 1
        count = self.counts[block.kind, is_attached]
        return f"A{count}" if is_attached else str(count)

    def data(self, query: str) -> Data:
        """The rows of a query as CSV, which no spreadsheet takes for formulas."""
        sql = self.queries.text(query)
        return Data(query, sql, as_csv(self.queries.frame(query)), "estimates." in sql)

    def _figure(
        self, block: BlockDef, rows: list[dict[str, Any]], shared: dict[str, Any]
    ) -> Figure:
        width = FULL_WIDTH if block.width == "full" else HALF_WIDTH
        svg = charts.svg(
            block.chart,
            rows,
            width,
            self.definition.language,
            key=block.key,
            fonts=resources.TEMPLATES / "fonts",
        )
        height = _HEIGHT.match(svg)
        if height is None:
            raise DefinitionError(f"chart {block.chart} drew no picture with a height")
        return Figure(
            **shared,
            number=self.number(block),
            sources=self.queries.sources([block.query]),
            data=self.data(block.query),
            alt=self.text(block.alt),
            svg=svg,
            printed_svg=charts.printed(svg),
            width_px=width,
            height_px=round(float(height[1])),
        )

    def _table(
        self, block: BlockDef, rows: list[dict[str, Any]], shared: dict[str, Any]
    ) -> TableBlock:
        language = self.definition.language
        columns = [
            replace(column, label=self.text(Text(column.label, block.place)))
            for column in block.columns
        ]
        made = tables.table(rows, columns, language, group=block.group, total=block.total)
        queries = [block.query]
        if block.details:
            queries.append(block.details.query)
            below = self.queries.rows(block.details.query)
            details = tables.table(below, block.details.columns, language)
            made = tables.with_details(made, rows, details, below, block.details.key)
        return TableBlock(
            **shared,
            number=self.number(block),
            sources=self.queries.sources(queries),
            data=self.data(block.query),
            table=made,
            missing=self.text(block.missing),
        )

    def _column(self, ref: ColumnRef) -> object:
        row = self.facts[ref.query]
        if ref.column not in row:
            reason = f"query {ref.query} has no column {ref.column}"
            self._fault(ref.place, DefinitionError(reason))
            return None
        return row[ref.column]

    def _is_complete(self) -> bool:
        complete = self.definition.complete
        return bool(self._column(complete)) if complete else True

    def _check_scenarios(self) -> None:
        asked = self.definition.scenarios
        if not asked:
            return
        known = self.queries.scenario_texts()["scenario_id"].to_list()
        for name in asked:
            if name not in known:
                reason = f"{name!r} was not estimated; known are {', '.join(sorted(known))}"
                self._fault(self.definition.scenarios_place, DefinitionError(reason))

    def _fault(self, place: str, error: DefinitionError) -> None:
        self.findings.append(f"{place}: {error}")

    def _stop_on_findings(self) -> None:
        if self.findings:
            raise DefinitionError("\n".join(self.findings))


def _paired(blocks: Sequence[Block]) -> tuple[tuple[Block, ...], ...]:
    """Rows: two half blocks that follow one another stand side by side."""
    rows: list[tuple[Block, ...]] = []
    for block in blocks:
        before = rows[-1] if rows else ()
        if block.width == "half" and len(before) == 1 and before[0].width == "half":
            rows[-1] = (before[0], block)
        else:
            rows.append((block,))
    return tuple(rows)
