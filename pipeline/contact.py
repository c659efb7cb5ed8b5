"""Contact: addresses that a user gives to be told at, and what is wrong with one.

An address of the web may be a secret as a whole, so no message shows it.
"""

from __future__ import annotations

import base64
import binascii
import re
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final
from urllib.parse import urlsplit

Address = IPv4Address | IPv6Address

_MAIL: Final = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9]([A-Za-z0-9.-]{0,252}[A-Za-z0-9])?"
)
_LARGEST_URL: Final = 2000
# Standard Webhooks 1.0: a key of 24 to 64 bytes.
_KEY_BYTES: Final = range(24, 65)
_KEY_PREFIX: Final = "whsec_"
# Clouds answer there with the credentials of the machine, and at 169.254.169.254, which is
# link-local anyway.
_METADATA: Final = tuple(
    map(ip_network, ("100.100.100.200", "192.0.0.192", "fd00:ec2::/32", "fd20:ce::/32"))
)
_SHARED: Final = ip_network("100.64.0.0/10")
_NAT64: Final = ip_network("64:ff9b::/96")


def mail_flaw(address: str) -> str | None:
    """What is wrong with an address of mail, null where nothing is.

    One address alone, without a name: nothing in it can begin another header.
    """
    if _MAIL.fullmatch(address) and ".." not in address:
        return None
    return f"{address!r} is no address of mail, such as ops@example.org"


def web_flaw(url: str, *, is_extended: bool = False) -> str | None:
    """What is wrong with an address that is posted to, null where nothing is.

    Args:
        url: the address.
        is_extended: whether something is put behind its path, so that it must end there.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "is no address of the web"
    if not host or not re.fullmatch(r"[!-~]+", url) or len(url) > _LARGEST_URL:
        return "must be an address like https://host/path, without blanks"
    if parts.username is not None or parts.fragment:
        return "must have no user and no # in it"
    if is_extended and parts.query:
        return "must end before the question mark"
    if parts.scheme == "https" or (parts.scheme == "http" and is_this_machine(host)):
        return None
    return "must begin with https:// (http:// is for this machine alone)"


def is_this_machine(host: str) -> bool:
    """Whether a host is literally this machine: localhost, or an address that never leaves it."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def may_reach(found: Address, host: str, *, allow_private: bool) -> bool:
    """Whether a user's address of the web may lead to that address of the network.

    Link-local addresses, those of many and those with the credentials of a cloud's machine never
    count; this machine only where the host says so itself, whatever a name server answers.

    Args:
        found: the address that is about to be connected to.
        host: as it stands in the address of the web.
        allow_private: whether it may be in a private network.
    """
    ip = _plain(found)
    if is_this_machine(host) or ip.is_loopback:
        return is_this_machine(host) and ip.is_loopback
    if any(ip in one for one in _METADATA) or ip.is_link_local or ip.is_multicast:
        return False
    if ip.is_unspecified or ip.is_reserved:
        return False
    return ip.is_global or (allow_private and (ip.is_private or ip in _SHARED))


def _plain(found: Address) -> Address:
    """The IPv4 address that an IPv6 address stands for, if it stands for one."""
    if isinstance(found, IPv4Address):
        return found
    if found in _NAT64:
        return IPv4Address(int(found) & 0xFFFFFFFF)
    return found.ipv4_mapped or found.sixtofour or found


def signing_key(text: str) -> bytes:
    """The bytes of a key that signs webhooks: base64, with or without ``whsec_``.

    Raises:
        ValueError: it is none.
    """
    try:
        found = base64.b64decode(text.removeprefix(_KEY_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        found = b""
    if len(found) not in _KEY_BYTES:
        raise ValueError(
            "must be 24 to 64 bytes in base64, with or without whsec_ before them; "
            "'openssl rand -base64 32' makes one"
        )
    return found
