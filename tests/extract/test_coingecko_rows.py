"""CoinGecko's answers: what becomes a row, what is set aside, and what is refused."""

from __future__ import annotations

import csv
import json
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from pipeline.errors import SchemaError
from pipeline.extract.coingecko_rows import ENTITIES, new_fields

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pipeline.provenance import Provenance
    from pipeline.source import Rows

    Parse = Callable[..., Rows]

DAY = 86_400_000

# The documented example of /coins/markets, cut to what is read, and the vendor's other keys.
BITCOIN: dict[str, Any] = {
    "id": "bitcoin",
    "symbol": "btc",
    "name": "Bitcoin",
    "image": "https://coin-images.coingecko.com/coins/images/1/large/bitcoin.png",
    "current_price": 77671,
    "market_cap": 1555886872303,
    "market_cap_rank": 1,
    "fully_diluted_valuation": 1555914058873,
    "total_volume": 33235034316,
    "high_24h": 78419,
    "low_24h": 76696,
    "price_change_24h": -747.3360347281705,
    "price_change_percentage_24h": -0.95302,
    "market_cap_change_24h": -15184401491.513184,
    "market_cap_change_percentage_24h": -0.9665,
    "circulating_supply": 20030493.0,
    "total_supply": 20030843.0,
    "max_supply": 21000000.0,
    "ath": 126080,
    "ath_change_percentage": -38.39571,
    "ath_date": "2025-10-06T18:57:42.558Z",
    "atl": 67.81,
    "atl_change_percentage": 114443.23093,
    "atl_date": "2013-07-06T00:00:00.000Z",
    "roi": None,
    "last_updated": "2026-11-23T01:09:21.599Z",
}


@pytest.fixture
def parse(origin: Callable[..., Provenance]) -> Parse:
    def read(name: str, value: Any, dataset: str = "markets/artificial-intelligence") -> Rows:
        entity = ENTITIES[name]
        content = value if isinstance(value, bytes) else json.dumps(value).encode()
        rows = entity.parse(entity, content, origin(dataset, name))
        assert dict(rows.accepted.schema) == dict(entity.schema)
        assert rows.rejected.columns == ["row_number", "reason", "row_json"]
        return rows

    return read


def test_a_market_row_is_read_whole(parse: Parse) -> None:
    assert parse("market", [BITCOIN]).accepted.row(0, named=True) == {
        "category_id": "artificial-intelligence",
        "coin_id": "bitcoin",
        "symbol": "btc",
        "name": "Bitcoin",
        "price_usd": 77671.0,
        "market_cap_usd": 1555886872303.0,
        "market_cap_rank": 1,
        "fully_diluted_valuation_usd": 1555914058873.0,
        "volume_24h_usd": 33235034316.0,
        "circulating_supply": 20030493.0,
        "total_supply": 20030843.0,
        "max_supply": 21000000.0,
        "price_change_24h_pct": -0.95302,
        "ath_usd": 126080.0,
        "ath_at": datetime(2025, 10, 6, 18, 57, 42, 558000),
        "atl_usd": 67.81,
        "atl_at": datetime(2013, 7, 6),
        "last_updated_at": datetime(2026, 11, 23, 1, 9, 21, 599000),
    }


def test_coins_by_name_belong_to_no_category(parse: Parse) -> None:
    rows = parse("market", [BITCOIN], "markets/ids")
    assert rows.accepted["category_id"].to_list() == [None]


def test_whole_numbers_before_fractions_stay_what_they_are(parse: Parse) -> None:
    prices = [1, 1.5, 5.6366e-11, 4.2e17, 10**20]
    rows = parse("market", [{**BITCOIN, "current_price": price} for price in prices])
    assert rows.accepted["price_usd"].to_list() == prices


