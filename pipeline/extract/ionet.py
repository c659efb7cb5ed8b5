"""io.net: what its explorer reads; unofficial, and off by itself.

Its labels tell apart what is listed, not what works: *active* and *passive* are states of the
inventory, *idle* and *hired* those of the market. The answer of ``/network/info``, with the
counts of claimed and verified GPUs, is not read: the names of its keys are not known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline.errors import SchemaError
from pipeline.extract.documents import Document, Publisher
from pipeline.extract.json_answers import Shape, dig, entity, gate, listed, no_more_than, numbers
from pipeline.extract.json_rows import AMOUNT, COUNT, IDENTIFIER, Field, at_most

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pipeline.provenance import Provenance
    from pipeline.source import Entity

PUBLISHER = Publisher(
    name="ionet",
    title="io.net explorer",
    producer="io.net",
    licence="read by the explorer's own page; no terms stated",
    url="https://api.io.solutions",
    calls_per_minute=20,
    is_on=False,
    is_official=False,
)

_BASE = ("v1", "io-explorer", "network")
_DEVICES = at_most(COUNT, 10_000_000)


def _one(value: Any) -> Sequence[Any]:
    """The one row of an answer that is an object under 'data'."""
    found = dig(value, "data")
    if not isinstance(found, dict):
        raise SchemaError("'data' is no object any more; a newer capbrief may read it")
    return [found]


def _has(*keys: str) -> Callable[[Any], str | None]:
    def judge(value: Any) -> str | None:
        found = dig(value, "data")
        if isinstance(found, dict) and numbers(found, *keys) is not None:
            return None
        return f"has no numbers {', '.join(f'data.{key}' for key in keys)}"

    return judge


def _more_than_listed(item: Mapping[str, Any]) -> str | None:
    for part in ("idle", "hired"):
        if reason := no_more_than(part, "total")(item):
            return reason
    return None


def _gpus(items: Sequence[Any], origin: Provenance) -> Sequence[Any]:
    """Without the CPUs, where the rows say what they are."""
    kinds = (item.get("type") if isinstance(item, dict) else None for item in items)
    return [
        item
        for item, kind in zip(items, kinds, strict=True)
        if not isinstance(kind, str) or kind.upper() == "GPU"
    ]


_GPU_MARKET = Shape(
    fields=(
        Field("hardware_name", "hardware_name", IDENTIFIER, is_required=True),
        Field("usd_per_gpu_hour", "price", at_most(AMOUNT, 10_000)),
        Field("gpus_total", "total", _DEVICES, is_required=True),
        Field("gpus_idle", "idle", _DEVICES),
        Field("gpus_hired", "hired", _DEVICES),
    ),
    items=lambda value: listed(value, "data"),
    choose=_gpus,
    unread=("type",),
    key=("hardware_name",),
    vital=("hardware_name", "price", "total", "idle", "hired"),
    judge=_more_than_listed,
)

_INVENTORY = Shape(
    fields=(
        Field("devices_total", "total", _DEVICES, is_required=True),
        Field("devices_active", "active", _DEVICES),
        Field("devices_passive", "passive", _DEVICES),
    ),
    items=_one,
    vital=("total",),
    judge=no_more_than("active", "total"),
)

ENTITIES: Mapping[str, Entity] = {
    made.name: made
    for made in (
        entity("gpu_market", _GPU_MARKET),
        entity("inventory", _INVENTORY),
    )
}

DOCUMENTS: Sequence[Document] = (
    Document(
        dataset="market-snapshot",
        title="GPUs listed, idle and hired, with prices",
        entities=("gpu_market",),
        path=(*_BASE, "market-snapshot"),
        parameters={"hardware_type": "gpu"},
        gate=gate("data"),
        is_observation=True,
    ),
    Document(
        dataset="inventory",
        title="devices registered, active and passive",
        entities=("inventory",),
        path=(*_BASE, "inventory-aggregated"),
        gate=_has("total"),
        is_observation=True,
    ),
)
