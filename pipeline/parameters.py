"""Parameters: the settings that decide what comes and what is made of it, kept with each run.

Settings may be others by the time a report is read; what it was made with is part of it.
"""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

from pipeline.settings import CoinGecko, Freshness, Report, Web

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.settings import Settings

# A limit of the machine, of a query or of the network changes no figure, and a key is said nowhere.
_KINDS = {"COINGECKO": CoinGecko(), "FRESHNESS": Freshness(), "REPORT": Report()}


def told(settings: Settings) -> str | None:
    """Settings that are not as shipped, as one would give them again; null where all are."""
    given = {
        "COINGECKO": settings.coingecko,
        "FRESHNESS": settings.freshness,
        "REPORT": settings.report,
    }
    found = [
        one for section, value in given.items() for one in _told(section, value, _KINDS[section])
    ]
    for source, web in settings.web.items():
        found += _told(source.upper(), web, Web())
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
