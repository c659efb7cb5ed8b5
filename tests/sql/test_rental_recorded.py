"""Rental prices: votes and kinds of price tried on a marketplace's recorded offers."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

Fill = Callable[[Mapping[str, str]], None]
Expect = Callable[[str, str], None]
Make = Callable[..., None]
RowsOf = Callable[[str], list[tuple[Any, ...]]]
Judge = Callable[[str, dict[str, str], dict[str, str], int], None]

DAY = "2026-11-23"
# What names mean here; the real list is tested where it is.
KEYS = """
    source   | name_id | name      | memory_gb | interface | gpu_key
    dstack   | a       | H100      | 80        | SXM       | h100_sxm
    dstack   | b       | H100      | 80        | PCIe      | h100_pcie
    dstack   | c       | H100      |           |           |
    skypilot | d       | H100      | 80        | SXM       | h100_sxm
    dstack   | e       | v5litepod |           |           | tpu_v5e
"""
COUNTED = (
    "offer_date | source | catalogue | provider | offer_id | region | gpu_key | pricing | "
    "usd_per_gpu_hour | known_at"
)


def offered(*offers: tuple[str, str, str, float]) -> str:
    """Offers of an H100 by provider, region, kind of price and price."""
    lines = [
        f"{DAY} | dstack | {provider} | {provider} | {place} | {region} | h100 | {pricing} | "
        f"{usd} | {DAY}"
        for place, (provider, region, pricing, usd) in enumerate(offers)
    ]
    return "\n".join([COUNTED, *lines])


# --- A marketplace's recorded offers -------------------------------------------------------------

SHARED = Path(__file__).resolve().parents[3] / "shared" / "gpu"


@pytest.fixture
def snapshots() -> dict[str, Any]:
    """First and last snapshot of each GPU; skipped by name where they are absent."""
    path = SHARED / "rental_offers_raw_first_last_snapshot.json"
    if not path.is_file():
        pytest.skip("shared/gpu is absent: no marketplace's recorded offers are read")
    found: dict[str, Any] = json.loads(path.read_text())
    return found


@pytest.fixture
def price_of(fill: Fill, make: Make, bench: Any) -> Callable[..., dict[str, tuple[float, float]]]:
    """Least and median vote by kind of price, of prices by provider and kind."""

    def of(prices: Mapping[str, tuple[str, float]]) -> dict[str, tuple[float, float]]:
        for table in ("gpu_offer_day", "gpu_provider_price_day"):
            bench.connection.execute(f"delete from marts.{table}")
        offers = ((provider, "r", kind, usd) for provider, (kind, usd) in prices.items())
        fill({"marts.gpu_offer_day": offered(*offers)})
        make("marts.gpu_provider_price_day")
        columns = ["pricing", "min_usd_per_gpu_hour", "usd_per_gpu_hour_p50"]
        return {
            kind: (least, mid) for kind, least, mid in bench.rows("marts.gpu_price_day", columns)
        }

    return of


Priced = Callable[..., dict[str, tuple[float, float]]]


def cheapest(snapshot: Any, spot: tuple[str, ...] = ()) -> dict[str, tuple[str, float]]:
    """The cheapest offer of each provider; of some it is known to be a spot price."""
    return {
        provider: ("spot" if provider in spot else "on_demand", found["min"])
        for provider, found in snapshot["by_provider"].items()
    }


def test_a_vote_for_each_provider_does_not_follow_who_lists_most(
    snapshots: dict[str, Any], price_of: Priced
) -> None:
    first, last = snapshots["H100_80GB_SXM5.jsonl"]
    # 21 of 32 offers were one provider's, which left: the median of offers rose by 35 %.
    assert [first["price_stats"]["median"], last["price_stats"]["median"]] == [1.99, 2.69]
    votes = [price_of(cheapest(one))["on_demand"][1] for one in (first, last)]
    assert votes == pytest.approx([2.26, 2.40])


def test_kinds_of_price_kept_apart_do_not_jump_when_a_provider_enters(
    snapshots: dict[str, Any], price_of: Priced
) -> None:
    first, last = snapshots["H200_141GB.jsonl"]
    entered = set(last["by_provider"]) - set(first["by_provider"])
    best = [one["best_deal"] for one in last["by_config"].values() if "best_deal" in one]
    assert entered == {one["provider"] for one in best if one["spot"]} == {"datacrunch"}
    mixed = [price_of(cheapest(one))["on_demand"] for one in (first, last)]
    # Least and median fall, and nobody lowered a price.
    assert mixed == [pytest.approx((2.67, 2.99)), pytest.approx((1.30, 2.83))]
    apart = [price_of(cheapest(one, spot=("datacrunch",))) for one in (first, last)]
    assert [one["on_demand"] for one in apart] == [pytest.approx((2.67, 2.99))] * 2
    assert apart[1]["spot"] == pytest.approx((1.30, 1.30))


def test_medians_of_mixed_offers_jump_with_the_providers() -> None:
    path = SHARED / "rental_offers_halfhourly_2025-10-19_2025-11-16.csv"
    if not path.is_file():
        pytest.skip("shared/gpu is absent: no marketplace's recorded series is read")
    with path.open(newline="") as file:
        rows = [one for one in csv.DictReader(file) if one["gpu_type"] == "H100_80GB"]
    sxm = [one for one in rows if one["socket_type"] == "SXM5" and one["median"]]
    assert len(sxm) == 957
    assert {float(one["median"]) for one in sxm} >= {1.99, 2.69}
    jumps = [
        (before, after)
        for before, after in pairwise(sxm)
        if not 1 / 1.15 < float(after["median"]) / float(before["median"]) < 1.15
    ]
    # Half an hour apart: no market, but another set of offers.
    assert len(jumps) == 92
    changed = [1 for before, after in jumps if before["offers_total"] != after["offers_total"]]
    assert len(changed) / len(jumps) > 0.9
