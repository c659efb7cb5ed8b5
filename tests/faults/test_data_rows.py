"""Rows that cannot be right, among good ones: kept apart or flagged, and never dropped unseen.

All of them come in one crawl of day two; the home is built once and only read afterwards.
"""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pipeline.resources import SQL

if TYPE_CHECKING:
    from tests.conftest import CoinGecko, Command, Ended  # noqa: TID251 - for its types only
    from tests.faults.conftest import Home  # noqa: TID251 - for its types only

AI = "artificial-intelligence"

# By coin: what is odd about it in the market pages.
ODD: dict[str, dict[str, Any]] = {
    "pha": {"max_supply": None, "ath_date": None, "total_volume": None},
    "akash-network": {"current_price": "1,234"},
    "grass": {"market_cap": "N/A"},
    "numeraire": {"current_price": 0},
    "worldcoin-wld": {"market_cap": -5},
    "livepeer": {"market_cap": 0},
    "aethir": {"market_cap": 9_000_000_000},
    "nosana": {"circulating_supply": 3e10, "max_supply": 1e10, "current_price": 0.02,
              "market_cap": 600_000_000},
    "cortex": {"market_cap_rank": 10**30},
    "iexec-rlc": {"circulating_supply": 72_000_000, "current_price": 1_000_000,
                  "market_cap": 72_000_000_000_000},
    "oraichain-token": {"symbol": "near", "name": "NEAR Protocol"},
}  # fmt: skip

NAMES = {
    "near": "<script>alert(1)</script>",
    "bittensor": "{{7*7}}${7*7}{% raw %}",
    "the-graph": "\u202egnidaer thgir",
    "internet-computer": "zero\u200b\u2060width",
    "render-token": '"><img src=x onerror=alert(1)>',
    "virtual-protocol": "nul\x00byte",
    "theta-token": "half \ud800 a pair",
    "injective-protocol": "long " * 2000,
    "arweave": "=cmd|' /C calc'!A0",
    "fetch-ai": "\x1b[31mred\x1b]0;title\x07",
    "golem": "\N{ROBOT FACE}\N{MAN}\u200d\N{WOMAN}\u200d\N{GIRL}",
}
# Half a surrogate pair is no character, and no text can hold it.
KEPT = {one: name.replace("\ud800", "\ufffd") for one, name in NAMES.items()}
SYMBOL = "</script><b>"

HIDING = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")

MIGRATION = """
[[migration]]
from_coin_id = "singularitynet"
to_coin_id = "fetch-ai"
ratio = 0.433350
started_date = 2024-07-01
source = "The alliance"
url = "https://example.org/"
"""


class Odd:
    """The command on the home of the odd day, for what only reads."""

    def __init__(self, command: Command, home: Path, own: Path, ended: Ended) -> None:
        self._command, self.home, self.own, self.ended = command, home, own, ended

    def __call__(self, *arguments: str) -> Ended:
        return self._command(*arguments, "--overlay", str(self.own))

    def rows(self, query: str) -> list[dict[str, Any]]:
        ended = self("sql", "--json", query)
        assert ended.code == 0, ended.message
        found: list[dict[str, Any]] = json.loads(ended.out)
        return found


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    made: dict[str, Any] = {"folder": tmp_path_factory.mktemp("odd")}
    yield made
    shutil.rmtree(made["folder"])


