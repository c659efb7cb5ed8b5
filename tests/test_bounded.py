"""Bounded: what a process of its own gives, and every way in which it can fail to."""

from __future__ import annotations

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
