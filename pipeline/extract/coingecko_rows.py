"""What CoinGecko's answers hold: entities, their columns, and the parsers.

A key may appear or be null at any time (reference: the vendor's own description calls
categories complete, and a third of their totals are null); only identifiers are required of a
row. A key that is gone from every row is another thing: the answer is refused.
"""

from __future__ import annotations

import json
from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Any

import polars as pl

from pipeline.errors import SchemaError
from pipeline.extract.json_rows import (
    AMOUNT,
    COUNT,
    EARLIEST_SECONDS,
    IDENTIFIER,
    NUMBER,
    PRICE,
    SECONDS,
    TEXT,
    TIME,
    Column,
    Field,
    Kind,
    read,
    rejected,
)
from pipeline.source import Entity, Rows
from pipeline.strict_json import JsonError, decode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from pipeline.provenance import Provenance

DAY_MILLISECONDS = 86_400_000
CHART_PARTS = ("prices", "market_caps", "total_volumes")

# Clocks differ; what the vendor saw more than this after its own answer is a wrong time.
_AHEAD = timedelta(minutes=5)

_CATEGORY_NAME = (
    Field("category_id", "category_id", IDENTIFIER, is_required=True),
    Field("name", "name", TEXT),
)

# `market_cap_change_24h` is a percentage here, and an amount of money in a market row.
_CATEGORY = (
    Field("category_id", "id", IDENTIFIER, is_required=True),
    Field("name", "name", TEXT),
    Field("market_cap_usd", "market_cap", AMOUNT),
    Field("market_cap_change_24h_pct", "market_cap_change_24h", NUMBER),
    Field("volume_24h_usd", "volume_24h", AMOUNT),
    Field("updated_at", "updated_at", TIME, is_observed=True),
)

_MARKET = (
    Field("coin_id", "id", IDENTIFIER, is_required=True),
    Field("symbol", "symbol", TEXT),
    Field("name", "name", TEXT),
    Field("price_usd", "current_price", PRICE),
    Field("market_cap_usd", "market_cap", AMOUNT),
    Field("market_cap_rank", "market_cap_rank", COUNT),
    Field("fully_diluted_valuation_usd", "fully_diluted_valuation", AMOUNT),
    Field("volume_24h_usd", "total_volume", AMOUNT),
    Field("circulating_supply", "circulating_supply", AMOUNT),
    Field("total_supply", "total_supply", AMOUNT),
    Field("max_supply", "max_supply", AMOUNT),
    Field("price_change_24h_pct", "price_change_percentage_24h", NUMBER),
    Field("ath_usd", "ath", AMOUNT),
    Field("ath_at", "ath_date", TIME),
    Field("atl_usd", "atl", AMOUNT),
    Field("atl_at", "atl_date", TIME),
    Field("last_updated_at", "last_updated", TIME, is_observed=True),
)

_GLOBAL = (
    Field("n_coins", "active_cryptocurrencies", COUNT),
    Field("n_markets", "markets", COUNT),
    Field("total_market_cap_usd", "total_market_cap.usd", AMOUNT),
    Field("total_volume_usd", "total_volume.usd", AMOUNT),
    Field("btc_dominance_pct", "market_cap_percentage.btc", AMOUNT),
    Field("eth_dominance_pct", "market_cap_percentage.eth", AMOUNT),
    Field("market_cap_change_24h_pct", "market_cap_change_percentage_24h_usd", NUMBER),
    Field("updated_at", "updated_at", SECONDS, is_observed=True),
)


def _closed_day(stamps: Sequence[int]) -> Column:
    """The UTC day that ended at each midnight."""
    ended = pl.Series(stamps, dtype=pl.Int64()) - DAY_MILLISECONDS
    return ended.cast(pl.Datetime("ms")).cast(pl.Date()), {}


_CHART = (
    Field("price_date", "stamp", Kind(pl.Date(), _closed_day), is_required=True),
    Field("close_usd", "prices", PRICE, is_required=True),
    Field("market_cap_usd", "market_caps", AMOUNT),
    Field("volume_usd", "total_volumes", AMOUNT),
)

# Keys without which an answer says nothing: gone from every row, they were renamed.
_VITAL: Mapping[str, tuple[str, ...]] = {
    "category_name": ("category_id",),
    "category": ("id", "market_cap"),
    "market": ("id", "current_price", "market_cap", "last_updated"),
    "global": ("total_market_cap.usd",),
}

# Keys that are known and not read.
_UNREAD: Mapping[str, str] = {
    "category": "content top_3_coins top_3_coins_id",
    "market": "image high_24h low_24h price_change_24h market_cap_change_24h "
    "market_cap_change_percentage_24h ath_change_percentage atl_change_percentage roi",
    "global": "upcoming_icos ongoing_icos ended_icos total_market_cap total_volume "
    "market_cap_percentage volume_change_percentage_24h_usd",
}


def _parse_list(fields: Sequence[Field]) -> Callable[[Entity, bytes, Provenance], Rows]:
    def parse(entity: Entity, content: bytes, origin: Provenance) -> Rows:
        items = _decoded(entity, content)
        if not isinstance(items, list):
            raise SchemaError(f"{entity.name}: is not a list")
        _must_have_vital(entity, items)
        return read(fields, items, latest=_latest(origin))

    return parse


def _parse_market(entity: Entity, content: bytes, origin: Provenance) -> Rows:
    """Rows of ``/coins/markets``; the category is the one that was asked for."""
    rows = _parse_list(_MARKET)(entity, content, origin)
    asked = origin.dataset.removeprefix("markets/")
    category = pl.lit(None if asked == "ids" else asked, dtype=pl.String()).alias("category_id")
    return Rows(rows.accepted.select(category, pl.all()), rows.rejected)