@pytest.fixture
def odd(
    good: Home,
    first: Command,
    coingecko: CoinGecko,
    capsys: pytest.CaptureFixture[str],
    kept: dict[str, Any],
) -> Odd:
    home, own = kept["folder"] / "home", kept["folder"] / "own"
    if "ended" not in kept:
        shutil.copytree(good.own, own)
        with (own / "universes" / "live.toml").open("a") as rules:
            rules.write(MIGRATION)
        # Tokens of the edition go by their names in it: here by the vendor's, so that the report
        # has them.
        shipped = (SQL / "marts" / "token.sql").read_text()
        (own / "sql" / "marts").mkdir(parents=True)
        named_last = shipped.replace(" filter (where is_bundled)", "")
        assert named_last != shipped
        (own / "sql" / "marts" / "token.sql").write_text(named_last)
        named = {one: {"name": name} for one, name in NAMES.items()}
        named["near"]["symbol"] = SYMBOL
        coingecko.set(coins={**ODD, **named})
        # One fault a request: ranks move, so that the last row of a page comes twice.
        coingecko.fail("/coins/markets", "missing_field", when={"category": AI, "page": "1"},
                       row=150, field="id")  # fmt: skip
        coingecko.fail("/coins/markets", "duplicates", when={"category": AI, "page": "2"})
        coingecko.fail("/coins/markets", "missing_field", when={"category": "ai-meme-coins"},
                       field="total_supply")  # fmt: skip
        good.own = own
        kept["ended"] = good("run", "--no-report")
        shutil.copytree(good.path, home, symlinks=True)
    return Odd(type(first)(home, capsys), home, own, kept["ended"])


def test_the_odd_day_is_published(odd: Odd) -> None:
    assert odd.ended.code == 0, odd.ended.message
    assert odd("check").code == 0


def test_f28_a_field_without_a_value_is_unknown_not_zero(odd: Odd) -> None:
    (row,) = odd.rows(
        "select max_supply, ath_at, volume_24h_usd, price_usd > 0 as is_priced "
        "from marts.token_snapshot_day where seen_date = '2026-11-23' "
        "and coin_id = 'pha'"
    )
    assert row == {"max_supply": None, "ath_at": None, "volume_24h_usd": None, "is_priced": True}
    # Gone from every row of a list, an optional field is null in all of them.
    (row,) = odd.rows(
        "select count(*) as n, count(total_supply) as n_total, count(price_usd) > 20 as are_priced "
        "from raw.coingecko__market where category_id = 'ai-meme-coins' "
        "and known_at::date = '2026-11-23'"
    )
    assert (row["n_total"], row["are_priced"]) == (0, True)


def test_f28_and_f29_rows_that_do_not_fit_are_kept_apart_with_the_reason(odd: Odd) -> None:
    rows = odd.rows("select reason, row_json, source from marts.quarantine")
    found = {json.loads(row["row_json"]).get("id"): row["reason"] for row in rows}
    assert found == {
        None: "id: is required",
        "akash-network": "current_price: not a number",
        "grass": "market_cap: not a number",
        "numeraire": "current_price: is not above zero",
        "worldcoin-wld": "market_cap: is negative",
        "cortex": "market_cap_rank: not a whole number",
    }
    # What the vendor wrote stays readable, as it was.
    assert [json.loads(row["row_json"])["current_price"] for row in rows
            if "1,234" in row["row_json"]] == ["1,234"]  # fmt: skip


def test_f25_a_whole_number_beyond_64_bits_is_kept_apart(odd: Odd) -> None:
    rows = odd.rows("select reason, row_json from marts.quarantine")
    reasons = [row["reason"] for row in rows if json.loads(row["row_json"]).get("id") == "cortex"]
    assert reasons == ["market_cap_rank: not a whole number"]


def test_f25_a_market_cap_beyond_belief_does_not_end_all_builds(
    good: Home, coingecko: CoinGecko
) -> None:
    coingecko.set(coins={"cortex": {"market_cap": 1e300}})
    ended = good("run", "--no-report")
    # The row is kept apart; the vendor's total of all coins, which holds it, is refused.
    assert ended.code == 3
    assert "global: 1 of 1 rows do not fit: total_market_cap.usd: is beyond belief" in ended.message
    ended = good("sql", "select reason from marts.quarantine where reason like '%belief'", "--json")
    assert {row["reason"] for row in json.loads(ended.out)} == {"market_cap: is beyond belief"}


