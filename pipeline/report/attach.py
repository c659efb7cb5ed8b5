"""Attach: the files that travel inside a PDF, with a manifest that vouches for them."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

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


def attachments(
    files: Mapping[str, tuple[str, str, str]],
    *,
    report_id: str,
    report_date: dt.date,
    version: str,
) -> tuple[Attachment, ...]:
    """The attachments of a report by name, and among them the manifest of all others.

    Args:
        files: text, media type and description by file name.
        report_id: digest of the report.
        report_date: the day that all of them are dated.
        version: of capbrief.

    Raises:
        ValueError: a file has the manifest's name.
    """
    if MANIFEST in files:
        raise ValueError(f"{MANIFEST} is made here and cannot be given")
    made = [
        Attachment(
            name,
            text.encode(),
            media_type,
            description,
            report_date,
            _RELATIONSHIPS.get(media_type, "Supplement"),
        )
        for name, (text, media_type, description) in files.items()
    ]
    manifest = {
        "report_id": report_id,
        "report_date": report_date.isoformat(),
        "capbrief_version": version,
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
            "Sizes and SHA-256 of all other attachments",
            report_date,
        )
    )
    return tuple(sorted(made, key=_name))


def _name(attachment: Attachment) -> str:
    return attachment.name
