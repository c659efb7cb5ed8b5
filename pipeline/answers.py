"""Answers: what scenarios give, as rows for files and as text for people."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import polars as pl

from pipeline.estimate.paths import month_start
from pipeline.estimate.sensitivity import WEAKNESS
from pipeline.estimate.summary import NAMES
from pipeline.estimate.units import with_unit
from pipeline.rows import table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from pipeline.estimate.explain import Explanation
    from pipeline.estimate.scenario import Scenario
    from pipeline.estimate.simulation import Simulation
    from pipeline.estimate.summary import Summary


def quantiles(found: Scenario, start: date, result: Simulation) -> pl.DataFrame:
    """Every quantile of every output and month in a row of its own."""
    rows = [
        (found.id, *place, name, found.model.outputs[name].unit, quantile, value, error)
        for place, name, one in _placed(found, start, result)
        for quantile, value, error in zip(NAMES, one.quantiles, one.errors, strict=True)
    ]
    schema = {
        "scenario_id": pl.String,
        "month_index": pl.Int32,
        "month_date": pl.Date,
        "output": pl.String,
        "unit": pl.String,
        "quantile": pl.String,
        "value": pl.Float64,
        "standard_error": pl.Float64,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def _placed(
    found: Scenario, start: date, result: Simulation
) -> Iterator[tuple[tuple[int, date] | tuple[None, None], str, Summary]]:
    """Each summary with its month, or none where it is the same in all."""
    for (month, name), one in result.rows.items():
        is_monthly = found.model.outputs[name].table == "demand_month"
        day = month_start(found.start or start, month)
        yield (month, day) if is_monthly else (None, None), name, one


def summaries(found: Scenario, start: date, result: Simulation) -> str:
    """The same for people: an output and month in a row."""
    rows = [
        {
            "month": "" if month is None else f"{month} ({day:%Y-%m})",
            "output": name,
            "unit": found.model.outputs[name].unit,
            **dict(zip(NAMES, map(number, one.quantiles), strict=True)),
            "largest error": f"{one.widest_error:.2%}",
        }
        for (month, day), name, one in _placed(found, start, result)
    ]
    return drawn(rows)


def explained(found: Scenario, made: Explanation) -> Iterator[str]:
    """The steps, what they rest on, and what comes out beside the quantiles."""
    yield f"{found.id}: {made.output}{in_month(made.month)}, every input at its median"
    yield ""
    for line in (*made.constants, *made.steps):
        formula = f"{line.formula} = " if line.formula else ""
        yield f"{line.name} = {formula}{measured(line.value, line.unit)}"
    yield ""
    for one in made.inputs:
        given, source = one.given, one.given.source
        yield f"{given.name} = {measured(one.value, given.unit)}: {given.dist} {given.params}"
        about = (source.title, source.url, source.document, source.published)
        yield f"    {'; '.join(str(part) for part in about if part)} ({given.grade})"
        if given.note:
            yield f"    {given.note}"
    yield ""
    three = ", ".join(f"{name} {number(made.summary[name])}" for name in ("p05", "p50", "p95"))
    yield f"at the medians {measured(made.at_medians, made.unit)}; {three}"
    if not math.isclose(made.at_medians, made.summary["p50"], rel_tol=1e-3):
        yield (
            "p50 is the median of all draws: where inputs are added, skewed or correlated it is "
            "not the value at their medians"
        )
    if made.shares:
        yield ""
        yield "Where better evidence would pay: share of the variance of ln x weakness of the grade"
        yield f"({', '.join(f'{grade} {weakness:g}' for grade, weakness in WEAKNESS.items())})"
        yield table(_ranked(made))


def _ranked(made: Explanation) -> pl.DataFrame:
    """Inputs by what better evidence on them would narrow, in words."""
    rows = [
        {
            "input": one.factor,
            "share": f"{one.variance_share:.1%}",
            "first order": "" if one.first_order is None else f"{one.first_order:.3f}",
            "total": "" if one.total is None else f"{one.total:.3f}",
            "Shapley": "" if one.shapley is None else f"{one.shapley:.3f}",
            "grade": one.grade,
            "pays": f"{one.evidence_value:.3f}",
            "at P10": number(one.low),
            "at P90": number(one.high),
        }
        for one in made.shares
        if one.variance_share is not None
        and one.evidence_value is not None
        and one.low is not None
        and one.high is not None
    ]
    return pl.DataFrame(rows)


def begun(name: str, base: Scenario) -> str:
    """A file that loads as it is, and shows how an input is changed."""
    example = next(
        (one.name for one in base.inputs.values() if not one.distribution.is_certain),
        next(iter(base.inputs)),
    )
    blocks = base.text.split("\n\n")
    block = next(one for one in blocks if one.startswith(f"[inputs.{example}]\n"))
    commented = "".join(f"# {line}\n" for line in block.strip().splitlines())
    return f"""\
# A scenario on top of {base.id}: what is not said here is as it is there
# (capbrief scenario show {base.id}). Then: capbrief scenario check, and run, with this file's path.

extends = "{base.id}.toml"

[scenario]
id = "{name}"
title = "{name}, on top of {base.id}"

# An input is changed by the keys that differ. It needs a source; one of your own goes into
# [sources.NAME] with title, url or document, date and grade.

{commented}"""


def drawn(rows: Sequence[dict[str, Any]]) -> str:
    """A table of rows that all have the same columns."""
    return table(pl.DataFrame(rows, infer_schema_length=None))


def counted(nouns: str, count: int) -> str:
    """A number of things: ``1 check``, ``2 checks``."""
    return f"{count} {nouns.removesuffix('s') if count == 1 else nouns}"


def in_month(month: int | None) -> str:
    """Where an output is meant, if it differs from month to month."""
    return "" if month is None else f" in month {month}"


def rounded(value: float, digits: int = 4) -> float:
    """A number to so many significant digits."""
    return float(f"{value:.{digits}g}")


def number(value: float, digits: int = 4) -> str:
    """The same as text: with thousands parted up to a billion, else as a power of ten."""
    short = rounded(value, digits)
    if 10 ** (digits - 1) <= abs(short) < 1e9:
        return f"{short:,.0f}"
    return f"{short:.{digits}g}"


def measured(value: float, unit: str, digits: int = 4) -> str:
    """The same with its unit."""
    return with_unit(number(value, digits), unit)
