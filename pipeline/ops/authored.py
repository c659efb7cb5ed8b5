"""Authored: keys, and the files that a user may write in place of the shipped ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.errors import CapbriefError, TemplateError
from pipeline.ops.finding import broken, well

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pipeline.ops.asked import Asked
    from pipeline.ops.finding import Finding


def keys(asked: Asked) -> Iterator[Finding]:
    """Whether every source that is asked has the key and the address that it needs."""
    from pipeline import extract

    job, n_asked = asked.job, 0
    flaws: list[Finding] = []
    for source in extract.sources(job.settings, job.universes, job.events):
        if not source.about.address or source.about.off_because:
            continue
        n_asked += 1
        try:
            _ = source.access
        except CapbriefError as error:
            flaws += broken("keys", error)
    yield from flaws
    if not flaws:
        plan = job.settings.coingecko.plan
        yield well("keys", f"{n_asked} sources are asked, CoinGecko with plan {plan}")


def certificates(asked: Asked) -> Iterator[Finding]:
    """Whether certificates of the user's own, and the name for hosts, can be used."""
    from pipeline.wire import Wire

    http = asked.job.settings.http
    if http.ca_file is not None or http.contact is not None:
        Wire(http, asked.job.version)
        yield well("certificates", "ca_file and contact can be used")


def templates(asked: Asked) -> Iterator[Finding]:
    """Whether every template can be compiled, the user's first."""
    from pipeline.report import render

    flaws = render.broken(asked.job.templates)
    for flaw in flaws:
        yield from _of_file("templates", flaw, asked.job.overlay)
    if not flaws:
        yield well("templates", "all can be compiled")


def _of_file(name: str, flaw: str, overlay: Path | None) -> Iterator[Finding]:
    own = overlay is not None and flaw.startswith(str(overlay))
    mend = "correct that line, or take the file away: then the shipped one is used"
    yield from broken(name, TemplateError(flaw), mend if own else "install capbrief again")


def reports(asked: Asked) -> Iterator[Finding]:
    """Whether the reports that a run makes are defined."""
    from pipeline import desk

    flaws: list[Finding] = []
    names = asked.job.settings.report.names
    for name in names:
        try:
            desk.defined(asked.job, name)
        except CapbriefError as error:
            flaws += broken("reports", error, f"see 'capbrief report check {name}'")
    yield from flaws
    if not flaws:
        yield well("reports", f"{', '.join(names)}: defined")


def models(asked: Asked) -> Iterator[Finding]:
    """Whether the SQL files and the rules of universes can be read, the user's first."""
    from pipeline.extract import universe_rules
    from pipeline.model import models as read

    found = read(asked.job.sql, ["staging", "marts", "estimates", "checks"])
    universe_rules.load(asked.job.universes)
    yield well("models", f"{len(found)} SQL files can be read")


PROBES = (
    ("keys", keys),
    ("certificates", certificates),
    ("templates", templates),
    ("reports", reports),
    ("models", models),
)