def test_nulls_and_missing_keys_are_null_and_zero_caps_are_zero(parse: Parse) -> None:
    thin = {"id": "new-coin", "current_price": None, "market_cap": 0, "last_updated": None}
    row = parse("market", [thin]).accepted.row(0, named=True)
    assert row.pop("market_cap_usd") == 0
    assert {key for key, value in row.items() if value is not None} == {"category_id", "coin_id"}


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"id": None}, "id: is required"),
        ({"id": 7}, "id: not a text"),
        ({"id": ""}, "id: is required"),
        ({"name": ["x"]}, "name: not a text"),
        ({"current_price": "77671"}, "current_price: not a number"),
        ({"current_price": "N/A"}, "current_price: not a number"),
        ({"current_price": True}, "current_price: not a number"),
        ({"current_price": {"usd": 1}}, "current_price: not a number"),
        ({"current_price": 0}, "current_price: is not above zero"),
        ({"current_price": -1.5}, "current_price: is not above zero"),
        ({"market_cap": -1}, "market_cap: is negative"),
        ({"circulating_supply": -0.5}, "circulating_supply: is negative"),
        ({"market_cap_rank": 1.5}, "market_cap_rank: not a whole number"),
        ({"market_cap_rank": "1"}, "market_cap_rank: not a whole number"),
        ({"ath_date": "yesterday"}, "ath_date: not a time in UTC"),
        ({"ath_date": 1759776000}, "ath_date: not a time"),
        ({"last_updated": "2026-11-23T01:09:21+02:00"}, "last_updated: not a time in UTC"),
        ({"last_updated": "2026-11-23T01:09:21"}, "last_updated: not a time in UTC"),
        ({"last_updated": "2026-11-23T01:15:01Z"}, "last_updated: lies in the future"),
        ({"name": 1, "atl": -1}, "name: not a text; atl: is negative"),
    ],
)
def test_a_row_that_does_not_fit_is_set_aside(
    parse: Parse, changed: dict[str, Any], reason: str
) -> None:
    bad = {**BITCOIN, **changed}
    rows = parse("market", [BITCOIN, bad, {**BITCOIN, "id": "ethereum"}])
    assert rows.accepted["coin_id"].to_list() == ["bitcoin", "ethereum"]
    [(number, why, text)] = rows.rejected.rows()
    assert (number, why) == (2, reason)
    assert json.loads(text) == bad


def test_what_is_no_object_is_set_aside(parse: Parse) -> None:
    rows = parse("market", [BITCOIN, "bitcoin", None])
    assert rows.rejected["reason"].to_list() == ["not an object; id: is required"] * 2


@pytest.mark.parametrize(
    "written",
    ["2026-11-23T01:09:21.599Z", "2026-11-23T01:09:21.599+00:00", "2026-11-23T01:14:59Z"],
)
def test_both_ways_to_write_utc_and_a_clock_a_little_ahead(parse: Parse, written: str) -> None:
    rows = parse("market", [{**BITCOIN, "last_updated": written}, BITCOIN])
    expected = datetime.fromisoformat(written).replace(tzinfo=None)
    assert rows.accepted["last_updated_at"].to_list()[0] == expected


@pytest.mark.parametrize(
    "name", ["​​Stable", "龙", "a\r\nb", "{{7*7}}", "‮evil", "x\0y", "=1+1", "🦙" * 5000]
)
def test_names_are_kept_as_they_are(parse: Parse, name: str) -> None:
    assert parse("market", [{**BITCOIN, "name": name}]).accepted["name"].to_list() == [name]


def test_half_a_character_is_replaced(parse: Parse) -> None:
    content = json.dumps([{**BITCOIN, "name": "a\ud800b"}]).encode()
    assert parse("market", content).accepted["name"].to_list() == ["a�b"]


@pytest.mark.parametrize("key", ["id", "current_price", "market_cap", "last_updated"])
def test_a_key_that_is_gone_from_every_row_is_refused(parse: Parse, key: str) -> None:
    without = [{k: v for k, v in {**BITCOIN, "id": n}.items() if k != key} for n in ("a", "b")]
    with pytest.raises(SchemaError, match=f"no row has '{key}' any more"):
        parse("market", without)
    assert parse("market", [*without, BITCOIN]).accepted["coin_id"].to_list()[-1] == "bitcoin"


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("market", b"<html>", "broken"),
        ("market", b'{"id": "x"}', "is not a list"),
        ("market", b'[{"id": "x", "id": "y"}]', "a key twice"),
        ("market", b"[NaN]", "NaN"),
        ("global", b"[]", "no object 'data'"),
        ("global", b'{"data": {"markets": 1}}', r"total_market_cap\.usd"),
        ("chart", b"[]", "no list 'prices'"),
        ("chart", b'{"prices": [], "market_caps": []}', "no list 'total_volumes'"),
    ],
)
def test_what_is_not_the_declared_answer_is_refused(
    parse: Parse, name: str, content: bytes, reason: str
) -> None:
    with pytest.raises(SchemaError, match=reason):
        parse(name, content)


