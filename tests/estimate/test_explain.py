"""Explanations: the steps by hand, and their last one as the model has it."""

from collections.abc import Callable
from datetime import date

import pytest

from pipeline.errors import ScenarioError
from pipeline.estimate import paths, scenario, variant
from pipeline.estimate.explain import explain
from pipeline.estimate.scenario import Scenario
from pipeline.estimate.sensitivity import WEAKNESS
from pipeline.estimate.units import parse

DAY = date(2026, 11, 23)
Load = Callable[..., Scenario]


def pinned(given: Scenario) -> Scenario:
    """A scenario with every input at its median."""
    return variant.varied(
        given,
        {
            name: variant.pinned(one, one.distribution.quantile(0.5))
            for name, one in given.inputs.items()
        },
    )


def test_published_chain_by_hand() -> None:
    made = explain(scenario.load("factorial-2024"), DAY, "gpus_peak", 0)
    assert [(line.name, line.formula) for line in made.steps] == [
        (
            "kept_minutes",
            "tiktok_uploads * tiktok_ai_share"
            " + youtube_uploads * youtube_ai_share * youtube_eligible_share",
        ),
        ("ai_minutes_per_day", "kept_minutes"),
        ("on_top", "candidates * peak_to_mean / utilisation"),
        ("gpus_base", "ai_minutes_per_day / minutes_per_gpu_hour"),
        ("gpus_peak", "gpus_base * on_top"),
    ]
    values = [line.value for line in made.steps]
    assert values == pytest.approx([10.7e6 * 60 / 86400, 10.7e6, 8, 10.7e6 / 120, 8 * 10.7e6 / 120])
    assert made.steps[1].unit == "video_minute/day"
    assert made.at_medians == pytest.approx(made.summary["p50"])
    (rate,) = (one for one in made.inputs if one.given.name == "minutes_per_gpu_hour")
    assert (rate.value, rate.given.source.grade) == (5, "primary")
    assert "flop_per_mac" not in [one.given.name for one in made.inputs]


def test_a_step_of_an_inputs_name_rests_on_that_input() -> None:
    made = explain(scenario.load("factorial-2024"), DAY, "minutes_per_gpu_hour", 0)
    assert [line.name for line in made.steps] == ["minutes_per_gpu_hour"]
    assert [one.given.name for one in made.inputs] == ["minutes_per_gpu_hour"]


def test_only_what_the_output_depends_on(load: Load) -> None:
    made = explain(load(), DAY, "h100_hours", None)
    assert [line.name for line in made.steps] == ["h100_hours"]
    assert [one.given.name for one in made.inputs] == ["training_gpu_hours"]
    assert (made.month, made.constants) == (None, ())
    assert made.at_medians == pytest.approx((1e5 * 7.6e6) ** 0.5)


def test_last_step_is_the_model_at_the_medians(load: Load) -> None:
    given = load()
    x = paths.run(given.model, paths.medians(given, DAY), 24)
    for name, output in given.model.outputs.items():
        if name == "inference_to_training":
            continue
        when = 24 if output.table == "demand_month" else None
        made = explain(given, DAY, name, when)
        assert made.steps[-1].name == name
        assert made.at_medians == pytest.approx(getattr(x, name) / parse(output.unit).scale)


def test_what_grows_from_month_to_month_is_summed_as_in_a_simulation(load: Load) -> None:
    made = explain(pinned(load()), DAY, "inference_to_training", date(2028, 11, 1))
    assert made.month == 24
    assert made.at_medians == pytest.approx(made.summary["p50"], rel=1e-9)


def test_misspelt_output_and_months_that_are_not_there(load: Load) -> None:
    with pytest.raises(ScenarioError, match="no output 'gpus_peek'; nearest: gpus_peak"):
        explain(load(), DAY, "gpus_peek", 0)
    with pytest.raises(ScenarioError, match="no month 61; it has 0 to 60, counted from 2026-11"):
        explain(load(), DAY, "gpus_peak", 61)
    with pytest.raises(ScenarioError, match="no month 2026-10"):
        explain(load(), DAY, "gpus_peak", date(2026, 10, 1))
    with pytest.raises(ScenarioError, match="the same in all months"):
        explain(load(), DAY, "h100_hours", 3)


def test_a_division_by_zero_is_told_of_the_output_that_it_is_in(load: Load) -> None:
    given = load("", "inputs.training_gpu_hours=0")
    assert explain(given, DAY, "gpus_peak", 0).at_medians > 0
    given = load("", "inputs.vae_space=0")
    with pytest.raises(ScenarioError, match="gpus_peak is negative or not finite in month 0"):
        explain(given, DAY, "gpus_peak", 0)


def test_an_explanation_ranks_where_evidence_would_pay(load: Load) -> None:
    """Of the variance x weakness: a guess of a tenth counts as much as a derived fourth."""
    made = explain(load(), DAY, "gpus_peak", 24)
    worth = [one.evidence_value for one in made.shares if one.evidence_value is not None]
    assert worth == sorted(worth, reverse=True)
    for one in made.shares:
        if one.grade is not None and one.variance_share is not None:
            assert one.evidence_value == pytest.approx(one.variance_share * WEAKNESS[one.grade])
    assert explain(load(), DAY, "inference_to_training", 24).shares == ()
