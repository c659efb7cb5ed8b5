"""The estimate of Factorial Funds (March 2024) for Sora, as two chains of single numbers.

The compute chain (training, cost of a minute, break-even) is a reconstruction from the
published outputs; the demand chain (minutes a day to GPUs) uses the published, rounded five
minutes per GPU-hour. They are never wired together: what the unrounded figure, the stated
shares or a count in multiply-accumulates would give are outputs of their own.
"""

from __future__ import annotations

from types import MappingProxyType

from pipeline.estimate.model import Model, Output, Paths
from pipeline.estimate.normal import FloatArray

_INPUTS = {
    "base_training_flop": "flop",
    "parameter_factor": "1",
    "data_factor_low": "1",
    "data_factor_high": "1",
    "frames_per_second": "frame/video_second",
    "temporal_compression": "1",
    "video_share": "1",
    "peak_flops": "flop/second/gpu",
    "training_utilisation": "1",
    "training_days": "day",
    "forward_flop": "flop",
    "steps": "1",
    "flop_per_video_minute": "flop/video_minute",
    "flop_per_mac": "1",
    "tiktok_uploads": "video_minute/day",
    "youtube_uploads": "video_minute/day",
    "tiktok_ai_share": "1",
    "youtube_ai_share": "1",
    "youtube_eligible_share": "1",
    "minutes_per_gpu_hour": "video_minute/gpu/hour",
    "candidates": "1",
    "peak_to_mean": "1",
    "utilisation": "1",
    "published_peak": "gpu",
    "gpu_price": "usd/gpu",
    "gpu_power_kw": "kilowatt/gpu",
    "token_market_cap": "usd",
}

_CONSTANTS = {
    "video_minute": (1.0, "video_minute"),
    "frame": (1.0, "frame"),
}

_REBUILT = "flop_per_video_minute_rebuilt"


def compute_chain(x: Paths) -> None:
    """Training compute, the cost of a minute of video, and the break-even between them.

        training  = base x parameter factor x data factor x latent frames x share of video
        GPUs      = training / (peak x utilisation x seconds)
        breakeven = training / FLOP per minute of video

    GPUs are held for the days of training, which gives GPU-months. A user's candidates are
    thrown away but computed, so days of demand count them.
    """
    x.latent_frames = x.frames_per_second * x.video_minute / x.frame / x.temporal_compression
    x.flop_per_gpu = x.peak_flops * x.training_utilisation * x.training_days
    per_sample = x.base_training_flop * x.parameter_factor * x.latent_frames
    x.kept_minutes = _minutes_of_shares(x, x.youtube_eligible_share)
    x.uploads = x.tiktok_uploads + x.youtube_uploads
    rebuilt = x.forward_flop * x.steps * x.parameter_factor * x.latent_frames
    x.flop_per_video_minute_rebuilt = rebuilt / x.video_minute
    for case, data_factor in (("low", x.data_factor_low), ("high", x.data_factor_high)):
        training = per_sample * x.video_share * data_factor
        gpu_time = training / x.flop_per_gpu * x.training_days
        minutes = training / x.flop_per_video_minute
        for name, value in {
            "training_flop": training,
            "h100_months": gpu_time,
            "h100_months_mac_counted": gpu_time * x.flop_per_mac,
            "breakeven_minutes": minutes,
            "breakeven_days_of_demand": minutes / (x.kept_minutes * x.candidates),
            "breakeven_days_of_all_uploads": minutes / x.uploads,
        }.items():
            setattr(x, f"{name}_{case}", value)


