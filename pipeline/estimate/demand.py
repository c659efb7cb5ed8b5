"""Demand for GPUs over time from uploads, AI shares and the throughput of a GPU.

Two engines share the way from throughput to GPUs, power and cost: ``direct`` takes minutes of
video per GPU-hour as an input, ``video`` makes them from a diffusion transformer's FLOPs. Engines
are listed here by the name that scenario files use.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from pipeline.estimate import video
from pipeline.estimate.model import Model, Output, Overtaking, Paths
from pipeline.estimate.published import PUBLISHED

_DEMAND = {
    "tiktok_uploads": "video_minute/day",
    "youtube_uploads": "video_minute/day",
    "upload_growth": "1/year",
    "tiktok_ai_share": "1",
    "youtube_ai_share": "1",
    "adoption_midpoint": "year",
    "adoption_speed": "1/year",
    "candidates": "1",
    "peak_to_mean": "1",
    "utilisation": "1",
    "efficiency_gain": "1/year",
    "overhead_seconds": "gpu*second/clip",
    "clip_seconds": "video_second",
    "gpu_power_kw": "kilowatt/gpu",
    "server_overhead": "1",
    "pue": "1",
    "gpu_hour_price": "usd/gpu/hour",
    "fleet_share_for_video": "1",
    "training_gpu_hours": "gpu*hour",
}
_OUTPUTS = {
    "minutes_per_gpu_hour": Output("video_minute/gpu/hour"),
    "ai_minutes_per_day": Output("video_minute/day"),
    "gpus_mean": Output("gpu"),
    "gpus_peak": Output("gpu"),
    "h100e_peak_bf16_dense": Output("H100e"),
    "h100e_fleet_needed_bf16_dense": Output("H100e"),
    "power_mw": Output("megawatt"),
    "cost_usd_per_minute": Output("usd/video_minute"),
    "cost_usd_per_day": Output("usd/day"),
    "inference_to_training": Output("1"),
    "h100_hours": Output("gpu*hour", "training", "h100_hours", "interval"),
    "h100_months": Output("gpu*month_30d", "training", "h100_months", "interval"),
    "breakeven_minutes": Output("video_minute", "breakeven", "minutes", "interval"),
    "breakeven_days_of_demand": Output("day", "breakeven", "days_of_demand", "interval"),
}
_CONSTANTS = {
    "year": (1.0, "year"),
    "clip": (1.0, "clip"),
    "h100_peak_flops": (989.4e12, "flop/second/gpu"),
}
"""An H100 SXM makes 989.4 TFLOP/s, dense BF16: gpu_spec.csv of the edition, where the source is
(the vendor prints twice that, with sparsity)."""


def _direct_fixed(x: Paths) -> None:
    """Split what a minute takes at the start into overhead and the rest.

    Where the overhead alone would exceed the measured time, all of that time is overhead. A GPU
    is an H100 here, so that their number is the number of H100-equivalents, too.
    """
    x.h100e_per_gpu = 1.0
    x.throughput_at_start = x.minutes_per_gpu_hour
    x.time_per_video = 1 / x.throughput_at_start
    x.overhead_floor = np.minimum(x.overhead_seconds * x.clip / x.clip_seconds, x.time_per_video)
    _demand_fixed(x)


def _direct_at(x: Paths) -> None:
    x.gain = np.exp(x.log_gain * (x.time / x.year))
    shrinking = (x.time_per_video - x.overhead_floor) / x.gain
    x.minutes_per_gpu_hour = 1 / (x.overhead_floor + shrinking)
    _demand_at(x)


def _video_fixed(x: Paths) -> None:
    """The throughput of the architecture that the scenario describes, at the start."""
    video.flops(x)
    x.h100e_per_gpu = x.peak_flops / x.h100_peak_flops
    x.compute_seconds = x.flop_per_clip / (x.peak_flops * x.mfu)
    at_start = x.compute_seconds + x.overhead_seconds
    x.throughput_at_start = x.clip_seconds / x.clip / at_start
    _demand_fixed(x)


def _video_at(x: Paths) -> None:
    x.gain = np.exp(x.log_gain * (x.time / x.year))
    x.seconds_per_clip = x.compute_seconds / x.gain + x.overhead_seconds
    x.minutes_per_gpu_hour = x.clip_seconds / x.clip / x.seconds_per_clip
    _demand_at(x)


def _demand_fixed(x: Paths) -> None:
    """Training of one model, and the minutes of video that take as much compute.

    Training is counted in H100s. Candidates that are thrown away take inference too, so they
    count towards break-even (days = minutes / (minutes a day x candidates)), at the demand of
    the start.
    """
    x.log_gain = np.log(x.efficiency_gain * x.year)
    x.log_growth = np.log1p(x.upload_growth * x.year)
    x.video_uploads_as_ai = (
        x.tiktok_uploads * x.tiktok_ai_share + x.youtube_uploads * x.youtube_ai_share
    )
    x.h100_hours = x.training_gpu_hours
    x.h100_months = x.training_gpu_hours
    x.breakeven_minutes = x.training_gpu_hours * x.throughput_at_start / x.h100e_per_gpu
    adopted_at_start = 1 / (1 + np.exp(x.adoption_speed * x.adoption_midpoint))
    made_at_start = x.video_uploads_as_ai * adopted_at_start * x.candidates
    x.breakeven_days_of_demand = x.breakeven_minutes / made_at_start
    x.installed_to_mean = x.peak_to_mean / x.utilisation
    x.power_per_gpu = x.gpu_power_kw * x.server_overhead * x.pue
    x.price_per_gpu_time = x.gpu_hour_price * x.candidates / x.utilisation


def _demand_at(x: Paths) -> None:
    """Demand at a time, with the throughput of that time.

    Uploads grow by a yearly factor; the AI share of each platform follows one logistic curve to
    its ceiling.

        gpus_mean = minutes a day x candidates / (minutes per GPU-hour x 24)
        gpus_peak = gpus_mean x peak to mean / share of the time a GPU may be busy at the peak
        cost      = price of a GPU-hour x candidates / (minutes per GPU-hour x utilisation)

    Cost assumes that rented hours follow demand: the idle share is paid, the height of the
    daily peak is not.
    """
    x.growth = np.exp(x.log_growth * (x.time / x.year))
    x.adoption = 1 / (1 + np.exp(x.adoption_speed * (x.adoption_midpoint - x.time)))
    x.ai_minutes_per_day = x.video_uploads_as_ai * x.growth * x.adoption
    x.gpus_mean = x.ai_minutes_per_day * x.candidates / x.minutes_per_gpu_hour
    x.h100e_mean = x.gpus_mean * x.h100e_per_gpu
    x.gpus_peak = x.gpus_mean * x.installed_to_mean
    x.h100e_peak_bf16_dense = x.gpus_peak * x.h100e_per_gpu
    x.h100e_fleet_needed_bf16_dense = x.h100e_peak_bf16_dense / x.fleet_share_for_video
    x.power_mw = x.gpus_peak * x.power_per_gpu
    x.cost_usd_per_minute = x.price_per_gpu_time / x.minutes_per_gpu_hour
    x.cost_usd_per_day = x.cost_usd_per_minute * x.ai_minutes_per_day


_COMPOUNDING = frozenset({"efficiency_gain", "upload_growth"})
_SHARES = frozenset({"tiktok_ai_share", "youtube_ai_share", "utilisation", "fleet_share_for_video"})
_OVERTAKING = Overtaking("inference_to_training", rate="h100e_mean", amount="training_gpu_hours")

DIRECT = Model(
    engine="direct",
    inputs=MappingProxyType({**_DEMAND, "minutes_per_gpu_hour": "video_minute/gpu/hour"}),
    outputs=MappingProxyType(_OUTPUTS),
    fixed=_direct_fixed,
    at=_direct_at,
    constants=MappingProxyType(_CONSTANTS),
    overtaking=_OVERTAKING,
    compounding=_COMPOUNDING,
    shares=_SHARES,
)

VIDEO = Model(
    engine="video",
    inputs=MappingProxyType({**_DEMAND, **video.INPUTS}),
    outputs=MappingProxyType(_OUTPUTS),
    fixed=_video_fixed,
    at=_video_at,
    constants=MappingProxyType({**_CONSTANTS, **video.CONSTANTS}),
    overtaking=_OVERTAKING,
    compounding=_COMPOUNDING,
    shares=_SHARES,
    least_memory_gb=video.least_memory_gb,
)

MODELS: Mapping[str, Model] = MappingProxyType(
    {model.engine: model for model in (DIRECT, VIDEO, PUBLISHED)}
)
"""Every engine by the name that scenario files use."""
