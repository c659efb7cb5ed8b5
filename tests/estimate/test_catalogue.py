"""The catalogue: tokens, sources, and what makes no sense; its models named by scenarios."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from pipeline import resources
from pipeline.errors import ScenarioError
from pipeline.estimate import catalogue, scenario, timed
from pipeline.estimate.scenario_changes import Changes
from tests.estimate.timed_rows import EDITION, rows, specs  # noqa: TID251 - its rows

SHIPPED = catalogue.shipped()
GRADES = {"primary", "secondary", "derived", "reconstructed", "guess"}

TEXT = """
[sources.paper]
title = "A paper"
url = "https://example.org/paper"
date = 2026-01-01
grade = "primary"

[models.A]
title = "A"
medium = "video"
parameters = 1e9
layers = 10
width = 100
mac_per_token_layer = 120000
mac_formula = "12 d^2"
vae_time = 4
vae_space = 8
patch_space = 2
frames_per_second = 16
source = "paper"

[[models.A.workloads]]
id = "small"
width = 160
height = 96
frames = 81
steps = 50
passes = 2
"""


@pytest.mark.parametrize(
    ("name", "key", "tokens"),
    [
        ("Wan2.1-14B", "720p", 75_600),
        ("Wan2.1-14B", "480p", 32_760),
        ("Wan2.2-A14B", "720p", 75_600),
        ("Wan2.2-A14B", "480p", 32_760),
        ("Wan2.1-1.3B", "480p", 32_760),
        ("Wan2.2-5B", "720p", 27_280),
        ("HunyuanVideo", "720p", 118_800),
        ("Open-Sora2-11B", "768px", 76_032),
        ("CogVideoX-5B", "480p", 17_550),
        ("CogVideoX-2B", "480p", 17_550),
        ("CogVideoX1.5-5B", "768p", 44_880),
        ("Step-Video-30B", "544p", 75_888),
        ("Mochi-10B", "480p", 44_520),
        ("LTX-2B", "512p", 6_144),
        # read in their papers: 73,728 tokens of Movie Gen, 256 and 1,024 of DiT, 4,096 of FLUX
        ("Movie-Gen-30B", "768px", 73_728),
        ("DiT-XL/2", "256px", 256),
        ("DiT-XL/2", "512px", 1_024),
        ("FLUX.1-dev", "1024px", 4_096),
    ],
)
def test_tokens_are_those_that_were_counted_by_hand(name: str, key: str, tokens: int) -> None:
    model = SHIPPED.models[name]
    (workload,) = (one for one in model.workloads if one.id == key)
    assert model.tokens(workload) == tokens


def test_a_vae_of_chunks_has_no_first_frame_apart() -> None:
    """Step-Video makes 3 latent frames of 17: 204 frames are 12 chunks; another frame, a part."""
    model = SHIPPED.models["Step-Video-30B"]
    (workload,) = (one for one in model.workloads if one.id == "544p")
    a_frame = (544 // 16) * (992 // 16)
    assert workload.frames == 12 * 17
    for frames, latent in ((17, 3), (204, 36), (205, 37)):
        clip = catalogue.Workload("", 992, 544, steps=50, passes=2, frames=frames)
        assert model.tokens(clip) == latent * a_frame
    wan = SHIPPED.models["Wan2.1-14B"]
    for frames, latent in ((1, 1), (2, 2), (5, 2), (81, 21)):
        clip = catalogue.Workload("", 32, 32, steps=50, passes=2, frames=frames)
        assert wan.tokens(clip) == latent * 4


def test_time_patches_take_latent_frames_in_pairs() -> None:
    model = SHIPPED.models["CogVideoX1.5-5B"]
    for frames, pairs in ((1, 1), (5, 1), (9, 2), (81, 11)):
        clip = catalogue.Workload("", 32, 32, steps=50, passes=2, frames=frames)
        assert model.tokens(clip) == pairs * 4


def test_clips_have_lengths_and_images_have_none() -> None:
    for model in SHIPPED.models.values():
        for one in model.workloads:
            seconds = model.video_seconds(one)
            assert (seconds is None) == (model.medium == "image")
            if seconds is not None:
                assert 4.9 < seconds <= 16
    wan = SHIPPED.models["Wan2.1-14B"]
    assert wan.video_seconds(wan.workloads[0]) == 81 / 16
    assert SHIPPED.video_seconds("Wan2.1-14B", 75_600) == 81 / 16
    assert SHIPPED.video_seconds("Wan2.1-14B", 75_601) is None
    assert SHIPPED.video_seconds("Unheard-1B", 75_600) is None


def test_pixels_of_a_token_make_up_the_clip() -> None:
    """All tokens together stand for the clip's pixels, the first frame for a few too many."""
    for model in SHIPPED.models.values():
        for one in model.workloads:
            stood_for = model.tokens(one) * model.pixels_per_token
            assert 1 <= stood_for / (one.width * one.height * one.frames) < 1.15
    assert SHIPPED.pixels_per_token("Unheard-1B") == 4 * 16 * 16


