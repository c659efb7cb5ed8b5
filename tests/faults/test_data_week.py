"""Five runs in six days, in which most goes wrong that can: what each day says, and the whole.

The week is lived once; the tests look at what its steps said and at the home that it left.

    16  a good run
    17  spikes in three charts, a coin that CoinGecko does not know any more
    18  nobody runs anything
    19  a close is revised, the category grows by half; asked again at noon, and a file imported
    20  the same again; then the file is corrected, and the members are accepted
    21  a member leaves whose forerunner stays
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

if TYPE_CHECKING:
    from tests.conftest import CoinGecko, Command, Ended  # noqa: TID251 - for its types only
    from tests.faults.conftest import Clock, Home  # noqa: TID251 - for its types only

RULES = """
[[universe]]
id = "small"
title = "A small one"
min_volume_usd = 0
min_age_days = 0
max_staleness_hours = 24
history_coins = 12
core_categories = ["tiny"]

[[benchmark]]
coin_id = "bitcoin"
note = "The largest coin"

[[migration]]
from_coin_id = "singularitynet"
to_coin_id = "fetch-ai"
ratio = 0.433350
started_date = 2024-07-01
source = "The alliance"
url = "https://example.org/"
"""

MEMBERS = [
    *("near", "bittensor", "render-token", "fetch-ai", "livepeer", "golem", "akash-network"),
    *("internet-computer", "filecoin", "the-graph", "theta-token", "singularitynet"),
]
NEW = [f"newcomer-{n}" for n in range(6)]

# The vendor never takes the spikes of two of them back; the third stays at its new level.
SPIKES = {
    "near": {"2026-11-17": {"price": 2.1e6}},
    "the-graph": {"2026-11-17": {"price": 8.9e-8}},
    "golem": {f"2026-11-{day}": {"price": 30_000.0 + day} for day in range(17, 25)},
}

IMPORTED = """coin_id,price_date,close_usd,market_cap_usd
akash-network,2026-11-16,1.11,
akash-network,2026-11-17,{close},
near,2026-11-16,2.09,
"""


@dataclass
class Week:
    """The home after the week, and how each step ended."""

    command: Command
    own: Path
    steps: dict[str, Ended]
    published: dict[str, Path]

    def __call__(self, *arguments: str) -> Ended:
        return self.command(*arguments, "--overlay", str(self.own))

    def rows(self, query: str, *arguments: str) -> list[tuple[Any, ...]]:
        ended = self("sql", "--json", query, *arguments)
        assert ended.code == 0, ended.message
        return [tuple(row.values()) for row in json.loads(ended.out)]


def live(command: Command, own: Path, coingecko: CoinGecko, clock: Clock) -> Week:
    """The week, from an empty home."""
    week = Week(command, own, {}, {})

    def step(name: str, at: str, *arguments: str) -> None:
        clock.at(f"2026-11-{at}:00+00:00")
        week.steps[name] = week(*arguments)

    def run(day: str) -> None:
        step(day, f"{day}T01:10", "run", "--no-report", "--json")
        kept = own.parent / f"{day}.duckdb"
        shutil.copyfile(command.published, kept)
        week.published[day] = kept

    def take_in(name: str, at: str, close: float) -> None:
        file = own.parent / "akash.csv"
        file.write_text(IMPORTED.format(close=close))
        about = ["--source", "Mine", "--citation", "Mine, 2026", "--licence", "facts"]
        step(name, at, "import", str(file), *about)

    coingecko.set(members={"tiny": MEMBERS})
    run("16")
    coingecko.set(chart={**SPIKES, "livepeer": {"2026-11-17": {"price": 5.0}}})
    coingecko.fail("/coins/akash-network/market_chart", "not_found")
    run("17")
    coingecko.set(chart={"livepeer": {"2026-11-17": {"price": 5.1}}}, add={"tiny": NEW[:5]})
    run("19")
    coingecko.set(add={"tiny": NEW})
    step("19 noon", "19T12:10", "fetch", "--refresh")
    take_in("import", "19T13:00", 9.9)
    run("20")
    step("20 shown", "20T02:00", "universe")
    take_in("correction", "20T08:00", 1.12)
    step("accept", "20T09:00", "universe", "accept")
    coingecko.set(drop={"tiny": ["fetch-ai"]})
    run("21")
    return week


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    made: dict[str, Any] = {"folder": tmp_path_factory.mktemp("week")}
    yield made
    shutil.rmtree(made["folder"])


@pytest.fixture
def week(
    first: Command,
    coingecko: CoinGecko,
    clock: Clock,
    online: None,
    capsys: pytest.CaptureFixture[str],
    kept: dict[str, Any],
) -> Week:
    own = kept["folder"] / "own"
    command = type(first)(kept["folder"] / "home", capsys)
    if "week" not in kept:
        (own / "universes").mkdir(parents=True)
        (own / "universes" / "live.toml").write_text(RULES)
        kept["week"] = live(command, own, coingecko, clock)
    clock.at("2026-11-21T06:00:00+00:00")
    return Week(command, own, kept["week"].steps, kept["week"].published)


def asked_of(file: Path, query: str) -> list[tuple[Any, ...]]:
    """The answer of a published file, without capbrief."""
    with duckdb.connect(str(file), read_only=True) as connection:
        return connection.execute(query).fetchall()


CLOSES = """
    select coin_id, source from marts.token_day
    where price_date = '2026-11-16' and coin_id in ('near', 'the-graph', 'golem') order by all
