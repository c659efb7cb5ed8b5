"""Channels: whether who is to be told can be told; nothing is sent."""

from __future__ import annotations

import os
import smtplib
import socket
import ssl
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from pipeline.errors import DeliveryError
from pipeline.ops.finding import broken, doubtful, well

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pipeline.ops.asked import Asked
    from pipeline.ops.finding import Finding
    from pipeline.secret import Secret
    from pipeline.settings import Http, Mail

_SECONDS: Final = 10.0
_PORTS: Final = {"starttls": 587, "tls": 465, "none": 25}


def told(asked: Asked) -> Iterator[Finding]:
    """Who is told, and whether the folders that are written for others can be."""
    chosen = asked.job.settings
    flaws: list[Finding] = []
    folders = [
        (f"deliver.{name}", Path(one.folder))
        for name, one in chosen.deliver.items()
        if one.folder is not None
    ]
    if chosen.monitor.textfile is not None:
        folders.append(("monitor.textfile", Path(chosen.monitor.textfile).parent))
    for name, folder in folders:
        if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
            error = DeliveryError(f"{name}: {folder} is no folder that this user can write")
            flaws += broken("channels", error, f"make it, or name another one in {name}")
    yield from flaws
    names = ", ".join(f"{name} ({one.kind})" for name, one in chosen.deliver.items())
    if not names and chosen.monitor.ping_url is None:
        yield doubtful(
            "channels",
            "nobody is told how runs end, nor that none was started",
            "set a channel in [deliver.<name>], or monitor.ping_url",
        )
    elif not flaws:
        yield well("channels", names or "a dead man's switch")


def reached(asked: Asked) -> Iterator[Finding]:
    """Whether servers of channels answer; mail ends before a message, the others before a POST."""
    if not asked.online:
        return
    chosen = asked.job.settings
    if any(one.kind == "mail" for one in chosen.deliver.values()):
        yield from _tried("mail server", lambda: _greet(chosen.mail, chosen.http))
    addresses = [(name, one.url) for name, one in chosen.deliver.items() if one.url is not None]
    if chosen.monitor.ping_url is not None:
        addresses.append(("monitor.ping_url", chosen.monitor.ping_url))
    for name, url in addresses:
        yield from _tried(name, lambda url=url: _connect(url, chosen.http))  # type: ignore[misc]


def _tried(name: str, attempt: Callable[[], str]) -> Iterator[Finding]:
    # Of an address that is a secret nothing is shown, its host neither.
    try:
        said = attempt()
    except ssl.SSLCertVerificationError as error:
        reason = f"its certificate is not trusted ({error.verify_message})"
        mend = "if this network has certificates of its own, name their file in http.ca_file"
    except ssl.SSLError as error:
        reason, mend = f"cannot speak TLS ({error.reason})", "look at its port and its security"
    except socket.gaierror as error:
        reason, mend = f"its name is not found ({error.strerror})", "look at its name"
    except TimeoutError:
        reason, mend = f"does not answer within {_SECONDS:g} s", "look at its port and a firewall"
    except smtplib.SMTPException as error:
        reason, mend = f"refuses ({error})", "look at mail.security and mail.port"
    except OSError as error:
        reason, mend = f"cannot be reached ({error.strerror})", "look at its port and a firewall"
    else:
        yield well("reached", f"{name}: {said}")
        return
    yield from broken("reached", DeliveryError(f"{name}: {reason}"), mend)


def _greet(mail: Mail, http: Http) -> str:
    assert mail.host is not None
    port = mail.port or _PORTS[mail.security]
    context = ssl.create_default_context(cafile=http.ca_file)
    server: smtplib.SMTP
    if mail.security == "tls":
        server = smtplib.SMTP_SSL(mail.host, port, timeout=_SECONDS, context=context)
    else:
        server = smtplib.SMTP(mail.host, port, timeout=_SECONDS)
    with server:
        server.ehlo()
        if mail.security == "starttls":
            server.starttls(context=context)
            server.ehlo()
        server.noop()
    return f"answers ({mail.security})"


def _connect(url: Secret, http: Http) -> str:
    parts = urlsplit(url.reveal())
    is_tls = parts.scheme == "https"
    host, port = parts.hostname or "", parts.port or (443 if is_tls else 80)
    with socket.create_connection((host, port), timeout=_SECONDS) as connection:
        if is_tls:
            context = ssl.create_default_context(cafile=http.ca_file)
            context.wrap_socket(connection, server_hostname=host).close()
    return "can be reached"


PROBES = (("channels", told), ("reached", reached))
