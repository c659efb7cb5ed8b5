"""What an exception of the HTTP libraries means; they wrap one another up to five times."""

from __future__ import annotations

import http.client
import socket
import ssl
from typing import TYPE_CHECKING

import requests
from urllib3 import exceptions as faults

from pipeline.retry import Fault, HopelessError, LostError, UntrustedError

if TYPE_CHECKING:
    from collections.abc import Iterator


def meaning(error: Exception, total_seconds: float) -> Fault:
    """What ended a request of at most ``total_seconds``: its most telling cause decides."""
    causes = list(_causes(error))
    for read in (_tls, _time, _protocol, _network):
        for cause in causes:
            found = read(cause, total_seconds)
            if found is not None:
                return found
    return LostError("the connection broke off")


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _tls(cause: BaseException, _: float) -> Fault | None:
    match cause:
        case ssl.SSLEOFError() | ssl.SSLZeroReturnError():
            return LostError("the connection broke off")
        case ssl.SSLCertVerificationError():
            return UntrustedError(f"its certificate is not trusted: {cause.verify_message}")
        case ssl.SSLError():
            return UntrustedError(f"it cannot speak TLS with us ({cause.reason or cause})")
    return None


def _time(cause: BaseException, total_seconds: float) -> Fault | None:
    match cause:
        case faults.NewConnectionError():  # a kind of time-out in name only
            return None
        case faults.ConnectTimeoutError():
            return LostError("did not take the connection in time")
        case TimeoutError() | faults.TimeoutError():
            return LostError(f"gave no whole answer within {total_seconds:g} s")
    return None


def _protocol(cause: BaseException, _: float) -> Fault | None:
    match cause:
        case http.client.RemoteDisconnected():
            return None
        case http.client.LineTooLong() | faults.InvalidHeader():
            return HopelessError("has headers beyond all bounds")
        case faults.InvalidChunkLength():
            return HopelessError("is cut into chunks of impossible sizes")
        case http.client.IncompleteRead():
            return LostError("the answer broke off before its end")
        case http.client.BadStatusLine():
            return HopelessError("does not speak HTTP")
        case http.client.HTTPException() if "headers" in str(cause):
            return HopelessError("has headers beyond all bounds")
        case ValueError() if not isinstance(cause, UnicodeError | requests.RequestException):
            return HopelessError("breaks the rules of HTTP")
    return None


def _network(cause: BaseException, _: float) -> Fault | None:
    match cause:
        case socket.gaierror():
            return LostError(f"its name is not found ({cause.strerror})")
        case OSError() if cause.strerror:
            return LostError(f"cannot be reached ({cause.strerror.lower()})")
    return None
