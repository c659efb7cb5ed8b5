"""Scenario files: what is shipped, what is inherited, and what every mistake is told."""

import re
import tomllib
from pathlib import Path

import pytest

from pipeline import resources
from pipeline.errors import ScenarioError
from pipeline.estimate import scenario

SHIPPED = ["base", "consumer", "distilled", "factorial-2024", "high", "low", "sora"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "base.toml").write_text((resources.SCENARIOS / "base.toml").read_text())
    return tmp_path


def write(folder: Path, text: str, name: str = "mine") -> Path:
    file = folder / f"{name}.toml"
    file.write_text(text)
    return file


def child(folder: Path, text: str = "", *, title: str = "Mine") -> Path:
    head = f'extends = "base.toml"\n[scenario]\nid = "mine"\ntitle = "{title}"\n'
    return write(folder, head + text)


def message(file: Path | str, folder: Path) -> list[str]:
    """The lines of the error, without the folder's path."""
    with pytest.raises(ScenarioError) as error:
        scenario.load(file, (folder,))
    return str(error.value).replace(f"{folder}/", "").split("\n")


# ------------------------------------------------------------------------------------- shipped


def test_names_are_those_of_the_files() -> None:
    assert scenario.names() == SHIPPED


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_scenarios_load_and_say_where_every_input_is_from(name: str) -> None:
    loaded = scenario.load(name)
    assert loaded.id == name
    assert list(loaded.inputs) == list(loaded.model.inputs)
    for given in loaded.inputs.values():
        assert given.grade
        if given.grade != "guess":
            assert given.source.url or given.source.document


@pytest.mark.parametrize("name", ["base", "factorial-2024"])
def test_shipped_files_list_no_source_that_they_do_not_use(name: str) -> None:
    data = tomllib.loads((resources.SCENARIOS / f"{name}.toml").read_text())
    used = {entry["source"] for entry in [*data["inputs"].values(), *data.get("checks", [])]}
    assert set(data["sources"]) == used


def test_what_was_only_recalled_is_graded_reconstructed() -> None:
    """The compute section of the published estimate could be read in no copy."""
    recalled = {
        "base_training_flop",
        "parameter_factor",
        "data_factor_low",
        "data_factor_high",
        "frames_per_second",
        "temporal_compression",
        "video_share",
        "training_utilisation",
        "training_days",
        "forward_flop",
        "steps",
        "flop_per_video_minute",
        "youtube_eligible_share",
        "candidates",
        "peak_to_mean",
        "utilisation",
    }
    inputs = scenario.load("factorial-2024").inputs
    assert {name for name, i in inputs.items() if i.grade == "reconstructed"} == recalled
    assert inputs["minutes_per_gpu_hour"].grade == "primary"
    assert inputs["published_peak"].grade == "secondary"


@pytest.mark.parametrize("name", SHIPPED)
def test_the_canonical_text_loads_to_an_equal_scenario(name: str, tmp_path: Path) -> None:
    loaded = scenario.load(name)
    again = scenario.load(write(tmp_path, loaded.text, name))
    assert again == loaded
    assert again.scenario_hash == loaded.scenario_hash


def test_spelling_does_not_change_the_hash_but_a_number_does(folder: Path) -> None:
    plain = scenario.load(child(folder, "[inputs.candidates]\np95 = 4\n")).scenario_hash
    inline = scenario.load(child(folder, "[inputs]\ncandidates = { p95 = 4.0 } # same\n"))
    other = scenario.load(child(folder, "[inputs.candidates]\np95 = 4.01\n"))
    assert inline.scenario_hash == plain
    assert other.scenario_hash != plain


# ---------------------------------------------------------------------------------- inheritance


def test_tables_merge_key_by_key(folder: Path) -> None:
    base = scenario.load("base")
    loaded = scenario.load(child(folder, "months = 12\n[inputs.candidates]\np95 = 9\n"))
    assert loaded.months == 12
    assert loaded.title == "Mine"
    assert loaded.inputs["candidates"].params == "p05 1.3, p95 9"
    assert loaded.inputs["candidates"].note == base.inputs["candidates"].note
    untouched = [name for name in base.inputs if name != "candidates"]
    assert all(loaded.inputs[name] == base.inputs[name] for name in untouched)


