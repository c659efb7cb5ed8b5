"""Universe rules: TOML files that say which tokens count, read whole and checked at once."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from pipeline.errors import DefinitionError
from pipeline.extract.rule_files import content_of, files, values
from pipeline.extract.toml_table import TomlTable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

TWIN_KINDS = ("wrapped", "staked", "bridged", "renamed")

# As far back as sql/marts/token_eligibility_day.sql looks for them.
_OLDEST_DAYS = 60
# sql/marts/sector_step_day.sql looks at the 20 largest for who is over a limit.
_LEAST_LIMIT = 0.05
_TAKEN_IDS = frozenset({"compute-daily", "ai-17"})
_UNIVERSE_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


@dataclass(frozen=True)
class Named:
    """A coin and what is said of it: a member's note, a benchmark's, why one is left out."""

    coin_id: str
    text: str


@dataclass(frozen=True)
class Universe:
    """One rule: categories and members in, exclusions out, and floors.

    ``meme_categories`` are fetched and shown, and not counted. The floor of volume is a 30-day
    median in USD; ``history_coins`` is of how many coins the daily history is kept.
    """

    universe_id: str
    title: str
    min_volume_usd: float
    min_age_days: int
    max_staleness_hours: int
    history_coins: int
    core_categories: tuple[str, ...]
    meme_categories: tuple[str, ...]
    members: tuple[Named, ...]
    exclusions: tuple[Named, ...]
    weight_limit: float | None


@dataclass(frozen=True)
class BasketMember:
    """A coin of a basket, and between which days it is one; None: from or for ever."""

    coin_id: str
    first_date: date | None
    last_date: date | None
    note: str


@dataclass(frozen=True)
class Basket:
    """Coins by name, followed on all days that daily closes are there of, not on crawls."""

    universe_id: str
    title: str
    weight_limit: float | None
    members: tuple[BasketMember, ...]


@dataclass(frozen=True)
class Twin:
    """A coin that is another one in a wrapper, so that only the other counts."""

    coin_id: str
    of_coin_id: str
    kind: str
    note: str


@dataclass(frozen=True)
class Migration:
    """A coin that is exchanged for another at a fixed ratio (new ones for one old).

    With the same id twice, the vendor kept the id and changed the symbol.
    """

    from_coin_id: str
    to_coin_id: str
    ratio: float
    started_date: date
    ended_date: date | None
    source: str
    url: str


@dataclass(frozen=True)
class Rules:
    """All that one file says; ``file`` is its name, for complaints."""

    file: str
    universes: tuple[Universe, ...]
    baskets: tuple[Basket, ...]
    benchmarks: tuple[Named, ...]
    twins: tuple[Twin, ...]
    migrations: tuple[Migration, ...]

    @property
    def all_universes(self) -> tuple[Universe | Basket, ...]:
        """Universes of both kinds."""
        return (*self.universes, *self.baskets)


def load(folders: Sequence[Path]) -> list[Rules]:
    """The rules of all files.

    Raises:
        DefinitionError: a file cannot be used, or two files have a universe of the same id.
    """
    found = []
    for path in files(folders):
        found.append(read(str(path), content_of(path)))
    owner: dict[str, str] = {}
    for rules in found:
        for universe in rules.all_universes:
            first = owner.setdefault(universe.universe_id, rules.file)
            if first != rules.file:
                raise DefinitionError(
                    f"{rules.file}: universe {universe.universe_id}: is in {first} too; give one "
                    "of them another id"
                )
    return found


def named_coins(rules: Iterable[Rules]) -> list[str]:
    """The coins that are named, whatever their categories: benchmarks, then members."""
    files = list(rules)
    named = [one.coin_id for each in files for one in each.benchmarks]
    named += [
        one.coin_id for each in files for universe in each.all_universes for one in universe.members
    ]
    return list(dict.fromkeys(named))


def read(name: str, content: bytes) -> Rules:
    """The rules in the bytes of a file.

    Raises:
        DefinitionError: it cannot be used; one line for each finding, ``file: key: reason``.
    """
    findings: list[str] = []
    file = TomlTable(name, values(name, content), findings)
    rules = Rules(
        file=name,
        universes=tuple(_universe(table) for table in file.tables("universe")),
        baskets=tuple(_basket(table) for table in file.tables("basket")),
        benchmarks=tuple(_named(table, "note") for table in file.tables("benchmark")),
        twins=tuple(_twin(table) for table in file.tables("twin")),
        migrations=tuple(_migration(table) for table in file.tables("migration")),
    )
    file.done()
    _must_agree(rules, file)
    if findings:
        raise DefinitionError("\n".join(findings))
    return rules


def _universe(table: TomlTable) -> Universe:
    universe = Universe(
        universe_id=table.text("id"),
        title=table.text("title"),
        min_volume_usd=table.number("min_volume_usd"),
        min_age_days=table.whole("min_age_days"),
        max_staleness_hours=table.whole("max_staleness_hours"),
        history_coins=table.whole("history_coins"),
        core_categories=table.texts("core_categories"),
        meme_categories=table.texts("meme_categories"),
        members=tuple(_named(one, "note") for one in table.tables("member")),
        exclusions=tuple(_named(one, "reason") for one in table.tables("exclusion")),
        weight_limit=_weight_limit(table),
    )
    table.done()
    _must_be_free(table, universe.universe_id)
    if universe.min_age_days > _OLDEST_DAYS:
        table.fault("min_age_days", f"is over {_OLDEST_DAYS}: signs of age are not kept longer")
    if not (universe.core_categories or universe.members):
        table.fault("core_categories", "is empty, and there is no member: nothing would count")
    for category in sorted({*universe.core_categories} & {*universe.meme_categories}):
        table.fault("meme_categories", f"{category} is in core_categories too")
    members, excluded = (_ids(each) for each in (universe.members, universe.exclusions))
    for coin_id in _twice(members):
        table.fault("member", f"{coin_id} is there twice")
    for coin_id in _twice(excluded):
        table.fault("exclusion", f"{coin_id} is there twice")
    for coin_id in sorted({*members} & {*excluded}):
        table.fault("exclusion", f"{coin_id} is a member too; take one of them out")
    return universe


def _basket(table: TomlTable) -> Basket:
    basket = Basket(
        universe_id=table.text("id"),
        title=table.text("title"),
        weight_limit=_weight_limit(table),
        members=tuple(_basket_member(one) for one in table.tables("member")),
    )
    table.done()
    _must_be_free(table, basket.universe_id)
    if not basket.members:
        table.fault("member", "is missing: nothing would count")
    for coin_id in _twice([one.coin_id for one in basket.members if one.coin_id]):
        table.fault("member", f"{coin_id} is there twice")
    return basket


def _basket_member(table: TomlTable) -> BasketMember:
    member = BasketMember(
        coin_id=_coin_id(table, "coin_id"),
        first_date=table.day("first_date", is_optional=True),
        last_date=table.day("last_date", is_optional=True),
        note=table.text("note"),
    )
    table.done()
    if member.first_date and member.last_date and member.last_date < member.first_date:
        table.fault("last_date", "is before first_date")
    return member


def _weight_limit(table: TomlTable) -> float | None:
    """The largest share of a member in the limited index, None where the file sets none."""
    limit = table.number("weight_limit", is_optional=True)
    if limit is not None and not _LEAST_LIMIT <= limit <= 1:
        table.fault("weight_limit", f"must be from {_LEAST_LIMIT} to 1")
    return limit


def _must_be_free(table: TomlTable, universe_id: str) -> None:
    if not _UNIVERSE_ID.fullmatch(universe_id or "missing"):
        table.fault("id", "must be of small letters, digits and single hyphens")
    if universe_id in _TAKEN_IDS:
        table.fault("id", "is a universe of the bundled edition; choose another")


def _named(table: TomlTable, key: str) -> Named:
    named = Named(_coin_id(table, "coin_id"), table.text(key))
    table.done()
    return named


def _twin(table: TomlTable) -> Twin:
    twin = Twin(
        coin_id=_coin_id(table, "coin_id"),
        of_coin_id=_coin_id(table, "of_coin_id"),
        kind=table.choice("kind", TWIN_KINDS),
        note=table.text("note"),
    )
    table.done()
    if twin.coin_id and twin.coin_id == twin.of_coin_id:
        table.fault("of_coin_id", "is the coin itself, which then would never count")
    return twin


def _migration(table: TomlTable) -> Migration:
    started = table.day("started_date")
    migration = Migration(
        from_coin_id=_coin_id(table, "from_coin_id"),
        to_coin_id=_coin_id(table, "to_coin_id"),
        ratio=table.number("ratio", above=0),
        started_date=started or date.min,
        ended_date=table.day("ended_date", is_optional=True),
        source=table.text("source"),
        url=table.text("url"),
    )
    table.done()
    if migration.from_coin_id == migration.to_coin_id and migration.ratio != 1:
        table.fault("ratio", "must be 1 where the vendor kept the id")
    if migration.ended_date and migration.ended_date < migration.started_date:
        table.fault("ended_date", "is before started_date")
    return migration


def _coin_id(table: TomlTable, key: str) -> str:
    coin_id = table.text(key)
    is_clean = coin_id == coin_id.strip() and coin_id.isprintable()
    if not is_clean or "," in coin_id or coin_id in (".", ".."):
        table.fault(key, f"{coin_id!r} is no coin id")
    return coin_id


def _must_agree(rules: Rules, file: TomlTable) -> None:
    """Note what contradicts itself across the tables of a file."""
    twins = [twin.coin_id for twin in rules.twins]
    for key, ids in (
        ("universe", [one.universe_id for one in rules.all_universes]),
        ("benchmark", _ids(rules.benchmarks)),
        ("twin", twins),
        ("migration", [migration.from_coin_id for migration in rules.migrations]),
    ):
        for twice in _twice(ids):
            file.fault(key, f"{twice} is there twice")
    for twin in rules.twins:
        if twin.of_coin_id in twins and twin.of_coin_id != twin.coin_id:
            file.fault("twin", f"{twin.coin_id} is of {twin.of_coin_id}, which is a twin itself")
    for universe in rules.all_universes:
        for coin_id in sorted({one.coin_id for one in universe.members} & {*twins}):
            file.fault("twin", f"{coin_id} is a member of {universe.universe_id} too")


def _ids(named: Iterable[Named]) -> list[str]:
    return [one.coin_id for one in named if one.coin_id]


def _twice(ids: Sequence[str]) -> list[str]:
    return [one for one, times in Counter(ids).items() if times > 1 and one]
