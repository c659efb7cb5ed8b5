"""Lite: tables as one SQLite file.

SQLite has numbers and text. Whole numbers and booleans (0 and 1) are INTEGER, floats REAL, all
else TEXT: decimals in full, days and times in ISO form (UTC), lists as JSON, bytes in
hexadecimal, NaN (which SQLite has not) as 'NaN'.
"""

from __future__ import annotations

import math
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from pipeline.errors import StorageError
from pipeline.rows import flattened

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import polars as pl

    from pipeline.exported import Table


def write(path: Path, parts: Iterable[tuple[Table, pl.DataFrame]]) -> None:
    """Write a SQLite file.

    Args:
        path: the file to make.
        parts: tables with their rows, days and times as text.

    Raises:
        StorageError: the file cannot be written.
    """
    try:
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            # The whole folder is synced and renamed at the end: a half file is never seen.
            connection.execute("pragma journal_mode = off")
            connection.execute("pragma synchronous = off")
            connection.execute("begin")
            for table, rows in parts:
                _fill(connection, table, flattened(rows))
            connection.execute("commit")
    except sqlite3.Error as error:
        reason = f"cannot be written ({error}); give another --out"
        raise StorageError(f"{path.name}: {reason}") from error


def _fill(connection: sqlite3.Connection, table: Table, rows: pl.DataFrame) -> None:
    import polars as pl

    # SQLite's whole numbers are signed and have 64 bits.
    stored = rows.with_columns(
        pl.col(pl.Decimal).cast(pl.String), pl.col(pl.UInt64).cast(pl.String)
    )
    columns = ", ".join(f"{_quoted(name)} {_kind(kind)}" for name, kind in stored.schema.items())
    connection.execute(f"create table {_quoted(table.place)} ({columns})")
    places = ", ".join("?" * len(stored.columns))
    connection.executemany(
        f"insert into {_quoted(table.place)} values ({places})",
        (tuple(map(_value, row)) for row in stored.iter_rows()),
    )


def _kind(kind: pl.DataType) -> str:
    import polars as pl

    if kind.is_integer() or kind == pl.Boolean:
        return "INTEGER"
    return "REAL" if kind.is_float() else "TEXT"


def _value(value: object) -> object:
    return "NaN" if isinstance(value, float) and math.isnan(value) else value


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
