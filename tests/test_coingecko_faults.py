"""The loopback CoinGecko refuses as the vendor does, does as it is told, and fails as asked."""

from __future__ import annotations

import gzip
import json
import re
import socket
import time
import zlib
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

if TYPE_CHECKING:
    from tests.conftest import CoinGecko  # noqa: TID251 - for its types only

RECORDED = Path(__file__).resolve().parents[2] / "shared" / "coingecko" / "recorded"
MARKETS = "/coins/markets?vs_currency=usd&per_page=50"
AI = "artificial-intelligence"
CHART = "/coins/near/market_chart?vs_currency=usd&days=5&interval=daily"
Exchange = Callable[..., "Heard"]


class Heard:
    """All that came through the socket until it was closed."""

    def __init__(self, content: bytes) -> None:
        head, _, self.body = content.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        self.status = int(lines[0].split()[1]) if lines[0] else 0
        pairs = [line.split(": ", 1) for line in lines[1:]]
        self.headers = {name.lower(): value for name, value in pairs}
        self.n_headers = len(pairs)

    @property
    def value(self) -> Any:
        return json.loads(self.body)

    @property
    def missing(self) -> int | None:
        """How many bytes Content-Length says more than there are; None if it is not given."""
        length = self.headers.get("content-length")
        return None if length is None else int(length) - len(self.body)


@pytest.fixture
def exchange(coingecko: CoinGecko) -> Exchange:
    """Ask for a path over a bare socket and read to the end."""

    def exchanged(path: str, *headers: str, seconds: float = 10) -> Heard:
        where = urlsplit(coingecko.url)
        lines = [f"GET {where.path}{path} HTTP/1.1", "Host: x", "Connection: close"]
        lines += headers or ("User-Agent: test",)
        with closing(socket.create_connection((where.hostname, where.port), seconds)) as line:
            line.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
            found = b""
            while piece := line.recv(1 << 16):
                found += piece
        return Heard(found)

    return exchanged


def code_of(value: Any) -> int:
    found: int = value.get("error", value).get("status")["error_code"]
    return found


class TestRefusals:
    @pytest.mark.parametrize(
        ("plan", "header", "key", "expected"),
        [
            ("keyless", None, None, (200, None)),
            ("demo", "demo", "demo", (200, None)),
            ("pro", "pro", "pro", (200, None)),
            ("pro", None, None, (401, 10002)),
            ("pro", "pro", "CG-unknown", (401, 10002)),
            ("demo", "demo", "CG-unknown", (401, 10002)),
            ("pro", "demo", "demo", (400, 10011)),
            ("pro", "pro", "demo", (400, 10011)),
            ("demo", "pro", "pro", (400, 10010)),
            ("demo", "demo", "pro", (400, 10010)),
        ],
    )
    def test_keys(
        self,
        coingecko: CoinGecko,
        exchange: Exchange,
        plan: str,
        header: str | None,
        key: str | None,
        expected: tuple[int, int | None],
    ) -> None:
        coingecko.set(plan=plan)
        keys = {"demo": coingecko.demo_key, "pro": coingecko.pro_key}
        headers = ["User-Agent: test"]
        if header and key:
            headers.append(f"x-cg-{header}-api-key: {keys.get(key, key)}")
        heard = exchange("/ping", *headers)
        code = None if heard.status == 200 else code_of(heard.value)
        assert (heard.status, code) == expected

    def test_usage_is_for_paid_plans(self, exchange: Exchange) -> None:
        heard = exchange("/key")
        assert (heard.status, code_of(heard.value)) == (403, 10005)

    @pytest.mark.parametrize(("plan", "limit"), [("keyless", 5), ("demo", 30)])
    def test_limits(self, coingecko: CoinGecko, exchange: Exchange, plan: str, limit: int) -> None:
        coingecko.set(plan=plan, limits=True)
        headers = ["User-Agent: test"]
        if plan == "demo":
            headers.append(f"x-cg-demo-api-key: {coingecko.demo_key}")
        heard = [exchange("/ping", *headers) for _ in range(limit + 1)]
        assert [one.status for one in heard] == [200] * limit + [429]
        assert 50 <= int(heard[-1].headers["retry-after"]) <= 60

    @pytest.mark.skipif(not RECORDED.is_dir(), reason="shared/coingecko/recorded is absent")
    def test_bodies_are_those_that_users_quoted(
        self, coingecko: CoinGecko, exchange: Exchange
    ) -> None:
        text = (RECORDED / "errors_quoted_from_public_threads.json").read_text(encoding="utf-8")
        quoted = {one["case"]: one for one in json.loads(text)}
        coingecko.fail("/global", "rate_limited", retry_after="119")
        heard = {
            "rate_limited": exchange("/global"),
            "missing_user_agent": exchange("/ping", "Accept: */*"),
            "history_older_than_365_days": exchange(CHART.replace("days=5", "days=400")),
        }
        for case, one in heard.items():
            body = one.value
            stamped = body.get("error", body)["status"]
            if "timestamp" in stamped:
                assert datetime.fromisoformat(stamped["timestamp"]).tzinfo
                stamped["timestamp"] = quoted[case]["body"]["error"]["status"]["timestamp"]
            assert (one.status, body) == (quoted[case]["http_status"], quoted[case]["body"])
        assert heard["rate_limited"].headers["retry-after"] == "119"
        coingecko.set(plan="pro")
        known = quoted["demo_key_on_pro_host"]["body_known_parts"]
        key = f"x-cg-demo-api-key: {coingecko.demo_key}"
        status = exchange("/ping", "User-Agent: test", key).value["status"]
        assert status["error_code"] == known["error_code"]
        assert known["error_message_contains"] in status["error_message"]


