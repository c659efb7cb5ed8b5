"""Scenarios: the commands on assumptions, each with what it prints; none needs a warehouse.

Each imports what it needs itself, so that ``--help`` stays quick.
"""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING, Any

from pipeline.errors import QualityError, ScenarioError, StorageError, UsageError
from pipeline.files import deliver
from pipeline.invocation import job_of, print_result
from pipeline.rows import as_json, written
from pipeline.visible import visible

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence
    from datetime import date
    from pathlib import Path

    from pipeline.console import Log
    from pipeline.estimate.scenario import Input, Scenario
    from pipeline.job import Job

_FORMATS = {".csv": "csv", ".parquet": "parquet"}
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*", re.ASCII)


def listed(options: argparse.Namespace, log: Log) -> int:
    """List the scenarios."""
    from pipeline import answers
    from pipeline.estimate import scenario

    job = job_of(options, log)
    found, problems = _readable(options, job, scenario.names(job.scenarios))
    rows = [
        {"id": one.id, "engine": one.engine, "title": one.title, "extends": list(one.extends)}
        for one in found
    ]
    text = answers.drawn([{**row, "extends": ", ".join(row["extends"])} for row in rows])
    print_result(options, rows, text)
    if problems:
        raise ScenarioError("\n".join(problems))
    return 0


def show(options: argparse.Namespace, log: Log) -> int:
    """Print one scenario as it is merged."""
    found = _loaded(options, job_of(options, log), options.name)
    print_result(options, {"id": found.id, "text": found.text}, visible(found.text))
    return 0


def check(options: argparse.Namespace, log: Log) -> int:
    """Read scenarios, and compare them with the figures that they must give."""
    from pipeline import answers
    from pipeline.estimate import checks, scenario, simulation

    job = job_of(options, log)
    start = _start(options, job)
    found, problems = _readable(options, job, options.names or scenario.names(job.scenarios))
    results, lines, missed = [], [], []
    for one in found:
        try:
            simulation.simulate(one, start, months=[0, one.months])
            done = checks.checked(one, start)
        except ScenarioError as error:
            problems.append(str(error))
            continue
        missed += checks.missed(one, done)
        passed = sum(each.passed for each in done)
        counts = {"inputs": len(one.inputs), "sources": len(one.sources), "checks": len(done)}
        ending = f", {passed} pass" if done else ""
        lines.append(
            f"{one.id}: {', '.join(answers.counted(*each) for each in counts.items())}{ending}"
        )
        figures = [
            {**{key: vars(each.check)[key] for key in ("output", "expect", "rel_tol")}}
            | {"computed": each.computed, "passed": each.passed}
            for each in done
        ]
        results.append({"id": one.id, **counts, "figures": figures})
    print_result(options, results, "\n".join(lines))
    if problems:
        raise ScenarioError("\n".join([*problems, *missed]))
    return _judged(missed)


def run(options: argparse.Namespace, log: Log) -> int:
    """Evaluate one scenario."""
    from pipeline import answers
    from pipeline.estimate import asked, checks, simulation, tracing

    form = _form(options.out)
    job = job_of(options, log)
    given = {"draws": options.draws, "seed": options.seed, "tolerance": options.tolerance}
    settings = [f"run.{name}={value}" for name, value in given.items() if value is not None]
    found = _loaded(options, job, options.name, settings)
    start = _start(options, job)
    months = None
    if options.out is None or options.months:
        months = asked.shown_months(found, start, options.months)
    with job.progress(f"draw {found.id}") as step:
        result = simulation.simulate(found, start, months=months, method=options.method, told=step)
    if result.largest_error > found.tolerance:
        log(
            "tolerance_missed",
            scenario=found.id,
            largest_error=float(f"{result.largest_error:.2g}"),
            tolerance=found.tolerance,
            do="narrow the inputs, or give a wider --tolerance",
        )
    missed = checks.missed(found, checks.checked(found, start))
    if missed and (options.values or options.files):
        # With other inputs it need not give them any more.
        log("checks_missed", scenario=found.id, missed=len(missed), checks=len(found.checks))
        missed = []
    if options.out is not None:
        rows = answers.quantiles(found, start, result)
        print_result(
            options,
            {"file": str(options.out), "rows": len(rows)},
            str(deliver(options.out, written(rows, form))),
        )
        return _judged(missed)
    facts = {
        "scenario": found.id,
        "draws": max(one.draws for one in result.rows.values()),
        "seed": found.seed,
        "largest_error": result.largest_error,
        "scenario_hash": found.scenario_hash,
        "model_hash": tracing.structure(found.model).model_hash,
    }
    told = (
        f"{found.id}: at most {facts['draws']:,} draws, seed {found.seed}, largest standard error "
        f"of p10, p50, p90 {result.largest_error:.2%}\n"
        f"scenario {facts['scenario_hash']}\nmodel    {facts['model_hash']}"
    )
    rows = json.loads(as_json(answers.quantiles(found, start, result)))
    print_result(
        options, {**facts, "rows": rows}, f"{answers.summaries(found, start, result)}\n{told}"
    )
    return _judged(missed)


