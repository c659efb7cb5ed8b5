"""The market model against least squares by another hand, and against itself day by day."""

from __future__ import annotations

import numpy as np
import pytest
from statsmodels.api import OLS, add_constant

from pipeline.estimate.market_model import RollingModel, fit
from tests.estimate.event_world import world  # noqa: TID251 - its closes


@pytest.fixture
def returns() -> tuple[np.ndarray, np.ndarray]:
    """Tokens with holes, and the market with one."""
    made = world(n=5, days=130).returns[1:]
    made[3:40, 2] = np.nan
    made[7, 0] = np.nan
    return made[:, 1:], made[:, 0]


def test_each_token_is_fitted_as_by_statsmodels(returns: tuple[np.ndarray, np.ndarray]) -> None:
    tokens, market = returns
    found = fit(tokens[:110], market[:110])
    for i in range(tokens.shape[1]):
        known = np.isfinite(tokens[:110, i]) & np.isfinite(market[:110])
        other = OLS(tokens[:110][known, i], add_constant(market[:110][known])).fit()
        assert found.n[i] == other.nobs
        assert [found.alpha[i], found.beta[i]] == pytest.approx(list(other.params))
        assert found.r2[i] == pytest.approx(other.rsquared)
        assert found.sigma[i] == pytest.approx(np.sqrt(other.mse_resid))
        assert found.residuals[known, i] == pytest.approx(other.resid)
        # Of the sum of five days: their own scatter, and that of the line at these days.
        ahead = add_constant(market[115:120], has_constant="add")
        of_line = ahead.sum(axis=0) @ other.cov_params() @ ahead.sum(axis=0)
        error = np.sqrt(5 * other.mse_resid + of_line)
        assert found.error(market[115:120])[i] == pytest.approx(error)


def test_a_day_that_one_side_lacks_counts_on_neither(
    returns: tuple[np.ndarray, np.ndarray],
) -> None:
    tokens, market = returns
    without = market.copy()
    without[20] = np.nan
    found, other = fit(tokens, without), fit(np.delete(tokens, 20, 0), np.delete(market, 20))
    assert found.beta == pytest.approx(other.beta)
    assert np.isnan(found.residuals[20]).all()


def test_what_never_moves_has_no_fit() -> None:
    flat, moving = np.zeros(100), world(n=1, days=100).returns[1:, 0]
    assert np.isnan(fit(moving[:, None], flat).beta).all()
    assert np.isnan(fit(flat[:, None], moving).beta).all()
    assert np.isnan(fit(flat[:, None], moving).r2).all()
    assert np.isnan(fit(np.full((100, 1), np.nan), moving).beta).all()


def test_running_sums_are_the_fit_of_each_day(returns: tuple[np.ndarray, np.ndarray]) -> None:
    tokens, market = returns
    zeros = np.array([70, 90, 110])
    model = RollingModel(tokens, market, np.arange(60, 121), (-80, -11), slice(0))
    found = model.cars(zeros, (-1, 4), 40)
    for row, zero in zip(found, zeros, strict=True):
        first = max(zero - 80, 0)
        one = fit(tokens[first : zero - 10], market[first : zero - 10])
        window = slice(zero - 1, zero + 5)
        cars = one.abnormal(tokens[window], market[window]).sum(axis=0)
        assert row == pytest.approx(np.where(one.n >= 40, cars, np.nan), nan_ok=True)
    # Token 1 has 23 of the 60 returns before the first day, and enough before the others.
    assert np.isnan(found[:, 1]).tolist() == [True, False, False]
