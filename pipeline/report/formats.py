"""Numbers, dates and sentences as text, in the language of the report.

A format has a name that definitions use: ``{market.cap_usd:usd_bn}`` in a sentence,
``format = "usd_bn"`` on a table column. Null becomes a mark for "missing", never zero.
"""

from __future__ import annotations

import datetime as dt
import math
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from typing import Any, Final, Literal

from babel.dates import format_date, format_skeleton, format_time
from babel.numbers import format_decimal, get_decimal_symbol

from pipeline.errors import DefinitionError
from pipeline.report.language import Language

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
_LARGE: Final = ("billion", "million")
_MOVED: Final = ("rose {}%", "fell {}%", "did not move")
_SUPERSCRIPT: Final = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True)
class Format:
    """How one kind of value is written.

    ``write`` gives the bare value, ``frame`` what stands around it once, so that a range
    reads ``USD 1.2–3.4 bn``. ``accepts`` are the Python types it takes. ``words`` are the English
    words that ``write`` may use, which a catalogue translates as it does the frame.
    """

    write: Callable[[Any, Language], str]
    frame: str = "{}"
    accepts: tuple[type, ...] = _NUMBER
    align: Literal["left", "right"] = "right"
    words: tuple[str, ...] = ()


def _exact(value: Any) -> Decimal:
    """The value as the decimal that it prints as (0.1 stays 0.1)."""
    return value if isinstance(value, Decimal) else Decimal(repr(value))


def _decimal(value: Any, places: int, language: Language) -> str:
    """Grouped, with exactly ``places`` decimals, half to even, true minus sign."""
    rounded = _exact(value).quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN)
    pattern = "#,##0" + ("." + "0" * places if places else "")
    text = format_decimal(abs(rounded), pattern, locale=language.locale)
    return MINUS + text if rounded < 0 else text


def _scaled(places: int, factor: str = "1") -> Callable[[Any, Language], str]:
    return lambda value, language: _decimal(_exact(value) * Decimal(factor), places, language)


def _change(places: int, factor: str) -> Callable[[Any, Language], str]:
    """With its sign; what rounds to zero has none."""

    def write(value: Any, language: Language) -> str:
        scaled = _exact(value) * Decimal(factor)
        text = _decimal(scaled, places, language)
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


def _figures(digits: int) -> Callable[[Any, Language], str]:
    def write(value: Any, language: Language) -> str:
        rounded = significant(value, digits)
        places = max(0, digits - 1 - rounded.adjusted()) if rounded else 0
        return _decimal(rounded, places, language)

    return write


def _approximately(value: Any, language: Language) -> str:
    """Two significant figures; from a million on in words: 11 million, 1.2 billion."""
    rounded = significant(value, 2)
    for floor, word in zip((Decimal(10) ** 9, Decimal(10) ** 6), _LARGE, strict=True):
        if abs(rounded) >= floor:
            return _figures(2)(rounded / floor, language) + NO_BREAK_SPACE + language.say(word)
    return _figures(2)(rounded, language)


def _scientific(value: Any, language: Language) -> str:
    rounded = significant(value, 3)
    power = rounded.adjusted() if rounded else 0
    exponent = str(power).translate(_SUPERSCRIPT)
    return f"{_decimal(rounded.scaleb(-power), 2, language)} × 10{exponent}"


def _shortest(digits: int) -> Callable[[Any, Language], str]:
    """Up to ``digits`` figures without trailing zeros; from 10^12 on as a power of ten."""

    def write(value: Any, language: Language) -> str:
        rounded = significant(value, digits)
        if rounded.adjusted() >= 12:
            return _scientific(value, language)
        shortest = rounded.normalize()
        return _decimal(shortest, max(0, -int(shortest.as_tuple().exponent)), language)

    return write


def _in_words(value: Any, language: Language) -> str:
    whole = 0 <= value < len(_WORDS) and value == int(value)
    return language.say(_WORDS[int(value)]) if whole else _decimal(value, 0, language)


def _moved(places: int) -> Callable[[Any, Language], str]:
    """A change in words: rose 10.3%, fell 4.2%, did not move.

    One that would be written as zero has a decimal more, for 0.3% is no standing still.
    """

    def write(value: Any, language: Language) -> str:
        size = _decimal(_exact(abs(value)) * 100, places, language)
        if places < 1 and not any(digit in size for digit in "123456789"):
            size = _decimal(_exact(abs(value)) * 100, 1, language)
        rose, fell, still = map(language.say, _MOVED)
        if not any(digit in size for digit in "123456789"):
            return still
        return (rose if value > 0 else fell).format(size)

    return write


def _by_sign(up: str, down: str, flat: str) -> Format:
    return Format(
        lambda value, language: language.say(up if value > 0 else down if value < 0 else flat),
        align="left",
        words=(up, down, flat),
    )


def _skeleton(pattern: str) -> Format:
    """A day in the order and with the marks of the language."""
    return Format(
        lambda value, language: format_skeleton(pattern, value, locale=language.locale),
        accepts=_DAY,
        align="left",
    )


