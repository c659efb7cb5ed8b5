"""Akash: the public interface of its console, which needs no key.

What the network is now is asked once a day and counts for that day. The daily series come
whole, back to 2021 or 2023, each time; the one by model, which is large, once a week.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline.extract.akash_rows import ENTITIES, GRAPH, SERIES
from pipeline.extract.documents import Document, Publisher
from pipeline.extract.json_answers import dig, gate, unchanged_past

if TYPE_CHECKING:
    from collections.abc import Sequence

# No limit is published; answers are cached for minutes, and the prices take 16 s to make.
PUBLISHER = Publisher(
    name="akash",
    title="Akash console",
    producer="Akash Network",
    licence="interface public and keyless, its code Apache-2.0; terms of the data not stated",
    url="https://console-api.akash.network",
    calls_per_minute=30,
)


def _capacity(value: Any) -> str | None:
    total = dig(value, "resources", "gpu", "total")
    if type(total) not in (int, float):
        return "has no number 'resources.gpu.total'"
    # A network whose providers all went off in one day is an outage of whoever counts them.
    return None if total > 0 else "counts no GPU at all"


def _models(value: Any) -> str | None:
    details = dig(value, "gpus", "details")
    if not isinstance(details, dict) or not details:
        return "has no models under 'gpus.details'"
    if type(dig(value, "gpus", "total", "allocatable")) not in (int, float):
        return "has no number 'gpus.total.allocatable'"
    return None


def _series(name: str) -> Document:
    dataset = f"{GRAPH}{name}"
    return Document(
        dataset=dataset,
        title=f"daily series {name}",
        entities=("graph_day",),
        path=("v1", "graph-data", name),
        gate=gate("snapshots"),
        review=unchanged_past(ENTITIES["graph_day"], dataset, day="graph_date", value="value"),
    )


DOCUMENTS: Sequence[Document] = (
    Document(
        dataset="network-capacity",
        title="GPUs, CPUs, memory and storage of the active providers",
        entities=("capacity",),
        path=("v1", "network-capacity"),
        gate=_capacity,
        is_observation=True,
    ),
    Document(
        dataset="gpu",
        title="GPUs by model",
        entities=("gpu_model", "gpu_total"),
        path=("v1", "gpu"),
        gate=_models,
        is_observation=True,
    ),
    Document(
        dataset="gpu-prices",
        title="GPU prices by model, from bids",
        entities=("gpu_price", "gpu_total"),
        path=("v1", "gpu-prices"),
        gate=gate("models"),
        is_observation=True,
    ),
    *(_series(name) for name in SERIES),
    Document(
        dataset="gpu-breakdown",
        title="GPUs by day and model",
        entities=("gpu_breakdown",),
        path=("v1", "gpu-breakdown"),
        gate=gate(),
        every_days=7,
    ),
)
