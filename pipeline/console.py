"""Console: events to stderr, and how a command ends."""

from __future__ import annotations

import errno
import io
import json
import os
import resource
import signal
import sys
import traceback
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from pipeline.errors import (
    GIVE_MEMORY,
    CapbriefError,
    StorageError,
    Terminated,
    exit_code_of,
    lacks_memory,
)
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
            self._print(f"capbrief: {shown}")

    def _write(self, level: str, event: str, fields: dict[str, object]) -> None:
        at = now().isoformat(timespec="milliseconds")
        if self._is_json:
            line = json.dumps({"ts": at, "level": level, "event": event, **fields}, default=str)
        else:
            shown = " ".join(f"{key}={value}" for key, value in fields.items())
            line = f"{at[11:19]} {event} {visible(shown)}"
        self._print(redacted(line, self._secrets))

    def _print(self, line: str) -> None:
        # What a log is written to may be full or gone: no work that it tells of ends for that.
        with suppress(OSError):
            print(line, file=self._stream, flush=True)

    def end(self) -> None:
        """Write what could not be written before, or let go of it: the exit code stays."""
        try:
            self._stream.flush()
        except OSError:
            let_go(self._stream)


class Ending:
    """Turns however a command ends into its exit code and a last line of the log.

    Ctrl-C is 130, SIGTERM 143, an error of ours its own code, anything else a fault (1). Who asks
    a second time has the end at once, as after a kill.
    """

    def __init__(self, log: Log, options: argparse.Namespace) -> None:
        self.log = log
        self.code = 0
        self._command = options.command
        self._started = now()
        self._signal: int | None = None

    def __enter__(self) -> Ending:
        signal.signal(signal.SIGTERM, self._cancel)
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.signal(signal.SIGINT, self._cancel)  # where nohup has it ignored, it stays so
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: object
    ) -> bool:
        if error is not None and self._signal is not None:
            # Libraries make errors of their own of what the handler raised, some without a cause.
            self.code = 128 + self._signal
            self.log.error("cancelled")
        elif error is not None:
            self.code = self._explain(error)
        if signal.getsignal(signal.SIGINT) == self._cancel:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        seconds = round((now() - self._started).total_seconds(), 2)
        self.log("run_finished", command=self._command, exit_code=self.code, duration_s=seconds)
        self.log.end()
        return True

    def _cancel(self, number: int, _: object) -> None:
        self._signal = number
        signal.signal(number, signal.SIG_DFL)
        raise KeyboardInterrupt if number == signal.SIGINT else Terminated

    def _explain(self, error: BaseException) -> int:
        match error:
            case CapbriefError():
                self.log.error(str(error))
            case KeyboardInterrupt():
                self.log.error("cancelled")
            case BrokenPipeError():
                # The reader of stdout went away (| head): nothing more to say, no fault of ours.
                let_go(sys.stdout)
                return 0
            case OSError(errno=errno.ENOSPC):
                let_go(sys.stdout)
                self.log.error("no space left to write the result; free some")
                return StorageError.exit_code
            case _ if lacks_memory(error):
                self.log.error(f"the system gave no more memory; {GIVE_MEMORY}")
            case _:
                lines = "".join(traceback.format_exception(error))
                self.log.error(f"a fault of capbrief itself; please report it\n{lines}")
        return exit_code_of(error)


def let_go(stream: TextIO) -> None:
    """Have what is written to a stream, and what waits in it, go nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def prepare() -> None:
    """Have streams that take any text, and no core dump, which would hold the secrets.

    What cannot be shown is written escaped, and to a closed stream nowhere.

    A name in the data must not decide whether a report is made. A closed input is an empty one.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        stream = getattr(sys, name)
        if stream is None:
            # Open until the process ends, like the stream it stands for, and in those it starts,
            # where its number would be given to another file.
            stream = Path(os.devnull).open(mode, encoding="utf-8")  # noqa: SIM115
            os.set_inheritable(stream.fileno(), True)
            setattr(sys, name, stream)
        if mode == "w" and isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
