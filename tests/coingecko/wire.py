"""How an answer goes through the socket: as it should, or in one of the ways it should not."""

from __future__ import annotations

import json
import select
import socket
import struct
from http.client import responses
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from threading import Event

    from tests.coingecko.message import Answer, Headers

    Wire = Callable[["Line", Answer], None]


class Line:
    """One connection: sends, waits, and notices that the other end has gone."""

    def __init__(self, connection: socket.socket, stop: Event, date: str) -> None:
        self.connection = connection
        self._stop = stop
        self._date = date

    def send(self, content: bytes) -> None:
        self.connection.sendall(content)

    def wait(self, seconds: float) -> bool:
        """Wait; False when the client hung up or the server forgets its faults."""
        while seconds > 0 and not self._stop.is_set():
            slice_seconds = min(seconds, 0.05)
            readable, _, _ = select.select([self.connection], [], [], slice_seconds)
            if readable:
                return False
            seconds -= slice_seconds
        return not self._stop.is_set()

    def head(self, answer: Answer, framing: Headers) -> bytes:
        """Status line and headers."""
        lines = [
            f"HTTP/1.1 {answer.status} {responses.get(answer.status, 'Unknown')}",
            f"Date: {self._date}",
            "Server: cloudflare",
            "CF-RAY: 0000000000000000-LOO",
            "Cache-Control: max-age=30, public",
            "Set-Cookie: __cf_bm=loopback; path=/; HttpOnly",
        ]
        if answer.media_type is not None:
            lines.append(f"Content-Type: {answer.media_type}")
        lines += [f"{name}: {value}" for name, value in (*answer.headers, *framing)]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")

    def cut(self) -> None:
        """Reset the connection: the client reads an error, not an end."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()


def whole(line: Line, answer: Answer, *, packed: bool, keep_alive: bool) -> None:
    """As it should be, in one piece."""
    body = answer.content.packed if packed else answer.content.plain
    framing: Headers = (("Vary", "Accept-Encoding"),)
    if packed:
        framing += (("Content-Encoding", "gzip"),)
    if answer.status != 204:
        framing += (("Content-Length", str(len(body))),)
    if not keep_alive:
        framing += (("Connection", "close"),)
    line.send(line.head(answer, framing) + (b"" if answer.status == 204 else body))


def fixed(body: bytes, encoding: str | None) -> Wire:
    """These bytes, labelled with this encoding, in their full length."""

    def send(line: Line, answer: Answer) -> None:
        framing: Headers = (("Content-Length", str(len(body))),)
        if encoding is not None:
            framing += (("Content-Encoding", encoding),)
        line.send(line.head(answer, (*framing, ("Connection", "close"))) + body)

    return send


def refuse(line: Line, answer: Answer) -> None:
    """Nothing but a reset."""
    line.cut()


def reset(share: float) -> Wire:
    """A reset in the middle of the body."""

    def send(line: Line, answer: Answer) -> None:
        body = answer.content.plain
        head = line.head(answer, (("Content-Length", str(len(body))),))
        line.send(head + body[: int(len(body) * share)])
        line.wait(0.05)
        line.cut()

    return send


def hang(seconds: float) -> Wire:
    """The request is read and never answered."""

    def send(line: Line, answer: Answer) -> None:
        line.wait(seconds)

    return send


def drip(interval: float, size: int, *, of_headers: bool) -> Wire:
    """A few bytes at a time, of the headers or of the body."""

    def send(line: Line, answer: Answer) -> None:
        body = answer.content.plain
        head = line.head(answer, (("Content-Length", str(len(body))), ("Connection", "close")))
        if not of_headers:
            line.send(head)
        content = head + body if of_headers else body
        for start in range(0, len(content), size):
            line.send(content[start : start + size])
            if not line.wait(interval):
                return

    return send


def truncate(share: float) -> Wire:
    """Fewer bytes than Content-Length says."""

    def send(line: Line, answer: Answer) -> None:
        body = answer.content.plain
        head = line.head(answer, (("Content-Length", str(len(body))), ("Connection", "close")))
        line.send(head + body[: int(len(body) * share)])

    return send


def chunked(share: float, bad_size: str | None = None) -> Wire:
    """Chunks without the last one; or with a size that is no number."""

    def send(line: Line, answer: Answer) -> None:
        framing = (("Transfer-Encoding", "chunked"), ("Connection", "close"))
        body = answer.content.plain[: max(2, int(len(answer.content.plain) * share))]
        half = len(body) // 2
        parts = [body[:half], body[half:]]
        out = line.head(answer, framing)
        for number, part in enumerate(parts):
            size = bad_size if bad_size is not None and number == 1 else f"{len(part):x}"
            out += size.encode() + b"\r\n" + part + b"\r\n"
        line.send(out)

    return send


def cut_valid_json(share: float) -> Wire:
    """A shorter list that is whole JSON, ended by closing the connection."""

    def send(line: Line, answer: Answer) -> None:
        value = answer.content.value
        if isinstance(value, list):
            value = value[: int(len(value) * share)]
        elif isinstance(value, dict) and "prices" in value:
            value = {name: pairs[: int(len(pairs) * share)] for name, pairs in value.items()}
        head = line.head(answer, (("Connection", "close"),))
        line.send(head + json.dumps(value, separators=(",", ":")).encode())

    return send