def test_new_keys_are_told_of(parse: Parse) -> None:
    market = json.dumps([BITCOIN, {**BITCOIN, "vibe": 1, "mood": 2}]).encode()
    assert new_fields(ENTITIES["market"], market) == ("mood", "vibe")
    assert len(parse("market", market).accepted) == 2
    assert new_fields(ENTITIES["global"], b'{"data": {"markets": 1, "x": 2}}') == ("x",)
    assert new_fields(ENTITIES["chart"], b'{"prices": [], "candles": []}') == ("candles",)


def test_a_category_change_is_a_percentage(parse: Parse) -> None:
    value = [
        {
            "id": "layer-1",
            "name": "Layer 1 (L1)",
            "market_cap": 2152576804747.1516,
            "market_cap_change_24h": -0.538526079299288,
            "volume_24h": 45616943988.58024,
            "updated_at": "2026-05-26T10:01:55.213Z",
        },
        {"id": "gpu", "name": "GPU", "market_cap": None},
    ]
    rows = parse("category", value).accepted.rows()
    assert rows[0][1:4] == ("Layer 1 (L1)", 2152576804747.1516, -0.538526079299288)
    assert rows[1] == ("gpu", "GPU", None, None, None, None)


def test_the_whole_market_is_one_row(parse: Parse) -> None:
    value = {
        "data": {
            "active_cryptocurrencies": 17397,
            "markets": 1476,
            "total_market_cap": {"btc": 34570737.19, "usd": 2621040321355.0405},
            "total_volume": {"usd": 95133256404.37308},
            "market_cap_percentage": {"btc": 57.9539332566265, "eth": 9.58227145398409},
            "market_cap_change_percentage_24h_usd": -1.6081983639177684,
            "updated_at": 1779878351,
        }
    }
    assert parse("global", value).accepted.rows() == [
        (
            *(17397, 1476, 2621040321355.0405, 95133256404.37308, 57.9539332566265),
            *(9.58227145398409, -1.6081983639177684, datetime(2026, 5, 27, 10, 39, 11)),
        )
    ]
    value["data"]["updated_at"] = 1779878351000
    rows = parse("global", value)
    assert rows.accepted.is_empty()
    assert rows.rejected["reason"].to_list() == ["updated_at: not a time in seconds"]
    assert json.loads(rows.rejected["row_json"][0]) == value


# --- Charts ---------------------------------------------------------------------------------


def stamp(day: str) -> int:
    return int(datetime.fromisoformat(f"{day}T00:00:00+00:00").timestamp() * 1000)


def chart(prices: list[Any], caps: list[Any] | None = None, volumes: Any = None) -> dict[str, Any]:
    return {"prices": prices, "market_caps": caps or [], "total_volumes": volumes or []}


def test_a_point_at_midnight_is_the_close_of_the_day_before(parse: Parse) -> None:
    # The example of the vendor's documentation: the last point is the current moment.
    value = chart([[1711843200000, 69702.3], [1711929600000, 71246.9], [1711983682000, 68887.7]])
    rows = parse("chart", value, "market_chart/bitcoin")
    assert rows.accepted.rows() == [
        ("bitcoin", date(2024, 3, 30), 69702.3, None, None),
        ("bitcoin", date(2024, 3, 31), 71246.9, None, None),
    ]


def test_series_are_joined_by_their_stamps(parse: Parse) -> None:
    one, two, three = (stamp(f"2026-11-{day}") for day in (20, 21, 22))
    value = chart(
        [[one, 1.0], [two, 2.0], [three, 3.0]],
        [[two, 20], [three, None]],
        [[one, 100], [three, 300], [three + 1, 999]],
    )
    rows = parse("chart", value, "market_chart/x").accepted
    assert rows.drop("coin_id", "price_date").rows() == [
        (1.0, None, 100.0),
        (2.0, 20.0, None),
        (3.0, None, 300.0),
    ]


def test_the_last_of_two_points_with_one_stamp_counts_and_days_come_in_order(parse: Parse) -> None:
    one, two = stamp("2026-11-20"), stamp("2026-11-21")
    rows = parse("chart", chart([[two, 2], [one, 1], [two, 3]]), "market_chart/x").accepted
    assert rows["close_usd"].to_list() == [1.0, 3.0]


