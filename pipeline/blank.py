"""Blank: every table of a warehouse without a row, made by the models themselves.

It needs no payload, no ledger and no file: what the SQL says of tables and columns can be read
from it, and rows can be put where a test wants them.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import duckdb

from pipeline import file_format, master, raw, recorded, transform, warehouse
from pipeline.books import Books
from pipeline.days import ALL
from pipeline.extract import ENTITIES
from pipeline.frames import replace
from pipeline.model import models, ordered
from pipeline.transform import Changes

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

# No row is made of it.
_ANY_DAY = date(2024, 4, 3)


def made(sql: Sequence[Path]) -> duckdb.DuckDBPyConnection:
    """All tables, raw ones too, in a database in memory; the caller closes it.

    Args:
        sql: folders of SQL files, the user's own first.

    Raises:
        SqlError: a SQL file is broken.
    """
    # Imported here: numpy takes longer to load than the tables to make.
    from pipeline.estimate import evaluate, tables

    base = models(sql, ["staging", "marts"])
    derived = models(sql, ["estimates"])
    connection = duckdb.connect()
    file_format.bring_up_to_date(connection)
    found = _raw(connection)
    changes = Changes(Books(connection), dict.fromkeys(found, ALL), {})
    master.seal(connection)
    transform.clear(connection)
    transform.build(connection, ordered(base, found), changes)
    estimated = evaluate.evaluate(
        [],
        start=_ANY_DAY,
        marts={name: warehouse.frame(connection, f"select * from {name}") for name in tables.READ},
    )
    for name, rows in estimated.items():
        replace(connection, name, rows)
        changes.table(name)
    before = [*estimated, *(model.name for model in base)]
    transform.build(connection, ordered(derived, before), changes)
    described = {model.name: model for model in (*base, *derived)}
    transform.describe_columns(connection, {**described, **tables.TABLES})
    return connection


def _raw(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Make the raw tables of all sources and of the ledger, and give their names."""
    raw.prepare(connection, ENTITIES)
    for name, rows in {
        "run": recorded.runs([], ""),
        "gap": recorded.gaps([]),
        "confirmation": recorded.confirmations([]),
        "outage": recorded.outages([]),
        "membership": recorded.memberships([]),
        "build": recorded.built(_ANY_DAY, None).clear(),
        "lineage": recorded.lineage([], None),
    }.items():
        replace(connection, f"raw.capbrief__{name}", rows)
    names = connection.execute(
        "select 'raw.' || table_name from duckdb_tables() where schema_name = 'raw'"
    ).fetchall()
    return [name for (name,) in names]