def _judged(missed: Sequence[str]) -> int:
    """Nothing to say where a scenario gives all that it must.

    Raises:
        QualityError: it misses figures; each is told.
    """
    if missed:
        raise QualityError("\n".join(missed))
    return 0


def explain(options: argparse.Namespace, log: Log) -> int:
    """Show how an output comes about."""
    from pipeline import answers
    from pipeline.estimate import explain as explaining

    job = job_of(options, log)
    found = _loaded(options, job, options.name)
    made = explaining.explain(found, _start(options, job), options.output, options.month)
    result = {
        "scenario": found.id,
        "output": made.output,
        "month": made.month,
        "unit": made.unit,
        "at_medians": made.at_medians,
        **{name: made.summary[name] for name in ("p05", "p50", "p95")},
        "constants": [vars(one) for one in made.constants],
        "steps": [vars(one) for one in made.steps],
        "inputs": [{**_assumed(one.given), "value": one.value} for one in made.inputs],
        "sensitivity": [vars(one) for one in made.shares],
    }
    print_result(options, result, visible("\n".join(answers.explained(found, made))))
    return 0


def diff(options: argparse.Namespace, log: Log) -> int:
    """Lead the difference of two scenarios back to their inputs; the second one can be changed."""
    from pipeline import answers
    from pipeline.estimate import compare, scenario

    job = job_of(options, log)
    first = scenario.load(options.name, job.scenarios)
    second = _loaded(options, job, options.other)
    made = compare.compare(first, second, _start(options, job), options.output, options.month)
    rows = [
        {
            "differs": one.name,
            "from": one.first,
            "to": one.second,
            "ln": None if one.share is None else round(one.share, 4),
            "factor": None if one.share is None else answers.rounded(math.exp(one.share)),
        }
        for one in made.differences
    ]
    way = "Shapley values" if made.is_exact else "means of switching forward and backward"
    where = f"{made.output}{answers.in_month(made.month)}"
    text = [
        f"median of {where}: from {answers.measured(made.first, made.unit)} ({first.id}) "
        f"to {answers.measured(made.second, made.unit)} ({second.id})",
        f"ratio {made.second / made.first:.4g}, ln {made.log_ratio:.4f}; ln of each input: {way}",
        answers.drawn(rows) if rows else "nothing differs",
    ]
    result = {
        "first": {"scenario": first.id, "p50": made.first},
        "second": {"scenario": second.id, "p50": made.second},
        "output": made.output,
        "unit": made.unit,
        "month": made.month,
        "ln_ratio": made.log_ratio,
        "is_exact": made.is_exact,
        "differences": [vars(one) for one in made.differences],
    }
    print_result(options, result, "\n".join(text))
    return 0


