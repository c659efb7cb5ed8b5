"""Differences: games whose Shapley values are known, and shares that sum to the whole."""

import math
from collections.abc import Callable
from datetime import date
from itertools import permutations

import pytest
from hypothesis import given as forall
from hypothesis import strategies as st

from pipeline.errors import ScenarioError
from pipeline.estimate import scenario, variant
from pipeline.estimate.compare import CORRELATIONS, Comparison, compare, shapley, there_and_back
from pipeline.estimate.scenario import Scenario
from pipeline.estimate.simulation import simulate

DAY = date(2026, 11, 23)
Load = Callable[..., Scenario]


def shares(made: Comparison) -> dict[str, float]:
    return {one.name: one.share for one in made.differences if one.share is not None}


def pinned(given: Scenario, **factors: float) -> Scenario:
    """A scenario with every input at its median, some times a factor."""
    return variant.varied(
        given,
        {
            name: variant.pinned(one, one.distribution.quantile(0.5) * factors.get(name, 1))
            for name, one in given.inputs.items()
        },
    )


def test_glove_game() -> None:
    # One left glove and two right ones: a pair is worth 1 (Shapley: 2/3, 1/6, 1/6).
    found = shapley(["left", "a", "b"], lambda held: float("left" in held and len(held) > 1))
    assert found == pytest.approx({"left": 2 / 3, "a": 1 / 6, "b": 1 / 6})


@forall(st.lists(st.floats(-5, 5), min_size=16, max_size=16))
def test_shapley_is_the_mean_over_all_orders(worth: list[float]) -> None:
    names = ["a", "b", "c", "d"]

    def value(thrown: frozenset[str]) -> float:
        return worth[sum(1 << names.index(name) for name in thrown)]

    orders = list(permutations(names))
    for name, share in shapley(names, value).items():
        added = [
            value(frozenset(order[: order.index(name) + 1]))
            - value(frozenset(order[: order.index(name)]))
            for order in orders
        ]
        assert share == pytest.approx(math.fsum(added) / len(orders), abs=1e-12)
    whole = value(frozenset(names)) - value(frozenset())
    assert math.fsum(there_and_back(names, value).values()) == pytest.approx(whole, abs=1e-12)


def test_factors_explain_their_own_logarithm(load: Load) -> None:
    base = load()
    changed = pinned(base, candidates=2, utilisation=0.5, mfu=1.1, pue=3)
    found = shares(compare(pinned(base), changed, DAY, "gpus_peak", 24))
    assert found.keys() == {"candidates", "utilisation", "mfu", "pue"}
    assert found["candidates"] == pytest.approx(math.log(2), rel=1e-9)
    assert found["utilisation"] == pytest.approx(math.log(2), rel=1e-9)
    assert -math.log(1.1) < found["mfu"] < 0  # the overhead of a clip does not shrink with it
    assert found["pue"] == 0


@pytest.mark.parametrize(("other", "is_exact"), [("distilled", True), ("consumer", False)])
def test_shares_sum_to_the_ratio_of_what_each_scenario_gives(other: str, is_exact: bool) -> None:
    base, second = scenario.load("base"), scenario.load(other)
    made = compare(base, second, DAY, "gpus_peak", 24)
    assert made.is_exact is is_exact
    assert math.fsum(shares(made).values()) == pytest.approx(made.log_ratio, abs=1e-12)
    for one, median in ((base, made.first), (second, made.second)):
        (found,) = simulate(one, DAY, months=[24], outputs=["gpus_peak"]).rows.values()
        assert median == pytest.approx(found["p50"], abs=4 * found.errors[3])


def test_correlations_are_one_more_switch(load: Load) -> None:
    made = compare(load(), load("", "correlations=[]"), DAY, "gpus_peak", 24)
    (one,) = made.differences
    assert one.name == CORRELATIONS
    assert one.first == "tiktok_ai_share with youtube_ai_share 0.6"
    assert one.second == "none"
    assert one.share == pytest.approx(made.log_ratio, abs=1e-12)


def test_what_takes_no_part_is_listed_without_a_share(load: Load) -> None:
    made = compare(load(), load("", "run.seed=1", "scenario.months=30"), DAY, "gpus_peak")
    assert [(one.name, one.first, one.second, one.share) for one in made.differences] == [
        ("scenario.months", "60", "30", None),
        ("run.seed", "20240215", "1", None),
    ]
    assert (made.month, made.log_ratio) == (24, 0)


def test_what_cannot_be_compared(load: Load) -> None:
    base = load()
    with pytest.raises(ScenarioError, match="factorial-2024 published: their inputs are not the"):
        compare(base, scenario.load("factorial-2024"), DAY, "gpus_peak")
    dated = load("", "scenario.start=2027-01-01")
    with pytest.raises(ScenarioError, match="number 14 of mine and 12 of mine"):
        compare(base, dated, DAY, "gpus_peak", date(2028, 1, 1))
    with pytest.raises(ScenarioError, match="nearest: gpus_mean"):
        compare(base, base, DAY, "gpus_meen")
    with pytest.raises(ScenarioError, match="the median of inference_to_training is 0"):
        compare(base, base, DAY, "inference_to_training", 0)