class TestOrders:
    def test_requests_are_told(self, coingecko: CoinGecko, exchange: Exchange) -> None:
        exchange("/coins/1move%20token/history?date=01-11-2026", "User-Agent: me/1", "X-Y: z")
        (asked,) = coingecko.requests
        assert asked["path"] == "/coins/1move token/history"
        assert asked["query"] == {"date": "01-11-2026"}
        assert asked["headers"] == {
            "host": "x", "connection": "close", "user-agent": "me/1", "x-y": "z",
        }  # fmt: skip

    def test_the_clock_moves_every_stamp(self, coingecko: CoinGecko, exchange: Exchange) -> None:
        coingecko.set(now="2027-02-03T04:05:06Z")
        heard = exchange(MARKETS)
        assert parsedate_to_datetime(heard.headers["date"]).isoformat() == (
            "2027-02-03T04:05:06+00:00"
        )
        updated = [row["last_updated"] for row in heard.value]
        assert "2027-02-03T04:00" < min(updated) <= max(updated) <= "2027-02-03T04:05:06.000Z"
        assert exchange("/global").value["data"]["updated_at"] == 1801627200
        assert exchange(CHART).value["prices"][-1][0] == 1801627506000

    def test_members(self, coingecko: CoinGecko, exchange: Exchange) -> None:
        def ids() -> list[str]:
            return [row["id"] for row in exchange(f"{MARKETS}&category={AI}").value]

        coingecko.set(members={AI: ["near", "bittensor", "akash-network"]})
        assert ids() == ["bittensor", "near", "akash-network"]
        coingecko.set(drop={AI: ["near"]}, add={AI: ["quite-new", "bitcoin"]})
        assert ids()[:3] == ["bitcoin", "bittensor", "akash-network"]
        assert set(ids()[3:]) == {"quite-new"}
        coingecko.set(delisted=["akash-network"])
        assert "akash-network" not in ids()
        assert exchange(CHART.replace("near", "akash-network")).status == 404
        coingecko.reset()
        assert "akash-network" in ids()

    def test_values(self, coingecko: CoinGecko, exchange: Exchange) -> None:
        coingecko.set(coins={"render-token": {"market_cap": 0, "name": "\ud800\u0000"}})
        (row,) = exchange(f"{MARKETS}&ids=render-token").value
        assert (row["market_cap"], row["market_cap_rank"]) == (0, None)
        assert row["name"] == "\ud800\u0000"

    def test_points(self, coingecko: CoinGecko, exchange: Exchange) -> None:
        before = exchange(CHART).value
        coingecko.set(
            chart={
                "near": {
                    "2026-11-20": {"price": 5e6, "market_cap": None},
                    "2026-11-21": None,
                    "2026-11-22": {"total_volume": "absent"},
                }
            }
        )
        after = exchange(CHART).value
        assert [len(after[name]) for name in before] == [5, 5, 4]
        assert after["prices"][1] == [before["prices"][1][0], 5e6]
        assert after["market_caps"][1][1] is None
        assert after["prices"][2] == before["prices"][3]
        history = exchange("/coins/near/history?date=20-11-2026").value
        assert history["market_data"]["current_price"] == {"usd": 5e6}

    def test_categories(self, coingecko: CoinGecko, exchange: Exchange) -> None:
        coingecko.set(
            categories={"depin": None, AI: {"market_cap": 7.5}, "new-sector": {}},
            members={"new-sector": ["near"]},
        )
        rows = {row["id"]: row for row in exchange("/coins/categories").value}
        assert "depin" not in rows
        assert exchange(f"{MARKETS}&category=depin").value == []
        assert rows[AI]["market_cap"] == 7.5
        assert rows["new-sector"]["top_3_coins_id"] == ["near"]

    def test_wrong_orders_are_errors(self, coingecko: CoinGecko) -> None:
        with pytest.raises(AssertionError, match="no option 'clock'"):
            coingecko.set(clock="2026-01-01")
        with pytest.raises(AssertionError, match="no fault 'explode'"):
            coingecko.fail("/", "explode")

    def test_a_fault_is_for_some_requests(self, coingecko: CoinGecko, exchange: Exchange) -> None:
        coingecko.fail("/coins/markets", "empty_body", times=1, when={"page": "2"})
        coingecko.fail("/coins/markets", "status", times=2, after=1, status=500)
        paths = [MARKETS, f"{MARKETS}&page=2", MARKETS, "/ping", MARKETS, MARKETS]
        assert [exchange(path).status for path in paths] == [200, 200, 500, 200, 500, 200]
        faults = [asked["fault"] for asked in coingecko.requests]
        assert faults == [None, "empty_body", "status", None, "status", None]


