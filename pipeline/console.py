"""Console: events to stderr, and how a command ends."""

from __future__ import annotations

import errno
import io
import json
import os
import signal
import sys
import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from pipeline.errors import CANCELLED, CapbriefError, StorageError, Terminated, exit_code_of
from pipeline.secret import redacted
from pipeline.visible import visible

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from pipeline.secret import Secret

# Events that are one of many in a run that goes well.
_DETAILS = frozenset({"made", "request"})


def now() -> datetime:
    """The clock."""
    return datetime.now(UTC)


class Log:
    """Events on stderr: one line for people on a terminal, JSON lines otherwise."""

    def __init__(self, stream: TextIO, form: str, *, quiet: bool, verbose: bool = False) -> None:
        self._stream = stream
        self._hidden = frozenset() if verbose else _DETAILS
        self._is_json = form == "json" or (form == "auto" and not stream.isatty())
        self._quiet = quiet
        self._secrets: tuple[Secret, ...] = ()

    def hide(self, secrets: Sequence[Secret]) -> None:
        """Have these secrets printed as ``***`` from now on, wherever they would appear."""
        self._secrets = (*self._secrets, *secrets)

    def __call__(self, event: str, **fields: object) -> None:
        """Write one event, unless quiet."""
        if not self._quiet and event not in self._hidden:
            self._write("info", event, fields)

    def error(self, message: str) -> None:
        """A failure; shown also when quiet."""
        if self._is_json:
            self._write("error", "failed", {"message": message})
        else:
            shown = visible(redacted(message, self._secrets))
            print(f"capbrief: {shown}", file=self._stream)

    def _write(self, level: str, event: str, fields: dict[str, object]) -> None:
        at = now().isoformat(timespec="milliseconds")
        if self._is_json:
            line = json.dumps({"ts": at, "level": level, "event": event, **fields}, default=str)
        else:
            shown = " ".join(f"{key}={value}" for key, value in fields.items())
            line = f"{at[11:19]} {event} {visible(shown)}"
        print(redacted(line, self._secrets), file=self._stream)


class Ending:
    """Turns however a command ends into its exit code and a last line of the log.

    Ctrl-C is 130, SIGTERM 143, an error of ours its own code, anything else a fault (1).
    """

    def __init__(self, log: Log, options: argparse.Namespace) -> None:
        self.log = log
        self.code = 0
        self._command = options.command
        self._started = now()

    def __enter__(self) -> Ending:
        signal.signal(signal.SIGTERM, _cancel)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: object
    ) -> bool:
        if error is not None:
            self.code = self._explain(error)
        seconds = round((now() - self._started).total_seconds(), 2)
        self.log("run_finished", command=self._command, exit_code=self.code, duration_s=seconds)
        return True

    def _explain(self, error: BaseException) -> int:
        match error:
            case _ if exit_code_of(error) in CANCELLED:
                self.log.error("cancelled")
            case CapbriefError():
                self.log.error(str(error))
            case BrokenPipeError():
                # The reader of stdout went away (| head): nothing more to say, no fault of ours.
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
                return 0
            case OSError(errno=errno.ENOSPC):
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
                self.log.error("no space left to write the result; free some")
                return StorageError.exit_code
            case _:
                lines = "".join(traceback.format_exception(error))
                self.log.error(f"a fault of capbrief itself; please report it\n{lines}")
        return exit_code_of(error)


def _cancel(*_: object) -> None:
    """End in order; who asks a second time has it at once, as after a kill."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    raise Terminated


def prepare() -> None:
    """Have both streams take any text: closed ones nowhere, others what they cannot show escaped.

    A name in the data must not decide whether a report is made.
    """
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            # Open until the process ends, like the stream it stands for.
            stream = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
            setattr(sys, name, stream)
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
