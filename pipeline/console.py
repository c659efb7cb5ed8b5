"""Console: the standard streams, and events on stderr.

For people a line is short: the time, the event, its fields. For machines it is one JSON object.
The journal of systemd is given JSON lines with the priority before each (sd-daemon(3)), which it
takes off, so that ``journalctl -p warning`` finds what it should.
"""

from __future__ import annotations

import io
import json
import os
import resource
import sys
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Final, TextIO

from pipeline.progress import Progress
from pipeline.secret import redacted
from pipeline.tally import Tally
from pipeline.visible import in_one_line, visible

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence

    from pipeline.secret import Secret

# With the priority that syslog gives them.
LEVELS: Final = {"debug": 7, "info": 6, "warning": 4, "error": 3}

# Events that are one of many in a run that goes well.
DETAILS: Final = frozenset({"asked", "made", "request"})
# Events after which a run goes on with less than it should have, or with something to look at.
WARNINGS: Final = frozenset(
    {
        "above_peak",
        "alert_firing",
        "alert_unknown",
        "checks_missed",
        "clock_skew",
        "delivery_failed",
        "delivery_given_up",
        "delivery_refused",
        "deprecated",
        "gap",
        "master_damaged",
        "membership_held",
        "payload_damaged",
        "payload_lost",
        "pdf_missing",
        "ping_failed",
        "report_failed",
        "report_not_noted",
        "retry",
        "schema_new_field",
        "serve_failed",
        "textfile_failed",
        "textfile_incomplete",
        "tolerance_missed",
        "undelivered",
        "unit_failed",
    }
)

_ERASE = "\r\x1b[K"
_COLOURS = {"debug": "\x1b[2m", "info": "\x1b[1m", "warning": "\x1b[33m", "error": "\x1b[31m"}
_DIM, _PLAIN = "\x1b[2m", "\x1b[0m"
_USUAL_COLUMNS = 80
# What people need not read in every line.
_FOR_MACHINES = frozenset({"run_id", "stage"})


def now() -> datetime:
    """The clock."""
    return datetime.now(UTC)


def level_of(options: argparse.Namespace, usual: str = "info") -> str:
    """The least level that is shown, as ``-q``, ``-qq`` and ``-v`` say, or the usual one."""
    if options.quiet:
        return "warning" if options.quiet == 1 else "error"
    return "debug" if options.verbose else usual