def test_a_point_without_a_price_is_no_close_and_a_cap_of_zero_stays(parse: Parse) -> None:
    one, two = stamp("2026-11-20"), stamp("2026-11-21")
    value = chart([[one, None], [two, 2]], [[one, 5], [two, 0]])
    rows = parse("chart", value, "market_chart/x")
    assert rows.accepted.rows() == [("x", date(2026, 11, 20), 2.0, 0.0, None)]
    assert rows.rejected.is_empty()


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (chart([[stamp("2026-11-20"), 0]]), "prices: is not above zero"),
        (chart([[stamp("2026-11-20"), "1.0"]]), "prices: not a number"),
        (
            chart([[stamp("2026-11-20"), 1]], [[stamp("2026-11-20"), -1]]),
            "market_caps: is negative",
        ),
        (chart([[stamp("2026-11-20") // 1000, 1]]), "prices: not a past time in milliseconds"),
        (chart([[stamp("2026-11-25"), 1]]), "prices: not a past time in milliseconds"),
        (chart([["2026-11-20", 1]]), "prices: not a past time in milliseconds"),
        (chart([[stamp("2026-11-20")]]), "prices: not a past time in milliseconds"),
        (chart([[True, 1]]), "prices: not a past time in milliseconds"),
    ],
)
def test_a_point_that_does_not_fit_is_set_aside(
    parse: Parse, value: dict[str, Any], reason: str
) -> None:
    value["prices"].append([stamp("2026-11-22"), 7])
    rows = parse("chart", value, "market_chart/x")
    assert rows.accepted["close_usd"].to_list() == [7.0]
    assert rows.rejected["reason"].str.starts_with(reason).to_list() == [True]


# --- Recorded answers -----------------------------------------------------------------------


def test_recorded_categories_with_their_holes(parse: Parse, recorded: Path) -> None:
    content = (recorded / "coinindex_categories_2024-02-08.json").read_bytes()
    rows = parse("category", content, "categories")
    assert rows.rejected.is_empty()
    assert len(rows.accepted) == 179
    assert rows.accepted["market_cap_usd"].null_count() == 61
    assert rows.accepted["updated_at"].null_count() == 10
    totals = dict(rows.accepted.select("category_id", "market_cap_usd").iter_rows())
    assert totals["artificial-intelligence"] == pytest.approx(10_268_086_423.69, abs=0.005)
    assert totals["depin"] == pytest.approx(13_613_365_443.18, abs=0.005)
    assert new_fields(ENTITIES["category"], content) == ()


def test_recorded_lists_markets_and_totals_of_another_year(parse: Parse, recorded: Path) -> None:
    names = parse(
        "category_name", (recorded / "jkorf_categories_list_2023-01-08.json").read_bytes()
    )
    assert len(names.accepted) == 162
    content = (recorded / "jkorf_markets_2023-01-08.json").read_bytes()
    markets = parse("market", content)
    assert markets.rejected.is_empty()
    assert markets.accepted["market_cap_usd"][0] == 326_407_877_229
    assert new_fields(ENTITIES["market"], content) == ()
    total = parse("global", (recorded / "jkorf_global_2023-01-08.json").read_bytes())
    assert total.accepted["total_market_cap_usd"].to_list() == [860240134078.3864]


def test_a_recorded_series_is_the_same_after_a_chart_was_made_of_it(
    parse: Parse, recorded: Path
) -> None:
    with (recorded / "m1ck3yj0_top50_daily_2024-12_2026-03.csv").open() as file:
        days = [row for row in csv.DictReader(file) if row["id"] == "bittensor"]
    assert len(days) > 400
    value = {
        part: [[stamp(row["date"]), float(row[column])] for row in days]
        for part, column in (
            ("prices", "current_price"),
            ("market_caps", "market_cap"),
            ("total_volumes", "total_volume"),
        )
    }
    rows = parse("chart", value, "market_chart/bittensor")
    assert rows.rejected.is_empty()
    first = date.fromisoformat(days[0]["date"])
    assert rows.accepted.select("price_date", "close_usd", "market_cap_usd").row(0) == (
        first - timedelta(days=1),
        float(days[0]["current_price"]),
        float(days[0]["market_cap"]),
    )
    assert rows.accepted["market_cap_usd"].sum() == pytest.approx(
        sum(float(row["market_cap"]) for row in days)
    )