"""
FLAGS = """
    select coin_id, flag from marts.token_flag_day
    where flag_date = '2026-11-16' and starts_with(flag, 'spike') order by all
"""


def test_the_days_end_as_they_went(week: Week) -> None:
    assert {name: ended.code for name, ended in week.steps.items()} == {
        "16": 0,
        "17": 3,
        "19": 3,
        "19 noon": 7,
        "import": 0,
        "20": 3,
        "20 shown": 0,
        "correction": 0,
        "accept": 0,
        "21": 0,
    }
    assert week("check").code == 0


def test_f32_a_spike_is_held_and_said(week: Week) -> None:
    file = week.published["17"]
    assert asked_of(file, CLOSES) == []
    assert asked_of(file, FLAGS) == [
        ("golem", "spike_held"),
        ("near", "spike_held"),
        ("the-graph", "spike_held"),
    ]
    # What the vendor wrote is in the warehouse, and no row of it was refused.
    ((close,),) = asked_of(
        file,
        "select close_usd from raw.coingecko__chart "
        "where coin_id = 'near' and price_date = '2026-11-16'",
    )
    assert close == 2.1e6
    assert asked_of(file, "select * from marts.quarantine where source = 'coingecko'") == []


def test_f32_the_next_closes_tell_a_slip_from_a_new_level(week: Week) -> None:
    # The new level is taken with its first day; the slip stays out, unless another source knows.
    assert week.rows(CLOSES) == [("golem", "coingecko"), ("near", "import")]
    assert week.rows(FLAGS) == [
        ("golem", "spike_confirmed"),
        ("near", "spike_held"),
        ("the-graph", "spike_held"),
    ]
    days = "select price_date from marts.token_day where coin_id = 'the-graph' and price_date > "
    later = [day for (day,) in week.rows(f"{days} '2026-11-14' order by all")]
    assert later == [f"2026-11-{day}" for day in (15, 17, 18, 19, 20)]
    # Nothing is said to have changed over a day that is not there.
    changes = "select change_1d from marts.token_day where coin_id = 'the-graph' and price_date = "
    assert week.rows(f"{changes} '2026-11-17'") == [(None,)]


def test_f34_a_jump_waits_and_the_last_accepted_members_count(week: Week) -> None:
    for name in ("19", "20"):
        assert week.steps[name].message.startswith("markets/tiny: ")
        assert "entered and 0 left of 12 members, over a fifth" in week.steps[name].message
        assert "'capbrief universe accept'" in week.steps[name].message
    assert "6 entered" in week.steps["19 noon"].message
    members = "select price_date, n_members, is_held from marts.category_day where price_date > "
    members += "'2026-11-18' and universe_id = 'category/tiny' order by all"
    held = [(str(day), n, is_held) for day, n, is_held in asked_of(week.published["20"], members)]
    assert held == [("2026-11-19", 12, True), ("2026-11-20", 12, True)]
    # The diff is shown by name, and again and again until somebody decides.
    shown = week.steps["20 shown"].out
    assert "markets/tiny waits since 2026-11-20: 12 members, now 18" in shown
    assert f"entered: {', '.join(NEW)}\n  left: none" in shown
    # From the day that was accepted on they count; the day before keeps its members.
    assert week.steps["accept"].out == "markets/tiny: 18 members accepted\n"
    assert week.rows(members) == [
        ("2026-11-19", 12, True),
        ("2026-11-20", 18, False),
        ("2026-11-21", 17, False),
    ]
    assert "waits" not in week("universe").out


def test_f34_an_earlier_knowledge_has_the_earlier_members(week: Week) -> None:
    members = "select coin_id from marts.universe_day where universe_id = 'small' "
    members += "and price_date = '2026-11-20' order by all"
    now = {coin for (coin,) in week.rows(members)}
    then = {coin for (coin,) in week.rows(members, "--as-of", "2026-11-20T05:00")}
    assert now - then == set(NEW)
    assert then - now == set()
    # The slip of the pen in the file that was corrected later is not known any more.
    assert then == {coin for (coin,) in asked_of(week.published["20"], members)}


def test_f35_without_its_successor_a_coin_counts_again(week: Week) -> None:
    rows = "select price_date, coin_id from marts.universe_day where price_date > '2026-11-19' "
    rows += "and coin_id in ('fetch-ai', 'singularitynet') and universe_id = 'small' order by all"
    assert week.rows(rows) == [("2026-11-20", "fetch-ai"), ("2026-11-21", "singularitynet")]


def test_f44_a_missed_day_is_a_gap_for_good_and_closes_are_caught_up(week: Week) -> None:
    gaps = (
        "select dataset, first_date, last_date, n_days from marts.gap where last_date is not null"
    )
    assert week.rows(f"{gaps} order by all") == [
        (name, "2026-11-18", "2026-11-18", 1)
        for name in ("categories", "categories/list", "global", "markets/ids", "markets/tiny")
    ]
    shipped = Path(__file__).resolve().parents[2] / "sql" / "reports" / "gaps.sql"
    listed = {row[:2]: row[2:] for row in week.rows(shipped.read_text())}
    missed = listed[
        "Days that the source no longer gives", "coingecko: categories, global, markets"
    ]
    assert missed[:3] == ("2026-11-18", "2026-11-18", 1)
    assert "this day was not fetched" in missed[4]
    assert listed["Members held: too many changed at once", "tiny"][:3] == (
        "2026-11-19",
        "2026-11-19",
        1,
    )
    closes = "select count(*) from marts.token_day where coin_id = 'bittensor' and price_date "
    assert week.rows(f"{closes} between '2026-11-16' and '2026-11-20'") == [(5,)]


def test_f44_a_coin_that_went_is_an_open_gap_from_its_first_missing_day(week: Week) -> None:
    assert week.rows(
        "select dataset, first_date, last_date from marts.gap where last_date is null"
    ) == [("market_chart/akash-network", "2026-11-16", None)]


def test_f47_a_revision_replaces_the_close_and_is_said(week: Week) -> None:
    close = "select close_usd from marts.token_day where coin_id = 'livepeer' "
    close += "and price_date = '2026-11-16'"
    assert asked_of(week.published["17"], close) == [(5.0,)]
    assert week.rows(close) == [(5.1,)]
    assert week.rows("select coin_id, value from marts.token_flag_day where flag = 'revised'") == [
        ("livepeer", pytest.approx(1.02))
    ]


# Of these a row is a run, or says when something was loaded.
APART = {"run", "capbrief__run", "source", "capbrief__payload"}


def test_day_by_day_and_all_at_once_end_in_the_same_tables(week: Week) -> None:
    step_by_step = json.loads(week.steps["21"].out)
    rebuilt = week("build", "--from-payloads", "--json")
    assert rebuilt.code == 0, rebuilt.message
    at_once = json.loads(rebuilt.out)
    assert at_once["file"] != step_by_step["file"]
    assert at_once["content_hash"] == step_by_step["content_hash"]
    assert at_once["rows"] == step_by_step["rows"]
    # The same without capbrief's own hash, and of the raw tables, too.
    tables = "select schema_name, table_name from duckdb_tables() where schema_name "
    tables += "in ('raw', 'staging', 'marts', 'estimates') order by all"
    with duckdb.connect(step_by_step["file"], read_only=True) as connection:
        connection.execute(f"attach '{at_once['file']}' as other (read_only)")
        here = "database_name = current_database()"
        found = connection.execute(tables.replace("where", f"where {here} and")).fetchall()
        there = connection.execute(tables.replace("where", "where database_name = 'other' and"))
        assert there.fetchall() == found
        compared = [(schema, name) for schema, name in found if name not in APART]
        assert len(compared) > 50
        for schema, name in compared:
            one, other = f'{schema}."{name}"', f'other.{schema}."{name}"'
            both = f"(from {one} except all from {other}) union all "
            both += f"(from {other} except all from {one})"
            assert connection.execute(f"from ({both}) limit 3").fetchall() == [], name


def test_f30_charts_in_cents_stop_the_publication(
    week: Week, first: Command, empty: Home, coingecko: CoinGecko, clock: Clock
) -> None:
    shutil.copytree(week.command.home, first.home, symlinks=True)
    home = type(empty)(first, week.own)
    members = {*MEMBERS, *NEW} - {"fetch-ai"}
    coingecko.set(members={"tiny": sorted(members)}, chart=SPIKES)
    for coin_id in {*members, "bitcoin", "ethereum"}:
        coingecko.fail(f"/coins/{coin_id}/", "cents")
    clock.at("2026-11-22T01:10:00+00:00")
    ended = home("run", "--no-report")
    assert ended.code == 7
    # The closes that were asked for again are a hundred times those that were had before.
    assert re.search(
        r"market_chart/[\w-]+: all \d closes in common differ by a factor of 100 from those had "
        r"before; if CoinGecko restated the series, 'capbrief fetch --refresh' takes it",
        ended.message,
    )
    home.must_have_lost_nothing()
    # Nothing of them was kept, so that the next run is right when the vendor is.
    clock.forget()
    clock.at("2026-11-22T12:10:00+00:00")
    coingecko.set(members={"tiny": sorted(members)}, chart=SPIKES)
    assert home("run", "--no-report").code == 0
