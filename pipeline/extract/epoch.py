"""Epoch AI: who publishes, and what is read of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.extract import epoch_supply
from pipeline.extract.documents import Publisher

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline.source import Entity

PUBLISHER = Publisher(
    name="epoch",
    title="Epoch AI",
    producer="Epoch AI",
    licence="CC BY 4.0",
    url="https://epoch.ai",
    calls_per_minute=30,
)
DOCUMENTS = epoch_supply.DOCUMENTS
ENTITIES: Mapping[str, Entity] = epoch_supply.ENTITIES
