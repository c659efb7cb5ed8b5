"""Outcome: what a fetch brought and what it did not, and how it is to end."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipeline.errors import (
    AuthError,
    BadAnswerError,
    CapbriefError,
    PartialError,
    QualityError,
    UnavailableError,
)

if TYPE_CHECKING:
    from pipeline import load
    from pipeline.entry import Membership, Missing
    from pipeline.source import Unit

# With more than this share of the units refused, it is not the units that are odd.
_MOST_REFUSED = 0.3


@dataclass
class Outcome:
    """What a fetch brought, and what it did not.

    ``parsed`` spares a build of the same process the reading of what was just read.
    """

    units: int = 0
    payloads: int = 0
    calls: int = 0
    gaps: list[Missing] = field(default_factory=list)
    held: tuple[Membership, ...] = ()
    failures: list[tuple[Unit, CapbriefError]] = field(default_factory=list)
    parsed: dict[load.Key, load.Parsed] = field(default_factory=dict)

    def must_have_required(self) -> None:
        """Raise what kept a required unit from being had."""
        required = [
            error
            for unit, error in self.failures
            # A refused key ends the run, whatever it was just asked for.
            if unit.is_required or type(error) is AuthError
        ]
        refused = [error for _, error in self.failures if isinstance(error, QualityError)]
        if len(refused) > _MOST_REFUSED * (self.units + len(self.failures)):
            required += refused
        if required:
            # A refused key explains all that failed after it; else the first failure does.
            worst = next((e for e in required if isinstance(e, AuthError)), required[0])
            others = len(self.failures) - 1
            more = f" ({others} more failed)" if others else ""
            raise type(worst)(f"{worst}{more}") from worst

    def must_have_something(self) -> None:
        """Raise what kept everything from being had; of a backfill no single unit is required."""
        self.must_have_required()
        errors = [error for _, error in self.failures]
        down = [one for one in errors if type(one) in (UnavailableError, BadAnswerError)]
        if not self.units and down:
            raise type(down[0])(f"{down[0]} ({len(errors)} failed)") from down[0]

    def must_be_whole(self) -> None:
        """Raise for a membership that waits, then for anything that is missing.

        Raises:
            QualityError: a membership changed by too much to be believed unseen.
            PartialError: something optional could not be had.
        """
        if self.held:
            raise QualityError(self.unmet())
        if self.failures:
            raise PartialError(self.unmet())

    def unmet(self) -> str:
        """What waits or could not be had, a line each."""
        lines = [_waiting(one) for one in self.held]
        # One error may stand for all that was not tried after it.
        units: dict[int, list[tuple[Unit, CapbriefError]]] = {}
        for unit, error in self.failures:
            units.setdefault(id(error), []).append((unit, error))
        for (unit, error), *others in units.values():
            more = f" ({len(others)} more were not asked for)" if others else ""
            lines.append(f"{_about(unit, error)}{more}")
        return "\n".join(lines)


def _waiting(one: Membership) -> str:
    return (
        f"{one.dataset}: {len(one.entered)} entered and {len(one.left)} left of {one.n_before} "
        "members, over a fifth; the last accepted members stay. Look with 'capbrief universe', "
        "then 'capbrief universe accept'"
    )


def _about(unit: Unit, error: CapbriefError) -> str:
    said = str(error)
    return said if said.startswith(f"{unit.dataset}:") else f"{unit.dataset}: {said}"
