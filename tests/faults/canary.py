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
from urllib.parse import quote, urlsplit

import duckdb
import pikepdf
from aiosmtpd.smtp import AuthResult

from pipeline.secret import Secret
from pipeline.settings import WEB
from tests.post import Mailbox, reset  # noqa: TID251 - what it is a kind of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from http.server import BaseHTTPRequestHandler

    from pipeline.settings import Settings
    from tests.post import Answer  # noqa: TID251 - for its type only

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

# None of their characters is the same in an address, so that both ways of writing are looked for.
CANARIES = {name: f"canary+{name}/7Qx" for name in (*WEB, "mail", "ping", "chat", "hook")}
SIGNING = base64.b64encode(b"canary+signing/7Qx, and so on").decode()


class Mirror(Mailbox):
    """A mail server that shows a password to whoever gives it one; ``is_open`` lets them in."""

    is_open = False

    def login(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> Any:
        super().login(server, session, envelope, mechanism, data)
        said = f"535 5.7.8 {self.logins[-1][1]} is no password that we know"
        return AuthResult(success=self.is_open, handled=False, message=said)


def echo(handler: BaseHTTPRequestHandler) -> None:
    """Refuse, and show the address that was asked in all places that an answer has."""
    body = f"<!DOCTYPE html>{handler.path}".encode()
    handler.send_response(500, handler.path)
    for name, text in {
        "Location": handler.path,
        "Retry-After": handler.path,
        "Content-Type": "text/html",
        "Content-Length": str(len(body)),
    }.items():
        handler.send_header(name, text)
    handler.end_headers()
    handler.wfile.write(body)


def redirect(handler: BaseHTTPRequestHandler) -> None:
    """Send to another address with the secret in it."""
    handler.send_response(302, "moved")
    handler.send_header("Location", f"http://127.0.0.1:1{handler.path}")
    handler.send_header("Content-Length", "0")
    handler.end_headers()


WEB_FAULTS: dict[str, Answer] = {
    "echo": echo,
    "redirect": redirect,
    "reset": reset,
    "busy": 429,
}


def planted(coingecko_key: str, folder: Path, *, web: str, mail_port: int) -> dict[str, str]:
    """Variables that give every secret there is, in each of the ways in which it can be given.

    Args:
        coingecko_key: the one that the loopback CoinGecko takes.
        folder: takes the files that some of them lie in.
        web: address of the host that is told by webhook and ping.
        mail_port: where the mail server of this machine listens.
    """
    files = {
        "stooq_key": CANARIES["stooq"],
        "sec_key": CANARIES["sec"],
        "epoch": CANARIES["epoch"],
        "word": CANARIES["mail"],
        "deliver_chat_url": f"{web}/{CANARIES['chat']}",
        "signing": f"whsec_{SIGNING}",
    }
    for name, text in files.items():
        file = folder / name
        file.write_text(text)
        file.chmod(0o600)
    given = {
        "COINGECKO__PLAN": "demo",
        "COINGECKO__KEY": coingecko_key,
        "STOOQ__KEY_FILE": str(folder / "stooq_key"),
        "EPOCH__KEY_COMMAND": f"cat {folder / 'epoch'}",
        "MAIL__HOST": "127.0.0.1",
        "MAIL__PORT": str(mail_port),
        "MAIL__SECURITY": "none",
        "MAIL__SENDER": "capbrief@example.net",
        "MAIL__USER": "capbrief",
        "MAIL__PASSWORD_FILE": str(folder / "word"),
        "DELIVER__TEAM__KIND": "mail",
        "DELIVER__TEAM__TO": "ops@example.org",
        "DELIVER__CHAT__KIND": "slack",
        "DELIVER__HOOK__KIND": "webhook",
        "DELIVER__HOOK__URL": f"{web}/{CANARIES['hook']}",
        "DELIVER__HOOK__KEY_COMMAND": f"cat {folder / 'signing'}",
        "MONITOR__PING_URL": f"{web}/{CANARIES['ping']}",
        **{
            f"{name.upper()}__KEY": CANARIES[name]
            for name in WEB
            if name not in ("stooq", "sec", "epoch")
        },
    }
    variables = {f"CAPBRIEF_{name}": text for name, text in given.items()}
    return {**variables, "CREDENTIALS_DIRECTORY": str(folder)}


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
    """Every secret as it could be written: plainly, in an address, or as base64.

    Of an address what tells it from others of its host, which anybody may see.
    """
    found: dict[str, None] = {}
    for _, secret in places(settings):
        if secret is None:  # a channel of another kind has none
            continue
        assert isinstance(secret, Secret)
        text = secret.reveal().removeprefix("whsec_")
        if text.startswith("http"):
            text = urlsplit(text).path.lstrip("/")
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
