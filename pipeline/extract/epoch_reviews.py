"""Reviews of Epoch AI's tables: what a new edition must keep of the one before to be believed.

Figures are revised all the time, and that is no fault. A designer, an owner or a chip that was
there and is gone, or figures in another unit, are: the edition that was had before stays, and
a person has to look.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pipeline.errors import QualityError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pipeline.source import Entity, Past, Rows

# Chips that an edition may count under another name: their figures go on there.
MERGED: Mapping[str, str] = {"H100": "H100/H200", "H200": "H100/H200", "H100/H200": "H100"}

# What estimates rest on: one designer, and the owners that they add up.
NEEDED: Mapping[str, tuple[str, ...]] = {
    "designer": ("Nvidia",),
    "owner": ("Microsoft", "Meta", "Amazon", "Google", "Oracle", "China"),
}
_MOST_RATIO = 10.0
# What is small beside the whole may jump when it is estimated anew.
_LEAST_SHARE = 0.001
_MOST_OFF = 0.05
_SUMMED = ("units_p50", "h100e_p50")
# Figures are rounded to whole units.
_LEAST_UNITS = 1000
_FIGURES = ("units_p50", "h100e_p50", "power_w_p50", "cost_usd_p50")


def supply(entity: Entity) -> Callable[[Past, Sequence[Rows]], None]:
    """A review of tables by designer, chip and, where they have one, owner."""

    def review(past: Past, rows: Sequence[Rows]) -> None:
        """Raises QualityError where the new edition is not to be believed."""
        if not rows:
            return
        new = pl.concat([one.accepted for one in rows])
        _must_have(entity.name, new)
        must_add_up(entity.name, new)
        _must_keep_the_rate(entity.name, new)
        before = [
            entity.parse(entity, content, origin).accepted
            for content, origin in past.payloads(entity.name)
        ]
        if before:
            must_go_on(entity.name, pl.concat(before), new)

    return review


_STAYS = "what was there before stays"


def _must_have(table: str, new: pl.DataFrame) -> None:
    """What estimates rest on is there to the end, as running totals of the calendar."""
    totals = _totals(new).filter(pl.col("designer") == NEEDED["designer"][0])
    newest = totals.filter(pl.col("period_end") == pl.col("period_end").max())
    for column, needed in NEEDED.items():
        if column in new.columns:
            lacking = sorted(set(needed) - _names(newest, column))
            if lacking:
                raise QualityError(f"{table}: has no total of {', '.join(lacking)}; {_STAYS}")


def must_add_up(table: str, new: pl.DataFrame) -> None:
    """Hold running totals against the sums of their chips, at the medians.

    Medians do not add, so some per cent are no fault; a chip left out, counted twice or on
    another basis is further off. Of sales each total needs its chips; of owners it may lack them.

    Raises:
        QualityError: a total of a designer or an owner is off, or falls.
    """
    holder = [name for name in ("designer", "owner") if name in new.columns]
    totals = _totals(new)
    of_chips = new.filter(pl.col("is_calendar"), pl.col("chip").is_not_null())
    quarters = of_chips.filter(~pl.col("is_running_total"))
    running = of_chips.filter("is_running_total")
    ends = totals.select(*holder, "period_end")
    bought = quarters.join(ends, on=holder, suffix="_total").filter(
        pl.col("period_end") <= pl.col("period_end_total")
    )
    for parts, end in ((bought, "period_end_total"), (running, "period_end")):
        sums = parts.group_by(*holder, pl.col(end).alias("period_end")).agg(
            pl.col(name).sum().alias(f"{name}_sum") for name in _SUMMED
        )
        needs_chips = "owner" not in holder and parts is bought
        both = totals.join(
            sums, on=[*holder, "period_end"], how="left" if needs_chips else "inner"
        ).sort("period_end", *holder)
        for name in _SUMMED:
            found = pl.col(f"{name}_sum").fill_null(0)
            # A total of nothing has chips of nothing: no ratio says so.
            off = both.filter((found - pl.col(name)).abs() > _MOST_OFF * pl.col(name))
            for row in off.head(1).rows(named=True):
                raise QualityError(
                    f"{table}: {_who(row, holder)}: {name} of chips sum to "
                    f"{row[f'{name}_sum'] or 0:.0f} up to {row['period_end']}, the total is "
                    f"{row[name]:.0f}; {_STAYS}"
                )
    falling = totals.sort("period_end").filter(
        pl.col("units_p50") < pl.col("units_p50").shift().over(holder)
    )
    for row in falling.head(1).rows(named=True):
        raise QualityError(
            f"{table}: {_who(row, holder)}: the running total falls at {row['period_end']}; "
            f"{_STAYS}"
        )


def _totals(new: pl.DataFrame) -> pl.DataFrame:
    return new.filter(
        "is_calendar",
        "is_running_total",
        pl.col("chip").is_null(),
        pl.col("designer").is_not_null(),
    )


def _who(row: Mapping[str, object], holder: Sequence[str]) -> str:
    return " ".join(str(row[column]) for column in holder)


def _must_keep_the_rate(table: str, new: pl.DataFrame) -> None:
    """One unit of a chip is worth the same in all quarters, or a column is not what it says."""
    rates = (
        new.filter(pl.col("chip").is_not_null(), pl.col("units_p50") >= _LEAST_UNITS)
        .group_by("designer", "chip")
        .agg((pl.col("h100e_p50") / pl.col("units_p50")).alias("rate"))
        .with_columns(low=pl.col("rate").list.min(), high=pl.col("rate").list.max())
        .filter(pl.col("high") > pl.col("low") * (1 + _MOST_OFF))
        .sort("designer", "chip")
    )
    for row in rates.head(1).rows(named=True):
        raise QualityError(
            f"{table}: {row['designer']} {row['chip']}: a unit is {row['low']:.3g} H100 here and "
            f"{row['high']:.3g} there; {_STAYS}"
        )


def must_go_on(table: str, before: pl.DataFrame, new: pl.DataFrame) -> None:
    """Hold an edition against the one before it.

    Raises:
        QualityError: a designer, an owner or a chip is gone, quarters are missing at the end, or
            figures are in another unit.
    """
    for column in ("designer", "owner", "chip"):
        if column in new.columns:
            now = _names(new, column)
            gone = sorted(
                name for name in _names(before, column) - now if MERGED.get(name) not in now
            )
            if gone:
                raise QualityError(
                    f"{table}: {column} {', '.join(gone)} was there and is gone; {_STAYS}"
                )
    last_before, last = str(before["period_end"].max()), str(new["period_end"].max())
    if last < last_before:
        raise QualityError(f"{table}: ends {last}, before it ended {last_before}; {_STAYS}")
    _must_be_in_the_same_unit(table, before, new)


def _names(rows: pl.DataFrame, column: str) -> set[str]:
    return set(rows[column].drop_nulls().to_list())


def _must_be_in_the_same_unit(table: str, before: pl.DataFrame, new: pl.DataFrame) -> None:
    key = [
        name
        for name in ("designer", "owner", "chip", "period_start", "period_end", "is_running_total")
        if name in new.columns
    ]
    # A chip under another name is compared too; an unfinished quarter grows by itself.
    named = before.with_columns(_named(new)).filter(~pl.col("is_incomplete"))
    both = named.join(new.filter(~pl.col("is_incomplete")), on=key, suffix="_new", nulls_equal=True)
    for figure in _FIGURES:
        old, now = pl.col(figure), pl.col(f"{figure}_new")
        moved = both.filter(
            (now > old * _MOST_RATIO) | (now < old / _MOST_RATIO),
            pl.max_horizontal(old, now) > _LEAST_SHARE * old.sum(),
        )
        if not moved.is_empty():
            ratio = moved.select((now / old).median()).item()
            raise QualityError(
                f"{table}: {figure} is {ratio:.3g} times what it was in {len(moved)} of "
                f"{len(both)} rows, as if in another unit; {_STAYS}"
            )


def _named(new: pl.DataFrame) -> pl.Expr:
    """Chips of an earlier edition by the names that they have in the new one."""
    now = _names(new, "chip")
    renamed = {old: name for old, name in MERGED.items() if old not in now and name in now}
    return pl.col("chip").replace(renamed)
