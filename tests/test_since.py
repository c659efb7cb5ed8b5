"""What changed since the last report, from the command line to the page."""

from __future__ import annotations

import csv
import re
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pipeline.resources import EDITIONS, SCENARIOS, SQL

if TYPE_CHECKING:
    from tests.conftest import Command, Overlay  # noqa: TID251 - for its types only

DEFINITION = """
title = "Watched"
finding = "Of what is watched."
dateline = "{build.report_date:date}"

[[watch]]
label = "Market cap"
value = "{market.cap_usd:usd_m}"
date = "market.last_date"

[[watch]]
label = "Basket"
value = "{basket.cap_usd:usd_m}"
date = "basket.last_date"

[[watch]]
label = "Installed"
value = "{supply.three_p50:count}"
date = "supply.quarter_end"

[[watch]]
label = "Peak"
value = "{demand.peak_p50:count}"
date = "demand.month_date"

[[section]]
id = "changes"
title = "What changed"
template = "changes"
lead = "Against the report before."
"""
OF_BASKET = """
select price_date as last_date, member_sum_usd as cap_usd
from marts.category_day
where universe_id = 'rented-out' and price_date <= (select report_date from marts.build)
order by price_date desc
limit 1
"""
BASKET = """
select price_date as last_date, member_sum_usd as cap_usd
from marts.category_day
where universe_id = 'rented-out' and price_date <= (select report_date from marts.build)
order by price_date desc
limit 1
"""
OF_PEAK = """
select month_date, peak_h100e_bf16_dense_p50 as peak_p50
from estimates.demand_month
where scenario_id = 'base'
order by month_date
limit 1
"""
BASKET = """
[[basket]]
id = "rented-out"
title = "Networks that rent GPUs out"
"""
MEMBER = """
[[basket.member]]
coin_id = "{coin}"
note = "{coin}"
"""


