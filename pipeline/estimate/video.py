"""A clip of video, or an image, made by a diffusion transformer: FLOPs, memory, overhead.

Source of the formulas: the shapes of the transformer's matrix products, two operations for each
multiply-accumulate; attention is QK^T and AV over all tokens of a clip. They take the namespace
of a scenario's paths, and of single clips: one formula for what is drawn and what is back-tested.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from pipeline.estimate.model import Paths

ARCHITECTURE = (
    "vae_time",
    "vae_space",
    "layers",
    "width_model",
    "mac_per_token_layer",
    "text_tokens",
)
"""The inputs that say which model it is."""

INPUTS: Mapping[str, str] = MappingProxyType(
    {
        "width": "pixel",
        "height": "pixel",
        "fps": "frame/video_second",
        "vae_time": "frame",
        "vae_space": "pixel",
        "layers": "1",
        "width_model": "1",
        "mac_per_token_layer": "1",
        "text_tokens": "token",
        "steps": "1",
        "passes": "1",
        "peak_flops": "flop/second/gpu",
        "mfu": "1",
    }
)
"""Beside the seconds of a clip and the overhead of a clip, which every engine knows."""

CONSTANTS: Mapping[str, tuple[float, str]] = MappingProxyType(
    {
        "frame": (1.0, "frame"),
        "token": (1.0, "token"),
        "flop_per_mac": (2.0, "flop"),
        "clip": (1.0, "clip"),
    }
)

BYTES_PER_ACTIVATION = 84.0
"""Bytes for each token and channel in BF16: by how much the peaks of Wan 2.2 A14B in its README,
41.3 GB at 480p and 59.8 GB at 720p, differ, over the difference of the tokens."""

BYTES_PER_DECODED_PIXEL = 580e3
"""What decoding a clip, its text and its loading move through memory, for each pixel of each
frame. FastWan 1.3B takes 4 s of them on an H200 and 18 s on an RTX 4090 for 832 x 480 x 81 pixels
(FastVideo's table: end to end less denoising), 4.5 times as long at 1/4.8 of the bandwidth."""
DECODING_SD_LN = 0.5
"""How far a clip may lie off that: a judgement, for two timings of one model show no spread."""


def flops(x: Paths) -> None:
    """What one clip takes: the steps ``tokens`` and ``flop_per_clip``.

        latent frames = ceil((frames - 1) / t + 1)
        tokens N      = latent frames x (height / s) x (width / s)

    t and s are how many frames and pixels one token spans (stride of the VAE times the patch).
    Attention is quadratic in the tokens: a clip twice as long takes more than twice the FLOPs.
    """
    x.frames = x.fps * x.clip_seconds
    x.latent_frames = np.ceil((x.frames - x.frame) / x.vae_time + 1)
    x.tokens = x.latent_frames * (x.height / x.vae_space) * (x.width / x.vae_space) * x.token
    flops_of_tokens(x)


def flops_of_tokens(x: Paths) -> None:
    """What one clip of so many tokens takes: the step ``flop_per_clip`` and its parts.

    linear    = 2 x multiply-accumulates per token and layer x layers x N
    attention = 4 x N^2 x model width x layers
    cross     = 4 x N x text tokens x model width x layers
    per clip  = (linear + attention + cross) x steps x passes
    """
    layer_tokens = x.layers * x.tokens / x.token
    x.linear_flop = x.flop_per_mac * x.mac_per_token_layer * layer_tokens
    per_pair = 2 * x.flop_per_mac * x.width_model * layer_tokens
    x.attention_flop = per_pair * (x.tokens / x.token)
    x.cross_flop = per_pair * (x.text_tokens / x.token)
    per_pass = x.linear_flop + x.attention_flop + x.cross_flop
    x.flop_per_clip = per_pass * x.steps * x.passes / x.clip


def counted(
    *,
    tokens: float,
    layers: float,
    width_model: float,
    mac_per_token_layer: float,
    steps: float,
    passes: float,
    text_tokens: float = 0.0,
) -> Paths:
    """``flops_of_tokens`` of one clip or image, with all its steps."""
    x = Paths(
        **{name: value for name, (value, _) in CONSTANTS.items()},
        tokens=float(tokens),
        layers=float(layers),
        width_model=float(width_model),
        mac_per_token_layer=float(mac_per_token_layer),
        text_tokens=float(text_tokens),
        steps=float(steps),
        passes=float(passes),
    )
    flops_of_tokens(x)
    return x


def memory_gb(
    parameters: float, bytes_per_weight: float, tokens: float, width_model: float
) -> float:
    """What one clip occupies while it is made, in GB: weights, and activations in BF16.

    Encoders and the VAE come on top where they are not moved out of the way. Against published
    peaks: within 15 % for Wan 1.3B and 14B and HunyuanVideo; a quarter less than measured for
    Wan 2.2 5B (larger VAE), a third for Open-Sora 2 (all of it resident).
    """
    weights = bytes_per_weight * parameters
    return (weights + BYTES_PER_ACTIVATION * tokens * width_model) / 1e9


def least_memory_gb(x: Paths) -> float:
    """What a GPU must hold at the least for one clip, after ``flops``, in GB.

    Weights of 8 bits, one for each multiply-accumulate of a token, and the activations.
    """
    parameters = x.layers * x.mac_per_token_layer
    return float(memory_gb(parameters, 1.0, x.tokens / x.token, x.width_model))


def overhead_seconds(pixels: float, bandwidth_gb_s: float) -> float:
    """Seconds that a clip takes beside its denoising, on one GPU.

    Decoding is bound by memory, not by arithmetic, and does not shrink with the steps.

    Args:
        pixels: of all frames.
        bandwidth_gb_s: of the GPU's memory, in GB/s.
    """
    return BYTES_PER_DECODED_PIXEL * pixels / (bandwidth_gb_s * 1e9)
