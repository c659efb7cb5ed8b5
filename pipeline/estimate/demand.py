"""Demand for GPUs over time from uploads, AI shares and a measured throughput.

The engine ``direct`` takes minutes of video per GPU-hour as an input. Engines are listed here
by the name that scenario files use.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from pipeline.estimate.model import (
    HOURS_PER_DAY,
    HOURS_PER_MONTH,
    SECONDS_PER_HOUR,
    Arrays,
    Model,
    Output,
)
from pipeline.estimate.normal import FloatArray
from pipeline.estimate.published import PUBLISHED

_INPUTS = {
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
    "minutes_per_gpu_hour": "video_minute/gpu/hour",
    "efficiency_gain": "1/year",
    "overhead_seconds": "gpu*second/clip",
    "clip_seconds": "video_second/clip",
    "gpu_power_kw": "kilowatt/gpu",
    "server_overhead": "1",
    "pue": "1",
    "gpu_hour_price": "usd/gpu/hour",
    "fleet_share_for_video": "1",
    "training_gpu_hours": "gpu*hour",
}


def direct(inputs: Arrays, years: float) -> dict[str, FloatArray]:
    """Demand at a time, with minutes of video per GPU-hour given for the start.

    Uploads grow by a yearly factor; the AI share of each platform follows one logistic curve
    to its ceiling. GPUs are H100 by construction, so their number is also the number of
    H100-equivalents on the dense BF16 basis.

        gpus_mean = minutes a day x candidates / (minutes per GPU-hour x 24)
        gpus_peak = gpus_mean x peak to mean / share of the time a GPU may be busy at the peak
        cost      = price of a GPU-hour x candidates / (minutes per GPU-hour x utilisation)

    Cost assumes that rented hours follow demand: the idle share is paid, the height of the
    daily peak is not.
    """
    minutes = _ai_minutes(inputs, years)
    throughput = _throughput(inputs, years)
    gpus_mean = minutes * inputs["candidates"] / (throughput * HOURS_PER_DAY)
    gpus_peak = gpus_mean * inputs["peak_to_mean"] / inputs["utilisation"]
    price = inputs["gpu_hour_price"]
    return {
        "minutes_per_gpu_hour": throughput,
        "ai_minutes_per_day": minutes,
        "gpus_mean": gpus_mean,
        "gpus_peak": gpus_peak,
        "h100e_peak_bf16_dense": gpus_peak,
        "h100e_fleet_needed_bf16_dense": gpus_peak / inputs["fleet_share_for_video"],
        "power_mw": _megawatts(inputs, gpus_peak),
        "cost_usd_per_minute": price * inputs["candidates"] / (throughput * inputs["utilisation"]),
    }


def direct_once(inputs: Arrays) -> dict[str, FloatArray]:
    """Training of one model, and the minutes of video that take as many GPU-hours.

    Candidates that are thrown away take inference too, so they count towards break-even
    (days = minutes / (minutes a day x candidates)), at the demand of the start.
    """
    hours = inputs["training_gpu_hours"]
    minutes = hours * inputs["minutes_per_gpu_hour"]
    per_day = _ai_minutes(inputs, 0.0) * inputs["candidates"]
    return {
        "h100_hours": hours,
        "h100_months": hours / HOURS_PER_MONTH,
        "breakeven_minutes": minutes,
        "breakeven_days_of_demand": minutes / per_day,
    }


def _ai_minutes(inputs: Arrays, years: float) -> FloatArray:
    """Minutes of kept AI video a day: uploads x growth x ceiling x logistic adoption."""
    ceiling = (
        inputs["tiktok_uploads"] * inputs["tiktok_ai_share"]
        + inputs["youtube_uploads"] * inputs["youtube_ai_share"]
    )
    growth = (1.0 + inputs["upload_growth"]) ** years
    steepness = -inputs["adoption_speed"] * (years - inputs["adoption_midpoint"])
    result: FloatArray = ceiling * growth / (1.0 + np.exp(steepness))
    return result


def _throughput(inputs: Arrays, years: float) -> FloatArray:
    """Minutes per GPU-hour after years of gains that the fixed overhead per clip escapes.

    The hours that a minute takes today are split: overhead (decoding, text encoder, loading)
    stays, the rest shrinks by the yearly factor. Where the overhead alone would exceed the
    measured time, all of that time is overhead and nothing shrinks. Source of the floor:
    timings of few-step models, where overhead dominates.
    """
    hours = 1.0 / inputs["minutes_per_gpu_hour"]
    seconds_per_minute = 60.0 * inputs["overhead_seconds"] / inputs["clip_seconds"]
    floor = np.minimum(seconds_per_minute / SECONDS_PER_HOUR, hours)
    result: FloatArray = 1.0 / (floor + (hours - floor) * inputs["efficiency_gain"] ** -years)
    return result


def _megawatts(inputs: Arrays, gpus: FloatArray) -> FloatArray:
    """Power of the facility in MW, from kW per board, the rest of the server, and PUE."""
    kilowatts = gpus * inputs["gpu_power_kw"] * inputs["server_overhead"] * inputs["pue"]
    result: FloatArray = kilowatts / 1000.0
    return result


DIRECT = Model(
    engine="direct",
    inputs=MappingProxyType(_INPUTS),
    outputs=MappingProxyType(
        {
            "minutes_per_gpu_hour": Output("video_minute/gpu/hour"),
            "ai_minutes_per_day": Output("video_minute/day"),
            "gpus_mean": Output("gpu"),
            "gpus_peak": Output("gpu"),
            "h100e_peak_bf16_dense": Output("H100e"),
            "h100e_fleet_needed_bf16_dense": Output("H100e"),
            "power_mw": Output("megawatt"),
            "cost_usd_per_minute": Output("usd/video_minute"),
            "h100_hours": Output("gpu*hour", "training", "h100_hours", "interval"),
            "h100_months": Output("gpu*month", "training", "h100_months", "interval"),
            "breakeven_minutes": Output("video_minute", "breakeven", "minutes", "interval"),
            "breakeven_days_of_demand": Output("day", "breakeven", "days_of_demand", "interval"),
        }
    ),
    at=direct,
    once=direct_once,
)

MODELS: Mapping[str, Model] = MappingProxyType(
    {model.engine: model for model in (DIRECT, PUBLISHED)}
)
"""Every engine by the name that scenario files use."""
