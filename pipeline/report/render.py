"""Render: a value becomes a page: a report's for the screen or for the PDF, or another document.

Both media of a report come from the same templates. They are given words, never numbers to
format, and nothing to compute: a section template gets exactly ``report`` and ``section``.
"""

from __future__ import annotations

import base64
import hashlib
import re
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Literal
from urllib.parse import quote

import jinja2
from markupsafe import Markup

from pipeline.errors import TemplateError
from pipeline.report.formats import written
from pipeline.report.language import Language
from pipeline.report.marks import AXIS, GRID, INK, MUTED, PAGE, SERIES, SERIES_TEXT
from pipeline.report.tables import Row
from pipeline.report.value import Block, Data, Figure, Report, Section, TableBlock

Medium = Literal["screen", "print"]
Paper = Literal["a4", "letter"]
MEDIA: Final[tuple[Medium, ...]] = ("screen", "print")

PAGE_TEMPLATE: Final = "report.html.jinja"
MAIL_TEMPLATE: Final = "mail/report.html.jinja"
OWN_STYLES: Final = "css/own.css"
SCRIPT: Final = "js/report.js"
# A table with more of either stays out of the page, which is to remain one file that mail takes.
MOST_ROWS: Final = 5_000
MOST_BYTES: Final = 200_000
# Rows of a table on paper; all of them are attached.
MOST_PRINTED: Final = 200

# Colours of a drawn chart that the page's own variables take over, so that one drawing serves
# every palette. Text in a series' colour comes first: where both are equal, either is right.
_VARIABLES: Final = {
    **{color: f"var(--series-text-{n})" for n, color in enumerate(SERIES_TEXT, start=1)},
    **{color: f"var(--series-{n})" for n, color in enumerate(SERIES, start=1)},
    INK: "var(--ink)",
    MUTED: "var(--muted)",
    GRID: "var(--grid)",
    AXIS: "var(--axis)",
    PAGE: "var(--page)",
}
# What Markdown would read as markup within a sentence.
_MARKUP: Final = re.compile(r"[\\`*<>|\[\]]|(?<!\w)_|_(?!\w)")
_COLOR: Final = re.compile(r'"(#[0-9A-Fa-f]{6})"')


def html(
    report: Report,
    *,
    medium: Medium = "screen",
    paper: Paper = "a4",
    template_folders: Sequence[Path],
) -> str:
    """One page: self-contained for the screen; for print with assets under our own schemes.

    Args:
        report: the value to show.
        medium: "screen" embeds fonts and charts; "print" names them ``asset:`` and
            ``chart:`` for the PDF's fetcher.
        paper: what print is laid out for; the screen has none.
        template_folders: the user's overrides first, then the shipped templates.

    Raises:
        TemplateError: a template is missing, broken or uses what is not there;
            ``file:line: reason``.
    """
    language = report.language
    environment = _speaking(template_folders, language)
    pages = _Page(environment, report, medium, template_folders)
    environment.globals.update(
        say=language.say,
        medium=medium,
        paper=paper,
        asset=pages.asset,
        stylesheet=pages.source,
        own_styles=pages.own_styles,
        drawing=pages.drawing,
        section_body=pages.section_body,
        is_whole=pages.is_whole,
        shown_rows=pages.shown_rows,
        rows_of=pages.rows_of,
        left_out=pages.left_out,
        download=download,
        ranks=ranks,
        script=pages.source(SCRIPT),
        script_hash=pages.script_hash(SCRIPT),
    )
    return _rendered(environment, PAGE_TEMPLATE, {"report": report})


def mail(report: Report, *, template_folders: Sequence[Path]) -> str:
    """The beginning of a report as mail programs show it: small, with nothing to be fetched.

    Raises:
        TemplateError: as ``html``.
    """
    environment = _speaking(template_folders, report.language)
    return _rendered(environment, MAIL_TEMPLATE, {"report": report})


def document(template: str, value: object, *, template_folders: Sequence[Path]) -> str:
    """A text of one template, which sees ``value`` and embeds what it needs.

    Names that end in ``.html.jinja`` are escaped as HTML; others escape what they must with
    the filter ``cell``, which keeps a text within one cell of a Markdown table.

    Args:
        template: name of the template.
        value: what it shows.
        template_folders: the user's overrides first, then the shipped templates.

    Raises:
        TemplateError: as ``html``.
    """
    environment = _environment(template_folders)
    assets = _Assets("screen", template_folders)
    environment.globals.update(asset=assets.asset, stylesheet=assets.source)
    environment.filters["cell"] = _cell
    return _rendered(environment, template, {"value": value})


def broken(template_folders: Sequence[Path]) -> list[str]:
    """Templates that cannot be compiled, ``file:line: reason`` each."""
    environment = _environment(template_folders)
    environment.add_extension("jinja2.ext.i18n")
    environment.filters["cell"] = _cell
    found = []
    for name in environment.list_templates(extensions=["jinja"]):
        try:
            environment.get_template(name)
        except jinja2.TemplateSyntaxError as error:
            found.append(f"{error.filename or error.name}:{error.lineno}: {error.message}")
        except UnicodeDecodeError as error:
            found.append(f"{name}: is not UTF-8 text ({error.reason})")
    return found


def _environment(template_folders: Sequence[Path]) -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader([str(folder) for folder in template_folders]),
        autoescape=lambda name: not (name or "").endswith(".md.jinja"),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
    )


def _speaking(template_folders: Sequence[Path], language: Language) -> jinja2.Environment:
    """An environment whose templates speak a language."""
    environment = _environment(template_folders)
    # newstyle: a message is escaped with what is put into it, and a lone % in it is an error.
    environment.add_extension("jinja2.ext.i18n")
    environment.install_gettext_callables(  # type: ignore[attr-defined]
        language.say, lambda one, many, n: language.say(one if n == 1 else many), newstyle=True
    )
    return environment


