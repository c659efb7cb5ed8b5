"""File format: the version of a warehouse file, how an older one is brought up to date.

The version stands in ``capbrief.format``. A file of a newer version is refused before anything
of it is touched.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.errors import WarehouseError

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

# One entry per version after the first; a file is brought up to date by those it has not seen.
_MIGRATIONS = (
    """
    create schema capbrief;
    create table capbrief.format (version integer, storage_version varchar);
    insert into capbrief.format values (2, 'v1.5.0');
    create table capbrief.model (model varchar, sql_sha256 varchar);
    create table capbrief.book (table_name varchar, dated_by varchar);
    create table capbrief.partition (
        table_name varchar, partition_date date, n_rows bigint, content_hash ubigint
    )
    """,
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


def bring_up_to_date(connection: duckdb.DuckDBPyConnection) -> None:
    """Apply what the file has not seen, inside the caller's transaction; a new file sees all."""
    for migration in _MIGRATIONS[max(version(connection) - 1, 0) :]:
        connection.execute(migration)
    connection.execute("update capbrief.format set version = ?", [FORMAT])
