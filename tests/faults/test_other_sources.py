"""A source besides CoinGecko that is down or changed: the run goes on, and says what is stale.

Nosana stands for all of them (one request, off by itself): what every source promises is asked
of each in tests/test_source_contract.py.
"""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from pipeline import extract
from tests.test_network_sources import Net  # noqa: TID251 - its loopback hosts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.faults.conftest import Clock, Home  # noqa: TID251 - for their types only

PAGE = b"<!DOCTYPE html><html><body>We moved to a new home</body></html>"


@pytest.fixture
def net(
    network_answers: dict[str, dict[str, Any]], online: None, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Net]:
    made = Net(network_answers)
    monkeypatch.setenv("CAPBRIEF_SOURCES", "nosana")
    monkeypatch.setenv("CAPBRIEF_NOSANA__URL", made.url("nosana"))
    # Its pace is tested where paces are; here a minute has no length.
    quick = [
        (replace(publisher, calls_per_minute=1e6), documents, entities)
        for publisher, documents, entities in extract.PUBLISHERS
    ]
    monkeypatch.setattr(extract, "PUBLISHERS", quick)
    yield made
    made.close()


def answer(home: Home, query: str) -> list[list[Any]]:
    ended = home("sql", query, "--json")
    assert ended.code == 0, ended.message
    return [list(row.values()) for row in json.loads(ended.out)]


def standing(home: Home) -> dict[str, Any]:
    (found,) = [
        row for row in json.loads(home("sources", "--json").out) if row["source"] == "nosana"
    ]
    return dict(found)


def test_a_source_that_is_down_ends_with_3_and_its_last_good_data(
    good: Home, net: Net, clock: Clock
) -> None:
    clock.at("2026-11-23T12:00:00+00:00")
    assert standing(good)["state"] == "never"
    assert good("run", "--no-report").code == 0
    count = "select count(*) as n, max(fact_date) as d from marts.network_price_day"
    before = answer(good, count)
    assert before[0][0] > 0
    assert (standing(good)["state"], standing(good)["need"]) == ("ok", "optional")

    clock.at("2026-11-24T12:00:00+00:00")
    net.spoiled["nosana"] = (503, {}, b"{}")
    ended = good("run")
    assert ended.code == 3
    assert re.search(r"markets: .*/nosana/api/markets: answered 503 \(3 tries\)", ended.message)
    # What there was stays, and what else there is to have was had.
    assert answer(good, count) == before
    assert {"global", "markets/artificial-intelligence"} <= good.had("coingecko")
    assert answer(good, "select source, is_open, last_good_at::date from marts.outage") == [
        ["nosana", True, "2026-11-23"]
    ]
    assert (standing(good)["state"], standing(good)["next_due_date"]) == ("stale", "2026-11-24")
    (page,) = [
        path.read_text()
        for path in (good.path / "reports").rglob("market-capacity.html")
        if "2026-11-24" in str(path)
    ]
    cover = page[: page.index("Key findings")]
    assert re.search(r"of nosana; the oldest was last had on 23.November 2026\.", cover)
    assert re.search(r'id="outages".*nosana', page, re.DOTALL)

    clock.at("2026-11-25T12:00:00+00:00")
    net.spoiled.clear()
    assert good("run", "--no-report").code == 0
    assert answer(good, "select count(*) as n from marts.outage where is_open") == [[0]]
    assert standing(good)["state"] == "ok"


@pytest.mark.parametrize(
    ("spoiled", "said"),
    [
        ((200, {"Content-Type": "text/html"}, PAGE), "is not JSON but text/html"),
        ((200, {}, PAGE), "is broken at character 0"),
        ((200, {}, b"[]"), "is an empty list"),
        ((200, {}, b'[{"a": NaN}]'), "holds NaN"),
        ((404, {}, b"{}"), "there is no such thing (404)"),
        ((401, {}, b'{"error": "key"}'), "refuses to answer (401)"),
        ((403, {"Content-Type": "text/html"}, PAGE), "turns this machine away"),
        ((301, {"Location": "https://example.org/"}, b""), "has moved to https://example.org/"),
        ((429, {"Retry-After": "1"}, b"{}"), "answered 429"),
    ],
)
def test_an_answer_that_is_none_changes_nothing(
    good: Home, net: Net, spoiled: tuple[int, dict[str, str], bytes], said: str
) -> None:
    net.spoiled["nosana"] = spoiled
    ended = good("fetch", "nosana")
    assert ended.code == 3
    assert said in ended.message
    assert len(ended.message.splitlines()) == 1
    good.must_be_unchanged()
    assert [row[0] for row in good.rows("select dataset from outage")] == ["markets"]


def test_without_a_network_a_run_does_not_wait_long_for_them(
    good: Home, net: Net, monkeypatch: pytest.MonkeyPatch
) -> None:
    net.close()
    ended = good("fetch", "nosana")
    assert ended.code == 3
    assert "3 tries" in ended.message
    good.must_be_unchanged()


def test_a_source_that_is_off_is_not_asked(
    good: Home, net: Net, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CAPBRIEF_NOSANA__ENABLED", "no")
    assert good("fetch").code == 0
    assert net.asked == []
    ended = good("fetch", "nosana")
    assert ended.code == 2
    assert "nosana: is off; switched off by CAPBRIEF_NOSANA__ENABLED" in ended.message


# --- F64: Nvidia's share ----------------------------------------------------------------------

SHARES = """
title = "Shares"
finding = "A finding."
dateline = "Report of {build.report_date:date}"
warning = ["Data sets never had: {stale.n_never:count}, of {stale.never_sources:text}."]

[[kpi]]
label = "Beta"
value = "{nvda.beta:number1}"
unit = "times"
detail = "to Nvidia"

[[section]]
id = "beta"
title = "Beta to Nvidia"
lead = "The beta to Nvidia is {nvda.beta:number1}."
"""
NVDA = """-- description: The beta of tokens to Nvidia's share. One row.
-- grain: beta
select max(beta) as beta from marts.token_comovement where benchmark_id = 'NVDA'
"""


def test_f64_without_nvidias_share_the_section_stays_and_its_figure_is_not_there(
    good: Home, net: Net, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CAPBRIEF_SOURCES", "stooq")
    monkeypatch.setenv("CAPBRIEF_STOOQ__URL", f"{net.url('stooq')}/")
    monkeypatch.setenv("CAPBRIEF_STOOQ__KEY", "a-key")
    monkeypatch.setenv("CAPBRIEF_REPORT__NAMES", "shares")
    net.spoiled["stooq"] = (503, {}, b"down")
    own = tmp_path / "own"
    shutil.copytree(good.own, own)
    for name, text in (("reports/shares.toml", SHARES), ("sql/reports/nvda.sql", NVDA)):
        (own / name).parent.mkdir(parents=True, exist_ok=True)
        (own / name).write_text(text)
    good.own = own
    ended = good("run")
    assert ended.code == 3
    assert re.search(r"daily/(AMD|NVDA): .*answered 503", ended.message)
    (page,) = [path.read_text() for path in (good.path / "reports").glob("shares_2*/*.html")]
    assert re.search(r'Beta</span>\s*<span class="figure"><span class="value">n/a<', page)
    assert "Beta to Nvidia" in page
    assert 'class="lead">Not enough data.<' in page
    assert re.search(r'class="badge stale">Data sets never had: 2, of stooq\.', page)
    assert [path.name for path in (good.path / "reports").glob("shares_2*/*.pdf")] == ["shares.pdf"]