def test_f32_a_spike_in_a_crawl_is_kept_out_of_the_sum(odd: Odd) -> None:
    flags = odd.rows("select flag, value from marts.token_flag_day where coin_id = 'iexec-rlc'")
    assert [(row["flag"], row["value"] > 1000) for row in flags] == [("spike_held", True)]
    counted = "select coin_id from marts.universe_day where coin_id = 'iexec-rlc' "
    assert odd.rows(counted + "and price_date = '2026-11-23'") == []


def test_f31_a_row_that_was_kept_apart_counts_nowhere_that_day(odd: Odd) -> None:
    days = odd.rows(
        "select price_date from marts.universe_day "
        "where universe_id = 'ai-sector' and coin_id = 'numeraire' order by all"
    )
    assert [row["price_date"] for row in days] == ["2026-11-22"]
    rows = odd.rows(
        "select change, price_date, because from marts.universe_change_day "
        "where coin_id = 'numeraire'"
    )
    assert [tuple(row.values()) for row in rows] == [
        ("left", "2026-11-23", "in no crawl of the day")
    ]


def test_f31_figures_that_contradict_one_another_are_flagged_and_stay(odd: Odd) -> None:
    rows = odd.rows(
        "select coin_id, flag, value from marts.token_flag_day where flag_date = '2026-11-23' "
        "and flag in ('cap_unknown', 'cap_mismatch', 'supply_above_max') "
        "order by all"
    )
    # Beside those of the generated coins, of which one in eight has no verified supply.
    rows = [row for row in rows if row["coin_id"] in ODD]
    flags = {row["coin_id"]: row["flag"] for row in rows}
    assert flags == {
        "livepeer": "cap_unknown",
        "aethir": "cap_mismatch",
        "nosana": "supply_above_max",
    }
    values = {row["coin_id"]: row["value"] for row in rows}
    assert values["nosana"] == 3
    assert values["aethir"] > 1.02
    seen = odd.rows(
        "select coin_id from marts.token_snapshot_day where seen_date = '2026-11-23' "
        "and coin_id in ('livepeer', 'aethir', 'nosana')"
    )
    assert len(seen) == 3


def test_f33_the_id_tells_coins_apart_and_comes_once(odd: Odd) -> None:
    # The vendor's pages had a row twice, and two coins have one symbol and one name.
    (row,) = odd.rows(
        "select count(*) - count(distinct coin_id) as n_twice from raw.coingecko__market "
        f"where category_id = '{AI}' and known_at::date = '2026-11-23'"
    )
    assert row["n_twice"] == 1
    first, second = (
        row["n"]
        for row in odd.rows(
            "select seen_date, count(distinct coin_id) = count(*) as are_different, count(*) as n "
            f"from staging.coingecko__market where category_id = '{AI}' "
            "group by seen_date having are_different order by all"
        )
    )
    assert second == first - 6  # those that were kept apart
    (row,) = odd.rows("select name from marts.token where coin_id = 'oraichain-token'")
    assert row == {"name": "NEAR Protocol"}
    ids = [
        row["coin_id"]
        for row in odd.rows(
            "select coin_id from marts.token where coin_id in ('bittensor', 'hostile-11') "
            "and last_price_date = '2026-11-23' order by all"
        )
    ]
    assert ids == ["bittensor", "hostile-11"]  # Bittensor, and one with a dotless i


def test_f35_of_a_coin_and_its_successor_only_one_counts(odd: Odd) -> None:
    rows = odd.rows(
        "select coin_id, left_out_because from marts.universe_candidate_day "
        "where coin_id in ('singularitynet', 'fetch-ai') and price_date = '2026-11-23' order by all"
    )
    assert [tuple(row.values()) for row in rows] == [
        ("fetch-ai", None),
        ("singularitynet", "migrated into fetch-ai"),
    ]
    assert "migrated into fetch-ai" in odd("universe").out


