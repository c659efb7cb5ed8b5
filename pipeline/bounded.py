"""Bounded: work in a process of its own, which time and memory bound from outside.

An engine may look at its clock too seldom, and count not all that it holds; a process can be
ended whatever it does, and takes nothing with it.
"""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import os
import resource
import signal
import threading
import time
import traceback
from typing import TYPE_CHECKING

from pipeline import errors
from pipeline.environment import without_settings
from pipeline.errors import CapbriefError, LimitError, lacks_memory

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection

_START_SECONDS = 60.0
_READY, _GIVEN, _FAILED = b"r", b"g", b"f"
_NO_MEMORY = "MemoryError"
_MEGABYTE = 1 << 20
_OF_THE_PARENT = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}


def call(
    work: Callable[..., bytes],
    *arguments: object,
    what: str,
    seconds: float,
    memory_mb: int,
) -> bytes:
    """What ``work(*arguments)`` gives, had from a process of its own.

    Raises:
        LimitError, CapbriefError: as ``Worker.answer``.
    """
    worker = Worker(
        work, what=what, advice="ask for less of it", seconds=seconds, memory_mb=memory_mb
    )
    try:
        worker.start()
        worker.give(*arguments)
        return worker.answer()
    finally:
        worker.close()


class Worker:
    """A process that does one kind of work, piece by piece, while its parent does other things.

    Each piece that is given is answered before the next one. A process that goes beyond its
    bounds is ended; the next piece has a new one.
    """

    def __init__(
        self,
        work: Callable[..., bytes],
        *,
        what: str,
        advice: str,
        seconds: float,
        memory_mb: int,
        prepare: Callable[[], bytes] = bytes,
    ) -> None:
        """Say what is to be done, and within which bounds; ``start`` begins it.

        Args:
            work: a function of a module, which is sent to the process as its name.
            what: what a message calls the work.
            advice: what its user can do where it goes beyond a bound.
            seconds: how long a piece may take, the start of the process not counted.
            memory_mb: data that the process may hold (Linux; elsewhere the system's own bound).
            prepare: a function of a module that gives nothing, called before there is work.
        """
        self._work, self._prepare = work, prepare
        self._what, self._advice = what, advice
        self._seconds, self._memory_mb = seconds, memory_mb
        self._process: multiprocessing.process.BaseProcess | None = None
        self._is_ready = False

    def start(self) -> None:
        """Start the process, which gets ready by itself."""
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._is_ready = False
        self._process = context.Process(
            target=_serve, args=(theirs, self._memory_mb, self._work, self._prepare), daemon=True
        )
        # Ctrl-C, a terminal that goes and a service manager reach the whole group; the parent
        # decides, says so and ends this process, from its first moment on.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _OF_THE_PARENT)
        try:
            with without_settings():
                self._process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        theirs.close()

    def give(self, *arguments: object) -> None:
        """Have it work on these; waits only for a process that is not ready yet."""
        if self._process is None:
            self.start()
        # Why it is not there any more is for ``answer`` to say.
        with contextlib.suppress(EOFError, ConnectionError):
            if not self._is_ready:
                if not self._pipe.poll(_START_SECONDS):
                    self.close()
                    return
                self._pipe.recv_bytes()
                self._is_ready = True
            self._pipe.send(arguments)
        self._until = time.monotonic() + self._seconds

    @property
    def is_done(self) -> bool:
        """Whether ``answer`` would not wait."""
        return self._process is None or self._pipe.poll()

    def answer(self) -> bytes:
        """What ``work`` gave for what was given last; waits for it as long as it may take.

        Raises:
            LimitError: it took longer, or ended for want of memory; the process is ended.
            CapbriefError: that which ``work`` raised.
        """
        if self._process is None:
            raise LimitError(
                f"{self._what}: did not start in {_START_SECONDS:g} seconds; try it again"
            )
        try:
            if not self._pipe.poll(max(0.0, self._until - time.monotonic())):
                self.close()
                raise self._beyond(f"ran longer than {self._seconds:g} seconds")
            answer = self._pipe.recv_bytes()
        except (EOFError, ConnectionError):
            self._process.join()
            ending = self._process.exitcode or 0
            self.close()
            raise self._ended(ending) from None
        if answer[:1] == _GIVEN:
            return answer[1:]
        found = json.loads(answer[1:])
        if found["kind"] == _NO_MEMORY:
            self.close()
            raise self._beyond(f"needs more than {self._memory_mb} MB in all")
        raise _failure(found)

    def close(self) -> None:
        """End the process, whatever it does."""
        if self._process is None:
            return
        if self._process.pid is not None:
            self._process.kill()
            self._process.join()
        self._pipe.close()
        self._process = None

    def _ended(self, exit_code: int) -> Exception:
        """Why a process gave no answer: what the system ended wanted too much."""
        if exit_code >= 0:
            return RuntimeError(f"{self._what}: its process ended with {exit_code} and no answer")
        name = signal.Signals(-exit_code).name
        return self._beyond(
            f"was ended by the system ({name}), most likely as it needed more than "
            f"{self._memory_mb} MB in all"
        )

    def _beyond(self, bound: str) -> LimitError:
        return LimitError(f"{self._what}: {bound}; {self._advice}")


def _failure(found: dict[str, str]) -> Exception:
    kind = getattr(errors, found["kind"], None)
    if isinstance(kind, type) and issubclass(kind, CapbriefError):
        return kind(found["message"])
    return RuntimeError(found["message"])


def _serve(
    pipe: Connection,
    memory_mb: int,
    work: Callable[..., bytes],
    prepare: Callable[[], bytes],
) -> None:
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (1, 2):
        # An engine that gives up says so on its own; what counts is said by the parent.
        os.dup2(nowhere, stream)
    _bound(resource.RLIMIT_CORE, 0)
    _bound(resource.RLIMIT_DATA, memory_mb * _MEGABYTE)
    threading.Thread(target=_end_with_the_parent, daemon=True).start()
    prepared = _answer(prepare)
    pipe.send_bytes(_READY)
    while True:
        answer = _answer(lambda: work(*pipe.recv()))
        # What kept it from getting ready is said to who waits for work.
        pipe.send_bytes(answer if prepared[:1] == _GIVEN else prepared)


def _end_with_the_parent() -> None:
    # Should it be killed, nobody else would end this process.
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _bound(kind: int, most: int) -> None:
    _, hard = resource.getrlimit(kind)
    within = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(kind, (within, within))


def _answer(work: Callable[[], bytes]) -> bytes:
    try:
        return _GIVEN + work()
    except CapbriefError as error:
        failure = {"kind": type(error).__name__, "message": str(error)}
    except BaseException as error:
        # Rust's panics are no Exception. The parent raises it again, as a fault of capbrief.
        failure = {"kind": "", "message": "".join(traceback.format_exception(error))}
        if lacks_memory(error):
            failure = {"kind": _NO_MEMORY, "message": ""}
    return _FAILED + json.dumps(failure).encode()