class Log:
    """Events on stderr: one line for people on a terminal, JSON lines otherwise.

    A line that cannot be written is lost and costs the command nothing.
    """

    def __init__(self, stream: TextIO, form: str = "auto", level: str = "info") -> None:
        self._stream = stream
        self._file: int | None = None
        with suppress(OSError, ValueError):
            self._file = stream.fileno()
        self._is_journal = _is_journal(self._file)
        self.adapt(form, level)
        self._secrets: tuple[Secret, ...] = ()
        self._run: dict[str, object] = {}
        self._below = ""
        self._lock = RLock()
        # What a signal raised, and a library may have passed over in silence.
        self.halt: type[BaseException] | None = None
        self.tally = Tally()
        self.progress = Progress(self)

    def adapt(self, form: str, level: str) -> None:
        """Write from now on in this form (auto, human, json), and what is of this level or above.

        What comes before the settings are read is as the flags say alone.
        """
        self._least = LEVELS[level]
        is_terminal = self._stream.isatty()
        self._is_json = form == "json" or (form == "auto" and not is_terminal)
        self._is_coloured = not self._is_json and _wants_colours(is_terminal)
        self._is_drawn_on = (
            is_terminal and not self._is_json and os.environ.get("TERM", "") != "dumb"
        )

    def hide(self, secrets: Sequence[Secret]) -> None:
        """Have these secrets printed as ``***`` from now on, wherever they would appear."""
        self._secrets = (*self._secrets, *secrets)

    def begin(self, run_id: str) -> None:
        """Have every line from now on name the run."""
        self._run = {"run_id": run_id}

    def shows(self, level: str) -> bool:
        """Whether lines of that level are shown."""
        return LEVELS[level] <= self._least

    def __call__(self, event: str, **fields: object) -> None:
        """Write one event, unless its level is below what is shown.

        Raises:
            KeyboardInterrupt, Terminated: the command is to end, and still goes on.
        """
        if self.halt is not None:
            raise self.halt
        level = "debug" if event in DETAILS else "warning" if event in WARNINGS else "info"
        self.tally.add(level, event, fields)
        if self.shows(level):
            self.say(level, event, **fields)

    def fail(self, message: str, code: int, *, is_forgiven: bool = False) -> None:
        """Why the command ends; a warning where its user takes that for success."""
        level = "warning" if is_forgiven else "error"
        self.tally.add(level, "failed", {})
        if not self.shows(level):
            return
        if self._is_json:
            self.say(level, "failed", message=message, code=code)
            return
        colour, plain = (_COLOURS[level], _PLAIN) if self._is_coloured else ("", "")
        shown = visible(redacted(message, self._secrets))
        self._put(level, f"{colour}capbrief:{plain} {shown}")

    def finish(self, level: str, **fields: object) -> None:
        """The last line."""
        if self.shows(level):
            self.say(level, "run_finished", **fields, **self.tally.to_fields())

    def say(self, level: str, event: str, **fields: object) -> None:
        """Write a line, however quiet the log is."""
        at = now().isoformat(timespec="milliseconds")
        if self._is_json:
            stamped = {"ts": f"{at[:23]}Z", "level": level, "event": event}
            line = json.dumps({**stamped, **self._run, **fields}, default=str)
        else:
            line = self._for_people(level, at[11:19], event, fields)
        self._put(level, redacted(line, self._secrets))

    def _for_people(self, level: str, at: str, event: str, fields: Mapping[str, object]) -> str:
        told = {
            key: in_one_line(str(value))
            for key, value in fields.items()
            if value is not None and key not in _FOR_MACHINES
        }
        if self._is_coloured:
            shown = " ".join(f"{_DIM}{key}={_PLAIN}{value}" for key, value in told.items())
            return f"{_DIM}{at}{_PLAIN} {_COLOURS[level]}{event}{_PLAIN} {shown}".rstrip()
        shown = " ".join(f"{key}={value}" for key, value in told.items())
        marked = f"{level}: {event}" if level in ("warning", "error") else event
        return f"{at} {marked} {shown}".rstrip()

    # --- What is on the screen --------------------------------------------------------------

    @property
    def width(self) -> int | None:
        """Characters that can be drawn on a line of the terminal; None where there is none."""
        if not self._is_drawn_on or self._file is None:
            return None
        try:
            columns = os.get_terminal_size(self._file).columns
        except OSError:
            columns = 0
        # One less: a full line would make some terminals go to the next one.
        return (columns or _USUAL_COLUMNS) - 1

    def draw(self, text: str) -> None:
        """Show a text that fits below all lines, in place of the one before; "" takes it away."""
        with self._lock:
            if text or self._below:
                self._below = text
                self._write(f"{_ERASE}{text}")

    def _put(self, level: str, text: str) -> None:
        if self._is_journal:
            text = "\n".join(f"<{LEVELS[level]}>{line}" for line in text.splitlines())
        with self._lock:
            before = _ERASE if self._below else ""
            self._write(f"{before}{text}\n{self._below}")

    def _write(self, text: str) -> None:
        """Write past the stream's buffer: what a full disk refused must not come up at the end."""
        with suppress(OSError, ValueError):
            if self._file is None:
                self._stream.write(text)
                return
            left = memoryview(text.encode(self._stream.encoding, "backslashreplace"))
            while left:
                left = left[os.write(self._file, left) :]


def _is_journal(file: int | None) -> bool:
    """Whether the journal of systemd reads a file: ``JOURNAL_STREAM`` is its device and inode."""
    given = os.environ.get("JOURNAL_STREAM")
    if given is None or file is None:
        return False
    with suppress(OSError):
        found = os.fstat(file)
        return given == f"{found.st_dev}:{found.st_ino}"
    return False


def _wants_colours(is_terminal: bool) -> bool:
    """As no-color.org and its kin have it: NO_COLOR, then FORCE_COLOR, then the terminal."""
    given = os.environ
    if given.get("NO_COLOR"):
        return False
    for name in ("FORCE_COLOR", "CLICOLOR_FORCE"):
        if given.get(name):
            return given[name] != "0"
    return is_terminal and given.get("TERM", "") != "dumb" and given.get("CLICOLOR") != "0"


def forget(stream: TextIO) -> None:
    """Have what a stream still holds, and all that comes, go nowhere: it cannot be written."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
    with suppress(OSError):
        stream.flush()


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
