"""Properties of indices and changes over random markets, and other ways to reckon them."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import duckdb
import pytest

Reading = Callable[[str, str], list[tuple[Any, ...]]]

FIRST = date(2026, 1, 1)
SEEDS = range(5)
LEVELS = (
    "index_cap_weighted, index_sqrt_cap_weighted, index_equal_weighted, index_limited_cap_weighted"
)
PARTS = "price_effect_usd, supply_effect_usd, entries_usd, exits_usd, unsplit_usd"
CENT = Decimal("0.01")


@dataclass(frozen=True)
class Quote:
    """A token on a day of a crawl: nothing is known where a price is not confirmed."""

    price: float | None
    cap: float | None
    is_member: bool
    is_held: bool = False

    @property
    def known(self) -> tuple[float | None, float | None]:
        return (None, None) if self.is_held else (self.price, self.cap)


Market = dict[date, dict[str, Quote]]


def market(seed: int, *, is_flat: bool = False, is_whole: bool = False) -> Market:
    """Some tokens over some days, with gaps; whole: each is a member and known every day."""
    dice = random.Random(seed)
    coins = [f"coin-{n}" for n in range(dice.randint(2, 9))]
    price = {coin: 10 ** dice.uniform(-4, 4) for coin in coins}
    supply = {coin: 10 ** dice.uniform(5, 9) for coin in coins}
    found: Market = {}
    day = FIRST
    for _ in range(30):
        day += timedelta(days=1 if dice.random() < 0.9 else dice.randint(2, 5))
        found[day] = {}
        for coin in coins:
            price[coin] *= 1 if is_flat else math.exp(dice.gauss(0, 0.1))
            supply[coin] *= 1 if dice.random() < 0.5 else dice.uniform(0.9, 1.5)
            quote = Quote(price[coin], price[coin] * supply[coin], is_member=True)
            if not is_whole:
                quote = replace(
                    quote,
                    price=quote.price if dice.random() < 0.95 else None,
                    cap=quote.cap if dice.random() < 0.95 else None,
                    is_member=dice.random() < 0.8,
                    is_held=dice.random() < 0.03,
                )
            if is_whole or dice.random() < 0.95:
                found[day][coin] = quote
    return found


@pytest.fixture
def reckon(empty: duckdb.DuckDBPyConnection, sql: dict[str, str]) -> Iterator[Callable[..., None]]:
    """Put a market into the tables, in some order of its rows, and make the marts from it."""

    def reckon(found: Market, order: int = 0) -> None:
        empty.execute("rollback")
        empty.execute("begin")
        rows = [
            (coin, day, quote.price, quote.cap, quote.is_held, quote.is_member)
            for day, quotes in found.items()
            for coin, quote in quotes.items()
        ]
        random.Random(order).shuffle(rows)
        columns = [list(column) for column in zip(*rows, strict=True)]
        coins, days, prices, caps, are_held, are_members = columns
        empty.execute("insert into staging.universe__universe (universe_id) values ('ai')")
        # This is how category_day tells a universe that rests on crawls.
        empty.execute("insert into marts.universe_candidate_day (universe_id) values ('ai')")
        empty.execute(
            "insert into marts.token_snapshot_day "
            "(coin_id, seen_date, price_usd, market_cap_usd, is_held_spike) "
            "select unnest(?), unnest(?), unnest(?), unnest(?), unnest(?)",
            [coins, days, prices, caps, are_held],
        )
        empty.execute(
            "insert into marts.universe_day (universe_id, price_date, coin_id) "
            "select 'ai', price_date, coin_id from (select unnest(?) as price_date, "
            "unnest(?) as coin_id, unnest(?) as is_member) where is_member",
            [days, coins, are_members],
        )
        for name in (
            "category_sum_day",
            "category_day",
            "universe_token_day",
            "sector_step_day",
            "sector_index_day",
            "sector_change_day",
        ):
            empty.execute(f"insert into marts.{name} {sql[f'marts.{name}']}")

    empty.execute("begin")
    yield reckon
    empty.execute("rollback")


@pytest.fixture
def read(empty: duckdb.DuckDBPyConnection) -> Reading:
    """Columns of a mart in order of the day."""

    def read(table: str, columns: str) -> list[tuple[Any, ...]]:
        query = f"select {columns} from marts.{table} order by price_date"
        return empty.execute(query).fetchall()

    return read


def carried(found: Market, day: date, coin: str) -> tuple[float | None, float | None]:
    """Price and weight of a member: known, or as of the last whole quote of seven days before."""
    quote = found[day].get(coin)
    price, cap = quote.known if quote else (None, None)
    if price and cap:
        return price, cap
    for days in range(1, 8):
        earlier = found.get(day - timedelta(days=days), {}).get(coin)
        if earlier and all(earlier.known):
            then, cap_then = earlier.known
            assert then is not None
            assert cap_then is not None
            price = price or then
            return price, cap or cap_then / then * price
    return price, cap


def returned(found: Market, day: date, coin: str) -> tuple[float | None, float | None]:
    """The last quote of a token that is back, if it was a member then and nobody saw it since."""
    member, quoted = None, None
    last: tuple[float | None, float | None] = (None, None)
    for days in range(7, 0, -1):
        earlier = day - timedelta(days=days)
        quote = found.get(earlier, {}).get(coin)
        if quote and quote.is_member:
            member = earlier
        if quote and quote.known[0]:
            quoted, last = earlier, quote.known
    return last if member and quoted and quoted <= member else (None, None)


def held_in_shares(found: Market, weigh: Callable[[list[float]], list[float]]) -> dict[date, float]:
    """An index as a purse: on each day it is put anew into shares of the day's members.

    Who has no price is held at the last one of seven days before; who has none on the next day
    and would be older by then is not bought.
    """
    purse = 100.0
    levels: dict[date, float] = {}
    before: dict[str, tuple[float | None, float | None]] = {}
    before_day = FIRST
    for day, quotes in found.items():
        members = {coin: quote for coin, quote in quotes.items() if quote.is_member}
        if not any(quote.known[1] for quote in members.values()):
            continue
        now: dict[str, float | None] = {}
        for coin, (then, _) in before.items():
            seen = quotes[coin].known[0] if coin in quotes else None
            if coin in members:
                seen = carried(found, day, coin)[0]
            elif not seen and day - before_day <= timedelta(days=7):
                seen = then
            now[coin] = seen
        for coin in members.keys() - before.keys() if levels else ():
            before[coin], now[coin] = returned(found, day, coin), carried(found, day, coin)[0]
        bought = [
            (then, cap, new)
            for coin, (then, cap) in before.items()
            if then and cap and (new := now[coin])
        ]
        if bought:
            weights = weigh([cap for _, cap, _ in bought])
            shares = [
                (purse * weight / then, new)
                for weight, (then, _, new) in zip(weights, bought, strict=True)
            ]
            purse = math.fsum(count * new for count, new in shares)
        else:
            purse = 100.0
        levels[day] = purse
        before, before_day = {coin: carried(found, day, coin) for coin in members}, day
    return levels


def by_power(power: float) -> Callable[[list[float]], list[float]]:
    """Weights as the caps to a power."""

    def weigh(caps: list[float]) -> list[float]:
        total = math.fsum(cap**power for cap in caps)
        return [cap**power / total for cap in caps]

    return weigh


def to_a_quarter(caps: list[float]) -> list[float]:
    """Weights by caps, clipped to a quarter over and over, what is over it shared pro rata."""
    limit = max(0.25, 1 / len(caps))
    weights = by_power(1)(caps)
    for _ in range(1000):
        over = math.fsum(max(0.0, weight - limit) for weight in weights)
        room = math.fsum(weight for weight in weights if weight < limit)
        if over < 1e-15 or not room:
            break
        weights = [limit if weight >= limit else weight * (1 + over / room) for weight in weights]
    return weights


def in_parts(found: Market) -> dict[date, tuple[Decimal, ...]]:
    """Change and its parts by day, token by token in exact fractions of a cent."""
    parts, before = {}, None
    for day, quotes in found.items():
        today = {coin: quote.known for coin, quote in quotes.items() if quote.is_member}
        if not any(cap for _, cap in today.values()):
            continue
        if before is not None:
            parts[day] = _parts(before, today)
        before = today
    return parts


Known = dict[str, tuple[float | None, float | None]]


def _parts(before: Known, today: Known) -> tuple[Decimal, ...]:
    price = supply = entered = departed = unsplit = Decimal(0)
    for coin in before.keys() | today.keys():
        (then, cap_then), (now, cap_now) = (
            side.get(coin, (None, None)) for side in (before, today)
        )
        old, new = (Decimal(cap or 0).quantize(CENT) for cap in (cap_then, cap_now))
        if coin not in before:
            entered += new
        elif coin not in today:
            departed += old
        elif then and now and cap_then and cap_now:
            at_old_supply = Decimal(cap_then) / Decimal(then) * Decimal(now)
            price += at_old_supply - Decimal(cap_then)
            supply += Decimal(cap_now) - at_old_supply
        else:
            unsplit += new - old
    return (price, supply, entered, departed, unsplit)


@pytest.mark.parametrize("seed", SEEDS)
def test_an_index_is_a_purse_that_holds_its_members(
    seed: int, reckon: Callable[..., None], read: Reading
) -> None:
    found = market(seed)
    reckon(found)
    rows = read("sector_index_day", f"price_date, {LEVELS}")
    ways = (by_power(1), by_power(0.5), by_power(0), to_a_quarter)
    for place, weigh in enumerate(ways, start=1):
        wanted = held_in_shares(found, weigh)
        assert [row[0] for row in rows] == list(wanted)
        assert [row[place] for row in rows] == pytest.approx(list(wanted.values()), rel=1e-9)


@pytest.mark.parametrize("seed", SEEDS)
def test_flat_prices_make_flat_indices(
    seed: int, reckon: Callable[..., None], read: Reading
) -> None:
    reckon(market(seed, is_flat=True))
    assert set(read("sector_index_day", LEVELS)) == {(100, 100, 100, 100)}
    assert set(read("sector_change_day", "price_effect_usd")) == {(0,)}


@pytest.mark.parametrize("seed", SEEDS)
def test_units_do_not_show(seed: int, reckon: Callable[..., None], read: Reading) -> None:
    found = market(seed)
    reckon(found)
    levels = read("sector_index_day", LEVELS)
    # Each token's price in a unit of its own, and all caps in another one.
    unit = {f"coin-{n}": 10.0 ** (n - 4) for n in range(9)}
    scaled = {
        day: {
            coin: replace(
                quote,
                price=quote.price and quote.price * unit[coin],
                cap=quote.cap and quote.cap * 37,
            )
            for coin, quote in quotes.items()
        }
        for day, quotes in found.items()
    }
    reckon(scaled)
    for one, other in zip(levels, read("sector_index_day", LEVELS), strict=True):
        assert one == pytest.approx(other, rel=1e-9)


@pytest.mark.parametrize("seed", SEEDS)
def test_one_token_is_its_own_index(seed: int, reckon: Callable[..., None], read: Reading) -> None:
    found = {
        day: {"coin-0": quotes["coin-0"]} for day, quotes in market(seed, is_whole=True).items()
    }
    reckon(found)
    prices = [quotes["coin-0"].price for quotes in found.values()]
    wanted = [100 * price / prices[0] for price in prices if price and prices[0]]
    for place in range(4):
        levels = [row[place] for row in read("sector_index_day", LEVELS)]
        assert levels == pytest.approx(wanted, rel=1e-9)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_order_of_rows_does_not_show(
    seed: int, reckon: Callable[..., None], read: Reading
) -> None:
    found = market(seed)
    reckon(found)
    before = [read(table, "*") for table in ("sector_index_day", "sector_change_day")]
    reckon(found, order=seed + 1)
    assert before == [read(table, "*") for table in ("sector_index_day", "sector_change_day")]


@pytest.mark.parametrize("seed", SEEDS)
def test_parts_sum_to_the_cent(
    seed: int,
    reckon: Callable[..., None],
    read: Reading,
    empty: duckdb.DuckDBPyConnection,
    sql: dict[str, str],
) -> None:
    found = market(seed)
    reckon(found)
    rows = read("sector_change_day", f"price_date, change_usd, {PARTS}")
    sums = [row[0] for row in read("category_day", "member_sum_usd") if row[0] is not None]
    assert [row[1] for row in rows] == [
        today - before for before, today in itertools.pairwise(sums)
    ]
    for _, change, price, supply, entered, departed, unsplit in rows:
        assert change == price + supply + entered - departed + unsplit
    for name in ("sector_change_day__sums", "sector_index_day__values"):
        assert empty.execute(sql[f"checks.{name}"]).fetchall() == [], name


@pytest.mark.parametrize("seed", SEEDS)
def test_parts_are_those_of_each_token(
    seed: int, reckon: Callable[..., None], read: Reading
) -> None:
    found = market(seed)
    reckon(found)
    wanted = in_parts(found)
    rows = read("sector_change_day", f"price_date, {PARTS}")
    assert [row[0] for row in rows] == list(wanted)
    for day, price, supply, *rest in rows:
        # Caps that are doubles have no exact cents; a cap per token is rounded in the sum.
        assert price == pytest.approx(wanted[day][0], abs=Decimal("0.05"), rel=Decimal("1e-9"))
        assert supply == pytest.approx(wanted[day][1], abs=Decimal("0.05"), rel=Decimal("1e-9"))
        assert rest == pytest.approx(list(wanted[day][2:]), abs=CENT * 5)
