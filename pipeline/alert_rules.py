"""Alert rules: TOML files that say what to ask the warehouse and when the answer is a warning.

A rule of one's own that has the id of a shipped one changes what it names of that, so that a
limit is changed, or a rule switched off, without its query being copied.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from pipeline.errors import DefinitionError
from pipeline.extract import rule_files
from pipeline.extract.toml_table import TomlTable
from pipeline.report import alarms

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

KINDS = ("threshold", "change", "staleness", "gap", "rows")
SEVERITIES = ("warning", "critical")
EMPTY = ("unknown", "calm")

_ALERT_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_FORMATS = {"threshold": "plain", "change": "change", "gap": "pct"}
_MOST_DAYS = 3660


@dataclass(frozen=True)
class Rule:
    """What is asked, and from where on the answer is a warning.

    ``above`` and ``below`` are in the rule's own unit: as the query gives it, a relative change,
    a share of days, or an age in ``unit``. ``days`` is how far a change reaches back, or how many
    days are looked at for gaps. ``within_days`` is how old the last value may be before it says
    nothing. ``empty`` is the state where the query gives no row. ``path`` and ``place`` are the
    file that spoke of it last, and where in it.
    """

    alert_id: str
    title: str
    severity: str
    kind: str
    query: str
    path: Path
    place: str
    format: str = ""
    above: float | None = None
    below: float | None = None
    unit: str = ""
    days: int = 0
    within_days: int | None = None
    empty: str = "unknown"


@dataclass(frozen=True)
class Rules:
    """The rules that can be asked, and what is wrong with the others, one line each."""

    rules: tuple[Rule, ...]
    off: tuple[str, ...]
    findings: tuple[str, ...]

    def must_be_usable(self) -> None:
        """Raise what is wrong.

        Raises:
            DefinitionError: at least one finding.
        """
        if self.findings:
            raise DefinitionError("\n".join(self.findings))


@dataclass
class _Raw:
    """One rule as files have it, and the file and place that spoke of it last."""

    path: Path
    place: str
    values: dict[str, Any]


def load(folders: Sequence[Path]) -> Rules:
    """The rules of all files: the shipped ones, then a user's own.

    Args:
        folders: the user's own before the shipped one.
    """
    found = rule_files.files(folders)
    return read(sorted(found, key=lambda path: path.parent != folders[-1]), folders[-1])


def titles(folders: Sequence[Path]) -> list[tuple[str, str]]:
    """Titles of the rules, as a report says them, each with its file."""
    return [(one.title, f"alerts/{one.path.name}") for one in load(folders).rules]


def read(paths: Sequence[Path], shipped: Path) -> Rules:
    """The rules of some files; what is in ``shipped`` may be changed by the others.

    A file or a rule that cannot be used keeps no other from being read.
    """
    findings: list[str] = []
    raws: dict[str, _Raw] = {}
    for path in paths:
        for raw in _tables(path, findings):
            alert_id = raw.values.get("id")
            if not isinstance(alert_id, str) or not _ALERT_ID.fullmatch(alert_id):
                reason = "must be small letters, digits and single hyphens, in quotes"
                findings.append(f"{path}: {raw.place}.id: {reason}")
                continue
            first = raws.get(alert_id)
            if first is not None and (first.path.parent != shipped or path.parent == shipped):
                findings.append(
                    f"{path}: {raw.place}.id: {alert_id} is in {first.path} too; "
                    "give one of them another id"
                )
                continue
            raws[alert_id] = _Raw(
                path, raw.place, {**(first.values if first else {}), **raw.values}
            )
    rules, off = [], []
    for alert_id, raw in raws.items():
        wrong: list[str] = []
        rule = _rule(raw, [name for name in raws if name != alert_id], wrong)
        findings += wrong
        if raw.values.get("enabled") is False:
            off.append(alert_id)
        elif not wrong:
            rules.append(rule)
    return Rules(tuple(rules), tuple(off), tuple(findings))


def _tables(path: Path, findings: list[str]) -> list[_Raw]:
    try:
        values = rule_files.values(str(path), rule_files.content_of(path))
    except DefinitionError as error:
        findings.append(str(error))
        return []
    top = TomlTable(str(path), values, findings)
    count = len(top.tables("alert"))
    top.done()
    numbered = enumerate(values.get("alert", []), start=1) if count else ()
    return [_Raw(path, f"alert[{number}]", one) for number, one in numbered]


def _rule(raw: _Raw, others: Sequence[str], findings: list[str]) -> Rule:
    table = TomlTable(str(raw.path), raw.values, findings, raw.place)
    alert_id = table.text("id")
    table.flag("enabled")
    if "query" not in raw.values and "kind" not in raw.values:
        near = get_close_matches(alert_id, others, n=1)
        hint = f"did you mean {near[0]}? " if near else ""
        table.fault(
            "id", f"{alert_id} is no shipped rule; {hint}A rule of your own needs kind and query"
        )
        return Rule(alert_id, "", "", "", "", raw.path, raw.place)
    kind = table.choice("kind", KINDS)
    rule = Rule(
        alert_id=alert_id,
        title=table.text("title"),
        severity=table.choice("severity", SEVERITIES),
        kind=kind,
        query=table.text("query"),
        path=raw.path,
        place=raw.place,
        **(_of_kind(kind, table, raw.values) if kind in KINDS else {}),
    )
    if kind in KINDS:
        table.done()
    return rule


def _limits(table: TomlTable, given: Mapping[str, Any]) -> dict[str, Any]:
    """Of rules on a value."""
    above, below = table.signed("above"), table.signed("below")
    if "above" not in given and "below" not in given:
        table.fault("above", "is missing, or below: give at least one limit")
    if above is not None and below is not None and below >= above:
        table.fault("below", "must be less than above, or the rule always fires")
    found: dict[str, Any] = {"above": above, "below": below}
    if "within_days" in given:
        found["within_days"] = _days(table, "within_days")
    return found


def _share(table: TomlTable, given: Mapping[str, Any]) -> dict[str, Any]:
    """Of rules on missing days."""
    above = table.signed("above")
    if "above" not in given or (above is not None and not 0 <= above < 1):
        table.fault("above", "must be a share of days from 0 to below 1, as in 0.1")
    return {"above": above}


def _age(table: TomlTable, given: Mapping[str, Any]) -> dict[str, Any]:
    """Of rules on age."""
    limits = {unit: table.signed(f"above_{unit}") for unit in ("hours", "days")}
    units = [unit for unit in limits if f"above_{unit}" in given]
    if len(units) != 1:
        table.fault("above_hours", "or above_days: exactly one of them is wanted")
        return {}
    (unit,) = units
    limit = limits[unit]
    if limit is not None and limit < 0:
        table.fault(f"above_{unit}", "is below 0")
    return {"above": limit, "unit": unit}


_LIMITS: Mapping[str, Callable[[TomlTable, Mapping[str, Any]], dict[str, Any]]] = {
    "threshold": _limits,
    "change": _limits,
    "staleness": _age,
    "gap": _share,
    "rows": lambda _table, _given: {},
}


def _of_kind(kind: str, table: TomlTable, given: Mapping[str, Any]) -> dict[str, Any]:
    """The keys that belong to one kind of rule."""
    found = _LIMITS[kind](table, given)
    if kind in ("change", "gap"):
        found["days"] = _days(table, "days")
    if kind in _FORMATS:
        formats = tuple(sorted(alarms.numeric()))
        found["format"] = table.choice("format", formats) if "format" in given else _FORMATS[kind]
    if kind not in ("rows", "gap") and "empty" in given:
        found["empty"] = table.choice("empty", EMPTY)
    return found


def _days(table: TomlTable, key: str) -> int:
    days = table.number(key, above=0)
    if days % 1 or days > _MOST_DAYS:
        table.fault(key, f"must be a whole number of days, at most {_MOST_DAYS:,}")
        return 0
    return int(days)
