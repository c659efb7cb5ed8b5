"""What a scenario file must hold; finds every problem before anything is built."""

from __future__ import annotations

import math
import re
from calendar import monthrange
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeGuard

from pipeline.estimate import column, correlation, limits, positions, units
from pipeline.estimate.demand import MODELS
from pipeline.estimate.distribution import (
    DISTRIBUTIONS,
    Distribution,
    ParameterError,
    build,
)
from pipeline.estimate.model import Model
from pipeline.estimate.scenario_file import nearest
from pipeline.estimate.scenario_merge import INPUT_KEYS, Merged
from pipeline.estimate.scenario_problems import Problems, dotted, is_number
from pipeline.estimate.scenario_text import TOLERANCE

GRADES = ("primary", "secondary", "derived", "reconstructed", "guess")
"""How far a source can be trusted. Reconstructed: chosen so that published results come out."""

MONTHS = 120
DRAWS = 2**20
FEWEST_DRAWS = 1000
"""Below this a median's standard error says little; only single points need no draws."""
WIDEST_TOLERANCE = 0.1

_SHAPE: Mapping[str, tuple[str, ...]] = {
    "scenario": ("id", "title", "engine", "start", "months"),
    "run": ("draws", "seed"),
}
_TABLES = (*_SHAPE, "gpu", "sources", "inputs", "correlations", "checks")
_GPU_KEYS = ("name", "memory_gb", "needs_gb")
_CORRELATION_KEYS = ("between", "spearman", "source")
_SOURCE_KEYS = ("title", "url", "document", "date", "grade")
_CHECK_KEYS = ("output", "expect", "rel_tol", "source")
_PARTIAL_DATE = re.compile(r"([12]\d{3})(?:-(0[1-9]|1[0-2]))?")


