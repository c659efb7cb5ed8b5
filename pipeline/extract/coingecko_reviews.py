"""What fresh rows of CoinGecko say beside those that were had before.

A vendor that serves an old cache or changes a unit gives rows that each look right; only
together, and beside the last ones, do they not.
"""

from __future__ import annotations

from datetime import UTC, timedelta
from statistics import median
from typing import TYPE_CHECKING

import polars as pl

from pipeline.errors import QualityError, UnavailableError
from pipeline.extract.coingecko_rows import ENTITIES
from pipeline.source import Review

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from pipeline.source import Past, Rows

_OLDEST = timedelta(hours=24)
# Fewer coins than this say nothing about all of them.
_FEWEST = 10
_LARGE_SHARE, _LARGE_MOVE, _CAP_OFF = 0.3, 0.5, 0.02
# Two crawls this far apart tell what a change over 24 hours must have been.
_A_DAY_APART = (timedelta(hours=18), timedelta(hours=30))
_SMALL_MOVE = 0.0005
# Closes of as many days in common tell a restated series from a revised one.
_COMMON_DAYS, _SAME_FACTOR, _RESTATED = 3, 1.05, 1.5


def category(
    past: Past, dataset: str, now: datetime, is_refreshed: bool, pages: Sequence[Rows]
) -> Review:
    """How the members of a category differ from those that were accepted last.

    Raises:
        UnavailableError: what the vendor gives is a day old or more.
        QualityError: prices, supplies and changes do not fit one another, or the last crawl.
    """
    snapshot(past, dataset, now, is_refreshed, pages)
    market = ENTITIES["market"]
    before = _members(market.parse(market, *page) for page in past.accepted(dataset))
    members = _members(pages)
    return Review(
        n_before=len(before),
        n_members=len(members),
        entered=tuple(sorted(members - before)) if before else (),
        left=tuple(sorted(before - members)),
    )


def snapshot(
    past: Past, dataset: str, now: datetime, is_refreshed: bool, pages: Sequence[Rows]
) -> None:
    """Refuse a crawl that is old, or that speaks in another unit.

    Raises:
        UnavailableError, QualityError: as for ``category``.
    """
    market = ENTITIES["market"]
    rows = _once(pages)
    seen = rows["last_updated_at"].drop_nulls().to_list()
    age = now.astimezone(UTC).replace(tzinfo=None) - max(seen) if seen else timedelta()
    if age > _OLDEST:
        hours = round(age / timedelta(hours=1))
        raise UnavailableError(
            f"{dataset}: CoinGecko updated its newest row {hours} hours ago; run again later"
        )
    _must_be_priced_alike(dataset, rows)
    held = past.payloads(dataset)
    if held and not is_refreshed:
        apart = now - held[-1][1].retrieved_at
        before = _once([market.parse(market, *page) for page in held])
        _must_go_on(dataset, rows, before, apart)


def _must_be_priced_alike(dataset: str, rows: pl.DataFrame) -> None:
    """Market caps are prices times supplies, but for some."""
    cap, product = rows["market_cap_usd"], rows["price_usd"] * rows["circulating_supply"]
    ratio = (cap / product).filter(((cap > 0) & (product > 0)).fill_null(value=False))
    n_off = ((ratio - 1).abs() > _CAP_OFF).sum()
    if len(ratio) >= _FEWEST and n_off > _LARGE_SHARE * len(ratio):
        raise QualityError(
            f"{dataset}: {n_off} of {len(ratio)} market caps are not price times supply; "
            f"one of them is in another unit. {_STAYS}"
        )


def _must_go_on(dataset: str, rows: pl.DataFrame, before: pl.DataFrame, apart: timedelta) -> None:
    """Prices go on from the last crawl, and the vendor's own changes in per cent agree."""
    both = rows.join(before, on="coin_id", suffix="_before").filter(
        pl.col("price_usd").is_not_null() & pl.col("price_usd_before").is_not_null()
    )
    moves = both["price_usd"] / both["price_usd_before"] - 1
    n_large = (moves.abs() > _LARGE_MOVE).sum()
    if len(moves) < _FEWEST:
        return
    if n_large > _LARGE_SHARE * len(moves):
        raise QualityError(
            f"{dataset}: {n_large} of {len(moves)} prices moved by over half since the last "
            f"crawl; they are in another unit, or this is a day to look at: "
            f"'capbrief fetch --refresh' takes them all the same. {_STAYS}"
        )
    changes = both["price_change_24h_pct"].drop_nulls().abs().to_list()
    if not changes or not _A_DAY_APART[0] <= apart <= _A_DAY_APART[1]:
        return
    said, moved = median(changes), median(moves.abs().to_list())
    if moved > _SMALL_MOVE and not 0.1 <= said / (100 * moved) <= 10:
        raise QualityError(
            f"{dataset}: changes over 24 hours are {said:.2g} per cent in their median by "
            f"CoinGecko, and {100 * moved:.2g} by its prices; one is in another unit. {_STAYS}"
        )


def chart(past: Past, dataset: str, is_refreshed: bool, payloads: Sequence[Rows]) -> None:
    """Refuse closes that all differ by one factor from those that were had before.

    Raises:
        QualityError: the series was restated, or is in another unit.
    """
    if is_refreshed:
        return
    entity = ENTITIES["chart"]
    held = [entity.parse(entity, *one) for one in past.payloads(dataset)]
    if not held or not payloads:
        return
    fresh, before = (_closes(rows) for rows in (payloads, held))
    both = fresh.join(before, on="price_date", suffix="_before")
    factors = (both["close_usd"] / both["close_usd_before"]).to_list()
    if len(factors) < _COMMON_DAYS:
        return
    low, high = min(factors), max(factors)
    is_restated = low > _RESTATED or high < 1 / _RESTATED
    if is_restated and high / low < _SAME_FACTOR:
        raise QualityError(
            f"{dataset}: all {len(factors)} closes in common differ by a factor of {high:.4g} from "
            "those had before; if CoinGecko restated the series, 'capbrief fetch --refresh' takes "
            f"it. {_STAYS}"
        )


_STAYS = "What was there before stays"


def _members(pages: Iterable[Rows]) -> set[str]:
    return {coin_id for page in pages for coin_id in page.accepted["coin_id"]}


def _once(pages: Sequence[Rows]) -> pl.DataFrame:
    return pl.concat([page.accepted for page in pages]).unique("coin_id", keep="first")


def _closes(payloads: Sequence[Rows]) -> pl.DataFrame:
    rows = pl.concat([one.accepted for one in payloads])
    return rows.select("price_date", "close_usd").unique("price_date", keep="last")
