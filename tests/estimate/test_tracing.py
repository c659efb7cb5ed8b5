"""What one pass over a model says of it, against the model run on numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
import pytest

from pipeline.estimate.demand import MODELS
from pipeline.estimate.model import Model, Output, Paths
from pipeline.estimate.paths import MONTH, run
from pipeline.estimate.tracing import Step, structure, trace
from pipeline.estimate.units import UnitError, parse

UNITS = {
    "uploads": "video_minute/day",
    "speed": "video_minute/gpu/hour",
    "share": "1",
    "gain": "1",
    "spare": "gpu",
}


def model(at: Callable[[Paths], None], **outputs: str) -> Model:
    return Model(
        engine="toy",
        inputs=MappingProxyType(UNITS),
        outputs=MappingProxyType({name: Output(unit) for name, unit in outputs.items()}),
        fixed=lambda x: None,
        at=at,
    )


def steps(at: Callable[[Paths], None], **outputs: str) -> Mapping[str, Step]:
    return structure(model(at, **outputs)).steps


def gpus(x: Paths) -> None:
    x.gpus = x.uploads * x.share / x.speed


def test_a_step_has_its_formula_value_unit_and_factors() -> None:
    values = {"uploads": 600.0, "speed": 3.0, "share": 0.5, "gain": 2.0, "spare": 1.0}
    step = trace(model(gpus, gpus="gpu"), values, 0.0)["gpus"]
    assert step.formula == "uploads * share / speed"
    assert step.value == 100.0
    assert str(step.dimension) == "gpu"
    assert step.powers == {"uploads": 1, "share": 1, "speed": -1}
    assert not step.mixed


@pytest.mark.parametrize(
    ("formula", "text"),
    [
        (lambda x: x.share / (x.gain * x.share), "share / (gain * share)"),
        (lambda x: x.share - (x.gain - 1), "share - (gain - 1)"),
        (lambda x: (x.share + x.gain) * 2, "(share + gain) * 2"),
        (lambda x: 1 - x.share * x.gain, "1 - share * gain"),
        (lambda x: -((x.share + 1) ** 2), "-(share + 1)^2"),
        (lambda x: np.exp(-x.gain) + 1, "exp(-gain) + 1"),
        (lambda x: 2**x.gain, "2^gain"),
        (lambda x: np.minimum(x.share, 0.5), "minimum(share, 0.5)"),
        (lambda x: np.float64(2) * x.share, "2 * share"),
    ],
)
def test_a_formula_reads_as_it_is_computed(formula: Callable[[Paths], object], text: str) -> None:
    def at(x: Paths) -> None:
        x.result = formula(x)

    step = steps(at, result="1")["result"]
    assert step.formula == text
    names: dict[str, object] = {"exp": np.exp, "minimum": min, "share": 1.5, "gain": 1.5}
    computed = eval(text.replace("^", "**"), names)
    assert step.value == pytest.approx(computed, rel=1e-15)


@pytest.mark.parametrize(
    ("formula", "reason"),
    [
        (lambda x: x.uploads + x.speed, "joins"),
        (lambda x: x.spare - 1, "spare - 1 joins gpu and 1"),
        (lambda x: np.maximum(x.spare, x.share), "joins gpu and 1"),
        (lambda x: np.exp(x.spare), "exp(spare) is of a quantity with the unit gpu"),
        (lambda x: np.log(x.spare), "log(spare)"),
        (lambda x: x.share**x.spare, "the exponent of share^spare has the unit gpu"),
        (lambda x: x.spare**x.share, "the base of spare^share has the unit gpu"),
        (lambda x: np.sqrt(x.share), "formulas may not use numpy.sqrt"),
        (lambda x: np.greater(x.share, 1), "formulas may not use numpy.greater"),
        (lambda x: np.add.reduce(x.share), "formulas may not use numpy.add"),
    ],
)
def test_what_does_not_go_together_is_refused(
    formula: Callable[[Paths], object], reason: str
) -> None:
    def at(x: Paths) -> None:
        x.result = formula(x)

    with pytest.raises(UnitError) as error:
        steps(at, result="1")
    assert reason in str(error.value)


def test_an_output_of_another_unit_than_it_says_is_refused() -> None:
    with pytest.raises(UnitError, match="toy: gpus is in gpu; it says usd"):
        steps(gpus, gpus="usd")


@pytest.mark.parametrize(
    ("formula", "powers", "mixed"),
    [
        (lambda x: x.share * x.gain + x.share, {"share": 1}, {"gain"}),
        (lambda x: x.share * x.gain - x.share * 2, {"share": 1}, {"gain"}),
        (lambda x: x.share + x.gain, {}, {"share", "gain"}),
        (lambda x: x.share**2 / x.gain, {"share": 2, "gain": -1}, set()),
        (lambda x: x.share * (x.share + 1), {}, {"share"}),
        (lambda x: x.gain / x.gain * x.share, {"share": 1}, set()),
        (lambda x: np.exp(x.gain) * x.share, {"share": 1}, {"gain"}),
        (lambda x: np.ceil(x.share), {}, {"share"}),
        (lambda x: np.minimum(x.share, x.share * x.gain), {"share": 1}, {"gain"}),
        (lambda x: np.minimum(x.share, 1), {}, {"share"}),
        (lambda x: (x.share * 3) ** 0.5, {"share": 0.5}, set()),
        (lambda x: x.share**x.gain, {}, {"share", "gain"}),
        (lambda x: -x.share, {"share": 1}, set()),
    ],
)
def test_pure_factors_are_told_from_all_others(
    formula: Callable[[Paths], object], powers: dict[str, float], mixed: set[str]
) -> None:
    def at(x: Paths) -> None:
        x.result = formula(x)

    step = steps(at, result="1")["result"]
    assert (dict(step.powers), set(step.mixed)) == (powers, mixed)


def _inputs(engine: str, seed: int) -> dict[str, float]:
    """Values at which nothing cancels and no share is above 1."""
    generator = np.random.default_rng(seed)
    return {name: float(generator.uniform(0.2, 0.9)) for name in MODELS[engine].inputs}


@pytest.mark.parametrize("engine", sorted(MODELS))
def test_doubling_an_input_does_to_each_output_what_the_structure_says(engine: str) -> None:
    """A pure factor of power p multiplies by 2^p, whatever the other inputs are; one that is not
    named does nothing."""
    model_ = MODELS[engine]
    found = structure(model_).steps
    grown = model_.overtaking
    outputs = [name for name in model_.outputs if grown is None or name != grown.output]
    for seed in range(3):
        inputs = _inputs(engine, seed)
        before = run(model_, inputs, 17)
        for name in inputs:
            after = run(model_, inputs | {name: 2 * inputs[name]}, 17)
            for output in outputs:
                step = found[output]
                if name in step.mixed:
                    continue
                ratio = getattr(after, output) / getattr(before, output)
                assert ratio == pytest.approx(2 ** step.powers.get(name, 0.0), rel=1e-9), (
                    name,
                    output,
                )


@pytest.mark.parametrize("engine", sorted(MODELS))
def test_the_pass_gives_the_values_that_arrays_give(engine: str) -> None:
    model_, inputs = MODELS[engine], _inputs(engine, 1)
    traced = trace(model_, inputs, 9 * MONTH)
    computed = run(model_, inputs, 9)
    for name, step in traced.items():
        if hasattr(computed, name):
            assert step.value == pytest.approx(float(getattr(computed, name)), rel=1e-12)


@pytest.mark.parametrize("engine", sorted(MODELS))
def test_every_output_is_a_step_of_its_unit(engine: str) -> None:
    found = structure(MODELS[engine]).steps
    for name, output in MODELS[engine].outputs.items():
        assert found[name].dimension == parse(output.unit).dimension


def test_another_formula_is_another_hash_and_the_same_one_the_same() -> None:
    def again(x: Paths) -> None:
        x.gpus = x.uploads * x.share / x.speed

    def other(x: Paths) -> None:
        x.gpus = x.uploads * (1 - x.share) / x.speed

    def longer(x: Paths) -> None:
        x.needed = x.uploads * x.share
        x.gpus = x.needed / x.speed

    hashes = [structure(model(at, gpus="gpu")).model_hash for at in (gpus, again, other, longer)]
    assert hashes[0] == hashes[1]
    assert len(set(hashes)) == 3
