"""Draws of named inputs: streams that do not disturb one another, correlations as asked for."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special, stats

from pipeline.estimate import lattice
from pipeline.estimate.demand import MODELS
from pipeline.estimate.lattice import BLOCK
from pipeline.estimate.sampling import (
    DIMENSIONS,
    REPLICATES,
    Method,
    draw,
    generator,
    groups,
    scores,
    shifted,
    stream,
)

METHODS: tuple[Method, ...] = ("lattice", "monte-carlo")
PAIRS = [("tiktok_ai_share", "youtube_ai_share"), ("youtube_ai_share", "candidates")]


def test_every_input_of_every_engine_has_a_dimension_of_its_own() -> None:
    assert {name for model in MODELS.values() for name in model.inputs} <= set(DIMENSIONS)
    assert len(set(DIMENSIONS)) == len(DIMENSIONS)


def test_no_input_has_changed_its_dimension() -> None:
    """A name may be added at the end; these places are what published estimates were drawn by."""
    places = {"tiktok_uploads": 0, "candidates": 7, "pue": 16, "width": 20, "steps": 28, "mfu": 31}
    places |= {"base_training_flop": 32, "gpu_price": 46, "token_market_cap": 47}
    assert {name: DIMENSIONS.index(name) for name in places} == places


@pytest.mark.parametrize("method", METHODS)
def test_another_input_leaves_all_other_draws_bit_identical(method: Method) -> None:
    few, many = (
        draw(names, (), seed=7, replicate=3, block=1, method=method)
        for names in (["mfu", "steps"], ["candidates", "steps", "pue", "mfu"])
    )
    assert all(few[name].tobytes() == many[name].tobytes() for name in few)


def test_more_draws_begin_with_the_same_ones() -> None:
    few, many = scores("uploads", 7, BLOCK + 5), scores("uploads", 7, 4 * BLOCK)
    assert few.tobytes() == many[: BLOCK + 5].tobytes()


def test_name_seed_and_block_each_change_a_stream() -> None:
    base = stream("uploads", 7, 0)
    for other in (stream("uplaods", 7, 0), stream("uploads", 8, 0), stream("uploads", 7, 1)):
        assert abs(np.corrcoef(base, other)[0, 1]) < 4 / math.sqrt(BLOCK)


def test_name_seed_replicate_and_set_each_change_a_shift() -> None:
    base = shifted("mfu", 7, 0, 0)
    others = [shifted("mfu", 8, 0, 0), shifted("mfu", 7, 1, 0), shifted("steps", 7, 0, 0)]
    others.append(shifted("mfu", 7, 0, 0, second=True))
    for other in others:
        # By the same lattice the values would differ but the order of points would not.
        assert not np.array_equal(np.sort(base), np.sort(other))


def test_the_second_set_is_independent_of_the_first() -> None:
    names = DIMENSIONS[:32]
    first = np.stack([shifted(name, 1, 0, 0) for name in names])
    second = np.stack([shifted(name, 1, 0, 0, second=True) for name in names])
    correlations = first @ second.T / BLOCK
    assert math.sqrt(float((correlations**2).mean())) < 1 / math.sqrt(BLOCK)


@pytest.mark.parametrize(("name", "seed"), [("mfu", 7), ("steps", 1), ("pue", 3)])
def test_scores_are_those_of_the_folded_lattice(name: str, seed: int) -> None:
    """u to 1 - |2 u - 1|, then the inverse of the normal distribution function."""
    shift = float(generator(name, seed, 2, 0).random())
    cells, place = lattice.cells(DIMENSIONS.index(name), 3, shift)
    u = (cells + place) / BLOCK
    expected = special.ndtri(1 - np.abs(2 * u - 1))
    assert shifted(name, seed, 2, 3) == pytest.approx(expected, abs=1e-8)


def test_a_block_is_its_own_mirror_image_in_all_dimensions() -> None:
    half = BLOCK // 2
    for name in DIMENSIONS:
        drawn = shifted(name, 4, 1, 2)
        assert np.array_equal(drawn[:half], -drawn[half:])


def test_a_name_without_a_dimension_is_refused() -> None:
    with pytest.raises(ValueError, match="not in tuple"):
        shifted("uploads", 1, 0, 0)


@pytest.mark.parametrize("method", METHODS)
def test_scores_are_standard_normal(method: Method) -> None:
    for name in DIMENSIONS[:8]:
        drawn = draw([name], (), seed=5, replicate=0, block=0, method=method)[name]
        assert stats.kstest(drawn, "norm").pvalue > 1e-4


@pytest.mark.parametrize("method", METHODS)
def test_replicates_of_plain_draws_share_no_block(method: Method) -> None:
    made = [
        draw(["mfu"], (), seed=1, replicate=replicate, block=block, method=method)["mfu"][0]
        for replicate in range(REPLICATES)
        for block in range(4)
    ]
    assert len(set(made)) == len(made)


@pytest.mark.parametrize(("method", "within"), [("lattice", 0.002), ("monte-carlo", 0.02)])
def test_rank_correlations_come_out_as_asked_for(method: Method, within: float) -> None:
    together = groups(PAIRS, [0.6, -0.3])
    blocks = [
        draw(DIMENSIONS[:8], together, seed=2, replicate=0, block=block, method=method)
        for block in range(4)
    ]
    drawn = {name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]}
    for (first, second), target in zip(PAIRS, [0.6, -0.3], strict=True):
        found = stats.spearmanr(drawn[first], drawn[second]).statistic
        assert found == pytest.approx(target, abs=within)
    alone = stats.spearmanr(drawn["tiktok_ai_share"], drawn["candidates"]).statistic
    assert alone == pytest.approx(0, abs=within)


def test_correlating_leaves_the_first_of_a_group_and_all_others_as_they_were() -> None:
    names = ["tiktok_ai_share", "youtube_ai_share", "mfu"]
    plain = draw(names, (), seed=2, replicate=0, block=0)
    joint = draw(names, groups(PAIRS[:1], [0.6]), seed=2, replicate=0, block=0)
    assert joint["tiktok_ai_share"].tobytes() == plain["tiktok_ai_share"].tobytes()
    assert joint["mfu"].tobytes() == plain["mfu"].tobytes()


@given(st.floats(-0.99, 0.99), st.floats(-0.99, 0.99))
@settings(max_examples=50, deadline=None)
def test_a_factor_gives_back_the_correlations_that_it_is_of(first: float, second: float) -> None:
    """2 sin(pi r / 6) is the correlation of normal scores (Pearson 1907)."""
    expected = np.eye(3)
    expected[0, 1] = expected[1, 0] = 2 * math.sin(math.pi * first / 6)
    expected[1, 2] = expected[2, 1] = 2 * math.sin(math.pi * second / 6)
    if np.linalg.eigvalsh(expected)[0] < 1e-6:
        return
    (group,) = groups(PAIRS, [first, second])
    assert group.factor @ group.factor.T == pytest.approx(expected, abs=1e-12)


def test_contradicting_correlations_have_no_factor() -> None:
    pairs = [*PAIRS, ("tiktok_ai_share", "candidates")]
    with pytest.raises(np.linalg.LinAlgError):
        groups(pairs, [0.9, 0.9, -0.9])
