"""``--set`` and ``--set-file``: what they change, and what their mistakes are told."""

from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.estimate import scenario

Load = Callable[..., scenario.Scenario]
Problems = Callable[..., list[str]]
Reload = Callable[[scenario.Scenario], bool]


def test_one_parameter(load: Load, reload: Reload) -> None:
    plain, loaded = load(), load("", "inputs.candidates.p95=9")
    assert loaded.inputs["candidates"].params == "p05 1.3, p95 9"
    assert loaded.inputs["candidates"].source == plain.inputs["candidates"].source
    assert loaded.inputs["candidates"].note == plain.inputs["candidates"].note
    assert loaded.scenario_hash != plain.scenario_hash
    assert loaded.scenario_hash == load("[inputs.candidates]\np95 = 9\n").scenario_hash
    assert reload(loaded)


def test_a_bare_number_is_a_point_of_its_own_source(load: Load, reload: Reload) -> None:
    plain, loaded = load(), load("", "inputs.candidates=3", "run.draws=2000")
    given = loaded.inputs["candidates"]
    assert (given.dist, given.params, given.grade) == ("point", "value 3", "guess")
    assert given.unit == plain.inputs["candidates"].unit
    assert given.note is None
    assert (given.source.id, given.source.title) == ("set", "Set on the command line")
    assert loaded.draws == 2000
    assert reload(loaded)


def test_a_bare_number_with_a_source(load: Load) -> None:
    given = load("", "inputs.candidates=3", 'inputs.candidates.source="judgement"')
    assert given.inputs["candidates"].source.id == "judgement"


def test_a_changed_distribution_drops_what_was_inherited(load: Load) -> None:
    loaded = load("", 'inputs.pue={dist = "uniform", low = 1.1, high = 1.2}')
    assert loaded.inputs["pue"].params == "low 1.1, high 1.2"


def test_values_come_after_files_and_each_in_its_order(load: Load, home: Path) -> None:
    first, second = home / "first.toml", home / "second.toml"
    first.write_text("[inputs.candidates]\np05 = 2\np95 = 5\n[run]\nseed = 7\n")
    second.write_text("[inputs.candidates]\np95 = 6\n")
    loaded = load("", "inputs.candidates.p95=8", "inputs.candidates.p95=7", files=(first, second))
    assert loaded.inputs["candidates"].params == "p05 2, p95 7"
    assert loaded.seed == 7
    assert loaded.id == "mine"


def test_checks_of_the_scenario_stay(load: Load) -> None:
    check = '[[checks]]\noutput = "gpus_peak"\nexpect = 1\nrel_tol = 0.1\nsource = "judgement"\n'
    assert len(load(check, "inputs.candidates=3").checks) == 1
    assert load(check, "checks=[]").checks == ()


@pytest.mark.parametrize(
    ("value", "line"),
    [
        (
            "inputs.candidats.p95=0.7",
            "--set inputs.candidats.p95: the engine video has no such input; nearest: candidates",
        ),
        (
            "inputs.candidates.p99=0.7",
            "--set inputs.candidates.p99: not a parameter of lognormal; "
            "it takes p05, p95 or p10, p90 or median, gsd",
        ),
        (
            "inputs.candidates.p95=0.7",
            "--set inputs.candidates.p95: needs 0 < p05 < p95, has 1.3 and 0.7",
        ),
        (
            "inputs.candidates.source=judgement",
            "--set inputs.candidates.source: 'judgement' is no TOML value; "
            "quote text: 'inputs.candidates.source=\"judgement\"'",
        ),
        ("run.draws=", "--set run.draws: '' is no TOML value"),
        ("run.draws=1,000", "--set run.draws: '1,000' is no TOML value"),
        (
            "run.draws=1\nrun.seed=2",
            "--set run.draws: '1\\nrun.seed=2' is more than one TOML value",
        ),
        ("run.drawn=2", "--set run.drawn: no such key; nearest: draws"),
        ("runs.draws=2", "--set runs.draws: no such key; nearest: run"),
        ("run", "--set run: needs key=value, such as inputs.pue.value=1.1"),
        ("[run]=1", "--set [run]: is no TOML key; it is written like inputs.pue.value"),
        ("=1", "--set : is no TOML key; it is written like inputs.pue.value"),
        ('scenario.id="x"', "--set scenario.id: cannot be changed; name another scenario instead"),
        ('extends="x"', "--set extends: cannot be changed; name another scenario instead"),
        (
            'inputs.pue={source = "nobody"}',
            "--set inputs.pue: inputs.pue.source: source 'nobody' is not in [sources]",
        ),
    ],
)
def test_mistakes_name_the_change(problems: Problems, value: str, line: str) -> None:
    (found,) = problems("", value)
    assert found.partition("; there are")[0] == line


@pytest.mark.parametrize("name", ["correlations", "checks"])
def test_an_empty_entry_of_a_list(problems: Problems, name: str) -> None:
    lines = problems("", f"{name}=[{{}}]")
    assert f"--set {name}: {name}[1]: missing source" in lines


def test_all_mistakes_of_values_at_once(problems: Problems) -> None:
    assert problems("", "run.draws=many", "run") == [
        "--set run.draws: 'many' is no TOML value; quote text: 'run.draws=\"many\"'",
        "--set run: needs key=value, such as inputs.pue.value=1.1",
    ]


def test_a_scenario_with_a_source_of_that_name(problems: Problems) -> None:
    source = '[sources.set]\ntitle = "A set of timings"\ngrade = "guess"\n'
    assert problems(source, "inputs.pue=1.1") == [
        "--set inputs.pue: the scenario has a source 'set' of its own; "
        "set inputs.pue.dist, inputs.pue.value and inputs.pue.source"
    ]


def test_mistakes_in_a_file_that_is_laid_over(problems: Problems, home: Path) -> None:
    over = home / "over.toml"
    over.write_text('extends = "base.toml"\n[scenario]\nid = "x"\n')
    assert problems(files=(over,)) == [
        "over.toml:1: extends: cannot be changed by --set-file; leave it out",
        "over.toml:3: scenario.id: cannot be changed by --set-file; leave it out",
    ]
    over.write_text("\n[inputs.candidates]\np95 = 1\n")
    assert problems(files=(over,)) == [
        "over.toml:3: inputs.candidates.p95: needs 0 < p05 < p95, has 1.3 and 1"
    ]
    assert problems(files=(home / "none.toml",)) == [
        "none.toml: cannot be read: No such file or directory"
    ]
