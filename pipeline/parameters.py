"""Parameters: the settings that decide what comes and what is made of it, kept with each run.

Settings may be others by the time a report is read; what it was made with is part of it.
"""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING

from pipeline.settings import CoinGecko, Freshness, Web

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.settings import Settings

# A limit of the machine, of a query or of the network changes no figure, nor does the choice of
# reports, and a key is said nowhere.
_SHIPPED = {"COINGECKO": CoinGecko(), "FRESHNESS": Freshness()}


def told(settings: Settings) -> str | None:
    """Settings that are not as shipped, as one would give them again; null where all are."""
    given = {"COINGECKO": settings.coingecko, "FRESHNESS": settings.freshness}
    found = [
        one for section, value in given.items() for one in _told(section, value, _SHIPPED[section])
    ]
    asked = [source for source, web in settings.web.items() if web.enabled]
    is_listed = bool(settings.web) and all(web.enabled is not None for web in settings.web.values())
    if is_listed:
        found.append(f"CAPBRIEF_SOURCES={','.join(asked) or 'none'}")
    for source, web in settings.web.items():
        found += _told(source.upper(), replace(web, enabled=None) if is_listed else web, Web())
    return " ".join(found) or None


def _told(section: str, given: object, shipped: object) -> Iterator[str]:
    for one in fields(type(given)):  # type: ignore[arg-type]
        value = getattr(given, one.name)
        if one.name != "key" and value != getattr(shipped, one.name):
            yield f"CAPBRIEF_{section}__{one.name.upper()}={_text(value)}"


def _text(value: object) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case tuple():
            return ",".join(map(str, value))
        case float():
            return f"{value:.15g}"
    return str(value)
