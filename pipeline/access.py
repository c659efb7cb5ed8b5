"""Access: to whom a source may speak, and as whom."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode, urlsplit

from pipeline.contact import is_this_machine
from pipeline.errors import CapbriefError, UsageError
from pipeline.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pipeline.budget import Allowance, Usage


@dataclass(frozen=True)
class Access:
    """To whom a source may speak, and as whom.

    ``url`` is the base address, ``hosts`` the names it may have (this machine's own are always
    allowed), ``header`` the name and the value of the header with the key. Where a vendor takes its
    key in the address alone, ``key_parameter`` has its name and value: ``url_of`` leaves it out, so
    that what is logged, kept and shown never had it, and ``secret_query`` is for the wire alone.
    ``refusal`` is asked
    about every answer, by its status and its JSON value if it has one, and gives the error that
    the vendor's own codes mean, or None where they mean none. ``usage`` is given
    a door and asks the vendor what it counted for the key, where it tells. ``probe`` is the path of
    a document that costs its host least, empty where there is none but those with data. Without
    ``is_patient`` a host is tried less often and not waited for, as a run can do without it.

    Raises:
        UsageError: the address is not https, or not at one of the hosts, or the key has
            characters that no header can hold.
    """

    source: str
    url: str
    hosts: frozenset[str]
    header: tuple[str, Secret] | None
    allowance: Allowance
    refusal: Callable[[int, Any], CapbriefError | None]
    usage: Callable[[Any], Usage] | None = None
    is_patient: bool = True
    key_parameter: tuple[str, Secret] | None = None
    probe: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        flaw = _address_flaw(self.url, self.hosts)
        if flaw:
            raise UsageError(f"{self.source}: the address {flaw}")
        if any(not re.fullmatch(r"[!-~]+", secret.reveal()) for secret in self.secrets):
            raise UsageError(
                f"{self.source}: the key is empty, or has a blank, a line break or another "
                "character that no key has; copy it again"
            )

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """What nothing that is logged, kept or shown may hold."""
        return tuple(key[1] for key in (self.header, self.key_parameter) if key)

    @property
    def secret_query(self) -> Secret | None:
        """The part of every address that only the host may see, if there is one."""
        if self.key_parameter is None:
            return None
        name, secret = self.key_parameter
        return Secret(urlencode({name: secret.reveal()}, quote_via=quote, safe=""))

    def url_of(self, path: Sequence[str], parameters: Mapping[str, str]) -> str:
        """The address of a document; any text can be a segment of its path but "" and dots.

        Without a path it is the base address as it stands, with its last slash.

        Raises:
            ValueError: a segment would lead elsewhere.
        """
        for segment in path:
            if segment in ("", ".", ".."):
                raise ValueError(f"{segment!r} is no segment of a path")
        url = "/".join([self.url.rstrip("/"), *(quote(segment, safe="") for segment in path)])
        url = url if path else self.url
        return f"{url}?{urlencode(parameters, quote_via=quote)}" if parameters else url


def _address_flaw(url: str, hosts: frozenset[str]) -> str | None:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        return f"is none ({error})"
    # Not shown: somebody may have put a key into it.
    if not host or parts.username is not None or not re.fullmatch(r"[!-~]+", url):
        return "must be https://host/path, without a user and without blanks"
    if "?" in url or "#" in url:
        return f"of {host} must end before the question mark; a key goes into the settings"
    if is_this_machine(host):
        known = parts.scheme in ("http", "https")
        return None if known else "of this machine must begin with http:// or https://"
    if parts.scheme != "https":
        return f"of {host} must begin with https://"
    allowed = " or ".join(sorted(hosts))
    return None if host in hosts else f"is at {host}, which is not its host; that is {allowed}"
