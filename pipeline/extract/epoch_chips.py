"""Epoch AI's counts of accelerators: how many were sold, and who has them.

Two editions of the same tables are read: the published data sets (ISO dates, ``H100/H200``,
``Incomplete`` True) and their repository (month/day/year, ``H100``, ``checked`` or a note). What
a table holds shows in its rows: a quarter of the calendar, a quarter of a vendor's fiscal year,
or a running total since the first quarter that is counted.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import polars as pl

from pipeline.errors import SchemaError
from pipeline.extract import csv_rows, epoch_archive
from pipeline.extract.csv_rows import AMOUNT, FLAG, TEXT, US_OR_ISO_DAY, Field, Kind
from pipeline.source import Entity, Rows

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pipeline.provenance import Provenance

# A quarter has at most 92 days by the calendar, 98 by a fiscal year of 53 weeks.
_MOST_QUARTER_DAYS = 100
_LEAST_QUARTER_DAYS = 80
_FIRST, _LAST = date(2015, 1, 1), date(2100, 1, 1)
_W_PER_MW = 1e6
_DOLLARS = r"^\$?(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]+)?$"

_MIDDLE = {
    "units": ("Number of Units", "Number of units (median)", "Number of Units (median)"),
    "h100e": (
        "Compute estimate in H100e (median)",
        "H100e compute power (median)",
        "H100e (median)",
    ),
    "power_w": ("Total TDP (W)", "Total TDP (W) (median)"),
    "power_mw": ("Power in MW (median)", "Power in MW"),
    "unit_cost_usd": ("Chip Cost (USD)", "Chip Cost (USD) (median)"),
    "cost_usd": ("Cost Estimate (USD)", "Cost Estimate (USD) (median)"),
}
_ENDS = {
    "units": ("Number of Units", "Number of units"),
    "h100e": ("H100e", "Compute estimate in H100e", "H100e compute power"),
    "power_w": ("Total TDP (W)",),
    "power_mw": ("Power in MW",),
    "unit_cost_usd": ("Chip Cost (USD)",),
    "cost_usd": ("Cost Estimate (USD)",),
}
_PERCENTILES = {"p05": "5th", "p95": "95th"}
# Known, and of no use: what is made from the other columns.
_IGNORED = ("ID", "Record ID", "Handle", "Created", "Last Modified", "Created By")


def _dollars(text: pl.Series) -> pl.Series:
    """Dollars as spreadsheets write them: ``$36,742``, ``36742``, ``2.1e9``."""
    frame = pl.DataFrame({"text": text})
    bare = pl.col("text").str.replace_all(r"[$,]", "")
    is_written = pl.col("text").str.contains(_DOLLARS)
    return AMOUNT.read(
        frame.select(pl.when(is_written).then(bare).otherwise(pl.col("text"))).to_series()
    )


DOLLARS = Kind(pl.Float64(), "dollars like $1,234.56 or 1234.56", _dollars)


def _interval(name: str, kind: Kind = AMOUNT, *, is_present: bool = False) -> list[Field]:
    """The three columns of one quantity: 5th percentile, median, 95th percentile."""
    ends = {
        percentile: tuple(f"{stem} ({word} percentile)" for stem in _ENDS[name])
        for percentile, word in _PERCENTILES.items()
    }
    return [
        Field(f"{name}_p05", ends["p05"], kind, is_required=is_present, is_present=is_present),
        Field(f"{name}_p50", _MIDDLE[name], kind, is_required=is_present, is_present=is_present),
        Field(f"{name}_p95", ends["p95"], kind, is_required=is_present, is_present=is_present),
    ]


def _fields(*, has_owner: bool) -> tuple[Field, ...]:
    owner = [Field("owner_text", ("Owner",), TEXT, is_required=True)] if has_owner else []
    return (
        Field("name", ("Name",), TEXT, is_present=False),
        *owner,
        Field("designer", ("Chip manufacturer", "Chip designer"), TEXT, is_present=False),
        Field("chip", ("Chip type",), TEXT, is_present=False),
        Field("period_start", ("Start date",), US_OR_ISO_DAY, is_required=True),
        Field("period_end", ("End date",), US_OR_ISO_DAY, is_required=True),
        *_interval("units", is_present=True),
        *_interval("h100e", is_present=True),
        *_interval("power_w"),
        *_interval("power_mw"),
        Field("chip_tdp_w", ("Chip TDP (W)",), AMOUNT, is_present=False),
        *_interval("unit_cost_usd", DOLLARS),
        *_interval("cost_usd", DOLLARS),
        Field("is_incomplete", ("Incomplete",), FLAG, is_present=False),
        Field("note", ("Notes", "Note"), TEXT, is_present=False),
        Field("source_link", ("Source / Link", "Source"), TEXT, is_present=False),
    )


SALES, HOLDINGS = _fields(has_owner=False), _fields(has_owner=True)


def _gate(fields: Sequence[Field], *, has_owner: bool) -> Callable[[Sequence[str]], str | None]:
    judge = csv_rows.gate(fields)

    def gate(names: Sequence[str]) -> str | None:
        if not has_owner and "Owner" in names:
            return "has a column 'Owner', so it is not of sales"
        return judge(names)

    return gate


IS_SALES = _gate(SALES, has_owner=False)
IS_HOLDINGS = _gate(HOLDINGS, has_owner=True)

_KEY = ("designer", "owner", "chip", "period_start", "period_end", "is_running_total")


def read_sales(entity: Entity, content: bytes, origin: Provenance) -> Rows:
    """Accelerators sold, by designer and chip (null: all of them), by quarter or in all since.

    Raises:
        SchemaError: the archive lacks quarters by chip or running totals by designer.
    """
    rows = _read(SALES, IS_SALES, entity, content)
    if content.startswith(b"PK"):
        found = rows.accepted.filter("is_calendar")
        is_total = pl.col("chip").is_null() & pl.col("designer").is_not_null()
        _must_have(
            found.filter(~pl.col("is_running_total") & pl.col("chip").is_not_null()),
            rows.rejected,
            "units by calendar quarter and chip",
        )
        _must_have(
            found.filter(pl.col("is_running_total") & is_total), rows.rejected, "totals by designer"
        )
    return rows


def read_holdings(entity: Entity, content: bytes, origin: Provenance) -> Rows:
    """Accelerators by owner, designer and chip (null: all), bought in a quarter or in all since.

    Raises:
        SchemaError: the archive lacks running totals by owner.
    """
    rows = _read(HOLDINGS, IS_HOLDINGS, entity, content)
    if content.startswith(b"PK"):
        found = rows.accepted.filter(
            pl.col("is_calendar") & pl.col("is_running_total") & pl.col("designer").is_not_null()
        )
        _must_have(
            found.filter(pl.col("chip").is_null()), rows.rejected, "totals by owner and designer"
        )
    return rows


def _must_have(found: pl.DataFrame, rejected: pl.DataFrame, what: str) -> None:
    if found.is_empty():
        why = (
            f" ({len(rejected)} rows do not fit: {rejected['reason'][0]})" if len(rejected) else ""
        )
        raise SchemaError(f"no table in it gives {what}{why}")


def _read(
    fields: Sequence[Field],
    gate: Callable[[Sequence[str]], str | None],
    entity: Entity,
    content: bytes,
) -> Rows:
    found = epoch_archive.sort(epoch_archive.files(content), gate)
    rows = epoch_archive.read(fields, found.taken)
    made = _made(rows.accepted)
    reasons = _reasons(made)
    checked = epoch_archive.reject(Rows(made, rows.rejected), reasons)
    key = [name for name in _KEY if name in entity.schema]
    once = checked.accepted.unique([*key, *_FIGURES], keep="first", maintain_order=True)
    twice = once.select(
        pl.when(pl.int_range(pl.len()).over(key) > 0).then(
            pl.lit("is there twice, with other figures")
        )
    ).to_series()
    final = epoch_archive.reject(Rows(once, checked.rejected), twice)
    return Rows(final.accepted.select(list(entity.schema)), final.rejected)


_FIGURES = tuple(f"{name}_{p}" for name in ("units", "h100e") for p in ("p05", "p50", "p95"))


def _made(rows: pl.DataFrame) -> pl.DataFrame:
    """What follows from the cells: the kind of period, power in watts, owner without its tag."""
    start, end = pl.col("period_start"), pl.col("period_end")
    days = (end - start).dt.total_days() + 1
    # The first row of a running total spans one quarter, so its table tells.
    is_running = ((days > _MOST_QUARTER_DAYS).mean() >= 0.5).over("member")
    made = rows.with_columns(
        # Written in capitals here and there.
        designer=pl.col("designer").replace({"NVIDIA": "Nvidia"}),
        is_running_total=is_running,
        is_calendar=(start == start.dt.truncate("1q"))
        & (end == end.dt.truncate("1q").dt.offset_by("3mo").dt.offset_by("-1d")),
        is_incomplete=pl.col("is_incomplete").fill_null(value=False)
        | pl.col("note").str.starts_with("Incomplete").fill_null(value=False),
        **{
            f"power_w_{p}": pl.coalesce(f"power_w_{p}", pl.col(f"power_mw_{p}") * _W_PER_MW)
            for p in ("p05", "p50", "p95")
        },
    )
    if "owner_text" not in made.columns:
        return made
    return made.with_columns(
        owner=untagged(pl.col("owner_text")), owner_confidence=tag(pl.col("owner_text"))
    )


def _reasons(rows: pl.DataFrame) -> pl.Series:
    """Why a row cannot be meant, of each the first reason."""
    start, end = pl.col("period_start"), pl.col("period_end")
    days = (end - start).dt.total_days() + 1
    wrong: list[tuple[pl.Expr, str]] = [
        ((start < _FIRST) | (end >= _LAST), "lies outside the years 2015 to 2099"),
        (end < start, "ends before it starts"),
        (
            ~pl.col("is_running_total") & ~days.is_between(_LEAST_QUARTER_DAYS, _MOST_QUARTER_DAYS),
            "is no quarter",
        ),
    ]
    for name in ("units", "h100e", "power_w", "cost_usd"):
        low, middle, high = (pl.col(f"{name}_{p}") for p in ("p05", "p50", "p95"))
        wrong.append(((low > middle) | (middle > high), f"{name}: percentiles are not in order"))
    return rows.select(
        pl.coalesce(pl.when(is_wrong).then(pl.lit(reason)) for is_wrong, reason in wrong)
    ).to_series()


_TAG = r"\s*#([A-Za-z]+)"


def untagged(cells: pl.Expr) -> pl.Expr:
    """Names without what the publisher thinks of them: ``xAI #confident`` is xAI."""
    return cells.str.replace_all(_TAG, "").str.strip_chars()


