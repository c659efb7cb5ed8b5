"""Events as a source: what was announced and when is data, with versions of its own."""

from __future__ import annotations

from dataclasses import astuple

import polars as pl

from pipeline.extract import rule_files
from pipeline.extract.event_rules import load, read
from pipeline.extract.rule_files import Kind, RuleFiles
from pipeline.provenance import KnownAt

_TEXT = pl.String()

ENTITIES = {
    "event": rule_files.entity(
        "event",
        "event_id title announced_at has_time kind source url",
        read,
        lambda events: map(astuple, events),
        event_id=_TEXT,
        title=_TEXT,
        announced_at=pl.Datetime("us"),
        has_time=pl.Boolean(),
        kind=_TEXT,
        source=_TEXT,
        url=_TEXT,
    )
}


class Events(RuleFiles):
    """What was announced, by which a study asks whether it mattered.

    An event was known when it was announced, whenever its file was written: so that a build of
    an earlier knowledge has those up to then, and no others.
    """

    kind = Kind("event", "Events", ENTITIES, load, KnownAt(column="announced_at"))
