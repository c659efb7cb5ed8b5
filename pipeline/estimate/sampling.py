"""Normal scores of named inputs: lattice points for estimates, plain streams to check them by.

Every input has its own random numbers by name, and its own dimension of the lattice, so that
adding, removing or changing one input leaves the draws of all others bit for bit as they were.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal
from zlib import crc32

import numpy as np
from scipy.special import ndtri

from pipeline.estimate import lattice
from pipeline.estimate.normal import FloatArray

Method = Literal["lattice", "monte-carlo"]

REPLICATES = 8
"""Independently shifted lattices; their spread is the standard error."""
BLOCK = 8192
"""Draws of one block of a plain stream."""

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
)
"""The lattice dimension of every input that an engine has, by its place here. Only ever add to the
end: another place is another draw, and every published estimate would move."""

SECOND_SET = len(lattice.VECTOR) // 2
"""From this dimension on lie the points of a second, independent set of draws."""


def scores(name: str, seed: int, draws: int) -> FloatArray:
    """Standard normal scores of one name from its plain stream: shape (draws,).

    The stream depends on the seed and the name alone (SFC64, spawn key of the name's CRC-32 and
    the block), so more draws begin with the same ones.
    """
    key = crc32(name.encode())
    blocks = []
    for block in range(-(-draws // BLOCK)):
        bits = np.random.SFC64(np.random.SeedSequence(seed, spawn_key=(key, block)))
        blocks.append(np.random.Generator(bits).standard_normal(BLOCK))
    return np.concatenate(blocks)[:draws]


def replicate(name: str, seed: int, count: int, number: int, *, second: bool = False) -> FloatArray:
    """Standard normal scores of one input in one randomly shifted lattice: shape (count,).

    Args:
        name: one of ``DIMENSIONS``.
        seed: of the scenario.
        count: points, a power of 2.
        number: of the replicate; each has its own shift.
        second: take the second, independent set.
    """
    dimension = DIMENSIONS.index(name) + (SECOND_SET if second else 0)
    key = (crc32(name.encode()), number, int(second))
    shift = np.random.Generator(np.random.SFC64(np.random.SeedSequence(seed, spawn_key=key)))
    result: FloatArray = ndtri(lattice.points(dimension, count, float(shift.random())))
    return result


@dataclass(frozen=True)
class Group:
    """Inputs whose normal scores are correlated: a Gaussian copula."""

    names: tuple[str, ...]
    factor: FloatArray
    """Lower Cholesky factor of the correlations of the scores, shape (names, names)."""


def groups(pairs: Mapping[tuple[str, str], float]) -> list[Group]:
    """Inputs that hang together by rank correlations, each group with its factor.

    A rank correlation r of normal scores is a product-moment one of 2 sin(pi r / 6) (Pearson,
    1907).

    Args:
        pairs: Spearman's correlation of pairs of inputs; what is not named is 0.

    Raises:
        numpy.linalg.LinAlgError: the correlations of a group contradict one another.
    """
    made = []
    for names in _connected(pairs):
        matrix = np.eye(len(names))
        for (a, b), spearman in pairs.items():
            if a in names:
                i, j = names.index(a), names.index(b)
                matrix[i, j] = matrix[j, i] = 2 * math.sin(math.pi * spearman / 6)
        made.append(Group(tuple(names), np.linalg.cholesky(matrix)))
    return made


def correlate(scores: dict[str, FloatArray], together: Iterable[Group]) -> None:
    """Replace the independent scores of each group by correlated ones, in place."""
    for group in together:
        joint = group.factor @ np.stack([scores[name] for name in group.names])
        scores.update(zip(group.names, joint, strict=True))


def _connected(pairs: Iterable[tuple[str, str]]) -> list[list[str]]:
    """Names that pairs connect, each group sorted, in the order of their first names."""
    found: list[set[str]] = []
    for pair in pairs:
        touched = [group for group in found if group & set(pair)]
        found = [group for group in found if group not in touched]
        found.append(set(pair).union(*touched))
    return sorted(sorted(group) for group in found)


def draw(
    names: Sequence[str],
    together: Sequence[Group],
    *,
    seed: int,
    count: int,
    number: int,
    method: Method = "lattice",
) -> dict[str, FloatArray]:
    """The scores of some inputs in one replicate, correlations included: shape (count,) each.

    Raises:
        KeyError: a member of a group is not among the names.
    """
    if method == "lattice":
        found = {name: replicate(name, seed, count, number) for name in names}
    else:
        found = {
            name: scores(name, seed, (number + 1) * count)[number * count :] for name in names
        }
    correlate(found, together)
    return found