def solve(options: argparse.Namespace, log: Log) -> int:
    """Find the value of an input that gives what is wanted."""
    from pipeline import answers
    from pipeline.estimate import solve as solving

    job = job_of(options, log)
    wanted = solving.target(options.such_that)
    found = _loaded(options, job, options.name)
    made = solving.solve(found, _start(options, job), options.input, wanted)
    unit = found.model.outputs[wanted.output].unit
    given = made.given
    own = f"{given.dist} {given.params}"
    place = f"it is {own} in the scenario"
    if made.percentile is not None:
        place = f"{made.percentile:.1%} of its own distribution lie below ({own})"
    result = {
        "scenario": found.id,
        "input": given.name,
        "value": made.value,
        "unit": given.unit,
        "percentile": made.percentile,
        "output": wanted.output,
        "quantile": wanted.quantile,
        "month": made.month,
        "reached": made.reached,
        "standard_error": made.error,
        "draws": made.draws,
        "is_closed_form": made.is_closed,
    }
    text = (
        f"{given.name} = {answers.measured(made.value, given.unit, 6)}; {place}\n"
        f"{wanted.output}.{wanted.quantile}{answers.in_month(made.month)} is then "
        f"{answers.measured(made.reached, unit, 6)}, standard error {made.error / made.reached:.2%}"
    )
    print_result(options, result, text)
    return 0


def new(options: argparse.Namespace, log: Log) -> int:
    """Write a file to start a scenario from."""
    from pathlib import Path

    from pipeline import answers
    from pipeline.estimate import scenario

    job = job_of(options, log)
    for name in (options.name, options.extends):
        if not _ID.fullmatch(name):
            raise UsageError(f"{name!r}: the name of a scenario has letters, digits, - and _ only")
    own = job.overlay / "scenarios" if job.overlay else Path("scenarios")
    path = (options.folder or own) / f"{options.name}.toml"
    base = scenario.load(options.extends, (path.parent, *job.scenarios))
    for known in scenario.names((path.parent, *job.scenarios)):
        # On some disks one would be read for the other.
        if known != options.name and known.casefold() == options.name.casefold():
            raise UsageError(
                f"{options.name}: differs from {known} in case alone; give another name"
            )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as stream:
            stream.write(answers.begun(options.name, base))
    except FileExistsError as error:
        if not path.parent.is_dir():
            raise UsageError(f"{path.parent}: is no folder") from error
        raise UsageError(f"{path}: is there already; give another name") from error
    except OSError as error:
        raise StorageError(f"{path}: cannot be written ({error.strerror})") from error
    log("written", file=str(path), then=f"capbrief scenario check {path}")
    print_result(options, {"file": str(path)}, str(path))
    return 0


def _start(options: argparse.Namespace, job: Job) -> date:
    """The day that scenarios start on which start with the report."""
    day: date = options.date or job.clock().date()
    return day


def _loaded(
    options: argparse.Namespace, job: Job, name: str, settings: Sequence[str] = ()
) -> Scenario:
    """One scenario with what the flags change."""
    from pipeline.estimate import scenario
    from pipeline.estimate.scenario_changes import Changes

    changes = Changes((*options.values, *settings), tuple(options.files))
    return scenario.load(name, job.scenarios, changes)


def _readable(
    options: argparse.Namespace, job: Job, names: Sequence[str]
) -> tuple[list[Scenario], list[str]]:
    """The scenarios that can be loaded, and the problems of all others."""
    found: list[Scenario] = []
    problems: list[str] = []
    for name in names:
        try:
            found.append(_loaded(options, job, name))
        except ScenarioError as error:
            problems.append(str(error))
    return found, problems


def _form(out: Path | None) -> str:
    """The format that the name of a file says."""
    if out is None:
        return "table"
    if out.suffix.lower() not in _FORMATS:
        raise UsageError(f"--out {out}: needs a name that ends in {' or '.join(_FORMATS)}")
    return _FORMATS[out.suffix.lower()]


def _assumed(given: Input) -> dict[str, Any]:
    return {
        "name": given.name,
        "dist": given.dist,
        "params": given.params,
        "unit": given.unit,
        "source": given.source.title,
        "url": given.source.url,
        "document": given.source.document,
        "published": given.source.published,
        "grade": given.grade,
        "note": given.note,
    }
