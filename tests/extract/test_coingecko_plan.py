"""What a daily fetch plans: snapshots of today, and gaps for the days that had none."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from pipeline.errors import DefinitionError, QualityError
from pipeline.extract.coingecko_rows import ENTITIES
from pipeline.source import Gap, Rows, Unit, Wanted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from pipeline.extract.coingecko import CoinGecko
    from tests.extract.conftest import Host, Past  # noqa: TID251 - for their types only

NOW = datetime(2026, 11, 23, 1, 10, tzinfo=UTC)
TODAY = date(2026, 11, 23)
WANTED = Wanted(now=NOW)

SNAPSHOTS = [
    "categories/list",
    "categories",
    "markets/artificial-intelligence",
    "markets/ai-meme-coins",
    "markets/ids",
    "global",
]
LIST = [{"category_id": one, "name": one} for one in ("artificial-intelligence", "ai-meme-coins")]


def units(planned: Iterable[Unit | Gap]) -> dict[str, Unit]:
    return {item.dataset: item for item in planned if isinstance(item, Unit)}


def gaps(planned: Iterable[Unit | Gap]) -> list[Gap]:
    return [item for item in planned if isinstance(item, Gap)]


def test_a_first_run_takes_every_snapshot_and_then_the_named_coins(
    vendor: Callable[..., CoinGecko], past: Past
) -> None:
    planned = list(vendor().plan(past, WANTED))
    assert [item.dataset for item in planned] == [
        *SNAPSHOTS,
        "market_chart/bitcoin",
        "market_chart/render-token",
    ]
    snapshots = [item for item in planned[: len(SNAPSHOTS)] if isinstance(item, Unit)]
    assert {unit.days for unit in snapshots} == {(TODAY, TODAY)}
    assert [unit.calls for unit in snapshots] == [1, 1, 5, 5, 1, 1]
    assert [unit.dataset for unit in snapshots if unit.is_required] == [
        "categories/list",
        "categories",
        "markets/artificial-intelligence",
        "markets/ids",
    ]
    assert [unit.dataset for unit in snapshots if unit.review] == [
        "markets/artificial-intelligence",
        "markets/ai-meme-coins",
        "markets/ids",
    ]


@pytest.mark.parametrize("plan", ["demo", "pro"])
def test_a_plan_is_made_without_a_key(
    vendor: Callable[..., CoinGecko], past: Past, plan: str
) -> None:
    assert units(vendor(plan).plan(past, WANTED))


def test_each_unit_asks_for_its_own(
    vendor: Callable[..., CoinGecko], past: Past, host: Host
) -> None:
    host.answers = {
        "coins/categories/list": LIST,
        "coins/categories": [{"id": "x"}],
        "coins/markets": [{"id": "x"}],
        "global": {"data": {"total_market_cap": {"usd": 1}}},
    }
    planned = units(vendor().plan(past, WANTED))
    kept = {name: list(planned[name].fetch(host)) for name in SNAPSHOTS}
    for name, fetched in kept.items():
        assert [origin.dataset for _, origin in fetched] == [name]
    asked = [parameters for name, parameters in host.asked if name == "coins/markets"]
    assert [parameters.get("category") for parameters in asked] == [
        *("artificial-intelligence", "artificial-intelligence"),
        *("ai-meme-coins", "ai-meme-coins", None),
    ]
    assert asked[-1]["ids"] == "bitcoin,render-token"


def test_what_was_had_today_is_not_taken_again_unless_it_is_asked_for(
    vendor: Callable[..., CoinGecko], past: Past
) -> None:
    past.had = {name: [(TODAY, TODAY)] for name in (*SNAPSHOTS[:3], "global")}
    past.brought["markets/artificial-intelligence"] = [[{"id": "a"}], [{"id": "b"}]]
    planned = units(vendor().plan(past, WANTED))
    assert [name for name in SNAPSHOTS if name in planned] == [
        "markets/ai-meme-coins",
        "markets/ids",
    ]
    again = units(vendor().plan(past, replace(WANTED, refresh=True)))
    assert [name for name in again if name in SNAPSHOTS] == SNAPSHOTS
    # Two pages, and the empty one that ends them.
    assert again["markets/artificial-intelligence"].calls == 3


def test_days_without_a_snapshot_are_gaps_once_and_come_first(
    vendor: Callable[..., CoinGecko], past: Past
) -> None:
    before = TODAY - timedelta(days=4)
    past.had = {"global": [(before, before)], "categories": [(TODAY - timedelta(days=1),) * 2]}
    planned = list(vendor().plan(past, WANTED))
    assert planned[0] == Gap(
        "global",
        date(2026, 11, 20),
        date(2026, 11, 22),
        "CoinGecko gives it only as it is now, and this day was not fetched",
    )
    assert len(gaps(planned)) == 1
    past.missing = [Gap("global", date(2026, 11, 20), date(2026, 11, 21), "x")]
    [left] = gaps(vendor().plan(past, WANTED))
    assert (left.first_date, left.last_date) == (date(2026, 11, 22),) * 2
    past.had["global"].append((TODAY, TODAY))
    assert gaps(vendor().plan(past, WANTED)) == []


def test_a_category_that_is_gone_is_named_with_its_file_and_the_nearest(
    vendor: Callable[..., CoinGecko], past: Past, host: Host, rules: Path
) -> None:
    past.brought["categories/list"] = [
        [{"category_id": "artificial-intelligence-ai"}, {"category_id": "ai-meme-coins"}]
    ]
    planned = units(vendor().plan(past, WANTED))
    unit = planned["markets/artificial-intelligence"]
    assert (unit.calls, unit.is_required) == (0, True)
    with pytest.raises(QualityError) as caught:
        unit.fetch(host)
    assert str(caught.value) == (
        f"{rules / 'mine.toml'}: 'artificial-intelligence' is no category of CoinGecko any more; "
        "the nearest is 'artificial-intelligence-ai'; put the right one there"
    )
    assert host.asked == []
    # The others are had all the same.
    assert planned["markets/ai-meme-coins"].calls == 5


def test_the_plan_goes_by_the_list_that_it_has_just_brought(
    vendor: Callable[..., CoinGecko], past: Past, host: Host
) -> None:
    planned = vendor().plan(past, WANTED)
    assert next(planned).dataset == "categories/list"
    past.brought["categories/list"] = [[{"category_id": "ai-meme-coins"}]]
    refused = next(planned)
    assert isinstance(refused, Unit)
    assert refused.dataset == "markets/artificial-intelligence"
    with pytest.raises(QualityError, match="is no category"):
        refused.fetch(host)


# --- Members --------------------------------------------------------------------------------


def review_of(vendor: Callable[..., CoinGecko], past: Past, pages: list[Any]) -> Any:
    unit = units(vendor().plan(past, WANTED))["markets/artificial-intelligence"]
    assert unit.review is not None
    market = ENTITIES["market"]
    return unit.review(
        [
            Rows(
                pl.DataFrame([{"coin_id": one["id"]} for one in page], schema=dict(market.schema)),
                pl.DataFrame(),
            )
            for page in pages
        ]
    )


def coins(*ids: str) -> list[dict[str, Any]]:
    seen = {"current_price": 1.0, "market_cap": 1, "last_updated": None}
    return [{"id": one, **seen} for one in ids]


def test_members_are_compared_with_those_that_were_accepted(
    vendor: Callable[..., CoinGecko], past: Past
) -> None:
    past.accepted_values["markets/artificial-intelligence"] = [coins("a", "b"), coins("c", "d")]
    # What came later and is held does not count.
    past.brought["markets/artificial-intelligence"] = [coins("x")]
    review = review_of(vendor, past, [coins("e", "a", "b"), coins("b", "c")])
    assert (review.n_before, review.n_members) == (4, 4)
    assert (review.entered, review.left) == (("e",), ("d",))
    assert review.is_jump


def test_the_first_members_are_no_jump(vendor: Callable[..., CoinGecko], past: Past) -> None:
    review = review_of(vendor, past, [coins("a", "b")])
    assert (review.n_before, review.n_members, review.is_jump) == (0, 2, False)


def test_a_crawl_that_broke_off_is_a_jump(vendor: Callable[..., CoinGecko], past: Past) -> None:
    before = [f"coin-{n}" for n in range(1000)]
    past.accepted_values["markets/artificial-intelligence"] = [coins(*before)]
    assert not review_of(vendor, past, [coins(*before[:800])]).is_jump
    assert review_of(vendor, past, [coins(*before[:799])]).is_jump


# --- Rules ----------------------------------------------------------------------------------


def test_a_category_of_two_universes_is_asked_for_once_and_counts_if_one_counts_it(
    vendor: Callable[..., CoinGecko], past: Past, rules: Path
) -> None:
    (rules / "other.toml").write_text(
        """
[[universe]]
id = "memes"
title = "Memes"
min_volume_usd = 1
min_age_days = 1
max_staleness_hours = 1
history_coins = 0
core_categories = ["ai-meme-coins", "artificial-intelligence"]
"""
    )
    planned = [
        item
        for item in vendor().plan(past, WANTED)
        if isinstance(item, Unit) and item.dataset.startswith("markets/")
    ]
    assert [(unit.dataset, unit.is_required) for unit in planned] == [
        ("markets/artificial-intelligence", True),
        ("markets/ai-meme-coins", True),
        ("markets/ids", True),
    ]


def test_broken_rules_end_the_plan(
    vendor: Callable[..., CoinGecko], past: Past, rules: Path
) -> None:
    (rules / "mine.toml").write_text("[[universe]]\n")
    with pytest.raises(DefinitionError, match="id: is missing"):
        list(vendor().plan(past, WANTED))
