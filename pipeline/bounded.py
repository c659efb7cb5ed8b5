"""Bounded: work in a process of its own, which time and memory bound from outside.

An engine may look at its clock too seldom, and count not all that it holds; a process can be
ended whatever it does, and takes nothing with it.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import resource
import signal
import threading
import traceback
from typing import TYPE_CHECKING

from pipeline import errors
from pipeline.errors import CapbriefError, LimitError

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection

_START_SECONDS = 60.0
_READY, _GIVEN, _FAILED = b"r", b"g", b"f"
_MEGABYTE = 1 << 20


def call(
    work: Callable[..., bytes],
    *arguments: object,
    what: str,
    seconds: float,
    memory_mb: int,
) -> bytes:
    """What ``work(*arguments)`` gives, had from a process of its own.

    Args:
        work: a function of a module; it and its arguments are sent to the process.
        arguments: what it is called with.
        what: what a message calls the work.
        seconds: how long it may take, the start of the process not counted.
        memory_mb: data that the process may hold (Linux; elsewhere the system's own bound).

    Raises:
        LimitError: it took longer, or ended for want of memory.
        CapbriefError: that which ``work`` raised.
    """
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(
        target=_work, args=(theirs, what, memory_mb, work, arguments), daemon=True
    )
    try:
        process.start()
        theirs.close()
        if not ours.poll(_START_SECONDS):
            raise LimitError(f"{what}: did not start in {_START_SECONDS:g} seconds; try it again")
        ours.recv_bytes()
        if not ours.poll(seconds):
            raise LimitError(f"{what}: ran longer than {seconds:g} seconds; ask for less of it")
        answer = ours.recv_bytes()
    except EOFError:
        process.join()
        raise _ended(what, process.exitcode or 0, memory_mb) from None
    finally:
        if process.pid is not None:
            process.kill()
            process.join()
        ours.close()
    if answer[:1] == _FAILED:
        raise _failure(answer[1:])
    return answer[1:]


def _ended(what: str, exit_code: int, memory_mb: int) -> Exception:
    """Why a process gave no answer: what the system ended wanted too much."""
    if exit_code >= 0:
        return RuntimeError(f"{what}: its process ended with {exit_code} and no answer")
    name = signal.Signals(-exit_code).name
    return LimitError(
        f"{what}: was ended by the system ({name}), most likely as it needed more than "
        f"{memory_mb} MB in all; ask for less of it"
    )


def _failure(message: bytes) -> Exception:
    found = json.loads(message)
    kind = getattr(errors, found["kind"], None)
    if isinstance(kind, type) and issubclass(kind, CapbriefError):
        return kind(found["message"])
    return RuntimeError(found["message"])


def _work(
    pipe: Connection,
    what: str,
    memory_mb: int,
    work: Callable[..., bytes],
    arguments: tuple[object, ...],
) -> None:
    # Ctrl-C reaches the whole group; the parent decides, and says so.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (1, 2):
        # An engine that gives up says so on its own; what counts is said by the parent.
        os.dup2(nowhere, stream)
    _bound(resource.RLIMIT_CORE, 0)
    _bound(resource.RLIMIT_DATA, memory_mb * _MEGABYTE)
    threading.Thread(target=_end_with_the_parent, daemon=True).start()
    pipe.send_bytes(_READY)
    pipe.send_bytes(_answer(what, memory_mb, work, arguments))


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


def _answer(
    what: str, memory_mb: int, work: Callable[..., bytes], arguments: tuple[object, ...]
) -> bytes:
    try:
        return _GIVEN + work(*arguments)
    except CapbriefError as error:
        failure = {"kind": type(error).__name__, "message": str(error)}
    except MemoryError:
        failure = {
            "kind": "LimitError",
            "message": f"{what}: needs more than {memory_mb} MB in all; ask for less of it",
        }
    except BaseException as error:
        # Rust's panics are no Exception. The parent raises it again, as a fault of capbrief.
        failure = {"kind": "", "message": "".join(traceback.format_exception(error))}
    return _FAILED + json.dumps(failure).encode()
