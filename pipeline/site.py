"""Site: the pages of ``capbrief serve``, each a function of what was asked and of what lies there.

Nothing is changed: reports are read from their folder, figures from the published warehouse, and
an analyst's query runs in the sandbox of ``capbrief sql``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs, unquote, urlsplit

from pipeline import health, opening, sandbox, standing
from pipeline.errors import CapbriefError, LimitError, UsageError, WarehouseError
from pipeline.ledger import Ledger
from pipeline.model import models
from pipeline.report import render
from pipeline.rows import as_csv, flattened
from pipeline.visible import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import polars as pl

    from pipeline.entry import Run
    from pipeline.job import Job

MOST_ROWS: Final = 1000
"""Rows of a query on its page; the file has all of them."""
_MOST_RUNS = 30
# Characters from which a cell may be broken.
_LONG = 24
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,120}")
_KINDS = {
    ".html": "text/html; charset=utf-8",
    ".pdf": "application/pdf",
    ".json": "application/json",
    ".csv": "text/csv; charset=utf-8",
    ".png": "image/png",
}
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; font-src data:; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)


@dataclass(frozen=True)
class Page:
    """An answer: its status, media type, bytes, and headers beside those of every answer."""

    status: int
    media_type: str
    content: bytes
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Cell:
    """A cell as text; ``kind`` is amount (a number), text (long, may be broken) or nothing."""

    text: str
    kind: str = ""


@dataclass(frozen=True)
class Table:
    """Rows as a page shows them, and how many there are in all."""

    columns: tuple[Cell, ...]
    rows: tuple[tuple[Cell, ...], ...]
    n_rows: int


_RUN = (
    *(Cell("started"), Cell("command"), Cell("ended"), Cell("seconds", "amount")),
    *(Cell("exit code", "amount"), Cell("run")),
)


class Site:
    """Answers what a browser on this machine asks.

    ``token`` stands in the page's form and must come back with a query, so that no other page of
    the browser can ask one.
    """

    def __init__(self, job: Job, token: str) -> None:
        self._job, self._token = job, token

    def get(self, target: str) -> Page:
        """The answer to a GET of a path with its parameters."""
        parts = urlsplit(target)
        steps = [unquote(step) for step in parts.path.strip("/").split("/") if step]
        match steps:
            case []:
                return self._page(self._overview)
            case ["reports"]:
                return self._page(self._archive)
            case ["reports", folder, name]:
                return self._file(folder, name)
            case ["sql"]:
                example = parse_qs(parts.query).get("example", [""])[0]
                return self._page(lambda: self._console(self._example(example)))
        return self._missing()

    def post(self, target: str, form: dict[str, str]) -> Page:
        """The answer to a query that was put into the form."""
        if urlsplit(target).path.rstrip("/") != "/sql":
            return self._missing()
        if form.get("token") != self._token:
            return self._told(403, "This form is of another start of the server; load it again.")
        text = form.get("query", "")
        if "csv" in form:
            return self._page(lambda: self._csv(text))
        return self._page(lambda: self._console(text, asked=True))

    # --- Pages ---------------------------------------------------------------------------------

    def _page(self, made: Callable[[], Page]) -> Page:
        try:
            return made()
        except UsageError as error:
            return self._told(404, str(error))
        except LimitError as error:
            return self._told(503, str(error))
        except CapbriefError as error:
            return self._told(500, str(error))

    def _overview(self) -> Page:
        job = self._job
        with opening.open_warehouse(job) as opened:
            status = health.status(job, opened)
        sources = standing.shown(standing.sources(job))
        runs = Ledger(job.settings.ledger).runs()[-_MOST_RUNS:]
        return self._rendered(
            "overview",
            status=status,
            sources=table(sources),
            runs=Table(_RUN, tuple(map(_run, reversed(runs))), len(runs)),
        )

    def _archive(self) -> Page:
        folders = [
            (folder.name, tuple(sorted(path.name for path in folder.iterdir() if _is_shown(path))))
            for folder in _folders(self._job.settings.reports)
        ]
        shown = tuple(one for one in sorted(folders, reverse=True) if one[1])
        return self._rendered("archive", folders=shown)

    def _file(self, folder: str, name: str) -> Page:
        path = self._job.settings.reports / folder / name
        is_named = _NAME.fullmatch(folder) and _NAME.fullmatch(name)
        if not is_named or path.parent not in _folders(self._job.settings.reports):
            return self._missing()
        if not _is_shown(path):
            return self._missing()
        try:
            content = path.read_bytes()
        except OSError:
            return self._missing()  # pruned in this moment
        return Page(200, _KINDS[path.suffix], content)

    def _example(self, name: str) -> str:
        found = {one.path.stem: one.sql for one in models(self._job.sql, ["examples"])}
        if name and name not in found:
            raise UsageError(f"{name}: no such example; there are {', '.join(found)}")
        return found[name] if name else ""

    def _console(self, text: str, *, asked: bool = False) -> Page:
        rows: Table | None = None
        reason = ""
        if asked:
            try:
                rows = table(self._ask(text), MOST_ROWS)
            except WarehouseError:
                raise
            except CapbriefError as error:
                reason = visible(str(error))
        examples = [(one.path.stem, one.description) for one in models(self._job.sql, ["examples"])]
        return self._rendered(
            "console", query=text, rows=rows, reason=reason, examples=examples, token=self._token
        )

    def _csv(self, text: str) -> Page:
        content = as_csv(self._ask(text)).encode()
        headers = {"Content-Disposition": 'attachment; filename="query.csv"'}
        return Page(200, _KINDS[".csv"], content, headers)

    def _ask(self, text: str) -> pl.DataFrame:
        with opening.open_warehouse(self._job) as opened:
            return sandbox.ask(opened.path, text, self._job.settings.sql)

    def _missing(self) -> Page:
        return self._told(404, "There is no such page.")

    def _told(self, status: int, text: str) -> Page:
        return self._rendered("told", status, status=status, lines=visible(text).split("\n"))

    def _rendered(self, name: str, code: int = 200, **value: Any) -> Page:
        text = render.document(
            f"site/{name}.html.jinja",
            value,
            template_folders=self._job.templates,
        )
        headers = {"Content-Security-Policy": _POLICY}
        return Page(code, _KINDS[".html"], text.encode(), headers)


def table(rows: pl.DataFrame, most: int | None = None) -> Table:
    """Rows as text, the first ones where there are more than ``most``."""
    shown = flattened(rows.head(most) if most else rows)
    kinds = ["amount" if kind.is_numeric() else "" for kind in shown.dtypes]
    return Table(
        tuple(map(Cell, map(visible, shown.columns), kinds)),
        tuple(tuple(map(_cell, row, kinds)) for row in shown.iter_rows()),
        len(rows),
    )


def _cell(value: object, kind: str) -> Cell:
    text = "" if value is None else visible(str(value))
    return Cell(text, kind or ("text" if len(text) > _LONG else ""))


def _run(one: Run) -> tuple[Cell, ...]:
    seconds = (one.finished_at - one.started_at).total_seconds() if one.finished_at else None
    return (
        Cell(f"{one.started_at:%Y-%m-%d %H:%M:%S}"),
        Cell(one.command),
        Cell(one.status, one.status),
        Cell("" if seconds is None else f"{seconds:.0f}", "amount"),
        Cell("" if one.exit_code is None else str(one.exit_code), "amount"),
        Cell(one.run_id),
    )


def _folders(root: Path) -> Sequence[Path]:
    """Folders of reports; none that a link leads to."""
    if not root.is_dir():
        return ()
    return [one for one in root.iterdir() if one.is_dir() and not one.is_symlink()]


def _is_shown(path: Path) -> bool:
    return path.suffix in _KINDS and path.is_file() and not path.is_symlink()
