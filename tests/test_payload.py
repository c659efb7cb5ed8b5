"""Payload store: what is put comes back, and damage is noticed."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import PayloadError
from pipeline.payload import PayloadStore
from pipeline.provenance import KnownAt, Provenance

if TYPE_CHECKING:
    from pathlib import Path

AT = datetime(2024, 4, 3, 12, tzinfo=UTC)


def provenance(**changes: object) -> Provenance:
    fields: dict[str, object] = {
        "source": "bundled",
        "entity": "token_daily",
        "dataset": "sora-2024/token_daily",
        "title": "Daily closes",
        "url": "https://example.org/prices",
        "producer": "An exchange",
        "citation": "An exchange, daily closes",
        "licence": "facts, cited",
        "media_type": "text/csv",
        "retrieved_at": AT,
    }
    return Provenance(**{**fields, **changes})  # type: ignore[arg-type]


@given(content=st.binary(max_size=4096))
@settings(max_examples=30)
def test_bytes_come_back_under_their_sha256(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    store = PayloadStore(tmp_path_factory.mktemp("store"))
    payload = store.put(content, provenance())
    assert payload.sha256 == hashlib.sha256(content).hexdigest()
    assert store.read(payload.sha256) == content
    assert payload.size_bytes == len(content)


@pytest.mark.parametrize(
    "rule",
    [
        None,
        KnownAt(day=date(2026, 4, 22)),
        KnownAt(column="date", offset_days=1),
        KnownAt(column="period", values={"2023": date(2023, 11, 27)}),
    ],
)
def test_sidecar_keeps_every_field(tmp_path: Path, rule: KnownAt | None) -> None:
    store = PayloadStore(tmp_path)
    origin = provenance(known_at=rule, published_at=AT, title="Zürich – “täglich” </script>")
    payload = store.put(b"x", origin)
    assert store.describe(payload.sha256) == payload
    assert store.describe(payload.sha256).provenance == origin


def test_same_bytes_again_keep_the_first_sidecar_and_files(tmp_path: Path) -> None:
    store = PayloadStore(tmp_path)
    first = store.put(b"same", provenance())
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.*")}
    again = store.put(b"same", provenance(retrieved_at=datetime(2025, 1, 1, tzinfo=UTC)))
    assert again == first
    assert {path: path.read_bytes() for path in tmp_path.rglob("*.*")} == before
    assert list(store) == [first.sha256]


def test_files_are_read_only_and_equal_for_equal_content(tmp_path: Path) -> None:
    one, two = PayloadStore(tmp_path / "one"), PayloadStore(tmp_path / "two")
    sha256 = one.put(b"rows", provenance()).sha256
    two.put(b"rows", provenance())
    path = tmp_path / "one" / sha256[:2] / f"{sha256}.zst"
    assert path.stat().st_mode & 0o777 == 0o444
    assert path.read_bytes() == (tmp_path / "two" / sha256[:2] / f"{sha256}.zst").read_bytes()


def _swap(path: Path, content: bytes) -> None:
    path.chmod(0o644)
    path.write_bytes(content)


def packed(folder: Path, content: bytes) -> bytes:
    """What the store writes for some content."""
    other = PayloadStore(folder / "other")
    sha256 = other.put(content, provenance()).sha256
    return (folder / "other" / sha256[:2] / f"{sha256}.zst").read_bytes()


def test_damage_is_noticed_by_the_hash(tmp_path: Path) -> None:
    store = PayloadStore(tmp_path)
    sha256 = store.put(b"honest rows", provenance()).sha256
    body = tmp_path / sha256[:2] / f"{sha256}.zst"

    _swap(body, packed(tmp_path, b"other rows"))
    with pytest.raises(PayloadError, match="payload is damaged"):
        store.read(sha256)
    _swap(body, packed(tmp_path, b"honest rows")[:-9])
    with pytest.raises(PayloadError, match="payload is damaged"):
        store.read(sha256)
    _swap(body, b"not zstd at all")
    with pytest.raises(PayloadError, match="payload is damaged"):
        store.read(sha256)
    body.unlink()
    with pytest.raises(PayloadError, match="payload is missing"):
        store.read(sha256)


@pytest.mark.parametrize("damage", [b"", b"not zstd at all", None], ids=["cut", "other", "gone"])
@pytest.mark.parametrize("part", ["zst", "json"])
def test_what_is_damaged_or_gone_is_put_back_when_it_comes_again(
    tmp_path: Path, part: str, damage: bytes | None
) -> None:
    store = PayloadStore(tmp_path)
    payload = store.put(b"rows", provenance())
    path = tmp_path / payload.sha256[:2] / f"{payload.sha256}.{part}"
    whole = path.read_bytes()
    path.unlink()
    if damage is not None:
        path.write_bytes(damage)
    assert store.put(b"rows", provenance()) == payload
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (whole, 0o444)


def test_damaged_sidecar_is_named(tmp_path: Path) -> None:
    store = PayloadStore(tmp_path)
    sha256 = store.put(b"rows", provenance()).sha256
    sidecar = tmp_path / sha256[:2] / f"{sha256}.json"
    whole = sidecar.read_text()
    for text in (
        "",
        "{",
        "{}",
        "[]",
        whole.replace(sha256, "0" * 64),
        whole.replace('"size_bytes": 4', '"size_bytes": "abc"'),
    ):
        _swap(sidecar, text.encode())
        with pytest.raises(PayloadError, match=f"{sidecar.name}: sidecar is damaged"):
            store.describe(sha256)


def test_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(PayloadError, match=r"cannot keep payload .* choose another --home"):
        PayloadStore(tmp_path / "file").put(b"x", provenance())
