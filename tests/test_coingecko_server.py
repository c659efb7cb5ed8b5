"""The loopback CoinGecko answers as the vendor's documentation and recorded answers say."""

from __future__ import annotations

import gzip
import http.client
import json
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode, urlsplit

import pytest

if TYPE_CHECKING:
    from tests.conftest import CoinGecko  # noqa: TID251 - for its types only

PROGRAM = Path(__file__).with_name("coingecko")
RECORDED = Path(__file__).resolve().parents[2] / "shared" / "coingecko" / "recorded"
NOW = datetime(2026, 11, 23, 1, 10, tzinfo=UTC)
AI = "artificial-intelligence"
# The keys of a market row, from the vendor's documentation.
KEYS = """id symbol name image current_price market_cap market_cap_rank fully_diluted_valuation
total_volume high_24h low_24h price_change_24h price_change_percentage_24h market_cap_change_24h
market_cap_change_percentage_24h circulating_supply total_supply max_supply ath
ath_change_percentage ath_date atl atl_change_percentage atl_date roi last_updated"""


@dataclass(frozen=True)
class Said:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def value(self) -> Any:
        return json.loads(self.body)


Ask = Callable[..., Said]


def request(url: str, path: str, headers: dict[str, str] | None, **query: object) -> Said:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=20)
    try:
        target = urlsplit(url).path + quote(path) + ("?" + urlencode(query) if query else "")
        connection.request("GET", target, headers={"User-Agent": "test"} | (headers or {}))
        response = connection.getresponse()
        said = {name.lower(): value for name, value in response.getheaders()}
        return Said(response.status, said, response.read())
    finally:
        connection.close()


@pytest.fixture
def ask(coingecko: CoinGecko) -> Ask:
    """Ask the server for a path with parameters."""

    def asked(path: str, headers: dict[str, str] | None = None, **query: object) -> Said:
        return request(coingecko.url, path, headers, **query)

    return asked


@pytest.fixture
def market(ask: Ask) -> Callable[..., list[dict[str, Any]]]:
    """All rows of the market pages, page by page to the empty one."""

    def rows(**query: object) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for page in range(1, 100):
            said = ask("/coins/markets", vs_currency="usd", per_page=250, page=page, **query)
            assert said.status == 200, said.body
            if said.value == []:
                return found
            found += said.value
        raise AssertionError("no empty page")

    return rows


def moments(pairs: list[list[float]]) -> list[datetime]:
    return [datetime.fromtimestamp(at / 1000, UTC) for at, _ in pairs]


