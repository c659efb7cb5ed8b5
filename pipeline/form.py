"""Forms: how the answer to a request is written, and what its bytes must be to be believed.

A host that is down, moved or behind a gate often answers 200 with a page for people. So bytes
are looked at before anything is made of them, whatever type the host gives them.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline.strict_json import decode as decode_json

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_UNPACKED_BYTES = 256 * 1024 * 1024
_LARGEST_RATIO = 200
_RATIO_FROM_BYTES = 1024 * 1024
_MOST_MEMBERS = 1000
_BOM = b"\xef\xbb\xbf"
_PAGE = re.compile(rb"\s*(?:<!--.*?-->\s*)*<(?:!doctype|html|head|body|\?xml)\b", re.I | re.S)


class FormError(ValueError):
    """The bytes are not what was asked for; the message says why, without quoting them."""


@dataclass(frozen=True)
class Form:
    """One way to write an answer.

    ``accept`` is what the request asks for. ``media_types`` are the types that hosts give such
    an answer (``+json`` is added to JSON's). ``decode`` makes of the bytes the value that a gate
    judges, and raises ValueError with what is wrong with them.
    """

    name: str
    accept: str
    media_types: frozenset[str]
    decode: Callable[[bytes], Any]

    def takes(self, media_type: str) -> bool:
        """Whether an answer of that type can be of this form."""
        return media_type in self.media_types or (
            "application/json" in self.media_types and media_type.endswith("+json")
        )


def _text_of(content: bytes) -> str:
    if _PAGE.match(content[:4096]):
        raise FormError("is a page for people, not data")
    try:
        return content.removeprefix(_BOM).decode("utf-8")
    except UnicodeDecodeError as error:
        raise FormError(f"is not UTF-8 at byte {error.start}") from None


def _header(content: bytes) -> list[str]:
    """Names of the columns, without the space around them."""
    reader = csv.reader(io.StringIO(_text_of(content), newline=""), strict=True)
    try:
        for record in reader:
            if record:
                return [name.strip() for name in record]
    except csv.Error as error:
        raise FormError(f"is no CSV ({error})") from None
    raise FormError("is empty")


def _line(content: bytes) -> str:
    """The one line of a short text."""
    text = _text_of(content).strip()
    if not text or "\n" in text or len(text) > 200:
        raise FormError("is not one short line of text")
    return text


def members(content: bytes) -> dict[str, bytes]:
    """The files in a zip archive, unpacked within bounds and with their checksums right.

    Raises:
        FormError: it is none, is broken, is encrypted, or unpacks to more than it may.
    """
    found: dict[str, bytes] = {}
    total = 0
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            infos = [info for info in archive.infolist() if not info.is_dir()]
            if len(infos) > _MOST_MEMBERS:
                raise FormError(f"holds more than {_MOST_MEMBERS} files")
            for info in infos:
                if info.filename in found:
                    raise FormError("holds two files of one name")
                most = max(_RATIO_FROM_BYTES, info.compress_size * _LARGEST_RATIO)
                most = min(most, MOST_UNPACKED_BYTES - total)
                with archive.open(info) as file:
                    found[info.filename] = file.read(most + 1)
                if len(found[info.filename]) > most:
                    raise FormError(f"unpacks to more than {most} bytes at one of its files")
                total += len(found[info.filename])
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError) as error:
        if isinstance(error, FormError):
            raise
        raise FormError(f"is no whole zip archive ({error})") from None
    # Encrypted files, and ways of packing that are not built in.
    except (RuntimeError, NotImplementedError) as error:
        raise FormError(f"is a zip archive that cannot be unpacked ({error})") from None
    return found


_UNTYPED = frozenset({"application/octet-stream", "binary/octet-stream", ""})
_PLAIN = _UNTYPED | {"text/plain"}

JSON = Form("JSON", "application/json", frozenset({"application/json"}), decode_json)
"""Its value is the document's."""

CSV = Form("CSV", "text/csv, text/plain", _PLAIN | {"text/csv", "application/csv"}, _header)
"""Its value is the list of column names."""

LINE = Form("text", "text/plain", _PLAIN, _line)
"""Its value is the line."""

ZIP = Form(
    "a zip archive",
    "application/zip",
    _UNTYPED | {"application/zip", "application/x-zip-compressed"},
    members,
)
"""Its value is the files by name."""
