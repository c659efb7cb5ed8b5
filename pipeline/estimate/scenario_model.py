"""A model of the catalogue named by a scenario: ``video_model`` stands for its dimensions.

It is laid below the file or change that names it, so that inputs beside it can say otherwise, and
is gone afterwards: the scenario holds the inputs themselves, each with the model's source.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pipeline.errors import ScenarioError
from pipeline.estimate import catalogue, video
from pipeline.estimate.catalogue import Catalogue, GenerativeModel
from pipeline.estimate.scenario_file import nearest
from pipeline.estimate.scenario_merge import Layer, Merged

KEY = "video_model"


def lay(merged: Merged, layer: Layer, *, is_heir: bool = False) -> None:
    """Lay a layer over those before it, below it the model that it names.

    Raises:
        ScenarioError: the catalogue has no model for video of that name.
    """
    head = layer.data.get("scenario")
    name = head.get(KEY) if isinstance(head, dict) else None
    if name is None:
        merged.lay(layer, is_heir=is_heir)
        return
    kept = catalogue.shipped()
    model = kept.models.get(name) if isinstance(name, str) else None
    if model is None or model.medium != "video":
        known = [one.id for one in kept.models.values() if one.medium == "video"]
        line = layer.lines().get(("scenario", KEY), 0)
        where = f"{layer.label}:{line}: scenario.{KEY}" if line else layer.label
        raise ScenarioError(f"{where}: no model {name!r} for video; {nearest(str(name), known)}")
    data = dimensions(model, kept)
    merged.lay(Layer(f"{KEY} {name}", Path(), data))
    merged.lay(layer, is_heir=is_heir)
    del merged.data["scenario"][KEY]


def dimensions(model: GenerativeModel, kept: Catalogue) -> dict[str, Any]:
    """The inputs of the engine ``video`` that say which model it is, and their source."""
    values = {
        "vae_time": float(model.vae_time) * model.patch_time,
        "vae_space": model.token_side,
        "layers": model.layers,
        "width_model": model.width,
        "mac_per_token_layer": model.mac_per_token_layer,
        "text_tokens": model.text_tokens or 0,
    }
    notes = {
        "vae_time": "frames that one latent frame and its patch stand for"
        + ("" if model.has_first_frame else "; its VAE has no single first frame, which counts"),
        "vae_space": f"pixels on the side of one token: {model.vae_space} x {model.patch_space}",
        "mac_per_token_layer": f"{model.mac_formula} with the width d = {model.width}",
    }
    if model.text_tokens is None:
        notes["text_tokens"] = "the length of the text is not known: left out"
    inputs = {}
    for name in video.ARCHITECTURE:
        own = {"dist": "point", "value": values[name], "unit": video.INPUTS[name]}
        note = {"note": notes[name]} if name in notes else {}
        inputs[name] = {**own, "source": model.source, **note}
    return {"sources": {model.source: dict(kept.sources[model.source])}, "inputs": inputs}
