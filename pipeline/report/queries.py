"""The queries of one report: run once each, with the sources that stand behind them."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Protocol

import polars as pl

from pipeline.errors import DefinitionError, SqlError
from pipeline.report.formats import visible, written
from pipeline.report.language import Language
from pipeline.report.value import Citation, Source

# What says how others are to be read; holds no figure that a report could show.
_NOT_CITED = frozenset({("bundled", "edition")})
_RULES = frozenset({"universe"})
# The header line of a query that names the sources its answer rests on, where the tables that
# it reads hold rows of others too.
_RESTS_ON = re.compile(r"^--\s*sources:\s*(.+)$", re.MULTILINE)
_MOST_HASHES = 2
_AT_LINE = re.compile(r"^LINE (\d+):", re.MULTILINE)
# Where a query asks for the day of the report; with a name of its own or under the table's.
_BUILD = re.compile(r"\bmarts\.build\b(\s+as\b)?(?!\.)")


class Warehouse(Protocol):
    """What a report asks of a published warehouse."""

    def query(self, sql: str) -> pl.DataFrame:
        """Rows of one select; raises SqlError."""
        ...

    def sources(self, sql: str) -> pl.DataFrame:
        """The payloads that a query's tables descend from, as rows of ``marts.source``."""
        ...


class Remembering:
    """A warehouse that is asked each query once, however many reports need its answer."""

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse
        self._rows: dict[str, pl.DataFrame] = {}
        self._sources: dict[str, pl.DataFrame] = {}

    def query(self, sql: str) -> pl.DataFrame:
        """Rows of one select; raises SqlError."""
        if sql not in self._rows:
            self._rows[sql] = self._warehouse.query(sql)
        return self._rows[sql]

    def sources(self, sql: str) -> pl.DataFrame:
        """The payloads that a query's tables descend from."""
        if sql not in self._sources:
            self._sources[sql] = self._warehouse.sources(sql)
        return self._sources[sql]


