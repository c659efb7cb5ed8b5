"""Simulations of small models against closed forms."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date
from statistics import NormalDist

import numpy as np
import pytest
from scipy import stats

from pipeline.errors import ScenarioError
from pipeline.estimate import simulation
from pipeline.estimate.distribution import Distribution, build
from pipeline.estimate.model import Overtaking, Paths
from pipeline.estimate.scenario import Scenario
from pipeline.estimate.simulation import MOST_DRAWS, simulate
from pipeline.estimate.summary import PROBABILITIES, Summary
from tests.estimate.toy import lognormal, point, toy, uniform  # noqa: TID251 - its vocabulary

DAY = date(2026, 1, 15)
Z = [NormalDist().inv_cdf(p) for p in PROBABILITIES]


def first(scenario: Scenario, output: str = "gpus_peak") -> Summary:
    return simulate(scenario, DAY, months=[0]).rows[0, output]


def assert_within_errors(found: Summary, exact: list[float]) -> None:
    """Within six standard errors, and what bins may add where those are tiny."""
    for value, expected, error in zip(found.quantiles, exact, found.errors, strict=True):
        assert abs(value - expected) < 6 * error + 3e-4 * expected


def ratio(x: Paths) -> None:
    x.gpus_peak = x.candidates * x.steps**2 / x.mfu


FACTORS = {"candidates": (2.0, 1.5), "steps": (30.0, 1.3), "mfu": (0.5, 1.2)}
"""Median and geometric standard deviation."""
SD = math.sqrt(math.log(1.5) ** 2 + (2 * math.log(1.3)) ** 2 + math.log(1.2) ** 2)
EXACT = [3600 * math.exp(SD * z) for z in Z]


def factors(**changed: Distribution) -> dict[str, Distribution]:
    return {name: lognormal(*given) for name, given in FACTORS.items()} | changed


def test_lognormals_that_only_multiply_need_no_draws() -> None:
    found = first(toy(ratio, factors()))
    assert found.quantiles == pytest.approx(EXACT, rel=1e-7)
    assert found.errors == (0.0,) * 7
    assert found.mean_ln == pytest.approx(math.log(3600), rel=1e-14)
    assert found.draws == 1


@pytest.mark.parametrize("name", sorted(FACTORS))
def test_one_of_them_drawn_instead_gives_the_same(name: str) -> None:
    """The same lognormal written as three quantiles is drawn."""
    median, gsd = FACTORS[name]
    p05, p95 = (median * math.exp(z * math.log(gsd)) for z in (Z[0], Z[-1]))
    drawn = build("quantiles", {"p05": p05, "p50": median, "p95": p95})
    found = first(toy(ratio, factors(**{name: drawn})))
    assert found.quantiles == pytest.approx(EXACT, rel=1e-3)
    assert found.draws == 65536
    assert_within_errors(found, EXACT)


def test_all_of_them_drawn_give_the_same_within_their_errors() -> None:
    quantiles = {}
    for name, (median, gsd) in FACTORS.items():
        p05, p95 = (median * math.exp(z * math.log(gsd)) for z in (Z[0], Z[-1]))
        quantiles[name] = build("quantiles", {"p05": p05, "p50": median, "p95": p95})
    found = first(toy(ratio, quantiles))
    assert_within_errors(found, EXACT)


def test_plain_monte_carlo_draws_all_and_agrees_within_larger_errors() -> None:
    found = simulate(toy(ratio, factors()), DAY, months=[0], method="monte-carlo")
    assert_within_errors(found.rows[0, "gpus_peak"], EXACT)
    assert 1e-3 < found.largest_error < 2e-2


@pytest.mark.parametrize("spearman", [0.6, -0.6])
def test_a_correlated_pair_adds_its_covariance(spearman: float) -> None:
    """s^2 = s1^2 + s2^2 + 2 rho s1 s2 with rho = 2 sin(pi r / 6)."""

    def product(x: Paths) -> None:
        x.gpus_peak = x.candidates * x.mfu

    given = {"candidates": lognormal(1, 1.5), "mfu": lognormal(1, 2.0)}
    found = first(toy(product, given, correlations=[("candidates", "mfu", spearman)]))
    s1, s2, rho = math.log(1.5), math.log(2.0), 2 * math.sin(math.pi * spearman / 6)
    sd = math.sqrt(s1**2 + s2**2 + 2 * rho * s1 * s2)
    assert_within_errors(found, [math.exp(sd * z) for z in Z])
    assert found["p50"] == pytest.approx(1.0, rel=1e-3)


def total(x: Paths) -> None:
    x.gpus_peak = x.candidates + x.mfu


def test_sum_of_two_normals() -> None:
    given = {
        "candidates": build("normal", {"mean": 100.0, "sd": 3.0}),
        "mfu": build("normal", {"mean": 50.0, "sd": 4.0}),
    }
    found = first(toy(total, given))
    assert found.quantiles == pytest.approx([150 + 5 * z for z in Z], rel=2e-4)


@pytest.mark.parametrize("size", [1.0, 1e9])
def test_sum_of_two_uniforms_has_its_p10_at_root_of_a_fifth(size: float) -> None:
    found = first(toy(total, {"candidates": uniform(0, size), "mfu": uniform(0, size)}))
    assert found["p10"] == pytest.approx(size * math.sqrt(0.2), rel=5e-4)
    assert found["p90"] == pytest.approx(size * (2 - math.sqrt(0.2)), rel=5e-4)


def test_a_narrow_draw_times_wide_factors_is_not_moved_by_bins() -> None:
    """Half a bin would be 1.5 %."""

    def product(x: Paths) -> None:
        x.gpus_peak = x.candidates * x.pue

    found = first(toy(product, {"candidates": lognormal(1, 2.0), "pue": uniform(1.0, 1.002)}))
    exact = [1.001 * math.exp(math.log(2) * z) for z in Z]
    assert found.quantiles == pytest.approx(exact, rel=1e-4)


def test_a_narrow_draw_alone_is_not_moved_by_bins() -> None:
    def alone(x: Paths) -> None:
        x.gpus_peak = x.pue * 5.0

    found = first(toy(alone, {"pue": uniform(1.0, 1.002)}))
    assert found.quantiles == pytest.approx([5 + 0.01 * p for p in PROBABILITIES], rel=1e-6)


def test_mean_of_the_logarithm_of_a_uniform() -> None:
    """ln 1 to ln 3: (3 ln 3) / 2 - 1."""

    def alone(x: Paths) -> None:
        x.gpus_peak = x.pue * 1.0

    found = first(toy(alone, {"pue": uniform(1, 3)}))
    assert found.mean_ln == pytest.approx(1.5 * math.log(3) - 1, abs=1e-4)


def test_choices_only_come_out_exactly() -> None:
    def product(x: Paths) -> None:
        x.gpus_peak = 1.1 * x.passes * x.fps

    given = {
        "passes": build("discrete", {"values": [1, 2], "weights": [0.3, 0.7]}),
        "fps": build("discrete", {"values": [16, 24], "weights": [0.5, 0.5]}),
    }
    found = first(toy(product, given))
    assert found.quantiles == tuple(1.1 * n for n in (16, 16, 24, 32, 48, 48, 48))
    assert max(found.errors) == 0.0


def test_choices_times_a_lognormal() -> None:
    def product(x: Paths) -> None:
        x.gpus_peak = x.passes * x.candidates

    given = {
        "passes": build("discrete", {"values": [1, 2], "weights": [0.3, 0.7]}),
        "candidates": lognormal(3, 1.4),
    }
    logs = np.log(np.array(first(toy(product, given)).quantiles) / 3) / math.log(1.4)
    moved = math.log(2) / math.log(1.4)
    reached = 0.3 * stats.norm.cdf(logs) + 0.7 * stats.norm.cdf(logs - moved)
    assert reached == pytest.approx(np.array(PROBABILITIES), abs=1e-4)


def test_an_input_that_can_be_0() -> None:
    given = {
        "tiktok_ai_share": build("discrete", {"values": [0.0, 0.5], "weights": [0.2, 0.8]}),
        "candidates": lognormal(2, 1.5),
    }

    def product(x: Paths) -> None:
        x.gpus_peak = x.tiktok_ai_share * x.candidates

    found = first(toy(product, given))
    assert found["p05"] == found["p10"] == 0.0
    median = math.exp(math.log(1.5) * NormalDist().inv_cdf((0.5 - 0.2) / 0.8))
    assert found["p50"] == pytest.approx(median, rel=1e-4)
    assert found.mean_ln is None


def test_known_inputs_need_one_draw_and_have_no_error() -> None:
    found = simulate(toy(total, {"candidates": point(2), "mfu": point(0.7)}), DAY, months=[0])
    summary = found.rows[0, "gpus_peak"]
    assert set(summary.quantiles) == {2.7}
    assert (summary.draws, found.largest_error) == (1, 0.0)
    assert summary.mean_ln == pytest.approx(math.log(2.7), rel=1e-14)


@pytest.mark.parametrize(("low", "high"), [(-1.0, 0.5), (-0.2, -0.1)])
def test_a_negative_output_is_refused_by_name(low: float, high: float) -> None:
    with pytest.raises(ScenarioError, match="scenario toy: gpus_peak is negative or not finite in"):
        first(toy(total, {"candidates": point(0.0), "mfu": uniform(low, high)}))


def test_an_infinite_output_is_refused_by_name_and_month() -> None:
    def at(x: Paths) -> None:
        x.gpus_peak = np.exp(x.time / x.month * 30 * x.mfu)

    growing = toy(at, {"mfu": uniform(0.5, 1.0)})
    simulate(growing, DAY, months=[0, 1])
    with pytest.raises(ScenarioError, match="gpus_peak is negative or not finite in month 60"):
        simulate(growing, DAY, months=[0, 1, 60])


def test_milestones_are_followed_month_by_month() -> None:
    course = build("milestones", {"values": {"2026": 10.0, "2027": 40.0}})

    def at(x: Paths) -> None:
        x.gpus_peak = x.steps * x.candidates

    found = simulate(
        toy(at, {"steps": course, "candidates": lognormal(1, 1.5)}), DAY, months=[0, 6, 12, 24]
    )
    medians = [found.rows[month, "gpus_peak"]["p50"] for month in (0, 6, 12, 24)]
    passed = [(DAY - date(2026, 1, 1)).days + 365.2425 / 12 * month for month in (0, 6)]
    assert medians == pytest.approx(
        [*(10 * 4 ** (math.floor(days) / 365) for days in passed), 40, 40], rel=1e-9
    )


def test_what_is_done_bit_by_bit_overtakes_what_was_done_at_once() -> None:
    """A constant rate over an amount grows by the same share each month."""

    def at(x: Paths) -> None:
        x.gpus_mean = x.candidates * np.exp(0 * (x.time / x.month))

    scenario = toy(
        at,
        {"candidates": lognormal(1, 1.5), "training_gpu_hours": lognormal(1e8, 2.0)},
        outputs=["gpus_mean", "inference_to_training"],
        overtaking=Overtaking("inference_to_training", "gpus_mean", "training_gpu_hours"),
        units={"training_gpu_hours": "second"},
    )
    month = 365.2425 * 86400 / 12
    found = simulate(scenario, DAY, months=[0, 12]).rows
    assert set(found[0, "inference_to_training"].quantiles) == {0.0}
    sd = math.hypot(math.log(1.5), math.log(2.0))
    exact = [12 * month / 1e8 * math.exp(sd * z) for z in Z]
    assert found[12, "inference_to_training"].quantiles == pytest.approx(exact, rel=1e-3)


def test_draws_double_for_the_rows_that_need_it_until_the_cap(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def at(x: Paths) -> None:
        x.gpus_peak = x.candidates * x.mfu
        x.gpus_mean = x.pue * 1.0

    given = {
        "candidates": build("pert", {"low": 0.001, "mode": 0.002, "high": 10.0}),
        "mfu": build("beta", {"alpha": 0.3, "beta": 2.0}),
        "pue": uniform(1.0, 1.2),
    }
    both = ("gpus_peak", "gpus_mean")
    loose = simulate(toy(at, given, outputs=both, draws=65536), DAY, months=[0])
    strict = simulate(toy(at, given, outputs=both, tolerance=2e-3), DAY, months=[0])
    assert strict.rows[0, "gpus_mean"] == loose.rows[0, "gpus_mean"]
    assert strict.rows[0, "gpus_peak"].draws > 65536
    assert strict.rows[0, "gpus_peak"].largest_error <= 2e-3
    assert MOST_DRAWS == 2**23
    monkeypatch.setattr(simulation, "MOST_DRAWS", 2**18)
    never = simulate(toy(at, given, outputs=both, tolerance=1e-9), DAY, months=[0])
    assert never.rows[0, "gpus_peak"].draws == 2**18
    assert never.largest_error > 1e-9


def test_an_input_that_is_added_or_changed_moves_only_what_depends_on_it() -> None:
    def one(x: Paths) -> None:
        x.gpus_peak = x.candidates + x.steps

    def two(x: Paths) -> None:
        one(x)
        x.gpus_mean = x.mfu + x.pue

    given = {"candidates": uniform(1, 4), "steps": uniform(1, 9)}
    more = {"mfu": uniform(0.2, 0.6), "pue": uniform(1, 2)}
    outputs = ("gpus_peak", "gpus_mean")
    alone = first(toy(one, given))
    assert first(toy(two, {**more, **given}, outputs=outputs)) == alone
    changed = {**given, **more, "mfu": uniform(0.1, 0.9)}
    assert first(toy(two, changed, outputs=outputs)) == alone


def test_printed_errors_are_the_spread_over_seeds() -> None:
    def at(x: Paths) -> None:
        x.gpus_peak = (x.candidates * x.mfu + x.pue * x.steps) * x.peak_to_mean

    given = {name: lognormal(1, 1.8) for name in ("candidates", "mfu", "pue", "steps")}
    given["peak_to_mean"] = lognormal(1, 1.3)
    scenario = toy(at, given)
    found = [first(replace(scenario, seed=seed)) for seed in range(40)]
    spread = np.std([one.quantiles for one in found], axis=0, ddof=1)
    printed = np.sqrt(np.mean([np.square(one.errors) for one in found], axis=0))
    assert (printed / spread > 0.6).all()
    assert (printed / spread < 1.6).all()
