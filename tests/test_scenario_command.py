"""Scenario commands, through the command line: results, exit codes, files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import pytest

if TYPE_CHECKING:
    from tests.conftest import Command, Overlay  # noqa: TID251 - for its types only

DAY = ("--date", "2026-11-23")
MINE = """extends = "factorial-2024.toml"
[scenario]
id = "mine"
title = "Mine"
[[checks]]
output = "gpus_peak"
expect = 713333.3333
rel_tol = 1e-6
source = "arithmetic"
"""


def test_without_an_action_it_lists(first: Command, overlay: Overlay) -> None:
    own = overlay("scenarios/mine.toml", MINE)
    for arguments in ((), ("list",)):
        listed = json.loads(first("scenario", "--json", *arguments, "--overlay", own).out)
        named = {row["id"]: row for row in listed}
        assert {"base", "mine"} <= named.keys()
        assert named["mine"]["engine"] == "published"
        assert named["mine"]["extends"] == ["factorial-2024.toml"]
    assert "gradual adoption" in first("scenario").out


def test_show_prints_what_loads_again(first: Command, tmp_path: Path) -> None:
    shown = first("scenario", "show", "distilled", "--set", "inputs.mfu=0.5")
    file = tmp_path / "distilled.toml"
    file.write_text(shown.out)
    assert "value = 0.5\n" in shown.out
    assert first("scenario", "show", str(file)).out == shown.out


def test_check_counts_and_tells_all_mistakes(first: Command, overlay: Overlay) -> None:
    assert first("scenario", "check").code == 0
    own = overlay("scenarios/mine.toml", MINE)
    ended = first("scenario", "check", "mine", "base", "--overlay", own)
    assert ended.code == 0
    assert "mine: 27 inputs, 10 sources, 1 check, 1 pass" in ended.out
    overlay("scenarios/one.toml", MINE.replace('"mine"', '"one"') + "[inputs.candidate]\n")
    overlay("scenarios/two.toml", "x = 1\n")
    ended = first("scenario", "check", "--overlay", own)
    assert ended.code == 2
    assert "one.toml:10: inputs.candidate: " in ended.message
    assert "nearest: candidates" in ended.message
    assert "two.toml" in ended.message
    assert "mine: 27 inputs" in ended.out


def test_a_missed_figure_ends_with_7(first: Command, overlay: Overlay) -> None:
    own = overlay("scenarios/mine.toml", MINE.replace("713333.3333", "720000"))
    ended = first("scenario", "check", "mine", "--overlay", own, "--json")
    assert ended.code == 7
    assert "gpus_peak should be 720000 within 1e-06 relative, is 713333.3333" in ended.message
    (figure,) = json.loads(ended.out)[0]["figures"]
    assert (figure["expect"], figure["passed"]) == (720000, False)
    changed = first(
        "scenario",
        "check",
        "mine",
        "--overlay",
        own,
        "--set",
        f"inputs.candidates={720e3 * 3 / 1.07e6}",
    )
    assert changed.code == 0


def test_run_gives_quantiles_with_their_errors(first: Command) -> None:
    ended = first("scenario", "run", "base", "--month", "2028-11", "--month", "0", *DAY, "--json")
    found = json.loads(ended.out)
    rows = {(row["month_index"], row["output"], row["quantile"]): row for row in found["rows"]}
    assert {month for month, _, _ in rows} == {None, 0, 24}
    assert rows[24, "gpus_peak", "p50"]["month_date"] == "2028-11-01"
    assert rows[24, "gpus_peak", "p50"]["standard_error"] > 0
    assert found["largest_error"] <= 0.005
    assert len(found["scenario_hash"]) == len(found["model_hash"]) == 64
    text = first("scenario", "run", "base", "--month", "24", *DAY).out
    assert found["scenario_hash"] in text
    assert "24 (2028-11)" in text


def test_run_takes_its_settings_from_flags_and_says_where_they_do_not_do(first: Command) -> None:
    flags = ("--draws", "65536", "--seed", "7", "--method", "monte-carlo", "--tolerance", "1e-5")
    ended = first("scenario", "run", "base", "--month", "24", *DAY, "--json", *flags)
    found = json.loads(ended.out)
    assert (ended.code, found["seed"], found["draws"]) == (0, 7, 2**23)
    (told,) = (line for line in ended.log if line["event"] == "tolerance_missed")
    assert told["tolerance"] == 1e-5


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_run_writes_all_months_long(first: Command, tmp_path: Path, suffix: str) -> None:
    file = tmp_path / f"rows.{suffix}"
    changes = ("--set", "scenario.months=3", "--out", str(file))
    assert first("scenario", "run", "base", *DAY, *changes).out == f"{file}\n"
    rows = pl.read_csv(file) if suffix == "csv" else pl.read_parquet(file)
    months = rows.filter(pl.col("output") == "gpus_peak")["month_index"]
    assert sorted(set(months.to_list())) == [0, 1, 2, 3]
    assert set(rows["quantile"]) == {"p05", "p10", "p25", "p50", "p75", "p90", "p95"}


def test_explain_prints_steps_inputs_and_sources(first: Command) -> None:
    out = first("scenario", "explain", "factorial-2024").out
    assert "gpus_base = ai_minutes_per_day / minutes_per_gpu_hour = 89,170 gpu" in out
    assert "gpus_peak = gpus_base * on_top = 713,300 gpu" in out
    assert "candidates = 2: point value 2" in out
    assert "2024-03-31 (primary)" in out
    found = json.loads(first("scenario", "explain", "base", "--month", "24", *DAY, "--json").out)
    assert found["p05"] < found["p50"] < found["p95"]
    assert found["at_medians"] != found["p50"]


def test_diff_changes_the_second_one(first: Command) -> None:
    arguments = ("scenario", "diff", "factorial-2024", "factorial-2024")
    found = json.loads(first(*arguments, "--set", "inputs.candidates=3", "--json").out)
    assert found["second"]["p50"] / found["first"]["p50"] == pytest.approx(1.5)
    assert [one["name"] for one in found["differences"]] == ["candidates"]
    assert "point value 3" in first(*arguments, "--set", "inputs.candidates=3").out
    assert "nothing differs" in first(*arguments).out


def test_solve_answers_in_the_inputs_unit(first: Command) -> None:
    ended = first(
        *("scenario", "solve", "factorial-2024", "--for", "candidates"),
        *("--such-that", "gpus_peak.p50[2024-04] = 720e3"),
    )
    assert "candidates = 2.018" in ended.out
    assert "gpus_peak.p50 in month 0 is then 720,000 gpu" in ended.out


def test_new_writes_a_file_that_loads_and_never_overwrites(
    first: Command, overlay: Overlay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = overlay("scenarios/mine.toml", MINE)
    written = Path(first("scenario", "new", "fresh", "--overlay", own).out.strip())
    assert written == overlay.folder / "scenarios" / "fresh.toml"
    assert first("scenario", "check", "fresh", "--overlay", own).code == 0
    assert "# [inputs." in written.read_text()
    ended = first("scenario", "new", "mine", "--overlay", own)
    assert ended.code == 2
    assert "is there already" in ended.message
    assert (overlay.folder / "scenarios" / "mine.toml").read_text() == MINE
    monkeypatch.chdir(tmp_path)
    for name, extends in (("other", "factorial-2024"), ("base", "base")):
        assert first("scenario", "new", name, "--extends", extends).code == 0
        assert first("scenario", "check", f"scenarios/{name}.toml").code == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["show", "bass"], "no scenario 'bass'; nearest: base"),
        (["show", "base", "--set", "inputs.mfuu.p95=0.7"], "nearest: mfu"),
        (["show", "base", "--set-file", "nowhere.toml"], "nowhere.toml: cannot be read"),
        (["run", "base", "--month", "99"], "no month 99"),
        (["run", "base", "--out", "rows.xls"], "ends in .csv or .parquet"),
        (["run", "base", "--tolerance", "-1"], "run.tolerance"),
        (["explain", "base", "gpus_peek"], "nearest: gpus_peak"),
        (["diff", "base", "factorial-2024"], "compare scenarios of one engine"),
        (["solve", "base", "--for", "mfu", "--such-that", "x"], "is written like"),
        (["new", "a/b"], "letters, digits, - and _ only"),
        (["new", "mine", "--extends", "bass"], "nearest: base"),
    ],
)
def test_what_cannot_be_done_is_one_line(
    first: Command, arguments: list[str], message: str
) -> None:
    ended = first("scenario", *arguments)
    assert (ended.code, ended.out) == (2, "")
    assert message in ended.message
    assert len(ended.message.splitlines()) == 1


@pytest.mark.parametrize(
    "arguments",
    [["lisst"], ["run", "base", "--month", "soon"], ["run"], ["solve", "base", "--for", "mfu"]],
)
def test_a_wrong_flag_is_a_usage_error(first: Command, arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        first("scenario", *arguments)
    assert caught.value.code == 2
