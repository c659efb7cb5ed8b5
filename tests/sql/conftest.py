"""Given rows in the tables that one SQL file reads, expected rows out of it.

Tables are written as text: a line of column names, then a line per row, cells parted by bars;
an empty cell is null. What is not filled is there, typed and empty.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from pipeline import blank, build, fetch, opening, warehouse
from pipeline.entry import Run
from pipeline.extract.bundled import BUNDLED
from pipeline.extract.event import Events
from pipeline.job import Job
from pipeline.ledger import Ledger
from pipeline.resources import EVENTS, SQL
from pipeline.settings import Settings
from pipeline.source import Wanted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


def cells(text: str) -> tuple[list[str], list[list[str | None]]]:
    """Column names and rows of a table written as text."""
    lines = [
        [cell.strip() or None for cell in line.split("|")]
        for line in text.splitlines()
        if line.strip()
    ]
    header = [name for name in lines[0] if name]
    assert all(len(line) == len(header) for line in lines[1:]), text
    return header, lines[1:]


def _sums(counted: Mapping[str, list[str]]) -> str:
    """Members' sums by day as category_sum_day has them: null where no cap is known."""
    lines = ["universe_id | price_date | member_sum_usd"]
    for day, caps in counted.items():
        known = [Decimal(cap) for cap in caps if cap]
        lines.append(f"ai | {day} | {sum(known) if known else ''}")
    return "\n".join(lines)


@pytest.fixture
def crawled() -> Callable[[str], dict[str, str]]:
    """A live universe from lines of day, token, price, cap, and what it is if not a member."""

    def crawled(text: str) -> dict[str, str]:
        members = ["universe_id | price_date | coin_id"]
        seen = ["seen_date | coin_id | price_usd | market_cap_usd | is_held_spike"]
        counted: dict[str, list[str]] = {}
        for line in text.strip().splitlines():
            day, coin, price, cap, state = (cell.strip() for cell in line.split("|"))
            if state != "unseen":
                seen.append(f"{day} | {coin} | {price} | {cap} | {str(state == 'held').lower()}")
            if state != "seen":
                members.append(f"ai | {day} | {coin}")
                counted.setdefault(day, []).append("" if state in ("held", "unseen") else cap)
        return {
            "staging.universe__universe": "universe_id\nai",
            "marts.universe_day": "\n".join(members),
            "marts.token_snapshot_day": "\n".join(seen),
            "marts.category_sum_day": _sums(counted),
        }

    return crawled


# What stands in a table of its own so that it can be made day by day, and is tested as one.
_PARTS = {
    "marts.token_close_day": "marts.token_close_spike_day",
    "marts.token_snapshot_day": "marts.token_snapshot_spike_day",
    "marts.category_day": "marts.category_sum_day",
    "marts.equity_day": "marts.equity_close_day",
    "marts.universe_candidate_day": "marts.token_eligibility_day",
}


class Bench:
    """All tables of the warehouse, empty, and the SQL files that make them."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, sql: dict[str, str]) -> None:
        self.connection = connection
        self._sql = sql

    def fill(self, tables: Mapping[str, str]) -> None:
        """Put rows into tables, by the tables' names."""
        for name, text in tables.items():
            header, rows = cells(text)
            places = ", ".join("?" * len(header))
            self.connection.executemany(
                f"insert into {name} ({', '.join(header)}) values ({places})", rows
            )

    def make(self, *names: str) -> None:
        """Fill tables by their own files, in this order, from what the others hold."""
        for name in names:
            self._make_part(name)
            self.connection.execute(f"insert into {name} {self._sql[name]}")

    def _make_part(self, name: str) -> None:
        """Make what a table rests on and is tested with, where a test does not give it."""
        part = _PARTS.get(name)
        if part and self.connection.execute(f"from {part} limit 1").fetchone() is None:
            self.connection.execute(f"insert into {part} {self._sql[part]}")

    def rows(self, name: str, columns: list[str] | None = None) -> list[tuple[Any, ...]]:
        """What a file gives, in order of its columns."""
        self._make_part(name)
        chosen = ", ".join(columns) if columns else "*"
        query = f"select {chosen} from ({self._sql[name]}\n) order by all"
        return self.connection.execute(query).fetchall()

    def expect(self, name: str, text: str) -> None:
        """The file gives exactly these rows in these columns; floats to nine digits."""
        header, expected = cells(text)
        types = [
            row[1]
            for row in self.connection.execute(
                f"describe select {', '.join(header)} from ({self._sql[name]}\n)"
            ).fetchall()
        ]
        casts = ", ".join(f"cast(? as {kind})" for kind in types)
        wanted = [self.connection.execute(f"select {casts}", row).fetchall()[0] for row in expected]
        found = self.rows(name, header)
        assert len(found) == len(wanted), found
        for got, want in zip(found, sorted(wanted, key=_order), strict=True):
            assert [_close(value) for value in want] == list(got)


