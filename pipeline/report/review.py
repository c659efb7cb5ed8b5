"""Review: every mistake in what reports are made of, each with its file and line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import tinycss2  # type: ignore[import-untyped]

from pipeline.errors import DefinitionError, SqlError, TemplateError
from pipeline.report import assemble, definition_file, language, render
from pipeline.report.definition import Definition, queries_of
from pipeline.report.queries import Queries, Remembering, Warehouse
from pipeline.report.sentences import must_be_of

_SENTENCE: Final = re.compile(r"\{\w+\.")


def files(template_folders: Sequence[Path], locale_folders: Sequence[Path]) -> list[str]:
    """Mistakes in what all reports share: templates, style sheets, catalogues."""
    found = render.broken(template_folders)
    for folder in template_folders:
        for path in sorted(folder.rglob("*.css")):
            found += styles(path)
    for folder in locale_folders:
        for path in sorted(folder.glob("*/LC_MESSAGES/*.po")):
            found += translated(path)
    return found


def report(
    name: str,
    warehouse: Warehouse | None,
    *,
    folders: Sequence[Path],
    sql_folders: Sequence[Path],
    template_folders: Sequence[Path],
    locale_folders: Sequence[Path],
) -> list[str]:
    """Mistakes in one report.

    Args:
        name: of its definition.
        warehouse: where its queries are run and its page is made; without one they are not.
        folders: of definitions.
        sql_folders: folders whose ``reports/`` holds the queries.
        template_folders: of templates.
        locale_folders: of catalogues.
    """
    try:
        defined = definition_file.load(
            name,
            folders,
            sql_folders=sql_folders,
            template_folders=template_folders,
            locale_folders=locale_folders,
        )
    except DefinitionError as error:
        return str(error).splitlines()
    if warehouse is None:
        return []
    asked = Remembering(warehouse)
    if broken := _unanswered(defined, asked, sql_folders):
        return broken
    try:
        value = assemble.assemble(defined, asked, sql_folders=sql_folders)
        for medium in render.MEDIA:
            render.html(value, medium=medium, template_folders=template_folders)
    except (DefinitionError, TemplateError, SqlError) as error:
        return str(error).splitlines()
    return []


def _unanswered(
    defined: Definition, warehouse: Warehouse, sql_folders: Sequence[Path]
) -> list[str]:
    queries = Queries(warehouse, sql_folders, defined.scenarios, defined.language)
    found = []
    for query in queries_of(defined):
        try:
            queries.frame(query)
        except SqlError as error:
            found.append(str(error))
    return found


def styles(path: Path) -> list[str]:
    """Mistakes in a style sheet that a browser would pass over without a word."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        return [f"{path}: is not UTF-8 text ({error.reason})"]
    found = _errors(tinycss2.parse_stylesheet(text, skip_comments=True, skip_whitespace=True))
    return [f"{path}:{error.source_line}: {error.message}" for error in found]


def _errors(nodes: Sequence[Any]) -> Iterator[Any]:
    """What could not be read in rules and in all that they hold."""
    for node in nodes:
        if node.type == "error":
            yield node
        if node.type in ("qualified-rule", "at-rule"):
            yield from _errors(node.prelude)
            yield from _errors(
                tinycss2.parse_blocks_contents(
                    node.content or [], skip_comments=True, skip_whitespace=True
                )
            )
        elif node.type == "declaration":
            yield from _errors(node.value)


def translated(path: Path) -> list[str]:
    """Mistakes in a catalogue: a translation that asks for what its text does not have."""
    try:
        locale = language.parsed(path.parts[-3])
        entries = language.entries(path, locale)
    except DefinitionError as error:
        reason = str(error)
        return [reason if reason.startswith(str(path)) else f"{path}: {reason}"]
    found = []
    for entry in entries:
        place = f"{path}:{entry.line}"
        if reason := language.misfit(entry.text, entry.said):
            found.append(f"{place}: {reason}")
        if _SENTENCE.search(entry.text):
            try:
                must_be_of(entry.said, entry.text)
            except DefinitionError as error:
                found.append(f"{place}: {error}")
    return found
