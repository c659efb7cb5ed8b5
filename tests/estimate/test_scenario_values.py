"""Inputs that are given by tables, lists or files of data."""

from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.estimate import column, scenario

Load = Callable[..., scenario.Scenario]
Problems = Callable[..., list[str]]
Reload = Callable[[scenario.Scenario], bool]

MIXTURE = """[inputs.candidates]
dist = "mixture"
weights = [0.3, 0.7]
of = [
  { dist = "lognormal", p05 = 1, p95 = 2 },
  { dist = "discrete", values = [3, 4], weights = [1, 1] },
]
"""
MILESTONES = """[inputs.efficiency_gain]
dist = "milestones"
values = { 2024 = 1.5, 2027-07 = 2 }
"""
EMPIRICAL = '[inputs.candidates]\ndist = "empirical"\nfile = "data.csv"\ncolumn = "asked"\n'


def test_a_mixture(load: Load, reload: Reload) -> None:
    loaded = load(MIXTURE)
    assert loaded.inputs["candidates"].params == "of 2 distributions, weights 0.3/0.7"
    assert "of = [{ dist = " in loaded.text
    assert reload(loaded)


def test_a_mistake_in_a_component_is_told_on_its_line(problems: Problems) -> None:
    text = MIXTURE.replace("values = [3, 4]", "valuess = [3, 4]")
    lines = problems(text)
    assert lines[0].startswith(
        "mine.toml:10: inputs.candidates.of[2].valuess: not a parameter of discrete"
    )
    (line,) = problems(MIXTURE.replace("p05 = 1", "p05 = 3"))
    assert line == ("mine.toml:9: inputs.candidates.of[1].p05: needs 0 < p05 < p95, has 3 and 2")


def test_milestones(load: Load, reload: Reload) -> None:
    loaded = load(MILESTONES)
    assert loaded.inputs["efficiency_gain"].params == "2024 1.5, 2027-07 2"
    assert reload(loaded)
    changed = load(MILESTONES, "inputs.efficiency_gain.values.2024=1.2")
    assert changed.inputs["efficiency_gain"].params == "2024 1.2, 2027-07 2"


def test_a_milestone_that_is_no_number_above_0(problems: Problems) -> None:
    (line,) = problems(MILESTONES, "inputs.efficiency_gain.values.2024=0")
    assert line == "--set inputs.efficiency_gain.values.2024: needs a number above 0, has 0"
    (line,) = problems(MILESTONES.replace("1.5", "-1"))
    assert line.startswith("mine.toml:7: inputs.efficiency_gain.values.2024: needs a number above")


def test_milestones_are_certain(problems: Problems) -> None:
    text = (
        '[[correlations]]\nbetween = ["efficiency_gain", "pue"]\nspearman = 0.1\n'
        'source = "judgement"\n'
    )
    assert problems(MILESTONES + text) == [
        "mine.toml:9: correlations[1].between: efficiency_gain is certain (milestones), "
        "so that nothing correlates with it"
    ]


# ------------------------------------------------------------------------------------ empirical


@pytest.fixture
def data(home: Path) -> Path:
    file = home / "data.csv"
    file.write_text("hour,asked\n1,2.5\n2,1\n3,4\n")
    return file


def test_data_of_a_file_become_values(load: Load, reload: Reload, data: Path) -> None:
    loaded = load(EMPIRICAL)
    assert loaded.inputs["candidates"].params == "3 values"
    assert "values = [1.0, 2.5, 4.0]\n" in loaded.text
    assert reload(loaded)


def test_the_order_and_the_name_of_the_data_do_not_change_the_hash(
    load: Load, home: Path, data: Path
) -> None:
    before = load(EMPIRICAL).scenario_hash
    (home / "other.csv").write_text("\ufeffasked\r\n4\r\n1.0\r\n2.5\r\n", encoding="utf-8")
    assert load(EMPIRICAL.replace("data", "other")).scenario_hash == before
    listed = EMPIRICAL.replace('file = "data.csv"\ncolumn = "asked"', "values = [1, 2.5, 4]")
    assert load(listed).scenario_hash == before
    data.write_text(data.read_text().replace("4", "5"))
    assert load(EMPIRICAL).scenario_hash != before


def test_a_file_is_looked_for_beside_the_file_that_names_it(home: Path, data: Path) -> None:
    inner = home / "inner"
    inner.mkdir()
    head = '[scenario]\nid = "{0}"\ntitle = "x"\n'
    (home / "middle.toml").write_text('extends = "base.toml"\n' + head.format("middle") + EMPIRICAL)
    (inner / "leaf.toml").write_text('extends = "middle.toml"\n' + head.format("leaf"))
    loaded = scenario.load(inner / "leaf.toml", (home,))
    assert loaded.inputs["candidates"].params == "3 values"


@pytest.mark.parametrize(
    ("content", "key", "reason"),
    [
        ("hour,askd\n1,2\n", "column", "there is no column 'asked'; nearest: askd"),
        ("", "column", "there is no column 'asked'; there are: none"),
        ("asked,asked\n1,2\n", "column", "there are 2 columns 'asked'"),
        ("hour,asked\n1,2\n2,\n", "column", "row 3 has nothing; needs a finite number"),
        ("hour,asked\n1,2\n2\n", "column", "row 3 has nothing; needs a finite number"),
        ("asked\n1\nmany\n", "column", "row 3 has 'many'; needs a finite number"),
        ("asked\n1\ninf\n", "column", "row 3 has 'inf'; needs a finite number"),
        ('asked\n"1\n', "file", "data.csv is not CSV: unexpected end of data"),
    ],
)
def test_data_with_mistakes(
    problems: Problems, data: Path, content: str, key: str, reason: str
) -> None:
    data.write_text(content)
    line = 7 if key == "file" else 8
    assert problems(EMPIRICAL) == [f"mine.toml:{line}: inputs.candidates.{key}: {reason}"]


def test_files_that_cannot_be_read(problems: Problems, data: Path) -> None:
    data.write_bytes(b"asked\n\xff\n")
    (line,) = problems(EMPIRICAL)
    assert line == "mine.toml:7: inputs.candidates.file: data.csv is not UTF-8 text"
    data.write_text("asked\n" + "1\n" * (column.ROWS + 1))
    (line,) = problems(EMPIRICAL)
    assert line == "mine.toml:7: inputs.candidates.file: has more than 100,000 rows"
    data.unlink()
    (line,) = problems(EMPIRICAL)
    assert line == "mine.toml:7: inputs.candidates.file: there is no file 'data.csv'"


def test_half_of_file_and_column(problems: Problems, data: Path) -> None:
    both = EMPIRICAL + "values = [1, 2]\n"
    assert problems(both) == [
        "mine.toml:9: inputs.candidates.values: is there beside file or column; "
        "give one or the other"
    ]
    assert problems(EMPIRICAL.replace('file = "data.csv"\n', "")) == [
        "mine.toml:5: inputs.candidates.file: is missing; data are given by file and column"
    ]
    assert problems(EMPIRICAL.replace('"asked"', "2")) == [
        "mine.toml:8: inputs.candidates.column: needs text, has 2"
    ]