def test_a_changed_distribution_drops_inherited_parameters(folder: Path) -> None:
    loaded = scenario.load(child(folder, '[inputs.pue]\ndist = "point"\nvalue = 1.05\n'))
    assert loaded.inputs["pue"].params == "value 1.05"
    assert loaded.inputs["pue"].unit == "1"


def test_a_changed_source_drops_the_inherited_grade_and_note(folder: Path) -> None:
    given = scenario.load(child(folder, '[inputs.candidates]\nsource = "judgement"\n'))
    assert given.inputs["candidates"].grade == "guess"
    assert given.inputs["candidates"].note is None


def test_id_title_and_checks_are_not_handed_down(folder: Path) -> None:
    check = '[[checks]]\noutput = "gpus_peak"\nexpect = 1\nrel_tol = 0.1\nsource = "judgement"\n'
    child(folder, check)
    write(folder, 'extends = "mine.toml"\n[scenario]\nid = "third"\ntitle = "Third"\n', "third")
    assert scenario.load("third", (folder,)).checks == ()
    write(folder, 'extends = "mine.toml"\n', "fourth")
    assert message("fourth", folder) == [
        "fourth.toml: scenario: missing id",
        "fourth.toml: scenario: missing title",
    ]


def test_a_users_folder_comes_first_and_its_base_may_extend_the_shipped_one(
    tmp_path: Path,
) -> None:
    text = 'extends = "base.toml"\n[scenario]\nid = "base"\ntitle = "Ours"\nmonths = 3\n'
    write(tmp_path, text, "base")
    folders = (tmp_path, resources.SCENARIOS)
    assert scenario.load("base", folders).title == "Ours"
    assert scenario.load("low", folders).months == 60  # a shipped file extends its neighbour
    assert scenario.names(folders) == SHIPPED


# -------------------------------------------------------------------------------------- mistakes

