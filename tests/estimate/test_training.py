"""Training runs: FLOPs counted again, against what their papers count and by hand."""

from __future__ import annotations

import math

import polars as pl
import pytest

from pipeline.estimate import catalogue, training
from pipeline.estimate.timed import timed
from pipeline.estimate.training import Stage, TrainingRun
from tests.estimate.timed_rows import EDITION, rows, specs  # noqa: TID251 - its rows

RUNS = {run.id: run for run in training.shipped()}
SHIPPED = catalogue.shipped()
H100_FLOPS = 989.4e12

TEXT = """
[sources.paper]
title = "A paper"
url = "https://example.org/paper"

[runs.a]
title = "A"
published = "2026"
sources = ["paper"]
note = "n"
"""


@pytest.fixture(scope="module")
def tables() -> dict[str, pl.DataFrame]:
    return timed(rows(EDITION / "video_timing.csv"), specs())


@pytest.fixture
def table(tables: dict[str, pl.DataFrame]) -> dict[str, dict[str, object]]:
    found = tables["estimates.training_run"]
    return {row["run"]: row for row in found.iter_rows(named=True)}


def test_dit_xl_2_by_hand() -> None:
    """118.6 G multiply-accumulates an image, 7 million steps of 256; three passes a step."""
    counted = RUNS["dit-xl-2"].counted_flop(SHIPPED)
    assert counted == pytest.approx(3 * 118.6e9 * 2 * 7e6 * 256, rel=0.01)
    # Epoch AI's 6e20 takes multiply-accumulates for operations.
    published = RUNS["dit-xl-2"].flop
    assert published is not None
    assert counted == pytest.approx(2 * published, rel=0.1)


# Samples, tokens a sample and 6 x 30e9 x both, as Epoch AI adds up table 3 of the paper.
@pytest.mark.parametrize(
    ("stage", "six_n_d", "over_linear"),
    [(0, 8.94e22, 1.00), (1, 5.82e23, 1.19), (2, 9.79e23, 2.71)],
)
def test_stages_of_movie_gen(stage: int, six_n_d: float, over_linear: float) -> None:
    """48 layers of 6 d^2 + 3 d x 16384 with d = 6144 are 85 % of its 30e9 parameters."""
    run, model = RUNS["movie-gen-video"], SHIPPED.models["Movie-Gen-30B"]
    one = run.stages[stage]
    assert 6 * 30e9 * one.samples * one.tokens_per_sample == pytest.approx(six_n_d, rel=0.005)
    layer = 6 * 6144**2 + 3 * 6144 * 16384
    linear = 3 * 2 * 48 * layer * one.samples * one.tokens_per_sample
    assert linear == pytest.approx(six_n_d, rel=0.16)
    # Keys and values of the text, 2 d^2, are parameters that no token of the video meets.
    assert linear * (layer + 2 * 6144**2) / layer == pytest.approx(six_n_d, rel=0.04)
    alone = counted_of(run, one)
    attention = 3 * 4 * one.tokens_per_sample**2 * 6144 * 48 * one.samples
    assert alone == pytest.approx(linear + attention, rel=1e-9)
    assert alone / linear == pytest.approx(over_linear, abs=0.02)
    assert model.layers * model.mac_per_token_layer == 48 * layer


def counted_of(run: TrainingRun, *stages: Stage) -> float:
    text = TEXT.replace('note = "n"', f'note = "n"\nmodel = "{run.model}"')
    for one in stages:
        text += f'[[runs.a.stages]]\nid = "x"\nsamples = {one.samples!r}\n'
        text += f"tokens_per_sample = {one.tokens_per_sample}\n"
    (made,) = training.of_toml(text)
    counted = made.counted_flop(SHIPPED)
    assert counted is not None
    return counted


def test_movie_gen_takes_more_than_six_operations_a_weight_and_token() -> None:
    run = RUNS["movie-gen-video"]
    assert run.flop is not None
    counted = run.counted_flop(SHIPPED)
    assert counted is not None
    assert counted == pytest.approx(math.fsum(counted_of(run, one) for one in run.stages))
    assert sum(6 * 30e9 * s.samples * s.tokens_per_sample for s in run.stages) == pytest.approx(
        run.flop, rel=0.01
    )
    # By hand: 0.85 x (0.0894 + 1.19 x 0.582 + 2.71 x 0.979) e24
    assert counted == pytest.approx(2.91e24, rel=0.01)
    assert counted > 1.7 * run.flop


