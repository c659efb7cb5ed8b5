"""Mapping files: how the columns of a user's own file become ours.

::

    kind = "token_daily"
    separator = ";"                                   # of a CSV file; a comma if absent
    known_at = { column = "price_date", offset_days = 1 }

    [columns]                                         # absent: the file has our names already
    coin_id = { value = "render-token" }              # a constant
    price_date = { column = "Date", format = "%b %d, %Y", shift_days = 0 }
    close_usd = { column = "Close**", number = "$1,234.56" }
    market_cap_usd = { column = "Market Cap", number = "$1,234", zero = "unknown" }
    volume_usd = "Volume"                             # short for { column = "Volume" }

    [values.coin_id]
    "near-protocol" = "near"

``format`` is a strptime format, or "s" or "ms" for Unix time. ``shift_days = -1`` is for
vendors that stamp the close of a day with the midnight after it. ``constants = { ticker = "AMD" }``
before all tables says the same as a constant among the columns, and ``basis = "as traded"`` (or
``"split-adjusted through 2024-06-10"``) how prices of shares treat splits; the flags of an import
are kept so.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import polars as pl

from pipeline.errors import UsageError
from pipeline.extract.cells import ISO_DAY, Days, Ids, Numbers, format_finding, number_finding
from pipeline.extract.split_basis import declared_day
from pipeline.provenance import KnownAt

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pipeline.extract.kinds import Kind

_SEPARATORS = (",", ";", "\t", "|")
_LONGEST_OFFSET_DAYS = 36_525

Reading = Ids | Days | Numbers


@dataclass(frozen=True)
class Column:
    """Where one of our columns comes from: a column of the file, or the same ``value`` always."""

    name: str | None
    reading: Reading
    value: str | None = None


@dataclass(frozen=True)
class FileMapping:
    """A mapping file as it was read.

    ``columns`` is by our names; null where the file is to have our names itself. ``renamed``
    gives other names for ids, and ``constants`` ids of all rows, by our columns. ``basis`` is how
    prices of shares treat splits, where it is said.
    """

    columns: Mapping[str, Column] | None
    renamed: Mapping[str, Mapping[str, str]]
    separator: str
    known_at: KnownAt | None
    constants: Mapping[str, str] = field(default_factory=dict)
    basis: str | None = None

    def bind(self, entity: Kind, header: Iterable[str]) -> dict[str, Column]:
        """Our columns as they are found in a file with this header.

        Raises:
            UsageError: columns are missing, unknown or there twice; one line per finding.
        """
        names = list(header)
        findings: list[str] = []
        if self.columns is None:
            bound = self._by_our_names(entity, names, findings)
        else:
            bound = dict(self.columns)
        bound |= {
            name: Column(None, _reading(entity, name, self.renamed), value)
            for name, value in self.constants.items()
        }
        for column in bound.values():
            if column.name is None or names.count(column.name) == 1:
                continue
            if column.name in names:
                findings.append(f"column {column.name!r} is there {names.count(column.name)} times")
            else:
                findings.append(f"has no column {column.name!r}{near(column.name, names)}")
        if findings and len(names) == 1:
            findings.append(_separator_hint(names[0], self.separator))
        if any(findings):
            raise UsageError("\n".join(filter(None, findings)))
        return bound

    def _by_our_names(
        self, entity: Kind, names: list[str], findings: list[str]
    ) -> dict[str, Column]:
        ours = mappable(entity)
        findings += [
            f"column {name!r} is in the file, and {value!r} is said for all of its rows besides; "
            "leave one of them out"
            for name, value in self.constants.items()
            if name in names
        ]
        unknown = [name for name in names if name not in ours]
        if unknown:
            shown = ", ".join(repr(name) + near(name, ours) for name in unknown[:5])
            more = f" and {len(unknown) - 5} more" if len(unknown) > 5 else ""
            findings.append(
                f"has columns that capbrief does not know: {shown}{more}; say in a mapping file "
                "which columns are which (it may leave columns out)"
            )
        return {
            name: Column(name, _reading(entity, name, self.renamed))
            for name in ours
            if name not in self.constants and (name in names or name in entity.required)
        }


def read_mapping(text: str, entity: Kind) -> FileMapping:
    """The mapping that a TOML text gives for an entity; without text, our own names.

    Raises:
        UsageError: it cannot be used; one line per finding.
    """
    try:
        given = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise UsageError(f"is no TOML: {error}") from error
    known = ("kind", "separator", "known_at", "constants", "basis", "columns", "values")
    findings = _unknown("", given, known)
    if given.get("kind", entity.name) != entity.name:
        findings.append(
            f"kind: is {given['kind']!r}, but {entity.name!r} is to be imported (--kind)"
        )
    separator = given.get("separator", ",")
    if separator not in _SEPARATORS:
        findings.append("separator: is none of , ; | and \\t (a tab)")
    known_at = _known_at(given["known_at"], entity, findings) if "known_at" in given else None
    renamed = _values(given.get("values", {}), entity, findings)
    constants = _constants(given.get("constants", {}), entity, findings)
    columns = None
    if "columns" in given:
        columns = _columns(given["columns"], entity, renamed, constants, findings)
    basis = _basis(given["basis"], entity, findings) if "basis" in given else None
    if findings:
        raise UsageError("\n".join(findings))
    return FileMapping(columns, renamed, separator, known_at, constants, basis)


def near(name: str, known: Iterable[str]) -> str:
    """`` (did you mean …?)`` with the nearest known name, or nothing."""
    folded = {one.casefold(): one for one in known}
    found = get_close_matches(name.casefold(), folded, n=1)
    return f" (did you mean {folded[found[0]]!r}?)" if found else ""


def mappable(entity: Kind) -> list[str]:
    """Our columns that a file can fill."""
    return [name for name in entity.schema if name not in entity.given]


def _reading(entity: Kind, name: str, renamed: Mapping[str, Mapping[str, str]]) -> Reading:
    """How a column is read where the mapping says nothing more."""
    kind = entity.schema[name]
    if isinstance(kind, pl.Date):
        return entity.days
    if isinstance(kind, pl.Float64):
        # What a row is about (a price) is above 0; what may be unknown (a cap) may be 0 too.
        return Numbers(
            is_positive=name in entity.required, is_zero_unknown=name in entity.zero_unknown
        )
    return Ids(renamed.get(name, {}), entity.id_form)


def _separator_hint(header: str, separator: str) -> str:
    for other in _SEPARATORS:
        if other != separator and other in header:
            shown = "a tab" if other == "\t" else repr(other)
            return (
                f"the whole header is one column; it looks as if {shown} parts the columns: "
                f"say separator = {_toml(other)} in the mapping"
            )
    return ""


def _toml(text: str) -> str:
    return '"\\t"' if text == "\t" else f'"{text}"'


def _unknown(where: str, given: Mapping[str, Any], known: Iterable[str]) -> list[str]:
    names = list(known)
    return [
        f"{where}{key}: is unknown{near(key, names) or ' (known: ' + ', '.join(names) + ')'}"
        for key in given
        if key not in names
    ]


def _known_at(rule: Any, entity: Kind, findings: list[str]) -> KnownAt | None:
    days = [name for name, kind in entity.schema.items() if isinstance(kind, pl.Date)]
    if not isinstance(rule, dict) or rule.keys() != {"column", "offset_days"}:
        findings.append(
            f'known_at: is to be like {{ column = "{days[0]}", offset_days = 1 }}; '
            "for one day for all rows give --published"
        )
        return None
    column, offset = rule["column"], rule["offset_days"]
    if column not in days:
        findings.append(f"known_at: column is {column!r}, not {' or '.join(days)}")
    # The close of a day is known when the day is over, at the earliest.
    if type(offset) is not int or not 1 <= offset <= _LONGEST_OFFSET_DAYS:
        findings.append(
            f"known_at: offset_days is {offset!r}, not a whole number from 1 to "
            f"{_LONGEST_OFFSET_DAYS}"
        )
    return KnownAt(column=str(column), offset_days=offset if type(offset) is int else 0)


def _values(given: Any, entity: Kind, findings: list[str]) -> dict[str, dict[str, str]]:
    """Other names for ids, by our column."""
    ids = [name for name in mappable(entity) if isinstance(entity.schema[name], pl.String)]
    if not isinstance(given, dict):
        findings.append("values: is no table")
        return {}
    findings += _unknown("values.", given, ids)
    renamed: dict[str, dict[str, str]] = {}
    for name in [name for name in ids if name in given]:
        if not isinstance(given[name], dict):
            findings.append(f"values.{name}: is no table")
            continue
        renamed[name] = {key: str(value) for key, value in given[name].items()}
        findings += [
            f"values.{name}: {key!r} becomes {value!r}, which is no {entity.id_form.wanted}"
            for key, value in given[name].items()
            if not isinstance(value, str) or not entity.id_form.fits(value)
        ]
    return renamed


def _constants(given: Any, entity: Kind, findings: list[str]) -> dict[str, str]:
    """Ids that all rows have, by our column."""
    ids = [name for name in mappable(entity) if isinstance(entity.schema[name], pl.String)]
    if not isinstance(given, dict):
        findings.append("constants: is no table")
        return {}
    findings += _unknown("constants.", given, ids)
    findings += [
        f"constants.{name}: is {value!r}, which is no {entity.id_form.wanted}"
        for name, value in given.items()
        if name in ids and (not isinstance(value, str) or not entity.id_form.fits(value))
    ]
    return {name: str(value) for name, value in given.items() if name in ids}


def _basis(given: Any, entity: Kind, findings: list[str]) -> str | None:
    if "basis" not in entity.schema:
        findings.append(f"basis: {entity.name} has no splits")
        return None
    try:
        declared_day(str(given))
    except ValueError as error:
        findings.append(f"basis: {error}")
    return str(given)


def _columns(
    given: Any,
    entity: Kind,
    renamed: Mapping[str, Mapping[str, str]],
    constants: Mapping[str, str],
    findings: list[str],
) -> dict[str, Column]:
    ours = mappable(entity)
    if not isinstance(given, dict):
        findings.append("columns: is no table")
        return {}
    findings += _unknown("columns.", given, ours)
    findings += [
        f"columns.{name}: is missing, and no row can do without it"
        for name in ours
        if name in entity.required and name not in given and name not in constants
    ]
    findings += [
        f"columns.{name}: is given, and so is {constants[name]!r} for all rows; leave one out"
        for name in ours
        if name in given and name in constants
    ]
    columns = {}
    for name in ours:
        if name in given:
            columns[name] = _column(name, given[name], _reading(entity, name, renamed), findings)
    return columns


_KEYS: Mapping[type[Reading], tuple[str, ...]] = {
    Ids: ("column", "value"),
    Days: ("column", "format", "shift_days"),
    Numbers: ("column", "number", "zero"),
}


def _column(name: str, given: Any, reading: Reading, findings: list[str]) -> Column:
    where = f"columns.{name}"
    if isinstance(given, str):
        return Column(given, reading)
    if not isinstance(given, dict):
        findings.append(f"{where}: is neither the name of a column nor a table")
        return Column(None, reading)
    findings += _unknown(f"{where}.", given, _KEYS[type(reading)])
    wrong = [key for key, value in given.items() if key != "shift_days" and type(value) is not str]
    findings += [f"{where}.{key}: is no text" for key in wrong]
    if wrong:
        return Column(None, reading)
    if isinstance(reading, Ids) and "value" in given:
        if "column" in given or not reading.form.fits(given["value"]):
            findings.append(f"{where}: value is to stand alone and be a {reading.form.wanted}")
        return Column(None, reading, given["value"])
    if "column" not in given:
        findings.append(f"{where}: names no column")
    match reading:
        case Days():
            reading = _days(where, given, reading, findings)
        case Numbers():
            reading = _numbers(where, given, reading, findings)
    return Column(given.get("column"), reading)


def _days(where: str, given: Mapping[str, Any], default: Days, findings: list[str]) -> Days:
    # Python writes fractions of a second with their point apart.
    form = given.get("format", ISO_DAY).replace(".%f", "%.f")
    if finding := format_finding(form):
        findings.append(f"{where}.format: {finding}")
    shift = given.get("shift_days", 0)
    if type(shift) is not int or shift not in {-1, 0, 1}:
        findings.append(f"{where}.shift_days: is {shift!r}, not -1, 0 or 1")
        shift = 0
    return replace(default, format=form, shift_days=shift)


def _numbers(
    where: str, given: Mapping[str, Any], default: Numbers, findings: list[str]
) -> Numbers:
    example = given.get("number")
    if example is not None and (finding := number_finding(example)):
        findings.append(f"{where}.number: {finding}")
        example = None
    zero = given.get("zero")
    if zero is not None and (zero != "unknown" or default.is_positive):
        findings.append(
            f'{where}.zero: can only be "unknown", and only where a figure may be missing'
        )
    is_unknown = default.is_zero_unknown or zero == "unknown"
    return Numbers(default.is_positive, example, is_zero_unknown=is_unknown)
