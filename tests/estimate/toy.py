"""Scenarios of a few inputs and one formula, made without files."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from pipeline.estimate.distribution import Distribution, build
from pipeline.estimate.model import Model, Output, Overtaking, Paths
from pipeline.estimate.scenario import Correlation, Input, Scenario, Source

SOURCE = Source("judgement", "Judgement", None, None, None, "guess")


def lognormal(median: float, gsd: float) -> Distribution:
    return build("lognormal", {"median": median, "gsd": gsd})


def uniform(low: float, high: float) -> Distribution:
    return build("uniform", {"low": low, "high": high})


def point(value: float) -> Distribution:
    return build("point", {"value": value})


def toy(
    at: Callable[[Paths], None],
    inputs: Mapping[str, Distribution],
    *,
    outputs: Sequence[str] = ("gpus_peak",),
    correlations: Sequence[tuple[str, str, float]] = (),
    seed: int = 1,
    draws: int = 65536,
    tolerance: float = 1.0,
    overtaking: Overtaking | None = None,
    units: Mapping[str, str] = MappingProxyType({}),
) -> Scenario:
    """A scenario whose model has one formula, a ``month`` and no fixed steps.

    Args:
        at: the formula; it adds the outputs.
        inputs: by names that have a dimension of the lattice.
        outputs: all of demand_month.
        correlations: two names and their rank correlation.
        seed: as in a file.
        draws: as in a file.
        tolerance: as in a file; without, one round of draws is enough.
        overtaking: as in a model.
        units: of inputs that are no plain numbers; base units.
    """
    model = Model(
        engine="toy",
        inputs=MappingProxyType({name: units.get(name, "1") for name in inputs}),
        outputs=MappingProxyType({name: Output("1") for name in outputs}),
        fixed=_nothing,
        at=at,
        constants=MappingProxyType({"month": (1.0, "month")}),
        overtaking=overtaking,
    )
    return Scenario(
        id="toy",
        title="Toy",
        model=model,
        start=None,
        months=0,
        seed=seed,
        draws=draws,
        tolerance=tolerance,
        gpu=None,
        sources=MappingProxyType({SOURCE.id: SOURCE}),
        inputs=MappingProxyType(
            {
                name: Input(
                    name, given.name, given, "", units.get(name, "1"), 1.0, SOURCE, "guess", None
                )
                for name, given in inputs.items()
            }
        ),
        correlations=tuple(
            Correlation((first, second), spearman, SOURCE, None)
            for first, second, spearman in correlations
        ),
        checks=(),
        text="",
        extends=(),
    )


def _nothing(x: Paths) -> None:
    """No step is the same in all months."""