def test_every_source_is_used_and_complete() -> None:
    used = {one.source for model in SHIPPED.models.values() for one in model.workloads}
    used |= {model.source for model in SHIPPED.models.values()}
    assert used == SHIPPED.sources.keys()
    for source in SHIPPED.sources.values():
        assert source["title"]
        assert source["url"].startswith("https://")
        assert source["grade"] in GRADES
        assert isinstance(source["date"], date) or source["date"][:2] == "20"


def test_models_are_consistent() -> None:
    for model in SHIPPED.models.values():
        assert model.workloads
        ids = [one.id for one in model.workloads]
        assert len(set(ids)) == len(ids)
        assert model.title
        # m is 6 to 20 times the square of the width, and its weights a part of all of them.
        assert 6 <= model.mac_per_token_layer / model.width**2 < 20
        assert model.layers * model.mac_per_token_layer <= 1.02 * model.parameters
        plain = model.mac_formula.split(" (")[0].replace("^", "**").replace(" x ", " * ")
        formula = re.sub(r"(\d) d", r"\1 * d", plain)
        assert eval(formula, {"d": model.width}) == model.mac_per_token_layer


def test_a_catalogue_of_the_documented_shape_loads() -> None:
    (model,) = catalogue.of_toml(TEXT).models.values()
    assert (model.patch_time, model.text_tokens, model.note) == (1, None, "")
    (workload,) = model.workloads
    assert workload.source == "paper"
    assert model.tokens(workload) == 21 * 10 * 6


@pytest.mark.parametrize(("old", "new"), [("width = 160", "width = 168"), ("= 96", "= 100")])
def test_a_size_that_parts_a_token_is_refused(old: str, new: str) -> None:
    with pytest.raises(ValueError, match=r"^A small: \d+ x \d+ parts a token$"):
        catalogue.of_toml(TEXT.replace(old, new))


@pytest.mark.parametrize(
    "line", ['mac_formula = "12 d^2"\n', 'source = "paper"\n', "layers = 10\n"]
)
def test_what_is_missing_is_named(line: str) -> None:
    with pytest.raises(KeyError, match=line.split()[0]):
        catalogue.of_toml(TEXT.replace(line, ""))


# ------------------------------------------------------------------- models named by scenarios

Load = Callable[..., scenario.Scenario]
DIMENSIONS = (
    *("vae_time", "vae_space", "layers", "width_model", "mac_per_token_layer", "text_tokens"),
)


def values(loaded: scenario.Scenario) -> dict[str, float]:
    return {name: loaded.inputs[name].distribution.quantile(0.5) for name in DIMENSIONS}


# Hand-written: VAE stride times patch in time and space, layers, width, 6 d^2 + 2 d f, text.
WAN_14B = (4, 16, 40, 5120, 6 * 5120**2 + 2 * 5120 * 13824, 512)
WAN_5B = (4, 32, 30, 3072, 6 * 3072**2 + 2 * 3072 * 14336, 512)
HUNYUAN = (4, 16, 60, 3072, 12 * 3072**2, 256)


def test_a_named_model_gives_its_dimensions_with_their_source(load: Load) -> None:
    assert tuple(values(load()).values()) == WAN_14B
    mine = load('video_model = "Wan2.2-5B"\n')
    assert tuple(values(mine).values()) == WAN_5B
    for name in DIMENSIONS:
        assert (mine.inputs[name].dist, mine.inputs[name].grade) == ("point", "primary")
        assert mine.inputs[name].source.title == SHIPPED.sources["wan22"]["title"]
        assert mine.inputs[name].source.published == date(2025, 7, 28)


