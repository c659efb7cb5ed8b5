"""What a demand model is: named inputs with units, formulas on paths, and named outputs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType, SimpleNamespace
from typing import Literal

Paths = SimpleNamespace
"""Every quantity of a model by its name, in base units: a number where it is known, else an array
with one element a path. Formulas read some and add others; what they add are the model's steps."""

Formula = Callable[[Paths], None]


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
class Overtaking:
    """An output that grows from month to month: the integral of a rate over an amount.

    Where it passes 1, what was done bit by bit has overtaken what was done at once.
    """

    output: str
    rate: str
    """A step that ``at`` makes: an amount per second."""
    amount: str
    """An input."""


@dataclass(frozen=True, eq=False)
class Model:
    """An engine that scenarios can name.

    Its formulas see plain numbers and arrays and know nothing of files, distributions or random
    numbers, so that the same ones serve single points, draws, units and explanations. They use
    arithmetic and functions of numpy that work element by element, no comparisons.
    """

    engine: str
    inputs: Mapping[str, str]
    """Every input, with a unit of its dimension: the one that it is shown in."""
    outputs: Mapping[str, Output]
    fixed: Formula
    """The steps that time does not touch, and the outputs of training and breakeven."""
    at: Formula
    """The steps at ``time``, counted from the start: the outputs of demand_month."""
    constants: Mapping[str, tuple[float, str]] = field(default_factory=lambda: MappingProxyType({}))
    """Numbers with a unit that formulas take beside the inputs."""
    overtaking: Overtaking | None = None
    compounding: frozenset[str] = frozenset()
    """Inputs that are a factor or a growth a year: in another unit they would be another number,
    not the same one scaled."""
    shares: frozenset[str] = frozenset()
    """Inputs that lie between 0 and 1."""
    least_memory_gb: Callable[[Paths], float] | None = None
    """What a GPU must hold at the least, from all steps; None where the engine knows of none."""
