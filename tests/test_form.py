"""Forms: bytes of which a host says that they are data, and which are or are not."""

from __future__ import annotations

import io
import zipfile
import zlib

import pytest

from pipeline.form import CSV, JSON, LINE, ZIP, Form, FormError, members

PAGE = b"<!DOCTYPE html>\n<html><head><title>Please sign in</title></head></html>"


def zipped(*files: tuple[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return packed.getvalue()


@pytest.mark.parametrize(
    ("form", "media_type", "is_taken"),
    [
        (JSON, "application/json", True),
        (JSON, "application/vnd.api+json", True),
        (JSON, "text/plain", False),
        (CSV, "text/csv", True),
        (CSV, "text/plain", True),
        (CSV, "binary/octet-stream", True),
        (CSV, "text/html", False),
        (CSV, "application/json", False),
        (ZIP, "application/zip", True),
        (ZIP, "", True),
        (ZIP, "text/html", False),
        (LINE, "text/plain", True),
        (LINE, "text/html", False),
    ],
)
def test_a_form_knows_the_types_that_hosts_give_it(
    form: Form, media_type: str, is_taken: bool
) -> None:
    assert form.takes(media_type) is is_taken


def test_a_csv_is_judged_by_its_column_names() -> None:
    assert CSV.decode(b'\xef\xbb\xbf\r\n Hardware name ,"TDP (W)"\r\nx,1\r\n') == [
        "Hardware name",
        "TDP (W)",
    ]


@pytest.mark.parametrize("form", [CSV, LINE])
@pytest.mark.parametrize(
    "content", [PAGE, b"  \n<html>", b"<!-- x --><HTML lang=en>", b"<?xml version='1.0'?><Error/>"]
)
def test_a_page_for_people_is_no_data(form: Form, content: bytes) -> None:
    with pytest.raises(FormError, match="a page for people"):
        form.decode(content)


@pytest.mark.parametrize(
    ("form", "content", "reason"),
    [
        (CSV, b"\n\n", "is empty"),
        (CSV, b"caf\xe9,price\n", "not UTF-8 at byte 3"),
        (CSV, b'"a,b\n', "no CSV"),
        (LINE, b"20260101-1\n20260102-1\n", "one short line"),
        (LINE, b" ", "one short line"),
        (LINE, b"x" * 201, "one short line"),
    ],
)
def test_what_is_wrong_is_said(form: Form, content: bytes, reason: str) -> None:
    with pytest.raises(FormError, match=reason):
        form.decode(content)


def test_a_line_is_stripped() -> None:
    assert LINE.decode(b"20261122-12345\n") == "20261122-12345"


def test_an_archive_gives_its_files() -> None:
    assert members(zipped(("a.csv", b"x\n1\n"), ("b/c.csv", b""))) == {
        "a.csv": b"x\n1\n",
        "b/c.csv": b"",
    }


def test_an_archive_that_broke_off_or_was_changed_is_none() -> None:
    whole = zipped(("a.csv", bytes(range(256)) * 40))
    with pytest.raises(FormError, match="no whole zip archive"):
        members(whole[: len(whole) // 2])
    broken = bytearray(whole)
    broken[60] ^= 0xFF
    with pytest.raises(FormError, match="no whole zip archive"):
        members(bytes(broken))
    with pytest.raises(FormError, match="no whole zip archive"):
        members(PAGE)


def test_an_archive_unpacks_within_bounds() -> None:
    bomb = zipped(("a.csv", b"0" * (64 * 1024 * 1024)))
    assert len(bomb) < 100_000
    with pytest.raises(FormError, match="unpacks to more than"):
        members(bomb)


def test_a_size_that_an_archive_only_claims_is_not_believed() -> None:
    whole = bytearray(zipped(("a.csv", b"0" * 3_000_000)))
    # The directory at the end says that the file is small; reading it does not.
    at = whole.rindex(b"PK\x01\x02")
    whole[at + 24 : at + 28] = (10).to_bytes(4, "little")
    whole[at + 16 : at + 20] = zlib.crc32(b"0" * 10).to_bytes(4, "little")
    try:
        found = members(bytes(whole))
    except FormError:
        return
    assert len(found["a.csv"]) <= 10


def test_encrypted_files_and_two_of_one_name_are_refused() -> None:
    locked = bytearray(zipped(("a.csv", b"x")))
    locked[6] |= 1
    locked[bytes(locked).rindex(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(FormError, match="cannot be unpacked"):
        members(bytes(locked))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.csv", "1")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("a.csv", "2")
    with pytest.raises(FormError, match="two files of one name"):
        members(packed.getvalue())
