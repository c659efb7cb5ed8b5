"""Scenarios: which model, on which inputs, drawn how, and with which sources.

A scenario is a TOML file; ``extends`` builds it on another one, key by key. What is loaded
here is a value: complete, checked, and hashed over its merged text.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pipeline import resources
from pipeline.errors import ScenarioError
from pipeline.estimate import scenario_file
from pipeline.estimate.demand import MODELS
from pipeline.estimate.distribution import Distribution
from pipeline.estimate.model import Model
from pipeline.estimate.scenario_rules import Rules

FOLDERS = (resources.SCENARIOS,)


@dataclass(frozen=True)
class Source:
    """Where an input or an expected figure comes from, and how far it can be trusted."""

    id: str
    title: str
    url: str | None
    """An http(s) address; None where only ``document`` is given."""
    document: str | None
    published: date | None
    """Day of publication, or the first day of its month or year where that is all that is
    known; None for a guess, and for what the file calls undated."""
    grade: str
    """primary, secondary, derived, reconstructed or guess."""


@dataclass(frozen=True)
class Input:
    """One assumption."""

    name: str
    dist: str
    distribution: Distribution
    params: str
    """The parameters as the file gives them: ``p05 0.16, p95 7``."""
    unit: str
    source: Source
    grade: str
    """The source's grade, or the input's own: a range fitted to a primary source is derived."""
    note: str | None


@dataclass(frozen=True)
class Check:
    """A figure that the scenario must give: output, expected value and relative tolerance."""

    output: str
    expect: float
    rel_tol: float
    source: Source

    @property
    def id(self) -> str:
        """Unique within a scenario: what is checked, and against whom."""
        return f"{self.output}.{self.source.id}"


@dataclass(frozen=True)
class Scenario:
    """A complete, checked scenario."""

    id: str
    title: str
    model: Model
    start: date | None
    """The day that months count from; None for the report's date."""
    months: int
    """The last month index; month 0 is always there."""
    seed: int
    draws: int
    sources: Mapping[str, Source]
    inputs: Mapping[str, Input]
    """In the order in which the model lists them."""
    checks: tuple[Check, ...]
    text: str
    """The merged file as canonical TOML; it loads to an equal scenario."""

    @property
    def engine(self) -> str:
        """Name of the model."""
        return self.model.engine

    @property
    def scenario_hash(self) -> str:
        """SHA-256 of the text: equal hashes mean equal assumptions, seed and draws."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def names(folders: Sequence[Path] = FOLDERS) -> list[str]:
    """The names of all scenarios in the folders, sorted, each once."""
    return sorted({file.stem for folder in folders for file in folder.glob("*.toml")})


def load(name_or_path: str | Path, folders: Sequence[Path] = FOLDERS) -> Scenario:
    """Read, merge and check one scenario.

    Args:
        name_or_path: a name, looked for in the folders in their order, or the path of a TOML
            file (ending in .toml or holding a separator).
        folders: where names, and what files extend, are looked for.

    Raises:
        ScenarioError: every problem found, one line each, as ``file:line: key: reason``.
    """
    file = scenario_file.find(name_or_path, folders)
    merged = scenario_file.read(file, folders)
    rules = Rules(merged, file)
    rules.check()
    if rules.problems:
        raise ScenarioError("\n".join(rules.lines()))
    return _scenario(merged.data, rules)


def _scenario(data: Mapping[str, Any], rules: Rules) -> Scenario:
    """Build the value from data that the rules have accepted."""
    head, run = data["scenario"], data["run"]
    model = MODELS[head["engine"]]
    sources = {
        name: Source(
            id=name,
            title=source["title"],
            url=source.get("url"),
            document=source.get("document"),
            published=rules.dates.get(name),
            grade=source["grade"],
        )
        for name, source in data["sources"].items()
    }
    inputs = {
        name: _input(name, data["inputs"][name], sources, rules.distributions[name])
        for name in model.inputs
    }
    checks = tuple(
        Check(c["output"], float(c["expect"]), float(c["rel_tol"]), sources[c["source"]])
        for c in data.get("checks", ())
    )
    return Scenario(
        id=head["id"],
        title=head["title"],
        model=model,
        start=None if head["start"] == "report" else head["start"],
        months=head["months"],
        seed=run["seed"],
        draws=run["draws"],
        sources=MappingProxyType(sources),
        inputs=MappingProxyType(inputs),
        checks=checks,
        text=scenario_file.canonical(data),
    )


def _input(
    name: str,
    data: Mapping[str, Any],
    sources: Mapping[str, Source],
    distribution: Distribution,
) -> Input:
    source = sources[data["source"]]
    forms = type(distribution).forms
    given = next(form for form in forms if set(form) <= data.keys())
    return Input(
        name=name,
        dist=data["dist"],
        distribution=distribution,
        params=", ".join(f"{key} {_shown(data[key])}" for key in given),
        unit=data["unit"],
        source=source,
        grade=data.get("grade", source.grade),
        note=data.get("note"),
    )


def _shown(value: float | Iterable[float]) -> str:
    if isinstance(value, int | float):
        return f"{value:.10g}"
    return "/".join(f"{item:.10g}" for item in value)
