"""Which daily closes to have from CoinGecko: of which coins, and of which days."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from pipeline.extract import coingecko_reviews as reviews
from pipeline.extract import spans
from pipeline.extract.coingecko_requests import daily_chart, range_chart, range_parameters
from pipeline.extract.universe_rules import named_coins
from pipeline.source import Gap, Unit

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pipeline.extract.coingecko_plans import Plan
    from pipeline.extract.universe_rules import Rules, Universe
    from pipeline.source import Past, Wanted

READY = time(0, 40)
"""The vendor's day before is complete in UTC when its cache is dropped (its documentation)."""
# A vendor corrects what it said of the last days.
_LOOK_BACK = timedelta(days=3)
# A coin that drops out of the largest keeps its series going for as long as this.
_KEPT_UP = timedelta(days=30)
_LONGEST_RANGE_DAYS = 365
_DAY = timedelta(days=1)
# Longer than there are tokens, and short enough for a calendar.
_LONGEST_HISTORY_DAYS = 36_500
_NEVER = "9999"


@dataclass(frozen=True)
class _Coin:
    """What a market row says of a coin: its size, and the first day that it is known of.

    The vendor gives the days of the highest and the lowest price; ``seen`` is the earlier one,
    as text.
    """

    market_cap: float
    seen: str


def daily(plan: Plan, rules: Sequence[Rules], past: Past, wanted: Wanted) -> Iterator[Unit]:
    """The days that are missing of each core coin, and the last ones again; oldest first."""
    last = _last_complete(wanted.now)
    first = last - timedelta(days=max(wanted.max_catchup_days, 1) - 1)
    earliest = _earliest(plan, wanted.now)
    window = max(first, earliest), last
    due = []
    for coin_id in _core(rules, past, wanted):
        had = () if wanted.refresh else past.covered(_dataset(coin_id))
        missing = spans.without(window, had)
        if missing:
            start = max(min(missing[0][0], last - _LOOK_BACK), earliest)
            due.append((missing[0][0], coin_id, start))
    for _, coin_id, start in sorted(due, key=lambda one: one[0]):
        days = start, last
        # One day more than needed: the run may go on past midnight.
        n_days = (_today(wanted.now) - start).days + 1
        yield Unit(
            _dataset(coin_id),
            days,
            1,
            partial(
                daily_chart,
                coin_id=coin_id,
                days=days,
                n_days=min(n_days, plan.history_days or n_days),
            ),
            is_required=False,
            review=partial(reviews.chart, past, _dataset(coin_id), wanted.refresh),
            dated_by="price_date",
        )


def backfill(
    plan: Plan, rules: Sequence[Rules], past: Past, wanted: Wanted, asked: spans.Span
) -> Iterator[Unit | Gap]:
    """The days of a range that were never had, coin by coin, as far as the plan reaches."""
    first, last = asked[0], min(asked[1], _last_complete(wanted.now))
    earliest = _earliest(plan, wanted.now)
    listed = _markets(rules, past)
    seen = {coin_id: coin.seen for rows in listed.values() for coin_id, coin in rows.items()}
    for coin_id in dict.fromkeys(wanted.coin_ids) or _core(rules, past, wanted):
        dataset = _dataset(coin_id)
        had = past.covered(dataset)
        known = [*had, *((gap.first_date, gap.last_date) for gap in past.gaps(dataset))]
        for start, end in spans.without((first, min(last, earliest - _DAY)), known):
            reason = f"older than the plan's history of {plan.history_days} days"
            yield Gap(dataset, start, end, reason)
        for part in spans.without((max(first, earliest), last), () if wanted.refresh else had):
            for days in spans.pieces(part, _LONGEST_RANGE_DAYS):
                yield Unit(
                    dataset,
                    days,
                    1,
                    partial(
                        range_chart,
                        coin_id=coin_id,
                        parameters=range_parameters(plan, days, wanted.now),
                        is_due=seen.get(coin_id, _NEVER) <= days[1].isoformat(),
                    ),
                    is_required=False,
                    review=partial(reviews.chart, past, dataset, wanted.refresh),
                    dated_by="price_date",
                )


def _dataset(coin_id: str) -> str:
    return f"market_chart/{coin_id}"


def _today(now: datetime) -> date:
    return now.astimezone(UTC).date()


def _last_complete(now: datetime) -> date:
    is_ready = now.astimezone(UTC).time() >= READY
    return _today(now) - (_DAY if is_ready else 2 * _DAY)


def _earliest(plan: Plan, now: datetime) -> date:
    """The first day within reach; one is given up, for a run may go on past midnight."""
    if plan.history_days is None:
        return date.min + _DAY
    return _today(now) - timedelta(days=min(plan.history_days, _LONGEST_HISTORY_DAYS) - 1)


def _core(rules: Sequence[Rules], past: Past, wanted: Wanted) -> list[str]:
    """Coins whose daily history is kept: named ones, the largest, and those that lately were.

    Left out are coins that CoinGecko does not know, unless they are to be asked for afresh.
    """
    is_ranked = any(one.history_coins for each in rules for one in each.universes)
    markets = _markets(rules, past) if is_ranked else {}
    twins = {twin.coin_id for each in rules for twin in each.twins}
    largest = [
        coin_id
        for each in rules
        for universe in each.universes
        for coin_id in _largest(universe, markets, twins)
    ]
    since = _today(wanted.now) - _KEPT_UP
    lately = [
        dataset.partition("/")[2]
        for dataset in past.datasets("market_chart/")
        if any(last >= since for _, last in past.covered(dataset))
    ]
    wanted_ids = dict.fromkeys([*named_coins(rules), *largest, *lately])
    return [
        coin_id
        for coin_id in wanted_ids
        if wanted.refresh or all(gap.last_date for gap in past.gaps(_dataset(coin_id)))
    ]


def _largest(
    universe: Universe, markets: dict[str, dict[str, _Coin]], twins: set[str]
) -> list[str]:
    """The coins of the universe's counted categories with the largest caps."""
    left_out = twins | {one.coin_id for one in universe.exclusions}
    coins: dict[str, float] = {}
    for category_id in universe.core_categories:
        for coin_id, coin in markets.get(category_id, {}).items():
            if coin.market_cap > 0 and coin_id not in left_out:
                coins[coin_id] = coin.market_cap
    return sorted(coins, key=lambda one: (-coins[one], one))[: universe.history_coins]


def _markets(rules: Sequence[Rules], past: Past) -> dict[str, dict[str, _Coin]]:
    """The coins in the newest market pages, by category."""
    universes = [universe for each in rules for universe in each.universes]
    lists = [one for each in universes for one in (*each.core_categories, *each.meme_categories)]
    return {
        name: {
            row["id"]: _Coin(_cap(row), _seen(row))
            for content, _ in past.payloads(f"markets/{name}")
            for row in json.loads(content)
            if isinstance(row, dict) and isinstance(row.get("id"), str)
        }
        for name in dict.fromkeys(["ids", *lists])
    }


def _cap(row: dict[str, Any]) -> float:
    cap = row.get("market_cap")
    return float(cap) if isinstance(cap, int | float) else 0.0


def _seen(row: dict[str, Any]) -> str:
    days = [row.get("ath_date"), row.get("atl_date")]
    return min((day[:10] for day in days if isinstance(day, str)), default=_NEVER)
