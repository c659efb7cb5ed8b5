"""Messages: every text of the reports that a catalogue can translate, and where it stands.

They come from definitions, templates, formats, calls of ``say`` in this package, and words that
queries answer with. What is in no catalogue stays English.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from babel.messages import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import write_po

from pipeline.report import assemble
from pipeline.report.alarms import TEXTS
from pipeline.report.charts import WORDS
from pipeline.report.definition import Definition, blocks_of, texts_of
from pipeline.report.formats import FORMATS, MISSING_IN_TABLE, MISSING_IN_TEXT
from pipeline.report.language import Language
from pipeline.report.queries import Queries, Warehouse
from pipeline.report.sentences import fields

PACKAGE: Final = Path(__file__).resolve().parent

Messages = Mapping[str, Sequence[str]]

_LETTER: Final = re.compile(r"[^\W\d_]")
_FIELD: Final = re.compile(r"\{[^{}]*\}|%\(\w+\)s")
_SAYING: Final[dict[str, Any]] = {"_": None, "gettext": None, "ngettext": (1, 2), "say": None}
_LINE: Final = re.compile(r"(.+):(\d+)")
_EDITION: Final = ("edition_title", "edition_description")


def messages(
    definitions: Iterable[Definition],
    warehouse: Warehouse | None = None,
    *,
    sql_folders: Sequence[Path],
    template_folders: Sequence[Path],
    titles: Iterable[tuple[str, str]],
) -> Messages:
    """Every message with the places that use it (``folder/file:line``), in order of first use.

    Args:
        definitions: the reports whose texts are wanted.
        warehouse: whose answers hold words, such as verdicts; without one they are left out.
        sql_folders: folders whose ``reports/`` holds the queries.
        template_folders: folders of templates.
        titles: those of the rules of alerts, with their files.

    Raises:
        SqlError: a query cannot be run.
    """
    found: dict[str, dict[str, None]] = {}
    said = _all(list(definitions), warehouse, sql_folders, template_folders)
    for text, place in (*said, *titles):
        if _LETTER.search(_FIELD.sub("", text)):
            found.setdefault(text, {})[place] = None
    return {text: tuple(places) for text, places in found.items()}


def catalogue(language: Language, found: Messages) -> str:
    """A catalogue in gettext's PO format; equal messages give equal text.

    Args:
        language: whose translations it has; those of all other texts are left empty.
        found: the messages and their places.
    """
    made = Catalog(locale=language.locale)
    for text, places in found.items():
        matches = {place: _LINE.fullmatch(place) for place in places}
        made.add(
            text,
            language.messages.get(text, ""),
            locations=[(match[1], int(match[2])) for match in matches.values() if match],
            auto_comments=[place for place, match in matches.items() if not match],
        )
    body = io.BytesIO()
    # Babel's own header says when it was made.
    write_po(body, made, omit_header=True, width=0)
    header = (
        f"# Texts of capbrief in {language.locale.english_name}.\n"
        "# What is left empty stays English; {fields} and %(names)s keep their names.\n"
        'msgid ""\nmsgstr ""\n'
        f'"Language: {language.short}\\n"\n'
        '"MIME-Version: 1.0\\n"\n'
        '"Content-Type: text/plain; charset=utf-8\\n"\n'
        '"Content-Transfer-Encoding: 8bit\\n"\n\n'
    )
    return header + body.getvalue().decode()


def _all(
    definitions: Sequence[Definition],
    warehouse: Warehouse | None,
    sql_folders: Sequence[Path],
    template_folders: Sequence[Path],
) -> Iterator[tuple[str, str]]:
    for definition in definitions:
        for text in texts_of(definition):
            yield text.text, _short(text.place.split(": ")[0])
    used: dict[Path, Path] = {}
    for folder in template_folders:
        for path in sorted(folder.rglob("*.html.jinja")):
            used.setdefault(path.relative_to(folder), path)
    for path in used.values():
        yield from _extracted("jinja2.ext:babel_extract", path)
    for path in sorted(PACKAGE.glob("*.py")):
        yield from _extracted("python", path)
    yield from _formatted()
    if warehouse is not None:
        for definition in definitions:
            yield from _answered(definition, warehouse, sql_folders)


def _formatted() -> Iterator[tuple[str, str]]:
    """Frames and words of formats, the marks for what is missing, and what alerts say."""
    for name, chosen in FORMATS.items():
        for word in (chosen.frame, *chosen.words):
            yield word, f"format {name}"
    for mark in (MISSING_IN_TEXT, MISSING_IN_TABLE):
        yield mark, "what is missing"
    for text in TEXTS.values():
        yield text, "what alerts say"


def _extracted(method: str, path: Path) -> Iterator[tuple[str, str]]:
    """Texts in calls of ``_``, ``ngettext`` and ``say``."""
    options = {"trimmed": "true", "newstyle_gettext": "true", "silent": "false"}
    with path.open("rb") as file:
        for line, said, _, _ in extract(method, file, _SAYING, options=options):
            for text in [said] if isinstance(said, str) else said:
                yield text, f"{_short(str(path))}:{line}"


def _answered(
    definition: Definition, warehouse: Warehouse, sql_folders: Sequence[Path]
) -> Iterator[tuple[str, str]]:
    """Words that queries answer with where the report translates them."""
    queries = Queries(warehouse, sql_folders, definition.scenarios, definition.language)
    for query, columns in _worded(definition).items():
        frame = queries.frame(query)
        for column in (each for each in frame.columns if each in columns):
            for value in frame[column].drop_nulls().unique(maintain_order=True):
                if isinstance(value, str):
                    yield value, f"sql/reports/{query}.sql"


def _worded(definition: Definition) -> Mapping[str, set[str]]:
    """Columns by query whose values are translated: terms of texts and tables, words of charts."""
    asked = {assemble.BUILD_QUERY: set(_EDITION)}
    for text in texts_of(definition):
        for field in fields(text.text):
            if field.format == "term":
                asked.setdefault(field.query, set()).update(field.columns)
    for block in blocks_of(definition):
        if block.kind == "figure":
            asked.setdefault(block.query, set()).update(WORDS)
        tables = [(block.query, block.columns)]
        tables += [(block.details.query, block.details.columns)] if block.details else []
        for query, columns in tables:
            terms = {column.name for column in columns if column.format == "term"}
            if terms:
                asked.setdefault(query, set()).update(terms)
    return asked


def _short(path: str) -> str:
    """A path from its last well-known folder on, equal in every checkout and overlay."""
    file = Path(path)
    for folder in ("reports", "templates", "pipeline"):
        if folder in file.parts:
            last = len(file.parts) - 1 - file.parts[::-1].index(folder)
            return "/".join(file.parts[last:])
    return file.name