def edition() -> list[dict[str, str]]:
    with (EDITIONS / "sora_2024" / "token_daily.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def cap(coin: str, day: str = "2024-03-26") -> float:
    """A market cap as the file of the edition has it."""
    [row] = [row for row in edition() if (row["coin_id"], row["date"]) == (coin, day)]
    return float(row["market_cap_usd"])


def in_m(usd: float) -> str:
    return f"USD {usd / 1e6:,.0f} m".replace("-", "−")


class House:
    """A home with a report of its own, one of which was made at the start."""

    def __init__(self, command: Command, overlay: Overlay) -> None:
        self.command, self.overlay = command, overlay
        overlay("reports/watched.toml", DEFINITION)
        overlay("sql/reports/basket.sql", OF_BASKET)
        self.basket("render-token", "theta-token")
        self.report()

    def do(self, *arguments: str) -> str:
        ended = self.command(*arguments, "--overlay", str(self.overlay.folder))
        assert ended.code == 0, ended.err
        return ended.out

    def basket(self, *coins: str) -> None:
        members = "".join(MEMBER.format(coin=coin) for coin in coins)
        self.overlay("universes/mine.toml", BASKET + members)
        self.do("fetch", "universe")
        self.do("build")

    def take_in(self, name: str, rows: list[tuple[str, str, float, float]]) -> None:
        """Import closes and caps by token and day, and build."""
        lines = [
            "coin_id,price_date,close_usd,market_cap_usd",
            *(",".join(map(str, row)) for row in rows),
        ]
        path = self.overlay.folder.parent / name
        path.write_text("\n".join(lines))
        about = ("--source", "House", "--citation", "House", "--licence", "own")
        self.do("import", str(path), "--kind", "token_daily", *about)
        self.do("build")

    def report(self) -> bytes:
        """Make the report; both files, one after the other."""
        paths = self.do("report", "build", "watched").split()
        assert [Path(path).suffix for path in paths] == [".html", ".pdf"]
        return b"".join(Path(path).read_bytes() for path in paths)

    def issues(self) -> list[str]:
        """The ids of the reports that are noted."""
        with sqlite3.connect(self.command.home / "state" / "ledger.sqlite") as connection:
            rows = connection.execute(
                "select report_id from report where name = 'watched' order by issue_id"
            )
            return [report_id for (report_id,) in rows]

    def changes(self) -> tuple[str, dict[str, list[str]]]:
        """Make the report; what its section says, and by number the cells of its row."""
        page = self.report().split(b"%PDF")[0].decode()
        section = page[page.index('id="changes"') :]
        said = " ".join(re.findall(r"<p>(.*?)</p>", section)[0].split())
        rows = re.findall(r'<tr>\s*<th scope="row">(.*?)</th>(.*?)</tr>', section, re.DOTALL)
        cells = {
            label: [
                " ".join(re.sub("<.*?>", "", cell).split())
                for cell in re.findall(r"<td.*?>(.*?)</td>", row, re.DOTALL)
            ]
            for label, row in rows
        }
        return said, cells


@pytest.fixture
def house(fresh: Command, overlay: Overlay) -> House:
    return House(fresh, overlay)


def test_a_first_report_has_nothing_to_compare_and_comes_out_the_same_again(house: House) -> None:
    first = house.issues()
    said, rows = house.changes()
    assert said.startswith("This is the first report of its name")
    assert rows == {}
    # Its own note of a moment ago is no report before it.
    assert house.report() == house.report()
    assert house.issues() == first
    assert len(first) == 1


def next_day() -> list[tuple[str, str, float, float]]:
    """The day after the edition's last one, with twice the market caps."""
    return [
        (row["coin_id"], "2024-03-27", float(row["close_usd"]), 2 * float(row["market_cap_usd"]))
        for row in edition()
        if row["date"] == "2024-03-26" and row["market_cap_usd"]
    ]


def test_a_new_day_moves_a_number_and_nothing_else(house: House) -> None:
    before = house.issues()[-1]
    # Another figure of a day that is neither the earlier report's nor this one's moves nothing.
    house.take_in("next.csv", [*next_day(), ("theta-token", "2024-03-20", 2.4, 2.4e9)])
    said, rows = house.changes()
    assert said.startswith(f"Compared with report {before} of 3 April 2024. Of 4 numbers")
    assert "2 moved to a later day and 0 were revised" in said
    total = sum(cap(coin) for coin, *_ in next_day())
    basket = cap("render-token") + cap("theta-token")
    assert rows == {
        label: [
            f"{in_m(value)} 26 Mar 2024",
            f"{in_m(2 * value)} 27 Mar 2024",
            f"+{in_m(value)}",
            "+100.0%",
            "new data",
        ]
        for label, value in (("Market cap", total), ("Basket", basket))
    }


def test_what_moved_and_was_revised_has_both_causes(house: House) -> None:
    was, basket = cap("theta-token"), cap("render-token") + cap("theta-token")
    house.take_in("both.csv", [*next_day(), ("theta-token", "2024-03-26", 2.9, was - 5e8)])
    said, rows = house.changes()
    assert "2 moved to a later day and 0 were revised" in said
    assert rows["Basket"] == [
        f"{in_m(basket)} 26 Mar 2024 today {in_m(basket - 5e8)}",
        f"{in_m(2 * basket)} 27 Mar 2024",
        f"+{in_m(basket)}",
        "+100.0%",
        "new data, upstream revision",
    ]


def test_a_revised_figure_of_an_old_day_is_an_upstream_revision(house: House) -> None:
    was = cap("theta-token")
    house.take_in("revised.csv", [("theta-token", "2024-03-26", 2.9, was - 5e8)])
    said, rows = house.changes()
    assert "0 moved to a later day and 2 were revised" in said
    assert rows.keys() == {"Market cap", "Basket"}
    before, now, change, percent, cause = rows["Basket"]
    assert (before[-11:], now[-11:]) == ("26 Mar 2024", "26 Mar 2024")
    assert (change, cause) == ("USD −500 m", "upstream revision")
    assert percent == f"{-5e8 / (cap('render-token') + was):.1%}".replace("-", "−")


def test_another_member_is_named_where_it_counts(house: House) -> None:
    house.basket("render-token", "theta-token", "arweave")
    said, rows = house.changes()
    assert "0 moved to a later day and 1 were revised" in said
    assert rows == {
        "Basket": [
            f"{in_m(cap('render-token') + cap('theta-token'))} 26 Mar 2024",
            f"{in_m(sum(map(cap, ('render-token', 'theta-token', 'arweave'))))} 26 Mar 2024",
            f"+{in_m(cap('arweave'))}",
            f"+{cap('arweave') / (cap('render-token') + cap('theta-token')):.1%}",
            "membership",
        ]
    }


def test_other_sql_of_a_query_or_of_a_table_below_it_is_another_method(house: House) -> None:
    house.overlay("sql/reports/basket.sql", OF_BASKET.replace("member_sum_usd", "1e6"))
    _, rows = house.changes()
    assert [(label, row[1][:7], row[-1]) for label, row in rows.items()] == [
        ("Basket", "USD 1 m", "method")
    ]
    # It stays so: the same report is compared with what it was compared with.
    assert house.changes()[1] == rows


def test_what_moved_no_number_is_no_change(house: House) -> None:
    before = house.issues()
    fleets = (SQL / "marts" / "fleet_quarter.sql").read_text().rstrip()
    house.overlay("sql/marts/fleet_quarter.sql", f"{fleets} where true")
    house.do("build")
    said, rows = house.changes()
    assert said.endswith("None of 4 numbers that both reports watch is printed otherwise.")
    assert rows == {}
    assert len(house.issues()) == len(before) + 1


def test_another_scenario_is_another_method(house: House) -> None:
    base = (SCENARIOS / "base.toml").read_text()
    house.overlay("scenarios/base.toml", re.sub(r"(?m)^seed = \d+", "seed = 1", base))
    house.do("build")
    _, rows = house.changes()
    assert {label: row[-1] for label, row in rows.items()} == {"Peak": "method"}


def test_without_a_ledger_there_is_a_report_and_no_note(house: House) -> None:
    ledger = house.command.home / "state" / "ledger.sqlite"
    ledger.rename(ledger.with_suffix(".away"))
    said, _ = house.changes()
    assert said.startswith("This is the first report of its name")
    assert not ledger.exists()
