"""A model run on inputs that are given, in base units."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from pipeline.estimate.distribution import Milestones
from pipeline.estimate.model import Model, Paths
from pipeline.estimate.normal import FloatArray
from pipeline.estimate.units import YEAR, parse

if TYPE_CHECKING:
    from pipeline.estimate.scenario import Scenario

MONTH = YEAR / 12
"""Seconds from one month of an estimate to the next."""


def moment(start: date, months: int) -> date:
    """The day that lies so many twelfths of a year after the start: when a month is computed."""
    return start + timedelta(seconds=months * MONTH)


def month_start(start: date, months: int) -> date:
    """The first day of the month that lies a number of months after a day's own."""
    years, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return date(years, month + 1, 1)


def constants(model: Model) -> dict[str, float]:
    """The constants of a model, in base units."""
    return {
        name: np.float64(number * parse(unit).scale)
        for name, (number, unit) in model.constants.items()
    }


def quantile(scenario: Scenario, name: str, probability: float, day: date) -> float:
    """A quantile of one input, in base units; of one that follows the calendar its value then.

    A number of numpy, so that a division by 0 gives infinity, as it does in an array.
    """
    given = scenario.inputs[name]
    if isinstance(given.distribution, Milestones):
        return np.float64(given.distribution.at(day) * given.scale)
    return np.float64(given.distribution.quantile(probability) * given.scale)


def medians(scenario: Scenario, day: date) -> dict[str, float]:
    """Every input at its median, in base units."""
    return {name: quantile(scenario, name, 0.5, day) for name in scenario.inputs}


def run(model: Model, inputs: Mapping[str, FloatArray | float], months: int) -> Paths:
    """All steps of a model in one month, from every input in base units.

    What grows from month to month (``Model.overtaking``) is not among them.

    Args:
        model: whose formulas are run.
        inputs: every one, numbers or arrays of one length.
        months: after the start.
    """
    x = Paths(**constants(model), **inputs, time=months * MONTH)
    model.fixed(x)
    model.at(x)
    return x


def keep_memory() -> None:
    """Let the steps of one run reuse the memory of the last, where the C library is glibc.

    It hands freed memory back to the system from 128 KiB on, and each run would have its pages
    cleared anew: 100 ms instead of 34 for 88 runs of the video model on 8,192 paths. Twice the
    largest block that was ever mapped and freed is kept, up to 64 MiB (mallopt(3),
    M_MMAP_THRESHOLD); the block here is never touched, so it takes no memory.
    """
    np.empty(32_000_000, np.uint8)
