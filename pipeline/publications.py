"""Publications: the entries of the ledger that say what each published file contains."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pipeline.entry import Publication
from pipeline.ledger_file import peek

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence
    from pathlib import Path

_COLUMNS = "file_name, run_id, content_hash, row_count, published_at, engine"


def add(connection: sqlite3.Connection, publication: Publication) -> None:
    """Record what a published file contains."""
    connection.execute(
        f"insert or replace into publication ({_COLUMNS}) values (?, ?, ?, ?, ?, ?)",
        (
            publication.file_name,
            publication.run_id,
            publication.content_hash,
            publication.row_count,
            publication.published_at.astimezone(UTC).isoformat(),
            publication.engine,
        ),
    )


def listed(connection: sqlite3.Connection) -> list[Publication]:
    """All published files, oldest first."""
    rows = connection.execute(
        f"select {_COLUMNS} from publication order by published_at, file_name"
    ).fetchall()
    return [_publication(row) for row in rows]


def published(path: Path, file_name: str) -> Publication | None:
    """What a ledger says of one published file, for readers who may not write to it.

    Null where there is no ledger, it may not be read, or it says nothing of the file.
    """
    rows = peek(
        path,
        f"select {_COLUMNS} from publication where file_name = ?",
        (file_name,),
    )
    return _publication(rows[0]) if rows else None


def _publication(row: Sequence[Any]) -> Publication:
    name, run_id, digest, n_rows, at, engine = row
    return Publication(name, run_id, digest, n_rows, datetime.fromisoformat(at), engine)
