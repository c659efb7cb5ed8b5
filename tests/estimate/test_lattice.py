"""The lattice against its definition, and how evenly it fills pairs of dimensions."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import pytest

from pipeline.estimate.lattice import BLOCK, MOST_POINTS, VECTOR, cells
from pipeline.estimate.normal import FloatArray
from pipeline.estimate.sampling import DIMENSIONS, SECOND_SET


def points(dimension: int, block: int, shift: float) -> FloatArray:
    found, place = cells(dimension, block, shift)
    return (found + place) / BLOCK


@pytest.mark.parametrize("dimension", [0, 1, 47, SECOND_SET, len(VECTOR) - 1])
@pytest.mark.parametrize("blocks", [1, 2, 16])
def test_blocks_together_are_the_lattice_of_their_points(dimension: int, blocks: int) -> None:
    """The multiples of the vector's element over n, shifted, in whatever order."""
    shift, n = 0.3, blocks * BLOCK
    made = np.concatenate([points(dimension, block, shift) for block in range(blocks)])
    multiples = np.array([k * VECTOR[dimension] % n for k in range(n)]) / n
    expected = np.sort((multiples + shift) % 1.0)
    assert np.sort(made) == pytest.approx(expected, abs=1e-12)


def test_points_of_two_dimensions_belong_together() -> None:
    """Point k is (k z1 / n, k z2 / n): not only each dimension alone is that of the lattice."""
    n = 4 * BLOCK
    made = {
        tuple(pair)
        for block in range(4)
        for pair in np.rint(np.stack([points(d, block, 0.0) for d in (3, 11)], axis=1) * n % n)
        .astype(int)
        .tolist()
    }
    assert made == {(k * VECTOR[3] % n, k * VECTOR[11] % n) for k in range(n)}


def test_a_later_block_begins_with_the_point_that_it_moves_by() -> None:
    firsts = [points(1, block, 0.25)[0] for block in range(4)]
    moved = [(VECTOR[1] * part / BLOCK + 0.25) % 1 for part in (0, 1 / 2, 1 / 4, 3 / 4)]
    assert firsts == pytest.approx(moved, abs=1e-15)


def test_a_block_has_a_point_in_every_cell_and_its_halves_lie_half_the_interval_apart() -> None:
    for dimension, shift in ((0, 0.0), (31, 2.0**-60), (200, 1 - 2.0**-53)):
        found, place = cells(dimension, 5, shift)
        assert np.sort(found).tolist() == list(range(BLOCK))
        assert 0 <= place < 1
        apart = np.abs(found[: BLOCK // 2] - found[BLOCK // 2 :])
        assert set(apart.tolist()) == {BLOCK // 2}


def test_the_vector_is_odd_so_that_no_dimension_repeats_a_point() -> None:
    assert all(element % 2 for element in VECTOR)
    assert max(VECTOR) < MOST_POINTS
    assert len(set(VECTOR)) == len(VECTOR)
    assert len(DIMENSIONS) <= SECOND_SET


@pytest.mark.parametrize("start", [0, SECOND_SET])
def test_pairs_of_inputs_are_spread_better_than_by_chance(start: int) -> None:
    """The mean of (u - 1/2) (v - 1/2) is 0; random points miss it by 1 / (12 sqrt(n)).

    A few pairs far from the start of the vector are worse than that in one block, which the
    random shifts of the replicates show as standard error.
    """
    by_chance = 1 / 12 / math.sqrt(BLOCK)
    inputs = [points(start + d, 0, 0.5 / BLOCK) - 0.5 for d in range(len(DIMENSIONS))]
    missed = np.array([float(u @ v) / BLOCK for u, v in combinations(inputs, 2)])
    assert math.sqrt(float((missed**2).mean())) < by_chance
    assert float(np.median(np.abs(missed))) < by_chance / 5
