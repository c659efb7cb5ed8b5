"""Starter: a report of one's own to begin with, which builds as it is."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline import resources
from pipeline.errors import StorageError, UsageError
from pipeline.report import definition_file
from pipeline.report.definition import NAME

if TYPE_CHECKING:
    from pipeline.job import Job

_EXAMPLE = "starter_example"


def begin(job: Job, name: str, origin: str | None) -> list[Path]:
    """Write the definition of a new report to the overlay, and its query where it has one.

    Args:
        job: with an overlay.
        name: name of the report.
        origin: a report to copy; without one, a starter with comments and a query.

    Returns:
        The files, the definition first.

    Raises:
        UsageError: the name is none, one of the files is there already, or the report to
            copy is not there.
        StorageError: they cannot be written.
    """
    if not NAME.fullmatch(name):
        raise UsageError(
            f"{name!r}: the name of a report is small letters, digits, - and _, 80 at most"
        )
    if name in definition_file.names(job.definitions):
        raise UsageError(f"{name}: there is a report of that name; give another one")
    query = f"{name.replace('-', '_')}_example"
    definition = job.definitions[0] / f"{name}.toml"
    if origin is not None:
        path = definition_file.path_of(origin, job.definitions)
        return [_written(definition, f"# Begun as a copy of {origin}.\n{_text(path)}")]
    text = _text(resources.STARTER / "report.toml")
    texts = {
        definition: re.sub(r"\bNAME\b", name, text).replace(_EXAMPLE, query),
        job.sql[0] / "reports" / f"{query}.sql": _text(resources.STARTER / "query.sql"),
    }
    if there := [path for path in texts if path.exists()]:
        raise UsageError(f"{there[0]}: is there already; give another name")
    return [_written(path, text) for path, text in texts.items()]


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _written(path: Path, text: str) -> Path:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as stream:
            stream.write(text)
    except OSError as error:
        raise StorageError(f"{path}: cannot be written ({error.strerror})") from error
    return path
