"""Payload store: bytes kept once under their SHA-256, with where they came from.

Layout below the root: ``ab/abcdef….zst`` holds the bytes, ``ab/abcdef….json`` the sidecar.
The sidecar is written last, so a payload exists when its sidecar does.
"""

from __future__ import annotations

import hashlib
import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

from pipeline.errors import PayloadError
from pipeline.files import write_whole
from pipeline.provenance import Provenance

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@dataclass(frozen=True)
class Payload:
    """One stored payload: its address, its size and where it first came from."""

    sha256: str
    size_bytes: int
    provenance: Provenance


class PayloadStore:
    """Content-addressed, immutable bytes below one folder."""

    def __init__(self, root: Path) -> None:
        """Use ``root``, which is made on the first ``put``."""
        self.root = root

    def put(self, content: bytes, provenance: Provenance) -> Payload:
        """Keep ``content``; the same bytes again change nothing and give the first sidecar.

        What is stored of it and is gone or damaged is put back.

        Raises:
            PayloadError: the folder cannot be written.
        """
        sha256 = hashlib.sha256(content).hexdigest()
        payload = Payload(sha256, len(content), provenance)
        try:
            if not _succeeds(self.read, sha256):
                write_whole(self._body(sha256), zstd.compress(content), mode=0o444)
            if not _succeeds(self.describe, sha256):
                write_whole(self._sidecar(sha256), _to_json(payload).encode(), mode=0o444)
        except OSError as error:
            raise PayloadError(
                f"{self.root}: cannot keep payload {sha256[:12]} ({error.strerror}); "
                "free some space or choose another --home"
            ) from error
        return self.describe(sha256)

    def read(self, sha256: str) -> bytes:
        """The bytes of a payload, proven to be those that were stored.

        Raises:
            PayloadError: missing, truncated, or not hashing to its address.
        """
        path = self._body(sha256)
        try:
            content = zstd.decompress(path.read_bytes())
        except FileNotFoundError as error:
            raise PayloadError(f"{path}: payload is missing; {_MEND}") from error
        except (OSError, EOFError, zstd.ZstdError) as error:
            raise PayloadError(f"{path}: payload is damaged ({error}); {_MEND}") from error
        found = hashlib.sha256(content).hexdigest()
        if found != sha256:
            raise PayloadError(f"{path}: payload is damaged (its hash is {found[:12]}); {_MEND}")
        return content

    def describe(self, sha256: str) -> Payload:
        """The sidecar of a payload.

        Raises:
            PayloadError: the sidecar is missing or cannot be read.
        """
        path = self._sidecar(sha256)
        try:
            return _from_json(sha256, path.read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            raise PayloadError(f"{path}: sidecar is missing; {_MEND}") from error
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise PayloadError(f"{path}: sidecar is damaged ({error}); {_MEND}") from error

    def __iter__(self) -> Iterator[str]:
        """Addresses of all payloads, in order."""
        return iter(sorted(path.stem for path in self.root.glob("??/*.json")))

    def _body(self, sha256: str) -> Path:
        return self.root / sha256[:2] / f"{sha256}.zst"

    def _sidecar(self, sha256: str) -> Path:
        return self.root / sha256[:2] / f"{sha256}.json"


_MEND = (
    "'capbrief fetch --refresh' puts it back where its source still gives the same; else restore "
    "it from a backup, or 'capbrief build --full --without-lost' makes a gap of it"
)


def _succeeds(look: Callable[[str], object], sha256: str) -> bool:
    """Whether a part of a payload is there and as it was stored."""
    try:
        look(sha256)
    except PayloadError:
        return False
    return True


def _to_json(payload: Payload) -> str:
    fields = {
        "sha256": payload.sha256,
        "size_bytes": payload.size_bytes,
        "provenance": payload.provenance.to_fields(),
    }
    return json.dumps(fields, indent=2, sort_keys=True) + "\n"


def _from_json(sha256: str, text: str) -> Payload:
    fields = json.loads(text)
    if fields["sha256"] != sha256:
        raise ValueError(f"it describes {fields['sha256']!r}")
    size_bytes = fields["size_bytes"]
    if not isinstance(size_bytes, int):
        raise TypeError(f"size_bytes is {size_bytes!r}")
    return Payload(sha256, size_bytes, Provenance.from_fields(fields["provenance"]))
