"""A query that names its sources rests on no other: live data of the same days change nothing."""

from __future__ import annotations

import json
import re
from datetime import datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pipeline.resources import SQL
from pipeline.settings import WEB

if TYPE_CHECKING:
    from tests.conftest import CoinGecko, Command  # noqa: TID251 - for its types only

QUERIES = {
    path.stem: path.read_text(encoding="utf-8")
    for path in sorted((SQL / "reports").glob("*.sql"))
    if re.search(r"^-- sources:", path.read_text(encoding="utf-8"), re.MULTILINE)
}

# The tokens of the edition's daily universe, so that both speak of the same token and day.
RULES = """
[[universe]]
id = "same"
title = "The edition's tokens, live"
min_volume_usd = 0
min_age_days = 0
max_staleness_hours = 24
history_coins = 0
"""
MEMBERS = [
    "arweave",
    "bittensor",
    "filecoin",
    "injective-protocol",
    "internet-computer",
    "near",
    "render-token",
    "the-graph",
    "theta-token",
    "bitcoin",
    "ethereum",
]


class Stopped:
    """A clock that stands in the edition's time."""

    def now(self, zone: tzinfo) -> datetime:
        return datetime.fromisoformat("2024-03-27T01:10:00+00:00").astimezone(zone)


@pytest.fixture
def live(
    first: Command, coingecko: CoinGecko, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Command:
    """A home with CoinGecko's closes and snapshots of the edition's tokens and days."""
    rules = tmp_path / "own" / "universes" / "live.toml"
    rules.parent.mkdir(parents=True)
    members = [f'[[universe.member]]\ncoin_id = "{one}"\nnote = "x"\n' for one in MEMBERS]
    rules.write_text(RULES + "\n".join(members), encoding="utf-8")
    coingecko.set(now="2024-03-27T01:10:00Z")
    monkeypatch.setattr("pipeline.console.datetime", Stopped())
    for name, value in {
        "COINGECKO__PLAN": "demo",
        "COINGECKO__KEY": coingecko.demo_key,
        "COINGECKO__URL": coingecko.url,
        "COINGECKO__CALLS_PER_MINUTE": "1000000",
        **{f"{source.upper()}__ENABLED": "no" for source in WEB},
    }.items():
        monkeypatch.setenv(f"CAPBRIEF_{name}", value)
    assert first("run", "--no-report", "--overlay", str(tmp_path / "own")).code == 0
    # The report of the edition's own day, as the other home has it.
    built = first("build", "--date", "2024-04-03", "--overlay", str(tmp_path / "own"))
    assert built.code == 0
    return first


def answers(home: Command) -> dict[str, object]:
    return {name: json.loads(home("sql", text, "--json").out) for name, text in QUERIES.items()}


def test_live_data_over_the_same_days_changes_no_answer(live: Command, run: Command) -> None:
    overlap = "select count(*) as n from marts.token_close_day where source = 'coingecko'"
    assert json.loads(live("sql", overlap, "--json").out)[0]["n"] > 200
    assert len(QUERIES) > 5
    assert answers(live) == answers(run)
