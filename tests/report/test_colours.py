"""The palettes of both schemes: contrast, and colours apart for every kind of sight."""

from __future__ import annotations

import itertools
import math
import re
from typing import Final, TypeAlias

import pytest

from pipeline import resources
from pipeline.report import marks

Rgb: TypeAlias = tuple[float, float, float]
Palette: TypeAlias = dict[str, str]

_DECLARED: Final = re.compile(r"--([\w-]+): (#[0-9A-F]{6});")


def palette(scheme: str) -> Palette:
    """The colours of a scheme by variable, as the page has them."""
    css = resources.TEMPLATES / "css"
    light = dict(_DECLARED.findall((css / "base.css").read_text(encoding="utf-8")))
    dark = dict(_DECLARED.findall((css / "dark.css.jinja").read_text(encoding="utf-8")))
    assert dark.keys() <= light.keys()
    return {**light, **dark} if scheme == "dark" else light


def linear(color: str) -> Rgb:
    parts = (int(color[index : index + 2], 16) / 255 for index in (1, 3, 5))
    red, green, blue = (x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in parts)
    return red, green, blue


def contrast(one: str, other: str) -> float:
    """The contrast ratio of WCAG 2."""
    (low, high) = sorted(
        0.2126 * red + 0.7152 * green + 0.0722 * blue
        for red, green, blue in (linear(one), linear(other))
    )
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_and_graphics_stand_out_from_the_page(scheme: str) -> None:
    colors = palette(scheme)
    texts = ["ink", "muted", "heading", "accent", "gain", "loss"]
    texts += [f"series-text-{n}" for n in range(1, 7)]
    graphics = [f"series-{n}" for n in range(1, 7)]
    faint = {name: contrast(colors[name], colors["page"]) for name in texts}
    assert {name: ratio for name, ratio in faint.items() if ratio < 4.5} == {}
    faint = {name: contrast(colors[name], colors["page"]) for name in graphics}
    assert {name: ratio for name, ratio in faint.items() if ratio < 3} == {}
    for name in ("on-band", "on-band-muted"):
        assert contrast(colors[name], colors["band"]) >= 4.5


def test_charts_are_drawn_in_the_colours_of_the_light_scheme() -> None:
    colors = palette("light")
    for number, (series, text) in enumerate(
        zip(marks.SERIES, marks.SERIES_TEXT, strict=True), start=1
    ):
        assert (colors[f"series-{number}"], colors[f"series-text-{number}"]) == (series, text)
    fixed = (marks.INK, marks.MUTED, marks.GRID, marks.AXIS, marks.PAGE)
    assert tuple(colors[name] for name in ("ink", "muted", "grid", "axis", "page")) == fixed


# Machado, Oliveira and Fernandes 2009, severity 1, on linear RGB.
_SIGHT: Final[dict[str, tuple[Rgb, Rgb, Rgb]]] = {
    "normal": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protan": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deutan": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritan": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}
# A difference in OKLab that is just noticed.
JUST_NOTICED: Final = 0.02


def _times(matrix: tuple[Rgb, Rgb, Rgb], vector: Rgb) -> Rgb:
    first, second, third = (
        sum(each * part for each, part in zip(row, vector, strict=True)) for row in matrix
    )
    return first, second, third


def oklab(color: str, sight: str) -> Rgb:
    """A colour in OKLab (Ottosson 2020), as a kind of sight sees it."""
    red, green, blue = (min(max(each, 0.0), 1.0) for each in _times(_SIGHT[sight], linear(color)))
    cones = _times(
        (
            (0.4122214708, 0.5363325363, 0.0514459929),
            (0.2119034982, 0.6806995451, 0.1073969566),
            (0.0883024619, 0.2817188376, 0.6299787005),
        ),
        (red, green, blue),
    )
    long, middle, short = (each ** (1 / 3) for each in cones)
    return _times(
        (
            (0.2104542553, 0.7936177850, -0.0040720468),
            (1.9779984951, -2.4285922050, 0.4505937099),
            (0.0259040371, 0.7827717662, -0.8086757660),
        ),
        (long, middle, short),
    )


def nearest(colors: tuple[str, ...], sight: str) -> float:
    """The least distance of any two colours."""
    seen = [oklab(color, sight) for color in colors]
    return min(math.dist(one, other) for one, other in itertools.combinations(seen, 2))


def test_oklab_has_the_published_values() -> None:
    assert oklab("#FFFFFF", "normal") == pytest.approx((1, 0, 0), abs=1e-4)
    assert oklab("#FF0000", "normal") == pytest.approx((0.62796, 0.22486, 0.12585), abs=1e-4)


@pytest.mark.parametrize("sight", sorted(_SIGHT))
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_series_are_apart(scheme: str, sight: str) -> None:
    colors = palette(scheme)
    series = tuple(colors[f"series-{n}"] for n in range(1, 7))
    assert nearest(series, sight) >= 3 * JUST_NOTICED
