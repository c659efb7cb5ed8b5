"""What a scenario file must hold; finds every problem before anything is built."""

from __future__ import annotations

import math
import re
from calendar import monthrange
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from pipeline.estimate import positions
from pipeline.estimate.demand import MODELS
from pipeline.estimate.distribution import (
    DISTRIBUTIONS,
    Distribution,
    ParameterError,
    Point,
    build,
)
from pipeline.estimate.model import Model
from pipeline.estimate.scenario_file import INPUT_KEYS, Merged, nearest

GRADES = ("primary", "secondary", "derived", "reconstructed", "guess")
"""How far a source can be trusted. Reconstructed: chosen so that published results come out."""

MONTHS = 120
DRAWS = 2**20
FEWEST_DRAWS = 1000
"""Below this a median's standard error says little; only single points need no draws."""

_SHAPE: Mapping[str, tuple[str, ...]] = {
    "scenario": ("id", "title", "engine", "start", "months"),
    "run": ("draws", "seed"),
}
_SOURCE_KEYS = ("title", "url", "document", "date", "grade")
_CHECK_KEYS = ("output", "expect", "rel_tol", "source")
_PARTIAL_DATE = re.compile(r"([12]\d{3})(?:-(0[1-9]|1[0-2]))?")


class Rules:
    """One pass over merged data; ``problems`` is empty if a scenario can be built of it.

    Attributes:
        problems: (file, line, text) of every problem.
        model: the model that the scenario names, if it names one.
        dates: day of publication of each source that has one.
        distributions: of each input whose parameters make one.
    """

    def __init__(self, merged: Merged, file: Path) -> None:
        """Take what was merged for a file."""
        self.data = merged.data
        self.places = merged.places
        self.file = file
        self.problems: list[tuple[str, int, str]] = []
        self.model: Model | None = None
        self.dates: dict[str, date] = {}
        self.distributions: dict[str, Distribution] = {}

    def lines(self) -> list[str]:
        """The problems as ``file:line: key: reason``, in the order of files and lines."""
        return [
            f"{file}:{line}: {text}" if line else f"{file}: {text}"
            for file, line, text in sorted(self.problems)
        ]

    def check(self) -> None:
        """Look at everything."""
        for key in self.data:
            if key not in (*_SHAPE, "sources", "inputs", "checks"):
                known = ("extends", *_SHAPE, "sources", "inputs", "checks")
                self.problem((key,), f"no such key; {nearest(key, known)}")
        self.head()
        self.run()
        for name, source in self.table(("sources",)).items():
            self.source(name, source)
        for name, given in self.table(("inputs",)).items():
            self.input(name, given)
        self.completeness()
        self.checks()

    def head(self) -> None:
        """The table [scenario]."""
        head = self.table(("scenario",))
        self.keys(("scenario",), head, required=_SHAPE["scenario"])
        self.string(("scenario", "title"), head)
        if self.string(("scenario", "id"), head) and head["id"] != self.file.stem:
            reason = f"is {head['id']!r}; the file's name wants {self.file.stem!r}"
            self.problem(("scenario", "id"), reason)
        if self.string(("scenario", "engine"), head):
            self.model = MODELS.get(head["engine"])
            if self.model is None:
                reason = f"no engine {head['engine']!r}; {nearest(head['engine'], MODELS)}"
                self.problem(("scenario", "engine"), reason)
        if "start" in head and head["start"] != "report" and not _is_day(head["start"]):
            self.problem(("scenario", "start"), f'needs "report" or a date, has {head["start"]!r}')
        self.whole(("scenario", "months"), head, 0, MONTHS)

    def run(self) -> None:
        """The table [run]."""
        run = self.table(("run",))
        self.keys(("run",), run, required=_SHAPE["run"])
        self.whole(("run", "draws"), run, 1, DRAWS)
        self.whole(("run", "seed"), run, 0, 2**63 - 1)

    def source(self, name: str, source: Any) -> None:
        """One entry of [sources]."""
        at = ("sources", name)
        if not self.is_table(at, source):
            return
        self.keys(at, source, required=("title", "grade"), optional=_SOURCE_KEYS)
        for key in ("title", "document"):
            self.string((*at, key), source)
        if self.string((*at, "url"), source) and not re.match(r"https?://[^\s/]", source["url"]):
            self.problem((*at, "url"), f"needs an http(s) address, has {source['url']!r}")
        if self.string((*at, "grade"), source) and source["grade"] not in GRADES:
            self.problem((*at, "grade"), f"is {source['grade']!r}; it takes {', '.join(GRADES)}")
        if source.get("date", "undated") != "undated":
            day = _day(source["date"])
            if day is None:
                reason = f'needs a date, "2024-03", "2024" or "undated", has {source["date"]!r}'
                self.problem((*at, "date"), reason)
            else:
                self.dates[name] = day
        if source.get("grade") != "guess":
            if "url" not in source and "document" not in source:
                self.problem(at, "missing url or document")
            if "date" not in source:
                self.problem(at, "missing date")

    def input(self, name: str, given: Any) -> None:
        """One entry of [inputs]."""
        at = ("inputs", name)
        if not self.is_table(at, given):
            return
        for key in ("dist", "unit", "source"):
            if key not in given:
                self.problem(at, f"missing {key}")
        for key in ("unit", "note"):
            self.string((*at, key), given)
        if self.string((*at, "grade"), given) and given["grade"] not in GRADES:
            self.problem((*at, "grade"), f"is {given['grade']!r}; it takes {', '.join(GRADES)}")
        self.known_source((*at, "source"), given)
        if self.model is not None:
            unit = self.model.inputs.get(name)
            if unit is None:
                reason = f"the engine {self.model.engine} has no such input"
                self.problem(at, f"{reason}; {nearest(name, self.model.inputs)}")
            elif given.get("unit", unit) != unit:
                self.problem((*at, "unit"), f"is {given['unit']!r}; needs {unit!r}")
        if self.string((*at, "dist"), given):
            self.distribution(name, given)

    def distribution(self, name: str, given: Mapping[str, Any]) -> None:
        """The distribution of one input."""
        at = ("inputs", name)
        dist = given["dist"]
        if dist not in DISTRIBUTIONS:
            self.problem((*at, "dist"), f"no distribution {dist!r}; {nearest(dist, DISTRIBUTIONS)}")
            return
        parameters = {key: value for key, value in given.items() if key not in INPUT_KEYS}
        try:
            self.distributions[name] = build(dist, parameters)
        except ParameterError as error:
            for key, reason in error.problems:
                blamed = self.own(at, [key, *parameters]) if error.is_joint else key
                self.problem((*at, blamed), reason)

    def own(self, at: positions.Path, keys: Iterable[str]) -> str:
        """The first key that the file sets itself: what it inherits was right before."""
        keys = list(keys)
        here = (key for key in keys if self.places.get((*at, key), (None, 0))[0] == self.file)
        return next(here, keys[0])

    def completeness(self) -> None:
        """Everything that the model takes is there, and there are draws where they are needed."""
        if self.model is not None:
            for name in self.model.inputs.keys() - self.table(("inputs",)).keys():
                unit = self.model.inputs[name]
                self.problem(("inputs",), f"missing {name} ({unit}) for engine {self.model.engine}")
        draws = self.table(("run",)).get("draws")
        certain = all(isinstance(found, Point) for found in self.distributions.values())
        if not certain and isinstance(draws, int) and 0 < draws < FEWEST_DRAWS:
            self.problem(("run", "draws"), f"needs at least {FEWEST_DRAWS}, has {draws}")

    def checks(self) -> None:
        """The list [[checks]]."""
        checks = self.data.get("checks", [])
        if not isinstance(checks, list):
            self.problem(("checks",), "needs [[checks]], a list of tables")
            return
        seen: set[tuple[str, str]] = set()
        for index, check in enumerate(checks):
            at = ("checks", index)
            if self.is_table(at, check):
                self.one_check(at, check)
                pair = (str(check.get("output")), str(check.get("source")))
                if pair in seen:
                    self.problem(at, f"{pair[0]} is checked against {pair[1]} twice")
                seen.add(pair)

    def one_check(self, at: positions.Path, check: Mapping[str, Any]) -> None:
        """One entry of [[checks]]."""
        self.keys(at, check, required=_CHECK_KEYS)
        expect, tolerance = check.get("expect", 1), check.get("rel_tol", 0.5)
        if not _is_number(expect) or expect == 0:
            self.problem((*at, "expect"), f"needs a number other than 0, has {expect!r}")
        if not _is_number(tolerance) or not 0 < tolerance < 1:
            self.problem((*at, "rel_tol"), f"needs 0 < rel_tol < 1, has {tolerance!r}")
        self.known_source((*at, "source"), check)
        if self.string((*at, "output"), check) and self.model is not None:
            output, outputs = check["output"], self.model.outputs
            if output not in outputs:
                reason = f"the engine {self.model.engine} has no output {output!r}"
                self.problem((*at, "output"), f"{reason}; {nearest(output, outputs)}")

    def problem(self, path: positions.Path, reason: str) -> None:
        """Note a problem at the nearest place that a file has for the path."""
        key = ""
        for name in path:
            key += f"[{name + 1}]" if isinstance(name, int) else f".{name}" if key else str(name)
        known = path
        while known and known not in self.places:
            known = known[:-1]
        file, line = self.places.get(known, (self.file, 0))
        self.problems.append((str(file), line, f"{key}: {reason}"))

    def table(self, path: tuple[str, ...]) -> Mapping[str, Any]:
        """The table at a path; an empty one, and a problem once, where there is none."""
        found: Any = self.data
        for key in path:
            found = found.get(key) if isinstance(found, dict) else None
        if isinstance(found, dict):
            return found
        self.once(path, f"needs a table [{'.'.join(path)}]")
        return {}

    def once(self, path: positions.Path, reason: str) -> None:
        """Note a problem that may be come upon more than once."""
        before = len(self.problems)
        self.problem(path, reason)
        if self.problems[-1] in self.problems[:before]:
            self.problems.pop()

    def is_table(self, path: positions.Path, value: Any) -> bool:
        """Whether a value is a table; notes the problem if not."""
        if not isinstance(value, dict):
            self.problem(path, f"needs a table, has {value!r}")
        return isinstance(value, dict)

    def keys(
        self,
        at: positions.Path,
        table: Mapping[str, Any],
        *,
        required: Iterable[str],
        optional: Iterable[str] = (),
    ) -> None:
        """Note missing and unknown keys; an absent table has been noted already."""
        allowed = {*required, *optional}
        for key in required:
            if key not in table and (table or at in self.places):
                self.problem(at, f"missing {key}")
        for key in table.keys() - allowed:
            self.problem((*at, key), f"no such key; {nearest(key, allowed)}")

    def string(self, path: positions.Path, table: Mapping[str, Any]) -> bool:
        """Whether a key is there and is text with something in it."""
        key = str(path[-1])
        if key not in table:
            return False
        good = isinstance(table[key], str) and bool(table[key].strip())
        if not good:
            self.problem(path, f"needs text, has {table[key]!r}")
        return good

    def whole(self, path: positions.Path, table: Mapping[str, Any], low: int, high: int) -> None:
        """Note a value that is not a whole number within bounds."""
        value = table.get(str(path[-1]), low)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            self.problem(path, f"needs a whole number from {low} to {high}, has {value!r}")

    def known_source(self, path: positions.Path, table: Mapping[str, Any]) -> None:
        """Note a source that is not in [sources]."""
        sources = self.data.get("sources")
        if self.string(path, table) and isinstance(sources, dict):
            name = table["source"]
            if name not in sources:
                self.problem(path, f"source {name!r} is not in [sources]; {nearest(name, sources)}")


def _is_day(value: Any) -> bool:
    return isinstance(value, date) and not isinstance(value, datetime)


def _day(value: Any) -> date | None:
    """A TOML date, or text of a year or a month, which counts from its last day.

    Earlier than that it is not sure to have been public.
    """
    if _is_day(value):
        day: date = value
        return day
    match = _PARTIAL_DATE.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return None
    year, month = int(match[1]), int(match[2] or 12)
    return date(year, month, monthrange(year, month)[1])


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
