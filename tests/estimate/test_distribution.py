"""Distributions against closed forms, published tables and properties."""

import math
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.estimate.distribution import DISTRIBUTIONS, Distribution, ParameterError, build
from pipeline.estimate.normal import beta_table, cdf

Z = np.linspace(-8.0, 8.0, 4001)
EVEN = np.array([NormalDist().inv_cdf((i + 0.5) / 20000) for i in range(20000)])
"""Scores at equal steps of probability: a mean over them is a midpoint integral."""


def test_normal_cdf_is_that_of_the_standard_library() -> None:
    exact = np.array([0.5 * math.erfc(-z / math.sqrt(2)) for z in Z])
    assert np.abs(cdf(Z) - exact).max() < 2e-12
    assert np.abs(cdf(Z) / exact - 1).max() < 1e-8  # the far tail too


@pytest.mark.parametrize(
    ("alpha", "beta", "inverse"),
    [
        (1.0, 5.0, lambda below, above: 1 - above**0.2),
        (5.0, 1.0, lambda below, above: below**0.2),
        (1.0, 1.0, lambda below, above: below),
    ],
)
def test_beta_with_a_closed_inverse(alpha: float, beta: float, inverse: object) -> None:
    assert callable(inverse)
    below = np.array([0.5 * math.erfc(-z / math.sqrt(2)) for z in Z])
    above = np.array([0.5 * math.erfc(z / math.sqrt(2)) for z in Z])
    assert np.abs(beta_table(alpha, beta)(Z) - inverse(below, above)).max() < 1e-10


@pytest.mark.parametrize(("alpha", "beta"), [(2, 2), (2, 4), (3, 3), (4, 2)])
def test_beta_of_whole_shapes_is_a_binomial_tail(alpha: int, beta: int) -> None:
    """I_x(a, b) = P(Binomial(a + b - 1, x) >= a)."""
    n = alpha + beta - 1
    x = beta_table(float(alpha), float(beta))(Z)
    tail = sum(math.comb(n, k) * x**k * (1 - x) ** (n - k) for k in range(alpha, n + 1))
    exact = np.array([0.5 * math.erfc(-z / math.sqrt(2)) for z in Z])
    assert np.abs(tail - exact).max() < 1e-11


@pytest.mark.parametrize(
    ("alpha", "beta", "f_95"), [(2, 2, 6.3882), (2, 4, 3.8379), (3, 3, 4.2839)]
)
def test_beta_quantile_from_printed_tables_of_f(alpha: float, beta: float, f_95: float) -> None:
    """x = a F / (b + a F), F the 95 % point of F(2a, 2b) as statistical tables print it."""
    z_95 = np.array([NormalDist().inv_cdf(0.95)])
    printed = alpha * f_95 / (beta + alpha * f_95)
    assert beta_table(alpha, beta)(z_95)[0] == pytest.approx(printed, rel=2e-5)


@given(
    low=st.floats(-1e3, 1e3),
    left=st.floats(0, 1e3),
    right=st.floats(0.1, 1e3),
)
@settings(max_examples=25, deadline=None)
def test_pert_mean(low: float, left: float, right: float) -> None:
    mode, high = low + left, low + left + right
    pert = build("pert", {"low": low, "mode": mode, "high": high})
    mean = (low + 4 * mode + high) / 6
    assert pert.values(EVEN).mean() == pytest.approx(mean, abs=1e-6 * (high - low))


def test_triangular_closed_form() -> None:
    """Mean (a + b + c) / 3; a fifth of the probability lies below the mode here."""
    triangular = build("triangular", {"low": 1.0, "mode": 2.0, "high": 6.0})
    assert triangular.values(EVEN).mean() == pytest.approx(3.0, abs=1e-6)
    assert triangular.quantile(0.2) == pytest.approx(2.0, abs=1e-9)


def test_lognormal_mean_of_unit_sigma() -> None:
    lognormal = build("lognormal", {"median": 1.0, "gsd": math.e})
    z = np.linspace(-9, 9, 200001)
    weight = np.exp(-z * z / 2) / math.sqrt(2 * math.pi) * (z[1] - z[0])
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


def test_discrete_shares() -> None:
    steps = build("discrete", {"values": [24, 16], "weights": [1, 3]})
    assert (steps.values(EVEN) == 16).mean() == pytest.approx(0.75, abs=1e-9)
    assert steps.quantile(0.74) == 16
    assert steps.quantile(0.76) == 24


