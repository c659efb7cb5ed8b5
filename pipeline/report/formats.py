"""Numbers, dates and sentences as text, in the language of the report.

A format has a name that definitions use: ``{market.cap_usd:usd_bn}`` in a sentence,
``format = "usd_bn"`` on a table column. Null becomes a mark for "missing", never zero.
"""

from __future__ import annotations

import datetime as dt
import math
import re
import string
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any, Final, Literal

from babel import Locale as Locale
from babel import UnknownLocaleError
from babel.dates import format_date, format_datetime, format_skeleton
from babel.numbers import format_decimal, get_decimal_symbol

from pipeline.errors import DefinitionError

MINUS: Final = "\u2212"
NO_BREAK_SPACE: Final = "\u00a0"
EN_DASH: Final = "\u2013"
HIDDEN: Final = "\u25a1"  # a box, which our fonts have; they lack the replacement character
MISSING_IN_TEXT: Final = "n/a"
MISSING_IN_TABLE: Final = EN_DASH

_NUMBER: Final = (int, float, Decimal)
_DAY: Final = (dt.date,)
_WORDS: Final = (
    *("zero", "one", "two", "three", "four", "five", "six"),
    *("seven", "eight", "nine", "ten", "eleven", "twelve"),
)
_SUPERSCRIPT: Final = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True)
class Format:
    """How one kind of value is written.

    ``write`` gives the bare value, ``frame`` what stands around it once, so that a range
    reads ``USD 1.2–3.4 bn``. ``accepts`` are the Python types it takes.
    """

    write: Callable[[Any, Locale], str]
    frame: str = "{}"
    accepts: tuple[type, ...] = _NUMBER
    align: Literal["left", "right"] = "right"


def _exact(value: Any) -> Decimal:
    """The value as the decimal that it prints as (0.1 stays 0.1)."""
    return value if isinstance(value, Decimal) else Decimal(repr(value))


def _decimal(value: Any, places: int, locale: Locale) -> str:
    """Grouped, with exactly ``places`` decimals, half to even, true minus sign."""
    rounded = _exact(value).quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN)
    pattern = "#,##0" + ("." + "0" * places if places else "")
    text = format_decimal(abs(rounded), pattern, locale=locale)
    return MINUS + text if rounded < 0 else text


def _scaled(places: int, factor: str = "1") -> Callable[[Any, Locale], str]:
    return lambda value, locale: _decimal(_exact(value) * Decimal(factor), places, locale)


def _change(places: int, factor: str) -> Callable[[Any, Locale], str]:
    """With its sign; what rounds to zero has none."""

    def write(value: Any, locale: Locale) -> str:
        scaled = _exact(value) * Decimal(factor)
        text = _decimal(scaled, places, locale)
        if not any(digit in text for digit in "123456789"):
            return text.removeprefix(MINUS)
        return "+" + text if scaled > 0 else text

    return write


def significant(value: Any, digits: int) -> Decimal:
    """``value`` rounded to ``digits`` significant figures, half to even."""
    exact = _exact(value)
    if not exact:
        return Decimal(0)
    return exact.quantize(Decimal(1).scaleb(exact.adjusted() - digits + 1), ROUND_HALF_EVEN)


def _figures(digits: int) -> Callable[[Any, Locale], str]:
    def write(value: Any, locale: Locale) -> str:
        rounded = significant(value, digits)
        places = max(0, digits - 1 - rounded.adjusted()) if rounded else 0
        return _decimal(rounded, places, locale)

    return write


def _approximately(value: Any, locale: Locale) -> str:
    """Two significant figures; from a million on in words: 11 million, 1.2 billion."""
    rounded = significant(value, 2)
    for floor, word in ((Decimal(10) ** 9, "billion"), (Decimal(10) ** 6, "million")):
        if abs(rounded) >= floor:
            return _figures(2)(rounded / floor, locale) + NO_BREAK_SPACE + word
    return _figures(2)(rounded, locale)


def _scientific(value: Any, locale: Locale) -> str:
    rounded = significant(value, 3)
    power = rounded.adjusted() if rounded else 0
    exponent = str(power).translate(_SUPERSCRIPT)
    return f"{_decimal(rounded.scaleb(-power), 2, locale)} × 10{exponent}"


