"""FLOPs of a clip of video made by a diffusion transformer with full attention.

Source of the formulas: the shapes of the transformer's matrix products, two operations for each
multiply-accumulate; attention is QK^T and AV over all tokens of a clip.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from pipeline.estimate.model import Paths

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
        "steps": "1",
        "passes": "1",
        "peak_flops": "flop/second/gpu",
        "mfu": "1",
    }
)
"""Beside the seconds of a clip and the overhead of a clip, which every engine knows."""

CONSTANTS: Mapping[str, tuple[float, str]] = MappingProxyType(
    {"frame": (1.0, "frame"), "token": (1.0, "token"), "flop_per_mac": (2.0, "flop")}
)


_BYTES_PER_WEIGHT = 1.0
_BYTES_PER_TOKEN_AND_WIDTH = 84.0


def least_memory_gb(x: Paths) -> float:
    """What a GPU must hold at the least for one clip, after ``flops``, in GB.

    Weights of 8 bits, one for each multiply-accumulate of a token, and activations in BF16 of 84
    bytes for each token and channel: what the peaks of Wan 2.2 A14B in its README, 41.3 GB at
    480p and 59.8 GB at 720p, leave beside its weights. Encoders and the VAE come on top.
    """
    weights = _BYTES_PER_WEIGHT * x.layers * x.mac_per_token_layer
    activations = _BYTES_PER_TOKEN_AND_WIDTH * x.width_model * x.tokens / x.token
    return float((weights + activations) / 1e9)


def flops(x: Paths) -> None:
    """What one clip takes: the steps ``tokens`` and ``flop_per_clip``.

        latent frames = ceil((frames - 1) / t + 1)
        tokens N      = latent frames x (height / s) x (width / s)
        linear        = 2 x multiply-accumulates per token and layer x layers x N
        attention     = 4 x N^2 x model width x layers
        per clip      = (linear + attention) x steps x passes

    t and s are how many frames and pixels one token spans (stride of the VAE times the patch).
    Attention is quadratic in the tokens: a clip twice as long takes more than twice the FLOPs.
    """
    x.frames = x.fps * x.clip_seconds
    x.latent_frames = np.ceil((x.frames - x.frame) / x.vae_time + 1)
    x.tokens = x.latent_frames * (x.height / x.vae_space) * (x.width / x.vae_space) * x.token
    layer_tokens = x.layers * x.tokens / x.token
    x.linear_flop = x.flop_per_mac * x.mac_per_token_layer * layer_tokens
    x.attention_flop = 2 * x.flop_per_mac * x.width_model * layer_tokens * (x.tokens / x.token)
    x.flop_per_clip = (x.linear_flop + x.attention_flop) * x.steps * x.passes / x.clip
