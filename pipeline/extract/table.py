"""Tables: the columns of a user's CSV or Parquet file, told apart by content and not by name."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

import polars as pl

from pipeline.errors import SchemaError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_PARQUET = b"PAR1"
_BOM = b"\xef\xbb\xbf"
_CHUNK = 50_000

# What else users have at hand under such names.
_OTHERS: Sequence[tuple[bytes, str]] = (
    (b"\x1f\x8b", "is compressed; unpack it first (gunzip)"),
    (b"PK\x03\x04", "is a zip archive or an Excel workbook; save the sheet as CSV UTF-8"),
    (b"\xff\xfe", "is UTF-16; save it as CSV UTF-8"),
    (b"\xfe\xff", "is UTF-16; save it as CSV UTF-8"),
    (b"{", "is JSON; only CSV and Parquet files can be imported"),
    (b"[", "is JSON; only CSV and Parquet files can be imported"),
)


@dataclass(frozen=True)
class Table:
    """Some columns of a file, by their names there.

    ``raggedness`` is null for rows that have as many fields as the header, and says otherwise
    what is wrong with them.
    """

    columns: pl.DataFrame
    raggedness: pl.Series


def media_type(content: bytes) -> str:
    """What the bytes are, as far as an import tells them apart."""
    return "application/vnd.apache.parquet" if content.startswith(_PARQUET) else "text/csv"


def header(content: bytes, separator: str) -> list[str]:
    """Names of the columns in a file, without the space around them.

    Raises:
        SchemaError: it is no CSV file in UTF-8 and no Parquet file.
    """
    if content.startswith(_PARQUET):
        return list(_parquet_schema(content))
    return next(_records(content, separator), [])


def table(content: bytes, separator: str, names: Iterable[str]) -> Table:
    """The named columns: text of a CSV file, typed ones of a Parquet file.

    Raises:
        SchemaError: the bytes cannot be read as what they begin like, or hold nested values.
    """
    wanted = list(dict.fromkeys(names))
    if content.startswith(_PARQUET):
        return _parquet(content, wanted)
    return _csv(content, separator, wanted)


def _csv(content: bytes, separator: str, wanted: Sequence[str]) -> Table:
    records = _records(content, separator)
    names = next(records, [])
    places = {name: names.index(name) for name in wanted}
    kinds = dict.fromkeys(wanted, pl.String())
    columns, raggedness = [pl.DataFrame(schema=kinds)], [pl.Series(dtype=pl.String())]
    # In chunks, so that a large file is not held as Python text as a whole.
    while chunk := list(islice(records, _CHUNK)):
        raggedness.append(pl.Series(_even_out(chunk, len(names)), dtype=pl.String()))
        columns.append(
            pl.DataFrame(
                {name: [record[place] for record in chunk] for name, place in places.items()},
                schema=kinds,
            )
        )
    return Table(pl.concat(columns), pl.concat(raggedness))


def _even_out(records: list[list[str]], n_fields: int) -> list[str | None]:
    """Give each record as many fields as the header has; say which had others."""
    found: list[str | None] = [None] * len(records)
    for place, record in enumerate(records):
        n = len(record)
        if n != n_fields:
            word = "field" if n == 1 else "fields"
            found[place] = f"has {n} {word} where the header has {n_fields}"
            record += [""] * (n_fields - n)
    return found


def _records(content: bytes, separator: str) -> Iterator[list[str]]:
    """Records of a CSV file that are no blank lines; the first is the header, names stripped."""
    # The strict reader of the standard library defines what malformed text becomes; the fast
    # ones leave it open, and a rebuild with a later version could differ.
    reader = csv.reader(
        io.StringIO(_decoded(content), newline=""), delimiter=separator, strict=True
    )
    is_first = True
    try:
        for record in reader:
            if not record:
                continue
            yield [name.strip() for name in record] if is_first else record
            is_first = False
    except csv.Error as error:
        raise SchemaError(
            f"is no readable CSV file: line {reader.line_num}: {error} (a quotation mark too "
            "many or missing?)"
        ) from error


def _decoded(content: bytes) -> str:
    body = content.removeprefix(_BOM)
    if not body or body.isspace():
        raise SchemaError("is empty")
    for beginning, finding in _OTHERS:
        if body[:100].lstrip().startswith(beginning):
            raise SchemaError(finding)
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        line = body.count(b"\n", 0, error.start) + 1
        raise SchemaError(
            f"is not UTF-8 (line {line}); save it as CSV UTF-8, or convert it: "
            "iconv -f LATIN1 -t UTF-8"
        ) from error


def _parquet_schema(content: bytes) -> dict[str, pl.DataType]:
    try:
        return dict(pl.read_parquet_schema(io.BytesIO(content)))
    except pl.exceptions.PolarsError as error:
        raise _unreadable(error) from error


def _parquet(content: bytes, wanted: Sequence[str]) -> Table:
    schema = _parquet_schema(content)
    nested = [
        f"column {name!r} holds {schema[name]}, not single values"
        for name in wanted
        if schema[name].is_nested() or schema[name] in {pl.Binary(), pl.Object(), pl.Duration()}
    ]
    if nested:
        raise SchemaError("\n".join(nested))
    try:
        columns = pl.read_parquet(io.BytesIO(content), columns=list(wanted))
    # Damage inside a file is a panic of the reader, which is no Exception.
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        raise _unreadable(error) from error
    return Table(columns, pl.repeat(None, len(columns), dtype=pl.String(), eager=True))


def _unreadable(error: BaseException) -> SchemaError:
    first = next(iter(str(error).splitlines()), type(error).__name__)
    return SchemaError(f"is no readable Parquet file: {first}")
