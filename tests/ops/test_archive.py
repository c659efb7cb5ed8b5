"""Archive: a file that is not whole, not ours or not as it was written gives nothing."""

from __future__ import annotations

import json
import sys
import tarfile
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

from pipeline.errors import StorageError
from pipeline.ops import archive

NAMES = ("payloads/ab/one.zst", "reports/r_2024-04-03/r.html", "state/ledger.sqlite")


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """An archive of three files."""
    paths = {name: tmp_path / "origin" / name for name in NAMES}
    for number, path in enumerate(paths.values()):
        path.parent.mkdir(parents=True)
        path.write_bytes(bytes(range(256)) * (10 + number))
    members = {name: archive.described(name, path) for name, path in paths.items()}
    file = tmp_path / "made.tar.zst"
    with file.open("wb") as stream:
        archive.write(stream, archive.Manifest("1.0", "2026-11-23T12:00:00+00:00", members), paths)
    return file


def refused(file: Path, folder: Path) -> str:
    """The message, once it is sure that the file is refused in both ways of reading it."""
    with pytest.raises(StorageError) as by_check:
        archive.read(file, None)
    with pytest.raises(StorageError) as by_restore:
        archive.read(file, folder)
    assert str(by_check.value) == str(by_restore.value)
    return str(by_check.value)


def unpacked(file: Path) -> list[tuple[tarfile.TarInfo, bytes]]:
    with tarfile.open(fileobj=BytesIO(zstd.decompress(file.read_bytes()))) as tar:
        found = []
        for info in tar:
            content = tar.extractfile(info)
            found.append((info, content.read() if content else b""))
        return found


def packed(file: Path, members: list[tuple[tarfile.TarInfo, bytes]]) -> None:
    buffer = BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for info, content in members:
            tar.addfile(info, BytesIO(content))
    file.write_bytes(zstd.compress(buffer.getvalue()))


def with_manifest(file: Path, change: dict[str, Any]) -> None:
    (info, text), *rest = unpacked(file)
    fields = json.loads(text)
    for key, value in change.items():
        fields[key] = value(fields[key]) if callable(value) else value
    text = json.dumps(fields).encode()
    info.size = len(text)
    packed(file, [(info, text), *rest])


def test_what_was_written_is_read_back(made: Path, tmp_path: Path) -> None:
    manifest = archive.read(made, tmp_path / "back")
    assert tuple(manifest.members) == NAMES
    for name in NAMES:
        assert (tmp_path / "back" / name).read_bytes() == (tmp_path / "origin" / name).read_bytes()
    # Any tar that knows zstd can open it, too.
    assert [info.name for info, _ in unpacked(made)] == [archive.MANIFEST, *NAMES]


def test_every_cut_is_found(made: Path, tmp_path: Path) -> None:
    whole = made.read_bytes()
    for number, length in enumerate(range(0, len(whole), max(1, len(whole) // 40))):
        made.write_bytes(whole[:length])
        assert str(made) in refused(made, tmp_path / f"cut-{number}")


def test_every_changed_byte_is_found(made: Path, tmp_path: Path) -> None:
    whole = made.read_bytes()
    for number, place in enumerate(range(0, len(whole), max(1, len(whole) // 40))):
        changed = bytearray(whole)
        changed[place] ^= 0x55
        made.write_bytes(bytes(changed))
        assert "nothing is restored" in refused(made, tmp_path / f"changed-{number}")


@pytest.mark.parametrize("name", NAMES)
def test_a_changed_member_is_named(made: Path, tmp_path: Path, name: str) -> None:
    members = unpacked(made)
    packed(made, [(i, c[:-1] + b"!" if i.name == name else c) for i, c in members])
    assert f"{name} is not as it was written" in refused(made, tmp_path / "back")


def test_a_member_of_another_size_is_named(made: Path, tmp_path: Path) -> None:
    members = unpacked(made)
    members[1][0].size += 1
    packed(made, [members[0], (members[1][0], members[1][1] + b"!"), *members[2:]])
    assert f"{NAMES[0]} has 2561 bytes, not 2560" in refused(made, tmp_path / "back")


def test_members_that_lack_and_that_come_on_top_are_named(made: Path, tmp_path: Path) -> None:
    members = unpacked(made)
    packed(made, members[:-1])
    assert f"{NAMES[-1]} is missing" in refused(made, tmp_path / "lacks")
    packed(made, [*members, members[-1]])
    assert f"{NAMES[-1]} is not in its manifest, or there twice" in refused(
        made, tmp_path / "twice"
    )
    packed(made, [*members, (tarfile.TarInfo("payloads/more"), b"")])
    assert "payloads/more is not in its manifest" in refused(made, tmp_path / "more")


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE, tarfile.DIRTYPE]
)
def test_what_is_no_plain_file_is_refused(made: Path, tmp_path: Path, kind: bytes) -> None:
    members = unpacked(made)
    info = members[1][0]
    info.type, info.linkname, info.size = kind, "/etc/passwd", 0
    packed(made, [members[0], (info, b""), *members[2:]])
    message = refused(made, tmp_path / "back")
    assert f"{NAMES[0]} is a link, a device or a folder" in message


@pytest.mark.parametrize(
    "name",
    ["/etc/passwd", "../out", "a/../../out", "a//b", "a/./b", "", ".ssh/config", "a/.b", "a\\b",
     "a\nb", "a/", "\x1b[2J", "manifest.json"],
)  # fmt: skip
def test_a_name_that_leads_elsewhere_is_refused(made: Path, tmp_path: Path, name: str) -> None:
    def renamed(members: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [{**members[0], "name": name}, *members[1:]]

    with_manifest(made, {"members": renamed})
    assert "is no name of a file in a backup" in refused(made, tmp_path / "back")
    assert not (tmp_path / "back").exists()


def test_a_newer_form_is_refused(made: Path, tmp_path: Path) -> None:
    with_manifest(made, {"format": archive.FORMAT + 1})
    assert "in form 2, this one knows 1; install that one" in refused(made, tmp_path / "back")


@pytest.mark.parametrize(
    "change",
    [{"made_by": "tar"}, {"format": "x"}, {"members": [1]}, {"members": [{"name": "a"}]},
     {"members": lambda found: [{**found[0], "size_bytes": -1}, *found[1:]]},
     {"members": lambda found: [{**found[0], "changed_at": 2**63}, *found[1:]]},
     {"members": lambda found: [found[0], *found]}],
)  # fmt: skip
def test_a_manifest_that_makes_no_sense_is_refused(
    made: Path, tmp_path: Path, change: dict[str, Any]
) -> None:
    with_manifest(made, change)
    assert "nothing is restored" in refused(made, tmp_path / "back")


@pytest.mark.parametrize("content", [b"", b"\0" * 10_000, zstd.compress(b"no tar" * 1000)])
def test_what_is_no_backup_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "other"
    file.write_bytes(content)
    refused(file, tmp_path / "back")
    assert not archive.is_one(file)


def test_a_file_that_changes_meanwhile_is_not_backed_up(tmp_path: Path) -> None:
    path = tmp_path / "one"
    for other in (b"12x45", b"123"):
        path.write_bytes(b"12345")
        member = archive.described("one", path)
        path.write_bytes(other)
        manifest = archive.Manifest("1.0", "", {"one": member})
        with pytest.raises(StorageError, match="one: was changed while it was read"):
            archive.write(BytesIO(), manifest, {"one": path})