def test_f35_if_both_would_count_nothing_is_published(odd: Odd, tmp_path: Path) -> None:
    link = (odd.home / "warehouse" / "warehouse.duckdb").readlink()
    own = tmp_path / "both"
    shutil.copytree(odd.own, own)
    text = (SQL / "marts" / "universe_day.sql").read_text()
    changed = own / "sql" / "marts" / "universe_day.sql"
    changed.write_text(text.replace("where left_out_because is null", ""))
    assert changed.read_text() != text
    odd.own = own
    ended = odd("build")
    assert ended.code == 7
    assert "checks.universe_day__no_twins" in ended.message
    assert "coin_id=singularitynet, other_id=fetch-ai" in ended.message
    assert "nothing was published; what was published before stays in place" in ended.message
    assert (odd.home / "warehouse" / "warehouse.duckdb").readlink() == link


def test_f38_hostile_names_are_kept_as_they_are(odd: Odd) -> None:
    rows = odd.rows("select coin_id, name, symbol from marts.token")
    names = {row["coin_id"]: row["name"] for row in rows}
    seen = odd.rows(
        "select coin_id, name from marts.token_snapshot_day where seen_date = '2026-11-23'"
    )
    raw = {row["coin_id"]: row["name"] for row in seen}
    assert {one: raw[one] for one in NAMES} == KEPT
    # Of the longest one, tables and reports have the beginning.
    shown = KEPT | {"injective-protocol": ("long " * 13)[:63] + "…"}
    assert {one: names[one] for one in NAMES} == shown
    assert {row["symbol"] for row in rows if row["coin_id"] == "near"} == {SYMBOL.upper()}


def test_f38_csv_has_the_names_as_they_are_in_their_cells(odd: Odd) -> None:
    query = "select coin_id, name, 1 as n from marts.token_snapshot_day where seen_date = "
    marked = {one: f"'{name}" if name[0] in "=+-@\t\r" else name for one, name in KEPT.items()}
    assert marked != KEPT
    for flags, expected in (((), marked), (("--raw",), KEPT)):
        ended = odd("sql", "--csv", *flags, query + "'2026-11-23'")
        rows = {row[0]: row for row in csv.reader(io.StringIO(ended.out, newline=""))}
        assert {len(row) for row in rows.values()} == {3}
        assert {one: rows[one][1] for one in NAMES} == expected


@pytest.mark.parametrize("arguments", [("sql", "select name, symbol from marts.token_snapshot_day"),
                                       ("universe", "show", "ai-sector")])  # fmt: skip
def test_f38_tables_drive_no_terminal(odd: Odd, arguments: tuple[str, ...]) -> None:
    ended = odd(*arguments)
    assert ended.code == 0
    assert HIDING.findall(ended.out) == []
    assert max(map(len, ended.out.splitlines())) < 400


class Page(HTMLParser):
    """What a browser would make of a page: its tags, its scripts, its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.attributes: list[tuple[str, str | None]] = []
        self.scripts: list[str] = []
        self.texts: list[str] = []
        self._within = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._within = tag
        self.attributes += attrs
        if tag == "script":
            self.scripts.append("")

    def handle_endtag(self, tag: str) -> None:
        self._within = ""

    def handle_data(self, data: str) -> None:
        if self._within == "script":
            self.scripts[-1] += data
        else:
            self.texts.append(data)


def test_f38_the_report_shows_hostile_names_and_does_nothing_else(odd: Odd) -> None:
    ended = odd("report", "build", "--json")
    assert ended.code == 0, ended.message
    file, document = (Path(name) for name in json.loads(ended.out)["files"])
    text = file.read_text(encoding="utf-8")
    page = Page(text)
    shown = " ".join(page.texts)
    for name in ("near", "bittensor", "render-token", "arweave"):
        assert NAMES[name] in shown
    assert f"{NAMES['near']} ({SYMBOL.upper()})" in shown
    assert "\N{WHITE SQUARE}gnidaer thgir" in shown
    assert "zero\N{WHITE SQUARE}\N{WHITE SQUARE}width" in shown
    # None of it is a tag, an event, a script, or a character that hides.
    assert not any("alert(1)" in script for script in page.scripts)
    assert not any(name.startswith("on") or value == "x" for name, value in page.attributes)
    assert HIDING.findall(text) == []
    assert document.read_bytes().startswith(b"%PDF-")