class Rules(Problems):
    """One pass over merged data; ``problems`` is empty if a scenario can be built of it.

    Attributes:
        model: the model that the scenario names, if it names one.
        dates: day of publication of each source that has one.
        distributions: of each input whose parameters make one.
    """

    def __init__(self, merged: Merged, file: Path) -> None:
        """Take what was merged for a file."""
        super().__init__(merged, file)
        self.model: Model | None = None
        self.dates: dict[str, date] = {}
        self.distributions: dict[str, Distribution] = {}

    def check(self) -> None:
        """Look at everything."""
        for key in self.data:
            if key not in _TABLES:
                self.problem((key,), f"no such key; {nearest(key, ('extends', *_TABLES))}")
        self.head()
        self.run()
        if "gpu" in self.data:
            self.gpu()
        for name, source in self.table(("sources",)).items():
            self.source(name, source)
        for name, given in self.table(("inputs",)).items():
            self.input(name, given)
        self.completeness()
        self.correlations()
        self.checks()
        self.fit()

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
        self.keys(("run",), run, required=_SHAPE["run"], optional=("tolerance",))
        self.whole(("run", "draws"), run, 1, DRAWS)
        self.whole(("run", "seed"), run, 0, 2**63 - 1)
        tolerance = run.get("tolerance", TOLERANCE)
        if not is_number(tolerance) or not 0 < tolerance < WIDEST_TOLERANCE:
            reason = f"needs 0 < tolerance < {WIDEST_TOLERANCE}, has {tolerance!r}"
            self.problem(("run", "tolerance"), reason)

    def gpu(self) -> None:
        """The table [gpu]; a model that does not fit is a problem."""
        at, gpu = ("gpu",), self.table(("gpu",))
        self.keys(at, gpu, required=_GPU_KEYS, optional=("note",))
        named = self.string((*at, "name"), gpu)
        self.string((*at, "note"), gpu)
        sized = [self.number((*at, key), gpu) for key in ("needs_gb", "memory_gb")]
        if named and all(sized) and gpu["needs_gb"] > gpu["memory_gb"]:
            needs, has = f"{gpu['needs_gb']:g}", f"{gpu['memory_gb']:g}"
            reason = f"the model needs {needs} GB, the {gpu['name']} has {has}"
            blamed = self.newest(at, ("needs_gb", "memory_gb"))
            self.problem((*at, blamed), f"{reason}; take a GPU or a model that fits")

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
        for key in ("unit", "note"):
            self.string((*at, key), given)
        if self.string((*at, "grade"), given) and given["grade"] not in GRADES:
            self.problem((*at, "grade"), f"is {given['grade']!r}; it takes {', '.join(GRADES)}")
        self.known_source((*at, "source"), given)
        if self.model is not None and name not in self.model.inputs:
            reason = f"the engine {self.model.engine} has no such input"
            self.problem(at, f"{reason}; {nearest(name, self.model.inputs)}")
        else:  # what a misspelt name lacks, the right one has most often inherited
            for key in ("dist", "unit", "source"):
                if key not in given:
                    self.problem(at, f"missing {key}")
        if self.model is not None and name in self.model.inputs:
            self.unit((*at, "unit"), given.get("unit"), self.model.inputs[name])
        if self.string((*at, "dist"), given):
            self.distribution(name, given)
        if self.model is not None and name in self.model.shares & self.distributions.keys():
            self.share(at, given)

    def unit(self, path: positions.Path, given: Any, wanted: str) -> None:
        """Any unit of the dimension that the model wants will do."""
        if not isinstance(given, str) or not given.strip():
            return  # noted already
        try:
            unit = units.parse(given)
        except units.UnitError as error:
            names = re.split(r"[*/^]", given)
            unknown = next((n for n in map(str.strip, names) if repr(n) in str(error)), given)
            self.problem(path, f"{error}; {nearest(unknown, units.NAMES)}")
            return
        if self.model is not None and path[1] in self.model.compounding and given != wanted:
            self.problem(path, f"is {given!r}; needs {wanted!r}, for it compounds")
        elif unit.dimension != units.parse(wanted).dimension:
            self.problem(path, f"is {given!r}; needs the dimension of {wanted!r}")
        elif not 0 < unit.scale < math.inf:
            self.problem(path, f"is {given!r}, which is too large or too small to reckon with")

    def share(self, at: positions.Path, given: Mapping[str, Any]) -> None:
        """An input that lies between 0 and 1."""
        found = limits.beyond_a_share(self.distributions[str(at[1])], self.scale(str(at[1])))
        if found is not None:
            parameters = [key for key in given if key not in INPUT_KEYS]
            reason = f"is a share: needs 0 to 1, has {found:.6g} within its 90 %"
            self.problem((*at, self.newest(at, parameters)), reason)

    def scale(self, name: str) -> float:
        """One unit of an input in base units; 1 where it has no unit that can be read."""
        try:
            return units.parse(str(self.data["inputs"][name].get("unit"))).scale
        except units.UnitError:
            return 1.0

    def fit(self) -> None:
        """Whether the model of the inputs fits the GPU that is named."""
        gpu = self.data.get("gpu")
        if self.model is None or not isinstance(gpu, dict) or self.problems:
            return
        inputs = {name: self.distributions[name] for name in self.model.inputs}
        needs = limits.memory_gb(self.model, inputs, {name: self.scale(name) for name in inputs})
        if needs is None:
            reason = f"the engine {self.model.engine} counts H100s; leave the table out"
            self.problem(("gpu",), f"{reason}, or take the engine video")
        elif needs > gpu["memory_gb"]:
            reason = f"the model needs at least {needs:.3g} GB with 8-bit weights"
            fits = f"the {gpu['name']} has {gpu['memory_gb']:g}; take a GPU or a model that fits"
            self.problem(("gpu", self.newest(("gpu",), _GPU_KEYS[1:])), f"{reason}, {fits}")

    def distribution(self, name: str, given: Mapping[str, Any]) -> None:
        """The distribution of one input."""
        at = ("inputs", name)
        dist = given["dist"]
        if dist not in DISTRIBUTIONS:
            self.problem((*at, "dist"), f"no distribution {dist!r}; {nearest(dist, DISTRIBUTIONS)}")
            return
        parameters = {key: value for key, value in given.items() if key not in INPUT_KEYS}
        try:
            if dist == "empirical" and not parameters.keys().isdisjoint({"file", "column"}):
                parameters = self.with_column(at, parameters)
                heads = {key: value for key, value in given.items() if key in INPUT_KEYS}
                self.data["inputs"][name] = heads | parameters
            self.distributions[name] = build(dist, parameters)
        except ParameterError as error:
            for key, reason in error.problems:
                path = (key,) if key in parameters else _keys(key)
                if error.is_joint and len(path) == 1:
                    path = (self.newest(at, [key, *parameters]),)
                self.problem((*at, *path), reason)

    def with_column(self, at: positions.Path, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """The parameters of an empirical input with the data of its file in their place.

        Raises:
            ParameterError: on one of them.
        """
        if "values" in parameters:
            raise ParameterError(
                ("values", "is there beside file or column; give one or the other")
            )
        for key in ("file", "column"):
            if key not in parameters:
                raise ParameterError((key, "is missing; data are given by file and column"))
            if not isinstance(parameters[key], str):
                raise ParameterError((key, f"needs text, has {parameters[key]!r}"))
        place = self.merged.place((*at, "file"))
        folder = self.file.parent if place is None else place.layer.folder
        values = column.read(folder / parameters["file"], parameters["column"])
        rest = {key: value for key, value in parameters.items() if key not in ("file", "column")}
        return rest | {"values": values}

    def completeness(self) -> None:
        """Everything that the model takes is there, and there are draws where they are needed."""
        if self.model is not None:
            for name in self.model.inputs.keys() - self.table(("inputs",)).keys():
                unit = self.model.inputs[name]
                self.problem(("inputs",), f"missing {name} ({unit}) for engine {self.model.engine}")
        draws = self.table(("run",)).get("draws")
        certain = all(found.is_certain for found in self.distributions.values())
        if not certain and isinstance(draws, int) and 0 < draws < FEWEST_DRAWS:
            self.problem(("run", "draws"), f"needs at least {FEWEST_DRAWS}, has {draws}")

    def correlations(self) -> None:
        """The list [[correlations]]; looked at as a whole once each entry is right."""
        before = len(self.problems)
        pairs: list[correlation.Pair] = []
        entries = list(self.entries("correlations"))
        for at, entry in entries:
            self.one_correlation(at, entry)
            names = entry.get("between")
            if _is_pair(names):
                if set(names) in map(set, pairs):
                    self.problem((*at, "between"), f"{' and '.join(names)} are there twice")
                pairs.append((names[0], names[1]))
        if len(self.problems) > before:
            return
        spearmans = [entry["spearman"] for _, entry in entries]
        for found in correlation.contradictions(pairs, spearmans):
            self.problem((*entries[found.index][0], "spearman"), _contradiction(found))

    def one_correlation(self, at: positions.Path, entry: Mapping[str, Any]) -> None:
        """One entry of [[correlations]]."""
        self.keys(at, entry, required=_CORRELATION_KEYS, optional=("note",))
        self.string((*at, "note"), entry)
        self.known_source((*at, "source"), entry)
        spearman = entry.get("spearman", 0)
        if not is_number(spearman) or not -1 < spearman < 1:
            self.problem((*at, "spearman"), f"needs -1 < spearman < 1, has {spearman!r}")
        if "between" in entry:
            self.between((*at, "between"), entry["between"])

    def between(self, path: positions.Path, names: Any) -> None:
        """The two inputs of a correlation: different, known and uncertain."""
        if not _is_pair(names):
            self.problem(path, f"needs the names of two different inputs, has {names!r}")
            return
        for name in names:
            if self.model is not None and name not in self.model.inputs:
                reason = f"the engine {self.model.engine} has no input {name!r}"
                self.problem(path, f"{reason}; {nearest(name, self.model.inputs)}")
            found = self.distributions.get(name)
            if found is not None and found.is_certain:
                self.certain(path, name)

    def certain(self, path: positions.Path, name: str) -> None:
        """A correlated input without spread: told where the two came together."""
        kind = self.data["inputs"][name]["dist"]
        entry, dist = path[:-1], ("inputs", name, "dist")
        here, there = self.merged.place(dist), self.merged.place(path)
        if here is not None and there is not None and here.order > there.order:
            reason = f"is {kind!r}, but {dotted(entry)} correlates it; give a list of correlations"
            self.problem(dist, f"{reason} without it ('correlations=[]' drops all)")
        else:
            self.problem(path, f"{name} is certain ({kind}), so that nothing correlates with it")

    def checks(self) -> None:
        """The list [[checks]]."""
        seen: set[tuple[str, str]] = set()
        for at, check in self.entries("checks"):
            self.one_check(at, check)
            pair = (str(check.get("output")), str(check.get("source")))
            if pair in seen:
                self.problem(at, f"{pair[0]} is checked against {pair[1]} twice")
            seen.add(pair)

    def one_check(self, at: positions.Path, check: Mapping[str, Any]) -> None:
        """One entry of [[checks]]."""
        self.keys(at, check, required=_CHECK_KEYS)
        expect, tolerance = check.get("expect", 1), check.get("rel_tol", 0.5)
        if not is_number(expect) or expect == 0:
            self.problem((*at, "expect"), f"needs a number other than 0, has {expect!r}")
        if not is_number(tolerance) or not 0 < tolerance < 1:
            self.problem((*at, "rel_tol"), f"needs 0 < rel_tol < 1, has {tolerance!r}")
        self.known_source((*at, "source"), check)
        if self.string((*at, "output"), check) and self.model is not None:
            output, outputs = check["output"], self.model.outputs
            if output not in outputs:
                reason = f"the engine {self.model.engine} has no output {output!r}"
                self.problem((*at, "output"), f"{reason}; {nearest(output, outputs)}")


def _keys(parameter: str) -> positions.Path:
    """The path of a parameter inside of another one: ``of[2].p05``, counted from 1."""
    found = re.findall(r"\[(\d+)\]|([^.\[\]]+)", parameter)
    return tuple(int(index) - 1 if index else name for index, name in found)


def _is_pair(names: Any) -> TypeGuard[list[str]]:
    if not isinstance(names, list) or len(names) != 2:
        return False
    return all(isinstance(name, str) for name in names) and names[0] != names[1]


def _contradiction(found: correlation.Contradiction) -> str:
    reason = "the correlations contradict one another"
    for digits in range(2, 7):
        if found.bounds is None:
            break
        scale = 10**digits
        low, high = math.ceil(found.bounds[0] * scale), math.floor(found.bounds[1] * scale)
        if low < high:
            bounds = f"above {low / scale:.{digits}f} and below {high / scale:.{digits}f}"
            return f"{reason}; with the others as they are it needs to be {bounds}"
    return f"{reason} whatever this one is; change more than one"


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
