"""Archive: the one file of a backup, a tar in zstd, whose first member vouches for all others.

A manifest tells form, SHA-256 and size of each file, so that a file that was cut short or changed
is told from a whole one. It is not signed: who can write the file can write its manifest.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
import tarfile
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from io import BytesIO
from typing import IO, TYPE_CHECKING, Any, Final, cast

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

from pipeline.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

MANIFEST: Final = "manifest.json"
MADE_BY: Final = "capbrief backup"
FORMAT: Final = 1
"""The form of the manifest that this capbrief writes, and the newest that it reads."""

_LONGEST_MANIFEST: Final = 512 * 2**20
_PART: Final = 2**20
# Payloads are packed already: a higher level is slow and gains little. The checksum is of what
# lies between the members, too.
_PACKED: Final[Mapping[int, int]] = {
    zstd.CompressionParameter.compression_level: 3,
    zstd.CompressionParameter.checksum_flag: 1,
}
# Each part of a path is a plain name: no way up, none from the root, nothing that is hidden.
_NAME: Final = re.compile(r"(?:[^/\\.][^/\\]*/)*[^/\\.][^/\\]*")


@dataclass(frozen=True)
class Member:
    """One file: its name below the home, its size and hash, and when it was changed (epoch)."""

    name: str
    size_bytes: int
    sha256: str
    changed_at: int


@dataclass(frozen=True)
class Manifest:
    """What an archive holds, who made it and when (UTC, ISO 8601)."""

    version: str
    made_at: str
    members: Mapping[str, Member]

    def to_json(self) -> bytes:
        """As it is written."""
        fields = {
            "made_by": MADE_BY,
            "format": FORMAT,
            "version": self.version,
            "made_at": self.made_at,
            "members": [asdict(one) for one in self.members.values()],
        }
        return (json.dumps(fields, indent=1) + "\n").encode()


def described(name: str, path: Path) -> Member:
    """A file as the manifest has it.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as stream:
        status = path.stat()
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return Member(name, status.st_size, digest, int(status.st_mtime))


def write(stream: IO[bytes], manifest: Manifest, paths: Mapping[str, Path]) -> None:
    """Write a manifest and all of its members.

    Raises:
        StorageError: a file is not what it was when it was described.
        OSError: a file cannot be read, or the archive cannot be written.
    """
    with (
        zstd.ZstdFile(stream, "wb", options=_PACKED) as packed,
        tarfile.open(fileobj=cast("IO[bytes]", packed), mode="w|") as tar,
    ):
        text = manifest.to_json()
        tar.addfile(_info(Member(MANIFEST, len(text), "", 0)), BytesIO(text))
        for one in manifest.members.values():
            with paths[one.name].open("rb") as content:
                checked = _Checked(content)
                try:
                    tar.addfile(_info(one), checked)
                except OSError as error:
                    if error.errno is not None:
                        raise
                    raise _changed(one) from error  # it has become shorter
                if checked.sha256 != one.sha256:
                    raise _changed(one)


def _changed(one: Member) -> StorageError:
    return StorageError(f"{one.name}: was changed while it was read; run 'capbrief backup' again")


def _info(one: Member) -> tarfile.TarInfo:
    info = tarfile.TarInfo(one.name)
    info.size, info.mtime, info.mode = one.size_bytes, one.changed_at, 0o600
    return info


