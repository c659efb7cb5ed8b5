"""Normal scores of named inputs: lattice points for estimates, plain streams to check them by.

Every input has its own random numbers by name, and its own dimension of the lattice, so that
adding, removing or changing one input leaves the draws of all others bit for bit as they were.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Literal
from zlib import crc32

import numpy as np
from scipy.special import ndtri

from pipeline.estimate import correlation, lattice
from pipeline.estimate.lattice import BLOCK
from pipeline.estimate.normal import FloatArray, Table

Method = Literal["lattice", "monte-carlo"]

REPLICATES = 8
"""Independently shifted lattices; their spread is the standard error."""
DIMENSIONS = (
    "tiktok_uploads",
    "youtube_uploads",
    "upload_growth",
    "tiktok_ai_share",
    "youtube_ai_share",
    "adoption_midpoint",
    "adoption_speed",
    "candidates",
    "peak_to_mean",
    "utilisation",
    "efficiency_gain",
    "overhead_seconds",
    "clip_seconds",
    "minutes_per_gpu_hour",
    "gpu_power_kw",
    "server_overhead",
    "pue",
    "gpu_hour_price",
    "fleet_share_for_video",
    "training_gpu_hours",
    "width",
    "height",
    "fps",
    "vae_time",
    "vae_space",
    "layers",
    "width_model",
    "mac_per_token_layer",
    "steps",
    "passes",
    "peak_flops",
    "mfu",
    "base_training_flop",
    "parameter_factor",
    "data_factor_low",
    "data_factor_high",
    "frames_per_second",
    "temporal_compression",
    "video_share",
    "training_utilisation",
    "training_days",
    "forward_flop",
    "flop_per_video_minute",
    "flop_per_mac",
    "youtube_eligible_share",
    "published_peak",
    "gpu_price",
    "token_market_cap",
    "text_tokens",
)
"""The lattice dimension of every input that an engine has, by its place here. Only ever add to the
end: another place is another draw, and every published estimate would move."""

_TAIL = 64
"""Cells at each end, where the inverse of the normal distribution function bends too much."""
SECOND_SET = len(lattice.VECTOR) // 2
"""From this dimension on lie the points of a second, independent set of draws."""


def scores(name: str, seed: int, draws: int) -> FloatArray:
    """Standard normal scores of one name from its plain stream: shape (draws,).

    The stream depends on the seed and the name alone, so more draws begin with the same ones.
    """
    blocks = [stream(name, seed, block) for block in range(-(-draws // BLOCK))]
    return np.concatenate(blocks)[:draws]


def stream(name: str, seed: int, block: int) -> FloatArray:
    """One block of the plain stream of a name: shape (BLOCK,)."""
    return generator(name, seed, block).standard_normal(BLOCK)


@lru_cache(maxsize=512)
def shifted(
    name: str, seed: int, replicate: int, block: int, *, second: bool = False
) -> FloatArray:
    """Normal scores of one input in one block of a randomly shifted lattice: shape (BLOCK,).

    The lattice is folded, u to 1 - |2 u - 1|, for that makes its errors fall faster with more
    points (F. J. Hickernell, Obtaining O(N^(-2+eps)) convergence for lattice quadrature rules,
    2002). Points that lie half the interval apart come to mirror each other, in all dimensions
    at once: the second half of the scores is the first with the other sign.

    Scenarios share them, so the last ones are kept.

    Args:
        name: one of ``DIMENSIONS``.
        seed: of the scenario.
        replicate: each has its own shift.
        block: of the lattice.
        second: take the second, independent set of draws.

    Raises:
        ValueError: no engine has an input of that name.
    """
    dimension = DIMENSIONS.index(name) + (SECOND_SET if second else 0)
    cells, place = lattice.cells(dimension, block, _shift(name, seed, replicate, int(second)))
    rising = _spaced(place)
    half = np.concatenate([rising, -rising]).take(cells[: BLOCK // 2])
    result = np.concatenate([half, -half])
    result.flags.writeable = False
    return result


@lru_cache(maxsize=4096)
def _shift(name: str, seed: int, replicate: int, of_set: int) -> float:
    return float(generator(name, seed, replicate, of_set).random())


def _spaced(place: float) -> FloatArray:
    """Normal scores at one place in each cell of half a block, within 1e-9.

    The inner cells have a cubic each, through the ends of the cell with their slopes; the inverse
    normal distribution function itself takes five times as long.
    """
    n = BLOCK // 2
    c0, c1, c2, c3 = _cubics().coefficients
    inner = ((c3 * place + c2) * place + c1) * place + c0
    tail = ndtri(np.maximum((np.arange(_TAIL) + place) / n, 2.0**-53))
    other = ndtri(np.maximum((np.arange(_TAIL) + 1 - place) / n, 2.0**-53))
    return np.concatenate([tail, inner, -other[::-1]])


@cache
def _cubics() -> Table:
    probabilities = np.arange(_TAIL, BLOCK // 2 - _TAIL + 1) / (BLOCK // 2)
    scores = ndtri(probabilities)
    slopes = math.sqrt(2 * math.pi) * np.exp(scores * scores / 2)
    return Table.through(probabilities, scores, slopes)


def generator(name: str, seed: int, *keys: int) -> np.random.Generator:
    """The random numbers of a name: SFC64, spawned from the seed by the CRC-32 of the name."""
    sequence = np.random.SeedSequence(seed, spawn_key=(crc32(name.encode()), *keys))
    return np.random.Generator(np.random.SFC64(sequence))


@dataclass(frozen=True)
class Group:
    """Inputs whose normal scores are correlated: a Gaussian copula."""

    names: tuple[str, ...]
    factor: FloatArray
    """Lower Cholesky factor of the correlations of the scores, shape (names, names)."""


def groups(pairs: Sequence[tuple[str, str]], spearmans: Sequence[float]) -> list[Group]:
    """Inputs that hang together by rank correlations, each group with its factor.

    Args:
        pairs: of inputs; a pair that is not named has no correlation.
        spearmans: the rank correlation of each pair.

    Raises:
        numpy.linalg.LinAlgError: the correlations of a group contradict one another.
    """
    made = []
    for names in correlation.groups(pairs):
        matrix = correlation.matrix(names, pairs, spearmans)
        made.append(Group(tuple(names), np.asarray(np.linalg.cholesky(matrix), dtype=np.float64)))
    return made


def correlate(scores: dict[str, FloatArray], together: Iterable[Group]) -> None:
    """Replace the independent scores of each group by correlated ones, in place."""
    for group in together:
        joint = group.factor @ np.stack([scores[name] for name in group.names])
        scores.update(zip(group.names, joint, strict=True))


def draw(
    names: Sequence[str],
    together: Sequence[Group],
    *,
    seed: int,
    replicate: int,
    block: int,
    method: Method = "lattice",
) -> dict[str, FloatArray]:
    """The scores of some inputs in one block, correlations included: shape (BLOCK,) each.

    Raises:
        KeyError: a member of a group is not among the names.
    """
    if method == "lattice":
        found = {name: shifted(name, seed, replicate, block) for name in names}
    else:
        number = block * REPLICATES + replicate
        found = {name: stream(name, seed, number) for name in names}
    correlate(found, together)
    return found
