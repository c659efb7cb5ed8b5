"""Quantiles and standard errors of given numbers, against numpy and closed forms."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from pipeline.estimate.normal import FloatArray
from pipeline.estimate.sampling import stream
from pipeline.estimate.summary import (
    NAMES,
    PROBABILITIES,
    Kind,
    OutputError,
    Summary,
    merged,
    quantiles,
    summarise,
    tally,
)


def summed(replicates: list[FloatArray], kind: Kind, scale: float = 1.0) -> Summary:
    """The summary of replicates of one block each."""
    return summarise([tally(values[None, :], [kind])[0] for values in replicates], kind, scale)


def test_names_say_their_probabilities() -> None:
    assert NAMES == ("p05", "p10", "p25", "p50", "p75", "p90", "p95")
    summary = Summary((1, 2, 3, 4, 5, 6, 7), (0.0,) * 7, None, 1)
    assert [summary[name] for name in NAMES] == [1, 2, 3, 4, 5, 6, 7]
    assert PROBABILITIES == (0.05, 0.10, 0.25, 0.50, 0.75, 0.90, 0.95)


@pytest.mark.parametrize("sd", [0.05, 0.5, 2.0])
def test_binned_quantiles_are_those_of_ordered_draws(sd: float) -> None:
    values = 3e5 * np.exp(sd * np.concatenate([stream("x", 1, block) for block in range(8)]))
    found = summed([values], Kind(0.0))
    # as far as neighbouring draws may lie apart, and the bins' own error
    between = np.quantile(values, [np.array(PROBABILITIES) + by for by in (-5e-4, 5e-4)])
    assert (np.array(found.quantiles) > between[0] * (1 - 3e-4)).all()
    assert (np.array(found.quantiles) < between[1] * (1 + 3e-4)).all()
    assert found.mean_ln == pytest.approx(float(np.log(values).mean()), abs=1e-4)


def test_blocks_of_a_replicate_count_as_one() -> None:
    blocks = [np.exp(stream("x", 1, block)) for block in range(4)]
    kind = Kind(0.0)
    parted = summarise([merged([tally(block[None, :], [kind])[0] for block in blocks])], kind)
    whole = summed([np.concatenate(blocks)], kind)
    assert parted.quantiles == whole.quantiles
    assert parted.mean_ln == pytest.approx(whole.mean_ln, abs=1e-4)
    assert parted.draws == 4 * len(blocks[0])


@pytest.mark.parametrize("sd", [0.03, 0.2, 0.6, 1.5])
@pytest.mark.parametrize("drawn_sd", [0.01, 0.3, 1.2])
def test_an_integrated_factor_adds_its_variance(sd: float, drawn_sd: float) -> None:
    """Draws at the exact quantiles of a lognormal, times another one: a lognormal again."""
    n = 16384
    scores = stats.norm.ppf((np.arange(n) + 0.5) / n)
    found = summed([np.exp(drawn_sd * scores)], Kind(sd))
    joint = math.hypot(sd, drawn_sd)
    exact = [math.exp(joint * NormalDist().inv_cdf(p)) for p in PROBABILITIES]
    assert found.quantiles == pytest.approx(exact, rel=3e-4)
    assert found.mean_ln == pytest.approx(0.0, abs=1e-4)


@pytest.mark.parametrize("sd", [0.02, 0.1, 0.4, 1.3])
def test_two_values_times_an_integrated_factor(sd: float) -> None:
    """1 and 2 at 30 and 70 %: the distribution function is a sum of two normal ones."""
    values = np.repeat([1.0, 2.0], [300, 700])
    found = summed([values, values], Kind(sd))
    logs = np.log(found.quantiles)
    reached = 0.3 * stats.norm.cdf(logs / sd) + 0.7 * stats.norm.cdf((logs - math.log(2)) / sd)
    assert reached == pytest.approx(np.array(PROBABILITIES), abs=1e-5)
    assert found.errors == pytest.approx([0.0] * 7)
    assert found.mean_ln == pytest.approx(0.7 * math.log(2), rel=1e-14)


def test_a_quantile_in_a_wide_gap_is_somewhere_in_it_with_its_width_as_error() -> None:
    """Half of the draws 1, half 1000, give or take a draw, times a narrow factor."""
    replicates = [np.repeat([1.0, 1000.0], [n, 1000 - n]) for n in (499, 500, 501, 502)]
    found = summed(replicates, Kind(0.05))
    assert 1.0 < found["p50"] < 1000.0
    assert math.isfinite(found.errors[3])
    assert found.errors[3] > 0.1 * found["p50"]
    assert found["p25"] == pytest.approx(1.0, rel=0.01)


def test_atoms_come_out_exactly_and_their_boundary_has_an_error() -> None:
    replicates = [np.repeat([0.3, 0.7, 5.1], [n, 600, 400 - n]) for n in (95, 100, 105, 110)]
    found = summed(replicates, Kind(0.0, has_atoms=True), scale=10.0)
    assert found["p05"] == 3.0
    assert {found["p25"], found["p50"]} == {7.0}
    assert found["p75"] == found["p95"] == 51.0
    assert 3.0 < found["p10"] < 7.0
    assert [error > 0 for error in found.errors] == [name == "p10" for name in NAMES]


def test_a_single_number_is_every_quantile_without_an_error() -> None:
    found = summed([np.array([713333.25])], Kind(0.0, has_atoms=True))
    assert set(found.quantiles) == {713333.25}
    assert set(found.errors) == {0.0}
    assert found.mean_ln == pytest.approx(math.log(713333.25), rel=1e-15)
    assert found.largest_error == 0.0


@pytest.mark.parametrize("kind", [Kind(0.0), Kind(0.4), Kind(0.0, True)])
def test_paths_at_0_push_the_quantiles_of_the_others_up(kind: Kind) -> None:
    """20 % zeros: P05 and P10 are 0, and Pq is that of the others at (q - 0.2) / 0.8."""
    positive = np.exp(stats.norm.ppf((np.arange(8000) + 0.5) / 8000))
    found = summed([np.concatenate([np.zeros(2000), positive])] * 2, kind)
    assert found["p05"] == found["p10"] == 0.0
    for name in ("p25", "p50", "p90"):
        score = NormalDist().inv_cdf((int(name[1:]) / 100 - 0.2) / 0.8)
        assert found[name] == pytest.approx(math.exp(math.hypot(1, kind.sd) * score), rel=1e-3)
    assert found.mean_ln is None
    assert found.errors[0] == 0.0


@pytest.mark.parametrize("kind", [Kind(0.0), Kind(0.4), Kind(0.0, True)])
def test_all_paths_at_0(kind: Kind) -> None:
    found = summed([np.zeros(8)] * 2, kind)
    assert set(found.quantiles) == {0.0}
    assert found.mean_ln is None
    assert found.largest_error == 0.0


@pytest.mark.parametrize("bad", [-1.0, -1e-300, math.inf, -math.inf, math.nan])
@pytest.mark.parametrize("kind", [Kind(0.0), Kind(0.4), Kind(0.0, True)])
def test_what_is_negative_or_not_finite_is_refused_by_its_place(bad: float, kind: Kind) -> None:
    values = np.ones((3, 16))
    values[1, 5] = bad
    with pytest.raises(OutputError) as error:
        tally(values, [kind] * 3)
    assert error.value.index == 1


def test_the_error_of_a_mean_of_replicates() -> None:
    """sqrt(p (1 - p) / n) / density, for replicates of independent draws."""
    replicates = [np.exp(stream("x", 3, block)) for block in range(100)]
    found = summed(replicates, Kind(0.0))
    n = sum(len(values) for values in replicates)
    for name, error, value in zip(NAMES, found.errors, found.quantiles, strict=True):
        p = int(name[1:]) / 100
        theory = math.sqrt(p * (1 - p) / n) / stats.lognorm.pdf(value, 1.0)
        assert error == pytest.approx(theory, rel=0.3)


@given(
    st.lists(st.floats(1e-6, 1e6), min_size=1, max_size=60),
    st.sampled_from([Kind(0.0), Kind(0.02), Kind(0.4), Kind(0.0, True)]),
    st.integers(-20, 20),
)
@settings(max_examples=200, deadline=None)
def test_quantiles_rise_stay_in_reach_and_scale(
    values: list[float], kind: Kind, power: int
) -> None:
    array = np.array(values)
    found = summed([array, array], kind)
    assert list(found.quantiles) == sorted(found.quantiles)
    slack = math.exp(2 * kind.sd) * (1 + 2.0**-kind.bits)
    assert min(values) / slack <= found["p05"]
    assert found["p95"] <= max(values) * slack
    assert all(math.isfinite(error) for error in found.errors)
    # Bins are equal in every octave, so that powers of 2 go through them.
    scaled = summed([array * 2.0**power] * 2, kind)
    assert scaled.quantiles == pytest.approx([q * 2.0**power for q in found.quantiles], rel=1e-9)


@given(st.lists(st.floats(0, 1e9), min_size=1, max_size=200))
@settings(max_examples=100, deadline=None)
def test_quantiles_of_an_array_are_those_of_numpy(values: list[float]) -> None:
    exact = np.quantile(np.array(values), PROBABILITIES)
    assert quantiles(np.array(values)) == pytest.approx(exact, rel=1e-12, abs=1e-300)


@pytest.mark.parametrize("other", [0.1, 0.35])
def test_what_differs_inside_of_bins_is_not_lost(other: float) -> None:
    """A lognormal of even draws times one that is integrated: bins lose 1e-4 at the tails."""
    draws = np.exp(other * stats.norm.ppf((np.arange(2**16) + 0.5) / 2**16))
    kind = Kind(0.43)
    found = summed([draws], kind)
    for probability, value in zip(PROBABILITIES, found.quantiles, strict=True):
        exact = math.exp(math.hypot(0.43, other) * float(stats.norm.ppf(probability)))
        assert value == pytest.approx(exact, rel=8e-5), probability
    assert found.mean_ln == pytest.approx(0, abs=1e-6)
