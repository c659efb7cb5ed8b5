"""What the answers of Akash's console hold: entities, their columns, and the parsers.

Units: CPU in millicores, memory and storage in bytes, GPUs in pieces, prices in USD per
GPU-hour, money of the daily series in millionths. GPUs whose nodes do not say what they are
stand under the vendor ``<UNKNOWN>``, without a model.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline.errors import SchemaError
from pipeline.extract.json_answers import (
    Shape,
    dig,
    entity,
    finished,
    flat,
    listed,
    no_more_than,
    numbers,
)
from pipeline.extract.json_rows import (
    AMOUNT,
    COUNT,
    DAY,
    DECIMAL,
    IDENTIFIER,
    TEXT,
    Field,
    at_most,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipeline.provenance import Provenance
    from pipeline.source import Entity

# More than any network of its kind has claimed; an hour of any GPU costs less.
GPUS = at_most(COUNT, 10_000_000)
_PRICE = at_most(AMOUNT, 10_000)
_SHARE = at_most(DECIMAL, 100)

SERIES = ("activeGPU", "gpuUtilization", "activeLeaseCount", "dailyUUsdSpent")
GRAPH = "graph-data/"

_STATES = ("active", "pending", "available", "total")


def _whole(value: Any) -> Sequence[Any]:
    """The one row of network-capacity."""
    found = flat(value)
    if not isinstance(found, dict):
        raise SchemaError("is no object any more; a newer capbrief may read it")
    return [found]


def _capacity_flaw(item: Mapping[str, Any]) -> str | None:
    """The console adds the total up from the other three."""
    parts = numbers(item, *(f"resources.gpu.{state}" for state in _STATES))
    if parts is not None and sum(parts[:3]) != parts[3]:
        return "resources.gpu: active, pending and available are not total"
    return None


_CAPACITY = Shape(
    fields=(
        Field("n_providers", "activeProviderCount", at_most(COUNT, 1_000_000), is_required=True),
        Field("gpus_active", "resources.gpu.active", GPUS, is_required=True),
        Field("gpus_pending", "resources.gpu.pending", GPUS, is_required=True),
        Field("gpus_available", "resources.gpu.available", GPUS, is_required=True),
        Field("gpus_total", "resources.gpu.total", GPUS, is_required=True),
        Field("cpu_active_millicores", "resources.cpu.active", AMOUNT),
        Field("cpu_total_millicores", "resources.cpu.total", AMOUNT),
        Field("memory_active_bytes", "resources.memory.active", AMOUNT),
        Field("memory_total_bytes", "resources.memory.total", AMOUNT),
        Field("storage_active_bytes", "resources.storage.total.active", AMOUNT),
        Field("storage_total_bytes", "resources.storage.total.total", AMOUNT),
    ),
    items=_whole,
    vital=("activeProviderCount", *(f"resources.gpu.{state}" for state in _STATES)),
    unread=tuple(
        f"resources.{kind}.{state}"
        for kind in ("cpu", "memory", "storage.ephemeral", "storage.persistent", "storage.total")
        for state in _STATES
    ),
    judge=_capacity_flaw,
)


def _by_vendor(value: Any) -> Sequence[Any]:
    """The models of ``/v1/gpu``, each with the vendor that it is listed under."""
    details = dig(value, "gpus", "details")
    if not isinstance(details, dict):
        raise SchemaError("'gpus.details' is no object any more; a newer capbrief may read it")
    found: list[Any] = []
    for vendor, models in details.items():
        if not isinstance(models, list):
            raise SchemaError(f"'gpus.details.{vendor}' is no list any more")
        found += [
            {"vendor": vendor, **model} if isinstance(model, dict) else model for model in models
        ]
    if not found:
        raise SchemaError("'gpus.details' lists no model, where there was always one")
    return found


_MODEL_NAME = (
    Field("gpu_vendor", "vendor", IDENTIFIER, is_required=True),
    Field("gpu_model", "model", IDENTIFIER),
    Field("ram", "ram", IDENTIFIER),
    Field("interface", "interface", IDENTIFIER),
)

_GPU_MODEL = Shape(
    fields=(
        *_MODEL_NAME,
        Field("gpus_allocatable", "allocatable", GPUS, is_required=True),
        Field("gpus_allocated", "allocated", GPUS, is_required=True),
    ),
    items=_by_vendor,
    key=("vendor", "model", "ram", "interface"),
    vital=("model", "ram", "interface", "allocatable", "allocated"),
    judge=no_more_than("allocated", "allocatable"),
)


def _totals(value: Any) -> Sequence[Any]:
    """What ``/v1/gpu`` and ``/v1/gpu-prices`` give as their own totals, in the same words."""
    allocatable = dig(value, "gpus", "total")
    if isinstance(allocatable, dict):
        total, leased = allocatable.get("allocatable"), allocatable.get("allocated")
        return [{"total": total, "leased": leased}]
    availability = dig(value, "availability")
    if isinstance(availability, dict):
        return [{"total": availability.get("total"), "available": availability.get("available")}]
    raise SchemaError("has neither 'gpus.total' nor 'availability'; a newer capbrief may read it")


def _named(items: Sequence[Any], origin: Provenance) -> Sequence[Any]:
    """With the name of the endpoint or the series, which only the request tells."""
    name = origin.dataset.removeprefix(GRAPH).partition("/")[0]
    return [{**item, "asked": name} if isinstance(item, dict) else item for item in items]


_GPU_TOTAL = Shape(
    fields=(
        Field("endpoint", "asked", TEXT, is_required=True),
        Field("gpus_total", "total", GPUS, is_required=True),
        Field("gpus_leased", "leased", GPUS),
        Field("gpus_available", "available", GPUS),
    ),
    items=_totals,
    choose=_named,
)


def _priced(value: Any) -> Sequence[Any]:
    """The models of ``/v1/gpu-prices``; a price of null, not known, stays one."""
    models = listed(value, "models")
    return [flat(model) for model in models]


_AVAILABLE = no_more_than("availability.available", "availability.total")


def _price_flaw(item: Mapping[str, Any]) -> str | None:
    """Prices are in USD, and an average lies between the least and the most."""
    if item.get("price.currency", "USD") != "USD":
        return "price.currency: not USD"
    for name in ("price.avg", "price.weightedAverage", "price.med"):
        found = numbers(item, "price.min", name, "price.max")
        # Averages are rounded to cents, the ends are not.
        if found is not None and not found[0] - 0.01 <= found[1] <= found[2] + 0.01:
            return f"{name}: is not between the least and the most"
    return _AVAILABLE(item)


_GPU_PRICE = Shape(
    fields=(
        *_MODEL_NAME,
        Field("gpus_total", "availability.total", GPUS, is_required=True),
        Field("gpus_available", "availability.available", GPUS, is_required=True),
        Field("providers_total", "providerAvailability.total", GPUS),
        Field("providers_available", "providerAvailability.available", GPUS),
        Field("currency", "price.currency", IDENTIFIER),
        Field("min_usd_per_gpu_hour", "price.min", _PRICE),
        Field("median_usd_per_gpu_hour", "price.med", _PRICE),
        Field("avg_usd_per_gpu_hour", "price.avg", _PRICE),
        Field("weighted_avg_usd_per_gpu_hour", "price.weightedAverage", _PRICE),
        Field("max_usd_per_gpu_hour", "price.max", _PRICE),
    ),
    items=_priced,
    key=("vendor", "model", "ram", "interface"),
    vital=("vendor", "model", "availability.total", "availability.available"),
    unread=(
        "price",
        # Of the undocumented debug answer, and of older ones.
        "priceUakt",
        "bidCount",
        "providersWithBestBid",
        "providerAvailability.providers",
        *(f"priceUakt.{name}" for name in ("currency", "min", "max", "avg", "med")),
        "priceUakt.weightedAverage",
    ),
    judge=_price_flaw,
)


_LEASED = no_more_than("leasedGpus", "totalGpus")


def _breakdown_flaw(item: Mapping[str, Any]) -> str | None:
    """The share must be the one of the counts, in percent: rounding moves it by half a GPU."""
    if reason := _LEASED(item):
        return reason
    share = item.get("gpuUtilization")
    try:
        percent = float(share) if isinstance(share, str | int | float) else None
    except ValueError:
        return None
    counts = numbers(item, "totalGpus", "leasedGpus")
    if percent is None or counts is None or counts[0] == 0:
        return None
    total, leased = counts
    if abs(percent / 100 * total - leased) > 0.51 + 0.01 * total:
        return "gpuUtilization: is not the share of leasedGpus in totalGpus, in percent"
    return None


# The share is an exact decimal of the database, which comes as text.
_GPU_BREAKDOWN = Shape(
    fields=(
        Field("graph_date", "date", DAY, is_required=True, is_observed=True),
        Field("gpu_vendor", "vendor", IDENTIFIER, is_required=True),
        Field("gpu_model", "model", IDENTIFIER, is_required=True),
        Field("n_providers", "providerCount", GPUS),
        Field("n_nodes", "nodeCount", GPUS),
        Field("gpus_total", "totalGpus", GPUS, is_required=True),
        Field("gpus_leased", "leasedGpus", GPUS, is_required=True),
        Field("utilisation_pct", "gpuUtilization", _SHARE),
    ),
    items=lambda value: listed(value),
    choose=finished("date"),
    key=("date", "vendor", "model"),
    vital=("date", "vendor", "model", "totalGpus", "leasedGpus"),
    judge=_breakdown_flaw,
)


def _points(items: Sequence[Any], origin: Provenance) -> Sequence[Any]:
    return _named(finished("date")(items, origin), origin)


# A point stamped D is the state at the last block of day D, or what was spent in it.
_GRAPH_DAY = Shape(
    fields=(
        Field("series", "asked", TEXT, is_required=True),
        Field("graph_date", "date", DAY, is_required=True, is_observed=True),
        Field("value", "value", at_most(AMOUNT, 1e15), is_required=True),
    ),
    items=lambda value: listed(value, "snapshots"),
    choose=_points,
    key=("date",),
    vital=("date", "value"),
)

ENTITIES: Mapping[str, Entity] = {
    made.name: made
    for made in (
        entity("capacity", _CAPACITY),
        entity("gpu_model", _GPU_MODEL),
        entity("gpu_total", _GPU_TOTAL),
        entity("gpu_price", _GPU_PRICE),
        entity("gpu_breakdown", _GPU_BREAKDOWN),
        entity("graph_day", _GRAPH_DAY),
    )
}
