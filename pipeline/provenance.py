"""Provenance: where a payload came from, and from when its rows were known."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_LONGEST_OFFSET_DAYS = 36_525


@dataclass(frozen=True)
class KnownAt:
    """When each row of a dated file became public, where that is not its retrieval time.

    Without ``column`` all rows share ``day``. With ``column`` and no ``values``, a row was
    known ``offset_days`` after the day in that column; with ``values``, on the day listed
    for the text in that column.
    """

    day: date | None = None
    column: str | None = None
    offset_days: int = 0
    values: Mapping[str, date] | None = None


@dataclass(frozen=True)
class Provenance:
    """Where a payload came from; printed beside every figure that descends from it.

    ``published_at`` and ``known_at`` are for dated files (bundled, imported), and null for
    live responses, which are known from their retrieval on. ``mapping`` is the text of the
    file that says how a user's own columns are to be read. Times are UTC.
    """

    source: str
    entity: str
    dataset: str
    title: str
    url: str
    producer: str
    citation: str
    licence: str
    media_type: str
    retrieved_at: datetime
    published_at: datetime | None = None
    known_at: KnownAt | None = None
    mapping: str | None = None

    def to_fields(self) -> dict[str, Any]:
        """Plain fields for JSON; times in ISO 8601, UTC."""
        return {name: _plain(value) for name, value in asdict(self).items()}

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any]) -> Provenance:
        """The provenance of plain fields.

        Raises:
            KeyError, TypeError, ValueError: a field is missing, unknown or not of its kind.
        """
        published, known = fields["published_at"], fields["known_at"]
        return cls(
            **{
                **fields,
                "retrieved_at": datetime.fromisoformat(fields["retrieved_at"]),
                "published_at": datetime.fromisoformat(published) if published else None,
                "known_at": _known_at(known) if known else None,
            }
        )


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return value.isoformat() if isinstance(value, date) else value


def _known_at(fields: Mapping[str, Any]) -> KnownAt:
    day, values, offset_days = fields["day"], fields["values"], fields["offset_days"]
    if abs(offset_days) > _LONGEST_OFFSET_DAYS:
        raise ValueError(f"offset_days is {offset_days}")
    return KnownAt(
        day=date.fromisoformat(day) if day else None,
        column=fields["column"],
        offset_days=offset_days,
        values={key: date.fromisoformat(text) for key, text in values.items()} if values else None,
    )
