"""Build: from payloads to a checked warehouse, published for all or private to one question.

    payload store -> raw -> staging -> marts -> estimates -> checks -> published file

A private file is built by the same models for another day, or from raw tables that are cut
where an earlier knowledge ended.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline import load, master, recorded, transform, warehouse
from pipeline.entry import Publication
from pipeline.errors import StorageError, UsageError, WarehouseError
from pipeline.extract import ENTITIES
from pipeline.ledger import Ledger
from pipeline.payload import PayloadStore

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import duckdb

    from pipeline.job import Job
    from pipeline.settings import Settings


_KEPT_PRIVATE = 5
_SCRATCH_SECONDS = 86_400


def build(
    job: Job,
    *,
    report_date: date | None = None,
    full: bool = False,
    parsed: Mapping[load.Key, load.Parsed] | None = None,
) -> master.Version:
    """Load what the ledger lists, transform, estimate, check and publish.

    Args:
        job: settings, clock and log.
        report_date: the day that estimates count months from; without one, the newest
            edition's date.
        full: throw the private master away first and build it from the payloads.
        parsed: what a fetch of this process parsed already.

    Raises:
        LockedError: another run is writing.
        CheckError: a check returned rows; nothing is published.
    """
    settings, ledger = job.settings, Ledger(job.settings.ledger)
    path = settings.warehouse / master.MASTER
    with master.writing(settings, wait_seconds=job.lock_wait_seconds):
        ledger.bury(job.run_id, job.clock())
        retrievals = ledger.retrievals()
        if not retrievals:
            raise UsageError(
                f"{settings.ledger}: lists nothing that was fetched; run 'capbrief demo' first, "
                "or restore the ledger from a backup"
            )
        if full:
            _discard(path)
        with master.transaction(path, settings) as connection:
            loaded = load.load(
                connection, PayloadStore(settings.payloads), retrievals, ENTITIES, parsed
            )
            job.log("loaded", stage="load", **asdict(loaded))
            master.replace(
                connection, "raw.capbrief__run", recorded.runs(ledger.runs(), job.run_id)
            )
            master.replace(connection, "raw.capbrief__gap", recorded.gaps(ledger.gaps()))
            master.replace(
                connection, "raw.capbrief__membership", recorded.memberships(ledger.memberships())
            )
            _make(job, connection, report_date, as_of=None)
        version = master.publish(settings)
        ledger.publish(
            Publication(
                version.path.name, job.run_id, version.content_hash, version.row_count, job.clock()
            )
        )
        _prune_private(settings)
    job.log("published", stage="publish", rows=version.row_count, file=version.path.name)
    return version


def open_warehouse(
    job: Job, *, report_date: date | None = None, as_of: datetime | None = None
) -> warehouse.Warehouse:
    """The published warehouse, or a private one for another day or an earlier knowledge.

    A private file holds the raw rows that were known at ``as_of`` and is built by the same
    models; it is kept and used again while data, SQL, scenarios and version are the same.

    Raises:
        UsageError: nothing was published yet.
        CheckError: the private build fails a check.
    """
    published = warehouse.Warehouse(job.settings.warehouse / warehouse.LINK, job.settings)
    built_for = published.query("select report_date, as_of from marts.build").row(0)
    if as_of is None and report_date in (None, built_for[0]):
        return published
    with published:
        path = _private(job, published, report_date, as_of)
    return warehouse.Warehouse(path, job.settings)


def _make(
    job: Job,
    connection: duckdb.DuckDBPyConnection,
    report_date: date | None,
    as_of: datetime | None,
) -> None:
    """From raw tables to checked estimates, inside the caller's transaction."""
    # Imported here: a query or a report over what is published does not need numpy.
    from pipeline.estimate import evaluate, scenario

    day = report_date or _default_date(job, connection, as_of)
    base = transform.models(job.sql, ["staging", "marts"])
    derived = transform.models(job.sql, ["estimates"])
    checks = transform.models(job.sql, ["checks"])
    scenarios = [scenario.load(name, job.scenarios) for name in scenario.names(job.scenarios)]
    estimated_from = {
        (name, table) for name, made in evaluate.TABLES.items() for table in made.reads
    }
    edges = sorted(estimated_from.union(transform.lineage([*base, *derived])))
    in_order = transform.ordered(base, _raw_tables(connection))
    derived_in_order = transform.ordered(derived, [*evaluate.TABLES, *(m.name for m in base)])

    master.seal(connection)
    transform.clear(connection)
    _describe(connection, day, as_of, edges)
    # Demand needs nothing of the warehouse, so it is drawn while DuckDB makes the marts.
    with ThreadPoolExecutor(1) as beside:
        demand = beside.submit(evaluate.demanded, scenarios, start=day)
        transform.build(connection, in_order)
        job.log("transformed", stage="transform", models=len(base))
        supply = evaluate.supplied(
            warehouse.frame(connection, "select * from marts.fleet_quarter order by all"),
            warehouse.frame(connection, "select * from marts.shipment_quarter order by all"),
        )
    for name, rows in {**demand.result(), **supply}.items():
        master.replace(connection, name, rows)
        made = evaluate.TABLES[name]
        transform.must_pass(transform.describe(connection, name, made.description, made.grain))
    job.log("estimated", stage="estimate", scenarios=len(scenarios))
    transform.build(connection, derived_in_order)
    described = {model.name: model for model in (*base, *derived)}
    transform.describe_columns(connection, {**described, **evaluate.TABLES})
    transform.must_pass(transform.check(connection, checks))
    job.log("checked", stage="check", checks=len(checks))


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
    day: date,
    as_of: datetime | None,
    lineage: Sequence[tuple[str, str]],
) -> None:
    """Write what the build is for, and what its tables are made from, where models read it."""
    cut = warehouse.naive_utc(as_of) if as_of else None
    master.replace(connection, "raw.capbrief__build", recorded.built(day, cut))
    master.replace(connection, "raw.capbrief__lineage", recorded.lineage(lineage, cut))


