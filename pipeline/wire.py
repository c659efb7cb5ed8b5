"""One exchange over HTTP: a request, and its answer within bounds of time and size.

The session follows no redirect, keeps no cookie and takes nothing from the environment (proxy,
.netrc, certificates). What requests leaves open is closed here: its timeout bounds one read
of the socket, not the answer; it unpacks without limit and takes gzip without its trailer.
"""

from __future__ import annotations

import http.client
import io
import logging
import re
import ssl
import time
import zlib
from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING, Any

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3 import exceptions as faults
from urllib3.connection import HTTPConnection, HTTPSConnection

from pipeline.cause import meaning
from pipeline.errors import UsageError
from pipeline.reply import Reply
from pipeline.retry import Fault, GarbledError, HopelessError, LostError

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterable, Iterator, Mapping

    from pipeline.secret import Secret
    from pipeline.settings import Http

LARGEST_BYTES = 64 * 1024 * 1024
_LARGEST_RATIO = 200
# Below it the ratio says nothing: a short list of equal rows packs well, and is harmless.
_RATIO_FROM_BYTES = 1024 * 1024
_BLOCK_BYTES = 64 * 1024


class Wire:
    """A kept-alive connection to one host."""

    def __init__(self, limits: Http, version: str) -> None:
        """Connect on the first request.

        Raises:
            UsageError: the contact or the file of certificates in the settings is none.
        """
        self._limits = limits
        self._verify = _certificates(limits.ca_file) or True
        self._session = _Session()
        self._session.headers.clear()
        self._session.headers.update(
            {
                "User-Agent": _user_agent(version, limits.contact),
                "Accept-Encoding": "gzip",
            }
        )

    def get(
        self,
        url: str,
        headers: Mapping[str, str],
        total_seconds: float,
        *,
        secret_query: Secret | None = None,
    ) -> Reply:
        """The answer to a GET, to its last byte.

        ``secret_query`` is added to the address for the host alone: the libraries write the
        address into their exceptions and their log, so that neither is let out.

        Raises:
            Fault: there is no answer, or one that breaks the protocol or its bounds.
        """
        if secret_query is None:
            return self._get(url, headers, total_seconds)
        logging.getLogger("urllib3").setLevel(logging.CRITICAL)
        fault: Fault | None = None
        try:
            return self._get(
                f"{url}{'&' if '?' in url else '?'}{secret_query.reveal()}", headers, total_seconds
            )
        except Fault as found:
            fault = found
        # Without what led to it: the exceptions of the libraries hold the address.
        fault.__cause__ = fault.__context__ = None
        raise fault.with_traceback(None)

    def _get(self, url: str, headers: Mapping[str, str], total_seconds: float) -> Reply:
        # requests hands it on as it is, though it does not say so.
        timeout: Any = urllib3.Timeout(
            connect=min(self._limits.connect_seconds, total_seconds), total=total_seconds
        )
        try:
            with self._session.get(
                url, headers=headers, stream=True, timeout=timeout, verify=self._verify
            ) as response:
                return _reply(response)
        except (
            *(requests.RequestException, faults.HTTPError, http.client.HTTPException),
            *(OSError, ValueError),
        ) as error:
            raise meaning(error, total_seconds) from error


def _reply(response: requests.Response) -> Reply:
    content = b""
    try:
        content = b"".join(_unpacked(response))
    except (Fault, faults.HTTPError, http.client.HTTPException, OSError, ValueError):
        if response.status_code == requests.codes.ok:
            raise
    headers = {name.lower(): text for name, text in response.headers.items()}
    return Reply(response.status_code, headers, content)


def _unpacked(response: requests.Response) -> Iterable[bytes]:
    packed = response.raw.stream(_BLOCK_BYTES, decode_content=False)
    match response.headers.get("Content-Encoding", "").strip().lower():
        case "" | "identity":
            return packed  # bounded by the connection
        case "gzip" | "x-gzip":
            return _gunzip(packed)
    raise HopelessError("is packed in a way that was not asked for, which is gzip alone")


def _gunzip(packed: Iterator[bytes]) -> Iterator[bytes]:
    """Unpack one gzip member (RFC 1952), whose checksum must be there and right."""
    unpack = zlib.decompressobj(wbits=31)
    taken = given = 0
    for block in packed:
        if unpack.eof:
            raise GarbledError("goes on after the end of its gzip data")
        taken += len(block)
        while block:
            try:
                plain = unpack.decompress(block, _BLOCK_BYTES)
            except zlib.error as error:
                raise GarbledError(f"is no gzip data, though it says so ({error})") from error
            given += len(plain)
            if given > LARGEST_BYTES or given > max(_RATIO_FROM_BYTES, taken * _LARGEST_RATIO):
                raise HopelessError(f"unpacks to more than {given} bytes out of {taken}")
            yield plain
            block = unpack.unconsumed_tail
    if not unpack.eof:
        raise LostError("the answer broke off inside its gzip data")
    if unpack.unused_data:
        raise GarbledError("goes on after the end of its gzip data")


def _certificates(file: str | None) -> str | None:
    if file is None:
        return None
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(file)
    except OSError as error:
        raise UsageError(
            f"CAPBRIEF_HTTP__CA_FILE: {file} is no file of certificates ({error})"
        ) from error
    return file


def _user_agent(version: str, contact: str | None) -> str:
    about = "AI-token market and GPU-capacity reports"
    if contact and not re.fullmatch(r"[ -'*-~]+", contact):
        raise UsageError(
            "CAPBRIEF_HTTP__CONTACT: write an address in plain characters without brackets"
        )
    return (
        f"capbrief/{version} ({about}; {contact})" if contact else f"capbrief/{version} ({about})"
    )


# --- Bounds that the libraries leave open ----------------------------------------------------


class _Session(requests.Session):
    def __init__(self) -> None:
        super().__init__()
        self.trust_env = False
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        for scheme in ("https://", "http://"):
            self.mount(scheme, _Adapter(pool_connections=1, pool_maxsize=1))

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        # Even where it is not to follow one, requests reads the body of a redirect unbounded.
        return None


class _Answer(http.client.HTTPResponse):
    def __init__(self, sock: socket.socket, *arguments: Any, **options: Any) -> None:
        super().__init__(sock, *arguments, **options)
        self.fp: Any = io.BufferedReader(_Bounded(sock, self.fp.detach()))


class _Bounded(io.RawIOBase):
    """All bytes of one answer, from its status line on.

    urllib3 leaves what remains of the total time on the socket as its timeout, where it would
    start afresh with every byte that arrives; here it runs from the first read to the last.
    """

    def __init__(self, sock: socket.socket, stream: io.RawIOBase) -> None:
        self._sock = sock
        self._stream = stream
        self._deadline = time.monotonic() + (sock.gettimeout() or 0.0)
        self._left_bytes = LARGEST_BYTES

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._sock.settimeout(left)
        count = self._stream.readinto(buffer)
        self._left_bytes -= count or 0
        if self._left_bytes < 0:
            raise HopelessError(f"is longer than {LARGEST_BYTES} bytes")
        return count

    def close(self) -> None:
        self._stream.close()
        super().close()


class _Plain(HTTPConnection):
    response_class = _Answer


class _Tls(HTTPSConnection):
    response_class = _Answer


class _PlainPool(urllib3.HTTPConnectionPool):
    ConnectionCls = _Plain


class _TlsPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _Tls


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        super().init_poolmanager(*arguments, **options)
        self.poolmanager.pool_classes_by_scheme = {"http": _PlainPool, "https": _TlsPool}