def _parse_global(entity: Entity, content: bytes, origin: Provenance) -> Rows:
    value = _decoded(entity, content)
    data = value.get("data") if isinstance(value, dict) else None
    if not isinstance(data, dict):
        raise SchemaError(f"{entity.name}: has no object 'data'")
    flat = dict(data)
    for key, inner in data.items():
        if isinstance(inner, dict):
            flat.update({f"{key}.{name}": each for name, each in inner.items()})
    _must_have_vital(entity, [flat])
    rows = read(_GLOBAL, [flat], latest=_latest(origin))
    return (
        rows
        if rows.rejected.is_empty()
        else Rows(rows.accepted, rejected(dict(enumerate(rows.rejected["reason"])), [value]))
    )


def _parse_chart(entity: Entity, content: bytes, origin: Provenance) -> Rows:
    """The daily closes of a coin: the point stamped D 00:00 UTC is the close of D-1.

    The three series are joined by their stamps, for their lengths differ. Points off midnight
    (the last one is the current moment) are no closes, and neither are points without a price.
    """
    latest = _latest(origin)
    items, faults = _points(entity, _decoded(entity, content), latest)
    rows = read(_CHART, items, latest=latest)
    coin = pl.lit(origin.dataset.removeprefix("market_chart/")).alias("coin_id")
    return Rows(rows.accepted.select(coin, pl.all()), pl.concat([rows.rejected, faults]))


def _points(
    entity: Entity, value: Any, latest: datetime
) -> tuple[list[dict[str, Any]], pl.DataFrame]:
    """The priced points at midnight by stamp, and the pairs that are none."""
    by_stamp: dict[int, dict[str, Any]] = {}
    faults: dict[int, str] = {}
    pairs: list[Any] = []
    last = latest.replace(tzinfo=UTC).timestamp() * 1000
    for part in CHART_PARTS:
        series = value.get(part) if isinstance(value, dict) else None
        if not isinstance(series, list):
            raise SchemaError(f"{entity.name}: has no list '{part}'")
        for pair in series:
            stamp = stamp_of(pair)
            if stamp is None or not EARLIEST_SECONDS * 1000 <= stamp <= last:
                faults[len(pairs)] = f"{part}: not a past time in milliseconds with a value"
            elif stamp % DAY_MILLISECONDS == 0:
                by_stamp.setdefault(stamp, {"stamp": stamp})[part] = pair[1]
            pairs.append(pair)
    priced = [by_stamp[at] for at in sorted(by_stamp) if by_stamp[at].get("prices") is not None]
    return priced, rejected(faults, pairs)


def stamp_of(pair: Any) -> int | None:
    """The time of a point of a chart in milliseconds, or None where it is no point."""
    if not isinstance(pair, list) or len(pair) != 2:
        return None
    stamp = pair[0]
    return int(stamp) if type(stamp) in (int, float) and stamp == int(stamp) else None


def new_fields(entity: Entity, content: bytes) -> tuple[str, ...]:
    """Keys of an answer that this version knows nothing of, in order; they are kept, not read."""
    value = json.loads(content)
    if entity.name == "global":
        value = value["data"]
    objects: Iterable[Any] = value if isinstance(value, list) else [value]
    found: set[str] = set()
    for one in objects:
        if isinstance(one, dict):
            found.update(one)
    return tuple(sorted(found - _KNOWN[entity.name]))


def _decoded(entity: Entity, content: bytes) -> Any:
    try:
        return decode(content)
    except JsonError as error:
        raise SchemaError(f"{entity.name}: {error}") from error


def _must_have_vital(entity: Entity, items: Sequence[Any]) -> None:
    objects = [item for item in items if isinstance(item, dict)]
    for key in _VITAL[entity.name]:
        if objects and not any(key in item for item in objects):
            raise SchemaError(
                f"{entity.name}: no row has '{key}' any more; CoinGecko changed its answer, and "
                "a newer capbrief may read it"
            )


def _latest(origin: Provenance) -> datetime:
    return origin.retrieved_at.astimezone(UTC).replace(tzinfo=None) + _AHEAD


def _entity(
    name: str,
    parse: Callable[[Entity, bytes, Provenance], Rows],
    fields: Sequence[Field],
    asked: Mapping[str, pl.DataType] | None = None,
    *,
    dated_by: str | None = None,
) -> Entity:
    """An entity of the columns that were ``asked`` for and those of the answer."""
    schema = {**(asked or {}), **{field.name: field.kind.dtype for field in fields}}
    required = frozenset(field.name for field in fields if field.is_required)
    return Entity(name, schema, required, parse, new_fields, dated_by)


ENTITIES: Mapping[str, Entity] = {
    entity.name: entity
    for entity in (
        _entity("category_name", _parse_list(_CATEGORY_NAME), _CATEGORY_NAME),
        _entity("category", _parse_list(_CATEGORY), _CATEGORY, dated_by="known_at"),
        _entity(
            "market", _parse_market, _MARKET, {"category_id": pl.String()}, dated_by="known_at"
        ),
        _entity("global", _parse_global, _GLOBAL),
        _entity("chart", _parse_chart, _CHART, {"coin_id": pl.String()}, dated_by="price_date"),
    )
}

_KNOWN: Mapping[str, frozenset[str]] = {
    "category_name": frozenset(field.key for field in _CATEGORY_NAME),
    "category": frozenset(field.key for field in _CATEGORY).union(_UNREAD["category"].split()),
    "market": frozenset(field.key for field in _MARKET).union(_UNREAD["market"].split()),
    "global": frozenset(field.key for field in _GLOBAL).union(_UNREAD["global"].split()),
    "chart": frozenset(CHART_PARTS),
}
