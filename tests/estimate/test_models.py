"""The published chain against its printed figures, the direct model against closed forms."""

from collections.abc import Mapping
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.estimate import scenario
from pipeline.estimate.demand import DIRECT, MODELS
from pipeline.estimate.model import Arrays
from pipeline.estimate.normal import FloatArray
from pipeline.estimate.published import PUBLISHED


def arrays(**numbers: float) -> dict[str, FloatArray]:
    return {name: np.array([value]) for name, value in numbers.items()}


def published(**changed: float) -> dict[str, float]:
    inputs = {
        name: np.array([given_.distribution.quantile(0.5)])
        for name, given_ in scenario.load("factorial-2024").inputs.items()
    } | arrays(**changed)
    outputs = PUBLISHED.once(inputs) | PUBLISHED.at(inputs, 0.0)
    return {name: float(values[0]) for name, values in outputs.items()}


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
    outputs = DIRECT.at(arrays(**{**PLAIN, **changed}), years)
    return {name: float(values[0]) for name, values in outputs.items()}


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


def test_direct_agrees_with_the_published_demand_chain_on_its_inputs() -> None:
    """17 + 43 million minutes, 50 % and 5.1 %, everything adopted: 713,333 H100 again."""
    found = direct(
        0.0,
        tiktok_uploads=17e6,
        youtube_uploads=43e6,
        tiktok_ai_share=0.5,
        youtube_ai_share=2.2 / 43,
        adoption_midpoint=-1000.0,
    )
    assert found["gpus_peak"] == pytest.approx(713333, rel=1e-6)


def test_training_and_break_even_by_hand() -> None:
    found = {name: float(v[0]) for name, v in DIRECT.once(arrays(**PLAIN)).items()}
    assert found["h100_months"] == pytest.approx(1000)
    assert found["breakeven_minutes"] == pytest.approx(3.6e6)
    adopted = 8e6 / (1 + np.exp(2.0))
    assert found["breakeven_days_of_demand"] == pytest.approx(3.6e6 / (adopted * 2))


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
def test_models_give_exactly_the_outputs_they_declare(engine: str) -> None:
    model = MODELS[engine]
    inputs: Arrays = {name: np.array([0.5, 1.0]) for name in model.inputs}
    month, once = model.at(inputs, 1.0), model.once(inputs)
    tables = {name: output.table for name, output in model.outputs.items()}
    assert month.keys() | once.keys() == tables.keys()
    assert {name for name, table in tables.items() if table == "demand_month"} == month.keys()
    assert all(values.shape == (2,) for values in [*month.values(), *once.values()])
