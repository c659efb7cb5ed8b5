"""Combined intervals against published percentiles, closed forms and their bounds."""

from collections.abc import Sequence
from datetime import date
from statistics import NormalDist

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from pipeline.errors import QualityError
from pipeline.estimate.supply import (
    Interval,
    combine,
    draws,
    owner_group_quarter,
    shipment_year,
)

# Epoch AI, AI chip sales and owners, April 2026 (CC BY 4.0).
SHIPPED_2023 = [
    ("H100", date(2023, 3, 31), 47452, 56640, 66645),
    ("H800", date(2023, 3, 31), 5923, 7342, 9136),
    ("H100", date(2023, 6, 30), 126851, 151413, 178158),
    ("H800", date(2023, 6, 30), 25747, 31916, 39718),
    ("H100", date(2023, 9, 30), 217897, 260088, 306028),
    ("H800", date(2023, 9, 30), 45446, 56333, 70105),
    ("H100", date(2023, 12, 31), 354811, 423514, 498320),
    ("H800", date(2023, 12, 31), 16004, 19838, 24688),
]
OWNED = [
    ("Microsoft", date(2023, 12, 31), 227090, 307857, 417365),
    ("Meta", date(2023, 12, 31), 120060, 161382, 218522),
    ("Google", date(2023, 12, 31), 86728, 117444, 158456),
    ("Microsoft", date(2024, 3, 31), 329789, 442128, 592145),
    ("Meta", date(2024, 3, 31), 173496, 233151, 311258),
    ("Google", date(2024, 3, 31), 126024, 168548, 225603),
]


def shipments(rows: Sequence[tuple[object, ...]], *, is_incomplete: bool = False) -> pl.DataFrame:
    names = ["chip", "quarter_end", "units_p05", "units_p50", "units_p95"]
    schema = {"chip": pl.String, "quarter_end": pl.Date} | dict.fromkeys(names[2:], pl.Int64)
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    return frame.with_columns(designer=pl.lit("Nvidia"), is_incomplete=pl.lit(is_incomplete))


def fleet(rows: Sequence[tuple[object, ...]]) -> pl.DataFrame:
    names = [f"h100e_8bit_epoch_{p}" for p in ("p05", "p50", "p95")]
    schema = {"owner": pl.String, "quarter_end": pl.Date} | dict.fromkeys(names, pl.Float64)
    return pl.DataFrame(rows, schema=schema, orient="row").with_columns(designer=pl.lit("Nvidia"))


def test_h100_shipped_in_2023() -> None:
    found = shipment_year(shipments(SHIPPED_2023)).rows(named=True)
    together = {r["chip_group"]: r for r in found if r["rank_correlation"] == 1}
    assert together["h100"]["p50"] == 891_655
    assert together["h100+h800"]["p50"] == 1_007_084
    assert together["all"]["p50"] == 1_007_084
    assert together["h100"]["p05"] == 47452 + 126851 + 217897 + 354811
    assert {r["basis"] for r in found} == {"units"}
    assert {r["year"] for r in found} == {2023}


def test_independent_parts_give_a_narrower_sum_about_the_same_middle() -> None:
    rows = shipment_year(shipments(SHIPPED_2023)).filter(pl.col("chip_group") == "h100")
    apart, together = rows.sort("rank_correlation").rows(named=True)
    assert together["p05"] < apart["p05"] < apart["p95"] < together["p95"]
    assert apart["p50"] == pytest.approx(together["p50"], rel=0.01)


def test_three_largest_owners() -> None:
    rows = owner_group_quarter(fleet(OWNED)).rows(named=True)
    assert {r["owner_group"] for r in rows} == {"microsoft+meta+google"}  # three are unknown
    p50 = {(r["quarter_end"], r["rank_correlation"]): r["p50"] for r in rows}
    assert p50[date(2023, 12, 31), 1] == 586_683
    assert p50[date(2024, 3, 31), 1] == 843_827
    assert p50[date(2023, 12, 31), 0] == pytest.approx(587e3, rel=0.02)
    assert p50[date(2024, 3, 31), 0] == pytest.approx(844e3, rel=0.02)


def test_narrow_independent_parts_add_in_squares() -> None:
    """With 2 % of spread a lognormal is nearly normal: z sqrt(sum of variances)."""
    z = NormalDist().inv_cdf(0.95)
    parts = {
        name: Interval(m * (1 - 0.02 * z), m, m * (1 + 0.02 * z))
        for name, m in [("a", 100.0), ("b", 200.0), ("c", 200.0)]
    }
    found = combine(parts, 0)
    half = z * 0.02 * 300  # sqrt(100^2 + 200^2 + 200^2) = 300
    assert found.p50 == pytest.approx(500, rel=5e-4)
    assert found.p95 - found.p50 == pytest.approx(half, rel=0.05)
    assert found.p50 - found.p05 == pytest.approx(half, rel=0.05)