class TestMarkets:
    def test_rows_have_the_documented_keys(self, market: Any) -> None:
        rows = market()
        assert len(rows) == 1000
        assert all(list(row) == KEYS.split() for row in rows)

    def test_pages_share_no_coin_and_miss_none(self, ask: Ask, market: Any) -> None:
        ids = [row["id"] for row in market(category=AI)]
        assert len(ids) == len(set(ids)) > 250
        small = [
            row["id"]
            for page in range(1, len(ids) // 40 + 2)
            for row in ask(
                "/coins/markets", vs_currency="usd", category=AI, per_page=40, page=page
            ).value
        ]
        assert small == ids

    def test_a_page_has_100_rows_by_default_and_250_at_most(self, ask: Ask) -> None:
        assert len(ask("/coins/markets", vs_currency="usd").value) == 100
        assert len(ask("/coins/markets", vs_currency="usd", per_page=1000).value) == 250

    def test_ids_are_cut_by_the_page_size(self, ask: Ask, market: Any) -> None:
        ids = ",".join(row["id"] for row in market()[:150])
        assert len(ask("/coins/markets", vs_currency="usd", ids=ids).value) == 100
        assert len(ask("/coins/markets", vs_currency="usd", ids=ids, page=2).value) == 50

    def test_a_category_wins_over_ids(self, market: Any) -> None:
        assert market(category=AI, ids="bitcoin") == market(category=AI)
        assert market(category="no-such-category") == []

    @pytest.mark.parametrize(
        ("order", "key", "is_descending"),
        [
            ("market_cap_desc", "market_cap", True),
            ("market_cap_asc", "market_cap", False),
            ("volume_desc", "total_volume", True),
            ("id_asc", "id", False),
            ("id_desc", "id", True),
        ],
    )
    def test_order(self, market: Any, order: str, key: str, is_descending: bool) -> None:
        found = [row[key] or 0 for row in market(category=AI, order=order) if row["current_price"]]
        assert found == sorted(found, reverse=is_descending)

    def test_missing_and_wrong_parameters(self, ask: Ask) -> None:
        said = ask("/coins/markets")
        assert (said.status, said.value) == (400, {"error": "Missing parameter vs_currency"})
        assert ask("/coins/markets", vs_currency="usd", order="gecko_desc").status == 400

    def test_values_are_as_odd_as_recorded_ones(self, ask: Ask, market: Any) -> None:
        rows = market()
        unverified = [row for row in rows if row["market_cap"] == 0]
        assert 60 < len(unverified) < 200
        assert {row["circulating_supply"] for row in unverified} == {0}
        assert {row["market_cap_rank"] for row in unverified} == {None}
        assert any(row["current_price"] is None for row in unverified)
        stale = [row for row in rows if row["last_updated"] < "2026-11-14"]
        assert stale
        assert min(row["last_updated"] for row in stale) < "2025-06-01"
        assert max(row["circulating_supply"] for row in rows) > 4e17 > 2**53
        kinds = {type(row["current_price"]) for row in rows}
        assert kinds == {int, float, type(None)}
        page = ask("/coins/markets", vs_currency="usd", per_page=250, page=3).body
        assert re.search(rb'"current_price":\d\.?\d*e-\d\d', page)
        names = {row["name"] for row in market(category=AI)}
        assert {"<script>alert(1)</script>", "{{7*7}}${7*7}", "\u202egnidaer thgir"} <= names
        symbols = [row["symbol"] for row in rows]
        assert len(set(symbols)) < len(symbols) - 100

    def test_cap_is_price_times_supply(self, market: Any) -> None:
        for row in market():
            if row["market_cap"]:
                product = row["current_price"] * row["circulating_supply"]
                assert row["market_cap"] == pytest.approx(product, rel=1e-5, abs=1)


class TestCategories:
    def test_both_endpoints_have_not_the_same_set(self, ask: Ask) -> None:
        listed = {row["category_id"] for row in ask("/coins/categories/list").value}
        rows = {row["id"] for row in ask("/coins/categories").value}
        assert rows < listed
        assert {AI, "ai-agents", "ai-applications", "ai-framework", "ai-agent-launchpad"} <= rows
        assert {"ai-meme-coins", "defai", "depin"} <= rows

    def test_total_is_a_little_below_the_members(self, ask: Ask, market: Any) -> None:
        (row,) = [row for row in ask("/coins/categories").value if row["id"] == AI]
        total = sum(one["market_cap"] for one in market(category=AI))
        assert 0.97 * total < row["market_cap"] <= total
        assert row["top_3_coins_id"] == [one["id"] for one in market(category=AI)[:3]]

    def test_some_have_no_total(self, ask: Ask) -> None:
        rows = ask("/coins/categories").value
        without = [row for row in rows if row["market_cap"] is None]
        assert {row["volume_24h"] for row in without} == {None}
        assert len(without) == 3
        assert any(row["updated_at"] is None for row in without)

    def test_members_overlap(self, market: Any) -> None:
        ai, agents = ({row["id"] for row in market(category=one)} for one in (AI, "ai-agents"))
        assert ai & agents
        assert agents - ai


class TestCharts:
    def chart(self, ask: Ask, days: object, coin: str = "bittensor", **query: object) -> Any:
        said = ask(f"/coins/{coin}/market_chart", vs_currency="usd", days=days, **query)
        assert said.status == 200, said.body
        return said.value

    def test_daily_points_are_at_midnight_and_the_last_is_now(self, ask: Ask) -> None:
        found = self.chart(ask, 30, interval="daily")
        assert set(found) == {"prices", "market_caps", "total_volumes"}
        for pairs in found.values():
            *days, last = moments(pairs)
            assert last == NOW
            midnight = NOW.replace(hour=0, minute=0)
            assert days == [midnight - timedelta(days=n) for n in range(29, -1, -1)]

    def test_charts_pages_and_histories_agree(self, ask: Ask, market: Any) -> None:
        found = self.chart(ask, 30, interval="daily")
        (row,) = market(ids="bittensor")
        names = {
            "prices": "current_price",
            "market_caps": "market_cap",
            "total_volumes": "total_volume",
        }
        old = ask("/coins/bittensor/history", date="10-11-2026").value["market_data"]
        for array, name in names.items():
            assert found[array][-1][1] == pytest.approx(row[name], rel=1e-5)
            then = {moment: value for moment, (_, value) in zip(
                moments(found[array]), found[array], strict=True)}  # fmt: skip
            assert then[datetime(2026, 11, 10, tzinfo=UTC)] == old[name]["usd"]
        longer = self.chart(ask, 300, interval="daily")
        assert longer["prices"][-31:] == found["prices"][-31:]

    @pytest.mark.parametrize(("days", "seconds"), [(1, 300), (2, 3600), (90, 3600), (91, 86_400)])
    def test_granularity_follows_the_length(self, ask: Ask, days: int, seconds: int) -> None:
        stamps = [at / 1000 for at, _ in self.chart(ask, days)["prices"][:-1]]
        assert len(stamps) == pytest.approx(days * 86_400 / seconds, abs=1)
        off_grid = [at % seconds for at in stamps]
        assert max(off_grid) < 61
        assert (max(off_grid) == 0) == (seconds == 86_400)

    @pytest.mark.parametrize(
        ("now", "in_chart", "in_range"),
        [("00:05", False, False), ("00:20", True, False), ("00:40", True, True)],
    )
    def test_a_day_is_ready_after_a_while(
        self, ask: Ask, coingecko: CoinGecko, now: str, in_chart: bool, in_range: bool
    ) -> None:
        coingecko.set(now=f"2026-11-23T{now}:00Z")
        midnight = datetime(2026, 11, 23, tzinfo=UTC)
        found = self.chart(ask, 5, interval="daily")
        assert (midnight in moments(found["prices"])) == in_chart
        start, end = (midnight - timedelta(days=100)), midnight + timedelta(minutes=1)
        said = self.range(ask, start, end)
        assert (midnight in moments(said.value["prices"])) == in_range

    def range(self, ask: Ask, start: datetime, end: datetime, **query: object) -> Said:
        span = {"from": int(start.timestamp()), "to": int(end.timestamp())}
        return ask("/coins/near/market_chart/range", vs_currency="usd", **span, **query)

    def test_a_range_of_over_90_days_is_daily(self, ask: Ask) -> None:
        start = datetime(2026, 5, 1, tzinfo=UTC)
        daily = moments(self.range(ask, start, start + timedelta(days=91)).value["prices"])
        assert daily == [start + timedelta(days=n) for n in range(92)]
        hourly = self.range(ask, start, start + timedelta(days=90)).value["prices"]
        assert len(hourly) == pytest.approx(90 * 24, abs=1)
        # A free key has no interval there: the parameter is not looked at.
        assert self.range(ask, start, start + timedelta(days=9), interval="daily").value != []

    def test_dates_are_written_as_the_plan_wants_them(self, ask: Ask, coingecko: CoinGecko) -> None:
        path = "/coins/near/market_chart/range"
        iso = {"vs_currency": "usd", "from": "2026-01-01", "to": "2026-01-31"}
        assert ask(path, **iso).status == 400
        assert ask("/coins/near/history", date="2026-01-05").status == 400
        coingecko.set(plan="pro")
        key = {"x-cg-pro-api-key": coingecko.pro_key}
        said = ask(path, headers=key, interval="daily", **iso)
        days = [datetime(2026, 1, day, tzinfo=UTC) for day in range(1, 32)]
        assert moments(said.value["prices"]) == days
        assert ask("/coins/near/history", headers=key, date="2026-01-05").status == 200

    @pytest.mark.parametrize(
        ("path", "query"),
        [
            ("market_chart", {"days": 366}),
            ("market_chart", {"days": "max"}),
            ("market_chart/range", {"from": 1_763_000_000, "to": 1_770_000_000}),
            ("history", {"date": "20-11-2025"}),
        ],
    )
    def test_free_plans_reach_back_365_days(
        self, ask: Ask, coingecko: CoinGecko, path: str, query: dict[str, object]
    ) -> None:
        said = ask(f"/coins/near/{path}", vs_currency="usd", **query)
        assert said.status == 401
        assert said.value["error"]["status"]["error_code"] == 10012
        assert len(self.chart(ask, 365, interval="daily")["prices"]) == 366
        if path != "history":
            coingecko.set(plan="pro")
            key = {"x-cg-pro-api-key": coingecko.pro_key}
            assert ask(f"/coins/near/{path}", key, vs_currency="usd", **query).status == 200

    def test_young_coins_begin_with_zero_caps(self, ask: Ask, coingecko: CoinGecko) -> None:
        coingecko.set(plan="pro")
        key = {"x-cg-pro-api-key": coingecko.pro_key}
        said = ask("/coins/render-token/market_chart", key, vs_currency="usd", days="max")
        caps = [cap for _, cap in said.value["market_caps"]]
        assert caps[:150] == [0] * 150
        assert min(caps[151:]) > 0
        assert moments(said.value["prices"])[0] > datetime(2020, 6, 9, tzinfo=UTC)

    def test_unknown_coins_and_odd_ids(self, ask: Ask) -> None:
        said = ask("/coins/no-such-coin/market_chart", vs_currency="usd", days=1)
        assert (said.status, said.value) == (404, {"error": "coin not found"})
        assert self.chart(ask, 1, coin="1move token")
        assert self.chart(ask, 1, coin="boringdao-[old]")


class TestOthers:
    def test_ping_and_unknown_paths(self, ask: Ask) -> None:
        assert ask("/ping").value == {"gecko_says": "(V3) To the Moon!"}
        assert ask("/pong").status == 404

    def test_list_of_coins(self, ask: Ask, market: Any, coingecko: CoinGecko) -> None:
        listed = [row["id"] for row in ask("/coins/list").value]
        assert listed == sorted(row["id"] for row in market())
        coingecko.set(delisted=["golem"])
        assert [row["id"] for row in ask("/coins/list", status="inactive").value] == ["golem"]
        assert "golem" not in {row["id"] for row in ask("/coins/list").value}

    def test_whole_market(self, ask: Ask, market: Any) -> None:
        data = ask("/global").value["data"]
        rows = market()
        assert data["active_cryptocurrencies"] == len(rows)
        assert data["total_market_cap"]["usd"] == sum(row["market_cap"] for row in rows)
        share = 100 * rows[0]["market_cap"] / data["total_market_cap"]["usd"]
        assert data["market_cap_percentage"]["btc"] == pytest.approx(share)
        assert abs(data["updated_at"] - NOW.timestamp()) <= 600

    def test_packed_only_if_accepted(self, ask: Ask) -> None:
        plain = ask("/coins/categories")
        packed = ask("/coins/categories", headers={"Accept-Encoding": "gzip"})
        assert "content-encoding" not in plain.headers
        assert packed.headers["content-encoding"] == "gzip"
        assert gzip.decompress(packed.body) == plain.body
        assert len(packed.body) < len(plain.body) / 2

    @pytest.mark.skipif(not RECORDED.is_dir(), reason="shared/coingecko/recorded is absent")
    def test_recorded_answers_are_served_as_they_are(self, ask: Ask, coingecko: CoinGecko) -> None:
        coingecko.set(recorded={"/coins/markets": "jkorf_markets_2023-01-08.json"})
        whole = (RECORDED / "jkorf_markets_2023-01-08.json").read_bytes()
        assert ask("/coins/markets", vs_currency="usd", page=1).body == whole
        assert ask("/coins/markets", vs_currency="usd", page=2).value == []


def test_program_is_run_by_hand() -> None:
    command = [sys.executable, str(PROGRAM), "--plan", "pro", "--coins", "300", "--while-stdin"]
    command += ["--now", "2026-11-23T01:10:00Z", "--fault", "status:/global?times=1&status=502"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        url = process.stdout.readline().strip()
        key = {"x-cg-pro-api-key": "CG-pro00000000000000000000"}
        assert [request(url, "/global", key).status for _ in range(2)] == [502, 200]
        usage = request(url, "/key", key).value
        assert usage["rate_limit_request_per_minute"] == 250
        assert usage["current_total_monthly_calls"] == 2
        assert len(request(url, "/coins/list", key).value) == 300
        process.stdin.close()
        assert process.wait(10) == 0