def whole_gzip(content: bytes) -> bool:
    packed = zlib.decompressobj(31)
    assert packed.decompress(content)[:2] == b"[{"
    return packed.eof


# One test for each fault: its name, its details, and what it does to what is heard.
SHOWN: list[tuple[str, dict[str, Any], Callable[[Heard], object]]] = [
    ("truncate", {}, lambda one: (one.missing or 0) > 1000 and one.status == 200),
    ("cut_chunked", {}, lambda one: not one.body.endswith(b"0\r\n\r\n")),
    ("cut_valid_json", {}, lambda one: len(one.value) == 25 and one.missing is None),
    ("no_gzip_trailer", {}, lambda one: not whole_gzip(one.body)),
    ("bomb", {"mib": 8}, lambda one: len(gzip.decompress(one.body)) == 8 * 2**20 + 2),
    ("nested_gzip", {}, lambda one: gzip.decompress(gzip.decompress(one.body))[:1] == b"["),
    ("wrong_encoding", {}, lambda one: one.value and one.headers["content-encoding"] == "gzip"),
    ("html200", {}, lambda one: one.status == 200 and one.body.startswith(b"<!DOCTYPE html>")),
    ("cloudflare403", {}, lambda one: one.status == 403 and b"Cloudflare to restrict" in one.body),
    ("error200", {"code": 10005}, lambda one: one.status == 200 and code_of(one.value) == 10005),
    ("no_content", {}, lambda one: one.status == 204 and one.body == b""),
    ("empty_body", {}, lambda one: one.status == 200 and one.body == b""),
    ("empty_list", {}, lambda one: one.value == []),
    ("empty_object", {}, lambda one: one.value == {}),
    ("null", {}, lambda one: one.body == b"null"),
    ("redirect", {"location": "file:/x"}, lambda one: one.headers["location"] == "file:/x"),
    ("redirect_loop", {}, lambda one: one.headers["location"] == "/api/v3/coins/markets"),
    ("status", {"body": "down"}, lambda one: (one.status, one.body) == (503, b"down")),
    ("rate_limited", {"retry_after": "-5"}, lambda one: one.headers["retry-after"] == "-5"),
    ("rate_limited_forever", {}, lambda one: code_of(one.value) == 429),
    ("unauthorized", {}, lambda one: (one.status, code_of(one.value)) == (401, 10002)),
    ("plan", {}, lambda one: (one.status, code_of(one.value)) == (403, 10005)),
    ("out_of_range", {}, lambda one: (one.status, code_of(one.value)) == (401, 10012)),
    ("not_found", {}, lambda one: (one.status, one.value) == (404, {"error": "coin not found"})),
    ("future", {"minutes": 30}, lambda one: one.value[0]["last_updated"] > "2026-11-23T01:35"),
    ("stale", {"hours": 24}, lambda one: one.value[0]["last_updated"] < "2026-11-22T01:10:01"),
    ("many_headers", {"count": 300}, lambda one: one.n_headers > 300),
    ("big_header", {"bytes": 90_000}, lambda one: len(one.headers["x-filler"]) == 90_000),
    ("bad_chunk", {}, lambda one: b"\r\nzz\r\n" in one.body),
    ("sunset", {}, lambda one: one.headers["sunset"] == "Sun, 21 Feb 2027 01:10:00 GMT"),
    ("nan", {}, lambda one: b'"current_price":NaN,' in one.body),
    ("infinity", {}, lambda one: b'"current_price":-Infinity,' in one.body),
    ("huge_number", {}, lambda one: b'"current_price":1e400,' in one.body),
    ("literal", {"text": "-0"}, lambda one: b'"current_price":-0,' in one.body),
    ("duplicate_keys", {}, lambda one: one.body.startswith(b'[{"id":"twice","id":"bitcoin"')),
    ("bom", {}, lambda one: one.body.startswith(b"\xef\xbb\xbf[{")),
    ("trailing_bytes", {}, lambda one: one.body.endswith(b"}]\n{}")),
    ("deep_nesting", {"depth": 9}, lambda one: one.body == b"[[[[[[[[[]]]]]]]]]"),
    ("latin1", {}, lambda one: b'"name":"Caf\xe9 Bitcoin"' in one.body),
    ("missing_field", {"field": "id"}, lambda one: not any("id" in row for row in one.value)),
    ("string_numbers", {}, lambda one: {type(row["market_cap"]) for row in one.value} == {str}),
    ("text_number", {"text": "N/A"}, lambda one: one.value[0]["current_price"] == "N/A"),
    ("short_pages", {"size": 20}, lambda one: len(one.value) == 20),
]  # fmt: skip


