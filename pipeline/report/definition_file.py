"""Definition files: from TOML to a checked definition, with every complaint and its line."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, Literal, TypeVar, cast

from pipeline import resources
from pipeline.errors import DefinitionError
from pipeline.report import brand, language
from pipeline.report.charts import CHARTS
from pipeline.report.definition import (
    COVERS,
    NAME,
    NOT_ENOUGH,
    BlockDef,
    ColumnRef,
    Definition,
    DetailsDef,
    FindingDef,
    KpiDef,
    SectionDef,
    Text,
)
from pipeline.report.formats import FORMATS
from pipeline.report.sentences import fields
from pipeline.report.shelf import TAKEN, Shelf
from pipeline.report.tables import Column, Layout, layout_of
from pipeline.report.toml import TomlFile, TomlTable
from pipeline.report.value import Paper
from pipeline.report.watch import Watch, read

_COLUMN: Final = re.compile(r"(\w+)\.(\w+)")
_LAYOUTS: Final = ("left", "right", "spark", "long", "below")

# Beside the definitions: one file for each shared section, and one for tiles and findings each.
SECTIONS: Final = "sections"
PARTS: Final = "parts"
# Beside the folder of definitions: the brand of all reports.
HOUSE: Final = "brand.toml"

Part = TypeVar("Part")


def names(folders: Sequence[Path]) -> tuple[str, ...]:
    """Names of all definitions in ``folders``, sorted."""
    return tuple(sorted({path.stem for folder in folders for path in folder.glob("*.toml")}))


def load(
    name: str,
    folders: Sequence[Path],
    *,
    sql_folders: Sequence[Path] = (resources.SQL,),
    template_folders: Sequence[Path] = (resources.TEMPLATES,),
    locale: str = "",
    locale_folders: Sequence[Path] = (resources.LOCALE,),
) -> Definition:
    """The definition of a report, checked.

    Args:
        name: file name without ``.toml``.
        folders: where definitions are looked for, the first that has it wins.
        sql_folders: folders whose ``reports/`` holds the queries.
        template_folders: folders whose ``sections/`` holds the section templates.
        locale: language of the report; the definition's own where it is empty.
        locale_folders: folders of catalogues, the first that has a message wins.

    Raises:
        DefinitionError: not there, not TOML, or wrong; one line for each finding.
    """
    path = path_of(name, folders)
    shelf = Shelf(
        tuple(folders),
        queries={p.stem for folder in sql_folders for p in (folder / "reports").glob("*.sql")},
        templates={
            p.name.removesuffix(".html.jinja")
            for folder in template_folders
            for p in (folder / "sections").glob("*.html.jinja")
        },
    )
    file = shelf.opened(path)
    spoken = language.load(locale, locale_folders) if locale else None
    made = _Reader(file, shelf).definition(name, spoken, locale_folders)
    shelf.close()
    return made


def path_of(name: str, folders: Sequence[Path]) -> Path:
    """The file of a report's definition, the first that is there.

    Raises:
        DefinitionError: there is none of that name.
    """
    found = [folder / f"{name}.toml" for folder in folders] if NAME.fullmatch(name) else []
    path = next((each for each in found if each.is_file()), None)
    if path is None:
        known = ", ".join(names(folders)) or "none"
        raise DefinitionError(f"there is no report {name!r}; known are {known}")
    return path


# Stands in for a section that is not there, so that the rest is read and complained of as well.
_NOTHING: Final[dict[str, Any]] = {"id": "none", "title": "none", "lead": "none"}


class _Reader:
    """Turns the tables of one file into parts of a definition; its file keeps what is wrong."""

    def __init__(self, file: TomlFile, shelf: Shelf) -> None:
        self.file, self.shelf = file, shelf

    def definition(
        self, name: str, spoken: language.Language | None, locale_folders: Sequence[Path]
    ) -> Definition:
        top = TomlTable(self.file, self.file.values)
        own = top.text("locale", language.DEFAULT)
        defined = Definition(
            name=name,
            text=self.file.text,
            language=spoken or self.language(own, locale_folders),
            title=self.sentence(top, "title"),
            kicker=self.sentence(top, "kicker", ""),
            series=self.sentence(top, "series", ""),
            cover=top.choice("cover", COVERS, "page"),
            scenarios_place=self.file.place("scenarios"),
            scenarios=top.texts("scenarios"),
            finding=self.sentence(top, "finding"),
            otherwise=self.sentence(top, "otherwise", NOT_ENOUGH),
            dateline=self.sentence(top, "dateline"),
            completeness=self.sentence(top, "completeness", ""),
            complete=self.column(top, "complete"),
            warning=self.sentences(top, "warning"),
            kpis=self.parts(top, "kpi", _Reader.kpi),
            findings=self.parts(top, "findings", _Reader.key_finding),
            watch=self.watched(top),
            sections=tuple(self.section(each) for each in top.tables("section", required=True)),
            disclaimer=self.sentences(top, "disclaimer"),
            brand=self.brand(top),
        )
        top.done()
        return defined

    def watched(self, top: TomlTable) -> tuple[Watch, ...]:
        """The watched numbers, each of them once."""
        found: dict[str, Watch] = {}
        for one in self.parts(top, "watch", _Reader.watch):
            if one is not None and one.key in found:
                self.file.fault("watch", f"{one.key} is watched twice")
            elif one is not None:
                found[one.key] = one
        return tuple(found.values())

    def watch(self, table: TomlTable) -> Watch | None:
        return read(table, self.shelf.queries)

    def language(self, name: str, folders: Sequence[Path]) -> language.Language:
        try:
            return language.load(name, folders)
        except DefinitionError as error:
            self.file.fault("locale", str(error))
            return language.load(language.DEFAULT)

    def brand(self, top: TomlTable) -> brand.Brand:
        """The brand of this definition over that of the house, which is for all of them."""
        own = top.table("brand")
        found = [brand.read(own)] if own else []
        paths = (folder.parent / HOUSE for folder in self.shelf.folders)
        if path := next((path for path in paths if path.is_file()), None):
            house = self.shelf.opened(path)
            found.append(brand.read(TomlTable(house, house.values)))
        return brand.over(found)

    def parts(
        self, top: TomlTable, name: str, read: Callable[[_Reader, TomlTable], Part]
    ) -> tuple[Part, ...]:
        """Tiles or findings: those written here, and those that ``use`` names in their file."""
        found = []
        shared: dict[str, Part] | None = None
        for table in top.tables(name):
            if "use" not in table:
                found.append(read(self, table))
                continue
            if shared is None:
                shared = self.shared(name, read)
            wanted = table.choice("use", shared)
            table.done()
            if wanted in shared:
                found.append(shared[wanted])
        return tuple(found)

    def shared(self, name: str, read: Callable[[_Reader, TomlTable], Part]) -> dict[str, Part]:
        """The parts of ``parts/<name>.toml`` by their ids."""
        path = self.shelf.find(PARTS, name)
        if path is None:
            return {}
        reader = _Reader(self.shelf.opened(path), self.shelf)
        top = TomlTable(reader.file, reader.file.values)
        found = {table.text("id"): read(reader, table) for table in top.tables(name)}
        top.done()
        return found

    def checked(self, text: str, key: str) -> Text:
        """A sentence whose fields are well formed and whose queries exist."""
        try:
            found = fields(text)
        except DefinitionError as error:
            self.file.fault(key, str(error))
            return Text("", self.file.place(key))
        for query in dict.fromkeys(each.query for each in found):
            if query not in self.shelf.queries:
                self.file.fault(key, f"there is no query reports/{query}.sql")
        return Text(text, self.file.place(key))

    def sentence(self, table: TomlTable, name: str, default: str | None = None) -> Text:
        return self.checked(table.text(name, default), table.key(name))

    def sentences(self, table: TomlTable, name: str) -> tuple[Text, ...]:
        return tuple(self.checked(text, table.key(name)) for text in table.texts(name))

    def column(self, table: TomlTable, name: str) -> ColumnRef | None:
        """A single ``query.column``, none where it is not given."""
        text = table.text(name, "")
        match = _COLUMN.fullmatch(text)
        if match is None:
            if text:
                self.file.fault(table.key(name), "must be of the form query.column")
            return None
        if match[1] not in self.shelf.queries:
            self.file.fault(table.key(name), f"there is no query reports/{match[1]}.sql")
        return ColumnRef(match[1], match[2], self.file.place(table.key(name)))

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
        """A section written here, or the one that ``use`` names, cut to the blocks it asks for."""
        if "use" not in table:
            return self.own_section(table)
        name = table.text("use")
        wanted = table.texts("blocks")
        papers: dict[Paper, tuple[str, ...]] = {
            "brief": table.texts("brief"),
            "attached": table.texts("attached"),
        }
        table.done()
        path = self.shelf.find(SECTIONS, name) if NAME.fullmatch(name) else None
        if path is None:
            folders = (folder / SECTIONS for folder in self.shelf.folders)
            known = ", ".join(names(tuple(folders))) or "none"
            self.file.fault(table.key("use"), f"there is no section {name!r}; known are {known}")
            return self.own_section(TomlTable(self.file, _NOTHING))
        reader = _Reader(self.shelf.opened(path), self.shelf)
        whole = reader.own_section(TomlTable(reader.file, reader.file.values))
        known_blocks = {block.key: block for block in whole.blocks if block.key}
        for key, asked in (("blocks", wanted), *papers.items()):
            for each in asked:
                if each not in known_blocks:
                    known = ", ".join(known_blocks)
                    self.file.fault(table.key(key), f"{name} has no block {each!r}; it has {known}")
        paper_of = {each: paper for paper, asked in papers.items() for each in asked}
        # Paragraphs have no name: they explain the section, and stay.
        blocks = [
            replace(block, paper=paper_of.get(block.key, "whole"))
            for block in whole.blocks
            if not (wanted and block.key) or block.key in (*wanted, *paper_of)
        ]
        return replace(whole, blocks=tuple(blocks))

    def own_section(self, table: TomlTable) -> SectionDef:
        section = SectionDef(
            key=self.unique(table, "id"),
            title=self.sentence(table, "title"),
            template=table.choice("template", self.shelf.templates, "standard"),
            lead=self.sentence(table, "lead"),
            otherwise=self.sentence(table, "otherwise", NOT_ENOUGH),
            note=self.sentence(table, "note", ""),
            starts_page=table.flag("starts_page"),
            blocks=tuple(self.block(each) for each in table.tables("block")),
        )
        table.done()
        return section

    def unique(self, table: TomlTable, name: str) -> str:
        """An id: small letters, digits, - and _, used once in the file."""
        key = table.text(name)
        if key and not NAME.fullmatch(key):
            self.file.fault(table.key(name), "must be small letters, digits, - and _, 80 at most")
        if key in TAKEN:
            self.file.fault(table.key(name), f"{key!r} is a name that the page itself has")
        if key and key in self.shelf.keys:
            self.file.fault(table.key(name), f"{key!r} is used twice")
        self.shelf.keys.add(key)
        return key

    def block(self, table: TomlTable) -> BlockDef:
        kinds = [kind for kind in ("figure", "table", "prose") if kind in table]
        if len(kinds) != 1:
            self.file.fault(table.prefix, "needs one of figure, table or prose")
        kind = cast(Literal["figure", "table", "prose"], kinds[0] if kinds else "prose")
        is_table, is_figure = kind == "table", kind == "figure"
        named = kind != "prose" or "id" in table
        made = BlockDef(
            kind=kind,
            key=self.unique(table, kind if kind != "prose" else "id") if named else "",
            query=table.choice("query", self.shelf.queries) if kind != "prose" else "",
            chart=table.choice("chart", CHARTS) if is_figure else "",
            title=self.sentence(table, "title", "" if kind == "prose" else None),
            otherwise=self.sentence(table, "otherwise", ""),
            subtitle=self.sentence(table, "subtitle", ""),
            short=self.sentence(table, "short", ""),
            alt=self.sentence(table, "alt", None if is_figure else ""),
            note=self.sentences(table, "note"),
            missing=self.sentence(table, "missing", ""),
            none=self.sentence(table, "none", ""),
            paragraphs=self.sentences(table, "prose") if kind == "prose" else (),
            columns=self.columns(table) if is_table else (),
            details=self.details(table) if is_table else None,
            group=table.text("group", "") if is_table else "",
            total=table.text("total", "") if is_table else "",
            width="half" if table.choice("width", ("full", "half"), "full") == "half" else "full",
            place=self.file.place(table.prefix),
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
        made = DetailsDef(
            each.choice("query", self.shelf.queries), each.text("key"), self.columns(each)
        )
        each.done()
        return made

    def columns(self, table: TomlTable) -> tuple[Column, ...]:
        columns = []
        for each in table.tables("columns", required=True):
            name = each.text("column")
            label = self.sentence(each, "label", "").text
            chosen = each.choice("format", FORMATS, "text")
            usual = layout_of(chosen) if chosen in FORMATS else "left"
            layout = each.choice("layout", _LAYOUTS, usual)
            rest = [each.text(key, "") for key in ("format_from", "under", "remark")]
            each.done()
            columns.append(Column(name, label, chosen, cast(Layout, layout), *rest))
        return tuple(columns)
