"""FLOPs and memory of published models, against figures counted by hand and measured by others."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.estimate import catalogue, video
from pipeline.estimate.catalogue import GenerativeModel, Workload
from pipeline.estimate.model import Paths


def model(name: str) -> GenerativeModel:
    return catalogue.shipped().models[name]


def workload(name: str, key: str) -> Workload:
    return next(one for one in model(name).workloads if one.id == key)


def counted(name: str, key: str) -> Paths:
    return model(name).flop(workload(name, key))


# PFLOP of a clip in all steps and passes and the share of attention, as the back-test set has them.
@pytest.mark.parametrize(
    ("name", "key", "pflop", "attention"),
    [
        ("Wan2.1-14B", "720p", 652.1, 0.72),
        ("Wan2.1-14B", "480p", 167.6, 0.52),
        ("Wan2.2-A14B", "720p", 521.7, 0.72),
        ("Wan2.2-A14B", "480p", 134.1, 0.52),
        ("Wan2.1-14B", "720p few-step", 19.6, 0.72),
        ("Wan2.1-1.3B", "480p", 28.3, 0.70),
        ("Wan2.1-1.3B", "480p few-step", 0.85, 0.70),
        ("Wan2.2-5B", "720p", 51.6, 0.53),
        ("Wan2.2-5B", "720p few-step", 1.5, 0.53),
        ("Open-Sora2-11B", "768px", 763.8, 0.81),
        ("LTX-2B", "512p", 1.2, 0.30),
    ],
)
def test_flop_of_published_models(name: str, key: str, pflop: float, attention: float) -> None:
    x = counted(name, key)
    # The small ones are written with two digits.
    rel = 0.01 if pflop > 10 else 0.04
    assert float(x.flop_per_clip) == pytest.approx(pflop * 1e15, rel=rel)
    per_pass = float(x.linear_flop + x.attention_flop + x.cross_flop)
    assert float(x.attention_flop) / per_pass == pytest.approx(attention, abs=0.0051)


@pytest.mark.parametrize(
    ("name", "key", "by_hand"),
    [
        # steps x passes x L x (2 m N + 4 N^2 d + 4 N x text x d), each number written out
        (
            *("Wan2.1-14B", "720p"),
            50 * 2 * 40 * 75_600 * (2 * 298_844_160 + 4 * 75_600 * 5120 + 4 * 512 * 5120),
        ),
        (
            *("Wan2.1-1.3B", "480p"),
            50 * 2 * 30 * 32_760 * (2 * 41_680_896 + 4 * 32_760 * 1536 + 4 * 512 * 1536),
        ),
        # joint attention: 512 tokens of text run through all layers
        (
            *("Open-Sora2-11B", "768px"),
            50 * 3 * 57 * (76_032 + 512) * (2 * 12 * 3072**2 + 4 * (76_032 + 512) * 3072),
        ),
        ("FLUX.1-dev", "1024px", 28 * 57 * 4608 * (2 * 12 * 3072**2 + 4 * 4608 * 3072)),
    ],
)
def test_flop_by_hand_arithmetic(name: str, key: str, by_hand: int) -> None:
    assert float(counted(name, key).flop_per_clip) == pytest.approx(by_hand, rel=1e-12)


@pytest.mark.parametrize(("key", "gmac"), [("256px", 118.6), ("512px", 524.6)])
def test_dit_xl_2_takes_the_multiply_accumulates_that_its_authors_publish(
    key: str, gmac: float
) -> None:
    """ "Gflops" of its paper are multiply-accumulates of one pass, with one image."""
    x = counted("DiT-XL/2", key)
    per_pass = float(x.linear_flop + x.attention_flop + x.cross_flop)
    assert per_pass / 2 / 1e9 == pytest.approx(gmac, rel=0.01)
    assert float(x.flop_per_clip) == pytest.approx(per_pass * 250 * 2)


def test_step_video_takes_the_tflop_that_its_report_prints() -> None:
    """Table 3 of its report, TFLOP of training a sample: three forward passes of 204 frames of
    192 x 320 (1,592.61) and 256 x 256 (1,717.20)."""
    one = model("Step-Video-30B")
    for width, height, tflop in ((320, 192, 1592.61), (256, 256, 1717.20)):
        x = one.flop(Workload("", width, height, steps=1, passes=1, frames=204))
        assert 3 * float(x.flop_per_clip) / 1e12 == pytest.approx(tflop, rel=0.01)


def test_three_steps_of_one_pass_take_a_thirty_third_of_fifty_of_two() -> None:
    full, few = (
        float(counted("Wan2.1-14B", key).flop_per_clip) for key in ("720p", "720p few-step")
    )
    assert full / few == pytest.approx(100 / 3)


@given(
    tokens=st.integers(1, 300_000),
    layers=st.integers(1, 100),
    width=st.integers(64, 16_384),
    text=st.integers(0, 1024),
)
def test_attention_grows_with_the_square_of_the_tokens_and_the_rest_with_them(
    tokens: int, layers: int, width: int, text: int
) -> None:
    one, two = (
        video.counted(
            tokens=n * tokens,
            layers=layers,
            width_model=width,
            mac_per_token_layer=12 * width**2,
            text_tokens=text,
            steps=1,
            passes=1,
        )
        for n in (1, 2)
    )
    assert two.linear_flop == 2 * one.linear_flop
    assert two.cross_flop == 2 * one.cross_flop
    assert two.attention_flop == 4 * one.attention_flop
    parts = (one.linear_flop, one.attention_flop, one.cross_flop)
    assert one.flop_per_clip == pytest.approx(math.fsum(parts), rel=1e-12)


# GB by weights of 16 bits and 84 bytes a token and channel, and peaks as READMEs give them.
@pytest.mark.parametrize(
    ("name", "key", "formula", "measured", "error"),
    [
        ("Wan2.2-A14B", "480p", 42.7, 41.3, 0.05),
        ("Wan2.2-A14B", "720p", 61.1, 59.8, 0.05),
        ("HunyuanVideo", "720p", 56.3, 60.0, 0.15),
        ("HunyuanVideo", "540p", 43.0, 45.0, 0.15),
        ("Wan2.1-14B", "720p", 61.1, 69.1, 0.15),
        ("Wan2.1-1.3B", "480p", 7.1, 8.2, 0.15),
        # a larger VAE, and all encoders resident
        ("Wan2.2-5B", "720p", 17.0, 22.9, 0.27),
        ("Open-Sora2-11B", "768px", 41.8, 60.3, 0.34),
    ],
)
def test_memory_against_measured_peaks(
    name: str, key: str, formula: float, measured: float, error: float
) -> None:
    found = model(name).memory_gb(workload(name, key), 2.0)
    assert found == pytest.approx(formula, rel=0.005)
    assert found == pytest.approx(measured, rel=error)


def test_weights_of_eight_bits_save_one_byte_each() -> None:
    one, clip = model("Wan2.1-14B"), workload("Wan2.1-14B", "720p")
    assert one.memory_gb(clip, 2.0) - one.memory_gb(clip, 1.0) == pytest.approx(14.3)


def test_decoding_takes_what_fastwan_was_timed_at() -> None:
    """FastWan 1.3B at 480p: 5 s on an H200 and 21 s on a 4090; 1.0 and 2.8 s are denoising."""
    pixels = 832 * 480 * 81
    assert video.overhead_seconds(pixels, 4800) == pytest.approx(5 - 1.0, rel=0.05)
    assert video.overhead_seconds(pixels, 1008) == pytest.approx(21 - 2.8, rel=0.05)
