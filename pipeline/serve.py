"""Serve: a read-only page on this machine, of the reports, the runs and the warehouse.

It listens on loopback alone and answers nobody who came by another name than that (a page of the
web whose host is made to point here). Who wants it elsewhere puts a server with a login before it.
"""

from __future__ import annotations

import secrets
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from traceback import format_exception
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from pipeline.errors import StorageError, UsageError
from pipeline.site import Page, Site

if TYPE_CHECKING:
    from pipeline.job import Job

_MOST_BYTES = 1_000_000
_MOST_FIELDS = 10
_SECONDS = 60
_HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class Server(ThreadingHTTPServer):
    """Answers until it is shut down; ``address`` is where."""

    daemon_threads = True

    def __init__(self, job: Job, host: str, port: int) -> None:
        """Listen.

        Args:
            job: of the home that is shown.
            host: an address of this machine alone, as 127.0.0.1.
            port: 0 for one that is free.

        Raises:
            UsageError: the host is not of this machine alone, or no address of IPv4.
            StorageError: the port is taken.
        """
        if not _is_loopback(host):
            raise UsageError(
                f"--host {host}: is not of this machine alone; serve on 127.0.0.1, and put a "
                "server with a login before it"
            )
        self.job = job
        self.site = Site(job, secrets.token_urlsafe(16))
        # A query takes a process of its own: one at a time, so that the machine stays usable.
        self.turn = threading.Lock()
        try:
            super().__init__((host, port), _Handler)
        except OSError as error:
            raise StorageError(
                f"port {port}: cannot be listened on ({error.strerror}); give another --port"
            ) from error
        bound = self.server_address[1]
        self.names = {f"{name}:{bound}" for name in ("localhost", "127.0.0.1", host)}
        self.address = f"http://{host}:{bound}/"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Log what went wrong with one answer; a browser that went away is no fault."""
        error = sys.exception()
        if not isinstance(error, ConnectionError | TimeoutError):
            self.job.log("serve_failed", stage="serve", reason="".join(format_exception(error)))


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback and ":" not in host
    except ValueError:
        return False


class _Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"
    server_version = "capbrief"
    sys_version = ""
    timeout = _SECONDS

    def do_GET(self) -> None:
        if self._is_ours():
            self._send(self.server.site.get(self.path))

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_POST(self) -> None:
        if not self._is_ours():
            return
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > _MOST_BYTES:
            self._refuse(413, "too long")
            return
        content = self.rfile.read(int(length)).decode("utf-8", "replace")
        try:
            form = dict(parse_qsl(content, keep_blank_values=True, max_num_fields=_MOST_FIELDS))
        except ValueError:
            self._refuse(400, "too many fields")
            return
        if not self.server.turn.acquire(timeout=_SECONDS):
            self._refuse(503, "another query is running")
            return
        try:
            page = self.server.site.post(self.path, form)
        finally:
            self.server.turn.release()
        self._send(page)

    def _is_ours(self) -> bool:
        """Whether who asks is a page of this server, by the names that it has; refuses others."""
        origin = self.headers.get("Origin")
        if not self.path.startswith("/"):
            self._refuse(400, "no path of this server")
            return False
        is_named = self.headers.get("Host") in self.server.names
        if is_named and (origin is None or origin.removeprefix("http://") in self.server.names):
            return True
        self._refuse(403, "not of this machine")
        return False

    def _refuse(self, status: int, reason: str) -> None:
        self.close_connection = True
        self._send(Page(status, "text/plain; charset=utf-8", f"{reason}\n".encode()))

    def _send(self, page: Page) -> None:
        self.send_response(page.status)
        headers = {
            "Content-Type": page.media_type,
            "Content-Length": str(len(page.content)),
            **_HEADERS,
            **page.headers,
        }
        for name, text in headers.items():
            self.send_header(name, text)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(page.content)

    def log_message(self, format: str, *arguments: Any) -> None:
        self.server.job.log("asked", stage="serve", line=format % arguments)
