"""Nosana: its list of markets, one for a GPU and a tier; unofficial, and off by itself.

A market gives what a host earns. A user pays the fee of the network on top: reward x
(1 + fee/100), which staging computes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.extract.documents import Document, Publisher
from pipeline.extract.json_answers import Shape, entity, gate, listed
from pipeline.extract.json_rows import AMOUNT, IDENTIFIER, TEXT, Field, at_most

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipeline.source import Entity

PUBLISHER = Publisher(
    name="nosana",
    title="Nosana dashboard",
    producer="Nosana",
    licence="read by the dashboard's own page; no terms stated",
    url="https://dashboard.k8s.prd.nos.ci",
    calls_per_minute=20,
    is_on=False,
    is_official=False,
)

_MARKET = Shape(
    fields=(
        Field("address", "address", IDENTIFIER, is_required=True),
        Field("slug", "slug", IDENTIFIER),
        Field("name", "name", IDENTIFIER, is_required=True),
        Field("tier", "type", TEXT),
        Field("reward_usd_per_hour", "usd_reward_per_hour", at_most(AMOUNT, 10_000)),
        Field("reward_nos_per_second", "nos_reward_per_second", AMOUNT),
        Field("network_fee_pct", "network_fee_percentage", at_most(AMOUNT, 100)),
    ),
    items=lambda value: listed(value),
    key=("address",),
    vital=("address", "name", "usd_reward_per_hour", "network_fee_percentage"),
)

ENTITIES: Mapping[str, Entity] = {"market": entity("market", _MARKET)}

DOCUMENTS: Sequence[Document] = (
    Document(
        dataset="markets",
        title="markets with rewards and fees",
        entities=("market",),
        path=("api", "markets"),
        gate=gate(),
        is_observation=True,
    ),
)