@pytest.mark.parametrize(("fault", "details", "is_shown"), SHOWN, ids=[one[0] for one in SHOWN])
def test_fault(
    coingecko: CoinGecko,
    exchange: Exchange,
    fault: str,
    details: dict[str, Any],
    is_shown: Callable[[Heard], object],
) -> None:
    coingecko.fail("/coins/markets", fault, times=1, **details)
    assert is_shown(exchange(MARKETS))
    assert len(exchange(MARKETS).value) == 50


def test_a_wrong_checksum(coingecko: CoinGecko, exchange: Exchange) -> None:
    coingecko.fail("/coins/markets", "bad_gzip_crc")
    heard = exchange(MARKETS)
    assert heard.missing == 0
    with pytest.raises(gzip.BadGzipFile, match="CRC check failed"):
        gzip.decompress(heard.body)


@pytest.mark.parametrize("fault", ["refuse", "reset"])
def test_a_connection_is_reset(coingecko: CoinGecko, exchange: Exchange, fault: str) -> None:
    coingecko.fail("/", fault)
    with pytest.raises(ConnectionResetError):
        exchange(MARKETS)


@pytest.mark.parametrize("fault", ["hang", "drip", "slow_headers"])
def test_an_answer_takes_without_end(coingecko: CoinGecko, exchange: Exchange, fault: str) -> None:
    coingecko.fail("/", fault, interval=0.02)
    where = urlsplit(coingecko.url)
    with closing(socket.create_connection((where.hostname, where.port), 5)) as line:
        line.sendall(b"GET /api/v3/global HTTP/1.1\r\nUser-Agent: x\r\n\r\n")
        time.sleep(0.3)
        line.setblocking(False)
        heard = b""
        if fault != "hang":
            heard = line.recv(1 << 16)
        with pytest.raises(BlockingIOError):
            line.recv(1 << 16)
    assert (b"\r\n\r\n" in heard) == (fault == "drip")
    assert (len(heard) < 40) == (fault != "drip")


