"""What a test may set: the clock, the plan, members, values. Unset, the generated data hold."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from typing import Any

Members = dict[str, list[str]]


@dataclass(frozen=True)
class Options:
    """All of it; ``changed`` gives a new one.

    ``members`` replaces the members of a category, ``add`` and ``drop`` change them.
    ``coins`` holds fields of market rows by coin id, ``categories`` fields of category rows by
    category id (null for one that vanished). ``chart`` holds points by coin id and the day of
    their midnight stamp: ``price``, ``market_cap``, ``total_volume``, each a number, null, or
    "absent" for a point that this array has not; null for a day that none has. Ids that are
    named anywhere exist. ``recorded`` serves a file of the recorded folder for a path.
    """

    plan: str = "demo"
    now: datetime | None = None
    members: Members = field(default_factory=dict)
    add: Members = field(default_factory=dict)
    drop: Members = field(default_factory=dict)
    coins: dict[str, dict[str, Any]] = field(default_factory=dict)
    categories: dict[str, dict[str, Any] | None] = field(default_factory=dict)
    chart: dict[str, dict[str, dict[str, Any] | None]] = field(default_factory=dict)
    delisted: tuple[str, ...] = ()
    recorded: dict[str, str] = field(default_factory=dict)
    limits: bool = False
    per_minute: int | None = None
    monthly_credit: int = 100_000
    credits_used: int = 0

    @property
    def moment(self) -> datetime:
        """The time by which everything is stamped.

        By the real clock it stands for a minute, as the vendor's caches do.
        """
        return self.now or datetime.now(UTC).replace(second=0, microsecond=0)

    @property
    def named(self) -> set[str]:
        """Coin ids that exist because they were named."""
        found = {*self.coins, *self.chart}
        for lists in (self.members, self.add):
            found.update(one for ids in lists.values() for one in ids)
        return found

    def changed(self, changes: dict[str, Any]) -> Options:
        """These options with some set; those that are tables are set entry by entry.

        Raises:
            ValueError: there is no such option.
        """
        known = {one.name for one in fields(self)}
        made: dict[str, Any] = {}
        for name, value in changes.items():
            if name not in known:
                raise ValueError(f"no option {name!r}; there are {', '.join(sorted(known))}")
            old = getattr(self, name)
            if isinstance(old, dict):
                made[name] = _merged(old, value)
            elif name == "now":
                made[name] = None if value is None else parse_moment(value)
            else:
                made[name] = tuple(value) if isinstance(old, tuple) else value
        return replace(self, **made)


def _merged(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    both = {
        key: {**old[key], **value}
        for key, value in new.items()
        if isinstance(value, dict) and isinstance(old.get(key), dict)
    }
    return {**old, **new, **both}


def parse_moment(text: str) -> datetime:
    """ISO 8601; without an offset it is UTC."""
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
