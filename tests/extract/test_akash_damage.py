"""Akash's console: planted damage ends in the quarantine, or the answer is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pipeline.errors import QualityError, SchemaError
from pipeline.extract.akash import DOCUMENTS
from pipeline.extract.akash_rows import ENTITIES
from pipeline.source import Rows

Read = Callable[[str, Any], Rows]
Answer = Callable[[str], Any]

# By entity: how an answer is spoiled, and what is said of the rows.
SPOILED: dict[str, tuple[str, Callable[[Any], None], str]] = {
    "F25 huge": (
        "gpu_model",
        lambda a: a["gpus"]["details"]["nvidia"][0].update(allocatable=10**15),
        "allocatable: is beyond belief",
    ),
    "F25 beyond 64 bits": (
        "gpu_model",
        lambda a: a["gpus"]["details"]["nvidia"][0].update(allocatable=10**30),
        "allocatable: not a whole number",
    ),
    "F28 null": (
        "gpu_model",
        lambda a: a["gpus"]["details"]["nvidia"][0].update(allocatable=None),
        "allocatable: is required",
    ),
    "F29 text": (
        "gpu_model",
        lambda a: a["gpus"]["details"]["nvidia"][0].update(allocatable="32"),
        "allocatable: not a whole number",
    ),
    "F29 half": (
        "gpu_model",
        lambda a: a["gpus"]["details"]["nvidia"][0].update(allocatable=32.5),
        "allocatable: not a whole number",
    ),
    "F29 yes": (
        "gpu_price",
        lambda a: a["models"][0]["price"].update(min=True),
        "price.min: not a number",
    ),
    "F30 cents": (
        "gpu_price",
        lambda a: a["models"][0]["price"].update(avg=148),
        "price.avg: is not between the least and the most",
    ),
    "F30 token": (
        "gpu_price",
        lambda a: a["models"][0]["price"].update(currency="uakt"),
        "price.currency: not USD",
    ),
    "F31 negative": (
        "gpu_model",
        lambda a: a["gpus"]["details"]["nvidia"][0].update(allocated=-1),
        "allocated: is negative",
    ),
    "F31 more than all": (
        "gpu_model",
        lambda a: a["gpus"]["details"]["nvidia"][0].update(allocated=33),
        "allocated: is more than all of allocatable",
    ),
    "F31 more free than there": (
        "gpu_price",
        lambda a: a["models"][0]["availability"].update(available=33),
        "availability.available: is more than all of availability.total",
    ),
    "F31 sum": (
        "capacity",
        lambda a: a["resources"]["gpu"].update(total=101),
        "resources.gpu: active, pending and available are not total",
    ),
    "F32 spike": (
        "gpu_price",
        lambda a: a["models"][0]["price"].update(max=1.83e6),
        "price.max: is beyond belief",
    ),
    "F33 twice": (
        "gpu_model",
        lambda a: a["gpus"]["details"]["nvidia"].append(a["gpus"]["details"]["nvidia"][0]),
        "is listed twice (vendor, model, ram, interface)",
    ),
    "F33 day twice": (
        "graph_day",
        lambda a: a["snapshots"].append(a["snapshots"][0]),
        "is listed twice (date)",
    ),
    "F29 no object": (
        "gpu_model",
        lambda a: a["gpus"]["details"]["nvidia"].append("h100"),
        "not an object; vendor: is required; allocatable: is required; allocated: is required",
    ),
    "F31 restated": (
        "graph_day",
        lambda a: a["snapshots"][3].update(value=-2.4e12),
        "value: is negative",
    ),
}


@pytest.mark.parametrize("fault", SPOILED)
def test_a_spoiled_row_is_rejected_with_its_reason(fault: str, answer: Answer, read: Read) -> None:
    name, spoil, reason = SPOILED[fault]
    value = answer(name)
    whole = len(read(name, value).accepted)
    spoil(value)
    rows = read(name, value)
    assert rows.rejected["reason"].to_list() == [reason]
    assert len(rows.accepted) in (whole, whole - 1)


def test_f30_a_share_in_fractions_is_no_share_in_percent(answer: Answer, read: Read) -> None:
    value = answer("gpu_breakdown")
    for item in value:
        item["gpuUtilization"] = item["leasedGpus"] / item["totalGpus"]
    rows = read("gpu_breakdown", value)
    # But for the few GPUs whose share rounds to nothing either way.
    assert len(rows.rejected) >= len(rows.accepted)
    assert "in percent" in rows.rejected["reason"][0]


VANISHED: dict[str, Callable[[Any], Any]] = {
    "capacity": lambda a: a["resources"]["gpu"].pop("available"),
    "gpu_model": lambda a: [m.pop("allocated") for v in a["gpus"]["details"].values() for m in v],
    "gpu_total": lambda a: a["gpus"].pop("total"),
    "gpu_price": lambda a: [m.pop("availability") for m in a["models"]],
    "gpu_breakdown": lambda a: [item.pop("totalGpus") for item in a],
    "graph_day": lambda a: [item.pop("value") for item in a["snapshots"]],
}


@pytest.mark.parametrize("name", VANISHED)
def test_f28_a_key_that_is_gone_from_every_row_ends_the_answer(
    name: str, answer: Answer, read: Read
) -> None:
    value = answer(name)
    VANISHED[name](value)
    with pytest.raises(SchemaError, match=r"any more|newer capbrief"):
        read(name, value)


@pytest.mark.parametrize("name", ENTITIES)
@pytest.mark.parametrize(
    "content",
    [b"<!doctype html><title>Down</title>", b"", b"null", b"[]", b"{}", b'{"models": []}', b"NaN"],
    ids=["page", "nothing", "null", "list", "object", "empty", "nan"],
)
def test_f10_f12_another_answer_is_refused(
    name: str, content: bytes, answer: Answer, read: Read
) -> None:
    with pytest.raises(SchemaError):
        read(name, content)


def test_a_review_of_series_knows_its_own_past(past: Any, answer: Answer, read: Read) -> None:
    series = next(one for one in DOCUMENTS if one.dataset == "graph-data/activeGPU")
    assert series.review is not None
    now = answer("graph_day")
    past.brought["graph-data/activeGPU"] = [answer("graph_day")]
    series.review(past, [read("graph_day", now)])
    series.review(past, [])
    for point in now["snapshots"]:
        point["value"] *= 1000
    with pytest.raises(QualityError, match="graph-data/activeGPU: 11 of 11 days"):
        series.review(past, [read("graph_day", now)])
