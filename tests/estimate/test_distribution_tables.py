"""Distributions given by lists and tables: exact atoms, order, hand-made examples."""

import math
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.optimize import brentq

from pipeline.estimate.distribution import Milestones, build

EVEN = stats.norm.ppf((np.arange(20000) + 0.5) / 20000)


def test_discrete_shares() -> None:
    steps = build("discrete", {"values": [24, 16], "weights": [1, 3]})
    assert (steps.values(EVEN) == 16).mean() == pytest.approx(0.75, abs=1e-9)
    assert steps.quantile(0.74) == 16
    assert steps.quantile(0.76) == 24
    np.testing.assert_array_equal(
        steps.cdf(np.array([15.9, 16.0, 23.9, 24.0, 99.0])), [0, 0.75, 0.75, 1, 1]
    )


def test_choices_of_weight_0_never_come() -> None:
    steps = build("discrete", {"values": [1, 2, 3], "weights": [0, 5, 0]})
    assert set(steps.values(np.array([-40.0, 0.0, 40.0]))) == {2.0}


@pytest.mark.parametrize(
    "quantiles",
    [
        {"p05": 2.0, "p50": 3.0, "p95": 9.0},
        {"p10": 0.1, "p50": 0.5, "p90": 0.6},
        {"p05": 1.0, "p25": 1.1, "p50": 4.0, "p75": 5.0, "p95": 900.0},
    ],
)
def test_given_quantiles_come_back(quantiles: dict[str, object]) -> None:
    made = build("quantiles", quantiles)
    for name, value in quantiles.items():
        assert made.quantile(int(name[1:]) / 100) == pytest.approx(value, rel=1e-12)


def test_three_quantiles_are_a_lognormal_on_either_side_of_the_median() -> None:
    made = build("quantiles", {"p05": 2, "p50": 3, "p95": 9})
    z_95 = stats.norm.ppf(0.95)
    for share, sigma in ((0.001, math.log(3 / 2) / z_95), (0.999, math.log(9 / 3) / z_95)):
        exact = stats.lognorm(sigma, scale=3).ppf(share)
        assert made.quantile(share) == pytest.approx(exact, rel=1e-12)
        assert made.cdf(np.array([exact]))[0] == pytest.approx(share, rel=1e-12)
    np.testing.assert_array_equal(made.cdf(np.array([-1.0, 0.0])), [0, 0])


def test_five_quantiles_are_log_linear_between_scores() -> None:
    made = build("quantiles", {"p05": 1, "p25": 2, "p50": 8, "p75": 9, "p95": 10})
    z_25 = stats.norm.ppf(0.25)
    assert made.values(np.array([z_25 / 2]))[0] == pytest.approx(4, rel=1e-12)
    beyond = stats.norm.ppf(0.05) * 2 - z_25
    assert made.values(np.array([beyond]))[0] == pytest.approx(0.5, rel=1e-12)


def test_mixture_of_lognormals_against_a_root_finder() -> None:
    parts = [
        {"dist": "lognormal", "p05": 1, "p95": 2},
        {"dist": "lognormal", "p05": 30, "p95": 5000},
    ]
    made = build("mixture", {"of": parts, "weights": [7, 3]})
    z_90 = 2 * stats.norm.ppf(0.95)
    known = [
        stats.lognorm(math.log(2) / z_90, scale=math.sqrt(2)),
        stats.lognorm(math.log(5000 / 30) / z_90, scale=math.sqrt(150000)),
    ]
    for share in (0.01, 0.3, 0.69, 0.71, 0.9, 0.99):
        exact = brentq(
            lambda x, p=share: 0.7 * known[0].cdf(x) + 0.3 * known[1].cdf(x) - p,
            *(1e-3, 1e6),
            xtol=1e-13,
            rtol=1e-14,
        )
        assert made.quantile(share) == pytest.approx(exact, rel=1e-11)
    mean = 0.7 * known[0].mean() + 0.3 * known[1].mean()
    z = np.linspace(-8, 8, 40001)
    weight = stats.norm.pdf(z) * (z[1] - z[0])
    assert (made.values(z) * weight).sum() == pytest.approx(mean, rel=1e-5)