def test_without_stages_or_model_nothing_is_counted() -> None:
    assert RUNS["step-video-t2v"].counted_flop(SHIPPED) is None
    assert RUNS["gpt-4"].counted_flop(SHIPPED) is None
    (run,) = training.of_toml(TEXT)
    assert run.counted_flop(SHIPPED) is None
    assert (run.model, run.flop, run.gpu_key, run.gpu_hours, run.stages) == (*[None] * 4, ())
    assert run.sources == ("A paper, https://example.org/paper",)


def test_a_source_that_is_not_there_is_named() -> None:
    with pytest.raises(KeyError, match="another"):
        training.of_toml(TEXT.replace('["paper"]', '["another"]'))


def test_published_runs_are_consistent() -> None:
    keys = set(specs()["gpu_key"])
    for run in RUNS.values():
        assert run.sources
        assert run.model is None or run.model in SHIPPED.models, run.id
        assert run.gpu_key is None or run.gpu_key in keys, run.id
        assert (run.gpu_hours is None) == (run.gpu_hours_by is None), run.id
        assert run.gpu_hours_by in (None, "published", "derived")
        assert (run.flop is None) == (run.flop_method is None)
        assert run.mfu_stated is None or 0 < run.mfu_stated < 1
        assert run.published[:2] == "20"


# ------------------------------------------------------------------------------------ the table


def test_mfu_by_hand(table: dict[str, dict[str, object]]) -> None:
    """6ND of Movie Gen over 6,144 H100s x 331 h is 22.8 % of the peak; with attention, 40 %."""
    row = table["movie-gen-video"]
    assert row["mfu"] == pytest.approx(0.228, abs=0.001)
    assert row["counted_mfu"] == pytest.approx(2.91e24 / (6144 * 331 * 3600 * H100_FLOPS), rel=0.01)
    # The published 4,211 H100s for a month close at full use alone.
    assert table["factorial-sora-low"]["mfu"] == pytest.approx(1.0, abs=0.001)
    assert table["llama-3.1-405b"]["mfu"] == pytest.approx(0.346, abs=0.001)
    assert table["dit-xl-2"]["mfu"] is None, "nobody says on what it ran"


@pytest.mark.parametrize(
    ("run", "hours"),
    [
        ("movie-gen-video", 6144 * 331),
        ("seaweed-7b", 665e3),
        ("open-sora-2", 99_840),  # H200: the same rate
        ("gpt-4", 25_000 * 2280 * 312 / 989.4),
        ("stable-diffusion-1", 150e3 * 312 / 989.4),
        ("dit-xl-2", None),
    ],
)
def test_hours_of_other_gpus_are_h100_hours_by_their_peaks(
    table: dict[str, dict[str, object]], run: str, hours: float | None
) -> None:
    found = table[run]["h100_hours"]
    assert found == (None if hours is None else pytest.approx(hours, rel=1e-5))


def test_breakeven_is_hours_times_minutes_of_the_same_model(
    tables: dict[str, pl.DataFrame], table: dict[str, dict[str, object]]
) -> None:
    made = tables["estimates.workload_throughput"]
    for run, model, workload in (
        ("movie-gen-video", "Movie-Gen-30B", "768px"),
        ("factorial-sora-low", "Sora-20B", "1080p"),
    ):
        on_h100 = made.filter(
            pl.col("gpu_key") == "nvidia_h100_sxm5_80gb",
            pl.col("model") == model,
            pl.col("workload") == workload,
            pl.col("software") == "stock",
        ).row(0, named=True)
        row = table[run]
        assert row["workload"] == workload
        for name in ("p05", "p50", "p95"):
            minutes = row["h100_hours"] * on_h100[f"minutes_per_gpu_hour_{name}"]
            assert row[f"breakeven_minutes_{name}"] == pytest.approx(minutes)
    assert table["dit-xl-2"]["breakeven_minutes_p50"] is None, "it makes images"
    assert table["gpt-4"]["breakeven_minutes_p50"] is None
