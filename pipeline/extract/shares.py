"""Shares: daily prices from whatever file, judged by what the bundled edition knows of them."""

from __future__ import annotations

import re
from datetime import date
from functools import cache
from typing import TYPE_CHECKING

import polars as pl

from pipeline import resources
from pipeline.extract.split_basis import Share, Split, factor, find

if TYPE_CHECKING:
    from collections.abc import Mapping

_BASIS_DAY = re.compile(r"basis after ([0-9]{4}-[0-9]{2}-[0-9]{2})")
# Figures are rounded: a close may lie so far outside of its day's range.
_ROUNDING_SHARE, _ROUNDING_USD = 0.001, 0.005
# Times the closes on both sides of it: a slip of the pen, since no day's move was undone so.
_SPIKE = 3
_SPIKE_DAYS = 10


@cache
def known() -> Mapping[str, Share]:
    """Splits and closes as traded of the shares that the bundled editions list, by ticker."""
    splits: dict[str, set[Split]] = {}
    for row in _rows("equity_split.csv"):
        split = Split(date.fromisoformat(row["ex_date"]), float(row["ratio"]))
        splits.setdefault(row["ticker"], set()).add(split)
    ordered = {
        ticker: tuple(sorted(each, key=lambda split: split.ex_date))
        for ticker, each in splits.items()
    }
    closes: dict[str, dict[date, float]] = {}
    for row in _rows("equity_close.csv"):
        day = date.fromisoformat(row["date"])
        found = _BASIS_DAY.search(row["basis"])
        through = date.fromisoformat(found[1]) if found else None
        ratio = factor(ordered.get(row["ticker"], ()), day, through)
        closes.setdefault(row["ticker"], {})[day] = float(row["close_usd"]) * ratio
    return {
        ticker: Share(ordered.get(ticker, ()), closes.get(ticker, {}))
        for ticker in sorted({*ordered, *closes})
    }


def _rows(name: str) -> list[dict[str, str]]:
    return [
        row
        for path in sorted(resources.EDITIONS.glob(f"*/{name}"))
        for row in pl.read_csv(path, infer_schema=False).to_dicts()
    ]


def flaws(rows: pl.DataFrame) -> pl.Series:
    """What is wrong with a trading day's row, else null; columns as in ``SCHEMA``."""
    low, high, close = pl.col("low_usd"), pl.col("high_usd"), pl.col("close_usd")
    slack = pl.max_horizontal(close * _ROUNDING_SHARE, pl.lit(_ROUNDING_USD))
    return rows.select(
        pl.when(pl.col("price_date").dt.weekday() > 5)
        .then(pl.lit("price_date: is a Saturday or Sunday, when no share is traded"))
        .when(high < low - slack)
        .then(pl.lit("high_usd: is below low_usd"))
        .when((close > high + slack) | (close < low - slack))
        .then(pl.lit("close_usd: is not between low_usd and high_usd"))
        .when(pl.lit(_spikes(rows)))
        .then(
            pl.lit(f"close_usd: is over {_SPIKE} times the closes beside it, or under 1/{_SPIKE}")
        )
    ).to_series()


def _spikes(rows: pl.DataFrame) -> pl.Series:
    """Whether a close lies far off those of the trading days before and after it."""
    close, day = pl.col("close_usd"), pl.col("price_date")
    closes = rows.select("ticker", "price_date", "close_usd").drop_nulls().unique()
    closes = closes.unique(["ticker", "price_date"], keep="none").sort("ticker", "price_date")
    sides = [(close / close.shift(n), (day - day.shift(n)).dt.total_days().abs()) for n in (1, -1)]
    is_near = pl.all_horizontal(days <= _SPIKE_DAYS for _, days in sides)
    is_above = pl.all_horizontal(ratio > _SPIKE for ratio, _ in sides)
    is_below = pl.all_horizontal(ratio < 1 / _SPIKE for ratio, _ in sides)
    judged = closes.with_columns((is_near & (is_above | is_below)).over("ticker").alias("is_spike"))
    keys = ["ticker", "price_date"]
    joined = rows.select(keys).join(judged, on=keys, how="left", maintain_order="left")
    return joined["is_spike"].fill_null(value=False)


def with_basis(rows: pl.DataFrame, declared: str | None) -> pl.DataFrame:
    """Rows with the basis of their share's closes in this file.

    Raises:
        SchemaError: the closes are another share's, or not on the basis that is declared.
    """
    found = {}
    for (ticker,), each in rows.group_by("ticker", maintain_order=True):
        closes = dict(zip(each["price_date"], each["close_usd"], strict=True))
        found[ticker] = find(str(ticker), closes, known().get(str(ticker), Share()), declared)
    told = pl.DataFrame(
        [(ticker, one.text, one.day, one.note) for ticker, one in found.items()],
        schema={
            "ticker": pl.String(),
            "basis": pl.String(),
            "basis_date": pl.Date(),
            "basis_note": pl.String(),
        },
        orient="row",
    )
    return rows.drop("basis", "basis_date", "basis_note").join(
        told, on="ticker", how="left", maintain_order="left"
    )[rows.columns]


SCHEMA: Mapping[str, pl.DataType] = {
    "ticker": pl.String(),
    "price_date": pl.Date(),
    "open_usd": pl.Float64(),
    "high_usd": pl.Float64(),
    "low_usd": pl.Float64(),
    "close_usd": pl.Float64(),
    "adjusted_close_usd": pl.Float64(),
    "volume_shares": pl.Float64(),
    "vendor": pl.String(),
    "basis": pl.String(),
    "basis_date": pl.Date(),
    "basis_note": pl.String(),
}
"""Daily prices of shares, from whatever file: one row per ticker and trading day."""

REQUIRED = frozenset({"ticker", "price_date", "close_usd"})
