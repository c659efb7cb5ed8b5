"""Rows of the files in a bundled edition."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

import polars as pl

from pipeline.errors import SchemaError
from pipeline.extract.cells import divide, finite
from pipeline.source import Entity, Rows

if TYPE_CHECKING:
    from pipeline.provenance import Provenance

_TEXT, _COUNT = pl.String(), pl.Int64()


def parse_csv(entity: Entity, content: bytes, origin: Provenance) -> Rows:
    """``typed_csv``, as a source's parser: the file says all that there is.

    Raises:
        SchemaError: as that does.
    """
    return typed_csv(entity, content)


def typed_csv(entity: Entity, content: bytes) -> Rows:
    """Rows of a CSV file in UTF-8 whose header is the entity's columns in order.

    An empty field is null. A row is rejected when a field cannot be read as its declared
    type, or a required one is empty.

    Raises:
        SchemaError: the header differs from the declared columns, or the bytes are no CSV.
    """
    columns = list(entity.schema)
    try:
        text = pl.read_csv(content, infer_schema=False).select(pl.all().replace("", None))
    except (pl.exceptions.PolarsError, UnicodeDecodeError) as error:
        raise SchemaError(f"{entity.name}: not a readable CSV file: {error}") from error
    if text.columns != columns:
        missing = [name for name in columns if name not in text.columns]
        unknown = [name for name in text.columns if name not in columns]
        raise SchemaError(
            f"{entity.name}: columns differ from the declared ones "
            f"(missing: {', '.join(missing) or 'none'}; unknown: {', '.join(unknown) or 'none'})"
        )
    typed = text.select(_cast(name, kind) for name, kind in entity.schema.items())
    reasons = text.select(
        pl.concat_str(
            [
                _reason(name, text[name], typed[name], required=name in entity.required)
                for name in columns
            ],
            separator="; ",
            ignore_nulls=True,
        ).replace("", None)
    ).to_series()
    return divide(text, typed, reasons)


def _cast(name: str, kind: pl.DataType) -> pl.Expr:
    column = pl.col(name)
    if isinstance(kind, pl.Date):
        return column.str.to_date("%Y-%m-%d", strict=False)
    if isinstance(kind, pl.Boolean):
        return column.replace_strict(
            {"true": True, "false": False}, default=None, return_dtype=kind
        )
    if isinstance(kind, pl.Float64):
        return finite(column.cast(kind, strict=False)).alias(name)
    return column.cast(kind, strict=False)


def _reason(name: str, text: pl.Series, typed: pl.Series, *, required: bool) -> pl.Expr:
    unreadable = pl.lit(text.is_not_null() & typed.is_null())
    absent = pl.lit(text.is_null() & required)
    return (
        pl.when(unreadable)
        .then(pl.lit(f"{name}: not a {typed.dtype}"))
        .when(absent)
        .then(pl.lit(f"{name}: is required"))
    )


def parse_edition(entity: Entity, content: bytes, origin: Provenance) -> Rows:
    """The one row that describes an edition, from its ``edition.toml``.

    Raises:
        SchemaError: it is no such file.
    """
    try:
        edition = tomllib.loads(content.decode())["edition"]
        row = {
            "edition_id": edition["id"],
            "title": edition["title"],
            "edition_date": edition["date"],
            "description": edition["description"],
        }
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError, TypeError) as error:
        raise SchemaError(f"{entity.name}: is no edition.toml ({error})") from error
    none = pl.DataFrame(schema={"row_number": _COUNT, "reason": _TEXT, "row_json": _TEXT})
    return Rows(accepted=pl.DataFrame([row], schema=dict(entity.schema)), rejected=none)


def entity(name: str, required: str, /, **schema: pl.DataType) -> Entity:
    """An entity of CSV files: its name, its required columns in one text, its columns in order."""
    return Entity(name, schema, frozenset(required.split()), parse_csv)
