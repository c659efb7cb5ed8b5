"""The coins there are: those of coins.csv, some with hostile names, and generated ones."""

from __future__ import annotations

import csv
import tomllib
from dataclasses import dataclass
from datetime import date
from math import log10
from pathlib import Path

from tests.coingecko.walk import ANCHOR, DAY, MARKET, Walk, share

FOLDER = Path(__file__).parent
_EPOCH = date(1970, 1, 1).toordinal()
# Supplies go up to this, beyond 2^53, where a double no longer tells whole numbers apart.
_LARGEST_SUPPLY = 4.2069e17

_NAMES = tomllib.loads((FOLDER / "names.toml").read_text(encoding="utf-8"))
_FIRST, _SECOND = _NAMES["first"].split(), _NAMES["second"].split()


@dataclass(frozen=True, slots=True)
class Coin:
    """One coin; price in USD at the anchor day's midnight, days as numbers since 1970.

    ``cap_from`` is the day from which its supply is verified (None: never), ``stopped`` the
    second at which nobody traded it any more.
    """

    id: str
    symbol: str
    name: str
    price: float
    supply: float
    total_supply: float | None
    max_supply: float | None
    born: int
    cap_from: int | None
    walk: Walk
    categories: frozenset[str]
    stopped: float | None = None
    has_price: bool = True

    def price_at(self, seconds: float) -> float:
        if self.stopped is not None:
            seconds = min(seconds, self.stopped)
        return self.price * self.walk.factor(seconds)

    def cap_at(self, seconds: float) -> float:
        """0 where the supply was not verified, as the vendor gives it."""
        if self.cap_from is None or seconds < self.cap_from * DAY:
            return 0.0
        return self.price_at(seconds) * self.supply

    def volume_at(self, seconds: float) -> float:
        """Traded in 24 hours; a share of what would be the cap, another each day."""
        turnover = 0.005 + 0.06 * share(self.id, "turnover", int(seconds // DAY))
        return self.price_at(seconds) * max(self.supply, 1e5 / self.price) * turnover


def listed(n_coins: int) -> dict[str, Coin]:
    """The coins of a server with about so many, by id: never fewer than those of coins.csv."""
    found = {coin.id: coin for coin in _written()}
    for number, name in enumerate(_NAMES["hostile"]):
        coin = generated(f"hostile-{number}", size=1e-4, name=name)
        found[coin.id] = coin
    for number in range(n_coins - len(found)):
        coin = generated(_id(number), size=1 / (number + 2) ** 1.25)
        found[coin.id] = coin
    return found


def _id(number: int) -> str:
    first = _FIRST[number % len(_FIRST)]
    return f"{first}-{_SECOND[number // len(_FIRST) % len(_SECOND)]}-{number}"


def day_of(text: str) -> int:
    """Day number of an ISO date."""
    return date.fromisoformat(text).toordinal() - _EPOCH


def _category_rows() -> list[dict[str, str]]:
    with (FOLDER / "categories.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


# Rows of categories.csv: id, name, share of the generated coins, and where it is answered.
CATEGORIES = _category_rows()
_SHARES = {row["id"]: float(row["share"]) for row in CATEGORIES}
_AI = "artificial-intelligence"


def _written() -> list[Coin]:
    with (FOLDER / "coins.csv").open(encoding="utf-8", newline="") as file:
        return [_from_row(row) for row in csv.DictReader(file)]


def _from_row(row: dict[str, str]) -> Coin:
    born = day_of(row["born"])
    daily = 0.0004 if "stablecoins" in row["categories"] else 0.03
    return Coin(
        id=row["id"],
        symbol=row["symbol"],
        name=row["name"],
        price=float(row["price"]),
        supply=float(row["supply"]),
        total_supply=float(row["total_supply"]),
        max_supply=float(row["max_supply"]) if row["max_supply"] else None,
        born=born,
        cap_from=born + int(row["zero_days"]),
        walk=Walk(row["id"], daily, MARKET if daily > 0.001 else None),
        categories=frozenset(row["categories"].split()),
    )


def generated(coin_id: str, size: float = 1e-4, name: str | None = None) -> Coin:
    """A coin that follows from its id; ``size`` is its cap relative to 6e8 USD.

    One in eight has no verified supply: cap and supply 0, rank null, and often no trade since
    long ago; one in 60 has no price either.
    """
    unverified = name is None and share(coin_id, "verified") < 0.125
    price = 10 ** (-11 + 13 * share(coin_id, "price") ** 0.4)
    cap = 6e8 * size * (0.3 + 1.4 * share(coin_id, "size"))
    supply = min(_LARGEST_SUPPLY, float(f"{cap / price:.{3 + int(9 * share(coin_id, 1))}g}"))
    born = ANCHOR - 20 - int(2200 * share(coin_id, "born"))
    quiet = unverified and share(coin_id, "quiet") < 0.6
    stopped = (ANCHOR - 2 - 800 * share(coin_id, "stopped") ** 3) * DAY if quiet else None
    return Coin(
        id=coin_id,
        symbol=_symbol(coin_id),
        name=name if name is not None else coin_id.replace("-", " ").title(),
        price=float(f"{price:.6g}"),
        supply=0.0 if unverified else supply,
        total_supply=supply if share(coin_id, "total") > 0.04 else None,
        max_supply=supply if share(coin_id, "max") > 0.4 else None,
        born=born,
        cap_from=None if unverified else born + int(60 * share(coin_id, "zero")),
        walk=Walk(
            coin_id, 0.02 + 0.05 * share(coin_id, "daily") + 0.002 * abs(log10(price)), MARKET
        ),
        categories=_categories(coin_id, is_ai=name is not None),
        stopped=stopped,
        has_price=not (unverified and share(coin_id, "has price") < 0.13),
    )


def _symbol(coin_id: str) -> str:
    # Few letters, so that many coins share a symbol, as they do; some hold a space.
    words = coin_id.split("-")
    if share(coin_id, "spaced") < 0.01:
        return f"{words[0][:3]} {words[-1]}"
    return words[0][:4] if share(coin_id, "short") < 0.5 else words[0][:3] + words[-1][:2]


def _categories(coin_id: str, *, is_ai: bool) -> frozenset[str]:
    is_ai = is_ai or share(coin_id, _AI) < _SHARES[_AI]
    found = {_AI} if is_ai else set()
    # Sectors overlap: what is an AI coin is often in others of the kind, and rarely otherwise.
    for category, part in _SHARES.items():
        kin = category.startswith(("ai-", "defai", "depin", "bittensor"))
        odds = part * (2.3 if is_ai else 0.45) if kin else part
        if category != _AI and share(coin_id, category) < odds:
            found.add(category)
    return frozenset(found)
