"""What a demand model is: named inputs with units, named outputs, and functions between them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from pipeline.estimate.normal import FloatArray

Arrays = Mapping[str, FloatArray]
"""One array an input, all of one length: one element a path."""

HOURS_PER_DAY = 24.0
SECONDS_PER_HOUR = 3600.0
HOURS_PER_MONTH = 720.0
"""A month of training hardware is 30 days, as the published estimate counts it."""


@dataclass(frozen=True)
class Output:
    """What an output is, and which table shows it."""

    unit: str
    table: Literal["demand_month", "training", "breakeven"] = "demand_month"
    quantity: str = ""
    """Its name in the table; in demand_month the output's own name."""
    case_id: str = ""
    """Which case of the quantity it is: low or high of a published range, or interval."""


@dataclass(frozen=True)
class Model:
    """An engine that scenarios can name.

    Its functions see plain arrays and know nothing of files, distributions or random numbers,
    so that the same function serves single points and draws.
    """

    engine: str
    inputs: Mapping[str, str]
    """Every input, with the unit that it must be given in."""
    outputs: Mapping[str, Output]
    at: Callable[[Arrays, float], dict[str, FloatArray]]
    """The outputs of demand_month, at a time in years after the start."""
    once: Callable[[Arrays], dict[str, FloatArray]]
    """The outputs of training and breakeven."""
