"""Sobol indices, Shapley effects and the tornado against closed forms and SALib."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import pairwise, permutations
from types import MappingProxyType

import numpy as np
import pytest
from SALib.analyze import sobol as salib_sobol
from SALib.sample import sobol as salib_sample
from scipy.special import ndtri

from pipeline.errors import ScenarioError
from pipeline.estimate import paths, scenario
from pipeline.estimate.distribution import build
from pipeline.estimate.model import Model, Output, Paths
from pipeline.estimate.scenario import Correlation, Scenario, Source
from pipeline.estimate.sensitivity import WEAKNESS, Share, sensitivity

START = date(2026, 1, 1)
SOURCE = Source("s", "Source", None, "document", None, "guess")
Pairs = Mapping[tuple[str, str], float]


@pytest.fixture(scope="module")
def base() -> Scenario:
    return scenario.load("base")


@pytest.fixture
def made(base: Scenario) -> Callable[..., Scenario]:
    """A scenario of a formula whose inputs are lognormals of median 1, or as given."""

    def make(
        formula: Callable[[Paths], None],
        sds: Mapping[str, float],
        correlations: Pairs | None = None,
        dists: Mapping[str, tuple[str, dict[str, object]]] | None = None,
    ) -> Scenario:
        given = {
            name: ("lognormal", {"median": 1.0, "gsd": math.exp(sd)}) for name, sd in sds.items()
        } | dict(dists or {})
        some = base.inputs["candidates"]
        return replace(
            base,
            model=Model(
                engine="test",
                inputs=MappingProxyType(dict.fromkeys(given, "1")),
                outputs=MappingProxyType({"gpus": Output("1")}),
                fixed=lambda x: None,
                at=formula,
            ),
            inputs={
                name: replace(some, name=name, distribution=build(*dist), scale=1.0, source=SOURCE)
                for name, dist in given.items()
            },
            correlations=tuple(
                Correlation(pair, spearman, SOURCE, None)
                for pair, spearman in (correlations or {}).items()
            ),
        )

    return make


def product(x: Paths) -> None:
    x.gpus = x.candidates * x.steps / x.mfu


def by_factor(shares: Sequence[Share]) -> dict[str, Share]:
    return {share.factor: share for share in shares}


def number(value: float | None) -> float:
    assert value is not None
    return value


def test_indices_of_a_product_of_lognormals_are_shares_of_the_summed_variances(
    made: Callable[..., Scenario],
) -> None:
    sds = {"candidates": 0.3, "steps": 0.8, "mfu": 0.5}
    found = by_factor(sensitivity(made(product, sds), START, 0))
    variance = sum(sd * sd for sd in sds.values())
    assert found.keys() == sds.keys()
    for name, sd in sds.items():
        exact = pytest.approx(sd * sd / variance, abs=1e-3)
        assert found[name].first_order == exact
        assert found[name].total == exact
        assert found[name].variance_share == exact
        assert found[name].shapley is None
        assert number(found[name].first_order_error) < 1e-3
        assert number(found[name].total_error) < 1e-3


def test_an_interaction_is_in_both_totals_and_shared_equally(
    made: Callable[..., Scenario],
) -> None:
    """ln y = (1 + s z)(2 + t w) has the parts (2 s)^2, t^2 and, together, (s t)^2."""
    s, t = 0.6, 0.9

    def formula(x: Paths) -> None:
        x.gpus = np.exp((np.log(x.candidates) + 1) * (np.log(x.steps) + 2))

    found = by_factor(sensitivity(made(formula, {"candidates": s, "steps": t}), START, 0))
    alone, together = {"candidates": 4 * s * s, "steps": t * t}, s * s * t * t
    variance = sum(alone.values()) + together
    for name, part in alone.items():
        assert found[name].first_order == pytest.approx(part / variance, abs=4e-3)
        assert found[name].total == pytest.approx((part + together) / variance, abs=4e-3)
        expected = (part + together / 2) / variance
        assert found[name].variance_share == pytest.approx(expected, abs=4e-3)


def test_shapley_effects_of_a_correlated_pair(made: Callable[..., Scenario]) -> None:
    """Owen and Prieur, On Shapley value for measuring importance of dependent inputs, 2017."""
    b1, b2, spearman = 0.4, 0.7, 0.6
    rho = 2 * math.sin(math.pi * spearman / 6)
    correlated = made(
        product, {"candidates": b1, "steps": b2, "mfu": 0.3}, {("candidates", "steps"): spearman}
    )
    found = by_factor(sensitivity(correlated, START, 0))
    pair = b1 * b1 + b2 * b2 + 2 * rho * b1 * b2
    variance = pair + 0.3**2
    cross = b1 * b2 * rho
    for name, own, other in (("candidates", b1, b2), ("steps", b2, b1)):
        exact = (own**2 * (1 - rho**2 / 2) + cross + other**2 * rho**2 / 2) / variance
        assert found[name].shapley == pytest.approx(exact, abs=2e-3)
        assert found[name].first_order is None
        assert found[name].total is None
    assert found["mfu"].shapley == pytest.approx(0.09 / variance, abs=2e-3)
    both = found["candidates + steps"]
    assert both.first_order == pytest.approx(pair / variance, abs=2e-3)
    assert both.total == pytest.approx(pair / variance, abs=2e-3)
    assert (both.shapley, both.variance_share, both.low, both.evidence_value) == (None,) * 4


def test_shapley_effects_of_three_that_hang_together(made: Callable[..., Scenario]) -> None:
    """Of ln y = b z the explained variance of a set J is b R_J (R_JJ)^-1 R_J b."""
    names = ("candidates", "steps", "mfu")
    sds = np.array([0.4, 0.7, 0.5])
    pairs = {("candidates", "mfu"): 0.5, ("steps", "mfu"): -0.6}
    correlations = np.eye(3)
    for (one, other), spearman in pairs.items():
        i, j = names.index(one), names.index(other)
        correlations[i, j] = correlations[j, i] = 2 * math.sin(math.pi * spearman / 6)
    cover = correlations @ (sds * [1, 1, -1])

    def explained(known: Sequence[int]) -> float:
        some = list(known)
        return float(cover[some] @ np.linalg.solve(correlations[np.ix_(some, some)], cover[some]))

    exact = np.zeros(3)
    for order in permutations(range(3)):
        for before, name in enumerate(order):
            exact[name] += explained(order[: before + 1]) - explained(order[:before])
    exact /= exact.sum()
    found = by_factor(
        sensitivity(made(product, dict(zip(names, sds, strict=True)), pairs), START, 0)
    )
    assert [found[name].shapley for name in names] == pytest.approx(exact.tolist(), abs=4e-3)


def test_shares_of_every_output_of_a_shipped_scenario_sum_to_one(base: Scenario) -> None:
    shares = sensitivity(base, START, 24)
    names = {share.output for share in shares}
    assert names == set(base.model.outputs) - {"inference_to_training"}
    for output in names:
        rows = [share for share in shares if share.output == output]
        inputs = [share for share in rows if share.variance_share is not None]
        assert math.fsum(number(share.variance_share) for share in inputs) == pytest.approx(1)
        assert math.fsum(number(share.shapley) for share in inputs) == pytest.approx(1)
        values = [number(share.evidence_value) for share in inputs]
        assert all(high >= low for high, low in pairwise(values))
        for share in inputs:
            assert share.weakness == WEAKNESS[base.inputs[share.factor].grade]
            assert share.evidence_value == number(share.variance_share) * share.weakness


def test_an_input_of_a_correlated_pair_that_the_output_ignores_has_an_effect(
    made: Callable[..., Scenario],
) -> None:
    """Knowing it tells half of what the other's correlation tells: rho^2 / 2."""

    def formula(x: Paths) -> None:
        x.gpus = x.steps * 1.0

    found = by_factor(
        sensitivity(
            made(formula, {"candidates": 0.5, "steps": 0.5}, {("candidates", "steps"): 0.6}),
            *(START, 0),
        )
    )
    rho = 2 * math.sin(math.pi * 0.6 / 6)
    assert found["candidates"].shapley == pytest.approx(rho * rho / 2, abs=2e-3)
    assert found["candidates"].low == found["candidates"].high == 1.0


