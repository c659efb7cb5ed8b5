"""The registry of charts: what each needs of its rows before it can draw them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, TypeAlias

from pipeline.errors import DefinitionError
from pipeline.report.language import Language
from pipeline.report.marks import Rows, Spec

Draw: TypeAlias = Callable[[Rows, int, Language], Spec]


class NotEnoughDataError(Exception):
    """Nothing can be drawn: ``n`` is how many usable rows, or days, there are."""

    def __init__(self, n: int) -> None:
        """Note how many there are."""
        super().__init__(f"not enough data (n = {n})")
        self.n = n


@dataclass(frozen=True)
class Chart:
    """A registered chart: the columns it needs, and the function that draws it.

    ``words`` say which row it is and how it looks, ``numbers`` are what is drawn, above zero
    where ``is_log``. ``over`` is the one of the words that runs along the horizontal axis of a
    chart of lines or areas: it takes two values of it to draw one, and unknown numbers are gaps.

    ``draw`` takes rows, a width in pixels and the language of its numbers, and is called with
    what ``drawable`` returns alone.
    """

    words: tuple[str, ...]
    numbers: tuple[str, ...]
    over: str
    is_log: bool
    draw: Draw

    @property
    def columns(self) -> tuple[str, ...]:
        """What its query must return."""
        return self.words + self.numbers

    def drawable(self, rows: Rows) -> Rows:
        """The rows that can be drawn: whole ones, and gaps between them; numbers as floats.

        Raises:
            DefinitionError: a column is not there, or holds what cannot be drawn; the message
                names it.
            NotEnoughDataError: too few rows are whole.
        """
        lacking = [column for column in self.columns if rows and column not in rows[0]]
        if lacking:
            raise DefinitionError(f"needs the column {', '.join(lacking)} as well")
        named = [
            {**row, **{column: self._number(column, row[column]) for column in self.numbers}}
            for row in rows
            if all(self._word(column, row[column]) for column in self.words)
        ]
        whole = [row for row in named if all(row[column] is not None for column in self.numbers)]
        n = len({row[self.over] for row in whole}) if self.over else len(whole)
        if n < (2 if self.over else 1):
            raise NotEnoughDataError(n)
        return named if self.over else whole

    def _number(self, column: str, value: Any) -> float | None:
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
            raise DefinitionError(f"column {column} must hold numbers, not a {_kind(value)}")
        if not math.isfinite(value) or (self.is_log and value <= 0):
            return None
        return float(value)

    def _word(self, column: str, value: Any) -> bool:
        """Whether the word is known."""
        if isinstance(value, list | dict | bytes):
            raise DefinitionError(f"column {column} must hold single words, not a {_kind(value)}")
        return value is not None


def _kind(value: object) -> str:
    return type(value).__name__


CHARTS: Final[dict[str, Chart]] = {}


def chart(
    *words: str, numbers: tuple[str, ...], over: str = "", is_log: bool = False
) -> Callable[[Draw], Draw]:
    """Register a chart under its function's name, with what its query must return."""

    def register(draw: Draw) -> Draw:
        CHARTS[draw.__name__] = Chart(words, numbers, over, is_log, draw)
        return draw

    return register


def known(rows: Rows, *columns: str) -> list[float]:
    """All numbers of some columns that are not gaps."""
    return [row[column] for row in rows for column in columns if row[column] is not None]
