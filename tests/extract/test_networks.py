"""DefiLlama and the unofficial interfaces: what is certain is read strictly, nothing else is."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest

from pipeline.errors import QualityError, SchemaError
from pipeline.extract import defillama, ionet, nosana, render
from pipeline.provenance import Provenance
from pipeline.source import Entity, Rows

Origin = Callable[..., Provenance]
Read = Callable[..., Rows]
Answers = dict[str, dict[str, Any]]
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
MODULES = {"defillama": defillama, "render": render, "ionet": ionet, "nosana": nosana}
EXPLORER = "/v1/io-explorer/network"

# Where the rows of each kind are: source, entity, path, data set.
PLACES = [
    ("defillama", "fee_day", "/summary/fees/akash-network", "fees/akash-network"),
    ("render", "node", "/api/nodes_and_frames", "nodes-and-frames"),
    ("render", "burn_epoch", "/epoch-burn-stats-data.json", "epoch-burns"),
    ("render", "liability_epoch", "/liability-epochs-data.json", "liability-epochs"),
    ("ionet", "gpu_market", f"{EXPLORER}/market-snapshot", "market-snapshot"),
    ("ionet", "inventory", f"{EXPLORER}/inventory-aggregated", "inventory"),
    ("nosana", "market", "/api/markets", "markets"),
]
IDS = [f"{source}-{name}" for source, name, _, _ in PLACES]


@pytest.fixture
def read(origin: Origin) -> Read:
    def parse(source: str, name: str, value: Any, dataset: str = "d") -> Rows:
        entity: Entity = MODULES[source].ENTITIES[name]
        content = value if isinstance(value, bytes) else json.dumps(value).encode()
        return entity.parse(entity, content, origin(dataset, name, NOW))

    return parse


@pytest.mark.parametrize(("source", "name", "path", "dataset"), PLACES, ids=IDS)
def test_every_fixture_is_read_whole(
    source: str, name: str, path: str, dataset: str, network_answers: Answers, read: Read
) -> None:
    rows = read(source, name, network_answers[source][path], dataset)
    assert rows.rejected.is_empty()
    assert not rows.accepted.is_empty()
    assert dict(rows.accepted.schema) == dict(MODULES[source].ENTITIES[name].schema)


@pytest.mark.parametrize(("source", "name", "path", "dataset"), PLACES, ids=IDS)
@pytest.mark.parametrize(
    "content",
    [b"<html></html>", b"", b"null", b"[]", b"{}", b'{"data": []}', b'{"data": {}}', b"[1e999]"],
    ids=["page", "nothing", "null", "list", "object", "no-data", "empty-data", "infinite"],
)
def test_f10_f12_f25_another_answer_is_refused(
    source: str, name: str, path: str, dataset: str, content: bytes, read: Read
) -> None:
    with pytest.raises(SchemaError):
        read(source, name, content, dataset)


@pytest.mark.parametrize("source", MODULES)
def test_gates_let_sound_answers_pass_and_no_others(source: str, network_answers: Answers) -> None:
    for document in MODULES[source].DOCUMENTS:
        assert document.gate(network_answers[source]["/" + "/".join(document.path)]) is None
        others: list[Any] = [[], {}, None, "x", {"data": []}, {"message": "error"}]
        assert all(document.gate(other) for other in others)


def test_fees_are_of_days_that_are_over(network_answers: Answers, read: Read) -> None:
    rows = read(
        "defillama",
        "fee_day",
        network_answers["defillama"]["/summary/fees/render-network"],
        "fees/render-network",
    ).accepted
    assert rows["slug"].unique().to_list() == ["render-network"]
    assert rows["fee_date"].min() == date(2026, 11, 12)
    assert rows["fee_date"].max() == date(2026, 11, 22)
    assert rows["fees_usd"][0] == 9000.5


@pytest.mark.parametrize(
    ("point", "reason"),
    [
        ([1_784_246_400, -1], "usd: is negative"),
        ([1_784_246_400, "1"], "usd: not a number"),
        ([1_784_246_400, None], "usd: is required"),
        ([1_784_246_400, 1e12], "usd: is beyond belief"),
        ([1_784_246_400_000, 1], "stamp: not a time in seconds"),
        ([1_784_250_000, 1], "stamp: not the beginning of a day in UTC"),
        (["2026-07-17", 1], "stamp: not a time in seconds"),
        ([4_000_000_000 - 4_000_000_000 % 86_400, 1], "stamp: lies in the future"),
    ],
)
def test_a_point_that_does_not_fit_is_rejected(point: Any, reason: str, read: Read) -> None:
    rows = read("defillama", "fee_day", {"totalDataChart": [[1_784_160_000, 5], point]})
    assert rows.rejected["reason"].to_list() == [reason]
    assert len(rows.accepted) == 1


def test_f33_a_day_twice_counts_once(read: Read) -> None:
    rows = read("defillama", "fee_day", {"totalDataChart": [[1_784_160_000, 5]] * 2})
    assert rows.accepted["fees_usd"].to_list() == [5]
    assert rows.rejected["reason"].to_list() == ["is listed twice (stamp)"]


def test_f30_fees_in_cents_are_refused(network_answers: Answers, past: Any, read: Read) -> None:
    value = network_answers["defillama"]["/summary/fees/aethir"]
    past.brought["fees/aethir"] = [json.loads(json.dumps(value))]
    for point in value["totalDataChart"]:
        point[1] *= 100
    [document] = [one for one in defillama.DOCUMENTS if one.dataset == "fees/aethir"]
    assert document.review is not None
    with pytest.raises(QualityError, match="days that were told before"):
        document.review(past, [read("defillama", "fee_day", value, "fees/aethir")])


def test_ids_from_10000_on_are_no_epochs(network_answers: Answers, read: Read) -> None:
    burns = read("render", "burn_epoch", network_answers["render"]["/epoch-burn-stats-data.json"])
    assert burns.accepted.rows() == [(41, 12_000.5), (42, 13_000.0)]
    wallets = read(
        "render", "liability_epoch", network_answers["render"]["/liability-epochs-data.json"]
    )
    assert wallets.accepted.rows() == [(41, "w1"), (42, "w1"), (42, "w2")]
    odd = read("render", "burn_epoch", {"data": [{"id": "43", "burned": 1}, {"id": 1}]})
    assert odd.rejected["reason"].to_list() == ["id: not a whole number", "burned: is required"]


def test_devices_that_are_no_gpus_are_left_out(network_answers: Answers, read: Read) -> None:
    market = network_answers["ionet"][f"{EXPLORER}/market-snapshot"]
    names = read("ionet", "gpu_market", market).accepted["hardware_name"].to_list()
    assert names == ["H100 PCIe 80GB", "GeForce RTX 4090"]
    # An answer without that key is not known to hold others.
    for row in market["data"]:
        del row["type"]
    assert len(read("ionet", "gpu_market", market).accepted) == 3


@pytest.mark.parametrize(
    ("source", "name", "value", "reason"),
    [
        (
            "ionet",
            "gpu_market",
            {"data": [{"hardware_name": "x", "price": 1, "total": 5, "idle": 6, "hired": 0}]},
            "idle: is more than all of total",
        ),
        (
            "ionet",
            "gpu_market",
            {"data": [{"hardware_name": "x", "price": -1, "total": 5, "idle": 1, "hired": 0}]},
            "price: is negative",
        ),
        (
            "ionet",
            "inventory",
            {"data": {"total": 5, "active": 6, "passive": 0}},
            "active: is more than all of total",
        ),
        ("render", "node", {"nodes": 5600.5, "frames": 1}, "nodes: not a whole number"),
        ("render", "node", {"nodes": 1e9, "frames": 1}, "nodes: is beyond belief"),
        (
            "nosana",
            "market",
            [
                {
                    "address": "a",
                    "name": "x",
                    "usd_reward_per_hour": "0.12",
                    "network_fee_percentage": 1000,
                }
            ],
            "usd_reward_per_hour: not a number; network_fee_percentage: is beyond belief",
        ),
    ],
)
def test_a_row_that_does_not_fit_is_rejected(
    source: str, name: str, value: Any, reason: str, read: Read
) -> None:
    rows = read(source, name, value)
    assert rows.accepted.is_empty()
    [found] = rows.rejected["reason"].to_list()
    assert reason in found


@pytest.mark.parametrize(
    ("source", "name", "path", "gone"),
    [
        ("render", "node", "/api/nodes_and_frames", "nodes"),
        ("render", "burn_epoch", "/epoch-burn-stats-data.json", "burned"),
        ("render", "liability_epoch", "/liability-epochs-data.json", "walletAddress"),
        ("ionet", "gpu_market", f"{EXPLORER}/market-snapshot", "hired"),
        ("ionet", "inventory", f"{EXPLORER}/inventory-aggregated", "total"),
        ("nosana", "market", "/api/markets", "network_fee_percentage"),
    ],
)
def test_f28_a_key_that_is_gone_from_every_row_ends_the_answer(
    source: str, name: str, path: str, gone: str, network_answers: Answers, read: Read
) -> None:
    text = json.dumps(network_answers[source][path]).replace(f'"{gone}"', f'"{gone}_v2"')
    with pytest.raises(SchemaError, match=f"no row has '{gone}' any more"):
        read(source, name, text.encode())


def test_f27_what_is_new_is_told() -> None:
    told = {
        ("render", "burn_epoch", b'{"data": [{"id": 1, "burned": 1, "price": 4}]}'): ["price"],
        ("nosana", "market", b'[{"address": "a", "gpu_types": ["3090"]}]'): ["gpu_types"],
        ("ionet", "inventory", b'{"data": {"total": 1, "verified": 1}}'): ["verified"],
    }
    for (source, name, content), fields in told.items():
        entity = MODULES[source].ENTITIES[name]
        assert entity.new_fields is not None
        assert list(entity.new_fields(entity, content)) == fields


def test_only_defillama_is_asked_by_itself() -> None:
    on = {
        name: (made.PUBLISHER.is_on, made.PUBLISHER.is_official) for name, made in MODULES.items()
    }
    assert on == {
        "defillama": (True, True),
        "render": (False, False),
        "ionet": (False, False),
        "nosana": (False, False),
    }
