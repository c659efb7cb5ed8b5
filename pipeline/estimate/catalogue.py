"""Catalogue: open models that make video and images, and what they are usually asked for."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from types import MappingProxyType
from typing import Any, Literal

from pipeline import resources
from pipeline.estimate import video
from pipeline.estimate.model import Paths

Medium = Literal["video", "image"]

USUAL_PIXELS_PER_TOKEN = 4.0 * 16 * 16
"""Of a model that is not in the catalogue: a VAE that takes 4 frames of 8 x 8 pixels, in patches
of 2 x 2, as most of those that are."""


@dataclass(frozen=True)
class Workload:
    """One clip or image of a size, in so many steps of so many passes."""

    id: str
    width: int
    """Pixels."""
    height: int
    """Pixels."""
    steps: int
    passes: int
    """Forward passes a step: 2 with classifier-free guidance, 1 where that is distilled away."""
    frames: int = 1
    source: str = ""


@dataclass(frozen=True)
class GenerativeModel:
    """A diffusion transformer with full attention."""

    id: str
    title: str
    medium: Medium
    parameters: float
    """Weights that lie in memory during a step."""
    layers: int
    width: int
    mac_per_token_layer: int
    """Multiply-accumulates; parameters over layers is not the same."""
    mac_formula: str
    text_tokens: int | None
    """None where nobody says how long the text is: then it is left out of every count."""
    is_joint: bool
    """Text tokens run through all layers beside the others; else they are attended to."""
    vae_time: Fraction
    """Frames that a latent frame stands for."""
    has_first_frame: bool
    """The first frame is a latent frame of its own."""
    vae_space: int
    patch_time: int
    patch_space: int
    frames_per_second: int | None
    source: str
    note: str
    workloads: tuple[Workload, ...]

    @property
    def token_side(self) -> int:
        """Pixels on the side of one token."""
        return self.vae_space * self.patch_space

    @property
    def pixels_per_token(self) -> float:
        """Pixels of all frames that one token stands for."""
        return float(self.vae_time) * self.patch_time * self.token_side**2

    def tokens(self, workload: Workload) -> int:
        """How many tokens a clip or image has.

            latent frames = ceil(((frames - 1) / t + 1) / p_t), or ceil(frames / t / p_t)
            tokens        = latent frames x (height / (s p)) x (width / (s p))

        with strides t and s of the VAE and patches p_t and p.
        """
        if self.has_first_frame:
            latent = (workload.frames - 1) / self.vae_time + 1
        else:
            latent = workload.frames / self.vae_time
        rows, columns = workload.height // self.token_side, workload.width // self.token_side
        return math.ceil(latent / self.patch_time) * rows * columns

    def video_seconds(self, workload: Workload) -> float | None:
        """Length of the clip; None for an image."""
        return workload.frames / self.frames_per_second if self.frames_per_second else None

    def flop(self, workload: Workload) -> Paths:
        """The steps of ``video.flops_of_tokens``: FLOPs of a pass by kind, and of all of them."""
        text = self.text_tokens or 0
        joint = text if self.is_joint else 0
        return video.counted(
            tokens=self.tokens(workload) + joint,
            layers=self.layers,
            width_model=self.width,
            mac_per_token_layer=self.mac_per_token_layer,
            text_tokens=text - joint,
            steps=workload.steps,
            passes=workload.passes,
        )

    def memory_gb(self, workload: Workload, bytes_per_weight: float) -> float:
        """What one clip or image occupies, in GB, with weights of that size."""
        tokens = self.tokens(workload)
        return video.memory_gb(self.parameters, bytes_per_weight, tokens, self.width)


@dataclass(frozen=True)
class Catalogue:
    """All models by id, and the sources of their figures as scenario files write them."""

    models: Mapping[str, GenerativeModel]
    sources: Mapping[str, Mapping[str, Any]]

    def pixels_per_token(self, model: str) -> float:
        """Of a model, or the usual number where the catalogue does not have it."""
        found = self.models.get(model)
        return found.pixels_per_token if found is not None else USUAL_PIXELS_PER_TOKEN

    def video_seconds(self, model: str, tokens: int) -> float | None:
        """Length of a clip of so many tokens; None where no workload of the model has them."""
        found = self.models.get(model)
        if found is None:
            return None
        return next(
            (found.video_seconds(one) for one in found.workloads if found.tokens(one) == tokens),
            None,
        )


@cache
def shipped() -> Catalogue:
    """The catalogue of the package."""
    return of_toml(resources.CATALOGUE.read_text(encoding="utf-8"))


def of_toml(text: str) -> Catalogue:
    """A catalogue of its text.

    Raises:
        ValueError: it is no TOML, or the size of a workload is not a whole number of tokens.
        KeyError: something that every model or workload has is missing.
    """
    data = tomllib.loads(text)
    models = {name: _model(name, table) for name, table in data["models"].items()}
    for model in models.values():
        for one in model.workloads:
            if one.width % model.token_side or one.height % model.token_side:
                raise ValueError(f"{model.id} {one.id}: {one.width} x {one.height} parts a token")
    return Catalogue(MappingProxyType(models), MappingProxyType(data["sources"]))


def _model(name: str, table: Mapping[str, Any]) -> GenerativeModel:
    stride = table.get("vae_time", 1)
    frames, latent = stride if isinstance(stride, list) else (stride, 1)
    source = table["source"]
    return GenerativeModel(
        id=name,
        title=table["title"],
        medium=table["medium"],
        parameters=table["parameters"],
        layers=table["layers"],
        width=table["width"],
        mac_per_token_layer=table["mac_per_token_layer"],
        mac_formula=table["mac_formula"],
        text_tokens=table.get("text_tokens"),
        is_joint=table.get("text", "cross") == "joint",
        vae_time=Fraction(frames, latent),
        has_first_frame=not isinstance(stride, list),
        vae_space=table["vae_space"],
        patch_time=table.get("patch_time", 1),
        patch_space=table["patch_space"],
        frames_per_second=table.get("frames_per_second"),
        source=source,
        note=table.get("note", ""),
        workloads=tuple(Workload(**{"source": source, **one}) for one in table["workloads"]),
    )