def _order(row: tuple[Any, ...]) -> list[tuple[bool, Any]]:
    """Nulls last, as DuckDB orders."""
    return [(value is None, value) for value in row]


def _close(value: object) -> object:
    return pytest.approx(value, rel=1e-9) if isinstance(value, float) else value


@pytest.fixture(scope="session")
def sql() -> dict[str, str]:
    """Every SQL file by the name of its table or check."""
    return {f"{path.parent.name}.{path.stem}": path.read_text() for path in SQL.rglob("*.sql")}


@pytest.fixture(scope="session")
def empty() -> Iterator[duckdb.DuckDBPyConnection]:
    """A warehouse made by the shipped models from raw tables without rows."""
    connection = blank.made([SQL])
    yield connection
    connection.close()


@pytest.fixture
def fill(bench: Bench) -> Callable[[Mapping[str, str]], None]:
    """Put rows into tables."""
    return bench.fill


@pytest.fixture
def expect(bench: Bench) -> Callable[[str, str], None]:
    """Run one SQL file and compare."""
    return bench.expect


@pytest.fixture
def make(bench: Bench) -> Callable[..., None]:
    """Fill tables by their own files."""
    return bench.make


@pytest.fixture
def rows_of(bench: Bench) -> Callable[[str], list[tuple[Any, ...]]]:
    """Run one SQL file and give all it returns."""
    return bench.rows


@pytest.fixture
def judge(bench: Bench) -> Callable[[str, dict[str, str], dict[str, str], int], None]:
    """A check passes sound rows, and of the broken ones returns so many."""

    def judge(name: str, sound: dict[str, str], broken: dict[str, str], count: int) -> None:
        bench.fill(sound)
        assert bench.rows(f"checks.{name}") == []
        bench.fill(broken)
        assert len(bench.rows(f"checks.{name}")) == count

    return judge


@pytest.fixture
def bench(empty: duckdb.DuckDBPyConnection, sql: dict[str, str]) -> Iterator[Bench]:
    """Empty tables to fill; what a test filled is gone after it."""
    empty.execute("begin")
    yield Bench(empty, sql)
    empty.execute("rollback")


@pytest.fixture(scope="session")
def edition_job(tmp_path_factory: pytest.TempPathFactory) -> Job:
    """A job whose warehouse was built from the bundled edition, without a report."""
    home = tmp_path_factory.mktemp("edition")
    job = Job(
        run_id="edition",
        settings=Settings(data=home, state=home / "state"),
        log=lambda event, **fields: None,
        clock=lambda: datetime(2026, 11, 23, 12, tzinfo=UTC),
        version="0.0.0",
    )
    Ledger(job.settings.ledger).start(Run(job.run_id, "demo", job.version, job.clock()))
    fetch.fetch(job, [BUNDLED, Events((EVENTS,))], Wanted(now=job.clock()))
    build.build(job)
    return job


@pytest.fixture(scope="session")
def edition(edition_job: Job) -> Iterator[warehouse.Warehouse]:
    """The published warehouse of the bundled edition."""
    with opening.open_warehouse(edition_job) as opened:
        yield opened


@pytest.fixture(scope="session")
def edition_folder() -> Path:
    """The files of the bundled edition."""
    from pipeline.resources import EDITIONS

    return EDITIONS / "sora_2024"
