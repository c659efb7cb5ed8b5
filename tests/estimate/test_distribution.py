"""Every distribution against scipy's own of that name, and the rules that all keep."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from pipeline.estimate.distribution import DISTRIBUTIONS, Distribution, build
from pipeline.estimate.normal import FloatArray

Z = np.linspace(-6.0, 6.0, 2001)
EVEN = stats.norm.ppf((np.arange(20000) + 0.5) / 20000)
"""Scores at equal steps of probability: a mean over them is a midpoint integral."""


def expected(reference: Any) -> FloatArray:
    """A scipy distribution's values at Z, the upper half from its survival function."""
    upper = Z > 0
    values: FloatArray = np.where(
        upper, reference.isf(stats.norm.sf(Z)), reference.ppf(stats.norm.cdf(Z))
    )
    return values


REFERENCES: list[tuple[str, dict[str, object], Any]] = [
    ("normal", {"mean": -3, "sd": 2}, stats.norm(-3, 2)),
    ("lognormal", {"median": 5, "gsd": math.e}, stats.lognorm(1, scale=5)),
    ("uniform", {"low": -1, "high": 4}, stats.uniform(-1, 5)),
    ("loguniform", {"low": 0.01, "high": 300}, stats.loguniform(0.01, 300)),
    ("triangular", {"low": 1, "mode": 2, "high": 6}, stats.triang(0.2, 1, 5)),
    ("triangular", {"low": 1, "mode": 1, "high": 6}, stats.triang(0, 1, 5)),
    ("triangular", {"low": 1, "mode": 6, "high": 6}, stats.triang(1, 1, 5)),
    ("pert", {"low": 0.02, "mode": 0.1, "high": 0.5}, stats.beta(5 / 3, 13 / 3, 0.02, 0.48)),
    ("pert", {"low": -2, "mode": -2, "high": 2}, stats.beta(1, 5, -2, 4)),
    ("beta", {"alpha": 2, "beta": 7}, stats.beta(2, 7)),
    ("beta", {"alpha": 0.5, "beta": 0.5}, stats.beta(0.5, 0.5)),
    ("beta", {"alpha": 0.1, "beta": 3}, stats.beta(0.1, 3)),
    ("beta", {"alpha": 0.03, "beta": 0.7}, stats.beta(0.03, 0.7)),
    ("beta", {"alpha": 5e4, "beta": 2e5}, stats.beta(5e4, 2e5)),
    ("beta", {"alpha": 3, "beta": 0.4, "low": 10, "high": 20}, stats.beta(3, 0.4, 10, 10)),
]


@pytest.mark.parametrize(("name", "parameters", "reference"), REFERENCES)
def test_quantiles_are_those_of_scipy(
    name: str, parameters: dict[str, object], reference: Any
) -> None:
    values = build(name, parameters).values(Z)
    np.testing.assert_allclose(values, expected(reference), rtol=1e-5, atol=1e-9)


@pytest.mark.parametrize(("name", "parameters", "reference"), REFERENCES)
def test_distribution_functions_are_those_of_scipy(
    name: str, parameters: dict[str, object], reference: Any
) -> None:
    low, high = reference.ppf([0.001, 0.999])
    values = np.linspace(low - 0.5 * (high - low), high + 0.5 * (high - low), 501)
    found = build(name, parameters).cdf(values)
    np.testing.assert_allclose(found, reference.cdf(values), rtol=1e-12, atol=1e-14)


def test_logitnormal_is_a_normal_of_the_log_odds() -> None:
    made = build("logitnormal", {"p05": 0.2, "p95": 0.7})
    low, high = math.log(0.2 / 0.8), math.log(0.7 / 0.3)
    odds = stats.norm((low + high) / 2, (high - low) / 2 / stats.norm.ppf(0.95))
    values = made.values(Z)
    np.testing.assert_allclose(np.log(values / (1 - values)), expected(odds), rtol=1e-10)
    shares = np.array([-1.0, 0.0, 0.2, 0.7, 1.0, 2.0])
    np.testing.assert_allclose(made.cdf(shares), [0, 0, 0.05, 0.95, 1, 1], rtol=1e-14)


@pytest.mark.parametrize("alpha", [0.1, 0.3, 1.0, 2.5, 40.0])
@pytest.mark.parametrize("beta", [0.1, 0.6, 1.0, 3.0, 900.0])
def test_beta_keeps_both_tails(alpha: float, beta: float) -> None:
    """The same from either end, and relative to the distance from it."""
    scores = np.linspace(-4.0, 4.0, 1234)
    values = build("beta", {"alpha": alpha, "beta": beta}).values(scores)
    mirrored = build("beta", {"alpha": beta, "beta": alpha}).values(-scores)
    np.testing.assert_allclose(values, 1 - mirrored, atol=1e-8)
    lower = scores < 0
    exact = stats.beta(alpha, beta).ppf(stats.norm.cdf(scores[lower]))
    np.testing.assert_allclose(values[lower], exact, rtol=1e-5, atol=1e-300)


