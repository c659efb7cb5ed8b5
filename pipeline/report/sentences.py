"""Sentences: text whose numbers are fields, ``{query.column:format}``, and how they are filled."""

from __future__ import annotations

import re
import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pipeline.errors import DefinitionError
from pipeline.report.formats import FORMATS, written, written_range
from pipeline.report.language import Language


@dataclass(frozen=True)
class Field:
    """One ``{query.column:format}`` or ``{query.low..high:format}`` of a sentence."""

    query: str
    columns: tuple[str, ...]
    format: str


_FIELD_NAME: Final = re.compile(r"(\w+)\.(\w+?)(?:\.\.(\w+))?")


def fields(text: str) -> tuple[Field, ...]:
    """The fields of a sentence, in order.

    Raises:
        DefinitionError: a brace is open, a field is not of the two forms above, or its
            format is unknown; the message is the reason alone.

    """
    found = []
    try:
        parts = list(string.Formatter().parse(text))
    except ValueError as error:
        raise DefinitionError(f"{error} (write {{{{ and }}}} for braces)") from error
    for _, name, spec, conversion in parts:
        if name is None:
            continue
        match = _FIELD_NAME.fullmatch(name)
        if match is None or conversion:
            raise DefinitionError(f"{{{name}}} is not of the form {{query.column:format}}")
        if spec not in FORMATS:
            known = ", ".join(sorted(FORMATS))
            raise DefinitionError(f"{{{name}:{spec}}} names no known format; known are {known}")
        query, low, high = match.groups()
        found.append(Field(query, (low, high) if high else (low,), spec or "text"))
    return tuple(found)


def is_known(text: str, facts: Mapping[str, Mapping[str, object]]) -> bool:
    """Whether every number that the sentence states is there.

    A column that its query does not have counts as known: ``fill`` complains of it.
    """
    return all(
        facts[field.query].get(column, "") is not None
        for field in fields(text)
        for column in field.columns
    )


class _Filler(string.Formatter):
    """Fills ``{query.column:format}`` from rows that queries have returned."""

    def __init__(self, facts: Mapping[str, Mapping[str, object]], language: Language) -> None:
        self.facts, self.language = facts, language

    def get_field(
        self, field_name: str, args: Sequence[Any], kwargs: Mapping[str, Any]
    ) -> tuple[Any, str]:
        query, _, name = field_name.partition(".")
        row, columns = self.facts[query], name.split("..")
        for column in columns:
            if column not in row:
                known = ", ".join(row)
                raise DefinitionError(f"query {query} has no column {column}; it has {known}")
        return [row[column] for column in columns], field_name

    def format_field(self, value: Any, format_spec: str) -> str:
        if len(value) == 1:
            return written(format_spec, value[0], self.language)
        return written_range(format_spec, value[0], value[1], self.language)


def fill(text: str, facts: Mapping[str, Mapping[str, object]], language: Language) -> str:
    """The sentence in a language, with its numbers.

    Args:
        text: the sentence in English, with its fields.
        facts: the one row of each query by its name.
        language: whose catalogue may have other words, with the same columns in any format.

    Raises:
        DefinitionError: an unknown column, a value that the format does not take, or a
            translation that asks for other columns than the sentence.
    """
    said = language.say(text)
    if said is not text:
        must_be_of(said, text)
    return _Filler(facts, language).vformat(said, (), {})


def must_be_of(said: str, text: str) -> None:
    """A translation states what the sentence states: the same columns, perhaps not all.

    Raises:
        DefinitionError: it asks for others, or has a field that is none.
    """
    asked, given = (
        {(field.query, column) for field in fields(each) for column in field.columns}
        for each in (said, text)
    )
    if more := asked - given:
        names = ", ".join(sorted(f"{query}.{column}" for query, column in more))
        raise DefinitionError(f"the translation of {text[:40]!r}… asks for {names} as well")
