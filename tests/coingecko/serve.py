"""A threaded HTTP/1.1 server that holds connections open and can break every rule."""

from __future__ import annotations

import json
import socket
import sys
from contextlib import suppress
from itertools import count
from socketserver import BaseRequestHandler, ThreadingTCPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.coingecko import wire
from tests.coingecko.message import BASE, Asked
from tests.coingecko.refusals import http_date, wrong

if TYPE_CHECKING:
    from io import BufferedReader
    from ssl import SSLContext

    from tests.coingecko.control import Control

_CONTROL = "_control"
_IDLE_SECONDS = 75


class Server(ThreadingTCPServer):
    """Listens on loopback only."""

    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, port: int, control: Control, tls: SSLContext | None) -> None:
        self.control = control
        self.tls = tls
        self.numbers = count(1)
        super().__init__(("127.0.0.1", port), _Handler)

    @property
    def address(self) -> str:
        """Where the API begins."""
        scheme = "https" if self.tls else "http"
        return f"{scheme}://127.0.0.1:{self.server_address[1]}{BASE}"

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that hang up are part of the game; anything else is shown."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class _Handler(BaseRequestHandler):
    server: Server
    request: socket.socket

    def handle(self) -> None:
        self.number = next(self.server.numbers)
        self.request.settimeout(_IDLE_SECONDS)
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.server.tls:
            self.request = self.server.tls.wrap_socket(self.request, server_side=True)
        with suppress(OSError), self.request.makefile("rb") as reader:
            while self._one(reader):
                pass
        # A reset is still to come for whoever asked for one; closing twice does no harm.
        self.request.close()

    def _one(self, reader: BufferedReader) -> bool:
        """Answer one request; False when the connection is done."""
        first = reader.readline(65_537)
        parts = first.decode("latin-1").split()
        if len(parts) != 3:
            return False
        method, target, version = parts
        headers = _headers(reader)
        body = reader.read(int(headers.get("content-length", 0)))
        asked = _asked(method, target, headers)
        keep_alive = version == "HTTP/1.1" and headers.get("connection", "").lower() != "close"
        control = self.server.control
        line = wire.Line(self.request, control.stop, http_date(control.options.moment))
        if asked is not None and asked.segments[:1] == (_CONTROL,):
            answer = control.told(asked, _decoded(body))
        elif asked is None:
            answer = wrong("Incorrect path. Please check https://www.coingecko.com/api/", 404)
        else:
            answer = control(asked, self.number)
        if answer.wire is not None:
            answer.wire(line, answer)
            return False
        packed = "gzip" in headers.get("accept-encoding", "") and len(answer.content.plain) > 500
        wire.whole(line, answer, packed=packed, keep_alive=keep_alive)
        return keep_alive


def _headers(reader: BufferedReader) -> dict[str, str]:
    found: dict[str, str] = {}
    while text := reader.readline(65_537).decode("latin-1").strip():
        name, _, value = text.partition(":")
        found[name.strip().lower()] = value.strip()
    return found


def _asked(method: str, target: str, headers: dict[str, str]) -> Asked | None:
    """The request; None for a path outside the API."""
    parts = urlsplit(target)
    path = parts.path.removeprefix(BASE)
    if path == parts.path and not path.startswith(f"/{_CONTROL}"):
        return None
    segments = tuple(unquote(one) for one in path.split("/")[1:])
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    return Asked(method, segments, query, headers)


def _decoded(body: bytes) -> Any:
    return json.loads(body) if body else {}
