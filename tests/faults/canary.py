"""Canaries: a secret of every kind that settings know, and where to look for them.

A new secret of ``Settings`` gets its line in ``planted``; without it tests/faults/test_canary.py
fails.
"""

from __future__ import annotations

import base64
import io
import sys
import zipfile
from contextlib import closing
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import duckdb
import pikepdf

from pipeline.secret import Secret
from pipeline.settings import WEB

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pipeline.settings import Settings

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

# None of their characters is the same in an address, so that both ways of writing are looked for.
CANARIES = {name: f"canary+{name}/7Qx" for name in WEB}


def planted(coingecko_key: str, folder: Path) -> dict[str, str]:
    """Variables that give every secret there is; some lie in files, as a user would have them."""
    for name in ("stooq", "sec"):
        file = folder / f"{name}_key"
        file.write_text(CANARIES[name])
        file.chmod(0o600)
    return {
        "CAPBRIEF_COINGECKO__PLAN": "demo",
        "CAPBRIEF_COINGECKO__KEY": coingecko_key,
        "CAPBRIEF_STOOQ__KEY_FILE": str(folder / "stooq_key"),
        "CREDENTIALS_DIRECTORY": str(folder),
        **{
            f"CAPBRIEF_{name.upper()}__KEY": CANARIES[name]
            for name in WEB
            if name not in ("stooq", "sec")
        },
    }


def places(value: object, place: str = "") -> Iterator[tuple[str, object]]:
    """Every field of settings that may hold a secret, with what it holds."""
    if is_dataclass(value):
        for one in fields(value):
            inner = getattr(value, one.name)
            if "Secret" in str(one.type):
                yield f"{place}{one.name}", inner
            yield from places(inner, f"{place}{one.name}.")
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from places(inner, f"{place}{name}.")
    elif isinstance(value, tuple):
        for number, inner in enumerate(value):
            yield from places(inner, f"{place}{number}.")


def needles(settings: Settings) -> list[bytes]:
    """Every secret as it could be written: plainly, in an address, or as base64."""
    found: dict[str, None] = {}
    for _, secret in places(settings):
        assert isinstance(secret, Secret)
        text = secret.reveal()
        within = base64.b64encode(text.encode()).decode()
        # Where other bytes come before it, base64 is another; its own inside is looked for alone.
        forms = (text, text[:12], quote(text, safe=""), quote(text, safe="").lower(), within[:-4])
        found.update(dict.fromkeys(forms))
    return [text.encode() for text in found]


def contents(folder: Path) -> Iterator[tuple[str, bytes]]:
    """All that lies below a folder: bytes of files, and what is packed in them, by place."""
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        place = str(path.relative_to(folder))
        yield place, path.read_bytes()
        yield from ((f"{place} {name}", inside) for name, inside in _unpacked(path))


def _unpacked(path: Path) -> Iterator[tuple[str, bytes]]:
    if path.suffix == ".duckdb":
        yield "as text", "\n".join(_cells(path)).encode()
    elif path.suffix == ".pdf":
        with pikepdf.open(path) as opened:
            for number, one in enumerate(opened.objects):
                if isinstance(one, pikepdf.Stream) and _is_text(one):
                    yield f"stream {number}", one.read_bytes()
                yield f"object {number}", repr(one).encode()
    elif path.suffix == ".xlsx":
        with zipfile.ZipFile(path) as opened:
            yield from ((name, opened.read(name)) for name in opened.namelist())
    elif path.suffix == ".parquet":
        with closing(duckdb.connect()) as connection:
            yield "as text", repr(connection.read_parquet(str(path)).fetchall()).encode()
    elif path.read_bytes()[:4] == b"\x28\xb5\x2f\xfd":
        body = zstd.decompress(path.read_bytes())
        yield "unpacked", body
        if body[:2] == b"PK":
            with zipfile.ZipFile(io.BytesIO(body)) as opened:
                yield from ((name, opened.read(name)) for name in opened.namelist())


def _is_text(stream: pikepdf.Stream) -> bool:
    return str(stream.get("/Filter", "")) in ("", "/FlateDecode")


def _cells(path: Path) -> Iterator[str]:
    """Every table of a warehouse, a row each."""
    with closing(duckdb.connect(str(path), read_only=True)) as connection:
        tables: list[tuple[Any, ...]] = connection.execute(
            "select format('{}.{}', schema_name, table_name) from duckdb_tables()"
        ).fetchall()
        for (name,) in tables:
            for (row,) in connection.execute(f"select t::varchar from {name} as t").fetchall():
                yield row


def leaks(found: Mapping[str, bytes], secrets: list[bytes]) -> list[str]:
    """In which places a secret is."""
    return [place for place, text in found.items() if any(one in text for one in secrets)]
