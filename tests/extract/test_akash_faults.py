"""Akash's console: rows of its answers spoiled one by one, each rejected with its reason."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.extract.test_akash import Answer, Read  # noqa: TID251 - for their types only


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