class Queries:
    """Runs the queries of a report, each once, and numbers the sources as they turn up."""

    def __init__(
        self,
        warehouse: Warehouse,
        folders: Sequence[Path],
        scenarios: Sequence[str],
        language: Language,
    ) -> None:
        """Ask ``warehouse`` the files of ``folders``; keep only rows of ``scenarios``."""
        self.warehouse, self.folders = warehouse, folders
        self.scenarios, self.language = scenarios, language
        self.numbered: dict[tuple[str, str], Source] = {}
        self._frames: dict[str, pl.DataFrame] = {}
        self._sources: dict[str, pl.DataFrame] = {}

    def frame(self, name: str) -> pl.DataFrame:
        """The rows of ``reports/<name>.sql``, cut to the definition's scenarios.

        Rows that carry a ``scenario_id`` follow the order of the definition's list.
        """
        if name not in self._frames:
            frame = self._run(name, self.warehouse.query)
            if "scenario_id" in frame.columns and self.scenarios:
                order = pl.Enum(self.scenarios)
                frame = frame.filter(pl.col("scenario_id").is_in(self.scenarios)).sort(
                    pl.col("scenario_id").cast(order), maintain_order=True
                )
            self._frames[name] = frame
        return self._frames[name]

    def rows(self, name: str) -> list[dict[str, Any]]:
        """The rows of ``frame``, one by one."""
        return self.frame(name).to_dicts()

    def text(self, name: str) -> str:
        """The SQL of ``reports/<name>.sql``.

        Raises:
            DefinitionError: it is in none of the folders.
            SqlError: it is not UTF-8.
        """
        path = self._file(name)
        try:
            return path.read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            raise SqlError(f"{path}: is not UTF-8 text ({error.reason})") from error

    def scenario_texts(self) -> pl.DataFrame:
        """All estimated scenarios: ``scenario_id`` and the ``text`` of their file."""
        return self.warehouse.query("select scenario_id, text from estimates.scenario")

    def fact(self, name: str) -> dict[str, Any]:
        """The one row of a query that sentences use; without data, every column is missing."""
        rows = self.rows(name)
        if len(rows) > 1:
            raise DefinitionError(
                f"query {name} must return one row for a sentence, not {len(rows)}"
            )
        return rows[0] if rows else dict.fromkeys(self.frame(name).columns)

    def on(self, name: str, day: dt.date) -> dict[str, Any]:
        """The one row of a query as in a report of an earlier day, from the same tables.

        Empty where the query does not ask for the report's day, gives no row or more than one,
        or asks in a way that cannot be told another day.
        """
        then = f"(select * replace (date '{day}' as report_date) from marts.build) as"
        sql, n_told = _BUILD.subn(
            lambda found: then if found[1] else f"{then} build", self.text(name)
        )
        if not n_told:
            return {}
        try:
            rows = self.warehouse.query(sql).to_dicts()
        except SqlError:  # it ran as it stands, so that telling it the day is what failed
            return {}
        return rows[0] if len(rows) == 1 else {}

    def sources(self, names: Iterable[str]) -> tuple[Citation, ...]:
        """The sources behind some queries, numbered in order of first use in the report."""
        found: dict[int, Source] = {}
        for name in names:
            if name not in self._sources:
                self._sources[name] = self._run(name, self._cited)
            for (source, entity), payloads in self._sources[name].group_by(
                "source", "entity", maintain_order=True
            ):
                if (source, entity) not in _NOT_CITED and source not in _RULES:
                    entry = self._numbered((str(source), str(entity)), payloads.to_dicts())
                    found[entry.number] = entry
        labels: dict[str, list[int]] = {}
        for number in sorted(found):
            labels.setdefault(self._label(found[number]), []).append(number)
        return tuple(Citation(label, tuple(numbers)) for label, numbers in labels.items())

    def _numbered(self, key: tuple[str, str], payloads: list[dict[str, Any]]) -> Source:
        if key not in self.numbered:
            last = payloads[-1]
            hashes = [row["payload_sha256"][:12] for row in payloads]
            days = [row["published_at"] or row["retrieved_at"] for row in payloads]
            self.numbered[key] = Source(
                number=len(self.numbered) + 1,
                entity=key[1],
                title=written("term", last["title"], self.language),
                producer=visible(last["producer"]),
                citation=written("term", last["citation"], self.language),
                licence=written("term", last["licence"], self.language),
                url=last["url"] if str(last["url"]).startswith("https://") else "",
                published=written("date_short", max(days, default=None), self.language),
                # All of them are in marts.source; of many, the first stands for them.
                hashes=tuple(hashes if len(hashes) <= _MOST_HASHES else hashes[:1]),
                n_more_hashes=0 if len(hashes) <= _MOST_HASHES else len(hashes) - 1,
            )
        return self.numbered[key]

    def _label(self, source: Source) -> str:
        """Whom a source line names: the producer, or the title where no single one is known."""
        is_own = source.producer in ("capbrief", "named per row")
        return source.title if is_own else self.language.say(source.producer)

    def _cited(self, sql: str) -> pl.DataFrame:
        found = self.warehouse.sources(sql)
        rests_on = _RESTS_ON.search(sql)
        if rests_on is None:
            return found
        named = [part.strip() for part in rests_on[1].split(",")]
        return found.filter(found["source"].is_in(named))

    def _run(self, name: str, ask: Callable[[str], pl.DataFrame]) -> pl.DataFrame:
        path, sql = self._file(name), self.text(name)
        try:
            return ask(sql)
        except SqlError as error:
            reason = str(error).removeprefix("query").lstrip(": ")
            # The engine names the line in what it drew below its message.
            line = _AT_LINE.search(str(error.__cause__))
            raise SqlError(f"{path}{f':{line[1]}' if line else ''}: {reason}") from error

    def _file(self, name: str) -> Path:
        paths = [folder / "reports" / f"{name}.sql" for folder in self.folders]
        path = next((each for each in paths if each.is_file()), None)
        if path is None:
            raise DefinitionError(f"there is no query reports/{name}.sql")
        return path