def _moment(value: Any, language: Language) -> str:
    time = format_time(value, "HH:mm", locale=language.locale)
    return f"{format_date(value, 'long', locale=language.locale)}, {time} UTC"


def _day(value: Any, language: Language) -> str:
    return format_date(value, "long", locale=language.locale).replace(" ", NO_BREAK_SPACE, 1)


# Control characters, zero-width ones, marks that turn the direction of writing, tags, lone
# surrogates, and what is no character: XML takes none of these, and charts are XML.
_UNSEEN: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2069"
    "\ufdd0-\ufdef\ufeff\ufff0-\uffff\ud800-\udfff\U000e0000-\U000e0fff]"
)


def visible(text: str) -> str:
    """Text from data as it may stand on a page: composed, and with what hides made visible."""
    return _UNSEEN.sub(HIDDEN, unicodedata.normalize("NFC", text))


_TEXT: Final = Format(lambda value, _language: visible(value), accepts=(str,), align="left")
# Our own words in data, such as the kind of a figure: names are ``text`` and stay as they are.
_TERM: Final = Format(
    lambda value, language: visible(language.say(value)), accepts=(str,), align="left"
)

FORMATS: Final[Mapping[str, Format]] = {
    "text": _TEXT,
    "term": _TERM,
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
    "percent_sig2": Format(
        lambda value, language: _figures(2)(_exact(value) * 100, language),
    ),
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
    "about": Format(_approximately, words=_LARGE),
    "flop": Format(_scientific),
    "words": Format(_in_words, words=_WORDS),
    "moved": Format(_moved(1), align="left", words=_MOVED),
    "moved0": Format(_moved(0), align="left", words=_MOVED),
    "above": _by_sign("above", "below", "level with"),
    "more": _by_sign("more", "less", "neither more nor less"),
    "yes": Format(
        lambda value, language: language.say("yes") if value else language.say("no"),
        accepts=(bool,),
        align="left",
        words=("yes", "no"),
    ),
    "date": Format(_day, accepts=_DAY, align="left"),
    "date_short": _skeleton("yMMMd"),
    "month": _skeleton("yMMMM"),
    "mon_year": _skeleton("yMMM"),
    "mon": _skeleton("MMM"),
    "quarter": Format(
        lambda value, language: format_skeleton("yQQQ", value, locale=language.locale).replace(
            " ", NO_BREAK_SPACE
        ),
        accepts=_DAY,
        align="left",
    ),
    "year": _skeleton("y"),
    "moment": Format(_moment, accepts=(dt.datetime,), align="left"),
}


def fraction_digits(text: str, language: Language) -> int | None:
    """Digits after the decimal mark of a written number; none for anything else."""
    whole, mark, digits = text.partition(get_decimal_symbol(language.locale))
    if not mark:
        return 0 if whole[-1:].isdecimal() else None
    return len(digits) if digits.isdecimal() else None


def written(name: str, value: object, language: Language, missing: str = MISSING_IN_TEXT) -> str:
    """``value`` in format ``name``; null gives ``missing``.

    Raises:
        DefinitionError: the format does not take such a value, it is not finite, or it has more
            digits than decimals are reckoned with (28).

    """
    if value is None:
        return language.say(missing)
    chosen = FORMATS[name]
    return language.say(chosen.frame).format(_bare(name, chosen, value, language))


def written_range(
    name: str, low: object, high: object, language: Language, missing: str = MISSING_IN_TEXT
) -> str:
    """``low`` to ``high`` in format ``name``: the frame once, an en dash between.

    Ends that print alike give one value. Null on either side gives ``missing`` for all.

    Raises:
        DefinitionError: as ``written``.
    """
    if low is None or high is None:
        return language.say(missing)
    chosen = FORMATS[name]
    frame = language.say(chosen.frame)
    first, last = (_bare(name, chosen, value, language) for value in (low, high))
    if first == last:
        return frame.format(first)
    (low_number, _, low_word), (_, _, high_word) = (
        text.partition(NO_BREAK_SPACE) for text in (first, last)
    )
    if low_word == high_word:  # 1.7–2.3 million, with the word once
        first = low_number
    # An en dash would read as one number between "980" and "1.2 million", or as a minus.
    apart = low_word != high_word or any(sign in first + last for sign in ("+", MINUS))
    return frame.format(
        language.say("{} to {}").format(first, last) if apart else f"{first}{EN_DASH}{last}"
    )


def _bare(name: str, chosen: Format, value: object, language: Language) -> str:
    takes_bool = bool in chosen.accepts
    if not isinstance(value, chosen.accepts) or isinstance(value, bool) is not takes_bool:
        raise DefinitionError(f"format {name} does not take a {type(value).__name__}")
    if isinstance(value, float | Decimal) and not math.isfinite(value):
        raise DefinitionError(f"format {name} does not take {value}")
    try:
        return chosen.write(value, language)
    except InvalidOperation as error:
        raise DefinitionError(f"format {name} does not take {value}: too many digits") from error