class _Checked:
    """A stream whose bytes are hashed on their way."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream, self._digest = stream, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        part = self._stream.read(size)
        self._digest.update(part)
        return part

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()


def read(path: Path, folder: Path | None) -> Manifest:
    """Read an archive to its end and prove every member; write them below a folder if one is given.

    What was written there is only of use if this returns.

    Raises:
        StorageError: it is no backup, a newer capbrief wrote it, it was cut short or changed, or
            a member is none that a backup has; the message names it.
        OSError: the folder cannot be written.
    """
    with _opened(path) as tar:
        manifest = _manifest(path, tar)
        seen: set[str] = set()
        while (info := tar.next()) is not None:
            one = manifest.members.get(info.name)
            if one is None or info.name in seen:
                raise _refused(path, info.name, "is not in its manifest, or there twice")
            if not info.isreg() or info.issparse():
                raise _refused(path, info.name, "is a link, a device or a folder")
            if info.size != one.size_bytes:
                raise _refused(path, info.name, f"has {info.size} bytes, not {one.size_bytes}")
            content = tar.extractfile(info)
            if content is None or _copied(content, one, folder) != one.sha256:
                raise _refused(path, info.name, "is not as it was written")
            seen.add(info.name)
        missing = sorted(manifest.members.keys() - seen)
        if missing:
            raise _refused(path, missing[0], "is missing")
    return manifest


def is_one(path: Path) -> bool:
    """Whether a file begins as a backup does."""
    try:
        with _opened(path) as tar:
            _manifest(path, tar)
    except StorageError:
        return False
    return True


@contextmanager
def _opened(path: Path) -> Iterator[tarfile.TarFile]:
    try:
        opened = path.open("rb")
    except OSError as error:
        raise StorageError(
            f"{path}: cannot be read ({error.strerror}); name a file that 'backup' wrote"
        ) from error
    try:
        with opened as stream, zstd.ZstdFile(stream, "rb") as packed:
            with tarfile.open(fileobj=cast("IO[bytes]", packed), mode="r|") as tar:
                yield tar
            # The checksum of the packed bytes stands at their end.
            while packed.read(_PART):
                pass
    except (EOFError, zstd.ZstdError, tarfile.TarError, UnicodeError) as error:
        raise StorageError(
            f"{path}: is no backup, or was cut short or changed ({error}); nothing is restored. "
            "Take another one"
        ) from error


def _copied(content: IO[bytes], one: Member, folder: Path | None) -> str:
    """The hash of a member's bytes; they are written below the folder, if there is one."""
    checked = _Checked(content)
    if folder is None:
        while checked.read(_PART):
            pass
        return checked.sha256
    target = folder / one.name
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("xb") as stream:
        while part := checked.read(_PART):
            stream.write(part)
    return checked.sha256


def _manifest(path: Path, tar: tarfile.TarFile) -> Manifest:
    info = tar.next()
    if info is None or info.name != MANIFEST or not info.isreg() or info.size > _LONGEST_MANIFEST:
        raise StorageError(f"{path}: is no backup of capbrief; name a file that 'backup' wrote")
    content = tar.extractfile(info)
    try:
        fields = json.loads(content.read() if content else b"")
        if fields["made_by"] != MADE_BY:
            raise ValueError(fields["made_by"])
        form = int(fields["format"])
        if form > FORMAT:
            raise StorageError(
                f"{path}: was written by capbrief {fields['version']} in form {form}, this one "
                f"knows {FORMAT}; install that one"
            )
        members = [_member(one) for one in fields["members"]]
        found = Manifest(
            str(fields["version"]), str(fields["made_at"]), {one.name: one for one in members}
        )
    except (ValueError, KeyError, TypeError) as error:
        raise _refused(path, MANIFEST, f"is not as it was written ({error})") from error
    _must_be_names(path, members)
    return found


def _member(fields: dict[str, Any]) -> Member:
    name, size, digest, at = (fields[key] for key in Member.__dataclass_fields__)
    whole_numbers = isinstance(size, int) and isinstance(at, int) and size >= 0 <= at < 2**40
    if not isinstance(name, str) or not isinstance(digest, str) or not whole_numbers:
        raise TypeError(f"{name!r}")
    return Member(name, size, digest, at)


def is_name(name: str) -> bool:
    """Whether a file of that name can lie below any home, and nowhere else."""
    return bool(_NAME.fullmatch(name)) and name.isprintable() and name != MANIFEST


def _must_be_names(path: Path, members: Sequence[Member]) -> None:
    """Refuse names that lead elsewhere, and two of one name."""
    seen: set[str] = set()
    for one in members:
        if not is_name(one.name):
            raise _refused(path, repr(one.name), "is no name of a file in a backup")
        if one.name in seen:
            raise _refused(path, one.name, "is there twice")
        seen.add(one.name)


def _refused(path: Path, name: str, why: str) -> StorageError:
    return StorageError(f"{path}: {name} {why}; nothing is restored. Take another backup")