def demand_chain(x: Paths) -> None:
    """From minutes of video a day to GPUs, their price and their power; without time.

    ``gpus_base`` are the GPUs that the published minutes alone keep busy (the published
    89,000), ``gpus_mean`` those with candidates, ``gpus_peak`` with the daily peak and idle
    time too (the published 720,000). Price and power count boards only, as the source does.
    """
    x.minutes_per_gpu_hour_unrounded = x.peak_flops / x.flop_per_video_minute
    x.minutes_per_gpu_hour_mac_counted = x.minutes_per_gpu_hour_unrounded / x.flop_per_mac
    x.ai_minutes_per_day = x.kept_minutes
    x.ai_minutes_per_day_stated_shares = _minutes_of_shares(x, 1.0)
    x.youtube_ai_share_implied = x.youtube_ai_share * x.youtube_eligible_share
    x.on_top = x.candidates * x.peak_to_mean / x.utilisation
    x.gpus_base = x.ai_minutes_per_day / x.minutes_per_gpu_hour
    x.gpus_base_stated_shares = x.ai_minutes_per_day_stated_shares / x.minutes_per_gpu_hour
    x.gpus_mean = x.gpus_base * x.candidates
    x.gpus_peak = x.gpus_base * x.on_top
    x.gpus_peak_stated_shares = x.gpus_base_stated_shares * x.on_top
    unrounded = x.ai_minutes_per_day / x.minutes_per_gpu_hour_unrounded
    x.gpus_peak_unrounded = unrounded * x.on_top
    mac_counted = x.ai_minutes_per_day / x.minutes_per_gpu_hour_mac_counted
    x.gpus_peak_mac_counted = mac_counted * x.on_top
    x.h100e_peak_bf16_dense = x.gpus_peak
    x.power_mw = x.gpus_peak * x.gpu_power_kw
    x.power_mw_published_peak = x.published_peak * x.gpu_power_kw
    x.capex_usd = x.gpus_peak * x.gpu_price
    x.capex_usd_published_peak = x.published_peak * x.gpu_price
    x.capex_to_token_market_cap = x.capex_usd_published_peak / x.token_market_cap
    x.minutes_per_gpu_hour = x.minutes_per_gpu_hour  # as published: rounded


def _minutes_of_shares(x: Paths, eligible: FloatArray | float) -> FloatArray:
    """AI minutes a day, with the share of YouTube's minutes that the AI share applies to."""
    tiktok = x.tiktok_uploads * x.tiktok_ai_share
    youtube = x.youtube_uploads * x.youtube_ai_share * eligible
    result: FloatArray = tiktok + youtube
    return result


_MONTH = {
    "minutes_per_gpu_hour": "video_minute/gpu/hour",
    "minutes_per_gpu_hour_unrounded": "video_minute/gpu/hour",
    "minutes_per_gpu_hour_mac_counted": "video_minute/gpu/hour",
    "ai_minutes_per_day": "video_minute/day",
    "ai_minutes_per_day_stated_shares": "video_minute/day",
    "youtube_ai_share_implied": "1",
    "gpus_base": "gpu",
    "gpus_base_stated_shares": "gpu",
    "gpus_mean": "gpu",
    "gpus_peak": "gpu",
    "gpus_peak_stated_shares": "gpu",
    "gpus_peak_unrounded": "gpu",
    "gpus_peak_mac_counted": "gpu",
    "h100e_peak_bf16_dense": "H100e",
    "power_mw": "megawatt",
    "power_mw_published_peak": "megawatt",
    "capex_usd": "usd",
    "capex_usd_published_peak": "usd",
    "capex_to_token_market_cap": "1",
}
_TRAINING = {
    "training_flop": "flop",
    "h100_months": "gpu*month_30d",
    "h100_months_mac_counted": "gpu*month_30d",
}
_BREAKEVEN = {"minutes": "video_minute", "days_of_demand": "day", "days_of_all_uploads": "day"}

PUBLISHED = Model(
    engine="published",
    inputs=MappingProxyType(_INPUTS),
    outputs=MappingProxyType(
        {name: Output(unit) for name, unit in _MONTH.items()}
        | {_REBUILT: Output("flop/video_minute", "training", _REBUILT, "both")}
        | {
            f"{name}_{case}": Output(unit, "training", name, case)
            for case in ("low", "high")
            for name, unit in _TRAINING.items()
        }
        | {
            f"breakeven_{name}_{case}": Output(unit, "breakeven", name, case)
            for case in ("low", "high")
            for name, unit in _BREAKEVEN.items()
        }
    ),
    fixed=compute_chain,
    at=demand_chain,
    constants=MappingProxyType(_CONSTANTS),
    shares=frozenset(
        {
            *("tiktok_ai_share", "youtube_ai_share", "youtube_eligible_share", "video_share"),
            *("utilisation", "training_utilisation"),
        }
    ),
)