def _shortest(digits: int) -> Callable[[Any, Locale], str]:
    """Up to ``digits`` figures without trailing zeros; from 10^12 on as a power of ten."""

    def write(value: Any, locale: Locale) -> str:
        rounded = significant(value, digits)
        if rounded.adjusted() >= 12:
            return _scientific(value, locale)
        shortest = rounded.normalize()
        return _decimal(shortest, max(0, -int(shortest.as_tuple().exponent)), locale)

    return write


def _in_words(value: Any, locale: Locale) -> str:
    whole = 0 <= value < len(_WORDS) and value == int(value)
    return _WORDS[int(value)] if whole else _decimal(value, 0, locale)


def _moved(places: int) -> Callable[[Any, Locale], str]:
    """A change in words: rose 10.3%, fell 4.2%, did not move."""

    def write(value: Any, locale: Locale) -> str:
        size = _decimal(_exact(abs(value)) * 100, places, locale)
        if not any(digit in size for digit in "123456789"):
            return "did not move"
        return f"{'rose' if value > 0 else 'fell'} {size}%"

    return write


def _by_sign(up: str, down: str, flat: str) -> Callable[[Any, Locale], str]:
    return lambda value, _locale: up if value > 0 else down if value < 0 else flat


def _quarter(value: Any, _locale: Locale) -> str:
    return f"Q{(value.month + 2) // 3}{NO_BREAK_SPACE}{value.year}"


def _day(value: Any, locale: Locale) -> str:
    return format_date(value, "long", locale=locale).replace(" ", NO_BREAK_SPACE, 1)


# Control characters, zero-width ones, marks that turn the direction of writing, lone surrogates.
_UNSEEN: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)


def visible(text: str) -> str:
    """Text from data as it may stand on a page: composed, and with what hides made visible."""
    return _UNSEEN.sub(HIDDEN, unicodedata.normalize("NFC", text))


_TEXT: Final = Format(lambda value, _locale: visible(value), accepts=(str,), align="left")

FORMATS: Final[Mapping[str, Format]] = {
    "text": _TEXT,
    "count": Format(_scaled(0)),
    "number1": Format(_scaled(1)),
    "number2": Format(_scaled(2)),
    "number3": Format(_scaled(3)),
    "price": Format(_scaled(3)),
    "bn": Format(_scaled(1, "1e-9")),
    "bn2": Format(_scaled(2, "1e-9")),
    "m": Format(_scaled(0, "1e-6")),
    "m1": Format(_scaled(1, "1e-6")),
    "m2": Format(_scaled(2, "1e-6")),
    "usd": Format(_scaled(0), f"USD{NO_BREAK_SPACE}{{}}"),
    "usd2": Format(_scaled(2), f"USD{NO_BREAK_SPACE}{{}}"),
    "usd_m": Format(_scaled(0, "1e-6"), f"USD{NO_BREAK_SPACE}{{}}{NO_BREAK_SPACE}m"),
    "usd_bn": Format(_scaled(1, "1e-9"), f"USD{NO_BREAK_SPACE}{{}}{NO_BREAK_SPACE}bn"),
    "million": Format(_scaled(1, "1e-6"), f"{{}}{NO_BREAK_SPACE}million"),
    "million2": Format(_scaled(2, "1e-6"), f"{{}}{NO_BREAK_SPACE}million"),
    "pct": Format(_scaled(0, "100"), "{}%"),
    "pct1": Format(_scaled(1, "100"), "{}%"),
    "pct2": Format(_scaled(2, "100"), "{}%"),
    "percent": Format(_scaled(1, "100")),
    "change": Format(_change(1, "100"), "{}%"),
    "change0": Format(_change(0, "100"), "{}%"),
    "change_percent": Format(_change(1, "100")),
    "points": Format(_change(0, "100"), f"{{}}{NO_BREAK_SPACE}percentage points"),
    "points1": Format(_change(1, "100"), f"{{}}{NO_BREAK_SPACE}pp"),
    "points2": Format(_change(2, "100"), f"{{}}{NO_BREAK_SPACE}pp"),
    "times": Format(_figures(2), f"{{}}{NO_BREAK_SPACE}times"),
    "sig2": Format(_figures(2)),
    "sig3": Format(_figures(3)),
    "plain": Format(_shortest(4)),
    "short": Format(_shortest(3)),
    "about": Format(_approximately),
    "flop": Format(_scientific),
    "words": Format(_in_words),
    "moved": Format(_moved(1), align="left"),
    "moved0": Format(_moved(0), align="left"),
    "above": Format(_by_sign("above", "below", "level with"), align="left"),
    "more": Format(_by_sign("more", "less", "neither more nor less"), align="left"),
    "yes": Format(lambda value, _: "yes" if value else "no", accepts=(bool,), align="left"),
    "date": Format(_day, accepts=_DAY, align="left"),
    "date_short": Format(
        lambda value, locale: format_skeleton("yMMMd", value, locale=locale),
        accepts=_DAY,
        align="left",
    ),
    "month": Format(
        lambda value, locale: format_skeleton("yMMMM", value, locale=locale),
        accepts=_DAY,
        align="left",
    ),
    "quarter": Format(_quarter, accepts=_DAY, align="left"),
    "year": Format(lambda value, _: format_date(value, "y"), accepts=_DAY, align="left"),
    "moment": Format(
        lambda value, locale: format_datetime(value, "d MMMM y, HH:mm 'UTC'", locale=locale),
        accepts=(dt.datetime,),
        align="left",
    ),
}


