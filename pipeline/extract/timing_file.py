"""Timings: a user's own CSV file of them, and the facts of the edition that they are held against.

The file has the columns of the edition's ``video_timing.csv``, in any order. Sizes of a model may
be left empty where the catalogue of models has them; case and source may be left out.
"""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

import polars as pl

from pipeline import resources
from pipeline.errors import SchemaError, UsageError
from pipeline.extract.bundled import ENTITIES
from pipeline.extract.bundled_rows import typed_csv

if TYPE_CHECKING:
    from pathlib import Path

_EDITION = resources.EDITIONS / "sora_2024"
_TIMING = ENTITIES["video_timing"]
_OPTIONAL = ("case", "source")
_WHOLE_COLUMNS = ("gpus", "tokens", "steps", "passes", "layers", "width", "mac_per_token_layer")
_MOST_SHOWN = 20
_WHOLE = r"^([0-9]+)\.0*$"
_FLAGS = {"yes": "true", "1": "true", "no": "false", "0": "false"}


def shipped(name: str) -> pl.DataFrame:
    """The rows of one file of the bundled edition: video_timing, gpu_spec, gpu_alias."""
    return typed_csv(ENTITIES[name], (_EDITION / f"{name}.csv").read_bytes()).accepted


def read(file: Path) -> pl.DataFrame:
    """The rows of a user's file, in the columns of the edition's.

    Raises:
        UsageError: the file cannot be read, or a row of it cannot be taken; a line per finding.
    """
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{file}: is not UTF-8; save it as CSV in UTF-8") from error
    try:
        rows = typed_csv(_TIMING, _in_order(file, text))
    except SchemaError as error:
        raise UsageError(f"{file}: {error}") from error
    problems = [
        f"{file}: row {number}: {reason}"
        for number, reason in rows.rejected.select("row_number", "reason").iter_rows()
    ]
    if problems:
        more = len(problems) - _MOST_SHOWN
        shown = problems[:_MOST_SHOWN] + ([f"and {more} more"] if more > 0 else [])
        raise UsageError("\n".join(shown))
    if rows.accepted.is_empty():
        raise UsageError(f"{file}: holds no timing; it needs a row below the header")
    return rows.accepted


def _in_order(file: Path, text: str) -> bytes:
    """The same file with the columns that are known, in their order."""
    try:
        given = pl.read_csv(io.StringIO(text), infer_schema=False)
    except pl.exceptions.PolarsError as error:
        reason = str(error).splitlines()[0]
        raise UsageError(f"{file}: is no CSV file with a header: {reason}") from error
    given = given.rename(lambda name: name.strip().lower())
    if len(given.columns) == 1 and re.search(r"[;\t|]", given.columns[0]):
        raise UsageError(f"{file}: its columns are not parted by commas; save it with commas")
    given = given.filter(~pl.all_horizontal(pl.all().fill_null("").str.strip_chars() == ""))
    missing = [name for name in _TIMING.schema if name not in (*given.columns, *_OPTIONAL)]
    if missing:
        wanted = ", ".join(_TIMING.schema)
        raise UsageError(f"{file}: lacks the column {', '.join(missing)}; it needs {wanted}")
    absent = [pl.lit("").alias(name) for name in _OPTIONAL if name not in given.columns]
    ordered = given.with_columns(absent).select(
        pl.col(name).fill_null("").str.strip_chars() for name in _TIMING.schema
    )
    whole = [pl.col(name).str.replace(_WHOLE, "$1") for name in _WHOLE_COLUMNS]
    flags = pl.col("comparable").str.to_lowercase().replace(_FLAGS)
    return ordered.with_columns(*whole, flags).write_csv().encode()
