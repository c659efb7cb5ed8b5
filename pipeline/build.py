"""Build: from payloads to a checked warehouse, published for all or private to one question.

    payload store -> raw -> staging -> marts -> estimates -> checks -> published file

A private file is built by the same models for another day, or from raw tables that are cut
where an earlier knowledge ended.
"""

from __future__ import annotations

import hashlib
import tempfile
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import polars as pl

from pipeline import load, resources, transform, warehouse
from pipeline.extract import SOURCES
from pipeline.ledger import Ledger, Publication
from pipeline.payload import PayloadStore

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import duckdb

    from pipeline.settings import Settings
    from pipeline.source import Entity


class Log(Protocol):
    """Takes one event with its fields."""

    def __call__(self, event: str, **fields: object) -> None:
        """Write the event."""
        ...


@dataclass(frozen=True)
class Job:
    """What every stage of one command is given.

    ``overlay`` is a folder of the user's own ``sql``, ``templates``, ``reports`` and
    ``scenarios``, which come before the shipped ones.
    """

    run_id: str
    settings: Settings
    log: Log
    clock: Callable[[], datetime]
    version: str
    overlay: Path | None = None
    lock_wait_seconds: float = 0.0

    def folders(self, kind: str, shipped: Path) -> tuple[Path, ...]:
        """Where files of one kind are looked for, the user's folder first."""
        own = (self.overlay / kind,) if self.overlay else ()
        return (*own, shipped)

    @property
    def sql(self) -> tuple[Path, ...]:
        """Folders of SQL files."""
        return self.folders("sql", resources.SQL)

    @property
    def scenarios(self) -> tuple[Path, ...]:
        """Folders of scenario files."""
        return self.folders("scenarios", resources.SCENARIOS)

    @property
    def definitions(self) -> tuple[Path, ...]:
        """Folders of report definitions."""
        return self.folders("reports", resources.REPORTS)

    @property
    def templates(self) -> tuple[Path, ...]:
        """Folders of templates."""
        return self.folders("templates", resources.TEMPLATES)


def build(job: Job, *, report_date: date | None = None, full: bool = False) -> warehouse.Version:
    """Load what the ledger lists, transform, estimate, check and publish.

    Args:
        job: settings, clock and log.
        report_date: the day that estimates count months from; without one, the newest
            edition's date.
        full: throw the private master away first and build it from the payloads.

    Raises:
        LockedError: another run is writing.
        CheckError: a check returned rows; nothing is published.
    """
    settings, ledger = job.settings, Ledger(job.settings.ledger)
    master = settings.warehouse / warehouse.MASTER
    with warehouse.writing(settings, wait_seconds=job.lock_wait_seconds):
        if full:
            for path in (master, master.with_name(f"{master.name}.wal")):
                path.unlink(missing_ok=True)
        with warehouse.transaction(master, settings) as connection:
            loaded = load.load(
                connection, PayloadStore(settings.payloads), ledger.retrievals(), _entities()
            )
            job.log("loaded", stage="load", **asdict(loaded))
            _make(job, connection, report_date, as_of=None)
        version = warehouse.publish(settings)
    ledger.publish(
        Publication(
            version.path.name, job.run_id, version.content_hash, version.row_count, job.clock()
        )
    )
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


def day_end(day: date) -> datetime:
    """The last moment of a UTC day, which ``--as-of DAY`` means."""
    return datetime.combine(day, time.max, UTC)


def _entities() -> dict[tuple[str, str], Entity]:
    return {
        (source.name, name): entity
        for source in SOURCES
        for name, entity in source.entities.items()
    }


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
    estimated_from = {(name, table) for name, tables in evaluate.READS.items() for table in tables}
    edges = sorted(estimated_from.union(transform.lineage([*base, *derived])))
    _describe(job, connection, day, as_of, edges)

    transform.build(connection, transform.ordered(base, _raw_tables(connection)))
    job.log("transformed", stage="transform", models=len(base))
    estimated = evaluate.evaluate(
        scenarios,
        start=day,
        fleet=warehouse.frame(connection, "select * from marts.fleet_quarter order by all"),
        shipments=warehouse.frame(connection, "select * from marts.shipment_quarter order by all"),
    )
    connection.execute("create schema if not exists estimates")
    for name, rows in estimated.items():
        warehouse.replace(connection, name, rows)
    job.log("estimated", stage="estimate", scenarios=len(scenarios))
    made = [*estimated, *(model.name for model in base)]
    transform.build(connection, transform.ordered(derived, made))
    transform.must_pass(transform.check(connection, checks))
    job.log("checked", stage="check", checks=len(checks))


