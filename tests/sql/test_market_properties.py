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
LEVELS = "index_cap_weighted, index_sqrt_cap_weighted, index_equal_weighted"
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


def held_in_shares(found: Market, power: float) -> dict[date, float]:
    """An index as a purse: on each day it is put anew into shares of the day's members.

    Weights are caps to a power. Those without a price on the next day are not bought.
    """
    purse, levels = 100.0, {}
    before: dict[str, Quote] = {}
    for day, quotes in found.items():
        members = {coin: quote for coin, quote in quotes.items() if quote.is_member}
        if not any(quote.known[1] for quote in members.values()):
            continue
        bought = [
            (quote.known[0], quote.known[1] ** power, quotes[coin].known[0])
            for coin, quote in before.items()
            if quote.known[0] and quote.known[1] and coin in quotes and quotes[coin].known[0]
        ]
        if bought:
            total = math.fsum(weight for _, weight, _ in bought)
            shares = [(purse * weight / total / then, now) for then, weight, now in bought]
            purse = math.fsum(count * now for count, now in shares)
        else:
            purse = 100.0
        levels[day] = purse
        before = members
    return levels


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
    for place, power in ((1, 1), (2, 0.5), (3, 0)):
        wanted = held_in_shares(found, power)
        assert [row[0] for row in rows] == list(wanted)
        assert [row[place] for row in rows] == pytest.approx(list(wanted.values()), rel=1e-9)


@pytest.mark.parametrize("seed", SEEDS)
def test_flat_prices_make_flat_indices(
    seed: int, reckon: Callable[..., None], read: Reading
) -> None:
    reckon(market(seed, is_flat=True))
    assert set(read("sector_index_day", LEVELS)) == {(100, 100, 100)}
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
    for place in range(3):
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
