"""File format: the version of a warehouse file, how an older one is brought up to date.

The version stands in ``capbrief.format``. A file of a newer version is refused before anything
of it is touched.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb

from pipeline.errors import WarehouseError

if TYPE_CHECKING:
    from pathlib import Path

# One entry per version after the first; a file is brought up to date by those it has not seen.
# Raw tables may go: what they hold is loaded again from the payloads.
_MIGRATIONS = (
    """
    drop schema if exists raw cascade;
    create schema capbrief;
    create table capbrief.format (version integer, storage_version varchar, engine varchar);
    insert into capbrief.format values (2, 'v1.5.0', null);
    create table capbrief.model (model varchar, sql_sha256 varchar);
    create table capbrief.book (table_name varchar, dated_by varchar);
    create table capbrief.partition (
        table_name varchar, partition_date date, n_rows bigint, content_hash ubigint
    )
    """,
    # The list of sources and many raw tables have other columns.
    "drop schema if exists raw cascade;",
)

FORMAT = len(_MIGRATIONS) + 1
"""The version that this capbrief writes; 1 had no version written into it."""


def version(connection: duckdb.DuckDBPyConnection) -> int:
    """The version of an open file; 0 where there is nothing in it yet."""
    has_version, has_tables = connection.execute(
        "select count(*) filter (schema_name = 'capbrief' and table_name = 'format'), count(*) "
        "from duckdb_tables() where database_name = current_database()"
    ).fetchall()[0]
    if not has_version:
        return 1 if has_tables else 0
    found: int = connection.execute("select max(version) from capbrief.format").fetchall()[0][0]
    return found


def must_be_known(connection: duckdb.DuckDBPyConnection, path: Path) -> int:
    """The version of an open file, if it is none that is newer than this capbrief.

    Raises:
        WarehouseError: it is.
    """
    found = version(connection)
    if found > FORMAT:
        raise WarehouseError(
            f"{path}: was written by a newer capbrief (file format {found}, this one knows "
            f"{FORMAT}); install that one. The file was not changed"
        )
    return found


def must_be_current(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Stop where what is asked for needs tables that an older version did not write.

    Raises:
        WarehouseError: an older capbrief wrote the file.
    """
    found = version(connection)
    if found < FORMAT:
        raise WarehouseError(
            f"{path}: was written by an older capbrief (file format {found}, this one writes "
            f"{FORMAT}); run 'capbrief fetch bundled' and 'capbrief build' once"
        )


def is_hashed_here(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether the DuckDB at work made the file's hashes; another release may hash otherwise."""
    (engine,) = connection.execute("select max(engine) from capbrief.format").fetchall()[0]
    return bool(engine == duckdb.__version__)


def bring_up_to_date(connection: duckdb.DuckDBPyConnection) -> None:
    """Apply what the file has not seen, inside the caller's transaction; a new file sees all.

    Books of another DuckDB are emptied, so that every table is made and hashed anew.
    """
    for migration in _MIGRATIONS[max(version(connection) - 1, 0) :]:
        connection.execute(migration)
    if not is_hashed_here(connection):
        for page in ("model", "book", "partition"):
            connection.execute(f"delete from capbrief.{page}")
    connection.execute(
        "update capbrief.format set version = ?, engine = ?", [FORMAT, duckdb.__version__]
    )
