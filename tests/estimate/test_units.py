"""Units: the dimension and the scale of a text, and the algebra that formulas are checked with."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.estimate.units import NAMES, ONE, UnitError, parse


@pytest.mark.parametrize(
    ("text", "scale", "dimension"),
    [
        ("1", 1, "1"),
        ("video_minute/day", 60 / 86400, "video_second/second"),
        ("video_minute/gpu/hour", 60 / 3600, "video_second/gpu/second"),
        ("gpu*second/clip", 1, "gpu*second/clip"),
        ("kilowatt/gpu", 1000, "watt/gpu"),
        ("usd/gpu/hour", 1 / 3600, "usd/gpu/second"),
        ("teraflop/second/gpu", 1e12, "flop/gpu/second"),
        ("gpu*month_30d", 30 * 86400, "gpu*second"),
        ("1/year", 1 / (365.2425 * 86400), "1/second"),
        ("token^2/minute^2", 1 / 3600, "token^2/second^2"),
        (" frame / video_second ", 1, "frame/video_second"),
    ],
)
def test_scale_and_dimension_by_hand(text: str, scale: float, dimension: str) -> None:
    unit = parse(text)
    assert unit.scale == pytest.approx(scale, rel=1e-15)
    assert unit.dimension == parse(dimension).dimension


def test_twelve_months_are_a_year_and_a_month_of_hardware_has_30_days() -> None:
    assert 12 * parse("month").scale == pytest.approx(parse("year").scale, rel=1e-15)
    assert parse("month_30d").scale == 720 * parse("hour").scale


@pytest.mark.parametrize(
    ("one", "other"),
    [("minute", "video_minute"), ("gpu", "clip"), ("frame", "token"), ("pixel", "1")],
)
def test_what_only_sounds_alike_is_something_else(one: str, other: str) -> None:
    assert parse(one).dimension != parse(other).dimension


def test_an_h100_equivalent_is_a_gpu() -> None:
    assert parse("H100e").dimension == parse("gpu").dimension


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("minutes", "'minutes'"),
        ("video_minute/dya", "'dya'"),
        ("gpu**hour", "''"),
        ("", "''"),
        ("gpu^0", "'gpu^0'"),
        ("2/year", "'2'"),
        ("gpu hour", "'gpu hour'"),
    ],
)
def test_what_is_no_unit_is_named(text: str, named: str) -> None:
    with pytest.raises(UnitError) as error:
        parse(text)
    assert str(error.value) == f"{named} is no unit"


factors = st.lists(
    st.tuples(st.sampled_from("*/"), st.sampled_from(NAMES), st.integers(1, 3)), max_size=6
)


def _text(given_: list[tuple[str, str, int]]) -> str:
    return "1" + "".join(f"{sign}{name}^{power}" for sign, name, power in given_)


@given(factors, factors)
def test_a_product_of_units_has_the_product_of_scales_and_of_dimensions(
    one: list[tuple[str, str, int]], other: list[tuple[str, str, int]]
) -> None:
    a, b = parse(_text(one)), parse(_text(other))
    both = parse(_text(one + other))
    assert both.dimension == a.dimension * b.dimension
    assert math.isclose(both.scale, a.scale * b.scale, rel_tol=1e-12)
    assert both.dimension / b.dimension == a.dimension


@given(factors)
def test_a_dimension_reads_back_from_how_it_is_written(given_: list[tuple[str, str, int]]) -> None:
    dimension = parse(_text(given_)).dimension
    assert dimension / dimension == ONE
    assert dimension**0 == ONE
    assert dimension**2 == dimension * dimension
    powers = [abs(power) for _, power in dimension.powers]
    if max(powers, default=0) <= 9:  # as many as a text may raise to
        assert parse(str(dimension)).dimension == dimension
