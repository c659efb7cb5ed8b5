"""The command on events: what it lists, computes and refuses, on the bundled edition."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline.cli import main

Ran = tuple[int, str, str]

OWN = """\
[[event]]
id = "mine"
title = "A day of mine"
announced_at = 2024-01-10T21:00:00Z
kind = "other"
source = "Myself"
url = "https://example.org/"
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the demo's warehouse, without a report."""
    folder = tmp_path_factory.mktemp("events")
    for command in (["fetch", "bundled", "event"], ["build"]):
        assert main([*command, "--home", str(folder), "-q"]) == 0
    return folder


@pytest.fixture
def ran(home: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    def run(*given: str) -> Ran:
        try:
            code = main(["events", *given, "--home", str(home), "-q"])
        except SystemExit as ended:
            code = int(str(ended.code))
        return code, *capsys.readouterr()

    return run


def answer(found: Ran) -> Any:
    code, out, err = found
    assert code == 0, err
    return json.loads(out)


def test_each_event_says_how_far_it_is_covered(ran: Callable[..., Ran]) -> None:
    found = {one["event_id"]: one for one in answer(ran("list", "--json"))}
    demo = found["sora-demo"]
    assert (demo["event_date"], demo["kind"]) == ("2024-02-15", "model")
    assert demo["announced_at"] == "2024-02-15 18:14:01"
    assert demo["universes"]["compute-daily"] == {"windows": 7, "computed": 7, "reasons": []}
    # The series end on 2024-03-26.
    assert found["gtc-2024"]["universes"]["compute-daily"]["computed"] == 5
    launch = found["chatgpt-launch"]
    assert launch["announced_at"] is None
    assert launch["universes"]["compute-daily"]["computed"] == 0
    [reason] = launch["universes"]["compute-daily"]["reasons"]
    assert "closes of bitcoin run from 2023-09-01 to 2024-03-31" in reason
    code, out, _ = ran()
    assert code == 0
    assert "7 of 7 windows" in out
    assert "window not covered: estimation from 2022-08-02" in out


def test_what_it_computes_is_what_the_warehouse_holds(
    ran: Callable[..., Ran], home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = answer(ran("run", "--json"))
    assert found.keys() == {"event_study", "event_study_day", "event_study_token"}
    for table, rows in found.items():
        query = f"select * from estimates.{table}"
        assert main(["sql", query, "--json", "-q", "--home", str(home), "--limit", "9999"]) == 0
        kept = json.loads(capsys.readouterr().out)
        assert sorted(map(str, rows)) == sorted(map(str, kept))


def test_the_demo_in_figures(ran: Callable[..., Ran]) -> None:
    rows = answer(ran("run", "sora-demo", "--json"))["event_study"]
    by_window = {(one["window_first_day"], one["window_last_day"]): one for one in rows}
    five = by_window[0, 4]
    assert (five["n_tokens"], five["n_positive"], five["n_estimation"]) == (9, 8, 110)
    assert five["caar"] == pytest.approx(0.1547, abs=5e-5)
    # Nine tokens on one day are not nine observations.
    assert five["cross_sectional_p"] < 0.02
    assert five["adjusted_p"] > 0.1
    assert by_window[0, 10]["overlapping_events"] == "nvidia-2024-02"
    assert five["overlapping_events"] is None


def test_another_market_window_and_estimation(ran: Callable[..., Ran]) -> None:
    flags = ("--market", "ethereum", "--window=0,2", "--window=-5,-1", "--estimation=-60,-11")
    found = answer(ran("run", "sora-demo", *flags, "--seed", "3", "--draws", "100", "--json"))
    rows = found["event_study"]
    assert [(one["window_first_day"], one["window_last_day"]) for one in rows] == [(0, 2), (-5, -1)]
    assert {one["n_estimation"] for one in rows} == {50}
    plain = answer(ran("run", "sora-demo", "--window=0,2", "--json"))["event_study"][0]
    assert rows[0]["caar"] != plain["caar"]
    assert plain["bhar"] != rows[0]["bhar"]


def test_an_event_of_ones_own(ran: Callable[..., Ran], tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text(OWN)
    rows = answer(ran("run", "--file", str(own), "--json"))["event_study"]
    assert {one["event_id"] for one in rows} == {"mine"}
    assert {one["status"] for one in rows} == {"computed"}
    assert rows[0]["event_date"] == "2024-01-10"
    code, out, _ = ran("run", "--file", str(own))
    assert code == 0
    assert "A day of mine (mine), 2024-01-10, compute-daily against bitcoin" in out
    own.write_text(OWN.replace('"mine"', '"sora-demo"'))
    code, _, err = ran("run", "--file", str(own))
    assert code == 2
    assert "event sora-demo: is known already" in err
    own.write_text(OWN.replace("kind", "kinds"))
    code, _, err = ran("run", "--file", str(own))
    assert code == 2
    assert "event[1].kinds: is unknown here; did you mean kind?" in err
    assert ran("run", "--file", str(tmp_path / "absent.toml"))[0] == 2


def test_an_event_that_was_asked_for_and_is_not_covered_is_partial(
    ran: Callable[..., Ran],
) -> None:
    code, out, err = ran("run", "sora-demo", "gpt-4")
    assert code == 3
    assert "OpenAI shows Sora" in out
    assert "gpt-4: window not covered: estimation from 2022-11-14 to 2023-03-03" in err
    assert ran("run", "gpt-4", "--json")[0] == 3


def test_an_earlier_knowledge_has_earlier_events_alone(ran: Callable[..., Ran]) -> None:
    day = [one["event_id"] for one in answer(ran("list", "--as-of", "2024-02-15", "--json"))]
    assert day[-1] == "sora-demo"
    eve = [one["event_id"] for one in answer(ran("list", "--as-of", "2024-02-14", "--json"))]
    assert [*eve, "sora-demo"] == day
    # On the day itself its close was not there yet; five days on they all were.
    on_the_day = ran("run", "sora-demo", "--as-of", "2024-02-15", "--json")
    assert on_the_day[0] == 3
    assert "window not covered: window from 2024-02-15 to 2024-02-15" in on_the_day[2]
    early, later = (
        {
            (one["window_first_day"], one["window_last_day"]): one["caar"]
            for one in json.loads(ended[1])["event_study"]
            if one["status"] == "computed"
        }
        for ended in (on_the_day, ran("run", "sora-demo", "--as-of", "2024-02-20", "--json"))
    )
    assert early.keys() == {(-10, -1)}
    assert later.keys() == {(-10, -1), (0, 0), (0, 1), (-1, 1), (0, 4)}
    assert later[-10, -1] == early[-10, -1]
    assert later[0, 4] == pytest.approx(0.1547, abs=5e-5)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["run", "sora-dmo"], "sora-dmo: is no event; did you mean sora-demo?"),
        (["run", "--universe", "ai-17"], "ai-17: is no universe with daily closes"),
        (["run", "--market", "nothing"], "--market nothing: the warehouse has no daily closes"),
        (["run", "--window=4,1"], "is not two days like -1,4"),
        (["run", "--window=0,400"], "at most 365 away"),
        (["run", "--estimation=-30,-5"], "must end before day -10"),
        (["run", "--estimation=-20,-11"], "has 10 days, 20 are needed"),
        (["run", "--estimation=-30,2", "--window=5,9"], "must end before day 0"),
        (["run", "--draws", "1000000"], "--draws 1000000: at most 100000"),
        (["run", "--seed", "0"], "is not a whole number from 1"),
    ],
)
def test_what_cannot_be_used_is_told(ran: Callable[..., Ran], given: list[str], said: str) -> None:
    code, out, err = ran(*given)
    assert (code, out) == (2, "")
    assert said in err
