"""Since: which earlier report one is compared with, and keeping it for the next."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, replace
from datetime import UTC
from typing import TYPE_CHECKING

from pipeline import issues
from pipeline.citation import Citations
from pipeline.entry import Issue
from pipeline.ledger import Ledger
from pipeline.report import changes, watch
from pipeline.report.queries import Queries
from pipeline.traces import Traces

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline.citation import Note
    from pipeline.job import Job
    from pipeline.report.definition import Definition
    from pipeline.report.language import Language
    from pipeline.report.value import Changes
    from pipeline.report.watch import Again, Number, Watch
    from pipeline.warehouse import Warehouse


@dataclass(frozen=True)
class Before:
    """The report before one, with what its numbers are today, by their keys."""

    earlier: changes.Earlier
    again: Mapping[str, Again]


@dataclass(frozen=True)
class Compared:
    """What a report watches, in no language yet, and how it is to be noted.

    ``before`` is null where there was none, ``issue`` where it watches no number.
    """

    watches: tuple[Watch, ...] = ()
    now: tuple[Number, ...] = ()
    before: Before | None = None
    issue: Issue | None = None

    def changes(self, language: Language) -> Changes | None:
        """What changed since the report before it, if there is one.

        Raises:
            DefinitionError: a format does not take a number.
        """
        if self.before is None:
            return None
        return changes.compare(
            self.before.earlier, self.now, self.before.again, self.watches, language
        )


def compare(job: Job, definition: Definition, opened: Warehouse) -> Compared:
    """Compare the watched numbers with those of the report before it, in whatever language.

    Raises:
        DefinitionError: a watched number is not to be had as it is defined.
        SqlError: a query cannot be run.
    """
    if not definition.watch:
        return Compared()
    report_date, as_of = opened.query("select report_date, as_of from marts.build").row(0)
    traces = Traces(
        opened, report_date=report_date, scenarios=definition.scenarios, version=job.version
    )
    queries = Queries(opened, job.sql, definition.scenarios, definition.language)
    now = watch.numbers(definition.watch, queries, report_date, traces.at)
    numbers = watch.to_json(now)
    content = repr((definition.name, report_date, as_of, numbers)).encode()
    issue = Issue(
        name=definition.name,
        report_date=report_date,
        as_of=as_of.replace(tzinfo=UTC) if as_of else None,
        content=hashlib.sha256(content).hexdigest(),
        numbers=numbers,
        built_at=job.clock(),
        report_id="",
        file_name=opened.path.name,
        version=job.version,
    )
    before = issues.before(issues.of(job.settings.ledger, definition.name), issue)
    if before is None:
        return Compared(definition.watch, now, None, issue)
    earlier = changes.Earlier(before.report_id, before.report_date, watch.from_json(before.numbers))
    days = {one.key: one.day for one in earlier.numbers}
    again = {
        one.key: watch.Again(
            traces.at(queries.text(one.query), days[one.key]),
            watch.again(one, days[one.key], queries),
        )
        for one in definition.watch
        if one.key in days
    }
    return Compared(definition.watch, now, Before(earlier, again), issue)


def keep(job: Job, compared: Compared, report_id: str, note: Note | None) -> None:
    """Note a report that was delivered; who may only read the ledger leaves no note.

    Args:
        job: settings and log.
        compared: what it watches.
        report_id: of the report.
        note: what it rests on, for a report that lies in the home; null for one elsewhere.

    Raises:
        StorageError: the ledger cannot be written.
    """
    path, issue = job.settings.ledger, compared.issue
    name = issue.name if issue is not None else note.stem if note is not None else None
    if name is None:
        return
    if not path.exists() or not os.access(path.parent, os.W_OK):
        job.log("report_not_noted", stage="report", report=name)
        return
    if note is not None:
        Citations(path).note(note)
    if issue is not None:
        Ledger(path).issue(replace(issue, report_id=report_id))
