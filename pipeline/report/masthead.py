"""Masthead: what the head of a report says of the build that it was made from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from pipeline.errors import DefinitionError
from pipeline.report.formats import written
from pipeline.report.language import Language
from pipeline.report.value import Edition


def day(build: Mapping[str, object], query: str) -> dt.date:
    """The report's day, out of the row of ``query``.

    Raises:
        DefinitionError: it is no day.
    """
    found = build["report_date"]
    if not isinstance(found, dt.date):
        raise DefinitionError(f"query {query} must give report_date as a date")
    return found


def knowledge(as_of: object, language: Language) -> str:
    """Up to when facts count."""
    if as_of is None:
        return language.say("With everything known today")
    return language.say("As known on {}").format(written("moment", as_of, language))


def edition(build: Mapping[str, object], language: Language) -> Edition | None:
    """The bundled edition, if the build has one."""
    if build["edition_title"] is None:
        return None
    return Edition(
        title=language.say(str(build["edition_title"])),
        date=written("date", build["edition_date"], language),
        description=language.say(str(build["edition_description"])),
    )


def staleness(stale: Mapping[str, dt.date], language: Language) -> list[str]:
    """What a report from stale data says on its cover: each source, and when it was last had."""
    said = language.say("Built from stale data: {source} was last had on {date}.")
    return [
        said.format(source=source, date=written("date", day, language))
        for source, day in stale.items()
    ]
