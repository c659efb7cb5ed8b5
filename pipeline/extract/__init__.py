"""Sources of data: the one list of them, and of what they give."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.extract import bundled, coingecko_rows, imports, universe
from pipeline.extract.coingecko import CoinGecko

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from pipeline import settings
    from pipeline.source import Entity, Source


def sources(coingecko: settings.CoinGecko, universes: Sequence[Path]) -> tuple[Source, ...]:
    """All sources, in the order in which they are asked.

    Args:
        coingecko: plan, key and limits.
        universes: folders of rule files; the first that has a file of a name gives it.
    """
    folders = tuple(universes)
    return (
        bundled.BUNDLED,
        universe.Universe(folders),
        CoinGecko(coingecko, folders),
        imports.IMPORTED,
    )


ENTITIES: Mapping[tuple[str, str], Entity] = {
    (source, name): entity
    for source, entities in (
        ("bundled", bundled.ENTITIES),
        ("universe", universe.ENTITIES),
        ("coingecko", coingecko_rows.ENTITIES),
        ("import", imports.ENTITIES),
    )
    for name, entity in entities.items()
}
