"""A host that says exactly the bytes it is told to, and a door to it."""

from __future__ import annotations

import socket
import ssl
import struct
import threading
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from pipeline.budget import Allowance, Budget
from pipeline.http import Access, Answer, Door
from pipeline.ledger import Ledger
from pipeline.settings import Http

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pipeline.errors import CapbriefError
    from pipeline.secret import Secret

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
# What a connection does: say bytes, pause, read a request, send a reset.
READ, RESET = "read", "reset"
Step = bytes | float | str


def reply(body: bytes = b"[1]", status: str = "200 OK", *headers: str, **changes: str) -> bytes:
    """A well-formed answer; a header with the value "" is left out."""
    lines = {
        "Content-Type": "application/json; charset=utf-8",
        "Content-Length": str(len(body)),
        **{name.replace("_", "-"): value for name, value in changes.items()},
    }
    head = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in lines.items() if value)]
    return "\r\n".join([*head, *headers, "", ""]).encode("latin-1") + body


class Host:
    """Listens on this machine and plays a script for every connection, the last one for ever."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.requests: list[bytes] = []
        self.connections = 0
        self._scripts: list[list[Step]] = []
        self._tls = tls
        self._threads: list[threading.Thread] = []
        self._open: list[socket.socket] = []
        self._closing = threading.Event()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._listen = threading.Thread(target=self._accept, daemon=True)
        self._listen.start()

    @property
    def port(self) -> int:
        return int(self._socket.getsockname()[1])

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}/api/v3"

    def plays(self, *scripts: list[Step]) -> None:
        """One script a connection."""
        self._scripts = list(scripts)

    def says(self, *replies: bytes) -> None:
        """One reply a connection, after the request; then it hangs up."""
        scripts: list[list[Step]] = [[READ, each] for each in replies]
        self.plays(*scripts)

    @property
    def targets(self) -> list[str]:
        """What was asked for, without the method."""
        return [head.split(b" ")[1].decode() for head in self.requests]

    def headers(self, request: int = -1) -> dict[str, str]:
        lines = self.requests[request].decode().split("\r\n")[1:]
        return dict(line.split(": ", 1) for line in lines if line)

    def close(self) -> None:
        self._closing.set()
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._listen.join(5)
        for line in self._open:
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)

    def _accept(self) -> None:
        while True:
            try:
                line, _ = self._socket.accept()
            except OSError:
                return
            script = self._scripts[min(self.connections, len(self._scripts) - 1)]
            self.connections += 1
            self._open.append(line)
            thread = threading.Thread(target=self._play, args=(line, script), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _play(self, line: socket.socket, script: list[Step]) -> None:
        with line, suppress(OSError):
            if self._tls:
                with self._tls.wrap_socket(line, server_side=True) as secure:
                    self._perform(secure, script)
            else:
                self._perform(line, script)

    def _perform(self, line: socket.socket, script: list[Step]) -> None:
        for step in script:
            if isinstance(step, bytes):
                line.sendall(step)
            elif isinstance(step, float):
                self._closing.wait(step)
            elif step == READ:
                head = b""
                while not head.endswith(b"\r\n\r\n"):
                    block = line.recv(65536)
                    if not block:
                        return
                    head += block
                self.requests.append(head)
            else:
                line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


@pytest.fixture
def host() -> Iterator[Host]:
    made = Host()
    yield made
    made.close()


@pytest.fixture
def limits() -> Http:
    """Small ones, so that a test lasts no longer than it must."""
    return Http(connect_seconds=2.0, total_seconds=5.0, tries=3, backoff_seconds=1.0)


@dataclass
class Opener:
    """Makes doors, and keeps what they did: sleeps are noted, not slept."""

    budget: Budget
    ledger: Ledger
    limits: Http
    events: list[tuple[str, dict[str, object]]]
    slept: list[float] = field(default_factory=list)
    key: Secret | None = None
    is_key_in_address: bool = False
    refusal: Callable[[int, Any], CapbriefError | None] = lambda status, value: None

    def __call__(self, url: str, *, access: dict[str, Any] | None = None, **changes: Any) -> Door:
        given = Access(
            source="gecko",
            url=url,
            hosts=frozenset({"api.example.org"}),
            header=("x-key", self.key) if self.key and not self.is_key_in_address else None,
            key_parameter=("apikey", self.key) if self.key and self.is_key_in_address else None,
            allowance=Allowance("test", 1e9, None),
            refusal=self.refusal,
        )
        return Door(
            replace(given, **(access or {})),
            replace(self.limits, **changes),
            self.budget,
            self.ledger,
            log=lambda event, **fields: self.events.append((event, fields)),
            clock=lambda: NOW,
            version="1.2.3",
            sleep=self.slept.append,
            draw=lambda: 0.5,
        )

    def logged(self, event: str) -> list[dict[str, object]]:
        return [fields for name, fields in self.events if name == event]


@pytest.fixture
def opener(tmp_path: Path, limits: Http, events: list[tuple[str, dict[str, object]]]) -> Opener:
    path = tmp_path / "ledger.sqlite"
    return Opener(Budget(path), Ledger(path), limits, events)


def anything(value: object) -> None:
    """A gate that lets all through."""


class Asker:
    """Asks the host through a door."""

    def __init__(self, opener: Opener, host: Host) -> None:
        self._opener, self._host = opener, host
        self.door: Door | None = None

    def __call__(
        self,
        *path: str,
        gate: Callable[[Any], str | None] = anything,
        parameters: dict[str, str] | None = None,
    ) -> Answer:
        if self.door is None:
            self.door = self._opener(self._host.url)
        return self.door(path or ("ping",), parameters or {}, gate=gate)


@pytest.fixture
def ask(opener: Opener, host: Host) -> Asker:
    return Asker(opener, host)
