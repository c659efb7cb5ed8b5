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
import socket
import ssl
import time
import zlib
from http.cookiejar import DefaultCookiePolicy
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3 import exceptions as faults
from urllib3.connection import HTTPConnection, HTTPSConnection

from pipeline.cause import meaning
from pipeline.contact import may_reach
from pipeline.errors import UsageError
from pipeline.reply import Reply
from pipeline.retry import Fault, GarbledError, HopelessError, LostError
from pipeline.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pipeline.settings import Http

LARGEST_BYTES = 64 * 1024 * 1024
_LARGEST_RATIO = 200
# Below it the ratio says nothing: a short list of equal rows packs well, and is harmless.
_RATIO_FROM_BYTES = 1024 * 1024
_BLOCK_BYTES = 64 * 1024


class Wire:
    """A kept-alive connection to one host."""

    def __init__(
        self, limits: Http, version: str, *, is_users: bool = False, allow_private: bool = False
    ) -> None:
        """Connect on the first request.

        Args:
            limits: of one exchange.
            version: of the program.
            is_users: the address is the user's own, so that what it leads to is looked at before
                anything is connected (pipeline.contact).
            allow_private: whether that may be in a private network.

        Raises:
            UsageError: the contact or the file of certificates in the settings is none.
        """
        self._limits = limits
        self._verify = _certificates(limits.ca_file) or True
        self._session = _Session(_guarded(allow_private) if is_users else _POOLS)
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
            return self._ask("GET", url, headers, None, total_seconds)
        full = Secret(f"{url}{'&' if '?' in url else '?'}{secret_query.reveal()}")
        return self._ask_unseen("GET", full, headers, None, total_seconds)

    def post(
        self, url: Secret, headers: Mapping[str, str], content: bytes, total_seconds: float
    ) -> Reply:
        """The answer to a POST, to its last byte; the address is let out to the host alone.

        Raises:
            Fault: there is no answer, one that breaks the protocol or its bounds, or the address
                leads to where it may not.
        """
        return self._ask_unseen("POST", url, headers, content, total_seconds)

    def _ask_unseen(
        self,
        method: str,
        url: Secret,
        headers: Mapping[str, str],
        content: bytes | None,
        total_seconds: float,
    ) -> Reply:
        """As ``_ask``, for an address that the libraries' exceptions and log may not show."""
        logging.getLogger("urllib3").setLevel(logging.CRITICAL)
        fault: Fault | None = None
        try:
            return self._ask(method, url.reveal(), headers, content, total_seconds)
        except Fault as found:
            fault = found
        # Without what led to it: the exceptions of the libraries hold the address.
        fault.__cause__ = fault.__context__ = None
        raise fault.with_traceback(None)

    def _ask(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        content: bytes | None,
        total_seconds: float,
    ) -> Reply:
        # requests hands it on as it is, though it does not say so.
        timeout: Any = urllib3.Timeout(
            connect=min(self._limits.connect_seconds, total_seconds), total=total_seconds
        )
        try:
            with self._session.request(
                method,
                url,
                headers=headers,
                data=content,
                stream=True,
                timeout=timeout,
                verify=self._verify,
                allow_redirects=False,
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
    def __init__(self, pools: Mapping[str, type]) -> None:
        super().__init__()
        self.trust_env = False
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        for scheme in ("https://", "http://"):
            self.mount(scheme, _Adapter(pools))

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


_POOLS = {"http": _PlainPool, "https": _TlsPool}


def _guarded(allow_private: bool) -> dict[str, type]:
    """Pools whose connections lead only to where a user's address may lead.

    The addresses that are looked at are those that are connected to: a name server that answers
    otherwise the next time (DNS rebinding) is not asked again.
    """

    class Guarded(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            found = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
            addresses = [str(address[0]).partition("%")[0] for *_, address in found]
            allowed = [
                one
                for one in addresses
                if may_reach(ip_address(one), self.host, allow_private=allow_private)
            ]
            if not allowed:
                raise HopelessError("leads into a network that it may not lead to")
            return _connected(allowed, self)

    class Plain(Guarded, _Plain): ...

    class Tls(Guarded, _Tls): ...

    class PlainPool(_PlainPool):
        ConnectionCls = Plain

    class TlsPool(_TlsPool):
        ConnectionCls = Tls

    return {"http": PlainPool, "https": TlsPool}


def _connected(addresses: list[str], connection: HTTPConnection) -> socket.socket:
    """A connection to the first address that takes one.

    Raises:
        OSError: none does.
    """
    error: OSError = OSError("no address")
    for address in addresses:
        try:
            return urllib3.util.connection.create_connection(
                (address, connection.port),
                connection.timeout,
                socket_options=connection.socket_options,
            )
        except OSError as found:
            error = found
    raise error


class _Adapter(HTTPAdapter):
    def __init__(self, pools: Mapping[str, type]) -> None:
        self._pools = pools
        super().__init__(pool_connections=1, pool_maxsize=1)

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        super().init_poolmanager(*arguments, **options)
        self.poolmanager.pool_classes_by_scheme = self._pools
