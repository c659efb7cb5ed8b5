"""Drawing inputs and summing up outputs: plain Monte Carlo with one stream per input name."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from zlib import crc32

import numpy as np

from pipeline.estimate.distribution import Distribution
from pipeline.estimate.normal import FloatArray

BLOCK = 8192
"""Draws of one replicate; each replicate of an input has its own stream."""

PROBABILITIES = (0.05, 0.10, 0.25, 0.50, 0.75, 0.90, 0.95)


@dataclass(frozen=True)
class Summary:
    """Quantiles of one output, and how far the median would move with another seed."""

    p05: float
    p10: float
    p25: float
    p50: float
    p75: float
    p90: float
    p95: float
    se_p50: float


def scores(name: str, seed: int, draws: int) -> FloatArray:
    """Standard normal scores of one name: shape (draws,).

    The stream depends on the seed and the name alone (reference design: SFC64, spawn key of
    the name's CRC-32 and the replicate), so adding, removing or changing another input leaves
    these bits as they are, and more draws begin with the same ones.
    """
    key = crc32(name.encode())
    blocks = []
    for replicate in range(-(-draws // BLOCK)):
        bits = np.random.SFC64(np.random.SeedSequence(seed, spawn_key=(key, replicate)))
        blocks.append(np.random.Generator(bits).standard_normal(BLOCK))
    return np.concatenate(blocks)[:draws]


def draw(inputs: Mapping[str, Distribution], seed: int, draws: int) -> dict[str, FloatArray]:
    """One value of every input for every path: arrays of shape (draws,).

    A path keeps its parameters for all months; drawing them anew each month would average
    the uncertainty away.
    """
    return {
        name: distribution.values(scores(name, seed, draws))
        for name, distribution in inputs.items()
    }


def summarise(values: FloatArray) -> Summary:
    """Quantiles by linear interpolation between order statistics.

    The standard error of the median is half the distance of the order statistics one binomial
    standard deviation to either side of it: sqrt(n / 4) ranks.

    Args:
        values: one output over all paths, shape (draws,), draws at least 1.
    """
    last = len(values) - 1
    spread = math.sqrt(len(values)) / 2
    below, above = max(0, round(last / 2 - spread)), min(last, round(last / 2 + spread))
    places = [last * probability for probability in PROBABILITIES]
    ranks = {below, above}
    ranks.update(math.floor(place) for place in places)
    ranks.update(math.ceil(place) for place in places)
    ordered = np.partition(values, sorted(ranks))
    found: dict[str, float] = {}
    for probability, place in zip(PROBABILITIES, places, strict=True):
        low, high = ordered[math.floor(place)], ordered[math.ceil(place)]
        between = place - math.floor(place)
        found[f"p{round(100 * probability):02d}"] = float(low + between * (high - low))
    return Summary(**found, se_p50=float(ordered[above] - ordered[below]) / 2)
