"""Language models as they are served: the roofline by hand, and no measurement above it."""

from __future__ import annotations

import polars as pl
import pytest

from pipeline.estimate import chat
from pipeline.extract import timing_file

KEYS = ["model", "gpu_key", "gpus", "batch"]


@pytest.fixture(scope="module")
def served() -> pl.DataFrame:
    return chat.served(timing_file.shipped("gpu_spec"))[chat.TABLE]


def test_a_step_of_llama_70b_by_hand(served: pl.DataFrame) -> None:
    # 70.55e9 weights of 2 bytes; for each of 127.6 requests a context of 358.9 tokens, each with
    # 2 x 80 x 8 x 128 numbers of 2 bytes; four H100 of 3.35 TB/s and 989.4 TFLOP/s at MFU 0.4.
    (row,) = served.filter(model="Llama-3.1-70B", batch=127.6).to_dicts()
    cache = 127.6 * 358.9 * 2 * 80 * 8 * 128 * 2
    assert row["memory_step_s"] == pytest.approx((70.55e9 * 2 + cache) / (4 * 3.35e12))
    assert row["compute_step_s"] == pytest.approx(2 * 70.55e9 * 127.6 / (4 * 989.4e12 * 0.4))
    assert row["turns_per_gpu_hour"] == pytest.approx(3876.3 / 4 * 3600 / 358.9)


def test_eight_bit_weights_move_half_and_multiply_twice_as_fast(served: pl.DataFrame) -> None:
    (row,) = served.filter(model="Llama-3.1-405B", batch=31.9).to_dicts()
    assert row["compute_step_s"] == pytest.approx(2 * 404.7e9 * 31.9 / (8 * 2 * 989.4e12 * 0.4))
    assert row["memory_step_s"] > 404.7e9 / (8 * 3.35e12)


def test_nothing_measured_is_faster_than_memory_and_arithmetic_allow(served: pl.DataFrame) -> None:
    assert len(served) >= 6
    for row in served.iter_rows(named=True):
        assert row["step_s"] > row["memory_step_s"], row
        assert row["step_s"] > chat.MFU * row["compute_step_s"], row


def test_small_batches_are_bound_by_memory_and_large_ones_by_arithmetic(
    served: pl.DataFrame,
) -> None:
    small, large = (
        served.filter(model="Llama-3.1-70B", batch=batch).row(0, named=True)
        for batch in (127.6, 898.5)
    )
    assert small["memory_step_s"] > small["compute_step_s"]
    assert large["compute_step_s"] > large["memory_step_s"]


def test_what_is_not_known_of_an_accelerator_is_left_out(served: pl.DataFrame) -> None:
    specs = timing_file.shipped("gpu_spec").filter(pl.col("gpu_key").str.contains("b200"))
    (found,) = chat.served(specs).values()
    assert set(found["gpu_key"]) == {"nvidia_b200_sxm_180gb"}
    assert found.unique(KEYS).height == found.height
