"""JSON answers: entities whose rows lie in the answer of an interface, as a list or one by one.

Only keys that are known are read. A key that is vital and gone from every row was renamed: the
answer is refused. What is in the rows besides is told (``schema_new_field``) and kept in the
payload.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from pipeline.errors import QualityError, SchemaError
from pipeline.extract.json_rows import read
from pipeline.source import Entity
from pipeline.strict_json import JsonError, decode

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pipeline.extract.json_rows import Field
    from pipeline.provenance import Provenance
    from pipeline.source import Past, Rows

# Clocks differ; what a source saw more than this after its own answer is a wrong time.
_AHEAD = timedelta(minutes=5)
# Sources sum up a day some time after its end.
_UNTIL_FINAL = timedelta(hours=1)
_YEAR_10000 = 253_402_300_800


@dataclass(frozen=True)
class Shape:
    """Where the rows of one entity lie in an answer, and what they must be.

    ``items`` makes of the value of an answer the objects that are rows; it raises SchemaError
    where they are not where they were. ``choose`` leaves out those that do not count yet (an
    unfinished day), or adds what only the provenance tells. ``key`` names the keys that tell one
    row from another: a second row of the same is rejected. ``judge`` says what is wrong with a
    row as a whole, or None. ``vital`` are keys that at least one row must have, ``unread`` those
    that are known and not read.
    """

    fields: tuple[Field, ...]
    items: Callable[[Any], Sequence[Any]]
    choose: Callable[[Sequence[Any], Provenance], Sequence[Any]] = lambda items, origin: items
    key: tuple[str, ...] = ()
    vital: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    judge: Callable[[Mapping[str, Any]], str | None] = lambda item: None


def entity(name: str, shape: Shape, *, dated_by: str | None = None) -> Entity:
    """The entity whose rows have that shape."""

    def parse(entity: Entity, content: bytes, origin: Provenance) -> Rows:
        try:
            items = shape.items(_decoded(content))
            _must_have(shape.vital, items)
            items = shape.choose(items, origin)
        except SchemaError as error:
            raise SchemaError(f"{name}: {error}") from error
        latest = origin.retrieved_at.astimezone(UTC).replace(tzinfo=None) + _AHEAD
        return read(shape.fields, items, latest=latest, faults=_faults(shape, items))

    def new_fields(entity: Entity, content: bytes) -> Sequence[str]:
        known = {field.key for field in shape.fields}.union(shape.unread)
        return sorted(_keys(shape, content) - known)

    return Entity(
        name,
        {field.name: field.kind.dtype for field in shape.fields},
        frozenset(field.name for field in shape.fields if field.is_required),
        parse,
        new_fields,
        dated_by,
    )


def dig(value: Any, *path: str) -> Any:
    """The value that lies below some keys, one in another; None where one of them is not there."""
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def listed(value: Any, *path: str) -> list[Any]:
    """The list below some keys.

    Raises:
        SchemaError: there is none, or it is empty.
    """
    found = dig(value, *path)
    where = f"'{'.'.join(path)}'" if path else "the answer"
    if not isinstance(found, list):
        raise SchemaError(f"{where} is no list any more; a newer capbrief may read it")
    if not found:
        raise SchemaError(f"{where} is an empty list, where there was always something")
    return found


def finished(key: str) -> Callable[[Sequence[Any], Provenance], Sequence[Any]]:
    """Leave out the points of days that were not over an hour before the answer came.

    ``key`` holds the day, as text that begins with it or in seconds of its midnight.
    """

    def choose(items: Sequence[Any], origin: Provenance) -> Sequence[Any]:
        at = origin.retrieved_at.astimezone(UTC)
        open_days = {f"{day:%Y-%m-%d}" for day in (at, at - _UNTIL_FINAL)}
        return [item for item in items if _day(dig(item, key)) not in open_days]

    return choose


def _day(value: Any) -> str | None:
    if type(value) in (int, float) and 0 <= value < _YEAR_10000:
        return f"{datetime.fromtimestamp(value, UTC):%Y-%m-%d}"
    return value[:10] if isinstance(value, str) else None


def gate(*path: str) -> Callable[[Any], str | None]:
    """A gate that lets an answer pass whose list below some keys has something in it."""

    def judge(value: Any) -> str | None:
        try:
            listed(value, *path)
        except SchemaError as error:
            return str(error)
        return None

    return judge


def flat(item: Any) -> Any:
    """An object with the keys of the objects in it beside its own, joined by points."""
    if not isinstance(item, dict):
        return item
    found: dict[str, Any] = {}
    for key, value in item.items():
        if isinstance(value, dict):
            inner = flat(value)
            found.update({f"{key}.{name}": each for name, each in inner.items()})
        else:
            found[key] = value
    return found


def numbers(item: Mapping[str, Any], *keys: str) -> list[float] | None:
    """The values of some keys, or None where one of them is no number: another rule says so."""
    found = [item.get(key) for key in keys]
    kept = [one for one in found if isinstance(one, int | float) and not isinstance(one, bool)]
    return kept if len(kept) == len(found) else None


def no_more_than(part: str, whole: str) -> Callable[[Mapping[str, Any]], str | None]:
    """A judge of rows: a part of something may not be more than all of it."""

    def judge(item: Mapping[str, Any]) -> str | None:
        found = numbers(item, part, whole)
        if found is not None and found[0] > found[1]:
            return f"{part}: is more than all of {whole}"
        return None

    return judge


def unchanged_past(
    entity: Entity, dataset: str, *, day: str, value: str
) -> Callable[[Past, Sequence[Rows]], None]:
    """A review of a history that comes whole each time: what was told before must still stand.

    Where more than 30 % of the days of the earlier answer have gone, or moved by more than 10 %,
    the unit changed (percent and fraction, cents and dollars) or the answer is of something else:
    it is refused. A rewrite that stands for a week is believed, for publishers do correct
    themselves; both versions stay on record.
    """

    def review(past: Past, rows: Sequence[Rows]) -> None:
        before = past.payloads(dataset)
        # Without rows the same bytes came again.
        if not before or not rows:
            return
        now: dict[Any, Any] = {}
        for each in rows:
            now |= dict(each.accepted.select(day, value).rows())
        then: dict[Any, Any] = {}
        for content, origin in before:
            then |= dict(entity.parse(entity, content, origin).accepted.select(day, value).rows())
        had_at = max(origin.retrieved_at for _, origin in before).astimezone(UTC).date()
        if now and max(now) - had_at >= timedelta(days=7):
            return
        moved = [one for one in then if one not in now or _is_far(then[one], now[one])]
        if len(moved) > 0.3 * len(then):
            raise QualityError(
                f"{dataset}: {len(moved)} of {len(then)} days that were told before are gone or "
                "moved by over 10 %; what was there stays, and a rewrite that stands for a week "
                "is taken over"
            )

    return review


def _is_far(then: float, now: float) -> bool:
    return abs(now - then) > 0.1 * max(abs(then), abs(now))


def _decoded(content: bytes) -> Any:
    try:
        return decode(content)
    except JsonError as error:
        raise SchemaError(str(error)) from error


def _must_have(vital: Sequence[str], items: Sequence[Any]) -> None:
    objects = [item for item in items if isinstance(item, dict)]
    for key in vital:
        if objects and not any(key in item for item in objects):
            raise SchemaError(
                f"no row has '{key}' any more; the source changed its answer, and a newer "
                "capbrief may read it"
            )


def _faults(shape: Shape, items: Sequence[Any]) -> dict[int, str]:
    """What is wrong with rows as a whole, by place: unlike the others, or a second of the same."""
    found: dict[int, str] = {}
    seen: set[str] = set()
    for place, item in enumerate(items):
        if not isinstance(item, dict):
            continue
        if shape.key:
            name = json.dumps([item.get(key) for key in shape.key], sort_keys=True)
            if name in seen:
                found[place] = f"is listed twice ({', '.join(shape.key)})"
                continue
            seen.add(name)
        if reason := shape.judge(item):
            found[place] = reason
    return found


def _keys(shape: Shape, content: bytes) -> set[str]:
    """Keys of the rows; the answer was parsed once already, so that its shape is right."""
    found: set[str] = set()
    for item in shape.items(_decoded(content)):
        if isinstance(item, dict):
            found.update(item)
    return found
