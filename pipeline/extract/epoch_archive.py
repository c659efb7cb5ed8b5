"""Archives of Epoch AI: the tables in a zip file, known by their columns and not by their names.

Members were renamed before and will be again. A single CSV file is read as an archive of one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from pipeline.errors import SchemaError
from pipeline.extract import csv_rows
from pipeline.extract.table import header
from pipeline.form import FormError, members
from pipeline.source import Rows

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pipeline.extract.csv_rows import Field

_ZIP = b"PK\x03\x04"
_SINGLE = ""


@dataclass(frozen=True)
class Sorted:
    """Tables of an archive: those that were understood, and of the others what is wrong.

    A single CSV file has no name: it is ``""``.
    """

    taken: Mapping[str, bytes]
    flaws: Mapping[str, str]


def files(content: bytes) -> dict[str, bytes]:
    """The files of an archive by name.

    Raises:
        SchemaError: it is no whole archive.
    """
    if not content.startswith(_ZIP):
        return {_SINGLE: content}
    try:
        return members(content)
    except FormError as error:
        raise SchemaError(str(error)) from error


def sort(files: Mapping[str, bytes], gate: Callable[[Sequence[str]], str | None]) -> Sorted:
    """Take the tables that pass ``gate``, which judges a header, in order of their names.

    Raises:
        SchemaError: there is no table, or none is understood.
    """
    taken: dict[str, bytes] = {}
    flaws: dict[str, str] = {}
    for name in sorted(files):
        if name and (not name.lower().endswith(".csv") or name.startswith("__MACOSX/")):
            continue
        try:
            flaw = gate(header(files[name], ","))
        except SchemaError as error:
            flaw = str(error)
        if flaw is None:
            taken[name] = files[name]
        else:
            flaws[name] = flaw
    if not taken:
        said = "; ".join(f"{name} {flaw}".strip() for name, flaw in flaws.items())
        raise SchemaError(f"no table in it is understood: {said or 'it has no CSV file'}")
    return Sorted(taken, flaws)


def read(fields: Sequence[Field], tables: Mapping[str, bytes]) -> Rows:
    """Rows of all tables, with the table's name in a column ``member`` (null: a single file).

    ``row_number`` counts on from table to table, in the accepted rows too, and the reasons of
    rejected ones name the table.

    Raises:
        SchemaError: a table is no CSV, or a column that must be there is not.
    """
    accepted, rejected, before = [], [], 0
    for name, body in tables.items():
        try:
            rows = csv_rows.read(fields, body)
        except SchemaError as error:
            raise SchemaError(f"{name}: {error}" if name else str(error)) from error
        n_rows = len(rows.accepted) + len(rows.rejected)
        numbers = pl.int_range(1, n_rows + 1, dtype=pl.Int64(), eager=True)
        left = numbers.filter(~numbers.is_in(rows.rejected["row_number"].implode()))
        accepted.append(
            rows.accepted.with_columns(
                row_number=left + before, member=pl.lit(name or None, dtype=pl.String())
            )
        )
        place = f"{name}: " if name else ""
        rejected.append(
            rows.rejected.with_columns(
                pl.col("row_number") + before, reason=pl.lit(place) + pl.col("reason")
            )
        )
        before += n_rows
    return Rows(pl.concat(accepted), pl.concat(rejected))


def reject(rows: Rows, reasons: pl.Series) -> Rows:
    """Move accepted rows with a reason to the rejected ones, as they were read."""
    is_bad = reasons.is_not_null()
    if not is_bad.any():
        return rows
    text = rows.accepted.drop("row_number").with_columns(pl.all().cast(pl.String()))
    moved = text.select(
        row_number=rows.accepted["row_number"],
        reason=reasons,
        row_json=pl.struct(text.columns).struct.json_encode(),
    ).filter(is_bad)
    return Rows(
        rows.accepted.filter(~is_bad),
        pl.concat([rows.rejected, moved]).sort("row_number", "reason"),
    )
