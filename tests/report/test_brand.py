"""The brand of a house: colours that can be read, a logo that only draws."""

from __future__ import annotations

import base64
import struct
import zlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline import resources
from pipeline.errors import DefinitionError
from pipeline.report import brand, marks, pdf, picture, render
from pipeline.report.brand import Brand
from pipeline.report.toml import TomlFile, TomlTable
from pipeline.report.value import Report

Folders = Callable[[Mapping[str, str]], Path]

TEMPLATES = [resources.TEMPLATES]
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">{}</svg>'


def read(path: Path) -> Brand:
    file = TomlFile(path)
    made = brand.read(TomlTable(file, file.values))
    file.close()
    return made


def chunk(kind: bytes, data: bytes) -> bytes:
    body = kind + data
    return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))


def png(width: int = 1, height: int = 1) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    pixels = zlib.compress(b"\0\xff")
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        chunk(kind, data) for kind, data in ((b"IHDR", header), (b"IDAT", pixels), (b"IEND", b""))
    )


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        # As W3C's Understanding documents of success criteria 1.4.3 and 1.4.6 give them.
        ("#000000", "#FFFFFF", 21.0),
        ("#777777", "#FFFFFF", 4.48),
        ("#767676", "#FFFFFF", 4.54),
        ("#FF0000", "#FFFFFF", 4.00),
    ],
)
def test_contrast_is_that_of_wcag(one: str, other: str, ratio: float) -> None:
    assert brand.contrast(one, other) == pytest.approx(ratio, abs=0.005)
    assert brand.contrast(one, other) == brand.contrast(other, one)


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ('accent = "#FFD166"', "accent: #FFD166 has a contrast of 1.44:1 as text on the page"),
        ('accent_dark = "#123541"', "accent_dark: #123541 has a contrast of 1.41:1 as text on"),
        ('band = "#7B7B7B"', "band: #7B7B7B has a contrast of 4.23:1 under text in #FFFFFF"),
        ('band = "red"', "band: 'red' is no colour such as #123541"),
        ('colour = "#123541"', "colour: is unknown here; known are accent, accent_dark"),
        ('logo = "../logo.svg"', "logo: ../logo.svg must lie beside this file"),
        ('logo = "none.svg"', "none.svg: cannot be read (No such file or directory)"),
        ('logo = "mark.svg"', "logo_alt: is missing"),
    ],
)
def test_a_brand_that_will_not_do_is_told_with_its_line(
    line: str, complaint: str, folders: Folders
) -> None:
    path = folders({"brand.toml": f"# ours\n{line}\n", "mark.svg": SVG.format("")}) / "brand.toml"
    with pytest.raises(DefinitionError) as caught:
        read(path)
    assert f"{path}:2: " in str(caught.value) or "logo_alt" in complaint
    assert complaint in str(caught.value)


@pytest.mark.parametrize("band", ["#3B1E54", "#FFD166", "#FFFFFF", "#000000", "#2F5BD3"])
def test_all_text_on_a_band_and_its_headings_can_be_read(band: str) -> None:
    for scheme, page in (("light", "#FFFFFF"), ("dark", brand.DARK_PAGE)):
        made = Brand(band=band).colors[scheme]
        for text in ("--on-band", "--on-band-muted"):
            assert brand.contrast(made[text], band) >= 4.5
        assert brand.contrast(made["--heading"], page) >= 4.5


def test_the_definition_comes_before_the_house() -> None:
    own, house = Brand(accent="#7A3E9D"), Brand(name="House", accent="#2F5BD3")
    assert brand.over([own, house]) == Brand(name="House", accent="#7A3E9D")


@pytest.mark.parametrize(
    ("inside", "complaint"),
    [
        ("<script>alert(1)</script>", "<script> may not be in a logo"),
        ("<foreignObject/>", "<foreignObject> may not be in a logo"),
        ("<image href='x.png'/>", "<image> may not be in a logo"),
        ("<script xmlns='http://www.w3.org/1999/xhtml'/>", "<script> may not be"),
        ("<g onload='x()'/>", "onload would run a script"),
        ("<use href='https://example.org/a.svg#b'/>", "href leads out of the file"),
        ("<g fill='url(http://example.org/a)'/>", "fill leads out of the file"),
        ("<g style='fill:\\75rl(x)'/>", "style leads out of the file"),
        ("<style>@im<!-- -->port 'x'</style>", "a style leads out of the file"),
        ("<style>@im<g/>port 'x'</style>", "a style has text alone"),
        ("<g>", "is no SVG (mismatched tag)"),
    ],
)
def test_an_svg_that_does_more_than_draw_is_refused(
    inside: str, complaint: str, tmp_path: Path
) -> None:
    path = tmp_path / "logo.svg"
    path.write_text(SVG.format(f"\n{inside}"))
    with pytest.raises(DefinitionError) as caught:
        picture.read(path)
    assert complaint in str(caught.value)
    assert f"{path}:2: " in str(caught.value)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_document_type_is_refused_in_any_encoding(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "logo.svg"
    text = '<!DOCTYPE svg [<!ENTITY a "aa">]>' + SVG.format("&a;")
    path.write_bytes(text.encode(encoding))
    with pytest.raises(DefinitionError, match="may have no document type"):
        picture.read(path)


def test_drawings_with_gradients_and_styles_are_taken(tmp_path: Path) -> None:
    path = tmp_path / "logo.svg"
    path.write_text(
        SVG.format(
            "<style>.a { fill: url(#g) }</style><linearGradient id='g'/>"
            "<path class='a' d='M0 0h9v9z'/><g fill=\"url('#g')\"/><use href='#g'/>"
        )
    )
    assert picture.read(path) == (path.read_bytes(), "image/svg+xml")


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "is no whole PNG"),
        (b"GIF89a", "is no whole PNG"),
        (png()[:-4], "is no whole PNG"),
        (png()[:30] + b"\0" + png()[31:], "is no whole PNG"),
        (png(width=5000), "is wider or higher than 4096 pixels"),
        (png() + b"\0" * picture.MOST_BYTES, "at most 262,144 fit"),
    ],
)
def test_a_png_that_is_not_whole_is_refused(content: bytes, complaint: str, tmp_path: Path) -> None:
    path = tmp_path / "logo.png"
    path.write_bytes(content)
    with pytest.raises(DefinitionError, match=complaint):
        picture.read(path)


def test_it_shows_in_both_media(report: Report, tmp_path: Path) -> None:
    logo = f"data:image/png;base64,{base64.b64encode(png()).decode()}"
    house = Brand(
        name="Our <house>", logo=logo, logo_alt="Our logo", band="#3B1E54", accent="#7A3E9D"
    )
    branded = replace(report, brand=house, sections=report.sections[:1])
    for medium in render.MEDIA:
        page = render.html(branded, medium=medium, template_folders=TEMPLATES)
        assert 'alt="Our logo"' in page
        assert "Our &lt;house&gt;" in page
        assert "--band: #3B1E54" in page
        assert "<house>" not in page
    assert pdf.pdf(branded, template_folders=TEMPLATES).startswith(b"%PDF")


def test_the_schemes_that_colours_are_held_against_are_those_of_the_styles() -> None:
    dark = (resources.TEMPLATES / "css" / "dark.css.jinja").read_text()
    assert f"--page: {brand.DARK_PAGE};" in dark
    assert f"--ink: {brand.DARK_PAGE_INK};" in dark
    light = (resources.TEMPLATES / "css" / "base.css").read_text()
    assert f"--page: {marks.PAGE};" in light
    assert f"--ink: {marks.INK};" in light
