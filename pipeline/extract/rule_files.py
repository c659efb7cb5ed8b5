"""Rule files as a source: folders of TOML files, a user's own before the shipped ones."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import polars as pl

from pipeline.errors import DefinitionError, SchemaError
from pipeline.extract.json_rows import rejected
from pipeline.provenance import Provenance
from pipeline.source import About, Entity, Rows, Unit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import date, datetime
    from pathlib import Path

    from pipeline.provenance import KnownAt
    from pipeline.source import Fetched, Gap, Get, Past, Wanted

    Row = tuple[object, ...]

_Read = TypeVar("_Read")

# Stands for a file that is no more: no table has a row in it.
_TAKEN_AWAY = b"# This file was taken away.\n"


def files(folders: Sequence[Path]) -> list[Path]:
    """The rule files, a user's file before the shipped one of the same name."""
    found: dict[str, Path] = {}
    for folder in folders:
        for path in sorted(folder.glob("*.toml")):
            found.setdefault(path.name, path)
    return [found[name] for name in sorted(found)]


def content_of(path: Path) -> bytes:
    """The bytes of a file.

    Raises:
        DefinitionError: it cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise DefinitionError(f"{path}: cannot be read ({error.strerror})") from error


def values(name: str, content: bytes) -> dict[str, Any]:
    """What the bytes of a TOML file say.

    Raises:
        DefinitionError: they are no TOML.
    """
    try:
        return tomllib.loads(content.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DefinitionError(f"{name}: is not TOML ({error})") from error


def entity(
    name: str,
    required: str,
    read: Callable[[str, bytes], _Read],
    rows_of: Callable[[_Read], Iterable[Row]],
    /,
    **schema: pl.DataType,
) -> Entity:
    """One table of a rule file: how the file is read, and the rows of the table in it."""

    def parse(entity: Entity, content: bytes, origin: Provenance) -> Rows:
        try:
            found = read(origin.dataset, content)
        except DefinitionError as error:
            raise SchemaError(f"{entity.name}: {error}") from error
        rows = [list(row) for row in rows_of(found)]
        return Rows(pl.DataFrame(rows, schema=dict(entity.schema), orient="row"), rejected({}, []))

    return Entity(name, schema, frozenset(required.split()), parse)


@dataclass(frozen=True)
class Kind:
    """What sets one kind of rule files apart from another.

    ``must_be_usable`` raises DefinitionError where the files of some folders are not;
    ``known_at`` says when a row was known, where that is not when its file was read.
    """

    name: str
    title: str
    entities: Mapping[str, Entity]
    must_be_usable: Callable[[Sequence[Path]], object]
    known_at: KnownAt | None = None


@dataclass(frozen=True)
class RuleFiles:
    """The rule files of some folders, a user's own before the shipped ones, as a source."""

    folders: tuple[Path, ...]
    kind: ClassVar[Kind]

    @property
    def name(self) -> str:
        """First part of its tables."""
        return self.kind.name

    @property
    def entities(self) -> Mapping[str, Entity]:
        """What a rule file says, table by table."""
        return self.kind.entities

    @property
    def about(self) -> About:
        """The program's own rules and the user's."""
        return About(self.kind.title, "capbrief", "MIT")

    @property
    def access(self) -> None:
        """It lies on this machine."""
        return None

    def due(self, past: Past, today: date) -> None:
        """Never: what changed is taken with each fetch."""
        return

    def plan(self, past: Past, wanted: Wanted) -> Iterator[Unit | Gap]:
        """Each table of each file that changed; a file that went has its tables emptied.

        Raises:
            DefinitionError: a file cannot be used.
        """
        self.kind.must_be_usable(self.folders)
        contents = {path.stem: path.read_bytes() for path in files(self.folders)}
        for dataset in past.datasets(""):
            contents.setdefault(dataset.partition("/")[0], _TAKEN_AWAY)
        for stem, content in contents.items():
            for name in self.entities:
                dataset = f"{stem}/{name}"
                if [before for before, _ in past.payloads(dataset)] != [content]:
                    table = partial(_table, self.kind, stem, name, content, wanted.now)
                    yield Unit(dataset, None, 0, table)


def _table(
    kind: Kind, stem: str, name: str, content: bytes, now: datetime, get: Get
) -> list[Fetched]:
    origin = Provenance(
        source=kind.name,
        entity=name,
        dataset=f"{stem}/{name}",
        title=f"{kind.title} {stem}" + (f": {name}" if len(kind.entities) > 1 else ""),
        url="",
        producer="capbrief",
        citation=f"capbrief, {kind.title[0].lower()}{kind.title[1:]} {stem}.toml",
        licence="MIT",
        media_type="application/toml",
        retrieved_at=now,
        known_at=kind.known_at,
    )
    return [(content, origin)]