def _raw_tables(connection: duckdb.DuckDBPyConnection) -> list[str]:
    rows = connection.execute(
        "select 'raw.' || table_name from duckdb_tables() "
        "where database_name = current_database() and schema_name = 'raw'"
    ).fetchall()
    # These two are written just before the models run.
    return [*(name for (name,) in rows), "raw.capbrief__build", "raw.capbrief__lineage"]


def _discard(file: Path) -> None:
    try:
        for path in (file, file.with_name(f"{file.name}.wal")):
            path.unlink(missing_ok=True)
    except OSError as error:
        raise WarehouseError(f"{file}: cannot be removed ({error.strerror})") from error


def _prune_private(settings: Settings) -> None:
    """Keep the newest private files; the caller holds the writer's lock."""
    folder = settings.warehouse / "private"
    files = sorted(folder.glob("*.duckdb"), key=lambda path: path.stat().st_mtime)
    for path in files[:-_KEPT_PRIVATE]:
        path.unlink()
    # A killed run leaves its scratch folder; one in use is younger than this.
    for scratch in folder.glob(".new-*"):
        if time.time() - scratch.stat().st_mtime > _SCRATCH_SECONDS:
            shutil.rmtree(scratch)


def _private(
    job: Job, published: warehouse.Warehouse, report_date: date | None, as_of: datetime | None
) -> Path:
    """A file built for one day and one state of knowledge; made once per set of inputs."""
    cut = warehouse.naive_utc(as_of) if as_of else None
    try:
        key = _private_key(job, published, report_date, cut)
        path = job.settings.warehouse / "private" / f"{key}.duckdb"
        if path.exists():
            return path
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".new-") as scratch:
            fresh = Path(scratch) / path.name
            with master.transaction(fresh, job.settings) as connection:
                master.copy_raw(connection, published.path, cut)
                _make(job, connection, report_date, as_of)
            fresh.chmod(0o444)
            fresh.rename(path)
    except OSError as error:
        raise StorageError(
            f"{error.filename}: cannot be used ({error.strerror}); another day or an earlier "
            "knowledge needs a file of its own below --home"
        ) from error
    job.log("private_build", stage="transform", file=path.name)
    return path


def _private_key(
    job: Job, published: warehouse.Warehouse, report_date: date | None, cut: datetime | None
) -> str:
    """One key for equal inputs: data, runs known by then, files that users may change, version."""
    digest = hashlib.sha256()
    known = f"where known_at <= timestamp '{cut}'" if cut else ""
    payloads = published.query(
        "select dataset, payload_sha256, retrieved_at from raw.capbrief__payload order by all"
    )
    runs = published.query(f"select run_id, status from raw.capbrief__run {known} order by all")
    for part in (job.version, report_date, cut, payloads.rows(), runs.rows()):
        digest.update(repr(part).encode())
    for folder in (*job.sql, *job.scenarios):
        for file in sorted(folder.rglob("*.*")):
            if file.is_file():
                digest.update(str(file.relative_to(folder)).encode() + file.read_bytes())
    return digest.hexdigest()[:24]