def test_mixture_of_one_is_that_one() -> None:
    one = {"dist": "normal", "mean": -1, "sd": 3}
    made = build("mixture", {"of": [one], "weights": [2]})
    np.testing.assert_array_equal(
        made.values(EVEN), build("normal", {"mean": -1, "sd": 3}).values(EVEN)
    )


def test_atoms_of_a_mixture_come_out_exactly() -> None:
    """A fifth is 0, a fifth 0.1 or 0.3; the rest is spread over them on both sides."""
    parts = [
        {"dist": "point", "value": 0},
        {"dist": "discrete", "values": [0.1, 0.3], "weights": [1, 3]},
        {"dist": "normal", "mean": 0, "sd": 1},
    ]
    made = build("mixture", {"of": parts, "weights": [1, 1, 3]})
    values = made.values(EVEN)
    for atom, share in ((0.0, 0.2), (0.1, 0.05), (0.3, 0.15)):
        assert (values == atom).mean() == pytest.approx(share, abs=1e-4)
    assert made.quantile(0.3 + 1e-9) == 0
    assert made.quantile(0.5 - 1e-9) == 0
    assert made.quantile(0.3 - 1e-9) < 0
    assert made.quantile(0.5 + 1e-9) > 0


def test_mixture_skips_what_lies_between_its_components() -> None:
    parts = [{"dist": "uniform", "low": 0, "high": 1}, {"dist": "point", "value": 1e9}]
    made = build("mixture", {"of": parts, "weights": [1, 1]})
    assert made.quantile(0.25) == pytest.approx(0.5, rel=1e-12)
    assert made.quantile(0.5 + 1e-12) == 1e9


@given(
    values=st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=30),
    shuffle=st.randoms(use_true_random=False),
)
@settings(max_examples=60, deadline=None)
def test_empirical_needs_no_order(values: list[float], shuffle: object) -> None:
    shuffled = sorted(values, key=lambda _: shuffle.random())  # type: ignore[attr-defined]
    first, second = (build("empirical", {"values": given_}) for given_ in (values, shuffled))
    assert first == second
    np.testing.assert_array_equal(first.values(EVEN[::50]), second.values(EVEN[::50]))


@given(values=st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=30))
@settings(max_examples=60, deadline=None)
def test_empirical_is_the_hazen_quantile_of_numpy(values: list[float]) -> None:
    shares = np.linspace(0.001, 0.999, 97)
    found = build("empirical", {"values": values}).values(stats.norm.ppf(shares))
    exact = np.quantile(values, shares, method="hazen")
    np.testing.assert_allclose(found, exact, rtol=1e-9, atol=1e-8)


def test_empirical_by_hand() -> None:
    made = build("empirical", {"values": [30, 10, 20, 20]})
    assert made.quantile(0.01) == 10
    assert made.quantile(0.25) == pytest.approx(15)
    assert made.quantile(0.5) == 20
    assert made.quantile(0.75) == pytest.approx(25)
    assert made.quantile(0.99) == 30
    np.testing.assert_allclose(
        made.cdf(np.array([9.9, 10, 15, 20, 25, 30, 31])), [0, 0.125, 0.25, 0.625, 0.75, 1, 1]
    )


def test_milestones_by_hand() -> None:
    made = build("milestones", {"values": {"2027-07": 0.4, "2024": 0.1}})
    assert isinstance(made, Milestones)
    assert made.at(date(2024, 1, 1)) == 0.1
    assert made.at(date(2027, 7, 1)) == 0.4
    assert made.at(date(1999, 1, 1)) == 0.1
    assert made.at(date(2040, 1, 1)) == 0.4
    # 1,277 days from 2024-01-01 to 2027-07-01, 366 of them to 2025-01-01.
    assert made.at(date(2025, 1, 1)) == pytest.approx(0.1 * 4 ** (366 / 1277), rel=1e-12)


def test_one_milestone_is_a_constant() -> None:
    made = build("milestones", {"values": {"2024": 3}})
    assert isinstance(made, Milestones)
    assert {made.at(date(year, 5, 5)) for year in (2000, 2024, 2050)} == {3.0}


def test_milestones_without_a_day() -> None:
    made = build("milestones", {"values": {"2024": 3}})
    with pytest.raises(TypeError, match="use at"):
        made.values(EVEN)
    with pytest.raises(TypeError, match="use at"):
        made.quantile(0.5)
    with pytest.raises(TypeError, match="use at"):
        made.cdf(EVEN)
