"""Universes as a source: which tokens count is data, with versions of its own."""

from __future__ import annotations

from dataclasses import astuple
from typing import TYPE_CHECKING

import polars as pl

from pipeline.extract import rule_files
from pipeline.extract.rule_files import Kind, RuleFiles
from pipeline.extract.universe_rules import load, read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from pipeline.extract.universe_rules import Rules
    from pipeline.source import Entity

_TEXT, _NUMBER, _COUNT, _DAY = pl.String(), pl.Float64(), pl.Int64(), pl.Date()


def _entity(
    name: str,
    required: str,
    of: Callable[[Rules], Iterable[tuple[object, ...]]],
    /,
    **schema: pl.DataType,
) -> Entity:
    return rule_files.entity(name, required, read, of, **schema)


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


class Universe(RuleFiles):
    """Which tokens count."""

    kind = Kind("universe", "Universe rules", ENTITIES, load)
