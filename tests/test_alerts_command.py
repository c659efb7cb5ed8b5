"""The command on alerts: what it lists, checks and refuses, on the bundled edition."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.cli import main

Ran = tuple[int, str, str]

HIGH = """\
[[alert]]
id = "high"
title = "Cap of the largest token"
kind = "threshold"
severity = "critical"
above = 1e9
format = "usd_bn"
query = '''
select max(market_cap_usd) as value, max(price_date) as day
from marts.token_day_from_files
where price_date = date '2024-03-26'
'''
"""


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """An overlay with a folder for rules."""
    (tmp_path / "own" / "alerts").mkdir(parents=True)
    return tmp_path / "own"


@pytest.fixture
def ran(built: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    def run(*given: object) -> Ran:
        try:
            code = main([*map(str, given), "--home", str(built), "-q"])
        except SystemExit as ended:
            code = int(str(ended.code))
        return code, *capsys.readouterr()

    return run


def test_rules_are_listed_with_what_they_find(ran: Callable[..., Ran], own: Path) -> None:
    (own / "alerts" / "mine.toml").write_text(
        HIGH + '[[alert]]\nid = "index-week"\nenabled = false\n'
    )
    code, out, err = ran("alerts", "--json", "--overlay", own)
    assert (code, err) == (0, "")
    found = json.loads(out)
    by_id = {one["alert_id"]: one for one in found["alerts"]}
    assert found["off"] == ["index-week"]
    assert by_id["high"]["state"] == "firing"
    assert by_id["high"]["limit"] == 1e9
    assert by_id["concentration"]["state"] == "calm"
    assert by_id["concentration"]["day"] == "2024-03-26"
    code, out, _ = ran("alerts", "list", "--overlay", own)
    assert code == 0
    assert "firing   critical high: Cap of the largest token: USD" in out
    assert "off               index-week" in out


def test_an_earlier_knowledge_is_judged_as_it_was(ran: Callable[..., Ran]) -> None:
    code, out, err = ran("alerts", "list", "--date", "2024-03-20", "--json")
    assert code == 0, err
    by_id = {one["alert_id"]: one for one in json.loads(out)["alerts"]}
    assert by_id["index-week"]["day"] == "2024-03-20"
    assert by_id["missing-days"]["value"] == 0


def test_a_broken_rule_is_said_after_the_others(ran: Callable[..., Ran], own: Path) -> None:
    broken = HIGH.replace('"high"', '"broken"').replace("market_cap_usd", "cap")
    (own / "alerts" / "mine.toml").write_text(HIGH + broken)
    code, out, err = ran("alerts", "--overlay", own)
    assert code == 2
    assert "firing   critical high" in out
    assert "unknown  critical broken" in out
    assert "mine.toml: alert[2].query: broken: " in err
    assert "cap" in err


def test_files_are_checked_by_themselves(ran: Callable[..., Ran], tmp_path: Path) -> None:
    path = tmp_path / "rules.toml"
    path.write_text(HIGH)
    code, out, err = ran("alerts", "check", path)
    assert (code, err) == (0, "")
    assert out.splitlines()[-1] == "1 rule can be used; each was asked"
    path.write_text(HIGH.replace("above", "abvoe").replace("critical", "bad"))
    code, out, err = ran("alerts", "check", path)
    assert (code, out) == (2, "")
    assert "did you mean above?" in err
    assert "'bad' is unknown" in err
    code, _, err = ran("alerts", "check", tmp_path / "nowhere.toml")
    assert code == 2
    assert "nowhere.toml: cannot be read" in err


def test_rules_are_checked_before_anything_is_published(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["alerts", "check", "--home", str(tmp_path / "empty"), "-q"]) == 0
    assert "none was asked: nothing is published" in capsys.readouterr().out


def test_one_rule_is_tested_with_the_rows_of_its_query(ran: Callable[..., Ran]) -> None:
    code, out, err = ran("alerts", "test", "concentration", "--json")
    assert code == 0, err
    found = json.loads(out)
    assert found["rows"] == [{"day": "2024-03-26", "value": found["value"]}]
    code, out, err = ran("alerts", "test", "concentratoin")
    assert code == 2
    assert "did you mean concentration?" in err


def test_a_broken_rule_keeps_no_report_from_being_made(
    ran: Callable[..., Ran], own: Path, tmp_path: Path
) -> None:
    (own / "alerts" / "mine.toml").write_text(HIGH)
    (own / "alerts" / "broken.toml").write_text("[[alert")
    out = tmp_path / "out"
    code, told, err = ran("report", "build", "market", "--overlay", own, "--out", out)
    assert code == 2
    assert str(out / "market.html") in told
    assert "broken.toml: is not TOML" in err
    page = (out / "market.html").read_text(encoding="utf-8")
    assert "<strong>Cap of the largest token.</strong>" in page
    assert (out / "market.pdf").exists()
