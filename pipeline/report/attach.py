"""Attach: the files that travel inside a PDF, with a manifest that vouches for them."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from pipeline.report.value import File, Report

Relationship = Literal["Data", "Source", "Supplement"]

MANIFEST: Final = "manifest.json"

# What a file is to the page: numbers behind it are data, what made them is source.
_RELATIONSHIPS: Final[Mapping[str, Relationship]] = {
    "text/csv": "Data",
    "application/sql": "Source",
    "application/toml": "Source",
}


@dataclass(frozen=True)
class Attachment:
    """A file inside a PDF; ``date`` stands for when it was made and changed."""

    name: str
    content: bytes
    media_type: str
    description: str
    date: dt.date
    relationship: Relationship = "Supplement"


def attachments(report: Report) -> tuple[Attachment, ...]:
    """What a report carries with it, by name, and among it the manifest of all others.

    That is the rows of each figure and table as CSV, the queries that gave them, the report's
    definition and its scenarios; all are dated as the report is.
    """
    say = report.language.say
    files = {file.name: file for file in report.files}
    for block in report.listed:
        name = f"{block.key}.csv"
        files[name] = File(name, block.data.csv, "text/csv", block.short)
        name = f"{block.data.query}.sql"
        files[name] = File(name, block.data.sql, "application/sql", say("Query"))
    made = [
        Attachment(
            file.name,
            file.text.encode(),
            file.media_type,
            file.description,
            report.report_date,
            _RELATIONSHIPS.get(file.media_type, "Supplement"),
        )
        for file in files.values()
    ]
    manifest = {
        "report_id": report.report_id,
        "report_date": report.report_date.isoformat(),
        "capbrief_version": report.version,
        "files": [
            {
                "name": each.name,
                "media_type": each.media_type,
                "description": each.description,
                "size_bytes": len(each.content),
                "sha256": hashlib.sha256(each.content).hexdigest(),
            }
            for each in sorted(made, key=_name)
        ],
    }
    text = json.dumps(manifest, ensure_ascii=False, indent=2) + "\n"
    made.append(
        Attachment(
            MANIFEST,
            text.encode(),
            "application/json",
            say("Sizes and SHA-256 of all other attachments"),
            report.report_date,
        )
    )
    return tuple(sorted(made, key=_name))


def _name(attachment: Attachment) -> str:
    return attachment.name