def test_constants_and_what_touches_no_output_have_no_row(made: Callable[..., Scenario]) -> None:
    dists = {
        "mfu": ("point", {"value": 0.5}),
        "steps": ("discrete", {"values": [40.0], "weights": [1.0]}),
    }
    sds = {"candidates": 0.3, "pue": 0.4}
    found = sensitivity(made(product, sds, dists=dists), START, 0)
    assert [share.factor for share in found] == ["candidates"]
    assert found[0].total == pytest.approx(1, abs=1e-3)


def test_an_output_that_can_be_zero_or_never_varies_has_no_rows(
    made: Callable[..., Scenario],
) -> None:
    zero = {"steps": ("discrete", {"values": [0.0, 1.0], "weights": [0.1, 0.9]})}
    assert sensitivity(made(product, {"candidates": 1, "mfu": 1}, dists=zero), START, 0) == []

    def capped(x: Paths) -> None:
        x.gpus = np.minimum(x.candidates, 1e-9)

    assert sensitivity(made(capped, {"candidates": 0.5}), START, 0) == []
    certain = {"candidates": ("point", {"value": 2.0})}
    assert sensitivity(made(capped, {}, dists=certain), START, 0) == []


def test_an_output_that_is_negative_is_refused(made: Callable[..., Scenario]) -> None:
    def formula(x: Paths) -> None:
        x.gpus = x.candidates - 1

    with pytest.raises(ScenarioError, match="gpus is negative or not finite in month 3"):
        sensitivity(made(formula, {"candidates": 0.5}), START, 3)