@given(
    st.dictionaries(
        st.sampled_from("abcdef"),
        st.tuples(st.floats(1, 1e6), st.floats(1.001, 1.6), st.floats(1.001, 1.6)),
        min_size=1,
    )
)
@settings(max_examples=30, deadline=None)
def test_percentiles_add_when_all_move_together_and_never_spread_wider(
    drawn: dict[str, tuple[float, float, float]],
) -> None:
    parts = {n: Interval(m / below, m, m * above) for n, (m, below, above) in drawn.items()}
    together, apart = combine(parts, 1), combine(parts, 0)
    assert together.p50 == pytest.approx(sum(part.p50 for part in parts.values()))
    assert together.p95 == pytest.approx(sum(part.p95 for part in parts.values()))
    assert apart.p05 >= together.p05 * 0.99
    assert apart.p95 <= together.p95 * 1.01


def test_a_single_part_is_itself_and_a_zero_adds_nothing() -> None:
    part = Interval(90, 100, 130)
    assert combine({"a": part}, 0) == part
    assert combine({"a": part, "b": Interval(0, 0, 0)}, 1) == part
    found = combine({"a": part, "b": Interval(0, 0, 0)}, 0)
    assert found == pytest.approx(part, rel=0.01)


def test_other_designers_are_not_added_up() -> None:
    nvidia, owned = shipments(SHIPPED_2023), fleet(OWNED)
    other = nvidia.with_columns(designer=pl.lit("AMD"), chip=pl.lit("Instinct MI300X"))
    assert_frame_equal(shipment_year(pl.concat([nvidia, other])), shipment_year(nvidia))
    other = owned.with_columns(designer=pl.lit("AMD"))
    assert_frame_equal(owner_group_quarter(pl.concat([owned, other])), owner_group_quarter(owned))


def test_an_edition_that_counts_h200_with_h100_gives_the_same_groups() -> None:
    named = shipments(SHIPPED_2023).with_columns(pl.col("chip").replace("H100", "H100/H200"))
    found = shipment_year(named).filter(rank_correlation=1)
    assert found["chip_group"].to_list() == ["h100", "h100+h800", "all"]
    assert found["p50"].to_list() == [891_655, 1_007_084, 1_007_084]


def test_a_fifth_percentile_of_zero_is_kept() -> None:
    found = np.quantile(draws("a", Interval(0, 100, 150)), [0.05, 0.5, 0.95])
    assert found == pytest.approx([0, 100, 150], abs=2)
    assert not draws("b", Interval(0, 0, 0)).any()


def test_a_year_with_an_open_or_unknown_quarter_is_left_out() -> None:
    assert shipment_year(shipments(SHIPPED_2023, is_incomplete=True)).is_empty()
    unknown = [*SHIPPED_2023, ("A100", date(2023, 12, 31), None, None, None)]
    groups = set(shipment_year(shipments(unknown))["chip_group"])
    assert groups == {"h100", "h100+h800"}


def test_a_quarter_with_an_unknown_owner_is_left_out() -> None:
    rows = [*OWNED[:3], ("Microsoft", date(2024, 3, 31), 329789, None, 592145), *OWNED[4:]]
    assert set(owner_group_quarter(fleet(rows))["quarter_end"]) == {date(2023, 12, 31)}


def test_nothing_known_gives_empty_tables_with_their_columns() -> None:
    owners, years = owner_group_quarter(fleet([])), shipment_year(shipments([]))
    assert owners.is_empty()
    assert owners.schema["quarter_end"] == pl.Date
    assert years.is_empty()
    assert years.columns == [
        *("chip_group", "year", "basis", "rank_correlation"),
        *("p05", "p50", "p95"),
    ]


def test_percentiles_in_the_wrong_order_stop_the_stage() -> None:
    rows = [("H100", date(2023, 3, 31), 60000, 56640, 66645)]
    with pytest.raises(QualityError) as error:
        shipment_year(shipments(rows))
    assert str(error.value) == (
        "marts.shipment_quarter: 2023: h100 2023-03-31: needs 0 <= p05 <= p50 <= p95, "
        "has (60000.0, 56640.0, 66645.0); correct the source's rows"
    )
