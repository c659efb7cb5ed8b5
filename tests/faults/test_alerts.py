"""Alerts of a run that makes no report: they are asked and told all the same."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.faults.conftest import Clock, Home  # noqa: TID251 - for its types only
    from tests.post import Mailbox  # noqa: TID251 - for its types only

RULE = """
[[alert]]
id = "many-coins"
title = "Many coins"
kind = "threshold"
severity = "critical"
above = {limit}
query = "select count(distinct coin_id) as value from marts.token_day"
"""


@pytest.fixture
def rules(good: Home, mailbox: Mailbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's file of rules; what is found is told by mail."""
    for name, value in {
        "MAIL__HOST": "127.0.0.1",
        "MAIL__PORT": str(mailbox.port),
        "MAIL__SECURITY": "none",
        "MAIL__SENDER": "capbrief@example.net",
        "DELIVER__TEAM__KIND": "mail",
        "DELIVER__TEAM__TO": "ops@example.org",
    }.items():
        monkeypatch.setenv(f"CAPBRIEF_{name}", value)
    own = tmp_path / "own"
    shutil.copytree(good.own, own)
    good.own = own
    (own / "alerts").mkdir()
    return own / "alerts" / "own.toml"


def test_an_alert_is_told_without_a_report_and_so_is_its_end(
    good: Home, rules: Path, mailbox: Mailbox, clock: Clock
) -> None:
    rules.write_text(RULE.format(limit=10))
    first = good("run", "--no-report")
    assert (first.code, first.message) == (0, "")
    assert first.out.strip().endswith(".duckdb")
    assert [one["alert"] for one in first.log if one["event"] == "alert_firing"] == ["many-coins"]
    [(_, mail)] = mailbox.taken
    assert "Many coins" in str(mail["Subject"])
    assert "above the limit of 10" in mail.get_content()
    rules.write_text(RULE.format(limit=10_000))
    clock.at("2026-11-23T02:10:00+00:00")
    assert good("run", "--no-report").code == 0
    assert len(mailbox.taken) == 2
    assert "Many coins" in mailbox.taken[1][1].get_content()
    assert mailbox.subjects[1].startswith("capbrief is well again: ")


def test_a_rule_that_cannot_be_asked_ends_a_run_without_a_report_too(
    good: Home, rules: Path, mailbox: Mailbox
) -> None:
    rules.write_text(RULE.format(limit=10).replace("coin_id", "coin_name"))
    ended = good("run", "--no-report")
    with_report = good("alerts")
    assert ended.code == with_report.code == 2
    assert "own.toml" in ended.message
    assert "many-coins" in ended.message
    # The data came in, and the rest was asked.
    assert good.rows("select count(*) from publication") == [(2,)]
    assert len(mailbox.taken) == 1
    assert mailbox.subjects[0].startswith("capbrief failed: ")
