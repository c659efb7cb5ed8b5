"""Throughput and H100-equivalents by workload, from fits to the edition's timings."""

from __future__ import annotations

import math
from functools import cache
from itertools import pairwise

import numpy as np
import pytest

from pipeline.estimate import catalogue
from pipeline.estimate.accelerator import H100
from pipeline.estimate.backtest import fitted
from pipeline.estimate.catalogue import GenerativeModel, Workload
from pipeline.estimate.speed import Fits
from pipeline.estimate.throughput import Made, smallest_group, throughput
from tests.estimate.timed_rows import KEYS, known, read  # noqa: TID251 - its rows

SHIPPED = catalogue.shipped()
RTX_4090 = KEYS["RTX 4090"]


@cache
def fits() -> Fits:
    return fitted(read())


@cache
def everything() -> tuple[Made, ...]:
    return tuple(throughput(known(), fits(), SHIPPED))


def of(accelerator: str, model: str, workload: str = "720p", software: str = "stock") -> Made:
    wanted = (accelerator, model, workload, software)
    (found,) = (
        one
        for one in everything()
        if (one.accelerator, one.model, one.workload, one.software) == wanted
    )
    return found


def work(model: str, key: str = "720p") -> tuple[GenerativeModel, Workload]:
    found = SHIPPED.models[model]
    return found, next(one for one in found.workloads if one.id == key)


# ------------------------------------------------------------------------------ H100-equivalents


def test_an_h100_is_exactly_one_at_all_that_it_holds() -> None:
    own = [one for one in everything() if one.accelerator == H100]
    assert {one.software for one in own} == {"stock", "fused"}
    for one in own:
        assert one.h100e == ((1.0, 1.0, 1.0) if one.is_fitting else None), one.model
    assert {one.model for one in own if not one.is_fitting} == {"Sora-20B"}


def test_of_what_no_h100_holds_nothing_is_compared() -> None:
    found = [one for one in everything() if one.model == "Sora-20B"]
    assert {one.h100e for one in found} == {None}
    assert of(KEYS["B200"], "Sora-20B", "1080p").is_fitting


def test_of_other_makers_nothing_is_said() -> None:
    assert {known()[one.accelerator].vendor for one in everything()} == {"NVIDIA"}


def test_a_14b_model_at_720p_counts_nothing_on_any_card_of_24_gb() -> None:
    cards = {key for key, one in known().items() if one.memory_gb == 24}
    assert {RTX_4090, KEYS["RTX 4090D"], "nvidia_rtx3090_24gb"} <= cards
    for card in cards:
        one = of(card, "Wan2.1-14B")
        assert one.h100e == (0.0, 0.0, 0.0)
        assert not one.is_fitting
        # 14.3 GB of weights in 8 bits, and 84 bytes of 75,600 tokens x 5,120 channels
        assert one.single_gb == pytest.approx(14.3 + 84 * 75_600 * 5120 / 1e9)


def test_the_interval_of_an_rtx_4090_holds_what_was_measured() -> None:
    """0.26 of an H100 with LightX2V, 0.32 with Diffusers: seconds a step of the same clip."""
    found = of(RTX_4090, "Wan2.2-5B").h100e
    assert found is not None
    low, median, high = found
    assert low < 0.26 < 0.32 < high
    assert 0.2 < median < 0.4
    assert median > 165.2 / 989.4, "by its peak it would be a sixth"


def test_an_a100_lies_where_it_was_measured() -> None:
    """0.55 with stock software on both: 1,838 s on the one and 3,343 s on the other."""
    found = of(KEYS["A100"], "Wan2.1-14B").h100e
    assert found is not None
    low, median, high = found
    assert median == pytest.approx(1837.9 / 3342.6, rel=0.1)
    assert low < 0.55 < high


def test_quantiles_of_a_ratio_are_those_of_draws() -> None:
    """Two lognormals that know nothing of each other, a million times."""
    h100, card = of(H100, "Wan2.2-5B"), of(RTX_4090, "Wan2.2-5B")
    assert h100.prediction is not None
    assert card.prediction is not None
    generator = np.random.default_rng(3)
    one, other = (
        x.prediction.seconds.median  # type: ignore[union-attr]
        * np.exp(x.prediction.seconds.sd_ln * generator.standard_normal(10**6))  # type: ignore[union-attr]
        for x in (h100, card)
    )
    assert card.h100e == pytest.approx(np.quantile(one / other, (0.05, 0.5, 0.95)), rel=0.003)


def test_quantiles_rise_and_are_never_below_nothing() -> None:
    for one in everything():
        for triple in (one.h100e, one.per_gpu_hour(1.0)):
            if triple is not None:
                assert all(a <= b for a, b in pairwise(triple))
                assert triple[0] >= 0
                assert all(map(math.isfinite, triple))


def test_without_an_h100_there_is_nothing_to_compare_with() -> None:
    others = {key: one for key, one in known().items() if key != H100}
    assert list(throughput(others, fits(), SHIPPED)) == []


def test_fused_software_is_told_where_it_decides_alone() -> None:
    fused = {one.accelerator for one in everything() if one.software == "fused"}
    assert fused == {
        key for key, one in known().items() if one.peak_flops >= 600e12 and one.vendor == "NVIDIA"
    }
    assert {H100, KEYS["B200"]} <= fused
    assert RTX_4090 not in fused
    stock, new = of(H100, "Wan2.1-14B"), of(H100, "Wan2.1-14B", software="fused")
    assert stock.prediction is not None
    assert new.prediction is not None
    assert new.prediction.seconds.median < stock.prediction.seconds.median


