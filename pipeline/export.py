"""Export: tables of a warehouse as files in a folder, with a manifest that says what they are.

The folder appears whole or not at all: it is made beside its place and renamed, the manifest
is its last file, and a folder is only replaced where nothing in it is anybody else's.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import shutil
import tempfile
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, time
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from pipeline import lite, sheets
from pipeline.errors import StorageError, UsageError
from pipeline.exported import MADE_BY, MANIFEST, Table
from pipeline.files import sync
from pipeline.held import held
from pipeline.rows import as_csv, as_parquet

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pipeline.job import Job
    from pipeline.settings import Settings
    from pipeline.warehouse import Warehouse

_ONE_FILE = {"sqlite": "warehouse.sqlite", "xlsx": "warehouse.xlsx"}


def export(
    job: Job,
    opened: Warehouse,
    names: Sequence[str],
    form: str,
    folder: Path,
    *,
    raw: bool = False,
    force: bool = False,
) -> dict[str, Any]:
    """Write tables to a folder and give its manifest.

    Args:
        job: version and log.
        opened: the warehouse to export from.
        names: tables as ``schema.table``, or schemas.
        form: parquet, csv, sqlite or xlsx.
        folder: where they go; it is made, or replaced where an export made it.
        raw: leave text alone that a spreadsheet would take for a formula.
        force: replace the folder even where it holds something else.

    Raises:
        UsageError: there is no such table, or the folder is not one to replace.
        LimitError: a table is too large for the format.
        StorageError: the folder cannot be written.
    """
    tables = _tables(opened, names, form)
    if form == "xlsx":
        sheets.must_fit(tables)
    place = _free(folder, job.settings, force=force)
    report_date, as_of = opened.query("select report_date, as_of from marts.build").row(0)
    try:
        with _beside(place) as fresh:
            _write(fresh, opened, tables, form, datetime.combine(report_date, time()), raw=raw)
            manifest = {
                "made_by": MADE_BY,
                "version": job.version,
                "format": form,
                "source_file": opened.path.name,
                "report_date": report_date.isoformat(),
                "as_of": as_of.replace(tzinfo=UTC).isoformat() if as_of else None,
                "tables": [one.described(_sha256(fresh / one.file)) for one in tables],
            }
            text = json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
            (fresh / MANIFEST).write_text(text, encoding="utf-8")
            _settle(fresh, place)
    except OSError as error:
        raise StorageError(
            f"{folder}: cannot be written ({error.strerror}); give another --out"
        ) from error
    job.log("exported", stage="export", format=form, tables=len(tables), folder=str(folder))
    return manifest


def _tables(opened: Warehouse, names: Sequence[str], form: str) -> list[Table]:
    """What is to be written, in order of name."""
    known = {
        f"{schema}.{name}": comment or ""
        for schema, name, comment in opened.query(
            "select schema_name, table_name, comment from duckdb_tables() where "
            "database_name = current_database() and schema_name <> 'raw' order by all"
        ).rows()
    }
    schemas = {name.partition(".")[0] for name in known}
    for name in names:
        if name not in known and name not in schemas:
            near = get_close_matches(name, [*known, *schemas], n=1)
            hint = f"did you mean {near[0]}?" if near else "'capbrief status' lists them"
            raise UsageError(f"{name}: no such table or layer; {hint}")
    chosen = [one for one in known if one in names or one.partition(".")[0] in names]
    places = sheets.names(chosen)
    return [
        Table(
            name=name,
            comment=known[name],
            columns=_columns(opened, name),
            row_count=opened.query(f"select count(*) from {name}").item(),
            file=_ONE_FILE.get(form, f"{name}.{form}"),
            place=places[name] if form == "xlsx" else name.replace(".", "_", 1),
        )
        for name in chosen
    ]


def _columns(opened: Warehouse, table: str) -> tuple[tuple[str, str], ...]:
    found = opened.query(f"select column_name, column_type from (describe {table})").rows()
    return tuple((str(name), str(kind)) for name, kind in found)


def _write(
    fresh: Path,
    opened: Warehouse,
    tables: Sequence[Table],
    form: str,
    made_on: datetime,
    *,
    raw: bool,
) -> None:
    """All files of one format, a table at a time."""
    parts = _parts(opened, tables, native=form == "parquet")
    if form == "sqlite":
        lite.write(fresh / _ONE_FILE[form], parts)
    elif form == "xlsx":
        sheets.write(fresh / _ONE_FILE[form], parts, made_on=made_on, raw=raw)
    else:
        content: Callable[[pl.DataFrame], bytes] = (
            as_parquet if form == "parquet" else lambda rows: as_csv(rows, raw=raw).encode()
        )
        for table, rows in parts:
            (fresh / table.file).write_bytes(content(rows))


def _parts(
    opened: Warehouse, tables: Sequence[Table], *, native: bool
) -> Iterator[tuple[Table, pl.DataFrame]]:
    for table in tables:
        # In the order in which it lies there, that of its grain.
        relation = opened.connection.sql(f"from {table.name}")
        yield table, pl.DataFrame(held(relation, native=native))


def _free(folder: Path, settings: Settings, *, force: bool) -> Path:
    """The folder's own path, once it is known that it may be replaced.

    Raises:
        UsageError: it holds what no export wrote, or more depends on it than that.
    """
    place = folder.resolve()
    own = [one.resolve() for one in (settings.payloads, settings.warehouse, settings.state)]
    below = [Path.home().resolve(), Path.cwd(), *own]
    if any(place.is_relative_to(one) for one in own) or any(
        one.is_relative_to(place) for one in below
    ):
        raise UsageError(f"--out {folder}: cannot be replaced; give a folder of its own")
    if not place.exists():
        return place
    if not place.is_dir() or place.is_mount():
        raise UsageError(f"--out {folder}: is no folder that can be replaced; give another")
    foreign = _foreign(place)
    if foreign is not None and not force:
        raise UsageError(
            f"--out {folder}: holds {foreign}, which no export wrote; give another folder, or "
            "--force to replace all of it"
        )
    return place


def _foreign(place: Path) -> str | None:
    """The first thing in a folder that is not from an export, if there is one."""
    there = {path.name for path in place.iterdir()}
    own: set[str] = set()
    with suppress(OSError, ValueError, KeyError, TypeError):
        manifest = json.loads((place / MANIFEST).read_text(encoding="utf-8"))
        if manifest["made_by"] == MADE_BY:
            own = {MANIFEST, *(one["file"] for one in manifest["tables"])}
    return min(there - own, default=None)


@contextmanager
def _beside(place: Path) -> Iterator[Path]:
    """A folder that is gone in the end unless it was renamed."""
    place.parent.mkdir(parents=True, exist_ok=True)
    # As the umask says, which a folder that is only ever temporary does not follow.
    fresh = place.with_name(f".new-{secrets.token_hex(8)}")
    fresh.mkdir()
    try:
        yield fresh
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _settle(fresh: Path, place: Path) -> None:
    """Put a finished folder in its place, on disk and under its name."""
    for path in fresh.iterdir():
        sync(path)
    sync(fresh)
    if place.exists():
        # A folder cannot be renamed onto one that holds something.
        old = Path(tempfile.mkdtemp(dir=place.parent, prefix=".old-"))
        place.rename(old)
        try:
            fresh.rename(place)
        except OSError:
            old.rename(place)
            raise
        shutil.rmtree(old)
    else:
        fresh.rename(place)
    sync(place.parent)


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
