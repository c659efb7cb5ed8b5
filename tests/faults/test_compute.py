"""F61 to F65: universes, indices, events and scenarios that have too little, or what cannot be.

One home is built once: the edition, baskets of own tokens, and closes for them from a file.
"""

from __future__ import annotations

import json
import math
import re
import shutil
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from pipeline import cli

if TYPE_CHECKING:
    from tests.conftest import Command, Ended, Overlay  # noqa: TID251 - for their types only

BASKETS = {
    "none": ["never-listed"],
    "one": ["solo"],
    "no-caps": ["capless"],
    "flat": ["flat-a", "flat-b"],
}
# Prices of flat-a and flat-b never move; one issues ten times its coins, the other has a gap.
CLOSES: dict[str, list[tuple[int, float, float | None]]] = {
    "solo": [(day, 2.0 + day, 200 + 100 * day) for day in range(1, 6)],
    "capless": [(day, 3.0, None) for day in range(1, 6)],
    "flat-a": [(day, 10.0, 100 if day < 3 else 1000) for day in range(1, 6)],
    "flat-b": [(day, 5.0, 50) for day in (1, 2, 4, 5)],
}
WEIGHTS = ("cap", "limited_cap", "sqrt_cap", "equal")

BLOCKS = "\n".join(
    f"""
[[section.block]]
figure = "figure-{name}"
query = "caps_{name}"
chart = "cap_area"
title = "Caps of {name}"
alt = "Caps of {name}."
missing = "no market cap was known."

[[section.block]]
table = "table-{name}"
query = "caps_{name}"
title = "Rows of {name}"
missing = "no day has a row."
columns = [{{ column = "price_date", label = "Day", format = "date" }}]
"""
    for name in ("none", "single", "one")
)
REPORT = f"""
title = "Little data"
finding = "A finding."
dateline = "Report of {{build.report_date:date}}"

[[section]]
id = "caps"
title = "Market caps"
lead = "A lead."
{BLOCKS}
"""
QUERY = """-- description: Caps of one basket. One row per day.
-- grain: price_date
select price_date, coin_id as series, market_cap_usd
from marts.universe_token_day
where universe_id = '{}' and price_date <= date '2024-03-0{}'
order by price_date
"""