def test_inputs_beside_the_name_say_otherwise(load: Load) -> None:
    mine = load('video_model = "Wan2.2-5B"\n[inputs.layers]\nvalue = 12\nsource = "judgement"\n')
    assert values(mine) == {**values(load('video_model = "Wan2.2-5B"\n')), "layers": 12}
    assert mine.inputs["layers"].grade == "guess"


def test_what_a_file_above_said_of_another_model_is_gone(load: Load, home: Path) -> None:
    base = (home / "base.toml").read_text()
    (home / "base.toml").write_text(base + "\n[inputs.layers]\nvalue = 12\n")
    assert values(load())["layers"] == 12
    assert tuple(values(load('video_model = "HunyuanVideo"\n')).values()) == HUNYUAN


def test_a_model_is_set_on_the_command_line(load: Load) -> None:
    named = 'scenario.video_model="HunyuanVideo"'
    assert tuple(values(load("", named)).values()) == HUNYUAN
    assert values(load("", named, "inputs.layers=7"))["layers"] == 7
    assert values(load("", "inputs.layers=7", named))["layers"] == 60


def test_a_file_that_is_laid_over_names_one_too(load: Load, tmp_path: Path) -> None:
    over = tmp_path / "over.toml"
    over.write_text('[scenario]\nvideo_model = "HunyuanVideo"\n')
    assert tuple(values(load("", files=(over,))).values()) == HUNYUAN


@pytest.mark.parametrize("name", [one for one, m in SHIPPED.models.items() if m.medium == "video"])
def test_every_model_for_video_loads_and_its_text_loads_again(
    load: Load, reload: Callable[[scenario.Scenario], bool], name: str
) -> None:
    mine = load(f'video_model = "{name}"\n')
    assert reload(mine)
    assert "video_model" not in mine.text
    assert values(mine)["layers"] == SHIPPED.models[name].layers


def test_an_unknown_name_is_told_with_the_nearest(problems: Callable[..., list[str]]) -> None:
    assert problems('video_model = "Wan2.2-5"\n') == [
        "mine.toml:5: scenario.video_model: no model 'Wan2.2-5' for video; nearest: Wan2.2-5B"
    ]
    assert problems("", 'scenario.video_model="Hunyuan"') == [
        "--set scenario.video_model: no model 'Hunyuan' for video; nearest: HunyuanVideo"
    ]


@pytest.mark.parametrize("name", ['"FLUX.1-dev"', '"DiT-XL/2"', '""', "3", "[]"])
def test_what_makes_no_video_is_refused(problems: Callable[..., list[str]], name: str) -> None:
    (line,) = problems(f"video_model = {name}\n")
    assert line.startswith("mine.toml:5: scenario.video_model: no model ")
    assert " for video; " in line


def test_the_hypothetical_sora_is_a_guess_in_all_its_dimensions() -> None:
    sora = scenario.load("sora")
    for name in (*DIMENSIONS, "width", "height", "fps", "clip_seconds", "steps"):
        assert sora.inputs[name].grade == "guess", name
    middle = sora.inputs["mac_per_token_layer"].distribution.quantile(0.5)
    weights = 48 * middle
    assert weights == pytest.approx(20e9, rel=0.1)
    width = sora.inputs["width_model"].distribution.quantile(0.5)
    assert 12 * width**2 == pytest.approx(middle, rel=0.05)


def test_the_shipped_catalogue_is_what_the_package_carries() -> None:
    text = resources.CATALOGUE.read_text(encoding="utf-8")
    assert catalogue.of_toml(text) == SHIPPED
    with pytest.raises(ScenarioError):
        scenario.load("base", scenario.FOLDERS, Changes(('scenario.video_model="x"',)))


def test_text_of_unknown_length_is_left_out_and_not_none_of_it() -> None:
    unknown = {one.id for one in SHIPPED.models.values() if one.text_tokens is None}
    assert {"Step-Video-30B", "LTX-2B"} <= unknown
    assert SHIPPED.models["DiT-XL/2"].text_tokens == 0, "made from classes, without text"
    made = timed.timed(rows(EDITION / "video_timing.csv"), specs())["estimates.workload"]
    for row in made.iter_rows(named=True):
        assert (row["cross_flop"] is None) == (row["model"] in unknown), row["model"]
        parts = row["linear_flop"] + row["attention_flop"] + (row["cross_flop"] or 0.0)
        assert row["flop"] == pytest.approx(parts)
