"""Rows of the market pages, the categories and the whole market, at one moment."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tests.coingecko.coins import CATEGORIES, Coin, generated, listed
from tests.coingecko.walk import DAY, share

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.coingecko.options import Options

Row = dict[str, Any]
_IMAGES = "https://coin-images.coingecko.com/coins/images"


class Market:
    """All coins; rows are made once for a moment and kept while they are asked for."""

    def __init__(self, n_coins: int, spread: tuple[str, ...] = ()) -> None:
        """Hold about so many coins; those in ``spread`` share all of them among each other."""
        self.coins = listed(n_coins)
        self._spread = spread
        self._bare: tuple[datetime, dict[str, Row]] | None = None
        self._made: tuple[Options, dict[str, Row]] | None = None

    def coin(self, coin_id: str, options: Options) -> Coin | None:
        """A coin that is listed or was named in the options."""
        if coin_id in options.delisted:
            return None
        found = self.coins.get(coin_id)
        return generated(coin_id) if found is None and coin_id in options.named else found

    def rows(self, options: Options) -> dict[str, Row]:
        """Market rows by coin id, the largest first, as the options change them."""
        if self._made and self._made[0] is options and self._bare_at(options.moment):
            return self._made[1]
        rows = dict(self._rows_at(options.moment))
        for coin_id in options.named - rows.keys():
            rows[coin_id] = market_row(generated(coin_id), options.moment)
        for coin_id, fields in options.coins.items():
            rows[coin_id] = {**rows[coin_id], **fields}
        for coin_id in options.delisted:
            rows.pop(coin_id, None)
        ranked = {row["id"]: row for row in sorted(rows.values(), key=_by_cap)}
        rank = 0
        for coin_id, row in ranked.items():
            if cap_of(row):
                rank += 1
                if "market_cap_rank" not in options.coins.get(coin_id, {}):
                    ranked[coin_id] = {**row, "market_cap_rank": rank}
        self._made = (options, ranked)
        return ranked

    def _bare_at(self, moment: datetime) -> dict[str, Row] | None:
        return self._bare[1] if self._bare and self._bare[0] == moment else None

    def _rows_at(self, moment: datetime) -> dict[str, Row]:
        rows = self._bare_at(moment)
        if rows is None:
            rows = {coin.id: market_row(coin, moment) for coin in self.coins.values()}
            self._bare = (moment, rows)
        return rows

    def categories(self, options: Options) -> dict[str, Row]:
        """Rows of categories.csv and of categories that the options name, by id."""
        found: dict[str, Row] = {row["id"]: dict(row) for row in CATEGORIES}
        for category in (*options.members, *options.add, *options.categories):
            name = category.replace("-", " ").title()
            found.setdefault(category, {"id": category, "name": name, "has": "all"})
        for category, fields in options.categories.items():
            if fields is None:
                del found[category]
        return found

    def members(self, category: str, options: Options) -> list[Row]:
        """Rows of a category's members, the largest first; none if there is no such category."""
        if category not in self.categories(options):
            return []
        rows = self.rows(options)
        ids: Iterable[str]
        if category in options.members:
            ids = options.members[category]
        elif category in self._spread:
            ids = list(self.coins)[self._spread.index(category) :: len(self._spread)]
        else:
            ids = [one for one, coin in self.coins.items() if category in coin.categories]
        kept = {*ids, *options.add.get(category, ())} - {*options.drop.get(category, ())}
        return [row for coin_id, row in rows.items() if coin_id in kept]


def cap_of(row: Row) -> float:
    """The cap as a number; 0 where a test put something else there."""
    cap = row["market_cap"]
    return cap if isinstance(cap, int | float) else 0.0


def _by_cap(row: Row) -> tuple[float, str]:
    return -cap_of(row), row["id"]


def iso(seconds: float) -> str:
    """ISO 8601 with milliseconds and Z, as in the market pages."""
    text = datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def _rounded(value: float) -> float | int:
    """Six digits, whole from 10,000 on, so that one field holds both kinds of number."""
    if abs(value) >= 1e4:
        return round(value)
    number = float(f"{value:.6g}")
    return int(number) if number.is_integer() and abs(number) < 1e15 else number


def _whole(value: float | None) -> float | int | None:
    return int(value) if value is not None and value.is_integer() else value


