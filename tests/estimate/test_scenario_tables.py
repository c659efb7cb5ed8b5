"""Units of inputs, the tables [gpu] and [run], chains of files, and odd files."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.errors import ScenarioError
from pipeline.estimate import scenario
from pipeline.estimate.scenario_changes import Changes

Load = Callable[..., scenario.Scenario]
Problems = Callable[..., list[str]]
Reload = Callable[[scenario.Scenario], bool]

GPU = '[gpu]\nname = "RTX 4090"\nmemory_gb = 24\nneeds_gb = 22.9\n'
SMALL = """[inputs]
layers.value = 30
width_model.value = 3072
mac_per_token_layer.value = 144703488
vae_space.value = 32
"""
"""A model of 5 billion parameters: at least 7 to 12 GB."""


# --------------------------------------------------------------------------------------- units


def test_any_unit_of_the_dimension_will_do(load: Load, reload: Reload) -> None:
    loaded = load('[inputs.overhead_seconds]\nunit = "gpu*minute/clip"\n')
    assert loaded.inputs["overhead_seconds"].unit == "gpu*minute/clip"
    assert loaded.inputs["overhead_seconds"].scale == 60
    assert loaded.inputs["candidates"].scale == 1
    assert reload(loaded)


@pytest.mark.parametrize(
    ("unit", "reason"),
    [
        ("flop", "is 'flop'; needs the dimension of '1'"),
        ("minuet", "'minuet' is no unit; nearest: minute"),
        ("clip/minuet^2", "'minuet' is no unit; nearest: minute"),
    ],
)
def test_a_unit_of_another_dimension_or_none(problems: Problems, unit: str, reason: str) -> None:
    lines = problems(f'[inputs.candidates]\nunit = "{unit}"\n')
    assert lines == [f"mine.toml:6: inputs.candidates.unit: {reason}"]


def test_a_unit_without_a_finite_scale(problems: Problems) -> None:
    unit = "exaflop^9*exaflop^9/exaflop^9/exaflop^9"
    (line,) = problems(f'[inputs.candidates]\nunit = "{unit}"\n')
    assert line.endswith("which is too large or too small to reckon with")


# ----------------------------------------------------------------------------------------- gpu


def test_a_gpu_that_the_model_fits(load: Load, reload: Reload) -> None:
    loaded = load(GPU + SMALL)
    assert loaded.gpu == scenario.Gpu("RTX 4090", 24.0, 22.9, None)
    assert reload(loaded)
    assert load().gpu is None


def test_a_model_of_the_inputs_that_does_not_fit_is_refused_whatever_the_file_says(
    problems: Problems,
) -> None:
    """Weights 40 x 298,844,160 bytes; 27 latent frames of 80 x 45 tokens, 84 bytes x 5,120 each."""
    needs = (40 * 298844160 + 84 * 5120 * 27 * 80 * 45) / 1e9
    assert problems(GPU) == [
        f"mine.toml:7: gpu.memory_gb: the model needs at least {needs:.3g} GB with 8-bit weights, "
        "the RTX 4090 has 24; take a GPU or a model that fits"
    ]


def test_a_share_lies_between_0_and_1(problems: Problems) -> None:
    assert problems("", "inputs.utilisation=5") == [
        "--set inputs.utilisation: inputs.utilisation.value: is a share: needs 0 to 1, has 5 "
        "within its 90 %"
    ]


def test_every_milestone_of_a_share_is_one(problems: Problems) -> None:
    text = '[inputs.utilisation]\ndist = "milestones"\nvalues = { "2024" = 0.5, "2027" = 1.2 }\n'
    (line,) = problems(text)
    assert "inputs.utilisation.values: is a share: needs 0 to 1, has 1.2" in line


def test_a_yearly_factor_has_no_other_unit(problems: Problems) -> None:
    text = '[inputs.efficiency_gain]\nunit = "1/month"\n'
    assert problems(text) == [
        "mine.toml:6: inputs.efficiency_gain.unit: is '1/month'; needs '1/year', for it compounds"
    ]


def test_the_parameters_of_a_distribution_may_be_given_another_way(load: Load) -> None:
    steps = load("", "inputs.steps.median=30", "inputs.steps.gsd=1.4").inputs["steps"]
    assert steps.params == "median 30, gsd 1.4"
    assert load("", "inputs.steps.p95=40").inputs["steps"].params == "p05 20, p95 40"


def test_a_gpu_that_the_model_does_not_fit(problems: Problems) -> None:
    assert problems(GPU.replace("22.9", "46")) == [
        "mine.toml:8: gpu.needs_gb: the model needs 46 GB, the RTX 4090 has 24; "
        "take a GPU or a model that fits"
    ]
    assert problems(GPU, "gpu.memory_gb=16") == [
        "--set gpu.memory_gb: the model needs 22.9 GB, the RTX 4090 has 16; "
        "take a GPU or a model that fits"
    ]


def test_a_gpu_with_mistakes(problems: Problems) -> None:
    assert problems("[gpu]\nname = 3\nmemory_gb = 0\nneed_gb = 2\n") == [
        "mine.toml:5: gpu: missing needs_gb",
        "mine.toml:6: gpu.name: needs text, has 3",
        "mine.toml:7: gpu.memory_gb: needs a number above 0, has 0",
        "mine.toml:8: gpu.need_gb: no such key; nearest: needs_gb",
    ]


# ------------------------------------------------------------------------------------ tolerance


def test_the_tolerance_is_part_of_the_text(load: Load, reload: Reload) -> None:
    plain = load()
    assert plain.tolerance == 0.005
    assert "tolerance = 0.005\n" in plain.text
    assert load("[run]\ntolerance = 5e-3\n").scenario_hash == plain.scenario_hash
    fine = load("[run]\ntolerance = 0.001\n")
    assert fine.tolerance == 0.001
    assert fine.scenario_hash != plain.scenario_hash
    assert reload(fine)


@pytest.mark.parametrize("odd", ["0", "0.1", "-1", "nan", '"1 %"', "true"])
def test_a_tolerance_out_of_bounds(problems: Problems, odd: str) -> None:
    (line,) = problems(f"[run]\ntolerance = {odd}\n")
    assert line.startswith("mine.toml:6: run.tolerance: needs 0 < tolerance < 0.1, has ")


# --------------------------------------------------------------------------------------- chains


def test_a_chain_of_four_merges_nearest_last(home: Path) -> None:
    for name, base, p95 in (("b", "base", 5), ("c", "b", 6), ("d", "c", 7)):
        (home / f"{name}.toml").write_text(
            f'extends = "{base}.toml"\n[scenario]\nid = "{name}"\ntitle = "{name}"\n'
            f"[inputs.candidates]\np95 = {p95}\n"
        )
    loaded = scenario.load("d", (home,))
    assert loaded.extends == ("c.toml", "b.toml", "base.toml")
    assert loaded.inputs["candidates"].params == "p05 1.3, p95 7"
    assert scenario.load("base", (home,)).extends == ()


def test_a_joint_mistake_is_told_where_the_last_of_its_parameters_stands(home: Path) -> None:
    for name, base, text in (("b", "base", "p95 = 1"), ("c", "b", "")):
        (home / f"{name}.toml").write_text(
            f'extends = "{base}.toml"\n[scenario]\nid = "{name}"\ntitle = "{name}"\n'
            f"[inputs.candidates]\n{text}\n"
        )
    with pytest.raises(ScenarioError, match=r"b\.toml:6: inputs\.candidates\.p95: needs 0 < p05"):
        scenario.load("c", (home,))


# ------------------------------------------------------------------------------------ odd files


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("x = " + "[" * 5000 + "]" * 5000, "not valid TOML: maximum recursion depth exceeded"),
        ("x = " + "[" * 20 + "]" * 20, "is nested deeper than 16 levels"),
        (".".join("x" * 3000) + " = 1", "is nested deeper than 16 levels"),
        ("x = 0x1" + "0" * 16, "holds a whole number of more than 64 bits"),
        ("x = 1" + "0" * 5000, "not valid TOML: Exceeds the limit"),
        ("x = 2024-13-01", "1: not valid TOML: Expected newline"),
    ],
    ids=["brackets", "lists", "dots", "hexadecimal", "decimal", "date"],
)
def test_toml_that_would_upset_a_reader(home: Path, text: str, reason: str) -> None:
    file = home / "odd.toml"
    file.write_text(text)
    with pytest.raises(ScenarioError) as error:
        scenario.load(file, (home,))
    assert str(error.value).replace(f"{file}:", "").strip().startswith(reason)


@pytest.mark.parametrize("name", ["a\\u0000.toml", "a" * 5000 + ".toml"])
def test_names_that_no_file_can_have(home: Path, name: str) -> None:
    file = home / "odd.toml"
    file.write_text(f'extends = "{name}"\n')
    with pytest.raises(ScenarioError, match=r"odd\.toml:1: extends: no file"):
        scenario.load(file, (home,))


_WORDS = """
scenario id engine months run draws seed tolerance gpu name memory_gb needs_gb sources rent title
url date grade set inputs candidates pue dist unit source note p05 p95 mode of weights values file
column correlations between spearman checks output expect x
"""
_KEYS = st.sampled_from(_WORDS.split())
_TEXTS = st.sampled_from(["direct", "mixture", "empirical", "milestones", "judgement", "1", "pue"])
_LEAVES = st.one_of(_TEXTS, st.integers(-5, 5), st.floats(), st.booleans(), st.text(max_size=3))
_VALUES = st.recursive(
    _LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=3),
    max_leaves=6,
)


def toml(value: object) -> str:
    """TOML of a value; its own writer, so that it may write what no scenario holds."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {toml(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    if isinstance(value, str):
        return (
            '"' + "".join(f"\\U{ord(c):08x}" for c in value if not 0xD800 <= ord(c) < 0xE000) + '"'
        )
    return str(value).lower()


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(st.tuples(st.lists(_KEYS, min_size=1, max_size=3).map(".".join), _VALUES), max_size=3),
    st.text(max_size=12),
)
def test_no_change_is_more_than_a_message(
    home: Path, changes: list[tuple[str, object]], noise: str
) -> None:
    """As values, as a file laid over, and as a file that extends."""
    values = tuple(f"{key}={toml(value)}" for key, value in changes)
    (home / "over.toml").write_text("\n".join(values), encoding="utf-8")
    (home / "heir.toml").write_text('extends = "base.toml"\n' + "\n".join(values))
    (home / "noise.toml").write_text(noise, encoding="utf-8", errors="replace")
    for name, made in (
        ("base", Changes(values)),
        ("base", Changes(files=(home / "over.toml",))),
        ("base", Changes((noise, f"inputs.pue={noise}", f"{noise}=1"))),
        ("heir", Changes()),
        ("noise", Changes()),
    ):
        try:
            loaded = scenario.load(name, (home,), made)
        except ScenarioError:
            continue
        assert loaded.id == name