BAD = [
    (
        "percentiles the wrong way round",
        "[inputs.candidates]\np05 = 5\n",
        ["mine.toml:6: inputs.candidates.p05: needs 0 < p05 < p95, has 5 and 4.5"],
    ),
    (
        "a percentile that an inherited one does not allow",
        "[inputs.candidates]\np95 = 1\n",
        ["mine.toml:6: inputs.candidates.p95: needs 0 < p05 < p95, has 1.3 and 1"],
    ),
    (
        "a lognormal from zero",
        "[inputs]\ncandidates = { p05 = 0 }\n",
        ["mine.toml:6: inputs.candidates.p05: needs 0 < p05 < p95, has 0 and 4.5"],
    ),
    (
        "a parameter of another distribution",
        "[inputs.candidates]\nmode = 2\n",
        [
            "mine.toml:6: inputs.candidates.mode: not a parameter of lognormal; "
            "it takes p05, p95 or p10, p90 or median, gsd"
        ],
    ),
    (
        "an unknown distribution",
        '[inputs.candidates]\ndist = "lognormall"\n',
        ["mine.toml:6: inputs.candidates.dist: no distribution 'lognormall'; nearest: lognormal"],
    ),
    (
        "an unknown input",
        '[inputs.candidate]\ndist = "point"\nvalue = 1\nunit = "1"\nsource = "judgement"\n',
        ["mine.toml:5: inputs.candidate: the engine video has no such input; nearest: candidates"],
    ),
    (
        "an unknown source",
        '[inputs.candidates]\nsource = "judgment"\n',
        [
            "mine.toml:6: inputs.candidates.source: source 'judgment' is not in [sources]; "
            "nearest: judgement"
        ],
    ),
    (
        "an unknown key at the top",
        "[runs]\ndraws = 1\n",
        ["mine.toml:5: runs: no such key; nearest: run"],
    ),
    (
        "an unknown key in a table",
        "[run]\ndraw = 5\n",
        ["mine.toml:6: run.draw: no such key; nearest: draws"],
    ),
    (
        "too few draws",
        "[run]\ndraws = 10\n",
        ["mine.toml:6: run.draws: needs at least 1000, has 10"],
    ),
    (
        "draws that are no number",
        '[run]\ndraws = "many"\n',
        ["mine.toml:6: run.draws: needs a whole number from 1 to 1048576, has 'many'"],
    ),
    (
        "a source with nothing to look up",
        '[sources.blog]\ntitle = "A blog"\ngrade = "second"\nurl = "javascript:alert(1)"\n',
        [
            "mine.toml:5: sources.blog: missing date",
            "mine.toml:7: sources.blog.grade: is 'second'; "
            "it takes primary, secondary, derived, reconstructed, guess",
            "mine.toml:8: sources.blog.url: needs an http(s) address, has 'javascript:alert(1)'",
        ],
    ),
    (
        "a source without any place",
        '[sources.blog]\ntitle = ""\ngrade = "secondary"\ndate = "spring"\n',
        [
            "mine.toml:5: sources.blog: missing url or document",
            "mine.toml:6: sources.blog.title: needs text, has ''",
            'mine.toml:8: sources.blog.date: needs a date, "2024-03", "2024" or "undated", '
            "has 'spring'",
        ],
    ),
    (
        "a check that cannot be made",
        '[[checks]]\noutput = "gpu_peak"\nexpect = 0\nrel_tol = 2\nsource = "judgement"\n',
        [
            "mine.toml:6: checks[1].output: the engine video has no output 'gpu_peak'; "
            "nearest: gpus_peak",
            "mine.toml:7: checks[1].expect: needs a number other than 0, has 0",
            "mine.toml:8: checks[1].rel_tol: needs 0 < rel_tol < 1, has 2",
        ],
    ),
    (
        "an input that is no table",
        "[inputs]\ncandidates = 3\n",
        ["mine.toml:6: inputs.candidates: needs a table, has 3"],
    ),
    (
        "an unknown engine",
        'engine = "dirct"\n',
        ["mine.toml:5: scenario.engine: no engine 'dirct'; nearest: direct"],
    ),
    (
        "a start that is no day",
        'start = "now"\n',
        ["mine.toml:5: scenario.start: needs \"report\" or a date, has 'now'"],
    ),
]


@pytest.mark.parametrize(("text", "lines"), [b[1:] for b in BAD], ids=[b[0] for b in BAD])
def test_mistakes_are_told_with_file_line_key_and_reason(
    text: str, lines: list[str], folder: Path
) -> None:
    assert message(child(folder, text), folder) == lines


def test_all_mistakes_are_told_at_once_across_files(folder: Path) -> None:
    base = folder / "base.toml"
    base.write_text(base.read_text().replace("mode = 0.04", "mode = 0.4"))
    line = base.read_text().split("\n").index("mode = 0.4")
    lines = message(child(folder, "[inputs.candidates]\np05 = 5\np9 = 1\n"), folder)
    assert lines == [
        f"base.toml:{line}: inputs.youtube_ai_share.low: "
        "needs low <= mode <= high and low < high, has 0.01 and 0.4 and 0.15",
        "mine.toml:7: inputs.candidates.p9: not a parameter of lognormal; "
        "it takes p05, p95 or p10, p90 or median, gsd",
    ]


def test_a_misspelt_input_is_told_once(folder: Path) -> None:
    assert message(child(folder, "[inputs.candidate]\np95 = 3\n"), folder) == [
        "mine.toml:5: inputs.candidate: the engine video has no such input; nearest: candidates"
    ]


def test_an_input_without_source_unit_or_distribution(folder: Path) -> None:
    base = folder / "base.toml"
    text = base.read_text()
    text = text[: text.index("[inputs.candidates]")]
    base.write_text(text + "[inputs.candidates]\nvalue = 2\n")
    lines = message("base", folder)
    at = f"base.toml:{text.count(chr(10)) + 1}: inputs.candidates: missing"
    assert [line for line in lines if "candidates:" in line] == [
        f"{at} dist",
        f"{at} source",
        f"{at} unit",
    ]
    assert any(line.endswith("missing pue (1) for engine video") for line in lines)


