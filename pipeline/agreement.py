"""Agreement: what is wrong with settings together that no value shows by itself."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from pipeline.contact import is_this_machine, mail_flaw, signing_key, web_flaw
from pipeline.secret import UNREAD
from pipeline.settings import WEB

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pipeline.layers import Value
    from pipeline.secret import Secret

_SIZE = re.compile(r"\d+(\.\d+)?\s*([KMGT]i?B)", re.I)
REFUSED = "refused"
"""Where a value stands that cannot be taken, and was said to be wrong."""
_LAST_PORT = 65_535
_OK_CODES = ("3", "5", "9", "10")
NEEDED = {"mail": ("to",), "slack": ("url",), "webhook": ("url",), "folder": ("folder",)}
"""What a channel of each kind cannot do without."""


def flaws(values: Mapping[str, Value]) -> Iterator[str]:
    """Each flaw as a line that names where to mend it."""
    yield from _of_sources(values)
    yield from _of_limits(values)
    yield from _of_telling(values)
    for key in values:
        if key.startswith("deliver.") and key.endswith(".kind"):
            yield from _of_channel(key.split(".")[1], values)


def _where(values: Mapping[str, Value], key: str) -> str:
    """Where a value stands, or its name in the environment where it stands nowhere."""
    found = values[key]
    return found.setting.variable if found.origin == "default" else found.origin


def _of_sources(values: Mapping[str, Value]) -> Iterator[str]:
    key, plan = values["coingecko.key"], values["coingecko.plan"]
    if key.value is not None and plan.value == "keyless":
        yield (
            f"{key.setting.variable}: a key is given, but no plan; set "
            f"{plan.setting.variable} to demo or pro (keys of both look alike)"
        )
    warn, error = values["freshness.warn_hours"], values["freshness.error_hours"]
    if warn.value > error.value:
        yield (
            f"{_where(values, 'freshness.warn_hours')}: {warn.value:g} is over "
            f"{error.setting.variable} ({error.value:g})"
        )
    for name in sorted(set(values["sources"].value or ()).difference(WEB, {"none"})):
        near = get_close_matches(name, WEB, n=1)
        hint = f"did you mean {near[0]}?" if near else f"known: none, {', '.join(WEB)}"
        yield f"{_where(values, 'sources')}: {name!r} is no such source; {hint}"


def _of_limits(values: Mapping[str, Value]) -> Iterator[str]:
    def of(key: str) -> Any:
        return values[key].value

    if not of("report.names"):
        where = _where(values, "report.names")
        yield f"{where}: names nothing; give names parted by commas"
    if not _SIZE.fullmatch(of("memory_limit")):
        where = _where(values, "memory_limit")
        yield f"{where}: {of('memory_limit')!r} is no size like 2GB"
    for code in of("run.ok_codes"):
        if code not in _OK_CODES:
            where = _where(values, "run.ok_codes")
            yield f"{where}: {code!r} is not 3, 5, 9 or 10; no other end may count as good"


def _of_telling(values: Mapping[str, Value]) -> Iterator[str]:
    def of(key: str) -> Any:
        return values[key].value

    host = of("mail.host")
    if of("mail.security") == "none" and host is not None and not is_this_machine(host):
        where = _where(values, "mail.security")
        yield f"{where}: none is for a server on this machine alone, not {host}"
    if (port := of("mail.port")) is not None and port > _LAST_PORT:
        yield f"{_where(values, 'mail.port')}: {port} is no port; the last is {_LAST_PORT}"
    if of("mail.sender") is not None and (flaw := mail_flaw(of("mail.sender"))):
        yield f"{_where(values, 'mail.sender')}: {flaw}"
    password = values["mail.password"]
    is_known = password.origin != REFUSED
    if is_known and (of("mail.user") is None) != (password.value is None):
        yield "mail.user and mail.password: give both, or none of them"
    if flaw := _of_address(of("monitor.ping_url"), is_extended=True):
        yield f"monitor.ping_url: {flaw}"
    if (file := of("monitor.textfile")) is not None and not file.endswith(".prom"):
        where = _where(values, "monitor.textfile")
        yield f"{where}: {file!r} does not end in .prom; the node exporter reads no other files"


def _of_address(secret: Secret | None, *, is_extended: bool = False) -> str | None:
    """What is wrong with a secret address, which is not shown; null where nothing is known."""
    if secret is None or secret == UNREAD:
        return None
    return web_flaw(secret.reveal(), is_extended=is_extended)


def _of_channel(name: str, values: Mapping[str, Value]) -> Iterator[str]:
    """What a channel lacks."""
    given = values[f"deliver.{name}.kind"]
    kind = given.value
    if given.origin == REFUSED:
        return
    if not kind:
        yield f"deliver.{name}: has no kind; give one of {', '.join(NEEDED)}"
        return
    lacks = [f"deliver.{name}.{field}" for field in NEEDED[kind]]
    lacks += ["mail.host", "mail.sender"] if kind == "mail" else []
    for key in lacks:
        if not values[key].value and values[key].origin != REFUSED:
            yield f"deliver.{name}: needs {key} ({values[key].setting.variable})"
    for address in values[f"deliver.{name}.to"].value:
        if flaw := mail_flaw(address):
            yield f"deliver.{name}.to: {flaw}"
    if flaw := _of_address(values[f"deliver.{name}.url"].value):
        yield f"deliver.{name}.url: {flaw}"
    key = values[f"deliver.{name}.key"].value
    if key is not None and key != UNREAD:
        try:
            signing_key(key.reveal())
        except ValueError as error:
            yield f"deliver.{name}.key: {error}"
