"""Split basis: in shares of which day a series of closes is stated.

A vendor restates old prices after each split, so that copies of one series differ by exact
factors (NVDA's by 10 or 40), by the day on which they were downloaded. A basis is found from two
kinds of evidence, closes that are known from elsewhere and the jump at an ex-date, or it stays
unknown: no figure says by itself what it is adjusted for.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise
from math import exp, log
from typing import TYPE_CHECKING

from pipeline.errors import SchemaError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

AS_TRADED = "as traded"
UNKNOWN = "unknown"
_THROUGH = "split-adjusted through "

# Copies round to the cent, and some are adjusted for dividends of the last years (0.4 %).
_AGREE = log(1.01)
# Dividends since 2012 make 8 % of NVDA's closes of then.
_DIVIDENDS = log(1.25)
# Of the logarithm of a ratio: as far as the day's own move may hide or feign the jump of a split.
_NEAR = 0.4
# No day of AMD or NVDA moved so far; a reverse or an unlisted split does.
_STEP = log(1.9)
# From the last close before an ex-date to the first one after it; in 2001 exchanges were shut.
_LONGEST_PAUSE = timedelta(days=10)


@dataclass(frozen=True)
class Split:
    """A split: from ``ex_date`` on one share of before is ``ratio`` shares."""

    ex_date: date
    ratio: float


@dataclass(frozen=True)
class Share:
    """What is known of a share: its splits in order, and closes as they were traded."""

    splits: tuple[Split, ...] = ()
    closes: Mapping[date, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Basis:
    """In shares of which day prices are stated, and how that is known.

    Without ``day`` each price is in shares of its own day, or nobody knows.
    """

    text: str
    day: date | None
    note: str


def declared_day(text: str) -> date | None:
    """The day of a basis that somebody states; None for prices as they were traded.

    Raises:
        ValueError: the text names no basis.
    """
    if text == AS_TRADED:
        return None
    found = re.fullmatch(f"{_THROUGH}([0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}})", text)
    try:
        if found:
            return date.fromisoformat(found[1])
    except ValueError:
        pass
    raise ValueError(f"{text!r} is neither {AS_TRADED!r} nor like '{_THROUGH}2024-06-10'")


def factor(splits: Iterable[Split], day: date, through: date | None) -> float:
    """Shares on ``through`` for one of ``day``; 1 where ``through`` is None or earlier."""
    product = 1.0
    for split in splits:
        if through is not None and day < split.ex_date <= through:
            product *= split.ratio
    return product


def find(
    ticker: str, closes: Mapping[date, float], share: Share, declared: str | None = None
) -> Basis:
    """The basis of a series of closes, by its evidence and by what its user says.

    Raises:
        SchemaError: the closes are another share's, or not on the basis that is declared.
    """
    if not share.splits:
        return _unlisted(ticker, declared)
    evidence = _Evidence(ticker, closes, share)
    places = evidence.places()
    if declared is None:
        return evidence.basis(places)
    day = declared_day(declared)
    place = sum(split.ex_date <= day for split in share.splits) if day else 0
    if evidence.effective(place) not in places:
        found = evidence.basis(places)
        raise SchemaError(
            f"basis: {ticker} is said to be {declared}, but its closes say otherwise ({found.note})"
        )
    return evidence.basis({evidence.effective(place)})


def _unlisted(ticker: str, declared: str | None) -> Basis:
    if declared is None:
        return Basis(UNKNOWN, None, f"no splits of {ticker} are listed; say --basis")
    day = declared_day(declared)
    if day is None:
        raise SchemaError(
            f"basis: closes of {ticker} as traded cannot be used, since no splits of it are "
            "listed; bring a split-adjusted file"
        )
    return Basis(declared, day, f"as its user says; no splits of {ticker} are listed")


class _Evidence:
    """What closes tell of their basis.

    A place is a number of splits: prices at place 2 are adjusted for the first two splits and
    for no later one, at place 0 for none.
    """

    def __init__(self, ticker: str, closes: Mapping[date, float], share: Share) -> None:
        self._ticker, self._closes, self._splits = ticker, closes, share.splits
        self._days = sorted(closes)
        self._known = {day: close for day, close in share.closes.items() if day in closes}
        self._jumps = {split: self._jump(split) for split in share.splits}
        self._notes: list[str] = []
        self._is_odd = False

    def effective(self, place: int) -> int:
        """Splits before the first close leave no trace in the series."""
        return max(place, sum(split.ex_date <= self._days[0] for split in self._splits))

    def places(self) -> set[int]:
        """The places that all evidence allows; none where it contradicts itself."""
        places = {place for place in range(len(self._splits) + 1) if self._jumps_allow(place)}
        self._note_jumps()
        if self._known:
            places &= self._agreeing()
        if step := self._step():
            self._is_odd = True
            self._notes.append(step)
            return set()
        return {self.effective(place) for place in places}

    def basis(self, places: set[int]) -> Basis:
        """The basis where it is decided, else that it is unknown and why."""
        note = "; ".join(self._notes) or "no known close and no split lies in the file"
        if len(places) != 1:
            why = "evidence contradicts itself" if not places else "nothing decides; say --basis"
            return Basis(UNKNOWN, None, note if self._is_odd else f"{note}; {why}")
        [place] = places
        if place == self.effective(0):
            return Basis(AS_TRADED, None, note)
        day = self._splits[place - 1].ex_date
        return Basis(f"{_THROUGH}{day}", day, note)

    # --- Jumps at ex-dates -----------------------------------------------------------------

    def _jump(self, split: Split) -> bool | None:
        """Whether closes fall by the ratio at an ex-date; None where nothing can be said."""
        for before, after in pairwise(self._days):
            if before < split.ex_date <= after:
                if after - before > _LONGEST_PAUSE:
                    return None
                fall, ratio = log(self._closes[before] / self._closes[after]), log(split.ratio)
                if abs(fall - ratio) <= _NEAR * abs(ratio):
                    return True
                return False if abs(fall) <= _NEAR * abs(ratio) else None
        return None

    def _jumps_allow(self, place: int) -> bool:
        return all(
            self._jumps[split] is not (number <= place)
            for number, split in enumerate(self._splits, start=1)
        )

    def _note_jumps(self) -> None:
        for has_jump, words in ((True, "falls by the ratio at"), (False, "no jump at")):
            days = [str(split.ex_date) for split, jump in self._jumps.items() if jump is has_jump]
            if days:
                self._notes.append(f"{words} {', '.join(days)}")

    def _step(self) -> str | None:
        """The first move from one trading day to the next that no listed split explains."""
        for before, after in pairwise(self._days):
            move = log(self._closes[after] / self._closes[before])
            is_listed = any(before < split.ex_date <= after for split in self._splits)
            if abs(move) > _STEP and not is_listed and after - before <= _LONGEST_PAUSE:
                return f"closes move by a factor of {exp(move):.3g} on {after}, without a split"
        return None

    # --- Known closes ----------------------------------------------------------------------

    def _residuals(self, place: int) -> list[float]:
        """By how much closes lie above the known ones on a basis, as logarithms."""
        through = self._splits[place - 1].ex_date if place else None
        return [
            log(self._closes[day] * factor(self._splits, day, through) / close)
            for day, close in sorted(self._known.items())
        ]

    def _agreeing(self) -> set[int]:
        """The places at which closes are the known ones.

        Raises:
            SchemaError: they are not at any, nor explained by dividends or one factor.
        """
        off = {place: self._residuals(place) for place in range(len(self._splits) + 1)}
        worst = {place: max(map(abs, each)) for place, each in off.items()}
        best = min(worst, key=lambda place: worst[place])
        n = len(self._known)
        if worst[best] <= _AGREE:
            self._notes.append(f"{n} known closes agree to {exp(worst[best]) - 1:.2%}")
            return {place for place in off if worst[place] <= _AGREE}
        self._is_odd = True
        if max(off[best]) <= _AGREE and worst[best] <= _DIVIDENDS and n > 1:
            self._notes.append(
                f"closes lie up to {1 - exp(-worst[best]):.1%} below known ones, as closes do that "
                "are adjusted for dividends too; bring the closes themselves"
            )
            return set()
        for each in off.values():
            if max(each) - min(each) <= _AGREE:
                self._notes.append(
                    f"closes are {exp(each[0]):.4g} times the {n} known: by a split that is not "
                    "listed, or in another currency"
                )
                return set()
        raise SchemaError(self._mismatch(best))

    def _mismatch(self, place: int) -> str:
        residuals: Sequence[float] = self._residuals(place)
        days = sorted(self._known)
        day = days[max(range(len(days)), key=lambda at: abs(residuals[at]))]
        return (
            f"ticker: the closes are not those of {self._ticker}: {self._closes[day]:g} on {day}, "
            f"when it closed at {self._known[day]:g} as traded, and no listed split explains it; "
            "check which share the file is of"
        )