def language(name: str) -> Locale:
    """The locale of a name such as ``en_GB``.

    Raises:
        DefinitionError: there is no such language; the message is the reason alone.
    """
    try:
        return Locale.parse(name)
    except (ValueError, UnknownLocaleError) as error:
        raise DefinitionError(f"{name!r} is no language, such as en_GB") from error


def fraction_digits(text: str, locale: Locale) -> int | None:
    """Digits after the decimal mark of a written number; none for anything else."""
    whole, mark, digits = text.partition(get_decimal_symbol(locale))
    if not mark:
        return 0 if whole[-1:].isdecimal() else None
    return len(digits) if digits.isdecimal() else None


def written(name: str, value: object, locale: Locale, missing: str = MISSING_IN_TEXT) -> str:
    """``value`` in format ``name``; null gives ``missing``.

    Raises:
        DefinitionError: the format does not take such a value, or it is not finite.

    """
    if value is None:
        return missing
    chosen = FORMATS[name]
    return chosen.frame.format(_bare(name, chosen, value, locale))


def written_range(
    name: str, low: object, high: object, locale: Locale, missing: str = MISSING_IN_TEXT
) -> str:
    """``low`` to ``high`` in format ``name``: the frame once, an en dash between.

    Ends that print alike give one value. Null on either side gives ``missing`` for all.

    Raises:
        DefinitionError: as ``written``.
    """
    if low is None or high is None:
        return missing
    chosen = FORMATS[name]
    first, last = (_bare(name, chosen, value, locale) for value in (low, high))
    if first == last:
        return chosen.frame.format(first)
    (low_number, _, low_word), (_, _, high_word) = (
        text.partition(NO_BREAK_SPACE) for text in (first, last)
    )
    if low_word == high_word:  # 1.7–2.3 million, with the word once
        first = low_number
    # An en dash would read as one number between "980" and "1.2 million", or as a minus.
    apart = low_word != high_word or any(sign in first + last for sign in ("+", MINUS))
    return chosen.frame.format(f"{first} to {last}" if apart else f"{first}{EN_DASH}{last}")


def _bare(name: str, chosen: Format, value: object, locale: Locale) -> str:
    takes_bool = bool in chosen.accepts
    if not isinstance(value, chosen.accepts) or isinstance(value, bool) is not takes_bool:
        raise DefinitionError(f"format {name} does not take a {type(value).__name__}")
    if isinstance(value, float | Decimal) and not math.isfinite(value):
        raise DefinitionError(f"format {name} does not take {value}")
    return chosen.write(value, locale)


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
    """Whether every number that the sentence states is there."""
    return all(
        facts[field.query].get(column) is not None
        for field in fields(text)
        for column in field.columns
    )


class _Filler(string.Formatter):
    """Fills ``{query.column:format}`` from rows that queries have returned."""

    def __init__(self, facts: Mapping[str, Mapping[str, object]], locale: Locale) -> None:
        self.facts, self.locale = facts, locale

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
            return written(format_spec, value[0], self.locale)
        return written_range(format_spec, value[0], value[1], self.locale)


def fill(text: str, facts: Mapping[str, Mapping[str, object]], locale: Locale) -> str:
    """The sentence with its numbers; ``facts`` maps query name to its one row.

    Raises:
        DefinitionError: an unknown column, or a value that the format does not take.

    """
    return _Filler(facts, locale).vformat(text, (), {})
