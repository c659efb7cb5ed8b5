"""Bounded: what a process of its own gives, and every way in which it can fail to."""

from __future__ import annotations

import functools
import multiprocessing
import os
import signal
import time
from typing import TYPE_CHECKING

import pytest

from pipeline import bounded
from pipeline.errors import LimitError, SqlError

if TYPE_CHECKING:
    from collections.abc import Callable

# The standard library's own functions stand for work: a process finds them by their name.


def call(
    work: Callable[..., object], *arguments: object, seconds: float = 20.0, memory_mb: int = 1024
) -> bytes:
    return bounded.call(
        work,  # type: ignore[arg-type]
        *arguments,
        what="it",
        seconds=seconds,
        memory_mb=memory_mb,
    )


def test_bytes_come_back() -> None:
    assert call(bytes.fromhex, "00ff") == b"\x00\xff"
    assert call(bytes, 5_000_000) == bytes(5_000_000)


def test_what_takes_too_long_is_ended() -> None:
    with pytest.raises(LimitError, match=r"it: ran longer than 0\.5 seconds"):
        call(time.sleep, 600, seconds=0.5)


def test_what_takes_too_much_memory_is_ended() -> None:
    with pytest.raises(LimitError, match="it: needs more than 1024 MB"):
        call(bytes, 1 << 40)


def test_what_the_system_ends_is_a_limit() -> None:
    with pytest.raises(LimitError, match=r"it: was ended by the system \(SIGABRT\)"):
        call(os.abort)
    with pytest.raises(LimitError, match="SIGKILL"):
        call(signal.raise_signal, signal.SIGKILL)


def test_an_end_without_an_answer_is_a_fault() -> None:
    with pytest.raises(RuntimeError, match="ended with 3 and no answer"):
        call(os._exit, 3)


def test_errors_of_ours_come_back_as_such_and_others_as_faults() -> None:
    from pipeline import warehouse

    with pytest.raises(SqlError, match="one select is wanted"):
        call(warehouse.reads, "select 1; select 2")
    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        call(divmod, 1, 0)


@pytest.mark.parametrize("stream", [1, 2])
def test_what_it_prints_goes_nowhere(stream: int, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(RuntimeError, match="TypeError"):  # it gives a number, not bytes
        call(os.write, stream, b"noise")
    assert capfd.readouterr() == ("", "")


def test_nothing_is_left_running() -> None:
    with pytest.raises(LimitError):
        call(time.sleep, 600, seconds=0.2)
    assert multiprocessing.active_children() == []


# --- One process for several pieces of work ---------------------------------------------------


def worker(
    work: Callable[..., object], *, prepare: Callable[[], object] = bytes, seconds: float = 20.0
) -> bounded.Worker:
    return bounded.Worker(
        work,  # type: ignore[arg-type]
        what="it",
        advice="take less",
        seconds=seconds,
        memory_mb=1024,
        prepare=prepare,  # type: ignore[arg-type]
    )


def test_a_worker_does_piece_after_piece_and_survives_errors() -> None:
    from pipeline import warehouse

    one = worker(warehouse.reads)
    one.start()
    ended = []
    for text in ("select 1; select 2", "select"):
        one.give(text)
        with pytest.raises(SqlError):
            one.answer()
        ended += [process.pid for process in multiprocessing.active_children()]
    assert ended[0] == ended[1]
    one.close()
    assert multiprocessing.active_children() == []


def test_after_a_limit_the_next_piece_has_a_new_process() -> None:
    one = worker(bytes)
    one.start()
    for _ in range(2):
        one.give(1 << 40)
        with pytest.raises(LimitError, match="it: needs more than 1024 MB in all; take less"):
            one.answer()
        assert multiprocessing.active_children() == []
        one.give(3)
        assert one.answer() == bytes(3)
    one.close()


def test_work_goes_on_while_its_parent_does_other_things() -> None:
    one = worker(bytes)
    one.start()
    one.give(5_000_000)  # more than a pipe holds
    while not one.is_done:
        time.sleep(0.01)
    assert one.answer() == bytes(5_000_000)
    one.close()


def test_what_kept_it_from_getting_ready_is_said_to_who_waits_for_work() -> None:
    from pipeline import warehouse

    one = worker(bytes, prepare=functools.partial(warehouse.reads, "select 1; select 2"))
    one.start()
    for _ in range(2):
        one.give(3)
        with pytest.raises(SqlError, match="one select is wanted"):
            one.answer()
    one.close()


def test_one_that_does_not_start_is_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded, "_START_SECONDS", 0.0)
    one = worker(bytes)
    one.give(3)
    with pytest.raises(LimitError, match="it: did not start in 0 seconds"):
        one.answer()
    assert multiprocessing.active_children() == []


def test_one_that_was_killed_while_it_waited_is_a_limit() -> None:
    one = worker(bytes)
    one.start()
    for process in multiprocessing.active_children():
        process.kill()
        process.join()
    one.give(bytes(5_000_000))
    with pytest.raises(LimitError, match="SIGKILL"):
        one.answer()
    one.give(3)
    assert one.answer() == bytes(3)
    one.close()
