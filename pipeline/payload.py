"""Payload store: bytes kept once under their SHA-256, with where they came from.

Layout below the root: ``ab/abcdef….gz`` holds the bytes, ``ab/abcdef….json`` the sidecar.
The sidecar is written last, so a payload exists when its sidecar does.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import tempfile
import zlib
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.errors import PayloadError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@dataclass(frozen=True)
class KnownAt:
    """When each row of a dated file became public, where that is not its retrieval time.

    Without ``column`` all rows share ``day``. With ``column`` and no ``values``, a row was
    known ``offset_days`` after the day in that column; with ``values``, on the day listed
    for the text in that column.
    """

    day: date | None = None
    column: str | None = None
    offset_days: int = 0
    values: Mapping[str, date] | None = None


@dataclass(frozen=True)
class Provenance:
    """Where a payload came from; printed beside every figure that descends from it.

    ``published_at`` and ``known_at`` are for dated files (bundled, imported), and null for
    live responses, which are known from their retrieval on. Times are UTC.
    """

    source: str
    entity: str
    dataset: str
    title: str
    url: str
    producer: str
    citation: str
    licence: str
    media_type: str
    retrieved_at: datetime
    published_at: datetime | None = None
    known_at: KnownAt | None = None


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

        Raises:
            PayloadError: the folder cannot be written, or bytes already stored under this
                address are damaged.
        """
        sha256 = hashlib.sha256(content).hexdigest()
        if self._sidecar(sha256).exists():
            self.read(sha256)
            return self.describe(sha256)
        payload = Payload(sha256, len(content), provenance)
        try:
            self._body(sha256).parent.mkdir(parents=True, exist_ok=True)
            # mtime=0: equal content gives equal files.
            _write(self._body(sha256), gzip.compress(content, compresslevel=9, mtime=0))
            _write(self._sidecar(sha256), _to_json(payload).encode())
        except OSError as error:
            raise PayloadError(
                f"{self.root}: cannot keep payload {sha256[:12]}: {error.strerror}; "
                "free some space or choose another --home"
            ) from error
        return payload

    def read(self, sha256: str) -> bytes:
        """The bytes of a payload, proven to be those that were stored.

        Raises:
            PayloadError: missing, truncated, or not hashing to its address.
        """
        path = self._body(sha256)
        try:
            content = gzip.decompress(path.read_bytes())
        except FileNotFoundError as error:
            raise PayloadError(f"{path}: payload is missing; {_MEND}") from error
        except (OSError, EOFError, zlib.error) as error:
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
            return _from_json(path.read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            raise PayloadError(f"{path}: sidecar is missing; {_MEND}") from error
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise PayloadError(f"{path}: sidecar is damaged ({error}); {_MEND}") from error

    def __iter__(self) -> Iterator[str]:
        """Addresses of all payloads, in order."""
        return iter(sorted(path.stem for path in self.root.glob("??/*.json")))

    def _body(self, sha256: str) -> Path:
        return self.root / sha256[:2] / f"{sha256}.gz"

    def _sidecar(self, sha256: str) -> Path:
        return self.root / sha256[:2] / f"{sha256}.json"


_MEND = "delete the two files of that name and fetch again, or restore them from a backup"


def _write(path: Path, content: bytes) -> None:
    """Write by temporary file, fsync and rename, so that no reader meets half a file."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        Path(name).chmod(0o444)
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise


def _to_json(payload: Payload) -> str:
    def plain(value: object) -> str:
        if isinstance(value, datetime):
            return value.astimezone(UTC).isoformat()
        if isinstance(value, date):
            return value.isoformat()
        raise TypeError(type(value).__name__)

    return json.dumps(asdict(payload), default=plain, indent=2, sort_keys=True) + "\n"


def _from_json(text: str) -> Payload:
    fields = json.loads(text)
    provenance = fields["provenance"]
    return Payload(
        sha256=fields["sha256"],
        size_bytes=fields["size_bytes"],
        provenance=Provenance(
            **{
                **provenance,
                "retrieved_at": datetime.fromisoformat(provenance["retrieved_at"]),
                "published_at": _optional_time(provenance["published_at"]),
                "known_at": _known_at(provenance["known_at"]),
            },
        ),
    )


def _optional_time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _known_at(fields: dict[str, Any] | None) -> KnownAt | None:
    if fields is None:
        return None
    values = fields["values"]
    return KnownAt(
        day=date.fromisoformat(fields["day"]) if fields["day"] else None,
        column=fields["column"],
        offset_days=fields["offset_days"],
        values={key: date.fromisoformat(day) for key, day in values.items()} if values else None,
    )
