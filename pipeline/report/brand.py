"""Brand: the name, logo and colours of the house that a report speaks for.

They stand in ``[brand]`` of a definition, or for all reports in ``brand.toml`` beside the folder
of definitions; what the definition says comes first. Colours that could not be read on the page
are refused when they are loaded.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from typing import Final

from pipeline.errors import DefinitionError
from pipeline.report import picture
from pipeline.report.marks import INK, PAGE
from pipeline.report.toml import TomlTable

# Least contrast of text with what it stands on: WCAG 2.2, success criterion 1.4.3.
LEAST_CONTRAST: Final = 4.5
# The dark scheme's page and text, as its style sheet has them; the light one's are in marks.
DARK_PAGE: Final = "#0F151C"
DARK_PAGE_INK: Final = "#E8EDF2"
_MUTED: Final = 0.22

_COLOR: Final = re.compile(r"#[0-9A-Fa-f]{6}")


@dataclass(frozen=True)
class Brand:
    """What a house brings; what is empty is as shipped.

    ``logo`` is a ``data:`` address. Colours are ``#rrggbb``; where ``band_dark`` is empty the
    band of the light scheme stands in the dark one too.
    """

    name: str = ""
    logo: str = ""
    logo_alt: str = ""
    band: str = ""
    accent: str = ""
    band_dark: str = ""
    accent_dark: str = ""

    @property
    def colors(self) -> dict[str, dict[str, str]]:
        """CSS variables by scheme, ``light`` and ``dark``, of the colours that are given."""
        return {
            "light": _variables(self.band, self.accent, PAGE, INK),
            "dark": _variables(
                self.band_dark or self.band, self.accent_dark, DARK_PAGE, DARK_PAGE_INK
            ),
        }


def read(table: TomlTable) -> Brand:
    """The brand that a table describes; complaints are kept by its file."""
    chosen = {
        name: _color(table, name, page)
        for name, page in (
            ("band", ""),
            ("accent", PAGE),
            ("band_dark", ""),
            ("accent_dark", DARK_PAGE),
        )
    }
    name = table.text("name", "")
    made = Brand(name=name, logo=_logo(table), logo_alt=table.text("logo_alt", name), **chosen)
    if made.logo and not made.logo_alt:
        table.file.fault(table.key("logo_alt"), "is missing: what those read who cannot see it")
    table.done()
    return made


def over(brands: Iterable[Brand]) -> Brand:
    """One brand of several: the first that says something about a field decides."""
    made = Brand()
    for brand in brands:
        given = {one.name: getattr(brand, one.name) for one in fields(brand)}
        made = replace(made, **{key: getattr(made, key) or given[key] for key in given})
    return made


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, 1 to 21, as WCAG 2.2 defines it."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _color(table: TomlTable, name: str, page: str) -> str:
    """A colour that text can be read in on ``page``, or on which text can be read without one."""
    color = table.text(name, "")
    if not color:
        return ""
    if not _COLOR.fullmatch(color):
        table.file.fault(table.key(name), f"{color!r} is no colour such as #123541")
        return ""
    against = page or _text_on(color)
    ratio = contrast(color, against)
    if ratio < LEAST_CONTRAST:
        what = f"as text on the page {page}" if page else f"under text in {against}"
        table.file.fault(
            table.key(name),
            f"{color} has a contrast of {ratio:.2f}:1 {what}; at least {LEAST_CONTRAST}:1 is read",
        )
    return color


def _logo(table: TomlTable) -> str:
    name = table.text("logo", "")
    if not name:
        return ""
    folder = table.file.path.parent
    path = folder / name
    try:
        if not path.resolve().is_relative_to(folder.resolve()):
            raise DefinitionError(f"{name} must lie beside this file")
        content, media_type = picture.read(path)
    except DefinitionError as error:
        table.file.fault(table.key("logo"), str(error))
        return ""
    return f"data:{media_type};base64,{base64.b64encode(content).decode()}"


def _variables(band: str, accent: str, page: str, ink: str) -> dict[str, str]:
    found = {"--accent": accent} if accent else {}
    if band:
        text = _text_on(band)
        muted = _mixed(text, band)
        found |= {
            "--band": band,
            "--on-band": text,
            "--on-band-muted": muted if contrast(muted, band) >= LEAST_CONTRAST else text,
            "--heading": band if contrast(band, page) >= LEAST_CONTRAST else ink,
        }
    return found


def _text_on(color: str) -> str:
    """Light or dark text, whichever is read better."""
    return max((PAGE, INK), key=lambda text: contrast(text, color))


def _mixed(text: str, ground: str) -> str:
    parts = (
        round(front + (back - front) * _MUTED)
        for front, back in zip(_channels(text), _channels(ground), strict=True)
    )
    return "#" + "".join(f"{part:02X}" for part in parts)


def _channels(color: str) -> tuple[int, ...]:
    return tuple(int(color[at : at + 2], 16) for at in (1, 3, 5))


def _luminance(color: str) -> float:
    """Relative luminance of an sRGB colour."""
    red, green, blue = (
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in (channel / 255 for channel in _channels(color))
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
