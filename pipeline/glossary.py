"""Glossary: what a column is and in what unit, said once for all tables.

``sql/columns.toml`` says it by the column's name. A table that means something else by a name
says so itself: a SQL file in its header with ``-- column <name>: text``, a table that is made
by code beside its description.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from typing import TYPE_CHECKING

from pipeline import resources
from pipeline.errors import SqlError

if TYPE_CHECKING:
    from collections.abc import Mapping

DESCRIBED = ("marts", "estimates")
"""The layers whose every column has a description, in the database too."""

_QUANTILE = re.compile(r"(.+)_p(\d\d)")
_BOUND = re.compile(r"_(low|high)$")


@dataclass(frozen=True)
class Glossary:
    """Descriptions by column name, and units by the pattern that a name fits."""

    columns: Mapping[str, str]
    units: Mapping[str, str]

    def description(self, column: str, own: Mapping[str, str]) -> str | None:
        """What a column is, or None where nothing says it.

        The name as it is comes before its stem without the quantile, and what the table says
        itself (``own``) before the glossary.
        """
        known = {**self.columns, **own}
        quantile = _QUANTILE.fullmatch(column)
        if column in known or quantile is None:
            return known.get(column)
        stem = known.get(quantile[1])
        return f"{_ordinal(int(quantile[2]))}. {stem}" if stem else None

    def unit(self, column: str) -> str | None:
        """The unit that a name ends in; ``by row`` where another column of the row says it."""
        quantile = _QUANTILE.fullmatch(column)
        stem = _BOUND.sub("", quantile[1] if quantile else column)
        fitting = (unit for pattern, unit in self.units.items() if fnmatchcase(stem, pattern))
        return next(fitting, None)


@cache
def shipped() -> Glossary:
    """The glossary beside the shipped SQL files."""
    content = tomllib.loads((resources.SQL / "columns.toml").read_text(encoding="utf-8"))
    return Glossary(content["columns"], content["units"])


def comments(table: str, present: Mapping[str, str | None], own: Mapping[str, str]) -> list[str]:
    """Statements that make DuckDB keep what columns are, with their units; none where it does.

    Args:
        table: ``layer.name``.
        present: the comment that each column of the table has now.
        own: what the table itself says of some of them.

    Raises:
        SqlError: ``own`` describes a column that the table does not have.
    """
    for name in own:
        if name not in present:
            raise SqlError(f"{table}: its header describes column {name}, which it does not have")
    return [
        f'comment on column {table}."{column}" is {_quoted(text) if text else "null"}'
        for column, before in present.items()
        if (text := _comment(column, own)) != before
    ]


def _comment(column: str, own: Mapping[str, str]) -> str | None:
    text, unit = shipped().description(column, own), shipped().unit(column)
    return f"{text} [{unit}]" if text and unit else text


def _ordinal(percentile: int) -> str:
    return "Median" if percentile == 50 else f"{percentile}th percentile"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