BOUNDED = {
    "uniform": ("low", "high"),
    "triangular": ("low", "mode", "high"),
    "pert": ("low", "mode", "high"),
}


@given(
    name=st.sampled_from(sorted(BOUNDED)),
    numbers=st.lists(st.floats(-1e6, 1e6), min_size=3, max_size=3, unique=True),
    scores=st.lists(st.floats(-40, 40), min_size=2, max_size=20),
)
@settings(max_examples=60, deadline=None)
def test_bounds_are_kept_and_order_too(
    name: str, numbers: list[float], scores: list[float]
) -> None:
    low, mode, high = sorted(numbers)
    given_ = dict(zip(("low", "mode", "high"), (low, mode, high), strict=True))
    made = build(name, {key: given_[key] for key in BOUNDED[name]})
    values = made.values(np.sort(np.array(scores)))
    assert values.min() >= low
    assert values.max() <= high
    assert (np.diff(values) >= -1e-9 * (high - low)).all()


@given(
    name=st.sampled_from(["lognormal", "logitnormal", "normal"]),
    low=st.floats(0.01, 0.5),
    width=st.floats(0.01, 0.4),
    scores=st.lists(st.floats(-8, 8), min_size=2, max_size=20),
)
@settings(max_examples=60, deadline=None)
def test_unbounded_ones_never_fall(
    name: str, low: float, width: float, scores: list[float]
) -> None:
    made = build(name, {"p05": low, "p95": low + width})
    values = made.values(np.sort(np.array(scores)))
    assert (np.diff(values) >= 0).all()
    if name == "logitnormal":
        assert (values > 0).all()
        assert (values < 1).all()


@pytest.mark.parametrize(
    ("name", "parameters", "problems"),
    [
        ("lognormal", {"p05": 0.8, "p95": 0.4}, [("p05", "needs 0 < p05 < p95, has 0.8 and 0.4")]),
        ("lognormal", {"p05": 0, "p95": 3e7}, [("p05", "needs 0 < p05 < p95, has 0 and 3e+07")]),
        ("lognormal", {"median": 1, "gsd": 1}, [("gsd", "needs gsd > 1, has 1")]),
        (
            "logitnormal",
            {"p05": 0.2, "p95": 1},
            [("p05", "needs 0 < p05 < p95 < 1, has 0.2 and 1")],
        ),
        ("uniform", {"low": 2, "high": 2}, [("low", "needs low < high, has 2 and 2")]),
        (
            "pert",
            {"low": 0, "mode": 3, "high": 2},
            [("low", "needs low <= mode <= high and low < high, has 0 and 3 and 2")],
        ),
        ("normal", {"mean": 0, "sd": -1}, [("sd", "needs sd > 0, has -1")]),
        (
            "lognormal",
            {"p05": 1, "p90": 2},
            [("dist", "lognormal takes p05, p95 or p10, p90 or median, gsd; given: p05, p90")],
        ),
        ("point", {}, [("dist", "point takes value; given: nothing")]),
        (
            "point",
            {"value": 1, "p05": 2},
            [("p05", "not a parameter of point; it takes value")],
        ),
        ("point", {"value": "1"}, [("value", "is not a finite number: '1'")]),
        ("point", {"value": True}, [("value", "is not a finite number: True")]),
        ("point", {"value": math.nan}, [("value", "is not a finite number: nan")]),
        (
            "discrete",
            {"values": [1, "x"], "weights": 3},
            [
                ("values", "is not a list of finite numbers: [1, 'x']"),
                ("weights", "is not a list of finite numbers: 3"),
            ],
        ),
        (
            "discrete",
            {"values": [1, 2], "weights": [1]},
            [("weights", "needs 2 weights, none below 0 and not all 0")],
        ),
        (
            "discrete",
            {"values": [1, 1], "weights": [1, 1]},
            [("values", "needs at least one number, none twice")],
        ),
    ],
)
def test_parameters_that_make_nothing(
    name: str, parameters: dict[str, object], problems: list[tuple[str, str]]
) -> None:
    with pytest.raises(ParameterError) as error:
        build(name, parameters)
    assert list(error.value.problems) == problems


def test_the_registry_knows_each_by_its_own_name() -> None:
    assert all(issubclass(kind, Distribution) for kind in DISTRIBUTIONS.values())
    assert all(name == kind.name for name, kind in DISTRIBUTIONS.items())
    assert set(DISTRIBUTIONS) == {
        "point",
        "lognormal",
        "normal",
        "logitnormal",
        "uniform",
        "triangular",
        "pert",
        "discrete",
    }
