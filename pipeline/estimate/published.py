"""The estimate of Factorial Funds (March 2024) for Sora, as two chains of single numbers.

The compute chain (training, cost of a minute, break-even) is a reconstruction from the
published outputs; the demand chain (minutes a day to GPUs) uses the published, rounded five
minutes per GPU-hour. They are never wired together: what the unrounded figure, the stated
shares or a count in multiply-accumulates would give are outputs of their own.
"""

from __future__ import annotations

from types import MappingProxyType

from pipeline.estimate.model import (
    HOURS_PER_DAY,
    SECONDS_PER_HOUR,
    Arrays,
    Model,
    Output,
)
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

_REBUILT = "flop_per_video_minute_rebuilt"


def compute_chain(inputs: Arrays) -> dict[str, FloatArray]:
    """Training compute, the cost of a minute of video, and the break-even between them.

        training  = base x parameter factor x data factor x latent frames x share of video
        GPUs      = training / (peak x utilisation x seconds)
        breakeven = training / FLOP per minute of video

    A user's candidates are thrown away but computed, so days of demand count them.
    """
    frames = inputs["frames_per_second"] * 60.0 / inputs["temporal_compression"]
    seconds = inputs["training_days"] * HOURS_PER_DAY * SECONDS_PER_HOUR
    per_gpu = inputs["peak_flops"] * inputs["training_utilisation"] * seconds
    per_sample = inputs["base_training_flop"] * inputs["parameter_factor"] * frames
    kept = _minutes_of_shares(inputs, inputs["youtube_eligible_share"])
    uploads = inputs["tiktok_uploads"] + inputs["youtube_uploads"]
    result = {
        _REBUILT: inputs["forward_flop"] * inputs["steps"] * inputs["parameter_factor"] * frames
    }
    for case in ("low", "high"):
        training = per_sample * inputs["video_share"] * inputs[f"data_factor_{case}"]
        minutes = training / inputs["flop_per_video_minute"]
        result |= {
            f"training_flop_{case}": training,
            f"h100_months_{case}": training / per_gpu,
            f"h100_months_mac_counted_{case}": training * inputs["flop_per_mac"] / per_gpu,
            f"breakeven_minutes_{case}": minutes,
            f"breakeven_days_of_demand_{case}": minutes / (kept * inputs["candidates"]),
            f"breakeven_days_of_all_uploads_{case}": minutes / uploads,
        }
    return result


def demand_chain(inputs: Arrays, years: float) -> dict[str, FloatArray]:
    """From minutes of video a day to GPUs, their price and their power; without time.

    ``gpus_base`` are the GPUs that the published minutes alone keep busy (the published
    89,000), ``gpus_mean`` those with candidates, ``gpus_peak`` with the daily peak and idle
    time too (the published 720,000). Price and power count boards only, as the source does.
    """
    del years  # the published estimate has no time in it
    rounded = inputs["minutes_per_gpu_hour"]
    unrounded = inputs["peak_flops"] * SECONDS_PER_HOUR / inputs["flop_per_video_minute"]
    mac_counted = unrounded / inputs["flop_per_mac"]
    minutes = _minutes_of_shares(inputs, inputs["youtube_eligible_share"])
    stated = _minutes_of_shares(inputs, 1.0)
    on_top = inputs["candidates"] * inputs["peak_to_mean"] / inputs["utilisation"]
    gpus_base = minutes / (rounded * HOURS_PER_DAY)
    gpus_peak = gpus_base * on_top
    stated_base = stated / (rounded * HOURS_PER_DAY)
    capex = inputs["published_peak"] * inputs["gpu_price"]
    return {
        "minutes_per_gpu_hour": rounded,
        "minutes_per_gpu_hour_unrounded": unrounded,
        "minutes_per_gpu_hour_mac_counted": mac_counted,
        "ai_minutes_per_day": minutes,
        "ai_minutes_per_day_stated_shares": stated,
        "youtube_ai_share_implied": inputs["youtube_ai_share"] * inputs["youtube_eligible_share"],
        "gpus_base": gpus_base,
        "gpus_base_stated_shares": stated_base,
        "gpus_mean": gpus_base * inputs["candidates"],
        "gpus_peak": gpus_peak,
        "gpus_peak_stated_shares": stated_base * on_top,
        "gpus_peak_unrounded": minutes / (unrounded * HOURS_PER_DAY) * on_top,
        "gpus_peak_mac_counted": minutes / (mac_counted * HOURS_PER_DAY) * on_top,
        "h100e_peak_bf16_dense": gpus_peak,
        "power_mw": gpus_peak * inputs["gpu_power_kw"] / 1000.0,
        "power_mw_published_peak": inputs["published_peak"] * inputs["gpu_power_kw"] / 1000.0,
        "capex_usd": gpus_peak * inputs["gpu_price"],
        "capex_usd_published_peak": capex,
        "capex_to_token_market_cap": capex / inputs["token_market_cap"],
    }


def _minutes_of_shares(inputs: Arrays, eligible: FloatArray | float) -> FloatArray:
    """AI minutes a day, with the share of YouTube's minutes that the AI share applies to."""
    tiktok = inputs["tiktok_uploads"] * inputs["tiktok_ai_share"]
    youtube = inputs["youtube_uploads"] * inputs["youtube_ai_share"] * eligible
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
    "h100_months": "gpu*month",
    "h100_months_mac_counted": "gpu*month",
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
    at=demand_chain,
    once=compute_chain,
)
