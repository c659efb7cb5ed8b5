"""Ending: however a command ends, its exit code and the last line of the log.

Ctrl-C is 130; SIGTERM, and SIGHUP of a terminal that went, are 143; an error of ours has its own
code, anything else is a fault (1). Who asks a second time has the end at once, as after a kill.
"""

from __future__ import annotations

import errno
import os
import signal
import sys
import threading
import time
import traceback
from typing import TYPE_CHECKING, Any

from pipeline.console import forget
from pipeline.errors import (
    GIVE_MEMORY,
    CapbriefError,
    StorageError,
    Terminated,
    exit_code_of,
    forgiven,
    lacks_memory,
)

if TYPE_CHECKING:
    import argparse

    from pipeline.console import Log

_CODES = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 143}


class Ending:
    """Turns however a command ends into its exit code and a last line of the log.

    ``code`` is what the process is to end with, ``outcome_code`` what happened: the same, unless
    the user takes that for success.
    """

    def __init__(self, log: Log, options: argparse.Namespace) -> None:
        self.log = log
        self.code = self.outcome_code = 0
        self._options = options
        self._started = time.monotonic()
        self._signal: signal.Signals | None = None
        self._is_over = False
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Ending:
        for number in _CODES:
            found = signal.getsignal(number)
            if found is not signal.SIG_IGN:  # where nohup has it ignored, it stays so
                self._before[number] = found
                signal.signal(number, self._cancel)
        self._before[signal.SIGUSR1] = signal.signal(signal.SIGUSR1, self._tell)
        self._watch = _Watch()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: object
    ) -> bool:
        self._is_over = True
        self.log.halt = None
        self.log.progress.end()
        lost = _flushed()
        if error is None and lost is not None:
            error = lost
        if error is None:
            self.outcome_code = self.code
        elif self._signal is not None:
            # Libraries make errors of their own of what the handler raised, some without a cause.
            self.outcome_code = _CODES[self._signal]
            self.log.fail("cancelled", self.outcome_code)
        else:
            self.outcome_code = self._explain(error)
        is_forgiven = self.outcome_code in self._forgiven()
        self.code = 0 if is_forgiven else self.outcome_code
        self.log.finish(
            "error" if self.code else "warning" if self.outcome_code else "info",
            command=self._options.command,
            exit_code=self.code,
            outcome_code=self.outcome_code,
            duration_ms=round((time.monotonic() - self._started) * 1000),
        )
        self._watch.end()
        for number, before in self._before.items():
            signal.signal(number, before)
        return True

    def _cancel(self, number: int, _: object) -> None:
        # The second one, of either kind, is not ours any more. A terminal that goes is told of
        # twice, by the system and by the shell, which is no second wish.
        for one in (signal.SIGINT, signal.SIGTERM):
            if one in self._before:
                signal.signal(one, signal.SIG_DFL)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        if self._is_over:
            return
        self._signal = signal.Signals(number)
        # An engine that asks Python for rows may pass over what is raised meanwhile: the next
        # event that is logged raises it again.
        self.log.halt = KeyboardInterrupt if number == signal.SIGINT else Terminated
        raise self.log.halt

    def _tell(self, *_: object) -> None:
        self.log.progress.tell()

    def _forgiven(self) -> frozenset[int]:
        """The codes that the user takes for success."""
        fail_on = getattr(self._options, "fail_on", None) or "partial"
        return forgiven(fail_on, getattr(self._options, "ok_codes", None) or ())

    def _explain(self, error: BaseException) -> int:
        code = exit_code_of(error)
        match error:
            case CapbriefError():
                self.log.fail(str(error), code, is_forgiven=code in self._forgiven())
            case KeyboardInterrupt():
                self.log.fail("cancelled", code)
            case BrokenPipeError():
                # The reader of stdout went away (| head): nothing more to say, no fault of ours.
                return self.code
            case OSError(errno=errno.ENOSPC):
                code = StorageError.exit_code
                self.log.fail("no space left to write the result; free some", code)
            case _ if lacks_memory(error):
                self.log.fail(f"the system gave no more memory; {GIVE_MEMORY}", code)
            case _:
                lines = "".join(traceback.format_exception(error)).rstrip()
                self.log.fail(f"a fault of capbrief itself; please report it\n{lines}", code)
        return code


def _flushed() -> OSError | None:
    """Write out what stdout still holds; what it cannot take must not come up once more."""
    lost: OSError | None = None
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError as error:
            if stream is sys.stdout:
                lost = error
            forget(stream)
    return lost


class _Watch:
    """Ends the process at the second signal, also while an engine keeps Python from hearing it.

    Python calls its handlers between two of its own steps; an engine that waits for a name server
    or for the lock of a file comes to none. The system's own note of each signal arrives at once.
    """

    def __init__(self) -> None:
        self._read, self._written = os.pipe()
        os.set_blocking(self._written, False)
        self._before = signal.set_wakeup_fd(self._written, warn_on_full_buffer=False)
        threading.Thread(target=self._wait, args=(self._read,), daemon=True).start()

    def end(self) -> None:
        """Watch no more."""
        signal.set_wakeup_fd(self._before)
        os.close(self._written)

    @staticmethod
    def _wait(read: int) -> None:
        n_seen = 0
        while heard := os.read(read, 1):
            number = heard[0]
            n_seen += number in _CODES and (number != signal.SIGHUP or not n_seen)
            if n_seen > 1:
                os._exit(_CODES[signal.Signals(number)])
        os.close(read)