# ---------------------------------------------------------------------------------------- memory


@pytest.mark.parametrize(
    ("model", "memory_gb", "gpus", "bits"),
    [
        # Wan 14B at 720p: 28.6 GB of weights in 16 bits, 32.5 GB of activations
        ("Wan2.1-14B", 80, 1, 16),
        ("Wan2.1-14B", 61.2, 1, 16),
        ("Wan2.1-14B", 61.0, 1, 8),
        ("Wan2.1-14B", 46.9, 1, 8),
        ("Wan2.1-14B", 46.7, 2, 16),
        ("Wan2.1-14B", 24, 2, 8),
        ("Wan2.1-14B", 16, 4, 16),
        ("Wan2.1-14B", 8, 8, 16),
        ("Wan2.1-14B", 5.9, 8, 8),
        # 5B: 10 GB and 7 GB
        ("Wan2.2-5B", 24, 1, 16),
        ("Wan2.2-5B", 16, 1, 8),
    ],
)
def test_the_smallest_group_that_holds_a_clip(
    model: str, memory_gb: float, gpus: int, bits: int
) -> None:
    found = smallest_group(*work(model), memory_gb)
    assert found is not None
    assert (found.gpus, found.weight_bits) == (gpus, bits)
    assert found.needed_gb <= memory_gb


def test_where_no_server_holds_it_there_is_no_group() -> None:
    assert smallest_group(*work("Wan2.1-14B"), 5.8) is None


def test_a_group_that_is_needed_makes_less_than_its_share() -> None:
    """Two 4090s share the 14B model: their loss is that of PCIe."""
    one = of(RTX_4090, "Wan2.1-14B")
    assert one.fitting is not None
    assert one.prediction is not None
    assert one.fitting.gpus == 2
    loss = fits().loss.of("PCIe")
    assert loss is not None
    assert one.prediction.efficiency == pytest.approx(1 / (1 + loss.median))
    flop = float(SHIPPED.models["Wan2.1-14B"].flop(work("Wan2.1-14B")[1]).flop_per_clip)
    mfu = fits().mfu.of("Ada, 165 TFLOP/s")
    assert mfu is not None
    seconds = flop / (2 * 165.2e12 * mfu.median * one.prediction.efficiency)
    # Decoding 84 frames of 1280 x 720 pixels at 1 TB/s comes on top, on one of the two.
    decoding = 580e3 * 1280 * 720 * 84 / 1008e9
    assert one.prediction.seconds.median == pytest.approx(seconds + decoding)


def test_an_hour_is_counted_for_each_gpu_of_the_group() -> None:
    one = of(RTX_4090, "Wan2.1-14B")
    assert one.prediction is not None
    assert one.video_seconds is not None
    minutes = one.per_gpu_hour(one.video_seconds / 60)
    assert minutes is not None
    expected = 3600 / 2 / one.prediction.seconds.median * (81 / 16 / 60)
    assert minutes[1] == pytest.approx(expected)
    seconds = one.prediction.seconds
    assert minutes[0] == pytest.approx(1800 / seconds.quantile(0.95) * (81 / 16 / 60))
    assert minutes[2] == pytest.approx(1800 / seconds.quantile(0.05) * (81 / 16 / 60))


def test_links_of_their_own_lose_less_than_pcie() -> None:
    """Sora at 1080p needs two H100s or four of 48 GB."""
    pair, four = (of(key, "Sora-20B", "1080p") for key in (H100, "nvidia_l40s_48gb"))
    assert pair.fitting is not None
    assert four.fitting is not None
    assert pair.prediction is not None
    assert four.prediction is not None
    assert (pair.fitting.gpus, four.fitting.gpus) == (2, 4)
    assert pair.prediction.efficiency > 0.95
    assert four.prediction.efficiency < 0.65


# -------------------------------------------------------------------------------- few-step clips


def test_few_step_clips_are_bound_by_their_overhead() -> None:
    """Three steps of one pass: a gaming card decodes longer than it denoises."""
    full, few = (of(RTX_4090, "Wan2.1-1.3B", key) for key in ("480p", "480p few-step"))
    assert full.prediction is not None
    assert few.prediction is not None
    overhead = 580e3 * 832 * 480 * 84 / 1008e9
    assert overhead / few.prediction.seconds.median > 2 / 3
    assert overhead / full.prediction.seconds.median < 0.1
    # 33 times fewer FLOPs, but not 33 times faster; FastWan was timed at 21 s, 2.8 of denoising.
    gain = full.prediction.seconds.median / few.prediction.seconds.median
    assert 8 < gain < 20
    low, high = (few.prediction.seconds.quantile(p) for p in (0.05, 0.95))
    assert low < 21 < high


def test_where_decoding_decides_bandwidth_is_what_counts() -> None:
    """1,008 of 3,350 GB/s; with 50 steps it is the arithmetic."""
    found = of(RTX_4090, "Wan2.1-1.3B", "480p few-step").h100e
    assert found is not None
    assert found[1] == pytest.approx(1008 / 3350, rel=0.1)