def test_flapping(coingecko: CoinGecko, exchange: Exchange) -> None:
    coingecko.fail("/ping", "flap")
    assert [exchange("/ping").status for _ in range(4)] == [503, 200, 503, 200]


def test_pages(coingecko: CoinGecko, exchange: Exchange) -> None:
    coingecko.set(members={AI: [f"coin-{n}" for n in range(120)]})

    def pages() -> list[list[str]]:
        path = f"{MARKETS}&category={AI}&page="
        return [[row["id"] for row in exchange(f"{path}{n}").value] for n in range(1, 6)]

    good = pages()
    assert [len(page) for page in good] == [50, 50, 20, 0, 0]
    seen = {}
    for fault in ("repeat_page_one", "endless_pages", "duplicates", "holes"):
        coingecko.reset()
        coingecko.set(members={AI: [f"coin-{n}" for n in range(120)]})
        coingecko.fail("/coins/markets", fault)
        seen[fault] = pages()
    assert seen["repeat_page_one"] == [good[0]] * 5
    assert seen["endless_pages"][:3] == good[:3]
    assert not set(seen["endless_pages"][3]) & set(seen["endless_pages"][4])
    assert [page[-1:] for page in seen["duplicates"][:2]] == [
        page[:1] for page in seen["duplicates"][1:3]
    ]
    assert set().union(*seen["duplicates"]) == set().union(*good)
    assert set().union(*good) - set().union(*seen["holes"]) == {good[1][0], good[2][1]}


def test_units_change(coingecko: CoinGecko, exchange: Exchange) -> None:
    paths = {"percent_as_fraction": MARKETS, "cents": MARKETS, "seconds_for_milliseconds": CHART}
    good = {fault: exchange(path).value for fault, path in paths.items()}
    bad = {}
    for fault, path in paths.items():
        coingecko.fail(path.partition("?")[0], fault, times=1)
        bad[fault] = exchange(path).value
    changed = {
        "percent_as_fraction": ("ath_change_percentage", 0.01),
        "cents": ("current_price", 100),
    }
    for fault, (key, factor) in changed.items():
        before, after = ([row[key] for row in rows[fault]] for rows in (good, bad))
        assert after == pytest.approx([value * factor for value in before])
    stamps = [at for at, _ in bad["seconds_for_milliseconds"]["prices"]]
    assert stamps == [at / 1000 for at, _ in good["seconds_for_milliseconds"]["prices"]]


def test_a_key_comes_back(coingecko: CoinGecko, exchange: Exchange) -> None:
    coingecko.fail("/coins/markets", "echo_key")
    heard = exchange(MARKETS, "User-Agent: x", f"x-cg-demo-api-key: {coingecko.demo_key}")
    assert re.search(coingecko.demo_key.encode(), heard.body)
