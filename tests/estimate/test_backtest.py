"""The back-test: really left out, goals met, intervals that hold what they promise."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.estimate.accelerator import Accelerator
from pipeline.estimate.backtest import Row, backtest, fitted, scores
from pipeline.estimate.speed import predict
from pipeline.estimate.timing import Timing
from tests.estimate.timed_rows import KEYS, made, read  # noqa: TID251 - its rows

HELD_OUT = Path(__file__).resolve().parents[1] / "data" / "video_timings_held_out.csv"
OWN = read()


def predicted(rows: Sequence[Row]) -> list[float | None]:
    return [one.prediction.seconds.median if one.prediction else None for one in rows]


# --------------------------------------------------------------------------- the shipped timings


@pytest.mark.parametrize("alone", [False, True], ids=["all", "single GPUs"])
def test_the_goals_are_met_on_the_comparable_timings(alone: bool) -> None:
    rows = [one for one in backtest(OWN, OWN) if one.timing.gpus == 1 or not alone]
    comparable = [one for one in rows if one.timing.is_comparable]
    ours, naive, published = scores(rows)
    assert ours.n == len(comparable) == (22 if alone else 28)
    assert ours.median_error <= 0.20
    assert ours.p90_error <= 0.40
    assert ours.coverage is not None
    assert 0.70 <= ours.coverage <= 0.90
    assert 0.85 <= ours.median_ratio <= 1.15
    # Both are far too fast for full attention.
    for other in (naive, published):
        assert other.median_error > 3 * ours.median_error
        assert other.p90_error > 2 * ours.p90_error
        assert other.coverage is None
        assert other.median_ratio < 0.6
    assert naive.n == ours.n
    assert 0 < published.n < ours.n


def test_the_compiled_facts_are_predicted_as_the_edition_is(shared_facts: Path) -> None:
    theirs = read(shared_facts / "video_model_timings.csv")
    assert scores(backtest(theirs, theirs)) == scores(backtest(OWN, OWN))


@pytest.mark.parametrize("model", sorted({one.model for one in OWN}))
def test_seconds_of_a_model_do_not_touch_what_is_predicted_for_it(model: str) -> None:
    before = [one for one in backtest(OWN, OWN) if one.timing.model == model]
    changed = [replace(t, seconds=7 * t.seconds) if t.model == model else t for t in OWN]
    after = [one for one in backtest(changed, changed) if one.timing.model == model]
    assert predicted(after) == predicted(before)
    assert [one.prediction for one in after] == [one.prediction for one in before]
    if model == "Wan2.1-14B":  # and they do touch the others
        others = [one for one in backtest(changed, changed) if one.timing.model != model]
        kept = [one for one in backtest(OWN, OWN) if one.timing.model != model]
        assert predicted(others) != predicted(kept)


def test_rows_that_are_not_comparable_are_neither_fitted_nor_scored() -> None:
    wild = [t if t.is_comparable else replace(t, seconds=1e6 * t.seconds) for t in OWN]
    before, after = backtest(OWN, OWN), backtest(wild, wild)
    assert predicted(after) == predicted(before)
    assert scores(after) == scores(before)
    dropped = [one.timing for one in after if not one.is_scored]
    assert dropped == [t for t in wild if not t.is_comparable]
    assert len(dropped) == 4
    # They are predicted all the same, and shown.
    assert all(one.prediction is not None for one in after)


def test_an_unknown_gpu_has_a_reason_and_no_figure() -> None:
    (row,) = backtest(made({"gpu": "XPU 9", "gpu_key": None}), OWN)
    assert row.prediction is None
    assert row.reason == "no GPU whose rate is known is called 'XPU 9'"
    assert row.naive_seconds is None
    assert row.is_inside is None
    assert not row.is_scored
    assert scores([row]) == []


def test_where_no_other_model_is_timed_it_says_so() -> None:
    (row,) = backtest(made({}), made({}))
    assert row.prediction is None
    assert row.reason == "no timing of another model says how fast it is"
    assert row.naive_seconds is not None
    alone = made(*({"model": m, "seconds": s} for m, s in (("B", 90.0), ("C", 110.0))))
    (row,) = backtest(made({"gpus": 8}), alone)
    assert row.prediction is None, "nobody timed several GPUs"


def test_naive_methods_by_hand() -> None:
    """10,000 tokens, 40 layers of 3e8 weights, 50 x 2 passes; 81 frames at 16 a second."""
    (row,) = backtest(made({"gpus": 2}), OWN)
    assert row.naive_seconds == pytest.approx(2 * 12e9 * 1e4 * 100 / (989.4e12 * 0.4 * 2))
    assert row.published_seconds is None
    clip = {"model": "Wan2.1-14B", "tokens": 75_600}
    whole, step = backtest(made({**clip, "gpus": 2}, {**clip, "case_text": "s/it"}), OWN)
    # 5 minutes an hour of a GPU: 12 s for each second of video, shared by two.
    assert whole.published_seconds == pytest.approx(81 / 16 * 12 / 2)
    assert step.published_seconds is None


def test_software_that_is_named_beside_one_gpu_holds_for_several() -> None:
    one, eight, other = made(
        {"case_text": "FA3"},
        {"case_text": "8 GPUs", "gpus": 8},
        {"case_text": "8 GPUs", "gpus": 8, "source": "another"},
    )
    assert [one.is_fused, eight.is_fused, other.is_fused] == [True, True, False]


# ---------------------------------------------------------------------------------- properties


@given(factor=st.floats(1, 100))
@settings(max_examples=30)
def test_all_seconds_times_k_are_predictions_times_k(factor: float) -> None:
    """On classes; the line is of log-odds, and overhead is not fitted."""
    bare = [replace(t, kind="denoising") for t in OWN if t.gpus == 1 and t.gpu in ("H100", "H200")]
    scaled = [replace(t, seconds=factor * t.seconds) for t in bare]
    for before, after in zip(backtest(bare, bare), backtest(scaled, scaled), strict=True):
        assert before.prediction is not None
        assert after.prediction is not None
        for probability in (0.1, 0.5, 0.9):
            one, two = (x.prediction.seconds.quantile(probability) for x in (before, after))  # type: ignore[union-attr]
            assert two == pytest.approx(factor * one, rel=1e-9)
        assert before.is_inside == after.is_inside


@given(order=st.permutations(range(len(OWN))))
@settings(max_examples=20)
def test_the_order_of_timings_changes_nothing(order: list[int]) -> None:
    mixed = [OWN[k] for k in order]
    found = dict(zip(order, predicted(backtest(mixed, mixed)), strict=True))
    for k, expected in enumerate(predicted(backtest(OWN, OWN))):
        assert found[k] == pytest.approx(expected, rel=1e-12)


# ----------------------------------------------------------------------------------- intervals


def drawn(generator: np.random.Generator, sd: float) -> list[Timing]:
    """Timings of three classes and five models whose logarithms of MFU have a known spread."""
    means = {"H100": 0.36, "A100": 0.59, "RTX 4090": 0.61}
    peaks = {"H100": 989.4e12, "A100": 312e12, "RTX 4090": 165.2e12}
    rows = []
    for name, mean in means.items():
        for model in "ABCDE":
            mfu = min(0.95, mean * math.exp(sd * generator.standard_normal()))
            flop = 100 * (40 + ord(model)) * 1e4 * (2 * 3e8 + 4 * 1e4 * 5120)
            rows.append(
                {
                    "gpu": name,
                    "gpu_key": KEYS[name],
                    "model": model,
                    "layers": 40 + ord(model),
                    "seconds": flop / peaks[name] / mfu,
                }
            )
    return list(made(*rows))


def test_intervals_hold_four_of_five_timings_of_a_known_law() -> None:
    generator = np.random.default_rng(20261128)
    inside = [
        row.is_inside
        for _ in range(100)
        for timings in [drawn(generator, 0.2)]
        for row in backtest(timings[::5], timings)
    ]
    assert len(inside) == 300
    # Binomial: 0.8 +- 0.023; the three of one draw share their fit.
    assert np.mean([bool(one) for one in inside]) == pytest.approx(0.80, abs=0.08)


def test_the_class_mean_and_its_spread_are_those_that_were_drawn_from() -> None:
    generator = np.random.default_rng(7)
    timings = [one for _ in range(200) for one in drawn(generator, 0.2)]
    found = fitted(timings).mfu.of("Ampere, 312 TFLOP/s", (1.0, 0.0, 0.0))
    assert found is not None
    assert found.median == pytest.approx(0.59, rel=0.02)
    assert found.sd_ln == pytest.approx(0.2, rel=0.05)


def test_overhead_widens_the_interval_by_its_own_share() -> None:
    card = Accelerator("x", "NVIDIA", "Hopper", 989.4e12, 80, 3350, is_switched=True)
    fits = fitted(OWN)
    flop = 1e15
    bare = predict(fits, card, flop=flop, overhead=0.0)
    heavy = predict(fits, card, flop=flop, overhead=1e9)
    assert bare is not None
    assert heavy is not None
    assert bare.seconds.median == pytest.approx(flop / 989.4e12 / bare.mfu.median)
    assert bare.seconds.sd_ln == pytest.approx(bare.mfu.sd_ln)
    assert bare.seconds.least == pytest.approx(flop / 989.4e12)
    assert heavy.seconds.sd_ln == pytest.approx(0.5, rel=1e-3)
    assert heavy.seconds.median == pytest.approx(1e9, rel=1e-6)


# ------------------------------------------------------------------------------------ held out


def held_out(*, gpus: str = "all") -> list[Row]:
    rows = backtest(read(HELD_OUT), OWN)
    return [row for row in rows if gpus == "all" or (row.timing.gpus == 1) == (gpus == "one")]


@pytest.mark.parametrize("gpus", ["all", "one", "several"])
def test_timings_that_nothing_was_fitted_to_are_predicted_as_well(gpus: str) -> None:
    """No Blackwell: kernels written for Hopper reach half the share of its peak."""
    rows = [one for one in held_out(gpus=gpus) if one.timing.gpu != "B200"]
    ours, *naive = scores(rows)
    assert ours.n >= 20
    assert ours.median_error <= 0.20
    assert ours.p90_error <= 0.45
    assert ours.coverage is not None
    assert ours.coverage >= 0.70
    for other in naive:
        assert other.median_error > 0.7


def test_a_gpu_that_nobody_timed_is_predicted_too_fast_and_says_what_from() -> None:
    blackwell = [one for one in held_out() if one.timing.gpu == "B200"]
    assert {one.prediction.mfu.name for one in blackwell if one.prediction} == {"all GPUs, by rate"}
    (ours, *_) = scores(blackwell)
    assert 0.5 < ours.median_ratio < 1
    assert ours.p90_error < 0.5


def test_no_timing_that_is_held_out_is_fitted() -> None:
    same = {(t.gpu, t.gpus, t.seconds) for t in OWN} & {
        (one.timing.gpu, one.timing.gpus, one.timing.seconds) for one in held_out()
    }
    assert same == set()
