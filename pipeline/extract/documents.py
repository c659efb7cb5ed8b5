"""Documents: sources that publish whole documents at fixed addresses, each with its own rhythm.

Most of what is not CoinGecko is of this kind: a table that its publisher replaces, or a state
that an interface tells as it is now. A document that cannot be had, or is not what it was, leaves
what came before as it is; the run goes on, and says so (exit code 3).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from pipeline.errors import BadAnswerError, UnavailableError
from pipeline.form import JSON
from pipeline.provenance import Provenance
from pipeline.source import About, Unit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import date

    from pipeline import settings
    from pipeline.errors import CapbriefError
    from pipeline.form import Form
    from pipeline.http import Access, Answer
    from pipeline.source import Entity, Fetched, Gap, Get, Past, Rows, Wanted


@dataclass(frozen=True)
class Publisher:
    """Who publishes, on which terms, and how fast its host may be asked.

    ``is_on`` says whether it is asked without being switched on; ``is_official`` whether its
    interface is documented for the public. ``lacks`` says what the settings do not give and it
    cannot be asked without (a contact, a key), or nothing. Its key goes into ``key_header``, or
    where it takes none there into ``key_parameter`` of the address. ``refusal`` tells its own words
    for a refusal, by status and value of an answer (pipeline.http.Access).
    """

    name: str
    title: str
    producer: str
    licence: str
    url: str
    calls_per_minute: float
    is_on: bool = True
    is_official: bool = True
    lacks: Callable[[settings.Settings], str] = lambda chosen: ""
    key_header: str | None = None
    key_parameter: str | None = None
    refusal: Callable[[int, Any], CapbriefError | None] | None = None


@dataclass(frozen=True)
class Document:
    """One document: where it is, what it must be, and what it holds.

    ``entities`` names the kinds of rows that are read from its bytes. ``gate`` judges the value
    that ``form`` makes of them. It is due ``every_days`` after it was had last. An observation
    (a price, a capacity) counts for its day even if it is the same as before; of any other
    document equal bytes say nothing new, and are not kept as if they did (a review gets no
    rows). ``fetch`` is for what takes more than one request. ``review`` compares its rows with
    those before, and raises where they are not to be believed (pipeline.source.Unit).
    """

    dataset: str
    title: str
    entities: tuple[str, ...]
    path: tuple[str, ...] = ()
    form: Form = JSON
    gate: Callable[[Any], str | None] = lambda value: None
    parameters: Mapping[str, str] = field(default_factory=dict)
    every_days: int = 1
    is_observation: bool = False
    calls: int = 1
    fetch: Callable[[Get], Sequence[Answer]] | None = None
    review: Callable[[Past, Sequence[Rows]], None] | None = None

    def dataset_of(self, entity: str) -> str:
        """The data set of one kind of its rows, by which retrievals are known."""
        return f"{self.dataset}/{entity}" if len(self.entities) > 1 else self.dataset


@dataclass(frozen=True)
class Documents:
    """A publisher's documents, as a source."""

    publisher: Publisher
    documents: Sequence[Document]
    entities: Mapping[str, Entity]
    chosen: settings.Web
    lacks: str = ""

    @property
    def name(self) -> str:
        """First part of its tables."""
        return self.publisher.name

    @property
    def is_on(self) -> bool:
        """Whether it is asked: as the settings say, else as it is by itself."""
        if self.chosen.enabled is not None:
            return self.chosen.enabled
        return self.publisher.is_on and not self.lacks

    @property
    def about(self) -> About:
        """Who publishes it, and why it is not asked if it is not."""
        off = "" if self.is_on else self.lacks or f"switch on with {self._switch}=yes"
        if self.chosen.enabled is False:
            off = f"switched off by {self._switch} or CAPBRIEF_SOURCES"
        one = self.publisher
        return About(
            *(one.title, one.producer, one.licence, self.chosen.url or one.url),
            is_required=False,
            is_official=one.is_official,
            off_because=off,
            every_days=min(document.every_days for document in self.documents),
        )

    @property
    def _switch(self) -> str:
        return f"CAPBRIEF_{self.name.upper()}__ENABLED"

    def due(self, past: Past, today: date) -> date | None:
        """The first day on which one of the documents is due, if it is asked at all."""
        if not self.is_on:
            return None
        return min(self._due(past, document, today) for document in self.documents)

    def _due(self, past: Past, document: Document, today: date) -> date:
        had = [last for _, last in past.covered(document.dataset)]
        return max(had) + timedelta(days=document.every_days) if had else today

    @property
    def access(self) -> Access:
        """Its own host.

        Raises:
            UsageError: the address is not one of its host.
        """
        # Imported here: a build and a report need no HTTP client.
        from urllib.parse import urlsplit

        from pipeline.budget import Allowance
        from pipeline.http import Access

        publisher = self.publisher
        key, header, parameter = (
            self.chosen.key,
            publisher.key_header,
            publisher.key_parameter,
        )
        return Access(
            source=publisher.name,
            url=self.chosen.url or publisher.url,
            hosts=frozenset({urlsplit(publisher.url).hostname or ""}),
            header=(header, key) if header and key else None,
            allowance=Allowance(publisher.name, publisher.calls_per_minute, None),
            refusal=publisher.refusal or refusal,
            key_parameter=(parameter, key) if parameter and key else None,
            is_patient=False,
        )

    def plan(self, past: Past, wanted: Wanted) -> Iterator[Unit | Gap]:
        """The documents that are due, in order; none for a range of past days."""
        if wanted.days is not None or not self.is_on:
            return
        today = wanted.now.astimezone(UTC).date()
        for document in self.documents:
            if self._due(past, document, today) <= today or wanted.refresh:
                review = document.review
                yield Unit(
                    document.dataset,
                    (today, today),
                    document.calls,
                    partial(self._fetch, past, document),
                    is_required=False,
                    review=partial(review, past) if review else None,
                    is_snapshot=True,
                )

    def _fetch(self, past: Past, document: Document, get: Get) -> Iterator[Fetched]:
        if self.lacks:
            raise UnavailableError(f"{self.name}: {self.lacks}")
        if document.fetch is not None:
            answers = list(document.fetch(get))
        else:
            answers = [
                get(document.path, document.parameters, gate=document.gate, form=document.form)
            ]
        for entity in document.entities:
            dataset = document.dataset_of(entity)
            before = [content for content, _ in past.payloads(dataset)]
            if document.is_observation or before != [answer.content for answer in answers]:
                yield from self._kept(document, dataset, entity, answers)

    def _kept(
        self, document: Document, dataset: str, entity: str, answers: Sequence[Answer]
    ) -> Iterator[Fetched]:
        """The answers of one unit, all with the time of the last."""
        at = max(answer.retrieved_at for answer in answers)
        publisher = self.publisher
        for answer in answers:
            yield (
                answer.content,
                Provenance(
                    source=publisher.name,
                    entity=entity,
                    dataset=dataset,
                    title=f"{publisher.title}: {document.title}",
                    url=answer.url,
                    producer=publisher.producer,
                    citation=(
                        f"{publisher.producer}, {document.title}, retrieved {at:%Y-%m-%d %H:%M} UTC"
                    ),
                    licence=publisher.licence,
                    media_type=answer.media_type,
                    retrieved_at=at,
                ),
            )


def refusal(status: int, value: Any) -> CapbriefError | None:
    """A key that is refused ends this source's part of a run, not the run: it is optional.

    A page of the network in front (403, no JSON) is the door's business.
    """
    if status == 401 or (status == 403 and value is not None):
        return BadAnswerError(f"refuses to answer ({status}); check its key, or switch it off")
    return None
