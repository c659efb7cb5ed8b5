"""Scenarios: which model, on which inputs, drawn how, and with which sources.

A scenario is a TOML file; ``extends`` builds it on another one, key by key. What is loaded
here is a value: complete, checked, and hashed over its merged text.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pipeline import resources
from pipeline.errors import ScenarioError
from pipeline.estimate import (
    scenario_changes,
    scenario_file,
    scenario_model,
    scenario_text,
    units,
)
from pipeline.estimate.demand import MODELS
from pipeline.estimate.distribution import Distribution
from pipeline.estimate.model import Model
from pipeline.estimate.scenario_changes import Changes
from pipeline.estimate.scenario_merge import INPUT_KEYS, Merged
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
    """Day of publication, or the last day of its month or year where that is all that is
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
    """Of the parameters and of the values that are drawn."""
    scale: float
    """What one of that unit is in base units."""
    source: Source
    grade: str
    """The source's grade, or the input's own: a range fitted to a primary source is derived."""
    note: str | None


@dataclass(frozen=True)
class Correlation:
    """How two uncertain inputs go together."""

    between: tuple[str, str]
    spearman: float
    """Rank correlation, strictly between -1 and 1."""
    source: Source
    note: str | None


@dataclass(frozen=True)
class Gpu:
    """The GPU that a scenario is about; the model fits into its memory."""

    name: str
    memory_gb: float
    needs_gb: float
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
    tolerance: float
    """Largest relative standard error of P10, P50 and P90."""
    gpu: Gpu | None
    sources: Mapping[str, Source]
    inputs: Mapping[str, Input]
    """In the order in which the model lists them."""
    correlations: tuple[Correlation, ...]
    """Consistent: the matrix of their normal scores is positive definite."""
    checks: tuple[Check, ...]
    text: str
    """All that was merged as canonical TOML; it loads to an equal scenario."""
    extends: tuple[str, ...] = field(compare=False)
    """Names of the files below, nearest first."""

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
    return sorted(
        {
            file.stem
            for folder in folders
            for file in folder.glob("*.toml")
            if scenario_file.is_file(file)
        }
    )


def load(
    name_or_path: str | Path,
    folders: Sequence[Path] = FOLDERS,
    changes: Changes = scenario_changes.NONE,
) -> Scenario:
    """Read, merge and check one scenario.

    Args:
        name_or_path: a name, looked for in the folders in their order, or the path of a TOML
            file (ending in .toml or holding a separator).
        folders: where names, and what files extend, are looked for.
        changes: what is laid over the files; it counts like a file that extends them, but the
            scenario keeps its name and checks.

    Raises:
        ScenarioError: every problem found, one line each, as ``file:line: key: reason``, or as
            ``--set key: reason``.
    """
    file = scenario_file.find(name_or_path, folders)
    layers = scenario_file.chain(file, folders)
    merged = Merged()
    for layer in reversed(layers):
        scenario_model.lay(merged, layer, is_heir=True)
    scenario_changes.lay(merged, changes)
    rules = Rules(merged, file)
    rules.check()
    if rules.problems:
        raise ScenarioError("\n".join(rules.lines()))
    return _scenario(rules, tuple(Path(layer.label).name for layer in layers[1:]))


def _scenario(rules: Rules, extends: tuple[str, ...]) -> Scenario:
    """Build the value from data that the rules have accepted."""
    data = rules.data
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
        tolerance=float(run.get("tolerance", scenario_text.TOLERANCE)),
        gpu=_gpu(data["gpu"]) if "gpu" in data else None,
        sources=MappingProxyType(sources),
        inputs=MappingProxyType(inputs),
        correlations=tuple(_correlation(c, sources) for c in data.get("correlations", ())),
        checks=checks,
        text=scenario_text.canonical(data),
        extends=extends,
    )


def _gpu(data: Mapping[str, Any]) -> Gpu:
    memory, needs = float(data["memory_gb"]), float(data["needs_gb"])
    return Gpu(data["name"], memory, needs, data.get("note"))


def _correlation(data: Mapping[str, Any], sources: Mapping[str, Source]) -> Correlation:
    first, second = data["between"]
    source = sources[data["source"]]
    return Correlation((first, second), float(data["spearman"]), source, data.get("note"))


def _input(
    name: str,
    data: Mapping[str, Any],
    sources: Mapping[str, Source],
    distribution: Distribution,
) -> Input:
    source = sources[data["source"]]
    given = data.keys() - set(INPUT_KEYS)
    form = next(form for form in type(distribution).forms if set(form) == given)
    return Input(
        name=name,
        dist=data["dist"],
        distribution=distribution,
        params=", ".join(_shown(data["dist"], key, data[key]) for key in form),
        unit=data["unit"],
        scale=units.parse(data["unit"]).scale,
        source=source,
        grade=data.get("grade", source.grade),
        note=data.get("note"),
    )


def _shown(dist: str, key: str, value: Any) -> str:
    """One parameter, for a list or table of many numbers in short."""
    if isinstance(value, dict):
        return ", ".join(f"{name} {value[name]:.10g}" for name in sorted(value))
    if dist == "empirical":
        return f"{len(value):,} {key}"
    if dist == "mixture" and key == "of":
        return f"of {len(value)} distributions"
    if isinstance(value, list):
        return f"{key} {'/'.join(f'{item:.10g}' for item in value)}"
    return f"{key} {value:.10g}"
