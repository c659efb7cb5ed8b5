"""Every answer that the vendor's description allows is read, and what recorded ones add to it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import settings as bounds
from hypothesis import strategies as st

from pipeline.extract.coingecko_rows import ENTITIES
from pipeline.provenance import Provenance
from pipeline.source import Rows

SHARED = Path(__file__).resolve().parents[2] / "shared" / "coingecko"
NOW = datetime(2026, 11, 23, 1, 10, tzinfo=UTC)
Schema = dict[str, Any]


@cache
def described(plan: str, component: str) -> Schema:
    """A schema of the vendor's; skipped by name where the file is absent."""
    file = SHARED / f"{plan}-api.json"
    if not file.is_file():
        pytest.skip("shared/coingecko is absent: answers are not made from the description")
    found: Schema = json.loads(file.read_text(encoding="utf-8"))["components"]["schemas"][component]
    return found


_AMOUNTS = st.one_of(
    st.integers(1, 10**9),
    st.integers(2**53, 10**25),
    st.floats(5e-300, 1e30, allow_nan=False),
)
_CHANGES = st.one_of(st.integers(-100, 10_000), st.floats(-1e12, 1e12))
_TIMES = st.datetimes(datetime(2009, 1, 3), NOW.replace(tzinfo=None)).flatmap(
    lambda at: st.sampled_from(
        [
            f"{at:%Y-%m-%dT%H:%M:%S}Z",
            f"{at.isoformat('T', 'milliseconds')}Z",
            f"{at.isoformat('T', 'milliseconds')}+00:00",
        ]
    )
)


def values(name: str, schema: Schema) -> st.SearchStrategy[Any]:
    """Values of a schema; what it does not say (that a price is above zero) goes by the name."""
    made = _of_type(name, schema)
    return st.none() | made if schema.get("nullable") else made


def _of_type(name: str, schema: Schema) -> st.SearchStrategy[Any]:
    match schema["type"]:
        case "object" if "properties" in schema:
            return objects(schema)
        case "object":
            inner = schema.get("additionalProperties", {"type": "string"})
            return st.dictionaries(st.sampled_from(["usd", "btc", "eth"]), values(name, inner))
        case "array":
            return st.lists(values(name, schema["items"]), max_size=4)
        case "integer" if name == "updated_at":
            return st.integers(1_400_000_000, int(NOW.timestamp()))
        case "integer":
            return st.integers(0, 10**6)
        case "number":
            return _CHANGES if "change" in name or name in ("times", "percentage") else _AMOUNTS
        case _ if schema.get("format") == "date-time" or name == "updated_at":
            return _TIMES
    return st.text(max_size=20)


def objects(schema: Schema) -> st.SearchStrategy[dict[str, Any]]:
    """Objects as described."""
    fields = {name: values(name, one) for name, one in schema["properties"].items()}
    required = {name: one for name, one in fields.items() if name in schema.get("required", ())}
    optional = {name: one for name, one in fields.items() if name not in required}
    return st.fixed_dictionaries(required, optional=optional)


def sparse_objects(schema: Schema, key: str) -> st.SearchStrategy[dict[str, Any]]:
    """Objects as recorded: keys appear over time, and anything but the identifier may be null."""
    fields = {name: values(name, one) for name, one in schema["properties"].items()}
    return st.fixed_dictionaries(
        {key: fields.pop(key)}, optional={name: st.none() | one for name, one in fields.items()}
    )


def parsed(entity: str, dataset: str, value: Any) -> Rows:
    origin = Provenance(
        source="coingecko",
        entity=entity,
        dataset=dataset,
        title="generated",
        url="https://api.coingecko.com/api/v3",
        producer="CoinGecko",
        citation="generated",
        licence="none",
        media_type="application/json",
        retrieved_at=NOW,
    )
    rows = ENTITIES[entity].parse(ENTITIES[entity], json.dumps(value).encode(), origin)
    assert rows.accepted.schema == pl.Schema(ENTITIES[entity].schema)
    return rows


def same(column: pl.Series, expected: list[Any]) -> bool:
    numbers = [None if value is None else float(value) for value in expected]
    return column.to_list() == numbers


@bounds(max_examples=60, deadline=None)
@given(data=st.data())
@pytest.mark.parametrize("plan", ["demo", "pro"])
@pytest.mark.parametrize(
    ("component", "entity", "key", "measure"),
    [
        ("CategoriesList", "category_name", "category_id", None),
        ("Categories", "category", "id", ("market_cap", "market_cap_usd")),
        ("CoinsMarkets", "market", "id", ("current_price", "price_usd")),
    ],
)
def test_lists_are_read(
    data: st.DataObject,
    plan: str,
    component: str,
    entity: str,
    key: str,
    measure: tuple[str, str] | None,
) -> None:
    row = described(plan, component)["items"]
    # A key that no row has is another matter: the first row has them all.
    first = data.draw(st.lists(objects(row), min_size=1, max_size=3))
    value = first + data.draw(st.lists(sparse_objects(row, key), max_size=3))
    rows = parsed(entity, "markets/ids", value)
    kept = [row for row in value if row[key] != ""]
    assert len(rows.rejected) == len(value) - len(kept)
    own = "coin_id" if entity == "market" else "category_id"
    assert rows.accepted[own].to_list() == [row[key] for row in kept]
    if measure:
        assert same(rows.accepted[measure[1]], [row.get(measure[0]) for row in kept])


@bounds(max_examples=60, deadline=None)
@given(data=st.data())
def test_whole_market_is_read(data: st.DataObject) -> None:
    value = data.draw(
        objects(described("demo", "Global")).filter(
            lambda one: "usd" in one["data"]["total_market_cap"]
        )
    )
    rows = parsed("global", "global", value)
    assert rows.rejected.is_empty()
    cap = value["data"]["total_market_cap"]["usd"]
    assert same(rows.accepted["total_market_cap_usd"], [cap])
    assert same(
        rows.accepted["btc_dominance_pct"], [value["data"]["market_cap_percentage"].get("btc")]
    )


_STAMPS = st.integers(0, 3000).flatmap(
    lambda days: st.sampled_from([0, 0, 0, 41_331, 36_082_000]).map(
        lambda off: (
            int((NOW - timedelta(days=days)).replace(hour=0, minute=0).timestamp()) * 1000 - off
        )
    )
)


@bounds(max_examples=100, deadline=None)
@given(
    st.fixed_dictionaries(
        {
            name: st.lists(
                # Recorded answers have nulls in these pairs, against the description.
                st.tuples(_STAMPS, st.none() | _AMOUNTS), unique_by=lambda pair: pair[0]
            )
            for name in ("prices", "market_caps", "total_volumes")
        }
    )
)  # fmt: skip
def test_charts_are_read(value: dict[str, list[tuple[int, float | None]]]) -> None:
    rows = parsed("chart", "market_chart/near", value)
    assert rows.rejected.is_empty()
    closes = {
        datetime.fromtimestamp(at / 1000, UTC).date() - timedelta(days=1): price
        for at, price in value["prices"]
        if at % 86_400_000 == 0 and price is not None
    }
    assert rows.accepted["price_date"].to_list() == sorted(closes)
    assert same(rows.accepted["close_usd"], [closes[day] for day in sorted(closes)])
    assert set(rows.accepted["coin_id"]) <= {"near"}
