"""Report definitions: TOML files that say what a report consists of, and nothing else.

A definition names queries, charts, formats and templates; its texts are sentences whose
numbers are fields. Everything it names is checked when it is loaded, and every complaint is
reported at once, with its line.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

from pipeline import resources
from pipeline.errors import DefinitionError
from pipeline.report import formats, watch
from pipeline.report.charts import CHARTS
from pipeline.report.tables import Column, Layout, layout_of
from pipeline.report.toml import TomlFile, TomlTable

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")
_TREND = re.compile(r"(\w+)\.(\w+)")
_LAYOUTS = ("left", "right", "spark", "long", "below")


@dataclass(frozen=True)
class Text:
    """A sentence to be filled, and the key it stands under, for complaints."""

    text: str
    key: str

    @property
    def queries(self) -> tuple[str, ...]:
        """The queries whose numbers it states, in order."""
        return tuple(dict.fromkeys(field.query for field in formats.fields(self.text)))


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
    trend: tuple[str, str] | None


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

    ``otherwise`` stands in for the title where one of its numbers is missing.
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
    note: Text
    missing: Text
    paragraphs: tuple[Text, ...]
    columns: tuple[Column, ...]
    details: DetailsDef | None
    group: str
    total: str
    width: Literal["full", "half"]
    place: str


@dataclass(frozen=True)
class SectionDef:
    """A section and its blocks in order.

    ``otherwise`` stands in for the lead where one of its numbers is missing.
    """

    key: str
    title: str
    template: str
    lead: Text
    otherwise: Text
    note: Text
    starts_page: bool
    blocks: tuple[BlockDef, ...]


@dataclass(frozen=True)
class Definition:
    """A checked definition."""

    name: str
    file: TomlFile
    title: str
    kicker: str
    series: str
    locale: formats.Locale
    scenarios: tuple[str, ...]
    finding: Text
    dateline: Text
    completeness: Text
    complete: tuple[str, str] | None
    warning: Text
    kpis: tuple[KpiDef, ...]
    findings: tuple[FindingDef, ...]
    sections: tuple[SectionDef, ...]
    watch: tuple[watch.Watch, ...]
    disclaimer: tuple[Text, ...]


def names(folders: Sequence[Path]) -> tuple[str, ...]:
    """Names of all definitions in ``folders``, sorted."""
    return tuple(sorted({path.stem for folder in folders for path in folder.glob("*.toml")}))


def load(
    name: str,
    folders: Sequence[Path],
    *,
    sql_folders: Sequence[Path] = (resources.SQL,),
    template_folders: Sequence[Path] = (resources.TEMPLATES,),
) -> Definition:
    """The definition of a report, checked.

    Args:
        name: file name without ``.toml``.
        folders: where definitions are looked for, the first that has it wins.
        sql_folders: folders whose ``reports/`` holds the queries.
        template_folders: folders whose ``sections/`` holds the section templates.

    Raises:
        DefinitionError: not there, not TOML, or wrong; one line for each finding.
    """
    found = [folder / f"{name}.toml" for folder in folders] if _NAME.fullmatch(name) else []
    path = next((each for each in found if each.is_file()), None)
    if path is None:
        known = ", ".join(names(folders)) or "none"
        raise DefinitionError(f"there is no report {name!r}; known are {known}")
    reader = _Reader(
        TomlFile(path),
        queries={p.stem for folder in sql_folders for p in (folder / "reports").glob("*.sql")},
        templates={
            p.name.removesuffix(".html.jinja")
            for folder in template_folders
            for p in (folder / "sections").glob("*.html.jinja")
        },
    )
    return reader.definition(name)


class _Reader:
    """Turns the tables of one file into a definition and collects what is wrong with it."""

    def __init__(self, file: TomlFile, queries: set[str], templates: set[str]) -> None:
        self.file, self.queries, self.templates = file, queries, templates
        self.keys: set[str] = set()

    def definition(self, name: str) -> Definition:
        top = TomlTable(self.file, self.file.values)
        locale = formats.language("en_GB")
        try:
            locale = formats.language(top.text("locale", "en_GB"))
        except DefinitionError as error:
            self.file.fault("locale", str(error))
        defined = Definition(
            name=name,
            file=self.file,
            title=top.text("title"),
            kicker=top.text("kicker", ""),
            series=top.text("series", ""),
            locale=locale,
            scenarios=top.texts("scenarios"),
            finding=self.sentence(top, "finding"),
            dateline=self.sentence(top, "dateline"),
            completeness=self.sentence(top, "completeness", ""),
            complete=self.column(top, "complete"),
            warning=self.sentence(top, "warning", ""),
            kpis=tuple(self.kpi(table) for table in top.tables("kpi")),
            findings=tuple(self.key_finding(table) for table in top.tables("findings")),
            sections=tuple(self.section(each) for each in top.tables("section", required=True)),
            watch=watch.read(top, self.queries),
            disclaimer=self.sentences(top, "disclaimer"),
        )
        top.done()
        self.file.close()
        return defined

    def checked(self, text: str, key: str) -> Text:
        """A sentence whose fields are well formed and whose queries exist."""
        try:
            found = formats.fields(text)
        except DefinitionError as error:
            self.file.fault(key, str(error))
            return Text("", key)
        for query in dict.fromkeys(field.query for field in found):
            if query not in self.queries:
                self.file.fault(key, f"there is no query reports/{query}.sql")
        return Text(text, key)

    def sentence(self, table: TomlTable, name: str, default: str | None = None) -> Text:
        return self.checked(table.text(name, default), table.key(name))

    def sentences(self, table: TomlTable, name: str) -> tuple[Text, ...]:
        return tuple(self.checked(text, table.key(name)) for text in table.texts(name))

    def column(self, table: TomlTable, name: str) -> tuple[str, str] | None:
        """A single ``query.column``, none where it is not given."""
        text = table.text(name, "")
        match = _TREND.fullmatch(text)
        if match is None:
            if text:
                self.file.fault(table.key(name), "must be of the form query.column")
            return None
        if match[1] not in self.queries:
            self.file.fault(table.key(name), f"there is no query reports/{match[1]}.sql")
        return match[1], match[2]

    def kpi(self, table: TomlTable) -> KpiDef:
        tile = KpiDef(
            label=self.sentence(table, "label"),
            value=self.sentence(table, "value"),
            unit=self.sentence(table, "unit", ""),
            detail=self.sentence(table, "detail", ""),
            otherwise=self.sentence(table, "otherwise", ""),
            trend=self.column(table, "trend"),
        )
        table.done()
        return tile

    def key_finding(self, table: TomlTable) -> FindingDef:
        found = FindingDef(
            self.sentence(table, "lead"),
            self.sentence(table, "text"),
            self.sentence(table, "note", ""),
            self.sentence(table, "otherwise", ""),
        )
        table.done()
        return found

    def section(self, table: TomlTable) -> SectionDef:
        section = SectionDef(
            key=self.unique(table, "id"),
            title=table.text("title"),
            template=table.choice("template", self.templates, "standard"),
            lead=self.sentence(table, "lead"),
            otherwise=self.sentence(table, "otherwise", ""),
            note=self.sentence(table, "note", ""),
            starts_page=table.flag("starts_page"),
            blocks=tuple(self.block(each) for each in table.tables("block")),
        )
        table.done()
        return section

    def unique(self, table: TomlTable, name: str) -> str:
        """An id: small letters, digits and hyphens, used once in the file."""
        key = table.text(name)
        if key and not _NAME.fullmatch(key):
            self.file.fault(table.key(name), "must be small letters, digits and hyphens")
        if key and key in self.keys:
            self.file.fault(table.key(name), f"{key!r} is used twice")
        self.keys.add(key)
        return key

    def block(self, table: TomlTable) -> BlockDef:
        kinds = [kind for kind in ("figure", "table", "prose") if kind in table]
        if len(kinds) != 1:
            self.file.fault(table.prefix, "needs one of figure, table or prose")
        kind = cast(Literal["figure", "table", "prose"], kinds[0] if kinds else "prose")
        is_table, is_figure = kind == "table", kind == "figure"
        made = BlockDef(
            kind=kind,
            key=self.unique(table, kind) if kind != "prose" else "",
            query=table.choice("query", self.queries) if kind != "prose" else "",
            chart=table.choice("chart", CHARTS) if is_figure else "",
            title=self.sentence(table, "title", "" if kind == "prose" else None),
            otherwise=self.sentence(table, "otherwise", ""),
            subtitle=self.sentence(table, "subtitle", ""),
            short=self.sentence(table, "short", ""),
            alt=self.sentence(table, "alt", None if is_figure else ""),
            note=self.sentence(table, "note", ""),
            missing=self.sentence(table, "missing", ""),
            paragraphs=self.sentences(table, "prose") if kind == "prose" else (),
            columns=self.columns(table) if is_table else (),
            details=self.details(table) if is_table else None,
            group=table.text("group", "") if is_table else "",
            total=table.text("total", "") if is_table else "",
            width="half" if table.choice("width", ("full", "half"), "full") == "half" else "full",
            place=table.prefix,
        )
        table.done()
        return made

    def details(self, table: TomlTable) -> DetailsDef | None:
        given = table.tables("details")
        if len(given) > 1:
            self.file.fault(table.key("details"), "can be given once")
        if not given:
            return None
        each = given[0]
        made = DetailsDef(each.choice("query", self.queries), each.text("key"), self.columns(each))
        each.done()
        return made

    def columns(self, table: TomlTable) -> tuple[Column, ...]:
        columns = []
        for each in table.tables("columns", required=True):
            name = each.text("column")
            label = self.sentence(each, "label", "").text
            chosen = each.choice("format", formats.FORMATS, "text")
            usual = layout_of(chosen) if chosen in formats.FORMATS else "left"
            layout = each.choice("layout", _LAYOUTS, usual)
            rest = [each.text(key, "") for key in ("format_from", "under", "remark")]
            each.done()
            columns.append(Column(name, label, chosen, cast(Layout, layout), *rest))
        return tuple(columns)


def facts_of(definition: Definition) -> Mapping[str, str]:
    """Every one-row query that the definition's sentences use, with a key that uses it."""
    texts: list[Text] = [definition.finding, definition.dateline, definition.completeness]
    texts += [definition.warning, *definition.disclaimer]
    for tile in definition.kpis:
        texts += [tile.label, tile.value, tile.unit, tile.detail, tile.otherwise]
    for found in definition.findings:
        texts += [found.lead, found.text, found.note, found.otherwise]
    for section in definition.sections:
        texts += [section.lead, section.otherwise, section.note]
        for block in section.blocks:
            texts += [block.title, block.otherwise, block.subtitle, block.short, block.alt]
            texts += [block.note, block.missing, *block.paragraphs]
            texts += [Text(column.label, block.place) for column in block.columns]
    used = {query: text.key for text in reversed(texts) for query in text.queries}
    for place, column in [("complete", definition.complete)] + [
        (tile.label.key.replace(".label", ".trend"), tile.trend) for tile in definition.kpis
    ]:
        if column:
            used.setdefault(column[0], place)
    return used
