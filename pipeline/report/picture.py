"""Pictures of the user: an SVG or PNG file that a page may hold, or why it may not.

A page is opened by people who never saw the file, so that an SVG which runs, loads or listens is
refused, and never mended.
"""

from __future__ import annotations

import re
import struct
import zlib
from pathlib import Path
from typing import Final, NoReturn
from xml.parsers import expat

from pipeline.errors import DefinitionError

MOST_BYTES: Final = 256 * 1024
_MOST_PIXELS: Final = 4096
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_SVG: Final = "http://www.w3.org/2000/svg"
_HTML: Final = "http://www.w3.org/1999/xhtml"
_ELEMENTS: Final = frozenset(
    (
        *("svg", "g", "defs", "symbol", "use", "title", "desc", "metadata", "style"),
        *("path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "text", "tspan"),
        *("linearGradient", "radialGradient", "stop", "clipPath", "mask", "pattern"),
    )
)
# A backslash in a style can spell any of the words.
_LEADS_OUT: Final = re.compile(
    r"url\(\s*['\"]?(?!['\"#\s])|@import|image-set|javascript:|\\", re.IGNORECASE
)


def read(path: Path) -> tuple[bytes, str]:
    """The bytes of a picture and its media type.

    Raises:
        DefinitionError: it cannot be read, is too large, no PNG, or an SVG with scripts or with
            anything that lies outside of it.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DefinitionError(f"{path}: cannot be read ({error.strerror})") from error
    if len(content) > MOST_BYTES:
        raise DefinitionError(f"{path}: has {len(content):,} bytes; at most {MOST_BYTES:,} fit")
    if path.suffix.lower() == ".svg":
        _must_be_still(path, content)
        return content, "image/svg+xml"
    if path.suffix.lower() == ".png":
        _must_be_whole(path, content)
        return content, "image/png"
    raise DefinitionError(f"{path}: is neither .svg nor .png")


def _must_be_still(path: Path, content: bytes) -> None:
    """An SVG whose elements only draw, and which names nothing but its own parts."""
    try:
        _Still(path).parser.Parse(content, True)
    except expat.ExpatError as error:
        reason = expat.ErrorString(error.code)
        raise DefinitionError(f"{path}:{error.lineno}: is no SVG ({reason})") from error


class _Still:
    """Reads an SVG and refuses the first thing in it that does more than draw."""

    def __init__(self, path: Path) -> None:
        self.path, self.inside = path, [""]
        self.style: list[str] = []
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.style.append
        # Entities are how a few bytes become many, and files of the reader become text.
        self.parser.StartDoctypeDeclHandler = lambda *_: self.refuse("may have no document type")
        self.parser.ProcessingInstructionHandler = lambda *_: self.refuse("may instruct nobody")

    def refuse(self, reason: str) -> NoReturn:
        raise DefinitionError(f"{self.path}:{self.parser.CurrentLineNumber}: {reason}")

    def start(self, name: str, attributes: dict[str, str]) -> None:
        space, _, tag = name.rpartition(" ")
        if len(self.inside) == 1 and (space, tag) != (_SVG, "svg"):
            self.refuse("is no SVG drawing")
        if space in ("", _HTML) or (space == _SVG and tag not in _ELEMENTS):
            self.refuse(f"<{tag}> may not be in a logo")
        if self.inside[-1] == "style":
            self.refuse("a style has text alone")
        for attribute, value in attributes.items():
            key = attribute.rpartition(" ")[2].lower()
            if key.startswith("on"):
                self.refuse(f"{key} would run a script")
            leads_out = key in ("href", "src") and not value.startswith("#")
            if leads_out or _LEADS_OUT.search(value):
                self.refuse(f"{key} leads out of the file")
        self.inside.append(tag)
        self.style.clear()

    def end(self, _: str) -> None:
        if self.inside.pop() == "style" and _LEADS_OUT.search("".join(self.style)):
            self.refuse("a style leads out of the file")


def _must_be_whole(path: Path, content: bytes) -> None:
    """A PNG whose chunks are all there and as they were written, and not too large."""
    position, kinds = len(_PNG), []
    while content.startswith(_PNG) and position + 12 <= len(content):
        (length,) = struct.unpack_from(">I", content, position)
        chunk = content[position + 4 : position + 8 + length]
        if content[position + 8 + length :][:4] != struct.pack(">I", zlib.crc32(chunk)):
            break
        kinds.append(chunk[:4])
        if chunk[:4] == b"IHDR" and max(struct.unpack_from(">II", chunk, 4)) > _MOST_PIXELS:
            raise DefinitionError(f"{path}: is wider or higher than {_MOST_PIXELS} pixels")
        position += 12 + length
    if kinds[:1] != [b"IHDR"] or b"IDAT" not in kinds or kinds[-1] != b"IEND":
        raise DefinitionError(f"{path}: is no whole PNG")