def _default_date(job: Job, connection: duckdb.DuckDBPyConnection, as_of: datetime | None) -> date:
    """The newest edition's date; with knowledge cut off before it, that day itself."""
    newest = connection.execute("select max(edition_date) from raw.bundled__edition").fetchall()
    if newest[0][0] is not None:
        found: date = newest[0][0]
        return found
    return (as_of or job.clock()).date()


def _describe(
    job: Job,
    connection: duckdb.DuckDBPyConnection,
    day: date,
    as_of: datetime | None,
    lineage: Sequence[tuple[str, str]],
) -> None:
    """Write what the build is for, and the ledger's runs, where models can read them."""
    known = [
        run for run in Ledger(job.settings.ledger).runs() if not as_of or run.started_at <= as_of
    ]
    at = pl.Datetime("us")
    runs = pl.DataFrame(
        [
            {
                **asdict(run),
                # The file that carries this row exists only if this run published it.
                "status": "published" if run.run_id == job.run_id else run.status,
                "started_at": _naive(run.started_at),
                "finished_at": _naive(run.finished_at) if run.finished_at else None,
                "known_at": _naive(run.started_at),
            }
            for run in known
        ],
        schema={
            "run_id": pl.String(),
            "command": pl.String(),
            "version": pl.String(),
            "started_at": at,
            "finished_at": at,
            "exit_code": pl.Int64(),
            "status": pl.String(),
            "known_at": at,
        },
    )
    cut = _naive(as_of) if as_of else None
    row = {"report_date": day, "as_of": cut, "known_at": cut}
    warehouse.replace(connection, "raw.capbrief__run", runs)
    warehouse.replace(
        connection,
        "raw.capbrief__build",
        pl.DataFrame([row], schema={"report_date": pl.Date(), "as_of": at, "known_at": at}),
    )
    warehouse.replace(
        connection,
        "raw.capbrief__lineage",
        pl.DataFrame(
            list(lineage), schema={"model": pl.String(), "reads": pl.String()}, orient="row"
        ).with_columns(known_at=pl.lit(None, dtype=at)),
    )


def _raw_tables(connection: duckdb.DuckDBPyConnection) -> list[str]:
    rows = connection.execute(
        "select 'raw.' || table_name from duckdb_tables() "
        "where database_name = current_database() and schema_name = 'raw'"
    ).fetchall()
    return [name for (name,) in rows]


def _private(
    job: Job, published: warehouse.Warehouse, report_date: date | None, as_of: datetime | None
) -> Path:
    """A file built for one day and one state of knowledge; made once per set of inputs."""
    key = _private_key(job, published, report_date, as_of)
    path = job.settings.warehouse / "private" / f"{key}.duckdb"
    if path.exists():
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".new-") as scratch:
        fresh = Path(scratch) / path.name
        with warehouse.transaction(fresh, job.settings) as connection:
            warehouse.copy_raw(connection, published.path, _naive(as_of) if as_of else None)
            _make(job, connection, report_date, as_of)
        fresh.chmod(0o444)
        fresh.rename(path)
    job.log("private_build", stage="transform", file=path.name)
    return path


def _private_key(
    job: Job, published: warehouse.Warehouse, report_date: date | None, as_of: datetime | None
) -> str:
    digest = hashlib.sha256()
    payloads = published.query(
        "select dataset, payload_sha256, retrieved_at from raw.capbrief__payload order by all"
    )
    for part in (job.version, report_date, as_of, payloads.rows()):
        digest.update(repr(part).encode())
    for folder in (*job.sql, *job.scenarios):
        for file in sorted(folder.rglob("*.*")):
            if file.is_file():
                digest.update(str(file.relative_to(folder)).encode() + file.read_bytes())
    return digest.hexdigest()[:24]


def _naive(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(tzinfo=None)
