"""What the shipped scenarios rest on."""

from datetime import date

import pytest

from pipeline.errors import ScenarioError
from pipeline.estimate import scenario
from pipeline.estimate.scenario_changes import Changes


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
