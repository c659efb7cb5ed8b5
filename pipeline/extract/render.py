"""Render: what the page of its foundation reads; unofficial, and off by itself.

No document describes these answers and no body was on record when this was written: only the
names of some keys are certain. They are read strictly, what else is there is told and kept, and
an answer of another shape is refused, so that the last good one stays.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline.errors import SchemaError
from pipeline.extract.documents import Document, Publisher
from pipeline.extract.json_answers import Shape, entity, gate, listed, numbers
from pipeline.extract.json_rows import AMOUNT, COUNT, IDENTIFIER, Field, at_most

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipeline.provenance import Provenance
    from pipeline.source import Entity

PUBLISHER = Publisher(
    name="render",
    title="Render Foundation statistics page",
    producer="Render Foundation",
    licence="read by the foundation's own page; no terms stated",
    url="https://stats.renderfoundation.com",
    calls_per_minute=20,
    is_on=False,
    is_official=False,
)

# Rows with larger ids are something else than weeks.
_FIRST_NO_EPOCH = 10_000
_RENDER = at_most(AMOUNT, 1e9)


def _counts(value: Any) -> Sequence[Any]:
    if not isinstance(value, dict):
        raise SchemaError("is no object any more; a newer capbrief may read it")
    return [value]


def _has_counts(value: Any) -> str | None:
    known = numbers(value, "nodes", "frames") if isinstance(value, dict) else None
    return None if known else "has no numbers 'nodes' and 'frames'"


def _epochs(key: str) -> Any:
    """Leave out rows whose id is no week's."""

    def choose(items: Sequence[Any], origin: Provenance) -> Sequence[Any]:
        chosen = []
        for item in items:
            found = numbers(item, key) if isinstance(item, dict) else None
            if found is None or found[0] < _FIRST_NO_EPOCH:
                chosen.append(item)
        return chosen

    return choose


_NODE = Shape(
    fields=(
        Field("n_nodes", "nodes", at_most(COUNT, 10_000_000), is_required=True),
        Field("n_frames", "frames", at_most(COUNT, 10**13), is_required=True),
    ),
    items=_counts,
    vital=("nodes", "frames"),
)

_BURN_EPOCH = Shape(
    fields=(
        Field("epoch", "id", COUNT, is_required=True),
        Field("burned_render", "burned", _RENDER, is_required=True),
    ),
    items=lambda value: listed(value, "data"),
    choose=_epochs("id"),
    key=("id",),
    vital=("id", "burned"),
)

_LIABILITY_EPOCH = Shape(
    fields=(
        Field("epoch", "epochId", COUNT, is_required=True),
        Field("wallet", "walletAddress", IDENTIFIER, is_required=True),
    ),
    items=lambda value: listed(value, "data"),
    choose=_epochs("epochId"),
    vital=("epochId", "walletAddress"),
)

ENTITIES: Mapping[str, Entity] = {
    made.name: made
    for made in (
        entity("node", _NODE),
        entity("burn_epoch", _BURN_EPOCH),
        entity("liability_epoch", _LIABILITY_EPOCH),
    )
}

DOCUMENTS: Sequence[Document] = (
    Document(
        dataset="nodes-and-frames",
        title="nodes and frames since the beginning",
        entities=("node",),
        path=("api", "nodes_and_frames"),
        gate=_has_counts,
        is_observation=True,
    ),
    Document(
        dataset="epoch-burns",
        title="tokens burned by weekly epoch",
        entities=("burn_epoch",),
        path=("epoch-burn-stats-data.json",),
        gate=gate("data"),
        every_days=7,
    ),
    Document(
        dataset="liability-epochs",
        title="node operators by weekly epoch",
        entities=("liability_epoch",),
        path=("liability-epochs-data.json",),
        gate=gate("data"),
        every_days=7,
    ),
)
