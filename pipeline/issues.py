"""Issues: the reports that were delivered, as rows of the ledger, and which one comes before.

Times are UTC, in ISO 8601.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from pipeline.entry import Issue
from pipeline.ledger_file import peek

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence
    from pathlib import Path

_COLUMNS = "name, report_date, as_of, content, numbers, built_at, report_id, file_name, version"


def add(connection: sqlite3.Connection, issue: Issue) -> bool:
    """Note a report that was delivered; False where its content was before.

    Works inside a transaction of its caller.
    """
    added = connection.execute(
        f"insert into report ({_COLUMNS}) values (?, ?, ?, ?, ?, ?, ?, ?, ?) "
        "on conflict (content) do nothing",
        (
            issue.name,
            issue.report_date.isoformat(),
            _text(issue.as_of) if issue.as_of else None,
            issue.content,
            issue.numbers,
            _text(issue.built_at),
            issue.report_id,
            issue.file_name,
            issue.version,
        ),
    )
    return added.rowcount == 1


def of(path: Path, name: str) -> list[Issue]:
    """The issues of one report in the ledger of ``path``, in the order of their delivery.

    None where there is no ledger, it may not be read, or it is of before there were any.
    """
    rows = peek(path, f"select {_COLUMNS} from report where name = ? order by issue_id", (name,))
    return [_issue(row) for row in rows]


def before(issues: Sequence[Issue], this: Issue) -> Issue | None:
    """The issue that a report is to be compared with, of those of its name.

    It is the last one of the newest earlier day; without any earlier day, the last one of the
    same day that had other content. A second run on one day thus shows the same changes as the
    first, and more where more came. What was delivered before is compared with what it was
    compared with then, so that building it again gives the same page.

    A report with all knowledge sees none that was cut at an earlier one; a report as of a time
    sees those whose knowledge ended before that time.

    Args:
        issues: in the order of their delivery.
        this: the report that is being made.
    """
    contents = [one.content for one in issues]
    if this.content in contents:
        issues = issues[: contents.index(this.content)]
    known = [
        (one.report_date, _knowledge(one), number, one)
        for number, one in enumerate(issues)
        if one.report_date <= this.report_date and _is_seen(one, this)
    ]
    earlier = [found for found in known if found[0] < this.report_date]
    return max(earlier or known, default=(None,))[-1]


def _is_seen(one: Issue, this: Issue) -> bool:
    return one.as_of is None if this.as_of is None else _knowledge(one) < this.as_of


def _knowledge(one: Issue) -> datetime:
    return one.as_of or one.built_at


def _issue(row: Sequence[Any]) -> Issue:
    name, day, as_of, content, numbers, built_at, *rest = row
    return Issue(
        *(name, date.fromisoformat(day), datetime.fromisoformat(as_of) if as_of else None),
        *(content, numbers, datetime.fromisoformat(built_at), *rest),
    )


def _text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()