def market_row(coin: Coin, moment: datetime) -> Row:
    """One row of ``/coins/markets`` in the documented shape; the rank is given later."""
    now = moment.timestamp()
    seen = coin.stopped if coin.stopped is not None else now - 240 * share(coin.id, "seen") ** 4
    price, before = coin.price_at(now), coin.price_at(now - DAY)
    cap = round(coin.cap_at(now))
    cap_before = coin.cap_at(now - DAY)
    last = coin.total_supply if coin.max_supply is None else coin.max_supply
    has_span = share(coin.id, "span") > 0.02 and coin.stopped is None
    return {
        "id": coin.id,
        "symbol": coin.symbol,
        "name": coin.name,
        "image": f"{_IMAGES}/{int(50_000 * share(coin.id, 'image'))}/large/logo.png?1696500000",
        "current_price": _rounded(price) if coin.has_price else None,
        "market_cap": cap,
        "market_cap_rank": None,
        "fully_diluted_valuation": round(price * last) if last is not None else None,
        "total_volume": _rounded(coin.volume_at(now)) if coin.has_price else None,
        "high_24h": _rounded(max(price, before) * 1.011) if has_span else None,
        "low_24h": _rounded(min(price, before) * 0.989) if has_span else None,
        "price_change_24h": _rounded(price - before) if has_span else None,
        "price_change_percentage_24h": round(100 * (price / before - 1), 5) if has_span else None,
        "market_cap_change_24h": round(cap - cap_before) if has_span and cap_before else None,
        "market_cap_change_percentage_24h": round(100 * (cap / cap_before - 1), 5)
        if has_span and cap_before
        else None,
        "circulating_supply": _whole(coin.supply) if cap else 0,
        "total_supply": _whole(coin.total_supply),
        "max_supply": _whole(coin.max_supply),
        **_extremes(coin, price),
        "roi": _roi(coin),
        "last_updated": iso(seen),
    }


def _extremes(coin: Coin, price: float) -> Row:
    """All-time high and low; null where nobody knows them."""
    if not coin.has_price:
        return dict.fromkeys(
            f"{which}{part}"
            for which in ("ath", "atl")
            for part in ("", "_change_percentage", "_date")
        )
    high = max(price, coin.price) * (1.5 + 20 * share(coin.id, "ath") ** 3)
    low = min(price, coin.price) * (0.7 - 0.69 * share(coin.id, "atl"))
    first = (coin.born + 5) * DAY
    return {
        "ath": _rounded(high),
        "ath_change_percentage": round(100 * (price / high - 1), 5),
        "ath_date": iso(first + 1e6 * share(coin.id, "ath date")),
        "atl": _rounded(low),
        "atl_change_percentage": round(100 * (price / low - 1), 5),
        "atl_date": iso(first),
    }


def _roi(coin: Coin) -> Row | None:
    if share(coin.id, "roi") > 0.05:
        return None
    times = round(30 * share(coin.id, "times") - 1, 6)
    return {"times": times, "currency": "usd", "percentage": round(100 * times, 4)}


def category_row(market: Market, row: Row, options: Options) -> Row:
    """One row of ``/coins/categories``: the vendor's own total, a little below its members'."""
    members = market.members(row["id"], options)
    known = [one for one in members if cap_of(one)]
    top = known[:3]
    cap = sum(one["market_cap"] for one in known)
    before = cap - sum(one["market_cap_change_24h"] or 0 for one in known)
    has_total = row["has"] == "all" and cap > 0
    counted = 1 - 0.02 * share(row["id"], "counted")
    now = options.moment.timestamp()
    made = {
        "id": row["id"],
        "name": row["name"],
        "market_cap": cap * counted if has_total else None,
        "market_cap_change_24h": 100 * (cap / before - 1) if has_total and before else None,
        "content": None if share(row["id"], "content") < 0.1 else f"About {row['name']}.\r\n",
        "top_3_coins_id": [one["id"] for one in top],
        "top_3_coins": [one["image"].replace("/large/", "/small/") for one in top],
        "volume_24h": sum(one["total_volume"] or 0 for one in known) if has_total else None,
        "updated_at": iso(now - 300 * share(row["id"], "updated")) if row["has"] == "all" else None,
    }
    return {**made, **(options.categories.get(row["id"]) or {})}


def whole_market(market: Market, options: Options) -> Row:
    """The answer of ``/global``."""
    rows = list(market.rows(options).values())
    known = [row for row in rows if cap_of(row)]
    cap = sum(row["market_cap"] for row in known)
    volume = sum(row["total_volume"] or 0 for row in rows)
    before = cap - sum(row["market_cap_change_24h"] or 0 for row in known)
    coins = {row["symbol"]: row for row in known[:10]}
    btc, eth = market.rows(options)["bitcoin"], market.rows(options)["ethereum"]
    rates = {"btc": btc["current_price"], "eth": eth["current_price"], "usd": 1.0, "eur": 1.09}
    now = int(options.moment.timestamp())
    data = {
        "active_cryptocurrencies": len(rows),
        "upcoming_icos": 0,
        "ongoing_icos": 49,
        "ended_icos": 3376,
        "markets": 1437,
        "total_market_cap": {name: cap / rate for name, rate in rates.items()},
        "total_volume": {name: volume / rate for name, rate in rates.items()},
        "market_cap_percentage": {s: 100 * row["market_cap"] / cap for s, row in coins.items()},
        "market_cap_change_percentage_24h_usd": 100 * (cap / before - 1),
        "volume_change_percentage_24h_usd": 4.2 - 9 * share("volume", now // DAY),
        "updated_at": now - now % 600,
    }
    return {"data": data}