def _rendered(environment: jinja2.Environment, name: str, values: Mapping[str, object]) -> str:
    try:
        return environment.get_template(name).render(values)
    except jinja2.TemplateSyntaxError as error:
        place = f"{error.filename or error.name}:{error.lineno}"
        raise TemplateError(f"{place}: {error.message}") from error
    except jinja2.TemplateNotFound as error:
        place = _place(error.__traceback__)
        raise TemplateError(f"{place}there is no template {error.name}") from error
    except RecursionError as error:
        raise TemplateError(f"{_place(error.__traceback__)}includes itself") from error
    except KeyError as error:
        raise TemplateError(f"{_place(error.__traceback__)}there is no {error}") from error
    except (jinja2.TemplateError, TypeError, ValueError, IndexError, ArithmeticError) as error:
        raise TemplateError(f"{_place(error.__traceback__)}{error}") from error


def download(data: Data) -> str:
    """The address of a table's rows as CSV, which holds them whole; "" where they are too many."""
    content = data.csv.encode()
    if len(content) > MOST_BYTES or content.count(b"\n") > MOST_ROWS + 1:
        return ""
    # Escaped it is shorter than in base 64, for nearly all of it is digits and commas.
    return f"data:text/csv;charset=utf-8,{quote(content, safe=',:;()+/=')}"


def ranks(places: Sequence[int | None]) -> str:
    """Ranks of a column's rows as the page's script reads them; "-" has none."""
    return " ".join("-" if place is None else str(place) for place in places)


def _cell(text: str) -> str:
    """A text as Markdown shows it, on one line and without a bar that ends a cell."""
    return _MARKUP.sub(r"\\\g<0>", " ".join(text.split()))


def _place(trace: TracebackType | None) -> str:
    """``file:line: `` of the innermost template on the way to an error."""
    for frame in reversed(traceback.extract_tb(trace)):
        if frame.filename.endswith((".jinja", ".css")):
            return f"{frame.filename}:{frame.lineno}: "
    return ""


class _Assets:
    """What any template may take from the template folders."""

    def __init__(self, medium: Medium, folders: Sequence[Path]) -> None:
        self.medium, self.folders = medium, folders

    def asset(self, name: str) -> str:
        """Address of a font, without its suffix: TTF for the PDF, WOFF2 inside the HTML."""
        if self.medium == "print":
            return f"asset:{name}.ttf"
        content = base64.b64encode(self._file(f"{name}.ttf.woff2").read_bytes()).decode()
        return f"data:font/woff2;base64,{content}"

    def source(self, name: str) -> Markup:
        """A style sheet or script of the template folders, as it is."""
        return Markup(self._file(name).read_text(encoding="utf-8"))

    def own_styles(self) -> Markup:
        """The user's style sheet, which comes last; none where it is not there."""
        return self.source(OWN_STYLES) if self._path(OWN_STYLES) else Markup("")

    def script_hash(self, name: str) -> str:
        """What the page's security policy knows a script by: SHA-256 in base 64."""
        digest = hashlib.sha256(self.source(name).encode()).digest()
        return base64.b64encode(digest).decode()

    def _file(self, name: str) -> Path:
        path = self._path(name)
        if path is None:
            raise jinja2.TemplateNotFound(name)
        return path

    def _path(self, name: str) -> Path | None:
        paths = (folder / name for folder in self.folders)
        return next((path for path in paths if path.is_file()), None)


class _Page(_Assets):
    """What templates may call while one report is made."""

    def __init__(
        self,
        environment: jinja2.Environment,
        report: Report,
        medium: Medium,
        folders: Sequence[Path],
    ) -> None:
        super().__init__(medium, folders)
        self.environment, self.report = environment, report

    def drawing(self, figure: Figure) -> Markup:
        """A chart for the page itself, in the page's colours.

        The SVG is our own drawing: names from data were escaped when it was drawn.
        """
        return Markup(_COLOR.sub(_variable, figure.svg))

    def is_whole(self, block: TableBlock) -> bool:
        """Whether what stands under the rows of a table is shown."""
        return self.medium == "screen" or block.paper == "whole"

    def rows_of(self, block: TableBlock) -> tuple[Row, ...]:
        """The rows of a table: in print the first ones, and its totals."""
        rows = block.table.rows
        if self.medium == "screen":
            return rows
        return rows[:MOST_PRINTED] + tuple(row for row in rows[MOST_PRINTED:] if row.is_total)

    def left_out(self, block: TableBlock) -> str:
        """What is said of rows that are not shown, "" where there are none."""
        shown, language = len(self.rows_of(block)), self.report.language
        if shown == len(block.table.rows):
            return ""
        return language.say("{} of {} rows are shown; all are attached.").format(
            *(written("count", n, language) for n in (shown, len(block.table.rows)))
        )

    def shown_rows(self, section: Section) -> list[tuple[Block, ...]]:
        """The rows of a section: in print without the blocks that are attached."""
        if self.medium == "screen":
            return list(section.rows)
        kept = (tuple(b for b in row if b.paper != "attached") for row in section.rows)
        return [row for row in kept if row]

    def section_body(self, section: Section) -> Markup:
        """A section through its own template."""
        template = self.environment.get_template(f"sections/{section.template}.html.jinja")
        return Markup(template.render(report=self.report, section=section))


def _variable(match: re.Match[str]) -> str:
    return f'"{_VARIABLES.get(match[1].upper(), match[1])}"'
