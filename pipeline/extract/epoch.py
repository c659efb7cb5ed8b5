"""Epoch AI: tables of chips, how many were sold, and where they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.extract import epoch_hardware, epoch_supply
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
    calls_per_minute=20,
)
DOCUMENTS = (*epoch_hardware.DOCUMENTS, *epoch_supply.DOCUMENTS)
ENTITIES: Mapping[str, Entity] = {**epoch_hardware.ENTITIES, **epoch_supply.ENTITIES}
