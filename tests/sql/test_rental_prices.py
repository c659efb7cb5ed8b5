"""Rental prices: given offers, expected votes and prices; and a marketplace's recorded offers."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Mapping
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

import pytest

Fill = Callable[[Mapping[str, str]], None]
Expect = Callable[[str, str], None]
Make = Callable[..., None]
RowsOf = Callable[[str], list[tuple[Any, ...]]]

DAY = "2026-11-23"
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


def test_a_provider_has_one_vote_the_median_of_its_regions_cheapest(
    fill: Fill, expect: Expect, make: Make
) -> None:
    big = [("aws", f"r{n}", "on_demand", usd) for n in range(3) for usd in (6.0 + n, 9.0, 99.0)]
    fill(
        {
            "marts.gpu_offer_day": offered(
                *big,
                ("small", "", "on_demand", 2.0),
                ("small", "", "on_demand", 3.0),
                ("other", "eu", "on_demand", 4.0),
                ("other", "eu", "spot", 1.0),
                ("booked", "eu", "reserved", 2.5),
            ),
            "marts.gpu": f"gpu_key | bf16_dense_tflops | known_at\nh100 | 989.4 | {DAY}",
        }
    )
    expect(
        "marts.gpu_provider_price_day",
        """
        provider|pricing|usd_per_gpu_hour|min_usd_per_gpu_hour|max_usd_per_gpu_hour|n_regions|n_offers|is_outlier
        aws|on_demand|7|6|99|3|9|false
        small|on_demand|2|2|3|1|2|false
        other|on_demand|4|4|4|1|1|false
        other|spot|1|1|1|1|1|false
        booked|reserved|2.5|2.5|2.5|1|1|false
        """,
    )
    make("marts.gpu_provider_price_day")
    # 4 USD for 0.9894 PFLOP/s are 4.04 USD per PFLOP-hour.
    expect(
        "marts.gpu_price_day",
        """
        pricing   | n_providers | n_offers | min_usd_per_gpu_hour | usd_per_bf16_dense_pflop_hour
        on_demand | 3           | 12       | 2                    | 4.042854255104104
        spot      | 1           | 1        | 1                    | 1.010713563776026
        reserved  | 1           | 1        | 2.5                  | 2.526783909440065
        """,
    )
    expect(
        "marts.gpu_price_day",
        """
        usd_per_gpu_hour_p25 | usd_per_gpu_hour_p50 | usd_per_gpu_hour_p75 | max_usd_per_gpu_hour
        3                    | 4                    | 5.5                  | 7
        1                    | 1                    | 1                    | 1
        2.5                  | 2.5                  | 2.5                  | 2.5
        """,
    )


def test_offers_that_are_left_out_have_no_vote(fill: Fill, rows_of: RowsOf) -> None:
    fill(
        {
            "marts.gpu_offer_day": f"""
                {COUNTED} | left_out_because
                {DAY} | dstack | a | a | 1 | r | h100 | on_demand | 1 | {DAY} | part of a GPU
            """
        }
    )
    assert rows_of("marts.gpu_provider_price_day") == []
    assert rows_of("marts.gpu_price_day") == []


def test_an_unknown_rate_gives_no_price_of_it(fill: Fill, expect: Expect, make: Make) -> None:
    fill({"marts.gpu_offer_day": offered(("a", "r", "on_demand", 2.0))})
    make("marts.gpu_provider_price_day")
    expect(
        "marts.gpu_price_day",
        """
        usd_per_gpu_hour_p50 | usd_per_bf16_dense_pflop_hour | known_at
        2                    |                               | 2026-11-23
        """,
    )


@pytest.mark.parametrize(
    ("prices", "outliers"),
    [
        # Three are too few to tell.
        ([2.0, 2.0, 9.0], []),
        ([2.0, 2.1, 2.2, 9.0], [9.0]),
        # All but one are equal, so that their deviation is 0: ten percent stand for it.
        ([2.0, 2.0, 2.0, 2.0, 2.4], []),
        ([2.0, 2.0, 2.0, 2.0, 3.0], [3.0]),
        ([2.0, 2.0, 2.0, 2.0, 1.0], [1.0]),
        ([1.0, 2.0, 4.0, 8.0, 16.0], []),
    ],
)
def test_outliers_are_flagged_and_counted_in(
    fill: Fill, make: Make, rows_of: RowsOf, bench: Any, prices: list[float], outliers: list[float]
) -> None:
    fill(
        {
            "marts.gpu_offer_day": offered(
                *((f"p{n}", "r", "on_demand", usd) for n, usd in enumerate(prices))
            )
        }
    )
    make("marts.gpu_provider_price_day", "marts.gpu_price_day")
    flagged = bench.rows("marts.gpu_provider_price_day", ["usd_per_gpu_hour", "is_outlier"])
    assert [usd for usd, is_outlier in flagged if is_outlier] == outliers
    columns = ["n_providers", "n_outliers", "usd_per_gpu_hour_p50"]
    assert bench.rows("marts.gpu_price_day", columns) == [
        (len(prices), len(outliers), median(prices))
    ]
    warned = bench.rows("marts.gpu_price_warning_day", ["usd_per_gpu_hour", "warning"])
    assert warned == [(usd, "outlier") for usd in outliers]


def test_a_spot_price_above_that_on_demand_is_warned_of(
    fill: Fill, expect: Expect, make: Make
) -> None:
    fill(
        {
            "marts.gpu_offer_day": offered(
                ("a", "r", "on_demand", 2.0),
                ("a", "r", "spot", 2.5),
                ("b", "r", "on_demand", 2.0),
                ("b", "r", "spot", 2.0),
                ("c", "r", "spot", 9.0),
            )
        }
    )
    make("marts.gpu_provider_price_day")
    expect(
        "marts.gpu_price_warning_day",
        """
        provider | pricing | warning   | usd_per_gpu_hour | other_usd_per_gpu_hour
        a        | spot    | dear spot | 2.5              | 2
        """,
    )


def test_no_price_is_carried_on_but_the_newest_has_its_age(fill: Fill, expect: Expect) -> None:
    columns = "offer_date | gpu_key | pricing | n_providers | usd_per_gpu_hour_p50 | known_at"
    fill(
        {
            "marts.gpu_price_day": f"""
                {columns}
                2026-11-20 | h100 | on_demand | 5 | 2.0 | 2026-11-20
                2026-11-23 | h100 | on_demand | 5 | 2.1 | 2026-11-23
                2026-11-02 | h100 | spot      | 1 | 1.1 | 2026-11-02
                2026-12-01 | a100 | spot      | 1 | 1.1 | 2026-12-01
            """,
            "marts.build": "report_date\n2026-11-24",
        }
    )
    expect(
        "marts.gpu_price_latest",
        """
        gpu_key | pricing   | offer_date | age_days | usd_per_gpu_hour_p50
        h100    | on_demand | 2026-11-23 | 1        | 2.1
        h100    | spot      | 2026-11-02 | 22       | 1.1
        """,
    )


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