@pytest.mark.parametrize(
    ("alpha", "beta"),
    [
        (1.01, 0.35),  # where scipy's betaincinv alone is not a number below 1e-16
        *((0.005, 0.08), (0.01, 0.3), (0.02, 40.0)),  # and where it is wrong by a hundredth
        *((5.7, 2e4), (225.0, 103.0), (28.0, 0.07)),
    ],
)
def test_beta_of_shapes_that_are_hard(alpha: float, beta: float) -> None:
    scores = np.linspace(-9.0, 9.0, 1801)
    values = build("beta", {"alpha": alpha, "beta": beta}).values(scores)
    assert (np.diff(values) >= 0).all()
    resolved = (np.abs(scores) < 4) & (values > 1e-290) & (values < 0.999)
    share = stats.beta(alpha, beta).cdf(values[resolved])
    np.testing.assert_allclose(share, stats.norm.cdf(scores[resolved]), rtol=1e-6)


@pytest.mark.parametrize(("alpha", "beta"), [(1, 5), (5, 1), (1, 1), (3, 3), (5 / 3, 13 / 3)])
def test_beta_of_a_pert_to_the_last_digits(alpha: float, beta: float) -> None:
    scores = np.linspace(-8.0, 8.0, 4001)
    share = stats.beta(alpha, beta).cdf(
        build("beta", {"alpha": alpha, "beta": beta}).values(scores)
    )
    np.testing.assert_allclose(share, stats.norm.cdf(scores), atol=1e-11)


@pytest.mark.parametrize(
    ("alpha", "beta", "f_95"), [(2, 2, 6.3882), (2, 4, 3.8379), (3, 3, 4.2839)]
)
def test_beta_quantile_from_printed_tables_of_f(alpha: float, beta: float, f_95: float) -> None:
    """x = a F / (b + a F), F the 95 % point of F(2a, 2b) as statistical tables print it."""
    printed = alpha * f_95 / (beta + alpha * f_95)
    made = build("beta", {"alpha": alpha, "beta": beta})
    assert made.quantile(0.95) == pytest.approx(printed, rel=2e-5)


@given(
    low=st.floats(-1e3, 1e3),
    left=st.floats(0, 1e3),
    right=st.floats(0.1, 1e3),
)
@settings(max_examples=25, deadline=None)
def test_means_of_pert_and_triangular(low: float, left: float, right: float) -> None:
    mode, high = low + left, low + left + right
    bounds = {"low": low, "mode": mode, "high": high}
    near = 1e-6 * (high - low)
    pert, triangular = build("pert", bounds), build("triangular", bounds)
    assert pert.values(EVEN).mean() == pytest.approx((low + 4 * mode + high) / 6, abs=near)
    assert triangular.values(EVEN).mean() == pytest.approx((low + mode + high) / 3, abs=near)


def test_lognormal_mean_of_unit_sigma() -> None:
    lognormal = build("lognormal", {"median": 1.0, "gsd": math.e})
    z = np.linspace(-9, 9, 200001)
    weight = stats.norm.pdf(z) * (z[1] - z[0])
    assert (lognormal.values(z) * weight).sum() == pytest.approx(math.exp(0.5), rel=1e-9)


@pytest.mark.parametrize("name", ["lognormal", "normal", "logitnormal"])
@pytest.mark.parametrize(("low", "high"), [(5, 95), (10, 90)])
def test_given_percentiles_come_back(name: str, low: int, high: int) -> None:
    made = build(name, {f"p{low:02d}": 0.16, f"p{high}": 0.7})
    assert made.quantile(low / 100) == pytest.approx(0.16, rel=1e-12)
    assert made.quantile(high / 100) == pytest.approx(0.7, rel=1e-12)


def test_direct_throughput_has_the_geometric_mean_as_median() -> None:
    assert build("lognormal", {"p05": 0.16, "p95": 7}).quantile(0.5) == pytest.approx(
        math.sqrt(0.16 * 7), rel=1e-12
    )


def rising(count: int, low: float, high: float) -> st.SearchStrategy[list[float]]:
    """So many numbers, each clearly above the one before."""
    gaps = st.lists(st.floats(0.01, 1), min_size=count + 1, max_size=count + 1)
    return gaps.map(
        lambda sizes: [low + (high - low) * sum(sizes[: i + 1]) / sum(sizes) for i in range(count)]
    )


def table(*names: str, low: float, high: float) -> st.SearchStrategy[dict[str, object]]:
    return rising(len(names), low, high).map(lambda found: dict(zip(names, found, strict=True)))


