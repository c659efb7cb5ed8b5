"""Solving backwards: closed forms, and values that are put in and found again."""

import math
from collections.abc import Callable
from datetime import date

import pytest

from pipeline.errors import ScenarioError
from pipeline.estimate import scenario, variant
from pipeline.estimate.scenario import Scenario
from pipeline.estimate.solve import Target, solve, target

DAY = date(2026, 11, 23)
Load = Callable[..., Scenario]


def median(given: Scenario, output: str = "gpus_peak", month: int = 24) -> float:
    return variant.summary(given, DAY, output, month)["p50"]


def with_value(given: Scenario, name: str, value: float) -> Scenario:
    return variant.varied(given, {name: variant.pinned(given.inputs[name], value)})


def pinned(given: Scenario) -> Scenario:
    for name, one in given.inputs.items():
        given = with_value(given, name, one.distribution.quantile(0.5))
    return given


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("gpus_peak.p50[2028-01] = 720e3", Target("gpus_peak", "p50", date(2028, 1, 1), 720e3)),
        ("gpus_peak.p95[24]=1_000", Target("gpus_peak", "p95", 24, 1000.0)),
        (" breakeven_minutes.p05 = 1.5 ", Target("breakeven_minutes", "p05", None, 1.5)),
    ],
)
def test_targets(text: str, wanted: Target) -> None:
    assert target(text) == wanted


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("gpus_peak = 3", "is written like 'gpus_peak.p50"),
        ("gpus_peak.p50[2028-13] = 3", "is written like"),
        ("gpus_peak.p50[x] = 3", "is written like"),
        ("gpus_peak.p50[3] = many", "is written like"),
        ("gpus_peak.p05x[3] = 3", "no quantile 'p05x'; nearest: p05"),
        ("gpus_peak.p50[3] = -1", "needs a number above 0, has -1"),
        ("gpus_peak.p50[3] = nan", "needs a number above 0, has nan"),
    ],
)
def test_targets_that_are_none(text: str, reason: str) -> None:
    with pytest.raises(ScenarioError) as error:
        target(text)
    assert reason in str(error.value)
    assert "\n" not in str(error.value)


def test_published_720_thousand_in_closed_form() -> None:
    # 10.7 million minutes a day / (5 x 24) x candidates x 2 / 0.5 = 720,000.
    found = solve(
        scenario.load("factorial-2024"), DAY, "candidates", target("gpus_peak.p50[0]=720e3")
    )
    assert found.is_closed
    assert found.value == pytest.approx(720e3 * 120 / 10.7e6 / 4, rel=1e-4)
    assert (found.percentile, found.error) == (None, 0)


def test_a_factor_answers_in_proportion_and_a_divisor_inversely(load: Load) -> None:
    given = load()
    for name, power in (("candidates", 1), ("utilisation", -1)):
        middle = given.inputs[name].distribution.quantile(0.5)
        now = median(with_value(given, name, middle))
        found = solve(given, DAY, name, Target("gpus_peak", "p50", 24, now * 1.2))
        assert found.is_closed
        assert found.value == pytest.approx(middle * 1.2**power, rel=1e-12)
        assert found.reached == pytest.approx(now * 1.2, rel=1e-3)


def test_a_logistic_curve_by_its_inverse(load: Load) -> None:
    given = pinned(load())
    speed = given.inputs["adoption_speed"].distribution.quantile(0.5)
    wanted = median(with_value(given, "adoption_midpoint", 1.0))
    # In its own unit, years; 24 months are 2 of them.
    share = 1 / (1 + math.exp(speed * (1.0 - 2)))
    base = load()
    given = variant.varied(given, {"adoption_midpoint": base.inputs["adoption_midpoint"]})
    found = solve(given, DAY, "adoption_midpoint", Target("gpus_peak", "p50", 24, wanted))
    assert not found.is_closed
    assert found.value == pytest.approx(2 + math.log(1 / share - 1) / speed, abs=1e-4)


@pytest.mark.parametrize(
    "name", ["tiktok_ai_share", "adoption_speed", "mfu", "efficiency_gain", "overhead_seconds"]
)
@pytest.mark.parametrize("probability", [0.1, 0.9])
def test_a_value_that_is_put_in_is_found_with_its_percentile(
    load: Load, name: str, probability: float
) -> None:
    given = load()
    value = given.inputs[name].distribution.quantile(probability)
    wanted = median(with_value(given, name, value))
    found = solve(given, DAY, name, Target("gpus_peak", "p50", 24, wanted))
    assert found.value == pytest.approx(value, rel=1e-3)
    assert found.percentile == pytest.approx(probability, abs=1e-3)
    assert found.reached == pytest.approx(wanted, rel=1e-4)


def test_outputs_without_months(load: Load) -> None:
    found = solve(load(), DAY, "training_gpu_hours", target("h100_hours.p50 = 1e6"))
    assert found.value == pytest.approx(1e6)
    assert found.month is None


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("candidate", "gpus_peak.p50[24]=1", "no input 'candidate'; nearest: candidates"),
        ("candidates", "gpus_peek.p50[24]=1", "no output 'gpus_peek'; nearest: gpus_peak"),
        ("candidates", "gpus_peak.p50[61]=1", "no month 61; it has 0 to 60"),
        ("candidates", "gpus_peak.p50=1", "name one, as in gpus_peak.p50[24]"),
        ("candidates", "h100_hours.p50[0]=1", "leave the month out"),
        ("candidates", "h100_hours.p50=1", "h100_hours does not depend on candidates"),
        ("upload_growth", "gpus_peak.p50[24]=9e9", "it stays between "),
        ("utilisation", "gpus_peak.p50[24]=9", "a share between 0 and 1"),
        (
            "fleet_share_for_video",
            "h100e_fleet_needed_bf16_dense.p50[24]=1e5",
            "a share between 0 and 1",
        ),
        ("youtube_ai_share", "gpus_peak.p50[24]=9e6", "to 1 it stays between "),
        ("clip_seconds", "gpus_peak.p50[24]=720e3", "jumps over 720000 where clip_seconds is"),
    ],
)
def test_what_cannot_be_solved_is_one_line(load: Load, name: str, text: str, reason: str) -> None:
    with pytest.raises(ScenarioError) as error:
        solve(load(), DAY, name, target(text))
    assert reason in str(error.value)
    assert "\n" not in str(error.value)
