"""Stages: from raw tables by staging, marts and estimates to checks, inside one transaction."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from typing import TYPE_CHECKING

from pipeline import master, raw, recorded, transform, warehouse
from pipeline.days import ALL
from pipeline.extract import ENTITIES
from pipeline.frames import replace
from pipeline.job import milliseconds
from pipeline.model import lineage, models, ordered

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

    from pipeline.days import Days
    from pipeline.job import Job
    from pipeline.model import Model
    from pipeline.transform import Changes


def raw_days() -> dict[str, str]:
    """The expression that gives a row's day, for the raw tables that have days."""
    return {
        **{table: f"cast({day} as date)" for table, day in raw.dated_by(ENTITIES).items()},
        "raw.capbrief__membership": "seen_date",
    }


def make(
    job: Job,
    connection: duckdb.DuckDBPyConnection,
    changes: Changes,
    report_date: date | None,
    as_of: datetime | None,
) -> None:
    """From raw tables to checked estimates, as far as they are not as they would be.

    Args:
        job: settings, clock, log and folders of files.
        connection: of the file, inside a transaction; it is sealed.
        changes: what of the raw tables changed.
        report_date: the day that estimates count months from; null is the newest day of the data.
        as_of: the moment at which the raw tables were cut, written into the file.

    Raises:
        SqlError: a file of ``sql/`` is broken.
        CheckError: a check returned rows.
    """
    # Imported here: a query or a report over what is published does not need numpy.
    from pipeline.estimate import evaluate, scenario, tables

    day = report_date or _default_date(job, connection, as_of)
    base = models(job.sql, ["staging", "marts"])
    derived = models(job.sql, ["estimates"])
    checks = models(job.sql, ["checks"])
    scenarios = [scenario.load(name, job.scenarios) for name in scenario.names(job.scenarios)]
    estimated_from = {(name, table) for name, made in tables.TABLES.items() for table in made.reads}
    edges = sorted(estimated_from.union(lineage([*base, *derived])))
    in_order = ordered(base, _raw_tables(connection))
    derived_in_order = ordered(derived, [*tables.TABLES, *(m.name for m in base)])

    master.seal(connection)
    kept = {model.name for model in (*base, *derived)}.union(tables.TABLES)
    for gone in transform.clear(connection, kept):
        changes.books.forget(gone)
    _describe(connection, changes, day, as_of, edges)
    # Demand needs nothing of the warehouse, so it is drawn while DuckDB makes the marts.
    with job.progress("draw", len(scenarios)) as step, ThreadPoolExecutor(1) as beside:
        demand = beside.submit(evaluate.demanded, scenarios, start=day, told=step)
        told = _Told(job)
        transform.build(connection, in_order, changes, told)
        job.log("transformed", stage="transform", models=len(base), made=told.count)
        learnt = evaluate.from_marts(
            {
                name: warehouse.frame(connection, f"select * from {name} order by all")
                for name in tables.READ
            }
        )
    for name, rows in {**demand.result(), **learnt}.items():
        replace(connection, name, rows)
        table = tables.TABLES[name]
        transform.must_pass(transform.describe(connection, name, table.description, table.grain))
        changes.table(name)
    job.log("estimated", stage="estimate", scenarios=len(scenarios))
    transform.build(connection, derived_in_order, changes, _Told(job))
    described = {model.name: model for model in (*base, *derived)}
    transform.describe_columns(connection, {**described, **tables.TABLES})
    started = time.monotonic()
    transform.must_pass(transform.check(connection, checks, changes))
    job.log(
        "checked",
        stage="check",
        checks=len(checks),
        duration_ms=milliseconds(started),
    )
    changes.books.note([*base, *derived, *checks])


class _Told:
    """Logs each model that was made, and counts them."""

    def __init__(self, job: Job) -> None:
        self._job, self._since = job, time.monotonic()
        self.count = 0

    def __call__(self, model: Model, days: Days) -> None:
        self._job.log(
            "made",
            stage="transform",
            table=model.name,
            days="all" if days == ALL else str(days),
            duration_ms=milliseconds(self._since),
        )
        self._since = time.monotonic()
        self.count += 1


def _default_date(job: Job, connection: duckdb.DuckDBPyConnection, as_of: datetime | None) -> date:
    """The newest day of live data, else the newest edition's, else the day that is known of."""
    newest = connection.execute(
        """
        select coalesce(
            (select max(known_at)::date from (
                select known_at from raw.coingecko__category
                union all select known_at from raw.coingecko__market
                union all select known_at from raw.coingecko__chart
            )),
            (select max(edition_date) from raw.bundled__edition)
        )
        """
    ).fetchall()
    if newest[0][0] is not None:
        found: date = newest[0][0]
        return found
    return (as_of or job.clock()).date()


def _describe(
    connection: duckdb.DuckDBPyConnection,
    changes: Changes,
    day: date,
    as_of: datetime | None,
    lineage: Sequence[tuple[str, str]],
) -> None:
    """Write what the build is for, and what its tables are made from, where models read it."""
    cut = warehouse.naive_utc(as_of) if as_of else None
    for table, rows in (
        ("raw.capbrief__build", recorded.built(day, cut)),
        ("raw.capbrief__lineage", recorded.lineage(lineage, cut)),
    ):
        replace(connection, table, rows)
        changes.table(table)


def _raw_tables(connection: duckdb.DuckDBPyConnection) -> list[str]:
    rows = connection.execute(
        "select 'raw.' || table_name from duckdb_tables() "
        "where database_name = current_database() and schema_name = 'raw'"
    ).fetchall()
    # These two are written just before the models run.
    return [*(name for (name,) in rows), "raw.capbrief__build", "raw.capbrief__lineage"]
