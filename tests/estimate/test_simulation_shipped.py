"""The shipped scenarios, simulated two ways, and against an earlier program's results."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from pipeline.estimate import scenario
from pipeline.estimate.demand import VIDEO
from pipeline.estimate.model import Paths
from pipeline.estimate.scenario_changes import Changes
from pipeline.estimate.simulation import simulate
from pipeline.estimate.summary import HELD, Summary

DAY = date(2026, 10, 1)
UNCERTAIN = ("base", "consumer", "distilled", "high", "low")


def once(name: str, changes: tuple[str, ...] = (), **fields: float) -> scenario.Scenario:
    """A shipped scenario that does not go on drawing."""
    loaded = scenario.load(name, changes=Changes(changes, ()))
    return replace(loaded, **{"tolerance": 1.0, **fields})  # type: ignore[arg-type]


@pytest.mark.parametrize("name", UNCERTAIN)
def test_plain_monte_carlo_agrees_with_the_lattice_everywhere(name: str) -> None:
    """Errors of eight replicates are themselves uncertain by a quarter, so that a few of some
    thousand differences exceed five of them; none may exceed eight, nor one in a hundred four."""
    loaded = once(name)
    lattice, plain = simulate(loaded, DAY), simulate(loaded, DAY, method="monte-carlo")
    differences = [
        _difference(lattice.rows[row], plain.rows[row], k)
        for row in lattice.rows
        if row != (0, "inference_to_training")
        for k in HELD
    ]
    assert max(differences) < 8
    assert np.mean(np.array(differences) > 4) < 0.01
    assert math.sqrt(float(np.square(differences).mean())) < 1.5


def _difference(one: Summary, other: Summary, k: int) -> float:
    """In combined standard errors, with what bins may move."""
    error = math.hypot(one.errors[k], other.errors[k]) + 1e-4 * one.quantiles[k]
    return abs(one.quantiles[k] - other.quantiles[k]) / error


@pytest.mark.parametrize("name", ["base", "consumer"])
def test_printed_errors_are_the_spread_over_seeds(name: str) -> None:
    """Over outputs and months together, and for each alone within what 30 seeds can tell."""
    loaded = once(name)
    outputs = ["minutes_per_gpu_hour", "gpus_peak", "power_mw", "cost_usd_per_minute"]
    runs = [
        simulate(replace(loaded, seed=seed), DAY, months=[0, 24], outputs=outputs).rows
        for seed in range(30)
    ]
    ratios = []
    for row in runs[0]:
        found = np.array([[run[row].quantiles[k] for k in HELD] for run in runs])
        errors = np.array([[run[row].errors[k] for k in HELD] for run in runs])
        ratios += list(np.sqrt(np.square(errors).mean(axis=0)) / found.std(axis=0, ddof=1))
    assert min(ratios) > 0.6
    assert max(ratios) < 1.6
    assert 0.8 < float(np.median(ratios)) < 1.25


def test_equal_arguments_give_equal_bits() -> None:
    loaded = scenario.load("low")
    months = [0, 30, 60]
    assert simulate(loaded, DAY, months=months) == simulate(loaded, DAY, months=months)
    assert simulate(loaded, DAY, months=months) != simulate(
        replace(loaded, seed=loaded.seed + 1), DAY, months=months
    )


def test_months_and_outputs_that_are_left_out_do_not_change_the_others() -> None:
    loaded = once("base")
    whole = simulate(loaded, DAY).rows
    part = simulate(loaded, DAY, months=[12], outputs=["minutes_per_gpu_hour", "gpus_peak"]).rows
    for row in part:
        # Without the other outputs fewer inputs may have to be drawn.
        for k in HELD:
            assert _difference(whole[row], part[row], k) < 8
    again = simulate(loaded, DAY, months=[12]).rows
    assert all(again[row] == whole[row] for row in again)


def test_an_untouched_output_does_not_move_between_scenarios() -> None:
    """Of the changes only the shares and gains differ from base to low; training does not."""
    base, low = (simulate(once(name), DAY, months=[0, 48]) for name in ("base", "low"))
    for row in [(0, "minutes_per_gpu_hour"), (0, "h100_hours"), (0, "breakeven_minutes")]:
        assert low.rows[row] == base.rows[row]
    assert low.rows[48, "minutes_per_gpu_hour"] != base.rows[48, "minutes_per_gpu_hour"]


@pytest.mark.parametrize("name", UNCERTAIN)
def test_draws_go_on_until_the_tolerance_is_met(name: str) -> None:
    loaded = scenario.load(name)
    first, found = simulate(once(name), DAY), simulate(loaded, DAY)
    assert found.largest_error <= loaded.tolerance
    for row, summary in found.rows.items():
        needs_more = first.rows[row].largest_error > loaded.tolerance
        assert (summary.draws > first.rows[row].draws) == needs_more
        if not needs_more:
            assert summary == first.rows[row]


@pytest.mark.parametrize("name", UNCERTAIN)
def test_quantiles_of_every_row_rise_and_have_errors(name: str) -> None:
    for row, summary in simulate(once(name), DAY, months=[0, 60]).rows.items():
        assert list(summary.quantiles) == sorted(summary.quantiles), row
        assert all(math.isfinite(error) and error >= 0 for error in summary.errors), row


def test_the_published_scenario_has_one_draw_and_no_error() -> None:
    found = simulate(scenario.load("factorial-2024"), DAY)
    assert found.largest_error == 0.0
    assert {summary.draws for summary in found.rows.values()} == {1}
    assert found.rows[0, "gpus_peak"]["p50"] == pytest.approx(713333, rel=1e-6)
    for summary in found.rows.values():
        assert len(set(summary.quantiles)) == 1


UPLOADS = ("inputs.tiktok_uploads.p05=1.3e7", "inputs.tiktok_uploads.p95=2.4e7")


def _as_the_prototype(x: Paths) -> None:
    """A clip may have a fraction of a latent frame and none more for its first frame, and gains in
    efficiency shrink the overhead of a clip, too."""
    VIDEO.at(x)
    tokens = x.frames / x.vae_time * (x.height / x.vae_space) * (x.width / x.vae_space)
    per_token = x.flop_per_mac * (x.mac_per_token_layer + 2 * tokens * x.width_model)
    flop = per_token * tokens * x.layers * x.steps * x.passes / x.clip
    seconds = (flop / (x.peak_flops * x.mfu) + x.overhead_seconds) / x.gain
    cheaper = x.seconds_per_clip / seconds
    x.minutes_per_gpu_hour = x.minutes_per_gpu_hour * cheaper
    x.gpus_peak = x.gpus_peak / cheaper
    x.power_mw = x.power_mw / cheaper


@pytest.mark.parametrize(
    ("name", "month", "minutes", "gpus", "megawatts"),
    [
        ("low", 0, (0.14, 0.31, 0.70), (11e3, 177e3, 1.4e6), 247),
        ("low", 48, (6.7, 44, 296), (3.1e3, 28e3, 230e3), 38),
        ("base", 0, (0.14, 0.31, 0.70), (14e3, 245e3, 1.9e6), 343),
        ("base", 24, (0.49, 1.6, 5.3), (43e3, 356e3, 2.1e6), 497),
        ("base", 48, (1.2, 8.3, 58), (22e3, 203e3, 1.8e6), 284),
        ("high", 24, (0.11, 0.36, 1.2), (1.1e6, 5.5e6, 25e6), 7600),
        ("distilled", 24, (5.4, 16, 49), (6.0e3, 51e3, 299e3), 71),
        ("consumer", 24, (20, 52, 139), (2.9e3, 23e3, 131e3), 14),
    ],
)
def test_a_prototype_of_the_engine_gave_the_same(
    name: str,
    month: int,
    minutes: tuple[float, ...],
    gpus: tuple[float, ...],
    megawatts: float,
) -> None:
    """P10, P50 and P90 to two digits, by other code with other random numbers and quantiles."""
    loaded = replace(once(name, UPLOADS), model=replace(VIDEO, at=_as_the_prototype))
    rows = simulate(loaded, DAY, months=[month]).rows
    for output, expected in (("minutes_per_gpu_hour", minutes), ("gpus_peak", gpus)):
        found = [rows[month, output][name] for name in ("p10", "p50", "p90")]
        assert found == pytest.approx(expected, rel=0.06)
    assert rows[month, "power_mw"]["p50"] == pytest.approx(megawatts, rel=0.06)


@pytest.mark.parametrize("name", ["low", "base"])
def test_whole_latent_frames_make_clips_of_full_steps_up_to_a_tenth_dearer(name: str) -> None:
    """At the start, before any gain, they are all that differs from the prototype."""
    loaded = once(name, UPLOADS)
    before = replace(loaded, model=replace(VIDEO, at=_as_the_prototype))
    outputs = ["minutes_per_gpu_hour"]
    now, then = (
        simulate(one, DAY, months=[0], outputs=outputs).rows[0, "minutes_per_gpu_hour"]
        for one in (loaded, before)
    )
    for quantile in ("p10", "p50", "p90"):
        assert 0.90 < now[quantile] / then[quantile] < 0.96
