"""Fleets made of their chips: bounds, what is known of them, and a year's purchases."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from pipeline.errors import QualityError
from pipeline.estimate.fleet import fleet_basis_quarter, owner_year
from pipeline.estimate.supply import Interval, combine

Q1, Q2 = date(2024, 3, 31), date(2024, 6, 30)
SIX = ("Microsoft", "Meta", "Amazon", "Google", "Oracle", "China")
Three = tuple[float | None, float | None, float | None]
UNKNOWN: Three = (None, None, None)


def rows(*given: dict[str, object]) -> pl.DataFrame:
    """Rows of a supply table; ``units``, ``bit8`` and ``bf16`` are three percentiles each."""
    text, day, flag = pl.String, pl.Date, pl.Boolean
    schema: dict[str, type[pl.DataType]] = {
        **dict.fromkeys(("owner", "designer", "chip"), text),
        "quarter_end": day,
        "is_incomplete": flag,
    }
    measures = {"units": "units", "bit8": "h100e_8bit_epoch", "bf16": "h100e_bf16_dense"}
    for measure in measures.values():
        schema |= {f"{measure}_{p}": pl.Float64 for p in ("p05", "p50", "p95")}
    made = []
    for row in given:
        cells = {name: row.get(name) for name in list(schema)[:5]}
        cells["designer"] = row.get("designer", "Nvidia")
        for short, measure in measures.items():
            three = row.get(short, UNKNOWN)
            assert isinstance(three, tuple)
            cells |= {
                f"{measure}_{p}": v for p, v in zip(("p05", "p50", "p95"), three, strict=True)
            }
        made.append(cells)
    return pl.DataFrame(made, schema=schema)


NONE = rows()


def held(
    owner: str, chip: str, bit8: Three, bf16: Three = UNKNOWN, **more: object
) -> dict[str, object]:
    units = more.pop("units", bit8)
    return dict(owner=owner, chip=chip, quarter_end=Q1, units=units, bit8=bit8, bf16=bf16, **more)


def bound(frame: pl.DataFrame, holder: str, basis: str, correlation: int) -> tuple[object, ...]:
    (row,) = frame.filter(holder=holder, basis=basis, rank_correlation=correlation).rows(named=True)
    return row["p05"], row["p50"], row["p95"], row["spec_coverage"]


def test_an_owner_is_made_of_its_chips_on_each_basis() -> None:
    chips = rows(
        held("Meta", "A100", (8, 10, 13), (8, 10, 13)),
        held("Meta", "B200", (80, 100, 120), (72, 90, 108)),
        # No specification: not on the dense BF16 basis, and said so.
        held("Meta", "H20", (80, 90, 110)),
    )
    found = fleet_basis_quarter(chips, NONE)
    assert bound(found, "Meta", "h100e_8bit_epoch", 1) == (168, 200, 243, 1)
    assert bound(found, "Meta", "h100e_bf16_dense", 1) == (80, 100, 121, 0.55)
    low, middle, high, _ = bound(found, "Meta", "h100e_bf16_dense", 0)
    expected = combine({"Meta/A100": Interval(8, 10, 13), "Meta/B200": Interval(72, 90, 108)}, 0)
    assert (low, middle, high) == pytest.approx(tuple(expected))
    assert expected.p05 > 80
    assert expected.p95 < 121


def test_a_single_chip_has_its_own_interval_at_both_bounds() -> None:
    found = fleet_basis_quarter(rows(held("Meta", "H100", (8, 10, 13), (8, 10, 13))), NONE)
    for correlation in (0, 1):
        assert bound(found, "Meta", "h100e_bf16_dense", correlation) == (8, 10, 13, 1)


def test_a_chip_without_a_specification_gives_no_row_on_that_basis() -> None:
    found = fleet_basis_quarter(rows(held("China", "H20", (8, 10, 13))), NONE)
    assert found["basis"].unique().to_list() == ["h100e_8bit_epoch"]


def test_groups_need_all_of_their_owners() -> None:
    five = [held(owner, "H100", (8, 10, 13), (8, 10, 13)) for owner in SIX[1:]]
    found = fleet_basis_quarter(rows(*five), NONE)
    assert set(found["holder"]) == set(SIX[1:])
    six = [*five, held("Microsoft", "H100", (16, 20, 26), (16, 20, 26))]
    found = fleet_basis_quarter(rows(*six), NONE)
    assert bound(found, "microsoft+meta+google", "h100e_bf16_dense", 1) == (32, 40, 52, 1)
    assert bound(found, "all six owners", "h100e_bf16_dense", 1) == (56, 70, 91, 1)


def test_other_designers_and_owners_change_no_group() -> None:
    six = [held(owner, "H100", (8, 10, 13), (8, 10, 13)) for owner in SIX]
    more = [
        held("CoreWeave", "H100", (8, 10, 13), (8, 10, 13)),
        held("Meta", "Instinct MI300X", (8, 10, 13), (8, 10, 13), designer="AMD"),
    ]
    alone, together = (fleet_basis_quarter(rows(*given), NONE) for given in (six, [*six, *more]))
    assert together.filter(pl.col("holder") != "CoreWeave").equals(alone)
    assert "CoreWeave" in together["holder"].to_list()


def test_an_owner_with_a_chip_without_an_interval_is_left_out() -> None:
    # Sums of medians have none.
    chips = [held(owner, "H100", (8, 10, 13), (8, 10, 13)) for owner in SIX]
    chips.append(held("Meta", "B200", (None, 10, None), (None, 10, None)))
    found = fleet_basis_quarter(rows(*chips), NONE)
    assert set(found["holder"]) == set(SIX) - {"Meta"}


def test_all_that_was_shipped_grows_by_quarters() -> None:
    shipments = rows(
        dict(chip="H100", quarter_end=Q2, units=(8, 10, 13), bit8=(8, 10, 13), bf16=(8, 10, 13)),
        dict(chip="H100", quarter_end=Q1, units=(4, 5, 6), bit8=(4, 5, 6), bf16=(4, 5, 6)),
        dict(chip="H20", quarter_end=Q2, units=(4, 5, 6), bit8=(4, 5, 6)),
        dict(chip="TPU v4", quarter_end=Q2, designer="Google", units=(4, 5, 6), bit8=(4, 5, 6)),
    )
    found = fleet_basis_quarter(NONE, shipments)
    together = found.filter(rank_correlation=1, basis="h100e_bf16_dense")
    assert together.select("quarter_end", "p05", "p50", "p95", "spec_coverage").rows() == [
        (Q1, 4, 5, 6, 1),
        (Q2, 12, 15, 19, 0.75),
    ]


def test_percentiles_in_the_wrong_order_stop_the_stage() -> None:
    with pytest.raises(QualityError, match="Meta/H100: needs 0 <= p05 <= p50 <= p95"):
        fleet_basis_quarter(rows(held("Meta", "H100", (11, 10, 13))), NONE)


def bought(owner: str, chip: str, units: Three, month: int, **more: object) -> dict[str, object]:
    end = date(2024, month, {3: 31, 6: 30, 9: 30, 12: 31}[month])
    return dict(owner=owner, chip=chip, quarter_end=end, units=units, **more)


def test_a_year_is_the_sum_of_its_four_quarters() -> None:
    four = [bought("Meta", "H100/H200", (80, 100, 130), month) for month in (3, 6, 9, 12)]
    found = owner_year(rows(*four, bought("Meta", "A100", (1, 2, 3), 3)), NONE)
    assert found.select("owner", "designer", "chip_family", "year").unique().rows() == [
        ("Meta", "Nvidia", "H100/H200", 2024)
    ]
    assert found.filter(rank_correlation=1).select("p05", "p50", "p95").rows() == [(320, 400, 520)]
    apart = found.filter(rank_correlation=0).row(0, named=True)
    assert 320 < apart["p05"] < apart["p50"] < apart["p95"] < 520


def test_h100_and_h200_apart_are_one_family() -> None:
    four = [
        bought("Meta", chip, (40, 50, 65), month)
        for month in (3, 6, 9, 12)
        for chip in ("H100", "H200")
    ]
    found = owner_year(rows(*four), NONE).filter(rank_correlation=1)
    assert found.select("chip_family", "p50").rows() == [("H100/H200", 400)]


def test_a_year_with_three_quarters_or_an_open_one_is_left_out() -> None:
    four = [bought("Meta", "H100", (80, 100, 130), month) for month in (3, 6, 9, 12)]
    assert owner_year(rows(*four[:3]), NONE).is_empty()
    assert owner_year(rows(*four[:3], four[3] | {"is_incomplete": True}), NONE).is_empty()


def test_a_year_without_intervals_has_its_median_alone() -> None:
    four = [bought("Meta", "H100", (None, 100, None), month) for month in (3, 6, 9, 12)]
    found = owner_year(rows(*four), NONE)
    assert found.select("rank_correlation", "p05", "p50", "p95").rows() == [(1, None, 400, None)]


def test_every_chip_of_a_designer() -> None:
    four = [bought("Meta", "all", (80, 100, 130), month, designer="AMD") for month in (3, 6, 9, 12)]
    found = owner_year(NONE, rows(*four)).filter(rank_correlation=1)
    assert found.select("designer", "chip_family", "p50").rows() == [("AMD", "all", 400)]
