"""Receivers on loopback: a mail server and an HTTP server that keep what they are sent."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
import time
import warnings
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import EmailMessage


@dataclass
class Mailbox:
    """What a mail server took, and how it is to behave.

    ``answers`` are given to the next mails at the end of their data, ``refused`` recipients are
    answered so. ``opened`` counts connections.
    """

    port: int = 0
    taken: list[tuple[list[str], EmailMessage]] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    logins: list[tuple[str, str]] = field(default_factory=list)
    is_dropping: bool = False
    opened: int = 0

    async def handle_RCPT(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if self.is_dropping:
            server.transport.abort()
            await asyncio.sleep(0.2)
        answer = self.answers.pop(0) if self.answers else "250 taken"
        if answer.startswith("250"):
            mail: Any = message_from_bytes(envelope.content, policy=policy.default)
            self.taken.append((list(envelope.rcpt_tos), mail))
        return answer

    def login(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> Any:
        assert isinstance(data, LoginPassword)
        self.logins.append((data.login.decode(), data.password.decode()))
        return AuthResult(success=data.password == b"right", handled=False)

    @property
    def subjects(self) -> list[str]:
        return [str(mail["Subject"]) for _, mail in self.taken]


@contextmanager
def mail_server(
    box: Mailbox,
    *,
    starttls: ssl.SSLContext | None = None,
    tls: ssl.SSLContext | None = None,
    needs_login: bool = False,
) -> Iterator[Mailbox]:
    """Serve ``box`` on a port of this machine."""
    loop = asyncio.new_event_loop()

    def protocol() -> SMTP:
        box.opened += 1
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that it would take a login without TLS
            return SMTP(
                box,
                hostname="mail.test",
                loop=loop,
                tls_context=starttls,
                require_starttls=starttls is not None,
                authenticator=box.login if needs_login else None,
                auth_required=needs_login,
                auth_require_tls=False,
            )

    server = loop.run_until_complete(loop.create_server(protocol, "127.0.0.1", box.port, ssl=tls))
    box.port = server.sockets[0].getsockname()[1]
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield box
    finally:
        loop.call_soon_threadsafe(server.close)

        async def rest() -> None:
            for task in asyncio.all_tasks() - {asyncio.current_task()}:
                task.cancel()
            await asyncio.sleep(0.05)

        asyncio.run_coroutine_threadsafe(rest(), loop).result(5)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)
        loop.close()


@dataclass
class Posted:
    """One request that was received."""

    path: str
    headers: dict[str, str]
    body: bytes


Answer = int | Callable[[BaseHTTPRequestHandler], None]
"""What is answered: a status, or what a function writes."""


@dataclass
class Receiver:
    """What an HTTP server was posted, and what it is to answer next."""

    url: str = ""
    posted: list[Posted] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)


@contextmanager
def http_server(received: Receiver) -> Iterator[Receiver]:
    """Serve ``received`` on a port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): text for name, text in self.headers.items()}
            received.posted.append(Posted(self.path, headers, body))
            answer = received.answers.pop(0) if received.answers else 200
            if not isinstance(answer, int):
                answer(self)
                return
            self.send_response(answer)
            self.send_header("Content-Length", "0")
            if 300 <= answer < 400:
                self.send_header("Location", f"{received.url}/elsewhere")
            self.end_headers()

        do_GET = do_POST  # noqa: N815

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    received.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield received
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def reset(handler: BaseHTTPRequestHandler) -> None:
    """Break the connection off without an answer."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    handler.connection.close()


def drip(handler: BaseHTTPRequestHandler) -> None:
    """Answer a byte at a time, for longer than anybody waits."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX: ")
    for _ in range(400):
        try:
            handler.wfile.write(b"x")
            handler.wfile.flush()
        except OSError:
            return
        time.sleep(0.1)
