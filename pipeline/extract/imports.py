"""Imports: a user's own history as CSV or Parquet, with where it comes from and how it is read.

The payload is the user's file as it is. The mapping goes into its provenance, so that a rebuild
reads the same rows from the same bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date
from typing import TYPE_CHECKING

import polars as pl

from pipeline.errors import SchemaError, UsageError
from pipeline.extract import layouts, shares
from pipeline.extract.cells import TICKER, Days, Read, as_text, divide
from pipeline.extract.kinds import Kind
from pipeline.extract.mapping import read_mapping
from pipeline.extract.table import header, table
from pipeline.source import About, Rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pipeline.extract.mapping import Column
    from pipeline.provenance import Provenance
    from pipeline.source import Entity, Gap, Past, Unit, Wanted


_CONTRADICTION = "is in the file more than once for its day, with different figures"


def parse(entity: Entity, content: bytes, origin: Provenance) -> Rows:
    """Rows of an imported file, by the mapping in its provenance.

    Rows that are the same in all our columns count once. Where they differ for the same subject
    and day, none of them is taken, since nothing says which is right.

    Raises:
        SchemaError: the bytes are no table, or their columns are not those of the mapping.
    """
    kind = ENTITIES[entity.name]
    try:
        mapping = read_mapping(origin.mapping or "", kind)
        columns = mapping.bind(kind, header(content, mapping.separator))
    except UsageError as error:
        raise SchemaError(str(error)) from error
    names = [column.name for column in columns.values() if column.name is not None]
    given = table(content, mapping.separator, names)
    read = {
        name: _read(kind, name, columns.get(name), given.columns, origin) for name in kind.schema
    }
    typed = pl.DataFrame(
        {name: column.values for name, column in read.items()}, schema=dict(kind.schema)
    )
    reasons = _first(given.raggedness, _joined({n: column.reasons for n, column in read.items()}))
    if kind.flaws is not None:
        reasons = _first(reasons, kind.flaws(typed))
    reasons = _first(reasons, _contradictions(kind, typed.filter(reasons.is_null()), typed))
    text = given.columns.select(as_text(cells).alias(cells.name) for cells in given.columns)
    rows = divide(text, typed, reasons)
    accepted = rows.accepted.unique(keep="first", maintain_order=True)
    if kind.complete is not None and len(accepted):
        accepted = kind.complete(accepted, mapping.basis)
    return Rows(accepted, rows.rejected)


def _read(
    entity: Kind, name: str, column: Column | None, given: pl.DataFrame, origin: Provenance
) -> Read:
    """One of our columns, by its reading or as a constant."""
    unjudged = pl.repeat(None, len(given), dtype=pl.String(), eager=True)
    if column is None or column.name is None:
        constant = column.value if column else origin.producer if name == "vendor" else None
        values = pl.repeat(constant, len(given), dtype=entity.schema[name], eager=True)
        return Read(values, unjudged)
    cells = given[column.name]
    match column.reading:
        case Days() as days:
            read = days.read(cells, origin.retrieved_at.astimezone(UTC).date())
        case other:
            read = other.read(cells)
    if name not in entity.required:
        return read
    is_absent = pl.DataFrame({"absent": as_text(cells).is_null()})
    required = is_absent.select(pl.when("absent").then(pl.lit("is required"))).to_series()
    return Read(read.values, _first(required, read.reasons))


def _key(entity: Kind) -> list[str]:
    """Whose figures a row holds, and of which day."""
    return [
        name
        for name, kind in entity.schema.items()
        if name in entity.required and not isinstance(kind, pl.Float64)
    ]


def _first(one: pl.Series, other: pl.Series) -> pl.Series:
    return pl.select(pl.coalesce(pl.lit(one), pl.lit(other))).to_series()


def _joined(reasons: Mapping[str, pl.Series]) -> pl.Series:
    """All that is wrong with each row, each with its column; null where nothing is."""
    frame = pl.DataFrame(reasons)
    joined = frame.select(
        pl.concat_str(
            (pl.format(name + ": {}", name) for name in frame.columns),
            separator="; ",
            ignore_nulls=True,
        )
    ).to_series()
    return joined.set(joined == "", None)


def _contradictions(entity: Kind, sound: pl.DataFrame, all_rows: pl.DataFrame) -> pl.Series:
    """A reason for each row whose subject and day have different figures in sound rows."""
    key = _key(entity)
    clashing = sound.unique().group_by(key).len().filter(pl.col("len") > 1).select(key)
    return all_rows.select(key).join(
        clashing.with_columns(reason=pl.lit(f"{key[0]}: {_CONTRADICTION}")),
        on=key,
        how="left",
        maintain_order="left",
    )["reason"]


TOKEN_DAILY = Kind(
    "token_daily",
    {
        "coin_id": pl.String(),
        "price_date": pl.Date(),
        "close_usd": pl.Float64(),
        "market_cap_usd": pl.Float64(),
        "volume_usd": pl.Float64(),
        "vendor": pl.String(),
    },
    frozenset({"coin_id", "price_date", "close_usd"}),
    parse,
    title="Daily closes, market caps and volumes",
)

EQUITY_DAILY = Kind(
    "equity_daily",
    shares.SCHEMA,
    shares.REQUIRED,
    parse,
    title="Daily prices and volumes of shares",
    # Unix seconds taken for milliseconds fall into January 1970, before it too.
    days=Days(first_day=date(1971, 2, 8), before_it="when Nasdaq did not trade yet"),
    id_form=TICKER,
    given=frozenset({"vendor", "basis", "basis_date", "basis_note"}),
    zero_unknown=frozenset({"open_usd", "high_usd", "low_usd", "adjusted_close_usd"}),
    flaws=shares.flaws,
    complete=shares.with_basis,
    layouts=layouts.EQUITY_DAILY,
)

ENTITIES: Mapping[str, Kind] = {kind.name: kind for kind in (TOKEN_DAILY, EQUITY_DAILY)}


@dataclass(frozen=True)
class Imported:
    """Files that users bring; nothing is fetched for them."""

    name: str = "import"
    access: None = None

    @property
    def entities(self) -> Mapping[str, Kind]:
        """The kinds of file that can be imported."""
        return ENTITIES

    @property
    def about(self) -> About:
        """Each file has a citation and a licence of its own."""
        return About("Your own files", "by file", "by file", is_required=False)

    def due(self, past: Past, today: date) -> None:
        """Never: a file comes when its user brings it."""
        return

    def plan(self, past: Past, wanted: Wanted) -> Iterator[Unit | Gap]:
        """Nothing: a file comes when its user brings it."""
        return iter(())


IMPORTED = Imported()
