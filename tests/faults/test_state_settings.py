"""F50: settings that are others by the time a report is read are those of the run, in it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from pipeline.configuration import resolve
from pipeline.parameters import told

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import CoinGecko, Command  # noqa: TID251 - for its types only
    from tests.faults.conftest import Home  # noqa: TID251 - for its types only


def test_f50_each_run_keeps_the_settings_it_was_made_with(
    good: Home, coingecko: CoinGecko, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert good("fetch").code == 0
    monkeypatch.setenv("CAPBRIEF_COINGECKO__HISTORY_DAYS", "90")
    monkeypatch.setenv("CAPBRIEF_FRESHNESS__WARN_HOURS", "12.5")
    assert good("build").code == 0
    monkeypatch.delenv("CAPBRIEF_COINGECKO__HISTORY_DAYS")
    ended = good("status", "--json")
    assert ended.code == 0
    runs = [(one["command"], one["settings"].split()) for one in json.loads(ended.out)["runs"]]
    assert [command for command, _ in runs] == ["run", "fetch", "build"]
    with_more = {"CAPBRIEF_COINGECKO__HISTORY_DAYS=90", "CAPBRIEF_FRESHNESS__WARN_HOURS=12.5"}
    assert [with_more <= set(given) for _, given in runs] == [False, False, True]
    for _, given in runs:
        assert "CAPBRIEF_COINGECKO__PLAN=demo" in given
        assert f"CAPBRIEF_COINGECKO__URL={coingecko.url}" in given
    assert coingecko.demo_key not in ended.out
    shown = good("sql", "select settings from marts.run where command = 'build'", "--json")
    assert [row["settings"].split() for row in json.loads(shown.out)] == [runs[2][1]]


def test_f50_a_report_says_with_which_settings_it_was_made(
    fresh: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("CAPBRIEF_SOURCES")
    page = tmp_path / "market.html"
    for name, value in (("HISTORY_DAYS", "90"), ("PLAN", "keyless")):
        monkeypatch.setenv(f"CAPBRIEF_COINGECKO__{name}", value)
    assert fresh("build").code == 0
    monkeypatch.setenv("CAPBRIEF_COINGECKO__HISTORY_DAYS", "30")
    assert fresh("report", "build", "market", "--out", str(tmp_path)).code in (0, 3)
    said = "Settings that were not as shipped: CAPBRIEF_COINGECKO__HISTORY_DAYS=90."
    assert said in page.read_text()
    monkeypatch.delenv("CAPBRIEF_COINGECKO__HISTORY_DAYS")
    assert fresh("build").code == 0
    assert fresh("report", "build", "market", "--out", str(tmp_path)).code in (0, 3)
    assert "not as shipped" not in page.read_text()


def test_f50_what_is_kept_holds_no_key_and_is_what_one_would_set_again(tmp_path: Path) -> None:
    given = {"CAPBRIEF_COINGECKO__PLAN": "pro", "CAPBRIEF_EPOCH__ENABLED": "no"}
    keys = {"CAPBRIEF_COINGECKO__KEY": "CG-secret", "CAPBRIEF_STOOQ__KEY": "hidden"}
    limits = {"CAPBRIEF_SQL__ROWS": "5", "CAPBRIEF_REPORT__NAMES": "market"}
    kept = told(resolve(None, given | keys | limits, tmp_path))
    assert kept is not None
    assert dict(one.split("=", 1) for one in kept.split()) == given
    listed = {"CAPBRIEF_SOURCES": "epoch,stooq"}
    kept = told(resolve(None, listed, tmp_path))
    assert kept is not None
    assert dict(one.split("=", 1) for one in kept.split()) == listed
    assert told(resolve(None, {}, tmp_path)) is None
