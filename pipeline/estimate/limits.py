"""Limits that inputs must keep: shares between 0 and 1, and a model that fits its GPU."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import numpy as np

from pipeline.estimate import paths
from pipeline.estimate.distribution import Distribution, Milestones
from pipeline.estimate.model import Model, Paths


def beyond_a_share(found: Distribution, scale: float) -> float | None:
    """A percentile (5th or 95th) or a milestone below 0 or above 1; None where there is none."""
    if isinstance(found, Milestones):
        numbers = [number for _, number in found.course]
    else:
        numbers = [found.quantile(probability) for probability in (0.05, 0.95)]
    return next((number * scale for number in numbers if not 0 <= number * scale <= 1), None)


def memory_gb(
    model: Model, inputs: Mapping[str, Distribution], scales: Mapping[str, float]
) -> float | None:
    """What a GPU must hold at the least, in GB, every input at its median; None where unknown.

    Args:
        model: the engine.
        inputs: all that it takes.
        scales: one given unit of each in base units.
    """
    if model.least_memory_gb is None:
        return None
    values = {name: np.float64(scales[name] * _median(found)) for name, found in inputs.items()}
    x = Paths(**paths.constants(model), **values, time=0.0)
    with np.errstate(all="ignore"):  # what is not finite is refused where it is an output
        model.fixed(x)
    return model.least_memory_gb(x)


def _median(found: Distribution) -> float:
    return found.at(date.min) if isinstance(found, Milestones) else found.quantile(0.5)
