"""Rows that each look right, and together do not: beside one another, and beside the last ones."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from pipeline.errors import QualityError, UnavailableError
from pipeline.extract import coingecko_reviews as reviews
from pipeline.extract.coingecko_rows import ENTITIES
from pipeline.provenance import Provenance

if TYPE_CHECKING:
    from pipeline.source import Rows
    from tests.extract.conftest import Past  # noqa: TID251 - for its type only

NOW = datetime(2026, 11, 23, 1, 10, tzinfo=UTC)
DATASET, CHART = "markets/defai", "market_chart/near"


def origin(dataset: str, at: datetime) -> Provenance:
    entity = "chart" if dataset == CHART else "market"
    words = ("title", "url", "producer", "citation", "licence", "media_type")
    return Provenance("coingecko", entity, dataset, *words, at)


def parsed(dataset: str, value: Any, at: datetime = NOW) -> list[Rows]:
    entity = ENTITIES["chart" if dataset == CHART else "market"]
    return [entity.parse(entity, json.dumps(value).encode(), origin(dataset, at))]


def coins(n: int = 20, at: datetime = NOW, **fields: Any) -> list[dict[str, Any]]:
    """Coins whose cap is price times supply, and that rose by 2 per cent in a day."""
    return [
        {
            "id": f"coin-{place}",
            "current_price": 2.0 + place,
            "circulating_supply": 1e6,
            "market_cap": (2.0 + place) * 1e6,
            "price_change_percentage_24h": 2.0,
            "last_updated": at.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
            **fields,
        }
        for place in range(n)
    ]


def times(rows: list[dict[str, Any]], factor: float) -> list[dict[str, Any]]:
    """The same coins at other prices, with caps that go along."""
    return [
        row | {key: row[key] * factor for key in ("current_price", "market_cap")} for row in rows
    ]


def review(past: Past, rows: list[dict[str, Any]], *, refresh: bool = False) -> None:
    reviews.snapshot(past, DATASET, NOW, refresh, parsed(DATASET, rows))


def test_a_first_crawl_that_fits_together_is_taken(past: Past) -> None:
    review(past, coins())


@pytest.mark.parametrize(("hours", "is_old"), [(23, False), (25, True), (48, True)])
def test_a_crawl_whose_newest_row_is_over_a_day_old_is_none_of_today(
    past: Past, hours: int, is_old: bool
) -> None:
    rows = coins(at=NOW - timedelta(hours=hours))
    if not is_old:
        review(past, rows)
        return
    with pytest.raises(UnavailableError, match=f"updated its newest row {hours} hours ago"):
        review(past, rows)
    # Many old rows beside one new row are old coins, not an old answer.
    review(past, [*rows, coins(1)[0] | {"id": "fresh"}])


def test_prices_in_another_unit_than_caps_are_seen_without_a_past(past: Past) -> None:
    rows = [row | {"current_price": row["current_price"] * 100} for row in coins()]
    with pytest.raises(QualityError, match="20 of 20 market caps are not price times supply"):
        review(past, rows)
    # Six of twenty are odd coins; seven are a unit.
    review(past, [*rows[:6], *coins()[6:]])
    with pytest.raises(QualityError, match="7 of 20"):
        review(past, [*rows[:7], *coins()[7:]])
    # A handful of coins proves nothing.
    review(past, rows[:9])


def test_prices_and_caps_in_another_unit_are_seen_beside_the_last_crawl(past: Past) -> None:
    past.brought[DATASET] = [times(coins(), 1 / 1.02)]
    review(past, coins())
    with pytest.raises(QualityError, match="20 of 20 prices moved by over half"):
        review(past, times(coins(), 100))
    review(past, times(coins(), 100), refresh=True)


def test_changes_as_fractions_are_seen_where_the_last_crawl_was_a_day_ago(
    past: Past, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = coins(price_change_percentage_24h=0.02)
    fetched = past.payloads

    def had(hours: int) -> None:
        at = NOW - timedelta(hours=hours)
        past.brought[DATASET] = [times(coins(at=at), 1 / 1.02)]
        monkeypatch.setattr(
            past, "payloads", lambda name: [(c, origin(name, at)) for c, _ in fetched(name)]
        )

    had(24)
    with pytest.raises(QualityError, match=r"are 0\.02 per cent .* and 2 by its prices"):
        review(past, rows)
    review(past, coins())
    # Within the hour, or after a week, prices move by another measure than a day's.
    for hours in (1, 7 * 24):
        had(hours)
        review(past, rows)


def closes(*prices: float) -> dict[str, list[list[float]]]:
    first = datetime(2026, 11, 10, tzinfo=UTC)
    stamps = [(first + timedelta(days=n)).timestamp() * 1000 for n in range(len(prices))]
    pairs = [list(pair) for pair in zip(stamps, prices, strict=True)]
    return {"prices": pairs, "market_caps": [], "total_volumes": []}


@pytest.mark.parametrize(
    ("fresh", "is_taken"),
    [
        ((1.0, 1.1, 1.2, 1.3), True),
        ((1.0, 1.1, 1.21, 1.3), True),  # one revised
        ((100.0, 110.0, 120.0, 130.0), False),  # cents
        ((0.001, 0.0011, 0.0012, 0.0013), False),  # redenominated
        ((100.0, 1.1, 1.2, 1.3), True),  # a spike is for the models to hold
        ((100.0, 110.0), True),  # two days in common prove nothing
    ],
)
def test_closes_that_all_differ_by_one_factor_are_held(
    past: Past, fresh: tuple[float, ...], is_taken: bool
) -> None:
    past.brought[CHART] = [closes(1.0, 1.1, 1.2, 1.3)]
    entity = ENTITIES["chart"]
    past_payloads = [(content, origin(CHART, NOW)) for content, _ in past.payloads(CHART)]
    assert entity.parse(entity, *past_payloads[0]).accepted["price_date"][0] == date(2026, 11, 9)
    rows = parsed(CHART, closes(*fresh))
    if not is_taken:
        with pytest.raises(QualityError, match="closes in common differ by a factor of"):
            reviews.chart(past, CHART, is_refreshed=False, payloads=rows)
    reviews.chart(past, CHART, is_refreshed=is_taken is False, payloads=rows)
