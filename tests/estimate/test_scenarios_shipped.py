"""What the shipped scenarios rest on."""

import math
from datetime import date

import pytest
from scipy.special import ndtri

from pipeline.errors import ScenarioError
from pipeline.estimate import scenario
from pipeline.estimate.backtest import moments
from pipeline.estimate.scenario_changes import Changes
from tests.estimate.timed_rows import read  # noqa: TID251 - its rows


def test_base_takes_the_architecture_of_a_published_model() -> None:
    inputs = scenario.load("base").inputs
    given = inputs["steps"]
    assert (given.dist, given.params) == ("lognormal", "p05 20, p95 50")
    assert given.grade == "derived"
    assert given.source.grade == "primary"
    assert given.source.published == date(2026, 3, 17)
    macs = inputs["mac_per_token_layer"].distribution.quantile(0.5)
    assert macs == 6 * 5120**2 + 2 * 5120 * 13824
    assert inputs["peak_flops"].scale * inputs["peak_flops"].distribution.quantile(0.5) == 989.4e12


def test_consumer_stands_on_distilled_and_names_a_card_that_holds_its_model() -> None:
    consumer = scenario.load("consumer")
    assert consumer.extends == ("distilled.toml", "base.toml")
    assert consumer.gpu is not None
    assert (consumer.gpu.name, consumer.gpu.memory_gb, consumer.gpu.needs_gb) == (
        "RTX 4090",
        24,
        22.9,
    )
    macs = consumer.inputs["mac_per_token_layer"].distribution.quantile(0.5)
    assert macs == 6 * 3072**2 + 2 * 3072 * 14336
    changed = Changes(("gpu.needs_gb=46",))
    with pytest.raises(ScenarioError, match="needs 46 GB, the RTX 4090 has 24"):
        scenario.load("consumer", scenario.FOLDERS, changed)


def test_a_guess_is_called_a_guess() -> None:
    inputs = scenario.load("base").inputs
    guessed = {name for name, given in inputs.items() if given.grade == "guess"}
    assert guessed == {name for name, i in inputs.items() if i.source.title.endswith("judgement")}
    assert "fleet_share_for_video" in guessed


def test_the_mfu_of_base_is_what_fused_software_reaches_on_hopper() -> None:
    """The scenario writes down the class of the fit; when timings move it, it has to follow."""
    (fused,) = [one for one in moments(read()) if one.name == "Hopper fused"]
    assert fused.sd_ln is not None
    mfu = scenario.load("base").inputs["mfu"].distribution
    for probability in (0.05, 0.5, 0.95):
        away = math.exp(float(ndtri(probability)) * fused.sd_ln)
        assert mfu.quantile(probability) == pytest.approx(fused.geometric_mean * away, rel=0.02)


def test_sora_has_about_twenty_billion_parameters_in_layers_that_widen_together() -> None:
    sora = scenario.load("sora")
    macs, layers = (sora.inputs[name].distribution for name in ("mac_per_token_layer", "layers"))
    assert macs.quantile(0.5) * layers.quantile(0.5) == pytest.approx(21.7e9, rel=0.05)
    width = sora.inputs["width_model"].distribution.quantile(0.5)
    assert 12 * width**2 == pytest.approx(macs.quantile(0.5), rel=0.05)
    (pair,) = [one for one in sora.correlations if "width_model" in one.between]
    assert pair.spearman > 0.95
    architecture = {"layers", "width_model", "mac_per_token_layer", "vae_time", "vae_space"}
    assert {sora.inputs[name].grade for name in architecture} == {"guess"}