def tag(cells: pl.Expr) -> pl.Expr:
    """What the publisher thinks of names, each once, in order; null where it says nothing."""
    found = cells.str.extract_all(_TAG).list.eval(pl.element().str.extract(_TAG)).list.unique()
    joined = found.list.sort().list.join(", ")
    return pl.when(joined != "").then(joined)


def _schema(fields: Sequence[Field], *more: str) -> dict[str, pl.DataType]:
    left_out = ("owner_text", "power_mw_p05", "power_mw_p50", "power_mw_p95")
    given = {n: kind for n, kind in csv_rows.schema(fields).items() if n not in left_out}
    return {
        **dict.fromkeys(more, pl.String()),
        **given,
        "is_running_total": pl.Boolean(),
        "is_calendar": pl.Boolean(),
        "member": pl.String(),
    }


def _unread(
    fields: Sequence[Field], gate: Callable[[Sequence[str]], str | None]
) -> Callable[[Entity, bytes], Sequence[str]]:
    """Columns that no field reads, and tables that are not understood, with what is wrong."""

    def unread(entity: Entity, content: bytes) -> list[str]:
        found = epoch_archive.sort(epoch_archive.files(content), gate)
        columns = [
            f"{name}: {column}" if name else column
            for name, body in found.taken.items()
            for column in csv_rows.unread(fields, body, _IGNORED)
        ]
        return [*columns, *(f"{name} {flaw}" for name, flaw in found.flaws.items())]

    return unread


_REQUIRED = frozenset({"period_start", "period_end", *_FIGURES})

ENTITIES: Mapping[str, Entity] = {
    entity.name: entity
    for entity in (
        Entity("chip_sale", _schema(SALES), _REQUIRED, read_sales, _unread(SALES, IS_SALES)),
        Entity(
            "chip_holding",
            _schema(HOLDINGS, "owner", "owner_confidence"),
            _REQUIRED | {"owner"},
            read_holdings,
            _unread(HOLDINGS, IS_HOLDINGS),
        ),
    )
}
