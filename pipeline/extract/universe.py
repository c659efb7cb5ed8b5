"""Universes as a source: which tokens count is data, with versions of its own."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from functools import partial
from typing import TYPE_CHECKING

import polars as pl

from pipeline.errors import DefinitionError, SchemaError
from pipeline.extract.json_rows import rejected
from pipeline.extract.universe_rules import files, load, read
from pipeline.provenance import Provenance
from pipeline.source import About, Entity, Rows, Unit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from datetime import date, datetime
    from pathlib import Path

    from pipeline.extract.universe_rules import Rules
    from pipeline.source import Fetched, Gap, Get, Past, Wanted

_TEXT, _NUMBER, _COUNT, _DAY = pl.String(), pl.Float64(), pl.Int64(), pl.Date()

# Stands for a file that is no more: no table has a row in it.
_TAKEN_AWAY = b"# This file was taken away.\n"


def _entity(
    name: str,
    required: str,
    of: Callable[[Rules], Iterable[tuple[object, ...]]],
    /,
    **schema: pl.DataType,
) -> Entity:
    def parse(entity: Entity, content: bytes, origin: Provenance) -> Rows:
        try:
            rules = read(origin.dataset, content)
        except DefinitionError as error:
            raise SchemaError(f"{entity.name}: {error}") from error
        rows = [list(row) for row in of(rules)]
        return Rows(pl.DataFrame(rows, schema=dict(entity.schema), orient="row"), rejected({}, []))

    return Entity(name, schema, frozenset(required.split()), parse)


ENTITIES: Mapping[str, Entity] = {
    entity.name: entity
    for entity in (
        _entity(
            "universe",
            "universe_id title min_volume_usd min_age_days max_staleness_hours history_coins",
            lambda rules: (
                (
                    *(one.universe_id, one.title, one.min_volume_usd, one.min_age_days),
                    *(one.max_staleness_hours, one.history_coins, one.weight_limit),
                )
                for one in rules.universes
            ),
            universe_id=_TEXT,
            title=_TEXT,
            min_volume_usd=_NUMBER,
            min_age_days=_COUNT,
            max_staleness_hours=_COUNT,
            history_coins=_COUNT,
            weight_limit=_NUMBER,
        ),
        _entity(
            "basket",
            "universe_id title",
            lambda rules: ((one.universe_id, one.title, one.weight_limit) for one in rules.baskets),
            universe_id=_TEXT,
            title=_TEXT,
            weight_limit=_NUMBER,
        ),
        _entity(
            "basket_member",
            "universe_id coin_id",
            lambda rules: (
                (one.universe_id, *astuple(member))
                for one in rules.baskets
                for member in one.members
            ),
            universe_id=_TEXT,
            coin_id=_TEXT,
            first_date=_DAY,
            last_date=_DAY,
            note=_TEXT,
        ),
        _entity(
            "category",
            "universe_id category_id tier",
            lambda rules: (
                (one.universe_id, category_id, tier)
                for one in rules.universes
                for tier, listed in (("core", one.core_categories), ("meme", one.meme_categories))
                for category_id in listed
            ),
            universe_id=_TEXT,
            category_id=_TEXT,
            tier=_TEXT,
        ),
        _entity(
            "member",
            "universe_id coin_id",
            lambda rules: (
                (one.universe_id, *astuple(member))
                for one in rules.universes
                for member in one.members
            ),
            universe_id=_TEXT,
            coin_id=_TEXT,
            note=_TEXT,
        ),
        _entity(
            "benchmark",
            "coin_id",
            lambda rules: (astuple(one) for one in rules.benchmarks),
            coin_id=_TEXT,
            note=_TEXT,
        ),
        _entity(
            "twin",
            "coin_id of_coin_id kind",
            lambda rules: (astuple(one) for one in rules.twins),
            coin_id=_TEXT,
            of_coin_id=_TEXT,
            kind=_TEXT,
            note=_TEXT,
        ),
        _entity(
            "migration",
            "from_coin_id to_coin_id ratio started_date",
            lambda rules: (astuple(one) for one in rules.migrations),
            from_coin_id=_TEXT,
            to_coin_id=_TEXT,
            ratio=_NUMBER,
            started_date=_DAY,
            ended_date=_DAY,
            source=_TEXT,
            url=_TEXT,
        ),
        _entity(
            "exclusion",
            "universe_id coin_id reason",
            lambda rules: (
                (one.universe_id, *astuple(exclusion))
                for one in rules.universes
                for exclusion in one.exclusions
            ),
            universe_id=_TEXT,
            coin_id=_TEXT,
            reason=_TEXT,
        ),
    )
}


@dataclass(frozen=True)
class Universe:
    """The rule files of some folders, a user's own before the shipped ones, as a source."""

    folders: tuple[Path, ...]
    name: str = "universe"

    @property
    def entities(self) -> Mapping[str, Entity]:
        """What a rule file says, table by table."""
        return ENTITIES

    @property
    def about(self) -> About:
        """The program's own rules and the user's."""
        return About("Universe rules", "capbrief", "MIT")

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
        load(self.folders)
        contents = {path.stem: path.read_bytes() for path in files(self.folders)}
        for dataset in past.datasets(""):
            contents.setdefault(dataset.partition("/")[0], _TAKEN_AWAY)
        for stem, content in contents.items():
            for entity in ENTITIES:
                dataset = f"{stem}/{entity}"
                if [before for before, _ in past.payloads(dataset)] != [content]:
                    yield Unit(dataset, None, 0, partial(_table, stem, entity, content, wanted.now))


def _table(stem: str, entity: str, content: bytes, now: datetime, get: Get) -> list[Fetched]:
    origin = Provenance(
        source="universe",
        entity=entity,
        dataset=f"{stem}/{entity}",
        title=f"Universe rules {stem}: {entity}",
        url="",
        producer="capbrief",
        citation=f"capbrief, universe rules {stem}.toml",
        licence="MIT",
        media_type="application/toml",
        retrieved_at=now,
    )
    return [(content, origin)]
