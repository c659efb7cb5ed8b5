"""Draws and quantiles against closed forms; streams that do not disturb one another."""

import math
from statistics import NormalDist

import numpy as np
import pytest

from pipeline.estimate.distribution import build
from pipeline.estimate.sampling import BLOCK, draw, scores, summarise

DRAWS = 65536


def test_another_input_leaves_all_other_draws_bit_identical() -> None:
    two = {
        "uploads": build("lognormal", {"p05": 1, "p95": 3}),
        "share": build("pert", {"low": 0, "mode": 0.1, "high": 0.5}),
    }
    three = {"candidates": build("uniform", {"low": 1, "high": 4}), **two}
    before, after = draw(two, 7, 20000), draw(three, 7, 20000)
    for name in two:
        assert before[name].tobytes() == after[name].tobytes()


def test_more_draws_begin_with_the_same_ones() -> None:
    few, many = scores("uploads", 7, BLOCK + 5), scores("uploads", 7, 4 * BLOCK)
    assert few.tobytes() == many[: BLOCK + 5].tobytes()


def test_name_seed_and_replicate_each_change_the_stream() -> None:
    base = scores("uploads", 7, 2 * BLOCK)
    others = [scores("uplaods", 7, 2 * BLOCK), scores("uploads", 8, 2 * BLOCK)]
    for other in [*(o[:BLOCK] for o in others), base[BLOCK:]]:
        assert abs(np.corrcoef(base[:BLOCK], other)[0, 1]) < 4 / math.sqrt(BLOCK)


def test_product_and_quotient_of_six_lognormals() -> None:
    """ln of the result is normal with the summed variances."""
    gsds = [1.2, 1.5, 2.0, 1.1, 3.0, 1.7]
    inputs = {
        f"factor_{i}": build("lognormal", {"median": 1.0, "gsd": gsd}) for i, gsd in enumerate(gsds)
    }
    f = draw(inputs, 1, DRAWS)
    result = f["factor_0"] * f["factor_1"] * f["factor_2"] / f["factor_3"] / f["factor_4"]
    summary = summarise(result * f["factor_5"])
    sigma = math.sqrt(sum(math.log(gsd) ** 2 for gsd in gsds))
    for p, found in [(0.1, summary.p10), (0.5, summary.p50), (0.9, summary.p90)]:
        z = NormalDist().inv_cdf(p)
        density = NormalDist().pdf(z)
        se = sigma * math.sqrt(p * (1 - p) / DRAWS) / density
        assert math.log(found) == pytest.approx(z * sigma, abs=4 * se)


def test_sum_of_two_uniforms_has_its_p10_at_root_of_a_fifth() -> None:
    unit = build("uniform", {"low": 0, "high": 1})
    drawn = draw({"a": unit, "b": unit}, 3, DRAWS)
    assert summarise(drawn["a"] + drawn["b"]).p10 == pytest.approx(math.sqrt(0.2), abs=0.004)


def test_chance_that_one_lognormal_exceeds_another() -> None:
    """Phi of the difference over the root of the summed squares."""
    inputs = {
        "demand": build("lognormal", {"median": 0.7, "gsd": 1.5}),
        "supply": build("lognormal", {"median": 1.0, "gsd": 1.6}),
    }
    drawn = draw(inputs, 5, DRAWS)
    spread = math.hypot(math.log(1.5), math.log(1.6))
    exact = NormalDist().cdf(math.log(0.7) / spread)
    assert (drawn["demand"] > drawn["supply"]).mean() == pytest.approx(exact, abs=0.008)


def test_the_printed_standard_error_is_the_spread_over_seeds() -> None:
    lognormal = {"x": build("lognormal", {"median": 1.0, "gsd": 5.0})}
    found = [summarise(draw(lognormal, seed, 8192)["x"]) for seed in range(60)]
    spread = float(np.std([summary.p50 for summary in found], ddof=1))
    printed = float(np.mean([summary.se_p50 for summary in found]))
    assert printed == pytest.approx(spread, rel=0.35)
    # theory: 1.2533 sd of ln / sqrt(n), relative to the median
    assert printed == pytest.approx(1.2533 * math.log(5) / math.sqrt(8192), rel=0.1)


def test_quantiles_are_those_of_numpy() -> None:
    values = np.exp(scores("x", 1, 999))
    summary = summarise(values)
    given = [summary.p05, summary.p10, summary.p25, summary.p50]
    given += [summary.p75, summary.p90, summary.p95]
    exact = np.quantile(values, [0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95])
    assert given == pytest.approx(exact.tolist(), rel=1e-14)


def test_a_single_number_has_itself_as_every_quantile_and_no_error() -> None:
    summary = summarise(np.array([713333.25]))
    assert {summary.p05, summary.p25, summary.p50, summary.p95} == {713333.25}
    assert summary.se_p50 == 0
