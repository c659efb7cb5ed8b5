"""Akash's console: recorded answers, its own description, our fixtures, and planted damage."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from statistics import median
from typing import Any

import polars as pl
import pytest

from pipeline.extract.akash import DOCUMENTS, PUBLISHER
from pipeline.extract.akash_rows import ENTITIES, SERIES
from pipeline.provenance import Provenance
from pipeline.source import Rows

Origin = Callable[..., Provenance]
Read = Callable[[str, Any], Rows]
Answer = Callable[[str], Any]
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


class TestRecorded:
    @pytest.fixture
    def recorded(self, networks: Path) -> Any:
        return json.loads((networks / "akash_recorded_2026-07-17.json").read_text())

    def test_capacity(self, recorded: Any, read: Read) -> None:
        rows = read("capacity", recorded["/v1/network-capacity"])
        assert rows.rejected.is_empty()
        [row] = rows.accepted.rows(named=True)
        assert row["n_providers"] == 60
        assert [row[f"gpus_{state}"] for state in ("active", "pending", "available", "total")] == [
            120,
            10,
            117,
            247,
        ]
        assert row["cpu_total_millicores"] == 10_107_225
        # Cut by whoever wrote the answer down.
        assert row["memory_total_bytes"] is None

    def test_models_and_their_total(self, recorded: Any, read: Read) -> None:
        rows = read("gpu_model", recorded["/v1/gpu"])
        assert rows.rejected.is_empty()
        assert rows.accepted.rows() == [
            ("nvidia", "a100", "80Gi", "SXM4", 48, 42),
            ("nvidia", "h100", "80Gi", "SXM5", 63, 48),
            ("nvidia", "h200", "141Gi", "SXM5", 40, 28),
        ]
        assert read("gpu_total", recorded["/v1/gpu"]).accepted.rows() == [("gpu", 248, 131, None)]

    def test_prices(self, recorded: Any, read: Read, origin: Origin) -> None:
        rows = read("gpu_price", recorded["/v1/gpu-prices"])
        assert rows.rejected.is_empty()
        [row] = rows.accepted.rows(named=True)
        assert row["avg_usd_per_gpu_hour"] == 1.48
        assert row["weighted_avg_usd_per_gpu_hour"] == 1.36
        assert (row["gpus_total"], row["gpus_available"], row["providers_total"]) == (48, 6, 4)
        entity = ENTITIES["gpu_total"]
        content = json.dumps(recorded["/v1/gpu-prices"]).encode()
        total = entity.parse(entity, content, origin("gpu-prices/gpu_total"))
        assert total.accepted.rows() == [("gpu-prices", 248, None, 117)]

    def test_the_check_vector_follows_from_its_bids(self, networks: Path, read: Read) -> None:
        file = networks / "akash_gpu_prices_debug_h100_2026-09-28.json"
        recorded = json.loads(file.read_text())
        [row] = read("gpu_price", recorded).accepted.rows(named=True)
        bids = [
            (one["bestBid"]["hourlyPrice"], one["provider"]["allocatable"])
            for one in recorded["models"][0]["providersWithBestBid"]
        ]
        assert bids == [(2.56, 8), (2.56, 32), (2.04, 5), (3.16, 23)]
        prices = [price for price, _ in bids]
        weighted = sum(price * gpus for price, gpus in bids) / sum(gpus for _, gpus in bids)
        assert round(sum(prices) / len(prices), 2) == row["avg_usd_per_gpu_hour"] == 2.58
        assert round(median(prices), 2) == row["median_usd_per_gpu_hour"] == 2.56
        assert round(weighted, 2) == row["weighted_avg_usd_per_gpu_hour"] == 2.72
        assert min(prices) == row["min_usd_per_gpu_hour"] == 2.04
        assert max(prices) == row["max_usd_per_gpu_hour"] == 3.16
        assert row["gpus_total"] == sum(gpus for _, gpus in bids) == 68
        # What the debug answer has besides is known, and no news.
        entity = ENTITIES["gpu_price"]
        assert entity.new_fields is not None
        assert list(entity.new_fields(entity, file.read_bytes())) == []

    def test_a_bid_in_act_is_a_price_in_dollars(self, networks: Path) -> None:
        file = networks / "akash_gpu_prices_debug_h100_2026-09-28.json"
        [model] = json.loads(file.read_text())["models"]
        for one in model["providersWithBestBid"]:
            price = one["bestBid"]["data"]["price"]
            assert price["denom"] == "uact"
            # In millionths a block, of about 600 an hour.
            hourly = float(price["amount"]) * 600 / 1e6
            assert hourly == pytest.approx(one["bestBid"]["hourlyPrice"], abs=0.02)


class TestDescribed:
    @pytest.fixture
    def described(self, networks: Path) -> Any:
        found = json.loads((networks / "akash_console_public_openapi.json").read_text())
        return {path: each["get"] for path, each in found["paths"].items() if "get" in each}

    def schema(self, described: Any, path: str) -> Any:
        return described[path]["responses"]["200"]["content"]["application/json"]["schema"]

    def leaves(self, schema: Any, prefix: str = "") -> set[str]:
        """Keys of the objects of an answer, joined by points."""
        if schema.get("type") != "object":
            return {prefix.removesuffix(".")}
        return {
            leaf
            for key, inner in schema.get("properties", {}).items()
            for leaf in self.leaves(inner, f"{prefix}{key}.")
        }

    def test_every_document_is_one_that_is_described_and_needs_no_key(self, described: Any) -> None:
        for document in DOCUMENTS:
            path = "/" + "/".join(document.path)
            if path.startswith("/v1/graph-data/"):
                path = "/v1/graph-data/{dataName}"
            assert described[path]["security"] == []

    def test_the_series_are_among_those_that_can_be_asked_for(self, described: Any) -> None:
        [name] = described["/v1/graph-data/{dataName}"]["parameters"]
        assert set(SERIES) <= set(name["schema"]["enum"])

    @pytest.mark.parametrize(
        ("entity", "path", "steps"),
        [
            ("capacity", "/v1/network-capacity", ()),
            (
                "gpu_model",
                "/v1/gpu",
                ("properties", "gpus", "properties", "details", "additionalProperties", "items"),
            ),
            ("gpu_price", "/v1/gpu-prices", ("properties", "models", "items")),
            ("gpu_breakdown", "/v1/gpu-breakdown", ("items",)),
            (
                "graph_day",
                "/v1/graph-data/{dataName}",
                ("properties", "snapshots", "items"),
            ),
        ],
    )
    def test_we_know_what_is_described_and_read_nothing_else(
        self, entity: str, path: str, steps: tuple[str, ...], described: Any
    ) -> None:
        schema = self.schema(described, path)
        for step in steps:
            schema = schema[step]
        leaves = self.leaves(schema)
        # An answer of exactly the described keys holds nothing new, and all that is vital.
        value: Any = {}
        for leaf in leaves:
            inner = value
            *above, last = leaf.split(".")
            for key in above:
                inner = inner.setdefault(key, {})
            inner[last] = 1
        made = {
            "capacity": value,
            "gpu_model": {"gpus": {"details": {"nvidia": [value]}}},
            "gpu_price": {"models": [value]},
            "gpu_breakdown": [value],
            "graph_day": {"snapshots": [value]},
        }[entity]
        found = ENTITIES[entity]
        assert found.new_fields is not None
        assert list(found.new_fields(found, json.dumps(made).encode())) == []

    def test_totals_are_described(self, described: Any) -> None:
        leaves = self.leaves(self.schema(described, "/v1/gpu"))
        assert {"gpus.total.allocatable", "gpus.total.allocated"} <= leaves
        leaves = self.leaves(self.schema(described, "/v1/gpu-prices"))
        assert {"availability.total", "availability.available"} <= leaves


@pytest.mark.parametrize("name", ENTITIES)
def test_every_fixture_is_read_whole_and_twice_the_same(
    name: str, answer: Answer, read: Read
) -> None:
    rows = read(name, answer(name))
    assert rows.rejected.is_empty()
    assert not rows.accepted.is_empty()
    assert dict(rows.accepted.schema) == dict(ENTITIES[name].schema)
    assert read(name, answer(name)).accepted.equals(rows.accepted)


def test_gpus_of_which_nothing_is_known_stay_without_a_name(answer: Answer, read: Read) -> None:
    rows = read("gpu_model", answer("gpu_model")).accepted
    assert rows.filter(pl.col("gpu_vendor") == "<UNKNOWN>").rows() == [
        ("<UNKNOWN>", None, None, None, 8, 1)
    ]


def test_a_model_without_a_bid_has_no_price(answer: Answer, read: Read) -> None:
    rows = read("gpu_price", answer("gpu_price")).accepted
    [row] = rows.filter(pl.col("gpu_model") == "rtx4090").rows(named=True)
    assert row["min_usd_per_gpu_hour"] is None
    assert row["currency"] is None
    assert row["gpus_total"] == 21


def test_the_day_that_goes_on_is_left_out(answer: Answer, read: Read) -> None:
    for name in ("graph_day", "gpu_breakdown"):
        days = read(name, answer(name)).accepted["graph_date"]
        assert days.max() == date(2026, 11, 22)
        assert days.min() == date(2026, 11, 12)


def test_money_stays_in_millionths_until_staging(answer: Answer, read: Read) -> None:
    value = {"snapshots": [{"date": "2026-07-17T00:00:00.000Z", "value": 7_534_761_378.24}]}
    assert read("graph_day", value).accepted["value"].to_list() == [7_534_761_378.24]


def test_gates_let_sound_answers_pass_and_no_others(
    network_answers: dict[str, dict[str, Any]],
) -> None:
    answers = network_answers["akash"]
    for document in DOCUMENTS:
        assert document.gate(answers["/" + "/".join(document.path)]) is None
        others: list[Any] = [[], {}, None, "x", {"message": "error"}]
        assert all(document.gate(other) for other in others)
    capacity = answers["/v1/network-capacity"]
    capacity["resources"]["gpu"] = dict.fromkeys(("active", "pending", "available", "total"), 0)
    assert DOCUMENTS[0].gate(capacity) == "counts no GPU at all"


def test_it_is_on_by_itself_and_slow() -> None:
    assert PUBLISHER.is_on
    assert PUBLISHER.is_official
    assert PUBLISHER.calls_per_minute <= 30
    assert sum(one.calls for one in DOCUMENTS) == 8
    observed = [one.dataset for one in DOCUMENTS if one.is_observation]
    assert observed == ["network-capacity", "gpu", "gpu-prices"]
