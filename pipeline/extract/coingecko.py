"""CoinGecko: markets of categories as they are now, and daily closes of the core coins."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from difflib import get_close_matches
from functools import partial
from typing import TYPE_CHECKING

from pipeline.errors import QualityError
from pipeline.extract import coingecko_charts as charts
from pipeline.extract import coingecko_requests as endpoints
from pipeline.extract import coingecko_reviews as reviews
from pipeline.extract import spans
from pipeline.extract.coingecko_plans import PLANS, Plan, access_of, plan_of
from pipeline.extract.coingecko_rows import ENTITIES
from pipeline.extract.universe_rules import load, named_coins
from pipeline.source import About, Gap, Unit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from pipeline import settings
    from pipeline.extract.universe_rules import Rules
    from pipeline.http import Access
    from pipeline.source import Entity, Fetched, Get, Past, Review, Rows, Wanted

    _Reviewer = Callable[[Past, str, datetime, bool, Sequence[Rows]], Review | None]

__all__ = ["PLANS", "CoinGecko", "Plan"]

# Pages of a category that was never had: its size is not known before.
_PAGES_EXPECTED = 5


@dataclass(frozen=True)
class _Category:
    """A category of the rules; ``is_counted`` in at least one universe, ``file`` names it."""

    category_id: str
    is_counted: bool
    file: str


@dataclass(frozen=True)
class CoinGecko:
    """CoinGecko as the settings say, for the universes in some folders of rule files."""

    settings: settings.CoinGecko
    universes: tuple[Path, ...]
    name: str = "coingecko"

    @property
    def entities(self) -> Mapping[str, Entity]:
        """What its answers hold."""
        return ENTITIES

    @property
    def about(self) -> About:
        """On which terms, and under which plan."""
        return About(
            f"CoinGecko, plan {self.settings.plan}",
            endpoints.PRODUCER,
            endpoints.LICENCE,
            f"https://{plan_of(self.settings).host}",
        )

    def due(self, past: Past, today: date) -> date:
        """The day after the last one whose snapshots are all there."""
        lists = [f"markets/{one.category_id}" for one in _categories(load(self.universes))]
        days = [_last_day(past, name) for name in ("categories/list", *lists)]
        return min(today if day is None else day + timedelta(days=1) for day in days)

    @property
    def access(self) -> Access:
        """Its own host, and the key of the plan.

        Raises:
            AuthError: the plan needs a key and none is set.
            UsageError: the address is not that of the plan.
        """
        return access_of(self.settings)

    def plan(self, past: Past, wanted: Wanted) -> Iterator[Unit | Gap]:
        """Snapshots of today, then closes; for a range of days, closes only.

        Raises:
            DefinitionError: a rule file cannot be used.
        """
        rules = load(self.universes)
        plan = plan_of(self.settings)
        if wanted.days is not None:
            yield from charts.backfill(plan, rules, past, wanted, wanted.days)
            return
        yield from _snapshots(rules, past, wanted)
        yield from charts.daily(plan, rules, past, wanted)


def _snapshots(rules: Sequence[Rules], past: Past, wanted: Wanted) -> Iterator[Unit | Gap]:
    today = wanted.now.astimezone(UTC).date()
    categories = _categories(rules)
    coin_ids = named_coins(rules)
    lists = [f"markets/{category.category_id}" for category in categories]
    for dataset in ("categories/list", "categories", *lists, "markets/ids", "global"):
        yield from _missed(past, dataset, today)

    def unit(
        dataset: str,
        calls: int,
        fetch: Callable[[Get], Iterable[Fetched]],
        *,
        is_required: bool = True,
        reviewer: _Reviewer | None = None,
    ) -> Iterator[Unit]:
        is_had = any(first <= today <= last for first, last in past.covered(dataset))
        if wanted.refresh or not is_had:
            review = reviewer and partial(reviewer, past, dataset, wanted.now, wanted.refresh)
            yield Unit(dataset, (today, today), calls, fetch, is_required, review, is_snapshot=True)

    yield from unit("categories/list", 1, endpoints.category_names)
    gone = _gone(past, categories)
    for category, reason in gone.items():
        dataset = f"markets/{category.category_id}"
        yield from unit(dataset, 0, partial(_refuse, reason), is_required=category.is_counted)
    yield from unit("categories", 1, endpoints.categories)
    for category in categories:
        if category not in gone:
            dataset = f"markets/{category.category_id}"
            yield from unit(
                dataset,
                len(past.payloads(dataset)) + 1 if past.covered(dataset) else _PAGES_EXPECTED,
                partial(endpoints.markets_of_category, category_id=category.category_id),
                is_required=category.is_counted,
                reviewer=reviews.category,
            )
    if coin_ids:
        calls = -(-len(coin_ids) // endpoints.IDS_PER_CALL)
        fetch = partial(endpoints.markets_of_coins, coin_ids=coin_ids)
        yield from unit("markets/ids", calls, fetch, reviewer=reviews.snapshot)
    yield from unit("global", 1, endpoints.overall, is_required=False)


def _categories(rules: Sequence[Rules]) -> list[_Category]:
    """Each category once, those that count first where it is in two lists."""
    found: dict[str, _Category] = {}
    universes = [(each.file, universe) for each in rules for universe in each.universes]
    for file, universe in universes:
        for one in universe.core_categories:
            found[one] = _Category(one, True, file)
    for file, universe in universes:
        for one in universe.meme_categories:
            found.setdefault(one, _Category(one, False, file))
    return list(found.values())


def _missed(past: Past, dataset: str, today: date) -> Iterator[Gap]:
    """The days since the last snapshot; those before the first were never asked for."""
    had = past.covered(dataset)
    if not had:
        return
    day = timedelta(days=1)
    last = max(end for _, end in had)
    known = [(gap.first_date, gap.last_date) for gap in past.gaps(dataset)]
    for first, end in spans.without((last + day, today - day), known):
        reason = "CoinGecko gives it only as it is now, and this day was not fetched"
        yield Gap(dataset, first, end, reason)


def _gone(past: Past, categories: Sequence[_Category]) -> dict[_Category, str]:
    """Categories that the vendor's list has not, and what to do about each."""
    ids = {
        row["category_id"]
        for content, _ in past.payloads("categories/list")
        for row in json.loads(content)
        if isinstance(row, dict) and isinstance(row.get("category_id"), str)
    }
    if not ids:
        return {}
    gone = {}
    for category in categories:
        if category.category_id not in ids:
            near = get_close_matches(category.category_id, sorted(ids), n=1)
            hint = f"the nearest is {near[0]!r}; " if near else ""
            gone[category] = (
                f"{category.file}: {category.category_id!r} is no category of CoinGecko any more; "
                f"{hint}put the right one there"
            )
    return gone


def _last_day(past: Past, dataset: str) -> date | None:
    return max((last for _, last in past.covered(dataset)), default=None)


def _refuse(reason: str, get: Get) -> list[Fetched]:
    raise QualityError(reason)
