"""The models against published figures, arithmetic by hand and properties."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.estimate import scenario
from pipeline.estimate.demand import DIRECT, MODELS, VIDEO
from pipeline.estimate.model import Model
from pipeline.estimate.paths import run
from pipeline.estimate.published import PUBLISHED
from pipeline.estimate.units import parse


def outputs(model: Model, inputs: Mapping[str, float], months: int = 0) -> dict[str, float]:
    """The outputs of a model in their units, from inputs in theirs."""
    base = {name: value * parse(model.inputs[name]).scale for name, value in inputs.items()}
    x = run(model, base, months)
    grown = model.overtaking.output if model.overtaking else None
    return {
        name: float(getattr(x, name)) / parse(output.unit).scale
        for name, output in model.outputs.items()
        if name != grown
    }


def published(**changed: float) -> dict[str, float]:
    inputs = {
        name: given_.distribution.quantile(0.5) * given_.scale / parse(PUBLISHED.inputs[name]).scale
        for name, given_ in scenario.load("factorial-2024").inputs.items()
    }
    return outputs(PUBLISHED, inputs | changed)


# Hand arithmetic on the reconstructed inputs, with the tolerance it was written down with.
@pytest.mark.parametrize(
    ("output", "expected", "rel"),
    [
        ("training_flop_low", 1.08e25, 1e-9),
        ("training_flop_high", 2.70e25, 1e-9),
        ("h100_months_low", 4211.3, 3e-5),
        ("h100_months_high", 10528.3, 1e-5),
        ("h100_months_mac_counted_low", 8422.6, 1e-5),
        ("flop_per_video_minute_rebuilt", 7.082e17, 1e-3),
        ("minutes_per_gpu_hour_unrounded", 5.03, 1e-3),
        ("minutes_per_gpu_hour_mac_counted", 2.515, 1e-3),
        ("breakeven_minutes_low", 15.254e6, 1e-4),
        ("breakeven_minutes_high", 38.136e6, 1e-4),
        ("breakeven_days_of_all_uploads_low", 0.254, 2e-3),
        ("breakeven_days_of_all_uploads_high", 0.636, 2e-3),
        ("ai_minutes_per_day", 10.7e6, 1e-9),
        ("ai_minutes_per_day_stated_shares", 14.95e6, 1e-9),
        ("youtube_ai_share_implied", 2.2 / 43, 1e-9),
        ("gpus_base", 89167, 1e-5),
        ("gpus_base_stated_shares", 124583, 1e-5),
        ("gpus_peak", 713333, 1e-6),
        ("gpus_peak_stated_shares", 996667, 1e-6),
        ("gpus_peak_unrounded", 709e3, 1e-3),
        ("capex_usd_published_peak", 21.6e9, 1e-12),
        ("power_mw_published_peak", 504, 1e-12),
        ("capex_to_token_market_cap", 0.864, 1e-12),
    ],
)
def test_arithmetic_of_the_published_chain(output: str, expected: float, rel: float) -> None:
    assert published()[output] == pytest.approx(expected, rel=rel)


@pytest.mark.parametrize(
    ("output", "as_published"),
    [
        ("h100_months_low", 4200),
        ("h100_months_high", 10500),
        ("minutes_per_gpu_hour_unrounded", 5),
        ("breakeven_minutes_low", 15.3e6),
        ("breakeven_minutes_high", 38.1e6),
        ("gpus_base", 89e3),
        ("gpus_peak", 720e3),
    ],
)
def test_published_figures_within_one_percent(output: str, as_published: float) -> None:
    assert published()[output] == pytest.approx(as_published, rel=0.01)


def test_the_two_chains_are_not_wired_together() -> None:
    """The demand chain keeps the rounded five minutes whatever a minute costs to compute."""
    before, after = published(), published(flop_per_video_minute=14.16e17)
    assert after["gpus_peak"] == before["gpus_peak"]
    assert after["minutes_per_gpu_hour"] == 5
    assert after["gpus_peak_unrounded"] == pytest.approx(2 * before["gpus_peak_unrounded"])


def test_counting_multiply_accumulates_leaves_break_even_where_it_is() -> None:
    before, after = published(), published(flop_per_mac=1)
    assert after["breakeven_minutes_low"] == before["breakeven_minutes_low"]
    assert after["h100_months_mac_counted_low"] == before["h100_months_low"]


PLAIN: Mapping[str, float] = {
    "tiktok_uploads": 20e6,
    "youtube_uploads": 40e6,
    "upload_growth": 0.1,
    "tiktok_ai_share": 0.2,
    "youtube_ai_share": 0.1,
    "adoption_midpoint": 2.0,
    "adoption_speed": 1.0,
    "candidates": 2.0,
    "peak_to_mean": 2.0,
    "utilisation": 0.5,
    "minutes_per_gpu_hour": 5.0,
    "efficiency_gain": 2.0,
    "overhead_seconds": 6.0,
    "clip_seconds": 6.0,
    "gpu_power_kw": 0.7,
    "server_overhead": 1.5,
    "pue": 1.2,
    "gpu_hour_price": 3.0,
    "fleet_share_for_video": 0.1,
    "training_gpu_hours": 720e3,
}


def direct(years: float, **changed: float) -> dict[str, float]:
    return outputs(DIRECT, {**PLAIN, **changed}, round(12 * years))


def test_direct_by_hand_at_the_midpoint() -> None:
    """Two years on: half of 8 million minutes x 1.21; 720 s a minute, of which 60 s stay."""
    found = direct(2.0)
    minutes = 8e6 * 1.21 / 2
    throughput = 3600 / (60 + 660 / 4)
    gpus = minutes * 2 / (throughput * 24)
    assert found["ai_minutes_per_day"] == pytest.approx(minutes)
    assert found["minutes_per_gpu_hour"] == pytest.approx(throughput)
    assert found["gpus_mean"] == pytest.approx(gpus)
    assert found["gpus_peak"] == pytest.approx(gpus * 4)
    assert found["h100e_peak_bf16_dense"] == found["gpus_peak"]
    assert found["h100e_fleet_needed_bf16_dense"] == pytest.approx(gpus * 40)
    assert found["power_mw"] == pytest.approx(gpus * 4 * 0.7 * 1.5 * 1.2 / 1000)
    assert found["cost_usd_per_minute"] == pytest.approx(3 * 2 / (throughput * 0.5))
    assert found["cost_usd_per_day"] == pytest.approx(found["cost_usd_per_minute"] * minutes)


def test_direct_agrees_with_the_published_demand_chain_on_its_inputs() -> None:
    """17 + 43 million minutes, 50 % and 5.1 %, everything adopted: 713,333 H100 again."""
    found = direct(
        0.0,
        tiktok_uploads=17e6,
        youtube_uploads=43e6,
        tiktok_ai_share=0.5,
        youtube_ai_share=2.2 / 43,
        adoption_midpoint=-100.0,
    )
    assert found["gpus_peak"] == pytest.approx(713333, rel=1e-6)


def test_training_and_break_even_by_hand() -> None:
    found = direct(0.0)
    assert found["h100_hours"] == pytest.approx(720e3)
    assert found["h100_months"] == pytest.approx(1000)
    assert found["breakeven_minutes"] == pytest.approx(3.6e6)
    adopted = 8e6 / (1 + np.exp(2.0))
    assert found["breakeven_days_of_demand"] == pytest.approx(3.6e6 / (adopted * 2))


# Shapes of the models' own configurations; m = 6 d^2 + 2 d ffn multiply-accumulates.
WAN_14B = {"layers": 40, "width_model": 5120, "mac_per_token_layer": 6 * 5120**2 + 2 * 5120 * 13824}
WAN_1_3B = {"layers": 30, "width_model": 1536, "mac_per_token_layer": 6 * 1536**2 + 2 * 1536 * 8960}
WAN_5B = {"layers": 30, "width_model": 3072, "mac_per_token_layer": 6 * 3072**2 + 2 * 3072 * 14336}
STRIDES = {"vae_time": 4, "vae_space": 16, "text_tokens": 512}
CLIP = {"steps": 50, "passes": 2, "peak_flops": 989.4e12, "mfu": 0.5}


def video(months: int = 0, **changed: float) -> dict[str, float]:
    inputs = {name: value for name, value in PLAIN.items() if name in VIDEO.inputs}
    inputs |= WAN_14B | STRIDES | CLIP
    inputs |= {"width": 1280, "height": 720, "fps": 16, "clip_seconds": 81 / 16}
    return outputs(VIDEO, inputs | changed, months)


@pytest.mark.parametrize(
    ("shape", "size", "frames", "tokens", "pflop"),
    [
        (WAN_14B, {"width": 1280, "height": 720}, 81, 75_600, 652.1),
        (WAN_14B, {"width": 832, "height": 480}, 81, 32_760, 167.6),
        (WAN_1_3B, {"width": 832, "height": 480}, 81, 32_760, 28.3),
        (WAN_5B, {"width": 1280, "height": 704, "vae_space": 32}, 121, 27_280, 51.6),
    ],
)
def test_tokens_and_flop_of_published_models(
    shape: Mapping[str, float],
    size: Mapping[str, float],
    frames: int,
    tokens: float,
    pflop: float,
) -> None:
    """By hand, from shapes: two operations a multiply-accumulate, of weights, of all pairs of
    tokens (QK^T and AV) and of tokens with the 512 of the text."""
    inputs = {name: 1.0 for name in VIDEO.inputs} | STRIDES | CLIP | dict(shape) | dict(size)
    x = run(VIDEO, inputs | {"fps": 16.0, "clip_seconds": frames / 16}, 0)
    assert float(x.tokens) == tokens
    d, layers = shape["width_model"], shape["layers"]
    linear = 2 * shape["mac_per_token_layer"] * tokens * layers
    attention = 2 * 2 * tokens * tokens * d * layers
    cross = 2 * 2 * tokens * 512 * d * layers
    assert float(x.linear_flop) == linear
    assert float(x.attention_flop) == attention
    assert float(x.cross_flop) == cross
    assert float(x.flop_per_clip) == pytest.approx((linear + attention + cross) * 50 * 2)
    assert 0.004 * float(x.flop_per_clip) < cross * 50 * 2 < 0.011 * float(x.flop_per_clip)
    assert float(x.flop_per_clip) == pytest.approx(pflop * 1e15, rel=0.001)


def test_text_tokens_weigh_as_much_as_others_in_attention_alone() -> None:
    """Twice the text doubles the cross term; without text there is none."""
    base = {name: 1.0 for name in VIDEO.inputs} | STRIDES | CLIP | WAN_14B | {"fps": 16.0}
    base |= {"width": 1280, "height": 720, "clip_seconds": 81 / 16}
    none, one, two = (run(VIDEO, base | {"text_tokens": n}, 0) for n in (0.0, 512.0, 1024.0))
    assert float(none.cross_flop) == 0
    assert float(two.cross_flop) == 2 * float(one.cross_flop)
    assert float(one.cross_flop / one.attention_flop) == pytest.approx(512 / 75_600)
    assert float(none.linear_flop) == float(two.linear_flop)


def test_attention_is_72_percent_of_a_720p_clip_and_52_of_a_480p_one() -> None:
    base = {name: 1.0 for name in VIDEO.inputs} | STRIDES | CLIP | WAN_14B | {"fps": 16.0}
    base |= {"clip_seconds": 81 / 16}
    for width, height, share in ((1280, 720, 0.72), (832, 480, 0.52)):
        x = run(VIDEO, base | {"width": width, "height": height}, 0)
        both = x.attention_flop + x.linear_flop
        assert float(x.attention_flop / both) == pytest.approx(share, abs=0.01)


def test_a_measured_share_of_the_peak_gives_the_measured_time() -> None:
    """Wan 2.1 14B on an H100: 1,838 s a clip of 5.06 s, at 0.36 of the peak (its README)."""
    found = video(mfu=0.359, overhead_seconds=0.0)
    assert found["minutes_per_gpu_hour"] == pytest.approx(81 / 16 / 60 / (1838 / 3600), rel=0.01)


def test_twice_the_pixels_take_more_than_three_times_as_long() -> None:
    one, two = video(overhead_seconds=0.0), video(overhead_seconds=0.0, height=1440)
    assert 3.4 < one["minutes_per_gpu_hour"] / two["minutes_per_gpu_hour"] < 3.7


def test_gains_do_not_touch_the_overhead_of_a_clip() -> None:
    """Gain 2 a year: after 12 months half the compute, the same 6 seconds."""
    seconds = [81 / 16 / 60 / video(months)["minutes_per_gpu_hour"] * 3600 for months in (0, 12)]
    assert seconds[1] - 6 == pytest.approx((seconds[0] - 6) / 2)


def test_another_gpu_is_counted_in_h100_by_its_peak() -> None:
    card, h100 = video(peak_flops=165.2e12, overhead_seconds=0), video(overhead_seconds=0)
    assert card["h100e_peak_bf16_dense"] == pytest.approx(h100["gpus_peak"])
    assert card["gpus_peak"] == pytest.approx(h100["gpus_peak"] * 989.4 / 165.2)
    assert card["breakeven_minutes"] == pytest.approx(h100["breakeven_minutes"])


@given(
    throughput=st.floats(0.01, 500),
    gain=st.floats(1.0, 10.0),
    overhead=st.floats(0.1, 60),
    clip=st.floats(1, 60),
)
@settings(max_examples=100, deadline=None)
def test_gains_start_at_the_measured_speed_and_stop_at_the_overhead(
    throughput: float, gain: float, overhead: float, clip: float
) -> None:
    changed = {
        "minutes_per_gpu_hour": throughput,
        "efficiency_gain": gain,
        "overhead_seconds": overhead,
        "clip_seconds": clip,
    }
    speeds = [direct(years, **changed)["minutes_per_gpu_hour"] for years in (0, 1, 2, 5, 50)]
    assert speeds[0] == pytest.approx(throughput)
    assert all(b >= a * (1 - 1e-12) for a, b in pairwise(speeds))
    ceiling = max(throughput, 60 * clip / overhead)
    assert speeds[-1] <= ceiling * (1 + 1e-9)


@given(
    st.sampled_from(["tiktok_uploads", "candidates", "peak_to_mean", "tiktok_ai_share"]),
    st.floats(1.01, 3),
)
@settings(max_examples=40, deadline=None)
def test_more_of_what_drives_demand_never_means_fewer_gpus(name: str, factor: float) -> None:
    more = direct(1.0, **{name: PLAIN[name] * factor})
    assert more["gpus_peak"] > direct(1.0)["gpus_peak"]


@pytest.mark.parametrize("engine", sorted(MODELS))
def test_models_give_the_outputs_they_declare_on_every_path(engine: str) -> None:
    model = MODELS[engine]
    x = run(model, {name: np.array([0.5, 1.0]) for name in model.inputs}, 12)
    for name in model.outputs:
        if model.overtaking is None or name != model.overtaking.output:
            assert np.isfinite(np.broadcast_to(getattr(x, name), 2)).all()