@pytest.mark.parametrize(
    ("output", "reason"),
    [("inference_to_training", "grows from month to month"), ("gpu", "is no output of video")],
)
def test_an_output_without_sensitivity_is_refused(base: Scenario, output: str, reason: str) -> None:
    with pytest.raises(ScenarioError, match=reason):
        sensitivity(base, START, 0, [output])


def test_the_tornado_moves_one_input_from_its_p10_to_its_p90(
    made: Callable[..., Scenario],
) -> None:
    sds = {"candidates": 0.3, "steps": 0.8, "mfu": 0.5}
    found = by_factor(sensitivity(made(product, sds, {("steps", "mfu"): 0.5}), START, 0))
    for name, sd in sds.items():
        swing = math.exp(sd * float(ndtri(0.9)))
        low, high = (swing, 1 / swing) if name == "mfu" else (1 / swing, swing)
        assert found[name].low == pytest.approx(low)
        assert found[name].high == pytest.approx(high)


def test_inputs_of_the_calendar_are_those_of_simulate(base: Scenario) -> None:
    """Break-even is made of the start's values, demand of the month's."""
    milestones = build("milestones", {"values": {"2026": 1.0, "2028": 4.0}})
    given = replace(base.inputs["candidates"], distribution=milestones)
    dated = replace(base, inputs={**base.inputs, "candidates": given}, correlations=())
    fixed = replace(base.inputs["candidates"], distribution=build("point", {"value": 4.0}))
    late = replace(base, inputs={**base.inputs, "candidates": fixed}, correlations=())
    outputs = ["gpus_mean", "breakeven_days_of_demand"]
    found, other = (sensitivity(one, START, 24, outputs) for one in (dated, late))
    for share, same in zip(found, other, strict=True):
        ratio = 1.0 if share.output == "gpus_mean" else 4.0
        assert share.low == pytest.approx(ratio * number(same.low))


def test_equal_calls_give_equal_shares_and_the_error_covers_another_seed(base: Scenario) -> None:
    outputs = ["power_mw"]
    first = sensitivity(base, START, 24, outputs)
    assert first == sensitivity(base, START, 24, outputs)
    again = by_factor(sensitivity(replace(base, seed=base.seed + 1), START, 24, outputs))
    for share in first:
        if share.shapley is not None:
            assert share.shapley == pytest.approx(again[share.factor].shapley, abs=6e-3)


def test_indices_are_those_of_salib(base: Scenario) -> None:
    independent = replace(base, correlations=())
    found = by_factor(sensitivity(independent, START, 24, ["power_mw"], replicates=16))
    names = list(found)
    problem = {"num_vars": len(names), "names": names, "bounds": [[0, 1]] * len(names)}
    uniforms = salib_sample.sample(problem, 2**15, calc_second_order=False, seed=1)
    inputs: dict[str, np.ndarray | float] = dict(paths.medians(base, START))
    for name, column in zip(names, uniforms.T, strict=True):
        given = base.inputs[name]
        scores = ndtri(np.clip(column, 1e-16, 1 - 1e-16))
        inputs[name] = given.distribution.values(scores) * given.scale
    logs = np.log(paths.run(base.model, inputs, 24).power_mw)
    theirs = salib_sobol.analyze(problem, logs, calc_second_order=False, num_resamples=2, seed=1)
    large = 0
    for name, first, total in zip(names, theirs["S1"], theirs["ST"], strict=True):
        if max(first, total) > 0.01:
            assert found[name].first_order == pytest.approx(first, abs=2e-3), name
            assert found[name].total == pytest.approx(total, abs=2e-3), name
            large += 1
    assert large >= 10
