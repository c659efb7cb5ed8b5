"""Folders: reports as files in a folder of the user's, each whole or not there."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.deliver.message import LaterError, RefusedError
from pipeline.files import write_whole

if TYPE_CHECKING:
    from pipeline.deliver.message import Parcel

_LATEST = "latest"


def put(parcel: Parcel, folder: Path) -> list[Path]:
    """Write the files of a message: ``<name>_<day>.pdf``, and again as ``<name>_latest.pdf``.

    A message without files is a text of its event's name. What is there of that name is replaced,
    links too: nothing is written through them. The latest is not replaced by an earlier day's.

    Raises:
        LaterError: the folder cannot be written.
        RefusedError: a file of the message is gone.
    """
    message = parcel.message
    contents = [content for file in message.files if (content := file.content()) is not None]
    if len(contents) < len(message.files):
        raise RefusedError("its files are other ones by now; the next report brings its own")
    written = []
    try:
        if not folder.is_dir():
            raise LaterError(f"{folder} is no folder; make it, or choose another")
        for file, content in zip(message.files, contents, strict=True):
            suffix = Path(file.path).suffix
            dated = folder / f"{message.report}_{message.report_date}{suffix}"
            written.append(_write(dated, content))
            latest = folder / f"{message.report}_{_LATEST}{suffix}"
            if not _has_later(folder, message.report, suffix, dated.name):
                written.append(_write(latest, content))
        if not message.files:
            text = "\n".join([message.subject, "", *message.lines, ""])
            name = f"{message.event}_{parcel.queued_at:%Y-%m-%dT%H%M%SZ}_{parcel.key[:8]}.txt"
            written.append(_write(folder / name, text.encode()))
    except OSError as error:
        raise LaterError(f"{folder} cannot be written ({error.strerror})") from error
    return written


def _has_later(folder: Path, report: str, suffix: str, name: str) -> bool:
    days = "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]"
    return any(path.name > name for path in folder.glob(f"{report}_{days}{suffix}"))


def _write(path: Path, content: bytes) -> Path:
    # By rename, which takes the place of a link and never follows it.
    write_whole(path, content, mode=0o644)
    return path