@pytest.fixture(scope="module")
def little(built: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The home with the baskets, and its overlay."""
    folder = tmp_path_factory.mktemp("little")
    home, own = folder / "home", folder / "own"
    shutil.copytree(built, home, symlinks=True)
    for name in ("universes", "reports", "sql/reports"):
        (own / name).mkdir(parents=True)
    text = ""
    for basket, coins in BASKETS.items():
        text += f'[[basket]]\nid = "{basket}"\ntitle = "Basket {basket}"\nweight_limit = 0.25\n'
        text += "".join(f'[[basket.member]]\ncoin_id = "{coin}"\nnote = "x"\n' for coin in coins)
    (own / "universes" / "mine.toml").write_text(text)
    (own / "reports" / "little.toml").write_text(REPORT)
    for name, basket, last in (("none", "none", 5), ("single", "one", 1), ("one", "one", 5)):
        (own / "sql" / "reports" / f"caps_{name}.sql").write_text(QUERY.format(basket, last))
    rows = [
        f"{coin},2024-03-0{day},{close},{'' if cap is None else cap}"
        for coin, closes in CLOSES.items()
        for day, close, cap in closes
    ]
    file = folder / "mine.csv"
    file.write_text("\n".join(["coin_id,price_date,close_usd,market_cap_usd", *rows]))
    about = ["--source", "Mine", "--citation", "Mine, 2024", "--licence", "facts"]
    for arguments in (
        ["import", str(file), *about, "--published", "2024-03-06"],
        ["fetch", "universe"],
        ["build"],
    ):
        where = ["--home", str(home), "--overlay", str(own), "--quiet"]
        assert cli.main([*arguments, *where]) == 0
    return home, own


def rows(home: Path, query: str) -> list[tuple[Any, ...]]:
    link = home / "warehouse" / "warehouse.duckdb"
    with closing(duckdb.connect(str(link), read_only=True)) as connection:
        return connection.execute(query).fetchall()


@pytest.fixture
def ask(little: tuple[Path, Path], run: Command) -> Any:
    """A command on that home."""
    home, own = little

    def asked(*arguments: str) -> Ended:
        run.home = home
        return run(*arguments, "--overlay", str(own))

    return asked


# --- F61: nobody, one, and no market cap ------------------------------------------------------


def test_f61_a_universe_of_nobody_has_no_day_and_one_of_one_is_that_one(
    little: tuple[Path, Path],
) -> None:
    home, _ = little
    levels = "select price_date, index_{}_weighted from marts.sector_index_day"
    for weight in WEIGHTS:
        query = f"{levels.format(weight)} where universe_id = 'one' order by 1"
        # The price moves from 3 to 7, whatever weights there are.
        found = [level for _, level in rows(home, query)]
        assert found == pytest.approx([100 * (2 + day) / 3 for day in range(1, 6)])
    for table in ("sector_index_day", "sector_breadth_day", "sector_change_day"):
        assert rows(home, f"select * from marts.{table} where universe_id = 'none'") == []
    # Where no cap is known there is no sum, which is not zero.
    sums = rows(
        home, "select distinct member_sum_usd from marts.category_day where universe_id = 'no-caps'"
    )
    assert sums in ([], [(None,)])


def test_f61_no_table_holds_what_is_no_number(little: tuple[Path, Path]) -> None:
    home, _ = little
    columns = rows(
        home,
        "select format('{}.{}', schema_name, table_name), column_name from duckdb_columns() "
        "where schema_name in ('marts', 'estimates') and data_type in ('DOUBLE', 'FLOAT')",
    )
    assert len(columns) > 100
    bad = [
        f"{table}.{column}"
        for table, column in columns
        if rows(home, f"select 1 from {table} where not isfinite({column}) limit 1")
    ]
    assert bad == []


def test_f61_a_report_says_how_little_there_is(ask: Any, tmp_path: Path) -> None:
    ended = ask("report", "build", "little", "--out", str(tmp_path))
    assert (ended.code, ended.message) == (0, "")
    page = (tmp_path / "little.html").read_text()
    assert page.count("Not enough data (n = 0): no market cap was known.") == 1
    assert page.count("Not enough data (n = 1): no market cap was known.") == 1
    assert "no day has a row." in page
    # No picture but that of the five days.
    assert page.count("<figure") == page.count('id="figure-one"') == 1
    assert "NaN" not in page.partition("<body")[2].partition("<script")[0]


@pytest.mark.parametrize("basket", BASKETS)
def test_f61_what_moved_is_asked_of_any_universe(ask: Any, basket: str) -> None:
    ended = ask("universe", "change", basket, "--json")
    assert ended.code in (0, 2)
    assert "Traceback" not in ended.err
    assert len(ended.message.splitlines()) == (1 if ended.code else 0)


# --- F62: no price, and coins that are issued -------------------------------------------------


def test_f62_flat_prices_give_a_flat_index_whatever_is_issued_or_missing(
    little: tuple[Path, Path],
) -> None:
    home, _ = little
    names = ", ".join(f"index_{weight}_weighted" for weight in WEIGHTS)
    found = rows(
        home,
        f"select {names}, n_carried from marts.sector_index_day "
        "where universe_id = 'flat' order by price_date",
    )
    assert [row[:4] for row in found] == [pytest.approx((100.0,) * 4, abs=1e-9)] * 5
    # The one without a price stands still that day, and it is said.
    assert [row[4] for row in found] == [None, 0, 1, 0, 0]


def test_f62_the_change_of_one_day_is_told_as_what_it_is(little: tuple[Path, Path]) -> None:
    home, _ = little
    parts = "price_effect_usd, supply_effect_usd, entries_usd, exits_usd, unsplit_usd"
    found = rows(
        home,
        f"select change_usd, {parts} from marts.sector_change_day where universe_id = 'flat'",
    )
    assert [row[0] for row in found] == [sum(row[1:]) for row in found]
    assert {row[1] for row in found} == {0}
    assert max(row[2] for row in found) == 900


# --- F63: events ------------------------------------------------------------------------------

EVENT = """[[event]]
id = "{}"
title = "An event"
announced_at = {}
kind = "other"
source = "Somebody"
url = "https://example.org/"
"""


@pytest.mark.parametrize(
    ("day", "reason"),
    [
        ("2024-04-04", "window from 2024-04-04 to 2024-04-04 is not inside"),  # tomorrow
        ("2023-09-10", "estimation from 2023-05-13 to 2023-08-30 is not inside"),  # days before
        ("2030-01-01", "is not inside"),
    ],
)
def test_f63_an_event_that_closes_do_not_cover_says_so_and_has_no_figure(
    run: Command, tmp_path: Path, day: str, reason: str
) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(EVENT.format("mine", day))
    ended = run("events", "run", "--file", str(file))
    assert (ended.code, ended.message) == (0, "")
    assert reason in ended.out
    assert "closes of bitcoin run from 2023-09-01 to 2024-03-31" in ended.out
    found = json.loads(run("events", "run", "--file", str(file), "--json").out)
    assert {value for value in numbers(found) if not math.isfinite(value)} == set()


def numbers(value: Any) -> list[float]:
    if isinstance(value, dict):
        return [number for inner in value.values() for number in numbers(inner)]
    if isinstance(value, list):
        return [number for inner in value for number in numbers(inner)]
    return [value] if isinstance(value, float) else []


# --- F65: scenarios ---------------------------------------------------------------------------


WRONG = {
    "a fifth percentile above the last": 'dist = "lognormal"\np05 = 9.0\np95 = 4.0',
    "an interval upside down": 'dist = "uniform"\nlow = 9.0\nhigh = 4.0',
    "below zero": 'dist = "lognormal"\np05 = -1.0\np95 = 4.0',
    "a word": 'dist = "point"\nvalue = "many"',
    "no number": 'dist = "point"\nvalue = nan',
    "no such kind": 'dist = "lognormall"\np05 = 1.0\np95 = 4.0',
}


@pytest.mark.parametrize("wrong", WRONG)
def test_f65_an_input_that_cannot_be_is_named_and_changes_nothing(
    fresh: Command, overlay: Overlay, wrong: str
) -> None:
    before = fresh.published.read_bytes()
    own = overlay(
        "scenarios/mine.toml",
        'extends = "base.toml"\n[scenario]\nid = "mine"\ntitle = "Mine"\n\n'
        f'[inputs.upload_growth]\n{WRONG[wrong]}\nunit = "1/year"\n'
        'source = "judgement"\ngrade = "guess"\n',
    )
    for arguments in (["scenario", "check", "mine"], ["build"]):
        ended = fresh(*arguments, "--overlay", own)
        assert (ended.code, ended.out.strip()) == (2, "")
        # One line for each finding, with its place.
        for line in ended.message.splitlines():
            assert re.match(r".*mine\.toml:\d+: inputs\.upload_growth", line)
    assert fresh.published.read_bytes() == before