CONTINUOUS = st.one_of(
    st.tuples(st.just("normal"), table("p05", "p95", low=-1e3, high=1e3)),
    st.tuples(st.just("lognormal"), table("p10", "p90", low=0.0, high=1e3)),
    st.tuples(st.just("logitnormal"), table("p05", "p95", low=0.0, high=1.0)),
    st.tuples(st.just("uniform"), table("low", "high", low=-1e3, high=1e3)),
    st.tuples(st.just("loguniform"), table("low", "high", low=0.0, high=1e3)),
    st.tuples(
        st.sampled_from(["pert", "triangular"]), table("low", "mode", "high", low=-50.0, high=1e3)
    ),
    st.tuples(
        st.just("beta"),
        st.fixed_dictionaries({"alpha": st.floats(0.2, 50), "beta": st.floats(0.2, 50)}),
    ),
    st.tuples(st.just("quantiles"), table("p05", "p50", "p95", low=0.0, high=1e3)),
    st.tuples(st.just("quantiles"), table("p05", "p25", "p50", "p75", "p95", low=0.0, high=9.0)),
)
ATOMS = st.one_of(
    st.tuples(st.just("point"), st.fixed_dictionaries({"value": st.floats(-1e3, 1e3)})),
    st.tuples(
        st.just("discrete"),
        rising(3, -1e3, 1e3).map(lambda found: {"values": found, "weights": [1, 2, 3]}),
    ),
    st.tuples(
        st.just("empirical"),
        st.fixed_dictionaries(
            {"values": st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=9)},
        ),
    ),
)
COMPONENT = st.one_of(CONTINUOUS, ATOMS)
MIXTURE = st.lists(st.tuples(COMPONENT, st.floats(0.1, 9)), min_size=1, max_size=4).map(
    lambda parts: (
        "mixture",
        {
            "of": [{"dist": name, **parameters} for (name, parameters), _ in parts],
            "weights": [weight for _, weight in parts],
        },
    )
)


@given(made=CONTINUOUS.map(lambda given_: build(*given_)), share=st.floats(0.001, 0.999))
@settings(max_examples=200, deadline=None)
def test_distribution_function_undoes_the_quantile(made: Distribution, share: float) -> None:
    value = np.array([made.quantile(share)])
    assert made.cdf(value)[0] == pytest.approx(share, rel=1e-6)


@given(
    made=st.one_of(COMPONENT, MIXTURE).map(lambda given_: build(*given_)),
    shares=st.lists(st.floats(1e-6, 1 - 1e-6), min_size=2, max_size=20),
)
@settings(max_examples=200, deadline=None)
def test_quantiles_never_fall_and_reach_their_probability(
    made: Distribution, shares: list[float]
) -> None:
    shares = sorted(shares)
    values = made.values(stats.norm.ppf(shares))
    slack = 1e-12 * np.abs(values).max()
    assert (np.diff(values) >= -slack).all()
    reached = made.cdf(np.nextafter(values + slack, np.inf))
    assert (reached >= np.array(shares) * (1 - 1e-6) - 1e-9).all()


BOUNDED = ("uniform", "triangular", "pert")


@given(
    name=st.sampled_from(BOUNDED),
    bounds=st.lists(st.floats(-1e6, 1e6), min_size=3, max_size=3, unique=True).map(sorted),
    scores=st.lists(st.floats(-40, 40), min_size=2, max_size=20).map(sorted),
)
@settings(max_examples=60, deadline=None)
def test_bounds_are_kept(name: str, bounds: list[float], scores: list[float]) -> None:
    takes = DISTRIBUTIONS[name].forms[0]
    low, mode, high = bounds
    named = {"low": low, "mode": mode, "high": high}
    values = build(name, {key: named[key] for key in takes}).values(np.array(scores))
    assert values.min() >= low
    assert values.max() <= high
    assert (np.diff(values) >= -1e-9 * (high - low)).all()


@given(alpha=st.floats(1e-3, 1e4), beta=st.floats(1e-3, 1e4), power=st.floats(-300, 300))
@settings(max_examples=60, deadline=None)
def test_beta_and_loguniform_stay_inside(alpha: float, beta: float, power: float) -> None:
    scores = np.linspace(-40.0, 40.0, 99)
    values = build("beta", {"alpha": alpha, "beta": beta}).values(scores)
    assert ((values >= 0) & (values <= 1)).all()
    low = 10.0**power
    values = build("loguniform", {"low": low, "high": 1e3 * low}).values(scores)
    assert ((values >= low) & (values <= 1e3 * low)).all()
    assert (np.diff(values) >= 0).all()


def test_only_what_needs_no_draw_is_certain() -> None:
    certain = {name for name, kind in DISTRIBUTIONS.items() if kind.is_certain}
    assert certain == {"point", "milestones"}


def test_the_registry_knows_each_by_its_own_name() -> None:
    assert all(issubclass(kind, Distribution) for kind in DISTRIBUTIONS.values())
    assert all(name == kind.name for name, kind in DISTRIBUTIONS.items())
    assert set(DISTRIBUTIONS) == {
        *("point", "lognormal", "normal", "logitnormal", "uniform", "loguniform", "triangular"),
        *("pert", "beta", "discrete", "quantiles", "mixture", "empirical", "milestones"),
    }