def test_the_id_is_the_files_name(folder: Path) -> None:
    write(folder, 'extends = "base.toml"\n[scenario]\nid = "mine"\ntitle = "Mine"\n', "yours")
    assert message("yours", folder) == [
        "yours.toml:3: scenario.id: is 'mine'; the file's name wants 'yours'"
    ]


def test_an_empty_file_is_told_what_it_lacks(folder: Path) -> None:
    lines = message(write(folder, ""), folder)
    assert lines == [
        "mine.toml: inputs: needs a table [inputs]",
        "mine.toml: run: needs a table [run]",
        "mine.toml: scenario: needs a table [scenario]",
        "mine.toml: sources: needs a table [sources]",
    ]


def test_bad_toml(folder: Path) -> None:
    (line,) = message(write(folder, '[scenario]\nid = "a\n'), folder)
    assert line == "mine.toml:2: not valid TOML: Illegal character '\\n' (column 8)"
    (line,) = message(write(folder, "[run]\ndraws = 1\ndraws = 2\n"), folder)
    assert line.startswith("mine.toml:3: not valid TOML: Cannot overwrite a value")


def test_bytes_that_are_no_text(folder: Path) -> None:
    (folder / "mine.toml").write_bytes(b'title = "\xff"')
    assert message("mine", folder) == ["mine.toml: is not UTF-8 text: byte 9"]


def test_extends_to_nowhere(folder: Path) -> None:
    file = write(folder, '# first\nextends = "bass.toml"\n')
    assert message(file, folder) == [
        "mine.toml:2: extends: no file 'bass.toml'; nearest: base.toml"
    ]
    file = write(folder, "extends = 3\n")
    assert message(file, folder) == ["mine.toml:1: extends: needs the name of a .toml file, has 3"]


def test_extends_in_a_circle(folder: Path) -> None:
    write(folder, 'extends = "two.toml"\n', "one")
    write(folder, '\nextends = "three.toml"\n', "two")
    write(folder, 'extends = "one.toml"\n', "three")
    assert message("one", folder) == [
        "three.toml:1: extends: extends itself: one.toml -> two.toml -> three.toml -> one.toml"
    ]


def test_an_unknown_name_and_a_missing_file(folder: Path) -> None:
    assert message("bace", folder) == ["no scenario 'bace'; nearest: base"]
    assert message(folder / "none.toml", folder) == [
        "none.toml: cannot be read: No such file or directory"
    ]


ODD = ["3", "true", '"text"', "[1, 2]", "{ a = 1 }", "2024-01-01", "1e400", "-0.0", "07:30:00"]


@pytest.mark.parametrize("odd", ODD)
def test_no_odd_value_anywhere_is_more_than_a_message(odd: str, folder: Path) -> None:
    """Tables and keys of every kind in turn, with a value of another kind; also inherited."""
    data = tomllib.loads((folder / "base.toml").read_text())
    paths: list[tuple[str, ...]] = [(key,) for key in [*data, "checks", "extra"]]
    paths += [(table, key) for table in ("scenario", "run") for key in data[table]]
    paths += [("sources", "rent"), *(("sources", "rent", key) for key in data["sources"]["rent"])]
    paths += [("inputs", "pue"), *(("inputs", "pue", key) for key in data["inputs"]["pue"])]
    for path in paths:
        write(folder, f'extends = "base.toml"\n{".".join(path)} = {odd}\n', "odd")
        write(folder, 'extends = "odd.toml"\n[inputs.pue]\nmode = 1.3\n', "grandchild")
        for name in ("odd", "grandchild"):
            lines = message(name, folder)
            assert all(re.match(r"[a-z]+\.toml(:\d+)?: [a-z]+", line) for line in lines), lines
