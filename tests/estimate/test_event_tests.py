"""The tests of an event against numbers worked out by hand, and against one another."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats

from pipeline.estimate import event_tests
from pipeline.estimate.event_tests import NONE

NAN = math.nan


def test_the_plain_test_by_hand() -> None:
    # Mean 2, standard deviation 1, three tokens: 2 x sqrt(3), with 2 degrees of freedom.
    found = event_tests.cross_sectional(np.array([1.0, 2.0, 3.0]))
    assert found.statistic == pytest.approx(2 * math.sqrt(3))
    # P(|T| > t) with 2 degrees of freedom is 1 - t / sqrt(t^2 + 2).
    assert found.p == pytest.approx(1 - math.sqrt(12 / 14))


@given(st.lists(st.floats(-1, 1), min_size=3, max_size=30))
def test_the_plain_test_is_students(values: list[float]) -> None:
    array = np.array(values)
    if np.std(array) > 1e-9:
        other = stats.ttest_1samp(array, 0)
        found = event_tests.cross_sectional(array)
        assert found.statistic == pytest.approx(other.statistic)
        assert found.p == pytest.approx(other.pvalue, abs=1e-12)


@pytest.mark.parametrize("values", [[], [1.0], [0.5, 0.5]])
def test_without_a_spread_there_is_no_test(values: list[float]) -> None:
    assert event_tests.cross_sectional(np.array(values)) is NONE


def test_the_adjustment_by_hand() -> None:
    plain = event_tests.cross_sectional(np.array([1.0, 2.0, 3.0]))
    # (1 - 1/2) / (1 + 2 x 1/2) is 1/4.
    found = event_tests.adjusted(plain, 3, 0.5)
    assert found.statistic == pytest.approx(plain.statistic / 2)
    assert found.p > plain.p
    assert event_tests.adjusted(plain, 3, 0.0).statistic == pytest.approx(plain.statistic)
    for correlation in (1.0, -0.5, NAN):
        assert event_tests.adjusted(plain, 3, correlation) is NONE


def test_mean_correlation_is_that_of_all_pairs() -> None:
    random = np.random.default_rng(5)
    made = random.standard_normal((60, 6)) + random.standard_normal((60, 1))
    every: NDArray[np.float64] = np.asarray(np.corrcoef(made.T))
    pairs = every[np.triu_indices(6, 1)]
    assert event_tests.mean_correlation(made) == pytest.approx(pairs.mean())
    made[5:30, 1] = np.nan
    made[20:40, 4] = np.nan
    found = []
    for i in range(6):
        for j in range(i):
            known = np.isfinite(made[:, i]) & np.isfinite(made[:, j])
            found.append(np.asarray(np.corrcoef(made[known, i], made[known, j]))[0, 1])
    assert event_tests.mean_correlation(made) == pytest.approx(np.mean(found))
    assert math.isnan(event_tests.mean_correlation(made[:, :1]))


def test_the_rank_test_by_hand() -> None:
    # Ranks 1 2 3 | 4 and 3 2 1 | 4 of four: U = K / 5 - 1/2. Sums over both tokens: -0.2, -0.2,
    # -0.2 | 0.6, over sqrt(2); mean square 0.06; 0.6 / sqrt(2) / sqrt(0.06) is sqrt(3).
    estimation = np.array([[1.0, 3.0], [2.0, 2.0], [3.0, 1.0]])
    found = event_tests.rank(estimation, np.array([[4.0, 9.0]]))
    assert found.statistic == pytest.approx(math.sqrt(3))
    assert found.p == pytest.approx(2 * stats.norm.sf(math.sqrt(3)))


def test_the_rank_test_with_a_missing_day_by_hand() -> None:
    # The second token has three days: U of 2 1 | 3 over 4 is 0, -1/4 | 1/4. Days: -0.3 / sqrt(2),
    # -0.1, -0.15 / sqrt(2) | 0.55 / sqrt(2); mean square (0.045 + 0.01 + 0.01125 + 0.15125) / 4.
    estimation = np.array([[1.0, 3.0], [2.0, NAN], [3.0, 1.0]])
    found = event_tests.rank(estimation, np.array([[4.0, 9.0]]))
    assert found.statistic == pytest.approx(0.55 / math.sqrt(2) / math.sqrt(0.054375))


def test_the_rank_test_of_two_days_by_hand() -> None:
    # One token, ranks 1 2 | 3 4: U -0.3, -0.1 | 0.1, 0.3; mean square 0.05.
    found = event_tests.rank(np.array([[1.0], [2.0]]), np.array([[3.0], [4.0]]))
    assert found.statistic == pytest.approx(0.4 / math.sqrt(2) / math.sqrt(0.05))


def test_the_rank_test_knows_no_sizes() -> None:
    random = np.random.default_rng(6)
    days = random.standard_normal((50, 4))
    found = event_tests.rank(days[:45], days[45:])
    assert event_tests.rank(np.exp(days[:45]), np.exp(days[45:])) == found
    same = np.ones((5, 2))
    assert event_tests.rank(same, same[:1]) is NONE


def test_tokens_are_drawn_with_their_own_scatter() -> None:
    random = np.random.default_rng(7)
    cars = random.standard_normal(400)
    low, high = event_tests.token_interval(cars, 4000, random)
    half = stats.norm.ppf(0.95) * np.std(cars) / 20
    assert low == pytest.approx(cars.mean() - half, abs=half / 10)
    assert high == pytest.approx(cars.mean() + half, abs=half / 10)


def test_days_without_an_event_scatter_as_far_as_a_forecast_does() -> None:
    # Of one token with independent residuals: sigma sqrt(L + L^2 / n + ...), as for any forecast.
    random = np.random.default_rng(8)
    market = random.standard_normal(110)
    residuals = random.standard_normal((110, 1))
    design = np.column_stack([np.ones(110), market])
    residuals -= design @ np.linalg.lstsq(design, residuals, rcond=None)[0]
    sigma = math.sqrt(float((residuals**2).sum()) / 108)
    ahead = np.full(30, 0.4)
    made = event_tests.without_event(residuals, market, ahead, 20_000, random).sum(axis=1)
    squares = float(((market - market.mean()) ** 2).sum())
    off = 30 * (0.4 - market.mean())
    assert made.std() == pytest.approx(
        sigma * math.sqrt(30 + 30**2 / 110 + off**2 / squares), rel=0.03
    )
    assert made.mean() == pytest.approx(0, abs=0.2)


def test_days_are_drawn_whole_so_that_correlation_stays() -> None:
    random = np.random.default_rng(9)
    market, shared = random.standard_normal(110), random.standard_normal((110, 1))
    alike = np.repeat(shared, 25, axis=1)
    apart = random.standard_normal((110, 25))
    spreads = [
        event_tests.without_event(each, market, np.zeros(5), 2000, random).sum(axis=1).std()
        for each in (shared, alike, apart)
    ]
    assert spreads[1] == pytest.approx(spreads[0], rel=0.1)
    assert spreads[2] == pytest.approx(spreads[0] / 5, rel=0.3)
